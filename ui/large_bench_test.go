package ui

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/recording"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/ui/story"
)

// largeRoom is the join of a room of 20 000 events by users of 2000 servers, made once.
var largeRoom = sync.OnceValues(func() (flow.Trace, error) { return roomOf(20_000, 2000) })

// roomOf is the join of a room of so many events by users of so many servers.
func roomOf(events, servers int) (flow.Trace, error) {
	scenario, _ := sandbox.Lookup("large")
	scenario, err := sandbox.Sized(scenario, sandbox.Large{Events: events, Servers: servers})
	if err != nil {
		return flow.Trace{}, err
	}
	run, stop, err := sandbox.Join(context.Background(), scenario, engine.JoinOptions{Tool: "test"})
	if err != nil {
		return flow.Trace{}, err
	}
	defer stop()
	run.Finish(context.Background())
	return run.Trace(), nil
}

// BenchmarkLargeRoom times what a reader of a large room waits for, once it has been read and verified.
func BenchmarkLargeRoom(b *testing.B) {
	trace, err := largeRoom()
	if err != nil {
		b.Fatal(err)
	}
	state := flow.Fold(trace)
	b.Run("fold", func(b *testing.B) {
		for b.Loop() {
			flow.Fold(trace)
		}
	})
	b.Run("findings", func(b *testing.B) {
		for b.Loop() {
			diagnose.Findings(trace, state)
		}
	})
	b.Run("rows", func(b *testing.B) {
		for b.Loop() {
			story.Tell(trace, state, story.View{Phases: true})
		}
	})
	b.Run("back and forth", func(b *testing.B) {
		s := replaying(b, 200, 50, trace, -1, Options{})
		for b.Loop() {
			s.pass(keyMsg("b"))
			_ = s.m.View()
			s.pass(keyMsg("."))
			_ = s.m.View()
		}
	})
	b.Run("up and down", func(b *testing.B) {
		s := replaying(b, 200, 50, trace, -1, Options{})
		for b.Loop() {
			s.pass(keyMsg("k"))
			_ = s.m.View()
			s.pass(keyMsg("j"))
			_ = s.m.View()
		}
	})
	b.Run("read", func(b *testing.B) {
		name := filepath.Join(b.TempDir(), "large.jsonl")
		if err := recording.Save(name, trace, false); err != nil {
			b.Fatal(err)
		}
		info, err := os.Stat(name)
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(info.Size())
		for b.Loop() {
			if _, err := recording.Open(name); err != nil {
				b.Fatal(err)
			}
		}
	})
}
