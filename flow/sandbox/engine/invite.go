package engine

import (
	"context"
	"errors"
	"fmt"

	"doorstep/client"
	"doorstep/flow/event"
)

// ErrNoInvite says that nobody invites anybody in a scenario.
var ErrNoInvite = errors.New("nobody is invited in this scenario")

// SendInvite has the scenario's inviter invite UserID: the inviter's server sends the invite to the joining server's
// listener, which has to add its signature, and then puts it into the room. It errs when there is nobody to invite
// (ErrNoInvite), or when the joining server cannot be reached, refuses, or returns another event.
// Spec: server-server, Inviting to a room.
func (f *Federation) SendInvite(ctx context.Context) error {
	inviter, ok := map[string]string{"alice": f.Cast.Alice, "bob": f.Cast.Bob}[f.Scenario.Invite.From]
	if !ok {
		return ErrNoInvite
	}
	s := f.Servers[client.Domain(inviter)]
	if f.Scenario.Invite.Address != "" {
		return s.tell(ctx, inviter)
	}
	invite, err := f.Room.Signed(s, inviter, f.UserID, "invite")
	if err != nil {
		return fmt.Errorf("invite: %w", err)
	}
	if err := s.inviteInto(ctx, invite); err != nil {
		return fmt.Errorf("invite: %w", err)
	}
	if !f.Scenario.Invite.Leaves {
		return nil
	}
	for _, user := range joined(f.Room.now(), s.Name) {
		leave, err := f.Room.Signed(s, user, user, "leave")
		if err == nil {
			err = f.Room.Put(leave)
		}
		if err != nil {
			return fmt.Errorf("leave: %w", err)
		}
	}
	return nil
}

// Invites reports whether the scenario begins with an invite: whether SendInvite is to be called before the join.
func (s Scenario) Invites() bool { return s.Invite.From != "" }

// Signed returns a membership event on top of the room, signed by its sender's server.
func (r *Room) Signed(s *Server, sender, target, membership string) (*event.Event, error) {
	return r.sign(s, r.Proto("m.room.member", sender, target, Fields{"membership": membership}, s.Federation.Now()))
}

// tell has the joining server told, by the identity server and so without a signature of ours, that the address is its
// user's, with the invite that waits for it. It is looked for as the inviter's server looks for it. The specification
// says PUT; Synapse 1.163.2 and Dendrite 0.15.2 know POST alone, and so do identity servers. Spec: server-server, PUT
// 3pid/onbind.
func (s *Server) tell(ctx context.Context, inviter string) error {
	f := s.Federation
	signed, err := f.identity.signed(inviter, f.UserID, f.Scenario.Invite.Address)
	if err != nil {
		return err
	}
	const address = "you@mail.example"
	body, err := Encode(Fields{"medium": "email", "address": address, "mxid": f.UserID, "invites": []Fields{{
		"medium": "email", "address": address, "mxid": f.UserID, "room_id": f.RoomID, "sender": inviter,
		"signed": RawJSON(signed)}}})
	if err != nil {
		return err
	}
	to := s.discover(ctx, client.Domain(f.UserID))
	if to.Failure != nil {
		return fmt.Errorf("onbind: %s", to.Failure.Message)
	}
	var x client.Exchange
	for _, method := range []string{"PUT", "POST"} {
		x = f.clientOf(nil).Do(ctx, to.Destinations[0], client.Request{Endpoint: client.OnBind, Method: method, Body: body,
			Target: "/_matrix/federation/v1/3pid/onbind"}, nil)
		if x.Failure != nil || x.Response.Status != 404 && x.Response.Status != 405 {
			break
		}
	}
	switch {
	case x.Failure != nil:
		return fmt.Errorf("onbind: %s", x.Failure.Message)
	case x.Response.Status != 200:
		return &NotTaken{x.Response.Status, x.Response.Body}
	}
	return nil
}

// A NotTaken is the error of a joining server that makes nothing of the word of an identity server: it goes on, or the
// inviter's server did not let it. That is for it to answer for, and for whoever watches it to see.
type NotTaken struct {
	Status int
	Body   []byte // as it was sent: hostile
}

func (n *NotTaken) Error() string { return fmt.Sprintf("onbind: status %d: %.200q", n.Status, n.Body) }
