package recordings_test

import (
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/export"
	"doorstep/flow/recording"
	"doorstep/recordings"
)

// homeservers begin the names of the recordings that were made with them.
var homeservers = regexp.MustCompile(`^(dendrite|synapse)-`)

// Every recorded join of a real homeserver holds to the last check, today as when it was recorded; every other
// recording of one was refused, or is a dry run.
func TestRealJoinsVerify(t *testing.T) {
	joined := map[string][]string{}
	for _, name := range recordings.Names() {
		software := strings.TrimSuffix(homeservers.FindString(name), "-")
		if software == "" {
			continue
		}
		r, err := recordings.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		trace, err := recording.Read(r)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		report := export.NewReport(trace, flow.Fold(trace), export.ReportOptions{})
		switch report.Outcome {
		case flow.Joined:
			joined[software] = append(joined[software], report.RoomVersion)
			if c := report.Counts.Checks; c.Fail != 0 || c.NotChecked != 0 || c.Pass == 0 || report.Counts.Events == 0 {
				t.Errorf("%s: checks %+v of %d events", name, c, report.Counts.Events)
			}
		case flow.Refused, flow.DryRun:
		default:
			t.Errorf("%s: outcome %s", name, report.Outcome)
		}
	}
	for _, software := range []string{"dendrite", "synapse"} {
		for _, version := range []string{"1", "6", "10", "11", "12"} {
			if !slices.Contains(joined[software], version) {
				t.Errorf("no join of a room of version %s with %s: there are %v", version, software, joined[software])
			}
		}
	}
}

// Rooms that hold redacted events, or that were replaced, are told as such.
func TestRealRoomsWithAHistory(t *testing.T) {
	for _, software := range []string{"dendrite", "synapse"} {
		for room, want := range map[string]string{"redacted-v11": "redacted-events", "tombstone-v12": "room-replaced"} {
			r, err := recordings.Open(software + "-" + room)
			if err != nil {
				t.Fatal(err)
			}
			trace, err := recording.Read(r)
			if err != nil {
				t.Fatalf("%s-%s: %v", software, room, err)
			}
			var found []string
			for _, f := range diagnose.Findings(trace, flow.Fold(trace)) {
				found = append(found, f.ID)
			}
			if !slices.Equal(found, []string{want}) {
				t.Errorf("%s-%s: findings %v, want %s alone", software, room, found, want)
			}
		}
	}
}

// No recording tells where or by whom it was made, or holds what could be used.
func TestRecordingsKeepQuiet(t *testing.T) {
	private := regexp.MustCompile(`/(home|root|tmp|work|Users|var|private)/|PRIVATE KEY-----|access_token|Bearer [A-Za-z0-9]|sig=\\"[A-Za-z0-9+/]`)
	for _, name := range recordings.Names() {
		r, err := recordings.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if found := private.Find(text); found != nil {
			t.Errorf("%s holds %q", name, found)
		}
	}
}

// Every recording says what is to be seen in it, in a line of its own within its group; nothing is left out, and none
// is called by the address of a room.
func TestEveryRecordingHasATitle(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range recordings.All() {
		key := string(r.Group) + ": " + r.Title
		known := slices.Contains(recordings.Groups(), r.Group)
		if r.Title == "" || strings.HasPrefix(r.Title, "Join ") || seen[key] || !known {
			t.Errorf("%s is titled %q in group %q", r.Name, r.Title, r.Group)
		}
		seen[key], seen[r.Name] = true, true
	}
	for _, name := range recordings.Names() {
		if !seen[name] {
			t.Errorf("%s is not listed", name)
		}
	}
}
