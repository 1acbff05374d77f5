package engine

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"doorstep/client"
)

func newServer(ctx context.Context, f *Federation, name string, keys *keyring) (*Server, error) {
	authority := f.Authority
	if f.Scenario.private(name) {
		var err error
		if authority, err = client.NewAuthority(f.Now()); err != nil {
			return nil, fmt.Errorf("authority of %s: %w", name, err)
		}
	}
	certificate, err := f.certificateOf(name, authority)
	if err != nil {
		return nil, fmt.Errorf("certificate of %s: %w", name, err)
	}
	s := &Server{
		Name: name, Part: f.naming.Part(name), Federation: f, watch: f.watcher(), Keys: keys,
		form2015:  f.Scenario.Form == "2015",
		resolver:  NameResolver{Federation: f, blind: f.Scenario.blind(name)},
		documents: documents{known: map[string]*Document{}, busy: map[string]chan struct{}{}},
		client:    f.clientOf(&client.Identity{ServerName: name, Key: keys.Current}),
		tls: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12,
			NextProtos: []string{"http/1.1"}},
	}
	if s.form2015 {
		s.fingerprints = [][32]byte{sha256.Sum256(certificate.Certificate[0])}
	}
	if f.Scenario.recalls(name) {
		raw, err := newKeyring(f.random).document(f.joining, f.Now(), nil)
		if err != nil {
			return nil, err
		}
		if s.documents.known[f.joining], err = ReadDocument(f.joining, raw, f.Now()); err != nil {
			return nil, err
		}
	}
	s.HTTP = &http.Server{
		Handler:           client.Contain(s),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          log.New(io.Discard, "", 0),
		ReadHeaderTimeout: headTime,
		MaxHeaderBytes:    64 << 10,
	}
	if f.hosting != nil {
		s.HTTP.IdleTimeout = idleTime
		s.HTTP.ConnState = client.FollowCallers(ctx, f.Now, func(c client.InboundFailure) { s.watch.Failed(s.Name, c) })
		client.Attend(s.HTTP)
	}
	return s, nil
}

// certificateOf is what a server shows; where one was given for all, that.
func (f *Federation) certificateOf(name string, authority *client.Authority) (tls.Certificate, error) {
	if f.hosting == nil || f.hosting.Certificate == nil {
		return authority.Issue(f.Scenario.certificate(name))
	}
	for _, fault := range f.Scenario.Faults {
		if fault.Certificate != nil || fault.Private {
			return tls.Certificate{}, errors.New("the scenario needs another certificate than the one that was given")
		}
	}
	return *f.hosting.Certificate, nil
}

// clientOf is what the server of an identity sends requests with.
func (f *Federation) clientOf(id *client.Identity) *client.Client {
	c := client.Client{Roots: f.Authority.Pool(), AllowPrivate: true}
	if f.hosting != nil {
		c = f.hosting.Client
	}
	c.Identity, c.Now, c.UserAgent = id, f.Now, "Doorstep sandbox"
	return &c
}

// watcher is who hears of what is hosted.
func (f *Federation) watcher() Watcher {
	if f.hosting == nil || f.hosting.Watch == nil {
		return unwatched{}
	}
	return f.hosting.Watch
}

// Connections to a hosted server: in all, and of one address.
const (
	mostConnections = 128
	mostOfOne       = 64
)

// serve answers on listener until the server stops.
func (s *Server) serve(listener net.Listener) {
	// The error says why it ended, and it ends for one reason: stop.
	if s.Federation.hosting != nil {
		listener = client.NewDoor(listener, client.DoorBounds{All: mostConnections, Each: mostOfOne, Head: headTime})
	}
	_ = s.HTTP.Serve(tls.NewListener(listener, s.tls))
}

// Stop ends the server. Idle connections close at once; those that are answering get a moment to notice that their
// context has ended.
func (s *Server) Stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 250*time.Millisecond)
	defer cancel()
	if s.HTTP.Shutdown(ctx) != nil {
		s.HTTP.Close() // the connections that are left have nothing more to say
	}
}

// ServeHTTP answers one request. A panic of a handler is an answer too: 500.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", s.now().UTC().Format(http.TimeFormat))
	t := &telling{watch: s.watch}
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			t.broken(r.Context())
			panic(v) // net/http closes the connection, as a fault asked for
		default:
			client.Contained(v)
			t.write(r.Context(), w, Refuse(500, "M_UNKNOWN", "Internal server error").prepare(0))
		}
	}()
	path, _, _ := strings.Cut(r.RequestURI, "?")
	route, ids, reply := s.find(r.Method, path)
	var found *Judgement
	if reply == nil {
		found, reply = s.turnsAway(route, ids, r)
	}
	body, failure := s.read(w, r, route, reply == nil)
	t.id = s.watch.Received(s.Name, client.NewInbound(r, route.endpoint, body, failure, s.Federation.Now()))
	if found != nil {
		s.watch.Judged(t.id, *found)
	}
	if s.Federation.behindProxy(s.Name, r) && reply == nil {
		path, _, _ = strings.Cut(r.RequestURI, "?")
		route, ids, reply = s.find(r.Method, path)
	}
	if reply == nil && failure != nil {
		reply = notRead(failure)
	}
	if reply != nil {
		t.write(r.Context(), w, reply.prepare(0))
		return
	}
	faults := s.Federation.faults(s.Name, route.endpoint)
	q := &request{
		ctx: r.Context(), id: t.id, path: ids, query: r.URL.Query(), body: body, header: r.Header,
		raw: client.Request{Endpoint: route.endpoint, Method: r.Method, Target: r.RequestURI, Body: body},
	}
	reply = s.answer(q, route, faults)
	cut := 0
	for _, f := range faults {
		wait(r.Context(), f)
		cut = max(cut, f.Cut)
	}
	p := s.pass(t, q, reply.prepare(cut))
	t.write(r.Context(), w, p)
}

// behindProxy has the proxies that stand before a server do to a request what they do, and reports whether there are
// any.
func (f *Federation) behindProxy(name string, r *http.Request) bool {
	any := false
	for _, fault := range f.Scenario.Faults {
		if fault.Request != nil && fault.Server == name {
			fault.Request(r)
			any = true
		}
	}
	return any
}

// read reads the body of a request, up to what its route may be sent; of one that is turned away, none.
func (s *Server) read(w http.ResponseWriter, r *http.Request, to route, wanted bool) ([]byte, *client.Failure) {
	if most := to.most(); wanted && most > 0 {
		return s.bodies.Read(w, r, most, bodyTime)
	}
	if r.ContentLength != 0 {
		client.LeaveBody(w)
	}
	return nil, nil
}

// most is how many bytes the body of a request may have; 0: none is read.
func (r route) most() int {
	switch {
	case r.method == http.MethodGet:
		return 0
	case r.endpoint == client.Send:
		return transactionLimit
	case r.method == http.MethodPost:
		return questionLimit
	}
	return BodyLimit
}

// notRead is the answer to a request whose body did not come whole.
func notRead(f *client.Failure) *Reply {
	if f.Kind == client.FailedTooLarge {
		return Refuse(413, "M_TOO_LARGE", "Request body too large")
	}
	return Refuse(400, "M_UNKNOWN", "Request body broke off")
}

// answer authenticates a request and has it answered, unless a fault answers in its place.
func (s *Server) answer(q *request, route route, faults []Fault) *Reply {
	if len(q.body) > 0 && !json.Valid(q.body) {
		return Refuse(400, "M_NOT_JSON", "Content not JSON.")
	}
	if route.signed {
		if reply := s.authenticate(q); reply != nil {
			return reply
		}
	}
	for _, f := range faults {
		if f.Instead != nil {
			return s.Federation.spoken(f.Instead, q.origin)
		}
	}
	reply := route.answer(s, q)
	if reply.Status == 200 {
		for _, f := range faults {
			if f.Change != nil {
				f.Change(&Change{reply.Body, s.Federation.Room, s})
			}
			if f.Reply != nil {
				f.Reply(s, reply)
			}
		}
	}
	return reply
}

// spoken is the answer of a fault with the joining server's name in it, where that was not known before.
func (f *Federation) spoken(r *Reply, origin string) *Reply {
	if !f.anybody || origin == "" {
		return r
	}
	return r.renamed(Naming{JoiningName: origin})
}

// wait does what a fault does to the connection before anything is written.
func wait(ctx context.Context, f Fault) {
	if f.Hang {
		<-ctx.Done()
		panic(http.ErrAbortHandler)
	}
	if f.Drop {
		panic(http.ErrAbortHandler)
	}
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-ctx.Done():
		}
	}
}

// find returns the route of a request; without one, the answer that says so. The first form knew no v2.
// Spec: server-server, Unsupported endpoints.
func (s *Server) find(method, path string) (route, []string, *Reply) {
	known := false
	for _, r := range routes {
		if s.form2015 && strings.HasPrefix(r.path, "/_matrix/federation/v2/") {
			continue
		}
		ids, ok := r.match(path)
		if ok && r.method == method {
			return r, ids, nil
		}
		known = known || ok
	}
	if known {
		return route{}, nil, Refuse(405, "M_UNRECOGNIZED", "Method not allowed")
	}
	return route{}, nil, Refuse(404, "M_UNRECOGNIZED", "Unrecognized request")
}

var routes = []route{
	{"GET", "/_matrix/federation/v1/query/directory", client.QueryDirectory, false, (*Server).queryDirectory},
	{"GET", "/_matrix/federation/v1/make_join/*/*", client.MakeJoin, true, (*Server).makeJoin},
	{"PUT", "/_matrix/federation/v1/send_join/*/*", client.SendJoinV1, true, (*Server).sendJoinV1},
	{"PUT", "/_matrix/federation/v2/send_join/*/*", client.SendJoinV2, true, (*Server).sendJoin},
	{"GET", "/_matrix/federation/v1/make_leave/*/*", client.MakeLeave, true, (*Server).makeLeave},
	{"PUT", "/_matrix/federation/v1/send_leave/*/*", client.SendLeave, true, (*Server).sendLeaveV1},
	{"PUT", "/_matrix/federation/v2/send_leave/*/*", client.SendLeave, true, (*Server).sendLeave},
	{"PUT", "/_matrix/federation/v1/exchange_third_party_invite/*", client.ExchangeInvite, true,
		(*Server).exchangeInvite},
	{"GET", "/_matrix/federation/v1/version", client.ServerVersion, false, (*Server).version},
	{"GET", "/_matrix/federation/v1/state_ids/*", client.StateIDs, true, (*Server).stateIDs},
	{"GET", "/_matrix/federation/v1/user/devices/*", client.UserDevices, true, (*Server).userDevices},
	{"GET", "/_matrix/key/v2/server", client.ServerKeys, false, (*Server).ownKeys},
	{"GET", "/_matrix/key/v2/server/", client.ServerKeys, false, (*Server).ownKeys},
	{"GET", "/_matrix/key/v2/server/*", client.ServerKeys, false, (*Server).ownKeys}, // 2015 had a key ID there
	{"GET", "/_matrix/key/v2/query/*", client.NotaryQuery, false, (*Server).queryKeys},
	{"POST", "/_matrix/key/v2/query", client.NotaryQuery, false, (*Server).queryKeys},
	{"PUT", "/_matrix/federation/v1/send/*", client.Send, true, (*Server).transaction},
	{"GET", "/_matrix/federation/v1/state/*", client.StateOf, true, (*Server).stateOf},
	{"GET", "/_matrix/federation/v1/event/*", client.EventOf, true, (*Server).eventOf},
	{"GET", "/_matrix/federation/v1/backfill/*", client.Backfill, true, (*Server).backfill},
	{"POST", "/_matrix/federation/v1/get_missing_events/*", client.MissingEvents, true, (*Server).missingEvents},
	{"GET", "/_matrix/federation/v1/event_auth/*/*", client.EventAuth, true, (*Server).eventAuth},
	{"GET", "/_matrix/federation/v1/query/profile", client.QueryProfile, true, (*Server).profile},
	{"POST", "/_matrix/federation/v1/user/keys/query", client.UserKeys, true, (*Server).userKeys},
}

// match returns the IDs in a path of that form, unescaped. Paths are compared escaped: an ID may hold a slash.
func (r route) match(path string) (ids []string, ok bool) {
	pattern, segments := strings.Split(r.path, "/"), strings.Split(path, "/")
	if len(pattern) != len(segments) {
		return nil, false
	}
	for i, p := range pattern {
		if p != "*" {
			if p != segments[i] {
				return nil, false
			}
			continue
		}
		id, err := url.PathUnescape(segments[i])
		if err != nil || id == "" {
			return nil, false
		}
		ids = append(ids, id)
	}
	return ids, true
}
