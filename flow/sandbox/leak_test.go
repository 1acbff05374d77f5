package sandbox

import (
	"bytes"
	"html"
	"maps"
	"net/url"
	"sync"
	"testing"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
	"doorstep/flow/redact"
	"doorstep/flow/sandbox/engine"
	"doorstep/ui/document"
)

// Nothing that names anybody is left of any scenario that was redacted, in whatever form it is exported: the archive
// holds the recording.
func TestNothingLeaks(t *testing.T) {
	traces := maps.Clone(sweep())
	var mu sync.Mutex
	t.Run("networks", func(t *testing.T) {
		for _, s := range Scenarios() {
			if s.Network == nil {
				continue
			}
			t.Run(s.Name, func(t *testing.T) {
				t.Parallel()
				trace := finish(t, s, engine.JoinOptions{Tool: "test"})
				mu.Lock()
				defer mu.Unlock()
				traces[s.Name] = trace
			})
		}
	})
	if len(traces) != len(Scenarios()) {
		t.Errorf("%d of %d scenarios were run", len(traces), len(Scenarios()))
	}
	looked := 0
	for name, trace := range traces {
		var before bytes.Buffer
		if err := recording.Write(&before, trace); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		secrets := flowtest.Secrets(t, before.Bytes())
		looked += len(secrets)
		if len(secrets) < 5 {
			t.Errorf("%s: only %q is looked for", name, secrets)
		}
		h := handshakeOf(redact.Trace(trace, "doorstep test"))
		for _, f := range document.Formats() {
			var after bytes.Buffer
			if err := f.Write(&after, h); err != nil {
				t.Fatalf("%s, %s: %v", name, f.Name, err)
			}
			for _, s := range flowtest.LeaksInText(spelledOut(after.String()), secrets) {
				t.Errorf("%s, %s: %q is still in it", name, f.Name, s)
			}
		}
	}
	if looked < 10*len(traces) {
		t.Errorf("%d things are looked for in %d scenarios", looked, len(traces))
	}
}

func handshakeOf(t flow.Trace) document.Handshake {
	s := flow.Fold(t)
	return document.Handshake{Trace: t, State: s, AllChecks: true, Parts: document.PictureParts(),
		Report: export.NewReport(t, s, export.ReportOptions{AllChecks: true})}
}

// spelledOut is a text with what it is when the escapes of pages and of URLs are resolved.
func spelledOut(text string) string {
	text += "\n" + html.UnescapeString(text)
	if plain, err := url.PathUnescape(text); err == nil {
		text += "\n" + plain
	}
	return text
}
