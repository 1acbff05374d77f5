package recording_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
)

// bodies are lines, and parts of lines, that a reader of their bodies may get wrong.
var bodies = []string{
	`{"seq":1,"kind":"response","body":"plain"}`,
	`{"seq":1,"kind":"response","body":""}`,
	`{"seq":1,"kind":"response","body":"\"\\\/\b\f\n\r\t\u00e9\u20ac\ud83d\ude80 é"}`,
	`{"seq":1,"kind":"response","body":"ends in a backslash \\"}`,
	`{"seq":1,"kind":"response" , "body" : "spaces" , "status":200}`,
	`{"body":"first","kind":"response","seq":1}`,
	`{"header":[{"name":"body","value":"body"}],"reason":"body","body":"last","kind":"request"}`,
	`{"build":{"event":"{\"body\":\"inner\"}","body":"nested"},"kind":"local","body":"outer"}`,
	`{"kind":"request","body":"one","body":"two"}`,
	`{"kind":"request","Body":"one","body":"two"}`,
	`{"kind":"request","body":"one","BODY":"two"}`,
	`{"kind":"request","body":"one","body":null}`,
	`{"kind":"request","body":null,"body":"two"}`,
	`{"kind":"request","body":"one","body":{"base64":"AAE="}}`,
	`{"kind":"request","body":{"base64":"AAE="}}`,
	`{"kind":"request","body":{"base64":""},"seq":1}`,
	`{"kind":"request","body":{"base64":"//79+w=="},"seq":1}`,
	`{"kind":"request","body":{"base64":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="},"seq":1}`,
	`{"kind":"request","body":{"base64":"AAE"}}`,
	`{"kind":"request","body":{"base64":"AAF="}}`,
	`{"kind":"request","body":{"base64":"A==="}}`,
	`{"kind":"request","body":{"base64":"AA=A"}}`,
	`{"kind":"request","body":{"base64":"AA\nE="}}`,
	`{"kind":"request","body":{"base64":"AA\/="}}`,
	`{"kind":"request","body":{"base64":"AAE=","base64":"AAI="}}`,
	`{"kind":"request","body":{"base64":"AAE=","x":"y"}}`,
	`{"kind":"request","body":{"base64":"AAE="},"body":"two"}`,
	`{"kind":"request","body":{"base64": "AAE="}}`,
	`{"kind":"request","body":{"base64":"AAE="`,
	`{"kind":"later","body":{"base64":"AAE="}}`,
	`{"kind":"request","b\u006fdy":"escaped key"}`,
	`{"kind":"request","body":"half of a pair \ud83d"}`,
	`{"kind":"request","body":"halves \ud83d\ud83d\ude80"}`,
	`{"kind":"request","body":"the other half \ude80"}`,
	`{"kind":"request","body":"replaced \ufffd"}`,
	"{\"kind\":\"request\",\"body\":\"not UTF-8 \xff\"}",
	"{\"kind\":\"request\",\"body\":\"control \x01\"}",
	`{"kind":"request","body":"no such escape \x"}`,
	`{"kind":"request","body":"short \u12"}`,
	`{"kind":"request","body":"no end}`,
	`{"kind":"request","body":"no end \`,
	`{"kind":"request","body":"more"} {}`,
	`{"kind":"request","body"::"twice"}`,
	`{"kind":"request","body","no colon"}`,
	`{"kind":"request","body":5}`,
	`{"kind":"later","body":"of a kind that is \"not\" known"}`,
	`[{"body":"in a list"}]`,
	`"body"`,
	`{"kind":["body","x"]}`,
	``,
}

// Whatever a line holds, the body decoded in its place is what encoding/json makes of it.
func checkInPlace(t *testing.T, line []byte) {
	t.Helper()
	var want recording.EntryLine
	wantErr := json.Unmarshal(line, &want)
	mine := bytes.Clone(line)
	got, gotErr := recording.ReadInPlace(mine)
	if fmt.Sprint(gotErr) != fmt.Sprint(wantErr) {
		t.Fatalf("%s: error %v, not %v", line, gotErr, wantErr)
	}
	if wantErr != nil {
		if !bytes.Equal(mine, line) {
			t.Errorf("%s: the line was changed", line)
		}
		return
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: (-encoding/json +in place)\n%s", line, d)
	}
	if !recording.Known(got) && !bytes.Equal(mine, line) {
		t.Errorf("%s: the line of an unknown kind was changed", line)
	}
}

func TestBodyInPlace(t *testing.T) {
	for _, line := range bodies {
		checkInPlace(t, []byte(line))
	}
}

func FuzzBodyInPlace(f *testing.F) {
	for _, line := range bodies {
		f.Add([]byte(line))
	}
	f.Fuzz(checkInPlace)
}

// A long line comes back as a short one does, whether or not how long it is was known beforehand.
func TestLongLines(t *testing.T) {
	want := flowtest.SomeTrace()
	at := slices.IndexFunc(want.Entries, func(e flow.Entry) bool { return e.Response != nil })
	entry := &want.Entries[at]
	response := *entry.Response
	response.Body = []byte(`{"filler":"` + strings.Repeat("\"\\\n é€🚀", recording.LongLine/8) + `"}`)
	entry.Response = &response
	for _, name := range []string{"long.jsonl", "long.jsonl.gz"} {
		got, err := recording.Open(inFile(t, name, want))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Entries[at].Response.Body, response.Body) {
			t.Errorf("%s: the body is another", name)
		}
		if len(got.Entries) != len(want.Entries) {
			t.Errorf("%s: %d entries, not %d", name, len(got.Entries), len(want.Entries))
		}
		if body := got.Entries[at].Response.Body; strings.HasSuffix(name, "jsonl") && cap(body) > len(body)*3/2 {
			t.Errorf("%s: the body of %d bytes holds on to %d", name, len(body), cap(body))
		}
	}
}
