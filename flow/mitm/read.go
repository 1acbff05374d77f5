package mitm

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"doorstep/flow/traffic"
)

// Limits on a flow file, which may come from anybody. A flow that has nothing to do with a join is passed over, and
// counts towards the size of the file alone.
const (
	maxFile  = 4 << 30   // bytes
	maxFlow  = 768 << 20 // bytes of one flow
	maxKept  = 1 << 30   // bytes of the bodies and header fields that are kept
	maxFlows = 1 << 20   // flows that are kept
)

type limits struct{ file, flow, kept int64 }

var usualLimits = limits{maxFile, maxFlow, maxKept}

// Begins reports whether what r is about to read begins as a flow file does: with the length of a flow.
func Begins(r *bufio.Reader) bool {
	b, _ := r.Peek(mostDigits + 1) // less where the file ends before that
	at := bytes.IndexByte(b, ':')
	if at < 0 {
		return len(b) > 0 && len(b) <= mostDigits && b[0] >= '0' && b[0] <= '9'
	}
	_, err := length(b[:at])
	return err == nil
}

// A reader reads the flows of a file.
type reader struct {
	in     *bufio.Reader
	limits limits
	at     int64 // bytes read
	flow   bytes.Buffer
	flows  int // read
	http   int // of them
	size   int64
	kept   []traffic.Exchange
	format int64 // of the first flow that is kept
}

// errCut tells that the file ends inside a flow.
var errCut = errors.New("the file ends here")

// Read reads a flow file, up to 4 GiB of it, and finds the handshakes. The error says where something is wrong; it is
// traffic.ErrNoHandshake, wrapped, where all is well and there is none. A file that ends inside a flow, as one does
// whose mitmproxy was killed, is read up to there, and the capture says so.
func Read(r io.Reader) (*traffic.Capture, error) { return readWithin(r, usualLimits) }

func readWithin(r io.Reader, l limits) (*traffic.Capture, error) {
	in := &reader{in: bufio.NewReader(r), limits: l}
	var cut error
	for {
		v, err := in.next()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = in.take(v)
		}
		if err != nil {
			err = fmt.Errorf("flow %d, before byte %d: %w", in.flows, in.at+1, err)
		}
		if errors.Is(err, errCut) && in.flows > 1 {
			cut = err
			break
		}
		if err != nil {
			return nil, err
		}
	}
	by := "mitmproxy"
	if in.format != 0 {
		by = fmt.Sprintf("mitmproxy, flow format %d", in.format)
	}
	c, err := traffic.Find(in.kept, traffic.Source{From: "mitmproxy", By: by}, in.http)
	switch {
	case err != nil && cut != nil:
		return nil, fmt.Errorf("%w; %w", cut, err)
	case err != nil:
		return nil, err
	}
	c.Cut = cut
	return c, nil
}

// next reads the next flow, as it stands there. What it claims to be long is believed as it comes.
func (r *reader) next() (v value, err error) {
	if _, err := r.in.Peek(1); err != nil {
		return v, err
	}
	r.flows++
	digits := make([]byte, 0, mostDigits+1)
	for {
		c, err := r.in.ReadByte()
		if err != nil {
			return v, ended(err)
		}
		r.at++
		if c == ':' {
			break
		}
		if digits = append(digits, c); len(digits) > mostDigits {
			return v, fmt.Errorf("%q is no length", digits)
		}
	}
	n, err := length(digits)
	switch {
	case err != nil:
		return v, err
	case n > r.limits.flow:
		return v, fmt.Errorf("the flow claims %d bytes, and the limit is %d", n, r.limits.flow)
	case r.at+n+1 > r.limits.file:
		return v, errors.New("the file is over the limit of its size")
	}
	r.flow.Reset()
	got, err := io.CopyN(&r.flow, r.in, n+1)
	r.at += got
	if err != nil {
		return v, ended(err)
	}
	b := r.flow.Bytes()
	if b[n] != dict {
		return v, fmt.Errorf("the flow is %q, and has to be a dictionary", b[n])
	}
	return value{dict, b[:n]}, nil
}

func ended(err error) error {
	if err == io.EOF {
		return errCut
	}
	return err
}

// take keeps a flow where it may belong to a join.
func (r *reader) take(v value) error {
	f, err := recordOf(v)
	if err != nil {
		return err
	}
	if f.kind != "http" {
		return nil // a connection that carried something else
	}
	r.http++
	x, ok, err := f.exchange()
	if err != nil || !ok {
		return err
	}
	x.Place = r.http
	if r.format == 0 {
		r.format = f.version
	}
	r.kept = append(r.kept, x)
	if r.size += weight(&x); r.size > r.limits.kept || len(r.kept) > maxFlows {
		return fmt.Errorf("up to here there are %d exchanges of joins with %d bytes, and the limit is %d exchanges with "+
			"%d bytes", len(r.kept), r.size, maxFlows, r.limits.kept)
	}
	return nil
}

// weight is what an exchange holds, in bytes, roughly.
func weight(x *traffic.Exchange) int64 {
	n := len(x.Request.Target) + len(x.Request.Body)
	fields := x.Request.Header
	if x.Response != nil {
		n += len(x.Response.Body)
		fields = append(fields[:len(fields):len(fields)], x.Response.Header...)
	}
	for _, f := range fields {
		n += len(f.Name) + len(f.Value) + 32
	}
	return int64(n + 512)
}
