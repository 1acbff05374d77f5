package engine

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// crowdBatch is how many events of a crowd follow one another at once: each of them names the last of the batch before.
const crowdBatch = 256

// levelsEvery is after how many events of a crowd the power levels change.
const levelsEvery = 2048

// invite adds a crowd to a room. What the events are, and who sends them, is decided first; then they are made, batch
// by batch, on all processors.
func (r *Room) invite(c Crowd, alice string, compose composer) (*crowd, error) {
	g := &crowd{keys: map[string]*keyring{}, needed: map[string]bool{}}
	for i := range c.Servers {
		name := fmt.Sprintf("s%d.crowd.example", i)
		g.servers = append(g.servers, name)
		g.keys[name] = newKeyring(compose.random)
	}
	p := planner{random: rand.New(rand.NewPCG(c.Seed, 1)), servers: g.servers}
	begun := compose.now.Add(-Gap)
	for done, next := 0, 0; done < c.Events; {
		if done >= next {
			next += levelsEvery
			if err := r.changeLevels(next/levelsEvery, alice, begun, compose); err != nil {
				return nil, err
			}
		}
		plans := p.batch(min(crowdBatch, c.Events-done))
		if err := r.follow(g, plans, alice, begun, compose); err != nil {
			return nil, err
		}
		done += len(plans)
	}
	return g, compose.random.err
}

// changeLevels has the room's creator change the power levels once more.
func (r *Room) changeLevels(n int, alice string, ts time.Time, compose composer) error {
	content := levels(r.version, Fields{alice: 100})
	content["events"].(Fields)["m.room.topic"] = n % 50
	return r.add(Draft{Step: fmt.Sprintf("crowd levels %d", n), Kind: "m.room.power_levels", Sender: alice,
		Content: content}, ts, compose.keys[client.Domain(alice)].Current, compose.random)
}

// A plan is an event of a crowd that is to be made.
type plan struct {
	membership   string
	user         string
	sender       string  // empty: the user
	rests        []int32 // events of the crowd that it has to name
	takesPlaceOf int32   // -1: nobody's
}

// A planner decides what happens in a crowd.
type planner struct {
	random  *rand.Rand
	servers []string
	users   int
	made    int32
	// by what became of them, the events that later ones may build on: all of them of earlier batches
	joined, invited []planned
}

type planned struct {
	user string
	at   int32
}

// batch plans n events: most are joins, a third of them on the first server; some come after an invite; of those who
// are in, some change their profile, leave, or are banned.
func (p *planner) batch(n int) []plan {
	var out []plan
	var joined, invited []planned
	take := func(from *[]planned) planned {
		i := p.random.IntN(len(*from))
		who := (*from)[i]
		(*from)[i] = (*from)[len(*from)-1]
		*from = (*from)[:len(*from)-1]
		return who
	}
	for range n {
		at := p.made + int32(len(out))
		switch chance := p.random.IntN(100); {
		case chance < 3 && len(p.joined) > 1:
			who := take(&p.joined)
			out = append(out, plan{membership: "leave", user: who.user, rests: []int32{who.at}, takesPlaceOf: who.at})
		case chance < 4 && len(p.joined) > 1:
			who := take(&p.joined)
			out = append(out, plan{membership: "ban", user: who.user, sender: "alice", rests: []int32{who.at},
				takesPlaceOf: who.at})
		case chance < 8 && len(p.joined) > 1:
			who := take(&p.joined)
			out = append(out, plan{membership: "join", user: who.user, rests: []int32{who.at}, takesPlaceOf: who.at})
			joined = append(joined, planned{who.user, at})
		case chance < 18 && len(p.joined) > 1:
			by, user := p.joined[p.random.IntN(len(p.joined))], p.newUser()
			out = append(out, plan{membership: "invite", user: user, sender: by.user, rests: []int32{by.at},
				takesPlaceOf: -1})
			invited = append(invited, planned{user, at})
		case chance < 27 && len(p.invited) > 1:
			who := take(&p.invited)
			out = append(out, plan{membership: "join", user: who.user, rests: []int32{who.at}, takesPlaceOf: who.at})
			joined = append(joined, planned{who.user, at})
		default:
			user := p.newUser()
			out = append(out, plan{membership: "join", user: user, takesPlaceOf: -1})
			joined = append(joined, planned{user, at})
		}
	}
	p.joined, p.invited = append(p.joined, joined...), append(p.invited, invited...)
	p.made += int32(len(out))
	return out
}

func (p *planner) newUser() string {
	p.users++
	server := p.servers[0]
	if len(p.servers) > 1 && p.random.IntN(10) >= 3 {
		server = p.servers[1+p.random.IntN(len(p.servers)-1)]
	}
	return fmt.Sprintf("@user%d:%s", p.users, server)
}

// follow makes the events of a batch, and puts the last of them at the end of the room.
func (r *Room) follow(g *crowd, plans []plan, alice string, ts time.Time, compose composer) error {
	first := len(g.guests)
	g.guests = append(g.guests, make([]guest, len(plans))...)
	last := r.Proto("m.room.member", alice, alice, Fields{}, ts) // for its place: depth and prev events
	var failed atomic.Pointer[error]
	onAllProcessors(len(plans), func(i int) {
		made, err := r.guest(g, plans[i], alice, last, compose)
		if err != nil {
			failed.Store(&err)
			return
		}
		g.guests[first+i] = made
	})
	if err := failed.Load(); err != nil {
		return fmt.Errorf("crowd: %w", *err)
	}
	for i, p := range plans {
		if p.takesPlaceOf >= 0 {
			g.guests[p.takesPlaceOf].past = true
		}
		for _, e := range r.selected(plans[i], alice) {
			g.needed[e.ID()] = true
		}
	}
	end := g.guests[len(g.guests)-1].Event
	n := &node{Event: end, place: len(r.order), After: r.current}
	r.Nodes[end.ID()], r.ends = n, []*node{n}
	return nil
}

// selected returns the events of the room's own history that an event of a crowd names, in the order of selection.
func (r *Room) selected(p plan, alice string) []*event.Event {
	var out []*event.Event
	add := func(kind, key string) {
		if e := r.current[auth.Tuple{Type: kind, StateKey: key}]; e != nil {
			out = append(out, e)
		}
	}
	if !r.version.RoomIDIsCreate {
		add("m.room.create", "")
	}
	add("m.room.power_levels", "")
	if p.sender == "alice" {
		add("m.room.member", alice)
	}
	if p.membership == "join" || p.membership == "invite" {
		add("m.room.join_rules", "")
	}
	return out
}

// guest makes one event of a crowd.
func (r *Room) guest(g *crowd, p plan, alice string, place *Proto, compose composer) (guest, error) {
	sender := p.user
	switch p.sender {
	case "":
	case "alice":
		sender = alice
	default:
		sender = p.sender
	}
	content := Fields{"membership": p.membership}
	if p.membership == "join" || p.membership == "invite" {
		local, server, _ := strings.Cut(strings.TrimPrefix(p.user, "@"), ":")
		content["displayname"] = "A guest called " + local
		content["avatar_url"] = "mxc://" + server + "/" + local + "PictureOfAGuestInTheRoom"
	}
	e := *place
	e.Sender, e.StateKey, e.Content, e.Auth = sender, p.user, content, r.selected(p, alice)
	for _, at := range p.rests {
		e.Auth = append(e.Auth, g.guests[at].Event)
	}
	server := client.Domain(sender)
	keys := g.keys[server]
	if keys == nil {
		keys = compose.keys[server]
	}
	if r.version.IDs == event.IDChosen {
		e.eventID = "$" + compose.random.name() + ":" + server
	}
	if KeepsOrigin(r.version) {
		e.origin = server
	}
	made, err := e.Event(keys.Current, nil, nil)
	return guest{Event: made, rests: p.rests}, err
}

// onAllProcessors calls do with 0 to n-1.
func onAllProcessors(n int, do func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		wg.Add(1)
		client.Go(func() {
			defer wg.Done()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}

// lists returns the events of the crowd that belong into state, and those that state rests on.
func (g *crowd) lists() (state, chain []*event.Event) {
	reached := make([]bool, len(g.guests))
	var reach func(at int32)
	reach = func(at int32) {
		for _, on := range g.guests[at].rests {
			if !reached[on] {
				reached[on] = true
				reach(on)
			}
		}
	}
	for i := range g.guests {
		if !g.guests[i].past {
			state = append(state, g.guests[i].Event)
			reach(int32(i))
		}
	}
	for i := range g.guests {
		if reached[i] {
			chain = append(chain, g.guests[i].Event)
		}
	}
	return state, chain
}

// serveCrowd has one web server publish the key documents of every server of the crowd, each under its own name and
// certificate.
func (f *Federation) serveCrowd() error {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for the crowd: %w", err)
	}
	f.mu.Lock()
	for _, name := range f.Room.crowd.servers {
		f.addresses[name] = listener.Addr().String()
	}
	f.mu.Unlock()
	server := &http.Server{
		Handler: client.Contain(http.HandlerFunc(f.crowdKeys)), ErrorLog: log.New(io.Discard, "", 0),
		ReadHeaderTimeout: headTime,
		MaxHeaderBytes:    64 << 10,
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if f.Room.crowd.keys[hello.ServerName] == nil {
				return nil, errors.New("no server of that name is here")
			}
			issued, err := f.Authority.Issue(client.Leaf{Names: []string{hello.ServerName}})
			return &issued, err
		}}
	f.closers = append(f.closers, server)
	f.serving.Add(1)
	client.Go(func() {
		defer f.serving.Done()
		_ = server.Serve(tls.NewListener(listener, config)) // it ends for one reason: Close
	})
	return nil
}

// crowdKeys answers with the key document of the server that a request names.
func (f *Federation) crowdKeys(w http.ResponseWriter, r *http.Request) {
	keys := f.Room.crowd.keys[r.Host]
	if keys == nil || !strings.HasPrefix(r.URL.Path, "/_matrix/key/v2/server") {
		Refuse(404, "M_UNRECOGNIZED", "Unrecognized request").write(w, 0)
		return
	}
	doc, err := keys.document(r.Host, f.Now(), nil)
	if err != nil {
		broken(err).write(w, 0)
		return
	}
	(&Reply{Status: 200, Body: RawJSON(doc)}).write(w, 0)
}
