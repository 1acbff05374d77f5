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

// maxInformational bounds how many 1xx answers may come before the real one.
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

// cause returns the connection's own error where err is its consequence, or else err as broken HTTP.
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
	return &refusal{kind: FailedMalformed, why: "the answer is not HTTP: " + plainly(err)}
}

// A responseReader reads one HTTP response.
type responseReader struct {
	r       *bufio.Reader
	maxHead int64
	maxBody int64
}

// newResponseReader waits for the first byte of a response.
func newResponseReader(r io.Reader, maxHead, maxBody int64) (*responseReader, error) {
	a := &responseReader{bufio.NewReaderSize(r, 16<<10), maxHead, maxBody}
	_, err := a.r.Peek(1)
	return a, err
}

// read reads the answer to the end. When it breaks off, the response holds what came; it is nil when not even the head
// was whole.
func (a *responseReader) read(method string) (*Response, error) {
	for range maxInformational {
		head, err := a.readHead()
		if err != nil {
			return nil, err
		}
		res, err := http.ReadResponse(bufio.NewReader(io.MultiReader(bytes.NewReader(head), a.r)), &http.Request{Method: method})
		if err != nil {
			return nil, err
		}
		if res.StatusCode < 200 && res.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		out := &Response{Status: res.StatusCode, Header: splitFields(head)}
		_, out.Reason, _ = strings.Cut(res.Status, " ")
		if res.ContentLength > a.maxBody {
			return out, &refusal{kind: FailedTooLarge, why: fmt.Sprintf("the answer announces %d bytes, the limit is %d", res.ContentLength, a.maxBody)}
		}
		out.Body, err = io.ReadAll(io.LimitReader(res.Body, a.maxBody+1))
		if int64(len(out.Body)) > a.maxBody {
			out.Body = out.Body[:a.maxBody]
			return out, &refusal{kind: FailedTooLarge, why: fmt.Sprintf("the answer is over the limit of %d bytes", a.maxBody)}
		}
		return out, err
	}
	return nil, &refusal{kind: FailedMalformed, why: fmt.Sprintf("%d informational answers came and no real one", maxInformational)}
}

// readHead reads status line and header fields with the empty line that ends them, byte for byte.
func (a *responseReader) readHead() ([]byte, error) {
	const start = "HTTP/"
	if _, err := a.r.Peek(1); err != nil {
		return nil, err
	}
	first, _ := a.r.Peek(min(a.r.Buffered(), 32))
	if n := min(len(first), len(start)); string(first[:n]) != start[:n] {
		return nil, &refusal{kind: FailedMalformed, why: fmt.Sprintf("the answer is not HTTP: it begins with %q", first)}
	}
	var head []byte
	for {
		line, err := a.r.ReadSlice('\n')
		head = append(head, line...)
		if int64(len(head)) > a.maxHead {
			return nil, &refusal{kind: FailedTooLarge, why: fmt.Sprintf("the head of the answer is over the limit of %d bytes", a.maxHead)}
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
		if err == nil && (bytes.HasSuffix(head, []byte("\n\r\n")) || bytes.HasSuffix(head, []byte("\n\n"))) {
			return head, nil
		}
	}
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
