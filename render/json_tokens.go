package render

import (
	"slices"
	"unicode/utf8"

	"github.com/alecthomas/chroma/v2"
)

// A line of pretty-printed JSON is a key and a value, so that its looks follow from the index. JSON as it came may
// begin and end anywhere in the window: that takes a lexer.

// lexer splits JSON into tokens, from the beginning of one to wherever it is cut. The one chroma ships comes in a
// package that takes ten milliseconds to initialise. The atomic groups keep a long string from being tried twice over.
var lexer = chroma.MustNewLexer(&chroma.Config{Name: "JSON window"}, func() chroma.Rules {
	return chroma.Rules{"root": {
		{Pattern: `\s+`, Type: chroma.TextWhitespace},
		{Pattern: `"(?>(?:[^"\\\n]+|\\.)*)"(?=\s*:)`, Type: chroma.NameTag},
		{Pattern: `"(?>(?:[^"\\\n]+|\\.)*)"?`, Type: chroma.LiteralStringDouble},
		{Pattern: `-?[0-9][-+.0-9eE]*`, Type: chroma.LiteralNumber},
		{Pattern: `(?:true|false|null)\b`, Type: chroma.KeywordConstant},
		{Pattern: `[][{}:,]+`, Type: chroma.Punctuation},
		{Pattern: `.`, Type: chroma.Text},
	}}
})

var tokenInks = map[chroma.TokenType]ink{
	chroma.NameTag: inkKey, chroma.LiteralStringDouble: inkString, chroma.LiteralNumber: inkNumber,
	chroma.KeywordConstant: inkLiteral, chroma.Punctuation: inkPunct,
}

// farIn is how many bytes before the window its first token is looked for.
const farIn = 4 << 10

// colours returns the inks of the bytes from from to to as they came; nil where they are not JSON. The last part asked
// for is kept: a frame is drawn more often than it changes.
func (d *Document) colours(from, to int) []ink {
	if !d.json || from >= to {
		return nil
	}
	if d.window.from == from && d.window.to == to && d.window.inks != nil {
		return d.window.inks
	}
	text, lead := d.raw[from:to], 0
	if d.rest.done || from < d.rest.pos {
		switch l := d.line(d.lineAt(from)); {
		case from-int(l.off) <= farIn:
			text, lead = d.raw[min(int(l.off), from):to], max(from-int(l.off), 0)
		case d.raw[l.val] == '"': // far into a long text
			text, lead = slices.Concat([]byte{'"'}, text), 1
		}
	}
	d.window = inkedPart{from, to, highlight(text)[lead:]}
	return d.window.inks
}

// highlight returns the ink of every byte of JSON that begins with a token.
func highlight(text []byte) []ink {
	inks := make([]ink, 0, len(text))
	if next, err := lexer.Tokenise(&chroma.TokeniseOptions{State: "root"}, string(valid(text))); err == nil {
		for t := next(); t != chroma.EOF; t = next() {
			for range len(t.Value) {
				inks = append(inks, tokenInks[t.Type])
			}
		}
	}
	return append(inks, make([]ink, max(len(text)-len(inks), 0))...)[:len(text)]
}

// valid gives text with a question mark for each byte that is not UTF-8, so that offsets stay.
func valid(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 {
			out = append(out, '?')
		} else {
			out = append(out, text[:n]...)
		}
		text = text[n:]
	}
	return out
}
