package story

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/compare"
	"doorstep/flow/diagnose"
	"doorstep/flow/signed"
	"doorstep/flow/verify"
	"doorstep/render"
)

// slow is how long an answer may take before the ladder marks the time that passes.
const slow = time.Second

// A RowID names a row whatever else is shown: an entry by its Seq, the head of a phase, the ghost of the next step, or
// a request that never came.
type RowID struct {
	Seq     int
	Head    Stretch
	Ghost   bool
	Unheard int // Seq of the refusal that a request for our key is missing before
}

// A Row is one row of the ladder and what it stands for.
type Row struct {
	render.Row
	ID RowID
	Stretch
	Failure int               // Seq of the failure that ended the request; 0: none
	Unheard *diagnose.Unheard // what never came, if that is the row
}

// A View says what of a trace is shown as rows.
type View struct {
	Filter  Filter
	Phases  bool               // heads of phases
	Folded  map[Stretch]bool   // those whose rows are hidden
	Marked  map[int]bool       // entries, by Seq
	Ghost   bool               // the next step, before it is done
	Unheard []diagnose.Unheard // requests for our key that never reached us
	Memory  *Memory            // of the rows of the same trace; nil: all are made
	Phrases
}

// A Filter leaves rows out.
type Filter int

// The filters, in the order in which f goes through them.
const (
	Everything Filter = iota
	noDiscovery
	noLocalWork
	onlyFailures
	Filters
)

func (f Filter) String() string {
	return [...]string{"all rows", "without discovery and keys", "messages of the handshake only", "failures only"}[f]
}

func (f Filter) shows(r Row, step flow.StepID) bool {
	bad := r.Status == render.Fail || r.Kind == render.Failure
	switch f {
	case noDiscovery:
		return step != flow.R || bad
	case noLocalWork:
		return step != flow.R && r.Kind != render.Local || bad
	case onlyFailures:
		return bad || r.Status == render.Warn
	}
	return true
}

// A Story is a trace prefix told as rows on lanes.
type Story struct {
	State flow.State
	Lanes []render.Lane
	Rows  []Row
	Next  *flow.Step // the step that comes next; nil: none
}

// Tell returns the rows of t, which leads to state. It is a pure function of its arguments.
func Tell(t flow.Trace, state flow.State, v View) Story {
	s := Story{State: state}
	if step, ok := s.State.Next(); ok {
		s.Next = &step
	}
	b := rowBuilder{trace: t, View: v, state: s.State, answers: make([]int32, len(t.Entries)+1), phaser: newPhaser(t)}
	for i := range t.Entries {
		if e := &t.Entries[i]; e.Answers > 0 && e.Answers < len(b.answers) {
			b.answers[e.Answers] = int32(e.Seq)
		} else if e.Step == flow.L2 {
			b.verified = e.Seq
		}
	}
	b.layLanes()
	v.Memory.begin(b.lanes, b.hosts)
	b.rows = make([]Row, 0, len(t.Entries)+1)
	for i := range t.Entries {
		b.entry(&t.Entries[i])
	}
	if v.Ghost && s.Next != nil {
		b.ghost(*s.Next)
	}
	if v.Phases {
		b.heads()
	}
	s.Lanes, s.Rows = b.lanes, b.rows
	return s
}

// Ladder returns s as render draws it, with the row of that index selected.
func (s Story) Ladder(cursor, top int) render.Ladder {
	l := render.Ladder{Lanes: s.Lanes, Start: s.State.Header.Created, Cursor: cursor, Top: top,
		Rows: make([]render.Row, 0, len(s.Rows))}
	for _, r := range s.Rows {
		l.Rows = append(l.Rows, r.Row)
	}
	if s.merged() {
		l = l.Merged()
	}
	return l
}

// merged reports whether the directory server is the only resident server asked, so that one lane does for both.
func (s Story) merged() bool {
	n := len(s.Lanes)
	return n == 4 && s.Lanes[2].Host != "" && s.Lanes[2].Host == s.Lanes[3].Host
}

// Index returns the place of a row, and whether it is shown.
func (s Story) Index(id RowID) (int, bool) {
	i := slices.IndexFunc(s.Rows, func(r Row) bool { return r.ID == id })
	return max(i, 0), i >= 0
}

// Folds reports whether rows of a stretch are hidden under its head.
func (s Story) Folds(of Stretch) bool {
	i, ok := s.Index(RowID{Head: of})
	return ok && s.Rows[i].Folded
}

// Unfolded is View.Folded with every phase unfolded.
func (s Story) Unfolded() map[Stretch]bool {
	out := map[Stretch]bool{}
	for _, r := range s.Rows {
		if r.Kind == render.Phase {
			out[r.Stretch] = false
		}
	}
	return out
}

type rowBuilder struct {
	View
	trace    flow.Trace
	state    flow.State
	answers  []int32 // Seq of the answer of each request, by its Seq; 0: none
	verified int     // Seq of the last verification
	lanes    []render.Lane
	lane     map[flow.Role]int
	hosts    map[flow.Role]string
	rows     []Row
	phaser
}

// layLanes places the roles in their fixed order. There is a directory only where an alias is to be looked up.
func (b *rowBuilder) layLanes() {
	s, h := b.state, b.trace.Header
	b.hosts = map[flow.Role]string{flow.Joining: h.Joining, flow.Directory: client.Domain(s.Alias),
		flow.Resident: resident(b.trace, s)}
	roles := []flow.Role{flow.Client, flow.Joining, flow.Resident}
	if s.Alias != "" || s.Directory != nil {
		roles = slices.Insert(roles, 2, flow.Directory)
	}
	b.lane = map[flow.Role]int{flow.Directory: 2}
	for i, role := range roles {
		b.lane[role] = i
		lane := render.Lane{Role: roleName(role), Host: render.Untrusted(b.hosts[role])}
		if role == flow.Resident && b.hosts[role] == "" {
			lane.Many = residentsAsked(b.trace)
		}
		if role == flow.Client {
			lane.Host = render.Untrusted(h.User)
		} else if role != flow.Joining {
			lane.Sub = render.Untrusted(b.whereTo(b.hosts[role], role))
		}
		b.lanes = append(b.lanes, lane)
	}
}

// whereTo says where a server name led: to the address that the last answer of the lane came from, or while there is
// none to the first that would be tried.
func (b *rowBuilder) whereTo(host string, role flow.Role) string {
	to := b.state.Destinations[host]
	if len(to) == 0 {
		return ""
	}
	at := to[0]
	for i := range b.trace.Entries {
		e := &b.trace.Entries[i]
		if e.Response == nil || e.From != role || e.Server != host || e.Connection == nil || e.Connection.Address == "" {
			continue
		}
		at.Address = e.Connection.Address
		for _, d := range to {
			if d.Address == at.Address {
				at = d
			}
		}
	}
	return delegation(at)
}

// delegation says where a server name leads: the address, and the host name where another one than it stands for it.
func delegation(d client.Destination) string {
	if name, _, _ := strings.Cut(d.Host, ":"); name != "" && name != d.Server && !strings.HasPrefix(d.Server, name+":") {
		return d.Host + " " + d.Address
	}
	return d.Address
}

// residentsAsked counts the servers that were asked to let us in.
func residentsAsked(t flow.Trace) int {
	asked := map[string]bool{}
	for i := range t.Entries {
		if e := &t.Entries[i]; e.Step == flow.A4 && e.Kind == flow.Request {
			asked[e.Server] = true
		}
	}
	return len(asked)
}

// resident names the server of the resident lane: the one that gave the protoevent, otherwise the one being asked, or
// the last one that was. Where several were asked it names none, and every arrow says which one it is about.
func resident(t flow.Trace, s flow.State) string {
	if residentsAsked(t) > 1 {
		return ""
	}
	if s.Template != nil {
		return s.Template.Server
	}
	if s.Invite != nil && s.Header.WaitInvite > 0 && !s.Asked {
		return s.Invite.Origin
	}
	if c, ok := s.Candidate(); ok {
		return c.Server
	}
	for i := len(t.Entries) - 1; i >= 0; i-- {
		if e := &t.Entries[i]; e.Step == flow.A4 {
			return e.Server
		}
	}
	return ""
}

func roleName(r flow.Role) string {
	if r == "" {
		return ""
	}
	return strings.ToUpper(string(r[:1])) + string(r[1:])
}

// entry appends the row of an entry. A failure has none of its own: the request that it ended shows it.
func (b *rowBuilder) entry(e *flow.Entry) {
	if e.Kind == flow.Failure && e.Answers > 0 && e.Response == nil {
		b.gap(e, b.place(e))
		return
	}
	answer := int(b.answers[e.Seq])
	r, known := b.Memory.of(e, answer)
	if !known {
		r = b.row(e)
		b.Memory.keep(e, answer, r)
	}
	r.Marked, r.Stretch = b.Marked[e.Seq], b.place(e)
	if e.Kind == flow.Response && e.Step != flow.A8 {
		b.gap(e, r.Stretch)
	}
	b.unheard(r)
	b.show(r, e.Step)
}

// gap appends a row that says how long was waited for an entry, where that was long. The answer to our client takes as
// long as all the rest, and waits for nothing of its own.
func (b *rowBuilder) gap(e *flow.Entry, in Stretch) {
	if e.Took <= slow {
		return
	}
	r := Row{Stretch: in, ID: RowID{Seq: -e.Seq}}
	r.Kind, r.Took = render.Gap, e.Took
	b.show(r, e.Step)
}

// row makes the row of an entry, but for where it belongs and whether it is marked.
func (b *rowBuilder) row(e *flow.Entry) Row {
	r := Row{ID: RowID{Seq: e.Seq}}
	r.At, r.Took, r.Number = e.At, e.Took, e.Seq
	r.From, r.To = b.lane[e.From], b.lane[e.To]
	r.Attempt, r.Of = e.Attempt, e.Of
	switch e.Kind {
	case flow.Request:
		b.request(&r, e)
	case flow.Response:
		b.response(&r, e)
	case flow.Failure:
		r.Kind, r.Status, r.Label = render.Response, render.Fail, untrusted(b.FailureWords(e))
		if r.From == r.To {
			r.Kind = render.Local
		}
	case flow.Local:
		s := b.state
		if e.Step == flow.L2 && e.Seq < b.verified {
			s.Verification = nil // it is that of a later entry, which knew more
		}
		r.Kind, r.Label, r.Status = render.Local, untrusted(b.LocalWords(s, e)), localStatus(s, e)
	case flow.Gap:
		r.Kind, r.Label = render.Note, untrusted(b.GapWords(e))
		if host := b.elsewhere(e); host != "" && e.Server != "" {
			r.Label = slices.Insert(r.Label, 1, render.Untrusted(host))
		}
	default:
		r.Kind, r.Label = render.Note, untrusted([]string{"an entry of the unknown kind " + string(e.Kind)})
		r.From, r.To = b.lane[flow.Joining], b.lane[flow.Joining]
	}
	if e.Altered != nil {
		at := min(1, len(r.Label)) // after the name of a request
		if r.Kind == render.Local {
			at = 0
		}
		r.Label = slices.Insert(r.Label, at, render.Untrusted(EditedWord))
	}
	return r
}

func (b *rowBuilder) show(r Row, step flow.StepID) {
	if b.Filter.shows(r, step) {
		b.rows = append(b.rows, r)
	}
}

func (b *rowBuilder) request(r *Row, e *flow.Entry) {
	words := b.RequestWords(e)
	answer := b.trace.Entry(int(b.answers[e.Seq]))
	switch {
	case answer != nil && answer.Kind == flow.Failure && answer.Response == nil:
		r.Kind, r.Status, r.Failure = render.Failure, render.Fail, answer.Seq
		r.Reason = render.Untrusted(strings.Join(b.FailureWords(answer)[:1], ""))
		r.Took = answer.Took
	case answer == nil && e.From == flow.Joining:
		r.Kind, r.Waiting, r.Status = render.Request, true, render.Wait
	default:
		r.Kind = render.Request
	}
	if host := b.elsewhere(e); host != "" {
		words = slices.Insert(words, 1, host)
	}
	r.Label = untrusted(words)
}

func (b *rowBuilder) response(r *Row, e *flow.Entry) {
	r.Kind = render.Response
	words := b.ResponseWords(b.trace, b.state, e)
	switch light, why := compare.Pace(b.state, e); {
	case e.Step == flow.A8 && b.state.Outcome() == flow.DryRun: // it went as asked
	case e.Response.Status < 200 || e.Response.Status >= 300:
		r.Status = render.Fail
	case light == compare.Amber:
		r.Status, words = render.Warn, slices.Insert(words, 1, why)
	case light == compare.Red:
		r.Status, words = render.Fail, slices.Insert(words, 1, why)
	}
	if signed.RefusedKeys(b.trace, e) != "" {
		r.Status, words = render.Fail, append(words, "not accepted")
	}
	if host := b.elsewhere(e); host != "" { // after the status and what it is about, before numbers and messages
		words = slices.Insert(words, min(2, len(words)), host)
	}
	r.Attempt, r.Of = 0, 0
	r.Label = untrusted(words)
}

// elsewhere names the far server of an entry where it is not the one in the head of its lane.
func (b *rowBuilder) elsewhere(e *flow.Entry) string {
	far := e.To
	if far == flow.Joining {
		far = e.From
	}
	switch {
	case far != flow.Resident && far != flow.Directory || e.Server == b.hosts[far]:
		return ""
	case e.Server == "" && e.Logged != nil:
		return ""
	case e.Server == "":
		return "unknown caller"
	case e.Inferred:
		return "inferred " + e.Server
	}
	return e.Server
}

func (b *rowBuilder) ghost(step flow.Step) {
	e := flow.Entry{Kind: flow.Request, Step: step.ID, From: step.From, To: step.To}
	if step.OfLeave(b.state) {
		e.Step = flow.U3
	}
	r := Row{ID: RowID{Ghost: true}, Stretch: b.place(&e)}
	r.Kind, r.From, r.To, r.At = render.Ghost, b.lane[step.From], b.lane[step.To], -1
	if step.Work == flow.Ask {
		r.Attempt, r.Of = step.Attempt, step.Of
	}
	if step.Work == flow.Resolve {
		r.To = r.From
	}
	words := b.stepWords(step)
	if step.Work == flow.Ask && step.Server != b.hosts[step.To] {
		words = slices.Insert(words, 1, step.Server)
	}
	r.Label = untrusted(words)
	b.rows = append(b.rows, r)
}

// heads puts the head of each phase before its rows, and hides the rows of folded ones. A phase with a failure in it is
// never folded. One that nobody folded or unfolded is crowded where ten thousand servers were asked for their keys:
// then those rows are hidden that say nothing of their own.
func (b *rowBuilder) heads() {
	out := make([]Row, 0, len(b.rows)+int(Leaving))
	for i := 0; i < len(b.rows); {
		end, failed, routine := i, false, 0
		for end < len(b.rows) && b.rows[end].Stretch == b.rows[i].Stretch {
			failed = failed || b.rows[end].Status == render.Fail
			if b.rows[end].Kind != render.Gap && b.routine(end) {
				routine++
			}
			end++
		}
		head := Row{Stretch: b.rows[i].Stretch, ID: RowID{Head: b.rows[i].Stretch}}
		head.Kind, head.At, head.Label = render.Phase, -1, []render.Untrusted{render.Untrusted(head.Phase.In(b.trace.Header))}
		folded, asked := b.Folded[head.Stretch]
		crowded := !asked && routine > Crowd
		head.Folded = crowded || folded && !failed
		if crowded {
			head.Label = append(head.Label, render.Untrusted(fmt.Sprintf("%d rows about keys are folded", routine)))
		}
		out = append(out, head)
		for at := i; at < end; at++ {
			if !head.Folded || crowded && !b.routine(at) {
				out = append(out, b.rows[at])
			}
		}
		i = end
	}
	b.rows = out
}

// Crowd is how many rows about finding servers and their keys a phase has at most before they are folded.
const Crowd = 200

// routine reports whether a row is about finding a server or its keys, and nothing is wrong there; also one that says
// how long was waited for such a row.
func (b *rowBuilder) routine(at int) bool {
	r := &b.rows[at]
	if r.Kind == render.Gap && at+1 < len(b.rows) && b.rows[at+1].ID.Seq == -r.ID.Seq {
		r = &b.rows[at+1]
	}
	e := b.trace.Entry(r.ID.Seq)
	return e != nil && e.Step == flow.R && r.Status != render.Fail && r.Status != render.Warn && r.Kind != render.Failure
}

func localStatus(s flow.State, e *flow.Entry) render.Status {
	switch {
	case e.Discovery != nil && len(e.Discovery.Destinations) == 0:
		return render.Fail
	case e.Step == flow.L2 && s.Verification != nil:
		switch t := s.Verification.Tally(verify.NoKind); {
		case s.Verification.Invalid != "" || t.Fail > 0:
			return render.Fail
		case t.Warn > 0:
			return render.Warn
		case t.NotChecked > 0:
			return render.NotChecked
		}
		return render.OK
	case e.Kind == flow.Failure:
		return render.Fail
	}
	return render.None
}

func untrusted(words []string) []render.Untrusted {
	var out []render.Untrusted
	for _, w := range words {
		if w != "" {
			out = append(out, render.Untrusted(w))
		}
	}
	return out
}

// neverReached is what stopped a request that nobody here saw.
const neverReached = "never reached us"

// unheard draws the request for our key that the refusal of r says was wanted and that never came, before r.
func (b *rowBuilder) unheard(r Row) {
	i := slices.IndexFunc(b.Unheard, func(u diagnose.Unheard) bool { return u.Refusal == r.ID.Seq })
	if i < 0 {
		return
	}
	u := &b.Unheard[i]
	row := Row{ID: RowID{Unheard: u.Refusal}, Stretch: r.Stretch, Unheard: u}
	row.Kind, row.Inferred, row.At = render.Failure, true, -1
	row.From, row.To = r.From, r.To
	words := []string{"GET key"}
	if u.Server != b.hosts[u.From] {
		words = append(words, u.Server)
	}
	row.Label, row.Reason = untrusted(words), neverReached
	b.rows = append(b.rows, row)
}
