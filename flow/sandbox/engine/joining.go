package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/live"
)

// JoinOptions are what a join in the sandbox takes from outside. The zero value will do.
type JoinOptions struct {
	Tool   string            // program and version, for the trace's header
	User   string            // who joins; the joining server is the user's; empty: @you:joining.example
	Key    *event.SigningKey // what the joining server signs with; nil: a new key
	Listen string            // where its listener listens; empty: a free port on loopback
	Now    func() time.Time  // tells the time; nil: the system's clock
	OnRun  func(*live.Run) error

	// Resolver leads the joining server to the others, which may have something before them; nil: straight to them.
	Resolver func(straight client.Resolver) client.Resolver
}

// Join starts the joining server of f and opens the run of its handshake, of which nothing is done yet but an invite,
// where the scenario has one. stop ends the joining server.
func (f *Federation) Join(ctx context.Context, o JoinOptions) (run *live.Run, stop func(), err error) {
	id := &client.Identity{ServerName: f.joining}
	if o.Key != nil {
		id.Key = *o.Key
	} else if id.Key, err = client.GenerateKey(); err != nil {
		return nil, nil, err
	}
	leaf := f.Scenario.certificate(JoiningName)
	leaf.Names = []string{f.joining}
	certificate, err := f.Authority.Issue(leaf)
	if err != nil {
		return nil, nil, err
	}
	dial, closeFront, err := f.front(certificate)
	if err != nil {
		return nil, nil, err
	}
	resolver := f.Resolver()
	if o.Resolver != nil {
		resolver = o.Resolver(resolver)
	}
	run, addr, closeListener, err := live.Open(ctx, f.across(live.Setup{
		Header:   f.header(o.Tool, id),
		Identity: id,
		Client: &client.Client{Identity: id, Roots: f.Authority.Pool(), Now: o.Now, AllowPrivate: true,
			Limits: f.Scenario.limits()},
		Resolver:    resolver,
		Listen:      o.Listen,
		Certificate: certificate,
		Now:         o.Now,
		OnRun:       o.OnRun,
		ClientDial:  dial,
	}))
	if err != nil {
		closeFront()
		return nil, nil, err
	}
	f.SetJoining(addr.String())
	if f.Scenario.Asked.AlreadyIn {
		if err := f.settleIn(id); err != nil {
			closeListener()
			closeFront()
			return nil, nil, err
		}
	}
	if f.Scenario.Invite.From != "" {
		if err := f.SendInvite(ctx); err != nil {
			closeListener()
			closeFront()
			return nil, nil, err
		}
	}
	return run, func() { closeFront(); closeListener() }, nil
}

// settleIn has the user in the room before the join: by an earlier join, signed with the key of today.
func (f *Federation) settleIn(id *client.Identity) error {
	p := f.Room.Proto("m.room.member", f.UserID, f.UserID, Fields{"membership": "join"}, f.Now())
	if f.Room.version.IDs == event.IDChosen {
		p.eventID = "$" + f.random.name() + ":" + f.joining
	}
	if KeepsOrigin(f.Room.version) {
		p.origin = f.joining
	}
	earlier, err := p.Event(id.Key, nil, nil)
	if err != nil {
		return fmt.Errorf("the user's earlier join: %w", err)
	}
	return f.Room.Put(earlier)
}

func (f *Federation) header(tool string, id *client.Identity) flow.Header {
	h := flow.Header{
		Tool: tool, Source: flow.SourceSandbox, Title: f.Scenario.Title, Joining: f.joining, User: f.UserID, Target: f.Alias,
		Form: flow.Form(f.Scenario.Form), SendTo: flow.SendTo(f.Scenario.SendTo),
		KeyID: id.Key.ID, VerifyKey: event.EncodeBase64(id.Key.Public()),
	}
	if f.Scenario.ByRoomID {
		h.Target = f.RoomID
	}
	a := f.Scenario.Asked
	h.Like, h.AskAll, h.Probe, h.Leave, h.Offered, h.Notary = a.Like, a.AskAll ||
		a.Probe, a.Probe, a.Leave, a.Offered, a.Notary
	h.Reject, h.WaitInvite = a.Reject, a.Waits.Milliseconds()
	if h.WaitInvite == 0 && (h.Reject || f.Scenario.Invite.Address != "") {
		h.WaitInvite = inviteTime.Milliseconds()
	}
	if a.OmitMembers {
		h.Omit = &a.OmitMembers
	}
	for _, via := range a.Via {
		if via == ThisRoom {
			via = f.RoomID[1:]
		}
		h.Via = append(h.Via, via)
	}
	if h.Form == flow.FormCurrent && h.Offered == nil {
		for _, v := range event.Versions() {
			h.Offered = append(h.Offered, v.ID)
		}
	}
	return h
}

func (s Scenario) limits() client.Limits {
	var l client.Limits
	if slices.ContainsFunc(s.Faults, func(f Fault) bool { return f.Hang || f.Delay > 0 }) {
		l = client.Limits{Deadline: patience, DeadlineOf: map[client.Endpoint]time.Duration{
			client.SendJoinV1: patience, client.SendJoinV2: patience}}
	}
	if most := s.Asked.MostBytes; most > 0 {
		l.BodyOf = map[client.Endpoint]int64{client.SendJoinV1: most, client.SendJoinV2: most}
	}
	return l
}

// inviteTime is how long an invite is waited for: it is there before the handshake begins, or comes when it is asked
// for.
const inviteTime = 10 * time.Second

// patience is how long the joining server waits for an answer in a scenario whose servers let it wait: long enough to
// be seen, short enough to be borne.
const patience = 2 * time.Second
