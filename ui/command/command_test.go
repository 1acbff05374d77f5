package command

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/flow/live"
	"doorstep/flow/recording"
	"doorstep/recordings"
)

// A join whose answer never came: one line says who may have taken it, and the command that takes it back. Once it is
// verified nothing is said, unless it was to be left again.
func TestSayLeftBehind(t *testing.T) {
	trace := flowtest.Embedded(t, "public-v12")
	sent := slices.IndexFunc(trace.Entries, func(e flow.Entry) bool { return e.Step == flow.A6 }) + 1
	o := live.JoinOptions{User: trace.Header.User, KeyFile: "it's.key", Listen: "127.0.0.1:8448", Private: true}
	said := func(t flow.Trace) string {
		var stderr bytes.Buffer
		p := &program{stderr: &stderr, signals: &signals{ctx: context.Background()}}
		words := p.lastWords.keep(func(panicked bool) []string { return p.leftBehind(t, o, panicked) })
		p.say(words)
		p.say(words) // what was said is not said again
		return stderr.String()
	}
	for _, n := range []int{sent - 1, len(trace.Entries)} {
		if got := said(trace.Prefix(n)); got != "" {
			t.Errorf("after %d entries: %q", n, got)
		}
	}
	s := flow.Fold(trace)
	want := "doorstep: " + s.Sent.Server + " may have accepted the join of " + o.User +
		"; to leave again:\ndoorstep join '" + s.RoomID + "' --via " +
		s.Sent.Server + " --user " + o.User + ` --key 'it'\''s.key' --listen 127.0.0.1:8448 --allow-private --yes --leave --leave` + "\n"
	if got := said(trace.Prefix(sent)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	failed := trace.Prefix(sent)
	failed.Entries = append(slices.Clone(failed.Entries), flow.Entry{Seq: sent + 1, Kind: flow.Failure, Step: flow.A7,
		From: flow.Resident,
		To:   flow.Joining, Answers: sent, Failure: &client.Failure{Kind: client.FailedTimeout, Message: "no answer"}})
	if got := said(failed); got != want {
		t.Errorf("after a timeout: %s", got)
	}
	trace.Header.Leave = true
	if got := said(trace); got != want {
		t.Errorf("joined, and not left although it should: %s", got)
	}
}

// After a panic any join that may stand is told of with the command that takes it back: nobody has been told how it
// ended. That what panicked was the reading of the answer keeps nobody from being told.
func TestLeftBehindAfterPanic(t *testing.T) {
	defer client.OnPanic(client.PanicHandler{Ends: func(client.Panic) {}})() // it is in disorder, and goes no further
	read := func() flow.Trace {                                              // what is worked out from the entries of one is kept for all of its copies
		r, err := recordings.Open("public-v12")
		if err != nil {
			t.Fatal(err)
		}
		trace, err := recording.Read(r)
		if err != nil {
			t.Fatal(err)
		}
		return trace
	}
	trace := read()
	step := func(id flow.StepID) int {
		return slices.IndexFunc(trace.Entries, func(e flow.Entry) bool { return e.Step == id }) + 1
	}
	unreadable := read().Prefix(step(flow.A7))
	unreadable.Entries[step(flow.A7)-1].Response = nil
	for name, c := range map[string]struct {
		trace flow.Trace
		words string
	}{
		"not sent":          {trace.Prefix(step(flow.A6) - 1), ""},
		"no answer yet":     {trace.Prefix(step(flow.A6)), "may have accepted"},
		"not verified":      {trace.Prefix(step(flow.A7)), "has accepted"},
		"joined":            {trace, "has accepted"},
		"unreadable answer": {unreadable, "may have accepted"},
	} {
		p := &program{signals: &signals{ctx: context.Background()}}
		lines := p.leftBehind(c.trace, live.JoinOptions{User: trace.Header.User}, true)
		if c.words == "" && lines != nil {
			t.Errorf("%s: %q", name, lines)
		}
		if c.words != "" && (len(lines) != 2 || !strings.Contains(lines[0], c.words) ||
			!strings.HasSuffix(lines[1], " --yes --leave --leave")) {
			t.Errorf("%s: %q", name, lines)
		}
	}
}

// --leave counts: once is once, twice is sure.
func TestLeaveFlag(t *testing.T) {
	for _, c := range []struct {
		args        []string
		leave, sure bool
	}{
		{nil, false, false}, {[]string{"--leave"}, true, false}, {[]string{"--leave", "--leave"}, true, true},
		{[]string{"--leave=true"}, true, false}, {[]string{"--leave=false"}, false, false},
		{[]string{"--leave", "--leave=false"}, false, false},
	} {
		var o live.JoinOptions
		f := (&cobra.Command{}).Flags()
		f.Var((*leaveFlag)(&o), "leave", "")
		f.Lookup("leave").NoOptDefVal = "true"
		if err := f.Parse(c.args); err != nil || o.Leave != c.leave || o.LeaveSure != c.sure {
			t.Errorf("%q: leave %t, sure %t, %v", c.args, o.Leave, o.LeaveSure, err)
		}
	}
}

// Whatever a server says, all that the program prints as JSON is one line of valid UTF-8 each, safe to show on a
// terminal.
func TestJSONOutputIsSafe(t *testing.T) {
	r, err := recordings.Open("banned")
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	said := "is banned\u007f\u009b31m\u202emoc\u200b\u2028\ufeff\U000e0067 "
	hostile := strings.ReplaceAll(string(b), "is banned ", said)
	if hostile == string(b) {
		t.Fatal("the recording says something else now")
	}
	file := filepath.Join(t.TempDir(), "hostile.jsonl")
	if err := os.WriteFile(file, []byte(hostile), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"replay", file, "--json"}, {"replay", file, "--ndjson"}, {"verify", file, "--json", "--all-checks"},
		{"verify", file, "--ndjson"},
		{"replay", "public-v12", "--json", "--all-checks"}, {"sandbox", "--list", "--json"}, {"info", "--json"},
	} {
		var stdout, stderr bytes.Buffer
		Run(args, &stdout, &stderr)
		text := stdout.String()
		if !utf8.ValidString(text) || text == "" {
			t.Errorf("%q: %d bytes, not all UTF-8", args, len(text))
		}
		for _, c := range text {
			if c != '\n' && (!unicode.IsGraphic(c) || unicode.In(c, unicode.Variation_Selector)) {
				t.Fatalf("%q: %U", args, c)
			}
		}
		heard := args[0] != "replay" || args[1] != file
		for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
			var v any
			if err := json.Unmarshal([]byte(line), &v); err != nil {
				t.Fatalf("%q: %v: %.200s", args, err, line)
			}
			heard = heard || holds(v, said)
		}
		if !heard {
			t.Errorf("%q: what the server said is not in it", args)
		}
	}
}

// holds reports whether a text is in a JSON value.
func holds(v any, text string) bool {
	switch v := v.(type) {
	case string:
		return strings.Contains(v, text)
	case []any:
		for _, e := range v {
			if holds(e, text) {
				return true
			}
		}
	case map[string]any:
		for _, e := range v {
			if holds(e, text) {
				return true
			}
		}
	}
	return false
}

// A long answer that was not verified is not verified for whoever leaves the screen; one that was is told of.
func TestSummaryOfLongAnswer(t *testing.T) {
	trace := flowtest.Embedded(t, "public-v12")
	p := &program{signals: &signals{ctx: context.Background()}}
	answer := &trace.Entries[slices.IndexFunc(trace.Entries, func(e flow.Entry) bool { return e.Step == flow.A7 })]
	answer.Response.Body = append(answer.Response.Body, bytes.Repeat([]byte(" "), quickBytes)...)
	if !trace.Unverified() {
		t.Error("what nobody has verified is verified")
	}
	if _, report := p.summary(trace); report != nil || !trace.Unverified() {
		t.Errorf("it was verified: %+v", report)
	}
	flow.Fold(trace)
	if _, report := p.summary(trace); report == nil || report.Outcome != flow.Joined || trace.Unverified() {
		t.Errorf("what was verified is not told: %+v", report)
	}
	if head := trace.Prefix(len(trace.Entries) - 3); head.Unverified() {
		t.Error("of a handshake that did not come to its verification it is said that it is not verified")
	}
}
