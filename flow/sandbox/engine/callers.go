package engine

import (
	"sync"
	"time"
)

// Whoever wants to join a hosted room has business with its servers, and says so by asking for a template. Nobody is
// asked for keys on behalf of others, and of those who ask as many as this.
const (
	mostProven  = 1000 // servers that are remembered to have proved who they are
	mostAskings = 60   // askings for keys in askedWithin
	askedWithin = time.Minute
	askedAgain  = 2 * time.Second // after which the same server is asked once more
)

// callers are the servers that came to a hosted federation.
type callers struct {
	mu     sync.Mutex
	proven map[string]bool
	asked  []asking // for keys, in order
}

// An asking is a fetch of a key document from a server that is not ours.
type asking struct {
	by, of string
	at     time.Time
}

// prove notes that a server has proved who it is.
func (c *callers) prove(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.proven == nil {
		c.proven = map[string]bool{}
	}
	if len(c.proven) < mostProven {
		c.proven[name] = true
	}
}

func (c *callers) hasProved(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.proven[name]
}

// mayAsk reports whether one of our servers may ask another one for its keys now, and counts it.
func (c *callers) mayAsk(by, of string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	for len(c.asked) > 0 && now.Sub(c.asked[0].at) > askedWithin {
		c.asked = c.asked[1:]
	}
	if len(c.asked) >= mostAskings {
		return false
	}
	for _, a := range c.asked {
		if a.by == by && a.of == of && now.Sub(a.at) < askedAgain {
			return false
		}
	}
	c.asked = append(c.asked, asking{by, of, now})
	return true
}
