package ui

import (
	"fmt"
	"strings"

	"doorstep/flow"
)

// candidates writes the table of join candidates, where every one of them was asked.
func (p *PlainWriter) candidates(b *strings.Builder, r flow.Report) {
	if len(r.Candidates) == 0 {
		return
	}
	fmt.Fprint(b, "\njoin candidates:\n")
	for _, c := range r.Candidates {
		fmt.Fprintf(b, "  %s, named by %s", p.safe(c.Server), p.safe(c.From))
		if c.Address != "" {
			fmt.Fprintf(b, ", at %s", p.safe(c.Address))
		}
		if c.Software != "" {
			fmt.Fprintf(b, ", runs %s", p.safe(c.Software))
		}
		b.WriteString("\n    ")
		switch {
		case c.Status == 0:
			fmt.Fprintf(b, "no answer: %s", p.safe(c.Error))
		case c.Agrees == "":
			fmt.Fprintf(b, "%d %s %s", c.Status, p.safe(c.Errcode), p.safe(c.Error))
		default:
			fmt.Fprintf(b, "%d protoevent, room version %s", c.Status, p.safe(c.RoomVersion))
			switch c.Agrees {
			case "first":
				b.WriteString("; the others are compared with it")
			case "yes":
				b.WriteString("; agrees")
			default:
				fmt.Fprintf(b, "; %s", p.safe(c.Agrees))
			}
		}
		if c.TookMS > 0 {
			fmt.Fprintf(b, " (%.0f ms)", c.TookMS)
		}
		b.WriteByte('\n')
	}
}
