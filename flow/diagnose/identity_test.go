package diagnose_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/flowtest"
)

// The same refusal has several causes, and the evidence decides between them, in whichever homeserver's words it comes.
func TestIdentityFindings(t *testing.T) {
	published := func(keys string) string { return `{"server_name":"joining.example","verify_keys":` + keys + `}` }
	other := published(`{"ed25519:other":{"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}`)
	current := published(`{"ed25519:us":{"key":"` + flowtest.OurVerifyKey + `"}}`)
	for words, refusal := range map[string]struct {
		status int
		body   string
	}{"Synapse": {401, flowtest.KeyMissing}, "Dendrite": {401, flowtest.KeyOrSignature}, "tuwunel": {403,
		flowtest.TuwunelNoKey}} {
		refused := func(s *flowtest.Script) *flowtest.Script { return s.Refuses(refusal.status, refusal.body) }
		for name, tt := range map[string]struct {
			s     *flowtest.Script
			first string
			not   []string
		}{
			"another key is published": {refused(flowtest.AtRealServer("127.0.0.1:9")).
				LooksForUs(other, flowtest.OurAddress), "own-key-differs", []string{"key-unreachable", "key-not-asked-for",
				"signature-refused"}},
			"our name in other capitals": {refused(flowtest.AtRealServer("127.0.0.1:9")).
				LooksForUs(strings.Replace(other, "joining", "Joining", 1), flowtest.OurAddress), "server-name-case", nil},
			"our certificate is refused": {refused(flowtest.AtRealServer(flowtest.OurAddress).
				Finds([]string{"192.0.2.1:8448"}).Called("a.example", flowtest.Distrust)).LooksForUs("", flowtest.OurAddress),
				"own-certificate-refused", []string{"key-unreachable", "key-not-asked-for", "signature-refused"}},
			"... by whom is not known": {refused(flowtest.AtRealServer(flowtest.OurAddress).Called("", flowtest.Distrust)).
				LooksForUs("", flowtest.OurAddress), "own-certificate-refused", []string{"key-unreachable", "key-not-asked-for"}},
			"somebody hung up": {refused(flowtest.AtRealServer(flowtest.OurAddress).
				Finds([]string{"192.0.2.1:8448"}).Called("a.example", flowtest.HungUp)).LooksForUs("", flowtest.OurAddress),
				"inbound-connection-failed", []string{"key-not-asked-for"}},
			"our name leads to this, quiet": {refused(flowtest.AtRealServer("8.8.4.4:8448")).LooksForUs("", "8.8.4.4:8448"),
				"key-unreachable", []string{"own-address-private", "own-certificate-refused"}},
			"private, and nobody is there": {refused(flowtest.AtRealServer("127.0.0.1:9")).LooksForUs("", "10.0.0.2:8448"),
				"key-unreachable", []string{"own-address-private"}},
			"our address is private": {refused(flowtest.AtRealServer("10.0.0.2:8448")).LooksForUs("", "10.0.0.2:8448"),
				map[string]string{"Synapse": "own-address-private", "Dendrite": "own-address-private",
					"tuwunel": "key-unreachable"}[words], nil},
			"our address is of IPv6": {refused(flowtest.AtRealServer("[2606:4700::2]:8448")).
				LooksForUs("", "[2606:4700::2]:8448"), map[string]string{"Synapse": "key-unreachable",
				"Dendrite": "own-address-private", "tuwunel": "key-unreachable"}[words], nil},
		} {
			t.Run(words+": "+name, func(t *testing.T) {
				found := diagnose.Findings(tt.s.Trace, flow.Fold(tt.s.Trace))
				if len(found) == 0 || found[0].ID != tt.first {
					t.Errorf("%+v, want %s first", found, tt.first)
				}
				for _, f := range found {
					if slices.Contains(tt.not, f.ID) {
						t.Errorf("%s is there as well", f.ID)
					}
				}
			})
		}
		if s := refused(flowtest.AtRealServer("127.0.0.1:9")).LooksForUs(current,
			"8.8.4.4:8448"); slices.ContainsFunc(diagnose.Findings(s.Trace, flow.Fold(s.Trace)), func(f diagnose.Finding) bool { return f.ID == "own-key-differs" || f.ID == "key-not-asked-for" }) {
			t.Errorf("%s: the key that signs is published, and %+v", words, diagnose.Findings(s.Trace, flow.Fold(s.Trace)))
		}
	}
}

// That nobody asked this listener says something only where our name leads to it.
func TestNotAskedOnlyWhereItWouldHaveTo(t *testing.T) {
	for name, tt := range map[string]struct {
		s    *flowtest.Script
		want bool
	}{
		"it leads here": {flowtest.AtRealServer("8.8.4.4:8448").Refuses(401, flowtest.KeyMissing).
			LooksForUs("", "8.8.4.4:8448"), true},
		"here, on every interface": {flowtest.AtRealServer("0.0.0.0:8448").Refuses(401, flowtest.KeyMissing).
			LooksForUs("", "8.8.4.4:8448"), true},
		"it leads elsewhere": {flowtest.AtRealServer("127.0.0.1:8448").Refuses(401, flowtest.KeyMissing).
			LooksForUs("{}", "8.8.4.4:8448"), false},
		"it leads nowhere": {flowtest.AtRealServer("127.0.0.1:8448").Refuses(401, flowtest.KeyMissing).
			LooksForUs("{}"), false},
		"where it leads is not known": {flowtest.AtRealServer("127.0.0.1:8448").Refuses(401, flowtest.KeyMissing),
			false},
		"a recording of before": {flowtest.AtRealServer("").Refuses(401, flowtest.KeyMissing), false},
		"it leads here, and they took 1 s": {slowly(flowtest.AtRealServer("8.8.4.4:8448").Refuses(401, flowtest.KeyMissing)).
			LooksForUs("", "8.8.4.4:8448"), false},
	} {
		t.Run(name, func(t *testing.T) {
			got := slices.ContainsFunc(diagnose.Findings(tt.s.Trace, flow.Fold(tt.s.Trace)),
				func(f diagnose.Finding) bool { return f.ID == "key-not-asked-for" })
			if got != tt.want {
				t.Errorf("said: %t, want %t", got, tt.want)
			}
			for _, f := range diagnose.Findings(tt.s.Trace, flow.Fold(tt.s.Trace)) {
				if !tt.want && strings.Contains(f.Cause, "nobody has asked it") && !strings.Contains(name, "here") {
					t.Errorf("%s: %s", f.ID, f.Cause)
				}
			}
		})
	}
}

func slowly(s *flowtest.Script) *flowtest.Script {
	for i := range s.Trace.Entries {
		if e := &s.Trace.Entries[i]; e.Step == flow.A5 {
			e.Took = time.Second
		}
	}
	return s
}

// The search for our own name comes once the handshake is over, once, and only where somebody refused who we are.
func TestLookingForUs(t *testing.T) {
	works := func(s *flowtest.Script) []flow.Work {
		var out []flow.Work
		for range 5 {
			next, ok := flow.Fold(s.Trace).Next()
			if !ok {
				return out
			}
			out = append(out, next.Work)
			if next.Work == flow.Resolve {
				s.Finds([]string{"8.8.4.4:8448"})
				continue
			}
			s.Exchange(next.ID, next.To, next.Server, next.Request,
				flow.Entry{Failure: &client.Failure{Kind: client.FailedConnect, Message: "connection refused while connecting"}})
		}
		return out
	}
	for name, tt := range map[string]struct {
		s    *flowtest.Script
		want []flow.Work
	}{
		"refused without a key": {flowtest.AtRealServer("127.0.0.1:9").Refuses(401, flowtest.KeyMissing),
			[]flow.Work{flow.Resolve, flow.Ask}},
		"refused, and it leads here": {flowtest.AtRealServer("8.8.4.4:8448").Refuses(401, flowtest.KeyMissing),
			[]flow.Work{flow.Resolve}},
		"refused for another reason": {flowtest.AtRealServer("127.0.0.1:9").Refuses(403, uninvited), nil},
		"in the sandbox": {flowtest.NewScript(func(h *flow.Header) {
			h.Target, h.Via, h.Listen, h.Source = "!r:a.example", []string{"a.example"}, "127.0.0.1:9", "sandbox"
		}).Joins().Refuses(401, flowtest.KeyMissing), nil},
		"recorded before there was such": {flowtest.AtRealServer("").Refuses(401, flowtest.KeyMissing), nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := works(tt.s); !slices.Equal(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// What the user waived is a note after the reason for which the join stopped.
func TestWaived(t *testing.T) {
	banned := func(e flow.Entry) flow.Entry {
		e.Failure, e.Response = nil, flowtest.SaysStatus(403, forbade).Response
		return e
	}
	old := client.Certificate{Subject: "CN=a.example", Issuer: "CN=R1", Names: []string{"a.example"},
		NotAfter: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}
	private := func(steps string, address string) *flowtest.Script {
		s := flowtest.NewScript(func(h *flow.Header) {
			h.Target, h.Via, h.Source, h.Private = "!r:a.example", []string{"a.example"}, "join", true
		}).Joins()
		s.Finds([]string{address}, steps)
		return s.Gets(banned(flow.Entry{Connection: &client.Connection{Address: address}}))
	}
	for name, tt := range map[string]struct {
		s    *flowtest.Script
		want []string
	}{
		"wrong name": {flowtest.AtServer().
			Gets(banned(flowtest.Shows("a.example", "valid for b.example, not for a.example", flowtest.Leaf("b.example"),
				flowtest.Leaf("R1")))), []string{"wrong-certificate"}},
		"expired": {flowtest.AtServer().
			Gets(banned(flowtest.Shows("a.example", "expired on 2020-01-01 00:00 UTC", old, flowtest.Leaf("R1")))),
			[]string{"certificate-expired"}},
		"incomplete chain": {flowtest.AtServer().
			Gets(banned(flowtest.Shows("a.example", "signed by an unknown authority, CN=R1", flowtest.Leaf("a.example")))),
			[]string{"incomplete-chain", "untrusted-authority"}},
		"self-signed": {flowtest.AtServer().
			Gets(banned(flowtest.Shows("a.example", "self-signed", client.Certificate{Subject: "CN=a", Issuer: "CN=a",
				Names: []string{"a.example"}}))), []string{"untrusted-authority"}},
		"a private address": {private("*6 A a.example => 10.0.0.1 (not public)", "10.0.0.1:8448"),
			[]string{"private-address"}},
		"an address as name": {private("*1 read 10.0.0.1:8448 => an IP address (not public)", "10.0.0.1:8448"), nil},
		"a pinned address":   {private("*pinned pin of a.example => 10.0.0.1:8448 (not public)", "10.0.0.1:8448"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			found := diagnose.Findings(tt.s.Trace, flow.Fold(tt.s.Trace))
			if len(found) == 0 || found[0].ID != "banned" || found[0].Severity != diagnose.SeverityError {
				t.Fatalf("%+v: want banned first", found)
			}
			var notes []string
			for _, f := range found[1:] {
				if f.Severity != diagnose.SeverityInfo || !f.Waived || !strings.HasPrefix(f.Title, "Waived by --") {
					t.Errorf("%s is %s, %q", f.ID, f.Severity, f.Title)
				}
				notes = append(notes, f.ID)
			}
			if !slices.Equal(notes, tt.want) {
				t.Errorf("notes %q, want %q", notes, tt.want)
			}
		})
	}
}
