package flow

import (
	"testing"
	"time"

	"doorstep/client"
)

func TestPace(t *testing.T) {
	answer := func(step StepID, took, first time.Duration, size int) *Entry {
		return &Entry{Kind: Response, Step: step, Took: took, Response: &client.Response{Status: 200, Body: make([]byte, size)},
			Connection: &client.Connection{Timings: client.Timings{FirstByte: first}}}
	}
	for name, c := range map[string]struct {
		entry *Entry
		want  Light
	}{
		"a quick directory":         {answer(A3, time.Second, 0, 80), Green},
		"a slow directory":          {answer(A3, 3*time.Second, 0, 80), Amber},
		"a directory given up on":   {answer(A3, 11*time.Second, 0, 80), Red},
		"a template in time":        {answer(A5, 4*time.Second, 0, 500), Green},
		"a slow template":           {answer(A5, 6*time.Second, 0, 500), Amber},
		"a template given up on":    {answer(A5, 21*time.Second, 0, 500), Red},
		"a state that takes time":   {answer(A7, 40*time.Second, 19*time.Second, 500), Green},
		"a state long thought over": {answer(A7, 40*time.Second, 21*time.Second, 500), Amber},
		"a state given up on":       {answer(A7, 61*time.Second, time.Second, 500), Red},
		"a big state":               {answer(A7, time.Second, 0, 11<<20), Amber},
		"a state too big":           {answer(A7, time.Second, 0, 101<<20), Red},
		"our client waits":          {answer(A8, time.Hour, 0, 0), Green},
		"no answer":                 {&Entry{Kind: Failure, Step: A5, Took: time.Hour, Failure: &client.Failure{Kind: client.FailedTimeout}}, Green},
	} {
		t.Run(name, func(t *testing.T) {
			got, why := State{}.Pace(c.entry)
			if got != c.want || (why == "") != (got == Green) {
				t.Errorf("%d %q, want %d", got, why, c.want)
			}
		})
	}
}
