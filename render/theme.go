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

// Themes lists the names [Theme] knows, the default first.
func Themes() []string { return []string{"dark", "light", "mono"} }

// Theme returns the styles of that name, for the colours that are written at that time; false for a name it does not
// know. The themes use the sixteen colours of the
// terminal's own palette: blue for good, yellow and red for bad. "mono" has no colour, only bold, faint, underline and
// reverse.
func Theme(name string) (Styles, bool) {
	st, ok := themed(name)
	if ok {
		st.pens = st.inked()
	}
	return st, ok
}

func themed(name string) (Styles, bool) {
	switch name {
	case "dark":
		return coloured(palette{
			good: "12", bad: "9", odd: "11", out: "14", in: "10", own: "13", quiet: "8", key: "12", text: "10", number: "14",
			literal: "13", hit: "0", hitOn: "11",
		}), true
	case "light":
		return coloured(palette{
			good: "4", bad: "1", odd: "3", out: "6", in: "2", own: "5", quiet: "8", key: "4", text: "2", number: "6",
			literal: "5", hit: "0", hitOn: "3",
		}), true
	case "mono":
		return mono(), true
	}
	return Styles{}, false
}

// A palette holds ANSI colour numbers by what they stand for.
type palette struct {
	good, bad, odd, out, in, own, quiet, key, text, number, literal, hit, hitOn lipgloss.Color
}

func coloured(p palette) Styles {
	plain := lipgloss.NewStyle()
	fg := plain.Foreground
	return Styles{
		Text: plain, Dim: fg(p.quiet), Title: plain.Bold(true), Header: plain.Bold(true),
		Border: fg(p.quiet), Focus: fg(p.good).Bold(true), Tab: fg(p.quiet), TabOn: plain.Bold(true).Underline(true),
		Cursor: plain.Bold(true), Selected: plain.Bold(true).Reverse(true), Mark: fg(p.odd).Bold(true),
		Match: fg(p.hit).Background(p.hitOn),
		Lane:  fg(p.quiet), Time: fg(p.quiet), Request: fg(p.out), Response: fg(p.in),
		Local: fg(p.own), Note: fg(p.quiet), Ghost: fg(p.quiet),
		OK: fg(p.good), Warn: fg(p.odd), Fail: fg(p.bad).Bold(true), Wait: fg(p.odd), Skipped: fg(p.quiet),
		Added: fg(p.good), Removed: fg(p.bad), Replaced: fg(p.odd), Copied: fg(p.quiet),
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
