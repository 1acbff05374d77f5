//go:build goexperiment.jsonv2

package opinion

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"doorstep/flow"
	"doorstep/flow/auth"
	"doorstep/flow/event"
	"doorstep/flow/recording"
	"doorstep/recordings"
)

// The events of every recording: those of the resident's answer, the join as it was sent and as it came back.
func TestRecordings(t *testing.T) {
	t.Parallel()
	c := newComparison(recordingDisagreements)
	versions := map[string]int{}
	traces := recorded(t)
	for _, name := range sortedKeys(traces) {
		s := flow.Fold(traces[name])
		if s.Template == nil || s.Template.RoomVersion == nil || s.Build == nil || s.Reply == nil {
			t.Logf("%s: no join was let in, so what it would rest on is not there", name)
			continue
		}
		v := s.Template.RoomVersion
		texts := append(append([][]byte{s.Build.Event}, s.Reply.State...), s.Reply.AuthChain...)
		if s.Reply.Event != nil {
			texts = append(texts, s.Reply.Event)
		}
		var events []*event.Event
		known := map[string]*event.Event{}
		var create *event.Event
		ring := keys{}
		for _, raw := range texts {
			e, err := event.Parse(v, raw)
			if err != nil {
				c.ask(subject{name: name, version: v, raw: raw})
				continue
			}
			events = append(events, e)
			known[e.ID()] = e
			if e.Type() == "m.room.create" {
				create = e
			}
			for _, sig := range e.Signatures() {
				if published := s.Keys.Of(sig.Server); published != nil {
					for _, key := range published.Keys {
						if ring[sig.Server] == nil {
							ring[sig.Server] = map[string]ed25519.PublicKey{}
						}
						ring[sig.Server][key.ID] = key.Public
					}
				}
			}
		}
		ordered, _ := auth.Sort(events)
		rejected := map[string]bool{}
		for _, e := range ordered {
			subject := subject{name: name, version: v, raw: e.Raw(), event: e, auth: authList(e, known), create: create, rejected: rejected, keys: ring}
			if len(reasonsToDrop(e)) > 0 || subject.verdict().Outcome == auth.Rejected {
				rejected[e.ID()] = true
			}
		}
		for _, e := range events {
			c.ask(subject{name: name, version: v, raw: e.Raw(), event: e, auth: authList(e, known), create: create, rejected: rejected, keys: ring})
			versions[v.ID]++
		}
	}
	c.report(t, false)
	t.Logf("events asked about, by room version: %v", versions)
	if len(versions) < 4 {
		t.Errorf("events of the room versions %v: want those of more than three", versions)
	}
}

// recorded returns the recordings embedded in the program and, when DOORSTEP_RECORDINGS names a folder, those in it:
// the tests of the interop module leave theirs there.
func recorded(t *testing.T) map[string]flow.Trace {
	t.Helper()
	traces := map[string]flow.Trace{}
	read := func(name string, text io.Reader) {
		trace, err := recording.Read(text)
		if err != nil && !errors.Is(err, recording.ErrTruncated) {
			t.Fatalf("%s: %v", name, err)
		}
		traces[name] = trace
	}
	for _, name := range recordings.Names() {
		text, err := recordings.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		read(name, text)
	}
	if dir := os.Getenv("DOORSTEP_RECORDINGS"); dir != "" {
		files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			read(filepath.Base(file), bytes.NewReader(text))
		}
	}
	return traces
}
