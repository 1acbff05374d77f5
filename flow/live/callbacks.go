package live

import (
	"context"
	"errors"
	"sync"
)

// callbacks are the servers that are asked for their keys because somebody calls who claims to be one of them. Each is
// asked by one call at a time, and all of it has bounds, whatever comes of it.
type callbacks struct {
	mu     sync.Mutex
	asked  map[string]int           // how often, by server
	busy   map[string]chan struct{} // those that are being asked; closed when that is over
	all    int                      // askings
	others int                      // of them, those of servers that were not known before
	bytes  int                      // of the answers
}

// What callers can have us ask for in a run. An asking is to find one server and to send it one request: three entries
// at most.
const (
	maxAskings       = 64
	maxAskingsOfOne  = 3
	maxAskingsOthers = 24      // of servers that the run does not know otherwise
	maxCallbackBytes = 4 << 20 // of answers; no more is asked for once there are as many
)

func newCallbacks() callbacks {
	return callbacks{asked: map[string]int{}, busy: map[string]chan struct{}{}}
}

// back has ask ask a server, unless somebody else does so at the moment, which is waited for, and enough says then that
// the answer will do. It errs where the server is not asked, or ctx ends first.
func (c *callbacks) back(ctx context.Context, server string, known bool, enough func() bool, ask func()) error {
	for {
		c.mu.Lock()
		busy := c.busy[server]
		if busy == nil {
			break
		}
		c.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return ctx.Err()
		}
		if enough() {
			return nil
		}
	}
	defer c.mu.Unlock()
	if !c.may(server, known) {
		return errors.New("too many servers call, or it does too often: its keys are not asked for")
	}
	done := make(chan struct{})
	c.busy[server] = done
	c.mu.Unlock()
	defer func() {
		c.mu.Lock() // for the other one to unlock
		delete(c.busy, server)
		close(done)
	}()
	ask()
	return nil
}

// may counts an asking, where there is room for it. c.mu is held.
func (c *callbacks) may(server string, known bool) bool {
	if c.all >= maxAskings || c.asked[server] >= maxAskingsOfOne || c.bytes >= maxCallbackBytes ||
		!known && c.others >= maxAskingsOthers {
		return false
	}
	c.all++
	c.asked[server]++
	if !known {
		c.others++
	}
	return true
}

// got counts the bytes of an answer.
func (c *callbacks) got(bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bytes += bytes
}
