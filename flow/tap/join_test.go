package tap_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/client/freeport"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/event"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/tap"
	"doorstep/flow/verify"
	"doorstep/flow/watch"
)

// around is a resolver that leads to the taps before servers.
type around struct {
	client.Resolver
	taps map[string]*tap.Standing
}

func (r around) Resolve(ctx context.Context, name string) client.Discovery {
	d := r.Resolver.Resolve(ctx, name)
	if s := r.taps[name]; s != nil {
		for i := range d.Destinations {
			d.Destinations[i].Address = s.Addr().String()
		}
	}
	return d
}

// A tapped federation has a tap before each server of a scenario that runs.
type tapped struct {
	*engine.Federation
	taps map[string]*tap.Standing
}

func tapAll(t *testing.T, name string, o tap.Options) *tapped {
	t.Helper()
	scenario, ok := sandbox.Lookup(name)
	if !ok {
		t.Fatalf("no scenario %q", name)
	}
	f, err := engine.Start(t.Context(), scenario, engine.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Stop)
	out := &tapped{f, map[string]*tap.Standing{}}
	for _, server := range scenario.Layout.Names() {
		if f.Address(server) == "" || slices.Contains(scenario.Layout.Down, server) {
			continue
		}
		out.stand(t, server, o)
	}
	return out
}

// stand has a tap stand before a server, with a certificate of its name.
func (f *tapped) stand(t *testing.T, server string, o tap.Options) {
	t.Helper()
	host, err := client.ParseServerName(server)
	if err != nil {
		return
	}
	certificate, err := f.Authority.Certificate(host.Host)
	if err != nil {
		t.Fatal(err)
	}
	o.CertFile, o.KeyFile = pemFiles(t, certificate)
	o.CAFile, o.UpstreamName = filepath.Join(t.TempDir(), "ca.pem"), host.Host
	if err := os.WriteFile(o.CAFile, f.Authority.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	if o.Quiet == 0 {
		o.Quiet = time.Minute // a join is over when the tap is closed
	}
	f.taps[server] = before(t, "https://"+f.Address(server), o)
}

// join runs the handshake of the scenario, and returns the joining server's own trace.
func (f *tapped) join(t *testing.T) flow.Trace {
	t.Helper()
	run, stop, err := f.Join(t.Context(), engine.JoinOptions{Tool: "doorstep test",
		Resolver: func(straight client.Resolver) client.Resolver { return around{straight, f.taps} }})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	run.Finish(t.Context())
	return run.Trace()
}

// seen closes the taps and returns the joins that each saw, by server.
func (f *tapped) seen() map[string][]*watch.Join {
	out := map[string][]*watch.Join{}
	for server, s := range f.taps {
		s.Close()
		out[server] = s.Watcher().Joins()
	}
	return out
}

func findings(t flow.Trace) []string {
	var out []string
	for _, f := range diagnose.Findings(t, flow.Fold(t)) {
		out = append(out, f.ID)
	}
	slices.Sort(out)
	return out
}

// mainArrows are the exchanges of a trace with one server, with their answers, but for those that lie under arrows.
func mainArrows(t flow.Trace, server string) []string {
	var out []string
	for _, e := range t.Entries {
		if e.Kind == flow.Local || e.Step == flow.R || e.Server != server {
			continue
		}
		says := fmt.Sprint(e.Step, " ", e.Kind)
		if e.Request != nil {
			says += " " + e.Request.Target + " " + sum(e.Request.Body)
		}
		if e.Response != nil {
			says += fmt.Sprint(" ", e.Response.Status, " ", sum(e.Response.Body))
		}
		out = append(out, says)
	}
	return out
}

// TestVersions joins a room of every version through taps.
func TestVersions(t *testing.T) {
	t.Parallel()
	for _, v := range event.Versions() {
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			f := tapAll(t, "public-v"+v.ID, tap.Options{})
			own := f.join(t)
			s := flow.Fold(own)
			if s.Outcome() != flow.Joined {
				t.Fatalf("%s: %s", s.Outcome(), s.WhyEnded())
			}
			resident := s.Template.Server
			joins := f.seen()[resident]
			if len(joins) != 1 {
				t.Fatalf("%d joins at %s", len(joins), resident)
			}
			trace := joins[0].Trace()
			holdsUp(t, own, trace, resident)
			if got := flow.Fold(trace); got.Outcome() != flow.Joined || got.Verification == nil {
				t.Errorf("%s: %s, verified %v", got.Outcome(), got.WhyEnded(), got.Verification != nil)
			}
		})
	}
}

// holdsUp checks that what a tap saw of a join is what the joining server did with that server, and no check fails.
func holdsUp(t *testing.T, own, got flow.Trace, server string) {
	t.Helper()
	want, is := mainArrows(own, server), mainArrows(got, server)
	is = slices.DeleteFunc(is, func(s string) bool { return strings.HasPrefix(s, "A1") || strings.HasPrefix(s, "A8") })
	if !slices.Equal(want, is) {
		t.Errorf("arrows:\n%s\nnot\n%s", strings.Join(is, "\n"), strings.Join(want, "\n"))
	}
	h := got.Header
	if h.Joining != own.Header.Joining || h.User != own.Header.User || h.KeyID != own.Header.KeyID ||
		h.Form != own.Header.Form || !slices.Equal(h.Offered, own.Header.Offered) {
		t.Errorf("header %+v, not %+v", h, own.Header)
	}
	last := time.Duration(0)
	for i, e := range got.Entries {
		if e.Seq != i+1 || e.At < last {
			t.Errorf("entry %d: number %d, at %v after %v", i+1, e.Seq, e.At, last)
		}
		last = e.At
	}
}

// What a tap before one server cannot see: what came before or elsewhere, and what is only known to the joining server.
var (
	unseenBefore = []string{"alias-moved", "invite-not-propagated", "inviter-left", "stale-candidates",
		"first-refusal-final", "residents-disagree", "refusal-not-shared", "leave-held", "client-gave-up",
		"answer-too-large", "no-candidate-answers"}
	// said otherwise from the other side
	saysElse = map[string]string{
		"truncated-answer":         "truncated-answer",    // the joining server lost all of it
		"first-refusal-final":      "unexplained-refusal", // there were no others, as far as is seen
		"probe-proxy-decodes-path": "signature-refused",   // probes are not part of the join
		"probe-own-key-differs":    "key-unreachable",
	}
)

// TestFindings runs every scenario whose servers are where their names lead through taps: what is found of what passed
// a tap is what the joining server itself found, as far as that could be seen, and nothing that fails there passes
// here.
func TestFindings(t *testing.T) {
	t.Parallel()
	free := make(chan struct{}, 4)
	for _, s := range sandbox.Scenarios() {
		if s.Network != nil || s.Name == "large" {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			free <- struct{}{}
			defer func() { <-free }()
			f := tapAllThatCan(t, s.Name)
			own := f.join(t)
			want := findings(own)
			for server, joins := range f.seen() {
				for _, j := range joins {
					agrees(t, s.Name, server, want, own, j.Trace())
				}
			}
		})
	}
}

// agrees checks what is found of what a tap saw against what the joining server found.
func agrees(t *testing.T, name, server string, want []string, own, got flow.Trace) {
	t.Helper()
	before, after := flow.Fold(own), flow.Fold(got)
	found := findings(got)
	for _, id := range found {
		if !slices.Contains(want, id) && saysElse[name] != id && id != "not-invited" {
			t.Errorf("%s: %s is found, and the joining server found %v", server, id, want)
		}
	}
	unseen := slices.ContainsFunc(want, func(id string) bool { return slices.Contains(unseenBefore, id) })
	if stop := before.Stopped; stop != nil && stop.Seq > 0 && own.Entry(stop.Seq).Server == server && len(found) == 0 &&
		!unseen && stop.Step != flow.L2 {
		t.Errorf("%s: nothing is found, and the joining server found %v", server, want)
	}
	if o := after.Outcome(); (o == flow.Joined) && before.Outcome() == flow.Refused {
		t.Errorf("%s: %s, and it was %s", server, o, before.Outcome())
	}
	if v := after.Verification; v != nil && before.Verification != nil && v.Tally(verify.NoKind).Pass >
		before.Verification.Tally(verify.NoKind).Pass {
		t.Errorf("%s: %+v, and the joining server has %+v", server, v.Tally(verify.NoKind),
			before.Verification.Tally(verify.NoKind))
	}
	obeys(t, got)
}

// obeys checks that a trace is a recording by the schema, that comes back as it was, and is fit to be redacted.
func obeys(t *testing.T, trace flow.Trace) {
	t.Helper()
	var b bytes.Buffer
	if err := recording.Write(&b, trace); err != nil {
		t.Fatal(err)
	}
	for _, l := range bytes.Split(bytes.TrimSpace(b.Bytes()), []byte("\n")) {
		if err := flowtest.Obeys(l); err != nil {
			t.Errorf("%.300s: %v", l, err)
		}
	}
	if bytes.Contains(b.Bytes(), []byte(`sig=\"`)) && !bytes.Contains(b.Bytes(), []byte(`sig=\"…`)) {
		t.Error("a signature of Authorization was kept")
	}
	back, err := recording.Read(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := findings(trace), findings(back); !slices.Equal(a, b) {
		t.Errorf("recorded, %v are found, not %v", b, a)
	}
}

// tapAllThatCan is tapAll, but for servers whose certificate no tap would take.
func tapAllThatCan(t *testing.T, name string) *tapped {
	t.Helper()
	return tapAll(t, name, tap.Options{Insecure: true})
}

// TestFetchedKeys has a tap ask for the keys itself that did not pass: then every signature is checked that the joining
// server checked, its own key's too, and the recording says who asked.
func TestFetchedKeys(t *testing.T) {
	t.Parallel()
	listen := freeport.Address(t)
	o := tap.Options{FetchKeys: true, Private: true, Quiet: 200 * time.Millisecond,
		Pins: []string{engine.JoiningName + ":8448:" + listen}}
	over := make(chan *watch.Join, 10)
	o.OnOver = func(j *watch.Join) { over <- j }
	scenario, _ := sandbox.Lookup("public-v12")
	f, err := engine.Start(t.Context(), scenario, engine.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Stop)
	for _, server := range scenario.Layout.Names() {
		o.Pins = append(o.Pins, server+":8448:"+f.Address(server))
	}
	const resident = "resident.example"
	one := &tapped{f, map[string]*tap.Standing{}}
	one.stand(t, resident, o)
	run, stop, err := f.Join(t.Context(), engine.JoinOptions{Tool: "doorstep test", Listen: listen,
		Resolver: func(straight client.Resolver) client.Resolver { return around{straight, one.taps} }})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	run.Finish(t.Context())
	var trace flow.Trace
	select {
	case j := <-over:
		trace = j.Trace()
	case <-time.After(20 * time.Second):
		t.Fatal("the join is not over")
	}
	own, got := flow.Fold(run.Trace()), flow.Fold(trace)
	if a, b := own.Verification.Tally(verify.NoKind), got.Verification.Tally(verify.NoKind); a != b {
		t.Errorf("checks %+v, and the joining server has %+v; lacks %v", b, a, trace.Header.Imported.Missing)
	}
	if trace.Header.VerifyKey != run.Trace().Header.VerifyKey {
		t.Errorf("own key %q", trace.Header.VerifyKey)
	}
	asked := func(e flow.Entry) bool { return e.By == flow.ByTap && e.From == flow.Joining }
	if !slices.ContainsFunc(trace.Entries, asked) {
		t.Error("nothing says that the tap asked")
	}
	obeys(t, trace)
}
