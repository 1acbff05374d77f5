package main

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/recordings"
)

// The line is read by a real shell, and gives back the arguments it was made from.
func TestShellLine(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no POSIX shell here: ", err)
	}
	for _, args := range [][]string{
		{"doorstep", "join", "!room:matrix.example", "--via", "matrix.example:8448"},
		{"it's", "''", "'", `\'`, "", " ", "a  b", "\t", "$HOME", "`id`", "$(id)", "!!", "#x", "~", "~root", "*", "?", "[a]", "{a,b}"},
		{"a;b", "a&b", "a|b", "a>b", "a<b", "(a)", `"`, `\`, "%s%d", "-n", "a=b", "é", "\u2028", "line\nbreak", "#room name:[::1]:8448"},
	} {
		out, err := exec.Command(sh, "-c", `printf '%s\0' `+shellLine(args)).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", shellLine(args), err, out)
		}
		if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); !slices.Equal(got, args) {
			t.Errorf("the shell reads\n%q, want\n%q", got, args)
		}
	}
}

// A join whose answer never came: one line says who may have taken it, and the command that takes it back. Once it is
// verified nothing is said, unless it was to be left again.
func TestSayLeftBehind(t *testing.T) {
	r, err := recordings.Open("public-v12")
	if err != nil {
		t.Fatal(err)
	}
	trace, err := flow.ReadRecording(r)
	if err != nil {
		t.Fatal(err)
	}
	sent := slices.IndexFunc(trace.Entries, func(e flow.Entry) bool { return e.Step == flow.A6 }) + 1
	o := flow.JoinOptions{User: trace.Header.User, KeyFile: "it's.key", Listen: "127.0.0.1:8448", Private: true}
	said := func(t flow.Trace) string {
		var stderr bytes.Buffer
		(&program{stderr: &stderr}).sayLeftBehind(t, o)
		return stderr.String()
	}
	for _, n := range []int{sent - 1, len(trace.Entries)} {
		if got := said(trace.Prefix(n)); got != "" {
			t.Errorf("after %d entries: %q", n, got)
		}
	}
	s := flow.Fold(trace)
	want := "doorstep: " + s.Sent.Server + " may have accepted the join of " + o.User + "; to leave again: doorstep join '" + s.RoomID + "' --via " +
		s.Sent.Server + " --user " + o.User + ` --key 'it'\''s.key' --listen 127.0.0.1:8448 --allow-private --yes --leave` + "\n"
	if got := said(trace.Prefix(sent)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	failed := trace.Prefix(sent)
	failed.Entries = append(slices.Clone(failed.Entries), flow.Entry{Seq: sent + 1, Kind: flow.Failure, Step: flow.A7, From: flow.Resident,
		To: flow.Joining, Answers: sent, Failure: &client.Failure{Kind: client.FailedTimeout, Message: "no answer"}})
	if got := said(failed); got != want {
		t.Errorf("after a timeout: %s", got)
	}
	trace.Header.Leave = true
	if got := said(trace); got != want {
		t.Errorf("joined, and not left although it should: %s", got)
	}
}
