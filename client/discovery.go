package client

import (
	"context"
	"time"
)

// A Destination is where a server name leads: the address to dial and the names to use there. The rule that the target
// of an SRV record never appears in Host, SNI or certificate checks is already applied.
// Spec: server-server, Resolving server names.
type Destination struct {
	Server     string `json:"server"`        // the server name, before delegation: X-Matrix and keys use it
	Address    string `json:"address"`       // IP and port to dial
	Host       string `json:"host"`          // the Host header
	SNI        string `json:"sni,omitempty"` // empty for an IP literal: none is sent
	VerifyName string `json:"verify_name"`   // what the certificate must be valid for
}

// A Discovery is the resolution of one server name with every step kept, used or ignored.
type Discovery struct {
	Server       string          `json:"server"`
	Steps        []DiscoveryStep `json:"steps"`
	Destinations []Destination   `json:"destinations,omitempty"` // in the order to try; empty when Failure is set
	Failure      *Failure        `json:"failure,omitempty"`
	Took         time.Duration   `json:"took"`
}

// A DiscoveryStep is one look-up or decision on the way from a server name to addresses.
type DiscoveryStep struct {
	Rule   string        `json:"rule"`   // the step of the spec's list, "1" to "6", or "pinned"
	Action string        `json:"action"` // what was done: "A matrix.example", "GET https://…"
	Result string        `json:"result"` // what came of it, untrusted
	Used   bool          `json:"used"`   // whether the answer below rests on it
	Took   time.Duration `json:"took,omitempty"`
}

// A Resolver finds where a server name leads. It never returns a Go error: not finding is a result.
type Resolver interface {
	Resolve(ctx context.Context, server string) Discovery
}
