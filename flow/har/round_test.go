package har_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/har"
	"doorstep/flow/recording"
	"doorstep/flow/traffic"
	"doorstep/flow/verify"
	"doorstep/recordings"
)

// archived is a trace as an archive.
func archived(t testing.TB, trace flow.Trace) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := export.HAR(&b).End(trace, flow.State{}, export.Report{}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// imported is the handshake of an archive that holds one.
func imported(t testing.TB, file []byte) flow.Trace {
	t.Helper()
	a, err := har.Read(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if a.Changed != nil || len(a.Handshakes) != 1 {
		t.Fatalf("%v, %d handshakes", a.Changed, len(a.Handshakes))
	}
	trace, err := a.Trace(1, "doorstep test")
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

// lines are the lines of a recording.
func lines(t testing.TB, trace flow.Trace) []string {
	t.Helper()
	var b bytes.Buffer
	if err := recording.Write(&b, trace); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

// An archive made of a recording gives back the recording, to the byte.
func TestRecordingsComeBack(t *testing.T) {
	for _, name := range recordings.Names() {
		t.Run(name, func(t *testing.T) {
			trace := flowtest.Embedded(t, name)
			want, got := lines(t, trace), lines(t, imported(t, archived(t, trace)))
			if len(want) != len(got) {
				t.Fatalf("%d lines, not %d", len(got), len(want))
			}
			for i := range want {
				if want[i] != got[i] {
					t.Errorf("line %d:\n%.2000s\nwant\n%.2000s", i+1, got[i], want[i])
				}
			}
		})
	}
}

// A request without a target is none of any server, and a recording may have one: it comes back as it was, too.
func TestTargetsComeBack(t *testing.T) {
	for _, target := range []string{"", "/", "//", "?", "?a", "#", "/#", "a", "/a b", "/%zz", "https://a.example"} {
		trace := flowtest.SomeTrace()
		at := slices.IndexFunc(trace.Entries, func(e flow.Entry) bool { return e.Request != nil })
		request := *trace.Entries[at].Request
		request.Target = target
		trace.Entries[at].Request = &request
		if got := imported(t, archived(t, trace)).Entries[at].Request.Target; got != target {
			t.Errorf("%q comes back as %q", target, got)
		}
	}
}

// An answer without a status, or with one that no server gives, comes back with its body.
func TestAnswersComeBack(t *testing.T) {
	for _, status := range []int{0, -1, 7, 100, 1 << 30} {
		trace := flowtest.SomeTrace()
		for i := range trace.Entries {
			if r := trace.Entries[i].Response; r != nil {
				other := *r
				other.Status = status
				trace.Entries[i].Response = &other
			}
		}
		want, got := lines(t, trace), lines(t, imported(t, archived(t, trace)))
		if !slices.Equal(want, got) {
			t.Errorf("status %d:\n%.2000q\nwant\n%.2000q", status, got, want)
		}
	}
}

// A recording that does not say when it was made, or says what no server lived to see, comes back as any other.
func TestTimesComeBack(t *testing.T) {
	for _, created := range []time.Time{{}, time.Unix(-1, 0), time.Date(1500, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999_000_000, time.UTC)} {
		trace := flowtest.SomeTrace()
		trace.Header.Created = created.UTC()
		want, got := lines(t, trace), lines(t, imported(t, archived(t, trace)))
		if !slices.Equal(want, got) {
			t.Errorf("%s:\n%.1000q\nwant\n%.1000q", created, got, want)
		}
	}
}

// stripped is an archive without fields of ours.
func stripped(t testing.TB, file []byte) []byte {
	t.Helper()
	var v any
	if err := json.Unmarshal(file, &v); err != nil {
		t.Fatal(err)
	}
	var strip func(any)
	strip = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			delete(v, "_doorstep")
			for _, member := range v {
				strip(member)
			}
		case []any:
			for _, e := range v {
				strip(e)
			}
		}
	}
	strip(v)
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What an archive without our fields does not tell. Everything else comes out of it as it comes out of the recording:
// the outcome, the findings, the arrows, and every check but those for which a key is not in the archive.
var (
	lostOutcome  = map[string]flow.Outcome{"synapse-and-dendrite-dry-run": flow.Refused} // that it was to stop there
	lostFindings = map[string]string{"synapse-and-dendrite-dry-run": "port-closed"}      // of a connection never made
	newFindings  = map[string]string{"synapse-and-dendrite-dry-run": "unexplained-refusal"}
	lostRole     = "invite"                  // the alias is in the invite alone
	lostWhole    = []string{"unknown-alias"} // who joins: no request says so
)

func TestStrippedArchives(t *testing.T) {
	for _, name := range recordings.Names() {
		t.Run(name, func(t *testing.T) {
			trace := flowtest.Embedded(t, name)
			file := stripped(t, archived(t, trace))
			if slices.Contains(lostWhole, name) {
				if _, err := har.Read(bytes.NewReader(file)); !errors.Is(err, traffic.ErrNoHandshake) {
					t.Fatal(err)
				}
				return
			}
			got := imported(t, file)
			obeys(t, got)
			before, after := flow.Fold(trace), flow.Fold(got)
			if want := cmp.Or(lostOutcome[name], before.Outcome()); after.Outcome() != want {
				t.Errorf("outcome %s, not %s: %s", after.Outcome(), want, after.WhyEnded())
			}
			compareArrows(t, trace, got, name != lostRole)
			compareFindings(t, name, findingsOf(trace, before), findingsOf(got, after))
			compareChecks(t, got, before, after)
		})
	}
}

// obeys checks that a trace is a recording by the schema, and that it is read.
func obeys(t *testing.T, trace flow.Trace) {
	t.Helper()
	all := lines(t, trace)
	for _, l := range all {
		if err := flowtest.Obeys([]byte(l)); err != nil {
			t.Errorf("%.300s: %v", l, err)
		}
	}
	if _, err := recording.Read(strings.NewReader(strings.Join(all, "\n"))); err != nil {
		t.Error(err)
	}
	if h := trace.Header; h.Source != flow.SourceImport || h.Imported == nil || len(h.Imported.Missing) < 4 {
		t.Errorf("header: %+v", h)
	}
}

// compareArrows checks that no arrow is lost: those of the main steps are in their order.
func compareArrows(t *testing.T, trace, got flow.Trace, roles bool) {
	t.Helper()
	arrows := func(trace flow.Trace) (main, aside []string) {
		for _, e := range trace.Entries {
			says := string(e.Step) + " " + string(e.Kind) + " " + string(e.From) + " " + e.Server
			switch {
			case e.Kind != flow.Local && e.Step != flow.R:
				main = append(main, says)
			case e.Kind == flow.Response && e.To == flow.Joining:
				if !roles {
					says = string(e.Step) + " " + e.Server
				}
				aside = append(aside, says)
			}
		}
		slices.Sort(aside)
		return main, aside
	}
	main, aside := arrows(trace)
	gotMain, gotAside := arrows(got)
	if !slices.Equal(main, gotMain) {
		t.Errorf("arrows %q, not %q", gotMain, main)
	}
	if !slices.Equal(aside, gotAside) {
		t.Errorf("under the arrows there are %q, not %q", gotAside, aside)
	}
}

func findingsOf(trace flow.Trace, s flow.State) []string {
	var out []string
	for _, f := range diagnose.Findings(trace, s) {
		out = append(out, f.ID)
	}
	return out
}

func compareFindings(t *testing.T, name string, before, after []string) {
	t.Helper()
	for _, id := range before {
		if !slices.Contains(after, id) && lostFindings[name] != id {
			t.Errorf("finding %s is lost", id)
		}
	}
	for _, id := range after {
		if !slices.Contains(before, id) && newFindings[name] != id {
			t.Errorf("finding %s is new", id)
		}
	}
}

// compareChecks checks that no check fails that passed, and that those which are not made lack a key.
func compareChecks(t *testing.T, got flow.Trace, before, after flow.State) {
	t.Helper()
	if (before.Verification == nil) != (after.Verification == nil) {
		t.Fatalf("verified: %v, before %v", after.Verification != nil, before.Verification != nil)
	}
	if before.Verification == nil {
		return
	}
	was, is := before.Verification.Tally(verify.NoKind), after.Verification.Tally(verify.NoKind)
	if is.Fail > was.Fail || is.Warn > was.Warn {
		t.Errorf("checks %+v, before %+v", is, was)
	}
	lacks := slices.Contains(got.Header.Imported.Missing, flow.MissingOwnKey) ||
		slices.Contains(got.Header.Imported.Missing, flow.MissingKeys)
	if !lacks && is != was {
		t.Errorf("no key is missing, and checks are %+v, before %+v", is, was)
	}
}
