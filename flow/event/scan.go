package event

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// MaxNesting is how many objects and arrays may lie in each other. The specification names no limit; an event that
	// comes near this one was made to break parsers.
	MaxNesting = 512
	// MaxText is the longest text, in bytes, that is read to its last level (Canonical, Parse and what rests on them).
	// An event has at most 64 KiB.
	MaxText = 16 << 20

	// maxInteger is 2^53−1, the largest integer canonical JSON allows.
	maxInteger = 1<<53 - 1
)

// Eight bytes are looked at together: a lane is one of them.
const (
	lanes = 0x0101010101010101
	highs = 0x8080808080808080
)

// spelling is how a JSON string is written.
type spelling uint8

const (
	escaped   spelling = 1 << iota // it has an escape, so its bytes are not its text
	rewritten                      // it has an escape that canonical JSON writes otherwise
)

// scanString reads the string whose opening quote is at pos and returns the offset after its closing one. deep also
// refuses what is JSON by its grammar and yet no text: bytes that are not UTF-8, halves of surrogate pairs.
func scanString(src []byte, pos int, deep bool) (end int, sp spelling, err *SyntaxError) {
	var watched uint64
	if deep {
		watched = highs
	}
	i := pos + 1
	for {
		for i+8 <= len(src) {
			w := binary.LittleEndian.Uint64(src[i:])
			quote, slash := w^lanes*'"', w^lanes*'\\'
			// In each expression the lowest marked lane is exact; a borrow spoils only those above it.
			m := ((quote-lanes)&^quote|(slash-lanes)&^slash|(w-lanes*0x20)&^w)&highs | w&watched
			if m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(src) {
			return 0, 0, fail(NotJSON, len(src), "text ends within a string")
		}
		switch c := src[i]; {
		case c == '"':
			return i + 1, sp, nil
		case c == '\\':
			n, rewrite, err := scanEscape(src, i, deep)
			if err != nil {
				return 0, 0, err
			}
			sp |= escaped
			if rewrite {
				sp |= rewritten
			}
			i += n
		case c < 0x20:
			return 0, 0, fail(NotJSON, i, "control character 0x%02x in a string", c)
		case c >= 0x80 && deep:
			r, n := utf8.DecodeRune(src[i:])
			if r == utf8.RuneError && n < 2 {
				return 0, 0, fail(InvalidUTF8, i, "byte 0x%02x is not UTF-8 here", c)
			}
			i += n
		default:
			i++
		}
	}
}

// scanEscape reads the escape whose backslash is at pos and returns its length, for a surrogate pair that of both
// halves.
func scanEscape(src []byte, pos int, deep bool) (length int, rewrite bool, err *SyntaxError) {
	if pos+1 >= len(src) {
		return 0, false, fail(NotJSON, len(src), "text ends within a string")
	}
	switch c := src[pos+1]; c {
	case '"', '\\', 'b', 'f', 'n', 'r', 't':
		return 2, false, nil
	case '/':
		return 2, true, nil
	case 'u':
	default:
		return 0, false, fail(NotJSON, pos, "unknown escape %q", src[pos:pos+2])
	}
	r, ok := hex4(src, pos+2)
	if !ok {
		return 0, false, fail(NotJSON, pos, "\\u without four hexadecimal digits")
	}
	if !deep || !utf16.IsSurrogate(r) {
		return 6, true, nil
	}
	if pos+8 <= len(src) && src[pos+6] == '\\' && src[pos+7] == 'u' {
		if low, ok := hex4(src, pos+8); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
			return 12, true, nil
		}
	}
	return 0, false, fail(LoneSurrogate, pos, "%s is half of a surrogate pair", src[pos:pos+6])
}

func hex4(src []byte, pos int) (r rune, ok bool) {
	if pos+4 > len(src) {
		return 0, false
	}
	for _, c := range src[pos : pos+4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// scanNumber reads the number at pos. canonical reports whether canonical JSON could hold it as it is written: an
// integer within ±(2^53−1) without fraction or exponent, and not -0.
func scanNumber(src []byte, pos int) (end int, canonical bool, err *SyntaxError) {
	i := pos
	if src[i] == '-' {
		i++
	}
	first := i
	i = skipDigits(src, i)
	switch {
	case i == first:
		if first == pos {
			return 0, false, unexpected(src, i, "a value")
		}
		return 0, false, unexpected(src, i, "a digit")
	case src[first] == '0' && i > first+1:
		return 0, false, fail(NotJSON, first, "number with a leading zero")
	}
	const largest = "9007199254740991"
	digits := src[first:i]
	canonical = len(digits) < len(largest) || len(digits) == len(largest) && string(digits) <= largest
	if first > pos && src[first] == '0' {
		canonical = false
	}
	if i < len(src) && src[i] == '.' {
		canonical = false
		fraction := i + 1
		if i = skipDigits(src, fraction); i == fraction {
			return 0, false, unexpected(src, i, "a digit")
		}
	}
	if i < len(src) && src[i]|0x20 == 'e' {
		canonical = false
		i++
		if i < len(src) && (src[i] == '+' || src[i] == '-') {
			i++
		}
		exponent := i
		if i = skipDigits(src, exponent); i == exponent {
			return 0, false, unexpected(src, i, "a digit")
		}
	}
	return i, canonical, nil
}

func skipDigits(src []byte, pos int) int {
	for pos < len(src) && '0' <= src[pos] && src[pos] <= '9' {
		pos++
	}
	return pos
}

// scanWord reads true, false or null at pos.
func scanWord(src []byte, pos int) (end int, err *SyntaxError) {
	for _, word := range [...]string{"true", "false", "null"} {
		if len(src)-pos >= len(word) && string(src[pos:pos+len(word)]) == word {
			return pos + len(word), nil
		}
	}
	return 0, unexpected(src, pos, "a value")
}

// skipSpace returns the offset of the first byte from pos on that is no JSON white space.
func skipSpace(src []byte, pos int) int {
	for pos < len(src) {
		switch src[pos] {
		case ' ', '\t', '\n', '\r':
			pos++
		default:
			return pos
		}
	}
	return pos
}

// scanScalar reads the string, number or word at pos, checking its grammar only.
func scanScalar(src []byte, pos int) (end int, err *SyntaxError) {
	if pos >= len(src) {
		return 0, unexpected(src, pos, "a value")
	}
	switch src[pos] {
	case '"':
		end, _, err = scanString(src, pos, false)
	case 't', 'f', 'n':
		end, err = scanWord(src, pos)
	default:
		end, _, err = scanNumber(src, pos)
	}
	return end, err
}

// Valid reports whether text is JSON by its grammar, as json.Valid does; large answers are asked this.
func Valid(text []byte) bool {
	end, err := skipValue(text, skipSpace(text, 0))
	return err == nil && ended(text, end) == nil
}

// skipValue reads the value at pos, checking grammar only, to any depth: it keeps one bit for each open object or
// array.
func skipValue(src []byte, pos int) (end int, err *SyntaxError) {
	var few [8]uint64
	open := few[:0] // bit d is set when level d is an object
	depth := 0
	for {
		// At the start of a value.
		if pos < len(src) && (src[pos] == '{' || src[pos] == '[') {
			object := src[pos] == '{'
			if depth>>6 == len(open) {
				open = append(open, 0)
			}
			open[depth>>6] &^= 1 << (depth & 63)
			if object {
				open[depth>>6] |= 1 << (depth & 63)
			}
			depth++
			pos = skipSpace(src, pos+1)
			switch {
			case pos < len(src) && object && src[pos] == '}', pos < len(src) && !object && src[pos] == ']':
				depth--
				pos++
			case object:
				if pos, err = skipKey(src, pos); err != nil {
					return 0, err
				}
				continue
			default:
				continue
			}
		} else if pos, err = scanScalar(src, pos); err != nil {
			return 0, err
		}
		// After a value.
		for {
			if depth == 0 {
				return pos, nil
			}
			object := open[(depth-1)>>6]>>((depth-1)&63)&1 == 1
			pos = skipSpace(src, pos)
			switch {
			case pos >= len(src):
				return 0, unexpected(src, pos, afterValue(object))
			case src[pos] == ',':
				pos = skipSpace(src, pos+1)
				if object {
					if pos, err = skipKey(src, pos); err != nil {
						return 0, err
					}
				}
			case object && src[pos] == '}', !object && src[pos] == ']':
				depth--
				pos++
				continue
			default:
				return 0, unexpected(src, pos, afterValue(object))
			}
			break
		}
	}
}

func afterValue(object bool) string {
	if object {
		return `"," or "}"`
	}
	return `"," or "]"`
}

// skipKey reads a key at pos, its colon, and the space behind it.
func skipKey(src []byte, pos int) (int, *SyntaxError) {
	if pos >= len(src) || src[pos] != '"' {
		return 0, unexpected(src, pos, "a key")
	}
	end, _, err := scanString(src, pos, false)
	if err != nil {
		return 0, err
	}
	return skipColon(src, end)
}

func skipColon(src []byte, pos int) (int, *SyntaxError) {
	pos = skipSpace(src, pos)
	if pos >= len(src) || src[pos] != ':' {
		return 0, unexpected(src, pos, `":"`)
	}
	return skipSpace(src, pos+1), nil
}

// A memberSpan is where a member lies in its text.
type memberSpan struct {
	keyStart, keyEnd int // without quotes
	escaped          bool
	start, end       int // the value
}

func (m memberSpan) key(src []byte) string {
	if m.escaped {
		return string(appendText(nil, src[m.keyStart:m.keyEnd]))
	}
	return string(src[m.keyStart:m.keyEnd])
}

// is reports whether m's key is key, without building it.
func (m memberSpan) is(src []byte, key string) bool {
	if m.escaped {
		return m.key(src) == key
	}
	return string(src[m.keyStart:m.keyEnd]) == key
}
