package recording

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"unicode/utf8"
)

// appendLong writes a line piece by piece, so that its body is not copied as a whole. The bytes are those that
// encoding/json would make of it.
func (rw *Writer) appendLong(l entryLine) error {
	body := *l.Body
	l.Body = &text{}
	line, err := json.Marshal(l)
	if err != nil {
		return err
	}
	// Within a string the quotes would be escaped, and no other body is a string.
	before, after, _ := bytes.Cut(line, []byte(`"body":""`))
	out := bufio.NewWriterSize(rw.w, longLine)
	out.Write(before)
	out.WriteString(`"body":`)
	if err := writeText(out, body); err != nil {
		return err
	}
	out.Write(after)
	out.WriteByte('\n')
	return out.Flush() // gives the first error of those before
}

// textPiece is how much of a text is escaped at a time.
const textPiece = 64 << 10

// writeText writes a text as its MarshalJSON gives it.
func writeText(out *bufio.Writer, t text) error {
	if !utf8.Valid(t) {
		out.WriteString(`{"base64":"`)
		encoder := base64.NewEncoder(base64.StdEncoding, out)
		_, err := encoder.Write(t)
		encoder.Close() // gives the same error
		out.WriteString(`"}`)
		return err
	}
	out.WriteByte('"')
	var quoted bytes.Buffer
	encoder := json.NewEncoder(&quoted)
	for len(t) > 0 {
		end := min(textPiece, len(t))
		for end < len(t) && !utf8.RuneStart(t[end]) {
			end--
		}
		quoted.Reset()
		if err := encoder.Encode(string(t[:end])); err != nil {
			return err
		}
		if _, err := out.Write(quoted.Bytes()[1 : quoted.Len()-2]); err != nil { // without quotes and line end
			return err
		}
		t = t[end:]
	}
	return out.WriteByte('"')
}
