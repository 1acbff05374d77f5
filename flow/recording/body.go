package recording

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// findBody returns where the value under the key body lies in the object of a line: a string, with its quotes, or an
// object that holds base64 as a Writer writes it; 0, 0 where it cannot tell, as where a second key means the same.
// Whether the line is JSON is for others to say.
func findBody(line []byte) (start, end int) {
	depth, key := 0, false // key: what comes next is one, in the outermost object
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '{', '[':
			depth++
			key = depth == 1
		case '}', ']':
			depth--
		case ',':
			key = depth == 1
		case '"':
			stop := stringEnd(line, i)
			if stop < 0 {
				return 0, 0
			}
			if key {
				switch name := line[i+1 : stop-1]; {
				case string(name) == "body" && end == 0:
					if start, end = bodyValue(line, stop); end == 0 {
						return 0, 0
					}
					stop = end
				case bytes.EqualFold(name, []byte("body")), bytes.IndexByte(name, '\\') >= 0:
					return 0, 0
				}
			}
			key, i = false, stop-1
		}
	}
	return start, end
}

// packedBody is how a body of base64 begins, as a Writer writes it. A string and a brace follow.
const packedBody = `{"base64":`

// bodyValue returns the body that follows a key which ends at at; 0, 0 where there is none.
func bodyValue(line []byte, at int) (start, end int) {
	for ; at < len(line); at++ {
		switch line[at] {
		case ' ', '\t', '\r', ':':
		case '"':
			if end = stringEnd(line, at); end > 0 {
				return at, end
			}
			return 0, 0
		case '{':
			inner := at + len(packedBody)
			if !bytes.HasPrefix(line[at:], []byte(packedBody+`"`)) {
				return 0, 0
			}
			if end = stringEnd(line, inner); end < 0 || end == len(line) || line[end] != '}' {
				return 0, 0
			}
			return at, end + 1
		default:
			return 0, 0
		}
	}
	return 0, 0
}

// unpackBody decodes the body of base64 that lies in value, where it lies, and returns it; false where it is for
// encoding/json to say what it is, and then value is as it was.
func unpackBody(value []byte) (body []byte, ok bool) {
	inside := value[len(packedBody)+1 : len(value)-2]
	if len(inside)%4 != 0 {
		return nil, false
	}
	digits := bytes.TrimRight(inside, "=")
	if len(inside)-len(digits) > 2 || bytes.IndexFunc(digits, notBase64) >= 0 {
		return nil, false
	}
	n := 0
	var piece [4096]byte // what is written never overtakes what is read
	for rest := inside; len(rest) > 0; {
		took := copy(piece[:], rest)
		got, err := base64.StdEncoding.Decode(inside[n:], piece[:took])
		if err != nil {
			return nil, false // cannot be: the digits were looked at
		}
		n, rest = n+got, rest[took:]
	}
	return inside[:n:n], true
}

func notBase64(r rune) bool {
	return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '+' && r != '/'
}

// stringEnd returns the place after the string that begins at start; -1 where it does not end.
func stringEnd(line []byte, start int) int {
	for i := start + 1; ; {
		quote := bytes.IndexByte(line[i:], '"')
		if quote < 0 {
			return -1
		}
		at := i + quote
		back := 0
		for at-1-back > start && line[at-1-back] == '\\' {
			back++
		}
		if i = at + 1; back%2 == 0 {
			return i
		}
	}
}

// plainString reports whether quoted is a string of JSON that says one thing only: UTF-8, no control characters,
// escapes as they should be and no half of a surrogate pair.
func plainString(quoted []byte) bool {
	s := quoted[1 : len(quoted)-1]
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < ' ':
			return false
		case c != '\\':
		case i+1 == len(s):
			return false
		case s[i+1] == 'u':
			_, size := escapedRune(s[i:])
			if size == 0 {
				return false
			}
			i += size - 1
		case escapes[s[i+1]] == 0:
			return false
		default:
			i++
		}
	}
	return utf8.Valid(s)
}

// escapes are the characters that a letter stands for after a backslash.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escapedRune returns the character that a \u escape, or two of them, at the beginning of s stand for, and how many
// bytes they take; 0 where there is no character that they stand for.
func escapedRune(s []byte) (r rune, size int) {
	first, ok := hexRune(s)
	if !ok {
		return 0, 0
	}
	if !utf16.IsSurrogate(first) {
		return first, 6
	}
	second, ok := hexRune(s[6:])
	if r = utf16.DecodeRune(first, second); !ok || r == utf8.RuneError {
		return 0, 0
	}
	return r, 12
}

// hexRune reads a \u escape at the beginning of s.
func hexRune(s []byte) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	r, err := strconv.ParseUint(string(s[2:6]), 16, 16)
	return rune(r), err == nil
}

// unescape replaces the escapes in s, the inside of a plainString, where it lies, and returns what is left.
func unescape(s []byte) []byte {
	from := bytes.IndexByte(s, '\\')
	if from < 0 {
		return s
	}
	out := s[:from]
	for i := from; i < len(s); {
		switch {
		case s[i] != '\\':
			out = append(out, s[i])
			i++
		case s[i+1] == 'u':
			r, size := escapedRune(s[i:])
			out = utf8.AppendRune(out, r)
			i += size
		default:
			out = append(out, escapes[s[i+1]])
			i += 2
		}
	}
	return out[:len(out):len(out)]
}
