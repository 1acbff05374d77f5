package ui

import (
	"slices"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/render"
)

// slow is how long an answer may take before the ladder marks the time that passes.
const slow = time.Second

// A phase is a stretch of the handshake with a purpose of its own.
type phase int

// The phases, in order.
const (
	noPhase phase = iota
	inviting
	asking
	finding
	making
	building
	sending
	verifying
	answering
	leaving
)

func (p phase) String() string {
	return [...]string{"", "An invite comes first", "The client asks", "Find the room", "make_join: ask for a protoevent", "Build and sign the join event",
		"send_join: submit it", "Verify what came back", "Answer the client", "Leave again"}[p]
}

// A rowID names a row whatever else is shown: an entry by its Seq, the head of a phase, or the ghost of the next step.
type rowID struct {
	seq   int
	phase phase
	ghost bool
}

// A row is one row of the ladder and what it stands for.
type row struct {
	render.Row
	id      rowID
	phase   phase
	failure int // Seq of the failure that ended the request; 0: none
}

// A view says what of a trace is shown as rows.
type view struct {
	filter filter
	phases bool           // heads of phases
	folded map[phase]bool // phases whose rows are hidden
	marked map[int]bool   // entries, by Seq
	ghost  bool           // the next step, before it is done
	lingo
}

// A filter leaves rows out.
type filter int

// The filters, in the order in which f goes through them.
const (
	everything filter = iota
	noDiscovery
	noLocalWork
	onlyFailures
	filters
)

func (f filter) String() string {
	return [...]string{"all rows", "without discovery and keys", "messages of the handshake only", "failures only"}[f]
}

func (f filter) shows(r row, step flow.StepID) bool {
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

// A story is a trace prefix told as rows on lanes.
type story struct {
	state flow.State
	lanes []render.Lane
	rows  []row
	next  *flow.Step // the step that comes next; nil: none
}

// tell returns the rows of t. It is a pure function of its arguments.
func tell(t flow.Trace, v view) story {
	s := story{state: flow.Fold(t)}
	if step, ok := s.state.Next(); ok {
		s.next = &step
	}
	b := rowBuilder{trace: t, view: v, state: s.state, answers: map[int]*flow.Entry{}}
	for i := range t.Entries {
		if e := &t.Entries[i]; e.Answers > 0 {
			b.answers[e.Answers] = e
		}
	}
	b.layLanes()
	for i := range t.Entries {
		b.entry(&t.Entries[i])
	}
	if v.ghost && s.next != nil {
		b.ghost(*s.next)
	}
	if v.phases {
		b.heads()
	}
	s.lanes, s.rows = b.lanes, b.rows
	return s
}

// ladder returns s as render draws it, with the row of that index selected.
func (s story) ladder(cursor, top int) render.Ladder {
	l := render.Ladder{Lanes: s.lanes, Start: s.state.Header.Created, Cursor: cursor, Top: top}
	for _, r := range s.rows {
		l.Rows = append(l.Rows, r.Row)
	}
	if s.merged() {
		l = l.Merged()
	}
	return l
}

// merged reports whether the directory server is the only resident server asked, so that one lane does for both.
func (s story) merged() bool {
	n := len(s.lanes)
	return n == 4 && s.lanes[2].Host != "" && s.lanes[2].Host == s.lanes[3].Host
}

// index returns the place of a row, and whether it is shown.
func (s story) index(id rowID) (int, bool) {
	i := slices.IndexFunc(s.rows, func(r row) bool { return r.id == id })
	return max(i, 0), i >= 0
}

type rowBuilder struct {
	view
	trace   flow.Trace
	state   flow.State
	answers map[int]*flow.Entry
	lanes   []render.Lane
	lane    map[flow.Role]int
	hosts   map[flow.Role]string
	rows    []row
	now     phase
}

// layLanes places the roles in their fixed order. There is a directory only where an alias is to be looked up.
func (b *rowBuilder) layLanes() {
	s, h := b.state, b.trace.Header
	b.hosts = map[flow.Role]string{flow.Joining: h.Joining, flow.Directory: client.Domain(s.Alias), flow.Resident: resident(b.trace, s)}
	roles := []flow.Role{flow.Client, flow.Joining, flow.Resident}
	if s.Alias != "" || s.Directory != nil {
		roles = slices.Insert(roles, 2, flow.Directory)
	}
	b.lane = map[flow.Role]int{flow.Directory: 2}
	for i, role := range roles {
		b.lane[role] = i
		lane := render.Lane{Role: roleName(role), Host: render.Untrusted(b.hosts[role])}
		if role == flow.Client {
			lane.Host = render.Untrusted(h.User)
		} else if to := s.Destinations[b.hosts[role]]; len(to) > 0 && role != flow.Joining {
			lane.Sub = render.Untrusted(delegation(to[0]))
		}
		b.lanes = append(b.lanes, lane)
	}
}

// delegation says where a server name leads: the address, and the host name where another one than it stands for it.
func delegation(d client.Destination) string {
	if name, _, _ := strings.Cut(d.Host, ":"); name != "" && name != d.Server && !strings.HasPrefix(d.Server, name+":") {
		return d.Host + " " + d.Address
	}
	return d.Address
}

// resident names the server of the resident lane: the one that gave the protoevent, otherwise the one being asked, or
// the last one that was.
func resident(t flow.Trace, s flow.State) string {
	if s.Template != nil {
		return s.Template.Server
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
	r := row{id: rowID{seq: e.Seq}}
	r.At, r.Took, r.Marked = e.At, e.Took, b.marked[e.Seq]
	r.From, r.To = b.lane[e.From], b.lane[e.To]
	r.Attempt, r.Of = e.Attempt, e.Of
	switch e.Kind {
	case flow.Request:
		b.request(&r, e)
	case flow.Response:
		b.response(&r, e)
	case flow.Failure:
		if e.Answers > 0 && e.Response == nil {
			return
		}
		r.Kind, r.Status, r.Label = render.Response, render.Fail, untrusted(b.failureWords(e))
		if r.From == r.To {
			r.Kind = render.Local
		}
	case flow.Local:
		r.Kind, r.Label, r.Status = render.Local, untrusted(b.localWords(b.state, e)), localStatus(b.state, e)
	default:
		r.Kind, r.Label = render.Note, untrusted([]string{"an entry of the unknown kind " + string(e.Kind)})
		r.From, r.To = b.lane[flow.Joining], b.lane[flow.Joining]
	}
	b.now = max(b.now, phaseOf(b.now, e.Step, e.To, e.From == flow.Joining && (e.Kind == flow.Request || e.Kind == flow.Local)))
	r.phase = b.now
	if e.Kind == flow.Response && e.Took > slow && e.Step != flow.A8 {
		gap := row{phase: b.now, id: rowID{seq: -e.Seq}}
		gap.Kind, gap.Took = render.Gap, e.Took
		b.show(gap, e.Step)
	}
	b.show(r, e.Step)
}

func (b *rowBuilder) show(r row, step flow.StepID) {
	if b.filter.shows(r, step) {
		b.rows = append(b.rows, r)
	}
}

func (b *rowBuilder) request(r *row, e *flow.Entry) {
	words := b.requestWords(e)
	answer := b.answers[e.Seq]
	switch {
	case answer != nil && answer.Kind == flow.Failure && answer.Response == nil:
		r.Kind, r.Status, r.failure = render.Failure, render.Fail, answer.Seq
		r.Reason = render.Untrusted(strings.Join(b.failureWords(answer)[:1], ""))
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

func (b *rowBuilder) response(r *row, e *flow.Entry) {
	r.Kind = render.Response
	words := b.answerWords(b.trace, b.state, e)
	switch light, why := b.state.Pace(e); {
	case e.Response.Status < 200 || e.Response.Status >= 300:
		r.Status = render.Fail
	case light == flow.Amber:
		r.Status, words = render.Warn, slices.Insert(words, 1, why)
	case light == flow.Red:
		r.Status, words = render.Fail, slices.Insert(words, 1, why)
	}
	if host := b.elsewhere(e); host != "" {
		words = append(words, host)
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
	case e.Server == "":
		return "unknown caller"
	case e.Inferred:
		return "inferred " + e.Server
	}
	return e.Server
}

func (b *rowBuilder) ghost(step flow.Step) {
	r := row{id: rowID{ghost: true}, phase: max(b.now, phaseOf(b.now, step.ID, step.To, true))}
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
// never folded.
func (b *rowBuilder) heads() {
	var out []row
	for i := 0; i < len(b.rows); {
		end, failed := i, false
		for end < len(b.rows) && b.rows[end].phase == b.rows[i].phase {
			failed = failed || b.rows[end].Status == render.Fail
			end++
		}
		head := row{phase: b.rows[i].phase, id: rowID{phase: b.rows[i].phase}}
		head.Kind, head.At, head.Label = render.Phase, -1, []render.Untrusted{render.Untrusted(head.phase.String())}
		head.Folded = b.folded[head.phase] && !failed
		out = append(out, head)
		if !head.Folded {
			out = append(out, b.rows[i:end]...)
		}
		i = end
	}
	b.rows = out
}

// phaseOf returns the phase a step belongs to, when it comes after phase now. What lies under an arrow belongs to the
// phase of the arrow. ours tells what we set out to do from what others ask of us.
func phaseOf(now phase, step flow.StepID, to flow.Role, ours bool) phase {
	switch step {
	case flow.A1:
		return asking
	case flow.A2, flow.A3:
		return finding
	case flow.A4, flow.A5:
		return making
	case flow.L1:
		return building
	case flow.A6, flow.A7:
		return sending
	case flow.L2:
		return verifying
	case flow.A8:
		return answering
	case flow.U1, flow.U2, flow.U3, flow.U4:
		return leaving
	}
	switch {
	case now < asking:
		return inviting
	case ours && to == flow.Directory && now < finding:
		return finding
	case ours && to == flow.Resident && now < making:
		return making
	case ours && now == building:
		return sending
	case ours && now == sending:
		return verifying
	}
	return now
}

func localStatus(s flow.State, e *flow.Entry) render.Status {
	switch {
	case e.Discovery != nil && len(e.Discovery.Destinations) == 0:
		return render.Fail
	case e.Step == flow.L2 && s.Verification != nil:
		switch {
		case s.Verification.Invalid != "" || failing(s.Verification.Checks) > 0:
			return render.Fail
		case countChecks(s.Verification.Checks, flow.Warn) > 0:
			return render.Warn
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
