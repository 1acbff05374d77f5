package lab

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"doorstep/client"
)

// Certificates are an authority's, in files, PEM.
type Certificates struct {
	Folder       string // absolute, as all paths here
	Authority    string // the authority's own certificate, for whoever is to trust it
	AuthorityKey string
	Made         bool // the authority was made now; otherwise it was there
	Issued       []Certificate
}

// A Certificate is one that vouches for a name, and for this machine by the names that it has for itself.
type Certificate struct {
	Name      string
	File, Key string
	Made      bool // now; otherwise it was there, and is good still
	Until     time.Time
}

// Loopback are the names that every machine has for itself.
var Loopback = []string{"localhost", "127.0.0.1", "::1"}

const (
	authorityFile = "authority.crt"
	authorityKey  = "authority.key"
	authorityName = "Doorstep lab"

	authorityLife   = 5 * 365 * 24 * time.Hour
	certificateLife = 365 * 24 * time.Hour
	// A certificate is made anew rather than kept when so little is left of it.
	leastLeft = 24 * time.Hour
)

// CheckHost returns a host as a certificate names it: without the brackets of an IPv6 address. It errs where that is no
// DNS name and no IP address.
func CheckHost(name string) (string, error) {
	if ip := net.ParseIP(strings.Trim(name, "[]")); ip != nil {
		return ip.String(), nil
	}
	n, err := client.ParseServerName(name)
	if err != nil {
		return "", err
	}
	if n.HasPort {
		return "", fmt.Errorf("%q has a port: name the host alone", name)
	}
	return strings.ToLower(name), nil
}

// Certify makes the authority in the folder dir, unless it is there, and a certificate for each name, or for localhost
// where none is named. A certificate that is there is kept where it is good for the name, and refused where it is not:
// force makes all of them anew, and the authority where that is no longer good.
func Certify(dir string, names []string, now time.Time, force bool) (Certificates, error) {
	if len(names) == 0 {
		names = Loopback[:1]
	}
	var hosts []string
	for _, name := range names {
		host, err := CheckHost(name)
		if err != nil {
			return Certificates{}, err
		}
		if host+".crt" == authorityFile {
			return Certificates{}, fmt.Errorf("no certificate can be for %q: the authority's own has that name", host)
		}
		if !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	f, err := openFolder(dir)
	if err != nil {
		return Certificates{}, err
	}
	return f.certify(hosts, now, force)
}

func (f folder) certify(hosts []string, now time.Time, force bool) (Certificates, error) {
	out := Certificates{Folder: f.path, Authority: f.file(authorityFile), AuthorityKey: f.file(authorityKey)}
	a, made, err := f.authority(now, force)
	if err != nil {
		return out, err
	}
	out.Made = made
	for _, host := range hosts {
		c, err := f.certificate(a, host, now, force)
		if err != nil {
			return out, err
		}
		out.Issued = append(out.Issued, c)
	}
	return out, nil
}

// authority returns the authority of the folder, and whether it was made now.
func (f folder) authority(now time.Time, force bool) (_ *client.Authority, made bool, err error) {
	certThere, err := f.there(authorityFile)
	if err != nil {
		return nil, false, err
	}
	keyThere, err := f.there(authorityKey)
	if err != nil {
		return nil, false, err
	}
	if certThere || keyThere {
		a, err := f.readAuthority(now)
		if err == nil {
			return a, false, nil
		}
		if !force {
			return nil, false, fmt.Errorf("%w; --force makes a new one, which everybody has to be told to trust", err)
		}
	}
	a, err := client.NewRoot(now, authorityName, authorityLife)
	if err != nil {
		return nil, false, err
	}
	key, err := a.KeyPEM()
	if err != nil {
		return nil, false, err
	}
	if err := f.write(authorityKey, secretMode, key, force); err != nil {
		return nil, false, err
	}
	return a, true, f.write(authorityFile, publicMode, a.PEM(), force)
}

func (f folder) readAuthority(now time.Time) (*client.Authority, error) {
	fail := func(err error) (*client.Authority, error) {
		return nil, fmt.Errorf("the authority in %q: %w", f.path, err)
	}
	cert, err := f.read(authorityFile)
	if err != nil {
		return fail(err)
	}
	key, err := f.read(authorityKey)
	if err != nil {
		return fail(err)
	}
	a, err := client.ReadRoot(now, cert, key)
	switch {
	case err != nil:
		return fail(err)
	case now.Add(leastLeft).After(a.Root().NotAfter):
		return fail(fmt.Errorf("it ends on %s", a.Root().NotAfter.Format(time.DateOnly)))
	}
	return a, nil
}

// issued is where the certificate for a host is, whether there is one or not.
func (f folder) issued(host string) Certificate {
	base := strings.ReplaceAll(host, ":", "_") // of an IPv6 address: no file system takes it everywhere
	return Certificate{Name: host, File: f.file(base + ".crt"), Key: f.file(base + ".key")}
}

// certificate returns the certificate for a host, made where there is none, and by force.
func (f folder) certificate(a *client.Authority, host string, now time.Time, force bool) (Certificate, error) {
	out := f.issued(host)
	for _, name := range []string{filepath.Base(out.File), filepath.Base(out.Key)} {
		if there, err := f.there(name); err != nil {
			return out, err
		} else if there && !force {
			out.Until, err = f.good(a, out, now)
			if err != nil {
				return out, fmt.Errorf("%w; --force makes a new one", err)
			}
			return out, nil
		}
	}
	until := now.Add(certificateLife)
	if end := a.Root().NotAfter; end.Before(until) {
		until = end
	}
	names := append([]string{host}, Loopback...)
	made, err := a.Issue(client.Leaf{Names: unique(names), NotAfter: until})
	if err != nil {
		return out, err
	}
	key, err := client.KeyPEM(made.PrivateKey)
	if err != nil {
		return out, err
	}
	if err := f.write(filepath.Base(out.Key), secretMode, key, force); err != nil {
		return out, err
	}
	out.Made, out.Until = true, made.Leaf.NotAfter
	return out, f.write(filepath.Base(out.File), publicMode, client.ChainPEM(made), force)
}

// good errs unless the files of c are a certificate that the authority issued for its name, with its key, and that does
// not end today. It returns when that ends.
func (f folder) good(a *client.Authority, c Certificate, now time.Time) (time.Time, error) {
	fail := func(err error) (time.Time, error) {
		return time.Time{}, fmt.Errorf("the certificate %q: %w", c.File, err)
	}
	cert, err := f.read(filepath.Base(c.File))
	if err != nil {
		return fail(err)
	}
	key, err := f.read(filepath.Base(c.Key))
	if err != nil {
		return fail(err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return fail(errors.New(strings.TrimPrefix(err.Error(), "tls: ")))
	}
	_, err = pair.Leaf.Verify(x509.VerifyOptions{DNSName: c.Name, Roots: a.Pool(), CurrentTime: now.Add(leastLeft)})
	if err != nil {
		return fail(errors.New(strings.TrimPrefix(err.Error(), "x509: ")))
	}
	return pair.Leaf.NotAfter, nil
}

func unique(all []string) []string {
	var out []string
	for _, one := range all {
		if !slices.Contains(out, one) {
			out = append(out, one)
		}
	}
	return out
}
