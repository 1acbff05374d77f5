package command

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/tap"
	"doorstep/flow/watch"
	"doorstep/flow/wording"
	"doorstep/ui"
)

// tapScreen shows the joins that pass on the screen.
func (p *program) tapScreen(ctx context.Context, o tap.Options, t tapping) error {
	told := &joinTeller{p: p, tapping: t, first: make(chan struct{}), recorders: map[*watch.Join]*watch.Recorder{}}
	told.lost.later = true
	shown := &tapJoins{changed: make(chan struct{}, 1)}
	o.OnJoin = func(j *watch.Join) {
		told.record(j)
		shown.add(j)
	}
	over := sync.OnceFunc(func() { close(told.first) })
	o.OnOver = func(j *watch.Join) {
		told.recorded(j, j.Trace())
		over()
	}
	s, err := tap.Open(ctx, o)
	if err != nil {
		return p.tapTrouble(err)
	}
	shown.header = flow.Header{Source: flow.SourceTap, Tool: o.Tool, Target: "at " + s.Addr().String(),
		Imported: &flow.Imported{From: flow.SourceTap}}
	seen, unseen := context.WithCancel(ctx)
	client.Go(func() { shown.tellPassing(seen, s) })
	err = p.screen(ctx, ui.Options{Scenario: "tap", Notice: s.Notice,
		Waiting: func() ui.WaitingFor { return waitingAtTap(s, o, t) },
		Start: func(context.Context, string) (ui.Source, func(), error) {
			return waiting{shown}, func() {}, nil
		}})
	unseen()
	s.Close()
	p.code = 0
	if joins := s.Watcher().Joins(); t.once && len(joins) > 0 {
		trace := joins[0].Trace()
		p.settle(export.NewReport(trace, flow.Fold(trace), p.reportOptions(false)))
	}
	err = cmp.Or(err, told.failed())
	p.notice(countWords(s.Watcher().Counts()))
	return err
}

// waitingAtTap is what the screen says while no join has passed: where the tap stands, and what passes.
func waitingAtTap(s *tap.Standing, o tap.Options, t tapping) ui.WaitingFor {
	w := ui.WaitingFor{
		Name:  "tap",
		Title: "Waiting for a join: a user of another server who gets into a room of the homeserver behind this.",
		Facts: tapFacts(s, o),
		Notes: []string{"Other servers have to come here when they look for the homeserver: at its port and with its " +
			"certificate, or through whatever ends TLS before it. All that they ask passes as it is; only what may be part " +
			"of a join is kept."},
	}
	if t.folder != "" {
		w.Facts = append(w.Facts, ui.Fact{Label: "records", Value: "each join, in " + t.folder})
	}
	if o.Public {
		w.Notes = append(w.Notes, "Public: strangers reach all of the homeserver through this, as they would without it.")
	}
	return w
}

// tapFacts say where a tap stands, what has passed by now, and what got no answer.
func tapFacts(s *tap.Standing, o tap.Options) []ui.Fact {
	listens, secure, passed := "http://", "none here: whatever stands before this ends it", "nothing yet"
	if s.Secure() {
		listens, secure = "https://", "with the certificate in "+o.CertFile
	}
	if c := s.Watcher().Counts(); c.Parts+c.Others > 0 {
		passed = fmt.Sprintf("%s, of which %d could be part of a join", wording.Count(c.Parts+c.Others, "exchange"), c.Parts)
	}
	facts := []ui.Fact{
		{Key: "a", Label: "listens", Value: listens + s.Addr().String()},
		{Label: "TLS", Value: secure},
		{Key: "u", Label: "before", Value: o.Upstream},
		{Label: "passed", Value: passed},
	}
	if n, why := s.Failing(); n > 0 {
		facts = append(facts, ui.Fact{Label: "trouble", Lines: true, Value: fmt.Sprintf(
			"the homeserver left %s without an answer: %s", wording.Count(int(n), "request"), why)})
	}
	return facts
}

// tellPassing has the screen look again when something has passed, or was left without an answer, until ctx ends.
func (t *tapJoins) tellPassing(ctx context.Context, s *tap.Standing) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	type passing struct {
		counts  watch.Counts
		failing int64
	}
	var before passing
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		failing, _ := s.Failing()
		if now := (passing{s.Watcher().Counts(), failing}); now != before {
			before = now
			t.change()
		}
	}
}

// change says that there is something else to show.
func (t *tapJoins) change() {
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// tapJoins are the joins that a tap has seen, for the screen.
type tapJoins struct {
	header  flow.Header   // what is known while there is no join
	changed chan struct{} // there is a join, or something else has passed

	mu    sync.Mutex
	joins []*watch.Join
}

// mostShown is how many joins can be gone to: the last ones.
const mostShown = 200

func (t *tapJoins) add(j *watch.Join) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.joins = append(t.joins, j)
	if len(t.joins) > mostShown {
		t.joins = slices.Delete(t.joins, 0, 1)
	}
	t.change()
}

// after is the join after j, the first one after the last; nil where there is no other.
func (t *tapJoins) after(j *watch.Join) *watch.Join {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.joins) == 0 {
		return nil
	}
	at := slices.Index(t.joins, j)
	if next := t.joins[(at+1)%len(t.joins)]; next != j {
		return next
	}
	return nil
}

func (t *tapJoins) place(j *watch.Join) (at, of int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Index(t.joins, j) + 1, len(t.joins)
}

// A tapped is a join as the screen has it: one of several.
type tapped struct {
	*watch.Join
	all *tapJoins
}

// A waiting is the screen before the first join.
type waiting struct{ all *tapJoins }

var (
	_ ui.Witnessed = tapped{}
	_ ui.Witnessed = waiting{}
)

func (t tapped) Following() (ui.Source, bool) {
	next := t.all.after(t.Join)
	return tapped{next, t.all}, next != nil
}

func (t tapped) Place() (at, of int) { return t.all.place(t.Join) }

func (w waiting) Following() (ui.Source, bool) {
	next := w.all.after(nil)
	return tapped{next, w.all}, next != nil
}

func (w waiting) Place() (at, of int)        { return w.all.place(nil) }
func (w waiting) Over() bool                 { return false }
func (w waiting) Trace() flow.Trace          { return flow.Trace{Header: w.all.header} }
func (w waiting) Changed() <-chan struct{}   { return w.all.changed }
func (w waiting) Step(context.Context) bool  { return false }
func (w waiting) Again(context.Context) bool { return false }
func (w waiting) Progress() flow.Progress    { return flow.Progress{} }
func (w waiting) Err() error                 { return nil }
