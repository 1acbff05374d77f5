package command

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"doorstep/flow/host"
	"doorstep/flow/safely"
	"doorstep/ui/theme"
)

// freePorts has every scenario have ports of its own: homeservers remember servers that they did not reach, and keys.
const freePorts = "127.0.0.1:0"

// hostAll tries every scenario, and prints what the joining server did.
func (p *program) hostAll(ctx context.Context, h *hosting) error {
	if h.o.Listen == "" {
		h.o.Listen = freePorts
	}
	dir, err := os.MkdirTemp("", "doorstep-host")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "ca.pem")
	if h.caOut != "" {
		file = h.caOut
	}
	force := p.force
	authority := func(r *host.Host) (string, error) {
		o := safely.Options{Mode: safely.Public, Force: force}
		if err := safely.WriteBytes(file, o, r.Federation.Authority.PEM()); err != nil {
			return "", recordingError(err)
		}
		force = true // from here on it is ours
		return file, nil
	}
	rows := []host.Row{}
	scenarios := host.Hostable(h.o)
	for i, s := range scenarios {
		o := h.o
		o.Scenario = s
		row, err := host.Try(ctx, o, h.command(p.stderr), authority, h.quietTime())
		if err != nil {
			if ctx.Err() != nil {
				break
			}
			return err
		}
		rows = append(rows, row)
		if p.wantsJSON() || h.markdown {
			p.notice(fmt.Sprintf("%d of %d: %s: %s", i+1, len(scenarios), s.Name, row.Result))
			continue
		}
		fmt.Fprintln(p.stdout, p.spelled(theme.SafeText(hostedLine(row))))
	}
	p.code, p.reported = disagreeing(rows), ctx.Err() == nil
	switch {
	case p.form != nil && p.form.name == "json":
		return p.writeJSON(rows)
	case p.wantsJSON():
		for _, r := range rows {
			if err := p.writeJSON(r); err != nil {
				return err
			}
		}
	case h.markdown:
		fmt.Fprint(p.stdout, p.spelled(host.Markdown("Yours", rows)))
	default:
		fmt.Fprintln(p.stdout, hostedSum(rows))
	}
	return nil
}

// disagreeing is the exit code of a table: 1 where the joining server did otherwise than it was asked to.
func disagreeing(rows []host.Row) int {
	for _, r := range rows {
		if r.Agreement() == host.Disagrees {
			return 1
		}
	}
	return 0
}

// hostedLine is a row of the table as plain text.
func hostedLine(r host.Row) string {
	what := string(r.Result)
	if how := r.How(); how != "" {
		what += " (" + how + ")"
	}
	mark := "  "
	if r.Agreement() == host.Disagrees {
		mark = "! "
	}
	if r.Trouble != "" {
		what = "not tried: " + r.Trouble
	}
	out := fmt.Sprintf("%s%-26s %-24s %s", mark, r.Scenario, "asks: "+r.Asks.Says(), what)
	var others []string
	for _, m := range host.Measured() {
		if result, ok := m.Results[r.Scenario]; ok {
			others = append(others, m.Software+" "+result.Short())
		}
	}
	if len(others) > 0 {
		out += "; " + strings.Join(others, ", ")
	}
	return out
}

func hostedSum(rows []host.Row) string {
	counts := map[host.Agreement]int{}
	for _, r := range rows {
		counts[r.Agreement()]++
	}
	return fmt.Sprintf("%d scenarios: %d as asked, %d otherwise (marked !), %d open or unknown", len(rows),
		counts[host.Agrees], counts[host.Disagrees], counts[host.Open])
}
