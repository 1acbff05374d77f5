package diagnose_test

import (
	"slices"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/flowtest"
	"doorstep/recordings"
)

// untrusted is a trace as --insecure leaves it where nobody vouches for any certificate: the faults are there, and we
// went on. With misnamed the certificates are for other names as well.
func untrusted(t flow.Trace, misnamed bool) flow.Trace {
	out := flow.Trace{Header: t.Header}
	for _, e := range t.Entries {
		if c := e.Connection; c != nil && c.TLS != nil && e.Step != flow.A8 {
			connection, tls := *c, *c.TLS
			tls.Faults = []client.CertificateFault{client.CertificateUnknownRoot}
			tls.VerifyError = "signed by an unknown authority, CN=somebody"
			if misnamed {
				tls.Faults = append(tls.Faults, client.CertificateWrongName)
			}
			connection.TLS = &tls
			e.Connection = &connection
		}
		out.Entries = append(out.Entries, e.Remembering())
	}
	return out
}

// Whatever a handshake comes to, what was waived in it changes neither how it ended nor what is found first: waived
// findings are notes, told after all others.
func TestHostileWaived(t *testing.T) {
	handshakes, notes, failed := 0, 0, 0
	for _, name := range recordings.Names() {
		if strings.HasSuffix(name, "-big") {
			continue // it differs from others by the number of its events alone
		}
		trace := flowtest.Embedded(t, name)
		state := flow.Fold(trace)
		want := diagnose.Findings(trace, state)
		for _, misnamed := range []bool{false, true} {
			waived := untrusted(trace, misnamed)
			after := flow.Fold(waived)
			if after.Outcome() != state.Outcome() {
				t.Errorf("%s: %s, and %s with what was waived", name, state.Outcome(), after.Outcome())
			}
			found := diagnose.Findings(waived, after)
			handshakes++
			first := slices.IndexFunc(found, func(f diagnose.Finding) bool { return f.Waived })
			if first < 0 {
				first = len(found)
			}
			if len(want) > 0 {
				failed++
			}
			if got, all := ids(found[:first]), ids(want); !slices.Equal(got, all) {
				t.Errorf("%s: found %q before what was waived, without it %q", name, got, all)
			}
			for _, f := range found[first:] {
				if notes++; !f.Waived || f.Severity != diagnose.SeverityInfo || !strings.HasPrefix(f.Title, "Waived by --") {
					t.Errorf("%s: %s (%s) after what was waived", name, f.ID, f.Severity)
				}
			}
		}
	}
	if notes == 0 || failed == 0 {
		t.Errorf("%d notes, %d handshakes with findings", notes, failed)
	}
	t.Logf("%d handshakes, %d with other findings, %d notes", handshakes, failed, notes)
}

func ids(found []diagnose.Finding) []string {
	out := []string{}
	for _, f := range found {
		out = append(out, f.ID)
	}
	return out
}
