package tap

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"time"

	"doorstep/client"
	"doorstep/flow/watch"
)

// Options say where a tap stands, and what it keeps.
type Options struct {
	Tool     string // program and version, for the headers of traces
	Listen   string // host and port; without a host, or with one that is not on loopback, only where Public is set
	Upstream string // http or https, a host and perhaps a port
	CertFile string // certificate of the listener, with KeyFile; empty: it speaks plain HTTP
	KeyFile  string
	Public   bool // strangers may connect

	Forwarded    bool   // tell the upstream who calls, in X-Forwarded-For
	CAFile       string // certificate authorities to trust besides the system's
	Insecure     bool   // go on with certificates that do not verify
	UpstreamName string // what the upstream's certificate has to be for; empty: the host of Upstream

	// connections at once; 0: DefaultConnections. Over it the one gives way that waits for its caller the longest, of the
	// address that has the most; none does that waits for the upstream, as that of a client who syncs
	Connections int
	MaxBody     int64 // bytes of a body that is kept; 0: DefaultMaxBody
	FetchKeys   bool  // ask for the keys that signatures need, once a join is over
	Pins        []string
	Private     bool // allow addresses that are not public, where keys are asked for

	Quiet  time.Duration // see watch.Options
	Now    func() time.Time
	OnJoin func(*watch.Join)
	OnOver func(*watch.Join)
}

// DefaultConnections is how many connections a tap has at once: each takes two file descriptors.
const DefaultConnections = 4000

// DefaultMaxBody is how many bytes of a body are kept: the largest answer to send_join that a join of ours accepts.
const DefaultMaxBody = 500 << 20

// mostHeld is how many bytes of bodies are held at once, those under way and those in traces. What is over it passes
// and is not kept.
const mostHeld = 1 << 30

// A Trouble is why a tap cannot stand where it should.
type Trouble struct {
	Kind TroubleKind
	Why  string // one line
}

func (t *Trouble) Error() string { return t.Why }

// A TroubleKind is a kind of Trouble.
type TroubleKind int

// The kinds.
const (
	Unusable     TroubleKind = iota // the options, or the files they name, cannot be used
	CannotListen                    // the address is in use, or not ours to take
	Unresolvable                    // the upstream's name leads nowhere
)

func unusable(format string, args ...any) error {
	return &Trouble{Unusable, fmt.Sprintf(format, args...)}
}

// settled are options that have been checked.
type settled struct {
	Options
	upstream    *url.URL
	certificate *tls.Certificate // nil: plain
	roots       *x509.CertPool   // nil: the system's
	pins        map[string]string
}

// Check says what is wrong with the options, as far as that can be told without the network.
func (o Options) Check() error {
	_, err := o.settle()
	return err
}

func (o Options) settle() (settled, error) {
	s := settled{Options: o, pins: map[string]string{}}
	s.MaxBody = cmp.Or(o.MaxBody, DefaultMaxBody)
	s.Connections = cmp.Or(o.Connections, DefaultConnections)
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.MaxBody < 0 || s.Quiet < 0 {
		return s, unusable("a size and a time cannot be negative")
	}
	if err := o.checkListen(); err != nil {
		return s, err
	}
	var err error
	if s.upstream, err = parseUpstream(o.Upstream); err != nil {
		return s, err
	}
	for _, p := range o.Pins {
		name, address, err := client.ParsePin(p)
		if err != nil {
			return s, unusable("%v", err)
		}
		s.pins[name] = address
	}
	if err := s.files(); err != nil {
		return s, err
	}
	return s, nil
}

// checkListen looks at the address, and whether strangers could reach it.
func (o Options) checkListen() error {
	if o.Listen == "" {
		return unusable("say where to listen: --listen 127.0.0.1:8448")
	}
	host, port, err := net.SplitHostPort(o.Listen)
	if err != nil || port == "" {
		return unusable("listen on %q: not a host and a port, as in 127.0.0.1:8448", o.Listen)
	}
	if o.Public || host == "localhost" {
		return nil
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Unmap().IsLoopback() {
		return nil
	}
	return unusable("listen on %q: strangers could reach the homeserver through it, and their requests would be kept; "+
		"--public says that they may", o.Listen)
}

// parseUpstream reads the one server that stands behind the tap.
func parseUpstream(s string) (*url.URL, error) {
	if s == "" {
		return nil, unusable("say what stands behind: --upstream http://127.0.0.1:8008")
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return nil, unusable("upstream %q: not a URL such as http://127.0.0.1:8008", s)
	case u.User != nil || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return nil, unusable("upstream %q: only scheme, host and port: paths pass as they are", s)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// files reads the files that the options name.
func (s *settled) files() error {
	if (s.CertFile == "") != (s.KeyFile == "") {
		return unusable("--tls-cert and --tls-key belong together")
	}
	if s.CertFile != "" {
		c, err := tls.LoadX509KeyPair(s.CertFile, s.KeyFile)
		if err != nil {
			return unusable("certificate %q with key %q: %v", s.CertFile, s.KeyFile, fileError(err))
		}
		s.certificate = &c
	}
	if s.CAFile == "" {
		return nil
	}
	pem, err := client.ReadFile(s.CAFile, client.MostCertificates)
	if err != nil {
		return unusable("authorities %q: %v", s.CAFile, fileError(err))
	}
	if s.roots, err = x509.SystemCertPool(); err != nil {
		s.roots = x509.NewCertPool()
	}
	if !s.roots.AppendCertsFromPEM(pem) {
		return unusable("authorities %q: no certificate is in it", s.CAFile)
	}
	return nil
}

// fileError is an error without the name of the file, which the sentence has.
func fileError(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
