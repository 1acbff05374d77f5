package client

import "time"

// Limits bound what one exchange may cost. An endpoint without a row takes Body and Deadline; where those are zero too,
// DefaultLimits decide.
type Limits struct {
	Head       int64                      // bytes of status line and header fields
	Body       int64                      // bytes of a body, where BodyOf has no row
	BodyOf     map[Endpoint]int64         // bytes of a body
	Deadline   time.Duration              // from dialling to the last byte, where DeadlineOf has no row
	DeadlineOf map[Endpoint]time.Duration // from dialling to the last byte
}

const (
	kiB = 1 << 10
	miB = 1 << 20
)

// DefaultLimits are what is used where nothing else is asked for: patient enough to see a slow join through.
var DefaultLimits = Limits{
	Head:       64 * kiB,
	Body:       100 * miB,
	BodyOf:     map[Endpoint]int64{SendJoinV1: 500 * miB, SendJoinV2: 500 * miB, WellKnown: 50 * kiB, ServerKeys: miB, UserDevices: miB},
	Deadline:   30 * time.Second,
	DeadlineOf: map[Endpoint]time.Duration{SendJoinV1: 5 * time.Minute, SendJoinV2: 5 * time.Minute, ClientJoin: 10 * time.Minute},
}

// SynapseLimits and DendriteLimits are the deadlines and sizes with which those servers join, so that a join can be seen
// to fail where theirs does.
var (
	SynapseLimits = Limits{
		Deadline: 60 * time.Second,
		DeadlineOf: map[Endpoint]time.Duration{
			QueryDirectory: 10 * time.Second, MakeJoin: 20 * time.Second,
			SendJoinV1: 60 * time.Second, SendJoinV2: 60 * time.Second, ClientJoin: 10 * time.Minute,
		},
	}
	DendriteLimits = Limits{
		Deadline: 30 * time.Second,
		DeadlineOf: map[Endpoint]time.Duration{
			SendJoinV1: 5 * time.Minute, SendJoinV2: 5 * time.Minute, ClientJoin: 10 * time.Minute,
		},
	}
)

// of returns the limits of one endpoint.
func (l Limits) of(e Endpoint) (head, body int64, deadline time.Duration) {
	head, body, deadline = DefaultLimits.Head, DefaultLimits.BodyOf[e], DefaultLimits.DeadlineOf[e]
	if body == 0 {
		body = DefaultLimits.Body
	}
	if deadline == 0 {
		deadline = DefaultLimits.Deadline
	}
	if l.Head > 0 {
		head = l.Head
	}
	if n := l.BodyOf[e]; n > 0 {
		body = n
	} else if l.Body > 0 {
		body = l.Body
	}
	if d := l.DeadlineOf[e]; d > 0 {
		deadline = d
	} else if l.Deadline > 0 {
		deadline = l.Deadline
	}
	return head, body, deadline
}
