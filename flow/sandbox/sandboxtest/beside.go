// Package sandboxtest runs a federation of the sandbox beside a joining server that is not the sandbox's own: the
// command join, or whatever a test makes.
package sandboxtest

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"doorstep/client"
	"doorstep/client/freeport"
	"doorstep/flow/live"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
)

// A Beside is a federation, and what a joining server has to know to be found by it and to find it.
type Beside struct {
	*engine.Federation
	Listen            string   // where the joining server is to listen
	CA, Cert, CertKey string   // files: the federation's authority, the joining server's certificate and its key
	Pins              []string // where the federation's servers are
}

// Start runs the scenario of that name until ctx ends, with files in dir.
func Start(ctx context.Context, name, dir string) (*Beside, error) {
	scenario, ok := sandbox.Lookup(name)
	if !ok {
		return nil, fmt.Errorf("no scenario %q", name)
	}
	f, err := engine.Start(ctx, scenario, engine.Options{})
	if err != nil {
		return nil, err
	}
	b := &Beside{Federation: f, CA: filepath.Join(dir, "ca.pem"), Cert: filepath.Join(dir, "cert.pem"),
		CertKey: filepath.Join(dir, "cert.key")}
	for _, server := range scenario.Layout.Names() {
		b.Pins = append(b.Pins, server+":8448:"+f.Address(server))
	}
	var port int
	if port, err = freeport.Find(); err == nil {
		b.Listen = fmt.Sprintf("127.0.0.1:%d", port)
		f.SetJoining(b.Listen)
		err = b.write()
	}
	if err != nil {
		f.Stop()
		return nil, err
	}
	return b, nil
}

// write writes the files.
func (b *Beside) write() error {
	c, err := b.Authority.Certificate(engine.JoiningName)
	if err != nil {
		return err
	}
	var chain []byte
	for _, der := range c.Certificate {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		return err
	}
	for file, text := range map[string][]byte{b.CA: b.Authority.PEM(), b.Cert: chain,
		b.CertKey: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// Options are those of a join by the scenario's user that waits for an invite.
func (b *Beside) Options() live.JoinOptions {
	return live.JoinOptions{Tool: "test", User: b.UserID, WaitInvite: 20 * time.Second, Listen: b.Listen, CAFile: b.CA,
		CertFile: b.Cert, CertKey: b.CertKey, Private: true, Pins: b.Pins}
}

// Args are the arguments of the command join that say the same, but for the wait.
func (b *Beside) Args() []string {
	args := []string{"--user", b.UserID, "--listen", b.Listen, "--ca", b.CA, "--tls-cert", b.Cert, "--tls-key", b.CertKey,
		"--allow-private"}
	for _, pin := range b.Pins {
		args = append(args, "--resolve", pin)
	}
	return args
}

// InviteWhenReady has the user invited as soon as the joining server listens.
func (b *Beside) InviteWhenReady(ctx context.Context) error {
	const most = 20 * time.Second
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for {
		if c, err := new(net.Dialer).DialContext(ctx, "tcp", b.Listen); err == nil {
			c.Close() // nothing was written to it
			return b.SendInvite(ctx)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("nobody listens at %s", b.Listen)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Inviting has the user invited in the background, and returns what tells how that ended.
func (b *Beside) Inviting(ctx context.Context) <-chan error {
	done := make(chan error, 1)
	client.Go(func() { done <- b.InviteWhenReady(ctx) })
	return done
}
