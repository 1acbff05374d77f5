package compare_test

import (
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/compare"
)

func TestPace(t *testing.T) {
	answer := func(step flow.StepID, took, first time.Duration, size int) *flow.Entry {
		return &flow.Entry{Kind: flow.Response, Step: step, Took: took, Response: &client.Response{Status: 200,
			Body: make([]byte, size)},
			Connection: &client.Connection{Timings: client.Timings{FirstByte: first}}}
	}
	for name, c := range map[string]struct {
		entry *flow.Entry
		want  compare.Light
	}{
		"a quick directory":         {answer(flow.A3, time.Second, 0, 80), compare.Green},
		"a slow directory":          {answer(flow.A3, 3*time.Second, 0, 80), compare.Amber},
		"a directory given up on":   {answer(flow.A3, 11*time.Second, 0, 80), compare.Red},
		"a template in time":        {answer(flow.A5, 4*time.Second, 0, 500), compare.Green},
		"a slow template":           {answer(flow.A5, 6*time.Second, 0, 500), compare.Amber},
		"a template given up on":    {answer(flow.A5, 21*time.Second, 0, 500), compare.Red},
		"a state that takes time":   {answer(flow.A7, 40*time.Second, 19*time.Second, 500), compare.Green},
		"a state long thought over": {answer(flow.A7, 40*time.Second, 21*time.Second, 500), compare.Amber},
		"a state given up on":       {answer(flow.A7, 61*time.Second, time.Second, 500), compare.Red},
		"a big state":               {answer(flow.A7, time.Second, 0, 11<<20), compare.Amber},
		"a state too big":           {answer(flow.A7, time.Second, 0, 101<<20), compare.Red},
		"our client waits":          {answer(flow.A8, time.Hour, 0, 0), compare.Green},
		"no answer": {&flow.Entry{Kind: flow.Failure, Step: flow.A5, Took: time.Hour,
			Failure: &client.Failure{Kind: client.FailedTimeout}}, compare.Green},
	} {
		t.Run(name, func(t *testing.T) {
			got, why := compare.Pace(flow.State{}, c.entry)
			if got != c.want || (why == "") != (got == compare.Green) {
				t.Errorf("%d %q, want %d", got, why, c.want)
			}
		})
	}
}
