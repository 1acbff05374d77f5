package client

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
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
}

// newResponseReader waits for the first byte of a response.
func newResponseReader(in io.Reader, maxHead, maxBody int64) (*responseReader, error) {
	r := &responseReader{bufio.NewReaderSize(in, 16<<10), maxHead, maxBody}
	_, err := r.in.Peek(1)
	return r, err
}

// read reads the response to the end. When it breaks off, the Response holds what came; it is nil when not even the
// head was whole.
func (r *responseReader) read(method string) (*Response, error) {
	for range maxInformational {
		head, err := r.readHead()
		if err != nil {
			return nil, err
		}
		whole := bufio.NewReader(io.MultiReader(bytes.NewReader(head), r.in))
		res, err := http.ReadResponse(whole, &http.Request{Method: method})
		if err != nil {
			return nil, err
		}
		if res.StatusCode < 200 && res.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		out := &Response{Status: res.StatusCode, Header: splitFields(head)}
		_, out.Reason, _ = strings.Cut(res.Status, " ")
		out.Body, err = r.readBody(res)
		return out, err
	}
	return nil, malformed("%d informational responses came and no final one", maxInformational)
}

func (r *responseReader) readBody(res *http.Response) ([]byte, error) {
	if res.ContentLength > r.maxBody {
		return nil, tooLarge("the response announces %d bytes, the limit is %d", res.ContentLength, r.maxBody)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, r.maxBody+1))
	if int64(len(body)) > r.maxBody {
		return body[:r.maxBody], tooLarge("the response is over the limit of %d bytes", r.maxBody)
	}
	return body, err
}

// readHead reads status line and header fields with the empty line that ends them, byte for byte.
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
			return nil, tooLarge("the head of the response is over the limit of %d bytes", r.maxHead)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
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
