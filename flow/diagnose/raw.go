package diagnose

import (
	"slices"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
)

// RawFindings returns what an answer shows that was verified without its handshake: s is what VerifyRaw made of it.
// There are no entries to rest on, so Evidence is empty, and what only a handshake tells is not looked for.
func RawFindings(s flow.State) []Finding {
	v := rawView(s)
	causes := slices.Concat(answerCauses, eventCauses)
	if refused := s.Verification == nil; refused {
		causes = slices.Concat(requestCauses, makeJoinCauses, buildCauses, sendJoinCauses, lastCauses)
	} else if s.Reply.Problem != "" {
		causes = slices.Concat(webCauses, answerCauses)
	}
	found := v.findings(causes)
	for i := range found {
		found[i].Evidence = []int{}
		if found[i].Step == "" || s.Verification != nil {
			found[i].Step = flow.A7
		}
	}
	return found
}

// rawView is a view of s with the one exchange there was: what was asked is not known, and the answer is what came
// back.
func rawView(s flow.State) *view {
	t := flow.Trace{Header: s.Header, Entries: []flow.Entry{
		{Seq: 1, Kind: flow.Request, Step: flow.A6, From: flow.Joining, To: flow.Resident,
			Request: &client.Request{Endpoint: client.SendJoinV2}},
		{Seq: 2, Kind: flow.Response, Step: flow.A7, From: flow.Resident, To: flow.Joining, Answers: 1, Response: rawResponse(s)},
	}}
	for i := range t.Entries {
		t.Entries[i] = t.Entries[i].Remembering()
	}
	if s.Stopped != nil && s.Stopped.Outcome != flow.Verified {
		stopped := *s.Stopped
		stopped.Seq = 2
		s.Stopped = &stopped
	} else {
		s.Stopped = nil
	}
	if s.Reply != nil {
		s.Reply = s.Reply.At(2)
	}
	return &view{State: s, trace: t, answers: []*flow.Entry{&t.Entries[1]}, explained: map[int]bool{}}
}

// rawResponse is the answer as it would have come: a refusal in the list of v1 has its status in there.
func rawResponse(s flow.State) *client.Response {
	if u, problem := response.UnwrapV1(s.Reply.Body); problem == "" && u.List && u.Status != 200 {
		return &client.Response{Status: u.Status, Body: u.Object}
	}
	return &client.Response{Status: 200, Body: s.Reply.Body}
}
