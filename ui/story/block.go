package story

import (
	"strings"

	"doorstep/flow/explain"
)

// A Block is one paragraph of a Prose, for who does not draw it in cells.
type Block struct {
	Heading     bool
	Label, Text string
	URL         string // of what is cited; empty: nothing is
	// About are the things that a reader can ask about here; of a line about nothing nearer those of its section.
	About []explain.Address
	// Aside: it is about the connection or the recording, and not about what was sent.
	Aside bool
}

// Blocks returns the paragraphs of p, without the empty ones.
func (p *Prose) Blocks() []Block {
	var out []Block
	for _, a := range p.Paras {
		if a.Text != "" || a.Label != "" {
			out = append(out, Block{a.heading, strings.TrimSpace(a.Label), a.Text, a.url, a.about.At, a.aside})
		}
	}
	return out
}
