// Package homeserver runs real homeservers on loopback for tests: with TLS, federating with nobody but this machine,
// each in a temporary folder, each ended with its test. They are programs of their own: nothing of theirs is linked in.
package homeserver

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"text/template"
	"time"

	"doorstep/client/freeport"
)

// Software is one implementation of a homeserver in one version.
type Software struct {
	Name    string
	Version string

	needs     string                                                  // what to install where it is not available, and how
	pins      func(ctx context.Context) (string, error)               // everything an installation depends on
	fetch     func(ctx context.Context, dir string) error             // installs into dir
	bin       func(dir string) string                                 // where its programs are
	works     func(ctx context.Context, dir string) error             // whether what is in dir can be run
	configure func(t testing.TB, installed string, s *Server) command // writes the server's files
}

func (s *Software) String() string { return s.Name }

// Bin returns the folder that the programs of the software are in, as its makers name them: to be put on the PATH. It
// installs the software when need be.
func (s *Software) Bin(t testing.TB) string {
	t.Helper()
	return s.bin(s.installed(t))
}

// All returns every software there is to test against.
func All() []*Software { return []*Software{Dendrite, Synapse} }

// A Server is a running homeserver.
type Server struct {
	Software  *Software
	Name      string            // server name: 127.0.0.1 and a port, so that nothing is looked up to find it
	BaseURL   string            // of the client and the server APIs alike
	KeyID     string            // of its signing key
	Key       ed25519.PublicKey // its signing key
	Authority *Authority
	Started   time.Duration // from launching the program to its first answer

	callsNoPrivateAddress       bool
	logLevel                    string // as this software names it
	logForm                     LogForm
	key                         ed25519.PrivateKey
	address                     string // host:port listened on
	port                        int
	dir                         string
	secret                      string // shared secret for registering users
	certificate, certificateKey string
	http                        *http.Client
}

// command is how a configured homeserver is started, in its folder.
type command struct {
	program string
	args    []string
	env     []string
}

const (
	startLimit = 60 * time.Second
	stopLimit  = 15 * time.Second
)

// An Option is a setting of a homeserver.
type Option func(*Server)

// CallsNoPrivateAddress has a homeserver refuse to call loopback, as both do until somebody configures otherwise. It
// still answers requests from there, up to the first whose signature it would have to fetch a key for.
func CallsNoPrivateAddress(s *Server) { s.callsNoPrivateAddress = true }

// A LogForm is a way of writing lines of a log.
type LogForm int

// The forms. Dendrite knows the usual one alone.
const (
	LogUsual LogForm = iota // what the software's own generator of configurations sets, or a form much like it
	LogPlain                // Synapse: time, level, logger and message, with blanks between them
	LogJSON                 // Synapse: one object a line
)

// Logs has a homeserver log at that level, which is spelled as its own configuration has it, in that form.
func Logs(level string, form LogForm) Option {
	return func(s *Server) { s.logLevel, s.logForm = level, form }
}

// Behind has a homeserver listen on another port than its name says, so that something can stand before it: see
// Listens. Its own users go to it straight.
func Behind(t testing.TB) Option {
	return func(s *Server) {
		s.port = freeport.Port(t)
		s.address = fmt.Sprintf("127.0.0.1:%d", s.port)
		s.BaseURL = "https://" + s.address
	}
}

// Listens is the address and port that the homeserver listens on.
func (s *Server) Listens() string { return s.address }

// CertificateFiles are its certificate and the key of it, in PEM.
func (s *Server) CertificateFiles() (certificate, key string) { return s.certificate, s.certificateKey }

// Start runs a homeserver and waits until it answers. It is stopped when the test ends; when the test has failed by
// then, the end of the server's log is printed. It installs the software when need be.
func Start(t testing.TB, software *Software, authority *Authority, options ...Option) *Server {
	t.Helper()
	installed := software.installed(t)
	const tries = 3 // the port was free when picked, not for certain when bound
	for try := 1; ; try++ {
		s, err := start(t, software, installed, authority, options)
		if err == nil {
			return s
		}
		if try == tries || !errors.Is(err, syscall.EADDRINUSE) {
			t.Fatalf("start %s: %v", software.Name, err)
		}
	}
}

func start(t testing.TB, software *Software, installed string, authority *Authority, options []Option) (*Server,
	error) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	port := freeport.Port(t)
	name := fmt.Sprintf("127.0.0.1:%d", port)
	s := &Server{
		Software: software, Name: name, BaseURL: "https://" + name, KeyID: "ed25519:interop", Key: public,
		Authority: authority,
		key:       private, address: name, port: port, dir: t.TempDir(), secret: secret(),
		http: &http.Client{Timeout: 30 * time.Second,
			Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authority.Pool}}},
	}
	for _, set := range options {
		set(s)
	}
	s.certificate, s.certificateKey = authority.Issue(t, s.dir)
	c := software.configure(t, installed, s)

	logFile, err := os.Create(s.path("log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(c.program, c.args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), c.env...)
	cmd.Stdout, cmd.Stderr = logFile, logFile
	began := time.Now()
	err = cmd.Start()
	logFile.Close() // the program holds its own copy
	if err != nil {
		return nil, err
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	t.Cleanup(func() { s.stop(t, cmd.Process, exited) })
	if err := s.awaitReady(t.Context(), exited); err != nil {
		return nil, err
	}
	s.Started = time.Since(began)
	return s, nil
}

// awaitReady polls until the server answers on its TLS port. It errs when the program ends first, with EADDRINUSE when
// its log says the port was taken, and when it takes longer than startLimit.
func (s *Server) awaitReady(ctx context.Context, exited chan error) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	poll := time.NewTicker(25 * time.Millisecond)
	defer poll.Stop()
	for {
		select {
		case err := <-exited:
			exited <- err // stop reads it too
			log := s.log(8000)
			if strings.Contains(strings.ToLower(log), "address already in use") {
				return syscall.EADDRINUSE
			}
			return fmt.Errorf("ended before it answered (%v); its log:\n%s", err, log)
		case <-ctx.Done():
			return fmt.Errorf("no answer from %s within %s; its log:\n%s", s.BaseURL, startLimit, s.log(8000))
		case <-poll.C:
			if s.answers(ctx) {
				return nil
			}
		}
	}
}

func (s *Server) answers(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.BaseURL+"/_matrix/client/versions", nil)
	if err != nil {
		return false
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// stop ends the program by its process ID, politely first.
func (s *Server) stop(t testing.TB, process *os.Process, exited chan error) {
	s.http.CloseIdleConnections()
	if process.Signal(syscall.SIGTERM) != nil {
		_ = process.Kill() // no SIGTERM on this system, or it is gone: Wait tells
	}
	select {
	case <-exited:
	case <-time.After(stopLimit):
		t.Errorf("%s ignored SIGTERM for %s", s.Software, stopLimit)
		_ = process.Kill()
		<-exited
	}
	if t.Failed() {
		t.Logf("errors in the log of %s %s:\n%s", s.Software, s.Name, errorsIn(s.log(4_000_000)))
		t.Logf("end of the log of %s %s:\n%s", s.Software, s.Name, s.log(16000))
	}
}

// errorsIn returns the first lines of a log that tell of an error, each with the lines without a date below it, which
// is where Python tells what led there.
func errorsIn(log string) string {
	const most = 100
	var out []string
	goesOn := false
	for line := range strings.Lines(log) {
		dated := strings.HasPrefix(line, "20") || strings.HasPrefix(line, "time=")
		goesOn = !dated && goesOn || strings.Contains(line, " ERROR ") || strings.Contains(line, "level=error")
		if goesOn && len(out) < most {
			out = append(out, line)
		}
	}
	return strings.Join(out, "")
}

// log returns the last n bytes of what the program printed.
func (s *Server) log(n int64) string { return readTail(s.path("log"), n) }

// LogSize is how many bytes of log there are by now.
func (s *Server) LogSize(t testing.TB) int64 {
	t.Helper()
	info, err := os.Stat(s.path("log"))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// LogFrom returns the log from that byte on.
func (s *Server) LogFrom(t testing.TB, from int64) []byte {
	t.Helper()
	text, err := os.ReadFile(s.path("log"))
	if err != nil {
		t.Fatal(err)
	}
	return text[min(from, int64(len(text))):]
}

// SigningKey writes the server's signing key to a file of Synapse's form, under that key ID, and returns the file: with
// it a program may sign as this server.
func (s *Server) SigningKey(t testing.TB, keyID string) string {
	t.Helper()
	return writeSigningKey(t, filepath.Join(t.TempDir(), "signing.key"), keyID, s.key)
}

func writeSigningKey(t testing.TB, file, keyID string, key ed25519.PrivateKey) string {
	t.Helper()
	algorithm, version, _ := strings.Cut(keyID, ":")
	write(t, file, fmt.Appendf(nil, "%s %s %s\n", algorithm, version, base64.RawStdEncoding.EncodeToString(key.Seed())))
	return file
}

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

func (s *Server) writeTemplate(t testing.TB, tmpl *template.Template, name string, more map[string]any) {
	t.Helper()
	data := map[string]any{"Name": s.Name, "Port": s.port, "Secret": s.secret,
		"Certificate": s.certificate, "CertificateKey": s.certificateKey, "AuthorityFile": s.Authority.File,
		"CallsNoPrivateAddress": s.callsNoPrivateAddress, "LogLevel": cmp.Or(s.logLevel, "info")}
	for k, v := range more {
		data[k] = v
	}
	var text strings.Builder
	if err := tmpl.Execute(&text, data); err != nil {
		t.Fatal(err)
	}
	write(t, s.path(name), []byte(text.String()))
}

func write(t testing.TB, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func secret() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
