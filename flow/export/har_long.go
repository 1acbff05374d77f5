package export

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"unicode/utf8"

	"doorstep/client"
	"doorstep/flow/har"
	"doorstep/flow/printable"
)

// longBody is from how many bytes on a body is written piece by piece: with all of it as one text of JSON, an archive
// took six times its size in memory.
const longBody = 1 << 16

// A long is a body whose text is put into its place only when the archive is written.
type long struct {
	body   []byte
	base64 bool
	text   *string // stands there until then
}

// writeArchive writes an archive with its long bodies, which stand in that order: the same bytes that printable.Write
// would write with every text in its place.
func writeArchive(w io.Writer, f *har.File, bodies []long) error {
	var b bytes.Buffer
	var token []byte
	for n := 0; n == 0 || bytes.Count(b.Bytes(), token) != len(bodies); n++ {
		sum := sha256.Sum256(b.Bytes()) // from the second time on of all the rest, so that nothing in it can be the token
		token = fmt.Appendf(nil, "%x", sum)
		for _, l := range bodies {
			*l.text = string(token)
		}
		b.Reset()
		if err := printable.Write(&b, f); err != nil {
			return err
		}
	}
	rest := b.Bytes()
	for _, l := range bodies {
		before, after, _ := bytes.Cut(rest, token)
		if _, err := w.Write(before); err != nil {
			return err
		}
		if err := l.write(w); err != nil {
			return err
		}
		rest = after
	}
	_, err := w.Write(rest)
	return err
}

// write writes a body as it stands within a string of JSON.
func (l long) write(w io.Writer) error {
	if l.base64 {
		e := base64.NewEncoder(base64.StdEncoding, w)
		if _, err := e.Write(l.body); err != nil {
			return err
		}
		return e.Close()
	}
	var piece []byte
	for rest := l.body; len(rest) > 0; {
		n := pieceOf(rest)
		piece = printable.AppendText(piece[:0], rest[:n])
		if _, err := w.Write(piece); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// swells reports whether a body is large, and as text would be longer than as base64: up to six times as long, where it
// is escaped, which nobody would read again.
func swells(body []byte) bool {
	const large = 1 << 20
	if len(body) < large {
		return false
	}
	return printable.Len(body) > base64.StdEncoding.EncodedLen(len(body))
}

// contentOf makes the content of a response; its long body is in the second, for writeArchive.
func contentOf(r *client.Response) (har.Content, *long) {
	c := har.Content{Size: len(r.Body), MimeType: text(client.FieldOf(r.Header, "Content-Type"))}
	if r.Body == nil {
		return c, nil
	}
	plain := utf8.Valid(r.Body) && !swells(r.Body)
	if !plain {
		c.Encoding = "base64"
	}
	c.Text = new(string)
	switch {
	case len(r.Body) >= longBody:
		return c, &long{r.Body, !plain, c.Text}
	case plain:
		*c.Text = string(r.Body)
	default:
		*c.Text = base64.StdEncoding.EncodeToString(r.Body)
	}
	return c, nil
}

// pieceOf is how much of a text is written at once: up to a letter of ASCII, which what is escaped never reaches over.
func pieceOf(text []byte) int {
	n := min(longBody, len(text))
	for n < len(text) && text[n-1] >= utf8.RuneSelf {
		n++
	}
	return n
}
