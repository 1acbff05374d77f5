package whatif

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/alter"
	"doorstep/render/rendertest"
	"doorstep/ui/keymap"
	"doorstep/ui/theme"
)

func TestFindEditor(t *testing.T) {
	installed := []string{"vi", "vim", "code", "/opt/my ed"}
	look := func(name string) (string, error) {
		if !slices.Contains(installed, name) {
			return "", errors.New(name + ": not found")
		}
		return "/bin/" + filepath.Base(name), nil
	}
	for _, c := range []struct {
		visual, editor string
		want           []string
		fails          string
	}{
		{"", "", []string{"/bin/vi"}, ""},
		{"code --wait", "vim", []string{"/bin/code", "--wait"}, ""},
		{"  ", "vim -u NONE", []string{"/bin/vim", "-u", "NONE"}, ""},
		{"'/opt/my ed' -x", "", []string{"/bin/my ed", "-x"}, ""},
		{"vim; touch /tmp/x", "", nil, "$VISUAL: vim;: not found"}, // no shell reads it
		{"", "$(id)", nil, "$EDITOR: $(id): not found"},
		{"", `vim "`, nil, "$EDITOR: a quote is left open"},
	} {
		env := map[string]string{"VISUAL": c.visual, "EDITOR": c.editor}
		got, err := FindEditor(func(name string) string { return env[name] }, look)
		if (err != nil) != (c.fails != "") || err != nil && err.Error() != c.fails || !slices.Equal(got, c.want) {
			t.Errorf("%q, %q: %q, %v; want %q, %q", c.visual, c.editor, got, err, c.want, c.fails)
		}
	}
	none := func(string) (string, error) { return "", errors.New("not found") }
	if _, err := FindEditor(func(string) string { return "" }, none); !errors.Is(err, errNoEditor) {
		t.Errorf("without any: %v", err)
	}
}

// The file is the user's alone, in a folder that is the user's alone, and goes with the edit.
func TestTheFileIsPrivate(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("TMP", t.TempDir()) // its name on Windows
	x, err := Editor{"/bin/ed", "-s"}.Open(t.Context(), "a text\n")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{x.file: 0o600, x.folder: os.ModeDir | 0o700} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode() != want && runtime.GOOS != "windows" { // there, modes say nothing
			t.Errorf("%s: mode %s, want %s", path, info.Mode(), want)
		}
	}
	if !slices.Equal(x.Cmd.Args, []string{"/bin/ed", "-s", x.file}) {
		t.Errorf("it is started as %q", x.Cmd.Args)
	}
	if text, err := x.Text(); text != "a text\n" || err != nil {
		t.Errorf("it holds %q, %v", text, err)
	}
	if err := os.WriteFile(x.file+"~", nil, 0o600); err != nil { // as editors leave it
		t.Fatal(err)
	}
	x.Close()
	if left, _ := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestATextTooLong(t *testing.T) {
	x, err := Editor{"ed"}.Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if err := os.Truncate(x.file, mostBytes+1); err != nil {
		t.Fatal(err)
	}
	if text, err := x.Text(); err == nil {
		t.Errorf("%d bytes were taken", len(text))
	}
}

// What is wrong stands at the top, with the line as it is then, and is none of the text.
func TestWithProblem(t *testing.T) {
	d := alter.Of(flow.A4, "a.example", client.Request{Method: "GET", Target: "/x"}, nil)
	text := "GET /x\nno colon\nTo: a.example\n"
	s := Request(d, alter.Known{})
	_, err := Parse(s, text)
	told := WithProblem(text, err)
	lines := strings.Split(told, "\n")
	if !strings.Contains(lines[0], "line 4, column 1") || lines[3] != "no colon" {
		t.Errorf("it is told as\n%s", told)
	}
	if WithoutProblem(told) != text || WithoutProblem(text) != text {
		t.Errorf("without it:\n%s", WithoutProblem(told))
	}
	if said := WithProblem(text, errors.New("one\ntwo")); WithoutProblem(said) != text {
		t.Errorf("a line end leaves the comment:\n%s", said)
	}
	if _, err := Parse(s, " \n\n"); !errors.Is(err, ErrEmpty) {
		t.Errorf("empty: %v", err)
	}
}

// Changes that cannot be made say why, and the others are made.
func TestMenuOfADraft(t *testing.T) {
	d := alter.Of(flow.A4, "a.example", client.Request{Method: "GET",
		Target: "/_matrix/federation/v1/make_join/r/u?ver=1",
		Header: []client.Field{{Name: "Authorization", Value: `X-Matrix origin="b",key="ed25519:1",sig="…"`}}}, nil)
	look := theme.NewLook("", true, true)
	m := NewMenu(look, Request(d, alter.Known{}), errors.New("no editor here"))
	drawn := func() string { return strings.Join(m.Draw(80, 30), "\n") }
	if text := drawn(); !strings.Contains(text, "no editor here") {
		t.Errorf("why not by hand is not told:\n%s", text)
	}
	if m.Take(tea.KeyMsg{Type: tea.KeyEnter}, keymap.ActOpen) != Stays {
		t.Error("it edits without an editor")
	}
	m.Take(tea.KeyMsg{Type: tea.KeyEnd}, keymap.ActToLast)
	if text := drawn(); !strings.Contains(text, "there is no other candidate") {
		t.Errorf("why there is no other candidate is not told:\n%s", text)
	}
	m.Take(tea.KeyMsg{Type: tea.KeyHome}, keymap.ActToFirst)
	m.Take(tea.KeyMsg{Type: tea.KeyDown}, keymap.ActDown)
	if out := m.Take(tea.KeyMsg{Type: tea.KeyEnter}, keymap.ActOpen); out != Makes {
		t.Fatalf("Enter comes to %d", out)
	}
	changed, err := m.Changed()
	if d, ok := changed.(alter.Draft); err != nil || !ok || len(d.Header) != 0 || d.Mutation != "request-unsigned" {
		t.Errorf("changed to %+v, %v", changed, err)
	}
	for w := 0; w < 100; w += 3 {
		for h := 0; h < 40; h += 3 {
			lines := m.Draw(w, h)
			if len(lines) != h {
				t.Fatalf("%dx%d: %d lines", w, h, len(lines))
			}
			if err := rendertest.Check(lines, w); err != nil {
				t.Fatalf("%dx%d: %v", w, h, err)
			}
		}
	}
}
