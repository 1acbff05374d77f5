package compare_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/compare"
	"doorstep/flow/diagnose"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
	"doorstep/recordings"
	"doorstep/recordings/mutate"
	"doorstep/render/rendertest"
)

func sideOf(name string, trace flow.Trace) compare.Side {
	s := flow.Fold(trace)
	return compare.Side{Name: name, Trace: trace, State: s, Findings: diagnose.Findings(trace, s)}
}

func recorded(t testing.TB, name string) compare.Side {
	t.Helper()
	return sideOf(name, flowtest.Embedded(t, name))
}

func TestEveryRecordingIsEqualToItself(t *testing.T) {
	for _, name := range recordings.Names() {
		side := recorded(t, name)
		c := compare.Handshakes(side, side)
		if !c.Equal || c.ExitCode != 0 || !c.Shared || len(c.Folds) > 0 || c.Counts.Values.AsAny > 0 {
			t.Errorf("%s: %+v, %+v, %+v", name, c.Counts, c.Header, c.Folds)
		}
		if steps := c.Counts.Steps; steps.Alike == 0 || steps.Alike != len(c.Steps) {
			t.Errorf("%s: %+v", name, steps)
		}
	}
}

// rowsThatDiffer spells the steps that differ, with the parts and paths in which they do.
func rowsThatDiffer(c compare.Comparison) []string {
	var out []string
	for _, r := range c.Steps {
		words := []string{string(r.ID), string(r.Endpoint) + string(r.Work)}
		switch {
		case r.A == nil:
			words = append(words, "only B")
		case r.B == nil:
			words = append(words, "only A")
		case len(r.Differences) == 0:
			continue
		}
		for _, d := range r.Differences {
			word := string(d.Part) + ":" + string(d.Kind) + d.Path
			if !slices.Contains(words, word) {
				words = append(words, word)
			}
		}
		out = append(out, strings.Join(words, " "))
	}
	return out
}

func headerOf(c compare.Comparison) []string {
	var out []string
	for _, f := range c.Header {
		out = append(out, string(f.Name)+": "+f.A+" | "+f.B)
	}
	return out
}

// The same room by two homeservers: what is told is what they do differently, and nothing that two runs of one would.
func TestTwoHomeservers(t *testing.T) {
	c := compare.Handshakes(recorded(t, "synapse-v12"), recorded(t, "dendrite-v12"))
	if got, want := headerOf(c), []string{"software: Synapse/1.163.2 | "}; !slices.Equal(got, want) {
		t.Errorf("header %q", got)
	}
	want := []string{"A4 make_join protoevent:removed/origin_server_ts",
		"A6 send_join events:removed/unsigned events:added/origin events:added/prev_state events:replaced/depth " +
			"events:removed/prev_events/0 events:added/prev_events/0 events:removed/content/events/m.call.invite " +
			"events:removed/content/historical events:replaced/content/invite events:added/content/notifications " +
			"events:added/content/displayname events:removed/unsigned/replaces_state events:removed/unsigned/age " +
			"events:added/content/avatar_url body:removed/members_omitted body:added/origin " +
			"returned:added/signatures/127.0.0.1:37683 returned:removed/unsigned",
		"R key/server body:replaced/valid_until_ts"}
	if got := rowsThatDiffer(c); !slices.Equal(got, want) {
		t.Errorf("steps\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(c.Checks.Differ)+len(c.Checks.OnlyA)+len(c.Checks.OnlyB) > 0 {
		t.Errorf("checks %+v", c.Checks)
	}
}

// The form of 2015 against today's: the form and the version lead, the events differ by what the version changed, each
// kind of difference told once for all events it is in.
func TestTwoForms(t *testing.T) {
	c := compare.Handshakes(recorded(t, "public-v12"), recorded(t, "form-2015"))
	want := []string{"form: current | 2015", "room_version: 12 | 1", "offered: 1 2 3 4 5 6 7 8 9 10 11 12 | "}
	if got := headerOf(c); !slices.Equal(got, want) {
		t.Errorf("header %q", got)
	}
	many := map[string]int{}
	for _, r := range c.Steps {
		for _, d := range r.Differences {
			if d.Part == compare.PartEvents && (d.Path == "/event_id" || d.Why == compare.OtherReferences) {
				many[d.Path]++
				if len(d.In) < 14 {
					t.Errorf("%s is in %q only", d.Path, d.In)
				}
			}
			if d.Part == compare.PartEvent && d.Path != "/origin" {
				t.Errorf("%s of the event is told again: it was copied from the protoevent", d.Path)
			}
		}
	}
	for path, n := range many {
		if n != 1 {
			t.Errorf("%s is told %d times", path, n)
		}
	}
	if len(many) != 3 {
		t.Errorf("told of %v", many)
	}
}

func TestSiblings(t *testing.T) {
	for _, c := range []struct {
		a, b   string
		header []string
		steps  []string
	}{
		{"public-v3", "public-v4", []string{"room_version: 3 | 4"},
			[]string{"A4 make_join body:replaced/room_version", "A6 send_join events:replaced/content/room_version"}},
		{"banned", "public-v12", []string{"outcome: refused | joined"},
			[]string{"A1 join status:replaced body:removed/errcode body:removed/error",
				"A4 make_join status:replaced body:removed/errcode body:removed/error", "L1 build only B",
				"A6 send_join only B", "R resolve only B", "R key/server only B", "R key/server only B", "R key/server only B",
				"L2 verify only B"}},
		{"failover", "public-v11", []string{"candidates: 3 | 2"}, []string{"A2 query/directory body:removed/servers/0",
			"R resolve only A", "A4 make_join only A"}},
	} {
		t.Run(c.a+" "+c.b, func(t *testing.T) {
			got := compare.Handshakes(recorded(t, c.a), recorded(t, c.b))
			if got.Equal || got.ExitCode != 1 {
				t.Error("they are equal")
			}
			if !slices.Equal(headerOf(got), c.header) {
				t.Errorf("header %q", headerOf(got))
			}
			if rows := rowsThatDiffer(got); !slices.Equal(rows, c.steps) {
				t.Errorf("steps\n%s\nwant\n%s", strings.Join(rows, "\n"), strings.Join(c.steps, "\n"))
			}
		})
	}
}

// Names are folded only where each always stands for the same one.
func TestNamesThatStandForAnother(t *testing.T) {
	raw := flowtest.EmbeddedBytes(t, "public-v12")
	renamed := bytes.ReplaceAll(raw, []byte("@bob:other.example"), []byte("@rob:other.example"))
	one := compare.Handshakes(recorded(t, "public-v12"), parsed(t, renamed))
	if n := one.Counts.Steps; n.Changed+n.OnlyA+n.OnlyB > 0 {
		t.Errorf("a name throughout another: %q", rowsThatDiffer(one))
	}
	swapped := bytes.ReplaceAll(raw, []byte(`\"sender\":\"@carol:other.example\"`),
		[]byte(`\"sender\":\"@bob:other.example\"`))
	if bytes.Equal(raw, swapped) {
		t.Fatal("nothing was swapped")
	}
	two := compare.Handshakes(recorded(t, "public-v12"), parsed(t, swapped))
	found := false
	for _, r := range two.Steps {
		for _, d := range r.Differences {
			found = found || d.Path == "/sender" && d.Why == compare.OtherName
		}
	}
	if !found {
		t.Errorf("a sender that is another's is not told: %q", rowsThatDiffer(two))
	}
}

func parsed(t testing.TB, raw []byte) compare.Side {
	t.Helper()
	trace, err := recording.Read(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return sideOf("changed", trace)
}

// Two that share nothing say so; two that hold nothing are alike.
func TestNothingShared(t *testing.T) {
	full := recorded(t, "public-v12")
	empty := sideOf("empty", full.Trace.Prefix(0))
	if c := compare.Handshakes(full, empty); c.Shared || c.Equal || c.Counts.Steps.OnlyA != len(c.Steps) {
		t.Errorf("%+v", c.Counts)
	}
	if c := compare.Handshakes(empty, empty); !c.Shared || !c.Equal {
		t.Errorf("%+v", c)
	}
}

// A handshake against what it was after each of its entries: what it has in common is alike.
func TestPrefixes(t *testing.T) {
	for _, name := range []string{"public-v12", "form-2015", "banned", "failover"} {
		full := recorded(t, name)
		for n := range full.Trace.Entries {
			part := sideOf("part", full.Trace.Prefix(n))
			c := compare.Handshakes(full, part)
			if c.Counts.Steps.OnlyB > 0 || c.Counts.Values.AsAny > 0 {
				t.Errorf("%s after %d entries: %+v", name, n, c.Counts)
			}
			for _, r := range c.Steps {
				if r.B == nil {
					continue
				}
				for _, d := range r.Differences {
					if d.Part != compare.PartStatus { // what was asked and not answered yet
						t.Errorf("%s after %d entries: %s %s %s", name, n, r.ID, d.Part, d.Path)
					}
				}
			}
		}
	}
}

// Whatever the reader of recordings accepts can be compared, and is equal to itself. Swapping the two
// swaps who has what.
func TestMutants(t *testing.T) {
	for _, name := range []string{"public-v12", "form-2015", "failover", "invite", "notary", "synapse-v6"} {
		raw, whole := flowtest.EmbeddedBytes(t, name), recorded(t, name)
		for m := range mutate.All(raw, 60) {
			trace, err := recording.Read(bytes.NewReader(m))
			if err != nil {
				continue
			}
			side := sideOf("mutant", trace)
			if c := compare.Handshakes(side, side); !c.Equal {
				t.Errorf("%s: a mutant differs from itself: %q %+v", name, rowsThatDiffer(c), c.Checks)
			}
			there, back := compare.Handshakes(whole, side), compare.Handshakes(side, whole)
			if x, y := there.Counts.Steps, back.Counts.Steps; x.OnlyA != y.OnlyB || x.OnlyB != y.OnlyA ||
				x.Changed != y.Changed || there.Equal != back.Equal {
				t.Errorf("%s: %+v there, %+v back", name, x, y)
			}
		}
	}
}

// Hostile text in any place of a body is compared, and the report of it is JSON.
func TestHostileText(t *testing.T) {
	raw := flowtest.EmbeddedBytes(t, "banned")
	for _, h := range rendertest.Hostile() {
		text, err := json.Marshal(h.Text)
		if err != nil {
			t.Fatal(err)
		}
		inner, _ := json.Marshal(string(text))
		body := bytes.ReplaceAll(raw, []byte("@you:joining.example is banned"), append(inner[1:len(inner)-1:len(inner)-1],
			[]byte(" is banned")...))
		trace, err := recording.Read(bytes.NewReader(body))
		if err != nil {
			continue
		}
		c := compare.Handshakes(recorded(t, "banned"), sideOf(h.Text, trace))
		if _, err := json.Marshal(c); err != nil {
			t.Errorf("%s: %v", h.Name, err)
		}
		if c.Equal {
			t.Errorf("%s: no difference is told", h.Name)
		}
	}
}

// documentsOf are the documents of an entry but for its head.
func documentsOf(t flow.Trace, s flow.State, e *flow.Entry) []compare.Document {
	var out []compare.Document
	for _, r := range compare.RefsOf(t, s, e) {
		if d, ok := compare.DocumentOf(t, s, r); ok && r.Part != compare.PartHead {
			out = append(out, d)
		}
	}
	return out
}

// What an entry has to compare: the protoevent and the event of L1, the event that came back and both lists of A7.
func TestDocumentsOf(t *testing.T) {
	side := recorded(t, "public-v12")
	parts := map[compare.Part]compare.Document{}
	for i := range side.Trace.Entries {
		e := &side.Trace.Entries[i]
		for _, d := range documentsOf(side.Trace, side.State, e) {
			if e.Step == flow.L1 || e.Step == flow.A7 {
				parts[d.Part] = d
			}
		}
	}
	made := told(compare.Changed(compare.Of(parts[compare.PartProtoevent], parts[compare.PartEvent])))
	if len(made) != 3 || !strings.HasPrefix(made[0], "replaced /origin_server_ts") ||
		!strings.HasPrefix(made[1], "added /hashes") || !strings.HasPrefix(made[2], "added /signatures") {
		t.Errorf("from the protoevent to the event: %q", made)
	}
	if back := compare.Changed(compare.Of(parts[compare.PartEvent], parts[compare.PartReturned])); len(back) > 0 {
		t.Errorf("from what was sent to what came back: %q", told(back))
	}
	sets := compare.Of(parts[compare.PartState], parts[compare.PartAuthChain])
	if a, b, both := compare.Count(sets, compare.Removed), compare.Count(sets, compare.Added),
		compare.Count(sets, compare.Equal); a != 7 || b != 4 || both != 5 {
		t.Errorf("%d in state only, %d in auth_chain only, %d in both", a, b, both)
	}
}

// The protoevents of two join candidates of one handshake are compared as any two documents are.
func TestTemplatesOfTwoCandidates(t *testing.T) {
	side := recorded(t, "synapse-and-dendrite-dry-run")
	var templates []compare.Document
	for i := range side.Trace.Entries {
		for _, d := range documentsOf(side.Trace, side.State, &side.Trace.Entries[i]) {
			if d.Part == compare.PartProtoevent && side.Trace.Entries[i].Step == flow.A5 {
				templates = append(templates, d)
			}
		}
	}
	if len(templates) < 2 {
		t.Fatalf("%d protoevents", len(templates))
	}
	list := compare.Of(templates[0], templates[1])
	if compare.Count(list, compare.Equal) < 5 || len(compare.Changed(list)) == 0 {
		t.Errorf("%q", told(list))
	}
}
