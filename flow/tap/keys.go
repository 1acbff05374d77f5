package tap

import (
	"context"
	"sync"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/traffic"
)

// What fetching keys may take.
const (
	keyFetchers = 20
	oneKeyTime  = 10 * time.Second
	allKeysTime = time.Minute
	mostServers = 5000 // in askedWithin, whatever joins need them
	askedWithin = 10 * time.Minute
)

// An allowance is how many servers may be asked for their keys.
type allowance struct {
	mu    sync.Mutex
	since time.Time
	used  int
}

// take takes so much of the allowance, or as much as there is, and returns that.
func (a *allowance) take(servers int, now time.Time) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Sub(a.since) >= askedWithin {
		a.since, a.used = now, 0
	}
	servers = min(servers, mostServers-a.used)
	a.used += servers
	return servers
}

// fetcher returns what asks servers for their keys; nil where that is not wanted.
func (o settled) fetcher() func(context.Context, []string) []traffic.Exchange {
	if !o.FetchKeys {
		return nil
	}
	c := &client.Client{Roots: o.roots, Insecure: o.Insecure, Now: o.Now, AllowPrivate: o.Private}
	resolver := client.NewResolver(client.ResolverConfig{Client: c, Pins: o.pins})
	var may allowance
	return func(ctx context.Context, servers []string) []traffic.Exchange {
		ctx, cancel := context.WithTimeout(ctx, allKeysTime)
		defer cancel()
		servers = servers[:may.take(len(servers), o.Now())]
		out := make([]traffic.Exchange, len(servers))
		var wg sync.WaitGroup
		free := make(chan struct{}, keyFetchers)
		for i, server := range servers {
			free <- struct{}{}
			wg.Add(1)
			client.Go(func() {
				defer wg.Done()
				defer func() { <-free }()
				out[i] = o.fetch(ctx, c, resolver, server)
			})
		}
		wg.Wait()
		return out
	}
}

// fetch asks one server for its keys.
func (o settled) fetch(ctx context.Context, c *client.Client, resolver client.Resolver,
	server string) traffic.Exchange {
	ctx, cancel := context.WithTimeout(ctx, oneKeyTime)
	defer cancel()
	request := client.KeysRequest()
	x := traffic.Of(request.Method, request.Target)
	x.Server, x.By, x.Start = server, flow.ByTap, o.Now()
	found := resolver.Resolve(ctx, server)
	x.Failure = found.Failure
	for _, d := range found.Destinations {
		e := c.Do(ctx, d, request, func(client.Request) {})
		x.Request, x.Response, x.Failure, x.Connection = e.Request, e.Response, e.Failure, &e.Connection
		if e.Failure == nil {
			break
		}
	}
	if x.Response == nil && x.Failure == nil {
		x.Failure = &client.Failure{Kind: client.FailedResolve, Part: client.PartResolve, Message: "it leads to no address"}
	}
	x.End = o.Now()
	x.Mask()
	return x
}
