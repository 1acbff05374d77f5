package mitm_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/mitm"
	"doorstep/flow/recording"
)

// captures are flow files that versions of mitmproxy wrote as a regular proxy, each with our own recording of the same
// join beside it.
func captures(t testing.TB) []string {
	t.Helper()
	names, err := filepath.Glob("testdata/*/*.flow")
	if err != nil || len(names) < 6 {
		t.Fatalf("%q, %v", names, err)
	}
	return names
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ofFile is the trace of the one handshake of a flow file.
func ofFile(t *testing.T, file []byte) flow.Trace {
	t.Helper()
	c, err := mitm.Read(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return only(t, c)
}

// A flow file tells of a join what our own recording of it tells, whichever version of mitmproxy wrote it.
func TestCaptures(t *testing.T) {
	formats := map[string]string{"9.0.1": "18", "10.4.2": "20", "11.0.2": "21"}
	for _, name := range captures(t) {
		t.Run(name, func(t *testing.T) {
			ours, err := recording.Read(bytes.NewReader(readFile(t, strings.TrimSuffix(name, "flow")+"jsonl")))
			if err != nil {
				t.Fatal(err)
			}
			got := ofFile(t, readFile(t, name))
			sameJoin(t, ours, got)
			sameBytes(t, ours, got, false)
			shows(t, got)
			format := formats[filepath.Base(filepath.Dir(name))]
			if from := got.Header.Imported; from.From != "mitmproxy" || from.By != "mitmproxy, flow format "+format {
				t.Errorf("%+v", from)
			}
		})
	}
}

// What a recording holds and the flow file of the same join does not: the list is whole: anything else that was lost
// would show. The client, our own lookups and local work never pass a proxy; whom a connection has to be valid for, and
// whether its certificates verified, the file does not say.
func TestLost(t *testing.T) {
	for _, name := range captures(t) {
		got := ofFile(t, readFile(t, name))
		want := []flow.Missing{flow.MissingDiscovery, flow.MissingTried, flow.MissingClient}
		if strings.Contains(name, "banned") {
			want = append(want, flow.MissingTemplate, flow.MissingJoin, flow.MissingOwnKey)
		}
		if !slices.Equal(got.Header.Imported.Missing, want) {
			t.Errorf("%s lacks %v, not %v", name, got.Header.Imported.Missing, want)
		}
		ours, err := recording.Read(bytes.NewReader(readFile(t, strings.TrimSuffix(name, "flow")+"jsonl")))
		if err != nil {
			t.Fatal(err)
		}
		lost := map[string]bool{}
		for _, e := range ours.Entries {
			if e.Step == flow.R && e.Server == got.Header.Joining {
				continue // who asks for our key does not show: it counts as asked by others, and we may have done so too
			}
			if !slices.ContainsFunc(got.Entries, func(g flow.Entry) bool { return sameEntry(&e, &g) }) {
				lost[fmt.Sprint(e.Step, " ", e.Kind, " from ", e.From)] = true
			}
		}
		for what := range lost {
			if !slices.Contains(never, what) {
				t.Errorf("%s loses %s", name, what)
			}
		}
	}
}

// never are the entries that a proxy between servers does not see.
var never = []string{
	"A1 request from client", "A8 response from joining", // the client's
	"R discovery from joining", "R local from joining", // lookups of names
	"R request from directory", "R response from joining", "R request from resident", // of our key, by others
}

// sameEntry reports whether two entries are the same, but for times, numbers, and who carried them.
func sameEntry(a, b *flow.Entry) bool {
	if a.Step != b.Step || a.Kind != b.Kind || a.From != b.From || a.To != b.To || a.Server != b.Server {
		return false
	}
	switch {
	case a.Request != nil:
		return b.Request != nil && fmt.Sprint(*a.Request) == fmt.Sprint(*b.Request)
	case a.Response != nil:
		return b.Response != nil && fmt.Sprint(*a.Response) == fmt.Sprint(*b.Response)
	case a.Build != nil:
		return b.Build != nil && bytes.Equal(a.Build.Event, b.Build.Event)
	}
	return true
}

// A file that ends inside a flow is read up to there, and says so; one that ends inside its first is none.
func TestCutFlows(t *testing.T) {
	file := readFile(t, "testdata/11.0.2/public-v12.flow")
	whole := ofFile(t, file)
	c, err := mitm.Read(bytes.NewReader(file[:len(file)-40]))
	if err != nil || c.Cut == nil || !strings.Contains(c.Cut.Error(), "the file ends here") {
		t.Fatalf("%v, %+v", err, c)
	}
	trace, err := c.Trace(1, "doorstep test")
	if err != nil || len(trace.Entries) >= len(whole.Entries) {
		t.Errorf("%v, %d entries of %d", err, len(trace.Entries), len(whole.Entries))
	}
	for n := range min(len(file), 3000) {
		if c, err := mitm.Read(bytes.NewReader(file[:n])); err == nil || c != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
}

// Nothing secret of a flow file is in the recording made of it.
func TestSecrets(t *testing.T) {
	file := readFile(t, "testdata/11.0.2/public-v12.flow")
	if n := bytes.Count(file, []byte(`,sig="`)) + bytes.Count(file, []byte(`, sig="`)); n < 3 {
		t.Fatalf("%d signatures", n)
	}
	for _, e := range ofFile(t, file).Entries {
		if e.Request == nil {
			continue
		}
		if auth := client.FieldOf(e.Request.Header, "Authorization"); auth != "" && !strings.Contains(auth, `sig="…"`) {
			t.Errorf("%s: %s", e.Step, auth)
		}
	}
}
