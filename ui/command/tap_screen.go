package command

import (
	"context"
	"slices"
	"sync"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/tap"
	"doorstep/flow/watch"
	"doorstep/ui"
)

// tapScreen shows the joins that pass on the screen.
func (p *program) tapScreen(ctx context.Context, o tap.Options, t tapping) error {
	told := &joinTeller{p: p, tapping: t, first: make(chan struct{}), recorders: map[*watch.Join]*watch.Recorder{}}
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
	notice := standsWords(s, o)
	if s.Notice != "" {
		notice = s.Notice
	}
	err = p.screen(ctx, ui.Options{Scenario: "tap", Notice: notice,
		Start: func(context.Context, string) (ui.Source, func(), error) {
			return waiting{shown}, func() {}, nil
		}})
	s.Close()
	p.code = 0
	if joins := s.Watcher().Joins(); t.once && len(joins) > 0 {
		trace := joins[0].Trace()
		p.settle(export.NewReport(trace, flow.Fold(trace), p.reportOptions(false)))
	}
	if err == nil {
		err = told.failed()
	}
	p.notice(countWords(s.Watcher().Counts()))
	return err
}

// tapJoins are the joins that a tap has seen, for the screen.
type tapJoins struct {
	header  flow.Header   // what is known while there is no join
	changed chan struct{} // there is a join

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
	select {
	case t.changed <- struct{}{}:
	default:
	}
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
