package command

import (
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"doorstep/flow/export"
	"doorstep/ui/terminal"
	"doorstep/ui/text"
)

// forms are the forms of output. Where none is asked for it is the first, or the screen on a terminal.
var forms = []form{
	{"plain", "plain lines, also on a terminal", false, func(p *program, w io.Writer) export.Reader {
		return p.writer(w)
	}},
	{"json", "one JSON object", true, func(_ *program, w io.Writer) export.Reader { return export.JSON(w) }},
	{"ndjson", "one JSON object a line, as it happens", true, func(_ *program, w io.Writer) export.Reader {
		return export.NDJSON(w)
	}},
}

// formFlags adds a flag for every form; only one of them may be given.
func (p *program) formFlags(root *cobra.Command) {
	var names []string
	for i := range forms {
		f := &forms[i]
		root.PersistentFlags().BoolFunc(f.name, f.says, func(value string) error {
			wanted, err := strconv.ParseBool(value)
			if err != nil {
				return err
			}
			if p.form = nil; wanted {
				p.form = f
			}
			return nil
		})
		names = append(names, f.name)
	}
	root.MarkFlagsMutuallyExclusive(names...)
}

// reader returns what writes a handshake in the form that was asked for.
func (p *program) reader() export.Reader { return p.readerTo(p.stdout) }

// readerTo is reader, with another place to write to.
func (p *program) readerTo(w io.Writer) export.Reader {
	if p.form == nil {
		return forms[0].open(p, w)
	}
	return p.form.open(p, w)
}

// wantsJSON reports whether a form was asked for that is JSON.
func (p *program) wantsJSON() bool { return p.form != nil && p.form.json }

// writer returns the writer of plain lines.
func (p *program) writer(w io.Writer) *text.Writer {
	return text.New(w, text.Options{ASCII: p.spellsOut(), AllChecks: p.allChecks})
}

// spellsOut reports whether plain lines are to be of ASCII only: where it was asked for, and where the locale says so.
func (p *program) spellsOut() bool { return p.ascii || !terminal.SpeaksUTF8() }
