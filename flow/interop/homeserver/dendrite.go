package homeserver

import (
	"context"
	_ "embed"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"text/template"

	"doorstep/client/freeport"
)

// Dendrite is the homeserver written in Go. The module pins it as a tool; it is built here and run as a program of its
// own, never linked into ours (its licence is the AGPL).
var Dendrite = &Software{
	Name:    "dendrite",
	Version: "0.15.2",
	needs: "It is built from source with the Go module proxy: this needs Go, a C compiler (SQLite) and about 3 minutes; " +
		"on Debian: apt-get install gcc libc6-dev",
	pins:      dendritePins,
	fetch:     buildDendrite,
	bin:       func(dir string) string { return dir },
	works:     func(ctx context.Context, dir string) error { return run(ctx, nil, dendriteProgram(dir), "--version") },
	configure: configureDendrite,
}

const dendritePackage = "github.com/element-hq/dendrite/cmd/dendrite"

// dendriteEnv builds Dendrite as its makers do: without the experiments this module's own tests need.
var dendriteEnv = []string{"GOEXPERIMENT=", "CGO_ENABLED=1"}

func dendriteProgram(dir string) string { return filepath.Join(dir, "dendrite") }

func dendritePins(ctx context.Context) (string, error) {
	// Every module compiled in, with its version: the pin of the tool is in go.mod, the rest follows from it.
	modules, err := output(ctx, dendriteEnv,
		"go", "list", "-deps", "-f", "{{with .Module}}{{.Path}} {{.Version}}{{end}}", dendritePackage)
	if err != nil {
		return "", err
	}
	return runtime.Version() + modules, nil
}

func buildDendrite(ctx context.Context, dir string) error {
	return run(ctx, dendriteEnv, "go", "build", "-buildvcs=false", "-o", dendriteProgram(dir), dendritePackage)
}

//go:embed dendrite.yaml.tmpl
var dendriteConfig string

var dendriteTemplate = template.Must(template.New("dendrite.yaml").Parse(dendriteConfig))

func configureDendrite(t testing.TB, installed string, s *Server) command {
	t.Helper()
	// The key file is PEM; the seed is its whole content. 0o600 as generate-keys would leave it.
	block := &pem.Block{Type: "MATRIX PRIVATE KEY", Headers: map[string]string{"Key-ID": s.KeyID}, Bytes: s.key.Seed()}
	write(t, s.path("matrix_key.pem"), pem.EncodeToMemory(block))
	if err := os.MkdirAll(s.path("data"), 0o755); err != nil {
		t.Fatal(err)
	}
	s.writeTemplate(t, dendriteTemplate, "dendrite.yaml", map[string]any{
		// Go finds the authority through SSL_CERT_FILE, except on the systems where it asks the platform instead.
		"SkipTLSValidation": runtime.GOOS == "darwin" || runtime.GOOS == "windows",
	})
	plain := freeport.Port(t) // opened whether it is wanted or not; kept on loopback
	return command{
		program: dendriteProgram(installed),
		args: []string{"-config", "dendrite.yaml", "-tls-cert", s.certificate, "-tls-key", s.certificateKey,
			"-https-bind-address", s.address, "-http-bind-address", fmt.Sprintf("127.0.0.1:%d", plain)},
		env: []string{"SSL_CERT_FILE=" + s.Authority.File},
	}
}
