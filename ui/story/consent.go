package story

import "doorstep/flow"

// ConsentWords are the question before the join is sent, and what there is to know for an answer: what sending does,
// and how it is undone.
func ConsentWords(s flow.State) (question string, paras []string) {
	server := ""
	if step, ok := s.Next(); ok {
		server = step.Server
	}
	undo := "To be out again, run the same command with --leave instead of this (answer n), or later with --leave twice."
	if s.Header.Leave {
		undo = "--leave was given: the room is left again once the join is verified."
	}
	return "Send the join?", []string{
		"This is a real join: " + s.Header.User + " becomes a member of " + s.RoomID + ".",
		server + " takes it, and every server in the room is told.",
		undo,
		"So far the room does not know: no more than a protoevent was asked for.",
	}
}

// LeaveWords are the question about a leave that would end something else than our join.
func LeaveWords(s flow.State) (question string, paras []string) {
	return "Leave all the same?", []string{
		"Not left so far: " + s.HoldsLeave().Says() + ".",
		"y sends the leave all the same; n leaves things as they are.",
	}
}

// NextWords says what a step will send, and to whom, or what it will do.
func (l Phrases) NextWords(step flow.Step) string {
	if step.Request.Method == "" || step.Work != flow.Ask && step.Work != flow.ClientAsks {
		return step.Says()
	}
	what := step.Request.Method + " " + string(step.Request.Endpoint)
	if step.Server != "" {
		what += " " + l.To + " " + step.Server
	}
	return what + ": " + step.Says()
}
