package render

import "github.com/charmbracelet/lipgloss"

// Styles are the looks of everything drawn, here and in the ui. Only colours and attributes count: sizes, borders and
// paddings set on them are ignored.
type Styles struct {
	Text, Dim, Title, Header         lipgloss.Style
	Border, Focus                    lipgloss.Style // of a pane, and of the pane that has the keys
	Tab, TabOn                       lipgloss.Style
	Cursor, Selected, Mark, Match    lipgloss.Style // the marker, the row it is on, a marked row, a search hit
	Lane, Time                       lipgloss.Style
	Request, Response                lipgloss.Style
	Local, Note, Ghost               lipgloss.Style
	OK, Warn, Fail, Wait, Skipped    lipgloss.Style
	Added, Removed, Replaced, Copied lipgloss.Style
	Key, String, Number, Literal     lipgloss.Style
	Punct                            lipgloss.Style
	Escape                           lipgloss.Style // characters of remote text that are spelled out

	pens *[inkCount]pen // of a theme
}

// palettes are the themes with colours, by name. "terminal" names only colours that the terminal's own palette keeps
// readable on a dark and on a light background: never a bright one, and faint where the others are grey. The two for
// people who confuse colours take theirs from the 256, dark enough for white paper and light enough for black.
var palettes = map[string]palette{
	"terminal": {
		good: "6", bad: "1", odd: "5", out: "6", in: "2", key: "6", text: "2", number: "5", literal: "5", hit: "0",
		hitOn: "3",
	},
	"dark": {
		good: "12", bad: "9", odd: "11", out: "14", in: "10", own: "13", quiet: "8", key: "12", text: "10", number: "14",
		literal: "13", hit: "0", hitOn: "11",
	},
	"light": {
		good: "4", bad: "1", odd: "3", out: "6", in: "2", own: "5", quiet: "8", key: "4", text: "2", number: "6",
		literal: "5", hit: "0", hitOn: "3",
	},
	// Blue against orange: green and red are never told apart by their hue.
	"deuteranopia": {
		good: "32", bad: "166", odd: "136", out: "32", in: "67", own: "136", key: "32", text: "67", number: "136",
		literal: "136", hit: "16", hitOn: "172",
	},
	// Teal against red: blue and yellow are never told apart by their hue.
	"tritanopia": {
		good: "30", bad: "160", odd: "168", out: "30", in: "66", own: "168", key: "30", text: "66", number: "168",
		literal: "168", hit: "16", hitOn: "174",
	},
}

// Themes lists the names [Theme] knows, the default first.
func Themes() []string {
	return []string{"terminal", "dark", "light", "mono", "deuteranopia", "tritanopia"}
}

// Theme returns the styles of that name, for the colours that are written at that time; false for a name it does not
// know. "mono" has no colour, only bold, faint, underline and reverse. No theme says anything by colour alone: a sign
// or a word goes with it.
func Theme(name string) (Styles, bool) {
	st, ok := themed(name)
	if ok {
		st.pens = st.inked()
	}
	return st, ok
}

func themed(name string) (Styles, bool) {
	if name == "mono" {
		return mono(), true
	}
	p, ok := palettes[name]
	if !ok {
		return Styles{}, false
	}
	return coloured(p), true
}

// A palette holds colour numbers by what they stand for: to 15 those of the terminal's own palette, beyond that of the
// 256. Without a colour for it, what is quiet is faint.
type palette struct {
	good, bad, odd, out, in, own, quiet, key, text, number, literal, hit, hitOn lipgloss.Color
}

func coloured(p palette) Styles {
	plain := lipgloss.NewStyle()
	fg := plain.Foreground
	quiet := fg(p.quiet)
	if p.quiet == "" {
		quiet = plain.Faint(true)
	}
	return Styles{
		Text: plain, Dim: quiet, Title: plain.Bold(true), Header: plain.Bold(true),
		Border: quiet, Focus: fg(p.good).Bold(true), Tab: quiet, TabOn: plain.Bold(true).Underline(true),
		Cursor: plain.Bold(true), Selected: plain.Bold(true).Reverse(true), Mark: fg(p.odd).Bold(true),
		Match: fg(p.hit).Background(p.hitOn),
		Lane:  quiet, Time: quiet, Request: fg(p.out), Response: fg(p.in),
		Local: fg(p.own), Note: quiet, Ghost: quiet,
		OK: fg(p.good), Warn: fg(p.odd), Fail: fg(p.bad).Bold(true), Wait: fg(p.odd), Skipped: quiet,
		Added: fg(p.good), Removed: fg(p.bad), Replaced: fg(p.odd), Copied: quiet,
		Key: fg(p.key), String: fg(p.text), Number: fg(p.number), Literal: fg(p.literal), Punct: plain,
		Escape: fg(p.odd).Reverse(true),
	}
}

func mono() Styles {
	plain := lipgloss.NewStyle()
	bold, faint := plain.Bold(true), plain.Faint(true)
	return Styles{
		Text: plain, Dim: faint, Title: bold, Header: bold,
		Border: faint, Focus: bold, Tab: faint, TabOn: bold.Underline(true),
		Cursor: bold, Selected: plain.Reverse(true), Mark: bold, Match: plain.Reverse(true).Underline(true),
		Lane: faint, Time: faint, Request: plain, Response: plain,
		Local: plain, Note: faint, Ghost: faint,
		OK: plain, Warn: bold, Fail: bold, Wait: plain, Skipped: faint,
		Added: bold, Removed: bold, Replaced: bold, Copied: faint,
		Key: bold, String: plain, Number: plain, Literal: plain, Punct: faint,
		Escape: plain.Reverse(true),
	}
}
