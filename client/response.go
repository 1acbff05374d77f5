package client

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// maxInformational bounds how many 1xx responses may come before the final one.
const maxInformational = 8

// A recorder remembers the first error of a connection, so that a broken connection can be told from broken HTTP.
type recorder struct {
	conn io.Reader
	err  error
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.conn.Read(p)
	if err != nil && r.err == nil {
		r.err = err
	}
	return n, err
}

// cause returns the connection's own error where err follows from it, or else err as broken HTTP.
func (r *recorder) cause(err error) error {
	var own *refusal
	switch {
	case err == nil || errors.As(err, &own):
		return err
	case r.err != nil && r.err != io.EOF:
		return r.err
	case isEOF(err):
		return io.ErrUnexpectedEOF
	}
	return malformed("the response is not HTTP: %s", plainly(err))
}

// A responseReader reads one HTTP response.
type responseReader struct {
	in      *bufio.Reader
	maxHead int64
	maxBody int64

	arrival *Arrival // is told what comes of the body
	now     func() time.Time
}

// newResponseReader waits for the first byte of a response.
func newResponseReader(in io.Reader, maxHead, maxBody int64) (*responseReader, error) {
	r := &responseReader{in: bufio.NewReaderSize(in, 16<<10), maxHead: maxHead, maxBody: maxBody, now: time.Now}
	_, err := r.in.Peek(1)
	return r, err
}

// read reads the response to the end. When it breaks off, the Response holds what came; it is nil when not even the
// status line was whole.
func (r *responseReader) read(method string) (*Response, error) {
	for range maxInformational {
		head, err := r.readHead()
		if err != nil {
			return beginning(head), err
		}
		whole := bufio.NewReader(io.MultiReader(bytes.NewReader(head), r.in))
		res, err := http.ReadResponse(whole, &http.Request{Method: method})
		if err != nil {
			return nil, err
		}
		if res.StatusCode < 200 && res.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		out := responseOf(res, head)
		out.Body, err = r.readBody(res)
		if res.ContentLength >= 0 && err == nil {
			out.Excess = whole.Buffered() + r.in.Buffered()
		}
		return out, err
	}
	return nil, malformed("%d informational responses came and no final one", maxInformational)
}

// responseOf is a response as its head begins it.
func responseOf(res *http.Response, head []byte) *Response {
	out := &Response{Status: res.StatusCode, Header: splitFields(head)}
	_, out.Reason, _ = strings.Cut(res.Status, " ")
	return out
}

// beginning is the response of whose head no more came: nil where its status line is not whole, or is that of an
// informational one.
func beginning(head []byte) *Response {
	line, _, whole := bytes.Cut(head, []byte("\n"))
	if !whole {
		return nil
	}
	status := append(bytes.TrimSuffix(line[:len(line):len(line)], []byte("\r")), "\r\n\r\n"...)
	res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(status)), nil)
	if err != nil || res.StatusCode < 200 {
		return nil
	}
	return responseOf(res, head)
}

// readBody reads the body, as far as it comes and the limit lets it.
func (r *responseReader) readBody(res *http.Response) ([]byte, error) {
	if res.ContentLength > r.maxBody {
		first, _ := r.in.Peek(r.in.Buffered()) // came along with the head
		return append([]byte(nil), first...),
			tooLarge("the response announces %d bytes, the limit is %d", res.ContentLength, r.maxBody)
	}
	r.arrival.begin(max(res.ContentLength, 0), r.now())
	defer r.arrival.end()
	if res.ContentLength == 0 {
		return []byte{}, nil
	}
	return r.gather(res.Body, max(res.ContentLength, 0))
}

// gather reads a body of so many bytes, or until it ends where of is 0.
func (r *responseReader) gather(in io.Reader, of int64) ([]byte, error) {
	body := make([]byte, 0, min(cmp.Or(of, 4*kiB), firstRoom))
	var next [1]byte // whether more comes is seen before room is made for it
	for {
		came := int64(len(body))
		if came == of && of > 0 {
			return body, nil
		}
		room := body[came:min(int64(cap(body)), r.maxBody)]
		if len(room) == 0 {
			room = next[:]
		}
		n, err := in.Read(room)
		switch {
		case n == 0 || came+int64(n) <= min(int64(cap(body)), r.maxBody):
			body = body[:came+int64(n)]
		case came == r.maxBody:
			return body, tooLarge("the response is over the limit of %d bytes", r.maxBody)
		default:
			body = append(roomier(body, of, r.maxBody), next[0])
		}
		r.arrival.add(n, r.now())
		switch {
		case err == io.EOF:
			return body, nil
		case err != nil:
			return body, err
		}
	}
}

// firstRoom is the room that is made for a body before any of it has come.
const firstRoom = miB

// roomier returns body with room for more. An announced length is believed as far as a part of it has come: who
// announces much and sends little does not take memory by it.
func roomier(body []byte, of, most int64) []byte {
	room := 2 * int64(len(body))
	if of > 0 {
		room = min(of, 8*int64(len(body)))
	}
	longer := make([]byte, len(body), min(room, most))
	copy(longer, body)
	return longer
}

// readHead reads status line and header fields with the empty line that ends them, byte for byte. With an error it
// returns what came of them.
func (r *responseReader) readHead() ([]byte, error) {
	const start = "HTTP/"
	if _, err := r.in.Peek(1); err != nil {
		return nil, err
	}
	first, _ := r.in.Peek(min(r.in.Buffered(), 32))
	if n := min(len(first), len(start)); string(first[:n]) != start[:n] {
		return nil, malformed("the response is not HTTP: it begins with %q", first)
	}
	var head []byte
	for {
		line, err := r.in.ReadSlice('\n')
		head = append(head, line...)
		if int64(len(head)) > r.maxHead {
			return head[:r.maxHead], tooLarge("the head of the response is over the limit of %d bytes", r.maxHead)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return head, err
		}
		if err == nil && (bytes.HasSuffix(head, []byte("\n\r\n")) || bytes.HasSuffix(head, []byte("\n\n"))) {
			return head, nil
		}
	}
}

func malformed(format string, args ...any) error {
	return &refusal{kind: FailedMalformed, why: fmt.Sprintf(format, args...)}
}

func tooLarge(format string, args ...any) error {
	return &refusal{kind: FailedTooLarge, why: fmt.Sprintf(format, args...)}
}

// splitFields gives the header fields of a head in the order and spelling they came in. A folded line is joined to the
// one before it.
func splitFields(head []byte) []Field {
	var fields []Field
	lines := strings.Split(string(head), "\n")
	for _, line := range lines[1:] {
		line = strings.TrimSuffix(line, "\r")
		name, value, ok := strings.Cut(line, ":")
		switch {
		case line == "":
		case (line[0] == ' ' || line[0] == '\t') && len(fields) > 0:
			fields[len(fields)-1].Value += " " + strings.Trim(line, " \t")
		case ok:
			fields = append(fields, Field{name, strings.Trim(value, " \t")})
		}
	}
	return fields
}
