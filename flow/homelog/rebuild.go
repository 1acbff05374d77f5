package homelog

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
)

// A moment is a request, or its answer.
type moment struct {
	at    time.Time
	x     *exchange
	ends  bool
	order int
}

type rebuilder struct {
	j     *Join
	own   string
	trace flow.Trace
	seqs  map[*exchange]int
}

// rebuild makes the trace of a join.
func (l *Log) rebuild(j *Join, tool string) flow.Trace {
	r := &rebuilder{j: j, own: l.ownName(j), seqs: map[*exchange]int{}}
	r.trace.Header = flow.Header{Created: j.Began.UTC(), Tool: tool, Source: flow.SourceImport, Joining: j.joining,
		User: j.User, Target: j.Target, Via: j.via, Form: flow.FormCurrent, SendTo: flow.SendToSame, LeftOut: flow.LeftOut}
	r.trace.Header.Imported = &flow.Imported{From: flow.FromLog, By: clip(l.Words()), Side: j.side, Missing: j.missing()}
	if j.side == sideJoining {
		r.trace.Header.Like = strings.ToLower(l.By)
	}
	r.asked()
	for _, m := range r.moments() {
		if m.ends {
			r.ended(m)
		} else {
			r.began(m)
		}
	}
	return r.trace
}

// ownName is the name of the server that was asked, where the log is its own: as it says, or as the room does.
func (l *Log) ownName(j *Join) string {
	if j.side != sideResident {
		return ""
	}
	for _, name := range []string{l.own, domainOf(j.Target), domainOf(j.Room)} {
		if _, err := client.ParseServerName(name); err == nil {
			return name
		}
	}
	return ""
}

func domainOf(id string) string { return client.Domain(id) }

// missing says what a log does not have.
func (j *Join) missing() []flow.Missing {
	out := []flow.Missing{flow.MissingDiscovery, flow.MissingTLS, flow.MissingWire, flow.MissingTried}
	if j.client == nil {
		out = append(out, flow.MissingClient)
	}
	return append(out, flow.MissingTemplate, flow.MissingJoin, flow.MissingBodies, flow.MissingOwnKey, flow.MissingKeys)
}

// asked takes in what the requests ask for.
func (r *rebuilder) asked() {
	h := &r.trace.Header
	for _, x := range r.j.parts {
		query := client.QueryOf(x.request.Target)
		switch x.request.Endpoint {
		case client.MakeJoin:
			if h.Offered == nil {
				h.Offered = query["ver"]
			}
		case client.SendJoinV2:
			if omit := query.Get("omit_members"); omit == "true" || omit == "false" {
				yes := omit == "true"
				h.Omit = &yes
			}
		}
	}
}

// moments puts requests and answers in order: those that follow one another by the lines of the log, and all by their
// times, which where the clock went back are those of the line before.
func (r *rebuilder) moments() []moment {
	parts := slices.Clone(r.j.parts)
	slices.SortStableFunc(parts, func(a, b *exchange) int { return cmp.Compare(a.place, b.place) })
	var out []moment
	var last, free time.Time // of what came before, and of what follows one another
	back := false
	for _, x := range parts {
		back = back || x.ended.Before(last)
		last = later(last, x.ended)
		began := x.began
		if step, _, _ := flow.ArrowOf(x.request.Endpoint); step != flow.R {
			began = later(began, free)
			if x.ended.After(began) || x.ended.Equal(began) {
				free = x.ended
			} else {
				began = x.ended
			}
		}
		out = append(out, moment{at: began, x: x, order: len(out)})
		if !x.gap {
			out = append(out, moment{at: x.ended, x: x, ends: true, order: len(out)})
		}
	}
	if !back {
		slices.SortStableFunc(out, func(a, b moment) int { return cmp.Or(a.at.Compare(b.at), a.order-b.order) })
	}
	if c := r.j.client; c != nil {
		out = slices.Insert(out, 0, moment{at: c.began, x: c})
		out = append(out, moment{at: c.ended, x: c, ends: true})
	}
	return out
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// append appends an entry, and gives its number.
func (r *rebuilder) append(at time.Time, e flow.Entry) int {
	e.Seq = len(r.trace.Entries) + 1
	e.At = min(max(at.Sub(r.trace.Header.Created), 0), longest)
	if e.Seq > 1 {
		e.At = max(e.At, r.trace.Entries[e.Seq-2].At)
	}
	r.trace.Entries = append(r.trace.Entries, e.Remembering())
	return e.Seq
}

// began appends a request, or a gap.
func (r *rebuilder) began(m moment) {
	x := m.x
	e := flow.Entry{Kind: flow.Request, Logged: &flow.Logged{Lines: x.asked, From: x.askedAt}}
	e.Step, e.From, e.To = flow.ArrowOf(x.request.Endpoint)
	e.Server = x.server
	switch {
	case e.Step == flow.A1:
	case e.Step == flow.R && (x.server == "") == (r.j.side == sideJoining):
		e.From, e.To = flow.Resident, flow.Joining // whoever asked for our key did not say who it is
		e.Server = r.own
	case r.j.side == sideResident:
		e.Server = r.own
	}
	if x.gap {
		e.Kind, e.Logged = flow.Gap, &flow.Logged{Lines: x.said}
		if len(x.said) > 0 {
			e.Logged.From = x.place
		}
		r.append(m.at, e)
		return
	}
	request := x.request
	e.Request = &request
	r.seqs[x] = r.append(m.at, e)
}

// ended appends an answer, or the gap where it would be.
func (r *rebuilder) ended(m moment) {
	x := m.x
	asked := r.trace.Entry(r.seqs[x])
	if asked == nil {
		return
	}
	e := flow.Entry{Kind: flow.Response, Step: flow.ResponseStep[asked.Step], From: asked.To, To: asked.From,
		Server: asked.Server, Answers: asked.Seq, Response: x.response, Failure: x.failure,
		Logged: &flow.Logged{Lines: x.said, From: x.place}}
	switch {
	case x.failure != nil:
		e.Kind = flow.Failure
	case x.response == nil:
		if asked.Step == flow.A1 && (r.j.over || x.answered) {
			r.append(m.at, flow.Entry{Kind: flow.Gap, Step: flow.A8, From: asked.To, To: asked.From, Logged: e.Logged})
		}
		return
	}
	seq := r.append(m.at, e)
	at := &r.trace.Entries[seq-1]
	at.Took = at.At - r.trace.Entries[asked.Seq-1].At
}
