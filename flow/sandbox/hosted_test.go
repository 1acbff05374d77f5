package sandbox

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/alter"
	"doorstep/flow/diagnose"
	"doorstep/flow/event"
	"doorstep/flow/flowtest"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/verify"
)

// A guest is a joining server before servers of ours: what it meets and does, and which findings its developer reads.
type guest struct {
	name     string
	scenario string // "public-v11" when empty
	mutation string // that our own joining server makes; empty: none
	// decide is what the server that was asked made of signatures, where its answer does not show that
	decide func(request flow.Entry, answer *flow.Entry) *flow.Authenticated
	bend   func(t *testing.T, h *hosted) // what a joining server of ours cannot be made to do
	then   []flow.Entry                  // what it does in the end
	want   []string                      // the findings about the joining server
	ends   flow.Outcome
}

// A hosted is a trace of hosted servers that is bent, with the key of the joining server.
type hosted struct {
	trace flow.Trace
	key   event.SigningKey
}

var (
	commandJoined = flow.Entry{Kind: flow.Local, Step: flow.R, From: flow.Resident, To: flow.Resident, Exited: &flow.Exited{}}
	commandFailed = flow.Entry{Kind: flow.Local, Step: flow.R, From: flow.Resident, To: flow.Resident,
		Exited: &flow.Exited{Code: 1}}
)

// request returns the last request of that step, for a test to change.
func (h *hosted) request(step flow.StepID) *flow.Entry {
	for i := len(h.trace.Entries) - 1; i >= 0; i-- {
		if e := &h.trace.Entries[i]; e.Kind == flow.Request && e.Step == step {
			r := *e.Request
			r.Header = slices.Clone(r.Header)
			e.Request = &r
			return e
		}
	}
	return nil
}

// answers has our servers answer otherwise at a step.
func (h *hosted) answers(step flow.StepID, change func(body string) string) {
	for i := range h.trace.Entries {
		if e := &h.trace.Entries[i]; e.Step == step && e.Response != nil {
			r := *e.Response
			r.Body = []byte(change(string(r.Body)))
			e.Response = &r
			*e = e.Remembering()
		}
	}
}

// header changes a header field of a request; without a value it is taken out.
func header(step flow.StepID, name string, change func(string) string) func(*testing.T, *hosted) {
	return func(_ *testing.T, h *hosted) {
		r := h.request(step).Request
		for i := range r.Header {
			if strings.EqualFold(r.Header[i].Name, name) {
				r.Header[i].Value = change(r.Header[i].Value)
			}
		}
		r.Header = slices.DeleteFunc(r.Header, func(f client.Field) bool { return f.Value == "" })
	}
}

func none(string) string { return "" }

// target changes the target of a request.
func target(step flow.StepID, from, to string) func(*testing.T, *hosted) {
	return func(_ *testing.T, h *hosted) {
		r := h.request(step).Request
		r.Target = strings.Replace(r.Target, from, to, 1)
	}
}

// sends has the joining server send another event, made of the one it sent, with its ID in the path.
func sends(make func(t *testing.T, h *hosted, v *event.Version, raw []byte) []byte) func(*testing.T, *hosted) {
	return func(t *testing.T, h *hosted) {
		e := h.request(flow.A6)
		v, _ := event.Lookup("11")
		before, err := event.Parse(v, e.Request.Body)
		if err != nil {
			t.Fatal(err)
		}
		e.Request.Body = make(t, h, v, e.Request.Body)
		if after, err := event.Parse(v, e.Request.Body); err == nil {
			e.Request.Target = strings.Replace(e.Request.Target, client.EscapePath(before.ID()),
				client.EscapePath(after.ID()), 1)
		}
	}
}

func edited(t *testing.T, raw []byte, set []event.Member, drop ...string) []byte {
	t.Helper()
	out, err := event.Edit(raw, set, drop...)
	if err == nil {
		out, err = event.Canonical(out, false)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func field(key, value string) []event.Member { return []event.Member{{Key: key, Value: []byte(value)}} }

// sealed hashes an event, over what text gives, and signs it, over what signed gives; nil: as it should be.
func (h *hosted) sealed(t *testing.T, v *event.Version, raw []byte, text, signed func(raw []byte) []byte) []byte {
	t.Helper()
	if text == nil {
		text = func(raw []byte) []byte { return edited(t, raw, nil, "hashes", "signatures", "unsigned") }
	}
	if signed == nil {
		signed = func(raw []byte) []byte {
			e, err := event.Parse(v, raw)
			if err != nil {
				t.Fatal(err)
			}
			return e.SignedBytes()
		}
	}
	sum := sha256.Sum256(text(raw))
	raw = edited(t, raw, field("hashes", fmt.Sprintf(`{"sha256":%q}`, event.EncodeBase64(sum[:]))), "signatures")
	sig := event.EncodeBase64(ed25519.Sign(h.key.Private, signed(raw)))
	return edited(t, raw, field("signatures", fmt.Sprintf(`{%q:{%q:%q}}`, h.trace.Header.Joining, h.key.ID, sig)))
}

// withName puts a display name into an event.
func withName(t *testing.T, raw []byte) []byte {
	t.Helper()
	return edited(t, raw, field("content", `{"displayname":"Ü","membership":"join"}`))
}

// decided has the servers say so about the signature of every request that they answer 401.
func decided(reason client.AuthReason, says string) func(flow.Entry, *flow.Entry) *flow.Authenticated {
	return func(_ flow.Entry, answer *flow.Entry) *flow.Authenticated {
		if answer == nil || answer.Response == nil || answer.Response.Status != 401 {
			return &flow.Authenticated{}
		}
		return &flow.Authenticated{Reason: reason, Detail: says}
	}
}

// forgetsKeys takes out that the servers asked for the keys of the joining server; instead they find nothing.
func forgetsKeys(_ *testing.T, h *hosted) {
	for i := range h.trace.Entries {
		e := &h.trace.Entries[i]
		asked := h.trace.Entry(e.Answers)
		if asked != nil && asked.To == flow.Joining && asked.Request.Endpoint == client.ServerKeys {
			e.Kind, e.Response = flow.Failure, nil
			e.Failure = &client.Failure{Kind: client.FailedConnect, Message: "connection refused"}
			*e = e.Remembering()
		}
	}
}

// again has the joining server send its join once more, to the same server, as change makes it.
func again(change func(raw []byte) []byte) func(*testing.T, *hosted) {
	return func(_ *testing.T, h *hosted) {
		e := *h.request(flow.A6)
		r := *e.Request
		r.Body = change(r.Body)
		e.Request, e.At = &r, h.trace.Entries[len(h.trace.Entries)-1].At
		h.trace = flowtest.Then(h.trace, e)
	}
}

var guests = []guest{
	{name: "good", ends: flow.Joined},
	{name: "good, and nobody says so", then: []flow.Entry{}, ends: flow.NotProven},
	{name: "refuses a good answer", then: []flow.Entry{commandFailed}, want: []string{"joiner-refused-answer"},
		ends: flow.Refused},
	{name: "takes a bad answer", scenario: "no-create", want: []string{"joiner-took-answer"}, ends: flow.Joined},
	{name: "refuses a bad answer", scenario: "no-create", then: []flow.Entry{commandFailed}, ends: flow.Refused},
	{name: "leaves a bad template", scenario: "lying-template", then: []flow.Entry{commandFailed}, ends: flow.Refused},
	{name: "signs a bad template", bend: liesInTemplate, want: []string{"joiner-took-template", "joiner-other-join"},
		ends: flow.Joined},
	{name: "leaves a good template", bend: func(_ *testing.T, h *hosted) {
		h.trace = h.trace.Prefix(h.request(flow.A6).Seq - 1)
	}, then: []flow.Entry{commandFailed}, want: []string{"joiner-refused-template"}, ends: flow.Refused},

	{name: "request unsigned", mutation: "request-unsigned", bend: header(flow.A4, "Authorization", none),
		decide: decided(client.AuthMissing, "no header"), want: []string{"joiner-authorization"}, ends: flow.Joined},
	{name: "no destination", bend: header(flow.A4, "Authorization", func(v string) string {
		before, after, _ := strings.Cut(v, "destination=")
		_, after, _ = strings.Cut(after, ",")
		return before + after
	}), want: []string{"joiner-destination"}, ends: flow.Joined},
	{name: "request for another", mutation: "request-for-another", decide: decided(client.AuthDestination, "not us"),
		want: []string{"joiner-destination"}, ends: flow.Joined},
	{name: "request signature wrong", mutation: "request-signature-wrong", decide: decided(client.AuthSignature, ""),
		want: []string{"joiner-request-signature"}, ends: flow.Joined},
	{name: "key unknown", mutation: "request-key-unknown", decide: decided(client.AuthUnknownKey, "no such key"),
		want: []string{"joiner-key-unpublished"}, ends: flow.Joined},
	{name: "key document not had", mutation: "request-signature-wrong", bend: forgetsKeys,
		decide: decided(client.AuthUnknownKey, "connection refused"), want: []string{"joiner-keys-unavailable"},
		ends: flow.Joined},
	{name: "user of another", mutation: "user-of-another", want: []string{"joiner-user-of-another"}, ends: flow.Refused},
	{name: "no content type", bend: header(flow.A6, "Content-Type", none), want: []string{"joiner-content-type"},
		ends: flow.Joined},
	{name: "escaped twice", bend: target(flow.A4, "make_join/%21", "make_join/%2521"),
		want: []string{"joiner-path-escapes", "joiner-other-room"}, ends: flow.Joined},
	{name: "another room", mutation: "other-room", want: []string{"joiner-other-room", "joiner-other-join",
		"joiner-template-changed"}, ends: flow.Refused},
	{name: "no versions", mutation: "no-versions", want: []string{"joiner-version-not-offered"}, ends: flow.Refused},
	{name: "version 1 alone", mutation: "only-version-1", want: []string{"joiner-version-not-offered"}, ends: flow.Refused},

	{name: "depth 1", mutation: "depth-1", want: []string{"joiner-template-changed"}, ends: flow.Joined},
	{name: "no join rules", mutation: "no-join-rules", want: []string{"joiner-template-changed"}, ends: flow.Refused},
	{name: "depth too large", mutation: "depth-too-large",
		want: []string{"joiner-template-changed", "joiner-event-malformed"}, ends: flow.Refused},
	{name: "field added", bend: sends(func(t *testing.T, h *hosted, v *event.Version, raw []byte) []byte {
		return h.sealed(t, v, edited(t, raw, field("net.example.note", "1")), nil, nil)
	}), want: []string{"joiner-field-added"}, ends: flow.Joined},

	{name: "hash over unsigned", bend: sends(func(t *testing.T, h *hosted, v *event.Version, raw []byte) []byte {
		raw = edited(t, raw, field("unsigned", `{"age":1}`))
		return h.sealed(t, v, raw, func(raw []byte) []byte { return edited(t, raw, nil, "hashes", "signatures") }, nil)
	}), want: []string{"joiner-hash-unsigned"}, ends: flow.Joined},
	{name: "hash over signatures", bend: sends(func(t *testing.T, h *hosted, v *event.Version, raw []byte) []byte {
		return h.sealed(t, v, raw, func(raw []byte) []byte {
			return edited(t, raw, field("signatures", "{}"), "hashes", "unsigned")
		}, nil)
	}), want: []string{"joiner-hash-signatures"}, ends: flow.Joined},
	{name: "display name after hashing", mutation: "content-after-signing", want: []string{"joiner-hash-too-early"},
		ends: flow.Joined},
	{name: "hash of Python's JSON", bend: sends(func(t *testing.T, h *hosted, v *event.Version, raw []byte) []byte {
		return h.sealed(t, v, withName(t, raw), func(raw []byte) []byte {
			text := edited(t, raw, nil, "hashes", "signatures", "unsigned")
			return []byte(strings.ReplaceAll(string(text), "Ü", `\u00dc`))
		}, nil)
	}), want: []string{"joiner-hash-spelling"}, ends: flow.Joined},
	{name: "hash wrong", mutation: "hash-wrong", want: []string{"joiner-hash-wrong"}, ends: flow.Joined},

	{name: "signed unredacted", bend: sends(func(t *testing.T, h *hosted, v *event.Version, raw []byte) []byte {
		return h.sealed(t, v, withName(t, raw), nil, func(raw []byte) []byte { return edited(t, raw, nil, "signatures", "unsigned") })
	}), want: []string{"joiner-signature-redaction"}, ends: flow.Joined},
	{name: "redacted otherwise", mutation: "redacted-otherwise", want: []string{"joiner-signature-redaction"},
		ends: flow.Refused},
	{name: "signed before hashing", bend: sends(func(t *testing.T, h *hosted, v *event.Version, raw []byte) []byte {
		return h.sealed(t, v, raw, nil, func(raw []byte) []byte { return edited(t, raw, nil, "hashes", "signatures", "unsigned") })
	}), want: []string{"joiner-signed-before-hash"}, ends: flow.Joined},
	{name: "depth after signing", mutation: "depth-after-signing", want: []string{"joiner-template-changed",
		"joiner-hash-too-early", "joiner-signed-too-early", "joiner-event-id"}, ends: flow.Refused},
	{name: "other key", mutation: "other-key", want: []string{"joiner-signature-wrong"}, ends: flow.Refused},
	{name: "unsigned", mutation: "unsigned", want: []string{"joiner-event-malformed", "joiner-signature-wrong"},
		ends: flow.Refused},
	{name: "published key under another ID", bend: sends(func(t *testing.T, h *hosted, _ *event.Version, raw []byte) []byte {
		return []byte(strings.ReplaceAll(string(raw), `"`+h.key.ID+`"`, `"ed25519:other"`))
	}), want: []string{"joiner-other-key-id"}, ends: flow.Joined},
	{name: "event ID wrong", mutation: "event-id-wrong", want: []string{"joiner-event-id"}, ends: flow.Refused},
	{name: "old time", bend: sends(func(t *testing.T, h *hosted, v *event.Version, raw []byte) []byte {
		ts, _ := event.GetString(fmt.Appendf(nil, `{"x":%q}`, event.Get(raw, "origin_server_ts")), "x")
		return h.sealed(t, v, edited(t, raw, field("origin_server_ts", ts[:5]+"00000000")), nil, nil)
	}), want: []string{"joiner-clock"}, ends: flow.Joined},
	{name: "key expired", bend: sends(func(t *testing.T, h *hosted, v *event.Version, raw []byte) []byte {
		return h.sealed(t, v, edited(t, raw, field("origin_server_ts", "4102444800000")), nil, nil)
	}), want: []string{"joiner-key-expired", "joiner-clock"}, ends: flow.Joined},

	{name: "v1 first", scenario: "public-v11", bend: func(_ *testing.T, h *hosted) {
		r := h.request(flow.A6).Request
		r.Target, r.Endpoint = strings.Replace(r.Target, "/v2/", "/v1/", 1), client.SendJoinV1
		h.answers(flow.A7, func(body string) string { return "[200," + body + "]" })
	}, want: []string{"joiner-old-endpoint"}, ends: flow.Joined},
	{name: "sent again", bend: again(func(raw []byte) []byte { return raw }), then: []flow.Entry{},
		want: []string{"joiner-refused-answer", "joiner-sent-again"}, ends: flow.Refused},
	{name: "sent another", bend: again(func(raw []byte) []byte {
		return []byte(strings.Replace(string(raw), `"join"`, `"join","reason":"x"`, 1))
	}), then: []flow.Entry{}, want: []string{"joiner-hash-too-early", "joiner-refused-answer", "joiner-sent-another"},
		ends: flow.Refused},
	{name: "keys not asked for", bend: func(_ *testing.T, h *hosted) {
		for i := range h.trace.Entries {
			if e := &h.trace.Entries[i]; e.Kind == flow.Request && e.Step == flow.R && e.From == flow.Joining {
				e.By = flow.ByHost
			}
		}
	}, want: []string{"joiner-keys-not-asked"}, ends: flow.Joined},
}

// liesInTemplate has the template be for another user, and the joining server make its event of that.
func liesInTemplate(t *testing.T, h *hosted) {
	other := "@other:" + h.trace.Header.Joining
	h.answers(flow.A5, func(body string) string { return strings.ReplaceAll(body, h.trace.Header.User, other) })
	sends(func(t *testing.T, h *hosted, v *event.Version, raw []byte) []byte {
		return h.sealed(t, v, []byte(strings.ReplaceAll(string(raw), h.trace.Header.User, other)), nil, nil)
	})(t, h)
}

// meets has the joining server of g meet its scenario, and returns what the servers that were asked have of it.
func (g guest) meets(t *testing.T) flow.Trace {
	t.Helper()
	if g.scenario == "" {
		g.scenario = "public-v11"
	}
	scenario, ok := Lookup(g.scenario)
	if !ok {
		t.Fatal("no scenario", g.scenario)
	}
	key, err := client.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	session, err := Open(t.Context(), scenario, engine.JoinOptions{Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Stop()
	if g.mutation == "" {
		session.Run.Finish(t.Context())
	} else {
		m, ok := alter.Lookup(g.mutation)
		if !ok {
			t.Fatal("no mutation", g.mutation)
		}
		if err := session.Alter(t.Context(), m, ""); err != nil {
			t.Fatal(err)
		}
	}
	h := hosted{trace: flowtest.Hosted(session.Run.Trace(), g.decide), key: key}
	if g.bend != nil {
		g.bend(t, &h)
	}
	if g.then == nil {
		g.then = []flow.Entry{commandJoined}
	}
	return flowtest.Then(h.trace, g.then...)
}

// aboutJoiner are the findings about the joining server, in order.
func aboutJoiner(t flow.Trace, s flow.State) []string {
	var out []string
	for _, f := range diagnose.Findings(t, s) {
		if strings.HasPrefix(f.ID, "joiner-") {
			out = append(out, f.ID)
		}
	}
	return out
}

// What a joining server does leads to the findings that its developer has to read, and to no others.
func TestGuests(t *testing.T) {
	t.Parallel()
	for _, g := range guests {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			trace := g.meets(t)
			s := flow.Fold(trace)
			got := aboutJoiner(trace, s)
			slices.Sort(got)
			want := slices.Sorted(slices.Values(g.want))
			if !slices.Equal(got, want) || s.Outcome() != g.ends {
				t.Errorf("%s, findings %q; want %s, %q", s.Outcome(), got, g.ends, want)
				for _, c := range s.JoinerChecks {
					if c.Outcome != verify.Pass {
						t.Logf("%s %s %s: %s", c.Outcome, c.Kind, c.Fault, c.Detail)
					}
				}
			}
			foldsAlike(t, trace)
		})
	}
}

// foldsAlike checks that a trace leads to the same whether it is folded at once or while it grows.
func foldsAlike(t *testing.T, trace flow.Trace) {
	t.Helper()
	var f flow.Folder
	for n := range len(trace.Entries) + 1 {
		a, b := f.Fold(trace.Prefix(n)), flow.Fold(trace.Prefix(n))
		if a.Outcome() != b.Outcome() || a.WhyEnded() != b.WhyEnded() || len(a.JoinerChecks) != len(b.JoinerChecks) {
			t.Fatalf("after %d entries: %s (%s), and at once %s (%s)", n, a.Outcome(), a.WhyEnded(), b.Outcome(), b.WhyEnded())
		}
		for i := range a.JoinerChecks {
			if x, y := a.JoinerChecks[i], b.JoinerChecks[i]; x.Outcome != y.Outcome || x.Detail != y.Detail {
				t.Fatalf("after %d entries: %s %s, and at once %s %s", n, x.Outcome, x.Detail, y.Outcome, y.Detail)
			}
		}
	}
}

// shownByGuests are the findings that guests lead to.
func shownByGuests() map[string]bool {
	out := map[string]bool{}
	for _, g := range guests {
		for _, id := range g.want {
			out[id] = true
		}
	}
	return out
}
