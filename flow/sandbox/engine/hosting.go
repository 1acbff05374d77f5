package engine

import (
	"crypto/tls"
	"net/netip"
	"time"

	"doorstep/client"
	"doorstep/flow"
)

// Hosting is how a federation stands before a joining server that is not of this program: where its servers listen,
// what they are called, and how they find whoever comes.
type Hosting struct {
	// where the directory server listens; the others listen at the ports after it. At port 0 each has a free one
	Listen netip.AddrPort
	Host   string // what server names say before their port; empty: the address listened on
	// issues the certificates; nil: one is made for the run
	Authority *client.Authority
	// what every server shows; nil: the authority issues one for each
	Certificate *tls.Certificate

	Finder client.Resolver // finds the joining server
	Client client.Client   // reaches it: certificates, addresses, deadlines; identities are the servers' own
	Watch  Watcher         // hears of everything; nil: nobody does
}

// A Watcher hears of what passes between hosted servers and others. It is called from several goroutines at once. What
// it is given is not changed afterwards, and has nothing secret in it.
type Watcher interface {
	// Received tells of a request that one of the servers got. It returns the number by which the others refer to it.
	Received(server string, in client.InboundRequest) (id int)
	// Judged tells whether the request is authenticated, once that is known; not where nothing asks for it.
	Judged(id int, found Judgement)
	// Answered tells of the answer before it is written; with a failure where not all of it is.
	Answered(id int, answer client.Response, broken *client.Failure, by Gated)
	// Broken tells that no answer is written.
	Broken(id int, why client.Failure, by Gated)
	// Failed tells of a connection to one of the servers that ended without a request.
	Failed(server string, f client.InboundFailure)
	// Found tells where the name of another server led one of ours.
	Found(server string, d client.Discovery)
	// Asked tells of a request of one of ours, once it has ended.
	Asked(server string, x client.Exchange, began, ended time.Time)
}

// Gated is what a gate did to an answer. The zero value is nothing.
type Gated struct {
	Instead *flow.Altered // what would have been answered; nil: it was answered
	Held    time.Duration // how long it was held
}

// A Judgement is what a server found about who sent a request.
type Judgement struct {
	Origin string            // who signed it, as the header says; empty where it says nothing
	KeyID  string            // with which key
	Reason client.AuthReason // why it is not authenticated; empty: it is
	Says   string            // the same, for people
}

// unwatched is the watcher of a federation that nobody watches.
type unwatched struct{}

func (unwatched) Received(string, client.InboundRequest) int            { return 0 }
func (unwatched) Judged(int, Judgement)                                 {}
func (unwatched) Answered(int, client.Response, *client.Failure, Gated) {}
func (unwatched) Broken(int, client.Failure, Gated)                     {}
func (unwatched) Failed(string, client.InboundFailure)                  {}
func (unwatched) Found(string, client.Discovery)                        {}
func (unwatched) Asked(string, client.Exchange, time.Time, time.Time)   {}
