package traffic

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// rounding is how much later than its client's an answer may seem to be whole: times are in milliseconds.
const rounding = 5 * time.Millisecond

// A rebuilder makes a trace of a handshake that was found.
type rebuilder struct {
	h         *Handshake
	trace     flow.Trace
	moments   []moment
	seqs      map[*Exchange]int // of requests
	templates map[string]int    // the answer that brought a protoevent, by membership
	built     []byte            // the last event that was told of
	busy      *Exchange         // our request that has no answer yet
	live      bool              // it happens now: what is there is never changed

	directories map[string]bool // servers that were asked about an alias
	missing     map[flow.Missing]bool
}

// A moment is an exchange that begins or ends.
type moment struct {
	at   time.Time
	x    *Exchange
	ends bool
}

func newRebuilder(h *Handshake) *rebuilder {
	return &rebuilder{h: h, directories: map[string]bool{}, seqs: map[*Exchange]int{}, templates: map[string]int{},
		missing: map[flow.Missing]bool{
			flow.MissingDiscovery: true, flow.MissingTLS: false, flow.MissingWire: false, flow.MissingTried: true,
			flow.MissingClient: h.client == nil, flow.MissingTemplate: true, flow.MissingJoin: true,
			flow.MissingOwnKey: true}}
}

// rebuild makes a trace of a handshake: of its own exchanges, and of those about keys among all.
func rebuild(h *Handshake, all []Exchange, from Source, tool string) flow.Trace {
	r := newRebuilder(h)
	r.collect(all)
	r.carried()
	created := h.Began
	if len(r.moments) > 0 {
		created = r.moments[0].at
	}
	r.trace.Header = r.header(flow.Header{Created: created, Tool: tool, Source: flow.SourceImport,
		Imported: &flow.Imported{From: from.From, By: from.By}}, r.ownKey(all))
	for i := range r.moments {
		if m := &r.moments[i]; m.ends {
			r.ended(m)
		} else {
			r.began(m)
		}
	}
	r.verify()
	r.note()
	return r.trace
}

// mostAside bounds the exchanges that lie under the arrows of a handshake: more are in no recording that is read again.
const mostAside = 50_000

// collect puts the exchanges in order, with those about keys.
func (r *rebuilder) collect(all []Exchange) {
	parts := slices.Clone(r.h.parts)
	end := r.h.last
	if c := r.h.client; c != nil {
		parts = append(parts, c)
		end = later(end, c.End)
	}
	own := len(parts)
	for i := range all {
		if len(parts) == own+mostAside {
			break
		}
		if x := &all[i]; x.Start.Before(end.Add(attempt)) && r.aside(x) {
			parts = append(parts, x)
		}
	}
	slices.SortStableFunc(parts, func(a, b *Exchange) int {
		return cmp.Or(a.Start.Compare(b.Start), boolOrder(a != r.h.client, b != r.h.client), a.Place-b.Place)
	})
	for i, x := range parts {
		r.moments = append(r.moments, moment{x.Start, x, false}, moment{r.endOf(x, parts[i+1:]), x, true})
	}
	answersClient := func(m moment) bool { return m.ends && m.x == r.h.client }
	slices.SortStableFunc(r.moments, func(a, b moment) int {
		return cmp.Or(a.at.Compare(b.at), boolOrder(answersClient(a), answersClient(b)))
	})
}

// carried notes where the file does not show what carried our requests, or what was on the wire.
func (r *rebuilder) carried() {
	for i := range r.moments {
		x := r.moments[i].x
		if x.Altered {
			r.missing[flow.MissingWire] = true
		}
		ours := r.follows(x) || r.asks(x)
		if ours && x.Response != nil && (x.Connection == nil || x.Connection.TLS == nil) {
			r.missing[flow.MissingTLS] = true
		}
	}
}

// endOf is when an exchange was over; after are those that began later. Programs count times in milliseconds, and some
// count the making of a connection twice, but what follows from an answer cannot have come before it.
func (r *rebuilder) endOf(x *Exchange, after []*Exchange) time.Time {
	if x == r.h.client {
		return r.clientsEnd(after)
	}
	if !r.follows(x) {
		return x.End
	}
	for _, y := range after {
		if !y.Start.Before(x.End) {
			break
		}
		if r.follows(y) || x.End.Sub(y.Start) <= time.Millisecond && r.asks(y) {
			return y.Start
		}
	}
	return x.End
}

// asks reports whether an exchange is a question of ours that lies under an arrow.
func (r *rebuilder) asks(x *Exchange) bool {
	switch x.Request.Endpoint {
	case client.ServerKeys, client.NotaryQuery, client.StateIDs, client.ServerVersion:
		return serverOf(x) != r.h.joining
	}
	return false
}

// clientsEnd is when the client was answered: after the exchanges that began before, but for some about keys.
func (r *rebuilder) clientsEnd(after []*Exchange) time.Time {
	asked := r.h.client.End
	end := asked
	for i, y := range after {
		over := r.endOf(y, after[i+1:])
		if y.Start.Before(asked) && r.follows(y) || over.Sub(asked) <= rounding {
			end = later(end, over)
		}
	}
	return end
}

// follows reports whether an exchange is one of those that the joining server makes one after the other.
func (r *rebuilder) follows(x *Exchange) bool {
	step, _, _ := flow.ArrowOf(x.Request.Endpoint)
	return step != flow.R && step != flow.A1
}

// boolOrder compares as slices.SortFunc wants it: what is not comes before what is.
func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// aside reports whether an exchange lies under the arrows of the handshake: a fetch of keys, or a question of the
// joining server about the room.
func (r *rebuilder) aside(x *Exchange) bool {
	switch x.Request.Endpoint {
	case client.ServerKeys:
		return x.Response != nil || x.Failure != nil && !x.End.Before(r.h.Began)
	case client.NotaryQuery:
		return x.Response != nil
	case client.ServerVersion:
		return r.h.asked[x.Server] && !x.Start.Before(r.h.Began)
	case client.StateIDs:
		return x.Origin == r.h.joining && x.Names[0] == r.h.Room && !x.Start.Before(r.h.Began)
	}
	return false
}

// header completes the header of the trace; verifyKey is the joining server's, see ownKey.
func (r *rebuilder) header(h flow.Header, verifyKey string) flow.Header {
	h.Joining, h.User, h.Target, h.KeyID = r.h.joining, r.h.User, r.h.Target, r.h.keyID
	h.Form, h.SendTo, h.LeftOut = flow.FormCurrent, flow.SendToSame, flow.LeftOut
	r.asked(&h)
	if c := r.h.client; c != nil {
		h.Via = slices.Concat(c.Query["via"], c.Query["server_name"])
	}
	h.VerifyKey = verifyKey
	r.missing[flow.MissingOwnKey] = h.VerifyKey == ""
	return h
}

// asked takes in what the requests of the joining server ask for.
func (r *rebuilder) asked(h *flow.Header) {
	v1, v2, offered := false, false, false
	for _, x := range r.h.parts {
		switch x.Request.Endpoint {
		case client.QueryDirectory:
			r.directories[x.Server] = true
		case client.MakeJoin:
			if !offered {
				h.Offered, offered = x.Query["ver"], true
			}
		case client.SendJoinV1:
			v1 = true
		case client.SendJoinV2:
			v2 = true
			if omit := x.Query.Get("omit_members"); omit == "true" || omit == "false" {
				yes := omit == "true"
				h.Omit = &yes
			}
		case client.MakeLeave:
			h.Leave = true
		}
	}
	switch {
	case offered && h.Offered == nil && v1 && !v2:
		h.Form = flow.Form2015
	case h.Offered == nil && offered:
		h.Offered = []string{"1"} // what no parameter means
	}
}

// ownKey is the key that the joining server signed with, in unpadded base64, where a document of it is in the file.
func (r *rebuilder) ownKey(all []Exchange) string {
	for i := range all {
		x := &all[i]
		if x.Request.Endpoint != client.ServerKeys || x.Response == nil || serverOf(x) != r.h.joining {
			continue
		}
		for _, k := range verify.ListedKeys(x.Response.Body) {
			if k.ID == r.h.keyID && !k.Old {
				return event.EncodeBase64(k.Public)
			}
		}
	}
	return ""
}

// serverOf is the server that an exchange goes to. A request for keys is not signed and says where its server is
// found, not who it is: that is in the document.
func serverOf(x *Exchange) string {
	if x.Request.Endpoint == client.ServerKeys && x.Response != nil {
		if name := verify.DocumentServer(x.Response.Body); name != "" {
			if _, err := client.ParseServerName(name); err == nil {
				return name
			}
		}
	}
	return x.Server
}

// began appends a request.
func (r *rebuilder) began(m *moment) {
	x := m.x
	if x.Request.Endpoint == client.SendJoinV1 || x.Request.Endpoint == client.SendJoinV2 {
		r.missing[flow.MissingJoin] = false
		r.build(m, "join")
	} else if x.Request.Endpoint == client.SendLeave {
		r.build(m, "leave")
	}
	request := x.Request
	e := flow.Entry{Kind: flow.Request, Request: &request, Server: serverOf(x), By: x.By}
	e.Step, e.From, e.To = flow.ArrowOf(x.Request.Endpoint)
	switch {
	case e.Step == flow.A1:
		e.Server = ""
	case x.Back, x.Request.Endpoint == client.Invite, x.Request.Endpoint == client.InviteV1,
		x.Request.Endpoint == client.OnBind, x.Request.Endpoint == client.ServerKeys && e.Server == r.h.joining:
		e.From, e.To, e.Server = flow.Resident, flow.Joining, r.caller(x)
		e.Inferred = x.Origin == "" && e.Server != ""
	}
	if e.Step == flow.R && r.directory(e.Server) {
		if e.From == flow.Joining {
			e.To = flow.Directory
		} else {
			e.From = flow.Directory
		}
	}
	r.seqs[x] = r.append(m.at, e)
	if r.follows(x) {
		r.busy = x
	}
}

// directory reports whether a server is the directory of the alias and gave no protoevent.
func (r *rebuilder) directory(server string) bool {
	if client.IsAlias(r.h.Target) && client.Domain(r.h.Target) == server && !r.h.asked[server] {
		return true
	}
	return !r.h.asked[server] && r.directories[server]
}

// caller is the server that asks us something: whoever signed the request, or was busy with one of ours.
func (r *rebuilder) caller(x *Exchange) string {
	if x.Origin != "" {
		return x.Origin
	}
	if r.busy != nil {
		return r.busy.Server
	}
	return ""
}

// ended appends an answer. One whose body the file lacks is none.
func (r *rebuilder) ended(m *moment) {
	x := m.x
	if r.busy == x {
		r.busy = nil
	}
	if x.Altered && r.live {
		r.missing[flow.MissingWire] = true
	}
	if x.Unkept {
		r.missing[flow.MissingBodies] = true
		return
	}
	asked := r.trace.Entry(r.seqs[x])
	e := flow.Entry{Kind: flow.Response, Step: flow.ResponseStep[asked.Step], From: asked.To, To: asked.From,
		Server: asked.Server, Inferred: asked.Inferred, Answers: asked.Seq, Took: m.at.Sub(x.Start), By: x.AnsweredBy,
		Response: x.Response, Failure: x.Failure, Altered: x.Instead, Held: x.Held}
	if x.Failure != nil {
		e.Kind = flow.Failure
	}
	if asked.From == flow.Joining {
		e.Connection = x.Connection
	}
	seq := r.append(m.at, e)
	if e.Kind == flow.Response && response.Succeeds(e.Response) {
		switch e.Step {
		case flow.A5:
			r.missing[flow.MissingTemplate] = false
			r.templates["join"] = seq
		case flow.U2:
			r.templates["leave"] = seq
		}
	}
}

// append appends an entry, and gives its number.
func (r *rebuilder) append(at time.Time, e flow.Entry) int {
	e.Seq, e.At = len(r.trace.Entries)+1, at.Sub(r.trace.Header.Created)
	if n := len(r.trace.Entries); n > 0 && r.live {
		e.At = max(e.At, r.trace.Entries[n-1].At)
	}
	r.trace.Entries = append(r.trace.Entries, e.Remembering())
	return e.Seq
}

// build tells of the event that is about to be sent, as far as it is one of the protoevent that came.
func (r *rebuilder) build(m *moment, membership string) {
	template := r.trace.Entry(r.templates[membership])
	if template == nil || bytes.Equal(r.built, m.x.Request.Body) {
		return
	}
	b := flow.BuildOf(r.trace.Header, template, membership, m.x.Request.Body)
	if b == nil {
		return
	}
	r.built = m.x.Request.Body
	r.redone(flow.L1)
	r.append(m.at, flow.Entry{Kind: flow.Local, Step: flow.L1, From: flow.Joining, To: flow.Joining, Build: b})
}

// redone notes that local work was told from what was sent.
func (r *rebuilder) redone(step flow.StepID) {
	if from := r.trace.Header.Imported; !slices.Contains(from.Redone, step) {
		from.Redone = append(from.Redone, step)
	}
}

// verify has the answer verified where all is there that came of asking for keys: the joining server did so at some
// time between. A client that was told of a failure was told before.
func (r *rebuilder) verify() {
	list := r.trace.Entries
	place := -1
	for i := range list {
		e := &list[i]
		switch {
		case e.Step == flow.A7 && e.Kind == flow.Response && response.Succeeds(response.Unlisted(e.Response)):
			place = i
		case place < 0:
		case e.Step == flow.R && e.Answers > 0 && e.To == flow.Joining:
			place = i
		case e.Step == flow.A8, e.Step == flow.U1:
			r.verifyAfter(place)
			return
		}
	}
	if place >= 0 {
		r.verifyAfter(place)
	}
}

// verifyAfter puts the verification after an entry. What comes later is numbered anew.
func (r *rebuilder) verifyAfter(i int) {
	if r.missing[flow.MissingTemplate] {
		return
	}
	list := r.trace.Entries
	e := flow.Entry{Seq: i + 2, At: list[i].At, Kind: flow.Local, Step: flow.L2, From: flow.Joining, To: flow.Joining}
	list = slices.Insert(list, i+1, e.Remembering())
	for j := i + 2; j < len(list); j++ {
		list[j].Seq++
		if list[j].Answers > i+1 {
			list[j].Answers++
		}
		if b := list[j].Build; b != nil && b.Template > i+1 {
			b.Template++
		}
	}
	r.trace.Entries = list
	r.redone(flow.L2)
}

// note says in the header what is missing.
func (r *rebuilder) note() {
	s := flow.Fold(r.trace)
	others := slices.DeleteFunc(s.Signers(), func(server string) bool { return server == r.h.joining })
	r.missing[flow.MissingKeys] = len(s.Keys.Missing(others)) > 0
	r.trace.Header.Imported.Missing = r.lacks()
}

// lacks is what is missing, in the order in which that is told.
func (r *rebuilder) lacks() []flow.Missing {
	var out []flow.Missing
	for _, m := range flow.Missings {
		if r.missing[m] || m == flow.MissingBodies && r.h.cut {
			out = append(out, m)
		}
	}
	return out
}
