package export

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"doorstep/flow/event"
)

// WriteJSON writes v as one line of JSON that is safe to show on a terminal and to hand to any parser: valid UTF-8,
// whatever servers sent, and every character that a terminal or a reader could trip over as an escape. What a parser
// makes of it is the same as without the escapes. A byte that is not UTF-8 stands as \ufffd, the mark Unicode has for
// it.
//
// All JSON that the program prints goes through here.
func WriteJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(safeJSON(b.Bytes()))
	return err
}

// safeJSON escapes what is not safe to show in a JSON text. Such characters can stand within strings only, so that an
// escape may take the place of each, wherever it is.
func safeJSON(text []byte) []byte {
	out := make([]byte, 0, len(text)+len(text)/16)
	marks := 0 // in a row: a pile of them covers the lines around
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf && c != 0x7f {
			out, marks = append(out, c), 0
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if unicode.In(r, unicode.Mn, unicode.Me) {
			marks++
		} else {
			marks = 0
		}
		switch {
		case r == utf8.RuneError && n == 1, !visible(r), marks > marksShown:
			out = appendEscape(out, r)
		default:
			out = append(out, text[i:i+n]...)
		}
		i += n
	}
	return out
}

// jsonOrNull gives a value that a report can carry: text that encoding/json would refuse or alter becomes a string.
func jsonOrNull(v []byte) json.RawMessage {
	if v == nil {
		return json.RawMessage("null")
	}
	if json.Valid(v) {
		return json.RawMessage(v)
	}
	return event.Quote(strings.ToValidUTF8(string(v), "\uFFFD"))
}

// marksShown is how many combining marks stand on one character as they are.
const marksShown = 3

// visible reports whether r is drawn as something, in its place: it is no control or format character, reorders and
// hides nothing, is not blank, and is assigned.
func visible(r rune) bool {
	return unicode.IsGraphic(r) && (r == ' ' || !unicode.Is(unicode.Zs, r)) && r != 0x2800 &&
		!unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

func appendEscape(out []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	for _, u := range utf16.AppendRune(nil, r) {
		out = append(out, '\\', 'u', digits[u>>12], digits[u>>8&15], digits[u>>4&15], digits[u&15])
	}
	return out
}
