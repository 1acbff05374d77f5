package sandbox

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
	"doorstep/flow/sandbox/engine"
)

// A verifier checks what send_join answered, by itself: it shares the events and the rules with the federation, and
// nothing else. Each failure is "check: step", where step names the event in the room's history.
type verifier struct {
	t        *testing.T
	j        *joiner
	h        handshake
	names    map[string]string
	failures []string

	state, chain []*event.Event
	returned     *event.Event
	byID         map[string]*event.Event
	rejected     map[string]bool
	documents    map[string]*engine.Document
}

func (v *verifier) fail(check string, e *event.Event) {
	name := v.names[e.ID()]
	if name == "" {
		name = e.ID()
	}
	v.failures = append(v.failures, check+": "+name)
}

// verify returns the checks that failed, in order of name.
func (j *joiner) verify(h handshake) []string {
	j.t.Helper()
	v := &verifier{t: j.t, j: j, h: h, names: map[string]string{h.join.ID(): "join"}, byID: map[string]*event.Event{},
		rejected: map[string]bool{}, documents: map[string]*engine.Document{}}
	for step, e := range j.f.Room.Steps {
		v.names[e.ID()] = step
	}
	v.read()
	all := slices.Concat(v.state, v.chain)
	for _, e := range all {
		v.byID[e.ID()] = e
	}
	v.whole(all)
	v.lists(all)
	v.authorised()
	v.join()
	slices.Sort(v.failures)
	return slices.Compact(v.failures)
}

func (v *verifier) read() {
	var answer struct {
		Event          json.RawMessage   `json:"event"`
		State          []json.RawMessage `json:"state"`
		AuthChain      []json.RawMessage `json:"auth_chain"`
		MembersOmitted bool              `json:"members_omitted"`
		ServersInRoom  []string          `json:"servers_in_room"`
	}
	body := v.h.body
	if bytes.HasPrefix(body, []byte("[")) {
		var list []json.RawMessage
		if err := json.Unmarshal(body, &list); err != nil || len(list) != 2 || string(list[0]) != "200" {
			v.t.Fatalf("not a list of 200 and an object: %.80s", body)
		}
		body = list[1]
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		v.t.Fatal(err)
	}
	if answer.MembersOmitted {
		v.failures = append(v.failures, "members_omitted: answer")
	}
	parse := func(texts ...json.RawMessage) (out []*event.Event) {
		for _, text := range texts {
			e, err := event.Parse(v.h.version, text)
			if err != nil {
				v.t.Fatal(err)
			}
			out = append(out, e)
		}
		return out
	}
	v.state, v.chain = parse(answer.State...), parse(answer.AuthChain...)
	if answer.Event != nil {
		v.returned = parse(answer.Event)[0]
	}
}

// signed reports whether e carries a good signature of server by a known key, valid at the event's time.
func (v *verifier) signed(e *event.Event, server string) bool {
	d := v.documents[server]
	if d == nil {
		var err error
		if d, err = v.j.document(server); err != nil {
			v.t.Fatal(err)
		}
		v.documents[server] = d
	}
	good := false
	for _, sig := range e.Signatures() {
		if sig.Server != server {
			continue
		}
		key, known := d.Current[sig.KeyID]
		if old, ok := d.Old[sig.KeyID]; ok && (!e.Version().KeyValidity || e.OriginServerTS() < old.Expired) {
			key, known = old.Public, true
		}
		if known && !e.Verify(sig, key) {
			return false
		}
		good = good || known
	}
	return good
}

func hashed(e *event.Event) bool {
	claimed, ok := e.ClaimedContentHash()
	hash := e.ContentHash()
	return ok && bytes.Equal(claimed, hash[:])
}

// whole checks each event by itself.
func (v *verifier) whole(all []*event.Event) {
	for _, e := range all {
		if p := e.Problems(); len(p) > 0 {
			v.fail("format "+p[0].Field+" "+p[0].Why, e)
		}
		if e.RoomID() != v.j.f.RoomID {
			v.fail("room", e)
		}
		signers := []string{client.Domain(e.Sender())}
		if v.h.version.IDs == event.IDChosen {
			signers = append(signers, client.Domain(e.ID()))
		}
		for _, server := range slices.Compact(signers) {
			if !v.signed(e, server) {
				v.fail("signature", e)
			}
		}
		if !hashed(e) {
			v.fail("hash", e)
		}
		v.references(e)
	}
}

// references compares the hashes next to the IDs of versions 1 and 2 with the events named.
func (v *verifier) references(e *event.Event) {
	if !v.h.version.HashPairs {
		return
	}
	raw, _ := e.Field("auth_events")
	var pairs []json.RawMessage
	if err := json.Unmarshal(raw, &pairs); err != nil {
		v.t.Fatal(err)
	}
	for _, raw := range pairs {
		var id string
		var hash struct {
			SHA256 string `json:"sha256"`
		}
		if err := json.Unmarshal(raw, &[]any{&id, &hash}); err != nil {
			v.t.Fatal(err)
		}
		named := v.byID[id]
		if named == nil {
			continue
		}
		if want := named.ReferenceHash(); hash.SHA256 != event.EncodeBase64(want[:]) {
			v.fail("reference", e)
		}
	}
}

// lists checks the two lists as sets.
func (v *verifier) lists(all []*event.Event) {
	creates, seen := map[string]*event.Event{}, map[auth.Tuple]*event.Event{}
	inState := false
	for _, e := range all {
		if e.Type() == "m.room.create" {
			creates[e.ID()] = e
			said, given := e.ContentString("room_version")
			if !given {
				said = "1"
			}
			if said != v.h.version.ID {
				v.fail("version", e)
			}
		}
		for _, id := range e.AuthEvents() {
			if v.byID[id] == nil {
				v.fail("closure", e)
			}
		}
	}
	for _, e := range v.state {
		if seen[engine.TupleOf(e)] != nil {
			v.fail("duplicate", e)
		}
		seen[engine.TupleOf(e)] = e
		inState = inState || e.Type() == "m.room.create"
	}
	if len(creates) != 1 || !inState {
		v.failures = append(v.failures, "create: answer")
	}
	reached := map[string]bool{}
	var walk func(e *event.Event)
	walk = func(e *event.Event) {
		for _, id := range e.AuthEvents() {
			if next := v.byID[id]; next != nil && !reached[id] {
				reached[id] = true
				walk(next)
			}
		}
	}
	for _, e := range append(slices.Clone(v.state), v.h.join) {
		walk(e)
	}
	for _, e := range v.chain {
		if !reached[e.ID()] && !(v.h.version.RoomIDIsCreate && e.Type() == "m.room.create") {
			v.fail("padding", e)
		}
	}
}

func (v *verifier) context() auth.Context {
	c := auth.Context{
		Rejected: func(id string) bool { return v.rejected[id] },
		Signed: func(e *event.Event, server string) (auth.Answer, string) {
			if v.signed(e, server) {
				return auth.Yes, ""
			}
			return auth.No, "no good signature"
		},
	}
	for _, e := range slices.Concat(v.chain, v.state) {
		if e.Type() == "m.room.create" {
			c.Create = e
		}
	}
	return c
}

func (v *verifier) named(e *event.Event) (out []*event.Event) {
	for _, id := range e.AuthEvents() {
		if a := v.byID[id]; a != nil {
			out = append(out, a)
		}
	}
	return out
}

// authorised judges every event by its own auth events, those first that others rest on. An event whose auth events are
// not all there is left to the closure check.
func (v *verifier) authorised() {
	judged := map[string]bool{}
	var judge func(e *event.Event)
	judge = func(e *event.Event) {
		if judged[e.ID()] {
			return
		}
		judged[e.ID()] = true
		named := v.named(e)
		for _, a := range named {
			judge(a)
		}
		switch auth.AgainstAuthEvents(e, named, nil, v.context()).Outcome {
		case auth.Allowed:
		case auth.Rejected:
			v.rejected[e.ID()] = true
			v.fail("auth", e)
		default:
			if len(named) == len(e.AuthEvents()) && v.context().Create != nil {
				v.fail("auth", e)
			}
		}
	}
	for _, e := range slices.Concat(v.state, v.chain) {
		judge(e)
	}
}

// join checks our own event: what came back of it, and whether the room lets it in.
func (v *verifier) join() {
	join := v.h.join
	if v.returned != nil {
		switch {
		case v.returned.ID() != join.ID():
			v.failures = append(v.failures, "returned ID: join")
		default:
			if !hashed(v.returned) {
				v.fail("returned hash", join)
			}
			if !v.signed(v.returned, engine.JoiningName) {
				v.fail("returned signature", join)
			}
			join = v.returned
		}
	}
	c := v.context()
	if c.Create == nil {
		return
	}
	if verdict := auth.AgainstAuthEvents(join, v.named(join), nil, c); verdict.Outcome != auth.Allowed {
		v.fail("join by its auth events, rule "+verdict.Rule, v.h.join)
	}
	state := auth.StateMap{}
	for _, e := range v.state {
		state[engine.TupleOf(e)] = e
	}
	if verdict := auth.AgainstState(join, state, c); verdict.Outcome != auth.Allowed {
		v.fail("join by state, rule "+verdict.Rule, v.h.join)
	}
	want := []string{}
	for _, t := range auth.Select(join) {
		if e := state[t]; e != nil {
			want = append(want, e.ID())
		}
	}
	have := slices.Clone(join.AuthEvents())
	slices.Sort(want)
	slices.Sort(have)
	if !slices.Equal(want, have) {
		v.fail("selection", v.h.join)
	}
}
