package homelog

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
)

// The sides that a log may be of.
const (
	sideJoining  = flow.SideJoining
	sideResident = flow.SideResident
)

// A Join is one that was found in a log.
type Join struct {
	User   string // who joins
	Target string // the alias or ID of the room that was asked for
	Room   string // its ID, as far as the log tells it
	Began  time.Time
	Status int // of the last answer to the client, or to the joining server, that the log tells; 0: it tells none

	side     string
	joining  string
	via      []string
	client   *exchange
	parts    []*exchange
	last     time.Time
	over     bool
	accepted bool // Dendrite: a server let us in
	sent     bool // the join was
}

// attempt is how long after its last line a join may still go on.
const attempt = 10 * time.Minute

// mostParts bounds the exchanges of one join.
const mostParts = 1000

// mostPending bounds what is remembered until another line needs it.
const mostPending = 4096

func escape(s string) string { return url.PathEscape(s) }

func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

// names reports whether the names of a join are some: a trace without them is none.
func (j *Join) names() bool {
	_, badServer := client.ParseServerName(j.joining)
	_, badUser := client.ParseUserID(j.User)
	var badTarget error
	if client.IsAlias(j.Target) {
		_, badTarget = client.ParseAlias(j.Target)
	} else {
		_, badTarget = client.ParseRoomID(j.Target)
	}
	return cmp.Or(badServer, badUser, badTarget) == nil
}

// add adds an exchange.
func (j *Join) add(x *exchange) {
	if len(j.parts) >= mostParts {
		return
	}
	j.parts = append(j.parts, x)
	if x.ended.After(j.last) {
		j.last = x.ended
	}
	if j.Began.IsZero() || x.began.Before(j.Began) {
		j.Began = x.began
	}
	j.sent = j.sent || x.request.Endpoint == client.SendJoinV1 || x.request.Endpoint == client.SendJoinV2
	aside := x.request.Endpoint == client.QueryDirectory || x.request.Endpoint == client.ServerKeys
	if r := x.response; r != nil && !aside {
		j.Status = r.Status
	}
}

// status takes the status that the client was told.
func (j *Join) status() {
	if j.client != nil && j.client.response != nil {
		j.Status = j.client.response.Status
	}
}

// A finder finds the joins in a log, line by line.
type finder struct {
	limits
	own     string // the server whose log it is, as far as it says
	version string

	found []*Join
	lost  int // joins that are no longer kept

	byRequest map[string]*Join // Synapse, the joining side: what is going on, by the request of the client
	going     []*Join          // Dendrite, the joining side: what is going on
	asked     map[string]*Join // the resident side: the last join of a server in a room
	lookups   recent[*exchange]
	keys      []*exchange // the last requests for key documents, in either direction

	sent     recent[*exchange] // requests to others without an answer
	headers  recent[*record]
	received recent[*record]
	errors   recent[*record]
}

func newFinder(l limits) *finder {
	return &finder{limits: l, byRequest: map[string]*Join{}, asked: map[string]*Join{}}
}

// begin keeps a join that has begun.
func (f *finder) begin(j *Join) {
	f.found = append(f.found, j)
	if len(f.found) > f.joins {
		f.lost++
		f.found[0].over = true
		f.found = f.found[1:]
	}
	if len(f.going) > mostPending {
		f.going = f.going[1:]
	}
}

// shed forgets the oldest joins where all of them hold more than they may.
func (f *finder) shed() {
	var held int64
	at := len(f.found)
	for at > 0 {
		if held += f.found[at-1].weight(); held > f.held && at < len(f.found) {
			break
		}
		at--
	}
	if at == 0 {
		return
	}
	gone := map[*Join]bool{}
	for _, j := range f.found[:at] {
		gone[j], j.over, j.parts = true, true, nil
	}
	isGone := func(_ string, j *Join) bool { return gone[j] }
	maps.DeleteFunc(f.byRequest, isGone)
	maps.DeleteFunc(f.asked, isGone)
	f.going = slices.DeleteFunc(f.going, func(j *Join) bool { return gone[j] })
	f.lost += at
	f.found = slices.Clone(f.found[at:])
}

// weight is what a join holds, in bytes, roughly. What others hold as well counts as its own.
func (j *Join) weight() int64 {
	n := 500
	for _, x := range j.parts {
		n += 500 + len(x.request.Target)
		if x.response != nil {
			n += len(x.response.Body)
		}
		for _, line := range slices.Concat(x.asked, x.said) {
			n += len(line) + 16
		}
	}
	return int64(n)
}

// ended takes in the end of a request to another server, made for a request of a client of that number.
func (f *finder) ended(x *exchange, request string) {
	switch x.request.Endpoint {
	case client.ServerKeys:
		f.key(x)
	case client.QueryDirectory, client.MakeJoin, client.SendJoinV1, client.SendJoinV2:
		if j := f.joinOf(x, request); j != nil {
			j.add(x)
		}
	}
}

// joinOf is the join that a request to another server is part of, which begins with it where it is the first.
func (f *finder) joinOf(x *exchange, request string) *Join {
	alias := client.QueryOf(x.request.Target).Get("room_alias")
	if request == "" { // the form of the log does not say what belongs together
		switch x.request.Endpoint {
		case client.QueryDirectory:
			request = "alias " + alias
		case client.MakeJoin:
			request = "room " + x.names[0]
		default:
			request = "room " + x.names[0]
		}
	}
	j := f.byRequest[request]
	if j != nil && (x.began.Sub(j.last) > attempt || j.sent && x.request.Endpoint == client.MakeJoin && f.taken(j)) {
		j = nil
	}
	if j == nil {
		j = &Join{side: sideJoining, Began: x.began, last: x.ended}
		f.keep(request, j)
	}
	switch x.request.Endpoint {
	case client.QueryDirectory:
		j.Target = cmp.Or(j.Target, alias)
	case client.MakeJoin:
		j.Room, j.User = x.names[0], x.names[1]
		j.joining = client.Domain(j.User)
		j.Target = cmp.Or(j.Target, j.Room)
	}
	return j
}

// taken reports whether a join succeeded, so that what is asked next is of another.
func (f *finder) taken(j *Join) bool {
	last := j.parts[len(j.parts)-1]
	return last.response != nil && response.Succeeds(last.response)
}

// keep remembers a join by what tells its lines.
func (f *finder) keep(key string, j *Join) {
	if len(f.byRequest) >= mostPending { // logs that end no request: what is older is forgotten
		f.byRequest = map[string]*Join{}
	}
	f.byRequest[key] = j
	f.begin(j)
}

// over notes that a request of a client is over that was for something else.
func (f *finder) over(request string) {
	if request != "" {
		delete(f.byRequest, request)
	}
}

// answeredByUs takes in an answer of the homeserver whose log it is.
func (f *finder) answeredByUs(x *exchange, request string) {
	switch x.request.Endpoint {
	case client.ClientJoin:
		f.clientAnswered(x, request)
	case client.ServerKeys:
		f.key(x)
	case client.QueryDirectory:
		if x.origin != "" && x.origin != "None" {
			f.lookups.put(x.origin, x)
		} else {
			f.lookups.put(client.QueryOf(x.request.Target).Get("room_alias"), x)
		}
	case client.MakeJoin, client.SendJoinV1, client.SendJoinV2:
		f.resident(x)
	default:
		f.over(request)
	}
}

// clientAnswered ends the join that a client asked for.
func (f *finder) clientAnswered(x *exchange, request string) {
	target := x.names[0]
	j := f.byRequest[request]
	if request == "" {
		j = f.merged(target)
	}
	delete(f.byRequest, request)
	if j == nil || j.client != nil {
		return // of a room that the homeserver is in
	}
	if _, err := client.ParseUserID(x.origin); err == nil && j.User == "" {
		j.User, j.joining = x.origin, client.Domain(x.origin)
	}
	j.client, j.Target, j.over = x, target, true
	j.via = slices.Concat(client.QueryOf(x.request.Target)["via"], client.QueryOf(x.request.Target)["server_name"])
	slices.Sort(j.via)
	j.via = slices.Compact(j.via)
	if x.began.Before(j.Began) {
		j.Began = x.began
	}
	j.passedOn()
	j.status()
}

// merged is the join of a target where the form of the log does not say what belongs together: the alias was looked up
// in one line, and the room asked for in another.
func (f *finder) merged(target string) *Join {
	if !client.IsAlias(target) {
		j := f.byRequest["room "+target]
		delete(f.byRequest, "room "+target)
		return j
	}
	looked := f.byRequest["alias "+target]
	if looked == nil {
		return nil
	}
	delete(f.byRequest, "alias "+target)
	var room string
	for key, j := range f.byRequest { // the only one that began since
		if j == looked || j.client != nil || j.Room == "" || j.Began.Before(looked.Began) {
			continue
		}
		if room != "" {
			return looked
		}
		room = key
	}
	if j := f.byRequest[room]; j != nil {
		delete(f.byRequest, room)
		f.drop(j)
		for _, x := range j.parts {
			looked.add(x)
		}
		looked.Room, looked.User, looked.joining = j.Room, j.User, j.joining
	}
	return looked
}

// drop forgets a join.
func (f *finder) drop(j *Join) {
	f.found = slices.DeleteFunc(f.found, func(k *Join) bool { return k == j })
}

// local forgets a join for which no other server was asked, as far as the log tells.
func (f *finder) local(j *Join) {
	if len(j.parts) == 0 {
		f.drop(j)
	}
}

// passedOn takes what the client was told for what the last server said, where the status is the same. Synapse passes a
// refusal on word for word; that an alias was not found it says in words of its own.
func (j *Join) passedOn() {
	if len(j.parts) == 0 || j.client.response == nil {
		return
	}
	last := j.parts[len(j.parts)-1]
	told := j.client.response
	if r := last.response; r != nil && r.Unseen && r.Status == told.Status && r.Status >= 400 && r.Status < 500 {
		r.Said = told.Said
		last.said = append(last.said, j.client.said[0])
	}
}

// resident takes in a request of a joining server that this one answered.
func (f *finder) resident(x *exchange) {
	room := x.names[0]
	user := ""
	if x.request.Endpoint == client.MakeJoin {
		user = x.names[1]
	}
	joining := cmp.Or(x.origin, client.Domain(user))
	if joining == "None" {
		joining = client.Domain(user)
	}
	key := joining + " " + room
	j := f.asked[key]
	if j != nil && (x.began.Sub(j.last) > attempt || user != "" && (j.sent || j.User != user)) {
		j = nil
	}
	if j == nil {
		j = &Join{side: sideResident, User: user, Target: room, Room: room, joining: joining, Began: x.began, last: x.ended}
		if !j.names() {
			return // without the make_join it is not known who joins
		}
		if len(f.asked) >= mostPending {
			f.asked = map[string]*Join{}
		}
		f.asked[key] = j
		f.begin(j)
		f.lookedUp(j, x)
	}
	j.add(x)
}

// lookedUp takes the last query of the joining server for an alias, in the minute before, for one of its join.
func (f *finder) lookedUp(j *Join, first *exchange) {
	l, ok := f.lookups.get(j.joining)
	if !ok || first.began.Sub(l.ended) > time.Minute || l.response == nil || l.response.Status != 200 {
		return
	}
	f.lookups.drop(j.joining)
	alias := client.QueryOf(l.request.Target).Get("room_alias")
	if _, err := client.ParseAlias(alias); err != nil {
		return
	}
	j.Target = alias
	j.add(l)
}

// key keeps a request for a key document.
func (f *finder) key(x *exchange) {
	f.keys = append(f.keys, x)
	if len(f.keys) > mostPending {
		f.keys = slices.Clone(f.keys[mostPending/2:])
	}
	for _, j := range f.byRequest {
		j.fetched(x)
	}
	for _, j := range f.asked {
		j.fetched(x)
	}
}

// fetched adds a request for a key document to a join that it lies under: of the joining server's keys, or by it.
func (j *Join) fetched(x *exchange) {
	if j.over || x.began.Before(j.Began.Add(-time.Second)) || x.ended.Sub(j.last).Abs() > time.Minute {
		return
	}
	asksUs := x.server == ""
	if j.side == sideResident && (asksUs && x.origin != j.joining || !asksUs && x.server != j.joining) {
		return
	}
	j.add(x)
}

// finish drops what turned out not to be a join, and adds the requests for keys that came before their join was known.
func (f *finder) finish() {
	f.found = slices.DeleteFunc(f.found, func(j *Join) bool { return !j.names() || len(j.parts) == 0 && !j.over })
	slices.SortStableFunc(f.found, func(a, b *Join) int { return a.Began.Compare(b.Began) })
	for _, j := range f.found {
		f.keysBefore(j)
	}
}

// keysBefore adds the requests for keys that lie in the time of a join and that ended before it was known.
func (f *finder) keysBefore(j *Join) {
	for _, x := range f.keys {
		if slices.Contains(j.parts, x) || x.began.Before(j.Began.Add(-time.Second)) || x.ended.After(j.end()) {
			continue
		}
		asksUs := x.server == ""
		switch {
		case j.side == sideResident && (asksUs || x.server != j.joining):
		case j.side == sideJoining && !asksUs && !j.askedOf(x.server):
		default:
			j.add(x)
		}
	}
}

// end is when a join was over.
func (j *Join) end() time.Time {
	if j.client != nil && j.client.ended.After(j.last) {
		return j.client.ended
	}
	return j.last
}

// askedOf reports whether a server was asked anything in a join.
func (j *Join) askedOf(server string) bool {
	return slices.ContainsFunc(j.parts, func(x *exchange) bool { return x.server == server })
}
