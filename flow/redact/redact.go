package redact

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
)

// Trace returns t fit to share; tool is the program and version that says so in its header. Equal traces come out
// equal, and one that is redacted already as it is. t is not changed.
func Trace(t flow.Trace, tool string) flow.Trace {
	var found flow.FoundBefore
	if t.Header.Redacted == nil {
		found = foundIn(apart(t)) // first, and let go of: it takes as much memory as what comes out
	}
	r := &redactor{names: names{}, counts: map[flow.RemovedKind]int{}, pdus: map[string]pdu{},
		sizes: map[extent]int{}, words: map[string]bool{}}
	r.rename = r.work
	for body := range bodies(t) {
		if body = bytes.TrimSpace(body); event.Valid(body) {
			r.collect(body, 0)
		}
	}
	for i := range t.Entries {
		if b := t.Entries[i].Build; b != nil {
			r.saw(event.Quote(b.RoomVersion))
		}
	}
	r.identify()
	r.begin(t.Header) // the first time for the names, so that they are known wherever else they stand
	r.trial = true
	for i := range t.Entries {
		r.entry(&t.Entries[i])
	}
	r.trial, r.room = false, nil
	clear(r.counts)
	delete(r.names, flow.RemovedNames) // some were names of hosts that were not known yet
	out := flow.Trace{Header: r.begin(t.Header), Entries: make([]flow.Entry, 0, len(t.Entries))}
	for i := range t.Entries {
		out.Entries = append(out.Entries, r.entry(&t.Entries[i]).Remembering())
	}
	out.Header.Redacted = r.report(t, tool)
	if t.Header.Redacted == nil {
		out.Header.Redacted.Found = found
		out.Header.Redacted.Found.Apparent = apparent(out)
	}
	return out
}

// bodies gives every body, and every event that we made, of a trace.
func bodies(t flow.Trace) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for i := range t.Entries {
			e := &t.Entries[i]
			var list [][]byte
			if e.Request != nil {
				list = append(list, e.Request.Body)
			}
			if e.Response != nil {
				list = append(list, e.Response.Body)
			}
			if e.Build != nil {
				list = append(list, e.Build.Event)
			}
			if a := e.Altered; a != nil {
				list = append(list, a.Event)
				if a.Request != nil {
					list = append(list, a.Request.Body)
				}
				if a.Response != nil {
					list = append(list, a.Response.Body)
				}
			}
			for _, b := range list {
				if !yield(b) {
					return
				}
			}
		}
	}
}

// begin returns a header without names.
func (r *redactor) begin(h flow.Header) flow.Header {
	h.Joining, h.User, h.Target = r.server(h.Joining), r.id(h.User), r.id(h.Target)
	h.Via = each(h.Via, r.server)
	h.Offered = each(h.Offered, func(s string) string { return r.name(s, "value") })
	h.Server = r.server(h.Server)
	h.Notary, h.Listen = r.server(h.Notary), r.names.endpoint(h.Listen)
	h.KeyID, h.VerifyKey = r.names.keyID(h.KeyID), r.names.base64(flow.RemovedKeys, h.VerifyKey)
	h.Title, h.Tool, h.Source = r.text(h.Title), r.tool(h.Tool), r.word(h.Source)
	h.Like = r.word(h.Like)
	h.SendTo = flow.SendTo(r.word(string(h.SendTo)))
	h.LeftOut = each(h.LeftOut, r.text)
	if h.Imported != nil {
		from := *h.Imported
		from.By = r.text(from.By)
		h.Imported = &from
	}
	return h
}

// program is this program and a version of it.
var program = lazily(`^doorstep ([A-Za-z0-9.+-]{1,80})(?: \([0-9a-f]{1,12}(?:, with changes)?\))?$`)

// release is what in a version is no word: numbers, and the commit.
var release = lazily(`^v?\d+\.\d+\.\d+|\+[0-9a-f]{7,12}$|-\d{14}-[0-9a-f]{12}`)

// tool returns the program that wrote a trace.
func (r *redactor) tool(s string) string {
	m := program().FindStringSubmatch(s)
	if m != nil && !r.names.isHost(m[1]) && known(release().ReplaceAllString(m[1], "1")) {
		return s
	}
	return r.text(s)
}

// entry returns an entry without names.
func (r *redactor) entry(e *flow.Entry) flow.Entry {
	if e.Unknown != nil {
		return r.unknown(e)
	}
	out := flow.Entry{Seq: e.Seq, At: e.At, Took: e.Took, Held: e.Held, Kind: e.Kind, Step: stepOf(e.Step), From: e.From,
		To: e.To, Server: r.server(e.Server), Inferred: e.Inferred, Answers: e.Answers, Attempt: e.Attempt, Of: e.Of,
		By: r.word(e.By)}
	out.Request = r.request(e.Request)
	if e.Response != nil {
		out.Response = r.response(e.Response)
	}
	out.Failure = r.failure(e.Failure)
	out.Connection = r.connection(e.Connection)
	out.Discovery = r.discovery(e.Discovery)
	out.Build = r.build(e.Build)
	out.Altered = r.altered(e.Altered)
	out.Authenticated, out.Exited = r.authenticated(e.Authenticated), e.Exited
	if e.Logged != nil {
		for range e.Logged.Lines {
			r.count(flow.RemovedTexts)
		}
		out.Logged = &flow.Logged{From: e.Logged.From}
	}
	return out
}

// unknown returns an entry of an unknown kind with nothing left in it but that there was one.
func (r *redactor) unknown(e *flow.Entry) flow.Entry {
	kind := flow.Kind(r.name(string(e.Kind), "kind"))
	step := stepOf(e.Step)
	line, err := json.Marshal(struct {
		Seq  int           `json:"seq"`
		At   time.Duration `json:"at"`
		Kind flow.Kind     `json:"kind"`
		Step flow.StepID   `json:"step,omitempty"`
	}{e.Seq, e.At, kind, step})
	if err != nil {
		line = nil // not reached: these are numbers and texts
	}
	if !bytes.Equal(line, e.Unknown) {
		r.count(flow.RemovedEntries)
	}
	return flow.Entry{Seq: e.Seq, At: e.At, Kind: kind, Step: step, Unknown: line}
}

func (r *redactor) request(q *client.Request) *client.Request {
	if q == nil {
		return nil
	}
	body := r.body(q.Body)
	return &client.Request{Endpoint: client.Endpoint(r.word(string(q.Endpoint))), Method: r.method(q.Method),
		Target: r.target(q.Target), Header: r.header(q.Header, len(body)-len(q.Body)), Body: body}
}

// method returns the method of a request, or what stands for one that is not known.
func (r *redactor) method(s string) string {
	if m := r.word(s); m != "" || s == "" {
		return m
	}
	return "OTHER"
}

func (r *redactor) response(s *client.Response) *client.Response {
	body := r.body(s.Body)
	return &client.Response{Status: s.Status, Reason: r.text(s.Reason), Body: body, Excess: s.Excess,
		Unseen: s.Unseen, Said: r.text(s.Said),
		Header: r.header(s.Header, len(body)-len(s.Body))}
}

func (r *redactor) build(b *flow.Build) *flow.Build {
	if b == nil {
		return nil
	}
	out := *b
	out.Membership, out.RoomVersion = r.name(b.Membership, "value"), r.name(b.RoomVersion, "value")
	out.Origin, out.EventID = r.server(b.Origin), r.id(b.EventID)
	out.KeyID, out.VerifyKey = r.names.keyID(b.KeyID), r.names.base64(flow.RemovedKeys, b.VerifyKey)
	out.Event = r.body(b.Event)
	return &out
}

func (r *redactor) authenticated(a *flow.Authenticated) *flow.Authenticated {
	if a == nil {
		return nil
	}
	return &flow.Authenticated{Request: a.Request, Origin: r.server(a.Origin), KeyID: r.names.keyID(a.KeyID),
		Reason: client.AuthReason(r.word(string(a.Reason))), Detail: r.text(a.Detail)}
}

func (r *redactor) altered(a *flow.Altered) *flow.Altered {
	if a == nil {
		return nil
	}
	out := *a
	out.By, out.Mutation = flow.AlteredBy(r.word(string(a.By))), r.word(a.Mutation)
	out.Server, out.Request, out.Event = r.server(a.Server), r.request(a.Request), r.body(a.Event)
	if a.Response != nil {
		out.Response = r.response(a.Response)
	}
	out.Sealing = flow.Sealing{Hash: flow.Sealed(r.word(string(a.Sealing.Hash))),
		Key: flow.Sealed(r.word(string(a.Sealing.Key))), RedactAs: r.name(a.Sealing.RedactAs, "value")}
	return &out
}

// report says what was taken out of t. What is redacted already says what was taken out then.
func (r *redactor) report(t flow.Trace, tool string) *flow.Redacted {
	out := &flow.Redacted{By: tool, Removed: maps.Clone(r.counts)}
	for _, kind := range flow.RemovedKinds {
		out.Removed[kind] += len(r.names[kind])
	}
	out.Removed[flow.RemovedAddresses] = len(r.names[fourth]) + len(r.names[sixth])
	if before := t.Header.Redacted; before != nil {
		out.By, out.Found = r.tool(before.By), cleaned(before.Found)
		for kind, n := range before.Removed {
			if slices.Contains(flow.RemovedKinds, kind) {
				out.Removed[kind] = max(out.Removed[kind], n)
			}
		}
	}
	maps.DeleteFunc(out.Removed, func(_ flow.RemovedKind, n int) bool { return n == 0 })
	return out
}
