package tour

import (
	"fmt"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow"
)

// A Selector names an entry of a trace: the first of a step, a kind, a role that sends it, a server, and an endpoint,
// each of which but the step may be left out, as in "A5 response", "R request resident", "R local resident.example", "R
// response key/query". In "the last A5 response" it is the last one.
type Selector struct {
	Last     bool
	Step     flow.StepID
	Kind     flow.Kind
	From     flow.Role
	Server   string
	Endpoint client.Endpoint

	text string
}

// String is the selector as it is written in a file.
func (s Selector) String() string { return s.text }

// MarshalText writes it as a file has it.
func (s Selector) MarshalText() ([]byte, error) { return []byte(s.text), nil }

var (
	steps = []flow.StepID{flow.A1, flow.A2, flow.A3, flow.A4, flow.A5, flow.L1, flow.A6, flow.A7, flow.L2, flow.A8, flow.R}
	kinds = []flow.Kind{flow.Request, flow.Response, flow.Failure, flow.Local}
	roles = []flow.Role{flow.Client, flow.Joining, flow.Directory, flow.Resident}
	// endpoints are those of R: every other step has its own.
	endpoints = []client.Endpoint{client.ServerKeys, client.NotaryQuery, client.StateIDs}
)

// ParseSelector reads a selector.
func ParseSelector(text string) (Selector, error) {
	s := Selector{text: text}
	words := strings.Fields(text)
	if len(words) > 2 && words[0] == "the" && words[1] == "last" {
		s.Last, words = true, words[2:]
	}
	if len(words) == 0 || !slices.Contains(steps, flow.StepID(words[0])) {
		return s, fmt.Errorf("%q names no step", text)
	}
	s.Step = flow.StepID(words[0])
	for _, w := range words[1:] {
		switch {
		case s.Kind == "" && slices.Contains(kinds, flow.Kind(w)):
			s.Kind = flow.Kind(w)
		case s.From == "" && slices.Contains(roles, flow.Role(w)):
			s.From = flow.Role(w)
		case s.Server == "" && strings.Contains(w, "."):
			s.Server = w
		case s.Endpoint == "" && slices.Contains(endpoints, client.Endpoint(w)):
			s.Endpoint = client.Endpoint(w)
		default:
			return s, fmt.Errorf("%q is no kind of entry, no role, no server and no endpoint", w)
		}
	}
	return s, nil
}

// In returns the entry that is selected; nil while there is none.
func (s Selector) In(t flow.Trace) *flow.Entry {
	var found *flow.Entry
	for i := range t.Entries {
		e := &t.Entries[i]
		if e.Step != s.Step || s.Kind != "" && e.Kind != s.Kind || s.From != "" && e.From != s.From ||
			s.Server != "" && e.Server != s.Server || s.Endpoint != "" && endpointOf(t, e) != s.Endpoint {
			continue
		}
		found = e
		if !s.Last {
			break
		}
	}
	return found
}

// endpointOf is what the request of an entry is for, or the one that it answers; empty where that is none.
func endpointOf(t flow.Trace, e *flow.Entry) client.Endpoint {
	if asked := t.Entry(e.Answers); asked != nil {
		e = asked
	}
	if e.Request == nil {
		return ""
	}
	return e.Request.Endpoint
}

// bodyOf is the JSON that an entry holds: what was sent, what came, or the event that was made.
func bodyOf(e *flow.Entry) []byte {
	switch {
	case e.Build != nil:
		return e.Build.Event
	case e.Response != nil:
		return e.Response.Body
	case e.Request != nil:
		return e.Request.Body
	}
	return nil
}
