package sandbox

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/alter"
	"doorstep/flow/diagnose"
	"doorstep/flow/event"
	"doorstep/flow/recording"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/verify"
)

// opened returns a session of a scenario, which ends with the test.
func opened(t *testing.T, scenario string) *Session {
	t.Helper()
	s, ok := Lookup(scenario)
	if !ok {
		t.Fatalf("no scenario %q", scenario)
	}
	session, err := Open(t.Context(), s, engine.JoinOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Stop)
	return session
}

// Every ready mutation, in every version and at every step it is for, leads to what it says: at the resident, in our
// checks, in the diagnosis.
func TestMutations(t *testing.T) {
	for _, v := range event.Versions() {
		for _, m := range alter.Mutations() {
			for _, at := range m.Steps {
				if !m.Applies(at, v) {
					continue
				}
				t.Run(strings.Join([]string{m.Name, v.ID, string(at)}, "/"), func(t *testing.T) {
					t.Parallel()
					session := opened(t, "public-v"+v.ID)
					if err := session.Alter(t.Context(), m, at); err != nil {
						t.Fatal(err)
					}
					leadsTo(t, session.Run.Trace(), m.Expected(v, at))
					recordedAgain(t, session.Run.Trace())
				})
			}
		}
	}
}

// leadsTo holds a trace with a changed step against what it was to lead to.
func leadsTo(t *testing.T, trace flow.Trace, want alter.Expected) {
	t.Helper()
	s := flow.Fold(trace)
	if len(s.Altered) != 1 || len(alter.Changes(trace.Entry(s.Altered[0]))) == 0 {
		t.Errorf("changed entries %v", s.Altered)
	}
	answer, _ := alter.Branch{Altered: trace}.Answers()
	status, errcode, message := 200, "", ""
	if f := answer.Refusal; f != nil {
		status, errcode, message = f.Status, f.Errcode, f.Message
	}
	if answer.Entry == nil || status != want.Status || errcode != want.Errcode {
		t.Fatalf("answer %d %s %s, want %d %s", status, errcode, message, want.Status, want.Errcode)
	}
	if want.Rule != "" && !strings.Contains(message, "Rule "+want.Rule+":") {
		t.Errorf("the refusal is %q, want rule %s", message, want.Rule)
	}
	if want.Taken() && s.Outcome() != flow.Joined {
		t.Errorf("outcome %s", s.Outcome())
	}
	doubted := slices.DeleteFunc(s.Checks(), func(c verify.Check) bool { return c.Outcome == verify.Pass })
	asWanted := func(c verify.Check) bool { return c.Kind.String() == want.Check }
	if want.Check != "" && !slices.ContainsFunc(doubted, asWanted) ||
		want.Taken() && want.Check == "" && len(doubted) > 0 {
		t.Errorf("checks that do not pass: %v, want %q", doubted, want.Check)
	}
	found := diagnose.Findings(trace, s)
	i := slices.IndexFunc(found, func(f diagnose.Finding) bool { return f.ID == want.Finding })
	switch {
	case want.Finding == "" && len(found) > 0, want.Finding != "" && i < 0:
		t.Errorf("findings %v, want %q", found, want.Finding)
	case want.Finding != "" && !slices.Contains(found[i].Evidence, s.Altered[0]):
		t.Errorf("the finding rests on %v, and the changed step is entry %d", found[i].Evidence, s.Altered[0])
	}
}

// recordedAgain writes and reads a trace: what was changed is kept, and no signature of a request.
func recordedAgain(t *testing.T, trace flow.Trace) {
	t.Helper()
	var file bytes.Buffer
	if err := recording.Write(&file, trace); err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(file.String(), "\n") {
		for _, rest := range strings.Split(line, `sig=\"`)[1:] {
			if !strings.HasPrefix(rest, client.ToBeSigned) {
				t.Errorf("a signature is recorded: %.60s", rest)
			}
		}
	}
	again, err := recording.Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range trace.Entries {
		if diff := cmp.Diff(trace.Entries[i].Altered, again.Entries[i].Altered); diff != "" {
			t.Errorf("entry %d (-want +got):\n%s", i+1, diff)
		}
	}
}

// A handshake every step of which goes through an editor that changes nothing is the usual one: nothing says that it
// was changed, and in its own room every request is byte for byte what it would have been.
func TestUneditedDrafts(t *testing.T) {
	for _, v := range event.Versions() {
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			session := opened(t, "public-v"+v.ID)
			run, drafts := session.Run, 0
			for {
				d, err := run.Draft()
				if err != nil {
					if !run.Step(t.Context()) {
						break
					}
					continue
				}
				drafts++
				step, _ := flow.Fold(run.Trace()).Next()
				edited, err := d.Parse(d.Text())
				if err != nil {
					t.Fatalf("%v in\n%s", err, d.Text())
				}
				if !d.Signs() && (d.Target != step.Request.Target || !bytes.Equal(d.Body, step.Request.Body)) {
					t.Errorf("the draft is %s %s, the step %s %s", d.Target, d.Body, step.Request.Target, step.Request.Body)
				}
				n := len(run.Trace().Entries)
				if err := session.StepAltered(t.Context(), edited); err != nil {
					t.Fatal(err)
				}
				if sent := run.Trace().Entries[n]; !d.Signs() {
					sentAs(t, d, sent)
				}
			}
			s := flow.Fold(run.Trace())
			if drafts < 3 || s.Outcome() != flow.Joined || s.Altered != nil || len(s.Checks()) == 0 {
				t.Errorf("%d drafts, outcome %s, changed %v", drafts, s.Outcome(), s.Altered)
			}
		})
	}
}

// sentAs holds what went out against the draft of it.
func sentAs(t *testing.T, d alter.Draft, e flow.Entry) {
	t.Helper()
	header := slices.DeleteFunc(slices.Clone(e.Request.Header), func(f client.Field) bool {
		return client.SetByClient(f.Name) || f.Name == "Host"
	})
	if diff := cmp.Diff(d.Header, header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	if e.Request.Method != d.Method || e.Request.Target != d.Target || !bytes.Equal(e.Request.Body, d.Body) {
		t.Errorf("sent %s %s %s", e.Request.Method, e.Request.Target, e.Request.Body)
	}
}

// The same header fields go out in the same order whether a request went through a draft or not.
func TestDraftsHaveTheUsualHeader(t *testing.T) {
	session := opened(t, "public-v11")
	twin, err := session.Twin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer twin.Stop()
	twin.Run.Finish(t.Context())
	for {
		if d, err := session.Run.Draft(); err == nil {
			if err := session.StepAltered(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		} else if !session.Run.Step(t.Context()) {
			break
		}
	}
	headers := func(run flow.Trace) (out [][]client.Field) {
		for _, e := range run.Entries {
			if e.Kind == flow.Request && e.From == flow.Joining && e.Step != flow.R {
				out = append(out, e.Request.Header)
			}
		}
		return out
	}
	if diff := cmp.Diff(headers(twin.Run.Trace()), headers(session.Run.Trace())); diff != "" {
		t.Errorf("(-usual +drafted):\n%s", diff)
	}
}

// What somebody writes into a body goes out as it is written.
func TestWrittenBodyIsSentAsWritten(t *testing.T) {
	session := opened(t, "public-v10")
	d := draftOf(t, session, flow.A6)
	written := strings.Replace(d.Text(), `"content": {`, "\"content\" :\t{  \"displayname\":\"\\u0041\",", 1)
	edited, err := d.Parse(written)
	if err != nil {
		t.Fatal(err)
	}
	n := len(session.Run.Trace().Entries)
	if err := session.StepAltered(t.Context(), edited); err != nil {
		t.Fatal(err)
	}
	e := session.Run.Trace().Entries[n]
	_, body, _ := strings.Cut(written, "\n\n")
	if got, want := string(e.Request.Body), strings.TrimSuffix(body, "\n"); got != want {
		t.Errorf("sent %q, want %q", got, want)
	}
	if e.Altered == nil || e.Altered.By != flow.ByEditor || !bytes.Equal(e.Altered.Request.Body, d.Body) {
		t.Errorf("kept %+v", e.Altered)
	}
	for _, c := range alter.Changes(&e) {
		if c.Part != alter.PartField || c.Name != "/content/displayname" {
			t.Errorf("changed: %+v", c)
		}
	}
	session.Run.Finish(t.Context())
	if s := flow.Fold(session.Run.Trace()); s.Outcome() != flow.Joined {
		t.Errorf("outcome %s", s.WhyEnded())
	}
}

// draftOf does the steps up to one, and returns its draft.
func draftOf(t *testing.T, s *Session, id flow.StepID) alter.Draft {
	t.Helper()
	for {
		step, ok := flow.Fold(s.Run.Trace()).Next()
		if !ok {
			t.Fatalf("the handshake does not come to %s", id)
		}
		if d, err := s.Run.Draft(); step.ID == id && err == nil {
			return d
		}
		s.Run.Step(t.Context())
	}
}

// A template is not blamed for what its event was made to name instead.
func TestChangedAuthEventsAreNotTheTemplates(t *testing.T) {
	session := opened(t, "public-v11")
	m, _ := alter.Lookup("no-power-levels")
	if err := session.Alter(t.Context(), m, ""); err != nil {
		t.Fatal(err)
	}
	for _, c := range flow.Fold(session.Run.Trace()).Checks() {
		if c.Kind == verify.KindJoinAuthEvents && !strings.HasPrefix(c.Detail, "they are not those of the template: ") {
			t.Errorf("%s: %s", c.Outcome, c.Detail)
		}
	}
}

// A fork is at the same step of an equal room, and what is done to the one does not reach the other.
func TestFork(t *testing.T) {
	for _, version := range []string{"1", "11", "12"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			session := opened(t, "public-v"+version)
			d := draftOf(t, session, flow.A6)
			usual, err := session.Fork(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer usual.Stop()
			other := draftOf(t, usual, flow.A6)
			ids := func(s *Session) (out []string) {
				for _, e := range s.federation.Room.Events() {
					out = append(out, e.ID())
				}
				return out
			}
			if diff := cmp.Diff(ids(session), ids(usual)); diff != "" || other.Step != d.Step ||
				session.federation.RoomID != usual.federation.RoomID {
				t.Fatalf("the rooms differ (-first +second):\n%s", diff)
			}
			m, _ := alter.Lookup("signature-dropped")
			if err := session.Alter(t.Context(), m, ""); err != nil {
				t.Fatal(err)
			}
			usual.Run.Finish(t.Context())
			refused, taken := alter.Branch{Altered: session.Run.Trace(), Usual: usual.Run.Trace()}.Answers()
			if refused.Refusal == nil || taken.Entry == nil || taken.Refusal != nil {
				t.Errorf("answers %+v and %+v", refused, taken)
			}
			user := session.federation.UserID
			if a, b := session.federation.Room.Membership(user), usual.federation.Room.Membership(user); a != "" || b != "join" {
				t.Errorf("memberships %q and %q", a, b)
			}
		})
	}
}

// A second change has a fork of its own, which has the first change as well: they differ by the second alone.
func TestForkOfAChangedHandshake(t *testing.T) {
	for _, by := range []flow.AlteredBy{flow.ByMutation, flow.ByEditor} {
		t.Run(string(by), func(t *testing.T) {
			t.Parallel()
			session := opened(t, "public-v1")
			first := draftOf(t, session, flow.L1)
			var err error
			if m, _ := alter.Lookup("depth-1"); by == flow.ByMutation {
				first, err = m.Apply(first, session.Known())
			} else {
				first, err = first.Parse(strings.Replace(first.Text(), `"depth": `, `"depth": 1`, 1))
			}
			if err == nil {
				err = session.StepAltered(t.Context(), first)
			}
			if err != nil {
				t.Fatal(err)
			}
			second := draftOf(t, session, flow.A6)
			usual, err := session.Fork(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer usual.Stop()
			m, _ := alter.Lookup("signature-dropped")
			if second, err = m.Apply(second, session.Known()); err == nil {
				err = session.StepAltered(t.Context(), second)
			}
			if err != nil {
				t.Fatal(err)
			}
			session.Run.Finish(t.Context())
			usual.Run.Finish(t.Context())
			a, b := flow.Fold(session.Run.Trace()), flow.Fold(usual.Run.Trace())
			if len(a.Altered) != 2 || len(b.Altered) != 1 {
				t.Fatalf("changed entries %v and %v", a.Altered, b.Altered)
			}
			depth := func(s flow.State) string { return string(event.Get(s.Build.Event, "depth")) }
			if depth(a) != depth(b) {
				t.Errorf("depths %s and %s", depth(a), depth(b))
			}
			refused, taken := alter.Branch{Altered: session.Run.Trace(), Usual: usual.Run.Trace()}.AnswersTo(a.Altered[1])
			if refused.Refusal == nil || taken.Entry == nil || taken.Refusal != nil {
				t.Errorf("answers %+v and %+v", refused, taken)
			}
		})
	}
}

// What cannot be done is not begun.
func TestUnalterable(t *testing.T) {
	session := opened(t, "public-v11")
	if _, err := session.Run.Draft(); err == nil {
		t.Error("our client's request can be changed")
	}
	d := draftOf(t, session, flow.A4)
	n := len(session.Run.Trace().Entries)
	d.Server = "nowhere.example"
	if err := session.StepAltered(t.Context(), d); err == nil {
		t.Error("a server that does not exist was asked")
	}
	if d.Step = flow.A6; session.StepAltered(t.Context(), d) == nil {
		t.Error("the draft of another step was done")
	}
	if got := len(session.Run.Trace().Entries); got != n {
		t.Errorf("%d entries more", got-n)
	}
	m, _ := alter.Lookup("depth-1")
	session.Run.Finish(context.Background())
	if err := session.Alter(t.Context(), m, ""); err == nil {
		t.Error("a handshake that was over was changed")
	}
}
