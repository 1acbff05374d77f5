package inspect_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/inspect"
	"doorstep/flow/live"
	"doorstep/flow/verify"
)

// us is who asks in these tests.
const us = "us.example"

// signs has the check signed, by a listener of our own.
func (w *world) signs() {
	w.t.Helper()
	key, err := client.GenerateKey()
	if err != nil {
		w.t.Fatal(err)
	}
	w.setup.Identity = &client.Identity{ServerName: us, Key: key}
	w.setup.Listen = "127.0.0.1:0"
	h := &w.setup.Header
	h.Joining, h.KeyID, h.VerifyKey = us, key.ID, event.EncodeBase64(key.Public())
	if w.setup.Certificate, err = w.authority.Certificate(us); err != nil {
		w.t.Fatal(err)
	}
}

// knows has the server know our key.
func (w *world) knows(string) ed25519.PublicKey { return w.setup.Identity.Key.Public() }

// fetches has the server ask our listener for our key, trusting those authorities.
func (w *world) fetches(roots *client.Authority) func(string) ed25519.PublicKey {
	return func(string) ed25519.PublicKey {
		c := client.Client{AllowPrivate: true, Roots: roots.Pool()}
		d := client.Destination{Server: us, Address: w.run.Trace().Header.Listen, Host: us, SNI: us, VerifyName: us}
		x := c.Do(context.Background(), d, client.KeysRequest(), nil)
		if x.Response == nil {
			return nil
		}
		keys := verify.ReadKeyDocument(us, x.Response.Body, time.Now(), 0)
		key, _ := keys.Keys.Get(w.setup.Identity.Key.ID)
		return key.Public
	}
}

// Who signs hears whether the server takes it, and if not, whose word that is and what is behind it.
func TestSignedRequests(t *testing.T) {
	t.Parallel()
	all := []inspect.Kind{inspect.XMatrix, inspect.SignedPaths, inspect.Inbound}
	for title, c := range map[string]struct {
		change  func(*world)
		want    [3]verify.CheckOutcome // of those rows
		finding string
		code    int
	}{
		"taken, our key is known": {func(w *world) { w.homeserver(place, homeserver{key: w.knows}) },
			[3]verify.CheckOutcome{verify.Pass, verify.Pass, verify.NotChecked}, "", 0},
		"taken, our key is fetched": {func(w *world) { w.homeserver(place, homeserver{key: w.fetches(w.authority)}) },
			[3]verify.CheckOutcome{verify.Pass, verify.Pass, verify.Pass}, "", 0},
		"our certificate is not accepted": {func(w *world) {
			other, err := client.NewAuthority(time.Now())
			if err != nil {
				w.t.Fatal(err)
			}
			w.homeserver(place, homeserver{key: w.fetches(other)})
		}, [3]verify.CheckOutcome{verify.Fail, verify.NotChecked, verify.Fail}, "own-certificate-refused", 1},
		"our key is not found": {func(w *world) { w.homeserver(place, homeserver{}) },
			[3]verify.CheckOutcome{verify.Fail, verify.NotChecked, verify.Fail}, "key-unreachable", 1},
		"another key is known": {func(w *world) {
			other, _ := client.GenerateKey()
			w.homeserver(place, homeserver{key: func(string) ed25519.PublicKey { return other.Public() }})
		}, [3]verify.CheckOutcome{verify.Fail, verify.NotChecked, verify.NotChecked}, "signature-refused", 1},
		"the path is decoded": {func(w *world) { w.homeserver(place, homeserver{key: w.knows, decode: true}) },
			[3]verify.CheckOutcome{verify.Pass, verify.Fail, verify.NotChecked}, "proxy-decodes-path", 1},
		"refused by a gateway": {func(w *world) {
			w.homeserver(place, homeserver{key: w.knows, wrap: instead("/user/devices/", page(403))})
		}, [3]verify.CheckOutcome{verify.Fail, verify.NotChecked, verify.NotChecked}, "wrong-vhost", 1},
		"the header is taken away": {func(w *world) {
			w.homeserver(place, homeserver{wrap: instead("/user/devices/", func(rw http.ResponseWriter, _ *http.Request) {
				refuse(rw, 401, "M_UNAUTHORIZED", "Missing Authorization headers")
			})})
		}, [3]verify.CheckOutcome{verify.Fail, verify.NotChecked, verify.NotChecked}, "authorization-stripped", 1},
		"federation is denied": {func(w *world) {
			w.homeserver(place, homeserver{wrap: instead("/user/devices/", func(rw http.ResponseWriter, _ *http.Request) {
				refuse(rw, 403, "M_FORBIDDEN", "Federation denied with us.example.")
			})})
		}, [3]verify.CheckOutcome{verify.Fail, verify.NotChecked, verify.NotChecked}, "federation-denied", 1},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.signs()
			c.change(w)
			trace, r := w.check(t.Context())
			for i, kind := range all {
				row := rowOf(t, r, kind)
				if row.Outcome != c.want[i] {
					t.Errorf("%s: %s, want %s: %s", kind, row.Outcome, c.want[i], row.Detail)
				}
				if row.Outcome == verify.Fail && row.Finding != c.finding {
					t.Errorf("%s: finding %q, want %q", kind, row.Finding, c.finding)
				}
			}
			if got := r.ExitCode(false); got != c.code {
				t.Errorf("outcome %s, exit code %d, want %d", r.Outcome, got, c.code)
			}
			for _, row := range r.Rows {
				follows := row.Kind == inspect.Paths && c.finding == "proxy-decodes-path"
				if row.Outcome == verify.Fail && !slices.Contains(all, row.Kind) && !follows {
					t.Errorf("fail %s: %s", row.Kind, row.Detail)
				}
			}
			wellFounded(t, trace, r)
		})
	}
}

func rowOf(t *testing.T, r inspect.Report, k inspect.Kind) inspect.Row {
	t.Helper()
	i := slices.IndexFunc(r.Rows, func(row inspect.Row) bool { return row.Kind == k })
	if i < 0 {
		t.Fatalf("there is no row %s", k)
	}
	return r.Rows[i]
}

// Nothing signed goes to a server whose certificate does not hold, unless somebody said so.
func TestNothingSignedWithoutCertificate(t *testing.T) {
	t.Parallel()
	for _, insecure := range []bool{false, true} {
		w := newWorld(t)
		w.signs()
		w.setup.Insecure = insecure
		w.homeserver(place, homeserver{key: w.knows, leaf: &client.Leaf{Names: []string{"www." + name}}})
		trace, r := w.check(t.Context())
		signed := slices.ContainsFunc(trace.Entries, func(e flow.Entry) bool {
			return e.Request != nil && client.FieldOf(e.Request.Header, "Authorization") != ""
		})
		if signed != insecure {
			t.Errorf("insecure %t: signed %t", insecure, signed)
		}
		if row := rowOf(t, r, inspect.XMatrix); (row.Outcome == verify.Pass) != insecure {
			t.Errorf("insecure %t: %s %s", insecure, row.Outcome, row.Detail)
		}
	}
}

// Where the endpoint is not known, any path gets the same answer, and nothing is proven of paths.
func TestPathsOfAnUnknownEndpoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.homeserver(place, homeserver{decode: true, wrap: instead("make_join", func(rw http.ResponseWriter, _ *http.Request) {
		refuse(rw, 404, "M_UNRECOGNIZED", "Unrecognized request")
	})})
	_, r := w.check(t.Context())
	if row := rowOf(t, r, inspect.Paths); row.Outcome != verify.NotChecked {
		t.Errorf("%s: %s", row.Outcome, row.Detail)
	}
}

// A notary that has other keys, or none, is told of.
func TestNotary(t *testing.T) {
	t.Parallel()
	for title, c := range map[string]struct {
		answer func(own, other []byte) string
		want   verify.CheckOutcome
	}{
		"the same": {func(own, _ []byte) string { return `{"server_keys":[` + string(own) + `]}` }, verify.Pass},
		"others":   {func(_, other []byte) string { return `{"server_keys":[` + string(other) + `]}` }, verify.Warn},
		"none":     {func(_, _ []byte) string { return `{"server_keys":[]}` }, verify.Warn},
		"an error": {func(_, _ []byte) string { return "" }, verify.NotChecked},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			doc, other := newDocument(t, name), newDocument(t, name)
			w.homeserver(place, homeserver{keys: func(d *document) { *d = *doc }})
			w.zone["A notary.example"] = []string{"127.7.0.5"}
			w.site("127.7.0.5:8448", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if body := c.answer(doc.bytes(t), other.bytes(t)); body != "" {
					say(rw, 200, []byte(body))
					return
				}
				refuse(rw, 404, "M_UNRECOGNIZED", "Unrecognized request")
			}), homeserver{leaf: &client.Leaf{Names: []string{"notary.example"}}})
			w.setup.Header.Notary = "notary.example"
			_, r := w.check(t.Context())
			if row := rowOf(t, r, inspect.NotaryKeys); row.Outcome != c.want {
				t.Errorf("%s: %s, want %s", row.Outcome, row.Detail, c.want)
			}
			if r.ExitCode(false) != 0 {
				t.Errorf("exit code %d", r.ExitCode(false))
			}
		})
	}
}

// The check as a whole has a deadline: a server that never answers does not keep it, nor do many of them.
func TestDeadlineOfAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setup.Deadline = 300 * time.Millisecond
	w.setup.Client.Limits.Deadline = time.Minute
	w.homeserver(place, homeserver{wrap: instead("/", func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
	})})
	w.zone["A "+name] = []string{ip, "127.7.0.11", "127.7.0.12", "127.7.0.13", "127.7.0.14", "127.7.0.15"}
	for i := range 5 {
		w.places["127.7.0.1"+string(rune('1'+i))+":8448"] = "silence"
	}
	begun := time.Now()
	_, r := w.check(t.Context())
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("took %v", took)
	}
	if r.Outcome != flow.TimedOut {
		t.Errorf("outcome %s", r.Outcome)
	}
	for _, row := range r.Rows {
		if row.Outcome == verify.Pass && row.Kind == inspect.Keys {
			t.Errorf("%s passes", row.Kind)
		}
	}
}

// Where the time is up, or the name servers keep silent, before anybody knows whether the name has addresses, that is
// no fault of the server's, and nothing was found to be absent.
func TestNobodyKnows(t *testing.T) {
	t.Parallel()
	for title, c := range map[string]struct {
		change func(*world)
		rows   []inspect.Kind // that are open
		code   int
	}{
		"the time is up": {func(w *world) { w.setup.Deadline = time.Nanosecond },
			[]inspect.Kind{inspect.WellKnown, inspect.SRV, inspect.Addresses}, 5},
		"the name servers fail": {func(w *world) {
			w.zone = map[string][]string{"A " + name: {"!SERVFAIL"}, "AAAA " + name: {"!SERVFAIL"}}
		}, []inspect.Kind{inspect.WellKnown}, 3},
		"a half of them fails": {func(w *world) {
			w.zone = map[string][]string{"TXT " + name: {"x"}, "AAAA " + name: {"!SERVFAIL"}}
		}, []inspect.Kind{inspect.WellKnown}, 3},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c.change(w)
			_, r := w.check(t.Context())
			for _, k := range c.rows {
				if row := rowOf(t, r, k); row.Outcome != verify.NotChecked {
					t.Errorf("%s %s: %s", row.Outcome, k, row.Detail)
				}
			}
			if r.ExitCode(false) != c.code {
				t.Errorf("exit code %d, outcome %s", r.ExitCode(false), r.Outcome)
			}
		})
	}
}

// Who ends a check gets what there is, and nothing that was not looked at passes or fails for it.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	w.homeserver(place, homeserver{wrap: instead("/version", func(_ http.ResponseWriter, r *http.Request) {
		cancel(flow.Interrupt("SIGINT"))
		<-r.Context().Done()
	})})
	_, r := w.check(ctx)
	if r.Outcome != flow.Cancelled || r.ExitCode(false) != 130 {
		t.Errorf("outcome %s", r.Outcome)
	}
	if row := rowOf(t, r, inspect.KeysSignature); row.Outcome != verify.Pass {
		t.Errorf("keys were there, and %s: %s", row.Outcome, row.Detail)
	}
	for _, k := range []inspect.Kind{inspect.Version, inspect.Paths, inspect.UnknownEndpoint} {
		if row := rowOf(t, r, k); row.Outcome != verify.NotChecked {
			t.Errorf("%s: %s %s", k, row.Outcome, row.Detail)
		}
	}
}

// That somebody ended the check, or that its time was up, counts also where it struck between two questions.
func TestEndedBetweenQuestions(t *testing.T) {
	t.Parallel()
	for at := 1; at < 23; at++ { // the last answer is entry 23
		t.Run(fmt.Sprintf("by somebody after entry %d", at), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.signs()
			w.homeserver(place, homeserver{key: w.knows})
			ctx, cancel := context.WithCancelCause(t.Context())
			w.setup.OnRun = func(r *live.Run) error {
				r.Sink(func(_ flow.Trace, e *flow.Entry) error {
					if e.Seq == at {
						cancel(flow.Interrupt("SIGTERM"))
					}
					return nil
				})
				return nil
			}
			trace, r := w.check(ctx)
			if code := flow.Fold(trace).ExitCode(r.Outcome, false); r.Outcome != flow.Cancelled || code != 143 {
				t.Errorf("outcome %s, exit code %d", r.Outcome, code)
			}
			for _, row := range r.Rows {
				if row.Outcome == verify.Fail || row.Outcome == verify.Warn {
					t.Errorf("%s %s: %s", row.Outcome, row.Kind, row.Detail)
				}
			}
		})
	}
	t.Run("by its deadline", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.setup.Deadline = 700 * time.Millisecond
		w.homeserver(place, homeserver{wrap: func(inner http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				time.Sleep(200 * time.Millisecond)
				inner.ServeHTTP(rw, r)
			})
		}})
		_, r := w.check(t.Context())
		if r.Outcome != flow.TimedOut || r.ExitCode(false) != 5 {
			t.Errorf("outcome %s", r.Outcome)
		}
		for _, k := range []inspect.Kind{inspect.Paths, inspect.WrongMethod} {
			if row := rowOf(t, r, k); row.Outcome != verify.NotChecked {
				t.Errorf("%s %s: %s", row.Outcome, k, row.Detail)
			}
		}
	})
}

// Before anything was seen, nothing passes.
func TestNothingSeen(t *testing.T) {
	t.Parallel()
	r := inspect.Of(flow.Trace{Header: flow.Header{Source: flow.SourceCheck, Server: name}})
	for _, row := range r.Rows {
		if row.Kind != inspect.ServerName && row.Outcome != verify.NotChecked {
			t.Errorf("%s: %s", row.Kind, row.Outcome)
		}
	}
	if r.Outcome == flow.Verified {
		t.Error("verified")
	}
}

// Every row that can be there is in the table of kinds, and every finding that one names is in the catalogue and says
// nothing of joins: nobody joins anything.
func TestWords(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, f := range faults {
		seen[f.finding] = true
	}
	for _, id := range []string{"own-certificate-refused", "inbound-connection-failed", "key-unreachable",
		"signature-refused", "authorization-stripped", "authorization-malformed", "wrong-destination", "federation-denied",
		"cdn-timeout", "rate-limited", "connection-closed", "srv-wildcard", "endpoint-unrecognised"} {
		seen[id] = true
	}
	delete(seen, "")
	for id := range seen {
		f := inspect.Worded(id)
		if f.ID == "" {
			t.Errorf("there is no finding %s", id)
			continue
		}
		for _, text := range []string{f.Title, f.Cause, f.Advice, f.Apart} {
			for _, word := range []string{"join", "candidate", "room", "alias", "invite"} {
				if says(text, word) {
					t.Errorf("%s speaks of %q: %s", id, word, text)
				}
			}
		}
	}
	for _, k := range inspect.Kinds() {
		for what, text := range map[string]string{"title": k.Title, "claim": k.Claim, "rule": k.Rule, "why": k.Why,
			"advice": k.Advice} {
			if text == "" {
				t.Errorf("%s has no %s", k.Kind, what)
			}
		}
	}
}

// says reports whether a text has a word in it, alone or in the plural. An alias of DNS is no alias of a room.
func says(text, word string) bool {
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r < 'a' || r > 'z' }) {
		if w == word || w == word+"s" || w == word+"ed" || w == word+"ing" {
			return word != "alias" || !strings.Contains(text, "SRV") && !strings.Contains(text, "target")
		}
	}
	return false
}
