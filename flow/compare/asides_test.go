package compare_test

import (
	"slices"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/compare"
)

// changed is a recording in which the answer of a step was changed.
func changed(t *testing.T, name string, step flow.StepID, change func(*flow.Entry)) compare.Side {
	t.Helper()
	trace := recorded(t, name).Trace
	for i := range trace.Entries {
		if e := &trace.Entries[i]; e.Step == step && e.Response != nil {
			*e = e.Remembering()
			change(e)
		}
	}
	return sideOf("changed", trace)
}

// How long an answer takes is noise until it is three times as long, and a second longer.
func TestHowLong(t *testing.T) {
	for _, c := range []struct {
		a, b time.Duration
		want bool
	}{{5 * time.Millisecond, 900 * time.Millisecond, false}, {5 * time.Millisecond, 1100 * time.Millisecond, true},
		{1 * time.Second, 2900 * time.Millisecond, false}, {1 * time.Second, 3 * time.Second, true}} {
		one := changed(t, "public-v12", flow.A5, func(e *flow.Entry) { e.Took = c.a })
		other := changed(t, "public-v12", flow.A5, func(e *flow.Entry) { e.Took = c.b })
		for _, got := range []compare.Comparison{compare.Handshakes(one, other), compare.Handshakes(other, one)} {
			says := slices.ContainsFunc(got.Steps, func(s compare.StepRow) bool {
				return slices.ContainsFunc(s.Differences, func(d compare.Difference) bool { return d.Part == compare.PartTook })
			})
			if says != c.want || got.Equal == c.want {
				t.Errorf("%v and %v: %v, equal %v", c.a, c.b, says, got.Equal)
			}
		}
	}
}

// Headers and TLS facts that differ are told aside, and leave two handshakes equal; dates are not told at all.
func TestAsides(t *testing.T) {
	one := recorded(t, "public-v12")
	other := changed(t, "public-v12", flow.A5, func(e *flow.Entry) {
		r, c := *e.Response, *e.Connection
		r.Header = append(slices.Clone(r.Header), client.Field{Name: "Via", Value: "a proxy"},
			client.Field{Name: "Date", Value: "today"})
		c.TLS = &client.TLS{Version: "TLS 1.2", CipherSuite: c.TLS.CipherSuite}
		e.Response, e.Connection = &r, &c
	})
	got := compare.Handshakes(one, other)
	var asides []string
	for _, s := range got.Steps {
		for _, d := range s.Asides {
			asides = append(asides, string(s.ID)+" "+string(d.Part)+" "+d.Path)
		}
	}
	if want := []string{"A4 answer_headers /via", "A4 tls /version"}; !got.Equal || !slices.Equal(asides, want) {
		t.Errorf("equal %v: %q", got.Equal, asides)
	}
}
