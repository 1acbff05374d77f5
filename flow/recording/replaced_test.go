package recording

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/recordings"
)

func TestReplaced(t *testing.T) {
	for line, want := range map[string]int{
		`{"server":"a"}`:                              0,
		"{\"server\":\"a\xff\xfeb\"}":                 2,
		`{"server":"\ud83d"}`:                         1,
		`{"server":"\ud83dx\uDE00"}`:                  2,
		`{"server":"\ud83d\ude00"}`:                   0,
		`{"server":"\\ud83d"}`:                        0, // a backslash, and letters
		`{"server":"\ufffd and \uFFFD"}`:              2,
		"{\"server\":\"\uFFFD\"}":                     0, // somebody's own
		`{"server":"a","body":"\ufffd"}`:              0,
		`{"server":"\ufffd","body":"\ufffd \ud83d"}`:  2,
		"{\"body\":\"\xff\"}":                         1,
		`{"body":"{\"name\":\"\\ud83d\\ude00 \\ud\"}`: 0,
		`{"server":"\u00e9\uff01\udc00`:               1,
	} {
		if got := replaced([]byte(line)); got != want {
			t.Errorf("%s: %d, not %d", line, got, want)
		}
	}
}

// A recording tells how many of its characters are not what was sent: what its writer could not write as it was, and
// what others made of it. In long bodies too.
func TestReplacedInARecording(t *testing.T) {
	whole := new(bytes.Buffer)
	in, err := recordings.Open("public-v12")
	if err != nil {
		t.Fatal(err)
	}
	usual, err := Read(in)
	if err != nil || usual.Header.Replaced != 0 {
		t.Fatal(usual.Header.Replaced, err)
	}
	usual.Header.Title = "one \xff"
	usual.Entries[1].Server = "three \xf0\x9f\xff"
	if err := Write(whole, usual); err != nil {
		t.Fatal(err)
	}
	whole.WriteString(strings.Replace(lineWith(t, len(usual.Entries)+1, strings.Repeat("x", longLine)), "x", "\xff", 1))
	whole.WriteString(strings.Replace(lineWith(t, len(usual.Entries)+2, strings.Repeat("x", longLine)), "x.example",
		"\xff", 1))
	got, err := Read(whole)
	if err != nil || got.Header.Replaced != 1+3+1+1 {
		t.Errorf("%d characters, %v", got.Header.Replaced, err)
	}
}

// What is in the program has nothing of that kind, but for what shows it.
func TestNothingReplaced(t *testing.T) {
	for _, name := range recordings.Names() {
		in, err := recordings.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Read(in); err != nil || got.Header.Replaced > 0 {
			t.Errorf("%s: %d characters, %v", name, got.Header.Replaced, err)
		}
	}
}

// lineWith is the line of a request with a body.
func lineWith(t *testing.T, seq int, body string) string {
	t.Helper()
	line, err := json.Marshal(map[string]any{"seq": seq, "at": int64(1) << 60, "kind": flow.Request, "step": flow.A1,
		"from": flow.Client, "to": flow.Joining, "method": "POST", "body": body, "server": "x.example"})
	if err != nil {
		t.Fatal(err)
	}
	return string(line) + "\n"
}
