package program

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/client/freeport"
	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/sandbox/sandboxtest"
	"doorstep/ui/command"
	"doorstep/ui/document"
	"doorstep/ui/tab"
)

// An owner is somebody with a folder, who runs commands there and keeps whatever they leave: all that they print, all
// files they write, all that a collector is sent.
type owner struct {
	t         *testing.T
	dir       string
	privates  []flowtest.Private
	own       map[string]bool   // files that hold a private key, as they have to
	artefacts map[string]string // by name: what the program wrote
	collector string            // its URL

	mu  sync.Mutex
	got bytes.Buffer // what the collector was sent
}

func newOwner(t *testing.T) *owner {
	t.Helper()
	if _, err := exec.LookPath("doorstep"); err != nil {
		t.Fatal(err) // TestMain puts it there
	}
	o := &owner{t: t, dir: t.TempDir(), own: map[string]bool{}, artefacts: map[string]string{}}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			body = unpacked(body)
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		o.got.Write(body)
	}))
	t.Cleanup(server.Close)
	o.collector = server.URL
	return o
}

func unpacked(b []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return b
	}
	out, _ := io.ReadAll(z)
	return out
}

func (o *owner) path(name string) string { return filepath.Join(o.dir, name) }

// private says that bytes are to be found nowhere.
func (o *owner) private(what string, b []byte) {
	o.t.Helper()
	if len(b) < 16 {
		o.t.Fatalf("%s has %d bytes", what, len(b))
	}
	o.privates = append(o.privates, flowtest.Private{What: what, Bytes: b})
}

// signingKey makes a file with a new signing key.
func (o *owner) signingKey(name string) (path string) {
	o.t.Helper()
	key, err := client.GenerateKey()
	if err != nil {
		o.t.Fatal(err)
	}
	path = o.path(name)
	if err := client.WriteKey(path, key); err != nil {
		o.t.Fatal(err)
	}
	o.own[path] = true
	o.private("the signing key of "+name, key.Private.Seed())
	return path
}

// holds says that a file has a private key in it, in PEM, which is to be found nowhere else.
func (o *owner) holds(path string) {
	o.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		o.t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		o.t.Fatalf("%s: no PEM", path)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		o.t.Fatal(err)
	}
	var b []byte
	switch key := key.(type) {
	case *ecdsa.PrivateKey:
		b, err = key.Bytes()
	case ed25519.PrivateKey:
		b = key.Seed()
	}
	if err != nil {
		o.t.Fatal(err)
	}
	o.own[path] = true
	o.private("the private key of "+filepath.Base(path), b)
}

// runs runs a command, which has to end with that code.
func (o *owner) runs(code int, args ...string) {
	o.t.Helper()
	if got := o.does(args...); got != code {
		name := strings.Join(args, " ")
		o.t.Errorf("doorstep %s: exit code %d, not %d\n%s%s", name, got, code, last(o.artefacts[name+", standard output"]),
			last(o.artefacts[name+", standard error"]))
	}
}

// does runs a command, keeps what it prints and returns its exit code.
func (o *owner) does(args ...string) int {
	o.t.Helper()
	_, wait := o.begins(args...)
	return wait()
}

// begins begins a command; wait keeps what it prints and returns its exit code.
func (o *owner) begins(args ...string) (process *os.Process, wait func() int) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), 2*time.Minute)
	cmd := exec.CommandContext(ctx, "doorstep", args...)
	cmd.Dir = o.dir
	cmd.Env = append(environmentWithout("XDG_STATE_HOME", "XDG_CONFIG_HOME", "VISUAL", "EDITOR"),
		"XDG_STATE_HOME="+o.path("state"), "XDG_CONFIG_HOME="+o.path("config"))
	cmd.Stdin = strings.NewReader(everything())
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	name := strings.Join(args, " ")
	if err := cmd.Start(); err != nil {
		cancel()
		o.t.Fatalf("doorstep %s: %v", name, err)
	}
	return cmd.Process, func() int {
		defer cancel()
		_ = cmd.Wait() // its code says how it ended
		o.artefacts[name+", standard output"] = stdout.String()
		o.artefacts[name+", standard error"] = stderr.String()
		return cmd.ProcessState.ExitCode()
	}
}

// everything is what is typed to go through a handshake and see every tab of every row, whole: the tabs of the screen.
func everything() string {
	var b strings.Builder
	b.WriteString("continue\n")
	for row := 1; row <= 40; row++ {
		fmt.Fprintf(&b, "look %d\n", row)
		for _, t := range tab.All {
			b.WriteString(strings.ToLower(t.Name()) + strings.Repeat("\nmore", 4) + "\n")
		}
	}
	return b.String() + "quit\n"
}

func last(text string) string { return text[max(0, len(text)-2000):] }

// exports writes a recording in all forms that there are, as it is and redacted, and looks at it in every other way;
// replay ends with that code.
func (o *owner) exports(code int, recording string) {
	o.t.Helper()
	for _, f := range document.Formats() {
		for _, names := range []string{"--redact", "--no-redact"} {
			o.runs(0, "export", "--format", f.Name, names, "--all-checks", recording)
		}
	}
	o.runs(0, "export", "--lesson", recording)
	o.runs(0, "export", "--otlp", o.collector, recording)
	o.runs(0, "redact", recording, "-o", recording+".redacted")
	o.runs(code, "replay", recording+".redacted", "--json")
	o.runs(0, "diff", recording, recording, "--json")
	o.runs(0, "diff", recording, recording, "--plain")
	for _, form := range []string{"--json", "--ndjson", "--plain", "--linear"} {
		o.runs(code, "replay", recording, form, "--all-checks")
	}
}

// held looks for what is private in everything that was printed, sent and written.
func (o *owner) held() {
	o.t.Helper()
	o.mu.Lock()
	o.artefacts["what the collector was sent"] = o.got.String()
	o.mu.Unlock()
	err := filepath.WalkDir(o.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || o.own[path] {
			return err
		}
		text, err := os.ReadFile(path)
		o.artefacts[strings.TrimPrefix(path, o.dir+"/")] = string(unpacked(text))
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	bytes := 0
	for name, text := range o.artefacts {
		bytes += len(text)
		for _, what := range flowtest.FindPrivate(text, o.privates) {
			o.t.Errorf("%s: it holds %s", name, what)
		}
	}
	o.t.Logf("%d artefacts of %d bytes hold none of %d secrets", len(o.artefacts), bytes, len(o.privates))
	if len(o.privates) < 2 || bytes < 1000 {
		o.t.Errorf("hardly anything was looked for, or looked at")
	}
}

// A wire is before a server, and takes down what goes by.
type wire struct {
	mu             sync.Mutex
	authorizations []string
}

// before stands before the server at an address with its certificate, and returns where.
func (w *wire) before(t *testing.T, certificate tls.Certificate, address string) (stands string) {
	t.Helper()
	to := &url.URL{Scheme: "https", Host: address}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.authorizations = append(w.authorizations, r.In.Header["Authorization"]...)
			r.SetURL(to)
			r.Out.Host = r.In.Host
		},
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
	}
	server := httptest.NewUnstartedServer(proxy)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

var signatureOfRequest = regexp.MustCompile(`sig="?([A-Za-z0-9+/=_-]+)`)

// taken says that every signature that went by is private.
func (w *wire) taken(o *owner, least int) {
	o.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, a := range w.authorizations {
		m := signatureOfRequest.FindStringSubmatch(a)
		if m == nil {
			continue
		}
		b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(m[1], "="))
		if err != nil {
			o.t.Fatalf("%q: %v", a, err)
		}
		n++
		o.private(fmt.Sprintf("the signature of request %d", n), b)
	}
	if n < least {
		o.t.Errorf("only %d signatures went by", n)
	}
}

// beside starts a scenario with a wire before each of its servers, and gives the flags by which join finds them so.
func (o *owner) beside(scenario string, w *wire) (b *sandboxtest.Beside, flags []string) {
	o.t.Helper()
	b, err := sandboxtest.Start(o.t.Context(), scenario, o.dir)
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(b.Stop)
	o.own[b.CA] = true // written here, not by the program
	o.holds(b.CertKey)
	flags = []string{"--user", b.UserID, "--listen", b.Listen, "--ca", b.CA, "--tls-cert", b.Cert, "--tls-key", b.CertKey,
		"--allow-private", "--timeout", "20s"}
	for name, server := range b.Servers {
		certificate, err := b.Authority.Certificate(name)
		if err != nil {
			o.t.Fatal(err)
		}
		o.private("the signing key of "+name, server.Keys.Current.Private.Seed())
		_, port, _ := net.SplitHostPort(b.Address(name))
		if port == "" {
			o.t.Fatalf("no address of %s", name)
		}
		flags = append(flags, "--resolve", name+":8448:"+w.before(o.t, certificate, b.Address(name)))
	}
	return b, flags
}

// No private key, and no signature of a request, is in anything that a join prints, sends to a collector or writes, nor
// in any form its recording is exported in: joined and left again, asked as carefully as can be, told in every way.
func TestSecretsOfJoin(t *testing.T) {
	for i, form := range []string{"--json", "--ndjson", "--plain", "--linear"} {
		t.Run(form, func(t *testing.T) {
			o, w := newOwner(t), &wire{}
			b, flags := o.beside("public-v12", w)
			args := append([]string{"join", b.Alias, "--key", o.signingKey("signing.key"), "--probe", "--yes", "--leave",
				"--all-checks", "--otlp", o.collector, "--record", o.path("join.jsonl"), form}, flags...)
			o.runs(0, args...)
			w.taken(o, 5)
			if i == 0 {
				o.exports(0, o.path("join.jsonl"))
				o.runs(0, "verify", o.path("join.jsonl"), "--json", "--all-checks")
				o.runs(0, "verify", o.path("join.jsonl"), "--work", "join")
			}
			o.held()
		})
	}
}

// Nor of a run in the sandbox, whose servers' keys are of this program.
func TestSecretsOfSandbox(t *testing.T) {
	for _, name := range []string{"public-v12", "form-2015", "restricted", "invite-to-address", "banned", "key-unreachable",
		"probe-proxy-decodes-path", "lost-answer", "bad-signature", "client-gave-up", "leave-refused"} {
		t.Run(name, func(t *testing.T) {
			o, w := newOwner(t), &wire{}
			scenario, ok := sandbox.Lookup(name)
			if !ok {
				t.Fatal("there is none")
			}
			key, err := client.GenerateKey()
			if err != nil {
				t.Fatal(err)
			}
			o.private("the joining server's key", key.Private.Seed())
			f, err := engine.Start(t.Context(), scenario, engine.Options{Now: time.Now})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(f.Stop)
			wires := map[string]string{}
			for name, server := range f.Servers {
				o.private("the signing key of "+name, server.Keys.Current.Private.Seed())
				certificate, err := f.Authority.Certificate(name)
				if err != nil || f.Address(name) == "" {
					continue // nobody is there
				}
				wires[name] = w.before(t, certificate, f.Address(name))
			}
			run, stop, err := f.Join(t.Context(), engine.JoinOptions{Tool: "test", Key: &key,
				Resolver: func(r client.Resolver) client.Resolver { return rewired{r, wires} }})
			if err != nil {
				t.Fatal(err)
			}
			run.Finish(t.Context())
			stop()
			w.taken(o, 1)
			var b bytes.Buffer
			if err := recording.Write(&b, run.Trace()); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(o.path("sandbox.jsonl"), b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			state := flow.Fold(run.Trace())
			h := document.Handshake{Trace: run.Trace(), State: state, AllChecks: true, Parts: document.PictureParts(),
				Report: export.NewReport(run.Trace(), state, export.ReportOptions{AllChecks: true})}
			for _, f := range document.Formats() {
				var b bytes.Buffer
				if err := f.Write(&b, h); err != nil {
					t.Fatal(err)
				}
				o.artefacts[f.Name] = b.String()
			}
			o.runs(state.Outcome().ExitCode(), "replay", "--linear", "sandbox.jsonl")
			o.held()
		})
	}
}

// Nor of what host tells, whose servers a server with a key of its own joins, and of what that one tells.
func TestSecretsOfHost(t *testing.T) {
	for _, form := range []string{"--json", "--ndjson", "--plain"} {
		t.Run(form, func(t *testing.T) {
			o := newOwner(t)
			o.runs(0, "certs", "lab")
			for _, file := range []string{"authority.key", "localhost.key"} {
				o.holds(o.path("lab/" + file))
			}
			join := `doorstep join "$DOORSTEP_TARGET" --user @me:` + freeport.Address(t) + ` --key ` + o.signingKey("signing.key") +
				` --ca lab/authority.crt --allow-private --yes --probe --record joined.jsonl --json >joined.txt 2>&1`
			o.runs(0, "host", "public-v12", "--listen", "127.0.0.1:0", "--certs", "lab", "--insecure", "--expect", "joined",
				"--record", "hosted.jsonl", "--all-checks", form, "--", "sh", "-c", join)
			o.signed("joined.jsonl", "signing.key", 5)
			if form == "--json" {
				o.exports(flow.Joined.ExitCode(), o.path("hosted.jsonl"))
				o.exports(flow.Joined.ExitCode(), o.path("joined.jsonl"))
			}
			o.held()
		})
	}
}

// signed says that every signature of a request in a recording is private.
func (o *owner) signed(file, keyFile string, least int) {
	o.t.Helper()
	keys, err := client.ReadKeys(o.path(keyFile))
	if err != nil {
		o.t.Fatal(err)
	}
	r, err := os.Open(o.path(file))
	if err != nil {
		o.t.Fatal(err)
	}
	defer r.Close()
	trace, err := recording.Read(r)
	if err != nil {
		o.t.Fatal(err)
	}
	signatures := flowtest.SignaturesOf(o.t, trace, keys[0])
	o.privates = append(o.privates, signatures...)
	if len(signatures) < least {
		o.t.Errorf("%s: only %d requests are signed", file, len(signatures))
	}
}

// Nor of what passes a tap: the signatures of joins, and the tokens, cookies and passwords of everything else.
func TestSecretsOfTap(t *testing.T) {
	for _, form := range []string{"--json", "--ndjson", "--plain"} {
		t.Run(form, func(t *testing.T) {
			o, w := newOwner(t), &wire{}
			b, flags := o.beside("public-v12", w)
			const server = engine.ResidentName
			certificate, err := b.Authority.Certificate(server)
			if err != nil {
				t.Fatal(err)
			}
			o.pem("tap", certificate)
			stands := freeport.Address(t)
			process, ended := o.begins("tap", "--listen", stands, "--upstream", "https://"+b.Address(server), "--upstream-name",
				server, "--ca", b.CA, "--tls-cert", "tap.crt", "--tls-key", "tap.key", "--fetch-keys", "--allow-private",
				"--quiet", "1s", "--record", "joins", "--all-checks", form)
			passing(t, o, b.Authority.Pool(), server, stands)
			for i, f := range flags {
				if strings.HasPrefix(f, server+":8448:") {
					flags[i] = server + ":8448:" + w.before(t, certificate, stands) // wire, tap, server
				}
			}
			args := append([]string{"join", b.Alias, "--key", o.signingKey("signing.key"), "--yes", "--json", "--no-record"}, flags...)
			o.runs(0, args...)
			if err := process.Signal(os.Interrupt); err != nil { // every join is told of before it ends
				t.Error(err)
			}
			ended()
			w.taken(o, 3)
			kept, err := filepath.Glob(o.path("joins/*you-joining*.jsonl"))
			if err != nil || len(kept) != 1 {
				t.Fatal(kept, err)
			}
			if form == "--json" {
				o.exports(0, kept[0])
			}
			o.held()
		})
	}
}

// pem writes a certificate and its key, which is private, to NAME.crt and NAME.key.
func (o *owner) pem(name string, c tls.Certificate) {
	o.t.Helper()
	for file, text := range inPEM(o.t, c) {
		if err := os.WriteFile(o.path(name+file), text, 0o600); err != nil {
			o.t.Fatal(err)
		}
	}
	o.holds(o.path(name + ".key"))
}

// passing sends through a tap what clients and servers send with tokens, once it is there: some of it on the paths of
// joins, where requests are kept.
func passing(t *testing.T, o *owner, roots *x509.CertPool, name, address string) {
	t.Helper()
	c := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots,
		ServerName: name}}}
	listened(t, address)
	const room = "!r:resident.example"
	for i, path := range []string{"/_matrix/client/v3/account/whoami", "/_matrix/client/v3/join/" + room,
		"/_matrix/federation/v1/make_join/" + room + "/@me:joining.example", "/_matrix/federation/v2/send_join/" + room + "/$e",
		"/_matrix/federation/v1/query/directory", "/_matrix/key/v2/server", "/_matrix/federation/v1/version"} {
		token := func(what string) string {
			text := fmt.Sprintf("syt_%s_%d_%s", what, i, rand.Text())
			o.private(what+" for "+path, []byte(text))
			return text
		}
		r, err := http.NewRequest("PUT", "https://"+address+path+"?access_token="+token("query"),
			strings.NewReader(`{"password":"`+token("password")+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			r.Method, r.Body, r.ContentLength = "GET", nil, 0
		}
		r.Header.Set("Authorization", "Bearer "+token("bearer"))
		r.Header.Set("Cookie", "session="+token("cookie"))
		r.Header.Set("Proxy-Authorization", "Basic "+token("proxy"))
		res, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
	}
}

// Nor of what a check tells, which signs two requests.
func TestSecretsOfCheck(t *testing.T) {
	for _, form := range []string{"--json", "--ndjson", "--plain", "--linear"} {
		t.Run(form, func(t *testing.T) {
			o, w := newOwner(t), &wire{}
			_, flags := o.beside("public-v12", w)
			o.runs(0, append([]string{"check", engine.ResidentName, "--server-name", engine.JoiningName, "--key",
				o.signingKey("signing.key"), "--record", "check.jsonl", "--all-checks", form}, flags[2:]...)...)
			w.taken(o, 2)
			for _, f := range []string{"text", "json", "ndjson", "har"} { // the others are for joins
				o.runs(0, "export", "--format", f, "--no-redact", "--all-checks", "check.jsonl")
			}
			o.runs(0, "replay", form, "check.jsonl")
			o.held()
		})
	}
}

// A file with a private key that is given where something else is wanted, or that is spoiled, is told of without a byte
// of it.
func TestSecretsInErrors(t *testing.T) {
	o := newOwner(t)
	o.runs(0, "certs", "lab")
	o.runs(0, "keygen", "made.key")
	o.holds(o.path("lab/authority.key"))
	keys, err := client.ReadKeys(o.path("made.key"))
	if err != nil {
		t.Fatal(err)
	}
	o.private("the key of keygen", keys[0].Private.Seed())
	o.own[o.path("made.key")] = true
	whole, err := os.ReadFile(o.path("made.key"))
	if err != nil {
		t.Fatal(err)
	}
	inPEM, err := os.ReadFile(o.path("lab/authority.key"))
	if err != nil {
		t.Fatal(err)
	}
	line := strings.TrimSpace(string(whole))
	files := []string{"made.key", "lab/authority.key"}
	for name, text := range map[string]string{
		"long.key": line + "AAAA\n", "cut.key": line[:len(line)-3], "blank.key": strings.ReplaceAll(line, " ", "\t,"),
		"turned.key": line[strings.LastIndex(line, " ")+1:] + " ed25519 a_1", "alone.key": line[strings.LastIndex(line, " ")+1:],
		"quoted.key": `{"key": "` + line + `"}`, "json.key": `{"user": ` + line + `}`, "ndjson.key": `{"doorstep":1,` + line,
		"other.key":  strings.Replace(line, "ed25519", "rsa", 1),
		"pem.key":    strings.Replace(string(inPEM), "PRIVATE", "SECRET", 2),
		"folded.key": strings.ReplaceAll(string(inPEM), "\n", " "),
		"twice.key":  line + "\n" + line + "=\n",
	} {
		if err := os.WriteFile(o.path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		o.own[o.path(name)] = true
		files = append(files, name)
	}
	t.Chdir(o.dir)
	t.Setenv("XDG_CONFIG_HOME", o.path("config"))
	t.Setenv("XDG_STATE_HOME", o.path("state"))
	for _, file := range files {
		join := []string{"join", "!room:hs.invalid", "--user", "@me:my.invalid", "--timeout", "1s"}
		for _, args := range [][]string{
			append(join, "--tls-cert", file, "--tls-key", file), append(join, "--ca", file), append(join, "--profile", file),
			append(join, "--tls-cert", "lab/localhost.crt", "--tls-key", file), append(join, "--room-versions", file),
			{"check", "hs.invalid", "--ca", file}, {"check", "hs.invalid", "--server-name", "my.invalid", "--tls-cert", file,
				"--tls-key", file},
			{"host", "public-v12", "--listen", "127.0.0.1:0", "--authority-cert", file, "--authority-key", file},
			{"host", "public-v12", "--listen", "127.0.0.1:0", "--tls-cert", "lab/localhost.crt", "--tls-key", file, "--ca", file},
			{"tap", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:1", "--ca", file},
			{"tap", "--listen", "127.0.0.1:0", "--upstream", "https://127.0.0.1:1", "--tls-cert", file, "--tls-key", file},
			{"replay", file}, {"verify", file}, {"import", file}, {"import", "--log", file}, {"redact", file},
			{"export", "--format", "html", file}, {"diff", file, "public-v12"}, {"verify", "--room-version", "12", "--keys", file,
				file}, {"keygen", file}, {"lab", "room", file}, {"lab", "join", file},
			{"sandbox", "public-v12", "--alter", file}, {"explain", file},
		} {
			o.fails(args...)
		}
		if file != "made.key" && file != "twice.key" {
			o.fails(append(join, "--key", file)...)
		}
	}
	for _, name := range files {
		text, err := os.ReadFile(o.path(name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(o.path("config/doorstep"), 0o700); err != nil {
			t.Fatal(err)
		}
		settings := o.path("config/doorstep/config.json")
		o.own[settings] = true
		if err := os.WriteFile(settings, text, 0o600); err != nil {
			t.Fatal(err)
		}
		o.within("info")
		o.within("replay", "public-v12", "--json")
	}
	o.held()
}

// within runs a command inside the test, which takes less time than to start the program.
func (o *owner) within(args ...string) int {
	var stdout, stderr bytes.Buffer
	code := command.Run(args, &stdout, &stderr)
	name := fmt.Sprint(len(o.artefacts), " ", strings.Join(args, " "))
	o.artefacts[name+", standard output"], o.artefacts[name+", standard error"] = stdout.String(), stderr.String()
	return code
}

// fails runs a command that has to fail.
func (o *owner) fails(args ...string) {
	o.t.Helper()
	if code := o.within(args...); code == 0 {
		o.t.Errorf("doorstep %s: it went well", strings.Join(args, " "))
	}
}

// Of a lab's folder the keys, the passwords and the secrets are in their own files alone, and nothing of them is
// printed.
func TestSecretsOfLab(t *testing.T) {
	for _, software := range []string{"synapse", "dendrite"} {
		t.Run(software, func(t *testing.T) {
			o := newOwner(t)
			o.runs(0, "lab", software, "lab", "--port", "18448")
			o.runs(0, "certs", "lab", "hs.example", "127.0.0.1")
			err := filepath.WalkDir(o.path("lab"), func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				text, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				switch block, _ := pem.Decode(text); {
				case block != nil && block.Type == "PRIVATE KEY":
					o.holds(path)
				case strings.HasSuffix(path, ".key"):
					keys, err := client.ReadKeys(path)
					if err != nil {
						return err
					}
					o.own[path] = true
					o.private("the key of "+filepath.Base(path), keys[0].Private.Seed())
				case strings.HasSuffix(path, ".yaml"): // the homeserver's, with what that has to know
					o.own[path] = true
				case strings.HasSuffix(path, ".secret"), strings.HasSuffix(path, ".password"):
					o.own[path] = true
					o.private("the secret of "+filepath.Base(path), bytes.TrimSpace(text))
				}
				info, err := d.Info()
				if o.own[path] && (err != nil || info.Mode().Perm() != 0o600) {
					t.Errorf("%s: %v %v", path, info.Mode(), err)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			o.held()
		})
	}
}

// rewired leads to servers by way of the wires before them.
type rewired struct {
	client.Resolver
	wires map[string]string
}

func (r rewired) Resolve(ctx context.Context, name string) client.Discovery {
	d := r.Resolver.Resolve(ctx, name)
	for i := range d.Destinations {
		if at := r.wires[name]; at != "" {
			d.Destinations[i].Address = at
		}
	}
	return d
}
