package compare

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/response"
)

// A StepRow is one exchange, or one piece of local work, of two handshakes: what was asked in both, or in one only.
type StepRow struct {
	ID       flow.StepID     `json:"id"` // of the request, or of the work
	Endpoint client.Endpoint `json:"endpoint,omitempty"`
	Work     Work            `json:"work,omitempty"` // what it is where nobody was asked
	A        *Exchange       `json:"a"`              // nil: there is none
	B        *Exchange       `json:"b"`
	// Differences are what differs and does not between any two runs. What differs in the same way in several events is
	// one of them.
	Differences []Difference `json:"differences"`
	Follows     int          `json:"follows"`         // differences told before: fields that were copied from there
	Alike       int          `json:"alike"`           // values that are equal
	AsAny       int          `json:"as_any_two_runs"` // values that differ as between any two runs
	Events      int          `json:"events"`          // of two answers: events that are in both
}

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

// A Part is what of a step a difference is in.
type Part string

// The parts.
const (
	PartAsked      Part = "request"    // method, endpoint, path
	PartQuery      Part = "query"      //
	PartSent       Part = "sent"       // the body of the request
	PartStatus     Part = "status"     // of the answer
	PartFailure    Part = "failure"    // why there is no whole answer
	PartType       Part = "media_type" // Content-Type of the answer
	PartPace       Part = "pace"       // how its time or size compares with what homeservers put up with
	PartBody       Part = "body"       // of the answer
	PartProtoevent Part = "protoevent"
	PartEvent      Part = "event"      // the event as it was signed
	PartReturned   Part = "returned"   // the event as it came back
	PartState      Part = "state"      // which events are in state
	PartAuthChain  Part = "auth_chain" // which events are in auth_chain
	PartEvents     Part = "events"     // what is in the events of state and auth_chain
	PartDiscovery  Part = "discovery"
)

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

// steps aligns the exchanges of both handshakes and compares those that belong together.
func (c *comparer) steps() []StepRow {
	ea, eb := exchanges(c.a.Trace), exchanges(c.b.Trace)
	partner := c.partners(ea, eb)
	at := map[*Exchange]int{} // of those of b that have a partner: the index of it
	for i, x := range ea {
		if y := partner[x]; y != nil {
			at[y] = i
		}
	}
	rows := []StepRow{}
	told := map[*Exchange]bool{}
	alone := func(until *Exchange) { // those of b alone that come before one of b
		for _, y := range eb {
			if y == until {
				return
			}
			if _, paired := at[y]; !paired && !told[y] {
				told[y] = true
				rows = append(rows, c.row(nil, y))
			}
		}
	}
	for _, x := range ea {
		y := partner[x]
		if y != nil && x.Entry.Step != flow.R {
			alone(y)
		}
		rows = append(rows, c.row(x, y))
	}
	alone(nil)
	return rows
}

// partners says which exchange of the second handshake is the same step as one of the first: of its sort with the same
// server, otherwise of its sort in order.
func (c *comparer) partners(ea, eb []*Exchange) map[*Exchange]*Exchange {
	out := map[*Exchange]*Exchange{}
	taken := map[*Exchange]bool{}
	bySort := map[sort][]*Exchange{}
	for _, y := range eb {
		bySort[y.sort()] = append(bySort[y.sort()], y)
	}
	match := func(fits func(x, y *Exchange) bool) {
		for _, x := range ea {
			for _, y := range bySort[x.sort()] {
				if out[x] == nil && !taken[y] && fits(x, y) {
					out[x], taken[y] = y, true
				}
			}
		}
	}
	match(func(x, y *Exchange) bool { return c.sameServer(x, y) && sameDetour(x, y) })
	match(c.sameServer)
	match(func(x, y *Exchange) bool { return x.Entry.Step != flow.R || c.strangers(x, y) })
	return out
}

func (c *comparer) sameServer(x, y *Exchange) bool {
	return x.Server == y.Server && x.Server == "" || c.names.paired(aServer, x.Server, y.Server)
}

// strangers reports whether neither server has a partner.
func (c *comparer) strangers(x, y *Exchange) bool {
	return c.names.unpaired(aServer, x.Server, y.Server)
}

// sameDetour reports whether two requests ask for the same thing: probes ask one server for several.
func sameDetour(x, y *Exchange) bool {
	if x.Entry.Request == nil || y.Entry.Request == nil {
		return true
	}
	return strings.Contains(x.Entry.Request.Target, "%") == strings.Contains(y.Entry.Request.Target, "%")
}

// row compares two exchanges; one of them may be missing.
func (c *comparer) row(x, y *Exchange) StepRow {
	one := cmp.Or(x, y)
	s := one.sort()
	r := StepRow{ID: s.id, Work: s.work, A: x, B: y, Differences: []Difference{}}
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

// rowWork is the comparison of two exchanges.
type rowWork struct {
	*comparer
	row  *StepRow
	x, y *Exchange
}

// take adds what a comparison of two documents came to.
func (w rowWork) take(p Part, in string, list []Difference) {
	for _, d := range list {
		switch d.Part = p; d.Kind {
		case Equal:
			w.row.Alike++
		case AsAny:
			w.row.AsAny++
		default:
			if in != "" {
				d.In = []string{in}
			}
			if w.follows(d) {
				w.row.Follows++
				continue
			}
			w.row.Differences = append(w.row.Differences, d)
		}
	}
}

// follows reports whether a difference of our event, or of the one that came back, was told of what it was made from.
func (w rowWork) follows(d Difference) bool {
	if d.Part != PartProtoevent && d.Part != PartEvent && d.Part != PartReturned {
		return false
	}
	k := w.likeness(d)
	k.part = ""
	if d.Part != PartProtoevent && w.copied[k] {
		return true
	}
	w.copied[k] = true
	return false
}

// fact compares one thing that is no JSON, but that a status is a number; empty is absent.
func (w rowWork) fact(p Part, path, a, b string) {
	d := Difference{Part: p, Path: path, Kind: Replaced}
	for _, side := range []struct {
		says string
		text *Text
	}{{a, &d.A}, {b, &d.B}} {
		switch {
		case side.says == "":
		case p == PartStatus:
			*side.text = Text(side.says)
		default:
			*side.text = event.Quote(strings.ToValidUTF8(side.says, "\uFFFD"))
		}
	}
	switch {
	case a == "" && b == "":
		return
	case a == b:
		d.Kind = Equal
	case a == "":
		d.Kind = Added
	case b == "":
		d.Kind = Removed
	}
	w.take(p, "", []Difference{d})
}

// documents compares two JSON documents, name for name.
func (w rowWork) documents(p Part, in string, a, b []byte) {
	switch {
	case a == nil && b == nil:
		return
	case b == nil:
		w.take(p, in, []Difference{{Kind: Removed, A: a}})
		return
	case a == nil:
		w.take(p, in, []Difference{{Kind: Added, B: b}})
		return
	}
	d := differ{names: w.names}
	d.value(spot{}, a, b, 0)
	w.take(p, in, d.out)
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

// built reports whether a request carries the event as it was built.
func (x *Exchange) built(s flow.State) bool {
	b := s.Of(x.Entry).Build
	return b != nil && (x.Entry.Step == flow.A6 || x.Entry.Step == flow.U3) &&
		string(x.Entry.Request.Body) == string(b.Event)
}

func body(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return b
}

// segments is a path as a JSON list of its segments.
func segments(path string) []byte {
	return list(strings.Split(strings.Trim(path, "/"), "/"), url.PathUnescape)
}

func list(texts []string, plain func(string) (string, error)) []byte {
	out := []byte("[")
	for i, t := range texts {
		if p, err := plain(t); err == nil {
			t = p
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, event.Quote(strings.ToValidUTF8(t, "\uFFFD"))...)
	}
	return append(out, ']')
}

// parameters are those of a query as a JSON object: a text, or a list of texts where a name comes more than once.
func parameters(query string) []byte {
	if query == "" {
		return []byte("{}")
	}
	values := map[string][]string{}
	for _, pair := range strings.Split(query, "&") {
		k, v, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(k); err == nil {
			k = plain
		}
		values[strings.ToValidUTF8(k, "\uFFFD")] = append(values[k], v)
	}
	keys := make([]string, 0, len(values))
	for k := range values {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	out := []byte("{")
	for i, k := range keys {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, event.Quote(k)...), ':')
		all := list(values[k], url.QueryUnescape)
		if len(values[k]) == 1 {
			all = all[1 : len(all)-1]
		}
		out = append(out, all...)
	}
	return append(out, '}')
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

// bodies compares two answers of the same sort, part by part.
func (w rowWork) bodies(a, b *flow.Entry) {
	switch {
	case w.x.Entry.Step == flow.A4 || w.x.Entry.Step == flow.U1:
		if w.split(a, b, "event", PartProtoevent) {
			return
		}
	case w.x.Entry.Step == flow.A6 && w.theReplies(a, b):
		w.sets()
		ua, _ := response.UnwrapV1(a.Response.Body)
		ub, _ := response.UnwrapV1(b.Response.Body)
		w.documents(PartBody, "", without(ua.Object, "state", "auth_chain", "event"),
			without(ub.Object, "state", "auth_chain", "event"))
		w.documents(PartReturned, "", w.a.State.Reply.Event, w.b.State.Reply.Event)
		return
	}
	w.documents(PartBody, "", body(a.Response.Body), body(b.Response.Body))
	w.validity(a, b)
}

// validity says where two key documents are valid for another time: when that ends is never the same, how long it is
// from the answer on is what a server was set to.
func (w rowWork) validity(a, b *flow.Entry) {
	if w.row.Endpoint != client.ServerKeys {
		return
	}
	x, okA := hoursValid(w.a.Trace.Header, a)
	y, okB := hoursValid(w.b.Trace.Header, b)
	if okA && okB && (x-y > 1 || y-x > 1) {
		w.take(PartBody, "", []Difference{{Path: "/valid_until_ts", Kind: Replaced, A: Text(strconv.FormatInt(x, 10)),
			B: Text(strconv.FormatInt(y, 10)), Why: OtherValidity}})
	}
}

// hoursValid is for how many hours the keys of an answer are valid when it comes, rounded; false where that is not
// said.
func hoursValid(h flow.Header, e *flow.Entry) (int64, bool) {
	until, err := strconv.ParseInt(string(event.Get(e.Response.Body, "valid_until_ts")), 10, 64)
	const most = 1 << 53
	if err != nil || until < 0 || until > most || h.Created.IsZero() {
		return 0, false
	}
	left := time.Duration(until-h.Created.Add(e.At).UnixMilli()) * time.Millisecond
	if until-h.Created.UnixMilli() > int64(100*365*24*time.Hour/time.Millisecond) {
		return 0, false // as good as for ever
	}
	return int64(left.Round(time.Hour) / time.Hour), true
}

// theReplies reports whether both are the answers whose events were read.
func (w rowWork) theReplies(a, b *flow.Entry) bool {
	ra, rb := w.a.State.Reply, w.b.State.Reply
	return ra != nil && rb != nil && ra.Seq == a.Seq && rb.Seq == b.Seq && ra.Usable() && rb.Usable() && len(w.events) > 0
}

// split compares a member of two bodies as a part of its own, and then the rest.
func (w rowWork) split(a, b *flow.Entry, key string, p Part) bool {
	va, vb := event.Get(a.Response.Body, key), event.Get(b.Response.Body, key)
	if va == nil || vb == nil {
		return false
	}
	w.documents(p, "", va, vb)
	w.documents(PartBody, "", without(a.Response.Body, key), without(b.Response.Body, key))
	return true
}

// without is an object without some of its members.
func without(object []byte, keys ...string) []byte {
	members, err := event.Members(object)
	if err != nil {
		return body(object)
	}
	out := []byte("{")
	for _, m := range members {
		if slices.Contains(keys, m.Key) {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, event.Quote(m.Key)...), ':'), m.Value...)
	}
	return append(out, '}')
}

// sets compares the events of two answers: which are in state and auth_chain, and what is in them.
func (w rowWork) sets() {
	for _, p := range w.events {
		w.presence(PartState, p, func(e *answerEvent) bool { return e.inState })
		w.presence(PartAuthChain, p, func(e *answerEvent) bool { return e.inChain })
		if p.a != nil && p.b != nil {
			w.row.Events++
			w.documents(PartEvents, p.label, p.a.raw, p.b.raw)
		}
	}
}

// presence says whether an event is in a list of one answer only.
func (w rowWork) presence(part Part, p eventPair, in func(*answerEvent) bool) {
	d := Difference{Kind: Equal}
	switch inA, inB := p.a != nil && in(p.a), p.b != nil && in(p.b); {
	case !inA && !inB:
		return
	case !inB:
		d.Kind, d.A = Removed, p.a.raw
	case !inA:
		d.Kind, d.B = Added, p.b.raw
	}
	w.take(part, p.label, []Difference{d})
}

// A likeness is what two differences have in common that are told as one.
type likeness struct {
	part              Part
	path, other, a, b string
	kind              Kind
	why               Reason
	about             string
}

// likeness is that of a difference. Names, times and hashes that only one side has are one as good as another.
func (c *comparer) likeness(d Difference) likeness {
	value := func(v Text, second bool) string {
		if d.Kind == Added || d.Kind == Removed {
			if s, ok := event.String(v); ok && c.names.classOf(s, second) >= anEvent {
				return "a name"
			}
			key := d.Path[strings.LastIndexByte(d.Path, '/')+1:]
			if times[key] || key == "unsigned" || key == "signatures" || key == "hashes" {
				return key
			}
		}
		return string(v)
	}
	return likeness{d.Part, d.Path, d.Other, value(d.A, false), value(d.B, true), d.Kind, d.Why, d.About}
}

// grouped makes one of the differences that are the same in several events.
func (c *comparer) grouped(all []Difference) []Difference {
	out := make([]Difference, 0, len(all))
	at := map[likeness]int{}
	for _, d := range all {
		k := c.likeness(d)
		if d.Part == PartState || d.Part == PartAuthChain { // which events they are is what there is to tell
			k.a, k.b = "", ""
		}
		if i, ok := at[k]; ok && len(d.In) > 0 {
			out[i].In = append(out[i].In, d.In...)
			continue
		}
		at[k] = len(out)
		out = append(out, d)
	}
	return out
}
