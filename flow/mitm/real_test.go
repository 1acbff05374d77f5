package mitm_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/client/freeport"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/flowtest"
	"doorstep/flow/har"
	"doorstep/flow/live"
	"doorstep/flow/mitm"
	"doorstep/flow/recording"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/traffic"
)

// mitmdump is the program of that name: DOORSTEP_MITMDUMP names it.
func mitmdump(t *testing.T) string {
	t.Helper()
	if program := os.Getenv("DOORSTEP_MITMDUMP"); program != "" {
		return program
	}
	program, err := exec.LookPath("mitmdump")
	if err != nil {
		t.Skip("mitmdump is not installed, and DOORSTEP_MITMDUMP names none")
	}
	return program
}

// A way is how requests come to mitmproxy.
type way string

// The ways: as a reverse proxy in front of every server, or as the proxy that the joining server is told of.
const (
	reverse way = "reverse"
	regular way = "regular"
)

// proxied joins a room of the sandbox through mitmproxy, and gives our recording, the flow file and the archive that
// mitmproxy wrote of the same join.
func proxied(t *testing.T, program, scenario string, by way) (ours flow.Trace, flows, archive []byte) {
	t.Helper()
	s, ok := sandbox.Lookup(scenario)
	if !ok {
		t.Fatalf("there is no scenario %q", scenario)
	}
	f, err := engine.Start(t.Context(), s, engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Stop)
	id := &client.Identity{ServerName: engine.JoiningName}
	if id.Key, err = client.GenerateKey(); err != nil {
		t.Fatal(err)
	}
	certificate, err := f.Authority.Issue(client.Leaf{Names: []string{id.ServerName}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	listens := freeport.Address(t)
	p := startProxy(t, program, dir, f, by, listens)
	run, _, stop, err := live.Open(t.Context(), live.Setup{
		Header: flow.Header{Tool: "doorstep test", Source: flow.SourceJoin, Joining: id.ServerName, User: f.UserID,
			Target: f.Alias, Form: flow.FormCurrent, SendTo: flow.SendToSame, KeyID: id.Key.ID,
			Offered: []string{"11", "12"}},
		Identity: id, Certificate: certificate, Resolver: p, Listen: listens,
		Client: &client.Client{Identity: id, Roots: f.Authority.Pool(), AllowPrivate: true, Dial: p.dial},
	})
	if err != nil {
		t.Fatal(err)
	}
	f.SetJoining(cmp.Or(p.fronts[id.ServerName], listens))
	run.Finish(t.Context())
	stop()
	p.stop()
	flows, err = os.ReadFile(p.flows)
	if err != nil {
		t.Fatalf("%v: %s", err, p.said.String())
	}
	archive, err = os.ReadFile(p.archive)
	if err != nil && writesArchives(t, program) {
		t.Fatalf("%v: %s", err, p.said.String())
	}
	return run.Trace(), flows, archive
}

// writesArchives reports whether a mitmproxy does: version 10.1 was the first. Those before 9 have one mode only.
func writesArchives(t *testing.T, program string) bool {
	t.Helper()
	says, err := exec.CommandContext(t.Context(), program, "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	return !regexp.MustCompile(`Mitmproxy: [789]\.`).Match(says)
}

// A proxy is a mitmproxy that runs. It resolves names to where it stands in front of servers, or to the servers.
type proxy struct {
	flows, archive string
	said           bytes.Buffer
	by             way
	at             string            // as a regular proxy
	fronts         map[string]string // by server name, as a reverse proxy
	names          client.Resolver
	stop           func()
}

func startProxy(t *testing.T, program, dir string, f *engine.Federation, by way, joining string) *proxy {
	t.Helper()
	p := &proxy{flows: filepath.Join(dir, "out.flow"), archive: filepath.Join(dir, "out.har"), by: by,
		fronts: map[string]string{}, names: f.Resolver()}
	args := []string{"--ssl-insecure", "--set", "confdir=" + dir, "--save-stream-file", p.flows, "--set",
		"hardump=" + p.archive, "--listen-host", "127.0.0.1", "--certs", "*=" +
			certificates(t, dir, f)}
	var wait []string
	if by == regular {
		p.at = freeport.Address(t)
		_, port, _ := net.SplitHostPort(p.at)
		args, wait = append(args, "--mode", "regular", "--listen-port", port), []string{p.at}
	}
	front := func(name, at string) {
		p.fronts[name] = freeport.Address(t)
		args = append(args, "--mode", "reverse:https://"+at+"@"+p.fronts[name])
		wait = append(wait, p.fronts[name])
	}
	if by == reverse {
		front(engine.JoiningName, joining)
	}
	for _, name := range f.Scenario.Layout.Names() {
		if at := f.Address(name); by == reverse && at != "" && p.fronts[name] == "" {
			front(name, at)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	c := exec.CommandContext(ctx, program, args...)
	c.Stdout, c.Stderr = &p.said, &p.said
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 20 * time.Second
	if err := c.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	ended := false
	p.stop = func() {
		if !ended {
			ended = true
			cancel()
			c.Wait() // what became of it shows in what it wrote
		}
	}
	t.Cleanup(p.stop)
	for _, at := range wait {
		awaitListener(t, at, p)
	}
	return p
}

func awaitListener(t *testing.T, at string, p *proxy) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if c, err := net.Dial("tcp", at); err == nil {
			c.Close()
			return
		}
		if time.Now().After(end) {
			p.stop()
			t.Fatalf("nobody listens at %s: %s", at, p.said.String())
		}
	}
}

// certificates writes a certificate that the servers of the federation trust: the proxy shows it in their place.
func certificates(t *testing.T, dir string, f *engine.Federation) string {
	t.Helper()
	c, err := f.Authority.Issue(client.Leaf{Names: append(f.Scenario.Layout.Names(), engine.JoiningName)})
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	file := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})
	for _, der := range c.Certificate {
		file = append(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	name := filepath.Join(dir, "shown.pem")
	if err := os.WriteFile(name, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// Resolve gives where the proxy stands in front of a server.
func (p *proxy) Resolve(ctx context.Context, name string) client.Discovery {
	d := p.names.Resolve(ctx, name)
	if at := p.fronts[name]; at != "" && len(d.Destinations) == 1 {
		d.Destinations[0].Address = at
		d.Steps[0].Addresses = []string{at}
	}
	return d
}

// dial connects to an address, by the proxy where it is a regular one.
func (p *proxy) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	if p.by == reverse {
		return d.DialContext(ctx, network, address)
	}
	c, err := d.DialContext(ctx, "tcp", p.at)
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(c, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", address, address); err != nil {
		return nil, err
	}
	head := make([]byte, 0, 200)
	for b := make([]byte, 1); !bytes.HasSuffix(head, []byte("\r\n\r\n")); head = append(head, b...) {
		if _, err := io.ReadFull(c, b); err != nil {
			return nil, err
		}
	}
	if !bytes.Contains(head, []byte(" 200 ")) {
		return nil, errors.New("the proxy says " + string(head))
	}
	return c, nil
}

// A flow file of a join, and the archive that mitmproxy made of the same flows, tell of it what our own recording of
// the same join tells: outcome, arrows, findings, bodies to the byte, checks. DOORSTEP_KEEP is a directory to leave the
// files in.
func TestRealJoins(t *testing.T) {
	program := mitmdump(t)
	for _, c := range []struct {
		scenario string
		by       way
		outcome  flow.Outcome
	}{{"public-v12", regular, flow.Joined}, {"public-v11", reverse, flow.Joined}, {"banned", regular, flow.Refused}} {
		t.Run(c.scenario, func(t *testing.T) {
			ours, flows, archive := proxied(t, program, c.scenario, c.by)
			keep(t, c.scenario+".flow", flows)
			keep(t, c.scenario+".har", archive)
			keep(t, c.scenario+".jsonl", recorded(t, ours))
			if got := flow.Fold(ours).Outcome(); got != c.outcome && got != flow.Verified {
				t.Fatalf("our own: %s, %s", got, flow.Fold(ours).WhyEnded())
			}
			a, err := mitm.Read(bytes.NewReader(flows))
			if err != nil {
				t.Fatal(err)
			}
			got := only(t, a)
			sameJoin(t, ours, got)
			sameBytes(t, ours, got, c.by == reverse)
			if wire := slices.Contains(got.Header.Imported.Missing, flow.MissingWire); wire != (c.by == reverse) {
				t.Errorf("missing: %v", got.Header.Imported.Missing)
			}
			shows(t, got)
			if archive == nil {
				return
			}
			fromArchive, err := har.Read(bytes.NewReader(archive))
			if err != nil {
				t.Fatal(err)
			}
			sameJoin(t, ours, only(t, fromArchive))
		})
	}
}

func keep(t *testing.T, name string, file []byte) {
	t.Helper()
	if dir := os.Getenv("DOORSTEP_KEEP"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name), file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// only is the trace of the one handshake of a file. It is a recording by the schema, and can be read.
func only(t *testing.T, c *traffic.Capture) flow.Trace {
	t.Helper()
	if len(c.Handshakes) != 1 || c.Cut != nil {
		t.Fatalf("%d handshakes, %v", len(c.Handshakes), c.Cut)
	}
	trace, err := c.Trace(1, "doorstep test")
	if err != nil {
		t.Fatal(err)
	}
	obeys(t, trace)
	return trace
}

// recorded is a trace as a recording.
func recorded(t *testing.T, trace flow.Trace) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := recording.Write(&b, trace); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func obeys(t *testing.T, trace flow.Trace) {
	t.Helper()
	b := recorded(t, trace)
	for l := range strings.Lines(string(b)) {
		if err := flowtest.Obeys([]byte(strings.TrimSuffix(l, "\n"))); err != nil {
			t.Errorf("%.300s: %v", l, err)
		}
	}
	if _, err := recording.Read(bytes.NewReader(b)); err != nil {
		t.Error(err)
	}
}

// arrows are the arrows that a proxy between servers sees, with their status.
func arrows(trace flow.Trace) (out []string) {
	for _, e := range trace.Entries {
		if e.Kind == flow.Local || e.Step == flow.A1 || e.Step == flow.A8 ||
			e.From != flow.Joining && e.To != flow.Joining ||
			e.Request != nil && e.From != flow.Joining || e.Request == nil && e.To != flow.Joining {
			continue
		}
		status := ""
		if e.Response != nil {
			status = fmt.Sprint(" ", e.Response.Status)
		}
		if e.Step != flow.R {
			out = append(out, string(e.Step)+" "+string(e.Kind)+" "+e.Server+status)
		}
	}
	return out
}

// sameJoin compares what two traces tell of a join.
func sameJoin(t *testing.T, want, got flow.Trace) {
	t.Helper()
	before, after := flow.Fold(want), flow.Fold(got)
	if before.Outcome() != after.Outcome() {
		t.Errorf("%s: %s, not %s: %s", got.Header.Imported.From, after.Outcome(), before.Outcome(), after.WhyEnded())
	}
	if w, g := arrows(want), arrows(got); !slices.Equal(w, g) {
		t.Errorf("%s: arrows %q, not %q", got.Header.Imported.From, g, w)
	}
	ids := func(trace flow.Trace, s flow.State) []string { return flowtest.IDs(diagnose.Findings(trace, s)) }
	if w, g := ids(want, before), ids(got, after); !slices.Equal(w, g) {
		t.Errorf("%s: findings %q, not %q", got.Header.Imported.From, g, w)
	}
	if (before.Verification == nil) != (after.Verification == nil) {
		t.Fatalf("%s: verified %v, not %v", got.Header.Imported.From, after.Verification != nil, before.Verification != nil)
	}
	if before.Verification == nil {
		return
	}
	was, is := map[string]string{}, map[string]string{}
	for _, c := range before.Checks() {
		was[fmt.Sprint(c.Kind, " ", c.Subject, " ", c.Rule)] = c.Outcome.String()
	}
	for _, c := range after.Checks() {
		is[fmt.Sprint(c.Kind, " ", c.Subject, " ", c.Rule)] = c.Outcome.String()
	}
	for id, outcome := range is {
		if was[id] != outcome && outcome != "not_checked" {
			t.Errorf("%s: %s is %s, and was %s", got.Header.Imported.From, id, outcome, was[id])
		}
	}
	if len(was) != len(is) {
		t.Errorf("%s: %d checks, not %d", got.Header.Imported.From, len(is), len(was))
	}
}

// sameBytes compares requests and responses of the main arrows to the byte. A reverse proxy writes its own Host field.
func sameBytes(t *testing.T, want, got flow.Trace, host bool) {
	t.Helper()
	at := func(trace flow.Trace, step flow.StepID) (out []flow.Entry) {
		for _, e := range trace.Entries {
			if e.Step == step && (e.Request != nil || e.Response != nil) {
				out = append(out, e)
			}
		}
		return out
	}
	fields := func(list []client.Field) string {
		list = slices.DeleteFunc(slices.Clone(list), func(f client.Field) bool { return host && f.Name == "Host" })
		return fmt.Sprintf("%q", list)
	}
	for _, step := range []flow.StepID{flow.A2, flow.A3, flow.A4, flow.A5, flow.A6, flow.A7} {
		w, g := at(want, step), at(got, step)
		if len(w) != len(g) {
			t.Fatalf("%s: %d, not %d", step, len(g), len(w))
		}
		for i := range w {
			switch a, b := &w[i], &g[i]; {
			case a.Request != nil:
				if a.Request.Target != b.Request.Target || !bytes.Equal(a.Request.Body, b.Request.Body) ||
					fields(a.Request.Header) != fields(b.Request.Header) {
					t.Errorf("%s: %+v, not %+v", step, b.Request, a.Request)
				}
			case !bytes.Equal(a.Response.Body, b.Response.Body), fields(a.Response.Header) != fields(b.Response.Header),
				a.Response.Reason != b.Response.Reason:
				t.Errorf("%s: %+v, not %+v", step, b.Response, a.Response)
			}
		}
	}
}

// shows checks that addresses and certificates of servers are there, and that nothing says they were verified.
func shows(t *testing.T, got flow.Trace) {
	t.Helper()
	for _, e := range got.Entries {
		if e.Response == nil || e.From == flow.Joining || e.To == flow.Client {
			continue
		}
		c := e.Connection
		if c == nil || c.Address == "" || c.TLS == nil || len(c.TLS.Certificates) == 0 || !c.TLS.Unchecked ||
			c.TLS.Version == "" || c.TLS.VerifyName != "" {
			t.Errorf("%d %s: %+v", e.Seq, e.Step, c)
		}
	}
	if slices.Contains(got.Header.Imported.Missing, flow.MissingTLS) {
		t.Errorf("missing: %v", got.Header.Imported.Missing)
	}
}
