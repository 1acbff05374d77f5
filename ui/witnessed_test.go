package ui

import (
	"context"
	"testing"

	"doorstep/flow"
)

// A passing is one of several handshakes that others do.
type passing struct {
	trace   flow.Trace
	all     *[]*passing
	over    bool
	changed chan struct{}
}

func (p *passing) Trace() flow.Trace         { return p.trace }
func (p *passing) Changed() <-chan struct{}  { return p.changed }
func (p *passing) Step(context.Context) bool { return false }
func (p *passing) Progress() flow.Progress   { return flow.Progress{} }
func (p *passing) Again(context.Context) bool {
	return false
}
func (p *passing) Err() error { return nil }
func (p *passing) Over() bool { return p.over }

func (p *passing) Place() (at, of int) {
	for i, o := range *p.all {
		if o == p {
			at = i + 1
		}
	}
	return at, len(*p.all)
}

func (p *passing) Following() (Source, bool) {
	at, of := p.Place()
	if of == 0 || of == 1 && at == 1 {
		return nil, false
	}
	return (*p.all)[at%of], true
}

// Handshakes of others are drawn as they pass: the screen waits for the first and shows it, others are gone to, none
// can be stepped, and none has ended before whoever watches says so.
func TestWitnessed(t *testing.T) {
	t.Parallel()
	whole := recorded(t, "joined")
	whole.Header.Source = flow.SourceTap
	whole.Header.Imported = &flow.Imported{From: flow.SourceTap}
	var all []*passing
	stopped := 0
	none := &passing{trace: flow.Trace{Header: flow.Header{Source: flow.SourceTap, Target: "waiting for joins",
		Imported: &flow.Imported{From: flow.SourceTap}}}, all: &all}
	s := newScreen(t, 120, 40, Options{Scenario: "tap", Notice: "listening on 127.0.0.1:8448",
		Start: func(context.Context, string) (Source, func(), error) { return none, func() { stopped++ }, nil }})
	s.shows("waiting for joins").shows("no join yet").shows("listening on 127.0.0.1:8448").shows("LIVE")
	s.press("O").shows("no other join has come yet")

	first := &passing{trace: whole.Prefix(4), all: &all}
	all = append(all, first)
	s.send(changedMsg{s.m.screen.id, knowing(none.trace)})
	s.shows("join 1").shows("tap").shows(whole.Header.User).shows("LIVE")
	s.press(".").shows("others do the steps")

	second := &passing{trace: whole, all: &all, over: true}
	second.trace.Header.User = "@second:joining.example"
	all = append(all, second)
	s.press("O").shows("join 2/2").shows("@second:joining.example").shows("DONE")
	s.press("O").shows("join 1/2").shows("LIVE")
	first.over = true
	s.send(changedMsg{s.m.screen.id, knowing(first.trace)})
	s.shows("DONE").shows("not proven")
	if stopped != 0 {
		t.Error("going to another one ended them")
	}
}

// While nothing has passed the screen tells where the tap stands. Then O goes to joins, and speaks of no branch; what
// is waited for can be looked at again. Of answers that are held nothing is said: none ever is.
func TestWitnessedKeys(t *testing.T) {
	t.Parallel()
	whole := recorded(t, "joined")
	whole.Header.Source = flow.SourceTap
	whole.Header.Imported = &flow.Imported{From: flow.SourceTap}
	var all []*passing
	none := &passing{trace: flow.Trace{Header: flow.Header{Source: flow.SourceTap}}, all: &all}
	s := newScreen(t, 80, 24, Options{Scenario: "tap",
		Waiting: func() WaitingFor {
			return WaitingFor{Name: "tap", Facts: []Fact{{Key: "a", Label: "listens", Value: "https://127.0.0.1:8448"}}}
		},
		Start: func(context.Context, string) (Source, func(), error) { return none, func() {}, nil }})
	s.shows("https://127.0.0.1:8448", "nobody has come yet", "y yank").hides("O joins", "let go", "hold")
	s.press("?").hides("held").press("esc").press(".").shows(". does nothing here")

	all = append(all, &passing{trace: whole, all: &all}, &passing{trace: whole, all: &all})
	s.send(changedMsg{s.m.screen.id, knowing(none.trace)})
	s.shows("join 1/2", "O joins").hides("branch", "let go")
	s.press("?").shows("to the next of the joins that have come").hides("not edited", "held").press("esc")
	s.press("I").shows("https://127.0.0.1:8448", "I goes back to the joins").hides("nobody has come yet")
	s.press("I").shows("join 1/2").press("I", "O").shows("join 1/2").press("O").shows("join 2/2").sound()
}
