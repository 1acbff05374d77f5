package engine

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"doorstep/client"
	"doorstep/flow/live"
)

// silentTime is how long a connection into silence is waited for.
const silentTime = 400 * time.Millisecond

// open brings the scenario's network into operation. What it has started is closed with the federation, also when it
// errs.
func (f *Federation) open(n Network) error {
	zone := Zone{}
	places := maps.Clone(n.Places)
	if places == nil {
		places = map[string]Place{}
	}
	for name, ip := range ServerIPs {
		if !slices.ContainsFunc(slices.Collect(maps.Values(n.Places)), func(p Place) bool { return p.Server == name }) {
			at := net.JoinHostPort(ip, "8448")
			if _, ok := places[at]; !ok {
				places[at] = Place{Server: name}
			}
		}
		if name == JoiningName {
			name = f.joining
		}
		zone["A "+strings.ToLower(name)] = []string{ip}
	}
	maps.Copy(zone, n.Zone)
	w := &network{federation: f, strict: n.Strict, ahead: n.Ahead, roots: f.Authority.Pool(), Places: places,
		Sites: map[string]string{}, taken: map[string]int{}}
	var err error
	if w.names, err = NewNameServer(zone); err != nil {
		return err
	}
	f.closers = append(f.closers, w.names)
	if w.Refusing, err = f.nothing(); err != nil {
		return err
	}
	for _, at := range slices.Sorted(maps.Keys(places)) {
		if site := places[at].Web; site != nil {
			if w.Sites[at], err = f.host(*site); err != nil {
				return err
			}
		}
	}
	if n.Distrust {
		another, err := client.NewAuthority(f.Now())
		if err != nil {
			return err
		}
		w.roots = another.Pool()
	}
	f.Network = w
	return nil
}

// host starts a web server and returns where it listens.
func (f *Federation) host(s Site) (addr string, err error) {
	certificate, err := f.Authority.Issue(s.Certificate)
	if err != nil {
		return "", fmt.Errorf("certificate of a web server: %w", err)
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen as a web server: %w", err)
	}
	addr = listener.Addr().String()
	server := &http.Server{
		Handler: client.Contain(s), ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: headTime, WriteTimeout: headTime,
		MaxHeaderBytes: 64 << 10,
	}
	if !s.Plain {
		config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12,
			NextProtos: []string{"http/1.1"}}
		if s.Ancient {
			config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
		}
		listener = tls.NewListener(listener, config)
	}
	f.closers = append(f.closers, server)
	f.serving.Add(1)
	client.Go(func() {
		defer f.serving.Done()
		_ = server.Serve(listener) // it ends for one reason: Close
	})
	return addr, nil
}

// ServeHTTP answers with what the site has.
func (s Site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reply := cmp.Or(s.Page, Page(404, "Not Found"))
	if r.URL.Path == "/.well-known/matrix/server" && s.WellKnown != nil {
		reply = s.WellKnown
	}
	reply.write(w, 0)
}

// across has the joining server of a set-up find and reach the others by way of the network, where the scenario has
// one.
func (f *Federation) across(s live.Setup) live.Setup {
	w := f.Network
	if w == nil {
		return s
	}
	if w.ahead != 0 {
		s.Now = func() time.Time { return f.Now().Add(w.ahead) }
	}
	c := *s.Client
	c.Now, c.Dial, c.AllowPrivate, c.Roots = s.Now, w.Dial, !w.strict, w.roots
	s.Client = &c
	s.Resolver = client.NewResolver(client.ResolverConfig{Client: &c, NameServers: []string{w.names.Addr},
		HostsFile: os.DevNull, Thorough: true})
	return s
}

// Dial connects to what is at an address of the network.
func (w *network) Dial(ctx context.Context, kind, addr string) (net.Conn, error) {
	fails := func(why syscall.Errno) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: kind, Err: os.NewSyscallError("connect", why)}
	}
	place, ok := w.Places[addr]
	to := w.Refusing
	switch {
	case !ok && !w.routes(addr):
		if to, err := netip.ParseAddrPort(addr); err == nil && to.Addr().Is6() {
			return fails(syscall.ENETUNREACH) // IPv6 only where a place says so
		}
		return fails(syscall.EHOSTUNREACH)
	case place.Silent:
		select {
		case <-time.After(silentTime):
			return fails(syscall.ETIMEDOUT)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	case place.Web != nil:
		to = w.Sites[addr]
	case place.Server != "" && w.takes(addr, place):
		name := place.Server
		if name == JoiningName {
			name = w.federation.joining
		}
		to = cmp.Or(w.federation.Address(name), to)
	}
	return new(net.Dialer).DialContext(ctx, "tcp4", to)
}

// routes reports whether there is anything at the IP of addr.
func (w *network) routes(addr string) bool {
	to, err := netip.ParseAddrPort(addr)
	return err == nil && slices.ContainsFunc(slices.Collect(maps.Keys(w.Places)), func(at string) bool {
		place, err := netip.ParseAddrPort(at)
		return err == nil && place.Addr() == to.Addr()
	})
}

// takes counts a connection to a server, and reports whether the server takes it.
func (w *network) takes(addr string, p Place) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.taken[addr]++
	return p.Takes == 0 || w.taken[addr] <= p.Takes
}

// nothing returns an address on loopback where nothing listens.
func (f *Federation) nothing() (addr string, err error) {
	at, err := f.nothingAt(netip.AddrFrom4([4]byte{127, 0, 0, 1}))
	return at.String(), err
}
