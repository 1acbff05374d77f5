package program

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"doorstep/client"
	"doorstep/client/freeport"
	"doorstep/flow"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/sandbox/sandboxtest"
)

// TestScripts runs the command lines of testdata/script: one story a file.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "ui/program/testdata/script",
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
	port, err := freeport.Find()
	ts.Check(err)
	ts.Setenv(args[0], fmt.Sprint(port))
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
	port, err := freeport.Find()
	return f, fmt.Sprintf("127.0.0.1:%d", port), err
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
