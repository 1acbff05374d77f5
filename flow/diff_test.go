package flow_test

import (
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/event"
)

// Every field is there, with what became of it; what the joining server sets is replaced also where the value is the
// same.
func TestDiff(t *testing.T) {
	v1, _ := event.Lookup("1")
	v11, _ := event.Lookup("11")
	for name, c := range map[string]struct {
		version       *event.Version
		form          flow.Form
		before, after string
		want          map[string]flow.ChangeKind
	}{
		"2015": {v1, flow.Form2015, `{"type":"m.room.member","event_id":"$t:r","origin":"r","origin_server_ts":5,"content":{"membership":"join"}}`,
			`{"type":"m.room.member","event_id":"$e:j","origin":"j","origin_server_ts":5,"content":{"membership":"join"},"hashes":{},"signatures":{}}`,
			map[string]flow.ChangeKind{"/type": flow.Copied, "/event_id": flow.Replaced, "/origin": flow.Replaced,
				"/origin_server_ts":   flow.Replaced,
				"/content/membership": flow.Copied, "/hashes": flow.Added, "/signatures": flow.Added}},
		"today": {v11, flow.FormCurrent, `{"depth":7,"event_id":"$t:r","unsigned":{},"content":{"membership":"join","a/b":1}}`,
			`{"depth":7,"origin_server_ts":5,"content":{"membership":"join","a/b":1},"hashes":{},"signatures":{}}`,
			map[string]flow.ChangeKind{"/depth": flow.Copied, "/event_id": flow.Removed, "/unsigned": flow.Removed,
				"/origin_server_ts":   flow.Added,
				"/content/membership": flow.Copied, "/content/a~1b": flow.Copied, "/hashes": flow.Added,
				"/signatures": flow.Added}},
	} {
		t.Run(name, func(t *testing.T) {
			got := flow.Diff(c.version, c.form, []byte(c.before), []byte(c.after))
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

// What is said of a field fits the membership the event sets, the room version, and values that come to the same.
func TestDiffSaysWhy(t *testing.T) {
	why := func(version, before, after, path string) string {
		v, _ := event.Lookup(version)
		for _, c := range flow.Diff(v, flow.FormCurrent, []byte(before), []byte(after)) {
			if c.Path == path {
				return c.Why
			}
		}
		return ""
	}
	join, leave := `{"content":{"membership":"join"},"prev_events":[]}`, `{"content":{"membership":"leave"},"prev_events":[]}`
	same := `{"origin_server_ts":5,"content":{"membership":"join","displayname":"You"}}`
	other := `{"origin_server_ts":6,"origin":"j","content":{"membership":"join","displayname":"You"}}`
	for _, test := range []struct{ name, got, want, not string }{
		{"a join", why("11", join, join, "/content/membership"), "must be a join", "leave"},
		{"a leave", why("11", leave, leave, "/content/membership"), "must be a leave", "join"},
		{"where a leave attaches", why("11", leave, leave, "/prev_events"), "where the leave attaches", "join"},
		{"the same value", why("11", same, same, "/origin_server_ts"), "comes to the same value", "{membership}"},
		{"another value", why("11", same, other, "/origin_server_ts"), "when the joining server made", "same value"},
		{"origin in version 1", why("1", same, other, "/origin"), "the signature covers it", "event ID"},
		{"origin in version 10", why("10", same, other, "/origin"), "counts towards the event ID", "only"},
		{"origin in version 11", why("11", same, other, "/origin"), "through the content hash only", "up to version 10"},
		{"a display name", why("11", same, same, "/content/displayname"), "for us to set", "resident"},
		{"a picture that is added", why("11", join, `{"content":{"membership":"join","avatar_url":"mxc://a/b"}}`,
			"/content/avatar_url"), "tells of its user", "resident"},
	} {
		if !strings.Contains(test.got, test.want) || strings.Contains(test.got, test.not) {
			t.Errorf("%s: %q", test.name, test.got)
		}
	}
}
