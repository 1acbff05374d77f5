package command

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"doorstep/ui/terminal"
)

// asProgram is the variable that has the tests be the program, for those that run it as somebody else.
const asProgram = "DOORSTEP_TEST_AS_PROGRAM"

// No test sees the settings or the recordings of whoever runs it.
func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(Run(os.Args[1:], os.Stdout, os.Stderr))
	}
	folder, err := os.MkdirTemp("", "doorstep-test")
	if err != nil {
		panic(err)
	}
	for _, name := range []string{"XDG_CONFIG_HOME", "XDG_STATE_HOME"} {
		if err := os.Setenv(name, folder); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// settled returns what is in force with a file of settings and flags.
func settled(t *testing.T, file string, flags ...string) *program {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	folder := filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "doorstep")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "config.json"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	p := &program{stdout: &out, stderr: &errs}
	root := p.root()
	root.SetArgs(append([]string{"info"}, flags...))
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	return p
}

// Flags win over the environment, that over the file, and the file over the defaults; each says so.
func TestWhoSettles(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	const file = `{"theme": "light", "color": "always", "mouse": false, "keep": 3, "keys": {"step": ["f5"]}}`
	from := func(p *program, name string) string { return p.settings.Tell(name) + " by " + p.settings.from[name] }
	p := settled(t, file)
	for name, want := range map[string]string{"theme": "light by the file", "color": "always by the file",
		"ascii": "false by ", "mouse": "false by the file", "keep": "3 by the file", "record": "true by ", "keys": "other ones for step by the file"} {
		if got := from(p, name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if p.theme != "light" || p.color != "always" || !p.noMouse || len(p.settings.problems) != 0 {
		t.Errorf("it goes by %+v", p)
	}
	if !slices.ContainsFunc(p.settings.facts(), func(f terminal.Fact) bool { return f.Value == "3 (the file)" }) {
		t.Errorf("info says %+v", p.settings.facts())
	}
	t.Setenv("NO_COLOR", "1")
	if got := from(settled(t, file), "color"); got != "never by NO_COLOR" {
		t.Errorf("with NO_COLOR, color is %s", got)
	}
	p = settled(t, file, "--color", "auto", "--theme", "dark", "--no-mouse=false", "--ascii")
	for name, want := range map[string]string{"theme": "dark by --theme", "color": "auto by --color",
		"mouse": "true by --no-mouse", "ascii": "true by --ascii", "keep": "3 by the file"} {
		if got := from(p, name); got != want {
			t.Errorf("with flags, %s is %s, want %s", name, got, want)
		}
	}
}

// A flag goes before the profile, and that before the settings; NO_COLOR is somebody's word about every program, and
// goes before it too.
func TestProfileSettles(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	const file = `{"theme": "light", "keep": 3, "mouse": false, "profiles": {
		"lab": {"theme": "dark", "color": "never", "keep": 7, "mouse": true, "user": "@me:lab.example"}}}`
	from := func(p *program, name string) string { return p.settings.Tell(name) + " by " + p.settings.from[name] }
	joining := func(flags ...string) *program {
		p := settled(t, file)
		root := p.root()
		root.SetArgs(append([]string{"join", "#a:127.0.0.1:1", "--key", "none", "--profile", "lab"}, flags...))
		if err := root.Execute(); err == nil || !strings.Contains(err.Error(), "none") {
			t.Fatal(err) // the key is looked for last
		}
		return p
	}
	p := joining()
	for name, want := range map[string]string{"theme": "dark by the profile lab", "color": "never by the profile lab",
		"keep": "7 by the profile lab", "mouse": "true by the profile lab", "ascii": "false by "} {
		if got := from(p, name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if p.theme != "dark" || p.noMouse {
		t.Errorf("it goes by %+v", p)
	}
	p = joining("--theme", "mono", "--no-mouse")
	for name, want := range map[string]string{"theme": "mono by --theme", "mouse": "false by --no-mouse"} {
		if got := from(p, name); got != want {
			t.Errorf("with flags, %s is %s, want %s", name, got, want)
		}
	}
	t.Setenv("NO_COLOR", "1")
	if got := from(joining(), "color"); got != "never by NO_COLOR" {
		t.Errorf("with NO_COLOR, color is %s", got)
	}
	if got := from(settled(t, file), "profiles"); got != "lab by the file" {
		t.Errorf("profiles are %s", got)
	}
	if !slices.ContainsFunc(p.settings.facts(), func(f terminal.Fact) bool {
		return f.Name == "profile" && f.Value == "lab: user, color, keep, mouse, theme"
	}) {
		t.Errorf("info says %+v", p.settings.facts())
	}
}

// What is wrong with the file is a line each, and what is right in it is in force all the same.
func TestProblemsWithSettings(t *testing.T) {
	p := settled(t, `{"theme": "pink", "themes": "dark", "ascii": "yes", "keep": -1, "record": null, "color": 7,
		"keys": {"step": ["c"], "stap": ["x"], "zoom": ["f6"]}, "mouse": false}`)
	wants := []string{`theme: "pink": there are terminal`, `"themes" is no setting: there are theme`,
		`ascii: "yes" is neither`, "keep: -1 is no number", "record: null is neither", "color: 7: there are auto",
		`keys: "stap": there is no such action`,
		`keys: "step": the key c is for "continue"`}
	if len(p.settings.problems) != len(wants) {
		t.Fatalf("problems: %q", p.settings.problems)
	}
	for i, want := range wants {
		if got := p.settings.problems[i]; !strings.Contains(got, want) || strings.Contains(got, "\n") {
			t.Errorf("%q does not say %q", got, want)
		}
	}
	if p.noMouse != true || p.theme != "terminal" || p.settings.Keep != 50 || !p.settings.Record {
		t.Errorf("in force is %+v", p.settings.Values)
	}
	for _, b := range p.settings.bindings {
		if want := map[string]string{"zoom": "F6", "step": "."}[string(b.Action)]; want != "" && b.Help().Key != want {
			t.Errorf("%s has %s", b.Action, b.Help().Key)
		}
	}
	for file, want := range map[string]string{"[1]": "not a JSON object", `{"theme": `: "not JSON",
		`{"theme": "dark"`: "not JSON", "": "not a JSON object"} {
		if p := settled(t, file); len(p.settings.problems) != 1 || !strings.Contains(p.settings.problems[0], want) {
			t.Errorf("%q: problems %q", file, p.settings.problems)
		}
	}
}
