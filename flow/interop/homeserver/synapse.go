package homeserver

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"text/template"
)

const synapseVersion = "1.163.2"

// Synapse is the reference homeserver, written in Python. It is installed into a virtual environment of its own and run
// as a program (its licence is the AGPL).
var Synapse = &Software{
	Name:    "synapse",
	Version: synapseVersion,
	needs: "It is installed from PyPI into a virtual environment: this needs Python 3.10 or newer with venv and pip; " +
		"on Debian: apt-get install python3-venv python3-pip",
	pins:  synapsePins,
	fetch: installSynapse,
	bin:   func(dir string) string { return filepath.Dir(synapsePython(dir)) },
	works: func(ctx context.Context, dir string) error {
		return run(ctx, nil, synapsePython(dir), "-c", "import synapse.app.homeserver")
	},
	configure: configureSynapse,
}

// synapseConstraints pins everything Synapse brings along, so that a test that failed can be run again on the same
// thing.
//
//go:embed synapse-constraints.txt
var synapseConstraints string

func python() string {
	if name := os.Getenv("PYTHON"); name != "" {
		return name
	}
	return "python3"
}

func synapsePython(dir string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(dir, "venv", "Scripts", "python.exe")
	}
	return filepath.Join(dir, "venv", "bin", "python")
}

func synapsePins(ctx context.Context) (string, error) {
	version, err := output(ctx, nil, python(), "-c",
		"import sys; print(sys.version, sys.base_prefix); sys.exit(sys.version_info < (3, 10))")
	if err != nil {
		return "", err
	}
	return version + synapseConstraints, nil
}

func installSynapse(ctx context.Context, dir string) error {
	if err := run(ctx, nil, python(), "-m", "venv", filepath.Join(dir, "venv")); err != nil {
		return err
	}
	constraints := filepath.Join(dir, "constraints.txt")
	if err := os.WriteFile(constraints, []byte(synapseConstraints), 0o644); err != nil {
		return err
	}
	return run(ctx, nil, synapsePython(dir), "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
		"--constraint", constraints, "matrix-synapse=="+synapseVersion)
}

//go:embed synapse.yaml.tmpl
var synapseConfig string

var synapseTemplate = template.Must(template.New("synapse.yaml").Parse(synapseConfig))

// synapseLogging is what is logged and how. The usual form is that of synapse --generate-config.
func synapseLogging(level string, form LogForm) string {
	formatter := `format: "%(asctime)s %(levelname)s %(name)s %(message)s"`
	switch form {
	case LogUsual:
		formatter = `format: "%(asctime)s - %(name)s - %(lineno)d - %(levelname)s - %(request)s - %(message)s"`
	case LogJSON:
		formatter = `class: synapse.logging.TerseJsonFormatter`
	}
	return fmt.Sprintf(`version: 1
formatters: {line: {%s}}
handlers: {console: {class: logging.StreamHandler, formatter: line}}
root: {level: %s, handlers: [console]}
loggers: {synapse.storage: {level: INFO}}
disable_existing_loggers: false
`, formatter, cmp.Or(level, "INFO"))
}

func configureSynapse(t testing.TB, installed string, s *Server) command {
	t.Helper()
	writeSigningKey(t, s.path("signing.key"), s.KeyID, s.key)
	write(t, s.path("logging.yaml"), []byte(synapseLogging(s.logLevel, s.logForm)))
	s.writeTemplate(t, synapseTemplate, "synapse.yaml", nil)
	return command{program: synapsePython(installed), args: []string{"-m", "synapse.app.homeserver", "-c", "synapse.yaml"}}
}
