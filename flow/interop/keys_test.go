package interop

import (
	"crypto/x509"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/client/freeport"
	"doorstep/flow/interop/homeserver"
)

// A resident that does not take our listener's certificate hangs up on it. It answers with the words it has for any key
// it could not fetch; but the handshake that it broke off was seen here.
func TestOurCertificateIsRefused(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			authority := homeserver.NewAuthority(t)
			s := homeserver.Start(t, software, authority)
			alice := s.Register(t, "alice")
			room := alice.CreateRoom(t, homeserver.Room{Version: "11", Preset: "public_chat"})
			for _, c := range []struct {
				name   string
				issuer *homeserver.Authority // nil: we make one of our own
				change func(*x509.Certificate)
			}{
				{"unknown authority", homeserver.NewAuthority(t), func(*x509.Certificate) {}},
				{"another name", authority, isForAnotherName},
				{"expired", authority, hasExpired},
				{"made by the program", nil, nil},
			} {
				t.Run(c.name, func(t *testing.T) {
					j := newJoiner(t, authority)
					j.certificate, j.key = "", ""
					if c.issuer != nil {
						j.certificate, j.key = c.issuer.Issue(t, t.TempDir(), c.change)
					}
					recording := recordedAs(software, "certificate-refused-"+strings.ReplaceAll(c.name, " ", "-")+".jsonl")
					namesTheCertificate(t, j.join(t, room, append(recording, "--via", s.Name)...))
				})
			}
		})
	}
}

func isForAnotherName(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 2)} }

func hasExpired(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }

// namesTheCertificate fails the test unless r lays it on our certificate, and shows the handshake that was broken off.
func namesTheCertificate(t *testing.T, r report) {
	t.Helper()
	if r.Outcome != "refused" || r.ExitCode != 1 || len(r.Findings) == 0 {
		t.Fatalf("outcome %s, exit code %d, findings %v; want refused, 1, and why", r.Outcome, r.ExitCode, r.Findings)
	}
	if f := r.Findings[0]; !strings.Contains(f.text(), "--tls-cert") || !strings.Contains(f.text(), "--tls-key") {
		t.Errorf("the first finding, %s, names neither --tls-cert nor --tls-key: %s", f.ID, f.text())
	}
	if !slices.ContainsFunc(r.Steps, step.brokenOff) {
		t.Errorf("no arrow from the resident to us that failed in %+v", r.Steps)
	}
	for _, f := range r.Findings {
		if strings.Contains(f.text(), "has not asked us") {
			t.Errorf("finding %s: %s; the resident tried to", f.ID, f.text())
		}
	}
}

// brokenOff reports whether a call to us came to nothing.
func (s step) brokenOff() bool {
	return s.Kind == "failure" && s.From == "resident" && s.To == "joining"
}

// A resident may refuse to call an address such as ours, and both do by default. Nothing of that is to be seen here.
func TestOurAddressIsRefused(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			privateAddressIsRefused(t, software)
		})
	}
}

func privateAddressIsRefused(t *testing.T, software *homeserver.Software) {
	authority := homeserver.NewAuthority(t)
	s := homeserver.Start(t, software, authority, homeserver.CallsNoPrivateAddress)
	alice := s.Register(t, "alice")
	room := alice.CreateRoom(t, homeserver.Room{Version: "11", Preset: "public_chat", Alias: "private"})
	recording := recordedAs(software, "private-address-refused.jsonl")
	r := newJoiner(t, authority).join(t, alice.Alias("private"), recording...)
	if r.Outcome != "refused" || r.ExitCode != 1 || len(r.Findings) == 0 {
		t.Fatalf("outcome %s, exit code %d, findings %v; want refused, 1, and why", r.Outcome, r.ExitCode, r.Findings)
	}
	if _, ok := r.finding("own-address-private"); !ok {
		t.Errorf("findings %v; want one that weighs whether the resident calls private addresses", r.Findings)
	}
	if got := alice.Membership(t, room, r.UserID); got != "" {
		t.Errorf("on %s the membership of %s is %q, want none", software, r.UserID, got)
	}
}

// A homeserver's user whose key is not that homeserver's: the resident asks the homeserver, not us.
func TestSignsForItsHomeserver(t *testing.T) {
	t.Parallel()
	authority := homeserver.NewAuthority(t)
	synapse := homeserver.Start(t, homeserver.Synapse, authority)
	dendrite := homeserver.Start(t, homeserver.Dendrite, authority)
	for own, resident := range map[*homeserver.Server]*homeserver.Server{dendrite: synapse, synapse: dendrite} {
		t.Run("at "+resident.Software.Name, func(t *testing.T) {
			t.Parallel()
			alice := resident.Register(t, "alice")
			room := alice.CreateRoom(t, homeserver.Room{Version: "10", Preset: "public_chat"})
			stranger := newJoiner(t, authority).signingKey
			for _, c := range []struct {
				name, key string
				wrong     bool
			}{
				{"wrong key", stranger, true},
				{"wrong key of the right ID", sameID(t, stranger, own.KeyID), true},
				{"right key of the wrong ID", own.SigningKey(t, "ed25519:other"), true},
				{"right key", own.SigningKey(t, own.KeyID), false},
			} {
				t.Run(c.name, func(t *testing.T) {
					name := strings.ReplaceAll(c.name, " ", "-") + "-probe.jsonl"
					elsewhere := fmt.Sprintf("127.0.0.1:%d", freeport.Port(t)) // the name leads to the homeserver
					j := joiner{name: own.Name, signingKey: c.key, authority: authority.File}
					flags := append(recordedAs(resident.Software, name), "--via", resident.Name, "--listen", elsewhere)
					r := j.join(t, room, append(flags, "--dry-run", "--probe")...)
					if c.wrong {
						namesTheWrongKey(t, r)
					} else if r.Outcome != "dry_run" || len(r.Findings) > 0 && r.Findings[0].Severity == "error" {
						t.Errorf("outcome %s, findings %v; want dry_run and no error", r.Outcome, r.Findings)
					}
				})
			}
		})
	}
}

// namesTheWrongKey fails the test unless the first finding lays it on the key we signed with.
func namesTheWrongKey(t *testing.T, r report) {
	t.Helper()
	if r.Outcome != "refused" || r.ExitCode != 1 || len(r.Findings) == 0 {
		t.Fatalf("outcome %s, exit code %d, findings %v; want refused, 1, and why", r.Outcome, r.ExitCode, r.Findings)
	}
	if f := r.Findings[0]; !strings.Contains(f.text(), "--key") {
		t.Errorf("the first finding, %s, does not name --key: %s", f.ID, f.text())
	}
}

// What a probe did not find out says nothing against what was seen: the resident takes our requests, so it has our key.
// It may have given us up meanwhile, as a server whose listener is gone.
func TestProbesAfterAJoin(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			authority := homeserver.NewAuthority(t)
			s := homeserver.Start(t, software, authority)
			j, alice := newJoiner(t, authority), s.Register(t, "alice")
			room := alice.CreateRoom(t, homeserver.Room{Version: "12", Preset: "public_chat", Alias: "probed"})
			// Without probes: what a notary was asked for, it keeps.
			joined(t, j.join(t, alice.Alias("probed")), room, "12")
			j.isOutFor(t, 2, func() {
				alice.Send(t, room, "m.room.message", map[string]any{"msgtype": "m.text", "body": "are you there?"})
			})
			recording := recordedAs(software, "probe-after-join.jsonl")
			r := j.join(t, room, append(recording, "--via", s.Name, "--probe", "--dry-run")...)
			if r.Outcome != "dry_run" || r.ExitCode != 0 {
				t.Errorf("outcome %s, exit code %d; want dry_run, 0", r.Outcome, r.ExitCode)
			}
			asked := false
			for _, p := range r.Probes {
				t.Logf("probe %s of %s: %s", p.Name, p.Server, p.Verdict)
				asked = asked || p.Name == "own_keys"
				if p.Result == "none" {
					t.Errorf("probe %s of %s: %s; it has just taken what we signed", p.Name, p.Server, p.Verdict)
				}
			}
			if !asked {
				t.Errorf("nobody was asked for our keys: %v", r.Probes)
			}
		})
	}
}

// isOutFor waits until a homeserver has called in vain as often: whoever calls is hung up on. Before every call it is
// given a reason for it.
func (j joiner) isOutFor(t *testing.T, calls int, reason func()) {
	t.Helper()
	out, err := net.Listen("tcp", j.name)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for range calls {
		reason()
		if err := out.(*net.TCPListener).SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		call, err := out.Accept()
		if err != nil {
			t.Fatalf("nobody calls: %v", err)
		}
		call.Close()
	}
}
