package story

import "strings"

// A Block is one paragraph of a Prose, for who does not draw it in cells.
type Block struct {
	Heading     bool
	Label, Text string
	URL         string // of what is cited; empty: nothing is
}

// Blocks returns the paragraphs of p, without the empty ones.
func (p *Prose) Blocks() []Block {
	var out []Block
	for _, a := range p.Paras {
		if a.Text != "" || a.Label != "" {
			out = append(out, Block{a.heading, strings.TrimSpace(a.Label), a.Text, a.url})
		}
	}
	return out
}
