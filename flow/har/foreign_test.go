package har_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/flow/har"
	"doorstep/flow/redact"
	"doorstep/flow/traffic"
)

// object is a JSON object of an archive.
type object = map[string]any

// plainLog is the log of the archive of a recording, without our fields.
func plainLog(t testing.TB, name string) object {
	t.Helper()
	var f object
	if err := json.Unmarshal(stripped(t, archived(t, flowtest.Embedded(t, name))), &f); err != nil {
		t.Fatal(err)
	}
	return f["log"].(object)
}

// file is the archive with that log.
func file(t testing.TB, log object) []byte {
	t.Helper()
	b, err := json.Marshal(object{"log": log})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// each does something to every entry of a log.
func each(log object, do func(entry, request, response object)) {
	for _, e := range log["entries"].([]any) {
		e := e.(object)
		do(e, e["request"].(object), e["response"].(object))
	}
}

// later moves every entry of a log.
func later(t testing.TB, log object, by time.Duration) {
	t.Helper()
	each(log, func(e, _, _ object) {
		at, err := time.Parse(time.RFC3339, e["startedDateTime"].(string))
		if err != nil {
			t.Fatal(err)
		}
		e["startedDateTime"] = at.Add(by).In(time.FixedZone("", 3600)).Format("2006-01-02T15:04:05.000-07:00")
	})
}

// As browsers and proxies write them: names in lower case with the pseudo fields of HTTP/2, bodies in base64, sizes of
// what was compressed, fields of their own, and much left out.
func TestOtherPrograms(t *testing.T) {
	log := plainLog(t, "failover")
	log["creator"] = object{"name": "WebInspector", "version": "537.36", "_x": 1}
	log["pages"] = []any{object{"id": "page_1", "title": "x"}}
	each(log, func(e, request, response object) {
		e["_priority"], e["connection"], e["pageref"] = "High", "443", "page_1"
		delete(e, "serverIPAddress")
		delete(e, "cache")
		delete(e, "comment")
		e["timings"] = object{"send": 0.1, "wait": 1, "receive": -1, "_blocked_queueing": 2}
		for _, side := range []object{request, response} {
			for _, h := range side["headers"].([]any) {
				h := h.(object)
				h["name"] = strings.ToLower(h["name"].(string))
			}
			side["httpVersion"] = "h2"
			delete(side, "cookies")
			delete(side, "headersSize")
		}
		headers := slices.DeleteFunc(request["headers"].([]any), func(h any) bool { return h.(object)["name"] == "host" })
		host, _, _ := strings.Cut(strings.TrimPrefix(request["url"].(string), "https://"), "/")
		request["headers"] = append([]any{object{"name": ":authority", "value": host},
			object{"name": ":method", "value": request["method"]}}, headers...)
		if content := response["content"].(object); content["text"] != nil {
			content["text"] = base64.StdEncoding.EncodeToString([]byte(content["text"].(string)))
			content["encoding"], content["compression"] = "base64", 12
			response["bodySize"], response["_transferSize"] = 17, 99
		}
	})
	got := imported(t, append([]byte("\xef\xbb\xbf"), file(t, log)...))
	obeys(t, got)
	s := flow.Fold(got)
	if s.Outcome() != flow.Joined || got.Header.Imported.By != "WebInspector 537.36" {
		t.Errorf("%s, %s, by %s", s.Outcome(), s.WhyEnded(), got.Header.Imported.By)
	}
	for _, e := range got.Entries {
		if e.Request != nil {
			for _, f := range e.Request.Header {
				if strings.HasPrefix(f.Name, ":") {
					t.Errorf("entry %d: a pseudo field %q", e.Seq, f.Name)
				}
			}
		}
	}
}

// As Firefox writes them: times with an offset, protocols of its own spelling, parts that it does not know as 0, a
// response of nothing where none came.
func TestFirefox(t *testing.T) {
	log := plainLog(t, "failover")
	log["creator"] = object{"name": "Firefox", "version": "128.5.0"}
	log["browser"], log["pages"] = log["creator"], []any{}
	each(log, func(e, request, response object) {
		at, err := time.Parse(time.RFC3339, e["startedDateTime"].(string))
		if err != nil {
			t.Fatal(err)
		}
		e["startedDateTime"] = at.In(time.FixedZone("", -5400)).Format("2006-01-02T15:04:05.000-07:00")
		e["pageref"], e["_securityState"], e["connection"] = "page_1", "secure", "443"
		request["httpVersion"], response["httpVersion"] = "HTTP/2", "HTTP/2"
		if response["status"].(float64) == 0 {
			delete(response, "_error")
			response["httpVersion"] = ""
			e["timings"] = object{"blocked": 3, "dns": 0, "connect": 0, "ssl": 0, "send": 0, "wait": 0, "receive": 0}
		}
		if data, ok := request["postData"].(object); ok {
			data["params"] = []any{}
		}
		response["content"].(object)["comment"] = ""
	})
	got := imported(t, file(t, log))
	obeys(t, got)
	s := flow.Fold(got)
	if s.Outcome() != flow.Joined || got.Header.Imported.By != "Firefox 128.5.0" {
		t.Errorf("%s, %s, by %s", s.Outcome(), s.WhyEnded(), got.Header.Imported.By)
	}
}

// A browser sees the client's join alone. That is no handshake between servers, and the error says what there is; the
// file is one that Chromium recorded of a page, by Playwright.
func TestClientsJoin(t *testing.T) {
	recorded, err := os.ReadFile("testdata/chromium.har")
	if err != nil {
		t.Fatal(err)
	}
	a, err := har.Read(bytes.NewReader(recorded))
	if a != nil || !errors.Is(err, traffic.ErrNoHandshake) {
		t.Fatalf("%v, %v", a, err)
	}
	for _, want := range []string{"3 exchanges", `"#room:directory.example" (200)`, "no make_join or send_join"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
	if strings.Contains(err.Error(), "swordfish") || !bytes.Contains(recorded, []byte("swordfish")) {
		t.Error("a token is in the error, or in no file")
	}
}

// Handshakes are found among other traffic, several in a file, whatever order the entries have.
func TestSeveralHandshakes(t *testing.T) {
	log, second, third := plainLog(t, "banned"), plainLog(t, "public-v12"), plainLog(t, "synapse-v12")
	var all []any
	for i, l := range []object{log, second, third} {
		later(t, l, time.Duration(i)*time.Hour)
		all = append(all, l["entries"].([]any)...)
	}
	for i := range 50 {
		all = append(all, object{"startedDateTime": "nonsense", "request": object{"method": "GET", "url": fmt.Sprintf(
			"https://matrix.example/_matrix/client/v3/sync?since=%d", i)}, "response": 17})
	}
	slices.Reverse(all)
	log["entries"] = all
	a, err := har.Read(bytes.NewReader(file(t, log)))
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Handshakes) != 3 || a.Entries != len(all) || a.Recorded() {
		t.Fatalf("%d handshakes in %d entries", len(a.Handshakes), a.Entries)
	}
	want := map[string]flow.Outcome{"@you:joining.example 403": flow.Refused, "@you:joining.example 200": flow.Joined}
	for i, h := range a.Handshakes {
		trace, err := a.Trace(i+1, "doorstep test")
		if err != nil {
			t.Fatal(err)
		}
		obeys(t, trace)
		outcome, known := want[fmt.Sprintf("%s %d", h.User, h.Status)]
		if !known {
			outcome = flow.Joined
		}
		if got := flow.Fold(trace).Outcome(); got != outcome {
			t.Errorf("handshake %d: %s, not %s", i+1, got, outcome)
		}
	}
	for _, n := range []int{0, 4, -1} {
		if _, err := a.Trace(n, ""); err == nil {
			t.Errorf("there is a handshake %d", n)
		}
	}
}

// without takes the entries out of a log whose URL holds one of the texts.
func without(log object, texts ...string) {
	log["entries"] = slices.DeleteFunc(log["entries"].([]any), func(e any) bool {
		url := e.(object)["request"].(object)["url"].(string)
		return slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(url, s) })
	})
}

// What a file lacks is said, and makes no check fail and no join invalid.
func TestMissing(t *testing.T) {
	const never = "nothing at all"
	for name, c := range map[string]struct {
		recording string
		take      string
		missing   flow.Missing
		outcome   flow.Outcome
	}{
		"client":      {"public-v12", "/client/", flow.MissingClient, flow.Joined},
		"refused":     {"banned", "/client/", flow.MissingClient, flow.Refused},
		"keys":        {"public-v12", "other.example/_matrix/key/", flow.MissingKeys, flow.Joined},
		"own key":     {"public-v12", "joining.example/_matrix/key/", flow.MissingOwnKey, flow.Joined},
		"template":    {"public-v12", "/make_join/", flow.MissingTemplate, flow.NotProven},
		"send_join":   {"public-v12", "/send_join/", flow.MissingJoin, flow.NotProven},
		"all of them": {"public-v12", never, flow.MissingDiscovery, flow.Joined},
	} {
		t.Run(name, func(t *testing.T) {
			log := plainLog(t, c.recording)
			without(log, c.take)
			got := imported(t, file(t, log))
			obeys(t, got)
			if !slices.Contains(got.Header.Imported.Missing, c.missing) {
				t.Errorf("missing: %v, not %s", got.Header.Imported.Missing, c.missing)
			}
			s := flow.Fold(got)
			if s.Outcome() != c.outcome {
				t.Errorf("%s: %s", s.Outcome(), s.WhyEnded())
			}
			for _, check := range s.Checks() {
				if check.Outcome.String() == "fail" {
					t.Errorf("%+v", check)
				}
			}
		})
	}
}

// What a verification cannot prove for keys that the file lacks is not proven, which is neither a failure nor an answer
// that anything is wrong with, and has the exit code of what cannot be proven; the same without the lack is verified. A
// file without the answer, or without what it takes to read it, proves nothing either. Of a trace of our own, which
// lacks nothing, the same end is what it was.
func TestNotProven(t *testing.T) {
	for name, c := range map[string]struct {
		take      string
		verified  flow.Outcome
		something bool // there is an answer that was verified
		why       string
	}{
		"whole":     {"nothing at all", flow.Verified, true, ""},
		"own key":   {"joining.example/_matrix/key/", flow.NotProven, true, "the imported file lacks keys: "},
		"no keys":   {"/_matrix/key/", flow.NotProven, true, "the imported file lacks keys: "},
		"template":  {"/make_join/", flow.NotProven, false, "the imported file lacks what"},
		"send_join": {"/send_join/", flow.NotProven, false, "the imported file lacks what"},
	} {
		t.Run(name, func(t *testing.T) {
			log := plainLog(t, "public-v12")
			without(log, c.take)
			s := flow.Fold(imported(t, file(t, log)))
			o, why, something := s.VerifiedOutcome()
			if o != c.verified || something != c.something || !strings.Contains(why, c.why) {
				t.Errorf("%s, %q, something %v", o, why, something)
			}
			if want := map[flow.Outcome]int{flow.Verified: 0, flow.NotProven: 4}[c.verified]; s.ExitCode(o, false) != want {
				t.Errorf("exit code %d, not %d", s.ExitCode(o, false), want)
			}
		})
	}
	own := flowtest.Embedded(t, "public-v12")
	for i, e := range own.Entries {
		if e.Step == flow.A7 {
			if o := flow.Fold(own.Prefix(i)).Outcome(); o != flow.Failed {
				t.Errorf("a trace of our own that breaks off: %s", o)
			}
		}
	}
}

// A refusal that the file holds is one, whatever else it lacks, and an answer that the rules refuse stays invalid.
func TestLacksHideNoFailure(t *testing.T) {
	for name, want := range map[string]flow.Outcome{"banned": flow.Refused, "synapse-server-denied": flow.Refused} {
		log := plainLog(t, name)
		without(log, "/_matrix/key/")
		if s := flow.Fold(imported(t, file(t, log))); s.Outcome() != want {
			t.Errorf("%s: %s: %s", name, s.Outcome(), s.WhyEnded())
		}
	}
	log := plainLog(t, "public-v12")
	without(log, "other.example/_matrix/key/")
	each(log, func(_, request, response object) {
		if strings.Contains(request["url"].(string), "/send_join/") {
			content := response["content"].(object)
			content["text"] = strings.ReplaceAll(content["text"].(string), `"type":"m.room.create"`, `"type":"m.room.creat"`)
		}
	})
	s := flow.Fold(imported(t, file(t, log)))
	if o, why, _ := s.VerifiedOutcome(); s.Outcome() != flow.Invalid || o != flow.Invalid {
		t.Errorf("an answer without a create event: %s, %s: %s", s.Outcome(), o, why)
	}
}

// A body that the file lacks, as browsers leave large ones out, is no empty body: the answer is not there.
func TestBodiesLeftOut(t *testing.T) {
	log := plainLog(t, "public-v12")
	each(log, func(_, request, response object) {
		if strings.Contains(request["url"].(string), "/send_join/") {
			delete(response["content"].(object), "text")
		}
	})
	got := imported(t, file(t, log))
	obeys(t, got)
	if !slices.Contains(got.Header.Imported.Missing, flow.MissingBodies) {
		t.Errorf("missing: %v", got.Header.Imported.Missing)
	}
	if s := flow.Fold(got); s.Reply != nil || s.Outcome() == flow.Invalid {
		t.Errorf("%s: %s", s.Outcome(), s.WhyEnded())
	}
}

// Nothing secret of an archive is in the recording made of it.
func TestSecretsAreLeftOut(t *testing.T) {
	log := plainLog(t, "public-v12")
	each(log, func(_, request, response object) {
		request["headers"] = append(request["headers"].([]any), object{"name": "Cookie", "value": "id=swordfish"})
		response["headers"] = append(response["headers"].([]any), object{"name": "set-cookie", "value": "id=swordfish"})
		if url := request["url"].(string); strings.Contains(url, "/client/") {
			request["url"] = url + "?access_token=swordfish"
		}
		for _, h := range request["headers"].([]any) {
			if h := h.(object); h["name"] == "Authorization" {
				h["value"] = strings.ReplaceAll(h["value"].(string), "…", "swordfish")
			}
		}
	})
	given := file(t, log)
	if n := bytes.Count(given, []byte("swordfish")); n < 10 {
		t.Fatalf("%d secrets", n)
	}
	if all := strings.Join(lines(t, imported(t, given)), "\n"); strings.Contains(all, "swordfish") {
		t.Error("a secret is in the recording")
	}
}

// An archive of ours that somebody changed is read like any other.
func TestChangedArchive(t *testing.T) {
	var f object
	if err := json.Unmarshal(archived(t, flowtest.Embedded(t, "public-v12")), &f); err != nil {
		t.Fatal(err)
	}
	log := f["log"].(object)
	log["entries"] = log["entries"].([]any)[1:]
	a, err := har.Read(bytes.NewReader(file(t, log)))
	if err != nil || a.Changed == nil || a.Recorded() || len(a.Handshakes) != 1 {
		t.Fatalf("%v, %+v", err, a)
	}
	trace, err := a.Trace(1, "doorstep test")
	if err != nil || trace.Header.Imported == nil {
		t.Errorf("%v, %+v", err, trace.Header)
	}
}

// mitmproxy reads what is written, and what mitmproxy writes is read: DOORSTEP_MITMDUMP names its mitmdump.
func TestMitmproxy(t *testing.T) {
	program := os.Getenv("DOORSTEP_MITMDUMP")
	if program == "" {
		var err error
		if program, err = exec.LookPath("mitmdump"); err != nil {
			t.Skip("mitmdump is not installed, and DOORSTEP_MITMDUMP names none")
		}
	}
	for _, name := range []string{"failover", "banned", "synapse-v12"} {
		in, out := filepath.Join(t.TempDir(), "in.har"), filepath.Join(t.TempDir(), "out.har")
		trace := flowtest.Embedded(t, name)
		if err := os.WriteFile(in, archived(t, trace), 0o600); err != nil {
			t.Fatal(err)
		}
		said, err := exec.CommandContext(t.Context(), program, "--no-server", "--rfile", in, "--set", "hardump="+out,
			"--set", "confdir="+t.TempDir()).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, said)
		}
		for _, want := range []string{"_matrix/federation", "<< "} {
			if !bytes.Contains(said, []byte(want)) {
				t.Errorf("%s is not in %s", want, said)
			}
		}
		opens(t, program, in)
		written, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		got := imported(t, written)
		obeys(t, got)
		compareArrows(t, trace, got, true)
		if want, is := flow.Fold(trace).Outcome(), flow.Fold(got).Outcome(); is != want {
			t.Errorf("%s: %s, not %s", name, is, want)
		}
		if by := got.Header.Imported.By; !strings.HasPrefix(by, "mitmproxy ") {
			t.Errorf("by %q", by)
		}
	}
}

// opened is a script of mitmproxy that says what it has read of each exchange.
const opened = `
import hashlib, json

def response(f): say(f)

def error(f): say(f)

def say(f):
    of = lambda m: hashlib.sha256(m.raw_content or b"").hexdigest() if m else ""
    print("READ " + json.dumps([f.request.method, f.request.url, f.response.status_code if f.response else 0,
                                of(f.request), of(f.response)]), flush=True)
`

// opens checks that mitmproxy reads an archive: each exchange with method, URL, status, and bodies by their hash. What
// has no response is one of status 0 to it.
func opens(t *testing.T, program, name string) {
	t.Helper()
	script := filepath.Join(t.TempDir(), "opened.py")
	if err := os.WriteFile(script, []byte(opened), 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := exec.CommandContext(t.Context(), program, "--no-server", "--quiet", "--rfile", name, "--scripts", script,
		"--set", "confdir="+t.TempDir()).Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	var got, want []string
	for l := range strings.Lines(string(said)) {
		if of, ok := strings.CutPrefix(l, "READ "); ok {
			got = append(got, strings.TrimSpace(of))
		}
	}
	written, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var f har.File
	if err := json.Unmarshal(written, &f); err != nil {
		t.Fatal(err)
	}
	hash := func(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }
	for _, e := range f.Log.Entries {
		sent, came := "", ""
		if e.Request.PostData != nil {
			sent = e.Request.PostData.Text
		}
		if text := e.Response.Content.Text; text != nil {
			came = *text
		}
		want = append(want, fmt.Sprintf("[%q, %q, %d, %q, %q]", e.Request.Method, e.Request.URL, e.Response.Status,
			hash(sent), hash(came)))
	}
	if !slices.Equal(got, want) {
		t.Errorf("mitmproxy reads\n%s\nand not\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What was imported can be redacted: it stays an import that lacks the same, and ends the same.
func TestRedactedImport(t *testing.T) {
	for _, name := range []string{"public-v12", "banned", "synapse-v12"} {
		trace := imported(t, file(t, plainLog(t, name)))
		got := redact.Trace(trace, "doorstep test")
		obeys(t, got)
		if !slices.Equal(got.Header.Imported.Missing, trace.Header.Imported.Missing) {
			t.Errorf("%s: %+v", name, got.Header.Imported)
		}
		if want, is := flow.Fold(trace).Outcome(), flow.Fold(got).Outcome(); is != want {
			t.Errorf("%s: %s, not %s", name, is, want)
		}
	}
}
