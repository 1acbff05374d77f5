package client

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// A service is what our server does for its callers.
type service struct {
	identity *Identity
	release  string // of this program
	token    string // access token that client requests must carry; empty: none is asked for
	now      func() time.Time
	keys     KeySource
	onJoin   func(context.Context, JoinCall) (status int, body []byte)
	onInvite func(context.Context, InviteCall) (status int, body []byte)
	onBind   func(context.Context, BindCall) (status int, body []byte)
	trouble  func(error)
	business func(Endpoint, string) Business
	wanted   func(InviteCall) (status int, body []byte)
	document keptDocument
}

// A JoinCall is a client asking to join a room. ListenerConfig.Join may take as long as the handshake does; its context
// ends when the client goes away or the listener stops.
type JoinCall struct {
	ID     int      // the observer's number of the request
	Target string   // room ID or alias, unescaped, unchecked
	Via    []string // servers of the parameters via and then server_name, in order, unchecked
}

// A call is one inbound request being answered.
type call struct {
	ctx           context.Context
	id            int
	request       Request  // Target as received, with nothing masked
	args          []string // what stood for the stars of the route, unescaped
	query         url.Values
	authorization []string
	failure       *Failure
	claim         XMatrix  // of a request that has to be signed
	business      Business // of the server that claims to have signed it
}

// A handler answers a call with a JSON object.
type handler func(*service, *call) (status int, body []byte)

// A route is an endpoint that the listener serves.
type route struct {
	method, path string // a star is one segment that is not empty
	endpoint     Endpoint
	most         int     // bytes of the body; 0: none is read
	enter        handler // says who is turned away before the body is read, by a status; nil: nobody is
	handle       handler
}

var routes = []route{
	{"GET", "/_matrix/key/v2/server", ServerKeys, 0, nil, (*service).ownKeys},
	{"GET", "/_matrix/key/v2/server/", ServerKeys, 0, nil, (*service).ownKeys},
	{"GET", "/_matrix/key/v2/server/*", ServerKeys, 0, nil, (*service).ownKeys}, // the form of 2015, with a key ID
	{"GET", "/_matrix/key/v2/query/*", NotaryQuery, 0, nil, (*service).queryKeys},
	{"GET", "/_matrix/key/v2/query/*/*", NotaryQuery, 0, nil, (*service).queryKeys},
	{"POST", "/_matrix/key/v2/query", NotaryQuery, maxQuery, nil, (*service).queryKeys},
	{"GET", "/_matrix/federation/v1/version", ServerVersion, 0, nil, (*service).version},
	{"PUT", "/_matrix/federation/v1/send/*", Send, maxTransaction, (*service).knows, (*service).send},
	{"PUT", "/_matrix/federation/v1/invite/*/*", InviteV1, maxInvite, (*service).mayInvite, (*service).inviteV1},
	{"PUT", "/_matrix/federation/v2/invite/*/*", Invite, maxInvite, (*service).mayInvite, (*service).invite},
	{"PUT", "/_matrix/federation/v1/3pid/onbind", OnBind, maxInvite, (*service).mayBind, (*service).bound},
	// as identity servers send it
	{"POST", "/_matrix/federation/v1/3pid/onbind", OnBind, maxInvite, (*service).mayBind, (*service).bound},
	{"POST", "/_matrix/client/v3/join/*", ClientJoin, maxClientJoin, (*service).hasToken, (*service).join},
}

// find gives the route for c and fills in what the path says. The path is matched in the form it was sent in: an
// escaped slash separates nothing, and nothing is cleaned away. Spec: server-server, Unsupported endpoints.
func (s *service) find(c *call, u *url.URL) route {
	path := u.EscapedPath()
	if strings.HasPrefix(c.request.Target, "/") {
		path, _, _ = strings.Cut(c.request.Target, "?")
	}
	c.query, _ = url.ParseQuery(u.RawQuery)
	found := false
	for _, r := range routes {
		args, ok := matchPath(r.path, path)
		if !ok {
			continue
		}
		if found = true; r.method == c.request.Method {
			c.args, c.request.Endpoint = args, r.endpoint
			return r
		}
	}
	return route{enter: func(*service, *call) (int, []byte) {
		if found {
			return refuse(405, "M_UNRECOGNIZED", "this endpoint does not take that method")
		}
		return refuse(404, "M_UNRECOGNIZED", "there is no such endpoint here")
	}}
}

// turnsAway is the answer to a call that is not for us to look into, by its head alone; status 0: it is.
func (s *service) turnsAway(r route, c *call) (status int, body []byte) {
	if r.enter == nil {
		return 0, nil
	}
	return s.guarded(r.enter, c)
}

// answer answers a call that was let in.
func (s *service) answer(r route, c *call) (status int, body []byte) {
	switch {
	case c.failure != nil && c.failure.Kind == FailedTooLarge:
		return refuse(413, "M_TOO_LARGE", c.failure.Message)
	case c.failure != nil:
		return refuse(400, "M_NOT_JSON", c.failure.Message)
	}
	return s.guarded(r.handle, c)
}

// guarded runs a handler; a panic in it becomes a 500.
func (s *service) guarded(handle handler, c *call) (status int, body []byte) {
	defer func() {
		if p := recover(); p != nil {
			Contained(p)
			status, body = refuse(500, "M_UNKNOWN", "internal error")
		}
	}()
	return handle(s, c)
}

func matchPath(pattern, path string) (args []string, ok bool) {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return nil, false
	}
	for i := range want {
		segment, err := url.PathUnescape(have[i])
		switch {
		case err != nil:
			return nil, false
		case want[i] == "*" && segment != "":
			args = append(args, segment)
		case want[i] != segment:
			return nil, false
		}
	}
	return args, true
}

// ownKeys serves our key document. Spec: server-server, Publishing Keys.
func (s *service) ownKeys(*call) (int, []byte) {
	doc, err := s.document.get(s.now(), func(now time.Time) ([]byte, error) { return KeyDocument(*s.identity, now, 0) })
	if err != nil {
		s.trouble(err)
		return refuse(500, "M_UNKNOWN", "no key document could be made")
	}
	return 200, doc
}

// A keptDocument is a document that is made anew now and then: signing takes the most time of an answer.
type keptDocument struct {
	mu    sync.Mutex
	bytes []byte
	made  time.Time
}

// keptFor is how long a key document is given as it is. It is valid for days.
const keptFor = time.Minute

func (k *keptDocument) get(now time.Time, compose func(time.Time) ([]byte, error)) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if age := now.Sub(k.made); k.bytes != nil && age >= 0 && age < keptFor {
		return k.bytes, nil
	}
	doc, err := compose(now)
	if err == nil {
		k.bytes, k.made = doc, now
	}
	return doc, err
}

// queryKeys is a notary that knows one server, ourselves.
// Spec: server-server, Querying Keys Through Another Server.
func (s *service) queryKeys(c *call) (int, []byte) {
	asked := false
	if len(c.args) > 0 {
		asked = c.args[0] == s.identity.ServerName
	} else {
		var q struct {
			ServerKeys map[string]json.RawMessage `json:"server_keys"`
		}
		if json.Unmarshal(c.request.Body, &q) != nil || q.ServerKeys == nil {
			return refuse(400, "M_BAD_JSON", "server_keys is not an object")
		}
		_, asked = q.ServerKeys[s.identity.ServerName]
	}
	if !asked {
		return 200, []byte(`{"server_keys":[]}`)
	}
	status, doc := s.ownKeys(c)
	if status != 200 {
		return status, doc
	}
	return 200, slices.Concat([]byte(`{"server_keys":[`), doc, []byte(`]}`))
}

func (s *service) version(*call) (int, []byte) {
	body, err := json.Marshal(map[string]any{"server": map[string]string{"name": "Doorstep", "version": s.release}})
	if err != nil {
		return refuse(500, "M_UNKNOWN", "no version could be made")
	}
	return 200, body
}

// send accepts a transaction and leaves what it holds to the observer.
func (s *service) send(*call) (int, []byte) { return 200, []byte(`{"pdus":{}}`) }

// hasToken turns away who is not our own client.
func (s *service) hasToken(c *call) (int, []byte) {
	if want := s.token; want != "" {
		token, ok := bearerToken(c.authorization)
		if !ok {
			return refuse(401, "M_MISSING_TOKEN", "an access token is needed")
		}
		if subtle.ConstantTimeCompare([]byte(token), []byte(want)) != 1 {
			return refuse(401, "M_UNKNOWN_TOKEN", "the access token is not the right one")
		}
	}
	if s.onJoin == nil {
		return refuse(403, "M_FORBIDDEN", "no joins are taken here")
	}
	return 0, nil
}

// join hands a client's request to join to the handshake, and responds when that is over.
func (s *service) join(c *call) (int, []byte) {
	via := slices.Concat(c.query["via"], c.query["server_name"])
	return s.onJoin(c.ctx, JoinCall{ID: c.id, Target: c.args[0], Via: via})
}

func bearerToken(authorization []string) (string, bool) {
	for _, h := range authorization {
		if scheme, token, ok := strings.Cut(h, " "); ok && strings.EqualFold(scheme, "Bearer") {
			return strings.Trim(token, " "), true
		}
	}
	return "", false
}

// refuse makes an error response. Spec: client-server and server-server, Standard error response.
func refuse(status int, errcode, message string) (int, []byte) {
	body, _ := json.Marshal(map[string]string{"errcode": errcode, "error": message}) // strings always marshal
	return status, body
}
