package live

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"time"

	"doorstep/client"
	"doorstep/flow"
)

// clientPatience is how long our own client waits for the end of the handshake: whoever steps through it may stop to
// read.
const clientPatience = 24 * time.Hour

// A Setup is what a live handshake needs: who joins what, and the means.
type Setup struct {
	Header      flow.Header
	Identity    *client.Identity
	Client      *client.Client  // asks other servers, signing as Identity
	Resolver    client.Resolver // finds them
	Listen      string          // where our listener listens; empty: a free port on loopback
	Certificate tls.Certificate // of our listener; our own client accepts it as it is: it is for other servers to judge
	Now         func() time.Time
	Random      io.Reader // nil: the system's

	ClientPatience time.Duration // how long our own client waits for the end; 0: a day
	// ClientDial connects our own client to the listener at addr, or to whatever stands before it; nil: to the listener.
	ClientDial func(ctx context.Context, network, addr string) (net.Conn, error)

	// OnRun is called before anything happens, to have the run recorded or shown. Its error ends the set-up.
	OnRun func(*Run) error
}

// Open starts the joining server's listener and returns a run that has done nothing yet, with the listener's address.
// The run's steps are done for real, by whoever calls Step or Finish. stop ends the listener; it must be called.
func Open(ctx context.Context, s Setup) (run *Run, addr net.Addr, stop func(), err error) {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Random == nil {
		s.Random = rand.Reader
	}
	if s.Listen == "" {
		s.Listen = "127.0.0.1:0"
	}
	joins := make(chan *PendingJoin)
	tcp, err := client.ListenTCP(ctx, s.Listen)
	if err != nil {
		return nil, nil, nil, err
	}
	s.Header.Listen = tcp.Addr().String()
	network := &Network{Client: s.Client, Identity: s.Identity, Resolver: s.Resolver, Now: s.Now, Random: s.Random,
		Joins: joins}
	run = NewRun(s.Header, network, s.Now)
	in := newInbound(run, network, joins)
	network.bell = in.bell
	run.outside = in.Left
	if s.OnRun != nil { // before anybody is answered: what records the run misses nothing
		if err := s.OnRun(run); err != nil {
			tcp.Close()
			return nil, nil, nil, err
		}
	}
	token := rand.Text()
	listener, err := client.Listen(ctx, client.ListenerConfig{
		Listener: tcp, Identity: s.Identity, Certificate: s.Certificate, Token: token, Now: s.Now,
		Keys: in.key, Business: in.business, Wanted: in.bell.wanted,
		Observe: in, Join: in.join, Invite: in.invited, Bound: in.bound,
	})
	if err != nil {
		tcp.Close()
		return nil, nil, nil, err
	}
	network.listener = listener
	if s.ClientPatience == 0 {
		s.ClientPatience = clientPatience
	}
	asker := &client.Client{Pinned: s.Certificate.Certificate[0], Now: s.Now, AllowPrivate: true, Token: token,
		Dial:   s.ClientDial,
		Limits: client.Limits{DeadlineOf: map[client.Endpoint]time.Duration{client.ClientJoin: s.ClientPatience}}}
	network.Asker = func(ctx context.Context, r client.Request, onSend func(client.Request)) client.Exchange {
		return asker.Do(ctx, ownDestination(s.Identity.ServerName, listener.Addr(), s.Certificate), r, onSend)
	}
	return run, listener.Addr(), listener.Close, nil
}

// ownDestination is how our own client finds our listener: by its address, under our server name.
func ownDestination(server string, addr net.Addr, certificate tls.Certificate) client.Destination {
	d := client.Destination{Server: server, Address: loopback(addr), Host: server, VerifyName: server}
	leaf, err := x509.ParseCertificate(certificate.Certificate[0])
	switch { // behind a proxy, the certificate may be for another name than the server's
	case err != nil:
	case len(leaf.DNSNames) > 0:
		d.VerifyName, d.SNI = leaf.DNSNames[0], leaf.DNSNames[0]
	case len(leaf.IPAddresses) > 0:
		d.VerifyName = leaf.IPAddresses[0].String()
	}
	return d
}

// loopback turns an address that means every interface into one that can be dialled.
func loopback(addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: tcp.Port}).String()
	}
	return addr.String()
}
