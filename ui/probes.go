package ui

import (
	"fmt"
	"strings"

	"doorstep/flow/export"
)

// probes writes what the probes found out, server by server.
func (p *PlainWriter) probes(b *strings.Builder, r export.Report) {
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
		about := strings.ReplaceAll(probe.Name, "_", " ")
		if probe.Address != "" {
			about += " " + probe.Address
		}
		fmt.Fprintf(b, "    %s: %s\n", p.safe(about), p.safe(probe.Verdict))
	}
}
