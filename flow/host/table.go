package host

import (
	"context"
	"time"

	"doorstep/flow"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/watch"
)

// A Row is what a joining server did in one scenario, beside what it was asked for.
type Row struct {
	Scenario  string       `json:"scenario"`
	Title     string       `json:"title"`
	Asks      sandbox.Duty `json:"asks"`
	Result    Result       `json:"result"`
	Shown     flow.Showing `json:"shown_by,omitempty"`
	Residents int          `json:"residents_asked"`
	FellBack  bool         `json:"fell_back"`
	Again     int          `json:"sent_again"`
	Exited    *flow.Exited `json:"command,omitempty"`
	TookMS    int64        `json:"took_ms"`
	Trouble   string       `json:"trouble,omitempty"` // why the scenario could not be tried
}

// An Agreement is how what was done agrees with what was asked for.
type Agreement string

// The agreements.
const (
	Agrees    Agreement = "as asked"
	Disagrees Agreement = "otherwise"
	Open      Agreement = "" // nothing in particular was asked for, or it is not known what was done
)

// Agreement tells whether the joining server did what it was asked for. Whether it has dropped events cannot be seen
// from here: to join is as asked then, and to leave the whole answer is not against it.
func (r Row) Agreement() Agreement {
	joined := r.Result == Joined
	switch {
	case r.Result == Unknown || r.Result == Absent || r.Asks == sandbox.DutyMay || r.Asks == sandbox.DutyDrop && !joined:
		return Open
	case joined == (r.Asks == sandbox.DutyJoin || r.Asks == sandbox.DutyDrop):
		return Agrees
	}
	return Disagrees
}

// Try has the command make a server join in one scenario, and tells what it did. The error is that of ctx, or of a
// command that cannot be run: what keeps a scenario alone from being hosted is in the row.
func Try(ctx context.Context, o Options, c Command, authority func(*Host) (string, error),
	quiet time.Duration) (Row, error) {
	row := Row{Scenario: o.Scenario.Name, Title: o.Scenario.Title, Asks: sandbox.DutyOf(o.Scenario), Result: Absent}
	o.Quiet = longest * 100
	began := time.Now()
	h, err := Start(ctx, o)
	if err != nil {
		row.Trouble = err.Error()
		return row, ctx.Err()
	}
	defer h.Stop()
	file, err := authority(h)
	if err != nil {
		return row, err
	}
	if _, err := h.Invite(ctx); err != nil {
		row.Trouble = "the invite did not arrive: " + err.Error()
		return row, ctx.Err()
	}
	if row.Exited, err = h.Conduct(ctx, c, file, quiet); err != nil {
		return row, err
	}
	row.fill(h.Watcher.Joins())
	row.TookMS = time.Since(began).Milliseconds()
	return row, ctx.Err()
}

// fill takes over what the joins tell.
func (r *Row) fill(joins []*watch.Join) {
	best := Best(joins)
	if best == nil {
		return
	}
	d := DeedOf(best.Trace())
	r.Result, r.Shown, r.Residents, r.FellBack, r.Again = d.Result, d.Reaction.By, d.Residents, d.FellBack, d.Again
}

// Hostable are the scenarios that can be hosted as the options have it.
func Hostable(o Options) []engine.Scenario {
	var out []engine.Scenario
	for _, s := range sandbox.Scenarios() {
		o.Scenario = s
		if o.why(&engine.Hosting{Host: o.Name}) == "" && (o.User != "" || !s.Invites()) {
			out = append(out, s)
		}
	}
	return out
}
