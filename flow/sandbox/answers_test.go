package sandbox

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"doorstep/flow"
	"doorstep/flow/alter"
	"doorstep/flow/answer"
	"doorstep/flow/diagnose"
	"doorstep/flow/event"
	"doorstep/flow/live"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/verify"
)

// answeredWith runs a join in a public room whose servers answer through a gate.
func answeredWith(t *testing.T, v *event.Version, gate answer.Gate) *live.Run {
	t.Helper()
	s, ok := Lookup("public-v" + v.ID)
	if !ok {
		t.Fatalf("no public room of version %s", v.ID)
	}
	s.Layout = engine.OneResident
	f, err := engine.Start(t.Context(), s, engine.Options{Gate: gate})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Stop)
	run, stop, err := f.Join(t.Context(), engine.JoinOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return run
}

// once is a gate that makes a change to the first answer of a step.
type once struct {
	m    answer.Mutation
	step flow.StepID

	mu    sync.Mutex
	given answer.Draft
	done  bool
	err   error
}

func (o *once) gate(_ context.Context, d answer.Draft, k answer.Known) (answer.Draft, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if d.Step != o.step || o.done {
		return d, nil
	}
	o.done = true
	changed, err := o.m.Apply(d, k)
	if err != nil {
		o.err = err
		return d, nil
	}
	if changed.Delivery.Over > 0 {
		changed.Delivery.Over = 300 * time.Millisecond
	}
	o.given = changed
	return changed, nil
}

// Every ready change of an answer, in every version and of every answer it is for, reaches the joining server, and
// leads to what it says: how the join ends, our checks, the diagnosis.
func TestAnswers(t *testing.T) {
	for _, v := range event.Versions() {
		if slices.Contains([]string{"4", "5", "7", "9", "10"}, v.ID) {
			continue // nothing that an answer shows is new in them
		}
		for _, m := range answer.Mutations() {
			for _, step := range m.Steps {
				if !m.Applies(step, v) {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%s", m.Name, v.ID, step), func(t *testing.T) {
					t.Parallel()
					o := &once{m: m, step: step}
					run := answeredWith(t, v, o.gate)
					run.Finish(t.Context())
					if o.err != nil {
						t.Fatal(o.err)
					}
					if !o.done {
						t.Fatal("no answer was changed")
					}
					arrived(t, run.Trace(), o.given)
					keptBeside(t, run.Trace(), o.given)
					cameTo(t, run.Trace(), m.Expected(v, step))
				})
			}
		}
	}
}

// arrived holds what the joining server got against the changed answer.
func arrived(t *testing.T, trace flow.Trace, given answer.Draft) {
	t.Helper()
	for i := range trace.Entries {
		e := &trace.Entries[i]
		if e.Step != given.Step || e.Answers == 0 {
			continue
		}
		want := given.Response()
		switch {
		case given.Delivery.Dropped:
			if e.Response != nil || e.Failure == nil {
				t.Errorf("an answer came: %+v", e.Response)
			}
		case e.Response == nil:
			t.Errorf("no answer came: %+v", e.Failure)
		case e.Response.Status != want.Status || !bytes.Equal(e.Response.Body, want.Body):
			t.Errorf("came %d %.200s\nwant %d %.200s", e.Response.Status, e.Response.Body, want.Status, want.Body)
		}
		return
	}
	t.Errorf("there is no %s", given.Step)
}

// keptBeside has what would have been answered be kept beside what was, in the trace of whoever answers: it says what
// was changed, and is recorded.
func keptBeside(t *testing.T, trace flow.Trace, given answer.Draft) {
	t.Helper()
	out := given.Response()
	for i := range trace.Entries {
		e := &trace.Entries[i]
		if e.Step == given.Step && e.Altered == nil && e.Answers > 0 {
			kept := flow.Trace{Header: trace.Header, Entries: slices.Clone(trace.Entries[:i+1])}
			e = &kept.Entries[i]
			e.Altered = given.Altered()
			if e.Response != nil {
				e.Response = &out
			}
			changes := alter.Changes(e)
			if len(changes) == 0 {
				t.Error("nothing says what was changed")
			}
			if given.Mutation == "state-signature-broken" && !strings.HasSuffix(changes[0].Says(false),
				": m.room.topic differs in signatures") {
				t.Errorf("it is told as %q", changes[0].Says(false))
			}
			for _, c := range changes {
				if words := c.Says(false); words == "" || len(words) > 600 {
					t.Errorf("a change is told as %.700q", words)
				}
			}
			recordedAgain(t, kept)
			return
		}
	}
}

// cameTo holds a joining server's trace against what it was to lead to.
func cameTo(t *testing.T, trace flow.Trace, want answer.Expected) {
	t.Helper()
	s := flow.Fold(trace)
	if s.Outcome() != want.Outcome {
		t.Errorf("outcome %s, want %s", s.Outcome(), want.Outcome)
	}
	doubted := slices.DeleteFunc(s.Checks(), func(c verify.Check) bool { return c.Outcome == verify.Pass })
	asWanted := func(c verify.Check) bool { return c.Kind.String() == want.Check }
	if want.Check != "" && !slices.ContainsFunc(doubted, asWanted) {
		t.Errorf("checks that do not pass: %v, want %q", doubted, want.Check)
	}
	found := diagnose.Findings(trace, s)
	is := func(f diagnose.Finding) bool { return f.ID == want.Finding }
	if want.Finding == "" && len(found) > 0 || want.Finding != "" && !slices.ContainsFunc(found, is) {
		t.Errorf("findings %v, want %q", found, want.Finding)
	}
	switch {
	case want.Why == "":
		t.Error("nothing says why")
	case want.Asks == answer.Drop && (s.Outcome() != flow.Joined || len(doubted) == 0):
		t.Errorf("something is to be left out: outcome %s, %d checks do not pass", s.Outcome(), len(doubted))
	case want.Asks == answer.Refuse && s.Outcome() == flow.Joined:
		t.Error("it is to be refused, and we joined")
	}
}

// A gate that changes nothing changes nothing: the answers are byte for byte those of servers without one.
func TestAGateThatLetsPass(t *testing.T) {
	for _, v := range event.Versions() {
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var seen []answer.Draft
			run := answeredWith(t, v, func(_ context.Context, d answer.Draft, k answer.Known) (answer.Draft, error) {
				mu.Lock()
				defer mu.Unlock()
				seen = append(seen, d)
				again, err := d.Parse(d.Text(), k)
				if err != nil || again.Changed() || again.Altered() != nil {
					t.Errorf("%s through an editor that changes nothing: %v, changed: %t", d.Step, err, again.Changed())
				}
				return again, nil
			})
			run.Finish(t.Context())
			s := flow.Fold(run.Trace())
			if s.Outcome() != flow.Joined {
				t.Errorf("outcome %s", s.Outcome())
			}
			var steps []flow.StepID
			for _, d := range seen {
				steps = append(steps, d.Step)
			}
			if !slices.Equal(steps, []flow.StepID{flow.A3, flow.A5, flow.A7}) {
				t.Errorf("held would be %v", steps)
			}
			for _, d := range seen {
				if d.Origin != "joining.example" || d.Server == "" || d.Asked.Target == "" || len(d.Asked.Header) > 0 {
					t.Errorf("%s: %q asked %q: %q, with header %v", d.Step, d.Origin, d.Server, d.Asked.Target, d.Asked.Header)
				}
			}
		})
	}
}

// What somebody changes by hand in an event can be signed again: it holds then, and otherwise does not.
func TestAnswerEditedByHand(t *testing.T) {
	for _, c := range []struct {
		events string
		check  string
	}{{"as-written", "content_hash"}, {"signed-again", ""}} {
		t.Run(c.events, func(t *testing.T) {
			t.Parallel()
			v, _ := event.Lookup("12")
			run := answeredWith(t, v, func(_ context.Context, d answer.Draft, k answer.Known) (answer.Draft, error) {
				if d.Step != flow.A7 {
					return d, nil
				}
				text := strings.Replace(d.Text(), "\nEvents: as-written", "\nEvents: "+c.events, 1)
				edited := strings.Replace(text, "What is behind the door?", "Nobody knows", 1)
				if edited == text {
					t.Errorf("there is no topic in\n%.2000s", text)
				}
				d, err := d.Parse(edited, k)
				if err != nil || d.Altered() == nil || d.Altered().By != flow.ByEditor {
					t.Errorf("edited: %v", err)
				}
				out := d.Response()
				if c := alter.Changes(&flow.Entry{Step: d.Step, Response: &out, Altered: d.Altered()}); len(c) != 1 {
					t.Errorf("one event was touched, and changed is %d times something: %.300v", len(c), c)
				}
				return d, nil
			})
			run.Finish(t.Context())
			s := flow.Fold(run.Trace())
			doubted := slices.DeleteFunc(s.Checks(), func(c verify.Check) bool { return c.Outcome == verify.Pass })
			if s.Outcome() != flow.Joined || len(doubted) > 0 != (c.check != "") {
				t.Errorf("outcome %s, checks %v", s.Outcome(), doubted)
			}
		})
	}
}
