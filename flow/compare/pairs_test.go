package compare_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/compare"
)

func spelled(list []compare.Pair) []string {
	var out []string
	for _, p := range list {
		out = append(out, fmt.Sprintf("%s %d %s / %d %s", p.Kind, p.A.Seq, p.A.Part, p.B.Seq, p.B.Part))
	}
	return out
}

func entryOf(t *testing.T, side compare.Side, step flow.StepID, nth int) *flow.Entry {
	t.Helper()
	for i := range side.Trace.Entries {
		if e := &side.Trace.Entries[i]; e.Step == step {
			if nth--; nth < 0 {
				return e
			}
		}
	}
	t.Fatalf("%s: no entry of %s", side.Name, step)
	return nil
}

// From every step the pairs are offered that make sense there, and nothing else.
func TestPairsOf(t *testing.T) {
	side := recorded(t, "public-v12")
	kinds := func(e *flow.Entry) string {
		var out []string
		for _, p := range compare.PairsOf(side.Trace, side.State, e) {
			out = append(out, string(p.Kind))
		}
		return strings.Join(out, " ")
	}
	for step, want := range map[flow.StepID]string{flow.A1: "made_from", flow.A5: "made_from",
		flow.L1: "made_from came_back", flow.A6: "made_from came_back", flow.A7: "made_from came_back lists",
		flow.L2: "made_from came_back lists"} {
		if got := kinds(entryOf(t, side, step, 0)); got != want {
			t.Errorf("%s: %q, want %q", step, got, want)
		}
	}
	banned := recorded(t, "banned")
	if got := compare.PairsOf(banned.Trace, banned.State, entryOf(t, banned, flow.A5, 0)); len(got) > 0 {
		t.Errorf("a refused join offers %q", spelled(got))
	}
	two := recorded(t, "synapse-and-dendrite-dry-run")
	for _, step := range []flow.StepID{flow.A4, flow.A5} {
		got := compare.PairsOf(two.Trace, two.State, entryOf(t, two, step, 1))
		if !slices.ContainsFunc(got, func(p compare.Pair) bool { return p.Kind == compare.TwoOffers }) {
			t.Errorf("%s of one of two candidates offers %q", step, spelled(got))
		}
	}
}

// Two entries have in common what both have: request and request, answer and answer, an event on its way; a question
// and its answer have nothing.
func TestPairsBetween(t *testing.T) {
	side := recorded(t, "public-v12")
	for _, c := range []struct {
		x, y flow.StepID
		want string
	}{
		{flow.A2, flow.A3, ""},
		{flow.A2, flow.A4, "same_part head/head"},
		{flow.A3, flow.A5, "same_part body/body, same_part head/head"},
		{flow.A5, flow.L1, "made_from protoevent/event, same_part protoevent/protoevent"},
		{flow.L1, flow.A6, "one_event protoevent/sent, one_event event/sent"},
		{flow.A6, flow.A7, "one_event sent/returned"},
		{flow.A7, flow.L1, "one_event protoevent/returned, one_event event/returned"},
		{flow.L2, flow.A7, ""},
	} {
		var got []string
		for _, p := range compare.PairsBetween(side.Trace, side.State, entryOf(t, side, c.x, 0), entryOf(t, side, c.y, 0)) {
			got = append(got, fmt.Sprintf("%s %s/%s", p.Kind, p.A.Part, p.B.Part))
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s and %s: %q, want %q", c.x, c.y, strings.Join(got, ", "), c.want)
		}
	}
	e := entryOf(t, side, flow.A5, 0)
	if got := compare.PairsBetween(side.Trace, side.State, e, e); got != nil {
		t.Errorf("an entry and itself: %q", spelled(got))
	}
}

// Of every recording, every pair of every two entries has two texts that can be compared.
func TestEveryPairHasTexts(t *testing.T) {
	for _, name := range []string{"public-v12", "public-v1", "form-2015", "synapse-and-dendrite-dry-run", "failover"} {
		side := recorded(t, name)
		for i := range side.Trace.Entries {
			x := &side.Trace.Entries[i]
			pairs := compare.PairsOf(side.Trace, side.State, x)
			for j := range i {
				pairs = append(pairs, compare.PairsBetween(side.Trace, side.State, x, &side.Trace.Entries[j])...)
			}
			for _, p := range pairs {
				a, b, ok := p.Texts(side.Trace, side.State)
				if !ok || len(a.JSON) == 0 || len(b.JSON) == 0 {
					t.Fatalf("%s: %+v: %q, %q", name, p, a.JSON, b.JSON)
				}
				if len(compare.Of(a, b)) == 0 {
					t.Errorf("%s: %+v: nothing is compared", name, p)
				}
			}
		}
	}
}

// A step that somebody changed is compared with what it would have been: its event, its body, or whom it asks for what.
// Of one that was only signed in another way it is the request, of which a header differs.
func TestPairsOfAChangedStep(t *testing.T) {
	for name, c := range map[string]struct {
		step    flow.StepID
		instead func(e *flow.Entry) *flow.Altered
		want    string
	}{
		"event": {flow.L1, func(e *flow.Entry) *flow.Altered {
			return &flow.Altered{Event: []byte(`{"depth":1}`)}
		}, "instead/event"},
		"body": {flow.A6, func(e *flow.Entry) *flow.Altered {
			r := *e.Request
			r.Body = []byte(`{}`)
			return &flow.Altered{Server: e.Server, Request: &r}
		}, "instead/sent"},
		"target": {flow.A4, func(e *flow.Entry) *flow.Altered {
			r := *e.Request
			r.Target += "&ver=13"
			return &flow.Altered{Server: e.Server, Request: &r}
		}, "not_asked/request"},
		"server": {flow.A4, func(e *flow.Entry) *flow.Altered {
			return &flow.Altered{Server: "another.example", Request: e.Request}
		}, "not_asked/request"},
		"signature": {flow.A6, func(e *flow.Entry) *flow.Altered {
			return &flow.Altered{Server: e.Server, Request: e.Request, OwnSignature: true}
		}, "not_asked/request"},
	} {
		trace := recorded(t, "public-v12").Trace
		for i := range trace.Entries {
			if e := &trace.Entries[i]; e.Step == c.step {
				*e = e.Remembering()
				e.Altered = c.instead(e)
			}
		}
		side := sideOf(name, trace)
		var got []string
		for _, p := range compare.PairsOf(side.Trace, side.State, entryOf(t, side, c.step, 0)) {
			if p.Kind == compare.Instead {
				got = append(got, string(p.A.Part)+"/"+string(p.B.Part))
				if _, _, ok := p.Texts(side.Trace, side.State); !ok {
					t.Errorf("%s: no texts", name)
				}
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
