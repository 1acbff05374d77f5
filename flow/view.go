package flow

import (
	"slices"
	"strings"

	"doorstep/client"
)

// A view is a trace as the catalogue looks at it: the state it leads to, and its entries by what they tell.
type view struct {
	State
	trace   Trace
	answers []*Entry // responses and failures of our own requests, in order
	inbound []*Entry // requests that reached our listener, in order
}

func newView(t Trace) *view {
	v := &view{State: Fold(t), trace: t}
	for i := range t.Entries {
		e := &t.Entries[i]
		switch {
		case (e.Kind == Response || e.Kind == Failure) && e.Answers > 0 && e.To == Joining:
			v.answers = append(v.answers, e)
		case e.Kind == Request && e.To == Joining && e.Step == R:
			v.inbound = append(v.inbound, e)
		}
	}
	return v
}

// at returns the answers of those steps that ok accepts, by Seq.
func (v *view) at(ok func(*Entry) bool, steps ...StepID) []int {
	var out []int
	for _, e := range v.answers {
		if slices.Contains(steps, e.Step) && ok(e) {
			out = append(out, e.Seq)
		}
	}
	return out
}

// refused accepts answers with that status (0: any from 300 on), one of the errcodes (none: any) and one of the words in
// the error text (none: any). Words are in lower case.
func refused(status int, errcodes []string, words ...string) func(*Entry) bool {
	return func(e *Entry) bool {
		if e.Response == nil || e.Response.Status < 300 || status != 0 && e.Response.Status != status {
			return false
		}
		f := refusalOf(e.Response)
		if len(errcodes) > 0 && !slices.Contains(errcodes, f.Errcode) {
			return false
		}
		return len(words) == 0 || says(f.Message, words...)
	}
}

// says reports whether text holds one of the words, whatever its case.
func says(text string, words ...string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

// failed accepts exchanges that ended in one of those ways without a whole answer.
func failed(kinds ...client.FailureKind) func(*Entry) bool {
	return func(e *Entry) bool { return e.Failure != nil && slices.Contains(kinds, e.Failure.Kind) }
}

// noAnswer accepts exchanges without a whole answer, whatever the reason.
func noAnswer(e *Entry) bool { return e.Failure != nil }

// request returns the request that e answers.
func (v *view) request(e *Entry) *Entry { return v.trace.Entry(e.Answers) }

// header returns the value of a header field, whatever the case of its name; empty when there is none.
func header(fields []client.Field, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// checked returns the answer to send_join, by Seq, where a check of one of those IDs has one of those outcomes.
func (v *view) checked(outcomes []CheckOutcome, ids ...string) []int {
	if v.Verification == nil {
		return nil
	}
	for _, c := range v.Verification.Checks {
		if slices.Contains(ids, c.ID) && slices.Contains(outcomes, c.Outcome) {
			return []int{v.Reply.Seq}
		}
	}
	return nil
}
