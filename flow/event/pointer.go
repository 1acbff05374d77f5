package event

import (
	"strconv"
	"strings"
)

// maxPointer is about how long a JSON pointer may grow, in bytes, before its rest is left out: keys are a server's
// words.
const maxPointer = 1024

// A pointerStep is one object or array that a place in a text lies in.
type pointerStep struct {
	object bool
	named  bool       // key is set
	key    memberSpan // of the member being read
	index  int        // of the element being read
}

// pointerAt returns the JSON pointer of the value at offset, or of the member whose key is at offset. The text before
// offset must be the beginning of a JSON text. Levels below MaxNesting are left out.
func pointerAt(src []byte, offset int) string {
	var steps []pointerStep
	below := 0 // levels open beyond those in steps
	atKey := false
	for pos := skipSpace(src, 0); pos < len(src) && pos <= offset; pos = skipSpace(src, pos) {
		c := src[pos]
		if pos == offset && (!atKey || c != '"') {
			break
		}
		top := len(steps) - 1
		switch c {
		case '{', '[':
			if len(steps) == MaxNesting {
				below++
				atKey = false
			} else {
				steps = append(steps, pointerStep{object: c == '{'})
				atKey = c == '{'
			}
			pos++
		case '}', ']':
			if below > 0 {
				below--
			} else if top >= 0 {
				steps = steps[:top]
			}
			atKey = false
			pos++
		case ',':
			if below == 0 && top >= 0 {
				steps[top].index++
				steps[top].named = false
				atKey = steps[top].object
			}
			pos++
		case ':':
			pos++
		default:
			end, err := scanScalar(src, pos)
			if err != nil || pos < offset && offset < end {
				return pointer(src, steps)
			}
			if atKey {
				if _, sp, err := scanString(src, pos, true); err == nil {
					steps[top].key = memberSpan{keyStart: pos + 1, keyEnd: end - 1, escaped: sp&escaped != 0}
					steps[top].named = true
				}
				atKey = false
			}
			pos = end
		}
	}
	return pointer(src, steps)
}

func pointer(src []byte, steps []pointerStep) string {
	var b strings.Builder
	for _, s := range steps {
		switch {
		case b.Len() > maxPointer:
			b.WriteString("/…")
			return b.String()
		case !s.object:
			b.WriteByte('/')
			b.WriteString(strconv.Itoa(s.index))
		case s.named:
			b.WriteByte('/')
			b.WriteString(PointerToken(s.key.key(src)))
		}
	}
	return b.String()
}

var (
	pointerEscapes   = strings.NewReplacer("~", "~0", "/", "~1")
	pointerUnescapes = strings.NewReplacer("~1", "/", "~0", "~")
)

// PointerToken is a key as part of a JSON pointer, cut where it is long. Spec: RFC 6901.
func PointerToken(key string) string {
	if len(key) > maxPointer {
		key = clip([]byte(key))
	}
	return pointerEscapes.Replace(key)
}

// PointerKey is the key that a part of a JSON pointer stands for. Spec: RFC 6901.
func PointerKey(token string) string { return pointerUnescapes.Replace(token) }

// in gives e its path in src, which it must have been found in.
func (e *SyntaxError) in(src []byte) *SyntaxError {
	e.Path = pointerAt(src, e.Offset)
	return e
}
