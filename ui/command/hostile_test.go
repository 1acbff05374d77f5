package command

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"doorstep/render/rendertest"
	"doorstep/ui/document"
)

// hostileTexts are the corpus without what is merely long, which the tests of each view look at.
func hostileTexts() []string {
	var out []string
	for _, h := range rendertest.Hostile() {
		if len(h.Text) > 0 && len(h.Text) <= 200 {
			out = append(out, h.Text)
		}
	}
	return out
}

// A spoken is what a run of the program left behind.
type spoken struct {
	args           []string
	stdout, stderr string
}

func said(args ...string) spoken {
	var stdout, stderr bytes.Buffer
	Run(args, &stdout, &stderr)
	return spoken{args, stdout.String(), stderr.String()}
}

// harmless asserts that nothing of a run is acted upon by a terminal, and that errors are one line. Where JSON was
// asked for it has no colours either, and each line is a value.
func (s spoken) harmless(t *testing.T) {
	t.Helper()
	machine := slices.ContainsFunc(s.args, func(a string) bool { return a == "--json" || a == "--ndjson" })
	for name, text := range map[string]string{"stdout": s.stdout, "stderr": s.stderr} {
		if err := rendertest.Harmless(text, 0); err != nil {
			t.Errorf("%.300q: %s: %v", s.args, name, err)
		}
		if strings.Contains(text, "\x1b") {
			t.Errorf("%.300q: %s: there are colours, and no terminal", s.args, name)
		}
	}
	if machine {
		for line := range strings.Lines(s.stdout) {
			if !json.Valid([]byte(line)) {
				t.Errorf("%.300q: no JSON: %.200s", s.args, line)
			}
		}
	}
}

// Whatever servers say, no command that reads the recording of hostile ones prints or writes what a terminal acts upon:
// lines, JSON, errors and exports of every form.
func TestHostileCommands(t *testing.T) {
	const file = "hostile"
	lesson := filepath.Join(t.TempDir(), "lesson.html")
	lines := [][]string{
		{"replay", file, "--plain"}, {"replay", file, "--ascii"}, {"replay", file, "--json", "--all-checks"},
		{"replay", file, "--ndjson"}, {"verify", file}, {"verify", file, "--json"}, {"verify", file, "--ndjson"},
		{"verify", file, "--work", "join"},
		{"diff", file, "public-v1"}, {"diff", file, "public-v1", "--json"}, {"diff", "banned", file, "--ndjson"},
		{"redact", file}, {"redact", file, "--json"},
		{"export", "--lesson", file, "--force", "--output", lesson},
	}
	for _, f := range document.Formats() {
		lines = append(lines, []string{"export", "--no-redact", "--format", f.Name, file},
			[]string{"export", "--redact", "--format", f.Name, file})
	}
	read := 0
	for _, args := range lines {
		out := said(args...)
		if out.harmless(t); out.stdout != "" {
			read++
		}
	}
	if read < len(lines)-1 { // the lesson goes to its file
		t.Errorf("only %d of %d runs came to anything", read, len(lines))
	}
	t.Logf("%d runs, %d with output", len(lines), read)
}

// Words of the command line, of files of settings and of the names of files are as harmless as what servers say, in the
// errors that quote them too.
func TestHostileArguments(t *testing.T) {
	runs := 0
	try := func(args ...string) {
		t.Helper()
		runs++
		out := said(args...)
		out.harmless(t)
		if n := strings.Count(out.stderr, "\n"); n > 3 {
			t.Errorf("%.100q: %d lines of errors", args, n)
		}
	}
	dir := t.TempDir()
	for i, text := range hostileTexts() {
		if strings.Contains(text, "\x00") { // no program is given such
			continue
		}
		for n, args := range [][]string{
			{text}, {"--" + text}, {"replay", text}, {"verify", text}, {"diff", text, text + "b"}, {"explain", "x" + text},
			{"sandbox", "x" + text}, {"sandbox", "--user", "@" + text + ":x y"}, {"export", "--format", text, "hostile"},
			{"import", text}, {"redact", text}, {"learn", "x" + text}, {"man", "x" + text},
			{"join", "#a" + text, "--user", text}, {"join", text}, {"check", "a b" + text}, {"check", "a.example", "--resolve", text},
			{"host", "x" + text}, {"host", "--listen", "x" + text}, {"tap", "--listen", "x" + text, "--upstream", "http://a"},
			{"tap", "--listen", "127.0.0.1:0", "--upstream", "x" + text}, {"lab", "x" + text}, {"--theme", "x" + text, "info"},
			{"certs", filepath.Join("/dev/null", text)}, {"keygen", filepath.Join("/dev/null", text)},
			{"sandbox", "--key", "x" + text}, {"verify", "hostile", "--work", text}, {"info", "x" + text, "--json"},
		} {
			if (i+n)%4 == 0 { // each of them with a fourth of the texts
				try(args...)
			}
		}
		if strings.Contains(text, "/") {
			continue
		}
		file := filepath.Join(dir, text+".jsonl")
		for _, content := range []string{text, `{"doorstep_recording":` + text,
			`{"doorstep_recording":1,"source":"sandbox","title":"` + text + `"}` + "\n" + `{"seq":1,"kind":"` + text + `"}` + "\n",
			`{"` + text + `":1}`} {
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				break // no file is called that
			}
			try([][]string{{"replay", file}, {"replay", file, "--json"}, {"import", file},
				{"verify", "--room-version", "1", "--keys", file, file}}[i%4]...)
		}
	}
	t.Logf("%d runs", runs)
}

// A file of settings, and the names of runs that were kept, are somebody else's as well.
func TestHostileSettings(t *testing.T) {
	for i, text := range hostileTexts() {
		if i%3 > 0 || strings.ContainsAny(text, "\x00/") {
			continue
		}
		dir := t.TempDir()
		t.Setenv("XDG_CONFIG_HOME", dir)
		t.Setenv("XDG_STATE_HOME", dir)
		if err := os.MkdirAll(filepath.Join(dir, "doorstep"), 0o700); err != nil {
			t.Fatal(err)
		}
		settings := `{"theme":"` + text + `","` + text + `":1,"profiles":{"` + text + `":{"user":"` + text + `"}}}`
		for _, name := range []string{"config.json", "settings.json", "settings.toml", "profiles/" + text + ".json"} {
			_ = os.MkdirAll(filepath.Dir(filepath.Join(dir, "doorstep", name)), 0o700)
			_ = os.WriteFile(filepath.Join(dir, "doorstep", name), []byte(settings), 0o600) // a name that cannot be is none
		}
		for _, args := range [][]string{{"info"}, {"info", "--json"}, {"replay", "--list"}, {"replay", "--list", "--json"},
			{"sandbox", "--list"}, {"join", "#a:b.example", "--profile", "x" + text}} {
			said(args...).harmless(t)
		}
	}
}

// What is read from a homeserver's log is harmless, whatever its lines say.
func TestHostileLogs(t *testing.T) {
	logs, err := filepath.Glob("../../flow/homelog/testdata/*.log")
	if err != nil || len(logs) == 0 {
		t.Fatalf("%d logs, %v", len(logs), err)
	}
	text := strings.NewReplacer("\n", "", "\r", "", "\x00", "").Replace(strings.Join(hostileTexts(), ""))
	read := 0
	for _, log := range logs {
		lines, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		for n, spoiled := range [][]byte{
			bytes.ReplaceAll(lines, []byte("\n"), []byte(" "+text+"\n")),
			bytes.ReplaceAll(lines, []byte("M_"), []byte("M_"+text)),
			bytes.ReplaceAll(lines, []byte(" - "), []byte(" - "+text)),
		} {
			file := filepath.Join(t.TempDir(), "a.log")
			if err := os.WriteFile(file, spoiled, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{"import", "--log", file}, {"import", "--log", file, "--json"},
				{"import", "--log", file, "1"}, {"import", "--log", file, "1", "--json"}} {
				out := said(args...)
				out.harmless(t)
				if read++; out.stdout == "" && n == 1 {
					read--
				}
			}
		}
	}
	t.Logf("%d logs, %d readings", len(logs), read)
}
