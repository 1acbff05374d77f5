package compare

import (
	"strconv"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
)

// Work is what a step is where it is no request of ours.
type Work string

// The sorts of work.
const (
	Resolves   Work = "resolve"
	Builds     Work = "build"
	BuildLeave Work = "build_leave"
	Verifies   Work = "verify"
	CalledUs   Work = "called_us" // a connection to us that brought no request
	Unknown    Work = "unknown"   // an entry of a kind that this version does not know
)

// An Exchange is one side of a row: what was asked, by its entry, and what came of it.
type Exchange struct {
	Seq     int       `json:"seq"`              // of the request, or of the work
	Answer  int       `json:"answer,omitempty"` // entry of the answer; 0: there is none
	From    flow.Role `json:"from"`
	To      flow.Role `json:"to"`
	Server  string    `json:"server"`
	Attempt int       `json:"attempt,omitempty"`
	Of      int       `json:"of,omitempty"`
	Status  int       `json:"status,omitempty"`
	Errcode string    `json:"errcode,omitempty"`
	Error   string    `json:"error,omitempty"` // of the answer, or why there is none
	Failed  string    `json:"failed,omitempty"`
	TookMS  float64   `json:"took_ms"`
	Bytes   int       `json:"bytes,omitempty"` // of the answer's body

	Entry    *flow.Entry `json:"-"` // of the request, or of the work
	Answered *flow.Entry `json:"-"` // by which entry; of work and of connections to us the same as Entry; nil: by none
}

// exchanges are those of a trace, in order.
func exchanges(t flow.Trace) []*Exchange {
	answers := t.Answers()
	var out []*Exchange
	for i := range t.Entries {
		e := &t.Entries[i]
		if e.Answers > 0 && t.Entry(e.Answers) != nil && answers[e.Answers] == e {
			continue // told with its request
		}
		x := &Exchange{Seq: e.Seq, From: e.From, To: e.To, Server: e.Server, Attempt: e.Attempt, Of: e.Of, Entry: e,
			TookMS: flow.Milliseconds(e.Took)}
		if x.Answered = answers[e.Seq]; x.Answered == nil && e.Kind != flow.Request {
			x.Answered = e
		}
		x.told()
		out = append(out, x)
	}
	return out
}

// told takes over what came of the exchange.
func (x *Exchange) told() {
	a := x.Answered
	if a == nil || a.Kind == flow.Local {
		return
	}
	if x.Answer = a.Seq; x.Answer == x.Seq {
		x.Answer = 0
	}
	x.TookMS = flow.Milliseconds(a.Took)
	if a.Response != nil {
		x.Status, x.Bytes = a.Response.Status, len(a.Response.Body)
		if r := response.Unlisted(a.Response); !response.Succeeds(r) {
			f := response.RefusalOf(r)
			x.Errcode, x.Error = f.Errcode, f.Message
		}
	}
	if a.Failure != nil {
		x.Failed, x.Error = string(a.Failure.Kind), a.Failure.Message
	}
}

// A sort is what two exchanges have to have in common to be the same step.
type sort struct {
	id       flow.StepID
	endpoint client.Endpoint
	work     Work
	inward   bool // somebody asks us
}

func (x *Exchange) sort() sort {
	e := x.Entry
	s := sort{id: e.Step, inward: e.To == flow.Joining && e.From != flow.Joining}
	switch {
	case e.Kind == flow.Request && e.Request != nil:
		if s.endpoint = e.Request.Endpoint; s.id != flow.R { // the endpoints of one arrow are forms of it
			s.endpoint = ""
		}
	case e.Discovery != nil:
		s.work = Resolves
	case e.Build != nil && e.Build.Membership == "leave":
		s.work = BuildLeave
	case e.Kind == flow.Local && e.Step == flow.L1:
		s.work = Builds
	case e.Kind == flow.Local && e.Step == flow.L2:
		s.work = Verifies
	case e.Kind == flow.Failure:
		s.work = CalledUs
	default:
		s.work = Unknown
	}
	return s
}

// built reports whether a request carries the event as it was built.
func (x *Exchange) built(s flow.State) bool {
	b := s.Of(x.Entry).Build
	return b != nil && (x.Entry.Step == flow.A6 || x.Entry.Step == flow.U3) &&
		string(x.Entry.Request.Body) == string(b.Event)
}

// status is that of the answer; empty where there is none.
func (x *Exchange) status() string {
	if x.Answered == nil || x.Answered.Response == nil {
		return ""
	}
	return strconv.Itoa(x.Answered.Response.Status)
}

// failure is why there is no whole answer; empty where there is one.
func (x *Exchange) failure() string {
	f := x.Answered.Failure
	if f == nil {
		return ""
	}
	words := []string{string(f.Kind)}
	for _, more := range []string{string(f.Reason), string(f.Part), string(f.Alert)} {
		if more != "" {
			words = append(words, more)
		}
	}
	return strings.Join(words, " ")
}

func succeeds(r *client.Response) bool { return response.Succeeds(response.Unlisted(r)) }

func mediaType(r *client.Response) string { return headerField(r.Header, "Content-Type") }

func headerField(fields []client.Field, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}
