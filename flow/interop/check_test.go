package interop

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"doorstep/flow/interop/homeserver"
)

// A looked is what a check says, as far as these tests look at it.
type looked struct {
	Outcome  string    `json:"outcome"`
	ExitCode int       `json:"exit_code"`
	Findings []finding `json:"findings"`
	Check    struct {
		Server string `json:"server"`
		Rows   []struct {
			ID, Address, Outcome, Detail, Finding string
		} `json:"rows"`
		Addresses []struct {
			Address  string
			Software struct{ Name, Version string }
			Keys     []struct {
				ID    string
				Signs bool
			}
			TLS struct{ Version, ALPN string }
		} `json:"addresses"`
	} `json:"check"`
}

// look runs a check to its end and returns what it says, and its page.
func look(t *testing.T, args ...string) looked {
	t.Helper()
	var out looked
	cmd := exec.CommandContext(t.Context(), program, append([]string{"check", "--json"}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("doorstep: %v", err)
	}
	if err := json.Unmarshal(stdout.Bytes(), &out); err != nil {
		t.Fatalf("doorstep %v: %v: %s\n%s", args, err, stdout.String(), stderr.String())
	}
	if got := cmd.ProcessState.ExitCode(); got != out.ExitCode {
		t.Errorf("exit code %d, and says %d", got, out.ExitCode)
	}
	return out
}

// row is what a check says of a row; t.Fatal where there is none.
func (l looked) row(t *testing.T, id string) (outcome, detail string) {
	t.Helper()
	for _, r := range l.Check.Rows {
		if r.ID == id {
			return r.Outcome, r.Detail
		}
	}
	t.Fatalf("there is no row %s", id)
	return "", ""
}

// What a good homeserver that is named by an address cannot show: its name is not looked up, and it has one address.
var notOfAddresses = []string{"well_known", "well_known_everywhere", "well_known_cache", "well_known_or_srv", "srv",
	"public_addresses", "ipv6", "same_keys", "notary_keys"}

// Both homeservers pass every row: whoever asks without a key, and in our name.
func TestCheckHomeservers(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			authority := homeserver.NewAuthority(t)
			s := homeserver.Start(t, software, authority)
			plain := look(t, s.Name, "--ca", authority.File, "--allow-private")
			passes(t, plain, append(notOfAddresses, "x_matrix", "signed_paths", "inbound"))
			j := newJoiner(t, authority)
			signed := look(t, s.Name, "--ca", authority.File, "--allow-private", "--server-name", j.name, "--key",
				j.signingKey, "--listen", j.name, "--tls-cert", j.certificate, "--tls-key", j.key)
			passes(t, signed, notOfAddresses)
			a := signed.Check.Addresses
			if len(a) != 1 || !strings.EqualFold(a[0].Software.Name, software.Name) || len(a[0].Keys) == 0 ||
				a[0].Keys[0].ID != s.KeyID || !a[0].Keys[0].Signs || a[0].TLS.Version != "TLS 1.3" {
				t.Errorf("addresses: %+v", a)
			}
			other := newJoiner(t, authority)
			refused := look(t, s.Name, "--ca", authority.File, "--allow-private", "--server-name", other.name, "--key",
				other.signingKey, "--listen", other.name)
			if outcome, detail := refused.row(t, "x_matrix"); outcome != "fail" || refused.ExitCode != 1 {
				t.Errorf("under a certificate that nobody trusts: %s %s, exit code %d", outcome, detail, refused.ExitCode)
			}
			if outcome, detail := refused.row(t, "inbound"); outcome != "fail" {
				t.Errorf("inbound: %s %s", outcome, detail)
			}
		})
	}
}

// passes fails the test unless every row passes but those, which are not checked. The certificates of these tests are
// good for a day, which is worth a warning.
func passes(t *testing.T, l looked, open []string) {
	t.Helper()
	if l.Outcome != "verified" || l.ExitCode != 0 || len(l.Findings) > 0 {
		t.Errorf("outcome %s, exit code %d, findings %v", l.Outcome, l.ExitCode, l.Findings)
	}
	not := map[string]bool{}
	for _, id := range open {
		not[id] = true
	}
	for _, r := range l.Check.Rows {
		t.Logf("%-12s %-22s %s", r.Outcome, r.ID, r.Detail)
		switch {
		case not[r.ID] && r.Outcome == "not_checked":
		case r.ID == "certificate_dates" && r.Outcome == "warn":
		case r.Outcome != "pass":
			t.Errorf("%s: %s: %s", r.ID, r.Outcome, r.Detail)
		}
	}
}

// A proxy that decodes paths on the way, as nginx does with a URI in proxy_pass: both homeservers refuse what is
// signed, and see another path where a slash was escaped.
func TestCheckBehindDecodingProxy(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			authority := homeserver.NewAuthority(t)
			s := homeserver.Start(t, software, authority)
			j := newJoiner(t, authority)
			proxy := decodingProxy(t, s, authority)
			l := look(t, s.Name, "--resolve", s.Name+":"+proxy, "--ca", authority.File, "--allow-private", "--server-name",
				j.name, "--key", j.signingKey, "--listen", j.name, "--tls-cert", j.certificate, "--tls-key", j.key)
			for id, want := range map[string]string{"keys_signature": "pass", "version": "pass", "paths": "fail",
				"x_matrix": "pass", "signed_paths": "fail", "inbound": "pass"} {
				if outcome, detail := l.row(t, id); outcome != want {
					t.Errorf("%s: %s, want %s: %s", id, outcome, want, detail)
				}
			}
			if l.ExitCode != 1 || len(l.Findings) != 1 || l.Findings[0].ID != "proxy-decodes-path" {
				t.Errorf("exit code %d, findings %v", l.ExitCode, l.Findings)
			}
		})
	}
}

// decodingProxy starts a proxy in front of a homeserver and returns its address.
func decodingProxy(t *testing.T, s *homeserver.Server, authority *homeserver.Authority) string {
	t.Helper()
	to, err := url.Parse(s.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	certificate, key := authority.Issue(t, t.TempDir())
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewUnstartedServer(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.URL.RawPath = ""
		},
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authority.Pool}, DisableKeepAlives: true},
	})
	proxy.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	proxy.StartTLS()
	t.Cleanup(proxy.Close)
	return proxy.Listener.Addr().String()
}

// The same homeservers, with what stands before them or behind their name gone wrong.
func TestCheckFaultyHomeservers(t *testing.T) {
	t.Parallel()
	for _, software := range homeserver.All() {
		t.Run(software.Name, func(t *testing.T) {
			t.Parallel()
			authority := homeserver.NewAuthority(t)
			s := homeserver.Start(t, software, authority)
			for _, c := range []struct {
				title, row string
				code       int
				args       []string
			}{
				{"an authority that nobody knows", "certificate_chain", 4, []string{s.Name}},
				{"another name", "keys_server_name", 4, []string{"localhost:1234", "--resolve",
					"localhost:1234:" + s.Name, "--ca", authority.File}},
			} {
				t.Run(c.title, func(t *testing.T) {
					l := look(t, append(c.args, "--allow-private")...)
					if outcome, detail := l.row(t, c.row); outcome != "fail" || l.ExitCode != c.code {
						t.Errorf("%s: %s %s, exit code %d", c.row, outcome, detail, l.ExitCode)
					}
				})
			}
		})
	}
}
