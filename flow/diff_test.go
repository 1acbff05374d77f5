package flow

import (
	"testing"

	"doorstep/flow/event"
)

// Every field is there, with what became of it; what the joining server sets is replaced also where the value is the same.
func TestDiff(t *testing.T) {
	v1, _ := event.Lookup("1")
	v11, _ := event.Lookup("11")
	for name, c := range map[string]struct {
		version       *event.Version
		form          Form
		before, after string
		want          map[string]ChangeKind
	}{
		"2015": {v1, Form2015, `{"type":"m.room.member","event_id":"$t:r","origin":"r","origin_server_ts":5,"content":{"membership":"join"}}`,
			`{"type":"m.room.member","event_id":"$e:j","origin":"j","origin_server_ts":5,"content":{"membership":"join"},"hashes":{},"signatures":{}}`,
			map[string]ChangeKind{"/type": Copied, "/event_id": Replaced, "/origin": Replaced, "/origin_server_ts": Replaced,
				"/content/membership": Copied, "/hashes": Added, "/signatures": Added}},
		"today": {v11, FormCurrent, `{"depth":7,"event_id":"$t:r","unsigned":{},"content":{"membership":"join","a/b":1}}`,
			`{"depth":7,"origin_server_ts":5,"content":{"membership":"join","a/b":1},"hashes":{},"signatures":{}}`,
			map[string]ChangeKind{"/depth": Copied, "/event_id": Removed, "/unsigned": Removed, "/origin_server_ts": Added,
				"/content/membership": Copied, "/content/a~1b": Copied, "/hashes": Added, "/signatures": Added}},
	} {
		t.Run(name, func(t *testing.T) {
			got := Diff(c.version, c.form, []byte(c.before), []byte(c.after))
			if len(got) != len(c.want) {
				t.Errorf("%d changes, want %d: %+v", len(got), len(c.want), got)
			}
			for _, change := range got {
				if c.want[change.Path] != change.Kind {
					t.Errorf("%s is %s, want %s", change.Path, change.Kind, c.want[change.Path])
				}
				if change.Why == "" || change.Source == "" {
					t.Errorf("%s: nobody says why", change.Path)
				}
			}
		})
	}
}
