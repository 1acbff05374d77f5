package sandbox

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
	"doorstep/flow/sandbox/engine"
)

// Every event of a room is well formed, signed by its sender's server, whole, and allowed by the events it names and
// by the state before it, in every version and layout.
func TestRoomHolds(t *testing.T) {
	for _, v := range event.Versions() {
		for name, layout := range map[string]engine.Layout{"usual": engine.Usual, "alone": engine.Alone} {
			t.Run(v.ID+" "+name, func(t *testing.T) {
				s := scenario(t, "public-v"+v.ID)
				s.Layout = layout
				j := start(t, s)
				r := j.f.Room
				state := auth.StateMap{}
				context := auth.Context{Create: r.Create}
				last := testNow.Add(-10 * time.Minute).UnixMilli()
				for i, e := range r.Events() {
					if p := e.Problems(); len(p) > 0 {
						t.Errorf("%s: %+v", e.Type(), p)
					}
					d, err := j.document(client.Domain(e.Sender()))
					if err != nil {
						t.Fatal(err)
					}
					sig := e.Signatures()[0]
					key := d.Current[sig.KeyID]
					if old, ok := d.Old[sig.KeyID]; ok && e.OriginServerTS() < old.Expired {
						key = old.Public
					}
					if key == nil || len(e.Signatures()) != 1 || sig.Server != client.Domain(e.Sender()) || !e.Verify(sig, key) {
						t.Errorf("%s: signature %+v", e.Type(), e.Signatures())
					}
					if !hashed(e) {
						t.Errorf("%s: the content hash does not match", e.Type())
					}
					if i > 0 && len(e.PrevEvents()) != 1 || e.Depth() != int64(i+1) {
						t.Errorf("%s: %d prev events, depth %d", e.Type(), len(e.PrevEvents()), e.Depth())
					}
					if ts := e.OriginServerTS(); ts <= last || ts >= testNow.UnixMilli() {
						t.Errorf("%s: made at %s", e.Type(), time.UnixMilli(ts))
					}
					last = e.OriginServerTS()
					var named []*event.Event
					for _, id := range e.AuthEvents() {
						named = append(named, r.Nodes[id].Event)
					}
					if got := auth.AgainstAuthEvents(e, named, nil, context); got.Outcome != auth.Allowed {
						t.Errorf("%s by its auth events: rule %s: %s", e.Type(), got.Rule, got.Reason)
					}
					if got := auth.AgainstState(e, state, context); got.Outcome != auth.Allowed {
						t.Errorf("%s by the state before: rule %s: %s", e.Type(), got.Rule, got.Reason)
					}
					state[engine.TupleOf(e)] = e
				}
				if diff := cmp.Diff(len(state), len(r.State())); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// state and auth_chain overlap, and each holds what the other does not.
func TestStateAndAuthChainDiffer(t *testing.T) {
	for _, v := range event.Versions() {
		j := start(t, scenario(t, "public-v"+v.ID))
		h := j.join(j.f.UserID)
		if failures := j.verify(h); failures != nil {
			t.Errorf("version %s: %v", v.ID, failures)
		}
		answer := j.f.Room.Answer(h.join, j.f.Room.Nodes[h.join.PrevEvents()[0]].After, false)
		steps := func(in, notIn []*event.Event) (out []string) {
			for step, e := range j.f.Room.Steps {
				has := func(list []*event.Event) bool {
					return slices.ContainsFunc(list, func(other *event.Event) bool { return other.ID() == e.ID() })
				}
				if has(in) && !has(notIn) {
					out = append(out, step)
				}
			}
			slices.Sort(out)
			return out
		}
		wantChain := []string{"bob is invited", "carol is invited", "dora joins", "power levels"}
		wantState := []string{"canonical alias", "carol declines", "dora leaves", "erin joins", "history visibility", "name",
			"topic"}
		if slices.Contains([]string{"1", "2", "3", "4", "5"}, v.ID) {
			wantState = append([]string{"aliases"}, wantState...)
		}
		if diff := cmp.Diff(wantChain, steps(answer.Chain, answer.State)); diff != "" {
			t.Errorf("version %s: in auth_chain only (-want +got):\n%s", v.ID, diff)
		}
		if diff := cmp.Diff(wantState, steps(answer.State, answer.Chain)); diff != "" {
			t.Errorf("version %s: in state only (-want +got):\n%s", v.ID, diff)
		}
	}
}

// The same clock and the same randomness make the same room.
func TestRoomIsReproducible(t *testing.T) {
	room := func() (out []string) {
		f, err := engine.Start(t.Context(), scenario(t, "public-v1"), engine.Options{
			Now: func() time.Time { return testNow }, Rand: rand.NewChaCha8([32]byte{7}),
		})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Stop()
		for _, e := range f.Room.Events() {
			out = append(out, string(e.Raw()))
		}
		return out
	}
	if diff := cmp.Diff(room(), room()); diff != "" {
		t.Error(diff)
	}
}

// A room grows by who joins: the second sees the first, and two who were given their templates at the same time are
// both in.
func TestJoinsAreSeen(t *testing.T) {
	for _, version := range []string{"1", "11", "12"} {
		j := start(t, scenario(t, "public-v"+version))
		state := func(h handshake) []string {
			var answer struct {
				State []struct {
					StateKey string `json:"state_key"`
					Content  struct{ Membership string }
				}
			}
			if err := json.Unmarshal(h.body, &answer); err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, e := range answer.State {
				if client.Domain(e.StateKey) == engine.JoiningName && e.Content.Membership == "join" {
					out = append(out, e.StateKey)
				}
			}
			return out
		}
		first, second := j.join(j.f.UserID), j.join("@me:"+engine.JoiningName)
		if got := state(first); got != nil {
			t.Errorf("version %s: the first sees %v", version, got)
		}
		if diff := cmp.Diff([]string{j.f.UserID}, state(second)); diff != "" {
			t.Errorf("version %s: the second sees (-want +got):\n%s", version, diff)
		}
		if failures := j.verify(second); failures != nil {
			t.Errorf("version %s: %v", version, failures)
		}
		left, right := j.template("@left:"+engine.JoiningName), j.template("@right:"+engine.JoiningName)
		j.submit(left, 200)
		j.submit(right, 200)
		if j.f.Room.Membership(left.Sender()) != "join" || j.f.Room.Membership(right.Sender()) != "join" {
			t.Errorf("version %s: of two who join at the same time one is not in", version)
		}
		last := j.join("@last:" + engine.JoiningName)
		if got := len(last.join.PrevEvents()); got != 2 {
			t.Errorf("version %s: the room has %d ends after a fork, want 2", version, got)
		}
		if got := len(state(last)); got != 4 {
			t.Errorf("version %s: the last sees %d users of ours, want 4", version, got)
		}
		if failures := j.verify(last); failures != nil {
			t.Errorf("version %s: %v", version, failures)
		}
	}
}

// template asks for a template and makes the event of it.
func (j *joiner) template(user string) *event.Event {
	j.t.Helper()
	var answer struct {
		Event json.RawMessage `json:"event"`
	}
	if r := decode(j.ask(j.f.Scenario.Layout.Founder, client.MakeJoinRequest(j.f.RoomID, user, j.offered())),
		&answer); r != nil {
		j.t.Fatal(r)
	}
	return j.build(j.f.Room.Version(), answer.Event)
}

// submit sends a join and expects a status.
func (j *joiner) submit(e *event.Event, status int) []byte {
	j.t.Helper()
	x := j.ask(j.f.Scenario.Layout.Founder, client.SendJoinRequest(true, j.f.RoomID, e.ID(), e.Raw(), nil))
	if x.Failure != nil || x.Response.Status != status {
		j.t.Fatalf("send_join: %+v %+v, want status %d", x.Failure, x.Response, status)
	}
	return x.Response.Body
}

// The same join again gets the same answer, and changes nothing.
func TestJoinIsIdempotent(t *testing.T) {
	for _, name := range []string{"public-v1", "public-v12", "restricted"} {
		j := start(t, scenario(t, name))
		e := j.template(j.f.UserID)
		first := j.submit(e, 200)
		events := len(j.f.Room.Events())
		if again := j.submit(e, 200); string(again) != string(first) {
			t.Errorf("%s: the answers differ:\n%s\n%s", name, first, again)
		}
		if got := len(j.f.Room.Events()); got != events {
			t.Errorf("%s: the room has %d events, had %d", name, got, events)
		}
	}
}

// Somebody who is banned between make_join and send_join is answered, but is not let in.
func TestJoinIsSoftFailed(t *testing.T) {
	j := start(t, scenario(t, "public-v11"))
	e := j.template(j.f.UserID)
	ban, err := j.f.Room.Signed(j.f.Servers[engine.ResidentName], j.f.Cast.Alice, j.f.UserID, "ban")
	if err == nil {
		err = j.f.Room.Put(ban)
	}
	if err != nil {
		t.Fatal(err)
	}
	j.submit(e, 200)
	if got := j.f.Room.Membership(j.f.UserID); got != "ban" {
		t.Errorf("membership %q, want ban", got)
	}
	if h := j.join(j.f.UserID); h.refusal == nil || h.refusal.String() != "403 M_FORBIDDEN" {
		t.Errorf("the next try ends with %v", h.refusal)
	}
}

// With omit_members the members stay out, the servers in the room are named, and what is left is still closed.
func TestOmitMembers(t *testing.T) {
	for _, version := range []string{"6", "12"} {
		j := start(t, scenario(t, "public-v"+version))
		e := j.template(j.f.UserID)
		yes := true
		x := j.ask(engine.ResidentName, client.SendJoinRequest(true, j.f.RoomID, e.ID(), e.Raw(), &yes))
		var answer struct {
			State          []json.RawMessage `json:"state"`
			AuthChain      []json.RawMessage `json:"auth_chain"`
			MembersOmitted bool              `json:"members_omitted"`
			Servers        []string          `json:"servers_in_room"`
		}
		if r := decode(x, &answer); r != nil {
			t.Fatal(r)
		}
		if diff := cmp.Diff([]string{engine.OtherName, engine.ResidentName},
			answer.Servers); diff != "" || !answer.MembersOmitted {
			t.Errorf("members_omitted %v, servers_in_room (-want +got):\n%s", answer.MembersOmitted, diff)
		}
		known := map[string]bool{}
		var events []*event.Event
		for i, raw := range append(answer.State, answer.AuthChain...) {
			e, err := event.Parse(j.f.Room.Version(), raw)
			if err != nil {
				t.Fatal(err)
			}
			if known[e.ID()] {
				t.Errorf("version %s: %s is there twice", version, e.Type())
			}
			if e.Type() == "m.room.member" && i < len(answer.State) {
				t.Errorf("version %s: a member is in the state", version)
			}
			known[e.ID()] = true
			events = append(events, e)
		}
		for _, e := range append(events, e) {
			for _, id := range e.AuthEvents() {
				if !known[id] {
					t.Errorf("version %s: %s rests on what is in neither list", version, e.Type())
				}
			}
		}
	}
}

// A restricted join is authorised by a user of the resident server, which signs it too.
func TestRestrictedJoinIsCosigned(t *testing.T) {
	j := start(t, scenario(t, "restricted"))
	h := j.join(j.f.UserID)
	var answer struct {
		Event json.RawMessage `json:"event"`
	}
	if err := json.Unmarshal(h.body, &answer); err != nil {
		t.Fatal(err)
	}
	e, err := event.Parse(h.version, answer.Event)
	if err != nil {
		t.Fatal(err)
	}
	authoriser, _ := e.ContentString("join_authorised_via_users_server")
	var signers []string
	for _, sig := range e.Signatures() {
		signers = append(signers, sig.Server)
	}
	slices.Sort(signers)
	if authoriser != j.f.Cast.Alice || !slices.Equal(signers, []string{engine.JoiningName, engine.ResidentName}) {
		t.Errorf("authorised by %q, signed by %v", authoriser, signers)
	}
	// Once in, or once invited, nobody has to authorise anything.
	if again := j.template(j.f.UserID); strings.Contains(string(again.Raw()), "join_authorised") {
		t.Errorf("a member's own join is authorised again: %s", again.Raw())
	}
	// Somebody who is not in the other room is not let in, whoever is said to authorise it.
	if h := j.join("@me:" + engine.JoiningName); h.refusal == nil || h.refusal.String() != "403 M_FORBIDDEN" {
		t.Errorf("a stranger: %v", h.refusal)
	}
}

// A resident server that cannot judge a restricted join, or has nobody to grant it, says which: another one may.
func TestRestrictedJoinElsewhere(t *testing.T) {
	for name, want := range map[string]string{
		"restricted-elsewhere": "400 M_UNABLE_TO_AUTHORISE_JOIN",
		"restricted-granter":   "400 M_UNABLE_TO_GRANT_JOIN",
	} {
		j := start(t, scenario(t, name))
		request := client.MakeJoinRequest(j.f.RoomID, j.f.UserID, j.offered())
		if r := decode(j.ask(engine.OtherName, request), new(any)); r == nil || r.String() != want {
			t.Errorf("%s: %v, want %s", name, r, want)
		}
		// What one resident server authorises, another has no signature for.
		e := j.template(j.f.UserID)
		if authoriser, _ := e.ContentString("join_authorised_via_users_server"); authoriser != j.f.Cast.Alice {
			t.Errorf("%s: authorised by %q", name, authoriser)
		}
		x := j.ask(engine.OtherName, client.SendJoinRequest(true, j.f.RoomID, e.ID(), e.Raw(), nil))
		if r := decode(x, new(any)); r == nil || r.String() != "400 M_INVALID_PARAM" {
			t.Errorf("%s: send_join elsewhere: %v", name, r)
		}
	}
}
