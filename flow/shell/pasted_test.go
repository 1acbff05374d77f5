package shell_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"doorstep/flow/shell"
	"doorstep/render/rendertest"
)

// What Quote and Print spell, a shell reads as the bytes that it was made from, or it is refused.
func TestShellQuote(t *testing.T) {
	var script strings.Builder
	var want []string
	put := func(text shell.Text, is string) {
		script.WriteString(string(text) + "; printf '\\0'\n")
		want = append(want, is)
	}
	words, printed := 0, 0
	for _, h := range quotedTexts() {
		w, err := shell.Quote(h.Text)
		command := shell.Command(shell.Verbatim("printf %s"), w)
		switch {
		case err != nil:
			if !strings.Contains(h.Text, "\x00") && !strings.HasSuffix(h.Text, "\n") {
				t.Errorf("%s: %v", h.Name, err)
			}
			if shell.Line([]string{"x", h.Text}) != "" || command != "" {
				t.Errorf("%s: half a command", h.Name)
			}
		case command == "":
			if len(h.Text) < shell.LineLimit/5 {
				t.Errorf("%s: no command", h.Name)
			}
		default:
			words++
			put(command, h.Text)
		}
		printed++
		put(shell.Print([]byte(h.Text)), h.Text)
	}
	for _, program := range []string{"sh", "dash", "bash", "zsh"} {
		t.Run(program, func(t *testing.T) {
			path, err := exec.LookPath(program)
			if err != nil {
				t.Skipf("%s is not installed", program)
			}
			got := fromShell(t, path, shell.Text(script.String()))
			for _, w := range want {
				if !strings.HasPrefix(got, w+"\x00") {
					t.Fatalf("want %q, and it prints %q", w, got[:min(len(got), len(w)+100)])
				}
				got = got[len(w)+1:]
			}
			t.Logf("%s read %d words and %d printed texts", program, words, printed)
		})
	}
}

// quotedTexts are ShellTexts, long ones cut.
func quotedTexts() []rendertest.Text {
	out := rendertest.ShellTexts()
	for i := range out {
		out[i].Text = out[i].Text[:min(len(out[i].Text), 6000)]
	}
	return out
}

func fromShell(t *testing.T, program string, script shell.Text) string {
	t.Helper()
	cmd := exec.Command(program)
	cmd.Stdin, cmd.Dir = strings.NewReader(string(script)+"\n"), t.TempDir()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v:\n%.2000s", err, script)
	}
	return string(out)
}

// A Text is printable ASCII in lines that a terminal takes, or empty. No word has a backtick.
func TestShellTextIsPlain(t *testing.T) {
	for _, h := range quotedTexts() {
		w, _ := shell.Quote(h.Text)
		words := []shell.Word{shell.Verbatim("x"), w, w, w}
		for _, text := range []shell.Text{shell.Print([]byte(h.Text)), shell.Line([]string{"doorstep", h.Text}),
			shell.Command(shell.Label(h.Text)), shell.Command(words...), shell.Spread(words...),
			shell.Piped([]byte(h.Text), words...)} {
			for line := range strings.Lines(string(text)) {
				line = strings.TrimSuffix(line, "\n")
				if !shell.IsPrintable(line) || len(line) > shell.LineLimit+len("} | ") {
					t.Errorf("%s: a line of %d bytes: %q", h.Name, len(line), line[:min(len(line), 200)])
				}
			}
		}
		one := shell.Command(words...) + shell.Line([]string{h.Text}) + shell.Command(shell.Label(h.Text))
		if strings.Contains(string(one), "`") {
			t.Errorf("%s: a word with a backtick", h.Name)
		}
	}
}

// shapes are what is made of two texts for a shell, and for the clipboard.
func shapes(before, text string) []string {
	line := shell.Line([]string{"true", before, text, before})
	out := []string{string(line)}
	if line != "" {
		out = append(out, "`"+string(line)+"`", strings.Join(line.Wrap(40), "\n"), strings.Join(line.Wrap(3), "\n"))
	}
	quoted, _ := json.Marshal(text)
	before = strings.ToValidUTF8(before, "")
	object, _ := json.MarshalIndent(map[string]any{text: before, before: []any{text, before, text}, "n": nil}, "", "  ")
	jq := ".a[" + string(quoted) + "]"
	out = append(out, string(shell.Command(shell.Verbatim("true"), shell.Label(text), shell.Label(before))),
		shell.JSON(quoted), shell.JSON(object), shell.JSON([]byte(text)), shell.JQ(jq), shell.Pointer("/a/"+text+"/1"),
		string(shell.Piped([]byte(text), shell.Verbatim("cat >/dev/null"))))
	return slices.DeleteFunc(out, func(s string) bool { return !strings.Contains(s, "\n") && len(s) > shell.LineLimit })
}

// Whatever a text holds, nothing of it runs where what is made of it is pasted into a shell that somebody types at: as
// a word, between backticks, wrapped, as a label, printed into a pipe, or copied as JSON, a pointer or a path.
func TestShellPasted(t *testing.T) {
	for _, program := range rendertest.Shells {
		t.Run(program[0], func(t *testing.T) {
			t.Parallel()
			p := rendertest.NewPaster(t, program, t.TempDir())
			before := ""
			var texts []string
			for _, h := range rendertest.PastedTexts() {
				texts = append(texts, shapes(before, h.Text)...)
				before = h.Text
			}
			if err := p.PasteEach(texts); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d texts pasted into %s", len(texts), program[0])
		})
	}
}

// What is copied as JSON is the same value, and what it was where that does nothing.
func TestShellJSON(t *testing.T) {
	for _, h := range quotedTexts() {
		text := strings.ToValidUTF8(h.Text, "\ufffd")
		raw, err := json.MarshalIndent(map[string]any{"a " + text: []any{text, 1.5, nil, true}}, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		var want, got any
		if json.Unmarshal(raw, &want) != nil || json.Unmarshal([]byte(shell.JSON(raw)), &got) != nil {
			t.Fatalf("%s: %.300s", h.Name, shell.JSON(raw))
		}
		w, _ := json.Marshal(want)
		if g, _ := json.Marshal(got); string(g) != string(w) {
			t.Errorf("%s: %.300s", h.Name, g)
		}
		if !json.Valid([]byte(h.Text)) {
			var back string
			if json.Unmarshal([]byte(shell.JSON([]byte(h.Text))), &back) != nil && shell.JSON([]byte(h.Text)) != h.Text ||
				back != "" && back != text {
				t.Errorf("%s: as no JSON it is %.300q", h.Name, shell.JSON([]byte(h.Text)))
			}
		}
	}
	for in, want := range map[string]string{
		`{"auth_events":["$abc-_"],"depth":12,"sender":"@you:a.example"}`: `{"auth_events":["$abc-_"],"depth":12,"sender":"@you:a.example"}`,
		`"!room:a.example:8448"`: "'!room:a.example:8448'",
		`"!"`:                    `"\u0021"`,
		`"!a;b:x"`:               `"\u0021a;b:x"`,
		`{"room_id": "!r:x"}`:    `{"room_id":"\u0021r:x"}`,
		`"$(x)${x}$[x]$x\\$\""`:  `"\u0024(x)\u0024{x}\u0024[x]$x\\$\""`,
		`"é"`:                    `"\u00e9"`,
		"not json":               `"not json"`,
		"plain.txt":              "plain.txt",
	} {
		if got := shell.JSON([]byte(in)); got != want {
			t.Errorf("%s is copied as %s, want %s", in, got, want)
		}
	}
}

// The lines of a wrapped command are the command, and fit.
func TestShellWrap(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no POSIX shell here: ", err)
	}
	script, want := "", ""
	args := []string{"printf", `%s\n`, "it's", "a  b", "'", "é\n\\x", "plain-and-longer-than-a-narrow-line-is", "", "--x=y z", `\`, `" "`}
	line := shell.Line(args)
	for width := 20; width < 120; width++ {
		lines := line.Wrap(width)
		for _, l := range lines {
			if len(l) > width {
				t.Errorf("at %d: %q", width, l)
			}
		}
		if width < 45 {
			continue // a word was broken
		}
		script += "  " + strings.Join(lines, "\n  ") + "\n"
		want += strings.Join(args[2:], "\n") + "\n"
	}
	if got := fromShell(t, sh, shell.Text(script)); got != want {
		t.Errorf("%s\ngives %q", script, got)
	}
}
