package host

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode"

	"doorstep/client"
	"doorstep/flow/answer"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/watch"
)

// Options say which scenario is hosted, where, and how the joining server is found.
type Options struct {
	Tool     string // program and version, for the headers of traces
	Scenario engine.Scenario
	User     string // who is expected to join; empty: whoever comes

	Listen string // where the servers listen, IP:PORT; the first at that port, the others at those after it
	Public bool   // strangers may connect: an address beyond loopback is meant
	Name   string // the host in server names; empty: the IP listened on

	CertFile, CertKey           string // what every server shows; empty: an authority issues certificates
	AuthorityFile, AuthorityKey string // that authority; empty: one is made

	CAFile   string   // authorities to trust about the joining server, besides the system's and our own
	Insecure bool     // go on with certificates of it that do not verify
	Pins     []string // NAME:PORT:ADDRESS, as curl's --resolve
	Private  bool     // find the joining server at addresses that are not public, too; always so on loopback

	Gate answer.Gate // asked before an answer is given; nil: answers are given at once

	Quiet, Patience time.Duration // see watch.Options
	OnJoin, OnOver  func(*watch.Join)
	OnCall          func(server string, f client.InboundFailure) // of connections that brought no request; may be nil
	Now             func() time.Time                             // nil: the system's clock
}

// DefaultListen is where servers listen unless somebody says otherwise.
const DefaultListen = "127.0.0.1:8448"

// hosting checks the options and makes of them what a federation is started with. Errors are one line.
func (o Options) hosting() (*engine.Hosting, error) {
	at, err := listenAt(o.Listen)
	if err != nil {
		return nil, err
	}
	if !at.Addr().IsLoopback() && !o.Public {
		return nil, fmt.Errorf("--listen %s is beyond loopback: strangers would reach the hosted rooms and key documents; "+
			"--public says that this is meant", at)
	}
	h := &engine.Hosting{Listen: at, Host: o.Name}
	if o.Name != "" {
		if n, err := client.ParseServerName(o.Name); err != nil || n.HasPort {
			return nil, fmt.Errorf("--name %q: a host without a port is wanted, such as matrix.example", o.Name)
		}
	} else if at.Addr().IsUnspecified() {
		return nil, fmt.Errorf("--listen %s is every address of this machine: --name says how others call it", at)
	}
	if why := o.why(h); why != "" {
		return nil, fmt.Errorf("scenario %q cannot be hosted. %s", o.Scenario.Name, why.Says())
	}
	if o.User == "" && o.Scenario.Invites() {
		return nil, fmt.Errorf("scenario %q begins with an invite: say to whom, --user @name:server", o.Scenario.Name)
	}
	if o.User != "" {
		if _, err := client.ParseUserID(o.User); err != nil {
			return nil, err
		}
	}
	if err := o.certificates(h); err != nil {
		return nil, err
	}
	return h, o.finding(h)
}

// why says why the scenario cannot be hosted as the options have it; empty where it can.
func (o Options) why(h *engine.Hosting) engine.Unhosted {
	if why := o.Scenario.Unhosted(); why != "" {
		return why
	}
	if o.Scenario.Letters && !strings.ContainsFunc(h.Host, unicode.IsLower) {
		return engine.UnhostedLetters
	}
	return ""
}

func listenAt(listen string) (netip.AddrPort, error) {
	if listen == "" {
		listen = DefaultListen
	}
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("--listen %q: IP:PORT is wanted, such as %s", listen, DefaultListen)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	n, wrong := strconv.ParseUint(port, 10, 16)
	if err != nil || wrong != nil {
		return netip.AddrPort{}, fmt.Errorf("--listen %q: an IP address and a port are wanted, such as %s; --name is for "+
			"the name that others know it by", listen, DefaultListen)
	}
	return netip.AddrPortFrom(ip, uint16(n)), nil
}

// certificates fills in what the servers show.
func (o Options) certificates(h *engine.Hosting) error {
	switch {
	case (o.CertFile == "") != (o.CertKey == ""):
		return errors.New("--tls-cert and --tls-key go together")
	case (o.AuthorityFile == "") != (o.AuthorityKey == ""):
		return errors.New("--authority-cert and --authority-key go together")
	case o.CertFile != "" && o.AuthorityFile != "":
		return errors.New("either a certificate is given or an authority that issues them")
	case o.CertFile != "":
		c, err := tls.LoadX509KeyPair(o.CertFile, o.CertKey)
		if err != nil {
			return fmt.Errorf("certificate %q with key %q: %w", o.CertFile, o.CertKey, err)
		}
		h.Certificate = &c
	}
	var err error
	if o.AuthorityFile != "" {
		h.Authority, err = o.authority()
	} else {
		h.Authority, err = client.NewAuthority(o.now()())
	}
	return err
}

// authority reads the authority that was made elsewhere.
func (o Options) authority() (*client.Authority, error) {
	certificate, err := client.ReadFile(o.AuthorityFile, client.MostCertificates)
	if err != nil {
		return nil, err
	}
	key, err := client.ReadFile(o.AuthorityKey, client.MostCertificates)
	if err != nil {
		return nil, err
	}
	a, err := client.ReadRoot(o.now()(), certificate, key)
	if err != nil {
		return nil, fmt.Errorf("%q and %q: %w", o.AuthorityFile, o.AuthorityKey, err)
	}
	return a, nil
}

// finding fills in how the joining server is found and reached.
func (o Options) finding(h *engine.Hosting) error {
	roots, err := o.trusted(h.Authority)
	if err != nil {
		return err
	}
	pins := map[string]string{}
	for _, p := range o.Pins {
		name, address, err := client.ParsePin(p)
		if err != nil {
			return err
		}
		pins[name] = address
	}
	h.Client = client.Client{Roots: roots, Insecure: o.Insecure, AllowPrivate: o.Private || h.Listen.Addr().IsLoopback(),
		Now: o.now(), Limits: client.Limits{Deadline: patience}}
	c := h.Client
	h.Finder = client.NewResolver(client.ResolverConfig{Client: &c, Pins: pins})
	return nil
}

// patience is how long the joining server's answers are waited for.
const patience = 15 * time.Second

// trusted are the authorities that vouch for the joining server.
func (o Options) trusted(own *client.Authority) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	pool.AppendCertsFromPEM(own.PEM())
	if o.CAFile == "" {
		return pool, nil
	}
	pem, err := client.ReadFile(o.CAFile, client.MostCertificates)
	if err != nil {
		return nil, fmt.Errorf("certificate authorities: %w", err)
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("certificate authorities: %q holds no PEM certificate", o.CAFile)
	}
	return pool, nil
}

func (o Options) now() func() time.Time {
	if o.Now != nil {
		return o.Now
	}
	return time.Now
}
