package sandbox

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/sandbox/engine"
)

// testNow is when every test happens.
var testNow = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// A joiner is the joining server of a test: a listener with our key, and a client that asks the federation.
type joiner struct {
	t        *testing.T
	f        *engine.Federation
	id       client.Identity
	client   *client.Client
	listener *client.Listener

	mu      sync.Mutex
	inbound []client.Endpoint // what the federation asked us for, in order
}

// Received and Answered make a joiner the observer of its own listener.
func (j *joiner) Received(r client.InboundRequest) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.inbound = append(j.inbound, r.Request.Endpoint)
	return len(j.inbound)
}

func (j *joiner) Answered(int, client.Response) {}
func (j *joiner) Failed(client.InboundFailure)  {}

func (j *joiner) keyFetches() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	for _, e := range j.inbound {
		if e == client.ServerKeys {
			n++
		}
	}
	return n
}

// start runs a scenario with a joining server next to it, until the test ends.
func start(t *testing.T, s engine.Scenario) *joiner {
	t.Helper()
	now := func() time.Time { return testNow }
	f, err := engine.Start(t.Context(), s, engine.Options{Now: now, Rand: rand.NewChaCha8([32]byte{1})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Stop)
	j := &joiner{t: t, f: f, id: client.Identity{ServerName: engine.JoiningName,
		Key: engine.NewRandom(rand.NewChaCha8([32]byte{2})).Key("ed25519:us")}}
	j.client = &client.Client{
		Identity: &j.id, Roots: f.Authority.Pool(), AllowPrivate: true, Now: now, Form2015: s.Form == "2015",
		Limits: client.Limits{Deadline: 30 * time.Second,
			DeadlineOf: map[client.Endpoint]time.Duration{client.MakeJoin: time.Second}},
	}
	certificate, err := f.Authority.Certificate(engine.JoiningName)
	if err != nil {
		t.Fatal(err)
	}
	j.listener, err = client.Listen(t.Context(), client.ListenerConfig{
		Addr: "127.0.0.1:0", Identity: &j.id, Certificate: certificate, Now: now, Observe: j,
		Keys: func(ctx context.Context, server, keyID string) (ed25519.PublicKey, error) {
			return j.key(server, keyID)
		},
		Trouble: func(err error) { t.Log(err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(j.listener.Close)
	f.SetJoining(j.listener.Addr().String())
	return j
}

// scenario returns the scenario of that name.
func scenario(t *testing.T, name string) engine.Scenario {
	t.Helper()
	s, ok := Lookup(name)
	if !ok {
		t.Fatalf("there is no scenario %q", name)
	}
	return s
}

// ask sends a request to a server of the federation.
func (j *joiner) ask(server string, r client.Request) client.Exchange {
	// also of those hidden from the joining server
	d := engine.NameResolver{Federation: j.f}.Resolve(j.t.Context(), server)
	if d.Failure != nil {
		return client.Exchange{Server: server, Failure: d.Failure}
	}
	return j.client.Do(j.t.Context(), d.Destinations[0], r, nil)
}

// document fetches the key document of a server.
func (j *joiner) document(server string) (*engine.Document, error) {
	if server == engine.JoiningName {
		return &engine.Document{ValidUntil: testNow.Add(time.Hour),
			Current: map[string]ed25519.PublicKey{j.id.Key.ID: j.id.Key.Public()}}, nil
	}
	x := j.ask(server, client.KeysRequest())
	if x.Failure != nil {
		return nil, fmt.Errorf("%s: %s", server, x.Failure.Message)
	}
	return engine.ReadDocument(server, x.Response.Body, testNow)
}

func (j *joiner) key(server, keyID string) (ed25519.PublicKey, error) {
	d, err := j.document(server)
	if err != nil {
		return nil, err
	}
	if key := d.Current[keyID]; key != nil {
		return key, nil
	}
	return nil, fmt.Errorf("%s has no key %s", server, keyID)
}

// A refusal is an answer that is no success, or its absence.
type refusal struct {
	status  int
	errcode string
	failure client.FailureKind
}

func (r refusal) String() string { return fmt.Sprintf("%d %s%s", r.status, r.errcode, r.failure) }

// decode reads the body of a successful answer into out; otherwise it returns the refusal.
func decode(x client.Exchange, out any) *refusal {
	if x.Failure != nil {
		return &refusal{failure: x.Failure.Kind}
	}
	var said struct {
		Errcode string `json:"errcode"`
	}
	if x.Response.Status != 200 {
		json.Unmarshal(x.Response.Body, &said) // without an errcode the status has to say it
		return &refusal{status: x.Response.Status, errcode: said.Errcode}
	}
	if err := json.Unmarshal(x.Response.Body, out); err != nil {
		return &refusal{status: 200, errcode: "not JSON"}
	}
	return nil
}

// A handshake is what a join brought.
type handshake struct {
	candidates []string
	tried      []string // the candidates that were asked for a template, in order
	template   []byte   // the protoevent
	said       string   // room_version of the answer; empty: none
	version    *event.Version
	join       *event.Event // as we sent it
	body       []byte       // what send_join answered
	at         string       // the arrow it ended at; empty: it did not
	refusal    *refusal
}

// join walks through the whole handshake as user. It stops at the first arrow that nobody answers well.
func (j *joiner) join(user string) handshake {
	var h handshake
	ended := func(at string, r *refusal) handshake {
		h.at, h.refusal = at, r
		return h
	}
	s := j.f.Scenario
	if s.ByRoomID {
		h.candidates = []string{client.Domain(map[string]string{"alice": j.f.Cast.Alice, "bob": j.f.Cast.Bob}[s.Invite.From])}
	}
	var answer struct {
		Event       json.RawMessage `json:"event"`
		RoomVersion string          `json:"room_version"`
	}
	refused := &refusal{}
	for h.template == nil {
		if len(h.tried) == len(h.candidates) {
			if h.candidates != nil && !(s.ByRoomID && len(h.tried) == 1) {
				return ended("make_join", refused)
			}
			var found engine.DirectoryAnswer
			if r := decode(j.ask(s.Layout.Directory, client.DirectoryRequest(j.f.Alias)), &found); r != nil {
				return ended("directory", r)
			}
			if found.RoomID != j.f.RoomID {
				j.t.Fatalf("the directory answers %q", found.RoomID)
			}
			for _, name := range found.Servers {
				if !slices.Contains(h.candidates, name) {
					h.candidates = append(h.candidates, name)
				}
			}
		}
		name := h.candidates[len(h.tried)]
		h.tried = append(h.tried, name)
		if refused = decode(j.ask(name, client.MakeJoinRequest(j.f.RoomID, user, j.offered())), &answer); refused != nil {
			final := refused.status == 403
			if final && !(s.ByRoomID && len(h.tried) == 1) {
				return ended("make_join", refused)
			}
			continue
		}
		h.template, h.said = answer.Event, answer.RoomVersion
	}
	version := h.said
	if version == "" {
		version = "1"
	}
	h.version, _ = event.Lookup(version)
	if e, err := event.Parse(h.version, h.template); err != nil || e.Sender() != user {
		return ended("template", &refusal{})
	}
	h.join = j.build(h.version, h.template)
	to := h.tried[len(h.tried)-1]
	if s.SendTo == "another" {
		to = h.candidates[len(h.tried)]
	}
	x := j.ask(to, client.SendJoinRequest(s.Form == "current", j.f.RoomID, h.join.ID(), h.join.Raw(), nil))
	r := decode(x, new(any))
	if r != nil && r.errcode == "M_UNRECOGNIZED" {
		x = j.ask(to, client.SendJoinRequest(false, j.f.RoomID, h.join.ID(), h.join.Raw(), nil))
		r = decode(x, new(any))
	}
	if r != nil {
		return ended("send_join", r)
	}
	h.body = x.Response.Body
	return h
}

func (j *joiner) offered() []string {
	if j.f.Scenario.Form == "2015" {
		return nil
	}
	var out []string
	for _, v := range event.Versions() {
		out = append(out, v.ID)
	}
	return out
}

// build makes the event of a template.
func (j *joiner) build(v *event.Version, template []byte) *event.Event {
	j.t.Helper()
	set := []event.Member{{Key: "origin_server_ts", Value: strconv.AppendInt(nil, testNow.UnixMilli(), 10)}}
	if engine.KeepsOrigin(v) {
		set = append(set, event.Member{Key: "origin", Value: []byte(strconv.Quote(engine.JoiningName))})
	}
	var drop []string
	if v.IDs == event.IDChosen {
		set = append(set, event.Member{Key: "event_id",
			Value: []byte(strconv.Quote("$ours" + strconv.Itoa(int(rand.Uint32())) + ":" + engine.JoiningName))})
	} else {
		drop = []string{"event_id"}
	}
	raw, err := event.Edit(template, set, drop...)
	if err != nil {
		j.t.Fatal(err)
	}
	return j.sign(v, raw)
}

// sign hashes and signs an event as the joining server.
func (j *joiner) sign(v *event.Version, raw []byte) *event.Event {
	j.t.Helper()
	e, err := event.Hash(v, raw)
	if err == nil {
		e, err = e.Sign(engine.JoiningName, j.id.Key)
	}
	if err != nil {
		j.t.Fatal(err)
	}
	return e
}
