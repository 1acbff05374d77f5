package flow

import (
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/client"
)

// The same refusal has several causes, and the evidence decides between them, in whichever homeserver's words it comes.
func TestIdentityFindings(t *testing.T) {
	published := func(keys string) string { return `{"server_name":"joining.example","verify_keys":` + keys + `}` }
	other := published(`{"ed25519:other":{"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}`)
	current := published(`{"ed25519:us":{"key":"` + ourVerifyKey + `"}}`)
	for words, refusal := range map[string]struct {
		status int
		body   string
	}{"Synapse": {401, keyMissing}, "Dendrite": {401, keyOrSignature}, "tuwunel": {403, tuwunelNoKey}} {
		refused := func(s *script) *script { return s.refuses(refusal.status, refusal.body) }
		for name, tt := range map[string]struct {
			s     *script
			first string
			not   []string
		}{
			"another key is published":      {refused(atRealServer("127.0.0.1:9")).looksForUs(other, ourAddress), "own-key-differs", []string{"key-unreachable", "key-not-asked-for", "signature-refused"}},
			"our name in other capitals":    {refused(atRealServer("127.0.0.1:9")).looksForUs(strings.Replace(other, "joining", "Joining", 1), ourAddress), "server-name-case", nil},
			"our certificate is refused":    {refused(atRealServer(ourAddress).finds([]string{"192.0.2.1:8448"}).called("a.example", distrust)).looksForUs("", ourAddress), "own-certificate-refused", []string{"key-unreachable", "key-not-asked-for", "signature-refused"}},
			"... by whom is not known":      {refused(atRealServer(ourAddress).called("", distrust)).looksForUs("", ourAddress), "own-certificate-refused", []string{"key-unreachable", "key-not-asked-for"}},
			"somebody hung up":              {refused(atRealServer(ourAddress).finds([]string{"192.0.2.1:8448"}).called("a.example", hungUp)).looksForUs("", ourAddress), "inbound-connection-failed", []string{"key-not-asked-for"}},
			"our name leads to this, quiet": {refused(atRealServer("8.8.4.4:8448")).looksForUs("", "8.8.4.4:8448"), "key-unreachable", []string{"own-address-private", "own-certificate-refused"}},
			"private, and nobody is there":  {refused(atRealServer("127.0.0.1:9")).looksForUs("", "10.0.0.2:8448"), "key-unreachable", []string{"own-address-private"}},
			"our address is private":        {refused(atRealServer("10.0.0.2:8448")).looksForUs("", "10.0.0.2:8448"), map[string]string{"Synapse": "own-address-private", "Dendrite": "own-address-private", "tuwunel": "key-unreachable"}[words], nil},
			"our address is of IPv6":        {refused(atRealServer("[2606:4700::2]:8448")).looksForUs("", "[2606:4700::2]:8448"), map[string]string{"Synapse": "key-unreachable", "Dendrite": "own-address-private", "tuwunel": "key-unreachable"}[words], nil},
		} {
			t.Run(words+": "+name, func(t *testing.T) {
				found := Findings(tt.s.trace)
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
		if s := refused(atRealServer("127.0.0.1:9")).looksForUs(current, "8.8.4.4:8448"); slices.ContainsFunc(Findings(s.trace), func(f Finding) bool { return f.ID == "own-key-differs" || f.ID == "key-not-asked-for" }) {
			t.Errorf("%s: the key that signs is published, and %+v", words, Findings(s.trace))
		}
	}
}

// That nobody asked this listener says something only where our name leads to it.
func TestNotAskedOnlyWhereItWouldHaveTo(t *testing.T) {
	for name, tt := range map[string]struct {
		s    *script
		want bool
	}{
		"it leads here":                    {atRealServer("8.8.4.4:8448").refuses(401, keyMissing).looksForUs("", "8.8.4.4:8448"), true},
		"here, on every interface":         {atRealServer("0.0.0.0:8448").refuses(401, keyMissing).looksForUs("", "8.8.4.4:8448"), true},
		"it leads elsewhere":               {atRealServer("127.0.0.1:8448").refuses(401, keyMissing).looksForUs("{}", "8.8.4.4:8448"), false},
		"it leads nowhere":                 {atRealServer("127.0.0.1:8448").refuses(401, keyMissing).looksForUs("{}"), false},
		"where it leads is not known":      {atRealServer("127.0.0.1:8448").refuses(401, keyMissing), false},
		"a recording of before":            {atRealServer("").refuses(401, keyMissing), false},
		"it leads here, and they took 1 s": {slowly(atRealServer("8.8.4.4:8448").refuses(401, keyMissing)).looksForUs("", "8.8.4.4:8448"), false},
	} {
		t.Run(name, func(t *testing.T) {
			got := slices.ContainsFunc(Findings(tt.s.trace), func(f Finding) bool { return f.ID == "key-not-asked-for" })
			if got != tt.want {
				t.Errorf("said: %t, want %t", got, tt.want)
			}
			for _, f := range Findings(tt.s.trace) {
				if !tt.want && strings.Contains(f.Cause, "nobody has asked it") && !strings.Contains(name, "here") {
					t.Errorf("%s: %s", f.ID, f.Cause)
				}
			}
		})
	}
}

func slowly(s *script) *script {
	for i := range s.trace.Entries {
		if e := &s.trace.Entries[i]; e.Step == A5 {
			e.Took = time.Second
		}
	}
	return s
}

// The search for our own name comes once the handshake is over, once, and only where somebody refused who we are.
func TestLookingForUs(t *testing.T) {
	works := func(s *script) []Work {
		var out []Work
		for range 5 {
			next, ok := Fold(s.trace).Next()
			if !ok {
				return out
			}
			out = append(out, next.Work)
			if next.Work == Resolve {
				s.finds([]string{"8.8.4.4:8448"})
				continue
			}
			s.exchange(next.ID, next.To, next.Server, next.Request, Entry{Failure: &client.Failure{Kind: client.FailedConnect, Message: "connection refused while connecting"}})
		}
		return out
	}
	for name, tt := range map[string]struct {
		s    *script
		want []Work
	}{
		"refused for want of a key":  {atRealServer("127.0.0.1:9").refuses(401, keyMissing), []Work{Resolve, Ask}},
		"refused, and it leads here": {atRealServer("8.8.4.4:8448").refuses(401, keyMissing), []Work{Resolve}},
		"refused for another reason": {atRealServer("127.0.0.1:9").refuses(403, uninvited), nil},
		"in the sandbox": {newScript(func(h *Header) {
			h.Target, h.Via, h.Listen, h.Source = "!r:a.example", []string{"a.example"}, "127.0.0.1:9", "sandbox"
		}).joins().refuses(401, keyMissing), nil},
		"recorded before there was such": {atRealServer("").refuses(401, keyMissing), nil},
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
	banned := func(e Entry) Entry { e.Failure, e.Response = nil, saysStatus(403, forbade).Response; return e }
	old := client.Certificate{Subject: "CN=a.example", Issuer: "CN=R1", Names: []string{"a.example"}, NotAfter: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}
	private := func(steps string, address string) *script {
		s := newScript(func(h *Header) {
			h.Target, h.Via, h.Source, h.Private = "!r:a.example", []string{"a.example"}, "join", true
		}).joins()
		s.finds([]string{address}, steps)
		return s.gets(banned(Entry{Connection: &client.Connection{Address: address}}))
	}
	for name, tt := range map[string]struct {
		s    *script
		want []string
	}{
		"wrong name":         {atServer().gets(banned(shows("a.example", "valid for b.example, not for a.example", leaf("b.example"), leaf("R1")))), []string{"wrong-certificate"}},
		"expired":            {atServer().gets(banned(shows("a.example", "expired on 2020-01-01 00:00 UTC", old, leaf("R1")))), []string{"certificate-expired"}},
		"incomplete chain":   {atServer().gets(banned(shows("a.example", "signed by an unknown authority, CN=R1", leaf("a.example")))), []string{"incomplete-chain", "untrusted-authority"}},
		"self-signed":        {atServer().gets(banned(shows("a.example", "self-signed", client.Certificate{Subject: "CN=a", Issuer: "CN=a", Names: []string{"a.example"}}))), []string{"untrusted-authority"}},
		"a private address":  {private("*6 A a.example => 10.0.0.1 (not public)", "10.0.0.1:8448"), []string{"private-address"}},
		"an address as name": {private("*1 read 10.0.0.1:8448 => an IP address (not public)", "10.0.0.1:8448"), nil},
		"a pinned address":   {private("*pinned pin of a.example => 10.0.0.1:8448 (not public)", "10.0.0.1:8448"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			found := Findings(tt.s.trace)
			if len(found) == 0 || found[0].ID != "banned" || found[0].Severity != severityError {
				t.Fatalf("%+v: want banned first", found)
			}
			var notes []string
			for _, f := range found[1:] {
				if f.Severity != severityInfo || !f.Waived || !strings.HasPrefix(f.Title, "Waived by --") {
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
