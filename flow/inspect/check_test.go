package inspect_test

import (
	"crypto/tls"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/event"
	"doorstep/flow/inspect"
	"doorstep/flow/verify"
)

// A good server passes, however it is found: no row fails, and none warns.
func TestGoodServers(t *testing.T) {
	t.Parallel()
	for title, change := range map[string]func(*world){
		"at its own name": func(*world) {},
		"behind a well-known document": func(w *world) {
			w.wellKnown(delegating("matrix." + name + ":443"))
			w.zone["A matrix."+name] = []string{"127.7.0.2"}
			delete(w.places, place)
			w.homeserver("127.7.0.2:443", homeserver{leaf: &client.Leaf{Names: []string{"matrix." + name}}})
		},
		"behind a document that is redirected": func(w *world) {
			w.wellKnown(func(rw http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/.well-known/matrix/server" {
					http.Redirect(rw, r, "/elsewhere", http.StatusFound)
					return
				}
				delegating(name+":8448")(rw, r)
			})
		},
		"behind an SRV record": func(w *world) {
			w.zone["SRV _matrix-fed._tcp."+name] = []string{"10 0 4443 host." + name + "."}
			w.zone["A host."+name] = []string{"127.7.0.2"}
			delete(w.places, place)
			w.homeserver("127.7.0.2:4443", homeserver{})
		},
		"at two addresses, of both families": func(w *world) {
			doc := newDocument(w.t, name)
			same := func(d *document) { *d = *doc }
			w.zone["AAAA "+name] = []string{"fd00::7"}
			w.homeserver(place, homeserver{keys: same})
			w.homeserver("[fd00::7]:8448", homeserver{keys: same})
		},
		"named by an address and a port": func(w *world) {
			w.setup.Header.Server = place
			w.homeserver(place, homeserver{name: place, leaf: &client.Leaf{Names: []string{ip}}})
		},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			change(w)
			_, r := w.check(t.Context())
			if r.Outcome != flow.Verified || r.ExitCode(false) != 0 {
				t.Errorf("outcome %s", r.Outcome)
			}
			for _, row := range r.Rows {
				if row.Outcome == verify.Fail || row.Outcome == verify.Warn {
					t.Errorf("%s %s of %s: %s", row.Outcome, row.Kind, row.Address, row.Detail)
				}
			}
		})
	}
}

// unsaid stands for no finding.
const unsaid = ""

// faults are servers with one fault each: the row that fails, or warns, for it, the finding, and the exit code. No
// other row fails.
var faults = []struct {
	title   string
	change  func(*world)
	row     inspect.Kind
	finding string
	code    int
	warns   bool // the row warns
}{
	{"well-known: not JSON", func(w *world) { w.wellKnown(page(200)) }, inspect.WellKnown, "well-known-broken", 1, false},
	{"well-known: no m.server", func(w *world) {
		w.wellKnown(func(rw http.ResponseWriter, _ *http.Request) { say(rw, 200, []byte(`{"server":"x"}`)) })
	}, inspect.WellKnown, "well-known-broken", 1, false},
	{"well-known: no server name", func(w *world) { w.wellKnown(delegating("https://matrix." + name)) },
		inspect.WellKnown, "well-known-broken", 1, false},
	{"well-known: redirects in a loop", func(w *world) {
		w.wellKnown(func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, r.URL.Path, http.StatusFound) })
	}, inspect.WellKnown, "well-known-broken", 1, false},
	{"well-known: redirects to http", func(w *world) {
		w.wellKnown(func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, "http://"+name+"/x", http.StatusFound)
		})
	}, inspect.WellKnown, "well-known-broken", 1, false},
	{"well-known: an error of the web server", func(w *world) { w.wellKnown(page(500)) },
		inspect.WellKnown, "well-known-broken", 0, true},
	{"well-known: huge", func(w *world) {
		w.wellKnown(func(rw http.ResponseWriter, _ *http.Request) { say(rw, 200, make([]byte, 1<<17)) })
	}, inspect.WellKnown, "well-known-broken", 0, true},
	{"well-known: kept for four days", func(w *world) {
		w.wellKnown(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Cache-Control", "max-age=400000")
			delegating(name+":8448")(rw, r)
		})
	}, inspect.WellKnownCache, "stale-well-known", 0, true},
	{"well-known: not to be kept", func(w *world) {
		w.wellKnown(func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Cache-Control", "no-store")
			delegating(name+":8448")(rw, r)
		})
	}, inspect.WellKnownCache, unsaid, 0, true},
	{"well-known: another one from another address", func(w *world) {
		w.zone["A www."+name] = []string{"127.7.0.3", "127.7.0.4"}
		w.wellKnown(func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, "https://www."+name+"/server", http.StatusFound)
		})
		for at, to := range map[string]string{"127.7.0.3:443": name + ":8448", "127.7.0.4:443": "other.example:8448"} {
			w.site(at, delegating(to), homeserver{leaf: &client.Leaf{Names: []string{"www." + name}}})
		}
	}, inspect.WellKnownSame, "well-known-differs", 1, false},
	{"well-known and SRV lead apart", func(w *world) {
		w.wellKnown(delegating(name + ":8448"))
		w.zone["SRV _matrix._tcp."+name] = []string{"10 0 443 elsewhere." + name + "."}
	}, inspect.WellKnownOnly, "well-known-over-srv", 0, true},
	{"SRV: to nowhere", func(w *world) { w.zone["SRV _matrix-fed._tcp."+name] = []string{"10 0 8448 gone." + name + "."} },
		inspect.SRV, "srv-target", 3, false},
	{"SRV: to an alias", func(w *world) {
		w.zone["SRV _matrix-fed._tcp."+name] = []string{"10 0 8448 alias." + name + "."}
		w.zone["CNAME alias."+name] = []string{name + "."}
	}, inspect.SRV, "srv-target", 1, false},
	{"SRV: the name servers fail", func(w *world) {
		w.zone["SRV _matrix-fed._tcp."+name] = []string{"!SERVFAIL"}
	}, inspect.SRV, "srv-servfail", 1, false},
	{"SRV: the deprecated one alone", func(w *world) {
		w.zone["SRV _matrix._tcp."+name] = []string{"10 0 8448 host." + name + "."}
		w.zone["A host."+name] = []string{ip}
	}, inspect.SRV, unsaid, 0, true},
	{"no such name", func(w *world) { w.zone = map[string][]string{"A other.example": {ip}} },
		inspect.Addresses, "name-not-found", 3, false},
	{"the name servers fail", func(w *world) {
		w.zone = map[string][]string{"A " + name: {"!SERVFAIL"}, "AAAA " + name: {"!SERVFAIL"}}
	}, inspect.Addresses, "dns-failure", 3, false},
	{"no IPv4", func(w *world) {
		w.zone = map[string][]string{"AAAA " + name: {"fd00::7"}}
		w.homeserver("[fd00::7]:8448", homeserver{})
	}, inspect.IPv4, "ipv6-only", 0, true},
	{"a private address", func(w *world) {
		w.setup.Header.Private, w.setup.Client.AllowPrivate = false, false
	}, inspect.PublicAddresses, "private-address", 3, false},

	{"named by a private address", func(w *world) {
		w.setup.Header.Server = place
		w.setup.Header.Private, w.setup.Client.AllowPrivate = false, false
	}, inspect.PublicAddresses, "private-address", 3, false},

	{"nothing listens", func(w *world) { delete(w.places, place) }, inspect.Connects, "port-closed", 3, false},
	{"nothing comes back", func(w *world) { w.places[place] = "silence" }, inspect.Connects, "port-closed", 5, false},
	{"IPv6 alone, and none here", func(w *world) {
		w.zone = map[string][]string{"AAAA " + name: {"fd00::7"}}
		w.places["[fd00::7]:8448"] = "no network"
	}, inspect.Connects, "ipv6-only", 3, false},
	{"one of two addresses is dead", func(w *world) { w.zone["A "+name] = []string{ip, "127.7.0.9"} },
		inspect.Connects, "dead-address", 1, false},
	{"TLS 1.1 only", func(w *world) {
		w.homeserver(place, homeserver{tls: func(c *tls.Config) {
			c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
		}})
	}, inspect.TLS, "tls-handshake-failed", 3, false},
	{"plain HTTP", func(w *world) { w.homeserver(place, homeserver{plain: true}) }, inspect.TLS, "no-tls", 3, false},
	{"HTTP/2 alone", func(w *world) {
		w.homeserver(place, homeserver{serve: alerting(120)}) // no_application_protocol
	}, inspect.TLS, "tls-handshake-failed", 3, false},
	{"knows nobody by the name", func(w *world) {
		w.homeserver(place, homeserver{serve: alerting(112)}) // unrecognized_name
	}, inspect.TLS, "misdirected", 3, false},
	{"certificate: expired", func(w *world) {
		w.homeserver(place, homeserver{leaf: &client.Leaf{Names: []string{name}, NotBefore: time.Now().Add(-48 * time.Hour),
			NotAfter: time.Now().Add(-time.Hour)}})
	}, inspect.CertificateDates, "certificate-expired", 4, false},
	{"certificate: for another name", func(w *world) {
		w.homeserver(place, homeserver{leaf: &client.Leaf{Names: []string{"matrix." + name}}})
	}, inspect.CertificateName, "wrong-certificate", 4, false},
	{"certificate: signed by itself", func(w *world) {
		own, err := client.SelfSigned(time.Now(), name)
		if err != nil {
			w.t.Fatal(err)
		}
		w.homeserver(place, homeserver{tls: func(c *tls.Config) { c.Certificates = []tls.Certificate{own} }})
	}, inspect.CertificateChain, "untrusted-authority", 4, false},
	{"certificate: of an authority that nobody knows", func(w *world) {
		other, err := client.NewAuthority(time.Now())
		if err != nil {
			w.t.Fatal(err)
		}
		w.setup.Client.Roots = other.Pool()
	}, inspect.CertificateChain, "incomplete-chain", 4, false},
	{"one of two addresses has another certificate", func(w *world) {
		w.zone["A "+name] = []string{ip, "127.7.0.2"}
		same := newDocument(w.t, name)
		keys := func(d *document) { *d = *same }
		w.homeserver(place, homeserver{keys: keys})
		w.homeserver("127.7.0.2:8448", homeserver{keys: keys, leaf: &client.Leaf{Names: []string{"www." + name}}})
	}, inspect.CertificateName, "wrong-certificate", 4, false},

	{"not HTTP", func(w *world) {
		certificate, err := w.authority.Certificate(name)
		if err != nil {
			w.t.Fatal(err)
		}
		w.homeserver(place, homeserver{serve: func(l net.Listener) {
			l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{certificate}})
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					c.Read(make([]byte, 4096))
					c.Write([]byte("SSH-2.0-OpenSSH_9.6\r\n\r\n"))
					c.Close()
				}()
			}
		}})
	}, inspect.HTTP, unsaid, 4, false},
	{"keys: 404 of a web server", func(w *world) {
		w.homeserver(place, homeserver{wrap: instead("/key/", page(404))})
	}, inspect.Keys, "wrong-vhost", 4, false},
	{"keys: 404 of the homeserver", func(w *world) {
		w.homeserver(place, homeserver{wrap: instead("/key/", func(rw http.ResponseWriter, _ *http.Request) {
			refuse(rw, 404, "M_UNRECOGNIZED", "Unrecognized request")
		})})
	}, inspect.Keys, "key-document-missing", 4, false},
	{"keys: the error of a gateway", func(w *world) {
		w.homeserver(place, homeserver{wrap: instead("/key/", page(502))})
	}, inspect.Keys, "gateway-error", 4, false},
	{"keys: not JSON", func(w *world) { w.homeserver(place, homeserver{wrap: instead("/key/", page(200))}) },
		inspect.Keys, "html-answer", 4, false},
	{"keys: a list", func(w *world) {
		w.homeserver(place, homeserver{wrap: instead("/key/", func(rw http.ResponseWriter, _ *http.Request) {
			say(rw, 200, []byte(`[]`))
		})})
	}, inspect.Keys, "key-document-unusable", 4, false},
	{"keys: a redirect", func(w *world) {
		w.homeserver(place, homeserver{wrap: instead("/key/", func(rw http.ResponseWriter, r *http.Request) {
			http.Redirect(rw, r, "/_matrix/key/v2/server/", http.StatusMovedPermanently)
		})})
	}, inspect.Keys, "redirect", 4, false},
	{"keys: a huge body", func(w *world) {
		w.homeserver(place, homeserver{wrap: instead("/key/", func(rw http.ResponseWriter, _ *http.Request) {
			say(rw, 200, make([]byte, 3<<20))
		})})
	}, inspect.Keys, "key-document-missing", 4, false},
	{"keys: no answer", func(w *world) {
		w.homeserver(place, homeserver{wrap: instead("/key/", func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
		})})
	}, inspect.Keys, "key-document-missing", 5, false},
	{"keys: the connection is closed", func(w *world) {
		w.homeserver(place, homeserver{wrap: instead("/key/", func(http.ResponseWriter, *http.Request) {
			panic(http.ErrAbortHandler)
		})})
	}, inspect.Keys, "connection-closed", 4, false},
	{"keys: of another server", func(w *world) { w.homeserver(place, homeserver{name: "other.example"}) },
		inspect.KeysServerName, "wrong-server", 4, false},
	{"keys: another spelling of the name", func(w *world) { w.homeserver(place, homeserver{name: "HS.example"}) },
		inspect.KeysServerName, "server-name-case", 4, false},
	{"keys: expired", keys(func(d *document) {
		d.fields["valid_until_ts"] = time.Now().Add(-time.Hour).UnixMilli()
	}), inspect.KeysValidUntil, "key-document-expired", 4, false},
	{"keys: without a time", keys(func(d *document) { delete(d.fields, "valid_until_ts") }),
		inspect.KeysValidUntil, "key-document-expired", 4, false},
	{"keys: in microseconds", keys(func(d *document) {
		d.fields["valid_until_ts"] = time.Now().Add(time.Hour).UnixMicro()
	}), inspect.KeysValidUntil, unsaid, 4, false},
	{"keys: valid for a year", keys(func(d *document) {
		d.fields["valid_until_ts"] = time.Now().AddDate(1, 0, 0).UnixMilli()
	}), inspect.KeysValidUntil, unsaid, 0, true},
	{"keys: changed after they were signed", keys(func(d *document) {
		d.after = func(b []byte) []byte { return []byte(strings.Replace(string(b), "{", `{"more":1,`, 1)) }
	}), inspect.KeysSignature, "key-document-unsigned", 4, false},
	{"keys: one that does not sign", keys(func(d *document) {
		other, _ := client.GenerateKey()
		d.list("ed25519:other", map[string]any{"key": event.EncodeBase64(other.Public())})
	}), inspect.KeysSignature, unsaid, 4, false},
	{"keys: no ed25519", keys(func(d *document) {
		d.fields["verify_keys"] = map[string]any{"curve25519:a": map[string]any{"key": event.EncodeBase64(d.key.Public())}}
	}), inspect.KeysEd25519, "key-document-unusable", 4, false},
	{"keys: one of an unknown algorithm", keys(func(d *document) {
		d.list("ed448:1", map[string]any{"key": "AAAA"})
	}), inspect.KeysIDs, unsaid, 0, true},
	{"keys: a key that is too short", keys(func(d *document) { d.list("ed25519:b", map[string]any{"key": "AAAA"}) }),
		inspect.KeysIDs, unsaid, 1, false},
	{"keys: an old one that is current as well", keys(func(d *document) {
		d.list(d.key.ID, map[string]any{"key": event.EncodeBase64(d.key.Public()), "expired_ts": 1})
	}), inspect.KeysOld, unsaid, 1, false},
	{"keys: an old one without a time", keys(func(d *document) {
		other, _ := client.GenerateKey()
		d.list("ed25519:old", map[string]any{"key": event.EncodeBase64(other.Public()), "old": true})
	}), inspect.KeysOld, unsaid, 1, false},
	{"keys: two addresses with different ones", func(w *world) {
		w.zone["A "+name] = []string{ip, "127.7.0.2"}
		w.homeserver("127.7.0.2:8448", homeserver{})
	}, inspect.SameKeys, unsaid, 4, false},

	{"version: missing", func(w *world) {
		w.homeserver(place, homeserver{wrap: instead("/version", func(rw http.ResponseWriter, _ *http.Request) {
			refuse(rw, 404, "M_UNRECOGNIZED", "Unrecognized request")
		})})
	}, inspect.Version, "endpoint-unrecognised", 1, false},
	{"version: a page", func(w *world) { w.homeserver(place, homeserver{wrap: instead("/version", page(200))}) },
		inspect.Version, "html-answer", 1, false},
	{"version: 403 of a gateway", func(w *world) {
		w.homeserver(place, homeserver{wrap: instead("/version", page(403))})
	}, inspect.Version, "wrong-vhost", 1, false},
	{"version: without a name", func(w *world) {
		w.homeserver(place, homeserver{wrap: instead("/version", func(rw http.ResponseWriter, _ *http.Request) {
			say(rw, 200, []byte(`{"server":{}}`))
		})})
	}, inspect.Version, unsaid, 0, true},
	{"ten minutes ahead", func(w *world) { w.homeserver(place, homeserver{ahead: 10 * time.Minute}) },
		inspect.Clock, "clock-off", 1, false},
	{"ten minutes behind", func(w *world) { w.homeserver(place, homeserver{ahead: -10 * time.Minute}) },
		inspect.Clock, "clock-off", 1, false},
	{"escapes: decoded", func(w *world) { w.homeserver(place, homeserver{decode: true}) },
		inspect.Paths, "proxy-decodes-path", 1, false},
	{"escapes: refused", func(w *world) { w.homeserver(place, homeserver{wrap: instead("%2F", page(404))}) },
		inspect.Paths, "escaped-path-refused", 1, false},
	{"escapes: refused, the hash", func(w *world) { w.homeserver(place, homeserver{wrap: instead("%23", page(400))}) },
		inspect.Paths, "escaped-path-refused", 1, false},
	{"unknown endpoint: a page", func(w *world) {
		w.homeserver(place, homeserver{wrap: instead("no_such", page(404))})
	}, inspect.UnknownEndpoint, "wrong-vhost", 0, true},
	{"wrong method: taken", func(w *world) {
		w.homeserver(place, homeserver{wrap: instead("/send/", func(rw http.ResponseWriter, _ *http.Request) {
			say(rw, 200, []byte(`{}`))
		})})
	}, inspect.WrongMethod, unsaid, 0, true},
}

// alerting ends every TLS handshake with a fatal alert.
func alerting(alert byte) func(net.Listener) {
	return func(l net.Listener) {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Write([]byte{21, 3, 3, 0, 2, 2, alert})
			c.Close()
		}
	}
}

func keys(change func(*document)) func(*world) {
	return func(w *world) { w.homeserver(place, homeserver{keys: change}) }
}

// Every fault is told by its row, with its finding and its exit code, and no other row fails for it.
func TestFaultyServers(t *testing.T) {
	t.Parallel()
	for _, f := range faults {
		t.Run(f.title, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			f.change(w)
			trace, r := w.check(t.Context())
			want := verify.Fail
			if f.warns {
				want = verify.Warn
			}
			at := slices.IndexFunc(r.Rows, func(row inspect.Row) bool { return row.Kind == f.row && row.Outcome == want })
			if at < 0 {
				t.Errorf("row %s never has the outcome %s", f.row, want)
			} else if row := r.Rows[at]; row.Finding != f.finding || row.Detail == "" {
				t.Errorf("row %s: finding %q, want %q; %s", row.Kind, row.Finding, f.finding, row.Detail)
			}
			if got := r.ExitCode(false); got != f.code {
				t.Errorf("outcome %s, exit code %d, want %d", r.Outcome, got, f.code)
			}
			if got := r.ExitCode(true); f.code == 0 && got != 4 {
				t.Errorf("with strict the exit code is %d, want 4", got)
			}
			noOther(t, r, f.row)
			wellFounded(t, trace, r)
		})
	}
}

// noOther fails the test where another row than that one fails, or one that passes does not know why.
func noOther(t *testing.T, r inspect.Report, but inspect.Kind) {
	t.Helper()
	for _, row := range r.Rows {
		fails := row.Outcome == verify.Fail && row.Kind != but && !follows(but, row.Kind)
		warns := row.Outcome == verify.Warn && row.Kind != but && !follows(but, row.Kind)
		if fails || warns {
			t.Errorf("%s %s of %q: %s", row.Outcome, row.Kind, row.Address, row.Detail)
		}
	}
}

// follows reports whether a row has to fail where another does.
func follows(from, row inspect.Kind) bool {
	switch from {
	case inspect.Connects: // without IPv6 there is no other way
		return row == inspect.IPv4
	case inspect.SRV: // it leads nowhere
		return row == inspect.Addresses
	case inspect.KeysEd25519: // what is there instead is nothing that anybody knows
		return row == inspect.KeysIDs
	case inspect.HTTP: // what speaks no HTTP gives no keys, and no version
		return row == inspect.Keys || row == inspect.Version
	}
	return false
}

// wellFounded fails the test where a row that was looked at rests on nothing, or a finding is not that of a row.
func wellFounded(t *testing.T, trace flow.Trace, r inspect.Report) {
	t.Helper()
	if (r.Outcome == flow.Verified) != (r.Counts.Fail == 0) {
		t.Errorf("outcome %s, and %d rows fail", r.Outcome, r.Counts.Fail)
	}
	for _, row := range r.Rows {
		if row.Outcome != verify.NotChecked && len(row.Evidence) == 0 {
			t.Errorf("%s %s rests on nothing", row.Outcome, row.Kind)
		}
		if row.Detail == "" {
			t.Errorf("%s %s says nothing", row.Outcome, row.Kind)
		}
		for _, seq := range row.Evidence {
			if trace.Entry(seq) == nil {
				t.Errorf("%s rests on entry %d, which is none", row.Kind, seq)
			}
		}
		if row.Finding != "" && !slices.ContainsFunc(r.Findings, func(f diagnose.Finding) bool { return f.ID == row.Finding }) {
			t.Errorf("%s: finding %s is not among the findings", row.Kind, row.Finding)
		}
	}
	for i := range trace.Entries {
		if got := inspect.Of(trace.Prefix(i)); got.Server != r.Server || len(got.Rows) == 0 {
			t.Fatalf("after %d entries: %s, %d rows", i, got.Server, len(got.Rows))
		}
	}
}
