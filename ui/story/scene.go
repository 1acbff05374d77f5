package story

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/compare"
	"doorstep/flow/diagnose"
	"doorstep/flow/event"
	"doorstep/flow/explain"
	"doorstep/flow/verify"
	"doorstep/flow/wording"
	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/theme"
)

// A Scene is the selected row in its trace: what the tabs show is made from it, and from nothing else.
type Scene struct {
	theme.Look
	Phrases
	Trace    flow.Trace // the prefix shown
	State    flow.State
	Row      Row
	Next     *flow.Step         // the step the ghost stands for
	Findings []diagnose.Finding // of the prefix
	Field    string             // the JSON pointer under the cursor of the body; empty: none
	Asked    Pointed            // what the reader asked about; nothing: the row
	Chosen   PairChoice         // the pair that is to be compared; no pairs: the first that makes sense
	Keyless  bool               // it is told to somebody who has no keys to press
	Unedited *flow.Trace        // the handshake without the last change to it; nil: there is none
}

// Entry is the entry of the row; nil for a ghost or the head of a phase.
func (s *Scene) Entry() *flow.Entry { return s.Trace.Entry(s.Row.ID.Seq) }

// failure is the failure that ended the row's request; nil when none did.
func (s *Scene) failure() *flow.Entry { return s.Trace.Entry(s.Row.Failure) }

// Prose returns what builds text in the look of s, about the row where nothing nearer is said.
func (s *Scene) Prose() *Builder {
	b := &Builder{Look: s.Look}
	b.About(s.ofRow())
	return b
}

// ofEntry points at the step of an entry.
func (s *Scene) ofEntry(e *flow.Entry) Pointed {
	if e == nil {
		return Pointed{}
	}
	return PointAt(explain.StepAt(s.Trace, e))
}

// ofRow points at the step of the row: what its texts are about where they say nothing nearer.
func (s *Scene) ofRow() Pointed {
	switch {
	case s.Row.Unheard != nil:
		return PointAt(keyOfOurs)
	case s.Row.ID.Ghost && s.Next != nil:
		return PointAt(nextStep(s.Next))
	}
	return s.ofEntry(s.Entry())
}

// Ended reports whether the handshake ended badly at an entry, or tells the client so.
func (s *Scene) Ended(e *flow.Entry) bool {
	stopped := s.State.Stopped
	if stopped == nil || stopped.Outcome.ExitCode() == 0 {
		return false
	}
	return e.Step == flow.A8 || e.Seq == stopped.Seq || s.Row.Failure > 0 && s.Row.Failure == stopped.Seq
}

// Membership is the handshake that the row is part of: the join, or the leave that undoes it.
func (s *Scene) Membership() flow.Membership {
	if s.Row.ID.Ghost && s.Next != nil {
		if s.Next.OfLeave(s.State) {
			return s.State.Leaving()
		}
		return s.State.Join()
	}
	return s.State.Of(s.Entry())
}

// eventName is what the event of a handshake is called.
func eventName(m flow.Membership) string {
	if m.Leave {
		return "leave event"
	}
	return "join event"
}

// LacksDiff says why there is nothing to compare; empty when there is.
func (s *Scene) LacksDiff() string {
	m := s.Membership()
	switch e := s.Entry(); {
	case e != nil && e.Altered != nil:
		return ""
	case m.Build == nil && s.BuildsNext():
		return ""
	case s.compares():
		return ""
	case m.Build == nil && Over(s.State):
		return "no " + eventName(m) + " was made: there is nothing to compare"
	case m.Build == nil:
		return "the " + eventName(m) + " has not been made yet: there is nothing to compare"
	case m.Template != nil && e != nil && (e.Step == flow.A4 || e.Step == flow.A5) && !m.Made(s.Trace, e):
		return fmt.Sprintf("nothing to compare: our join was made from the protoevent of entry %d, not from this exchange",
			m.Template.Seq)
	}
	return ""
}

// compares reports whether there is a pair to compare.
func (s *Scene) compares() bool {
	_, ok := s.Choice()
	return ok
}

// BuildsNext reports whether the row stands for the making of our event.
func (s *Scene) BuildsNext() bool {
	return s.Row.ID.Ghost && s.Next != nil && s.Next.Work == flow.BuildEvent
}

// Body returns the bytes of the row's payload. Where there are none it returns prose in their place.
func (s *Scene) Body() (raw []byte, instead *Prose) {
	e := s.Entry()
	switch {
	case s.Row.ID.Ghost && s.Next != nil:
		return nil, s.GhostProse()
	case s.Row.Unheard != nil:
		return nil, s.unheardProse(s.Row.Unheard)
	case e == nil:
		return nil, s.phaseProse()
	case Payload(e) != nil:
		return Payload(e), nil
	case e.Logged != nil && e.Request == nil:
		return nil, s.loggedProse(e)
	case e.Discovery != nil:
		return nil, s.discoveryProse(e.Discovery)
	case e.Request != nil:
		return nil, s.targetProse(e.Request)
	case e.Step == flow.L2:
		return nil, s.countsProse()
	}
	b := s.Prose()
	switch {
	case e.Failure != nil:
		b.Put(b.Fail, string(e.Failure.Kind)+": "+e.Failure.Message)
	default:
		b.Remark("no body")
	}
	return nil, &b.Prose
}

// Payload returns the bytes of an entry's payload; nil when it has none.
func Payload(e *flow.Entry) []byte {
	switch {
	case e.Unknown != nil:
		return e.Unknown
	case e.Build != nil:
		return e.Build.Event
	case e.Discovery != nil:
	case e.Response != nil && len(e.Response.Body) > 0:
		return e.Response.Body
	case e.Request != nil && len(e.Request.Body) > 0:
		return e.Request.Body
	}
	return nil
}

// GhostProse is what will be sent or done next, before it is.
func (s *Scene) GhostProse() *Prose {
	b, step := s.Prose(), s.Next
	b.Section("Next: " + step.Says())
	if step.Work == flow.AwaitInvite { // it is read before the waiting and meanwhile
		b.Remark("Nothing is sent meanwhile. An invite counts, too, that came since the program was started.")
	} else {
		b.Remark("Nothing has been sent yet. Press . to do it.")
	}
	switch step.Work {
	case flow.BuildEvent:
		s.willSet(b)
	case flow.Ask, flow.ClientAsks:
		b.Blank()
		if step.Server != "" {
			b.Field("to", step.Server)
		}
		s.requestProse(b, &step.Request)
		if len(step.Request.Body) > 0 {
			b.Blank()
			b.Field("body", Size(len(step.Request.Body)))
			b.bytes(b.Text, step.Request.Body)
		}
	case flow.FetchKeys:
		b.Blank()
		b.Field("request", step.Request.Method+" "+step.Request.Target)
		for _, server := range step.Servers {
			b.Field("to", server)
		}
	case flow.AwaitInvite:
		b.Blank()
		b.Field("waiting", WaitingWords(s.State.Header))
	case flow.Resolve:
		b.Blank()
		b.Field("server name", step.Server)
	case flow.ClientHears:
		a := s.State.ClientAnswer()
		b.Blank()
		b.Field("status", fmt.Sprint(a.Status))
		b.bytes(b.Text, a.Body)
	}
	return &b.Prose
}

// willSet lists what the joining server will do to the protoevent.
func (s *Scene) willSet(b *Builder) {
	t := s.State.Template
	if t == nil || t.RoomVersion == nil {
		return
	}
	v := t.RoomVersion
	b.Section("Fields that will be set, by the rules of room version " + v.ID)
	field := func(path, text string) {
		b.Field(strings.ReplaceAll(strings.TrimPrefix(path, "/"), "/", "."), text)
		b.Point(ofField(explain.Event, path))
	}
	field("/origin_server_ts", "the time of signing, in milliseconds")
	if !v.RedactsInContent {
		field("/origin", s.Trace.Header.Joining+", as in every version up to 10")
	}
	if v.HashPairs {
		field("/event_id", "a new one under our name, as in versions 1 and 2")
	}
	field("/hashes/sha256", "the content hash")
	field("/signatures", s.Trace.Header.Joining+" "+s.Trace.Header.KeyID)
	b.Section("Everything else stays as it came")
	b.bytes(b.Text, t.Event)
}

// phaseProse says what a phase is for.
func (s *Scene) phaseProse() *Prose {
	b := s.Prose()
	if s.Row.ID.Head.Phase != NoPhase {
		b.Section(s.Row.ID.Head.Phase.In(s.State.Header))
		b.lesson(s.Row.ID.Head.Phase)
		if !s.Keyless {
			b.Remark(s.Phrases.Press(keymap.ActLeft) + " folds the rows of a phase, " + s.Phrases.Press(keymap.ActRight) +
				" unfolds them.")
		}
	}
	return &b.Prose
}

// requestProse adds a request line and what its target says when it is decoded.
func (s *Scene) requestProse(b *Builder, r *client.Request) {
	b.Field("request", r.Method+" "+r.Target)
	path, _, _ := strings.Cut(r.Target, "?")
	for i, segment := range strings.Split(path, "/") {
		if plain, err := url.PathUnescape(segment); err == nil && plain != segment {
			b.Field(fmt.Sprintf("  path segment %d", i), plain)
		}
	}
	s.parameters(b, r)
}

// parameters adds what the query of a target says when it is decoded.
func (s *Scene) parameters(b *Builder, r *client.Request) {
	_, query, _ := strings.Cut(r.Target, "?")
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
		b.Field("  "+name, strings.Join(values[name], ", "))
		b.Point(PointAt(explain.At(explain.Query, string(r.Endpoint)+" "+name)))
	}
}

func (s *Scene) targetProse(r *client.Request) *Prose {
	b := s.Prose()
	b.Remark("A " + r.Method + " request has no body: all it says is in its target.")
	b.Blank()
	s.requestProse(b, r)
	if f := s.failure(); f != nil {
		b.Blank()
		b.Put(b.Fail, s.Glyphs.Fail+" "+strings.Join(s.FailureWords(f), ": "))
	}
	return &b.Prose
}

func (s *Scene) discoveryProse(d *client.Discovery) *Prose {
	b := s.Prose()
	b.Field("server name", d.Server)
	b.Point(OfTerm("server name"))
	for i, to := range d.Destinations {
		decided, _ := decisive(d)
		b.SectionOf(ofDiscovery(decided.Rule), fmt.Sprintf("Destination %d of %d", i+1, len(d.Destinations)))
		b.Field("address", to.Address)
		b.Field("Host header", to.Host)
		b.Point(ofHeader("Host"))
		b.Field("SNI", orNone(to.SNI))
		b.Point(OfTerm("SNI and Host"))
		b.Field("certificate must be valid for", to.VerifyName)
	}
	if d.Failure != nil {
		b.Blank()
		b.Put(b.Fail, b.Glyphs.Fail+" "+string(d.Failure.Kind)+": "+d.Failure.Message)
	}
	b.Section("How it was found")
	for _, step := range d.Steps {
		style, used := b.Dim, "not used"
		if step.Used {
			style, used = b.Text, "used"
		}
		b.Put(style, fmt.Sprintf("rule %s: %s %s %s (%s)", step.Rule, step.Action, b.To, step.Result, used))
		b.Point(ofDiscovery(step.Rule))
	}
	return &b.Prose
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func (s *Scene) countsProse() *Prose {
	b := s.Prose()
	v := s.State.Verification
	if v == nil {
		b.Remark("nothing was verified")
		return &b.Prose
	}
	if unread := v.Unread(); unread != "" {
		b.Remark("nothing of the answer was read: " + unread)
	} else {
		s.counts(b, v)
	}
	if v.Invalid != "" {
		b.Section("Refused as a whole")
		b.Put(b.Fail, v.Invalid)
	}
	if v.Unproven != "" {
		b.Section("Not proven")
		b.Put(b.Warn, v.Unproven)
	}
	return &b.Prose
}

// counts gives the two lists of an answer in numbers.
func (s *Scene) counts(b *Builder, v *verify.Verification) {
	c, sets := v.Counts, v.Sets()
	b.SectionOf(OfTerm("why both state and auth_chain"), "What came back")
	b.Field("state", wording.Count(c.State, "event")+": the room as it was just before the join")
	b.Point(ofField(explain.SendJoinAnswer, "/state"))
	b.Field("auth_chain", wording.Count(c.AuthChain, "event")+": what those and our join rest on")
	b.Point(ofField(explain.SendJoinAnswer, "/auth_chain"))
	b.Field("in both", fmt.Sprint(c.Both))
	b.Field("in state only", numbered(c.StateOnly, []part{
		{sets.StateNamed, "named as auth events all the same"}, {sets.StateFree, "with nobody's authority resting on them"}}))
	b.Field("in auth_chain only", numbered(c.AuthChainOnly, []part{
		{sets.Replaced, "replaced since"}, {sets.Omitted, "left out of state as members"},
		{sets.Absent, "with nothing in their place in state"}, {sets.Padding, "that nothing in state rests on"}}))
	t := v.Tally(verify.KindSignature)
	words := fmt.Sprint(c.Signatures)
	if ours := t.Pass + t.Warn + t.Fail + t.NotChecked - c.Signatures; ours > 0 && v.Examined() {
		words += fmt.Sprintf(", and %d under our join", ours)
	}
	b.Field("signatures that had to be there", words+notLookedAt(t))
	b.Point(ofCheck(verify.KindSignature))
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

// Head is the tab of everything about an exchange but its body.
func (s *Scene) Head() *Prose {
	b, e := s.Prose(), s.Entry()
	if e == nil {
		if s.Row.ID.Ghost && s.Next != nil && s.Next.Request.Method != "" {
			s.requestProse(b, &s.Next.Request)
			b.Remark("The headers are made when the request is sent.")
		}
		return &b.Prose
	}
	b.editedHead(e)
	if e.Request != nil {
		b.Section("Request")
		b.Put(b.Text, e.Request.Method+" "+e.Request.Target)
		s.parameters(b, e.Request)
		s.fields(b, e.Request.Header)
		if len(e.Request.Body) > 0 {
			b.Field("body", Size(len(e.Request.Body)))
		}
	}
	if f := s.failure(); f != nil {
		e = f
	}
	if r := e.Response; r != nil {
		b.Section("Response")
		b.Put(b.Text, strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, r.Reason)))
		s.fields(b, r.Header)
		if r.Unseen {
			b.Field("headers and body:", "not in the log")
		} else {
			b.Field("body", Size(len(r.Body)))
		}
		if words := PartWords(e, 0); words != "" {
			b.Put(b.Warn, words)
		}
	}
	if e.Failure != nil {
		b.Section("Failure")
		b.Put(b.Fail, string(e.Failure.Kind)+": "+e.Failure.Message)
	}
	if e.Connection != nil {
		s.connection(b, e)
	}
	s.times(b, e)
	if e.Logged != nil {
		b.Section("Log")
		s.loggedLines(b, e)
	}
	return &b.Prose
}

func (s *Scene) fields(b *Builder, fields []client.Field) {
	for _, f := range fields {
		scheme, parts := authorization(f)
		if parts == nil {
			b.Field(f.Name+":", f.Value)
			b.Point(ofHeader(f.Name))
			continue
		}
		b.Field(f.Name+":", scheme)
		b.Point(ofHeader(f.Name))
		for _, p := range parts {
			b.Put(b.Text, "  "+p.name+p.value)
			b.Point(PointAt(explain.At(explain.XMatrix, p.name)))
		}
	}
}

// An authPart is a part of an X-Matrix header: its name, and what follows it as it was sent.
type authPart struct{ name, value string }

// authorization takes an X-Matrix header apart; no parts: it is none, or cannot be read.
func authorization(f client.Field) (scheme string, parts []authPart) {
	scheme, rest, _ := strings.Cut(f.Value, " ")
	if !strings.EqualFold(f.Name, "Authorization") || !strings.EqualFold(scheme, "X-Matrix") {
		return "", nil
	}
	quoted := false
	for _, part := range strings.FieldsFunc(rest, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ',' && !quoted
	}) {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			return "", nil
		}
		parts = append(parts, authPart{name, "=" + value})
	}
	return scheme, parts
}

// ofConnection points at the rule of discovery that led to the server of an entry; where that was not looked for, at
// what finding it is.
func (s *Scene) ofConnection(e *flow.Entry) Pointed {
	for i := e.Seq - 1; i >= 1; i-- {
		d := s.Trace.Entry(i).Discovery
		if d == nil || d.Server != e.Server {
			continue
		}
		if step, ok := decisive(d); ok {
			return ofDiscovery(step.Rule)
		}
	}
	return PointAt(explain.At(explain.Step, "R resolve"))
}

func (s *Scene) connection(b *Builder, e *flow.Entry) {
	c := e.Connection
	b.aside = true
	b.SectionOf(s.ofConnection(e), "Connection")
	if c.Address != "" {
		b.Field("address", c.Address)
	}
	for _, u := range c.Unreached {
		b.Put(b.Warn, "tried before: "+u.Address+": "+u.Failure.Message)
	}
	if t := c.TLS; t != nil {
		b.Field("TLS", strings.TrimSpace(t.Version+" "+t.CipherSuite))
		b.Field("SNI", orNone(t.ServerName))
		b.Point(OfTerm("SNI and Host"))
		if !t.Unchecked {
			b.Field("must be valid for", t.VerifyName)
		}
		if t.VerifyError != "" {
			b.Put(b.Fail, b.Glyphs.Fail+" certificate: "+t.VerifyError)
		} else if t.Unchecked {
			b.Put(b.Warn, "the proxy that recorded this saw them; whether they were verified is not known")
		} else if len(t.Certificates) > 0 {
			b.Put(b.OK, b.Glyphs.OK+" the chain and the name were verified")
		}
		for i, cert := range t.Certificates {
			b.Field(fmt.Sprintf("certificate %d", i+1), cert.Subject+", issued by "+cert.Issuer)
			if len(cert.Names) > 0 {
				b.Field("  names", strings.Join(cert.Names, ", "))
			}
			b.Field("  valid", cert.NotBefore.UTC().Format("2006-01-02 15:04")+" to "+cert.NotAfter.UTC().
				Format("2006-01-02 15:04")+" UTC")
			b.Field("  SHA-256", cert.SHA256)
		}
	}
	p := c.Timings
	for _, part := range []struct {
		name string
		took string
	}{{"connect", render.Duration(p.Connect)}, {"TLS", render.Duration(p.TLS)}, {"write", render.Duration(p.Write)},
		{"first byte", render.Duration(p.FirstByte)}, {"body", render.Duration(p.Body)}} {
		if part.took != render.Duration(0) {
			b.Field(part.name, part.took)
		}
	}
}

// beginning says since when an exchange took its time, where that is not the moment of its row: a request is drawn when
// its header goes out, and takes its time from when the connection was begun.
func (s *Scene) beginning(e *flow.Entry) string {
	asked := s.Trace.Entry(e.Answers)
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

func (s *Scene) times(b *Builder, e *flow.Entry) {
	b.aside = true
	b.Section("Evidence")
	b.Field("entry", fmt.Sprintf("%d, step %s", e.Seq, e.Step))
	b.Field("at", "+"+fmt.Sprintf("%.3f s", e.At.Seconds()))
	if e.Took > 0 {
		b.Field("took", render.Duration(e.Took)+s.beginning(e))
	}
	if e.Server != "" {
		name := e.Server
		if e.Inferred {
			name += ", inferred: the request was not signed, and reached us while that server was busy with ours"
		}
		b.Field("server", name)
		b.Point(OfTerm("server name"))
	}
	if e.Of > 1 {
		b.Field("attempt", fmt.Sprintf("%d of %d", e.Attempt, e.Of))
	}
}

// LacksEvents says why there is no list of events; empty when there is one.
func (s *Scene) LacksEvents() string {
	switch {
	case s.State.Build == nil || s.State.Reply == nil:
	case s.State.Verification != nil, s.State.Reply.Usable() && s.State.Template != nil:
		return ""
	}
	switch {
	case Over(s.State):
		return "no answer to send_join came that could be verified: there are no events to list"
	}
	return "the events of the answer to send_join are shown once it has come"
}

// unheardProse says of a request that never reached us why it is drawn.
func (s *Scene) unheardProse(u *diagnose.Unheard) *Prose {
	b := s.Prose()
	s.putUnheard(b, u)
	return &b.Prose
}

func (s *Scene) putUnheard(b *Builder, u *diagnose.Unheard) {
	b.Section("Inferred: a request that never reached us")
	b.Say("No entry is about this arrow: it is drawn because it is missing. " + u.Server + " has to fetch our key " +
		"before it can check who asks; it refused us for want of it, and nothing came to our listener from there.")
	b.Field("Follows from:", EvidenceWords([]int{u.Refusal})+", the refusal")
	for _, f := range s.Findings {
		if slices.Contains(u.Findings, f.ID) {
			b.Field("Finding:", f.Title)
		}
	}
}

// canonicalAtMost is how large a body may be that is made canonical while a frame waits, in bytes.
const canonicalAtMost = 1 << 20

// Canonical gives a body as canonical JSON, as events are hashed and signed; false where it has no such form, or is too
// large. Numbers that canonical JSON does not know stay as they are.
func Canonical(raw []byte) ([]byte, bool) {
	if len(raw) > canonicalAtMost {
		return nil, false
	}
	out, err := event.Canonical(raw, false)
	return out, err == nil
}

// Choice is the pair that is compared: the one that was chosen, otherwise the first that makes sense from the row.
// False where there is none.
func (s *Scene) Choice() (PairChoice, bool) {
	if len(s.Chosen.Pairs) > 0 {
		return s.Chosen, true
	}
	list := compare.PairsOf(s.Trace, s.State, s.Entry())
	return PairChoice{Pairs: list}, len(list) > 0
}

// loggedProse is what a log has of an entry, where that is all there is.
func (s *Scene) loggedProse(e *flow.Entry) *Prose {
	b := s.Prose()
	switch {
	case e.Kind == flow.Gap:
		b.SectionOf(OfTerm("log gap"), "A gap in the log")
		b.Say("The log tells nothing of this exchange. It must have been, because of what the log tells next; " +
			"or it was left out, for the reason in the line below.")
	case e.Response != nil:
		b.SectionOf(OfTerm("log gap"), "The body is not in the log")
		b.Say("Nothing of what it held is known, and nothing is checked.")
	default:
		b.SectionOf(OfTerm("log gap"), "Known from a log")
	}
	s.loggedLines(b, e)
	return &b.Prose
}

// loggedLines adds the lines of the log that tell of an entry.
func (s *Scene) loggedLines(b *Builder, e *flow.Entry) {
	if e.Logged == nil || len(e.Logged.Lines) == 0 {
		b.Remark("No line of the log tells of it by itself.")
		return
	}
	b.Field("from line", strconv.Itoa(e.Logged.From))
	for _, line := range e.Logged.Lines {
		b.Put(b.Text, line)
	}
}
