package whatif

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"doorstep/flow/alter"
	"doorstep/flow/shell"
)

// An Editor is the user's: a program and its arguments, before the file.
type Editor []string

// errNoEditor tells that there is nothing to edit with.
var errNoEditor = errors.New("no editor: $VISUAL and $EDITOR name none, and there is no vi")

// FindEditor returns the editor that $VISUAL names, or $EDITOR, or vi. No shell reads the variables, so that nothing in
// them is run but the one program.
func FindEditor(getenv func(string) string, look func(string) (string, error)) (Editor, error) {
	for _, name := range []string{"VISUAL", "EDITOR"} {
		words, err := shell.Fields(getenv(name))
		switch {
		case err != nil:
			return nil, fmt.Errorf("$%s: %w", name, err)
		case len(words) == 0 || words[0] == "":
			continue
		}
		if words[0], err = look(words[0]); err != nil {
			return nil, fmt.Errorf("$%s: %w", name, err)
		}
		return words, nil
	}
	vi, err := look("vi")
	if err != nil {
		return nil, errNoEditor
	}
	return Editor{vi}, nil
}

// Name is the editor's name, without its folder.
func (e Editor) Name() string { return filepath.Base(e[0]) }

// An Edit is a text in a file of its own, with an editor that is to open it. The file is the user's alone, and gone
// once the edit is over.
type Edit struct {
	Cmd    *exec.Cmd
	folder string
	file   string
}

// mostBytes is how large a text may come back.
const mostBytes = 16 << 20

// Open writes a text to a file and returns the edit of it, whose editor has not been started. ctx ends the editor.
func (e Editor) Open(ctx context.Context, text string) (*Edit, error) {
	folder, err := os.MkdirTemp("", "doorstep-") // mode 0700
	if err != nil {
		return nil, err
	}
	x := &Edit{folder: folder, file: filepath.Join(folder, "step.txt")}
	if err := os.WriteFile(x.file, []byte(text), 0o600); err != nil {
		x.Close()
		return nil, err
	}
	x.Cmd = exec.CommandContext(ctx, e[0], append(e[1:len(e):len(e)], x.file)...)
	// It gets a moment to leave the terminal as it found it.
	x.Cmd.Cancel = func() error { return x.Cmd.Process.Signal(syscall.SIGTERM) }
	x.Cmd.WaitDelay = 2 * time.Second
	return x, nil
}

// Close ends the edit: the file is removed, and what the editor left next to it.
func (x *Edit) Close() { _ = os.RemoveAll(x.folder) } // nobody can do anything about it where it fails

// Text returns what the file holds now.
func (x *Edit) Text() (string, error) {
	f, err := os.Open(x.file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostBytes+1))
	if err == nil && len(text) > mostBytes {
		err = fmt.Errorf("it is longer than %d MiB", mostBytes>>20)
	}
	return string(text), err
}

// problemLine begins a line at the top of a text that says what was wrong with it.
const problemLine = "#! "

// WithProblem puts what is wrong with a text at its top, as lines that are no part of it. Places in the text are told
// as they are then.
func WithProblem(text string, why error) string {
	said := why.Error()
	var at *alter.ParseError
	const lines = 2
	if errors.As(why, &at) {
		moved := *at
		moved.Line += lines
		said = moved.Error()
	}
	return problemLine + "Nothing was sent. " + oneLine(said) + "\n" +
		problemLine + "Correct it here. These two lines are no part of it.\n" + text
}

// oneLine gives words without line ends, which would end the comment.
func oneLine(words string) string { return strings.Join(strings.Fields(words), " ") }

// WithoutProblem takes those lines out again.
func WithoutProblem(text string) string {
	for strings.HasPrefix(text, problemLine) {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}

// ErrEmpty tells that nothing came back.
var ErrEmpty = errors.New("the file was empty")

// Parse reads a text that came back from an editor, as the draft it makes of s. It errs with ErrEmpty, or with an
// *alter.ParseError.
func Parse(s Subject, text string) (Draft, error) {
	if strings.TrimSpace(text) == "" {
		return nil, ErrEmpty
	}
	return s.Parse(text)
}
