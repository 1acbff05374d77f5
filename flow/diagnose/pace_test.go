package diagnose_test

import (
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
)

func TestPace(t *testing.T) {
	answer := func(step flow.StepID, took, first time.Duration, size int) *flow.Entry {
		return &flow.Entry{Kind: flow.Response, Step: step, Took: took, Response: &client.Response{Status: 200,
			Body: make([]byte, size)},
			Connection: &client.Connection{Timings: client.Timings{FirstByte: first}}}
	}
	for name, c := range map[string]struct {
		entry *flow.Entry
		want  diagnose.Light
	}{
		"a quick directory":         {answer(flow.A3, time.Second, 0, 80), diagnose.Green},
		"a slow directory":          {answer(flow.A3, 3*time.Second, 0, 80), diagnose.Amber},
		"a directory given up on":   {answer(flow.A3, 11*time.Second, 0, 80), diagnose.Red},
		"a template in time":        {answer(flow.A5, 4*time.Second, 0, 500), diagnose.Green},
		"a slow template":           {answer(flow.A5, 6*time.Second, 0, 500), diagnose.Amber},
		"a template given up on":    {answer(flow.A5, 21*time.Second, 0, 500), diagnose.Red},
		"a state that takes time":   {answer(flow.A7, 40*time.Second, 19*time.Second, 500), diagnose.Green},
		"a state long thought over": {answer(flow.A7, 40*time.Second, 21*time.Second, 500), diagnose.Amber},
		"a state given up on":       {answer(flow.A7, 61*time.Second, time.Second, 500), diagnose.Red},
		"a big state":               {answer(flow.A7, time.Second, 0, 11<<20), diagnose.Amber},
		"a state too big":           {answer(flow.A7, time.Second, 0, 101<<20), diagnose.Red},
		"our client waits":          {answer(flow.A8, time.Hour, 0, 0), diagnose.Green},
		"no answer": {&flow.Entry{Kind: flow.Failure, Step: flow.A5, Took: time.Hour,
			Failure: &client.Failure{Kind: client.FailedTimeout}}, diagnose.Green},
	} {
		t.Run(name, func(t *testing.T) {
			got, why := diagnose.Pace(flow.State{}, c.entry)
			if got != c.want || (why == "") != (got == diagnose.Green) {
				t.Errorf("%d %q, want %d", got, why, c.want)
			}
		})
	}
}
