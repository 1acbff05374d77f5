package homeserver

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A User is a user of a homeserver, logged in.
type User struct {
	Server *Server
	ID     string
	token  string
}

// Register makes a user by the registration secret, the one way both homeservers share that needs no interaction.
func (s *Server) Register(t testing.TB, localpart string) *User {
	t.Helper()
	nobody := &User{Server: s}
	var first struct{ Nonce string }
	nobody.must(t, http.MethodGet, "/_synapse/admin/v1/register", nil, &first)
	password := secret()
	mac := hmac.New(sha1.New, []byte(s.secret))
	fmt.Fprintf(mac, "%s\x00%s\x00%s\x00notadmin", first.Nonce, localpart, password)
	var made struct {
		UserID string `json:"user_id"`
		Token  string `json:"access_token"`
	}
	nobody.must(t, http.MethodPost, "/_synapse/admin/v1/register", map[string]any{
		"nonce": first.Nonce, "username": localpart, "password": password, "admin": false,
		"mac": hex.EncodeToString(mac.Sum(nil)),
	}, &made)
	return &User{Server: s, ID: made.UserID, token: made.Token}
}

// A Room is a room to be created.
type Room struct {
	Version         string // to be given: Dendrite 0.15.2 panics without one
	Preset          string // public_chat, private_chat, trusted_private_chat
	Alias           string // localpart of its alias; "": none
	Name            string
	Invite          []string
	CreationContent map[string]any
	PowerLevels     map[string]any // overrides of the content of m.room.power_levels
	InitialState    []State
}

// State is a state event to be sent.
type State struct {
	Type    string         `json:"type"`
	Key     string         `json:"state_key"`
	Content map[string]any `json:"content"`
}

// CreateRoom makes a room and returns its ID.
func (u *User) CreateRoom(t testing.TB, r Room) string {
	t.Helper()
	var made struct {
		RoomID string `json:"room_id"`
	}
	u.must(t, http.MethodPost, "/_matrix/client/v3/createRoom", createRoomBody(r), &made)
	if r.Alias != "" {
		u.awaitDirectory(t, u.Alias(r.Alias))
	}
	return made.RoomID
}

// awaitDirectory waits until the directory names a server for a new alias. Dendrite 0.15.2 answers `"servers": null`
// until another part of it has heard that its own server is in the room, and Synapse 1.163.2, which wants a list, then
// answers a client's join with 500.
func (u *User) awaitDirectory(t testing.TB, alias string) {
	t.Helper()
	const limit = 10 * time.Second
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		var known struct{ Servers []string }
		u.must(t, http.MethodGet, "/_matrix/client/v3/directory/room/"+url.PathEscape(alias), nil, &known)
		if len(known.Servers) > 0 {
			return
		}
		if time.Since(begun) > limit {
			t.Fatalf("the directory of %s names no server for %s within %s", u.Server.Software, alias, limit)
		}
	}
}

// createRoomBody leaves out what r leaves empty: an empty name or alias is not the same as none.
func createRoomBody(r Room) map[string]any {
	body := map[string]any{}
	for key, value := range map[string]string{
		"room_version": r.Version, "preset": r.Preset, "room_alias_name": r.Alias, "name": r.Name,
	} {
		if value != "" {
			body[key] = value
		}
	}
	for key, value := range map[string]map[string]any{
		"creation_content": r.CreationContent, "power_level_content_override": r.PowerLevels,
	} {
		if value != nil {
			body[key] = value
		}
	}
	if r.Invite != nil {
		body["invite"] = r.Invite
	}
	if r.InitialState != nil {
		body["initial_state"] = r.InitialState
	}
	return body
}

// Alias returns the full alias with that localpart on the user's server.
func (u *User) Alias(localpart string) string { return "#" + localpart + ":" + u.Server.Name }

// joinLimit bounds a join that a homeserver goes on with after it has answered.
const joinLimit = 2 * time.Minute

// Join joins a room of the same server, or one it is told how to reach. Dendrite answers with 202 where that takes it
// longer than twenty seconds, and goes on: Join waits for that too.
func (u *User) Join(t testing.TB, roomIDOrAlias string, via ...string) {
	t.Helper()
	path := "/_matrix/client/v3/join/" + url.PathEscape(roomIDOrAlias)
	if len(via) > 0 {
		path += "?" + url.Values{"via": via, "server_name": via}.Encode() // server_name: what via was called before v1.12
	}
	status, body := u.Do(t, http.MethodPost, path, map[string]any{})
	switch status {
	case http.StatusOK:
	case http.StatusAccepted:
		u.joins(t, roomIDOrAlias)
	default:
		t.Fatalf("POST %s on %s: %d %s", path, u.Server.Software, status, body)
	}
}

// joins waits until the user is in a room.
func (u *User) joins(t testing.TB, roomIDOrAlias string) {
	t.Helper()
	room := struct {
		ID string `json:"room_id"`
	}{roomIDOrAlias}
	if strings.HasPrefix(roomIDOrAlias, "#") {
		u.must(t, http.MethodGet, "/_matrix/client/v3/directory/room/"+url.PathEscape(roomIDOrAlias), nil, &room)
	}
	for deadline := time.Now().Add(joinLimit); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		var joined struct {
			Rooms []string `json:"joined_rooms"`
		}
		u.must(t, http.MethodGet, "/_matrix/client/v3/joined_rooms", nil, &joined)
		if slices.Contains(joined.Rooms, room.ID) {
			return
		}
	}
	t.Fatalf("%s on %s is not in %s after %s", u.ID, u.Server.Software, roomIDOrAlias, joinLimit)
}

// Invite, Kick, Ban and Unban change the membership of another user.
func (u *User) Invite(t testing.TB, roomID, userID string) {
	t.Helper()
	u.member(t, roomID, "invite", userID)
}

// Kick removes a user, or takes an invite back.
func (u *User) Kick(t testing.TB, roomID, userID string) {
	t.Helper()
	u.member(t, roomID, "kick", userID)
}

// Ban bans a user.
func (u *User) Ban(t testing.TB, roomID, userID string) {
	t.Helper()
	u.member(t, roomID, "ban", userID)
}

// Unban takes a ban back.
func (u *User) Unban(t testing.TB, roomID, userID string) {
	t.Helper()
	u.member(t, roomID, "unban", userID)
}

// Leave leaves the room.
func (u *User) Leave(t testing.TB, roomID string) {
	t.Helper()
	u.must(t, http.MethodPost, roomPath(roomID, "leave"), map[string]any{}, nil)
}

func (u *User) member(t testing.TB, roomID, action, userID string) {
	t.Helper()
	u.must(t, http.MethodPost, roomPath(roomID, action), map[string]any{"user_id": userID}, nil)
}

// SetState sends a state event and returns its ID.
func (u *User) SetState(t testing.TB, roomID string, s State) string {
	t.Helper()
	return u.sent(t, roomPath(roomID, "state", s.Type, s.Key), s.Content)
}

var transactions atomic.Int64

// Send sends a message event and returns its ID.
func (u *User) Send(t testing.TB, roomID, eventType string, content map[string]any) string {
	t.Helper()
	return u.sent(t, roomPath(roomID, "send", eventType, strconv.FormatInt(transactions.Add(1), 10)), content)
}

func (u *User) sent(t testing.TB, path string, content map[string]any) string {
	t.Helper()
	var made struct {
		EventID string `json:"event_id"`
	}
	u.must(t, http.MethodPut, path, content, &made)
	return made.EventID
}

// StateEventID returns the ID of the event that is the current state of that type and key.
func (u *User) StateEventID(t testing.TB, roomID, eventType, key string) string {
	t.Helper()
	var state []struct {
		Type string
		Key  string `json:"state_key"`
		ID   string `json:"event_id"`
	}
	u.must(t, http.MethodGet, roomPath(roomID, "state"), nil, &state)
	for _, e := range state {
		if e.Type == eventType && e.Key == key {
			return e.ID
		}
	}
	t.Fatalf("%s has no %s with the key %q", roomID, eventType, key)
	return ""
}

// Redact redacts an event and returns the ID of the redaction.
func (u *User) Redact(t testing.TB, roomID, eventID, reason string) string {
	t.Helper()
	transaction := strconv.FormatInt(transactions.Add(1), 10)
	return u.sent(t, roomPath(roomID, "redact", eventID, transaction), map[string]any{"reason": reason})
}

// Upgrade replaces a room by a new one of that version, tombstone and all, and returns the ID of the new one.
func (u *User) Upgrade(t testing.TB, roomID, version string) string {
	t.Helper()
	var made struct {
		Replacement string `json:"replacement_room"`
	}
	u.must(t, http.MethodPost, roomPath(roomID, "upgrade"), map[string]any{"new_version": version}, &made)
	return made.Replacement
}

// Membership returns the membership of a user in a room; "" when the room has no member event of theirs.
func (u *User) Membership(t testing.TB, roomID, userID string) string {
	t.Helper()
	status, body := u.Do(t, http.MethodGet, roomPath(roomID, "state", "m.room.member", userID), nil)
	if status == http.StatusNotFound {
		return ""
	}
	var content struct{ Membership string }
	if err := json.Unmarshal(body, &content); status != http.StatusOK || err != nil {
		t.Fatalf("membership of %s in %s: %d %s", userID, roomID, status, body)
	}
	return content.Membership
}

// StateCount returns how many state events a room has now.
func (u *User) StateCount(t testing.TB, roomID string) int {
	t.Helper()
	var state []json.RawMessage
	u.must(t, http.MethodGet, roomPath(roomID, "state"), nil, &state)
	return len(state)
}

// RoomVersions returns the room versions the server says it can create, in order, numbers first.
func (u *User) RoomVersions(t testing.TB) []string {
	t.Helper()
	var answer struct {
		Capabilities struct {
			Versions struct{ Available map[string]string } `json:"m.room_versions"`
		}
	}
	u.must(t, http.MethodGet, "/_matrix/client/v3/capabilities", nil, &answer)
	return slices.SortedFunc(maps.Keys(answer.Capabilities.Versions.Available), func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return bytes.Compare([]byte(a), []byte(b))
	})
}

// Do makes one request of the client API and returns the answer whatever its status. body nil: none is sent.
func (u *User) Do(t testing.TB, method, path string, body any) (status int, answer []byte) {
	t.Helper()
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		sent = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, u.Server.BaseURL+path, sent)
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if u.token != "" {
		req.Header.Set("Authorization", "Bearer "+u.token)
	}
	resp, err := u.Server.http.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp.StatusCode, answer
}

// must makes a request that has to succeed and reads the answer into v, unless v is nil.
func (u *User) must(t testing.TB, method, path string, body, v any) {
	t.Helper()
	status, answer := u.Do(t, method, path, body)
	if status != http.StatusOK {
		t.Fatalf("%s %s on %s: %d %s", method, path, u.Server.Software, status, answer)
	}
	if v == nil {
		return
	}
	if err := json.Unmarshal(answer, v); err != nil {
		t.Fatalf("%s %s on %s: %v in %s", method, path, u.Server.Software, err, answer)
	}
}

// roomPath returns the client API's path of something in a room. An empty last part (an empty state key) stays.
func roomPath(roomID string, parts ...string) string {
	path := "/_matrix/client/v3/rooms/" + url.PathEscape(roomID)
	for _, part := range parts {
		path += "/" + url.PathEscape(part)
	}
	return path
}

// Token is the user's access token, for a program that acts as the user.
func (u *User) Token() string { return u.token }
