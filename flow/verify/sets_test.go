package verify_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/flow/auth"
	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
)

// sets lists the events of an answer as "name place why", IDs by their names.
func sets(r *flowtest.Room, v *verify.Verification) []string {
	var pairs []string
	for name, e := range r.Events {
		pairs = append(pairs, e.ID(), name)
	}
	names := strings.NewReplacer(pairs...)
	var out []string
	for _, e := range v.Sets().Events {
		out = append(out, names.Replace(e.ID+" "+e.Place.String()+": "+e.Why()))
	}
	return out
}

func TestReplySets(t *testing.T) {
	for _, test := range []struct {
		name, version string
		answer        func(*flowtest.Room, *flowtest.Answer)
		want          []string
		why           string
	}{{
		name: "the worked example", version: "11",
		want: []string{
			"C both: in force now, and M1 and 7 more rest on it",
			"M1 both: in force now, and P2 and 2 more rest on it",
			"P2 both: in force now, and N and 2 more rest on it",
			"J1 both: in force now, and M2 and 1 more rest on it",
			"N state: in force now; nobody's authority rests on it",
			"M2b state: in force now; nobody's authority rests on it",
			"P1 auth_chain: in force when J1 and 2 more were sent; replaced since by P2",
			"M2 auth_chain: in force when N and 1 more were sent; replaced since by M2b",
		},
		why: "2 events in auth_chain are no longer in force. They were when events that are in force now were sent: " +
			"without them 4 state events could not be checked against what they name.",
	}, {
		name: "the worked example in version 12", version: "12",
		want: []string{
			"C both: the room ID stands for it, so that every event rests on it without naming it",
			"M1 both: in force now, and P2 and 2 more rest on it",
			"P2 both: in force now, and N and 2 more rest on it",
			"J1 both: in force now, and M2 and 1 more rest on it",
			"N state: in force now; nobody's authority rests on it",
			"M2b state: in force now; nobody's authority rests on it",
			"P1 auth_chain: in force when J1 and 2 more were sent; replaced since by P2",
			"M2 auth_chain: in force when N and 1 more were sent; replaced since by M2b",
		},
		why: "2 events in auth_chain are no longer in force. They were when events that are in force now were sent: " +
			"without them 4 state events could not be checked against what they name.",
	}, {
		name: "members left out", version: "11",
		answer: partial,
		want: []string{
			"C state: in force now, and P2 and 6 more rest on it; auth_chain need not repeat what is in state",
			"P2 state: in force now, and N and 1 more rest on it; auth_chain need not repeat what is in state",
			"J1 state: in force now, and M2 and 1 more rest on it; auth_chain need not repeat what is in state",
			"N state: in force now; nobody's authority rests on it",
			"M1 auth_chain: in force when P2 and 2 more were sent; members are left out of state",
			"P1 auth_chain: in force when J1 and 2 more were sent; replaced since by P2",
			"M2 auth_chain: in force when N was sent; members are left out of state",
		},
		why: "1 event in auth_chain is no longer in force; 2 events in auth_chain are memberships, and members are left " +
			"out of state. Without them 3 state events could not be checked against what they name.",
	}, {
		name: "padding, and what only our join names", version: "11",
		answer: func(r *flowtest.Room, a *flowtest.Answer) {
			r.Add("T", "m.room.topic", "@alice:a.example", "", `{"topic":"x"}`, flowtest.Change{Aside: true})
			r.Add("L", "m.room.member", "@you:you.example", "@you:you.example", `{"membership":"leave"}`,
				flowtest.Change{Aside: true})
			r.Events["join"] = r.Add("join again", "m.room.member", "@you:you.example", "@you:you.example",
				`{"membership":"join"}`,
				flowtest.Change{Aside: true, Auth: map[auth.Tuple]string{{Type: "m.room.member",
					StateKey: "@you:you.example"}: "L"}})
			a.State, a.Chain = []string{"C", "M1", "J1", "P2"}, []string{"C", "P1", "M1", "J1", "T", "L"}
		},
		want: []string{
			"C both: in force now, and M1 and 6 more rest on it",
			"M1 both: in force now, and J1 and 3 more rest on it",
			"J1 both: in force now, and our join rests on it",
			"P2 state: in force now, and T and 2 more rest on it; auth_chain need not repeat what is in state",
			"P1 auth_chain: in force when J1 and 1 more were sent; replaced since by P2",
			"T auth_chain: nothing in state rests on it: padding",
			"L auth_chain: our join rests on it",
		},
		why: "1 event in auth_chain is no longer in force; 1 event in auth_chain has nothing in its place in state. " +
			"Without them 2 state events could not be checked against what they name.",
	}} {
		t.Run(test.name, func(t *testing.T) {
			r := flowtest.Worked(t, test.version, nil)
			a := flowtest.WorkedAnswer()
			if test.answer != nil {
				test.answer(r, &a)
			}
			s := r.After(r.Body(a))
			asksToOmit(&s)
			v := s.Verify()
			if diff := cmp.Diff(test.want, sets(r, v)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			padding := 0
			for _, line := range test.want {
				if strings.HasSuffix(line, ": padding") {
					padding++
				}
			}
			if got := v.Sets().Padding; got != padding {
				t.Errorf("%d events of padding, want %d", got, padding)
			}
			if got := v.Sets().Why(); got != test.why {
				t.Errorf("why: %s\nwant: %s", got, test.why)
			}
		})
	}
}

func TestSetsOfNothing(t *testing.T) {
	r := flowtest.Worked(t, "11", nil)
	if got := r.Verified(flowtest.Answer{Extra: []string{`"state":5`}}).Sets(); len(got.Events) > 0 {
		t.Errorf("an answer that cannot be read: %+v", got)
	}
	v := r.Verified(flowtest.Answer{State: []string{"C"}, StateRaw: []string{`[]`}})
	if got := v.Sets().Events[1]; got.Event != nil || got.Why() != "it cannot be read" {
		t.Errorf("an event that cannot be read: %+v", got)
	}
	if got, want := v.Sets().Why(), "Everything the state rests on is still in force, so that state alone would do "+
		"here."; got != want {
		t.Errorf("without an auth_chain: %s", got)
	}
}

func TestAncestry(t *testing.T) {
	for _, test := range []struct {
		version, of string
		limit       int
		want        []string // "name rank", then "from > to"
		more        int
	}{{
		version: "11", of: "join", limit: 99,
		want: []string{"join 0", "C 4", "P2 1", "J1 1", "P1 2", "M1 3",
			"join > C", "join > P2", "join > J1", "P2 > C", "P2 > P1", "P2 > M1", "J1 > C", "J1 > P1", "J1 > M1", "P1 > C",
			"P1 > M1", "M1 > C"},
	}, {
		version: "12", of: "P1", limit: 99,
		want: []string{"P1 0", "M1 1", "C 2", "P1 > M1", "M1 implies C"},
	}, {
		version: "11", of: "join", limit: 2, more: 2,
		want: []string{"join 0", "C 1", "join > C"},
	}, {
		version: "11", of: "nothing", limit: 99,
	}} {
		r := flowtest.Worked(t, test.version, nil)
		v := r.Verified(flowtest.WorkedAnswer())
		name := map[string]string{}
		id := "$nothing"
		for n, e := range r.Events {
			name[e.ID()] = n
			if n == test.of {
				id = e.ID()
			}
		}
		g := v.Ancestry(id, test.limit)
		var got []string
		for _, n := range g.Nodes {
			got = append(got, name[n.ID]+" "+string(rune('0'+n.Rank)))
			if n.Outcome != verify.Pass || n.Missing || n.InState != slices.Contains(flowtest.WorkedState, name[n.ID]) {
				t.Errorf("node %+v", n)
			}
		}
		for _, e := range g.Edges {
			arrow := " > "
			if e.Implied {
				arrow = " implies "
			}
			got = append(got, name[g.Nodes[e.From].ID]+arrow+name[g.Nodes[e.To].ID])
		}
		if diff := cmp.Diff(test.want, got); diff != "" || g.More != test.more {
			t.Errorf("version %s, %s: %d more\n%s", test.version, test.of, g.More, diff)
		}
	}
}

// A circle and a missing event are part of a graph; neither keeps it from being made.
func TestAncestryOfWhatIsBroken(t *testing.T) {
	i := slices.IndexFunc(faults, func(f fault) bool { return f.name == "a circle" })
	_, v := faults[i].verify(t)
	g := v.Ancestry("$Z:a.example", 99)
	ranks := map[string]int{}
	for _, n := range g.Nodes {
		ranks[n.ID] = n.Rank
	}
	if ranks["$Y:a.example"] != 1 || ranks["$X:a.example"] != 2 {
		t.Errorf("ranks %v", ranks)
	}
	i = slices.IndexFunc(faults, func(f fault) bool { return f.name == "auth event withheld" })
	r, v := faults[i].verify(t)
	g = v.Ancestry(r.Events["N"].ID(), 99)
	if n := g.Nodes[len(g.Nodes)-1]; !slices.ContainsFunc(g.Nodes,
		func(n verify.AuthNode) bool { return n.Missing && n.ID == r.Events["M2"].ID() && n.Event == nil }) {
		t.Errorf("no missing node; the last is %+v", n)
	}
	if g.Nodes[0].Outcome != verify.Fail {
		t.Errorf("root %+v", g.Nodes[0])
	}
}

func TestNamedBy(t *testing.T) {
	r := flowtest.Worked(t, "11", nil)
	v := r.Verified(flowtest.WorkedAnswer())
	name := map[string]string{}
	for n, e := range r.Events {
		name[e.ID()] = n
	}
	ids, total := v.NamedBy(r.Events["P2"].ID(), 99)
	var got []string
	for _, id := range ids {
		got = append(got, name[id])
	}
	if want := []string{"N", "M2b", "join"}; !slices.Equal(got, want) || total != 3 {
		t.Errorf("P2 is named by %v, %d in all", got, total)
	}
	if ids, total := v.NamedBy(r.Events["C"].ID(), 2); len(ids) != 2 || total != 9-1 {
		t.Errorf("C is named by %d, %d in all", len(ids), total)
	}
	if ids, total := v.NamedBy("$nothing", 2); ids != nil || total != 0 {
		t.Errorf("nothing is named by %v, %d in all", ids, total)
	}
}

// The comparison of the lists is made while a frame waits for it, once for an answer.
func BenchmarkSets(b *testing.B) {
	r, a := bigRoom(b, "11", 100_000)
	s := r.After(r.Body(a))
	v := s.Verify()
	for b.Loop() {
		verify.CompareSets(v)
	}
}
