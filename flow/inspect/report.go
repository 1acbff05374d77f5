package inspect

import (
	"encoding/json"
	"slices"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/event"
	"doorstep/flow/verify"
)

// A Report is what a check came to. Everything in it is worked out from a trace.
type Report struct {
	Server string `json:"server"`
	// Discovery is the search for the server with every step, in the form it has in recordings; missing where there was
	// none.
	Discovery *client.Discovery  `json:"discovery,omitempty"`
	Rows      []Row              `json:"rows"`
	Counts    verify.Tally       `json:"counts"`
	Addresses []Address          `json:"addresses"`
	Outcome   flow.Outcome       `json:"-"`
	Findings  []diagnose.Finding `json:"-"`
}

// An Address is what was seen of one address of the server, as facts.
type Address struct {
	Address string      `json:"address"` // IP and port
	TLS     *client.TLS `json:"tls,omitempty"`
	// Keys are the current keys and the old ones that its key document lists; missing where there is none.
	Keys       []Key     `json:"keys,omitempty"`
	ServerName string    `json:"server_name,omitempty"`    // as the key document says
	ValidUntil int64     `json:"valid_until_ts,omitempty"` // ms since 1970, as the key document says
	Software   *Software `json:"software,omitempty"`
	// Document is the key document as it came, where it is JSON.
	Document json.RawMessage `json:"key_document,omitempty"`
	// ClockOffMS is how many milliseconds the clock is ahead of ours, give or take ClockSlackMS; missing where no answer
	// had a date.
	ClockOffMS   *float64 `json:"clock_off_ms,omitempty"`
	ClockSlackMS float64  `json:"clock_slack_ms,omitempty"`
	// ConnectMS, TLSMS and TookMS are how long connecting, TLS and the whole request for the keys took.
	ConnectMS float64 `json:"connect_ms,omitempty"`
	TLSMS     float64 `json:"tls_ms,omitempty"`
	TookMS    float64 `json:"took_ms,omitempty"`
}

// A Key is one key of a key document.
type Key struct {
	ID        string `json:"id"`
	Key       string `json:"key,omitempty"` // unpadded base64, where it is an ed25519 key
	Old       bool   `json:"old,omitempty"`
	ExpiredTS int64  `json:"expired_ts,omitempty"`
	Ed25519   bool   `json:"ed25519"` // it is an ed25519 key of 32 bytes
	Signs     bool   `json:"signs"`   // it has signed the document
}

// Of returns the report of a check, which t is the trace of so far: the rows in the order of the table of kinds, those
// of addresses address by address.
func Of(t flow.Trace) Report {
	x := newEvidence(t)
	r := Report{Server: x.server, Rows: x.nameRows(), Addresses: []Address{}}
	for _, d := range x.own {
		r.Rows = slices.Concat(r.Rows, x.connectionRows(d), x.keyRows(d), x.answerRows(d))
		r.Addresses = append(r.Addresses, x.address(d))
	}
	r.Rows = append(r.Rows, x.identityRows()...)
	if x.search != nil {
		r.Discovery = x.search.Discovery
	}
	for _, row := range r.Rows {
		r.Counts.Add(row.Outcome)
	}
	r.Outcome = x.outcome(r.Rows)
	r.Findings = diagnose.Named(t, flow.Fold(t), sightings(r.Rows))
	for i := range r.Findings {
		reword(&r.Findings[i])
	}
	return r
}

// Verdict says in a sentence what a check came to.
func (r Report) Verdict() string {
	switch r.Outcome {
	case flow.Verified:
		if r.Counts.Warn > 0 {
			return "all that was looked at holds, with warnings"
		}
		return "all that was looked at holds"
	case flow.Invalid:
		return "keys or certificates do not hold"
	case flow.Unreachable:
		return "no address of it can be used"
	case flow.TimedOut:
		return "nobody answers in time"
	case flow.Cancelled:
		return "the check was ended"
	}
	return "something fails"
}

// ExitCode is the exit code of a check that came to r: that of its outcome, but with strict a warning makes it 4.
func (r Report) ExitCode(strict bool) int {
	if strict && r.Outcome == flow.Verified && r.Counts.Warn > 0 {
		return flow.Invalid.ExitCode()
	}
	return r.Outcome.ExitCode()
}

// sightings are the causes that rows name, each once: what fails before what is only worth a warning.
func sightings(rows []Row) []diagnose.Sighting {
	var out []diagnose.Sighting
	for _, of := range []struct {
		outcome  verify.CheckOutcome
		severity diagnose.Severity
	}{{verify.Fail, diagnose.SeverityError}, {verify.Warn, diagnose.SeverityWarn}} {
		for _, row := range rows {
			if row.Outcome != of.outcome || row.Finding == "" {
				continue
			}
			i := slices.IndexFunc(out, func(s diagnose.Sighting) bool { return s.ID == row.Finding })
			if i < 0 {
				out = append(out, diagnose.Sighting{ID: row.Finding, Severity: of.severity})
				i = len(out) - 1
			}
			out[i].Evidence = append(out[i].Evidence, row.Evidence...)
		}
	}
	return out
}

// outcome is what rows come to: cancelled where somebody ended the check; unreachable where no address can be used;
// invalid where keys or certificates fail; failed where something else does; verified otherwise. Where all that fails
// is that nobody answered in time, or that the time for the check was up, it is a timeout.
func (x *evidence) outcome(rows []Row) flow.Outcome {
	var failed []Row
	for _, r := range rows {
		if r.Outcome == verify.Fail {
			failed = append(failed, r)
		}
	}
	has := func(ok func(Row) bool) bool { return slices.ContainsFunc(failed, ok) }
	switch {
	case x.interrupts != nil:
		return flow.Cancelled
	case (x.timeUp || len(failed) > 0) && !has(func(r Row) bool { return !r.timeout }):
		return flow.TimedOut
	case !x.usable():
		return flow.Unreachable
	case has(func(r Row) bool { return r.Kind.Of().weight == invalidates && !r.timeout }):
		return flow.Invalid
	case len(failed) > 0:
		return flow.Failed
	}
	return flow.Verified
}

// usable reports whether TLS stood with some address of the server.
func (x *evidence) usable() bool {
	return slices.ContainsFunc(x.own, func(d client.Destination) bool {
		t, _ := x.secure(x.answer(d.Address, client.KeysRequest()))
		return t != nil
	})
}

// address is what was seen of an address.
func (x *evidence) address(d client.Destination) Address {
	a := Address{Address: d.Address}
	e := x.answer(d.Address, client.KeysRequest())
	if e == nil {
		return a
	}
	a.TLS, a.TookMS = e.Connection.TLS, flow.Milliseconds(e.Took)
	a.ConnectMS, a.TLSMS = flow.Milliseconds(e.Connection.Timings.Connect), flow.Milliseconds(e.Connection.Timings.TLS)
	if doc, _ := x.document(e); doc != nil {
		a.ServerName, a.ValidUntil = doc.name, doc.validUntil
		for _, k := range doc.current {
			a.Keys = append(a.Keys, doc.fact(k, false))
		}
		for _, k := range doc.old {
			a.Keys = append(a.Keys, doc.fact(k, true))
		}
		if json.Valid(doc.raw) {
			a.Document = doc.raw
		}
	}
	if s, ok := software(x.answer(d.Address, client.VersionRequest())); ok {
		a.Software = &s
	}
	if best, off, slack := x.surest(d); best != nil {
		ms := flow.Milliseconds(off.Round(time.Millisecond))
		a.ClockOffMS, a.ClockSlackMS = &ms, flow.Milliseconds(slack.Round(time.Millisecond))
	}
	return a
}

// fact is a key of the document as the report has it.
func (d *keyDocument) fact(k listedKey, old bool) Key {
	out := Key{ID: k.id, Old: old, Ed25519: k.usable, Signs: k.usable && d.signedBy(k)}
	if old {
		out.ExpiredTS = k.expired
	}
	if k.usable {
		out.Key = event.EncodeBase64(k.key.Public)
	}
	return out
}
