package compare

import (
	"slices"
	"strconv"
	"time"

	"doorstep/client"
	"doorstep/flow"
)

// Two answers took differently long where one took tookTimes as long as the other, and tookMore longer. What is below
// is noise: how busy a machine or a line is makes more of a difference. What somebody else waits for, as a
// client does for the whole join, is not looked at.
const (
	tookTimes = 3
	tookMore  = time.Second
)

// took says that one of two answers took much longer. told: what their pace comes to says so already.
func (w rowWork) took(a, b *flow.Entry, told bool) {
	ours := w.x.Entry.Kind == flow.Request && w.x.Entry.From == flow.Joining && w.y.Entry.From == flow.Joining
	if told || !ours || a.Response == nil || b.Response == nil {
		return
	}
	short, long := min(a.Took, b.Took), max(a.Took, b.Took)
	if long-short < tookMore || long < tookTimes*short {
		return
	}
	w.take(PartTook, "", []Difference{{Kind: Replaced, A: milliseconds(a.Took), B: milliseconds(b.Took)}})
}

func milliseconds(d time.Duration) Text { return Text(strconv.FormatInt(d.Milliseconds(), 10)) }

// unlikely are the header fields that are never the same, or that follow from what is compared elsewhere.
var unlikely = []string{"date", "content-length", "content-type", "authorization", "host", "etag", "last-modified"}

// asides compares the headers and the TLS facts of a row.
func (c *comparer) asides(r *StepRow) {
	if r.A == nil || r.B == nil {
		return
	}
	add := func(p Part, a, b []byte) {
		if a == nil || b == nil {
			return
		}
		d := newDiffer(c.names)
		d.value(spot{}, a, b, 0)
		for _, x := range Changed(d.out) {
			x.Part = p
			r.Asides = append(r.Asides, x)
		}
	}
	if x, y := r.A.Entry, r.B.Entry; x.Kind == flow.Request && x.Request != nil && y.Request != nil {
		add(PartRequestHeaders, tellingHeaders(x.Request.Header), tellingHeaders(y.Request.Header))
	}
	x, y := r.A.Answered, r.B.Answered
	if x == nil || y == nil {
		return
	}
	if x.Response != nil && y.Response != nil {
		add(PartAnswerHeaders, tellingHeaders(x.Response.Header), tellingHeaders(y.Response.Header))
	}
	if x.Connection != nil && y.Connection != nil {
		add(PartTLS, tlsFacts(x.Connection.TLS), tlsFacts(y.Connection.TLS))
	}
}

// tellingHeaders are the header fields that may tell something, as a JSON object. None were recorded: nil.
func tellingHeaders(fields []client.Field) []byte {
	if len(fields) == 0 {
		return nil
	}
	all := headers(fields)
	for name := range all {
		if slices.Contains(unlikely, name) {
			delete(all, name)
		}
	}
	return asJSON(all)
}

// tlsFacts are what was agreed on a connection, and what was wrong with the certificate, as a JSON object.
func tlsFacts(t *client.TLS) []byte {
	if t == nil {
		return nil
	}
	return asJSON(map[string]any{"version": t.Version, "cipher_suite": t.CipherSuite, "faults": t.Faults})
}
