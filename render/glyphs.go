package render

// Glyphs are the characters the views are drawn with. Each is one cell unless it says otherwise.
type Glyphs struct {
	ASCII bool // remote text beyond ASCII is spelled out too

	Right, Left  string // arrow heads
	Shaft, Dash  string // of a message, and of one without an answer or not sent yet
	Lane, Tee    string // a lane, and where it leaves the rule
	Rule         string
	Cursor, Mark string
	OK           string // any width
	Fail, Warn   string
	Wait         string // any width
	Skip         string
	Local        string // work of a server on its own
	Note         string
	Open, Closed string // foldable groups
	Branch, Last string // of a tree, two cells
	Again        string // a node drawn before
	Bar          string
	Up, Down     string // how rows are sorted
	Earlier      string // what does not fit before, and after
	Later        string
	Eighths      string // of a cell that a bar fills, from one to all of them
	Replaced     string // kinds of change
	Copied       string
	Added        string
	Removed      string
	Ellipsis     string // any width
}

// Unicode returns glyphs of one cell in every terminal that reads UTF-8 and takes ambiguous characters as narrow.
func Unicode() Glyphs {
	return Glyphs{
		Right: "▸", Left: "◂", Shaft: "─", Dash: "╌", Lane: "│", Tee: "┬", Rule: "─", Cursor: "▸", Mark: "*",
		OK: "✓", Fail: "✗", Warn: "!", Wait: "…", Skip: "-", Local: "⟳", Note: "›", Open: "▾", Closed: "▸",
		Branch: "├╴", Last: "└╴", Again: "↑", Bar: "▪", Up: "▴", Down: "▾", Earlier: "‹", Later: "›",
		Eighths:  "▏▎▍▌▋▊▉█",
		Replaced: "~", Copied: "=", Added: "+", Removed: "-", Ellipsis: "…",
	}
}

// ASCII returns glyphs for every terminal.
func ASCII() Glyphs {
	return Glyphs{
		ASCII: true,
		Right: ">", Left: "<", Shaft: "-", Dash: ".", Lane: "|", Tee: "+", Rule: "-", Cursor: ">", Mark: "*",
		OK: "ok", Fail: "X", Warn: "!", Wait: "...", Skip: "-", Local: "@", Note: ":", Open: "v", Closed: ">",
		Branch: "|-", Last: "`-", Again: "^", Bar: "#", Up: "^", Down: "v", Earlier: "<", Later: ">", Eighths: "#",
		Replaced: "~", Copied: "=", Added: "+", Removed: "-", Ellipsis: "...",
	}
}

// A Status is how something stands. It is always drawn as glyph, word and colour.
type Status int

// The statuses.
const (
	None Status = iota // nothing to say yet
	OK
	Warn
	Fail
	Wait
	Skipped
	NotChecked
)

// Glyph returns the sign of s; empty for None.
func (s Status) Glyph(g Glyphs) string {
	return [...]string{"", g.OK, g.Warn, g.Fail, g.Wait, g.Skip, "?"}[s]
}

// Word returns the word for s; empty for None.
func (s Status) Word() string {
	return [...]string{"", "ok", "warn", "fail", "wait", "skipped", "not checked"}[s]
}

// Label returns glyph and word, once where they are the same.
func (s Status) Label(g Glyphs) string {
	glyph, word := s.Glyph(g), s.Word()
	if glyph == word {
		return word
	}
	return glyph + " " + word
}

func (s Status) ink() ink {
	return [...]ink{inkText, inkOK, inkWarn, inkFail, inkWait, inkSkipped, inkSkipped}[s]
}
