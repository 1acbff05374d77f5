package export

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"doorstep/flow/event"
	"doorstep/flow/flowtest"
	"doorstep/flow/live"
	"doorstep/flow/shell"
	"doorstep/flow/verify"
	"doorstep/render/rendertest"
)

// hostileWork is a join of which every text that a server chooses is text.
func hostileWork(t *testing.T, text string) verify.EventWork {
	key := base64.RawStdEncoding.EncodeToString(rfc8032.public)
	signature := base64.RawStdEncoding.EncodeToString(rfc8032.signature)
	return verify.EventWork{Event: flowtest.Worked(t, "11", nil).Events["C"], EventID: text, ContentClaimed: text,
		ContentBytes: []byte(text), SignedBytes: []byte(text),
		Signatures: []verify.SignatureWork{
			{Server: text, KeyID: text, PublicKey: key, Signature: signature, Required: true, Source: text},
			{Server: text, KeyID: text, PublicKey: key, Signature: text, Source: text},
			{Server: text, KeyID: text, Required: true, Source: text},
			{Server: text, Source: text},
		}}
}

// Whatever a server puts into an event, nothing of it runs where the commands are pasted into a shell that somebody
// types at; nor does anything of the command that undoes a join.
func TestShellRedoPasted(t *testing.T) {
	bin := t.TempDir() // what is tried is what the program reads, not what openssl says
	for _, name := range []string{"openssl", "doorstep"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\nexit 0\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, program := range rendertest.Shells {
		t.Run(program[0], func(t *testing.T) {
			t.Parallel()
			p := rendertest.NewPaster(t, program, bin)
			texts, lines := 0, 0
			for batch := range slices.Chunk(rendertest.PastedTexts(), 12) {
				var all verify.EventWork
				var alone []string
				for i, h := range batch {
					w := hostileWork(t, h.Text)
					short := h.Text[:min(len(h.Text), 150)]
					undo := live.JoinOptions{User: short, KeyFile: short}.UndoCommand("!"+short, short)
					alone = append(alone, string(shell.Line(undo)))
					alone = append(alone, aloneLines(Redo(w))...)
					if i%4 > 0 { // each signature that can be weighed starts a dozen programs
						w.Signatures = w.Signatures[1:]
					}
					w.Signatures = append(all.Signatures, w.Signatures...)
					all = w
				}
				for _, text := range []string{string(Redo(all)), strings.Join(alone, "\n")} {
					if err := p.Paste(text); err != nil {
						t.Fatalf("from %s on: %v", batch[0].Name, err)
					}
					lines += strings.Count(text, "\n") + 1
				}
				texts += len(batch)
			}
			t.Logf("%d lines with %d texts pasted into %s: nothing ran", lines, texts, program[0])
		})
	}
}

// aloneLines returns the lines with text of servers that are commands by themselves: somebody may copy only one.
func aloneLines(script shell.Text) []string {
	var out []string
	for _, line := range strings.Split(string(script), "\n") {
		if strings.HasPrefix(line, "printf %s '") { // base64, the same for all
			continue
		}
		if strings.HasPrefix(line, "printf ") || strings.HasPrefix(line, "compare ") || strings.HasPrefix(line,
			"signature ") {
			out = append(out, line)
		}
	}
	return out
}

// Everything a server chose stands between single quotes: what is left of a line without them is a line of this
// program.
func TestShellNothingOutsideQuotes(t *testing.T) {
	outside := func(script shell.Text) []string {
		var out []string
		for _, line := range strings.Split(string(script), "\n") {
			if rest := unquoted(line); rest != "printf %s " && rest != "printf " && (len(out) == 0 || out[len(out)-1] != rest) {
				out = append(out, rest) // how much there is to print differs
			}
		}
		return out
	}
	want := outside(Redo(hostileWork(t, "x")))
	for _, h := range rendertest.ShellTexts() {
		if h.Text == "" {
			continue // without a name there is another line
		}
		w := hostileWork(t, h.Text)
		w.Signatures[1].Signature = "x" // which cannot be read, as most of these texts
		if got := outside(Redo(w)); !slices.Equal(got, want) {
			t.Fatalf("%s:\n%s\nwant\n%s", h.Name, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// unquoted takes what stands between single quotes out of a line.
func unquoted(line string) string {
	var out strings.Builder
	for i, part := range strings.Split(line, "'") {
		if i%2 == 0 {
			out.WriteString(part)
		}
	}
	return out.String()
}

// An event that was redacted is told as such: its hash covers what was dropped, and is no difference. One that was
// changed is.
func TestShellRedoRedacted(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	for _, version := range []string{"1", "3", "10", "11", "12"} {
		for name, c := range map[string]struct {
			bend flowtest.Change
			code int
			says string
		}{
			"redacted": {flowtest.Change{Content: `{"name":"n","more":1}`, After: func(e *event.Event) (*event.Event,
				error) {
				return e.Redacted(), nil
			}}, 0, "the event was redacted"},
			"changed": {flowtest.Change{Content: `{"name":"n"}`, After: func(e *event.Event) (*event.Event, error) {
				raw, err := event.Edit(e.Raw(), []event.Member{{Key: "content", Value: []byte(`{"name":"m"}`)}})
				if err != nil {
					return nil, err
				}
				return event.Parse(e.Version(), raw)
			}}, 1, "content hash: differs"},
		} {
			r := flowtest.Worked(t, version, map[string]flowtest.Change{"N": c.bend})
			s := r.After(r.Body(flowtest.WorkedAnswer()))
			s.Verification = s.Verify()
			w := s.ShowWork(r.Events["N"].ID())[0]
			cmd := exec.Command("sh")
			cmd.Env, cmd.Dir = []string{"PATH=" + filepath.Dir(openssl) + ":/usr/bin:/bin", "TMPDIR=" + t.TempDir()}, t.TempDir()
			cmd.Stdin = strings.NewReader(string(Redo(w)) + "\n")
			out, _ := cmd.CombinedOutput()
			if got := cmd.ProcessState.ExitCode(); got != c.code || !strings.Contains(string(out),
				c.says) || !strings.Contains(string(out), ": verifies") {
				t.Errorf("version %s, %s: exit code %d\n%s", version, name, got, out)
			}
		}
	}
}
