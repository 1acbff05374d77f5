package compare

import (
	"cmp"
	"strconv"
	"strings"

	"doorstep/client"
	"doorstep/flow"
)

// row compares two exchanges; one of them may be missing.
func (c *comparer) row(x, y *Exchange) StepRow {
	one := cmp.Or(x, y)
	s := one.sort()
	r := StepRow{ID: s.id, Work: s.work, A: x, B: y, Differences: []Difference{}, Asides: []Difference{}}
	if one.Entry.Request != nil {
		r.Endpoint = one.Entry.Request.Endpoint
	}
	if x == nil || y == nil {
		return r
	}
	w := rowWork{c, &r, x, y}
	w.asked()
	w.work()
	w.answered()
	r.Differences = c.grouped(r.Differences)
	return r
}

// asked compares two requests.
func (w rowWork) asked() {
	ra, rb := w.x.Entry.Request, w.y.Entry.Request
	if ra == nil || rb == nil {
		return
	}
	w.fact(PartAsked, "", ra.Method+" "+string(ra.Endpoint), rb.Method+" "+string(rb.Endpoint))
	pathA, queryA, _ := strings.Cut(ra.Target, "?")
	pathB, queryB, _ := strings.Cut(rb.Target, "?")
	if ra.Endpoint == rb.Endpoint {
		w.documents(PartAsked, "", segments(pathA), segments(pathB))
	}
	w.documents(PartQuery, "", parameters(queryA), parameters(queryB))
	if w.x.built(w.a.State) && w.y.built(w.b.State) {
		return // as it was signed: told there
	}
	w.documents(PartSent, "", body(ra.Body), body(rb.Body))
}

// work compares two pieces of local work.
func (w rowWork) work() {
	ea, eb := w.x.Entry, w.y.Entry
	switch {
	case ea.Discovery != nil && eb.Discovery != nil:
		w.discovery(ea.Discovery, eb.Discovery)
	case ea.Build != nil && eb.Build != nil:
		w.names.pair(anEvent, ea.Build.EventID, eb.Build.EventID)
		w.documents(PartEvent, "", body(ea.Build.Event), body(eb.Build.Event))
	case ea.Unknown != nil && eb.Unknown != nil:
		w.documents(PartBody, "", ea.Unknown, eb.Unknown)
	}
}

// discovery compares how two names led to addresses: by which rules, to how many, or why to none.
func (w rowWork) discovery(a, b *client.Discovery) {
	rules := func(d *client.Discovery) string {
		var out []string
		for _, s := range d.Steps {
			if s.Used {
				out = append(out, string(s.Rule))
			}
		}
		return strings.Join(out, ", ")
	}
	failed := func(d *client.Discovery) string {
		if d.Failure == nil {
			return ""
		}
		return strings.Trim(string(d.Failure.Kind)+" "+string(d.Failure.Reason), " ")
	}
	w.fact(PartDiscovery, "/rules", rules(a), rules(b))
	w.fact(PartDiscovery, "/addresses", strconv.Itoa(len(a.Destinations)), strconv.Itoa(len(b.Destinations)))
	w.fact(PartDiscovery, "/failure", failed(a), failed(b))
	for i := range min(len(a.Destinations), len(b.Destinations)) {
		w.names.pair(anAddress, a.Destinations[i].Address, b.Destinations[i].Address)
	}
}

// answered compares what came of two requests.
func (w rowWork) answered() {
	if w.x.Entry.Kind == flow.Local {
		return
	}
	w.fact(PartStatus, "", w.x.status(), w.y.status())
	a, b := w.x.Answered, w.y.Answered
	if a == nil || b == nil {
		return
	}
	if a.Connection != nil && b.Connection != nil && w.x.Entry.From == flow.Joining {
		w.names.pair(anAddress, a.Connection.Address, b.Connection.Address)
	}
	w.fact(PartFailure, "", w.x.failure(), w.y.failure())
	la, saysA := Pace(w.a.State, a)
	lb, saysB := Pace(w.b.State, b)
	if la != lb {
		w.fact(PartPace, "", saysA, saysB)
	}
	w.took(a, b, la != lb)
	if a.Response == nil || b.Response == nil {
		return
	}
	w.fact(PartType, "", mediaType(a.Response), mediaType(b.Response))
	if succeeds(a.Response) == succeeds(b.Response) {
		w.bodies(a, b)
	} else { // a refusal and a success have nothing in common; what the refusal says is worth telling
		w.fact(PartBody, "/errcode", w.x.Errcode, w.y.Errcode)
		w.fact(PartBody, "/error", w.x.Error, w.y.Error)
	}
}
