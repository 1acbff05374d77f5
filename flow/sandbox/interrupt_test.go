package sandbox

import (
	"context"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/live"
	"doorstep/flow/sandbox/engine"
)

// A signal that comes while a server keeps us waiting ends the handshake there and then, whatever was asked.
func TestInterruptedWhileWaiting(t *testing.T) {
	for endpoint, fate := range map[client.Endpoint]flow.Fate{
		client.QueryDirectory: flow.FateNotSent,
		client.MakeJoin:       flow.FateNotSent,
		client.SendJoinV2:     flow.FateUnknown,
		client.ServerKeys:     flow.FateAccepted,
		client.StateIDs:       flow.FateAccepted,
		client.UserDevices:    flow.FateAccepted, // a probe
		client.MakeLeave:      flow.FateAccepted,
		client.SendLeave:      flow.FateAccepted,
	} {
		t.Run(string(endpoint), func(t *testing.T) {
			t.Parallel()
			s := scenario(t, "public-v11")
			s.Asked = engine.Asked{Leave: true, OmitMembers: endpoint == client.StateIDs, Probe: endpoint == client.UserDevices}
			s.Faults = []engine.Fault{{Endpoint: endpoint, Hang: true}}
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			asked := 0
			run, stop, err := Join(ctx, s, engine.JoinOptions{OnRun: func(r *live.Run) error {
				r.Sink(func(_ flow.Trace, e *flow.Entry) error {
					if e.Kind == flow.Request && e.From == flow.Joining && e.Request.Endpoint == endpoint {
						asked = e.Seq
						cancel(flow.Interrupt("SIGTERM"))
					}
					return nil
				})
				return nil
			}})
			if err != nil {
				t.Fatal(err)
			}
			defer stop()
			run.Finish(ctx)
			report := export.NewReport(run.Trace(), flow.Fold(run.Trace()), export.ReportOptions{})
			if asked == 0 {
				t.Fatal("nothing was asked there")
			}
			if report.Outcome != flow.Cancelled || report.ExitCode != 143 || report.Fate != fate.String() ||
				report.MayHaveJoined != fate.MayStand() {
				t.Errorf("outcome %s, exit code %d, fate %s, may %t: %s", report.Outcome, report.ExitCode, report.Fate,
					report.MayHaveJoined, report.Why)
			}
			for i, f := range report.Findings {
				if (i == 0) != (f.ID == "cancelled") || i > 0 && f.Severity == "error" {
					t.Errorf("finding %d: %s %s", i, f.Severity, f.ID)
				}
			}
		})
	}
}
