package engine

import (
	"context"
	"net"
	"time"

	"doorstep/client"
)

// The server names of the federation. The joining server's is an option of Start; the last two are in no room: a
// directory may still list them.
const (
	JoiningName   = "joining.example"
	DirectoryName = "directory.example"
	ResidentName  = "resident.example"
	OtherName     = "other.example"
	GoneName      = "gone.example"
	LostName      = "lost.example"
)

// A Network is what lies between the joining server and the others: a name server, and what is found at the addresses
// it gives. Scenarios about finding servers have one; in all others a name leads straight to its server.
//
// What is sent is real: DNS, TLS and HTTP. Only the addresses are not. Each server has one of its own on the loopback
// network, where not every system has more than one, and may be found at ports that not everybody may listen at; the
// joining server's dialler leads from there to where it really listens.
type Network struct {
	Zone   Zone             // besides the addresses of the servers, or in their place
	Places map[string]Place // by IP and port. A server that has no place is at its address, port 8448

	Strict   bool          // the joining server refuses addresses that are not public
	Distrust bool          // the joining server does not know the authority that vouches for the others
	Ahead    time.Duration // so much the joining server's clock is ahead
}

// A Place is what is found at an address and port. At the zero Place nothing listens: connections are refused. To an
// address without any place there is no route.
type Place struct {
	Server string // this server listens
	Takes  int    // ... for so many connections, and then no more; 0: for ever
	Web    *Site  // a web server listens
	Silent bool   // what is sent there vanishes
}

// A Site is a web server that is no homeserver.
type Site struct {
	Certificate client.Leaf
	WellKnown   *Reply // its well-known document; nil: as for any other path
	Page        *Reply // what it answers otherwise; nil: that there is no such page
	Plain       bool   // it speaks no TLS
	Ancient     bool   // it speaks no TLS that is newer than 1.1
}

// ServerIPs are the addresses of the servers where a scenario has a network of its own.
var ServerIPs = map[string]string{
	JoiningName: JoiningIP, DirectoryName: DirectoryIP, ResidentName: ResidentIP, OtherName: OtherIP, GoneName: GoneIP,
	LostName: LostIP,
}

// The addresses of the servers.
const (
	JoiningIP   = "127.1.0.1"
	DirectoryIP = "127.1.0.2"
	ResidentIP  = "127.1.0.3"
	OtherIP     = "127.1.0.4"
	GoneIP      = "127.1.0.5"
	LostIP      = "127.1.0.6"
)

// A Front is what stands between the client and the joining server: a reverse proxy, with the homeserver's own
// gatekeeping. The zero value is nothing at all.
type Front struct {
	Patience   time.Duration // it waits that long for the joining server, then answers 504 itself; 0: it waits for ever
	LongestURI int           // it refuses longer request targets with 414; 0: none is too long
	Instead    *Reply        // it answers so and passes nothing on; nil: it passes requests on
}

// A dialler connects to an address, or to what stands before it.
type dialler func(ctx context.Context, network, addr string) (net.Conn, error)
