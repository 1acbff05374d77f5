package homelog_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/flowtest"
	"doorstep/flow/homelog"
	"doorstep/flow/recording"
	"doorstep/flow/verify"
)

// What a homeserver logged of the joins of TestRealLogs, told in short: steps with their statuses, how it ended and the
// first finding. A question mark is a gap, x a failure.
const (
	joins = "A1 A2 A3:200 A4 A5:200 A6 A7:200 A8:200 joined"
	after = "A1 A4 A5:x A4 A5:200 A6 A7:200 A8:200 joined"
	asks  = "A2 A3:200 A4 A5:200 A6 A7:200 joined"
)

var realLogs = map[string][]string{
	"synapse joining": {joins, joins, after,
		"A1 A2 A3:200 A4 A5:403 A8:403 refused not-invited", "A1 A2 A3:200 A4 A5:403 A8:403 refused banned",
		"A1 A2 A3:404 A8:404 refused alias-not-found", "A1 A4 A5:x A8:502 unreachable no-candidate-answers",
		"A1 A2 A3:x A8:502 unreachable directory-unreachable"},
	"synapse resident": {asks, asks, "A2 A3:200 A4 A5:403 refused not-invited", "A2 A3:200 A4 A5:403 refused banned",
		"A4 A5:200 A6 A7:200 joined", "A4 A5:401 refused key-unreachable"},
	"synapse backoff": {"A1 A4? A8:502 refused we-back-off"},
	"dendrite joining": {"A1 A2? A4? A6? A8:200 joined", "A1 A2? A4? A6? A8:200 joined",
		"A1 A4 A5:x A4? A6? A8:200 joined", "A1 A2? A4 A5:403 A8:403 refused not-invited",
		"A1 A2? A4 A5:403 A8:403 refused banned", "A1 A2 A3:404 A8:404 refused alias-not-found",
		"A1 A4 A5:x A8? unreachable no-candidate-answers", "A1 A2 A3:x A8? unreachable directory-unreachable"},
	"dendrite resident": {"A4 A5:403 refused not-invited", "A4 A5:403 refused banned",
		"A4 A5:401 refused own-address-private"},
}

// inShort tells a trace: without what lies under its arrows.
func inShort(t flow.Trace) string {
	var words []string
	for i := range t.Entries {
		switch e := &t.Entries[i]; {
		case e.Step == flow.R:
		case e.Kind == flow.Gap:
			words = append(words, string(e.Step)+"?")
		case e.Kind == flow.Failure:
			words = append(words, string(e.Step)+":x")
		case e.Kind == flow.Response:
			words = append(words, fmt.Sprintf("%s:%d", e.Step, e.Response.Status))
		default:
			words = append(words, string(e.Step))
		}
	}
	s := flow.Fold(t)
	words = append(words, string(s.Outcome()))
	if found := diagnose.Findings(t, s); len(found) > 0 {
		words = append(words, found[0].ID)
	}
	return strings.Join(words, " ")
}

func readLog(t *testing.T, name string) *homelog.Log {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	l, err := homelog.Read(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return l
}

func traceOf(t *testing.T, l *homelog.Log, n int) flow.Trace {
	t.Helper()
	trace, err := l.Trace(n, "doorstep test")
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

// Logs of real homeservers, at the levels and in the forms that they have, tell of the same joins the same steps.
func TestRealLogs(t *testing.T) {
	files, err := filepath.Glob("testdata/*.log")
	if err != nil || len(files) != 11 {
		t.Fatalf("%d logs, %v", len(files), err)
	}
	for _, file := range files {
		parts := strings.Split(strings.TrimSuffix(filepath.Base(file), ".log"), "-") // software, version, level, side
		want := realLogs[parts[0]+" "+parts[3]]
		l := readLog(t, file)
		if strings.ToLower(l.By) != parts[0] || l.Version != parts[1] && parts[3] != "backoff" {
			t.Errorf("%s: of %s %s", file, l.By, l.Version)
		}
		if len(l.Joins) != len(want) {
			t.Errorf("%s: %d joins, not %d", file, len(l.Joins), len(want))
			continue
		}
		for i := range l.Joins {
			trace := traceOf(t, l, i+1)
			if got := inShort(trace); got != want[i] {
				t.Errorf("%s, %d: %s, not %s", file, i+1, got, want[i])
			}
			checkHonest(t, trace)
		}
	}
}

// checkHonest fails the test where a trace of a log claims more than that has.
func checkHonest(t *testing.T, trace flow.Trace) {
	t.Helper()
	s := flow.Fold(trace)
	if s.Verification != nil || s.Template != nil || s.Reply != nil || len(s.Checks()) > 0 {
		t.Errorf("something was verified: %v", s.Checks())
	}
	if _, more := s.Next(); more {
		t.Error("there is a next step")
	}
	if o, _, something := s.VerifiedOutcome(); something || o == flow.Verified {
		t.Errorf("verifying it comes to %s", o)
	}
	for i := range trace.Entries {
		e := &trace.Entries[i]
		if e.Logged == nil || e.Kind != flow.Gap && e.Kind != flow.Request && len(e.Logged.Lines) == 0 {
			t.Errorf("entry %d is known from no line", e.Seq)
		}
		if e.Request != nil && (e.Request.Header != nil || e.Request.Body != nil) || e.Connection != nil ||
			e.Response != nil && e.Response.Header != nil {
			t.Errorf("entry %d has what no log has", e.Seq)
		}
	}
	var first, second bytes.Buffer
	if err := recording.Write(&first, trace); err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(first.Bytes()) {
		if err := flowtest.Obeys(line); err != nil {
			t.Errorf("%s is not as the schema has it: %v", line, err)
		}
	}
	again, err := recording.Read(bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatalf("the recording cannot be read: %v\n%s", err, first.Bytes())
	}
	if err := recording.Write(&second, again); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Errorf("written again it is another recording:\n%s\n%s", first.Bytes(), second.Bytes())
	}
}

// Every check that could be made of an answer is missing, and none of it passed or failed.
func TestNothingIsChecked(t *testing.T) {
	s := flow.Fold(traceOf(t, readLog(t, "testdata/synapse-1.163.2-info-joining.log"), 1))
	if !s.JoinedByLog() || s.Outcome() != flow.Joined || !strings.Contains(s.WhyEnded(), "Synapse logged") {
		t.Errorf("%s: %s", s.Outcome(), s.WhyEnded())
	}
	if n := slices.IndexFunc(s.Checks(), func(c verify.Check) bool { return c.Outcome != verify.NotChecked }); n >= 0 {
		t.Error("a check was made")
	}
}

// Who joins what through whom is what the log says.
func TestNames(t *testing.T) {
	l := readLog(t, "testdata/synapse-1.163.2-info-joining.log")
	h := traceOf(t, l, 3).Header
	if h.User != "@bob:127.0.0.1:44609" || h.Joining != "127.0.0.1:44609" ||
		h.Target != "!AL7faf9axng8CPqE:127.0.0.1:42277" ||
		!slices.Equal(h.Via, []string{"127.0.0.1:34767", "127.0.0.1:42277"}) || h.Imported.Side != flow.SideJoining ||
		h.Imported.By != "Synapse 1.163.2" || h.Omit == nil || !*h.Omit || !slices.Contains(h.Offered, "12") {
		t.Errorf("%+v %+v", h, h.Imported)
	}
	s := flow.Fold(traceOf(t, l, 1))
	if s.RoomID != "!2U4gnDlIBPWgMFfd:127.0.0.1:42277" {
		t.Errorf("the alias leads to %q", s.RoomID)
	}
	resident := traceOf(t, readLog(t, "testdata/synapse-1.163.2-json-resident.log"), 2)
	if e := resident.Entry(len(resident.Entries)); e.Server != "127.0.0.1:37045" ||
		resident.Header.Imported.Side != flow.SideResident {
		t.Errorf("%q answers, %+v", e.Server, resident.Header.Imported)
	}
}

// The resident's key fetch lies under the arrow that it was made for.
func TestKeyFetches(t *testing.T) {
	trace := traceOf(t, readLog(t, "testdata/synapse-1.163.2-debug-resident.log"), 6)
	var got []string
	for _, e := range trace.Entries {
		got = append(got, fmt.Sprintf("%s %s>%s", e.Step, e.From, e.To))
	}
	want := "A4 joining>resident, R resident>joining, R joining>resident, A5 resident>joining"
	if strings.Join(got, ", ") != want {
		t.Errorf("%s, not %s", strings.Join(got, ", "), want)
	}
}

// The same log in other forms: packed, behind the prefix of a container's log, in a form without request numbers, with
// Windows' ends of lines.
func TestForms(t *testing.T) {
	text, err := os.ReadFile("testdata/synapse-1.163.2-info-joining.log")
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(text)
	_ = z.Close()
	plain := text
	for _, name := range []string{"POST-5", "POST-6", "POST-7", "POST-8", "POST-9",
		"POST-10", "POST-11", "POST-12", "POST-13"} {
		plain = bytes.ReplaceAll(plain, []byte(" - "+name+" - "), []byte(" - None - "))
	}
	prefixed := bytes.ReplaceAll(text, []byte("\n2026-"), []byte("\nsynapse-1  | 2026-"))
	for name, text := range map[string][]byte{"gzip": packed.Bytes(), "no numbers": plain, "prefix": prefixed,
		"CRLF": bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")), "no end": bytes.TrimSuffix(text, []byte("\n"))} {
		l, err := homelog.Read(bytes.NewReader(text))
		if err != nil || len(l.Joins) != 8 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i := range l.Joins {
			if got, want := inShort(traceOf(t, l, i+1)), realLogs["synapse joining"][i]; got != want {
				t.Errorf("%s, %d: %s, not %s", name, i+1, got, want)
			}
		}
	}
}

// Lines as they were written before: no ru=, no time for sending, no blank after the request, the address under another
// scheme, the address only where the request was sent.
func TestOlderLines(t *testing.T) {
	const older = `2018-05-01 10:00:00,100 - synapse.http.matrixfederationclient - 1 - INFO - POST-1- {GET-O-1} [b.example] ` +
		`Sending request: GET matrix://b.example/_matrix/federation/v1/make_join/%21r%3Ab.example/%40u%3Aa.example?ver=1; timeout 60.0s
2018-05-01 10:00:00,200 - synapse.http.matrixfederationclient - 1 - INFO - POST-1- {GET-O-1} [b.example] Completed: 200 OK
2018-05-01 10:00:01,200 - synapse.http.matrixfederationclient - 1 - INFO - POST-1- {PUT-O-2} [b.example] ` +
		`Sending request: PUT matrix://b.example/_matrix/federation/v1/send_join/%21r%3Ab.example/%24e%3Aa.example; timeout 60.0s
2018-05-01 10:00:02,200 - synapse.http.matrixfederationclient - 1 - INFO - POST-1- {PUT-O-2} [b.example] Completed: 200 OK
2018-05-01 10:00:03,000 - synapse.access.http.8008 - 1 - INFO - POST-1- 192.0.2.1 - 8008 - {@u:a.example} Processed request: ` +
		`2.950sec (0.010sec, 0.000sec) (0.001sec/0.002sec/3) 30B 200 "POST /_matrix/client/r0/join/%21r%3Ab.example HTTP/1.1" "Riot" [0 dbevts]
`
	l, err := homelog.Read(strings.NewReader(older))
	if err != nil {
		t.Fatal(err)
	}
	trace := traceOf(t, l, 1)
	if got := inShort(trace); got != "A1 A4 A5:200 A6 A7:200 A8:200 joined" {
		t.Error(got)
	}
	if e := trace.Entry(5); e.Took.Seconds() != 1 {
		t.Errorf("send_join took %s", e.Took)
	}
}

// A log that holds nothing of use says which of the reasons it is.
func TestNoJoin(t *testing.T) {
	for text, want := range map[string]string{
		"": "none of its 0 lines", "hello\nworld\n": "none of its 2 lines",
		"2026-11-27 05:15:44,678 - synapse.server - 1 - INFO - main - Setting up.\n":           "a log of Synapse, and none tells of one",
		"time=\"2026-11-27T05:17:24.256208856Z\" level=info msg=\"Dendrite version 0.15.2\"\n": "a log of Dendrite",
	} {
		_, err := homelog.Read(strings.NewReader(text))
		if !errors.Is(err, homelog.ErrNoJoin) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Joins of several users at once are told apart by their requests, and those of Dendrite by user and room; a line that
// may be about either is about neither.
func TestInterleaved(t *testing.T) {
	a, b := readLog(t, "testdata/synapse-1.163.2-info-joining.log"), "testdata/synapse-1.163.2-info-joining.log"
	text, err := os.ReadFile(b)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string // all at the same time, round robin over the joins
	byJoin := map[string][]string{}
	var order []string
	for line := range strings.Lines(string(text)) {
		request := strings.Split(line, " - ")
		if len(request) < 6 {
			continue
		}
		if byJoin[request[4]] == nil {
			order = append(order, request[4])
		}
		byJoin[request[4]] = append(byJoin[request[4]], "2026-11-27 05:15:44,678"+line[23:])
	}
	for i := 0; i < 50; i++ {
		for _, name := range order {
			if i < len(byJoin[name]) {
				lines = append(lines, byJoin[name][i])
			}
		}
	}
	l, err := homelog.Read(strings.NewReader(strings.Join(lines, "")))
	if err != nil || len(l.Joins) != len(a.Joins) {
		t.Fatalf("%d joins, not %d: %v", len(l.Joins), len(a.Joins), err)
	}
	var got []string
	for i := range l.Joins {
		got = append(got, inShort(traceOf(t, l, i+1)))
	}
	want := slices.Clone(realLogs["synapse joining"])
	slices.SortFunc(got, cmp.Compare[string])
	slices.SortFunc(want, cmp.Compare[string])
	if !slices.Equal(got, want) {
		t.Errorf("%q\nnot %q", got, want)
	}
}
