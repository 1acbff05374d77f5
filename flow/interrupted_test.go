package flow_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
	"doorstep/recordings"
)

// interruptedAt returns an embedded recording in which the answer (or the local work) with that Seq was cut off by a
// signal.
func interruptedAt(t *testing.T, name string, seq int, by string) flow.Trace {
	t.Helper()
	trace := flowtest.Embedded(t, name)
	trace.Entries = slices.Clone(trace.Entries[:seq])
	for i := range trace.Entries {
		trace.Entries[i] = trace.Entries[i].Remembering()
	}
	last := &trace.Entries[seq-1]
	gaveUp := &client.Failure{Kind: client.FailedCancelled, Message: "given up"}
	last.By = by
	switch {
	case last.Discovery != nil:
		last.Discovery = &client.Discovery{Server: last.Server, Failure: gaveUp}
	case last.Step == flow.L1:
		last.Kind, last.Build, last.Failure = flow.Failure, nil, gaveUp
	default:
		last.Kind, last.Response, last.Failure = flow.Failure, nil, gaveUp
	}
	return trace
}

// A handshake that is interrupted, at whatever moment, is cancelled: one outcome, the exit code of the signal, one
// finding that is an error, and nothing more is asked. What may stand in the room is said.
func TestInterrupted(t *testing.T) {
	phases := map[flow.StepID]bool{}
	for _, name := range []string{"public-v12", "banned", "synapse-big", "synapse-omit-members-v10", "notary",
		"synapse-and-dendrite-dry-run"} {
		r, err := recordings.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := recording.Read(r)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range whole.Entries {
			ours := e.Kind == flow.Response && e.To == flow.Joining || e.Kind == flow.Local && e.Discovery != nil ||
				e.Step == flow.L1 && e.Kind == flow.Local || e.Step == flow.A8
			if !ours || e.Kind == flow.Response && e.Step == flow.R && whole.Entry(e.Answers).From != flow.Joining {
				continue
			}
			phases[e.Step] = true
			for by, code := range map[string]int{"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129, "user": 130} {
				trace := interruptedAt(t, name, i+1, by)
				checkInterrupted(t, fmt.Sprintf("%s, entry %d (%s), by %s", name, i+1, e.Step, by), trace, by, code)
			}
		}
	}
	for _, step := range []flow.StepID{flow.A3, flow.A5, flow.L1, flow.A7, flow.A8, flow.R, flow.U2, flow.U4} {
		if !phases[step] {
			t.Errorf("no recording was interrupted at %s", step)
		}
	}
}

func checkInterrupted(t *testing.T, name string, trace flow.Trace, by string, code int) {
	t.Helper()
	report := export.NewReport(trace, flow.Fold(trace), export.ReportOptions{})
	if report.Outcome != flow.Cancelled || report.ExitCode != code {
		t.Errorf("%s: outcome %s, exit code %d; want cancelled, %d", name, report.Outcome, report.ExitCode, code)
	}
	words := by
	if by == "user" {
		words = "the user"
	}
	if !strings.Contains(report.Why, "interrupted by "+words) {
		t.Errorf("%s: why: %s", name, report.Why)
	}
	if len(report.Findings) == 0 || report.Findings[0].ID != "cancelled" || !strings.Contains(report.Findings[0].Cause,
		words) {
		t.Errorf("%s: findings %v", name, flowtest.IDs(report.Findings))
	}
	for _, f := range report.Findings[min(1, len(report.Findings)):] {
		if slices.Contains(f.Evidence, len(trace.Entries)) {
			t.Errorf("%s: %s comes of what was cut off", name, f.ID)
		}
	}
	s := flow.Fold(trace)
	if step, ok := s.Next(); ok && step.Work != flow.ClientHears {
		t.Errorf("%s: then %+v", name, step)
	}
	if may := report.MayHaveJoined; may != (s.Fate().MayStand() && !s.Undo.Left) || may != strings.Contains(report.Why,
		"accepted the join") {
		t.Errorf("%s: may have joined %t, fate %s: %s", name, may, s.Fate(), report.Why)
	}
}

// A key document that is not fetched because whoever asked us went away ends nothing.
func TestInboundGoneIsNoInterrupt(t *testing.T) {
	trace := flowtest.RecordedUntil(t, "public-v12", flow.A7)
	i := slices.IndexFunc(trace.Entries, func(e flow.Entry) bool {
		return e.Kind == flow.Response && e.Step == flow.R && e.To == flow.Joining
	})
	if i < 0 {
		asked := len(trace.Entries) + 1
		trace.Entries = append(trace.Entries, flow.Entry{Seq: asked, Kind: flow.Request, Step: flow.R, From: flow.Joining,
			To: flow.Resident, Server: "x.example",
			Request: &client.Request{Endpoint: client.ServerKeys}}, flow.Entry{Seq: asked + 1, Kind: flow.Failure, Step: flow.R,
			From: flow.Resident,
			To:   flow.Joining, Server: "x.example", Answers: asked, Failure: &client.Failure{Kind: client.FailedCancelled}})
	} else {
		trace.Entries[i].Kind, trace.Entries[i].Response = flow.Failure, nil
		trace.Entries[i].Failure = &client.Failure{Kind: client.FailedCancelled}
	}
	if s := flow.Fold(trace); s.Stopped != nil {
		t.Errorf("stopped: %+v", s.Stopped)
	}
}

// Who ended the handshake is kept with the entry that tells of it, in a recording too.
func TestNoteInterrupt(t *testing.T) {
	for want, cause := range map[string]error{"SIGTERM": flow.Interrupt("SIGTERM"), "user": context.Canceled} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		got := flow.NoteInterrupt(ctx, func(e flow.Entry) flow.Entry { return e })(flow.Entry{Failure: &client.Failure{Kind: client.FailedCancelled}})
		if got.By != want {
			t.Errorf("by %q, want %q", got.By, want)
		}
		if e := flow.NoteInterrupt(ctx, func(e flow.Entry) flow.Entry { return e })(flow.Entry{Failure: &client.Failure{Kind: client.FailedTimeout}}); e.By != "" {
			t.Errorf("a timeout was by %q", e.By)
		}
	}
	var b strings.Builder
	trace := interruptedAt(t, "public-v12", 2, "SIGTERM")
	if err := recording.Write(&b, trace); err != nil {
		t.Fatal(err)
	}
	again, err := recording.Read(strings.NewReader(b.String()))
	if err != nil || again.Entries[1].By != "SIGTERM" {
		t.Errorf("%v: %+v", err, again.Entries)
	}
}

// A deadline that passes is a timeout wherever it decides, and no interruption.
func TestDeadlines(t *testing.T) {
	for _, step := range []flow.StepID{flow.A3, flow.A5, flow.A7} {
		trace := flowtest.RecordedUntil(t, "public-v12", step)
		last := &trace.Entries[len(trace.Entries)-1]
		last.Kind, last.Response, last.Failure = flow.Failure, nil, &client.Failure{Kind: client.FailedTimeout,
			Message: "late"}
		if r := export.NewReport(trace, flow.Fold(trace), export.ReportOptions{}); r.Outcome != flow.TimedOut || r.ExitCode != 5 ||
			len(r.Findings) == 0 || r.Findings[0].ID == "cancelled" {
			t.Errorf("%s: outcome %s, exit code %d, %v", step, r.Outcome, r.ExitCode, flowtest.IDs(r.Findings))
		}
	}
}
