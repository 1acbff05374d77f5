package rendertest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// canary is the file that the texts of ShellTexts create where a shell runs any part of them.
const canary = "canary"

// ShellTexts returns what Hostile has, and texts made for shells: each would create a file of a fixed name in the
// current folder if a shell ran any part of it.
func ShellTexts() []Text {
	out := Hostile()
	for _, text := range []string{
		"$(touch canary)", "`touch canary`", "';touch canary;'", `";touch canary;"`, `\';touch canary;\'`,
		`'\'';touch canary;'`,
		"\ntouch canary\n", "\r\ntouch canary\r\n", "a\ntouch canary", "'\ntouch canary\n'", "\\\ntouch canary",
		"touch canary\n",
		";touch canary", "|touch canary", "&touch canary&", "<(touch canary)", ">(touch canary)", "=(touch canary)",
		">canary", "x>canary",
		"#\ntouch canary", "!!", "!touch", "!:0", "!#", "^a^touch canary^", "!$;touch canary", "\\041;touch canary",
		"%s%n%b", `\047;touch canary;\047`, `\x27;touch canary;\x27`, `\c`, "''", "'''';touch canary;''''",
		"*(e:'touch canary':)",
		"${x:=$(touch canary)}", "$((a[$(touch canary)]))", "$[a[$(touch canary)]]", "~", "=touch", "@canary", "-K canary",
		"{a,b}", "[a]", "it's !touch canary", "it's !!", "!#;touch canary;", `!#";touch canary;"`, `!!";touch canary;"`,
		"!echo", "!echo:x.example", "!`touch canary`:x.example", "`touch canary", "a\"\n`touch canary`",
		"a\"\n!#;touch canary;", `\$(touch canary)`, `\\$(touch canary)`, `\"; touch canary; \"`, `"$(touch canary)"`,
		"touch canary", "touch\tcanary",
		"--output=canary", "-o canary", "--record=canary", "> canary", "<canary", "canary&", "()", "(touch canary)",
		"{ touch canary; }", "if true; then touch canary; fi", "$'\\';touch canary;'", "\\\n;touch canary", "#canary",
		"# canary", "<<canary",
		"\x7f\x7f\x7ftouch canary\n", "\x15touch canary\n", "\x03touch canary\n", "\x03\n\ntouch canary\n", "\x04",
		"\x16\n", "\x1b[201~\ntouch canary\n",
		"\x1b#\ntouch canary\n",
		"\ttouch canary\t\n", "é';touch canary;'", "\xe2';touch canary;'", "\u2028touch canary\u2028", "\x00\ntouch canary\n",
		strings.Repeat("x", 4090) + "';touch canary;'", strings.Repeat("'", 3000) + ";touch canary;",
		strings.Repeat("\n touch canary\n", 300),
	} {
		name := text
		if len(name) > 30 {
			name = name[:30]
		}
		out = append(out, Text{fmt.Sprintf("shell %q", name), text})
	}
	return out
}

// PastedTexts are those of ShellTexts that differ in what a shell makes of them, cut where that changes nothing.
func PastedTexts() []Text {
	const most = 400 // bytes
	var out []Text
	for _, h := range ShellTexts() {
		if strings.HasPrefix(h.Name, "c0") || strings.HasPrefix(h.Name, "c1") {
			continue
		}
		if strings.HasSuffix(h.Text, "canary;") || strings.HasSuffix(h.Text, "canary;'") { // the end is what runs
			h.Text = h.Text[max(0, len(h.Text)-most):]
		}
		out = append(out, Text{h.Name, h.Text[:min(len(h.Text), most)]})
	}
	return out
}

// Shells are those that texts are pasted into: with no settings of anybody, each as somebody types at it.
var Shells = [][]string{{"zsh", "-f", "-i"}, {"bash", "--norc", "--noprofile", "-i"}, {"dash", "-i"}}

// A Paster is a shell at a terminal of its own, in a folder of its own.
type Paster struct {
	terminal *os.File
	dir      string
	said     chan []byte
	pasted   int
}

// NewPaster starts a shell that finds the programs of bin first. It skips the test, and says so, where there is no
// such shell.
func NewPaster(t testing.TB, shell []string, bin string) *Paster {
	t.Helper()
	if _, err := exec.LookPath(shell[0]); err != nil {
		t.Skipf("%s is not installed: what is pasted into it was not tried", shell[0])
	}
	p := &Paster{dir: t.TempDir(), said: make(chan []byte, 1<<16)}
	cmd := exec.Command(shell[0], shell[1:]...)
	cmd.Dir = p.dir
	cmd.Env = []string{"PATH=" + bin + ":/usr/local/bin:/usr/bin:/bin", "HOME=" + p.dir, "TERM=dumb", "PS1=> ", "PS2=. ",
		"LC_ALL=C", "HISTFILE=",
		"TMPDIR=" + t.TempDir()}
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 50, Cols: 200})
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	p.terminal = terminal
	go p.listen()
	t.Cleanup(func() {
		_ = terminal.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if err := p.Paste("echo x$(touch " + canary + ")"); err == nil {
		t.Fatalf("%s: what runs goes unnoticed", shell[0])
	}
	return p
}

// listen takes in what the shell says, so that it is never held up.
func (p *Paster) listen() {
	defer close(p.said)
	for {
		b := make([]byte, 1<<14)
		n, err := p.terminal.Read(b)
		if n > 0 {
			p.said <- b[:n]
		}
		if err != nil {
			return
		}
	}
}

// Paste types text, as pasting does, and ends the line. It errs unless the shell is then at its prompt again, outside
// of any quotes, and nothing of the text has run.
func (p *Paster) Paste(text string) error {
	p.pasted++
	if i := strings.IndexFunc(text, func(r rune) bool { return (r < ' ' || r > '~') && r != '\n' }); i >= 0 {
		return fmt.Errorf("not printable ASCII at byte %d: %q", i, clip(text))
	}
	for _, line := range strings.Split(text, "\n") {
		if len(line) > 4095 {
			return fmt.Errorf("a line of %d bytes, more than a terminal takes: %q", len(line), clip(line))
		}
	}
	// The shell works the number out, so that its echo of the line is no answer.
	if _, err := fmt.Fprintf(p.terminal, "%s\necho mark$((%d+1))mark\n", text, p.pasted); err != nil {
		return fmt.Errorf("the shell is gone: %w", err)
	}
	if err := p.until(fmt.Sprintf("mark%dmark", p.pasted+1)); err != nil {
		return fmt.Errorf("%w after %q", err, clip(text))
	}
	if p.ran() {
		return fmt.Errorf("something of it ran: %q", clip(text))
	}
	return nil
}

func (p *Paster) until(mark string) error {
	var all []byte
	const silence = time.Minute // of a shell on a machine that is busy with others
	deadline := time.NewTimer(silence)
	defer deadline.Stop()
	for {
		select {
		case b, ok := <-p.said:
			if !ok {
				return fmt.Errorf("the shell ended (%q)", clip(string(all)))
			}
			if all = append(all, b...); bytes.Contains(all, []byte(mark)) {
				return nil
			}
			all = all[max(0, len(all)-1000):]
			deadline.Reset(silence)
		case <-deadline.C:
			return fmt.Errorf("no prompt (%q)", clip(string(all)))
		}
	}
}

// ran reports whether there is any file in the folder, such as the canary, and removes it.
func (p *Paster) ran() bool {
	files, _ := os.ReadDir(p.dir)
	for _, f := range files {
		_ = os.RemoveAll(filepath.Join(p.dir, f.Name()))
	}
	return len(files) > 0
}

// PasteEach pastes texts, many at a time, and errs with the first of them of which anything runs.
func (p *Paster) PasteEach(texts []string) error {
	const together = 64
	for batch := range slices.Chunk(texts, together) {
		err := p.Paste(strings.Join(batch, "\n"))
		if err == nil {
			continue
		}
		for _, text := range batch {
			_, _ = p.terminal.WriteString("\x03") // a quote may be open
			if err := p.Paste(text); err != nil {
				return err
			}
		}
		return err
	}
	return nil
}
