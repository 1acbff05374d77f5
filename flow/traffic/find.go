package traffic

import (
	"cmp"
	"slices"
	"time"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/response"
)

// A Handshake is one that was found among the exchanges of an archive.
type Handshake struct {
	User   string // who joins
	Target string // the alias or ID of the room that was asked for
	Room   string // its ID
	Began  time.Time
	Status int // of the last answer to send_join, or to make_join where there is none; 0: there is none

	joining  string
	keyID    string
	client   *Exchange
	parts    []*Exchange // in order, without the client's
	asked    map[string]bool
	lookedUp bool // the directory was asked
	sent     bool // send_join was
	in       bool // ... and answered with success
	cut      bool // one passed whose event was not kept whole
	last     time.Time
	over     bool // nothing more belongs to it
}

// mostParts bounds the exchanges of one handshake, but for those about keys. Nobody asks that many servers.
const mostParts = 1000

// full reports whether no more belongs to a handshake.
func (h *Handshake) full() bool { return h.over || len(h.parts) >= mostParts }

// attempt is how long after its last exchange a handshake may still go on.
const attempt = 10 * time.Minute

// A finder finds handshakes in exchanges, in order of their time.
type finder struct {
	found     []*Handshake
	of        map[names]*Handshake // the last one
	inRoom    map[names]*Handshake // the last one of anybody of a server
	lookups   map[names]*Exchange  // those for a room that belong to no handshake yet
	clients   map[string]*Exchange // requests of clients that belong to none yet, by what they want to join
	invites   map[names]*Exchange
	begun     map[names]*Handshake // those that a lookup began, which has been answered; only while they happen
	unclaimed int                  // requests of clients that nothing followed
	seesAll   bool                 // the exchanges with every server of the room are seen
}

// names are a server, a user and a room, as far as they count.
type names struct{ server, user, room string }

func newFinder() *finder {
	return &finder{of: map[names]*Handshake{}, inRoom: map[names]*Handshake{}, lookups: map[names]*Exchange{},
		clients: map[string]*Exchange{}, invites: map[names]*Exchange{}, begun: map[names]*Handshake{}}
}

// find finds the handshakes in exchanges.
func find(list []Exchange) *finder {
	f := newFinder()
	ordered := make([]*Exchange, 0, len(list))
	for i := range list {
		if list[i].Request.Endpoint != "" {
			ordered = append(ordered, &list[i])
		}
	}
	slices.SortStableFunc(ordered, func(a, b *Exchange) int { return cmp.Or(a.Start.Compare(b.Start), a.Place-b.Place) })
	for _, x := range ordered {
		f.see(x)
	}
	f.unclaimed += len(f.clients)
	return f
}

// see takes in the exchange that comes next, and returns the handshake it belongs to; nil where it belongs to none yet.
// Of one that has no answer so far, see answered.
func (f *finder) see(x *Exchange) *Handshake {
	switch x.Request.Endpoint {
	case client.ClientJoin:
		if f.clients[x.Names[0]] != nil {
			f.unclaimed++
		}
		f.clients[x.Names[0]] = x
	case client.QueryDirectory:
		return f.lookup(x)
	case client.MakeJoin:
		return f.template(x)
	case client.SendJoinV1, client.SendJoinV2:
		return f.join(x)
	case client.MakeLeave, client.SendLeave:
		return f.leave(x)
	case client.Invite, client.InviteV1:
		f.invites[names{"", stateKey(x.Request.Body), x.Names[0]}] = x
	}
	return nil
}

// lookup takes in a query for an alias: of the handshake that is going on in the room which it names, or of the next.
func (f *finder) lookup(x *Exchange) *Handshake {
	if x.Response == nil || !response.Succeeds(x.Response) {
		return nil
	}
	room, _ := event.GetString(x.Response.Body, "room_id")
	key := names{server: x.Origin, room: room}
	if h := f.inRoom[key]; h != nil && !h.lookedUp && !h.sent && x.Start.Sub(h.last) < attempt {
		h.lookedUp = true
		h.add(x)
		return h
	}
	f.lookups[key] = x
	return nil
}

// template takes in a make_join.
func (f *finder) template(x *Exchange) *Handshake {
	room, user := x.Names[0], x.Names[1]
	joining := cmp.Or(x.Origin, client.Domain(user))
	key := names{joining, user, room}
	h := f.of[key]
	if h == nil || h.sent && !f.goesOn(h, x) || h.full() || h.asked[x.Server] || x.Start.Sub(h.last) > attempt ||
		f.lookups[names{server: joining, room: room}] != nil || f.begun[names{server: joining, room: room}] != nil ||
		h.client != nil && h.client.End.Before(x.Start) {
		h = f.begin(key, x)
	}
	if h == nil {
		return nil
	}
	h.asked[x.Server] = true
	h.keyID = cmp.Or(h.keyID, x.KeyID)
	h.add(x)
	h.answered(x)
	return h
}

// goingOn is how long after an answer to its join a server may turn to another one, and still mean the same join.
const goingOn = time.Minute

// goesOn reports whether a make_join after a send_join belongs to the same handshake: a server that does not take the
// answer it was given may turn to the next one. Only whoever sees all servers of the room can tell.
func (f *finder) goesOn(h *Handshake, x *Exchange) bool {
	return f.seesAll && !h.asked[x.Server] && x.Start.Sub(h.last) < goingOn
}

// answered takes in the answer to one of the exchanges, where it has one.
func (h *Handshake) answered(x *Exchange) {
	if x.Response == nil {
		return
	}
	switch x.Request.Endpoint {
	case client.MakeJoin:
		h.Status = x.Response.Status
	case client.SendJoinV1, client.SendJoinV2:
		h.Status = x.Response.Status
		h.in = response.Succeeds(response.Unlisted(x.Response))
	}
}

// begin begins a handshake with its first request to a resident server; nil where its names are none.
func (f *finder) begin(key names, x *Exchange) *Handshake {
	_, badServer := client.ParseServerName(key.server)
	_, badUser := client.ParseUserID(key.user)
	_, badRoom := client.ParseRoomID(key.room)
	if cmp.Or(badServer, badUser, badRoom) != nil {
		return nil
	}
	inRoom := names{server: key.server, room: key.room}
	h := f.begun[inRoom]
	if delete(f.begun, inRoom); h == nil || h.over {
		h = &Handshake{Target: key.room, Began: x.Start, joining: key.server, asked: map[string]bool{}}
		f.found = append(f.found, h)
	}
	h.User, h.Room = key.user, key.room
	if invite := f.invites[names{"", key.user, key.room}]; invite != nil {
		delete(f.invites, names{"", key.user, key.room})
		h.add(invite)
	}
	if looked := f.lookups[inRoom]; looked != nil {
		delete(f.lookups, inRoom)
		h.lookedUp = true
		h.add(looked)
		if alias := looked.Query.Get("room_alias"); client.IsAlias(alias) && validAlias(alias) {
			h.Target = alias
		}
	}
	for _, wanted := range []string{h.Target, key.room} {
		if c := f.clients[wanted]; c != nil && h.client == nil && (c.End.After(x.Start) || c.End.Equal(c.Start)) {
			delete(f.clients, wanted)
			h.client, h.Target = c, wanted
		}
	}
	f.of[key], f.inRoom[inRoom] = h, h
	return h
}

func validAlias(s string) bool {
	_, err := client.ParseAlias(s)
	return err == nil
}

// join takes in a send_join. One without the whole of its event tells neither who joins nor what with: it counts as not
// there, and its handshake lacks it.
func (f *finder) join(x *Exchange) *Handshake {
	if x.Cut {
		if h := f.inRoom[names{server: x.Origin, room: x.Names[0]}]; h != nil && !h.over {
			h.cut = true
		}
		return nil
	}
	user := stateKey(x.Request.Body)
	key := names{cmp.Or(x.Origin, client.Domain(user)), user, x.Names[0]}
	h := f.of[key]
	if h == nil || h.in || h.full() {
		h = f.begin(key, x)
	}
	if h == nil {
		return nil
	}
	h.sent, h.Status = true, 0
	h.keyID = cmp.Or(h.keyID, x.KeyID)
	h.add(x)
	h.answered(x)
	return h
}

// leave takes in a leave that follows a join.
func (f *finder) leave(x *Exchange) *Handshake {
	user := stateKey(x.Request.Body)
	if x.Request.Endpoint == client.MakeLeave {
		user = x.Names[1]
	}
	if h := f.of[names{cmp.Or(x.Origin, client.Domain(user)), user, x.Names[0]}]; h != nil && h.in && !h.full() {
		h.add(x)
		return h
	}
	return nil
}

// add adds an exchange.
func (h *Handshake) add(x *Exchange) {
	h.parts = append(h.parts, x)
	if x.End.After(h.last) {
		h.last = x.End
	}
	if x.Start.Before(h.Began) {
		h.Began = x.Start
	}
}

// stateKey is the state key of an event, alone or in an invite.
func stateKey(body []byte) string {
	if s, ok := event.GetString(body, "state_key"); ok {
		return s
	}
	s, _ := event.GetString(body, "event", "state_key")
	return s
}
