package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"doorstep/flow/event"
)

// maxSignaturesTried bounds the keys that one invite can have us fetch.
const maxSignaturesTried = 4

// maxShown bounds the events that an invite may tell of the room.
const maxShown = 200

// maxBoundInvites bounds the invites that one call of an identity server may bring.
const maxBoundInvites = 100

// inboundVerifyTime is how long fetching the keys of a caller may take.
const inboundVerifyTime = 30 * time.Second

// An InviteCall is an authenticated invite to a user of ours, about to be signed. ListenerConfig.Invite returns status
// 0 to sign it, or the response to give instead.
type InviteCall struct {
	ID          int // the observer's number of the request
	Origin      string
	User        string // who is invited
	RoomID      string
	RoomVersion string   // for version 1 of the endpoint "1", which serves for 2 as well
	Event       []byte   // as received
	Shown       [][]byte // invite_room_state: what the inviter's server tells of the room, unchecked
}

// A BindCall is an identity server telling that an address is a user's of ours now, with the invites that wait for it.
// Who calls is not authenticated, and nothing of it is checked: whoever sends an invite on has it judged by a server in
// the room. ListenerConfig.Bound returns status 0 to take it.
type BindCall struct {
	ID      int
	User    string // mxid
	Invites []ThirdPartyInvite
}

// A ThirdPartyInvite is an invite to an address, as an identity server hands it over once the address is somebody's.
type ThirdPartyInvite struct {
	RoomID string
	Sender string // the user who invited
	Token  string // the state key of the room's m.room.third_party_invite
	Signed []byte // the object that the identity server signed, bytes as received
}

// InviteParts takes apart the body of a request to either version of the invite endpoint. Version 1 has the event
// alone, with what it tells of the room in its unsigned part, and names no room version: then version is empty. Spec:
// server-server, Inviting to a room.
func InviteParts(body []byte) (version string, ev, shown []byte, ok bool) {
	o, err := event.ReadObject(body)
	if err != nil {
		return "", nil, nil, false
	}
	if ev = o.Get("event"); ev == nil {
		_, isEvent := o.String("type")
		return "", body, o.Get("unsigned", "invite_room_state"), isEvent
	}
	version, ok = o.String("room_version")
	return version, ev, o.Get("invite_room_state"), ok
}

// ReadBind reads the body of a call of an identity server; false when it is none.
// Spec: server-server, PUT 3pid/onbind.
func ReadBind(body []byte) (BindCall, bool) {
	o, err := event.ReadObject(body)
	if err != nil {
		return BindCall{}, false
	}
	call := BindCall{}
	user, ok := o.String("mxid")
	list, listed := o.Elements("invites")
	if !ok || !listed || len(list) > maxBoundInvites {
		return BindCall{}, false
	}
	call.User = user
	for _, raw := range list {
		i := ThirdPartyInvite{Signed: event.Get(raw, "signed")}
		i.RoomID, _ = event.GetString(raw, "room_id")
		i.Sender, _ = event.GetString(raw, "sender")
		i.Token, _ = event.GetString(i.Signed, "token")
		if i.RoomID == "" || i.Sender == "" || i.Signed == nil {
			return BindCall{}, false
		}
		call.Invites = append(call.Invites, i)
	}
	return call, true
}

// invite signs an invite to a user of ours and hands it back. It signs nothing else, so that no server can have us
// vouch for another event. Spec: server-server, Inviting to a room.
func (s *service) invite(c *call) (int, []byte) {
	signed, status, body := s.invited(c)
	if status != 0 {
		return status, body
	}
	return 200, slices.Concat([]byte(`{"event":`), signed, []byte(`}`)) // byte for byte, as signed
}

// inviteV1 is invite as it was first: the body is the event, and the answer a list of a status and an object. The room
// version is not told; only versions 1 and 2, which have the same events, may come this way.
// Spec: server-server, PUT v1/invite.
func (s *service) inviteV1(c *call) (int, []byte) {
	signed, status, body := s.invited(c)
	if status != 0 {
		return status, body
	}
	return 200, slices.Concat([]byte(`[200,{"event":`), signed, []byte(`}]`))
}

// invited takes an invite in and returns its event with our signature; a status says what to answer instead.
func (s *service) invited(c *call) (signed []byte, status int, body []byte) {
	origin, status, body := s.caller(c)
	if status != 0 {
		return nil, status, body
	}
	i, status, body := readInvite(c)
	if status != 0 {
		return nil, status, body
	}
	i.origin = origin
	return s.countersign(c, i)
}

// readInvite reads the body of a call of either form, as of the server that claims to send it; a status says what is
// wrong with it.
func readInvite(c *call) (i invited, status int, body []byte) {
	version, raw, shown, ok := InviteParts(c.request.Body)
	if c.request.Endpoint == InviteV1 {
		if !ok {
			status, body = refuse(400, "M_BAD_JSON", "the body is no event")
			return i, status, body
		}
		if _, named := event.GetString(c.request.Body, "event_id"); !named {
			status, body = incompatible("", "only invites of room versions 1 and 2 come this way: this event has no event_id")
			return i, status, body
		}
		v, _ := event.Lookup("1")
		return invited{c.claim.Origin, v, c.request.Body, shown}, 0, nil
	}
	if !ok || version == "" {
		status, body = refuse(400, "M_BAD_JSON", "room_version or event is missing")
		return i, status, body
	}
	v, ok := event.Lookup(version)
	if !ok {
		status, body = incompatible(version, fmt.Sprintf("room version %q is not known here", clip(version)))
		return i, status, body
	}
	return invited{c.claim.Origin, v, raw, shown}, 0, nil
}

// An invited is an invite as it came.
type invited struct {
	origin  string
	version *event.Version
	raw     []byte
	shown   []byte // what it tells of the room; nil: nothing
}

// countersign returns the event of an invite with our signature; a status says what to answer instead.
func (s *service) countersign(c *call, i invited) (signed []byte, status int, body []byte) {
	e, err := event.Parse(i.version, i.raw)
	if err != nil {
		status, body = refuse(400, "M_BAD_JSON", "event: "+err.Error())
		return nil, status, body
	}
	for _, p := range e.Problems() {
		if p.Kind == event.OverSize {
			status, body = refuse(413, "M_TOO_LARGE", "the event "+p.Why)
			return nil, status, body
		}
	}
	shown, ok := readShown(i.shown)
	if !ok {
		status, body = refuse(400, "M_BAD_JSON", "invite_room_state is not a list of events")
		return nil, status, body
	}
	if len(shown) > maxShown {
		status, body = refuse(413, "M_TOO_LARGE", fmt.Sprintf("invite_room_state has more than %d events", maxShown))
		return nil, status, body
	}
	ctx, cancel := context.WithTimeout(c.ctx, inboundVerifyTime)
	defer cancel()
	if why := s.notAnInvite(ctx, e, i.origin, c.args[0], c.args[1]); why != "" {
		status, body = refuse(403, "M_FORBIDDEN", why)
		return nil, status, body
	}
	if s.onInvite != nil {
		user, _ := e.StateKey()
		status, body = s.onInvite(c.ctx, InviteCall{ID: c.id, Origin: i.origin, User: user, RoomID: e.RoomID(),
			RoomVersion: i.version.ID, Event: i.raw, Shown: shown})
		if status != 0 {
			return nil, status, body
		}
	}
	with, err := e.Sign(s.identity.ServerName, s.identity.Key)
	if err != nil {
		status, body = refuse(400, "M_BAD_JSON", "event: "+err.Error())
		return nil, status, body
	}
	return with.Raw(), 0, nil
}

// readShown reads what an invite tells of the room: objects, one more than may be there at the most.
func readShown(raw []byte) (events [][]byte, ok bool) {
	if raw == nil {
		return nil, true
	}
	ok, n := true, 0
	events, _, err := event.ElementsWhile(raw, func(one []byte) bool {
		ok = ok && bytes.HasPrefix(one, []byte("{"))
		n++
		return n <= maxShown+1
	})
	return events, ok && err == nil
}

// notAnInvite says why e is not an invite from origin to a user of ours, signed by it; empty when it is one.
func (s *service) notAnInvite(ctx context.Context, e *event.Event, origin, roomID, eventID string) string {
	if why := s.otherThanInvite(e, origin, roomID, eventID); why != "" {
		return why
	}
	tried := 0
	for _, sig := range e.Signatures() {
		if sig.Server != origin {
			continue
		}
		if tried++; tried > maxSignaturesTried {
			break
		}
		if key, err := s.keys(ctx, origin, sig.KeyID); err == nil && e.Verify(sig, key) {
			return ""
		}
	}
	return "the event is not signed by its sender's server"
}

// otherThanInvite says why e is not an invite from origin to a user of ours, whoever has signed it; empty when it is
// one.
func (s *service) otherThanInvite(e *event.Event, origin, roomID, eventID string) string {
	stateKey, _ := e.StateKey()
	user, err := ParseUserID(stateKey)
	switch {
	case e.Type() != "m.room.member" || e.Membership() != "invite":
		return "the event is no invite"
	case err != nil || user.Domain != s.identity.ServerName:
		return "the invited user is not one of this server"
	case Domain(e.Sender()) != origin:
		return "the sender is not of the server that sends the invite"
	case e.RoomID() != roomID:
		return "the event is of another room than the path"
	case e.ID() != eventID:
		return "the event has another ID than the path"
	}
	return ""
}

// bound takes in that an address belongs to a user of ours, and the invites to it.
// Spec: server-server, PUT 3pid/onbind.
func (s *service) bound(c *call) (int, []byte) {
	call, ok := ReadBind(c.request.Body)
	if !ok {
		return refuse(400, "M_BAD_JSON", "mxid or invites is missing, or an invite lacks room_id, sender or signed")
	}
	if user, err := ParseUserID(call.User); err != nil || user.Domain != s.identity.ServerName {
		return refuse(403, "M_FORBIDDEN", "the user is not one of this server")
	}
	call.ID = c.id
	if status, body := s.onBind(c.ctx, call); status != 0 {
		return status, body
	}
	return 200, []byte("{}")
}

// incompatible refuses an invite for its room version, which the answer names where it is known.
func incompatible(version, message string) (int, []byte) {
	fields := map[string]string{"errcode": "M_INCOMPATIBLE_ROOM_VERSION", "error": message}
	if version != "" {
		fields["room_version"] = clip(version)
	}
	body, _ := json.Marshal(fields) // strings always marshal
	return 400, body
}
