package client

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
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
}

// A handler answers a call with a JSON object.
type handler func(*service, *call) (status int, body []byte)

// routes are what the listener serves. A star is one segment that is not empty.
var routes = []struct {
	method, path string
	endpoint     Endpoint
	handle       handler
}{
	{"GET", "/_matrix/key/v2/server", ServerKeys, (*service).ownKeys},
	{"GET", "/_matrix/key/v2/server/", ServerKeys, (*service).ownKeys},
	{"GET", "/_matrix/key/v2/server/*", ServerKeys, (*service).ownKeys}, // the form of 2015, with a key ID
	{"GET", "/_matrix/key/v2/query/*", NotaryQuery, (*service).queryKeys},
	{"GET", "/_matrix/key/v2/query/*/*", NotaryQuery, (*service).queryKeys},
	{"POST", "/_matrix/key/v2/query", NotaryQuery, (*service).queryKeys},
	{"GET", "/_matrix/federation/v1/version", ServerVersion, (*service).version},
	{"PUT", "/_matrix/federation/v1/send/*", Send, (*service).send},
	{"PUT", "/_matrix/federation/v1/invite/*/*", InviteV1, (*service).inviteV1},
	{"PUT", "/_matrix/federation/v2/invite/*/*", Invite, (*service).invite},
	{"PUT", "/_matrix/federation/v1/3pid/onbind", OnBind, (*service).bound},
	{"POST", "/_matrix/federation/v1/3pid/onbind", OnBind, (*service).bound}, // as identity servers send it
	{"POST", "/_matrix/client/v3/join/*", ClientJoin, (*service).join},
}

// find gives the handler for c and fills in what the path says. The path is matched in the form it was sent in: an
// escaped slash separates nothing, and nothing is cleaned away. Spec: server-server, Unsupported endpoints.
func (s *service) find(c *call, u *url.URL) handler {
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
			return r.handle
		}
	}
	if found {
		return func(*service, *call) (int, []byte) {
			return refuse(405, "M_UNRECOGNIZED", "this endpoint does not take that method")
		}
	}
	return func(*service, *call) (int, []byte) {
		return refuse(404, "M_UNRECOGNIZED", "there is no such endpoint here")
	}
}

// answer runs a handler; a panic in it becomes a 500.
func (s *service) answer(handle handler, c *call) (status int, body []byte) {
	defer func() {
		if p := recover(); p != nil {
			s.trouble(fmt.Errorf("listener: panic: %v\n%s", p, debug.Stack()))
			status, body = refuse(500, "M_UNKNOWN", "internal error")
		}
	}()
	switch {
	case c.failure != nil && c.failure.Kind == FailedTooLarge:
		return refuse(413, "M_TOO_LARGE", c.failure.Message)
	case c.failure != nil:
		return refuse(400, "M_NOT_JSON", c.failure.Message)
	}
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
	doc, err := KeyDocument(*s.identity, s.now(), 0)
	if err != nil {
		s.trouble(err)
		return refuse(500, "M_UNKNOWN", "no key document could be made")
	}
	return 200, doc
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

// join hands a client's request to join to the handshake, and responds when that is over.
func (s *service) join(c *call) (int, []byte) {
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
