package lab

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow/printable"
)

// Options say which homeserver is wanted, and where.
type Options struct {
	Software string // one of Software
	Folder   string // of the lab; the homeserver's is in it
	Host     string // its name without a port; empty: localhost
	Port     int    // where its name leads; 0: its usual one
	Plain    int    // serve without TLS there, for a proxy that serves at Port; 0: no proxy
	Force    bool   // overwrite
	Now      time.Time
}

// ourPort is the first that the joining server of a lab takes.
const ourPort = 8450

// Write writes all that a homeserver takes: its configuration, certificates, keys, and the profile by which Doorstep
// joins it. Nothing is written before all that can be known is known to be in order.
func Write(o Options) (Server, error) {
	s, err := o.server()
	if err != nil {
		return Server{}, err
	}
	if s.Above, err = absolute(o.Folder); err != nil {
		return Server{}, err
	}
	s.Folder = filepath.Join(s.Above, o.Software)
	if err := s.fits(o.Force); err != nil {
		return Server{}, err
	}
	if s.Joiner, err = joiner(s); err != nil {
		return Server{}, err
	}
	above, err := openFolder(s.Above)
	if err != nil {
		return Server{}, err
	}
	f, err := openFolder(s.Folder)
	if err != nil {
		return Server{}, err
	}
	hosts := unique([]string{Loopback[0], strings.Trim(s.Host(), "[]")})
	certs, err := above.certify(hosts, o.Now, false)
	if err != nil && o.Force { // one of them is no longer good
		certs, err = above.certify(hosts, o.Now, true)
	}
	if err != nil {
		return Server{}, err
	}
	s.Authority, s.Serves = certs.Authority, certs.Issued[len(hosts)-1]
	return s, s.write(above, f, certs.Issued[0], o.Force)
}

// server is what is asked for, looked at as far as no folder is needed.
func (o Options) server() (Server, error) {
	k, ok := written[o.Software]
	if !ok {
		return Server{}, fmt.Errorf("no configuration can be written for %q: there are %s", o.Software,
			strings.Join(Software(), ", "))
	}
	host := o.Host
	if host == "" {
		host = Loopback[0]
	}
	if strings.Count(host, ":") == 1 {
		return Server{}, fmt.Errorf("--name %q: the port goes into --port", host)
	}
	host, err := CheckHost(host)
	if err != nil {
		return Server{}, fmt.Errorf("--name: %w", err)
	}
	if ip := net.ParseIP(host); ip != nil && host != listenAddress {
		return Server{}, fmt.Errorf("--name %q: of addresses it can be %s alone, where it listens", host, listenAddress)
	}
	port := o.Port
	if port == 0 {
		port = k.port
	}
	for _, p := range []struct {
		flag string
		port int
	}{{"--port", port}, {"--proxy", o.Plain}} {
		if p.port < 0 || p.port > 65535 {
			return Server{}, fmt.Errorf("%s %d: ports are numbers from 1 to 65535", p.flag, p.port)
		}
	}
	if o.Plain == port {
		return Server{}, fmt.Errorf("--proxy %d: the proxy serves at that port; name another for the homeserver", port)
	}
	return Server{Version: labVersion, Software: o.Software, Name: net.JoinHostPort(host, strconv.Itoa(port)), Port: port,
		Plain: o.Plain}, nil
}

// fits errs where something is in its folder that would be lost, or would not go together with it, and where somebody
// listens at its port.
func (s Server) fits(force bool) error {
	if s.Plain != 0 {
		if err := checkProxied(s.Folder); err != nil {
			return err
		}
	}
	if err := s.keepsName(folder{s.Folder}, force); err != nil {
		return err
	}
	return free(s.listens())
}

// keepsName errs where a homeserver is configured in its folder: without force, and where that has run under another
// name.
func (s Server) keepsName(f folder, force bool) error {
	there, err := f.there(serverFile)
	if isMissing(err) || err == nil && !there {
		return nil
	}
	if err != nil {
		return err
	}
	if !force {
		return fmt.Errorf("%q: a homeserver is configured there; --force writes it anew, and keeps its keys", f.path)
	}
	was, err := openServer(f)
	if err != nil {
		return err
	}
	for _, name := range written[s.Software].data {
		ran, err := f.there(name)
		if err != nil {
			return err
		}
		if ran && was.Name != s.Name {
			return fmt.Errorf("%q: what is in %s there belongs to %s: a homeserver cannot change its name; take another "+
				"folder", f.path, name, was.Name)
		}
	}
	return nil
}

// free errs where somebody listens at a port of this machine.
func free(port int) error {
	err := listens(port)
	switch {
	case err == nil:
		return nil
	case client.InUse(err):
		other := ""
		for p := port + 3; p < port+1000; p++ {
			if p <= 65535 && listens(p) == nil {
				other = fmt.Sprintf("; %d is free: --port %d", p, p)
				break
			}
		}
		return fmt.Errorf("somebody listens at port %d already%s", port, other)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("port %d is for the superuser alone; take one from 1024 on", port)
	}
	return fmt.Errorf("port %d: %w", port, err)
}

func listens(port int) error {
	l, err := net.Listen("tcp", net.JoinHostPort(listenAddress, strconv.Itoa(port)))
	if err != nil {
		return err
	}
	return l.Close()
}

// joiner is the name of the joining server: the address of a port that nobody listens at.
func joiner(s Server) (string, error) {
	for port := ourPort; port < ourPort+1000; port++ {
		if port != s.Port && port != s.Plain && listens(port) == nil {
			return net.JoinHostPort(listenAddress, strconv.Itoa(port)), nil
		}
	}
	return "", fmt.Errorf("no port from %d on is free for Doorstep", ourPort)
}

// write writes the files of a server: own is the certificate of the joining server.
func (s Server) write(above, f folder, own Certificate, force bool) error {
	for _, name := range written[s.Software].makes {
		if _, err := openFolder(f.file(name)); err != nil {
			return err
		}
	}
	secret, err := f.keep(secretFile, func() ([]byte, error) { return []byte(rand.Text() + "\n"), nil })
	if err != nil {
		return err
	}
	for _, k := range []struct {
		in   folder
		name string
		kind string
	}{{f, keyFile, s.Software}, {above, joinerKey, "synapse"}} {
		if _, err := k.in.keep(k.name, newKey(k.kind)); err != nil {
			return err
		}
	}
	files, err := written[s.Software].files(s, string(bytes.TrimSpace(secret)))
	if err != nil {
		return err
	}
	if files[profileFile], err = s.profile(own); err != nil {
		return err
	}
	// Last comes what says that there is a homeserver.
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := f.write(name, secretMode, []byte(files[name]), force); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return f.write(serverFile, secretMode, append(printable.JSON(text), '\n'), force)
}

func newKey(software string) func() ([]byte, error) {
	return func() ([]byte, error) {
		key, err := client.GenerateKey()
		if err != nil {
			return nil, err
		}
		return written[software].key(key), nil
	}
}

// profile is the file of the profile by which a joining server on this machine joins the homeserver. Its paths are
// relative to its folder.
func (s Server) profile(own Certificate) (string, error) {
	up := func(path string) string { return filepath.ToSlash(filepath.Join("..", filepath.Base(path))) }
	p := struct {
		User    string   `json:"user"`
		Key     string   `json:"key"`
		Cert    string   `json:"tls_cert"`
		CertKey string   `json:"tls_key"`
		CA      string   `json:"ca"`
		Private bool     `json:"allow_private"`
		Resolve []string `json:"resolve,omitempty"`
	}{User: "@me:" + s.Joiner, Key: up(joinerKey), Cert: up(own.File), CertKey: up(own.Key), CA: up(s.Authority),
		Private: true}
	if pin := s.pin(); pin != "" {
		p.Resolve = []string{pin}
	}
	text, err := json.MarshalIndent(p, "", "  ")
	return string(printable.JSON(text)) + "\n", err
}
