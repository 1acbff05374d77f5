package sandbox

import (
	"context"
	"slices"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/live"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/verify"
)

// A server that keeps its keys back holds nobody up, and what it signed is not checked. Asked again it gives them: the
// answer is verified again, and what was told of the handshake before stays as it was.
func TestKeysAskedForAgain(t *testing.T) {
	s := scenario(t, "key-fetch-hangs")
	run, stop, err := Join(t.Context(), s, engine.JoinOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	run.Finish(t.Context())
	before := run.Trace()
	lacking := flow.Fold(before)
	unchecked := lacking.Verification.Tally(verify.KindSignature).NotChecked
	if lacking.Outcome() != flow.Joined || unchecked == 0 {
		t.Fatalf("%s, %d signatures not checked", lacking.Outcome(), unchecked)
	}
	if _, why := lacking.KeysAgain(); why != "" {
		t.Fatal(why)
	}
	if !run.Again(t.Context()) {
		t.Fatal("nothing was asked")
	}
	again := flow.Fold(run.Trace())
	if n := again.Verification.Tally(verify.KindSignature).NotChecked; n != 0 || again.Outcome() != flow.Joined {
		t.Errorf("%s, %d signatures not checked", again.Outcome(), n)
	}
	if _, why := again.KeysAgain(); why != "no key is missing" || run.Again(t.Context()) {
		t.Errorf("asked a third time: %q", why)
	}
	if back := flow.Fold(run.Trace().Prefix(len(before.Entries))); back.Verification != lacking.Verification {
		t.Error("what was known before is verified with the keys of later")
	}
}

// Whoever gives up on asking again ends nothing by it.
func TestKeysAskedForAgainAndGivenUp(t *testing.T) {
	s := scenario(t, "key-fetch-hangs")
	s.Faults = slices.Clone(s.Faults) // other tests run the scenario too
	s.Faults[0].Times = 2
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	asked := 0
	run, stop, err := Join(t.Context(), s, engine.JoinOptions{OnRun: func(r *live.Run) error {
		r.Sink(func(_ flow.Trace, e *flow.Entry) error {
			if e.Kind == flow.Request && e.From == flow.Joining && e.Server == engine.OtherName &&
				e.Request.Endpoint == client.ServerKeys {
				if asked++; asked == 2 {
					cancel(flow.ByUser)
				}
			}
			return nil
		})
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	run.Finish(t.Context())
	begun := time.Now()
	run.Again(ctx)
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("giving up took %v", took)
	}
	after := flow.Fold(run.Trace())
	if after.Outcome() != flow.Joined || after.Verification == nil || asked != 2 {
		t.Errorf("%s after %d questions: %+v", after.Outcome(), asked, after.Stopped)
	}
	// Two questions hang. One that was given up before it reached the server is none of them: then one more does.
	unchecked := func() int { return flow.Fold(run.Trace()).Verification.Tally(verify.KindSignature).NotChecked }
	asksAgain := run.Again(t.Context())
	if asksAgain && unchecked() != 0 {
		asksAgain = run.Again(t.Context())
	}
	if !asksAgain || unchecked() != 0 {
		t.Error("the keys were not asked for a third time")
	}
}
