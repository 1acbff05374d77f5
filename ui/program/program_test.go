// Package program has the tests of the program as a whole, as somebody runs it: command lines, terminals, signals, full
// disks, cut networks, the commands of the documents; and the rules that all of the source is held to.
package program

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"doorstep/flow/sandbox/sandboxtest"
	_ "doorstep/ui/background" // as main.go has it
	"doorstep/ui/command"
)

func TestMain(m *testing.M) {
	testscript.Main(secluded{m}, helpers)
}

// helpers are the programs that the binary of these tests is, by the name that it is called by.
var helpers = map[string]func(){
	"doorstep": func() { os.Exit(command.Run(os.Args[1:], os.Stdout, os.Stderr)) },
}

// secluded are tests that see no settings and no recordings of whoever runs them, and for which files are named from the
// top of the repository.
type secluded struct{ *testing.M }

func (m secluded) Run() int {
	if err := os.Chdir(filepath.Join("..", "..")); err != nil {
		panic(err)
	}
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

// federation starts the servers of a scenario, until the test ends.
func federation(t *testing.T, name string) *sandboxtest.Beside {
	t.Helper()
	b, err := sandboxtest.Start(t.Context(), name, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Stop)
	return b
}

// inPEM is a certificate, as .crt, and its key, as .key.
func inPEM(t *testing.T, c tls.Certificate) map[string][]byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Error(err)
	}
	return map[string][]byte{".crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}),
		".key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})}
}

// listened waits until somebody listens at an address.
func listened(t *testing.T, address string) {
	t.Helper()
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return
		}
	}
	t.Fatalf("nobody listens at %s", address)
}
