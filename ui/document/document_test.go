package document

import (
	"testing"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/recordings"
)

// recorded names the recordings that are not large.
func recorded() []string {
	var names []string
	for _, name := range recordings.Names() {
		if name != "synapse-big" && name != "dendrite-big" {
			names = append(names, name)
		}
	}
	return names
}

func handshakeOf(t flow.Trace) Handshake {
	s := flow.Fold(t)
	return Handshake{Trace: t, State: s, Report: export.NewReport(t, s, export.ReportOptions{})}
}

func documentOf(t *testing.T, name string) *Document {
	t.Helper()
	h := handshakeOf(flowtest.Embedded(t, name))
	return New(h.Trace, h.State, h.Report)
}
