package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/sandbox/sandboxtest"
	"doorstep/flow/tour"
	"doorstep/ui/command"
)

func TestMain(m *testing.M) {
	testscript.Main(secluded{m}, helpers)
}

// helpers are the programs that the binary of these tests is, by the name that it is called by.
var helpers = map[string]func(){
	"doorstep": func() { os.Exit(command.Run(os.Args[1:], os.Stdout, os.Stderr)) },
}

// secluded are tests that see no settings and no recordings of whoever runs them.
type secluded struct{ *testing.M }

func (m secluded) Run() int {
	folder, err := os.MkdirTemp("", "doorstep-test")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(folder)
	if built.in = filepath.Join(folder, "program"); os.Mkdir(built.in, 0o700) != nil {
		panic("no folder for the program")
	}
	for _, name := range []string{"XDG_CONFIG_HOME", "XDG_STATE_HOME"} {
		if err := os.Setenv(name, folder); err != nil {
			panic(err)
		}
	}
	return m.M.Run()
}

// TestScripts runs the command lines of testdata/script: one story a file.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, "state")) // nothing is recorded outside
			flows, err := filepath.Abs("flow/mitm/testdata/11.0.2")
			e.Setenv("FLOWS", flows) // flow files that mitmproxy wrote
			earlier, wrong := filepath.Abs("flow/recording/testdata/earlier")
			e.Setenv("EARLIER", earlier) // recordings of every form there has been
			return errors.Join(err, wrong)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"json":     jsonCommand,
			"occupied": occupiedCommand,
			"refused":  refusedCommand,
			"freeport": freePortCommand,

			"inviter": inviterCommand,
			"server":  serverCommand,

			"chatty":    chattyCommand,
			"collector": collectorCommand,

			"federation": federationCommand,
		},
	})
}

// jsonCommand is "json PATH WANT": the last output of the script, read as JSON, has that value at PATH, whose parts are
// separated by dots. "json PATH > N" and "json PATH != OTHERPATH" compare.
func jsonCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || neg {
		ts.Fatalf("usage: json PATH WANT | json PATH > N | json PATH != PATH")
	}
	var doc any
	if err := json.Unmarshal([]byte(ts.ReadFile("stdout")), &doc); err != nil {
		ts.Fatalf("stdout is not JSON: %v", err)
	}
	got := at(doc, args[0])
	switch {
	case args[1] == ">" && len(args) == 3:
		var n, limit float64
		fmt.Sscan(got, &n)
		fmt.Sscan(args[2], &limit)
		if n <= limit {
			ts.Fatalf("%s is %s, not over %s", args[0], got, args[2])
		}
	case args[1] == "!=" && len(args) == 3:
		if other := at(doc, args[2]); got == other {
			ts.Fatalf("%s and %s are both %s", args[0], args[2], got)
		}
	case got != args[1]:
		ts.Fatalf("%s is %s, not %s", args[0], got, args[1])
	}
}

// freePortCommand is "freeport NAME": the variable NAME is a port of 127.0.0.1 that nobody listens at.
func freePortCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || neg {
		ts.Fatalf("usage: freeport NAME")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	defer l.Close()
	ts.Setenv(args[0], fmt.Sprint(l.Addr().(*net.TCPAddr).Port))
}

// collectorCommand is "collector NAME": a collector is there that takes traces over HTTP, at the URL in the variable
// NAME. What comes is written to the file NAME.txt, a line a span: trace, kind, name and status.
func collectorCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || neg {
		ts.Fatalf("usage: collector NAME")
	}
	file := ts.MkAbs(args[0] + ".txt")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var request collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(body, &request)
		}
		var lines strings.Builder
		for _, of := range request.ResourceSpans {
			for _, by := range of.ScopeSpans {
				for _, s := range by.Spans {
					fmt.Fprintf(&lines, "%x %s %s, %s\n", s.TraceId, s.Kind, s.Name, s.Status.GetMessage())
				}
			}
		}
		if err == nil {
			err = os.WriteFile(file, []byte(lines.String()), 0o666)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	}))
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
}

// inviterCommand is "inviter SCENARIO": the servers of a scenario are there, which invite their user once somebody
// listens at $LISTEN. $USER is the user; $RESIDENT, $OTHER and $DIRECTORY say where the servers are; ca.pem, cert.pem
// and cert.key are the authority of all, and the certificate of whoever listens.
func inviterCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || neg {
		ts.Fatalf("usage: inviter SCENARIO")
	}
	b, err := sandboxtest.Start(context.Background(), args[0], ts.MkAbs("."))
	ts.Check(err)
	ts.Setenv("USER", b.UserID)
	ts.Setenv("LISTEN", b.Listen)
	ts.Setenv("ROOM", b.RoomID)
	for i, name := range []string{"DIRECTORY", "RESIDENT", "OTHER"} {
		ts.Setenv(name, b.Pins[i])
	}
	ctx, cancel := context.WithCancel(context.Background())
	told := b.Inviting(ctx)
	ts.Defer(func() {
		cancel()
		<-told
		b.Stop()
	})
}

// chattyCommand is "chatty NAME": a collector is there that takes nothing, and says why in a megabyte that controls
// terminals, at the URL in the variable of that name.
func chattyCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || neg {
		ts.Fatalf("usage: chatty NAME")
	}
	answer, err := proto.Marshal(&collector.ExportTraceServiceResponse{PartialSuccess: &collector.ExportTracePartialSuccess{
		RejectedSpans: 1, ErrorMessage: strings.Repeat("\x1b[2Jno", 1<<18)}})
	ts.Check(err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-protobuf")
		_, _ = w.Write(answer)
	}))
	ts.Defer(server.Close)
	ts.Setenv(args[0], server.URL)
}

// federationCommand is "federation SCENARIO SERVER": the servers of a scenario run until the script ends. UPSTREAM is
// the URL of SERVER, PLAIN the same without TLS, LISTEN a free address on which a tap can stand before it, with ca.pem,
// cert.pem and key.pem. As soon as one stands there, the scenario's user joins through it, once for each word of JOINS
// that the script sets before.
func federationCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 || neg {
		ts.Fatalf("usage: federation SCENARIO SERVER")
	}
	scenario, ok := sandbox.Lookup(args[0])
	if !ok {
		ts.Fatalf("no scenario %q", args[0])
	}
	ctx, cancel := context.WithCancel(context.Background())
	f, listen, err := beforeTap(ctx, scenario, args[1], ts.MkAbs("."))
	ts.Check(err)
	ts.Setenv("UPSTREAM", "https://"+f.Address(args[1]))
	ts.Setenv("PLAIN", "http://"+f.Address(args[1]))
	ts.Setenv("LISTEN", listen)
	done := make(chan struct{})
	joins := len(strings.Fields(ts.Getenv("JOINS")))
	go func() {
		defer close(done)
		if !stands(ctx, listen) {
			return
		}
		for range joins {
			if _, err := joinThrough(ctx, f, args[1], listen); err != nil {
				return
			}
		}
	}()
	ts.Defer(func() { cancel(); <-done; f.Stop() })
}

// beforeTap starts the servers of a scenario, one of which a tap can stand before at the address listen, with ca.pem,
// cert.pem and key.pem in dir.
func beforeTap(ctx context.Context, s engine.Scenario, server, dir string) (f *engine.Federation, listen string,
	err error) {
	if f, err = engine.Start(ctx, s, engine.Options{Now: time.Now}); err != nil {
		return nil, "", err
	}
	certificate, err := f.Authority.Certificate(server)
	if err != nil {
		return f, "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		return f, "", err
	}
	for name, text := range map[string][]byte{"ca.pem": f.Authority.PEM(),
		"cert.pem": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}),
		"key.pem":  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return f, "", err
		}
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return f, "", err
	}
	return f, free.Addr().String(), free.Close()
}

// stands waits until somebody listens at an address; false where ctx ends before.
func stands(ctx context.Context, address string) bool {
	for {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// joinThrough has the user of a scenario join by way of a tap before a server.
func joinThrough(ctx context.Context, f *engine.Federation, server, tap string) (flow.Trace, error) {
	run, stop, err := f.Join(ctx, engine.JoinOptions{Tool: "test", Resolver: func(r client.Resolver) client.Resolver {
		return through{r, server, tap}
	}})
	if err != nil {
		return flow.Trace{}, err
	}
	defer stop()
	run.Finish(ctx)
	return run.Trace(), nil
}

// through leads to a server by way of another address.
type through struct {
	client.Resolver
	server, address string
}

func (r through) Resolve(ctx context.Context, name string) client.Discovery {
	d := r.Resolver.Resolve(ctx, name)
	for i := range d.Destinations {
		if name == r.server {
			d.Destinations[i].Address = r.address
		}
	}
	return d
}

// at returns the value at a path as text; lists give their elements' values, joined by commas.
func at(v any, path string) string {
	if path == "" {
		if s, ok := v.(string); ok {
			return s
		}
		b, _ := json.Marshal(v)
		return string(b)
	}
	head, rest, _ := strings.Cut(path, ".")
	switch v := v.(type) {
	case map[string]any:
		return at(v[head], rest)
	case []any:
		var parts []string
		for _, e := range v {
			parts = append(parts, at(e, path))
		}
		return strings.Join(parts, ",")
	}
	return "absent"
}

// TestHelpAsksTheTerminalNothing runs --help and --version on a terminal that answers nothing: they print, and are
// done.
func TestHelpAsksTheTerminalNothing(t *testing.T) {
	program := build(t)
	for _, flag := range []string{"--help", "--version"} {
		for _, term := range []string{"xterm-256color", "linux", "vt100", ""} {
			t.Run(flag+" "+term, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				cmd := exec.CommandContext(ctx, program, flag)
				cmd.Env = append(environmentWithout("CI", "TERM"), "TERM="+term)
				begun := time.Now()
				terminal, err := pty.Start(cmd)
				if err != nil {
					t.Skip("no pseudo-terminal here: ", err)
				}
				defer terminal.Close()
				out, _ := io.ReadAll(terminal) // ends in EIO when the program has
				if err := cmd.Wait(); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(begun); took > 500*time.Millisecond {
					t.Errorf("took %v: it waits for an answer of the terminal", took)
				}
				if bytes.ContainsRune(out, 0x1b) {
					t.Errorf("escape bytes in %q", out)
				}
				if !bytes.Contains(bytes.ToLower(out), []byte("doorstep")) {
					t.Errorf("printed %q", out)
				}
			})
		}
	}
}

// built is the program, which is built once for all tests.
var built struct {
	once sync.Once
	in   string // the folder that it is built in
	name string
	err  error
}

// build returns the built program.
func build(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		built.name = filepath.Join(built.in, "doorstep")
		if runtime.GOOS == "windows" {
			built.name += ".exe" // nothing else is a program there
		}
		if out, err := exec.Command("go", "build", "-o", built.name, ".").CombinedOutput(); err != nil {
			built.err = fmt.Errorf("go build: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.name
}

func environmentWithout(names ...string) []string {
	var env []string
next:
	for _, kv := range os.Environ() {
		for _, n := range names {
			if strings.HasPrefix(kv, n+"=") {
				continue next
			}
		}
		env = append(env, kv)
	}
	return env
}

// A screen is a shell in a terminal of its own, driven through tmux.
type screen struct {
	t      *testing.T
	server string // tmux's own server of this test, so that nobody else's sessions are touched
}

// newScreen opens a terminal of that size with a shell in it. Without tmux the test is skipped, except where the
// environment says that it must run.
func newScreen(t *testing.T, width, height int, env ...string) *screen {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		if os.Getenv("DOORSTEP_TERMINAL") != "" {
			t.Fatal("tmux is not installed")
		}
		t.Skip("tmux is not installed")
	}
	s := &screen{t, fmt.Sprintf("doorstep-%d-%s", os.Getpid(), strings.NewReplacer("/", "-", " ", "-").Replace(t.Name()))}
	env = append(env, "XDG_STATE_HOME="+t.TempDir())
	args := []string{"new-session", "-d", "-c", t.TempDir(), "-x", fmt.Sprint(width), "-y", fmt.Sprint(height)}
	for _, e := range append([]string{"LC_ALL=C.UTF-8"}, env...) {
		args = append(args, "-e", e)
	}
	s.tmux(append(args, "env", "-u", "CI", "sh")...) // in CI the program opens no screen unasked
	t.Cleanup(func() { s.tmux("kill-server") })
	s.line("echo the shell is rea''dy")
	s.wait("shell is ready")
	return s
}

func (s *screen) tmux(args ...string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "tmux", append([]string{"-L", s.server, "-f", "/dev/null"},
		args...)...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("tmux %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func (s *screen) text() string { return s.tmux("capture-pane", "-p") }

// keys types keys, by their tmux names.
func (s *screen) keys(keys ...string) { s.tmux(append([]string{"send-keys"}, keys...)...) }

// line types a shell command.
func (s *screen) line(command string) { s.keys("-l", command); s.keys("Enter") }

// wait returns the screen once every one of the texts is on it.
func (s *screen) wait(texts ...string) string {
	s.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		got, missing := s.text(), ""
		for _, want := range texts {
			if !strings.Contains(got, want) {
				missing = want
			}
		}
		if missing == "" {
			return got
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("%q never came to the screen, which shows\n%s", missing, got)
		}
		time.Sleep(20 * time.Millisecond) // between two looks at the screen
	}
}

// TestTerminalFirstMinute is a new user's first minute: the program explains itself, the handshake is stepped through
// arrow by arrow, and the terminal comes back as it was.
func TestTerminalFirstMinute(t *testing.T) {
	program := build(t)
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			s := newScreen(t, size[0], size[1])
			s.line("stty -g > before; " + program + "; stty -g > after; cmp before after && echo same termi''nal")
			s.wait("Doorstep", "Enter")
			s.keys("Enter")
			s.wait("Joining", "join")
			s.keys(".")
			s.wait("resolve")
			s.keys("c")
			s.wait("joined", "DONE") // while it runs, q asks first
			s.keys("b")
			s.keys("?")
			s.wait("Keys", "do the next step")
			s.keys("Escape")
			s.wait("Joining") // Escape and a letter at once would be another key
			s.keys("q")
			s.wait("Start here")
			s.keys("q")
			s.wait("same terminal")
		})
	}
}

// TestTerminalComesBack ends the program in every way there is: the terminal is given back, and the exit code says how
// it ended.
func TestTerminalComesBack(t *testing.T) {
	program := build(t)
	for name, c := range map[string]struct {
		end  func(*screen)
		code string
	}{
		"interrupt": {func(s *screen) { s.keys("C-c"); s.keys("C-c") }, "130"},
		"terminate": {func(s *screen) { s.signal("TERM") }, "143"},
		"hang up":   {func(s *screen) { s.signal("HUP") }, "129"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScreen(t, 80, 24)
			s.line("stty -g > before; " + program + " sandbox public-v10; echo code $?; stty -g > after; cmp before after && " +
				"echo same terminal")
			s.wait("Joining")
			c.end(s)
			s.wait("code "+c.code, "same terminal")
		})
	}
}

// TestTerminalParting leaves a handshake: what it came to, what to do and how to see it again is in the terminal then.
func TestTerminalParting(t *testing.T) {
	program := build(t)
	s := newScreen(t, 120, 40)
	s.line(program + " sandbox banned")
	s.wait("Joining")
	s.keys("c")
	s.wait("403", "DONE") // while it runs, q asks first
	s.keys("q")
	s.wait("outcome: refused: The user is banned", "finding: banned", "what to do: Ask the moderators", "recorded in ",
		"see it again: doorstep replay 2")
	s.line("clear; " + program + " replay last")
	s.wait("Joining")
	s.keys("q")
	s.wait("outcome: refused: The user is banned", "see it again: doorstep replay last")
	s.line("clear; " + program + "; echo left co''de $?")
	s.wait("Start here")
	s.keys("q")
	if got := s.wait("left code 0"); strings.Contains(got, "outcome") {
		t.Errorf("nothing was run, and it says\n%s", got)
	}
}

// TestTerminalWrite writes a page from the screen while the handshake goes on, and again over it; the file is what
// export writes of the recording that is kept, and the terminal shows its path.
func TestTerminalWrite(t *testing.T) {
	program := build(t)
	for _, size := range [][2]int{{60, 16}, {80, 24}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			s := newScreen(t, size[0], size[1])
			s.line(program + " sandbox public-v12")
			s.wait("next")
			s.keys(".")
			s.wait("resolve")
			s.keys("w")
			s.wait("write as", "Enter names the file", "so far")
			s.keys("Escape")
			s.wait("step")
			s.keys("c")
			s.wait("joined", "DONE")
			s.keys("w")
			s.wait("write as", "Written are all 2")
			s.keys("/")
			s.keys("-l", "browser")
			s.wait("filter", "html")
			s.keys("Enter")
			s.keys("Enter")
			s.wait("write to", "doorstep-public-v12.html")
			s.keys("Enter")
			s.wait("written", "/doorstep-", "copies the path")
			s.keys("Enter")
			s.wait("write to", "doorstep-public-v12-2.html")
			s.keys("-l", "doorstep-public-v12.html")
			s.keys("Enter")
			s.wait("exists")
			s.keys("y")
			s.wait("written")
			s.keys("Escape")
			s.wait("mermaid") // Escape and a letter at once would be another key
			s.keys("Escape")
			s.wait("? help")
			s.keys("q")
			s.wait("see it again")
			s.line("clear; " + program + " export --format html last > a.html; cmp a.html doorstep-public-v12.html && echo the " +
				"sa''me; ls doorstep*")
			s.wait("the same")
		})
	}
}

// TestTerminalDiff compares two handshakes on a screen: the fields of a row, a search, the way out with the code that
// says whether they differ; what was interrupted says so.
func TestTerminalDiff(t *testing.T) {
	program := build(t)
	for _, size := range [][2]int{{60, 16}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			s := newScreen(t, size[0], size[1])
			s.line("stty -g > before")
			s.line(program + " diff public-v12 form-2015; echo co''de $?; stty -g > after; cmp before after && " +
				"echo same termi''nal")
			s.wait("Different: of 14 steps", "room version")
			s.keys("x", "x", "x", "Enter")
			s.wait("query /ver")
			s.keys("Escape")
			s.wait("Enter fields")
			s.keys("/")
			s.keys("-l", "tls_fingerprints")
			s.keys("Enter", "Enter")
			s.wait("answer /tls_fing")
			s.keys("q")
			s.wait("code 1", "same terminal")
			s.line("clear; " + program + " diff banned banned; echo co''de $?")
			s.wait("Equal: ")
			s.keys("q")
			s.wait("code 0")
			s.line("clear; " + program + " diff banned failover; echo co''de $?")
			s.wait("Different: ")
			s.keys("C-c")
			s.wait("code 130")
		})
	}
}

// TestTerminalTour goes through the whole tour at 80x24, question by question, with a wrong answer now and then; it is
// left in the middle, and goes on there.
func TestTerminalTour(t *testing.T) {
	program := build(t)
	s := newScreen(t, 80, 24)
	s.line("stty -g > before")
	s.line(program + " learn; echo co''de $?")
	for i, chapter := range tour.Chapters() {
		s.wait("the tour", chapter.Title, fmt.Sprintf("0 of %d", len(chapter.Stops)))
		s.keys("Enter")
		for j, stop := range chapter.Stops {
			place := fmt.Sprintf("%d of %d", j+1, len(chapter.Stops))
			s.wait(stop.Title+" "+place, "s show me")
			if j == 3 && i == 0 {
				s.keys("q")
				s.wait("the tour", "3 of 11")
				s.keys("q")
				s.wait("code 0")
				s.line("clear; " + program + " learn original; echo left co''de $?")
				s.wait(stop.Title+" "+place, "s show me")
			}
			right := stop.Right()
			if wrong := (right + 1) % len(stop.Choices); j%3 == 0 {
				s.keys(string(rune('a' + wrong)))
				s.wait("✗ " + string(rune('a'+wrong)))
			}
			s.keys(string(rune('a' + right)))
			s.wait("✓", "Enter go on")
			s.keys("Enter")
		}
		s.wait("last stop of the chapter")
		s.keys("z") // which does nothing in the contents, and says so instead
		s.wait("z does nothing here")
	}
	s.wait("✓ 11 of 11", "✓ 8 of 8", "✓ 1 of 1")
	s.keys("q")
	s.wait("left code 0")
	s.line("clear; stty -g > after; cmp before after && echo same termi''nal")
	s.wait("same terminal")
	s.line("clear; " + program + " learn --restart; echo begun co''de $?")
	s.wait("0 of 11")
	s.keys("q")
	s.wait("begun code 0")
}

// TestTerminalWhatIf edits steps of a handshake on a terminal: by a ready change, whose answer, finding and diff are
// seen next to the branch without it, and in an editor, which has the terminal to itself meanwhile, keys that send
// signals and a suspension included.
func TestTerminalWhatIf(t *testing.T) {
	program := build(t)
	folder := t.TempDir()
	editor := filepath.Join(folder, "an editor")
	err := os.WriteFile(editor, []byte(`#!/bin/sh
trap 'echo the editor was inter""rupted' INT
echo "editing in $(stty -a | grep -o '[-]*icanon')"
answer=none
while [ $answer = none ]; do read answer || answer=none; done
sed -i 's/"depth": .*/"depth": 1,/' "$2"
exit "$answer"
`), 0o700)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range [][2]int{{60, 16}, {80, 24}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			s := newScreen(t, size[0], size[1])
			s.line("stty -g > before; export EDITOR=\"'" + editor + "' -w\" TMPDIR=" + folder + "; unset VISUAL; clear")
			s.line(program + " sandbox public-v12; echo co''de $?; stty -g > after; cmp before after && echo same termi''nal")
			s.wait("Joining")
			toSigning(s)
			s.keys("E")
			s.wait("What if L1 went otherwise?", "Edit in $EDITOR", "Enter does it")
			s.keys("/")
			s.keys("-l", "other-key")
			s.keys("Enter")
			s.wait("signed with another key", "does not hold")
			s.keys("e")
			s.wait("By the rules: 403 M_FORBIDDEN")
			s.keys("Enter")
			s.wait("branch 1/2 edited", "~ edited", "PUT send_join")
			s.keys(".")
			s.wait("403 M_FORBIDDEN; une")
			s.keys("k", "k")
			if size[1] >= 40 { // the phases have heads
				s.keys("k")
			}
			s.keys("d")
			s.wait("as it would have been / as it was", "Enter choose")
			s.keys("d")
			s.wait("would have been signed")
			s.keys("F")
			s.wait("finds the signature of our")
			s.keys("O")
			s.wait("branch 2/2 unedited")
			s.keys("c")
			s.wait("joined")
			s.keys("q")
			s.wait("code 1", "same terminal")

			s.line("clear; " + program + " sandbox public-v11")
			s.wait("Joining")
			toSigning(s)
			s.keys("E", "Enter")
			s.wait("editing in icanon")
			s.keys("C-c")
			s.wait("the editor was interrupted")
			s.keys("C-z")
			s.wait("Stopped")
			s.line("clear; fg; echo co''de $?; stty -g > after; cmp before after && echo same termi''nal")
			s.tmux("resize-window", "-x", "100", "-y", "30")
			s.line("3")
			s.wait("exit status 3", "What if L1")
			s.keys("Enter")
			s.wait("editing in icanon")
			s.line("0")
			s.wait("branch 1/2 edited", "~ edited", "PUT send_join")
			s.keys("c")
			s.wait("joined")
			s.keys("q")
			s.wait("code 0", "same terminal")
			if left, _ := filepath.Glob(filepath.Join(folder, "doorstep-*")); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
		})
	}
}

// toSigning does step after step until the next one signs the join event.
func toSigning(s *screen) {
	s.t.Helper()
	for range 20 {
		before := s.text()
		if strings.Contains(before, "fill in, hash, sign") {
			return
		}
		s.keys(".")
		for deadline := time.Now().Add(20 * time.Second); s.text() == before; {
			if time.Now().After(deadline) {
				s.t.Fatalf("nothing was done:\n%s", before)
			}
			time.Sleep(20 * time.Millisecond) // between two looks at the screen
		}
		s.wait("STEP")
	}
	s.t.Fatalf("it never came to the signing:\n%s", s.text())
}

// signal sends a signal to the program that runs in the screen's shell.
func (s *screen) signal(name string) {
	s.t.Helper()
	shell := strings.TrimSpace(s.tmux("display-message", "-p", "#{pane_pid}"))
	child, err := exec.Command("pgrep", "-P", shell).Output()
	if err != nil {
		s.t.Fatalf("find the program: %v", err)
	}
	if out, err := exec.Command("kill", "-"+name, strings.TrimSpace(string(child))).CombinedOutput(); err != nil {
		s.t.Fatalf("kill: %v\n%s", err, out)
	}
}

// TestTerminalReplays presents a recording as a teacher would: from its start, forward by steps, by phases and by
// itself, back, to a number, with a search and a fold, through a suspension and a resize. The terminal is as before in
// the end.
func TestTerminalReplays(t *testing.T) {
	program := build(t)
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			s := newScreen(t, size[0], size[1])
			s.line("stty -g > before")
			s.line(program + " replay public-v12 --from-start")
			s.wait("REPLAY 0/23", "The client asks its own server")
			s.keys(".")
			s.wait("REPLAY 1/23")
			s.keys("}")
			s.wait("#6 A3")
			s.keys("P")
			s.wait("PLAY ", "playing, an entry a second")
			for range 4 { // the recorded speed, in which it takes a moment
				s.keys(">")
			}
			s.wait("joined", "REPLAY")
			s.keys("B")
			s.wait("REPLAY 0/23")
			s.keys("-l", "14g")
			s.wait("REPLAY 14/23", "#14 A7")
			s.keys("/")
			s.keys("-l", "history_visibility")
			s.keys("Enter")
			s.wait("1 of ", "history_visibility")
			s.keys("C-z")
			s.wait("Stopped")
			s.line("fg; stty -g > after; cmp before after && echo same termi''nal")
			s.wait("REPLAY 14/23")
			s.tmux("resize-window", "-x", "60", "-y", "16")
			s.wait("REPLAY 14/23")
			s.keys("q")
			s.wait("same terminal")
		})
	}
}

// TestTerminalResize makes the window small and large again: it says so, and comes back.
func TestTerminalResize(t *testing.T) {
	program := build(t)
	s := newScreen(t, 120, 40)
	s.line(program + " sandbox public-v11")
	s.wait("Joining")
	s.keys("c")
	s.wait("joined")
	s.tmux("resize-window", "-x", "40", "-y", "10")
	s.wait("60")
	s.tmux("resize-window", "-x", "100", "-y", "30")
	s.wait("joined", "Joining")
	s.keys("q")
}

// refusedCommand is "refused PATTERN ARGS...": doorstep with these arguments ends with exit code 2, prints nothing, and
// says one line on stderr that the pattern is found in and that a terminal can show.
func refusedCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || neg {
		ts.Fatalf("usage: refused PATTERN ARGS...")
	}
	err := ts.Exec("doorstep", args[1:]...)
	said := ts.ReadFile("stderr")
	var exit *exec.ExitError
	switch {
	case !errors.As(err, &exit) || exit.ExitCode() != 2:
		ts.Fatalf("it ended with %v, not with exit code 2; it said %q", err, said)
	case ts.ReadFile("stdout") != "":
		ts.Fatalf("it printed %q", ts.ReadFile("stdout"))
	case !strings.HasPrefix(said, "doorstep: ") || strings.Index(said, "\n") != len(said)-1 || strings.Contains(said,
		"\x1b"):
		ts.Fatalf("that is no one line of doorstep's: %q", said)
	case !regexp.MustCompile(args[0]).MatchString(said):
		ts.Fatalf("it said %q, without %s", said, args[0])
	}
}

// serverCommand is "server NAME": a server listens until the script ends that has keys and says what it runs, and no
// more. NAME is set to its address, which is its server name; the authority of its certificate is in NAME.pem.
func serverCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || neg {
		ts.Fatalf("usage: server NAME")
	}
	authority, err := client.NewAuthority(time.Now())
	ts.Check(err)
	certificate, err := authority.Certificate("127.0.0.1")
	ts.Check(err)
	key, err := client.GenerateKey()
	ts.Check(err)
	tcp, err := client.ListenTCP(context.Background(), "127.0.0.1:0")
	ts.Check(err)
	name := tcp.Addr().String()
	l, err := client.Listen(context.Background(), client.ListenerConfig{Listener: tcp, Certificate: certificate,
		Identity: &client.Identity{ServerName: name, Key: key}, Version: "1"})
	ts.Check(err)
	ts.Defer(l.Close)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".pem"), authority.PEM(), 0o666))
	ts.Setenv(args[0], name)
}

// occupiedCommand is "occupied NAME": listens on a free port until the script ends, and sets NAME to its address,
// NAME_PORT to its port.
func occupiedCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || neg {
		ts.Fatalf("usage: occupied NAME")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { l.Close() })
	ts.Setenv(args[0], l.Addr().String())
	ts.Setenv(args[0]+"_PORT", fmt.Sprint(l.Addr().(*net.TCPAddr).Port))
}

// A signal ends a handshake wherever it waits: the exit code is the signal's, the same in the report, and the report
// says who ended it and what may stand in the room.
func TestSignals(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("on Windows no program can send another a signal: only its end")
	}
	program := build(t)
	for _, c := range []struct {
		scenario, step string
		signal         os.Signal
		code           int
		may            bool
	}{
		{"directory-silent", "A2", os.Interrupt, 130, false},
		{"slow-answer", "A4", syscall.SIGTERM, 143, false},
		{"send-join-timeout", "A6", os.Interrupt, 130, true},
		{"send-join-timeout", "A6", syscall.SIGTERM, 143, true},
	} {
		t.Run(fmt.Sprintf("%s %s", c.step, c.signal), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := exec.CommandContext(ctx, program, "sandbox", c.scenario, "--ndjson")
			cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+t.TempDir())
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var last struct {
				Step   struct{ ID, Kind string }
				Result struct {
					Outcome  string
					ExitCode int `json:"exit_code"`
					Why      string
					May      bool `json:"may_have_joined"`
					Findings []struct{ ID string }
				}
			}
			lines := json.NewDecoder(out)
			for lines.Decode(&last) == nil {
				if last.Step.ID == c.step && last.Step.Kind == "request" {
					if err := cmd.Process.Signal(c.signal); err != nil {
						t.Fatal(err)
					}
				}
			}
			_ = cmd.Wait() // its code says how it ended
			r := last.Result
			if code := cmd.ProcessState.ExitCode(); code != c.code || r.ExitCode != c.code || r.Outcome != "cancelled" ||
				r.May != c.may ||
				len(r.Findings) == 0 || r.Findings[0].ID != "cancelled" || !strings.Contains(r.Why, "SIG") {
				t.Errorf("exit code %d, %+v", code, r)
			}
		})
	}
}

// imports are the packages of the program, from the top down, each with those of ours that it may import. The arrows
// run one way: nobody imports what stands above. Tests, and the packages made for them, may import anything.
var imports = []struct{ name, allowed string }{
	{"", "ui/command ui/background"},
	{"ui/command", "ui ui/saving ui/lesson ui/document ui/tour ui/versus ui/inspection ui/linear ui/home ui/story " +
		"ui/terminal ui/text ui/theme " +
		"flow/lab flow/host flow/tap flow/watch flow/hold flow/sandbox flow/sandbox/engine flow/live flow/otlp flow/export " +
		"flow/har flow/mitm flow/traffic flow/homelog flow/alter flow/compare flow/inspect flow/diagnose flow/explain flow/tour " +
		"flow/kept flow/recording flow/redact flow flow/verify client flow/event flow/printable flow/safely flow/shell " +
		"flow/wording recordings " +
		"ui/settings ui/keymap"},
	{"ui", "ui/versus ui/inspection ui/saving ui/home ui/tour ui/whatif ui/chooser ui/tab ui/layout ui/terminal " +
		"ui/keymap ui/pane ui/listing ui/story ui/theme render flow/live flow/citation flow/tour flow/export " +
		"flow/hold flow/answer flow/alter flow/compare " +
		"flow/diagnose flow/recording flow flow/verify flow/shell flow/wording"},
	{"ui/lesson", "ui/document ui/story ui/theme render flow/tour flow/explain flow/citation flow/export flow/diagnose " +
		"flow flow/event flow/shell flow/wording"},
	{"ui/versus", "ui/terminal ui/keymap ui/pane ui/story ui/theme render flow/compare flow/wording"},
	{"ui/inspection", "ui/terminal ui/keymap ui/pane ui/story ui/theme render flow/inspect flow/diagnose flow flow/verify"},
	{"ui/linear", "ui/saving ui/tab ui/pane ui/text ui/story ui/theme render flow/export flow/compare flow/diagnose flow client"},
	{"ui/saving", "ui/document ui/chooser ui/keymap ui/story ui/theme flow/export flow/recording flow/redact flow flow/safely"},
	{"ui/document", "ui/text ui/story ui/theme render flow/citation flow/export flow/diagnose flow flow/verify flow/shell " +
		"flow/wording"},
	{"ui/tour", "ui/keymap ui/theme render flow/tour flow/safely"},
	{"ui/home", "ui/keymap ui/pane ui/story ui/theme render flow/shell"},
	{"ui/tab", "ui/keymap ui/pane ui/story flow/compare flow flow/wording"},
	{"ui/whatif", "ui/chooser ui/keymap ui/theme flow/answer flow/alter flow/event flow/shell"},
	{"ui/chooser", "ui/keymap ui/theme render"},
	{"ui/layout", "ui/pane"},
	{"ui/terminal", "ui/story client"},
	{"ui/settings", "ui/theme flow/printable flow/wording"},
	{"ui/background", ""},
	{"ui/pane", "ui/listing ui/keymap ui/story ui/theme render flow/explain flow/verify flow/event flow/wording"},
	{"ui/listing", "client flow/verify flow/event flow/wording"},
	{"ui/text", "ui/story ui/theme render flow/export flow/compare flow/inspect flow/diagnose flow/explain flow/tour flow " +
		"flow/verify client flow/shell flow/wording"},
	{"ui/story", "ui/keymap ui/theme render flow/citation flow/export flow/explain flow/signed flow/hold flow/answer flow/alter " +
		"flow/diagnose " +
		"flow/compare " +
		"flow flow/verify flow/auth client flow/event flow/shell flow/wording"},
	{"ui/theme", "ui/keymap render"},
	{"ui/keymap", ""},
	{"render", ""},
	{"flow/lab", "client flow/event flow/printable flow/safely"},
	{"flow/host", "flow/sandbox flow/sandbox/engine flow/answer flow/watch flow/traffic flow flow/response client"},
	{"flow/sandbox", "flow/sandbox/engine flow/live flow/alter flow flow/auth client flow/event"},
	{"flow/sandbox/engine", "flow/live flow/answer flow/alter flow flow/auth client flow/event"},
	{"flow/live", "flow/alter flow/inspect flow flow/verify flow/response client flow/event"},
	{"flow/otlp", "flow/export flow/diagnose flow flow/verify flow/response client flow/printable"},
	{"flow/export", "flow/har flow/inspect flow/diagnose flow/answer flow/alter flow/compare flow/recording flow " +
		"flow/verify flow/response client flow/event flow/printable flow/shell"},
	{"flow/homelog", "flow flow/packed flow/response client"},
	{"flow/tap", "flow/watch flow/traffic flow client"},
	{"flow/watch", "flow/traffic flow/recording flow client"},
	{"flow/har", "flow/traffic flow/recording flow client"},
	{"flow/mitm", "flow/traffic client"},
	{"flow/traffic", "flow flow/verify flow/response client flow/event flow/wording"},
	{"flow/tour", "flow/diagnose flow flow/verify client flow/wording"},
	{"flow/hold", "flow/answer"},
	{"flow/answer", "flow/alter flow client flow/event"},
	{"flow/alter", "flow flow/response client flow/event flow/wording"},
	{"flow/kept", "flow/recording flow"},
	{"flow/signed", "flow flow/verify client flow/event flow/wording"},
	{"flow/redact", "flow/diagnose flow flow/verify client flow/event"},
	{"flow/compare", "flow/diagnose flow flow/verify flow/response client flow/event"},
	{"flow/inspect", "flow/diagnose flow flow/verify flow/response client flow/event flow/wording"},
	{"flow/diagnose", "flow/explain flow flow/verify flow/response flow/auth client flow/event flow/shell"},
	{"flow/explain", "flow/citation flow flow/response client flow/event flow/wording"},
	{"flow/recording", "flow flow/packed flow/response client flow/printable flow/safely"},
	{"flow", "flow/verify flow/response client flow/event flow/wording"},
	{"flow/verify", "flow/response flow/auth client flow/event flow/wording"},
	{"flow/response", "client flow/event"},
	{"flow/auth", "flow/event flow/wording"},
	{"client", "flow/event flow/safely flow/wording"},
	{"flow/event", "flow/wording"},
	{"flow/printable", ""},
	{"flow/packed", ""},
	{"flow/safely", ""},
	{"flow/shell", ""},
	{"flow/citation", ""},
	{"flow/wording", ""},
	{"recordings", ""},
}

// forTests are the packages that only tests import.
var forTests = []string{"flow/flowtest", "flow/sandbox/sandboxtest", "render/rendertest", "recordings/mutate"}

// importsOf are the packages there are, each with those of ours that it imports. Of tests and of other modules there is
// nothing.
func importsOf(t *testing.T) map[string]map[string]bool {
	t.Helper()
	used := map[string]map[string]bool{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "interop" || name != "." && strings.HasPrefix(d.Name(), ".")) {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		dir := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(name)), ".")
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		if used[dir] == nil {
			used[dir] = map[string]bool{}
		}
		for _, spec := range file.Imports {
			if path, ours := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), "doorstep/"); ours {
				used[dir][path] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return used
}

func TestImports(t *testing.T) {
	above := map[string]int{} // a package may import what comes after it
	for i, p := range imports {
		above[p.name] = i
	}
	used := importsOf(t)
	for dir, paths := range used {
		i, known := above[dir]
		if !known {
			if !slices.Contains(forTests, dir) {
				t.Errorf("package %s is not in the table of imports", dir)
			}
			continue
		}
		for path := range paths {
			if !slices.Contains(strings.Fields(imports[i].allowed), path) {
				t.Errorf("package %q imports %s, which the table does not allow", dir, path)
			}
		}
	}
	for i, p := range imports {
		if used[p.name] == nil {
			t.Errorf("package %q is in the table, and there is none", p.name)
		}
		for _, path := range strings.Fields(p.allowed) {
			if j, known := above[path]; !known || j <= i {
				t.Errorf("package %q may import %s, which does not stand below it", p.name, path)
			}
			if !used[p.name][path] {
				t.Errorf("package %q may import %s, and does not", p.name, path)
			}
		}
	}
}

// startsGoroutines are the files that start goroutines otherwise than by client.Go, or have a library start one, each
// with the reason.
var startsGoroutines = map[string]string{
	"client/goroutine.go":          "it is client.Go",
	"client/client.go":             "context.AfterFunc sets a deadline, and does nothing else",
	"client/listener.go":           "context.AfterFunc calls client.Go",
	"flow/sandbox/engine/start.go": "context.AfterFunc calls client.Go",
}

// Every goroutine is started by client.Go, so that a panic in it gives the terminal back; handlers of requests are run
// by client.Contain, and screens by terminal.Show, for what other packages start.
func TestGoroutines(t *testing.T) {
	needed := map[string]bool{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (d.Name() == "interop" || d.Name() == "testdata" || name != "." &&
			strings.HasPrefix(d.Name(), ".")) {
			return cmp.Or(err, fs.SkipDir)
		}
		name = filepath.ToSlash(name)
		if d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") ||
			slices.Contains(forTests, path.Dir(name)) {
			return nil
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		wrong := func(n ast.Node, what string) {
			needed[name] = true
			if startsGoroutines[name] == "" {
				t.Errorf("%s: %s", files.Position(n.Pos()), what)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				wrong(n, "a bare go: use client.Go")
			case *ast.CallExpr:
				called, _ := n.Fun.(*ast.SelectorExpr)
				if called == nil {
					return true
				}
				of, _ := called.X.(*ast.Ident)
				switch {
				case called.Sel.Name == "AfterFunc":
					wrong(n, "it starts a goroutine of its own")
				case called.Sel.Name == "Go" && (of == nil || of.Name != "client"):
					wrong(n, "it starts a goroutine of its own: use client.Go")
				case called.Sel.Name == "NewProgram" && name != "ui/terminal/show.go":
					wrong(n, "use terminal.Show")
				}
			case *ast.CompositeLit:
				if of, _ := n.Type.(*ast.SelectorExpr); of != nil && of.Sel.Name == "Server" && !guardsHandler(n) {
					wrong(n, "its handler has to be under client.Contain or client.Guard")
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range startsGoroutines {
		if !needed[name] {
			t.Errorf("%s needs no exception", name)
		}
	}
}

// guardsHandler reports whether the handler of a server is under Contain, or defers Guard.
func guardsHandler(server *ast.CompositeLit) (guards bool) {
	for _, e := range server.Elts {
		if field, ok := e.(*ast.KeyValueExpr); ok && field.Key.(*ast.Ident).Name == "Handler" {
			ast.Inspect(field.Value, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && (id.Name == "Contain" || id.Name == "Guard") {
					guards = true
				}
				return true
			})
		}
	}
	return guards
}

// housed is a package, or two of them, in the drawing of the house: how deep it stands, and its name.
var housed = regexp.MustCompile(`^( {4,})((?:[a-z]+/)+(?: (?:[a-z]+/)+)*)(?:  +\S|\n)`)

// The drawing of the house has every package, and no other.
func TestHouse(t *testing.T) {
	guide, err := os.ReadFile(".github/CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, house, _ := strings.Cut(string(guide), "## The house")
	house, _, _ = strings.Cut(house, "Imports run one way")
	drawn, above := map[string]bool{}, ""
	for line := range strings.Lines(house) {
		m := housed.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		for _, name := range strings.Fields(m[2]) {
			if name = strings.TrimSuffix(name, "/"); len(m[1]) == 4 {
				above = name
			} else {
				name = above + "/" + name
			}
			drawn[name] = true
		}
	}
	there := importsOf(t)
	for name := range there {
		if !drawn[name] && name != "" {
			t.Errorf(".github/CONTRIBUTING.md does not draw the package %q", name)
		}
	}
	for name := range drawn {
		if there[name] == nil && !strings.Contains(name, "interop") {
			t.Errorf(".github/CONTRIBUTING.md draws the package %q, and there is none", name)
		}
	}
}

// pictureLine is a line of the script that makes the pictures: name, parts, recording.
var pictureLine = regexp.MustCompile(`(?m)^picture (\S+) (\S+) (\S+)$`)

// shownPicture is a picture that the README shows: what is read in its place, and the file.
var shownPicture = regexp.MustCompile(`!\[([^\]]*)\]\(([^)]*)\)`)

// The pictures of the README are what the program draws now, every one is shown, and whoever does not see it is told
// what is on it.
func TestPictures(t *testing.T) {
	const folder = ".github/pictures"
	script, err := os.ReadFile(folder + "/make.sh")
	if err != nil {
		t.Fatal(err)
	}
	var made []string
	for _, line := range pictureLine.FindAllStringSubmatch(string(script), -1) {
		file := folder + "/" + line[1] + ".svg"
		made = append(made, file)
		var now, said bytes.Buffer
		if code := command.Run([]string{"export", "--format", "svg", "--part", line[2], line[3]}, &now, &said); code != 0 {
			t.Fatalf("%s: exit code %d: %s", file, code, said.String())
		}
		if kept, err := os.ReadFile(file); err != nil || !bytes.Equal(kept, now.Bytes()) {
			t.Errorf("%s is not what the program draws now: run %s/make.sh", file, folder)
		}
	}
	if len(made) < 3 {
		t.Errorf("%s/make.sh makes only %q", folder, made)
	}
	there, err := filepath.Glob(folder + "/*.svg")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, picture := range shownPicture.FindAllStringSubmatch(string(readme), -1) {
		shown = append(shown, picture[2])
		if words := strings.Fields(picture[1]); len(words) < 8 {
			t.Errorf("README.md says of %s only %q", picture[2], picture[1])
		}
	}
	for _, list := range []*[]string{&made, &shown, &there} {
		slices.Sort(*list)
	}
	if !slices.Equal(made, there) || !slices.Equal(made, shown) {
		t.Errorf("made are %q, in the folder are %q, README.md shows %q", made, there, shown)
	}
}
