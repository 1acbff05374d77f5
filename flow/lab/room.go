package lab

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"doorstep/client"
)

// A Room is a room of a lab.
type Room struct {
	Alias, ID string
	By        string // the user who made it
	Password  string // the file in which their password is
	Made      bool   // now; otherwise it was there
}

const (
	labUser      = "alice"
	passwordFile = labUser + ".password"

	requestTime = 30 * time.Second
	answerLimit = 1 << 20 // bytes of an answer
	startTime   = 60 * time.Second
	listTime    = 15 * time.Second
	joinTime    = 2 * time.Minute // a homeserver asks several servers, one after the other
	betweenAsks = 200 * time.Millisecond
)

// MakeRoom makes a public room of that version on a running homeserver of a lab, and the user who makes it, unless they
// are there. It waits a minute for a homeserver that is still starting; waiting is called when it begins to.
func MakeRoom(ctx context.Context, s Server, alias, version string, waiting func()) (Room, error) {
	a, err := s.api()
	if err != nil {
		return Room{}, err
	}
	if err := a.awaited(ctx, s, waiting); err != nil {
		return Room{}, err
	}
	f := folder{s.Folder}
	r := Room{Alias: "#" + alias + ":" + s.Name, By: "@" + labUser + ":" + s.Name, Password: f.file(passwordFile)}
	if err := a.enter(ctx, f); err != nil {
		return r, err
	}
	room, err := a.lookUp(ctx, r.Alias)
	if refused := (*refusal)(nil); errors.As(err, &refused) && refused.status == http.StatusNotFound {
		r.Made = true
		err = a.ask(ctx, http.MethodPost, "/_matrix/client/v3/createRoom", map[string]any{"preset": "public_chat",
			"room_alias_name": alias, "name": "Lab", "room_version": version}, &room)
		if err == nil {
			err = a.listed(ctx, r.Alias)
		}
	}
	r.ID = room.ID
	return r, err
}

// A listing is what a directory says of an alias, to its own users.
type listing struct {
	ID      string   `json:"room_id"`
	Servers []string `json:"servers"`
}

func (a *api) lookUp(ctx context.Context, alias string) (listing, error) {
	var out listing
	err := a.ask(ctx, http.MethodGet, "/_matrix/client/v3/directory/room/"+url.PathEscape(alias), nil, &out)
	return out, err
}

// listed waits until the directory names a server of a new room, so that somebody else can join by its alias. Dendrite
// 0.15.2 says that there is none until another part of it has heard of the room.
func (a *api) listed(ctx context.Context, alias string) error {
	for began := time.Now(); ; {
		l, err := a.lookUp(ctx, alias)
		if err != nil || len(l.Servers) > 0 || time.Since(began) > listTime {
			return err // a room that is listed nowhere can still be joined by its ID
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(betweenAsks):
		}
	}
}

// Join has the user of a lab join a room, by the client API of their running homeserver, and returns its ID and who
// joined. The user is made where there is none. It waits a minute for a homeserver that is still starting, as MakeRoom
// does, and two for the join. Client-Server API, POST /join/{roomIdOrAlias}.
func Join(ctx context.Context, s Server, room client.RoomRef, waiting func()) (id, user string, err error) {
	user = "@" + labUser + ":" + s.Name
	a, err := s.api()
	if err != nil {
		return "", user, err
	}
	if err := a.awaited(ctx, s, waiting); err != nil {
		return "", user, err
	}
	if err := a.enter(ctx, folder{s.Folder}); err != nil {
		return "", user, err
	}
	query := url.Values{}
	for _, name := range room.Via {
		query.Add("via", name)
		query.Add("server_name", name) // the name of it before version 1.12 of the specification
	}
	a.http.Timeout = joinTime
	var joined struct {
		ID string `json:"room_id"`
	}
	err = a.ask(ctx, http.MethodPost, "/_matrix/client/v3/join/"+url.PathEscape(room.Room)+"?"+query.Encode(),
		struct{}{}, &joined)
	if refused := (*refusal)(nil); errors.As(err, &refused) && refused.status == http.StatusAccepted {
		joined.ID, err = a.joinedLater(ctx, room.Room)
	}
	if err != nil {
		return "", user, err
	}
	if _, err := client.ParseRoomID(joined.ID); err != nil {
		return "", user, fmt.Errorf("the homeserver says that she has joined, and not what: %w", err)
	}
	return joined.ID, user, nil
}

// joinedLater waits for a join that the homeserver goes on with after its answer, as Dendrite does where a join takes
// it more than twenty seconds, and returns the room's ID.
func (a *api) joinedLater(ctx context.Context, room string) (id string, err error) {
	id = room
	if client.IsAlias(room) {
		l, err := a.lookUp(ctx, room)
		if err != nil {
			return "", err
		}
		id = l.ID
	}
	for began := time.Now(); ; {
		var now struct {
			Rooms []string `json:"joined_rooms"`
		}
		err := a.ask(ctx, http.MethodGet, "/_matrix/client/v3/joined_rooms", nil, &now)
		switch {
		case err != nil:
			return "", err
		case slices.Contains(now.Rooms, id):
			return id, nil
		case time.Since(began) > joinTime:
			return "", fmt.Errorf("the homeserver goes on with the join in the background, and is not in the room after %v",
				joinTime)
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(betweenAsks):
		}
	}
}

// ErrSilent is the error of a homeserver that does not answer.
var ErrSilent = errors.New("no answer")

// An api is the client API of a homeserver of a lab, asked by its user.
type api struct {
	base  string
	http  *http.Client
	token string
}

// A refusal is an answer other than 200.
type refusal struct {
	status        int
	errcode, says string
}

func (r *refusal) Error() string {
	return fmt.Sprintf("the homeserver answered %d %s %q", r.status, r.errcode, r.says)
}

// api is how the homeserver is asked: by its name, at the address where it listens, whatever the name leads to.
func (s Server) api() (*api, error) {
	if s.Plain != 0 {
		return &api{base: "http://" + s.address(), http: loopbackClient(s.address(), nil)}, nil
	}
	root, err := folder{s.Above}.read(authorityFile)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(root) {
		return nil, fmt.Errorf("%q holds no certificate", s.Authority)
	}
	return &api{base: "https://" + s.Name, http: loopbackClient(s.address(), pool)}, nil
}

func loopbackClient(address string, trusted *x509.CertPool) *http.Client {
	return &http.Client{Timeout: requestTime, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12},
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, address)
		},
	}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// awaited waits until the homeserver answers.
func (a *api) awaited(ctx context.Context, s Server, waiting func()) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for first := true; ; first = false {
		err := a.ask(ctx, http.MethodGet, "/_matrix/client/versions", nil, nil)
		refused := net.Error(nil)
		switch dead := errors.As(err, &refused); {
		case err == nil:
			return nil
		case !dead || isCertificate(err):
			return err
		case first && waiting != nil:
			waiting()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %s at %s: is it started? Its folder is %s", ErrSilent, s.Title(), s.address(), s.Folder)
		case <-time.After(betweenAsks):
		}
	}
}

func isCertificate(err error) bool {
	wrong := (*tls.CertificateVerificationError)(nil)
	return errors.As(err, &wrong)
}

// enter logs the user in, who is registered by the secret of the lab first where there is none.
func (a *api) enter(ctx context.Context, f folder) error {
	there, err := f.there(passwordFile)
	if err != nil {
		return err
	}
	password, err := f.keep(passwordFile, func() ([]byte, error) { return []byte(rand.Text() + "\n"), nil })
	if err != nil {
		return err
	}
	word := string(bytes.TrimSpace(password))
	if there {
		err := a.logIn(ctx, word)
		if refused := (*refusal)(nil); !errors.As(err, &refused) || refused.status != http.StatusForbidden {
			return err
		} // registering failed after the password was written, or the homeserver has forgotten everybody
	}
	return a.register(ctx, f, word)
}

type session struct {
	Token string `json:"access_token"`
}

func (a *api) logIn(ctx context.Context, password string) error {
	var got session
	err := a.ask(ctx, http.MethodPost, "/_matrix/client/v3/login", map[string]any{"type": "m.login.password",
		"identifier": map[string]any{"type": "m.id.user", "user": labUser}, "password": password}, &got)
	a.token = got.Token
	return err
}

// register registers the user by the secret of the lab: the way that Synapse and Dendrite share and that needs nobody
// to answer anything. Synapse admin API, Shared-Secret Registration.
func (a *api) register(ctx context.Context, f folder, password string) error {
	const path = "/_synapse/admin/v1/register"
	secret, err := f.read(secretFile)
	if err != nil {
		return err
	}
	var first struct{ Nonce string }
	if err := a.ask(ctx, http.MethodGet, path, nil, &first); err != nil {
		return err
	}
	mac := hmac.New(sha1.New, bytes.TrimSpace(secret))
	mac.Write([]byte(strings.Join([]string{first.Nonce, labUser, password, "notadmin"}, "\x00")))
	var got session
	err = a.ask(ctx, http.MethodPost, path, map[string]any{"nonce": first.Nonce, "username": labUser,
		"password": password, "admin": false, "mac": hex.EncodeToString(mac.Sum(nil))}, &got)
	a.token = got.Token
	return err
}

// ask makes one request and reads the answer into v, unless v is nil. It errs with a refusal where that is not 200.
func (a *api) ask(ctx context.Context, method, path string, body, v any) error {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, sent)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	resp, err := a.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		var says struct{ Errcode, Error string }
		_ = json.Unmarshal(answer, &says) // an answer that is no JSON says no more than its status
		return &refusal{resp.StatusCode, says.Errcode, says.Error}
	}
	if v == nil {
		return nil
	}
	return json.Unmarshal(answer, v)
}
