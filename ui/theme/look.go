package theme

import (
	"slices"
	"strings"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"doorstep/render"
	"doorstep/ui/keymap"
)

// ThemeExists reports whether there is a theme of that name; the empty name stands for the default.
func ThemeExists(name string) bool { return name == "" || slices.Contains(render.Themes(), name) }

// Default is the theme that is used unless another is asked for.
func Default() string { return render.Themes()[0] }

// Names returns the names of the themes.
func Names() []string { return render.Themes() }

// Listed names them in a sentence.
func Listed() string {
	names := render.Themes()
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// A Look is everything that decides how frames are drawn, apart from their size.
type Look struct {
	render.Styles
	Glyphs render.Glyphs
	Signs
	Links bool // what is cited is a link, for terminals that know what that is
}

// Signs are those of our own that differ in ASCII. Where it is asked for, everything beyond is spelled out when it is
// drawn, so they are chosen before. Keys are those of the user: sentences name them by what they do.
type Signs struct {
	To, More, Dot string
	Keys          func(keymap.Action) string // how the key of an action is spelled; nil: there is no screen
}

// Press spells the key of an action.
func (s Signs) Press(a keymap.Action) string {
	if s.Keys == nil {
		return string(a)
	}
	return s.Keys(a)
}

// SignsOf returns the signs for a terminal that shows ASCII only, or all of Unicode.
func SignsOf(ascii bool) Signs {
	if ascii {
		return Signs{To: "->", More: "...", Dot: "-"}
	}
	return Signs{To: "→", More: "…", Dot: "·"}
}

// NewLook returns the look for a theme; noColour stands for a terminal that shows none.
func NewLook(theme string, ascii, noColour bool) Look {
	if theme == "" {
		theme = render.Themes()[0]
	}
	if noColour {
		theme = "mono"
	}
	st, _ := render.Theme(theme)
	l := Look{Styles: st, Glyphs: render.Unicode(), Signs: SignsOf(ascii)}
	if ascii {
		l.Glyphs = render.ASCII()
	}
	return l
}

// SetColour sets how many colours are written: what the terminal is known to show, unless color asks for always or
// never. It reports whether there are none. NO_COLOR keeps bold and reverse where theme mono has them.
func SetColour(color string, noColorSet bool) (none bool) {
	switch {
	case color == "always":
		lipgloss.SetColorProfile(max16(lipgloss.ColorProfile()))
		return false
	case color == "never", noColorSet:
		// The theme without colours is left to bold and reverse; the profile that writes no attributes at all would
		// lose them as well.
		lipgloss.SetColorProfile(termenv.ANSI)
		return true
	}
	return lipgloss.ColorProfile() == termenv.Ascii
}

// max16 returns p, but one with colours.
func max16(p termenv.Profile) termenv.Profile {
	if p == termenv.Ascii {
		return termenv.ANSI
	}
	return p
}

// Safe makes text that may hold anything drawable in at most width cells.
func (l Look) Safe(s string, width int) string {
	if width <= 0 {
		return ""
	}
	return render.Safe(render.Untrusted(s), render.SafeOpts{Width: width, ASCII: l.Glyphs.ASCII})
}

// Own gives text of ours in the characters of the look: it may use a few signs beyond ASCII.
func (l Look) Own(s string) string {
	if !l.Glyphs.ASCII {
		return s
	}
	return ASCIISigns.Replace(s)
}

// ASCIISigns replaces the signs that our own sentences use where only ASCII is drawn.
var ASCIISigns = strings.NewReplacer("→", "->", "←", "<-", "…", "...", "·", "-", "–", "-", "▸", ">", "✓", "ok", "✗",
	"X", "⏎", "Enter")

// StatusStyle is the colour of a status.
func (l Look) StatusStyle(s render.Status) lipgloss.Style {
	switch s {
	case render.OK:
		return l.OK
	case render.Warn:
		return l.Warn
	case render.Fail:
		return l.Fail
	case render.Wait:
		return l.Wait
	}
	return l.Skipped
}

// Fit cuts or pads a drawn line to exactly width cells.
func Fit(line string, width int) string {
	if width <= 0 {
		return ""
	}
	w := render.Width(line)
	if w > width {
		line = ansi.Truncate(line, width, "")
		w = render.Width(line)
	}
	return line + strings.Repeat(" ", max(width-w, 0))
}

// Box returns lines as exactly height lines of width cells.
func Box(lines []string, width, height int) []string {
	out := make([]string, max(height, 0))
	for i := range out {
		if i < len(lines) {
			out[i] = Fit(lines[i], width)
			continue
		}
		out[i] = strings.Repeat(" ", max(width, 0))
	}
	return out
}

// SideBySide puts blocks of equally many lines next to each other, a rule between them.
func SideBySide(l Look, left, right []string) []string {
	rule := l.Border.Render(l.Glyphs.Lane)
	out := make([]string, len(left))
	for i := range left {
		out[i] = left[i] + rule + right[i]
	}
	return out
}

// Wrap breaks a paragraph of drawable text into lines of at most width cells, at blanks only: options, event IDs and
// links stay whole where they fit. Later lines are indented by hang cells.
func Wrap(text string, width, hang int) []string {
	width = max(width, 1)
	if hang >= width/2 {
		hang = 0
	}
	var out []string
	for _, par := range strings.Split(text, "\n") {
		for _, line := range wrapWords(par, width-hang) {
			if len(out) > 0 {
				line = strings.Repeat(" ", hang) + line
			}
			out = append(out, line)
		}
	}
	return out
}

// wrapWords breaks one paragraph. A word wider than a line is cut.
func wrapWords(rest string, room int) []string {
	var out []string
	line, used := "", 0
	for rest != "" {
		word := strings.TrimLeft(rest, " ")
		gap := rest[:len(rest)-len(word)]
		word, _, _ = strings.Cut(word, " ")
		rest = rest[len(gap)+len(word):]
		if word == "" {
			break
		}
		w := render.Width(word)
		if line != "" && used+len(gap)+w > room {
			out = append(out, line)
			line, used, gap = "", 0, ""
		}
		if len(gap) >= room {
			gap = ""
		}
		line, used = line+gap, used+len(gap)
		for used+w > room {
			head := ansi.Truncate(word, room-used, "")
			if head == "" { // one character is wider than a line
				break
			}
			out = append(out, line+head)
			word, line, used = word[len(head):], "", 0
			w = render.Width(word)
		}
		line, used = line+word, used+w
	}
	if line != "" || len(out) == 0 {
		out = append(out, line)
	}
	return out
}

// SafeText gives text that may hold anything as one line that a terminal does not act upon.
func SafeText(s string) string {
	return render.Safe(render.Untrusted(s), render.SafeOpts{Width: PlainCells})
}

// PlainCells is the most that one part of a plain line takes.
const PlainCells = 400
