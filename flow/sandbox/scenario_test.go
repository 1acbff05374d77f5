package sandbox

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/sandbox/engine"
)

// ends says where each scenario that is no plain success ends, and what the checks of the answer find.
var ends = map[string]struct {
	at, refusal string
	failures    []string
}{
	"not-invited":          {at: "make_join", refusal: "403 M_FORBIDDEN"},
	"banned":               {at: "make_join", refusal: "403 M_FORBIDDEN"},
	"knock-only":           {at: "make_join", refusal: "403 M_FORBIDDEN"},
	"restricted-refused":   {at: "make_join", refusal: "403 M_FORBIDDEN"},
	"unfederated":          {at: "make_join", refusal: "403 M_FORBIDDEN"},
	"server-acl":           {at: "make_join", refusal: "403 M_FORBIDDEN"},
	"unknown-alias":        {at: "directory", refusal: "404 M_NOT_FOUND"},
	"directory-down":       {at: "directory", refusal: "0 connect"},
	"no-candidate-answers": {at: "make_join", refusal: "0 connect"},
	"incompatible-version": {at: "make_join", refusal: "400 M_INCOMPATIBLE_ROOM_VERSION"},
	"rate-limited":         {at: "make_join", refusal: "429 M_LIMIT_EXCEEDED"},
	"html-answer":          {at: "make_join", refusal: "200 not JSON"},
	"key-unreachable":      {at: "make_join", refusal: "401 M_UNAUTHORIZED"},
	"wrong-certificate":    {at: "make_join", refusal: "0 tls"},
	"incomplete-chain":     {at: "make_join", refusal: "0 tls"},
	"slow-answer":          {at: "make_join", refusal: "0 timeout"},
	"lying-template":       {at: "template", refusal: "0 "},
	"truncated-answer":     {at: "send_join", refusal: "0 closed"},
	"lost-answer":          {at: "send_join", refusal: "0 closed"},

	"stale-template":       {failures: []string{"selection: join"}},
	"members-omitted":      {failures: []string{"members_omitted: answer"}},
	"bad-signature":        {failures: []string{"signature: topic"}},
	"bad-hash":             {failures: []string{"hash: topic"}},
	"wrong-event-id":       {failures: []string{"returned ID: join"}},
	"wrong-reference-hash": {failures: []string{"reference: topic"}},
	"missing-auth-event":   {failures: []string{"closure: carol declines"}},
	// the join names what is not in the state
	"no-create":               {failures: []string{"create: answer", "selection: join"}},
	"two-creates":             {failures: []string{"create: answer"}},
	"duplicate-state":         {failures: []string{"duplicate: old name"}},
	"unauthorised-state":      {failures: []string{"auth: avatar"}},
	"rejected-auth-event":     {failures: []string{"auth: avatar", "auth: seized power"}},
	"wrong-room-version":      {failures: []string{"version: create"}},
	"expired-key":             {failures: []string{"signature: topic"}},
	"unknown-key":             {failures: []string{"signature: topic"}},
	"tampered-returned-event": {failures: []string{"returned hash: join"}},
	"padded-auth-chain":       {failures: []string{"padding: old name"}},
	"create-listed-v12":       {failures: []string{"auth: topic"}},
}

// Every scenario ends where it says, and of all checks exactly those fail that it is about.
func TestScenarios(t *testing.T) {
	for _, s := range Scenarios() {
		if s.Network != nil || ofCause(s.Name) || s.Invite.Address != "" {
			continue // TestNetworkScenarios and TestFindings walk through it
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			j := start(t, s)
			if s.Invites() {
				if err := j.f.SendInvite(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			h := j.join(j.f.UserID)
			want := ends[s.Name]
			got := ""
			if h.refusal != nil {
				got = h.refusal.String()
			}
			if h.at != want.at || got != want.refusal {
				t.Fatalf("ended at %q with %q, want %q with %q; asked %v of %v", h.at, got, want.at, want.refusal, h.tried,
					h.candidates)
			}
			if want.at != "" {
				return
			}
			if diff := cmp.Diff(want.failures, j.verify(h)); diff != "" {
				t.Errorf("failed checks (-want +got):\n%s", diff)
			}
			if (want.failures == nil) != (s.Finding == "" || s.Finding == "invite-origin-left") {
				t.Errorf("finding %q, failures %v", s.Finding, want.failures)
			}
			if got := j.f.Room.Membership(j.f.UserID); got != "join" {
				t.Errorf("membership afterwards %q", got)
			}
		})
	}
	for name := range ends {
		if _, ok := Lookup(name); !ok {
			t.Errorf("no scenario is called %q", name)
		}
	}
}

// Who is asked, and how often, follows from the layout and from what the first ones answer.
func TestCandidatesAsked(t *testing.T) {
	for name, want := range map[string][]string{
		"public-v11":           {engine.ResidentName},
		"failover":             {engine.GoneName, engine.ResidentName},
		"same-server":          {engine.DirectoryName},
		"invite":               {engine.ResidentName},
		"invite-origin-left":   {engine.OtherName, engine.ResidentName},
		"restricted":           {engine.ResidentName},
		"restricted-elsewhere": {engine.OtherName, engine.ResidentName},
		"restricted-granter":   {engine.OtherName, engine.ResidentName},
		"no-candidate-answers": {engine.GoneName, engine.LostName},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := start(t, scenario(t, name))
			if j.f.Scenario.Invites() {
				if err := j.f.SendInvite(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if h := j.join(j.f.UserID); !slices.Equal(h.tried, want) {
				t.Errorf("asked %v, want %v", h.tried, want)
			}
		})
	}
}

// The table is complete and speaks of what exists.
func TestTable(t *testing.T) {
	names := map[string]bool{}
	for _, s := range Scenarios() {
		if s.Name == "" || s.Title == "" || s.Teaches == "" || names[s.Name] {
			t.Errorf("%+v: lacks a name of its own, a title or what it teaches", s.Name)
		}
		names[s.Name] = true
		if strings.HasSuffix(s.Title, ".") || !strings.HasSuffix(s.Teaches, ".") {
			t.Errorf("%s: a title ends without a full stop, what it teaches with one", s.Name)
		}
		if _, ok := event.Lookup(s.RoomVersion); !ok {
			t.Errorf("%s: room version %q", s.Name, s.RoomVersion)
		}
		if got, ok := Lookup(s.Name); !ok || got.Title != s.Title {
			t.Errorf("%s: is not found", s.Name)
		}
		for _, f := range s.Faults {
			if f.Server != "" && f.Server != engine.JoiningName && !slices.Contains(s.Layout.Names(), f.Server) {
				t.Errorf("%s: a fault at %s, which plays no part", s.Name, f.Server)
			}
		}
	}
	if _, ok := Lookup("no such thing"); ok {
		t.Error("a scenario that does not exist is found")
	}
}

// The first form has its own shapes: no ver and no room_version, an event_id and an origin in the template, pairs, a
// list.
func TestFirstForm(t *testing.T) {
	j := start(t, scenario(t, "form-2015"))
	h := j.join(j.f.UserID)
	e, err := event.Parse(h.version, h.template)
	if err != nil {
		t.Fatal(err)
	}
	if origin, _ := e.Field("origin"); h.said != "" || client.Domain(e.ID()) != engine.ResidentName ||
		string(origin) != `"`+engine.ResidentName+`"` {
		t.Errorf("room_version %q, event_id %q, origin %s", h.said, e.ID(), origin)
	}
	refs, _ := e.Field("prev_events")
	if !strings.HasPrefix(string(refs), `[["$`) || !strings.Contains(string(refs), `{"sha256":"`) {
		t.Errorf("prev_events are no pairs: %s", refs)
	}
	if !strings.HasPrefix(string(h.body), "[200,{") {
		t.Errorf("send_join answers %.60s", h.body)
	}
	x := j.ask(engine.ResidentName, client.SendJoinRequest(true, j.f.RoomID, h.join.ID(), h.join.Raw(), nil))
	if r := decode(x, new(any)); r == nil || r.String() != "404 M_UNRECOGNIZED" {
		t.Errorf("the v2 endpoint answers %v", r)
	}
	keys := j.ask(engine.ResidentName, client.KeysRequest())
	if keys.Failure != nil || !strings.Contains(string(keys.Response.Body), `"tls_fingerprints":[{"sha256":"`) {
		t.Errorf("the key document has no fingerprints: %+v", keys)
	}
}

// Today's template has no event_id and no origin, in version 1 either, and names the room version.
func TestCurrentTemplate(t *testing.T) {
	for _, v := range event.Versions() {
		j := start(t, scenario(t, "public-v"+v.ID))
		h := j.join(j.f.UserID)
		if h.refusal != nil {
			t.Fatalf("version %s: ended at %s: %v", v.ID, h.at, h.refusal)
		}
		members, err := event.Members(h.template)
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, m := range members {
			keys = append(keys, m.Key)
		}
		slices.Sort(keys)
		want := []string{"auth_events", "content", "depth", "origin_server_ts", "prev_events", "room_id", "sender",
			"state_key", "type"}
		if diff := cmp.Diff(want, keys); diff != "" || h.said != v.ID {
			t.Errorf("version %s, said %q (-want +got):\n%s", v.ID, h.said, diff)
		}
	}
}
