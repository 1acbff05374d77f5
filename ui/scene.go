package ui

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/verify"
	"doorstep/render"
)

// A scene is the selected row in its trace: what the tabs show is made from it, and from nothing else.
type scene struct {
	look
	phrases
	trace    flow.Trace // the prefix shown
	state    flow.State
	row      row
	next     *flow.Step         // the step the ghost stands for
	findings []diagnose.Finding // of the prefix
	field    string             // the JSON pointer under the cursor of the body; empty: none
}

// entry is the entry of the row; nil for a ghost or the head of a phase.
func (s *scene) entry() *flow.Entry { return s.trace.Entry(s.row.id.seq) }

// failure is the failure that ended the row's request; nil when none did.
func (s *scene) failure() *flow.Entry { return s.trace.Entry(s.row.failure) }

func (s *scene) prose() *proseBuilder { return &proseBuilder{look: s.look} }

// ended reports whether the handshake ended badly at an entry, or tells the client so.
func (s *scene) ended(e *flow.Entry) bool {
	stopped := s.state.Stopped
	if stopped == nil || stopped.Outcome.ExitCode() == 0 {
		return false
	}
	return e.Step == flow.A8 || e.Seq == stopped.Seq || s.row.failure > 0 && s.row.failure == stopped.Seq
}

// membership is the handshake that the row is part of: the join, or the leave that undoes it.
func (s *scene) membership() flow.Membership {
	if s.row.id.ghost && s.next != nil {
		if s.next.OfLeave(s.state) {
			return s.state.Leaving()
		}
		return s.state.Join()
	}
	return s.state.Of(s.entry())
}

// name is what the event of a handshake is called.
func eventName(m flow.Membership) string {
	if m.Leave {
		return "leave event"
	}
	return "join event"
}

// lacksDiff says why there is nothing to compare; empty when there is.
func (s *scene) lacksDiff() string {
	m := s.membership()
	switch e := s.entry(); {
	case m.Build == nil && s.buildsNext():
		return ""
	case m.Build == nil && over(s.state):
		return "no " + eventName(m) + " was made: there is nothing to compare"
	case m.Build == nil:
		return "the " + eventName(m) + " has not been made yet: there is nothing to compare"
	case m.Template != nil && e != nil && (e.Step == flow.A4 || e.Step == flow.A5) && !m.Made(s.trace, e):
		return fmt.Sprintf("nothing to compare: our join was made from the protoevent of entry %d, not from this exchange",
			m.Template.Seq)
	}
	return ""
}

func (s *scene) buildsNext() bool {
	return s.row.id.ghost && s.next != nil && s.next.Work == flow.BuildEvent
}

// body returns the bytes of the row's payload. Where there are none it returns prose in their place.
func (s *scene) body() (raw []byte, instead *prose) {
	e := s.entry()
	switch {
	case s.row.id.ghost && s.next != nil:
		return nil, s.ghostProse()
	case e == nil:
		return nil, s.phaseProse()
	case e.Unknown != nil:
		return e.Unknown, nil
	case e.Build != nil:
		return e.Build.Event, nil
	case e.Discovery != nil:
		return nil, s.discoveryProse(e.Discovery)
	case e.Response != nil && len(e.Response.Body) > 0:
		return e.Response.Body, nil
	case e.Request != nil && len(e.Request.Body) > 0:
		return e.Request.Body, nil
	case e.Request != nil:
		return nil, s.targetProse(e.Request)
	case e.Step == flow.L2:
		return nil, s.countsProse()
	}
	b := s.prose()
	switch {
	case e.Failure != nil:
		b.text(b.Fail, string(e.Failure.Kind)+": "+e.Failure.Message)
	default:
		b.note("no body")
	}
	return nil, &b.prose
}

// ghostProse is what will be sent or done next, before it is.
func (s *scene) ghostProse() *prose {
	b, step := s.prose(), s.next
	b.title("Next: " + step.Says())
	b.note("Nothing has been sent yet. Press . to do it.")
	switch step.Work {
	case flow.BuildEvent:
		s.willSet(b)
	case flow.Ask, flow.ClientAsks:
		b.blank()
		if step.Server != "" {
			b.field("to", step.Server)
		}
		s.requestProse(b, &step.Request)
		if len(step.Request.Body) > 0 {
			b.blank()
			b.field("body", size(len(step.Request.Body)))
			b.bytes(b.Text, step.Request.Body)
		}
	case flow.FetchKeys:
		b.blank()
		b.field("request", step.Request.Method+" "+step.Request.Target)
		for _, server := range step.Servers {
			b.field("to", server)
		}
	case flow.Resolve:
		b.blank()
		b.field("server name", step.Server)
	case flow.ClientHears:
		a := s.state.ClientAnswer()
		b.blank()
		b.field("status", fmt.Sprint(a.Status))
		b.bytes(b.Text, a.Body)
	}
	return &b.prose
}

// willSet lists what the joining server will do to the protoevent.
func (s *scene) willSet(b *proseBuilder) {
	t := s.state.Template
	if t == nil || t.RoomVersion == nil {
		return
	}
	v := t.RoomVersion
	b.title("Fields that will be set, by the rules of room version " + v.ID)
	b.field("origin_server_ts", "the time of signing, in milliseconds")
	if !v.RedactsInContent {
		b.field("origin", s.trace.Header.Joining+", as in every version up to 10")
	}
	if v.HashPairs {
		b.field("event_id", "a new one under our name, as in versions 1 and 2")
	}
	b.field("hashes.sha256", "the content hash")
	b.field("signatures", s.trace.Header.Joining+" "+s.trace.Header.KeyID)
	b.title("Everything else stays as it came")
	b.bytes(b.Text, t.Event)
}

// phaseProse says what a phase is for.
func (s *scene) phaseProse() *prose {
	b := s.prose()
	if s.row.id.head.phase != noPhase {
		b.title(s.row.id.head.phase.String())
		if s.row.id.head.phase == inviting {
			b.say(inviteLesson.text)
		}
		if s.row.id.head.phase == after {
			b.say(afterText)
		}
		for _, step := range phaseSteps[s.row.id.head.phase] {
			b.say(lessons[step].text)
		}
		b.note("h folds the rows of a phase, l unfolds them.")
	}
	return &b.prose
}

// requestProse adds a request line and what its target says when it is decoded.
func (s *scene) requestProse(b *proseBuilder, r *client.Request) {
	b.field("request", r.Method+" "+r.Target)
	path, query, _ := strings.Cut(r.Target, "?")
	for i, segment := range strings.Split(path, "/") {
		if plain, err := url.PathUnescape(segment); err == nil && plain != segment {
			b.field(fmt.Sprintf("  path segment %d", i), plain)
		}
	}
	names, values := []string{}, map[string][]string{}
	for _, pair := range strings.Split(query, "&") {
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			continue
		}
		if plain, err := url.QueryUnescape(value); err == nil {
			value = plain
		}
		if values[name] == nil {
			names = append(names, name)
		}
		values[name] = append(values[name], value)
	}
	for _, name := range names {
		b.field("  "+name, strings.Join(values[name], ", "))
	}
}

func (s *scene) targetProse(r *client.Request) *prose {
	b := s.prose()
	b.note("A " + r.Method + " request has no body: all it says is in its target.")
	b.blank()
	s.requestProse(b, r)
	if f := s.failure(); f != nil {
		b.blank()
		b.text(b.Fail, s.g.Fail+" "+strings.Join(s.failureWords(f), ": "))
	}
	return &b.prose
}

func (s *scene) discoveryProse(d *client.Discovery) *prose {
	b := s.prose()
	b.field("server name", d.Server)
	for i, to := range d.Destinations {
		b.title(fmt.Sprintf("Destination %d of %d", i+1, len(d.Destinations)))
		b.field("address", to.Address)
		b.field("Host header", to.Host)
		b.field("SNI", orNone(to.SNI))
		b.field("certificate must be valid for", to.VerifyName)
	}
	if d.Failure != nil {
		b.blank()
		b.text(b.Fail, b.g.Fail+" "+string(d.Failure.Kind)+": "+d.Failure.Message)
	}
	b.title("How it was found")
	for _, step := range d.Steps {
		style, used := b.Dim, "not used"
		if step.Used {
			style, used = b.Text, "used"
		}
		b.text(style, fmt.Sprintf("rule %s: %s %s %s (%s)", step.Rule, step.Action, b.to, step.Result, used))
	}
	return &b.prose
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func (s *scene) countsProse() *prose {
	b := s.prose()
	v := s.state.Verification
	if v == nil {
		b.note("nothing was verified")
		return &b.prose
	}
	if unread := v.Unread(); unread != "" {
		b.note("nothing of the answer was read: " + unread)
	} else {
		s.counts(b, v)
	}
	if v.Invalid != "" {
		b.title("Refused as a whole")
		b.text(b.Fail, v.Invalid)
	}
	if v.Unproven != "" {
		b.title("Not proven")
		b.text(b.Warn, v.Unproven)
	}
	return &b.prose
}

// counts gives the two lists of an answer in numbers.
func (s *scene) counts(b *proseBuilder, v *verify.Verification) {
	c, sets := v.Counts, v.Sets()
	b.title("What came back")
	b.field("state", count(c.State, "event")+": the room as it was just before the join")
	b.field("auth_chain", count(c.AuthChain, "event")+": what those and our join rest on")
	b.field("in both", fmt.Sprint(c.Both))
	b.field("in state only", numbered(c.StateOnly, []part{
		{sets.StateNamed, "named as auth events all the same"}, {sets.StateFree, "with nobody's authority resting on them"}}))
	b.field("in auth_chain only", numbered(c.AuthChainOnly, []part{
		{sets.Replaced, "replaced since"}, {sets.Omitted, "left out of state as members"},
		{sets.Absent, "with nothing in their place in state"}, {sets.Padding, "padding"}}))
	t := v.Tally(verify.KindSignature)
	words := fmt.Sprint(c.Signatures)
	if ours := t.Pass + t.Warn + t.Fail + t.NotChecked - c.Signatures; ours > 0 && v.Examined() {
		words += fmt.Sprintf(", and %d under our join", ours)
	}
	b.field("signatures that had to be there", words+notLookedAt(t))
}

// A part is how many of a number are of some kind.
type part struct {
	n    int
	says string
}

// numbered gives a number and what it is made up of.
func numbered(n int, parts []part) string {
	words := ""
	for _, p := range parts {
		if p.n > 0 {
			words = joinNonEmpty(words, fmt.Sprintf("%d %s", p.n, p.says))
		}
	}
	if words == "" {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d: %s", n, words)
}

// notLookedAt says how many checks could not be made; empty when all were.
func notLookedAt(t verify.Tally) string {
	switch {
	case t.NotChecked == 0:
		return ""
	case t.Pass+t.Warn+t.Fail == 0:
		return ", none of them checked"
	}
	return fmt.Sprintf(", %d of them not checked", t.NotChecked)
}

// head is the tab of everything about an exchange but its body.
func (s *scene) head() *prose {
	b, e := s.prose(), s.entry()
	if e == nil {
		if s.row.id.ghost && s.next != nil && s.next.Request.Method != "" {
			s.requestProse(b, &s.next.Request)
			b.note("The headers are made when the request is sent.")
		}
		return &b.prose
	}
	if e.Request != nil {
		b.title("Request")
		b.text(b.Text, e.Request.Method+" "+e.Request.Target)
		s.fields(b, e.Request.Header)
		if len(e.Request.Body) > 0 {
			b.field("body", size(len(e.Request.Body)))
		}
	}
	if f := s.failure(); f != nil {
		e = f
	}
	if r := e.Response; r != nil {
		b.title("Response")
		b.text(b.Text, strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, r.Reason)))
		s.fields(b, r.Header)
		b.field("body", size(len(r.Body)))
	}
	if e.Failure != nil {
		b.title("Failure")
		b.text(b.Fail, string(e.Failure.Kind)+": "+e.Failure.Message)
	}
	if e.Connection != nil {
		s.connection(b, e.Connection)
	}
	s.times(b, e)
	return &b.prose
}

func (s *scene) fields(b *proseBuilder, fields []client.Field) {
	for _, f := range fields {
		b.field(f.Name+":", f.Value)
	}
}

func (s *scene) connection(b *proseBuilder, c *client.Connection) {
	b.title("Connection")
	if c.Address != "" {
		b.field("address", c.Address)
	}
	for _, u := range c.Unreached {
		b.text(b.Warn, "tried before: "+u.Address+": "+u.Failure.Message)
	}
	if t := c.TLS; t != nil {
		b.field("TLS", strings.TrimSpace(t.Version+" "+t.CipherSuite))
		b.field("SNI", orNone(t.ServerName))
		b.field("must be valid for", t.VerifyName)
		if t.VerifyError != "" {
			b.text(b.Fail, b.g.Fail+" certificate: "+t.VerifyError)
		} else if len(t.Certificates) > 0 {
			b.text(b.OK, b.g.OK+" the chain and the name were verified")
		}
		for i, cert := range t.Certificates {
			b.field(fmt.Sprintf("certificate %d", i+1), cert.Subject+", issued by "+cert.Issuer)
			if len(cert.Names) > 0 {
				b.field("  names", strings.Join(cert.Names, ", "))
			}
			b.field("  valid", cert.NotBefore.UTC().Format("2006-01-02 15:04")+" to "+cert.NotAfter.UTC().Format("2006-01-02 15:04")+" UTC")
			b.field("  SHA-256", cert.SHA256)
		}
	}
	p := c.Timings
	for _, part := range []struct {
		name string
		took string
	}{{"connect", render.Duration(p.Connect)}, {"TLS", render.Duration(p.TLS)}, {"write", render.Duration(p.Write)},
		{"first byte", render.Duration(p.FirstByte)}, {"body", render.Duration(p.Body)}} {
		if part.took != render.Duration(0) {
			b.field(part.name, part.took)
		}
	}
}

// beginning says since when an exchange took its time, where that is not the moment of its row: a request is drawn when
// its header goes out, and takes its time from when the connection was begun.
func (s *scene) beginning(e *flow.Entry) string {
	asked := s.trace.Entry(e.Answers)
	if asked == nil {
		return ""
	}
	since := e.At - asked.At
	if e.Took-since < time.Millisecond {
		return ""
	}
	return fmt.Sprintf(", connecting included; its header went out, where its row is, %s before the answer",
		render.Duration(since))
}

func (s *scene) times(b *proseBuilder, e *flow.Entry) {
	b.title("Evidence")
	b.field("entry", fmt.Sprintf("%d, step %s", e.Seq, e.Step))
	b.field("at", "+"+fmt.Sprintf("%.3f s", e.At.Seconds()))
	if e.Took > 0 {
		b.field("took", render.Duration(e.Took)+s.beginning(e))
	}
	if e.Server != "" {
		name := e.Server
		if e.Inferred {
			name += ", inferred: the request was not signed, and reached us while that server was busy with ours"
		}
		b.field("server", name)
	}
	if e.Of > 1 {
		b.field("attempt", fmt.Sprintf("%d of %d", e.Attempt, e.Of))
	}
}

// lacksEvents says why there is no list of events; empty when there is one.
func (s *scene) lacksEvents() string {
	switch {
	case s.state.Verification != nil && s.state.Build != nil && s.state.Reply != nil:
		return ""
	case over(s.state):
		return "no answer to send_join came that could be verified: there are no events to list"
	}
	return "the events of the answer to send_join are shown once it has been verified"
}
