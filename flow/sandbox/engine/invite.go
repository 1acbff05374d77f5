package engine

import (
	"context"
	"errors"
	"fmt"

	"doorstep/client"
	"doorstep/flow/auth"
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
		return f.identity.tell(ctx, f, inviter)
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

// sign makes the event of p, as the server of its sender.
func (r *Room) sign(s *Server, p *Proto) (*event.Event, error) {
	if r.version.IDs == event.IDChosen {
		p.eventID = "$" + s.Federation.random.name() + ":" + s.Name
	}
	if KeepsOrigin(r.version) {
		p.origin = s.Name
	}
	return p.Event(s.Keys.Current, nil, nil)
}

// Put accepts an event of the federation's own.
func (r *Room) Put(e *event.Event) error {
	_, _, verdict, err := r.accept(e)
	if err == nil && verdict.Outcome != auth.Allowed {
		err = fmt.Errorf("rule %s: %s", verdict.Rule, verdict.Reason)
	}
	return err
}

// inviteInto sends an invite to the invited user's server, and puts what comes back into the room.
func (s *Server) inviteInto(ctx context.Context, invite *event.Event) error {
	cosigned, err := s.invite(ctx, invite)
	if err != nil {
		return err
	}
	return s.Federation.Room.Put(cosigned)
}

// invite sends an invite to the invited user's server and returns it with that server's signature added.
func (s *Server) invite(ctx context.Context, invite *event.Event) (*event.Event, error) {
	user, _ := invite.StateKey()
	room := s.Federation.Room
	request, err := s.inviteRequest(invite)
	if err != nil {
		return nil, err
	}
	x := s.ask(ctx, client.Domain(user), request)
	switch {
	case x.Failure != nil:
		return nil, fmt.Errorf("%s: %s", client.Domain(user), x.Failure.Message)
	case x.Response.Status != 200:
		return nil, fmt.Errorf("%s: status %d: %.200q", client.Domain(user), x.Response.Status, x.Response.Body)
	}
	answer := x.Response.Body
	if request.Endpoint == client.InviteV1 { // a list of a status and the object
		if pair, err := event.Elements(answer); err == nil && len(pair) == 2 {
			answer = pair[1]
		}
	}
	returned, err := event.ReadObject(answer)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", client.Domain(user), err)
	}
	raw := returned.Get("event")
	if raw == nil {
		return nil, fmt.Errorf("%s returned no event", client.Domain(user))
	}
	e, err := event.Parse(room.version, raw)
	if err != nil {
		return nil, fmt.Errorf("%s: the event: %w", client.Domain(user), err)
	}
	if e.ID() != invite.ID() || e.ContentHash() != invite.ContentHash() {
		return nil, fmt.Errorf("%s returned another event", client.Domain(user))
	}
	return e, s.signedBy(ctx, e, client.Domain(user))
}

// inviteRequest is the request that carries an invite, in either form.
func (s *Server) inviteRequest(invite *event.Event) (client.Request, error) {
	room := s.Federation.Room
	shown := texts(room.Shown(invite.Sender()))
	path := "/invite/" + client.EscapePath(room.id) + "/" + client.EscapePath(invite.ID())
	if s.Federation.Scenario.Invite.V1 {
		told, err := Encode(Fields{"invite_room_state": shown})
		if err != nil {
			return client.Request{}, err
		}
		body, err := event.Edit(invite.Raw(), []event.Member{{Key: "unsigned", Value: told}})
		return client.Request{Endpoint: client.InviteV1, Method: "PUT", Body: body,
			Target: "/_matrix/federation/v1" + path}, err
	}
	body, err := Encode(Fields{"room_version": room.version.ID, "event": RawJSON(invite.Raw()),
		"invite_room_state": shown})
	return client.Request{Endpoint: client.Invite, Method: "PUT", Body: body,
		Target: "/_matrix/federation/v2" + path}, err
}

// Shown returns the state that goes along with an invite, so that the invited user can see what the room is: whole
// events, with the create event among them. Spec: server-server, Inviting to a room; client-server, Stripped state.
func (r *Room) Shown(inviter string) []*event.Event {
	state := r.now()
	var out []*event.Event
	for _, t := range []auth.Tuple{
		{Type: "m.room.create"}, {Type: "m.room.join_rules"}, {Type: "m.room.name"}, {Type: "m.room.topic"},
		{Type: "m.room.canonical_alias"}, {Type: "m.room.member", StateKey: inviter},
	} {
		if e := state[t]; e != nil {
			out = append(out, e)
		}
	}
	return out
}
