package sandbox

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/sandbox/engine"
)

// send sends a request as it is given, with the header given, and returns status, errcode and error text.
func (j *joiner) send(server, method, target, authorization string, body []byte) (status int, errcode, text string) {
	j.t.Helper()
	d := j.f.Resolver().Resolve(j.t.Context(), server).Destinations[0]
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: j.f.Authority.Pool(), ServerName: d.SNI, Time: j.client.Now},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, d.Address)
		},
	}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(j.t.Context(), method, "https://"+server+target, bytes.NewReader(body))
	if err != nil {
		j.t.Fatal(err)
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	response, err := transport.RoundTrip(r)
	if err != nil {
		j.t.Fatal(err)
	}
	defer response.Body.Close()
	text, errcode = "", ""
	var said struct{ Errcode, Error string }
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		j.t.Fatal(err)
	}
	if response.StatusCode != 200 {
		if err := json.Unmarshal(raw, &said); err != nil {
			j.t.Fatalf("%s: %s", err, raw)
		}
	}
	return response.StatusCode, said.Errcode, said.Error
}

func TestAuthentication(t *testing.T) {
	j := start(t, scenario(t, "public-v11"))
	target := client.MakeJoinRequest(j.f.RoomID, j.f.UserID, []string{"11"}).Target
	sign := func(id client.Identity, destination string, r client.Request) string {
		header, _, err := client.SignRequest(id, destination, r)
		if err != nil {
			t.Fatal(err)
		}
		return header
	}
	request := client.Request{Method: "GET", Target: target}
	good := sign(j.id, engine.ResidentName, request)
	stranger := client.Identity{ServerName: "stranger.example", Key: j.id.Key}
	otherKey := client.Identity{ServerName: engine.JoiningName, Key: engine.NewRandom(nil).Key("ed25519:other")}
	sameID := client.Identity{ServerName: engine.JoiningName, Key: engine.NewRandom(nil).Key(j.id.Key.ID)}
	for _, c := range []struct {
		name, authorization string
		status              int
	}{
		{"good", good, 200},
		{"without destination, as in 2015", strings.Replace(good, `destination="`+engine.ResidentName+`",`, "", 1), 200},
		{"none", "", 401},
		{"another scheme", "Bearer abc", 401},
		{"not readable", `X-Matrix origin="`, 400},
		{"for another target", sign(j.id, engine.ResidentName, client.Request{Method: "GET", Target: "/elsewhere"}), 401},
		{"for another server", sign(j.id, engine.OtherName, request), 401},
		{"by nobody known", sign(stranger, engine.ResidentName, request), 401},
		{"with a key that is not published", sign(otherKey, engine.ResidentName, request), 401},
		{"with another key of that ID", sign(sameID, engine.ResidentName, request), 401},
	} {
		status, errcode, text := j.send(engine.ResidentName, "GET", target, c.authorization, nil)
		if status != c.status || status != 200 && (errcode != "M_UNAUTHORIZED" || text == "") {
			t.Errorf("%s: %d %s %q, want %d", c.name, status, errcode, text, c.status)
		}
	}
}

// Our key is fetched from our listener by each server that checks a signature of ours, and then remembered.
func TestKeyIsFetchedOnce(t *testing.T) {
	j := start(t, scenario(t, "public-v11"))
	for range 3 {
		j.join(j.f.UserID)
	}
	if got := j.keyFetches(); got != 2 {
		t.Errorf("our key was fetched %d times, want once by the directory and once by the resident server", got)
	}
}

// Until the joining server's address is known, nothing it signs can be checked.
func TestJoiningServerNotFound(t *testing.T) {
	j := start(t, scenario(t, "public-v11"))
	j.f.SetJoining("")
	if h := j.join(j.f.UserID); h.at != "directory" || h.refusal.String() != "401 M_UNAUTHORIZED" {
		t.Errorf("ended at %s with %v", h.at, h.refusal)
	}
}

// What is refused is refused for the first reason there is, in the order in which homeservers look.
func TestRefusals(t *testing.T) {
	j := start(t, scenario(t, "public-v11"))
	room, user := j.f.RoomID, j.f.UserID
	all := j.offered()
	join := j.template(user)
	v := j.f.Room.Version()
	edited := func(key, value string) *event.Event {
		raw, err := event.Edit(join.Raw(), []event.Member{{Key: key, Value: []byte(value)}}, "signatures", "hashes")
		if err != nil {
			t.Fatal(err)
		}
		return j.sign(v, raw)
	}
	send := func(e *event.Event) client.Request { return client.SendJoinRequest(true, room, e.ID(), e.Raw(), nil) }
	at := func(path string, e *event.Event) client.Request {
		r := send(e)
		r.Target = path
		return r
	}
	foreign := edited("sender", `"@you:elsewhere.example"`)
	foreign, err := event.Parse(v, must(event.Edit(foreign.Raw(),
		[]event.Member{{Key: "state_key", Value: []byte(`"@you:elsewhere.example"`)}})))
	if err != nil {
		t.Fatal(err)
	}
	missigned := must(turnSignature(join.Raw()))
	sendJoin := "/_matrix/federation/v2/send_join/"
	for _, c := range []struct {
		name, server string
		request      client.Request
		want         string
	}{
		{"directory: no alias", engine.DirectoryName, client.Request{Endpoint: client.QueryDirectory, Method: "GET",
			Target: "/_matrix/federation/v1/query/directory"}, "400 M_MISSING_PARAM"},
		{"directory: alias of another server", engine.DirectoryName, client.DirectoryRequest("#room:" + engine.OtherName),
			"404 M_NOT_FOUND"},
		{"directory: unknown alias", engine.DirectoryName, client.DirectoryRequest("#nothing:" + engine.DirectoryName),
			"404 M_NOT_FOUND"},
		{"make_join: unknown room before version", engine.ResidentName, client.MakeJoinRequest("!other:"+engine.ResidentName,
			user, nil), "404 M_NOT_FOUND"},
		{"make_join: version before user", engine.ResidentName, client.MakeJoinRequest(room, "@you:elsewhere.example",
			[]string{"1", "12"}), "400 M_INCOMPATIBLE_ROOM_VERSION"},
		{"make_join: no version is version 1", engine.ResidentName, client.MakeJoinRequest(room, user, nil),
			"400 M_INCOMPATIBLE_ROOM_VERSION"},
		{"make_join: user of another server", engine.ResidentName, client.MakeJoinRequest(room, "@you:elsewhere.example",
			all), "403 M_FORBIDDEN"},
		{"make_join: a server that has left", engine.DirectoryName, client.MakeJoinRequest(room, user, all),
			"404 M_NOT_FOUND"},
		{"send_join: no JSON", engine.ResidentName, client.SendJoinRequest(true, room, "$x", []byte("{"), nil),
			"0 forbidden"},
		{"send_join: no event", engine.ResidentName, client.SendJoinRequest(true, room, "$x", []byte("[]"), nil),
			"400 M_BAD_JSON"},
		{"send_join: lacks fields", engine.ResidentName, client.SendJoinRequest(true, room, "$x", []byte("{}"), nil),
			"400 M_BAD_JSON"},
		{"send_join: unknown room", engine.ResidentName, client.SendJoinRequest(true, "!other:"+engine.ResidentName,
			join.ID(), join.Raw(), nil), "404 M_NOT_FOUND"},
		{"send_join: another room", engine.ResidentName, send(edited("room_id", `"!other:`+engine.ResidentName+`"`)),
			"400 M_BAD_JSON"},
		{"send_join: not a member event", engine.ResidentName, send(edited("type", `"m.room.message"`)),
			"400 M_INVALID_PARAM"},
		{"send_join: a leave", engine.ResidentName, send(edited("content", `{"membership":"leave"}`)), "400 M_INVALID_PARAM"},
		{"send_join: somebody else's state key", engine.ResidentName,
			send(edited("state_key", `"@me:`+engine.JoiningName+`"`)), "400 M_INVALID_PARAM"},
		{"send_join: sender of another server", engine.ResidentName, send(foreign), "403 M_FORBIDDEN"},
		{"send_join: another ID in the path", engine.ResidentName, at(sendJoin+client.EscapePath(room)+"/%24other", join),
			"400 M_INVALID_PARAM"},
		{"send_join: wrong signature", engine.ResidentName, client.SendJoinRequest(true, room, join.ID(), missigned, nil),
			"403 M_FORBIDDEN"},
		{"send_join: unknown prev event", engine.ResidentName,
			send(edited("prev_events", `["$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]`)), "403 M_FORBIDDEN"},
		{"send_join: unknown auth event", engine.ResidentName,
			send(edited("auth_events", `["$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]`)), "403 M_FORBIDDEN"},
		{"send_join: no auth events", engine.ResidentName, send(edited("auth_events", `[]`)), "403 M_FORBIDDEN"},
		{"make_leave: not in the room", engine.ResidentName, client.MakeLeaveRequest(room, user), "403 M_FORBIDDEN"},
		{"send_leave: a join", engine.ResidentName, client.SendLeaveRequest(true, room, join.ID(), join.Raw()),
			"400 M_INVALID_PARAM"},
		{"unknown path", engine.ResidentName, client.Request{Method: "GET", Target: "/_matrix/federation/v1/nothing"},
			"404 M_UNRECOGNIZED"},
		{"wrong method", engine.ResidentName, client.Request{Method: "POST", Target: "/_matrix/federation/v1/version"},
			"405 M_UNRECOGNIZED"},
	} {
		r := decode(j.ask(c.server, c.request), new(any))
		if r == nil || r.String() != c.want {
			t.Errorf("%s: %v, want %s", c.name, r, c.want)
		}
	}
	if got := j.f.Room.Membership(user); got != "" {
		t.Errorf("after all of that the membership is %q", got)
	}
}

// An event whose content hash does not hold is taken redacted: what was put in after it was signed is gone.
func TestTamperedJoinIsRedacted(t *testing.T) {
	j := start(t, scenario(t, "public-v11"))
	join := j.template(j.f.UserID)
	tampered := must(setContent("reason", "because")(join.Raw()))
	r := j.ask(engine.ResidentName, client.SendJoinRequest(true, j.f.RoomID, join.ID(), tampered, nil))
	if refusal := decode(r, new(any)); refusal != nil {
		t.Fatal(refusal)
	}
	for _, e := range j.f.Room.State() {
		if key, _ := e.StateKey(); e.Type() == "m.room.member" && key == j.f.UserID {
			if _, there := e.Content("reason"); there || e.Membership() != "join" || e.ID() != join.ID() {
				t.Errorf("in the room is %s", e.Raw())
			}
			return
		}
	}
	t.Error("the join is not in the room")
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

// Bodies that are too large or no JSON are refused before anything is done with them; of a request that nobody claims
// to have signed, or another server is meant by, before they are read.
func TestBodies(t *testing.T) {
	j := start(t, scenario(t, "public-v11"))
	target := "/_matrix/federation/v2/send_join/%21room/%24event"
	claim := client.XMatrix{Origin: engine.JoiningName, Destination: engine.ResidentName, Key: "ed25519:1",
		Sig: strings.Repeat("A", 86)}
	elsewhere := claim
	elsewhere.Destination = engine.OtherName
	large := `"` + strings.Repeat("x", engine.BodyLimit) + `"`
	for name, c := range map[string]struct {
		claim  string
		body   string
		status int
		want   string
	}{
		"too large":           {claim.String(), large, 413, "M_TOO_LARGE"},
		"no JSON":             {claim.String(), `{"type":`, 400, "M_NOT_JSON"},
		"wrongly signed":      {claim.String(), `{}`, 401, "M_UNAUTHORIZED"},
		"unsigned":            {"", `{}`, 401, "M_UNAUTHORIZED"},
		"unsigned, too large": {"", large, 401, "M_UNAUTHORIZED"},
		"for another server":  {elsewhere.String(), large, 401, "M_UNAUTHORIZED"},
	} {
		if status, errcode, _ := j.send(engine.ResidentName, "PUT", target, c.claim,
			[]byte(c.body)); status != c.status || errcode != c.want {
			t.Errorf("%s: %d %s, want %d %s", name, status, errcode, c.status, c.want)
		}
	}
}

// A handler that panics answers 500, and the server goes on.
func TestPanicIsAnAnswer(t *testing.T) {
	s := scenario(t, "public-v11")
	s.Faults = []engine.Fault{{Endpoint: client.MakeJoin, Change: func(*engine.Change) { panic("a mistake") }}}
	j := start(t, s)
	for range 2 {
		if h := j.join(j.f.UserID); h.refusal == nil || h.refusal.status != 500 {
			t.Errorf("ended at %s with %v", h.at, h.refusal)
		}
	}
}

// The words of a refusal say which refusal it is: joining servers have nothing else to go by.
func TestWordsOfRefusal(t *testing.T) {
	for name, want := range map[string]string{
		"not-invited":        "not invited",
		"banned":             "is banned from the room",
		"unfederated":        "unfederatable",
		"server-acl":         "Server is banned from room",
		"restricted-refused": "required rooms",
	} {
		j := start(t, scenario(t, name))
		x := j.ask(j.f.Scenario.Layout.Candidates[0], client.MakeJoinRequest(j.f.RoomID, j.f.UserID, j.offered()))
		if x.Failure != nil || x.Response.Status != 403 || !strings.Contains(string(x.Response.Body), want) {
			t.Errorf("%s: %+v", name, x.Response)
		}
	}
}

// A server leaves by the same kind of handshake, in both forms of its second half.
func TestLeave(t *testing.T) {
	for _, v2 := range []bool{true, false} {
		j := start(t, scenario(t, "public-v12"))
		j.join(j.f.UserID)
		var answer struct {
			Event       json.RawMessage `json:"event"`
			RoomVersion string          `json:"room_version"`
		}
		if r := decode(j.ask(engine.ResidentName, client.MakeLeaveRequest(j.f.RoomID, j.f.UserID)),
			&answer); r != nil || answer.RoomVersion != "12" {
			t.Fatal(r, answer.RoomVersion)
		}
		e := j.build(j.f.Room.Version(), answer.Event)
		x := j.ask(engine.ResidentName, client.SendLeaveRequest(v2, j.f.RoomID, e.ID(), e.Raw()))
		want := map[bool]string{true: "{}", false: "[200,{}]"}[v2]
		if x.Failure != nil || x.Response.Status != 200 || string(x.Response.Body) != want {
			t.Errorf("send_leave: %+v", x)
		}
		if got := j.f.Room.Membership(j.f.UserID); got != "leave" {
			t.Errorf("membership %q", got)
		}
	}
}

func TestVersionAndKeys(t *testing.T) {
	j := start(t, scenario(t, "public-v11"))
	var version struct {
		Server struct{ Name, Version string }
	}
	if r := decode(j.ask(engine.OtherName, client.VersionRequest()), &version); r != nil || version.Server.Name == "" ||
		version.Server.Version == "" {
		t.Errorf("version: %v %+v", r, version)
	}
	d, err := j.document(engine.OtherName)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Current) != 1 || len(d.Old) != 1 || d.Old[engine.FirstKey].Expired == 0 || d.Current["ed25519:2"] == nil {
		t.Errorf("%s has the keys %v and %v", engine.OtherName, d.Current, d.Old)
	}
}

// As a notary a server passes on the documents of others with its own signature next to theirs, ours and its own
// included.
func TestNotary(t *testing.T) {
	j := start(t, scenario(t, "public-v11"))
	resident, err := j.document(engine.ResidentName)
	if err != nil {
		t.Fatal(err)
	}
	post, err := engine.Encode(engine.Fields{"server_keys": engine.Fields{
		engine.OtherName: engine.Fields{}, engine.JoiningName: engine.Fields{}, engine.ResidentName: engine.Fields{},
		"nobody.example": engine.Fields{},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		request client.Request
		want    int
	}{
		"GET":        {client.NotaryRequest(engine.OtherName, testNow), 1},
		"GET nobody": {client.NotaryRequest("nobody.example", testNow), 0},
		"POST": {client.Request{Endpoint: client.NotaryQuery, Method: "POST", Target: "/_matrix/key/v2/query",
			Body: post}, 3},
		"POST nobody": {client.Request{Endpoint: client.NotaryQuery, Method: "POST", Target: "/_matrix/key/v2/query",
			Body: []byte(`{}`)}, 0},
	} {
		var answer struct {
			Keys []json.RawMessage `json:"server_keys"`
		}
		if r := decode(j.ask(engine.ResidentName, c.request), &answer); r != nil || len(answer.Keys) != c.want ||
			answer.Keys == nil {
			t.Errorf("%s: %v, %d documents, want %d", name, r, len(answer.Keys), c.want)
		}
		for _, doc := range answer.Keys {
			notary := false
			for _, sig := range event.JSONSignatures(doc) {
				notary = notary || sig.Server == engine.ResidentName && event.VerifyJSON(doc, sig, resident.Current[sig.KeyID])
			}
			var named struct {
				Name string `json:"server_name"`
			}
			if err := json.Unmarshal(doc, &named); err != nil {
				t.Fatal(err)
			}
			if _, err := engine.ReadDocument(named.Name, doc, testNow); err != nil || !notary {
				t.Errorf("%s: the document of %s: %v, signed by the notary: %v", name, named.Name, err, notary)
			}
		}
	}
}

func TestAccessLists(t *testing.T) {
	v, _ := event.Lookup("11")
	for _, c := range []struct {
		content, server string
		want            bool
	}{
		{`{"allow":["*"]}`, "a.example", true},
		{`{"allow":["*"],"deny":["a.example"]}`, "a.example", false},
		{`{"allow":["*"],"deny":["A.EXAMPLE"]}`, "a.example", false},
		{`{"allow":["*"],"deny":["a.example"]}`, "a.example:8448", false},
		{`{"allow":["*"],"deny":["*.example"]}`, "b.a.example", false},
		{`{"allow":["*"],"deny":["?.example"]}`, "ab.example", true},
		{`{"allow":["*"],"deny":["a.example"]}`, "aXexample", true},
		{`{"allow":["*.example"]}`, "a.org", false},
		{`{"allow":[]}`, "a.example", false},
		{`{}`, "a.example", false},
		{`{"allow":["*"],"allow_ip_literals":false}`, "127.0.0.1:8448", false},
		{`{"allow":["*"],"allow_ip_literals":true}`, "127.0.0.1:8448", true},
		{`{"allow":["*"]}`, "[::1]:8448", true},
		{`{"allow":["*"],"deny":[1,"a.example"]}`, "a.example", false},
	} {
		e, err := event.Parse(v, []byte(`{"type":"m.room.server_acl","state_key":"","content":`+c.content+`}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := engine.AllowedBy(e, c.server); got != c.want {
			t.Errorf("%s lets %s in: %v, want %v", c.content, c.server, got, c.want)
		}
	}
	if !engine.AllowedBy(nil, "a.example") {
		t.Error("no list denies")
	}
}
