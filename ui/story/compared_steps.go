package story

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/compare"
	"doorstep/flow/explain"
	"doorstep/flow/wording"
	"doorstep/render"
)

// comparedStep is the row of an exchange, or of local work.
func (l Phrases) comparedStep(s compare.StepRow) ComparedRow {
	r := ComparedRow{Group: ComparedSteps, A: l.exchangeWords(s.A), B: l.exchangeWords(s.B)}
	r.Name, r.Sort = l.comparedName(s)
	if x := cmp.Or(s.A, s.B); x != nil {
		r.About = PointAt(explain.StepAt(flow.Trace{}, x.Entry)) // a request or work: no other entry is looked at
	}
	switch {
	case s.B == nil:
		r.Differs = "only A"
		return r
	case s.A == nil:
		r.Differs = "only B"
		return r
	}
	r.Changes = comparedChanges(s)
	r.Asides = asideChanges(s)
	r.Differs = differsWords(s.Differences)
	r.Quiet = "alike"
	if s.Follows > 0 {
		r.Quiet = fmt.Sprintf("alike but for %s copied from before", wording.Count(s.Follows, "difference"))
	}
	return r
}

// comparedName says what a step is: its code, and what is asked or done; of what lies under an arrow also of whom. sort
// is that without the server.
func (l Phrases) comparedName(s compare.StepRow) (name, sort string) {
	x := s.A
	if x == nil {
		x = s.B
	}
	what := string(s.Work)
	switch e := x.Entry; {
	case e.Request != nil:
		what = strings.Join(l.comparedAsk(e.Request), " ")
	case s.Work == compare.Resolves:
		what = "resolve"
	case s.Work == compare.Builds:
		what = "fill in, hash, sign"
	case s.Work == compare.BuildLeave:
		what = "fill in, hash, sign the leave"
	case s.Work == compare.Verifies:
		what = "verify the answer"
	case s.Work == compare.CalledUs:
		what = "a call to us"
	}
	sort = strings.TrimSpace(string(s.ID) + " " + what)
	if s.ID != flow.R || x.Server == "" {
		return sort, sort
	}
	if x.Entry.Kind == flow.Request && x.To == flow.Joining {
		sort += " by"
	}
	return sort + " " + x.Server, sort
}

// comparedAsk is askWords without what differs from run to run.
func (l Phrases) comparedAsk(r *client.Request) []string {
	if r.Endpoint == client.ClientJoin {
		return []string{"join"}
	}
	return l.askWords(r)
}

// exchangeWords says what came of an exchange, and how long it took.
func (l Phrases) exchangeWords(x *compare.Exchange) string {
	if x == nil {
		return ""
	}
	var words []string
	switch {
	case x.Failed != "":
		words = append(words, l.FailureWords(&flow.Entry{Failure: x.Answered.Failure})[0])
	case x.Status > 0:
		words = append(words, fmt.Sprint(x.Status))
		if x.Errcode != "" {
			words = append(words, x.Errcode)
		}
	case x.Entry.Kind == flow.Request:
		words = append(words, "no answer")
	case x.Entry.Discovery != nil && len(x.Entry.Discovery.Destinations) == 0:
		words = append(words, "no address")
	}
	if x.TookMS > 0 {
		words = append(words, render.Duration(time.Duration(x.TookMS*float64(time.Millisecond))))
	}
	if len(words) == 0 {
		return "done"
	}
	return strings.Join(words, " ")
}
