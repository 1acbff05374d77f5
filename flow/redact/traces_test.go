package redact_test

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"doorstep/flow"
	"doorstep/flow/recording"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/recordings"
)

// embedded are the recordings of the program.
var embedded = sync.OnceValue(func() map[string]flow.Trace {
	out := map[string]flow.Trace{}
	for _, name := range recordings.Names() {
		r, err := recordings.Open(name)
		if err != nil {
			panic(err)
		}
		if out[name], err = recording.Read(r); err != nil {
			panic(err)
		}
	}
	return out
})

// first are the first recordings, in whose look-ups there are words alone.
func first(t *testing.T) map[string]flow.Trace {
	t.Helper()
	files, err := filepath.Glob("../../recordings/testdata/first/*.jsonl")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	out := map[string]flow.Trace{}
	for _, file := range files {
		trace, err := recording.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		out["first "+strings.TrimSuffix(filepath.Base(file), ".jsonl")] = trace
	}
	return out
}

// scenarios are what becomes of every scenario of the sandbox that has no network of its own. A few run at a time.
var scenarios = sync.OnceValue(func() map[string]flow.Trace {
	const atATime = 8
	var wg sync.WaitGroup
	var mu sync.Mutex
	out := map[string]flow.Trace{}
	turns := make(chan struct{}, atATime)
	for _, s := range sandbox.Scenarios() {
		wg.Add(1)
		go func() {
			defer wg.Done()
			turns <- struct{}{}
			defer func() { <-turns }()
			run, stop, err := sandbox.Join(context.Background(), s, engine.JoinOptions{Tool: "test"})
			if err != nil {
				return // it is missed by whoever counts them
			}
			defer stop()
			run.Finish(context.Background())
			mu.Lock()
			defer mu.Unlock()
			out["sandbox "+s.Name] = run.Trace()
		}()
	}
	wg.Wait()
	return out
})

// written is a trace as a recording.
func written(t testing.TB, trace flow.Trace) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := recording.Write(&b, trace); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// each runs a test on every recording and every scenario.
func each(t *testing.T, test func(t *testing.T, trace flow.Trace)) {
	t.Helper()
	ran := scenarios()
	if want := len(sandbox.Scenarios()); len(ran) < want {
		t.Errorf("%d scenarios ran, of %d", len(ran), want)
	}
	for _, group := range []map[string]flow.Trace{embedded(), first(t), ran} {
		for name, trace := range group {
			t.Run(name, func(t *testing.T) { test(t, trace) })
		}
	}
}
