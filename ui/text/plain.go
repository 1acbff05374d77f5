package text

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/export"
	"doorstep/flow/verify"
	"doorstep/flow/wording"
	"doorstep/render"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// Options say how plain lines are written.
type Options struct {
	ASCII     bool // spell out everything beyond ASCII
	AllChecks bool // list the checks that passed as well
}

// A Writer tells a handshake as lines of text: no boxes, no colours, nothing that is overwritten. It is the same
// story as the screen's, for pipes, logs and screen readers.
type Writer struct {
	w io.Writer
	o Options
	story.Phrases

	folder flow.Folder // of the trace whose entries come
}

// New returns what writes plain lines to w.
func New(w io.Writer, o Options) *Writer {
	return &Writer{w: w, o: o, Phrases: story.Phrases{Signs: theme.SignsOf(o.ASCII)}}
}

// Entry writes one line for e, the last entry of t: its number and time since the start, its step, who to whom, what,
// and how long it took.
// Of a check there is none: what it asked is told at the end, by what it was asked for.
func (p *Writer) Entry(t flow.Trace, e *flow.Entry) error {
	if t.Header.Source == flow.SourceCheck {
		return nil
	}
	line := fmt.Sprintf("%3d %9s  %-3s %s  %s", e.Seq, "+"+fmt.Sprintf("%.3f", e.At.Seconds()), p.safe(string(e.Step)),
		p.way(t, e), p.what(t, e))
	if e.Took > 0 && e.Kind != flow.Failure {
		line += "  (" + render.Duration(e.Took) + ")"
	}
	return p.line(strings.Join(hanging(line, entryHang), "\n"))
}

// entryHang is where what an entry says begins, after its number, time and step.
const entryHang = 19

// way says from whom to whom an entry goes, or who did the work.
func (p *Writer) way(t flow.Trace, e *flow.Entry) string {
	from, to := p.party(t, e, e.From), p.party(t, e, e.To)
	if e.From == e.To || e.Kind == flow.Local {
		return from + ":"
	}
	return from + " " + p.To + " " + to
}

// party names a role in an entry, and the server that plays it where it is not ours.
func (p *Writer) party(t flow.Trace, e *flow.Entry, r flow.Role) string {
	server := ""
	if r == flow.Directory || r == flow.Resident {
		server = e.Server
	}
	switch {
	case server == "":
		return p.safe(string(r))
	case e.Inferred:
		return p.safe(string(r)) + " (inferred: " + p.safe(server) + ")"
	}
	return p.safe(string(r)) + " " + p.safe(server)
}

func (p *Writer) what(t flow.Trace, e *flow.Entry) string {
	s := p.folder.Fold(t)
	var words []string
	switch {
	case e.Kind == flow.Request && e.Request != nil:
		words = p.RequestWords(e)
		if e.Of > 1 {
			words = append(words, fmt.Sprintf("(attempt %d of %d)", e.Attempt, e.Of))
		}
	case e.Kind == flow.Response && e.Response != nil:
		words = p.ResponseWords(t, s, e)
	case e.Kind == flow.Failure && e.Failure != nil:
		words = append([]string{"failed:"}, p.FailureWords(e)...)
	case e.Kind == flow.Gap:
		words = p.GapWords(e)
	case e.Kind == flow.Local:
		words = p.LocalWords(s, e)
	default:
		words = []string{"an entry of the unknown kind " + string(e.Kind)}
	}
	if e.Altered != nil {
		words = append(words, "(changed before it was done)")
	}
	return p.safe(strings.Join(words, " "))
}

func (p *Writer) outcome(b *bufio.Writer, s flow.State, r export.Report) {
	b.WriteByte('\n')
	p.verdict(b, s, r)
	p.fate(b, r)
	for _, f := range []struct{ name, value string }{
		{"room", r.RoomID}, {"version", r.RoomVersion}, {"user", r.UserID}, {"event", r.EventID},
		{"joining", r.Roles.Joining}, {"directory", r.Roles.Directory},
		{"make_join", r.Roles.MakeJoin}, {"send_join", r.Roles.SendJoin},
	} {
		if f.value != "" {
			say(b, 13, "  %-10s %s", f.name, p.safe(f.value))
		}
	}
	if c := r.Counts; c.Events > 0 {
		say(b, 13, "  %-10s %d in state, %d in auth_chain, %d in both; %s", "events", c.State, c.AuthChain, c.Both,
			wording.Count(c.Signatures, "signature"))
		p.sets(b, s)
	}
}

// verdict writes how a handshake ended, in a line.
func (p *Writer) verdict(b *bufio.Writer, s flow.State, r export.Report) {
	v := story.VerdictOf(s, r.Findings, r.Outcome)
	words := v.Words()
	switch {
	case r.NothingToVerify:
		words = story.OutcomeWords(r.Outcome)
		if s.Stopped != nil {
			words += " at " + string(s.Stopped.Step)
		}
		words += ": " + r.Why
	case s.Header.Hosted() && v.Worst == "" && r.Why != "":
		words += ": " + r.Why
	case v.Worst == "" && v.Counts == "" && r.Outcome.ExitCode() != 0 && r.Why != "":
		words += ": " + r.Why
	case v.Worst == "" && !story.Over(s) && s.Stopped == nil:
		words += ": the trace ends before the handshake does"
	}
	say(b, 2, "outcome: %s", p.safe(words))
	if s.Stopped != nil && v.Told > 0 && !r.NothingToVerify {
		say(b, 4, "  %-10s at %s: %s", "stopped", s.Stopped.Step, p.safe(story.StoppedWords(s)))
	}
}

// fate says what may stand in the room of a join that came to no good end, and the command that takes it back.
func (p *Writer) fate(b *bufio.Writer, r export.Report) {
	if !r.MayHaveJoined {
		return
	}
	may := fmt.Sprintf("  %s may have accepted the join of %s", p.safe(r.Roles.SendJoin), p.safe(r.UserID))
	if r.Undo == "" {
		say(b, 4, "%s", may)
		return
	}
	say(b, 4, "%s; to leave again:", may)
	fmt.Fprintf(b, "    %s\n", r.Undo) // on one line, so that it can be copied
}

func (p *Writer) diff(b *bufio.Writer, changes []flow.Change) {
	if changes == nil {
		return
	}
	copied := 0
	fmt.Fprint(b, "\nfrom the protoevent to the join event:\n")
	for _, c := range changes {
		if c.Kind == flow.Copied {
			copied++
			continue
		}
		why := ""
		if c.Why != "" {
			why = ": " + p.safe(c.Why)
		}
		say(b, 12, "  %-9s %s%s", c.Kind, p.safe(c.Path), why)
	}
	fmt.Fprintf(b, "  %s copied as they came\n", wording.Count(copied, "field"))
}

func (p *Writer) checks(b *bufio.Writer, r export.Report) {
	c := r.Counts.Checks
	if c.Pass+c.Fail+c.Warn+c.NotChecked == 0 {
		return
	}
	fmt.Fprintf(b, "\nchecks: %d passed, %d failed, %s, %d not checked\n", c.Pass, c.Fail,
		wording.Count(c.Warn, "warning"),
		c.NotChecked)
	for _, check := range r.Checks {
		if check.Outcome == verify.Pass.String() && !p.o.AllChecks {
			continue
		}
		words := fmt.Sprintf("  %-11s %s", strings.ReplaceAll(check.Outcome, "_", " "), check.ID)
		if check.Subject != "" {
			words += fmt.Sprintf(" of %s", p.safe(check.Subject))
		}
		if check.Detail != "" {
			words += fmt.Sprintf(": %s", p.safe(check.Detail))
		}
		if check.Rule != "" {
			words += fmt.Sprintf(" (%s)", p.safe(check.Rule))
		}
		say(b, 14, "%s", words)
		if check.Others != "" {
			say(b, 16, "              elsewhere: %s", p.safe(check.Others))
		}
	}
	if n := r.Counts.Unlisted; n > 0 {
		say(b, 2, "  %d more did not pass and are counted only, over the limit of %d alike", n, verify.MostAlike)
	}
}

// safe makes text drawable as part of a line.
func (p *Writer) safe(s string) string {
	return render.Safe(render.Untrusted(s), render.SafeOpts{Width: theme.PlainCells, ASCII: p.o.ASCII})
}

func (p *Writer) line(s string) error {
	_, err := io.WriteString(p.w, s+"\n")
	return err
}

// Ladder returns the ladder of a trace as lines of plain text, width cells wide: for documents. A height of 0 gives it
// as many lines as it needs.
func Ladder(t flow.Trace, width, height int, ascii bool) []string {
	g := render.Unicode()
	if ascii {
		g = render.ASCII()
	}
	state := flow.Fold(t)
	s := story.Tell(t, state, story.View{Phrases: story.Phrases{Signs: theme.SignsOf(ascii)},
		Unheard: diagnose.UnheardOf(t, state, diagnose.Findings(t, state))})
	opt := render.LadderOptions{Time: render.TimeRelative, Spill: true}
	if height <= 0 {
		height, opt.Arrow = len(s.Rows)+2, render.ArrowOne
	}
	return s.Ladder(-1, 0).Draw(render.Styles{}, g, width, height, opt)
}
