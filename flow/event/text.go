package event

import (
	"unicode/utf16"
	"unicode/utf8"

	"doorstep/flow/wording"
)

// String returns the text of a JSON string, its escapes resolved; false when raw is not one string and nothing else, or
// one with invalid UTF-8 or half of a surrogate pair.
func String(raw []byte) (s string, ok bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	end, sp, err := scanString(raw, 0, true)
	if err != nil || end != len(raw) {
		return "", false
	}
	if sp&escaped == 0 {
		return string(raw[1 : end-1]), true
	}
	return string(appendText(nil, raw[1:end-1])), true
}

// appendText appends the text of a string that scanString accepted, given without its quotes.
func appendText(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		if s[i] != '\\' {
			dst = append(dst, s[i])
			i++
			continue
		}
		c := s[i+1]
		i += 2
		switch c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'u':
			r, _ := hex4(s, i)
			i += 4
			if utf16.IsSurrogate(r) {
				low, _ := hex4(s, i+2)
				r = utf16.DecodeRune(r, low)
				i += 6
			}
			dst = utf8.AppendRune(dst, r)
			continue
		}
		dst = append(dst, c)
	}
	return dst
}

// Quote returns s as canonical JSON writes it. s must be UTF-8.
func Quote(s string) []byte { return appendQuoted(make([]byte, 0, len(s)+2), s) }

// appendQuoted appends the text s as a canonical JSON string. Spec: appendices, canonical JSON, grammar.
func appendQuoted[T string | []byte](dst []byte, s T) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	copied := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[copied:i]...)
		copied = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	dst = append(dst, s[copied:]...)
	return append(dst, '"')
}

// clip shortens text that goes into a message.
func clip(s []byte) string {
	const most = 64
	return wording.ClipTo(string(s[:min(len(s), most+utf8.UTFMax)]), most)
}
