package traffic

import (
	"slices"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/response"
)

// What is kept of exchanges that belong to no handshake yet, or to any.
const (
	mostWaiting = 1000    // lookups and invites
	mostKeys    = 200     // answers about keys
	mostKeyBody = 1 << 20 // bytes of one
)

// A Live finds handshakes among exchanges while these happen, and makes their traces, by the rules by which Find and
// Capture.Trace do so with a file. It is not safe for concurrent use.
type Live struct {
	finder  *finder
	header  flow.Header
	lookups bool
	most    int // handshakes at once
	growing []*Growing
	keys    []*Exchange              // answered, the newest last
	of      map[*Exchange][]*Growing // of exchanges without an answer
	forgot  time.Time                // when what nothing followed was last forgotten
}

// NewLive returns what finds handshakes, so many at once at most. header holds what all their traces have in common:
// Tool, Source, Imported. With lookups a handshake begins with the question which room an alias is: who joins is not
// known then.
func NewLive(header flow.Header, lookups bool, most int) *Live {
	f := newFinder()
	f.seesAll = header.Source == flow.SourceHost
	return &Live{finder: f, header: header, lookups: lookups, most: most, of: map[*Exchange][]*Growing{}}
}

// A Growing is a handshake that happens, and its trace so far.
type Growing struct {
	Handshake *Handshake

	r       *rebuilder
	keys    []Exchange // with documents of the joining server
	read    int        // how many of them were looked into for its key, and of which name
	readFor string
	aside   int       // requests that lie under the arrows
	last    time.Time // when anything of it was seen
	pending int       // requests without an answer
	settled int       // entries when its answer was verified last; 0: it was not
}

// Begun takes in a request that has just come, without an answer yet. It returns the handshake that begins with it; nil
// where none does. One too many is not followed: lost is true then.
func (l *Live) Begun(x *Exchange) (g *Growing, lost bool) {
	switch x.Request.Endpoint {
	case client.QueryDirectory:
		return l.looksUp(x)
	case client.ClientJoin: // on the way to the server that joins, whose own requests do not pass here
		return nil, false
	}
	l.forget(x.Start)
	h := l.finder.see(x)
	if h == nil {
		l.aside(x)
		return nil, false
	}
	if g = l.growth(h); g != nil {
		g.began(x)
		l.of[x] = append(l.of[x], g)
		return nil, false
	}
	return l.start(h, x)
}

// start begins the trace of a handshake with x.
func (l *Live) start(h *Handshake, x *Exchange) (g *Growing, lost bool) {
	if len(l.growing) >= l.most {
		l.drop(h)
		return nil, true
	}
	g = l.begin(h, x)
	g.began(x)
	l.of[x] = append(l.of[x], g)
	return g, false
}

// looksUp takes in the question which room an alias is.
func (l *Live) looksUp(x *Exchange) (g *Growing, lost bool) {
	_, bad := client.ParseServerName(x.Origin)
	if alias := x.Query.Get("room_alias"); l.lookups && bad == nil && validAlias(alias) {
		h := &Handshake{Target: alias, Began: x.Start, joining: x.Origin, asked: map[string]bool{}, lookedUp: true,
			keyID: x.KeyID}
		h.add(x)
		return l.start(h, x)
	}
	return nil, false
}

// aside has a request that lies under the arrows of handshakes in each of them. One for keys waits for its answer,
// which tells whose they are, unless that is known.
func (l *Live) aside(x *Exchange) {
	if !x.Back && waits(x) {
		return
	}
	for _, g := range l.growing {
		if g.lies(x) && g.admits() {
			g.began(x)
			l.of[x] = append(l.of[x], g)
		}
	}
}

// waits reports whether it takes the answer to tell what a request is about.
func waits(x *Exchange) bool {
	return x.Request.Endpoint == client.ServerKeys || x.Request.Endpoint == client.NotaryQuery
}

// Ended takes in the answer to a request that was given to Begun. What the request was is not changed any more.
func (l *Live) Ended(x *Exchange) {
	if x.Request.Endpoint == client.QueryDirectory {
		l.lookedUp(x)
	}
	if waits(x) && l.of[x] == nil {
		l.keysCame(x)
		return
	}
	for _, g := range l.of[x] {
		if g.Handshake.over {
			continue
		}
		g.Handshake.answered(x)
		g.ended(x)
	}
	delete(l.of, x)
	if waits(x) {
		l.remember(x)
	}
}

// lookedUp takes in the answer to a lookup.
func (l *Live) lookedUp(x *Exchange) {
	if x.Response == nil || !response.Succeeds(x.Response) {
		return
	}
	room, _ := event.GetString(x.Response.Body, "room_id")
	key := names{server: x.Origin, room: room}
	if started := l.of[x]; len(started) > 0 {
		if len(l.finder.begun) < mostWaiting {
			l.finder.begun[key] = started[0].Handshake
		}
		return
	}
	if len(l.finder.lookups) >= mostWaiting {
		return
	}
	if h := l.finder.lookup(x); h != nil {
		if g := l.growth(h); g != nil {
			g.whole(x)
		}
	}
}

// forget forgets lookups and invites that nothing followed.
func (l *Live) forget(now time.Time) {
	if now.Sub(l.forgot) < attempt && len(l.finder.lookups) < mostWaiting && len(l.finder.invites) < mostWaiting {
		return
	}
	l.forgot = now
	for _, waiting := range []map[names]*Exchange{l.finder.lookups, l.finder.invites} {
		for key, x := range waiting {
			if now.Sub(x.Start) > attempt || len(waiting) >= mostWaiting {
				delete(waiting, key)
			}
		}
	}
}

// keysCame takes in an exchange about keys, of which the answer tells whose they are: all handshakes that are going on
// may rest on it, and so may those that begin soon.
func (l *Live) keysCame(x *Exchange) {
	for _, g := range l.growing {
		if g.r.aside(x) && g.admits() {
			g.whole(x)
		}
	}
	l.remember(x)
}

// remember keeps an answer about keys for handshakes that begin soon, the last one of each server.
func (l *Live) remember(x *Exchange) {
	if x.Response == nil || !response.Succeeds(x.Response) || len(x.Response.Body) > mostKeyBody {
		return
	}
	server := serverOf(x)
	l.keys = slices.DeleteFunc(l.keys, func(y *Exchange) bool {
		return x.Start.Sub(y.Start) > attempt ||
			y.Request.Endpoint == x.Request.Endpoint && y.Request.Target == x.Request.Target && serverOf(y) == server
	})
	l.keys = append(l.keys, x)
	if len(l.keys) > mostKeys {
		l.keys = slices.Delete(l.keys, 0, 1)
	}
}

// growth is the growing trace of a handshake; nil where there is none, or no longer.
func (l *Live) growth(h *Handshake) *Growing {
	for _, g := range l.growing {
		if g.Handshake == h {
			return g
		}
	}
	return nil
}

// begin begins the trace of a handshake with what is there of it before x.
func (l *Live) begin(h *Handshake, x *Exchange) *Growing {
	g := &Growing{Handshake: h, r: newRebuilder(h), last: x.Start}
	var before []*Exchange
	for _, y := range l.keys {
		if x.Start.Sub(y.Start) <= attempt {
			before = append(before, y)
		}
	}
	for _, y := range h.parts {
		if y != x {
			before = append(before, y)
		}
	}
	slices.SortStableFunc(before, func(a, b *Exchange) int { return a.Start.Compare(b.Start) })
	created := x.Start
	if len(before) > 0 {
		created = before[0].Start
	}
	g.r.live = true
	g.r.missing[flow.MissingTLS], g.r.missing[flow.MissingClient] = true, true
	header := l.header
	header.Created = created.UTC().Truncate(time.Millisecond)
	from := flow.Imported{}
	if l.header.Imported != nil {
		from = *l.header.Imported
	}
	header.Imported = &from
	g.r.trace.Header = header
	l.growing = append(l.growing, g)
	for _, y := range before {
		g.whole(y)
	}
	return g
}

// lies reports whether a request lies under the arrows of the handshake.
func (g *Growing) lies(x *Exchange) bool {
	switch {
	case g.Handshake.full(), x.Cut:
		return false
	case x.Back:
		return x.Server == g.Handshake.joining
	case x.Request.Endpoint == client.ServerVersion, x.Request.Endpoint == client.StateIDs:
		return g.r.aside(x)
	case x.Request.Endpoint == client.Invite:
		return false
	}
	return x.Origin == g.Handshake.joining // what else the joining server does
}

// admits reports whether another request may lie under the arrows, and counts it: anybody can send them.
func (g *Growing) admits() bool {
	g.aside++
	return g.aside <= mostParts
}

// began appends a request.
func (g *Growing) began(x *Exchange) {
	g.pending++
	g.seen(x.Start)
	g.refresh()
	if x.Request.Endpoint == client.MakeLeave {
		g.Verify()
	}
	g.r.began(&moment{at: x.Start, x: x})
}

// ended appends an answer.
func (g *Growing) ended(x *Exchange) {
	g.pending--
	g.seen(x.End)
	g.r.ended(&moment{at: x.End, x: x, ends: true})
	if x.Request.Endpoint == client.ServerKeys && x.Response != nil && serverOf(x) == g.Handshake.joining &&
		len(g.keys) < mostKeys {
		g.keys = append(g.keys, *x)
	}
	g.refresh()
}

// whole appends a request and its answer.
func (g *Growing) whole(x *Exchange) {
	g.began(x)
	g.ended(x)
}

// refresh has the header say what is known by now.
func (g *Growing) refresh() {
	key := g.r.trace.Header.VerifyKey
	if len(g.keys) > g.read || g.readFor != g.Handshake.keyID {
		key = g.r.ownKey(g.keys)
		g.read, g.readFor = len(g.keys), g.Handshake.keyID
	}
	g.r.trace.Header = g.r.header(g.r.trace.Header, key)
}

func (g *Growing) seen(at time.Time) {
	g.last = later(g.last, at)
	g.Handshake.last = later(g.Handshake.last, at)
}

// Trace is the trace so far. Its entries are never changed. Of its header, what is not known in the beginning is filled
// in as it is seen: who joins, the form, the key, what is missing.
func (g *Growing) Trace() flow.Trace {
	t := g.r.trace
	from := *t.Header.Imported
	from.Missing, from.Redone = g.r.lacks(), slices.Clone(from.Redone)
	t.Header.Imported = &from
	return t.Prefix(len(t.Entries))
}

// Joining is the server that joins.
func (g *Growing) Joining() string { return g.Handshake.joining }

// Entry appends an entry of another kind, with its Seq and At set by this.
func (g *Growing) Entry(e flow.Entry, at time.Time) { g.r.append(at, e); g.seen(at) }

// Fetched appends an exchange that somebody else made, about keys that signatures in the handshake need: x.By.
func (g *Growing) Fetched(x *Exchange) { g.whole(x) }

// Verify appends that the answer is verified, where there is one and it can be, and anything new came since it was.
func (g *Growing) Verify() {
	if n := len(g.r.trace.Entries); n > 0 && g.settled != n && g.accepted() && !g.r.missing[flow.MissingTemplate] {
		g.r.append(g.r.trace.Header.Created.Add(g.r.trace.Entries[n-1].At),
			flow.Entry{Kind: flow.Local, Step: flow.L2, From: flow.Joining, To: flow.Joining})
		g.r.redone(flow.L2)
		g.settled = n + 1
	}
}

// accepted reports whether the join was answered with success.
func (g *Growing) accepted() bool {
	return slices.ContainsFunc(g.r.trace.Entries, func(e flow.Entry) bool {
		return e.Step == flow.A7 && e.Kind == flow.Response && response.Succeeds(response.Unlisted(e.Response))
	})
}

// LacksKeys notes whether keys are missing of servers that signed something.
func (g *Growing) LacksKeys(yes bool) { g.r.missing[flow.MissingKeys] = yes }

// A Stage says how far a handshake has got, for whoever decides when it is over.
type Stage int

// The stages.
const (
	Waits  Stage = iota // a request has no answer
	Builds              // there is a protoevent, and no join of it yet
	Rests               // every request has been answered: nothing has to follow
)

// Stage says how far it has got, and since when.
func (g *Growing) Stage() (Stage, time.Time) {
	switch {
	case g.pending > 0:
		return Waits, g.last
	case !g.Handshake.sent && !g.Handshake.cut && !g.r.missing[flow.MissingTemplate]:
		return Builds, g.last
	}
	return Rests, g.last
}

// Same reports whether it is a join of the same user in the same room.
func (g *Growing) Same(o *Growing) bool {
	a, b := g.Handshake, o.Handshake
	return a.joining == b.joining && a.User == b.User && a.Room == b.Room
}

// Over ends a handshake: nothing more belongs to it.
func (l *Live) Over(g *Growing) {
	l.growing = slices.DeleteFunc(l.growing, func(o *Growing) bool { return o == g })
	l.drop(g.Handshake)
}

// drop forgets a handshake.
func (l *Live) drop(h *Handshake) {
	h.over = true
	f := l.finder
	f.found = slices.DeleteFunc(f.found, func(o *Handshake) bool { return o == h })
	for _, by := range []map[names]*Handshake{f.of, f.inRoom, f.begun} {
		for key, o := range by {
			if o == h {
				delete(by, key)
			}
		}
	}
}

// Of returns the handshakes that a request without an answer belongs to.
func (l *Live) Of(x *Exchange) []*Growing { return l.of[x] }
