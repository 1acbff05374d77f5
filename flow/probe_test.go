package flow

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorstep/client"
	"doorstep/flow/event"
)

var probeKey = event.SigningKey{ID: "ed25519:us", Private: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))}

// probing returns a script whose handshake has ended: a.example, found at those addresses, refused make_join.
func probing(refusal string, change func(*Header), addresses ...string) *script {
	s := newScript(func(h *Header) {
		h.Target, h.Via, h.Source, h.Probe, h.AskAll = "!r:a.example", []string{"a.example"}, "join", true, true
		h.KeyID, h.VerifyKey = probeKey.ID, event.EncodeBase64(probeKey.Public())
		if change != nil {
			change(h)
		}
	}).joins()
	for _, server := range s.trace.Header.Via {
		d := &client.Discovery{Server: server}
		for _, a := range addresses {
			d.Destinations = append(d.Destinations, client.Destination{Server: server, Address: a})
		}
		s.add(Entry{Kind: Local, Step: R, From: Joining, To: Resident, Server: server, Discovery: d})
		s.does(401, refusal)
	}
	s.add(Entry{Kind: Response, Step: A8, From: Joining, To: Client, Answers: 1, Response: &client.Response{Status: 502, Body: []byte(`{}`)}})
	return s
}

// probes carries out every step that is left, as answer has it, and returns them.
func (s *script) probes(answer func(Step) Entry) []Step {
	var steps []Step
	for range 1000 {
		step, ok := Fold(s.trace).Next()
		if !ok {
			return steps
		}
		steps = append(steps, step)
		if step.Work == Resolve {
			s.add(Entry{Kind: Local, Step: R, From: Joining, To: step.To, Server: step.Server, Discovery: answer(step).Discovery})
			continue
		}
		asked := s.add(Entry{Kind: Request, Step: step.ID, From: Joining, To: step.To, Server: step.Server, Request: &step.Request})
		e := answer(step)
		e.Step, e.From, e.To, e.Server, e.Answers, e.Kind = answerTo[step.ID], step.To, Joining, step.Server, asked, Response
		if e.Failure != nil {
			e.Kind = Failure
		}
		e.Connection = &client.Connection{Address: "192.0.2.1:8448"}
		if step.Destination != nil {
			e.Connection.Address = step.Destination.Address
		}
		s.add(e)
	}
	panic("the probes do not end")
}

func replies(status int, body string) Entry {
	return Entry{Response: &client.Response{Status: status, Body: []byte(body)}}
}

func gone(kind client.FailureKind, words string) Entry {
	return Entry{Failure: &client.Failure{Kind: kind, Message: words}}
}

// result returns what the probe of that name found out about a.example.
func (s *script) result(name string) string {
	for _, r := range Probes(s.trace) {
		if r.Name == name && r.Server == "a.example" {
			return r.Result
		}
	}
	return ""
}

func firstFinding(t Trace) string {
	for _, f := range Findings(t) {
		return f.ID
	}
	return ""
}

// The two spellings of one signed request tell a rewritten path from everything else that makes a signature wrong.
func TestProbePath(t *testing.T) {
	good, wrong := replies(200, devices), replies(401, wrongSignature)
	for name, c := range map[string]struct {
		refusal        string
		plain, escaped Entry
		result, first  string
	}{
		"decoded":                    {wrongSignature, good, wrong, pathRewritten, "proxy-decodes-path"},
		"decoded, in Dendrite":       {keyOrSignature, good, replies(401, keyOrSignature), pathRewritten, "proxy-decodes-path"},
		"decoded, in other words":    {`{"errcode":"M_UNAUTHORIZED","error":"no"}`, good, replies(401, `{"errcode":"M_UNAUTHORIZED"}`), pathRewritten, "proxy-decodes-path"},
		"decoded, in tuwunel":        {wrongSignature, replies(404, refusalBody("M_NOT_FOUND")), replies(403, `{"error":"Failed to verify X-Matrix signatures."}`), pathRewritten, "proxy-decodes-path"},
		"both are refused":           {wrongSignature, wrong, wrong, pathRefused, "signature-refused"},
		"both are taken":             {wrongSignature, good, good, pathUnchanged, "signature-refused"},
		"encoded":                    {wrongSignature, wrong, good, pathEscaped, "signature-refused"},
		"no key":                     {keyMissing, replies(401, keyMissing), replies(401, keyMissing), probeUndecided, "key-unreachable"},
		"the key came later":         {keyMissing, replies(401, keyMissing), good, probeUndecided, "key-unreachable"},
		"the endpoint is not known":  {wrongSignature, replies(404, refusalBody("M_UNRECOGNIZED")), replies(404, refusalBody("M_UNRECOGNIZED")), probeUndecided, "signature-refused"},
		"only the plain is known":    {wrongSignature, good, replies(404, refusalBody("M_UNRECOGNIZED")), probeUndecided, "signature-refused"},
		"a proxy's own 401":          {wrongSignature, good, replies(401, "<html>"), probeUndecided, "signature-refused"},
		"a proxy's own 200":          {wrongSignature, replies(200, "<html>"), wrong, probeUndecided, "signature-refused"},
		"broken":                     {wrongSignature, good, replies(500, `{}`), probeUndecided, "signature-refused"},
		"no answer":                  {wrongSignature, gone(client.FailedClosed, "closed"), wrong, probeUndecided, "signature-refused"},
		"forbidden for other causes": {wrongSignature, good, replies(403, refusalBody("M_FORBIDDEN")), probeUndecided, "signature-refused"},
		"the answer broke off": {wrongSignature, Entry{Response: good.Response, Failure: &client.Failure{Kind: client.FailedClosed, Message: "x"}}, wrong,
			probeUndecided, "signature-refused"},
	} {
		t.Run(name, func(t *testing.T) {
			s := probing(c.refusal, nil, "192.0.2.1:8448")
			s.probes(func(step Step) Entry {
				switch {
				case step.Request.Endpoint == client.UserDevices && strings.Contains(step.Request.Target, "%"):
					return c.escaped
				case step.Request.Endpoint == client.UserDevices:
					return c.plain
				}
				return replies(404, refusalBody("M_UNRECOGNIZED"))
			})
			if got := s.result(probePath); got != c.result {
				t.Errorf("path: %s, want %s", got, c.result)
			}
			found := Findings(s.trace)
			for _, f := range found {
				if f.ID == "proxy-decodes-path" && c.first != f.ID || f.ID == "signature-refused" && c.first == "proxy-decodes-path" {
					t.Errorf("%s is found as well", f.ID)
				}
			}
			if got := firstFinding(s.trace); got != c.first {
				t.Errorf("the first finding is %s, want %s", got, c.first)
			}
		})
	}
}

// That a directory server answered proves no longer that it took our signature, once the two spellings were compared.
func TestProbeOverridesDirectory(t *testing.T) {
	for want, escaped := range map[string]Entry{"proxy-decodes-path": replies(401, wrongSignature), "signature-refused": replies(200, devices)} {
		s := newScript(func(h *Header) { h.Target, h.Source, h.Probe, h.AskAll = "#room:a.example", "join", true, true }).joins()
		s.does(200, `{"room_id":"!r:a.example","servers":["a.example"]}`).does(401, wrongSignature)
		if got := firstFinding(s.trace); got != "proxy-decodes-path" {
			t.Errorf("before the probe %s", got)
		}
		s.add(Entry{Kind: Response, Step: A8, From: Joining, To: Client, Answers: 1, Response: &client.Response{Status: 502, Body: []byte(`{}`)}})
		s.probes(func(step Step) Entry {
			if strings.Contains(step.Request.Target, "%") {
				return escaped
			}
			return replies(200, devices)
		})
		if got := firstFinding(s.trace); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// What a server says that it has of our keys tells a key that it lacks from a signature that it finds wrong.
func TestProbeOwnKeys(t *testing.T) {
	document := func(current, old string) string {
		return `{"server_keys":[{"server_name":"joining.example","verify_keys":{` + current + `},"old_verify_keys":{` + old + `}}]}`
	}
	key := func(id string, public ed25519.PublicKey, more string) string {
		return fmt.Sprintf(`%q:{"key":%q%s}`, id, event.EncodeBase64(public), more)
	}
	ours, other := probeKey.Public(), ed25519.PublicKey(bytes.Repeat([]byte{7}, ed25519.PublicKeySize))
	for name, c := range map[string]struct {
		answer        Entry
		result, first string
	}{
		"it has our key":           {replies(200, document(key("ed25519:us", ours, ""), "")), ownKeysCurrent, "signature-refused"},
		"another under the ID":     {replies(200, document(key("ed25519:us", other, ""), "")), ownKeysOther, "own-key-differs"},
		"another ID":               {replies(200, document(key("ed25519:them", ours, ""), "")), ownKeysOther, "own-key-differs"},
		"given up":                 {replies(200, document("", key("ed25519:us", ours, `,"expired_ts":1`))), ownKeysOld, "own-key-differs"},
		"no document":              {replies(200, noKeys), ownKeysNone, "key-unreachable"},
		"somebody else's document": {replies(200, strings.ReplaceAll(document("", ""), "joining.example", "b.example")), ownKeysNone, "key-unreachable"},
		"no list":                  {replies(200, `{}`), probeUndecided, "key-unreachable"}, // nobody came for our key
		"a list of nothing":        {replies(200, `{"server_keys":3}`), probeUndecided, "key-unreachable"},
		"a page":                   {replies(200, `<html>`), probeUndecided, "key-unreachable"},
		"null":                     {replies(200, `{"server_keys":null}`), ownKeysNone, "key-unreachable"},
		"not known":                {replies(404, refusalBody("M_UNRECOGNIZED")), probeUndecided, "key-unreachable"},
		"no answer":                {gone(client.FailedTimeout, "the deadline passed"), probeUndecided, "key-unreachable"},
		"a list of rubbish":        {replies(200, `{"server_keys":[1,"x",{"server_name":"joining.example","verify_keys":{"ed25519:us":[]}}]}`), ownKeysOther, "own-key-differs"},
	} {
		t.Run(name, func(t *testing.T) {
			s := probing(keyOrSignature, nil, "192.0.2.1:8448")
			s.probes(func(step Step) Entry {
				if step.Request.Endpoint == client.NotaryQuery {
					return c.answer
				}
				return replies(401, keyOrSignature)
			})
			if got := s.result(probeOwnKeys); got != c.result {
				t.Errorf("own keys: %s, want %s", got, c.result)
			}
			if got := firstFinding(s.trace); got != c.first {
				t.Errorf("the first finding is %s, want %s", got, c.first)
			}
		})
	}
}

// A server that does not know today's form of the question is asked in the older one.
func TestProbeOwnKeysInOlderForm(t *testing.T) {
	s := probing(keyOrSignature, nil, "192.0.2.1:8448")
	s.probes(func(step Step) Entry {
		switch step.Request.Target {
		case "/_matrix/key/v2/query/joining.example":
			return replies(404, refusalBody("M_UNRECOGNIZED"))
		case "/_matrix/key/v2/query/joining.example/ed25519%3Aus":
			return replies(200, noKeys)
		}
		return replies(401, keyOrSignature)
	})
	if got := s.result(probeOwnKeys); got != ownKeysNone {
		t.Errorf("own keys: %s", got)
	}
}

// That somebody came for our key says less than that this server has none.
func TestProbeOwnKeysOutweighsFetches(t *testing.T) {
	s := probing(keyOrSignature, nil, "192.0.2.1:8448")
	s.add(Entry{Kind: Request, Step: R, From: Resident, To: Joining, Server: "b.example", Request: &client.Request{Endpoint: client.ServerKeys}})
	if got := firstFinding(s.trace); got != "signature-refused" {
		t.Errorf("before the probe %s", got)
	}
	s.probes(func(step Step) Entry {
		if step.Request.Endpoint == client.UserDevices {
			return replies(401, keyOrSignature)
		}
		return replies(200, noKeys)
	})
	if got := firstFinding(s.trace); got != "key-unreachable" {
		t.Errorf("after it %s", got)
	}
}

// That a server takes what we signed outweighs what it says as a notary: Dendrite passes on no key but those it fetched for
// somebody.
func TestTakenRequestsOutweighNotary(t *testing.T) {
	for name, body := range map[string]string{"no document": noKeys, "another key": `{"server_keys":[{"server_name":"joining.example","verify_keys":{}}]}`} {
		s := probing(keyOrSignature, nil, "192.0.2.1:8448")
		s.probes(func(step Step) Entry {
			if step.Request.Endpoint == client.UserDevices {
				return replies(200, devices)
			}
			return replies(200, body)
		})
		if got := s.result(probeOwnKeys); got != ownKeysTaken {
			t.Errorf("%s: own keys: %s", name, got)
		}
		for _, f := range Findings(s.trace) {
			if f.ID == "own-key-differs" || f.ID == "key-unreachable" {
				t.Errorf("%s: %s", name, f.ID)
			}
		}
	}
}

// What was verified rests on the keys known then: what an address says later is no part of it, nor of why keys were missing.
func TestProbesTeachNoKeys(t *testing.T) {
	s := probing(refusalBody("M_NOT_FOUND"), nil, "192.0.2.1:8448", "192.0.2.2:8448")
	heard := s.trace.Entries[len(s.trace.Entries)-1]
	s.trace = s.trace.Prefix(len(s.trace.Entries) - 1)
	asked := s.add(Entry{Kind: Request, Step: R, From: Joining, To: Resident, Server: "a.example", Request: &client.Request{Endpoint: client.ServerKeys}})
	s.add(Entry{Kind: Response, Step: R, From: Resident, To: Joining, Server: "a.example", Answers: asked,
		Response: &client.Response{Status: 418}, Connection: &client.Connection{Address: "192.0.2.1:8448"}})
	s.add(heard)
	known := *Fold(s.trace).Keys.Of("a.example")
	s.probes(func(Step) Entry { return replies(503, `{}`) })
	if d := cmp.Diff(known, *Fold(s.trace).Keys.Of("a.example"), cmp.AllowUnexported(known)); d != "" {
		t.Error(d)
	}
	if got := KeyFailures(s.trace); len(got) != 1 || got[0] != asked+1 {
		t.Errorf("why keys are missing: %v", got)
	}
}

// Every address is asked for the key document, and each says who answers there.
func TestProbeAddresses(t *testing.T) {
	at := map[string]Entry{}
	document := func(server string, key byte) Entry {
		k := event.SigningKey{ID: "ed25519:1", Private: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{key}, ed25519.SeedSize))}
		doc, err := client.KeyDocument(client.Identity{ServerName: server, Key: k}, someTrace().Header.Created, 0)
		if err != nil {
			t.Fatal(err)
		}
		return replies(200, string(doc))
	}
	var addresses []string
	add := func(address string, e Entry) { at[address] = e; addresses = append(addresses, address) }
	add("192.0.2.1:8448", document("a.example", 1))
	add("192.0.2.2:8448", document("b.example", 1))
	add("192.0.2.3:8448", gone(client.FailedConnect, "connection refused while connecting"))
	add("192.0.2.4:8448", replies(200, `{"server_name":"a.example"}`))
	add("192.0.2.5:8448", gone(client.FailedForbidden, "not a public address"))
	add("192.0.2.6:8448", gone(client.FailedClosed, "closed"))
	add("192.0.2.7:8448", document("a.example", 2))
	add("[2001:db8::1]:8448", gone(client.FailedConnect, "network is unreachable while connecting"))
	add("192.0.2.9:8448", document("a.example", 1)) // one too many
	s := probing(refusalBody("M_NOT_FOUND"), nil, addresses...)
	s.trace.Entries[len(s.trace.Entries)-2].Response.Header = []client.Field{{Name: "Date", Value: s.trace.Header.Created.Add(-3 * time.Hour).Format(time.RFC1123)}}
	s.probes(func(step Step) Entry {
		if step.Request.Endpoint == client.ServerKeys {
			return at[step.Destination.Address]
		}
		return replies(404, refusalBody("M_UNRECOGNIZED"))
	})
	var got []string
	var dead []int
	for _, r := range Probes(s.trace) {
		if r.Name == probeAddress && r.Result == addressUnreachable && !strings.HasPrefix(r.Address, "[") {
			dead = r.Evidence
		}
		got = append(got, strings.TrimSpace(r.Name+" "+r.Address)+" "+r.Result)
		if r.Verdict == "" || len(r.Evidence) == 0 {
			t.Errorf("incomplete: %+v", r)
		}
	}
	want := []string{"path undecided", "own_keys undecided",
		"address 192.0.2.1:8448 own", "address 192.0.2.2:8448 other-server", "address 192.0.2.3:8448 unreachable", "address 192.0.2.4:8448 no-document",
		"address 192.0.2.5:8448 not-allowed", "address 192.0.2.6:8448 no-answer", "address 192.0.2.7:8448 own", "address [2001:db8::1]:8448 unreachable",
		"key_document differs", "clock behind"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	evidence := map[string][]int{}
	for _, f := range Findings(s.trace) {
		evidence[f.ID] = f.Evidence
	}
	if d := cmp.Diff(dead, evidence["dead-address"]); d != "" {
		t.Errorf("dead addresses: %s", d)
	}
	if len(evidence["wrong-server"]) != 1 {
		t.Errorf("another server answers at one address: %v", evidence["wrong-server"])
	}
}

// An address that was passed over on the way to one that took the connection is not tried again.
func TestProbeTakesWhatIsKnown(t *testing.T) {
	s := probing(refusalBody("M_NOT_FOUND"), nil, "192.0.2.1:8448", "192.0.2.2:8448")
	s.trace.Entries[len(s.trace.Entries)-2].Connection = &client.Connection{Address: "192.0.2.2:8448",
		Unreached: []client.Unreached{{Address: "192.0.2.1:8448", Failure: client.Failure{Kind: client.FailedConnect, Message: "refused"}}}}
	for _, step := range s.probes(func(Step) Entry { return replies(404, `{}`) }) {
		if step.Destination != nil && step.Destination.Address != "192.0.2.2:8448" {
			t.Errorf("asks at %s", step.Destination.Address)
		}
	}
	for _, r := range Probes(s.trace) {
		if r.Address == "192.0.2.1:8448" && (r.Result != addressUnreachable || r.Verdict != "refused") {
			t.Errorf("%+v", r)
		}
	}
}

// However many servers and addresses there are, and whatever they answer: probes come when the handshake is over, are few,
// only read, and change neither the outcome nor what was found before; a recording of them says the same.
func TestProbesAreHarmless(t *testing.T) {
	var via, addresses []string
	for i := range 12 {
		via, addresses = append(via, fmt.Sprintf("s%d.example", i)), append(addresses, fmt.Sprintf("192.0.2.%d:8448", i))
	}
	for name, answer := range map[string]Entry{
		"nothing":  gone(client.FailedTimeout, "the deadline of 10s passed while connecting"),
		"yes":      replies(200, `{}`),
		"no":       replies(401, wrongSignature),
		"a string": replies(200, `"`),
	} {
		s := probing(refusalBody("M_NOT_FOUND"), func(h *Header) { h.Via = via; h.Notary = "notary.example"; h.Leave = true }, addresses...)
		before := Fold(s.trace)
		entries := len(s.trace.Entries)
		servers, perServer, most := map[string]bool{}, map[string]int{}, 0
		for _, step := range s.probes(func(step Step) Entry {
			if step.Work == Resolve {
				return Entry{Discovery: &client.Discovery{Server: step.Server, Destinations: []client.Destination{{Server: step.Server, Address: "192.0.2.99:8448"}}}}
			}
			return answer
		}) {
			if step.ID != R || step.Says() == "" {
				t.Errorf("%s: a step %+v", name, step)
			}
			if step.Work == Resolve {
				continue
			}
			if step.Request.Method != "GET" || step.Request.Body != nil {
				t.Errorf("%s: %s %s", name, step.Request.Method, step.Request.Target)
			}
			servers[step.Server] = true
			perServer[step.Server]++
			most = max(most, perServer[step.Server])
		}
		if len(servers) != maxProbedServers+1 || most != 3+maxProbedAddresses || perServer["notary.example"] != 1 {
			t.Errorf("%s: %d servers, at most %d requests to one, %d to the notary", name, len(servers), most, perServer["notary.example"])
		}
		after := Fold(s.trace)
		if before.Outcome() != after.Outcome() || before.Stopped.Seq != after.Stopped.Seq || len(before.Candidates) != len(after.Candidates) {
			t.Errorf("%s: %s became %s", name, before.Outcome(), after.Outcome())
		}
		if a, b := firstFinding(s.trace.Prefix(entries)), firstFinding(s.trace); a != b {
			t.Errorf("%s: the first finding was %s and became %s", name, a, b)
		}
		var b bytes.Buffer
		if err := WriteRecording(&b, s.trace); err != nil {
			t.Fatal(err)
		}
		again, err := ReadRecording(&b)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(NewReport(s.trace, ReportOptions{}).Probes, NewReport(again, ReportOptions{}).Probes); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// When probes do not come, or end.
func TestProbesEnd(t *testing.T) {
	usual := func(Step) Entry { return replies(200, `{}`) }
	for name, c := range map[string]struct {
		change func(*Header)
		answer func(Step) Entry
		want   int
	}{
		"not asked for":                   {func(h *Header) { h.Probe = false }, usual, 0},
		"one server":                      {nil, usual, 4},
		"an IPv6 address":                 {func(h *Header) { h.Via = []string{"[2001:db8::1]"} }, usual, 2}, // there is nothing to escape it from
		"somebody has had enough":         {nil, func(Step) Entry { return gone(client.FailedCancelled, "given up") }, 1},
		"a notary that is probed as well": {func(h *Header) { h.Notary = "a.example" }, usual, 4},
		"a notary without an address": {func(h *Header) { h.Notary = "n.example" }, func(step Step) Entry {
			return Entry{Response: &client.Response{Status: 200}, Discovery: &client.Discovery{Server: step.Server, Failure: &client.Failure{Kind: client.FailedResolve, Message: "NXDOMAIN"}}}
		}, 5},
	} {
		s := probing(refusalBody("M_NOT_FOUND"), c.change, "192.0.2.1:8448")
		if got := s.probes(c.answer); len(got) != c.want {
			t.Errorf("%s: %d steps, want %d: %+v", name, len(got), c.want, got)
		}
		if found := SearchesOf(s.trace); found != 1 { // a notary's name is no part of the handshake
			t.Errorf("%s: %d names looked for", name, found)
		}
	}
	s := probing(refusalBody("M_NOT_FOUND"), nil, "192.0.2.1:8448")
	for n := range len(s.trace.Entries) { // at no moment before the client has its answer
		if step, ok := NextProbe(Fold(s.trace.Prefix(n))); ok {
			t.Errorf("after %d entries: %+v", n, step)
		}
	}
}
