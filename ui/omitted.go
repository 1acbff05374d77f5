package ui

import (
	"fmt"
	"strings"

	"doorstep/flow/export"
)

// omitted writes what an answer without members left out.
func (p *PlainWriter) omitted(b *strings.Builder, r export.Report) {
	o := r.Omitted
	switch {
	case o == nil:
	case o.Problem != "":
		fmt.Fprintf(b, "\nomitted: members; how many is not known: %s\n", p.safe(o.Problem))
	default:
		fmt.Fprintf(b, "\nomitted: %d of the %d events of the state, about %s; they are still to be fetched\n", o.Missing, o.Total, size(o.Bytes))
	}
}
