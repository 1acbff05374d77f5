package verify_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/auth"
	"doorstep/flow/event"
	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
)

// A fault is one thing wrong with the worked example, and what comes of it.
type fault struct {
	name     string
	version  string // "11" when empty
	bends    map[string]flowtest.Change
	room     func(*flowtest.Room)                   // changes the room once it is made
	answer   func(*flowtest.Room, *flowtest.Answer) // changes the answer
	state    func(*flow.State)                      // changes what is known otherwise
	want     []string                               // "outcome check subject"
	invalid  string                                 // a part of Invalid
	unproven string                                 // a part of Unproven
}

var faults = []fault{{
	name:  "signature turned",
	bends: map[string]flowtest.Change{"N": {After: flowtest.Turned}},
	want:  []string{"fail signature N", "not_checked authorisation N"},
}, {
	name:  "signature missing",
	bends: map[string]flowtest.Change{"N": {Unsigned: true}},
	want:  []string{"fail signature N", "not_checked authorisation N"},
}, {
	name:  "signature not base64",
	bends: map[string]flowtest.Change{"N": {After: flowtest.Edited("signatures", `{"b.example":{"ed25519:1":"*"}}`)}},
	want:  []string{"fail signature N", "not_checked authorisation N"},
}, {
	name:  "signature cut short",
	bends: map[string]flowtest.Change{"N": {After: flowtest.Edited("signatures", `{"b.example":{"ed25519:1":"AAAA"}}`)}},
	want:  []string{"fail signature N", "not_checked authorisation N"},
}, {
	name:  "signature of power levels turned",
	bends: map[string]flowtest.Change{"P2": {After: flowtest.Turned}},
	want: []string{"fail signature P2", "not_checked authorisation P2", "not_checked authorisation N",
		"not_checked authorisation M2b",
		"fail join_basis join", "not_checked join_auth join", "not_checked join_auth_state join"},
	invalid: "has to be dropped: its signature does not hold",
}, {
	name:  "key not published",
	bends: map[string]flowtest.Change{"N": {Key: &flowtest.Old}},
	want:  []string{"fail signing_key N", "not_checked signature N", "not_checked authorisation N"},
}, {
	name:  "key retired before",
	bends: map[string]flowtest.Change{"N": {Key: &flowtest.Old}},
	room: func(r *flowtest.Room) {
		r.Documents["b.example"] = flowtest.Retired(r.T, "b.example", flowtest.Old, flowtest.Epoch+6999)
	},
	want: []string{"fail key_validity N", "not_checked signature N", "not_checked authorisation N"},
}, {
	name:  "key retired at that moment",
	bends: map[string]flowtest.Change{"N": {Key: &flowtest.Old}},
	room: func(r *flowtest.Room) {
		r.Documents["b.example"] = flowtest.Retired(r.T, "b.example", flowtest.Old, flowtest.Epoch+7000)
	},
	want: []string{"warn key_validity N"},
}, {
	name:  "key retired after",
	bends: map[string]flowtest.Change{"N": {Key: &flowtest.Old}},
	room: func(r *flowtest.Room) {
		r.Documents["b.example"] = flowtest.Retired(r.T, "b.example", flowtest.Old, flowtest.Epoch+7001)
	},
}, {
	name: "key retired before, in version 4", version: "4",
	bends: map[string]flowtest.Change{"N": {Key: &flowtest.Old}},
	room: func(r *flowtest.Room) {
		r.Documents["b.example"] = flowtest.Retired(r.T, "b.example", flowtest.Old, flowtest.Epoch+6999)
	},
	want: []string{"warn key_validity N"},
}, {
	name: "event from after the key document ends",
	bends: map[string]flowtest.Change{"N": {Set: func(f map[string]any) {
		f["origin_server_ts"] = flowtest.FetchedAt().
			UnixMilli() + 25*3600*1000
	}}},
	want: []string{"fail key_validity N", "not_checked signature N", "not_checked authorisation N"},
}, {
	name: "second signature by an unknown key",
	bends: map[string]flowtest.Change{"N": {After: func(e *event.Event) (*event.Event,
		error) {
		return e.Sign("b.example", flowtest.Old)
	}}},
}, {
	name: "second signature by a known key, wrong",
	bends: map[string]flowtest.Change{"N": {After: func(e *event.Event) (*event.Event, error) {
		return e.Sign("b.example", event.SigningKey{ID: flowtest.Old.ID, Private: flowtest.KeyOf("a.example").Private})
	}}},
	room: func(r *flowtest.Room) {
		r.Documents["b.example"] = flowtest.Retired(r.T, "b.example", flowtest.Old, flowtest.Epoch+7001)
	},
	want: []string{"fail signature N", "not_checked authorisation N"},
}, {
	name: "foreign signature, wrong: nobody asked for it",
	bends: map[string]flowtest.Change{"N": {After: func(e *event.Event) (*event.Event, error) {
		return e.Sign("a.example", event.SigningKey{ID: "ed25519:1", Private: flowtest.Old.Private})
	}}},
}, {
	name: "keys are not available",
	room: func(r *flowtest.Room) { r.Documents["b.example"] = []byte(`{}`) },
	want: []string{"not_checked signing_key N", "not_checked signature N", "not_checked authorisation N",
		"not_checked signing_key M2b", "not_checked signature M2b", "not_checked authorisation M2b",
		"not_checked signing_key M2", "not_checked signature M2", "not_checked authorisation M2"},
}, {
	name: "keys of the creator's server are not available",
	room: func(r *flowtest.Room) { delete(r.Documents, "a.example") },
	want: slices.Concat([]string{"not_checked create answer"}, unkeyed("C", "M1", "P2", "J1"),
		[]string{"not_checked authorisation N", "not_checked authorisation M2b"}, unkeyed("P1"),
		[]string{"not_checked authorisation M2"},
		[]string{"not_checked join_auth join", "not_checked join_auth_state join"}),
	unproven: "nothing proves yet that it is genuine",
}, {
	name: "keys of the creator's server are not available, in version 12", version: "12",
	room: func(r *flowtest.Room) { delete(r.Documents, "a.example") },
	want: slices.Concat([]string{"not_checked create answer"}, unkeyed("C", "M1", "P2", "J1"),
		[]string{"not_checked authorisation N", "not_checked authorisation M2b"}, unkeyed("P1"),
		[]string{"not_checked authorisation M2"},
		[]string{"not_checked join_auth join", "not_checked join_auth_state join"}),
	unproven: "nothing proves yet that it is genuine",
}, {
	name:  "content changed",
	bends: map[string]flowtest.Change{"N": {After: flowtest.Edited("content", `{"name":"Other"}`)}},
	want:  []string{"fail content_hash N"},
}, {
	name: "content of power levels changed where redaction does not keep it",
	bends: map[string]flowtest.Change{"P2": {Set: func(f map[string]any) {
		f["content"] = json.RawMessage(strings.Replace(string(f["content"].(json.RawMessage)), `"invite":0`,
			`"invite":0,"notifications":{"room":20}`, 1))
	}, After: func(e *event.Event) (*event.Event, error) {
		return event.Parse(e.Version(), bytes.Replace(e.Raw(), []byte(`"room":20`), []byte(`"room":21`), 1))
	}}},
	want: []string{"fail content_hash P2"},
}, {
	// An invite by third party needs no signature of its sender's server. Adding the field to a forged invite must not
	// help: it breaks the content hash, and what redaction leaves is an ordinary invite that nobody signed.
	name: "forged invite, passed off as one by third party", version: "10",
	answer: func(r *flowtest.Room, a *flowtest.Answer) {
		r.Add("I", "m.room.member", "@alice:a.example", "@eve:e.example", `{"membership":"invite"}`,
			flowtest.Change{Aside: true, Unsigned: true,
				After: flowtest.Edited("content", `{"membership":"invite","third_party_invite":{}}`)})
		a.State = append(a.State, "I")
	},
	want: []string{"fail signature I", "fail content_hash I", "not_checked authorisation I"},
}, {
	name: "create event rejected", version: "12",
	bends: map[string]flowtest.Change{"C": {Content: `{"room_version":"12","additional_creators":5}`}},
	want: []string{"fail create answer", "fail authorisation C", "fail authorisation M1", "fail authorisation P2",
		"fail authorisation J1", "fail authorisation N",
		"fail authorisation M2b", "fail authorisation P1", "fail authorisation M2", "fail join_auth join",
		"fail join_auth_state join"},
	invalid: "is rejected by rule 1.4, and with it whatever rests on it",
}, {
	name:  "depth is a string",
	bends: map[string]flowtest.Change{"N": {Set: func(f map[string]any) { f["depth"] = "7" }}},
	want:  []string{"fail event_format N", "not_checked signature N", "not_checked authorisation N"},
}, {
	name:  "no state_key",
	bends: map[string]flowtest.Change{"N": {Set: func(f map[string]any) { delete(f, "state_key") }}},
	want:  []string{"fail event_format N", "not_checked signature N", "not_checked authorisation N"},
}, {
	name:  "event_id in version 11",
	bends: map[string]flowtest.Change{"N": {Set: func(f map[string]any) { f["event_id"] = "$other:b.example" }}},
	want:  []string{"fail event_id N"},
}, {
	name: "one ID for two events", version: "1",
	bends: map[string]flowtest.Change{"N": {}},
	answer: func(r *flowtest.Room, a *flowtest.Answer) {
		r.Add("N2", "m.room.topic", "@bob:b.example", "", `{"topic":"x"}`, flowtest.Change{Aside: true,
			Set: func(f map[string]any) { f["event_id"] = "$N:b.example" }})
		a.Chain = append(a.Chain, "N2")
	},
	want: []string{"fail event_id N", "warn event_copies N"},
}, {
	name:  "another room",
	bends: map[string]flowtest.Change{"N": {Set: func(f map[string]any) { f["room_id"] = "!other:a.example" }}},
	want:  []string{"fail room_id N", "not_checked authorisation N"},
}, {
	name:  "an auth event of another room",
	bends: map[string]flowtest.Change{"M2": {Set: func(f map[string]any) { f["room_id"] = "!other:a.example" }}},
	want:  []string{"fail authorisation N", "fail authorisation M2b", "fail room_id M2", "not_checked authorisation M2"},
}, {
	name:   "auth event withheld",
	answer: func(r *flowtest.Room, a *flowtest.Answer) { a.Chain = flowtest.Without(a.Chain, "M2") },
	want:   []string{"fail closure N", "not_checked authorisation N", "fail closure M2b", "not_checked authorisation M2b"},
}, {
	name:   "auth event of the join's own chain withheld",
	answer: func(r *flowtest.Room, a *flowtest.Answer) { a.Chain = flowtest.Without(a.Chain, "P1") },
	want: []string{"fail closure P2", "not_checked authorisation P2", "fail closure J1", "not_checked authorisation J1",
		"not_checked authorisation N", "not_checked authorisation M2b", "fail closure M2", "not_checked authorisation M2",
		"not_checked join_auth join", "not_checked join_auth_state join"},
	unproven: "is not authorised",
}, {
	name: "auth event of the join itself withheld",
	answer: func(r *flowtest.Room, a *flowtest.Answer) {
		a.State, a.Chain = flowtest.Without(a.State, "J1"), flowtest.Without(a.Chain, "J1")
	},
	want: []string{"not_checked authorisation N", "not_checked authorisation M2b", "fail closure M2",
		"not_checked authorisation M2",
		"fail closure join", "not_checked join_auth join", "fail join_auth_state join"},
	invalid: "the join would be rejected by the state before it",
}, {
	name: "no create event",
	answer: func(r *flowtest.Room, a *flowtest.Answer) {
		a.State, a.Chain = flowtest.Without(a.State, "C"), flowtest.Without(a.Chain, "C")
	},
	want: []string{"fail create answer", "not_checked authorisation answer", "not_checked closure answer",
		"fail closure join",
		"not_checked join_basis join", "not_checked join_auth join", "not_checked join_auth_state join",
		"not_checked join_auth_events join"},
	invalid: "there is no create event",
}, {
	name: "no create event in version 12", version: "12",
	answer: func(r *flowtest.Room, a *flowtest.Answer) {
		a.State, a.Chain = flowtest.Without(a.State, "C"), flowtest.Without(a.Chain, "C")
	},
	want: []string{"fail create answer", "not_checked authorisation answer",
		"not_checked join_basis join", "not_checked join_auth join", "not_checked join_auth_state join",
		"not_checked join_auth_events join"},
	invalid: "there is no create event",
}, {
	name:    "create event in auth_chain only",
	answer:  func(r *flowtest.Room, a *flowtest.Answer) { a.State = flowtest.Without(a.State, "C") },
	want:    []string{"fail create answer"},
	invalid: "is in auth_chain and not in state",
}, {
	name:  "create event not signed well",
	bends: map[string]flowtest.Change{"C": {After: flowtest.Turned}},
	want: []string{"fail create answer", "not_checked authorisation answer", "fail signature C",
		"not_checked join_basis join", "not_checked join_auth join", "not_checked join_auth_state join",
		"not_checked join_auth_events join"},
	invalid: "cannot be used: its signature does not hold",
}, {
	name:  "create event of another version",
	bends: map[string]flowtest.Change{"C": {Set: func(f map[string]any) { f["content"] = json.RawMessage(`{"room_version":"10"}`) }}},
	want: []string{"fail create_room_version answer", "not_checked event_format answer", "not_checked event_id answer",
		"not_checked room_id answer",
		"not_checked signing_key answer", "not_checked key_validity answer", "not_checked signature answer",
		"not_checked content_hash answer",
		"not_checked closure answer", "not_checked authorisation answer",
		"not_checked join_basis join", "not_checked join_auth join", "not_checked join_auth_state join",
		"not_checked join_auth_events join"},
	invalid: "room version 10",
}, {
	name: "create event says version 2, make_join nothing", version: "1",
	bends: map[string]flowtest.Change{"C": {Set: func(f map[string]any) {
		f["content"] = json.RawMessage(`{"creator":"@alice:a.example","room_version":"2"}`)
	}}},
	state: func(s *flow.State) { s.Template.Said = "" },
}, {
	name: "another room's create event in version 12", version: "12",
	state: func(s *flow.State) { s.RoomID = "!" + strings.Repeat("A", 43) },
	want: []string{"fail create answer", "not_checked authorisation answer", "fail room_id C", "fail room_id M1",
		"fail room_id P2", "fail room_id J1",
		"fail room_id N", "fail room_id M2b", "fail room_id P1", "fail room_id M2", "fail room_id join",
		"not_checked join_basis join", "not_checked join_auth join", "not_checked join_auth_state join",
		"not_checked join_auth_events join"},
	invalid: "cannot be used",
}, {
	name: "two events at one place",
	answer: func(r *flowtest.Room, a *flowtest.Answer) {
		r.Add("N2", "m.room.name", "@bob:b.example", "", `{"name":"Second"}`,
			flowtest.Change{Aside: true, Auth: map[auth.Tuple]string{{Type: "m.room.member", StateKey: "@bob:b.example"}: "M2"}})
		a.State = append(a.State, "N2")
	},
	want:    []string{"fail duplicate_state answer"},
	invalid: "two events at (m.room.name",
}, {
	name:   "one event twice",
	answer: func(r *flowtest.Room, a *flowtest.Answer) { a.State = append(a.State, "N") },
	want:   []string{"warn duplicate_state answer"},
}, {
	name: "padding",
	answer: func(r *flowtest.Room, a *flowtest.Answer) {
		r.Add("T", "m.room.topic", "@alice:a.example", "", `{"topic":"x"}`, flowtest.Change{Aside: true})
		a.Chain = append(a.Chain, "T")
	},
	want: []string{"warn auth_chain_padding T"},
}, {
	name: "sender without power", bends: map[string]flowtest.Change{"N": {Auth: map[auth.Tuple]string{{Type: "m.room.power_levels"}: "P1"}}},
	want: []string{"fail authorisation N"},
}, {
	name: "rests on a rejected event",
	answer: func(r *flowtest.Room, a *flowtest.Answer) {
		r.Add("P3", "m.room.power_levels", "@bob:b.example", "", r.Levels(100),
			flowtest.Change{Aside: true, Auth: map[auth.Tuple]string{{Type: "m.room.member", StateKey: "@bob:b.example"}: "M2"}})
		r.Add("T", "m.room.topic", "@alice:a.example", "", `{"topic":"x"}`, flowtest.Change{Aside: true,
			Auth: map[auth.Tuple]string{{Type: "m.room.power_levels"}: "P3"}})
		a.State, a.Chain = append(a.State, "T"), append(a.Chain, "P3")
	},
	want: []string{"fail authorisation T", "fail authorisation P3"},
}, {
	name: "create event listed in version 12", version: "12",
	bends: map[string]flowtest.Change{"N": {Auth: map[auth.Tuple]string{{Type: "m.room.create"}: "C"}}},
	want:  []string{"fail authorisation N"},
}, {
	name: "wrong hash in a reference", version: "1",
	bends: map[string]flowtest.Change{"N": {Set: func(f map[string]any) {
		f["auth_events"].([]any)[1].([]any)[1] = f["auth_events"].([]any)[0].([]any)[1]
	}}},
	want: []string{"fail reference_hash N"},
}, {
	name: "local part in place of the hash", version: "2",
	bends: map[string]flowtest.Change{"N": {Set: func(f map[string]any) {
		for _, list := range []string{"auth_events", "prev_events"} {
			for _, ref := range f[list].([]any) {
				id := ref.([]any)[0].(string)
				ref.([]any)[1] = map[string]string{"sha256": id[1:strings.IndexByte(id, ':')]}
			}
		}
	}}},
	want: []string{"warn reference_hash N"},
}, {
	name: "no hash at all in a reference", version: "2",
	bends: map[string]flowtest.Change{"N": {Set: func(f map[string]any) { f["prev_events"].([]any)[0].([]any)[1] = map[string]string{} }}},
	want:  []string{"warn reference_hash N"},
}, {
	name: "references to nothing in the answer", version: "1",
	bends: map[string]flowtest.Change{"N": {Set: func(f map[string]any) {
		f["auth_events"] = []any{[]any{"$gone:b.example", map[string]string{"sha256": strings.Repeat("A", 43)}}}
		f["prev_events"] = f["auth_events"]
	}}},
	want: []string{"not_checked reference_hash N", "fail closure N", "not_checked authorisation N"},
}, {
	name: "a circle", version: "1",
	answer: func(r *flowtest.Room, a *flowtest.Answer) {
		none := map[auth.Tuple]string{{Type: "m.room.power_levels"}: ""}
		to := func(id string) func(f map[string]any) {
			return func(f map[string]any) {
				f["auth_events"] = append(f["auth_events"].([]any), []any{id, map[string]string{"sha256": strings.Repeat("A", 43)}})
			}
		}
		r.Add("X", "m.room.power_levels", "@alice:a.example", "", r.Levels(1),
			flowtest.Change{Aside: true, Auth: none, Set: to("$Y:a.example")})
		r.Add("Y", "m.room.power_levels", "@alice:a.example", "", r.Levels(2),
			flowtest.Change{Aside: true, Auth: none, Set: to("$X:a.example")})
		r.Add("Z", "m.room.topic", "@alice:a.example", "", `{}`, flowtest.Change{Aside: true, Auth: none,
			Set: to("$Y:a.example")})
		a.State, a.Chain = append(a.State, "Z"), append(a.Chain, "X", "Y")
	},
	want: []string{"fail auth_cycle Y", "fail reference_hash Z", "not_checked authorisation Z", "fail reference_hash X",
		"not_checked authorisation X",
		"fail reference_hash Y", "not_checked authorisation Y"},
}, {
	name: "an event that names itself", version: "1",
	bends: map[string]flowtest.Change{"N": {Set: func(f map[string]any) {
		f["auth_events"] = append(f["auth_events"].([]any), []any{"$N:b.example",
			map[string]string{"sha256": strings.Repeat("A", 43)}})
	}}},
	want: []string{"fail auth_cycle N", "fail reference_hash N", "not_checked authorisation N"},
}, {
	name: "a copy with a signature less",
	answer: func(r *flowtest.Room, a *flowtest.Answer) {
		e, err := flowtest.Edited("signatures", `{}`)(r.Events["M1"])
		if err != nil {
			r.T.Fatal(err)
		}
		a.Chain = flowtest.Without(a.Chain, "M1")
		a.ChainRaw = append(a.ChainRaw, string(e.Raw()))
	},
	want: []string{"warn event_copies M1", "fail signature M1"},
}, {
	name: "a good copy next to a bad one", bends: map[string]flowtest.Change{"M1": {After: flowtest.Edited("signatures",
		`{}`)}},
	answer: func(r *flowtest.Room, a *flowtest.Answer) {
		a.Chain = flowtest.Without(a.Chain, "M1")
		e, err := r.Events["M1"].Sign("a.example", flowtest.KeyOf("a.example"))
		if err != nil {
			r.T.Fatal(err)
		}
		a.ChainRaw = append(a.ChainRaw, string(e.Raw()))
	},
	want: []string{"fail signature M1", "warn event_copies M1"},
}, {
	name: "a copy with another unsigned",
	answer: func(r *flowtest.Room, a *flowtest.Answer) {
		e, err := flowtest.Edited("unsigned", `{"age":5}`)(r.Events["M1"])
		if err != nil {
			r.T.Fatal(err)
		}
		a.Chain = flowtest.Without(a.Chain, "M1")
		a.ChainRaw = append(a.ChainRaw, string(e.Raw()))
	},
}, {
	name:    "members left out unasked",
	answer:  func(r *flowtest.Room, a *flowtest.Answer) { partial(r, a) },
	want:    []string{"fail members_omitted answer", "not_checked servers_in_room answer"},
	invalid: "nobody asked for that",
}, {
	name:   "members left out, as asked",
	answer: func(r *flowtest.Room, a *flowtest.Answer) { partial(r, a) },
	state:  asksToOmit,
}, {
	name:    "members left out, servers not named",
	answer:  func(r *flowtest.Room, a *flowtest.Answer) { partial(r, a); a.Extra = a.Extra[:1] },
	state:   asksToOmit,
	want:    []string{"fail servers_in_room answer"},
	invalid: "servers_in_room does not say whose",
}, {
	name: "members left out, a server's name is none",
	answer: func(r *flowtest.Room, a *flowtest.Answer) {
		partial(r, a)
		a.Extra[1] = `"servers_in_room":["a.example","https://b"]`
	},
	state: asksToOmit,
	want:  []string{"warn servers_in_room answer"},
}, {
	name:   "members left out, request unknown",
	answer: func(r *flowtest.Room, a *flowtest.Answer) { partial(r, a) },
	state:  func(s *flow.State) { s.Sent = nil },
	want:   []string{"not_checked members_omitted answer"},
}, {
	name: "members left out, and the power levels",
	answer: func(r *flowtest.Room, a *flowtest.Answer) {
		partial(r, a)
		a.State, a.Chain = flowtest.Without(a.State, "P2"), append(a.Chain, "P2")
	},
	state: asksToOmit,
	want:  []string{"fail partial_state join"},
}, {
	name:    "list from the v2 endpoint",
	answer:  func(r *flowtest.Room, a *flowtest.Answer) { a.List = true },
	want:    []string{"fail answer_shape answer"},
	invalid: "two-element list",
}, {
	name:    "object from the v1 endpoint",
	state:   func(s *flow.State) { s.Sent.Request.Endpoint = client.SendJoinV1 },
	want:    []string{"fail answer_shape answer"},
	invalid: "an object came",
}, {
	name: "list from the v1 endpoint", version: "1",
	answer: func(r *flowtest.Room, a *flowtest.Answer) { a.List = true },
	state:  func(s *flow.State) { s.Sent.Request.Endpoint = client.SendJoinV1 },
}, {
	name:     "room version not known",
	state:    func(s *flow.State) { s.Template = nil },
	want:     []string{"not_checked answer_shape answer"},
	unproven: "the room version is not known",
}, {
	name:     "no answer",
	state:    func(s *flow.State) { s.Reply = nil },
	want:     []string{"not_checked answer_shape answer"},
	unproven: "there is no answer",
}, {
	name:  "room not known",
	state: func(s *flow.State) { s.RoomID = "" },
	want: []string{"not_checked room_id C", "not_checked room_id M1", "not_checked room_id P2", "not_checked room_id J1",
		"not_checked room_id N", "not_checked room_id M2b", "not_checked room_id P1", "not_checked room_id M2",
		"not_checked room_id join"},
}, {
	name: "room of version 12 not known", version: "12",
	state: func(s *flow.State) { s.RoomID = "" },
	want: []string{"not_checked create_room_id answer",
		"not_checked room_id C", "not_checked room_id M1", "not_checked room_id P2", "not_checked room_id J1",
		"not_checked room_id N", "not_checked room_id M2b", "not_checked room_id P1", "not_checked room_id M2",
		"not_checked room_id join"},
	unproven: "not known",
}}

func unkeyed(names ...string) (out []string) {
	for _, n := range names {
		out = append(out, "not_checked signing_key "+n, "not_checked signature "+n, "not_checked authorisation "+n)
	}
	return out
}

// partial leaves members out of the answer, and what is in state out of auth_chain.
func partial(r *flowtest.Room, a *flowtest.Answer) {
	a.State, a.Chain = []string{"C", "P2", "J1", "N"}, []string{"M1", "P1", "M2"}
	a.Extra = []string{`"members_omitted":true`, `"servers_in_room":["a.example"]`}
}

func asksToOmit(s *flow.State) { s.Sent.Request.Target += "?omit_members=true" }

func (f fault) verify(t *testing.T) (*flowtest.Room, *verify.Verification) {
	t.Helper()
	version := f.version
	if version == "" {
		version = "11"
	}
	r := flowtest.Worked(t, version, f.bends)
	if f.room != nil {
		f.room(r)
	}
	a := flowtest.WorkedAnswer()
	if f.answer != nil {
		f.answer(r, &a)
	}
	s := r.After(r.Body(a))
	if f.state != nil {
		f.state(&s)
	}
	return r, s.Verify()
}

// Each fault fails the check it is about, and what cannot be looked at any more for its sake is not checked.
func TestFaults(t *testing.T) {
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			r, v := f.verify(t)
			if diff := cmp.Diff(f.want, r.NotPassed(v)); diff != "" {
				t.Errorf("not passed (-want +got):\n%s", diff)
				for _, c := range v.Checks {
					if c.Outcome != verify.Pass {
						t.Logf("%s %s %s: %s", c.Outcome, c.Kind, c.Field, c.Detail)
					}
				}
			}
			if (f.invalid == "") != (v.Invalid == "") || !strings.Contains(v.Invalid, f.invalid) {
				t.Errorf("invalid: %q, want %q", v.Invalid, f.invalid)
			}
			if (f.unproven == "") != (v.Unproven == "") || !strings.Contains(v.Unproven, f.unproven) {
				t.Errorf("unproven: %q, want %q", v.Unproven, f.unproven)
			}
			flowtest.Consistent(t, v)
		})
	}
}

// Every kind of check is seen to pass, to fail or warn, and to stay not checked where it can.
func TestEveryCheckEveryOutcome(t *testing.T) {
	seen := map[string]map[verify.CheckOutcome]bool{}
	note := func(v *verify.Verification) {
		for c := range v.All() {
			if seen[c.Kind.String()] == nil {
				seen[c.Kind.String()] = map[verify.CheckOutcome]bool{}
			}
			seen[c.Kind.String()][c.Outcome] = true
		}
	}
	for _, f := range faults {
		_, v := f.verify(t)
		note(v)
	}
	for _, f := range joinFaults {
		_, v := f.verify(t)
		note(v)
	}
	// What has no such outcome: a check made of the answer alone is always decided, padding and circles do no more than
	// warn or fail, and a hash or an ID is there or not.
	never := map[string][]verify.CheckOutcome{
		"create_room_version": {verify.NotChecked}, "duplicate_state": {verify.NotChecked},
		"event_copies": {verify.Pass, verify.Fail, verify.NotChecked},
		"auth_cycle":   {verify.NotChecked}, "auth_chain_padding": {verify.Fail, verify.NotChecked},
		"partial_state": {verify.NotChecked}, "join_auth_events": {verify.Fail},
		"create_room_id": {verify.Fail},
	}
	for _, k := range verify.CheckKinds() {
		for _, o := range []verify.CheckOutcome{verify.Pass, verify.Fail, verify.NotChecked} {
			if want := !slices.Contains(never[k.Name], o); seen[k.Name][o] != want {
				t.Errorf("%s %s: seen %v, want %v", k.Name, o, seen[k.Name][o], want)
			}
		}
	}
}
