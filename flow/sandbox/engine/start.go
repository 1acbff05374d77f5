package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"doorstep/client"
	"doorstep/flow/event"
)

// Start runs the scenario's servers. They stop when ctx ends, or Stop is called. It errs when the scenario's room
// cannot be made, or loopback cannot be listened on.
func Start(ctx context.Context, s Scenario, o Options) (*Federation, error) {
	version, ok := event.Lookup(s.RoomVersion)
	if !ok {
		return nil, fmt.Errorf("scenario %q: room version %q is not one we implement", s.Name, s.RoomVersion)
	}
	f := newFederation(o)
	doors, err := f.doors(ctx, s)
	if err != nil {
		return nil, err
	}
	s = s.Renamed(f.naming)
	f.Scenario = s
	keys, err := f.furnish(version, o)
	if err != nil {
		doors.close()
		return nil, fmt.Errorf("scenario %q: %w", s.Name, err)
	}
	base, cancel := context.WithCancel(ctx)
	f.stopping = cancel
	if err := f.run(base, keys, doors); err != nil {
		f.Stop()
		return nil, fmt.Errorf("scenario %q: %w", s.Name, err)
	}
	context.AfterFunc(base, func() { client.Go(f.Stop) })
	return f, nil
}

// newFederation returns a federation that has no scenario yet.
func newFederation(o Options) *Federation {
	f := &Federation{gate: o.Gate, joining: o.JoiningName, Now: o.Now, Servers: map[string]*Server{}, hosting: o.Hosting,
		anybody:   o.Hosting != nil && o.User == "",
		addresses: map[string]string{}, happened: map[int]int{}, met: map[string]bool{}}
	if f.joining == "" {
		f.joining = JoiningName
	}
	if f.Now == nil {
		f.Now = time.Now
	}
	return f
}

// furnish makes what the scenario's servers work on, the room and the authority, and the keys of each server.
func (f *Federation) furnish(version *event.Version, o Options) (map[string]*keyring, error) {
	s, random := f.Scenario, NewRandom(o.Rand)
	if f.random = random; f.hosting != nil {
		random.run = random.name()[:8] + "_"
	}
	f.Cast = s.cast(f.joining)
	if o.User != "" {
		f.Cast.You = o.User
	}
	f.UserID, f.Alias = f.Cast.You, "#room:"+s.Layout.Directory
	keys := map[string]*keyring{}
	for _, name := range s.Layout.Names() {
		keys[name] = newKeyring(random)
	}
	history := s.history(version, f.Cast, f.Alias)
	if s.Invite.Address != "" {
		f.identity = identityServer{key: random.Key("ed25519:0"), other: random.Key("ed25519:0"), token: random.name()}
		history = append(history, f.identity.offers(f.Cast.Alice, s.Invite.Address)...)
	}
	if slices.ContainsFunc(history, func(d Draft) bool { return client.Domain(d.Sender) == f.joining }) {
		keys[f.joining] = newKeyring(random) // from before it was rebuilt
	}
	if f.anybody {
		history = slices.DeleteFunc(history, f.aboutYou)
	}
	var err error
	f.Room, err = newRoom(version, history, composer{keys, random, f.Now(), f.hosting != nil})
	if err == nil && s.Crowd.Events > 0 {
		f.Room.crowd, err = f.Room.invite(s.Crowd, f.Cast.Alice, composer{keys, random, f.Now(), f.hosting != nil})
	}
	if err == nil {
		err = random.err
	}
	if f.hosting != nil && f.hosting.Authority != nil {
		f.Authority = f.hosting.Authority
	} else if err == nil {
		f.Authority, err = client.NewAuthority(f.Now())
	}
	if err != nil {
		return nil, err
	}
	f.RoomID, f.Residents = f.Room.ID(), f.Room.Servers()
	return keys, nil
}

// run starts the servers, and what else listens.
func (f *Federation) run(ctx context.Context, keys map[string]*keyring, doors doors) (err error) {
	s := f.Scenario
	for _, name := range s.Layout.Names() {
		if err = f.serve(ctx, name, keys[name], doors); err != nil {
			break
		}
	}
	for _, name := range s.Layout.Down {
		if err == nil && f.hosting == nil {
			f.addresses[name], err = f.nothing()
		}
	}
	if err == nil && s.Network != nil && f.hosting == nil {
		err = f.open(*s.Network)
	}
	if err == nil && f.Room.crowd != nil {
		err = f.serveCrowd()
	}
	return err
}

// serve starts the server of that name, unless the layout has it down.
func (f *Federation) serve(ctx context.Context, name string, keys *keyring, doors doors) error {
	if slices.Contains(f.Scenario.Layout.Down, name) {
		return nil
	}
	listener, err := doors.listen(name)
	if err != nil {
		return fmt.Errorf("listen for %s: %w", name, err)
	}
	s, err := newServer(ctx, f, name, keys)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	f.Servers[name] = s
	f.addresses[name] = listener.Addr().String()
	f.answerAt(s, listener)
	for _, fault := range f.Scenario.Faults {
		if fault.AlsoNamed == "" || fault.Server != name {
			continue
		}
		f.addresses[fault.AlsoNamed] = listener.Addr().String()
		if another, ok := doors[fault.AlsoNamed]; ok {
			f.addresses[fault.AlsoNamed] = another.Addr().String()
			f.answerAt(s, another)
		}
	}
	return nil
}

// answerAt has a server answer on a listener until it stops.
func (f *Federation) answerAt(s *Server, listener net.Listener) {
	f.serving.Add(1)
	client.Go(func() {
		defer f.serving.Done()
		s.serve(listener)
	})
}

// Stop ends every server and waits until none of them does anything any more. Answers still under way are cut off.
func (f *Federation) Stop() {
	f.stop.Do(func() {
		f.stopping()
		for _, s := range f.Servers {
			s.Stop()
		}
		f.closeAll()
	})
	f.serving.Wait()
}
