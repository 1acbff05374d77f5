package live

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
)

// JoinOptions say what to join, as whom, and how to reach other servers and be reached: a handshake with real servers.
type JoinOptions struct {
	Tool string // program and version, for the trace's header
	// room alias, room ID, or a link to one of them, whose servers are candidates too; it may be empty where an invite is
	// waited for
	Target     string
	Via        []string // join candidates the client names
	User       string   // who joins
	ServerName string   // the joining server; empty: the user's
	KeyFile    string   // signing key, in Synapse's or Dendrite's form; empty: a new key
	// where our listener listens; empty: the server name's own address if that is on loopback, else a free port there
	Listen   string
	CertFile string // certificate of our listener, with KeyFileTLS; empty: a new one, signed by itself
	CertKey  string
	CAFile   string   // certificate authorities to trust besides the system's
	Insecure bool     // go on with certificates that do not verify
	Pins     []string // NAME:PORT:ADDRESS, as curl's --resolve
	Private  bool     // allow addresses that are not public

	WaitInvite time.Duration // how long to wait for an invite first; 0: none is waited for
	Reject     bool          // reject the invite: there is no join

	DryRun bool
	Leave  bool
	// LeaveSure has the room left also where that ends a membership that is older than the join, or rejects an invite.
	LeaveSure bool
	Omit      *bool
	Versions  []string // room versions to offer; nil: all
	Form      flow.Form
	AskAll    bool
	Probe     bool          // ask harmless questions more, to tell causes apart; every candidate is asked, too
	Like      string        // policy about candidates, and its deadlines and sizes
	Timeout   time.Duration // for each exchange; 0: as the policy has it
	Deadline  time.Duration // of the whole handshake, without the wait for an invite; 0: 15 minutes
	Notary    string        // whom to ask for keys that their servers do not give; empty: nobody

	Now   func() time.Time
	OnRun func(*Run) error
}

// Join checks the options and opens a run of a handshake with real servers; nothing has been sent yet. Errors are one
// line and name what is wrong. stop must be called.
func Join(ctx context.Context, o JoinOptions) (run *Run, addr net.Addr, stop func(), err error) {
	setup, err := o.setup()
	if err != nil {
		return nil, nil, nil, err
	}
	return Open(ctx, setup)
}

func (o JoinOptions) setup() (Setup, error) {
	var none Setup
	name, err := o.check()
	if err != nil {
		return none, err
	}
	now := o.Now
	if now == nil {
		now = time.Now
	}
	id := &client.Identity{ServerName: o.ServerName}
	if o.KeyFile != "" {
		keys, err := client.ReadKeys(o.KeyFile)
		if err != nil {
			return none, err
		}
		id.Key, id.Others = keys[0], keys[1:]
	} else if id.Key, err = client.GenerateKey(); err != nil {
		return none, err
	}
	certificate, err := o.certificate(name, now())
	if err != nil {
		return none, err
	}
	trusted, err := o.trusted()
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
	c := &client.Client{Identity: id, Roots: trusted, Insecure: o.Insecure, Now: now, AllowPrivate: o.Private,
		Limits: o.limits()}
	return Setup{
		Header:   o.header(id),
		Identity: id,
		Client:   c,
		Resolver: client.NewResolver(client.ResolverConfig{
			Client: &client.Client{Roots: trusted, Insecure: o.Insecure, Now: now, AllowPrivate: o.Private}, Pins: pins,
			Thorough: true}),
		Listen:      o.listen(name),
		Certificate: certificate,
		Now:         now,
		OnRun:       o.OnRun,
	}, nil
}

// Check says what is wrong with the options, as far as that can be told without the network: what names something, and
// the signing key.
func (o JoinOptions) Check() error {
	if _, err := o.check(); err != nil || o.KeyFile == "" {
		return err
	}
	_, err := client.ReadKeys(o.KeyFile)
	return err
}

// check looks at what names something; ServerName is filled in, and of a link what it leads to.
func (o *JoinOptions) check() (client.ServerName, error) {
	var none client.ServerName
	if err := o.checkInvite(); err != nil {
		return none, err
	}
	if err := o.checkTarget(); err != nil {
		return none, err
	}
	if o.User == "" {
		return none, errors.New("say who joins: --user @me:my.example")
	}
	if _, err := client.ParseUserID(o.User); err != nil {
		return none, err
	}
	if o.ServerName == "" {
		o.ServerName = client.Domain(o.User)
	}
	name, err := client.ParseServerName(o.ServerName)
	if err != nil {
		return none, err
	}
	if client.Domain(o.User) != o.ServerName {
		return none, fmt.Errorf("user %q is not on the joining server %q", o.User, o.ServerName)
	}
	if err := checkNotary(o.Notary); err != nil {
		return none, err
	}
	for _, v := range o.Via {
		if _, err := client.ParseServerName(v); err != nil {
			return none, fmt.Errorf("--via: %w", err)
		}
	}
	for _, v := range o.Versions {
		if _, ok := event.Lookup(v); !ok {
			return none, fmt.Errorf("room version %q is not one of 1 to 12", v)
		}
	}
	if _, ok := flow.PolicyNamed(o.Like); !ok {
		return none, fmt.Errorf("no policy %q: there are spec, synapse, dendrite and tuwunel", o.Like)
	}
	if o.Form != "" && o.Form != flow.Form2015 && o.Form != flow.FormCurrent {
		return none, fmt.Errorf("form %q is neither 2015 nor current", o.Form)
	}
	if err := checkCertificate(o.CertFile, o.CertKey); err != nil {
		return none, err
	}
	return name, nil
}

// checkNotary looks at the name of a notary; empty: there is none.
func checkNotary(name string) error {
	if name == "" {
		return nil
	}
	if _, err := client.ParseServerName(name); err != nil {
		return fmt.Errorf("--notary: %w", err)
	}
	return nil
}

// checkCertificate looks at the files of a listener's certificate.
func checkCertificate(file, key string) error {
	if (file == "") != (key == "") {
		return errors.New("--tls-cert and --tls-key go together")
	}
	return nil
}

// checkTarget looks at the room, which may be left out where the invite names it.
func (o *JoinOptions) checkTarget() error {
	if o.Target == "" && o.WaitInvite > 0 {
		return nil
	}
	ref, err := client.ParseRoomRef(o.Target)
	if err != nil {
		return err
	}
	o.Target = ref.Room
	for _, server := range ref.Via {
		if !slices.Contains(o.Via, server) {
			o.Via = append(slices.Clone(o.Via), server)
		}
	}
	return nil
}

// checkInvite looks at what is to be done about an invite.
func (o *JoinOptions) checkInvite() error {
	switch {
	case o.WaitInvite < 0 || o.WaitInvite > 0 && o.WaitInvite < time.Millisecond:
		return fmt.Errorf("--wait-invite: %s is no time to wait", o.WaitInvite)
	case o.Reject && o.WaitInvite == 0:
		return errors.New("--reject goes with --wait-invite: an invite has to come first")
	case o.Reject && (o.Leave || o.DryRun || o.Probe || o.AskAll || o.Omit != nil):
		return errors.New("--reject joins nothing: --leave, --dry-run, --probe, --candidates all and --omit-members " +
			"have no place there")
	}
	return nil
}

// title is what the handshake goes by.
func (o JoinOptions) title() string {
	switch {
	case o.Reject:
		return strings.TrimSpace("Reject an invite " + o.Target)
	case o.Target == "":
		return "Join by an invite"
	}
	return "Join " + o.Target
}

func (o JoinOptions) header(id *client.Identity) flow.Header {
	h := flow.Header{
		Tool: o.Tool, Source: flow.SourceJoin, Title: o.title(), Joining: id.ServerName, User: o.User, Target: o.Target,
		Via:  o.Via,
		Form: flow.FormCurrent, SendTo: flow.SendToSame, Like: o.Like, AskAll: o.AskAll || o.Probe, Probe: o.Probe,
		DryRun: o.DryRun, WaitInvite: o.WaitInvite.Milliseconds(), Reject: o.Reject,
		Leave: o.Leave, LeaveSure: o.LeaveSure, Omit: o.Omit, Notary: o.Notary, Private: o.Private,
		KeyID: id.Key.ID, VerifyKey: event.EncodeBase64(id.Key.Public()),
	}
	h.Deadline = o.Deadline
	if o.Form == flow.Form2015 {
		h.Form = flow.Form2015
		return h
	}
	h.Offered = o.Versions
	if h.Offered == nil {
		for _, v := range event.Versions() {
			h.Offered = append(h.Offered, v.ID)
		}
	}
	return h
}

func (o JoinOptions) limits() client.Limits {
	var l client.Limits
	switch o.Like {
	case "synapse":
		l = client.SynapseLimits
	case "dendrite":
		l = client.DendriteLimits
	}
	if o.Timeout > 0 {
		l = client.Limits{Head: l.Head, Body: l.Body, BodyOf: l.BodyOf, Deadline: o.Timeout,
			DeadlineOf: map[client.Endpoint]time.Duration{
				client.SendJoinV1: o.Timeout, client.SendJoinV2: o.Timeout}}
	}
	return l
}

// listen is where our listener listens when nobody said: where a server name on loopback says that we are, so that the
// other side finds us; otherwise anywhere on loopback.
func (o JoinOptions) listen(name client.ServerName) string {
	if o.Listen != "" {
		return o.Listen
	}
	port := name.Port
	if port == 0 {
		port = 8448
	}
	if name.IP.IsValid() && name.IP.IsLoopback() {
		return net.JoinHostPort(name.IP.String(), strconv.Itoa(port))
	}
	return "127.0.0.1:0"
}

// certificate returns our listener's certificate: as given, or one that signs itself.
func (o JoinOptions) certificate(name client.ServerName, now time.Time) (tls.Certificate, error) {
	if o.CertFile == "" {
		return client.SelfSigned(now, name.Host)
	}
	c, err := tls.LoadX509KeyPair(o.CertFile, o.CertKey)
	if err != nil {
		return c, fmt.Errorf("certificate %q with key %q: %w", o.CertFile, o.CertKey, err)
	}
	return c, nil
}

// trusted returns the authorities that vouch for other servers; nil: the system's alone.
func (o JoinOptions) trusted() (*x509.CertPool, error) {
	if o.CAFile == "" {
		return nil, nil
	}
	pem, err := client.ReadFile(o.CAFile, client.MostCertificates)
	if err != nil {
		return nil, fmt.Errorf("certificate authorities: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("certificate authorities: %q holds no PEM certificate", o.CAFile)
	}
	return pool, nil
}

// UndoCommand is the command line that joins a room again as o did, by the server that took the join, and leaves it: a
// word each.
func (o JoinOptions) UndoCommand(room, server string) []string {
	return flow.JoinCommand{User: o.User, ServerName: o.ServerName, KeyFile: o.KeyFile, Listen: o.Listen,
		CertFile: o.CertFile, CertKey: o.CertKey, CAFile: o.CAFile, Pins: o.Pins, Insecure: o.Insecure, Private: o.Private,
	}.Undo(room, server)
}
