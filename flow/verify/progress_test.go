package verify_test

import (
	"testing"
	"time"

	"doorstep/flow/verify"
)

// A verification that is given up ends with nothing, and the next of the same answer is as any other.
func TestVerificationGivenUp(t *testing.T) {
	r, a := bigRoom(t, "12", 3000)
	s := r.After(r.Body(a))
	want := s.Verify()
	in := s.Evidence()
	in.Progress = &verify.Progress{}
	done := make(chan *verify.Verification)
	go func() { done <- verify.Verify(in) }()
	for {
		if _, all := in.Progress.Signatures(); all > 0 {
			break
		}
		time.Sleep(100 * time.Microsecond)
	}
	in.Progress.Stop()
	if v := <-done; v != nil {
		t.Errorf("it was given up, and checked %d events", v.Counts.Events)
	}
	if verified, all := in.Progress.Signatures(); verified >= all {
		t.Errorf("it got to %d of %d", verified, all)
	}
	if v := verify.Verify(in); v == nil || v.Counts != want.Counts || len(v.Checks) != len(want.Checks) {
		t.Errorf("the next: %+v", v)
	}
}
