package live

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
)

// What a check may cost, where nobody said otherwise.
const (
	checkTime    = 10 * time.Second // for one exchange
	checkAllTime = time.Minute      // for all of it
	checkBody    = 1 << 20          // bytes of an answer: all that are asked for are small
)

// CheckOptions say which server to look at, and how to reach it. With ServerName the server is asked in that name, too,
// signed with a key that our listener publishes meanwhile.
type CheckOptions struct {
	Tool   string // program and version, for the trace's header
	Server string // the server to look at

	ServerName string // who asks; empty: the server of User, and where there is none nothing is signed
	User       string // @name:server: names who asks, as for a join
	KeyFile    string // signing key, in Synapse's or Dendrite's form; empty: a new key
	Listen     string // where our listener listens, as for a join
	CertFile   string // certificate of our listener, with CertKey; empty: a new one, signed by itself
	CertKey    string

	CAFile string // certificate authorities to trust besides the system's
	// Insecure has signed requests sent also where the certificate does not hold, and well-known documents taken from
	// there. What is asked without a signature is asked in any case: it is no secret, and the certificate is judged.
	Insecure bool
	Pins     []string      // NAME:PORT:ADDRESS, as curl's --resolve
	Private  bool          // allow addresses that are not public
	Timeout  time.Duration // for each exchange; 0: ten seconds
	Deadline time.Duration // for all of it; 0: a minute
	Notary   string        // whom to ask for the server's keys, too; empty: nobody

	Now   func() time.Time
	OnRun func(*Run) error
}

// Check says what is wrong with the options, as far as that can be told without the network.
func (o CheckOptions) Check() error {
	if _, err := o.check(); err != nil || o.KeyFile == "" {
		return err
	}
	_, err := client.ReadKeys(o.KeyFile)
	return err
}

// check looks at what names something; ServerName is filled in.
func (o *CheckOptions) check() (client.ServerName, error) {
	var none client.ServerName
	if _, err := client.ParseServerName(o.Server); err != nil {
		return none, err
	}
	if err := checkNotary(o.Notary); err != nil {
		return none, err
	}
	for _, p := range o.Pins {
		if _, _, err := client.ParsePin(p); err != nil {
			return none, err
		}
	}
	if o.User != "" {
		if _, err := client.ParseUserID(o.User); err != nil {
			return none, err
		}
		o.ServerName = cmp.Or(o.ServerName, client.Domain(o.User))
		if client.Domain(o.User) != o.ServerName {
			return none, fmt.Errorf("user %q is not on the server %q", o.User, o.ServerName)
		}
	}
	if err := checkCertificate(o.CertFile, o.CertKey); err != nil {
		return none, err
	}
	if o.ServerName == "" {
		if o.KeyFile != "" || o.Listen != "" || o.CertFile != "" {
			return none, errors.New("say in whose name to ask: --server-name my.example")
		}
		return none, nil
	}
	return client.ParseServerName(o.ServerName)
}

// join are the options of a join that a check has as well.
func (o CheckOptions) join() JoinOptions {
	return JoinOptions{CAFile: o.CAFile, CertFile: o.CertFile, CertKey: o.CertKey, Listen: o.Listen}
}

func (o CheckOptions) setup() (CheckSetup, error) {
	var none CheckSetup
	name, err := o.check()
	if err != nil {
		return none, err
	}
	now := o.Now
	if now == nil {
		now = time.Now
	}
	trusted, err := o.join().trusted()
	if err != nil {
		return none, err
	}
	pins := map[string]string{}
	for _, p := range o.Pins {
		name, address, err := client.ParsePin(p)
		if err != nil {
			return none, err
		}
		pins[name] = address
	}
	s := CheckSetup{Now: now, OnRun: o.OnRun, Deadline: o.Deadline, Insecure: o.Insecure,
		Client: &client.Client{Roots: trusted, Now: now, AllowPrivate: o.Private,
			Limits: client.Limits{Body: checkBody, Deadline: cmp.Or(o.Timeout, checkTime)}},
		Resolver: client.NewResolver(client.ResolverConfig{
			Client: &client.Client{Roots: trusted, Insecure: o.Insecure, Now: now, AllowPrivate: o.Private}, Pins: pins,
			Thorough: true}),
		Header: flow.Header{Tool: o.Tool, Source: flow.SourceCheck, Title: "Check " + o.Server, Server: o.Server,
			Form: flow.FormCurrent, SendTo: flow.SendToSame, Private: o.Private, Notary: o.Notary},
	}
	if o.ServerName == "" {
		return s, nil
	}
	if s.Identity, err = o.identity(); err != nil {
		return none, err
	}
	s.Header.Joining, s.Header.KeyID = o.ServerName, s.Identity.Key.ID
	s.Header.VerifyKey = event.EncodeBase64(s.Identity.Key.Public())
	s.Listen = o.join().listen(name)
	s.Certificate, err = o.join().certificate(name, now())
	return s, err
}

func (o CheckOptions) identity() (*client.Identity, error) {
	id := &client.Identity{ServerName: o.ServerName}
	if o.KeyFile == "" {
		var err error
		id.Key, err = client.GenerateKey()
		return id, err
	}
	keys, err := client.ReadKeys(o.KeyFile)
	if err != nil {
		return nil, err
	}
	id.Key, id.Others = keys[0], keys[1:]
	return id, nil
}

// A CheckSetup is what a check needs: whom it is about, and the means.
type CheckSetup struct {
	Header      flow.Header
	Client      *client.Client // asks; what it has of an identity is not used
	Resolver    client.Resolver
	Identity    *client.Identity // signs requests, and is published by our listener; nil: nothing is signed
	Listen      string           // where our listener listens, with Identity
	Certificate tls.Certificate  // of our listener
	Insecure    bool             // signed requests go also where the certificate does not hold
	Deadline    time.Duration    // for all of it; 0: a minute
	Now         func() time.Time

	// OnRun is called before anything happens, to have the run recorded or shown. Its error ends the set-up.
	OnRun func(*Run) error
}

// Look checks the options and opens a check of one server; nothing has been sent yet. Errors are one line and name what
// is wrong. stop must be called.
func Look(ctx context.Context, o CheckOptions) (c *Inspection, stop func(), err error) {
	setup, err := o.setup()
	if err != nil {
		return nil, nil, err
	}
	return OpenCheck(ctx, setup)
}
