package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/ui/story"
)

// Of an answer that broke off, the events that came whole are shown, with a notice of how much that is; it is not
// verified. One whose announced length is too small says that there was more.
func TestPartOfAnAnswer(t *testing.T) {
	whole := recorded(t, "joined")
	n := until(t, whole, flow.A7, flow.Response)
	answer := whole.Entries[n-1]
	body := answer.Response.Body
	cut := strings.LastIndex(string(body), `{"auth_events"`) + 5
	part := *answer.Response
	part.Header = append(slices.DeleteFunc(slices.Clone(part.Header), func(f client.Field) bool {
		return f.Name == "Content-Length"
	}), client.Field{Name: "Content-Length", Value: fmt.Sprint(len(body))})
	part.Body = body[:cut]
	trace := whole.Prefix(n - 1)
	trace.Entries = append(slices.Clone(trace.Entries), flow.Entry{Seq: n, At: answer.At, Took: answer.Took,
		Kind: flow.Failure, Step: flow.A7, From: answer.From, To: answer.To, Server: answer.Server, Answers: answer.Answers,
		Response: &part, Connection: answer.Connection, Failure: &client.Failure{Kind: client.FailedClosed,
			Part: client.PartBody, Message: "the connection was closed while reading the response"}}.Remembering())
	s := replaying(t, 200, 50, trace, -1, Options{})
	_, events := flow.WholeEvents(part.Body)
	s.press("1").shows(fmt.Sprintf("%s of %s arrived, %d events whole:",
		story.Size(cut), story.Size(len(body)), events)).shows("to send_join broke off")
	if s.m.screen.latest.Verification != nil || s.m.screen.latest.Reply != nil {
		t.Error("a part was taken for an answer")
	}

	excess := *answer.Response
	excess.Excess = 7
	trace.Entries[n-1] = answer
	trace.Entries[n-1].Response = &excess
	replaying(t, 200, 50, trace, -1, Options{}).press("1").shows("more came than the")
}
