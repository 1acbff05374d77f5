package host

import (
	"context"
	"errors"
	"slices"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/traffic"
	"doorstep/flow/watch"
)

// A Host is the federation of a scenario that stands before a joining server, and who follows the joins.
type Host struct {
	Watcher    *watch.Watcher
	Federation *engine.Federation
	Scenario   engine.Scenario // as it was asked for, with the names of its parts
}

// Start checks the options and starts the servers. They stop with ctx, or by Stop, which must be called. Errors are
// one line that says what is wrong.
func Start(ctx context.Context, o Options) (*Host, error) {
	hosting, err := o.hosting()
	if err != nil {
		return nil, err
	}
	h := &Host{Scenario: o.Scenario}
	h.Watcher = watch.New(ctx, watch.Options{Tool: o.Tool, Source: flow.SourceHost, Title: o.Scenario.Title, Lookups: true,
		OnJoin: o.OnJoin, OnOver: o.OnOver, Fetch: h.fetch, Quiet: o.Quiet, Patience: o.Patience, Now: o.Now})
	hosting.Watch = newWitness(h.Watcher, o.OnCall)
	options := engine.Options{Now: o.Now, User: o.User, JoiningName: client.Domain(o.User), Hosting: hosting,
		Gate: o.Gate}
	if h.Federation, err = engine.Start(ctx, o.Scenario, options); err != nil {
		h.Watcher.Close()
		return nil, err
	}
	return h, nil
}

// Invite sends the invite with which the scenario begins, where there is one. A joining server that is told of an
// invite to its user's address, and makes nothing of it, is no error: that is part of what it does. notTaken is what it
// said.
func (h *Host) Invite(ctx context.Context) (notTaken, err error) {
	if !h.Scenario.Invites() {
		return nil, nil
	}
	err = h.Federation.SendInvite(ctx)
	if not := (*engine.NotTaken)(nil); errors.As(err, &not) {
		return not, nil
	}
	return nil, err
}

// Stop ends the joins that are going on, and the servers.
func (h *Host) Stop() {
	h.Watcher.Close()
	h.Federation.Stop()
}

// Servers are the names of the servers that run, in order.
func (h *Host) Servers() []string {
	var out []string
	for name := range h.Federation.Servers {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Target is what a client has to ask for: the alias, or the room's ID where somebody was invited.
func (h *Host) Target() string {
	if h.Scenario.ByRoomID {
		return h.Federation.RoomID
	}
	return h.Federation.Alias
}

// fetch returns the exchanges by which the key documents of our own servers are had, as far as nobody has asked for
// them: signatures are verified with them.
func (h *Host) fetch(_ context.Context, servers []string) []traffic.Exchange {
	var out []traffic.Exchange
	for _, name := range servers {
		s := h.Federation.Servers[name]
		if s == nil {
			continue
		}
		published, ok := s.Published()
		if !ok {
			continue
		}
		r := client.KeysRequest()
		x := traffic.Of(r.Method, r.Target)
		x.Server, x.By, x.Start = name, flow.ByHost, h.Federation.Now()
		x.End, x.Response = x.Start, &published
		out = append(out, x)
	}
	return out
}
