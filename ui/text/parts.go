package text

import (
	"bufio"
	"fmt"
	"strings"

	"doorstep/flow/export"
	"doorstep/ui/story"
)

// candidates writes the table of join candidates, where every one of them was asked.
func (p *Writer) candidates(b *bufio.Writer, r export.Report) {
	if len(r.Candidates) == 0 {
		return
	}
	fmt.Fprint(b, "\njoin candidates:\n")
	for _, c := range r.Candidates {
		who, what := story.CandidateWords(c)
		say(b, 4, "  %s", p.safe(who))
		say(b, 6, "    %s", p.safe(what))
	}
}

// omitted writes what an answer without members left out.
func (p *Writer) omitted(b *bufio.Writer, r export.Report) {
	o := r.Omitted
	switch {
	case o == nil:
	case o.Problem != "":
		b.WriteByte('\n')
		say(b, 2, "omitted: members; how many is not known: %s", p.safe(o.Problem))
	default:
		b.WriteByte('\n')
		say(b, 2, "omitted: %d of the %d events of the state, about %s; they are still to be fetched", o.Missing,
			o.Total, story.Size(o.Bytes))
	}
}

// probes writes what the probes found out, server by server.
func (p *Writer) probes(b *bufio.Writer, r export.Report) {
	if len(r.Probes) == 0 {
		return
	}
	fmt.Fprint(b, "\nprobes:\n")
	server := ""
	for _, probe := range r.Probes {
		if probe.Server != server {
			server = probe.Server
			fmt.Fprintf(b, "  %s\n", p.safe(server))
		}
		about := strings.ReplaceAll(string(probe.Name), "_", " ")
		if probe.Address != "" {
			about += " " + probe.Address
		}
		say(b, 6, "    %s: %s", p.safe(about), p.safe(probe.Verdict))
	}
}
