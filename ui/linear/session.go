package linear

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/render"
	"doorstep/ui/story"
	"doorstep/ui/text"
	"doorstep/ui/theme"
)

// A Source is a handshake that goes on, or a recording.
type Source interface {
	// Trace returns the trace so far.
	Trace() flow.Trace
	// Step does the next step and returns when it is done; false when there was none to do.
	Step(ctx context.Context) bool
	// Again asks once more for keys that are missing, and verifies the answer again; false where nothing is missing.
	Again(ctx context.Context) bool
	// Progress returns how far the step that is being done has got.
	Progress() flow.Progress
}

// Options say what is told, and how.
type Options struct {
	In  io.Reader
	Out io.Writer

	Source  Source
	Live    bool   // steps are done, not read
	Name    string // of the scenario or the recording
	Notice  string // told first
	Confirm bool   // ask before a join is sent that other servers will see
	Strict  bool   // any failing check makes the exit code 4
	ASCII   bool   // spell out everything beyond ASCII

	AllChecks bool   // what is written lists the checks that passed as well
	Tool      string // program and version, which a recording names that is redacted here
}

// width is how long lines of text are, in cells. Identifiers, and bytes that are shown exactly, may take more.
const width = 76

// A session is one handshake told to one reader.
type session struct {
	Options
	look  theme.Look
	out   *bufio.Writer
	lines chan string // from the reader; closed at the end
	words *text.Writer

	trace    flow.Trace
	prefixes flow.Prefixes
	shown    int // entries that have been told
	at       int // the entry that is looked at
	rest     []string

	given, denied, left bool // consent to the join, and the answer about the leave
	ended               bool // its verdict was told
}

func newSession(o Options) *session {
	out := bufio.NewWriter(o.Out)
	look := theme.NewLook("", o.ASCII, true)
	look.Styles = render.Styles{}
	return &session{Options: o, look: look, out: out, lines: make(chan string),
		words: text.New(out, text.Options{ASCII: o.ASCII})}
}

// read passes on what the reader types.
func (s *session) read(ctx context.Context) {
	defer close(s.lines)
	in := bufio.NewScanner(s.In)
	for in.Scan() {
		select {
		case s.lines <- in.Text():
		case <-ctx.Done():
			return
		}
	}
}

// ask prints a question and returns the answer; false where there is none any more.
func (s *session) ask(ctx context.Context, question string) (answer string, ok bool) {
	_, _ = s.out.WriteString(question) // an error is kept, and told by Flush
	if s.out.Flush() != nil {
		return "", false
	}
	select {
	case <-ctx.Done():
		return "", false
	case answer, ok = <-s.lines:
		return strings.TrimSpace(answer), ok
	}
}

func (s *session) begin() {
	s.trace = s.Source.Trace()
	h := s.trace.Header
	s.say(s.Name + ": " + story.AimWords(h) + ".")
	if s.Notice != "" {
		s.say(s.Notice)
	}
	if words := story.ProvenanceWords(h); words != "" {
		s.say("This recording is " + words + ". why tells more.")
	}
	if !s.Live {
		s.say(fmt.Sprintf("A recording of %d entries.", len(s.trace.Entries)))
	}
	s.say("Enter goes one step on, help lists what else can be typed.")
}

// over reports whether nothing is left to be told or done.
func (s *session) over() bool {
	return s.shown == len(s.trace.Entries) && (!s.Live || story.Over(s.state()))
}

// next says what Enter does.
func (s *session) next() string {
	switch {
	case s.shown < len(s.trace.Entries):
		return fmt.Sprintf("Next: entry %d of %d.", s.shown+1, len(s.trace.Entries))
	case !s.Live:
		return "The recording ends here. back and go lead to earlier entries."
	}
	state := s.state()
	if step, more := state.Next(); more {
		return "Next: " + s.phrases().NextWords(step)
	}
	return "The handshake is over."
}

func (s *session) phrases() story.Phrases { return story.Phrases{Signs: s.look.Signs} }

func (s *session) state() flow.State { return s.prefixes.Fold(s.trace.Prefix(s.shown)) }

func (s *session) findings() []diagnose.Finding {
	return diagnose.Findings(s.trace.Prefix(s.shown), s.state())
}

// step goes one step on: to the next entry there is, otherwise it does the next step. False where it ended nothing.
func (s *session) step(ctx context.Context) bool {
	if s.shown < len(s.trace.Entries) {
		return s.tell(s.shown + 1)
	}
	if !s.Live || !s.consents(ctx) {
		return false
	}
	return s.doing(ctx, s.Source.Step)
}

// told is how often a step that takes its time says how far it has got.
const told = 5 * time.Second

// doing has work on the trace done, and tells what came of it.
func (s *session) doing(ctx context.Context, work func(context.Context) bool) bool {
	done := make(chan bool, 1)
	client.Go(func() { done <- work(ctx) })
	now := time.NewTicker(told)
	defer now.Stop()
	for {
		select {
		case did := <-done:
			s.trace = s.Source.Trace()
			return s.tell(len(s.trace.Entries)) && did
		case <-now.C:
			if words := story.ProgressWords(s.Source.Progress()); words != "" {
				s.say(words)
			} else {
				s.say("still waiting")
			}
			_ = s.out.Flush() // told again at the end
		}
	}
}

// tell tells the entries up to one; false where there is none more.
func (s *session) tell(to int) bool {
	if to <= s.shown {
		return false
	}
	for ; s.shown < to; s.shown++ {
		_ = s.words.Entry(s.trace.Prefix(s.shown+1), &s.trace.Entries[s.shown]) // Flush says so too
	}
	s.at = s.shown
	return true
}

// consents asks for leave to send the join where it comes next, and whether to leave all the same. It reports whether
// to go on.
func (s *session) consents(ctx context.Context) bool {
	state := s.state()
	step, more := state.Next()
	if !s.Confirm || s.given || !more || step.ID != flow.A6 {
		return true
	}
	question, paras := story.ConsentWords(state)
	s.given = s.agrees(ctx, question, paras)
	s.denied = !s.given
	if s.denied {
		s.say("The join was not sent: nothing has changed. Enter asks again, quit leaves.")
	}
	return s.given
}

// agrees asks a question that is answered with y or n.
func (s *session) agrees(ctx context.Context, question string, paras []string) bool {
	for _, p := range paras {
		s.say(p)
	}
	for {
		switch answer, ok := s.ask(ctx, question+" y or n: "); {
		case !ok, answer == "n", answer == "no":
			return false
		case answer == "y", answer == "yes":
			return true
		}
	}
}

// leaves asks about a leave that would end something else than our join, once.
func (s *session) leaves(ctx context.Context) {
	state := s.state()
	run, can := s.Source.(interface{ LeaveAnyway() })
	if s.left || !can || !story.Over(state) || state.HoldsLeave() == flow.NotHeld {
		return
	}
	s.left = true
	question, paras := story.LeaveWords(state)
	if s.agrees(ctx, question, paras) {
		run.LeaveAnyway()
		s.toEnd(ctx)
	}
}

// toEnd does every step that is left.
func (s *session) toEnd(ctx context.Context) {
	for ctx.Err() == nil && s.step(ctx) && !s.over() {
	}
	s.leaves(ctx)
}

// verdict tells how it ended, and what was found.
func (s *session) verdict() {
	state, found := s.state(), s.findings()
	if !story.Over(state) {
		return
	}
	v := story.VerdictOf(state, found, state.Outcome())
	s.say(v.Status.Label(s.look.Glyphs) + ": " + v.Words() + ".")
	for _, f := range found {
		s.say(string(f.Severity) + ": " + f.Title + ". " + f.Advice)
	}
	if len(found) > 0 {
		s.say("found tells more of that, checks what was checked.")
	}
}

// code is the exit code of what became of the handshake.
func (s *session) code() int {
	state := s.state()
	switch {
	case s.denied:
		return flow.DryRun.ExitCode()
	case s.Live && !story.Over(state):
		return flow.Cancelled.ExitCode()
	case !s.Live:
		state = flow.Fold(s.trace)
	}
	return state.ExitCode(state.Outcome(), s.Strict)
}

// say writes words, wrapped.
func (s *session) say(words string) {
	for _, line := range theme.Wrap(s.look.Safe(s.look.Own(words), story.CellsOfText), width, 2) {
		_, _ = s.out.WriteString(line + "\n")
	}
}
