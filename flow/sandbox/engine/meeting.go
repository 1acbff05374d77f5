package engine

import (
	"fmt"
	"slices"

	"doorstep/client"
	"doorstep/flow/event"
)

// aboutYou reports whether a draft is about the user who wants to join, or their server: such events can be made only
// when it is known who that is.
func (f *Federation) aboutYou(d Draft) bool {
	return d.Sender == f.Cast.You || d.StateKey == f.Cast.You || d.Kind == "m.room.server_acl" && f.deniesYou()
}

func (f *Federation) deniesYou() bool { return slices.Contains(f.Scenario.Room.Denied, Ours) }

// meet has the room be what the scenario says of whoever comes: a server that may have to be denied, a user who may
// have been banned, or here before. It does so once for each. Where it was known before who comes, there is nothing
// to do.
func (f *Federation) meet(server, user string) error {
	if !f.anybody {
		return nil
	}
	f.meeting.Lock()
	defer f.meeting.Unlock()
	cast := f.Cast
	cast.You = user
	if user == "" {
		if !f.deniesYou() || f.met[server] {
			return nil
		}
		f.met[server], cast.You = true, "@you:"+server
	} else if f.met[user] {
		return nil
	}
	f.met[user] = true
	keys := newKeyring(f.random) // of a server that was rebuilt since
	for _, d := range f.Scenario.history(f.Room.version, cast, f.Alias) {
		denies := d.Kind == "m.room.server_acl" && f.deniesYou()
		if denies != (user == "") || !denies && d.Sender != user && d.StateKey != user {
			continue
		}
		key := keys.named(d.Key)
		if s := f.Servers[client.Domain(d.Sender)]; s != nil {
			key = s.Keys.Current
		}
		p := f.Room.Proto(d.Kind, d.Sender, d.StateKey, d.Content, f.Now())
		if f.Room.version.IDs == event.IDChosen {
			p.eventID = "$" + f.random.name() + ":" + client.Domain(d.Sender)
		}
		if KeepsOrigin(f.Room.version) {
			p.origin = client.Domain(d.Sender)
		}
		e, err := p.Event(key, d.Unhashed, d.Signed)
		if err == nil {
			err = f.Room.Put(e)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", d.Step, err)
		}
	}
	return nil
}

// welcome has the room be what it has to be for whoever sent an authenticated request.
func (s *Server) welcome(q *request) *Reply {
	err := s.Federation.meet(q.origin, "")
	if err == nil && q.raw.Endpoint == client.MakeJoin && client.Domain(q.path[1]) == q.origin {
		err = s.Federation.meet(q.origin, q.path[1])
	}
	if err != nil {
		return broken(err)
	}
	return nil
}
