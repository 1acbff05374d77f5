package tap_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/event"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/tap"
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
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, f.Authority.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	out := &tapped{f, map[string]*tap.Standing{}}
	for _, server := range scenario.Layout.Names() {
		if f.Address(server) == "" || slices.Contains(scenario.Layout.Down, server) {
			continue
		}
		host, err := client.ParseServerName(server)
		if err != nil {
			continue
		}
		certificate, err := f.Authority.Certificate(host.Host)
		if err != nil {
			t.Fatal(err)
		}
		o := o
		o.CertFile, o.KeyFile = pemFiles(t, certificate)
		o.CAFile, o.UpstreamName = ca, host.Host
		if o.Quiet == 0 {
			o.Quiet = time.Minute // a join is over when the tap is closed
		}
		out.taps[server] = before(t, "https://"+f.Address(server), o)
	}
	return out
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
