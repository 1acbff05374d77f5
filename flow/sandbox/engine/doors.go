package engine

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"doorstep/client"
)

// mostPort is the last port there is.
const mostPort = 65535

// doors are what hosted servers listen at, by public name: they are opened before anything else, because the names
// have their ports in them. Of a federation that nobody else reaches there are none.
type doors map[string]net.Listener

// listen returns what a server listens at.
func (d doors) listen(name string) (net.Listener, error) {
	if l, ok := d[name]; ok {
		return l, nil
	}
	return net.Listen("tcp4", "127.0.0.1:0")
}

func (d doors) close() {
	for _, l := range d {
		l.Close() // nobody has come yet
	}
}

// doors opens what the servers of a scenario listen at, and names them. Those that are down get a name whose port is
// held and takes no connection.
func (f *Federation) doors(ctx context.Context, s Scenario) (doors, error) {
	h := f.hosting
	if h == nil {
		return nil, nil
	}
	out, port := doors{}, int(h.Listen.Port())
	f.naming = Naming{}
	if !f.anybody {
		f.naming[JoiningName] = f.joining
	}
	fail := func(err error) (doors, error) {
		out.close()
		f.closeAll()
		return nil, err
	}
	for _, part := range s.parts() {
		if port > mostPort {
			return fail(fmt.Errorf("there is no port %d: the servers of this scenario need %d in a row", port, len(s.parts())))
		}
		l, err := client.ListenTCP(ctx, netip.AddrPortFrom(h.Listen.Addr(), uint16(port)).String())
		if err != nil {
			return fail(err)
		}
		at := l.Addr().(*net.TCPAddr)
		name := net.JoinHostPort(cmp.Or(h.Host, h.Listen.Addr().String()), strconv.Itoa(at.Port))
		f.naming[part], out[name] = name, l
		if port > 0 {
			port++
		}
	}
	for _, part := range s.Layout.Down {
		at, err := f.nothingAt(h.Listen.Addr())
		if err != nil {
			return fail(err)
		}
		f.naming[part] = net.JoinHostPort(cmp.Or(h.Host, h.Listen.Addr().String()), strconv.Itoa(int(at.Port())))
	}
	return out, nil
}

// parts are the parts of the servers that run, and the names that also lead to one of them, each once.
func (s Scenario) parts() []string {
	var out []string
	down := map[string]bool{}
	for _, name := range s.Layout.Down {
		down[name] = true
	}
	for _, name := range s.Layout.Names() {
		if !down[name] {
			out = append(out, name)
		}
	}
	for _, f := range s.Faults {
		if f.AlsoNamed != "" {
			out = append(out, f.AlsoNamed)
		}
	}
	return out
}
