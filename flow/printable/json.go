// Package printable makes JSON that is safe to show on a terminal, whatever stands in it.
package printable

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Write writes v as one line of JSON that is safe to show on a terminal and to hand to any parser: valid UTF-8,
// whatever servers sent, and every character that a terminal or a reader could trip over as an escape. What a parser
// makes of it is the same as without the escapes. A byte that is not UTF-8 stands as \ufffd, the mark Unicode has for
// it.
//
// All JSON that the program prints goes through here, or through JSON.
func Write(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(JSON(b.Bytes()))
	return err
}

// JSON returns a JSON text with what is not safe to show in it escaped: DEL and the C1 controls, characters that
// reorder, hide or join others, blanks other than the space, separators of lines, more than three marks on one
// character, what is not assigned, and bytes that are not UTF-8. Such characters can stand within strings only, so that
// an escape may take the place of each, wherever it is. A text without any comes back as it is.
func JSON(text []byte) []byte {
	if !slices.ContainsFunc(text, func(c byte) bool { return c >= 0x7f }) {
		return text
	}
	out := make([]byte, 0, len(text)+len(text)/16)
	marks := 0
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf && c != 0x7f {
			out, marks = append(out, c), 0
			i++
			continue
		}
		var shown bool
		r, size := utf8.DecodeRune(text[i:])
		if shown, marks = standsAsItIs(r, size, marks); shown {
			out = append(out, text[i:i+size]...)
		} else {
			out = appendEscape(out, r)
		}
		i += size
	}
	return out
}

// AppendText appends a text as it stands within a string that Write writes, without the quotes. It takes no memory
// beside what out grows by.
func AppendText(out, text []byte) []byte {
	marks := 0
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			out, marks = appendPlain(out, c), 0
			i++
			continue
		}
		var shown bool
		r, size := utf8.DecodeRune(text[i:])
		if shown, marks = standsAsItIs(r, size, marks); shown {
			out = append(out, text[i:i+size]...)
		} else {
			out = appendEscape(out, r)
		}
		i += size
	}
	return out
}

// Len returns how many bytes AppendText appends.
func Len(text []byte) int {
	n, marks := 0, 0
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			n, marks = n+plainLen(c), 0
			i++
			continue
		}
		var shown bool
		r, size := utf8.DecodeRune(text[i:])
		i += size
		if shown, marks = standsAsItIs(r, size, marks); !shown {
			size = escapeLen * utf16.RuneLen(r)
		}
		n += size
	}
	return n
}

// standsAsItIs reports whether a character beyond ASCII, of so many bytes, is written as it is after so many marks in a
// row, and how many those are with it: a pile of them covers the lines around.
func standsAsItIs(r rune, size, marks int) (bool, int) {
	if unicode.In(r, unicode.Mn, unicode.Me) {
		marks++
	} else {
		marks = 0
	}
	return (r != utf8.RuneError || size > 1) && Visible(r) && marks <= marksShown, marks
}

// escapeLen is the length of \u0000.
const escapeLen = 6

// shortEscapes are the letters that stand for a character of ASCII after a backslash.
var shortEscapes = [utf8.RuneSelf]byte{'"': '"', '\\': '\\', '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't'}

// plainLen is how many bytes a character of ASCII takes.
func plainLen(c byte) int {
	switch {
	case shortEscapes[c] != 0:
		return 2
	case c < ' ', c == 0x7f:
		return escapeLen
	}
	return 1
}

func appendPlain(out []byte, c byte) []byte {
	switch {
	case shortEscapes[c] != 0:
		return append(out, '\\', shortEscapes[c])
	case c < ' ', c == 0x7f:
		return appendEscape(out, rune(c))
	}
	return append(out, c)
}

// marksShown is how many combining marks stand on one character as they are.
const marksShown = 3

// Visible reports whether r is drawn as something, in its place: it is no control or format character, reorders and
// hides nothing, is not blank, and is assigned.
func Visible(r rune) bool {
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
