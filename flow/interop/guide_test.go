//go:build unix

package interop

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"doorstep/client/freeport"
	"doorstep/flow/interop/homeserver"
)

// The guide's ports are ports of whoever reads it; a test takes others, which are free: those from 8440 to 8469.
var guidePort = regexp.MustCompile(`\b84[4-6]\d\b`)

// A part is a fenced block of the guide, or a remark in it that is there for the test, which no reader sees.
type part struct {
	line   int
	fence  string // what stands behind the fence; empty: a remark
	remark string
	text   string
}

var (
	fenced   = regexp.MustCompile("^```(.*)$")
	remarked = regexp.MustCompile(`^<!-- (.*) -->$`)
)

// parts takes the guide apart.
func parts(t *testing.T, guide string) []part {
	t.Helper()
	var out []part
	open := false
	for i, line := range strings.Split(guide, "\n") {
		switch fence, remark := fenced.FindStringSubmatch(line), remarked.FindStringSubmatch(line); {
		case open && fence != nil:
			open = false
		case open:
			out[len(out)-1].text += line + "\n"
		case fence != nil:
			open = true
			out = append(out, part{line: i + 1, fence: fence[1]})
		case remark != nil:
			out = append(out, part{line: i + 1, remark: remark[1]})
		}
	}
	if open {
		t.Fatal("the last block of the guide has no end")
	}
	return out
}

// A reader does what the guide says, in order, in one folder.
type reader struct {
	terminal
	ports   map[string]string // by those of the guide
	running map[string]*left  // by the names behind the fences
	printed string            // by the last commands
}

// TestGuide reads the guide and does what it says: every block of commands is run, with a Synapse and a Dendrite on the
// PATH, and what the guide says is seen is seen. Blocks are of these kinds:
//
//	sh          run, and has to succeed
//	sh fails    run, and has to end with another exit code than 0
//	sh NAME     left running, as in a terminal of its own, until "ctrl-c: NAME", "ends: NAME" or the end
//	text        what is seen of the commands before it, in this order, other lines between; … is anything
//	console, nginx, caddyfile, json    to be read
//
// And of these remarks: "ctrl-c: NAME"; "ends: NAME", which waits until it has ended by itself, without an error, and
// looks at what it printed; "listens: PORT", which waits for that; "proxy: PORT to PORT with FILE". Ports are replaced
// by free ones.
func TestGuide(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile(filepath.Join("..", "..", ".github", "GUIDE.md"))
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{newTerminal(t, "sh", t.TempDir(), homeserver.All()...), map[string]string{}, map[string]*left{}, ""}
	commands := 0
	for _, p := range parts(t, r.withPorts(t, string(guide))) {
		kind, name, _ := strings.Cut(p.fence, " ")
		switch {
		case p.fence == "":
			r.heeds(t, p)
		case kind == "sh":
			commands++
			r.does(t, p, name)
		case p.fence == "text":
			r.sees(t, p)
		case p.fence != "console" && p.fence != "nginx" && p.fence != "caddyfile" && p.fence != "json":
			t.Errorf("line %d: nobody knows what to do with a block of %q", p.line, p.fence)
		}
		if t.Failed() {
			t.FailNow() // what comes rests on it
		}
	}
	if n := strings.Count(string(guide), "\n```sh"); n != commands || n < 10 {
		t.Errorf("of %d blocks of commands %d were run", n, commands)
	}
}

// withPorts is the guide with ports that are free.
func (r *reader) withPorts(t *testing.T, guide string) string {
	t.Helper()
	return guidePort.ReplaceAllStringFunc(guide, func(port string) string {
		if r.ports[port] == "" {
			r.ports[port] = strconv.Itoa(freeport.Port(t))
		}
		return r.ports[port]
	})
}

// does types the commands of a block.
func (r *reader) does(t *testing.T, p part, name string) {
	t.Helper()
	if name != "" && name != "fails" {
		r.running[name] = r.leaves(t, p.text)
		return
	}
	began := time.Now()
	out, errs, code := r.types(t, p.text)
	if took := time.Since(began); took > 2*time.Second {
		t.Logf("line %d took %.1f s", p.line, took.Seconds())
	}
	if r.printed = out + errs; (code != 0) != (name == "fails") {
		t.Errorf("line %d: exit code %d:\n%s\n%s", p.line, code, p.text, r.printed)
	}
}

// sees looks for the lines of a block in what was printed, in their order. Lines may be broken otherwise there.
func (r *reader) sees(t *testing.T, p part) {
	t.Helper()
	rest := strings.Join(strings.Fields(r.printed), " ")
	for line := range strings.Lines(p.text) {
		var words []string
		for _, part := range strings.Split(strings.Join(strings.Fields(line), " "), "…") {
			words = append(words, regexp.QuoteMeta(part))
		}
		at := regexp.MustCompile(strings.Join(words, `.*?`)).FindStringIndex(rest)
		if at == nil {
			t.Errorf("line %d: it says %q is seen; printed was\n%s", p.line, line, r.printed)
			return
		}
		rest = rest[at[1]:]
	}
}

// heeds does what a remark says.
func (r *reader) heeds(t *testing.T, p part) {
	t.Helper()
	var from, to int
	var file string
	if n, _ := fmt.Sscanf(p.remark, "proxy: %d to %d with %s", &from, &to, &file); n == 3 {
		proxy(t, from, to, filepath.Join(r.dir, file))
		return
	}
	if n, _ := fmt.Sscanf(p.remark, "listens: %d", &from); n == 1 {
		listened(t, from)
		return
	}
	what, name, found := strings.Cut(p.remark, ": ")
	switch left := r.running[name]; {
	case what == "ctrl-c" && left != nil:
		left.end()
	case what == "ends" && left != nil:
		r.printed = left.ended(t)
	case found:
		t.Errorf("line %d: nobody knows what to do about %q", p.line, p.remark)
	}
}

// listened waits until somebody listens at a port.
func listened(t *testing.T, port int) {
	t.Helper()
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(20 * time.Millisecond) {
		if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			c.Close()
			return
		}
	}
	t.Fatalf("nobody listens at port %d", port)
}

// proxy stands for the nginx or Caddy of the guide: it has the certificate, and passes requests on without TLS, their
// paths as they are.
func proxy(t *testing.T, from, to int, file string) {
	t.Helper()
	upstream := &url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", to)}
	certificate, err := tls.LoadX509KeyPair(file+".crt", file+".key")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", from))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{
		Handler: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(upstream)
			r.SetXForwarded()
			r.Out.Host = r.In.Host
		}},
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{certificate}},
		ReadHeaderTimeout: time.Minute,
	}
	t.Cleanup(func() { server.Close() })
	go func() { _ = server.ServeTLS(l, "", "") }()
}
