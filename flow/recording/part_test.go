package recording_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
)

// What came of an answer that broke off is in the recording byte for byte, also where it was cut within a character;
// and so is how much came beyond an announced length.
func TestPartIsRecorded(t *testing.T) {
	s := flowtest.NewScript(nil).Joins()
	for _, body := range []string{"", `{"state":[`, "{\"a\":\"\xc3", "\x1f\x8b\x08\x00\xff"} {
		asked := s.Add(flow.Entry{Kind: flow.Request, Step: flow.A4, From: flow.Joining, To: flow.Resident,
			Server: "a.example", Request: &client.Request{Endpoint: client.MakeJoin, Method: "GET", Target: "/"}})
		s.Add(flow.Entry{Kind: flow.Failure, Step: flow.A5, From: flow.Resident, To: flow.Joining, Server: "a.example",
			Answers: asked, Failure: &client.Failure{Kind: client.FailedClosed, Part: client.PartBody, Message: "closed"},
			Response: &client.Response{Status: 200, Body: []byte(body), Excess: len(body)}})
	}
	var b bytes.Buffer
	if err := recording.Write(&b, s.Trace); err != nil {
		t.Fatal(err)
	}
	again, err := recording.Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Trace.Entries {
		want, got := &s.Trace.Entries[i], &again.Entries[i]
		wantPart, cut := want.Part()
		if gotPart, gotCut := got.Part(); gotPart != wantPart || gotCut != cut {
			t.Errorf("entry %d: %+v %t, want %+v %t", i+1, gotPart, gotCut, wantPart, cut)
		}
		if d := cmp.Diff(want.Response, got.Response); cut && d != "" {
			t.Errorf("entry %d (-want +got):\n%s", i+1, d)
		}
	}
}
