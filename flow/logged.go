package flow

import (
	"strings"

	"doorstep/client"
	"doorstep/flow/response"
)

// Logged reports whether a trace was made of a homeserver's log: it ends where that ends.
func (h Header) Logged() bool { return h.Imported != nil && h.Imported.From == FromLog }

// Lacks says that what a trace was made of does not hold something.
func (h Header) Lacks(what string) string { return h.lacks() + " " + what }

func (h Header) lacks() string {
	switch h.Source {
	case SourceTap:
		return "the tap did not see"
	case SourceHost:
		return "the servers that were asked did not see"
	}
	return "the imported file lacks"
}

// LoggedBy names the homeserver that wrote the log a trace was made of, without its version.
func (h Header) LoggedBy() string {
	name, _, _ := strings.Cut(h.Imported.By, " ")
	if name == "" {
		return "the homeserver"
	}
	return name
}

// unseenSuccess reports whether an answer is known to be a success and nothing is known of what it holds.
func (e *Entry) unseenSuccess() bool {
	return e.Kind == Response && e.Response.Unseen && response.Succeeds(e.Response)
}

// logged takes in an answer whose body no log line holds: that it came, and that it was a success.
func (s *State) logged(e *Entry) {
	switch e.Step {
	case A3:
		s.lookedUp = true
	case A5:
		s.sawAnswer = true
		if s.at < len(s.Candidates) {
			c := &s.Candidates[s.at]
			c.Answer, c.Tried, c.answered = e.Seq, true, true
		}
	case A8:
		s.Done, s.Stopped = true, nil // what was tried before came to nothing, and this to something
		s.toldJoined = true
	}
}

// namedRoom takes the room from the path of a request where nothing said before which one an alias names.
func (s *State) namedRoom(r *client.Request) {
	if !s.Header.Logged() || s.RoomID != "" {
		return
	}
	if e, names := client.EndpointOf(r.Method, r.Target); e == client.MakeJoin {
		s.RoomID = names[0]
	}
}

// outcomeByLog is the outcome of a trace that was made of a log: what that says of the join, which nobody can check.
func (s State) outcomeByLog() (Outcome, bool) {
	if !s.Header.Logged() {
		return "", false
	}
	if s.toldJoined || s.fate == FateAccepted && s.Stopped == nil && !s.Done {
		return Joined, true
	}
	return "", false
}

// JoinedByLog reports whether a log says that the join succeeded. Nothing of it was verified.
func (s State) JoinedByLog() bool {
	o, ok := s.outcomeByLog()
	return ok && o == Joined
}
