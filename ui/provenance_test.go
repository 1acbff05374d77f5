package ui

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/har"
	"doorstep/flow/recording"
	"doorstep/flow/redact"
	"doorstep/ui/home"
	"doorstep/ui/keymap"
)

// imported is a recording made of what another program recorded of one of ours, without the joining server's key.
func imported(t *testing.T, name string) flow.Trace {
	t.Helper()
	trace := flowtest.Embedded(t, name)
	s := flow.Fold(trace)
	var b bytes.Buffer
	if err := export.Read(export.HAR(&b), trace, s, export.NewReport(trace, s, export.ReportOptions{})); err != nil {
		t.Fatal(err)
	}
	var file map[string]any
	if err := json.Unmarshal(b.Bytes(), &file); err != nil {
		t.Fatal(err)
	}
	log := file["log"].(map[string]any)
	log["creator"] = map[string]any{"name": "proxy", "version": "11"}
	ours := func(m map[string]any) {
		for key := range m {
			if strings.HasPrefix(key, "_") {
				delete(m, key)
			}
		}
	}
	ours(log)
	var kept []any
	for _, e := range log["entries"].([]any) {
		ours(e.(map[string]any))
		url := e.(map[string]any)["request"].(map[string]any)["url"].(string)
		if !strings.Contains(url, "joining.example/_matrix/key/") {
			kept = append(kept, e)
		}
	}
	log["entries"] = kept
	plain, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	a, err := har.Read(bytes.NewReader(plain))
	if err != nil || len(a.Handshakes) != 1 {
		t.Fatalf("%v, %+v", err, a)
	}
	out, err := a.Trace(1, "doorstep test")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A recording that is redacted or imported says so in its header at every size, when it is opened, and e tells what is
// gone or was never there; one that is neither says nothing of the kind.
func TestProvenance(t *testing.T) {
	for _, size := range sizes {
		w, h := size[0], size[1]
		gone := redact.Trace(flowtest.Embedded(t, "synapse-v12"), "doorstep test")
		s := replaying(t, w, h, gone, -1, Options{}).shows("redacted (e tells more): names are")
		if !strings.Contains(s.lines()[0], "redacted") {
			t.Errorf("the header at %d columns: %q", w, s.lines()[0])
		}
		if s.press("e").why(); !s.tells("This recording is redacted", "Taken out:", "4 users") {
			t.Errorf("at %dx%d e does not tell what was taken out:\n%s", w, h, s.text())
		}
		from := replaying(t, w, h, imported(t, "public-v12"), -1, Options{}).shows("imported (e tells more)")
		if !strings.Contains(from.lines()[0], "imported") {
			t.Errorf("the header at %d columns: %q", w, from.lines()[0])
		}
		if from.press("e").why(); !from.tells("This recording was imported", "the joining server's key", "proxy 11") {
			t.Errorf("at %dx%d e does not tell what is missing:\n%s", w, h, from.text())
		}
		own := replaying(t, w, h, flowtest.Embedded(t, "public-v12"), -1, Options{})
		own.hides("imported").hides("redacted").press("e").why()
		if own.tells("This recording") {
			t.Error("a recording of our own is told to lack something")
		}
	}
}

// why gives the explanation the whole screen.
func (s *screen) why() *screen {
	s.t.Helper()
	for range 3 {
		if s.m.screen.pointed(s.m.screen.pane) != nil && s.m.screen.where() != keymap.InLadder {
			break
		}
		s.press("tab")
	}
	return s.press("z")
}

// tells reports whether all of the texts come by while the page is scrolled through.
func (s *screen) tells(texts ...string) bool {
	s.t.Helper()
	all := ""
	s.press("g")
	for range 60 {
		all += s.text() + "\n"
		s.press("pgdown")
	}
	flat := strings.Join(strings.Fields(all), " ")
	for _, text := range texts {
		if !strings.Contains(flat, text) {
			return false
		}
	}
	return true
}

// Two handshakes that are compared say which of them is redacted, or imported.
func TestComparedProvenance(t *testing.T) {
	trace := flowtest.Embedded(t, "synapse-v12")
	o := Options{Recordings: []home.Recording{{Name: "other", Title: "The other"}},
		Open: func(context.Context, string) (*recording.Stream, error) {
			return recording.Whole(redact.Trace(trace, "doorstep test")), nil
		}}
	s := replaying(t, 120, 40, imported(t, "public-v12"), -1, o).press("d", "G", "enter", "enter")
	s.shows("joined, imported, ").shows("joined, redacted, ")
}
