package command

import (
	"strconv"

	"github.com/spf13/cobra"

	"doorstep/flow/export"
)

// A form is a form of output, chosen by the flag of its name: a reader of traces that writes what it takes in.
type form struct {
	name, says string
	json       bool // it is JSON: what is no handshake is written as JSON, too
	open       func(p *program) export.Reader
}

// forms are the forms of output. Where none is asked for it is the first, or the screen on a terminal.
var forms = []form{
	{"plain", "plain lines, also on a terminal", false, func(p *program) export.Reader {
		return p.writer()
	}},
	{"json", "one JSON object", true, func(p *program) export.Reader { return export.JSON(p.stdout) }},
	{"ndjson", "one JSON object a line, as it happens", true, func(p *program) export.Reader {
		return export.NDJSON(p.stdout)
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
func (p *program) reader() export.Reader {
	if p.form == nil {
		return forms[0].open(p)
	}
	return p.form.open(p)
}

// wantsJSON reports whether a form was asked for that is JSON.
func (p *program) wantsJSON() bool { return p.form != nil && p.form.json }
