package answer

import (
	"bytes"
	"errors"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
)

// wholeAnswers change an answer as a whole.
var wholeAnswers = []Mutation{{
	Name: "join-refused", Title: "send_join is refused", Steps: ofJoin,
	Teaches: "The resident judges the event anew when it comes: between template and join the room may have changed.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Refused, Finding: "not-invited",
		Why: "the resident says no"}),
	change: refusal(403, "M_FORBIDDEN", "You are not invited to this room."),
}, {
	Name: "broken-500", Title: "The server fails: 500", Steps: ofThree,
	Teaches: "A server that fails has not said no. After send_join nobody knows whether the join stands.",
	expected: at(map[flow.StepID]Expected{
		flow.A3: {Asks: Refuse, Outcome: flow.Refused, Finding: "directory-error", Why: "the directory server fails"},
		flow.A5: {Asks: Refuse, Outcome: flow.Refused, Finding: "unexplained-refusal", Why: "the resident server " +
			"fails"},
		flow.A7: {Asks: Refuse, Outcome: flow.Failed, Finding: "join-fate-unknown", Why: "whether the join stands " +
			"is not known"},
	}),
	change: refusal(500, "M_UNKNOWN", "Internal server error"),
}, {
	Name: "rate-limited", Title: "The server asks for patience: 429", Steps: ofThree,
	Teaches: "M_LIMIT_EXCEEDED is no refusal: the same request may be made later.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Refused, Finding: "rate-limited",
		Why: "the server has to be asked again later"}),
	change: func(d *Draft, k Known) error {
		d.Header = append(d.Header, client.Field{Name: "Retry-After", Value: "1"})
		return refusal(429, "M_LIMIT_EXCEEDED", "Too many requests")(d, k)
	},
}, {
	Name: "gateway", Title: "A gateway answers with a page: 502", Steps: ofThree,
	Teaches: "A page of HTML is the word of a proxy, not of the homeserver behind it.",
	expected: always(Expected{Asks: Refuse, Outcome: flow.Failed, Finding: "gateway-error",
		Why: "the answer is not the homeserver's"}),
	change: func(d *Draft, _ Known) error {
		d.Status, d.Header = 502, []client.Field{{Name: "Content-Type", Value: "text/html"}, {Name: "Server", Value: "nginx"}}
		d.Body = []byte("<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad " +
			"Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n")
		return nil
	},
}, {
	Name: "unrecognised", Title: "The endpoint is not there: 404 M_UNRECOGNIZED", Steps: ofThree,
	Teaches: "Only where version 2 of send_join is not there, version 1 is to be tried.",
	expected: at(map[flow.StepID]Expected{
		flow.A3: {Asks: Refuse, Outcome: flow.Refused, Finding: "endpoint-unrecognised", Why: "there is no such " +
			"endpoint"},
		flow.A5: {Asks: Refuse, Outcome: flow.Refused, Finding: "endpoint-unrecognised", Why: "there is no such " +
			"endpoint"},
		flow.A7: {Asks: Accept, Outcome: flow.Joined, Finding: "send-join-unrecognised", Why: "version 1 is tried, " +
			"and is there"},
	}),
	change: refusal(404, "M_UNRECOGNIZED", "Unrecognized request"),
}, {
	Name: "json-truncated", Title: "The JSON ends in the middle", Steps: ofThree,
	Teaches:  "The whole body came, as long as was announced: it is the server that wrote half of it.",
	expected: unreadable("the answer is no JSON"),
	change: func(d *Draft, _ Known) error {
		if len(d.Body) < 2 {
			return errors.New("the answer has no body")
		}
		d.Body = bytes.Clone(d.Body[:len(d.Body)/2])
		return nil
	},
}, {
	Name: "empty", Title: "The body is empty", Steps: ofThree,
	Teaches:  "200 and nothing else says nothing.",
	expected: unreadable("the answer is nothing"),
	change:   func(d *Draft, _ Known) error { d.Status, d.Body = 200, []byte{}; return nil },
}, {
	Name: "type-wrong", Title: "The Content-Type is text/plain", Steps: ofThree,
	Teaches: "Answers are application/json. Most clients read the body whatever the header says.",
	expected: always(Expected{Asks: Accept, Outcome: flow.Joined,
		Why: "the body is read whatever its header says"}),
	change: func(d *Draft, _ Known) error {
		d.Header = []client.Field{{Name: "Content-Type", Value: "text/plain"}}
		return nil
	},
}, {
	Name: "huge", Title: "The answer has 16 MiB of white space at its end", Steps: ofJoin,
	Teaches: "White space says nothing, and has to be read all the same. Answers to send_join may be large.",
	expected: always(Expected{Asks: Accept, Outcome: flow.Joined,
		Why: "white space around JSON says nothing"}),
	change: func(d *Draft, _ Known) error {
		d.Body = append(bytes.Clone(d.Body), bytes.Repeat([]byte(" "), padding)...)
		return nil
	},
}}

// padding is how much white space the largest answer has.
const padding = 16 << 20

// deliveries change how an answer is written.
var deliveries = []Mutation{{
	Name: "cut", Title: "The connection is closed in the middle of the body", Steps: ofThree,
	Teaches: "The announced length is longer than what came: the answer is none, however much of it can be read.",
	expected: at(map[flow.StepID]Expected{
		flow.A3: {Asks: Refuse, Outcome: flow.Failed, Finding: "connection-closed", Why: "not all of the answer came"},
		flow.A5: {Asks: Refuse, Outcome: flow.Failed, Finding: "connection-closed", Why: "not all of the answer came"},
		flow.A7: {Asks: Refuse, Outcome: flow.Failed, Finding: "truncated-answer", Why: "not all of the answer came"},
	}),
	change: func(d *Draft, _ Known) error {
		if len(d.Body) < 2 {
			return errors.New("the answer has no body")
		}
		d.Delivery.Cut = len(d.Body) / 2
		return nil
	},
}, {
	Name: "dropped", Title: "The connection is closed without an answer", Steps: ofThree,
	Teaches: "The work was done, and nobody is told. After send_join the room has the join, and the joining server " +
		"does not know.",
	expected: at(map[flow.StepID]Expected{
		flow.A3: {Asks: Refuse, Outcome: flow.Unreachable, Finding: "connection-closed", Why: "no answer came"},
		flow.A5: {Asks: Refuse, Outcome: flow.Unreachable, Finding: "connection-closed", Why: "no answer came"},
		flow.A7: {Asks: Refuse, Outcome: flow.Failed, Finding: "lost-answer", Why: "no answer came: whether the " +
			"join stands is not known"},
	}),
	change: func(d *Draft, _ Known) error { d.Delivery.Dropped = true; return nil },
}, {
	Name: "slow", Title: "The body comes in pieces over 20 seconds", Steps: ofThree,
	Teaches: "A large answer over a slow line looks like this. A deadline for the whole answer has to allow for it.",
	expected: always(Expected{Asks: Accept, Outcome: flow.Joined,
		Why: "all of the answer comes"}),
	change: func(d *Draft, _ Known) error { d.Delivery.Over = 20 * time.Second; return nil },
}}

// unreadable is what an answer leads to that cannot be read.
func unreadable(why string) func(*event.Version, flow.StepID) Expected {
	return at(map[flow.StepID]Expected{
		flow.A3: {Asks: Refuse, Outcome: flow.Invalid, Finding: "directory-answer-broken", Why: why},
		flow.A5: {Asks: Refuse, Outcome: flow.Failed, Finding: "template-unreadable", Check: "template_readable", Why: why},
		flow.A7: {Asks: Refuse, Outcome: flow.Invalid, Finding: "answer-incomplete", Check: "answer_shape", Why: why},
	})
}
