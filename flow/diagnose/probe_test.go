package diagnose_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/event"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
)

var probeKey = event.SigningKey{ID: "ed25519:us",
	Private: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))}

// probing returns a script whose handshake has ended: a.example, found at those addresses, refused make_join.
func probing(refusal string, change func(*flow.Header), addresses ...string) *flowtest.Script {
	s := flowtest.NewScript(func(h *flow.Header) {
		h.Target, h.Via, h.Source, h.Probe, h.AskAll = "!r:a.example", []string{"a.example"}, "join", true, true
		h.KeyID, h.VerifyKey = probeKey.ID, event.EncodeBase64(probeKey.Public())
		if change != nil {
			change(h)
		}
	}).Joins()
	for _, server := range s.Trace.Header.Via {
		d := &client.Discovery{Server: server}
		for _, a := range addresses {
			d.Destinations = append(d.Destinations, client.Destination{Server: server, Address: a})
		}
		s.Add(flow.Entry{Kind: flow.Local, Step: flow.R, From: flow.Joining, To: flow.Resident, Server: server, Discovery: d})
		s.Does(401, refusal)
	}
	s.Add(flow.Entry{Kind: flow.Response, Step: flow.A8, From: flow.Joining, To: flow.Client, Answers: 1,
		Response: &client.Response{Status: 502, Body: []byte(`{}`)}})
	return s
}

// probes carries out every step that is left, as answer has it, and returns them.
func probes(s *flowtest.Script, answer func(flow.Step) flow.Entry) []flow.Step {
	var steps []flow.Step
	for range 1000 {
		step, ok := flow.Fold(s.Trace).Next()
		if !ok {
			return steps
		}
		steps = append(steps, step)
		if step.Work == flow.Resolve {
			s.Add(flow.Entry{Kind: flow.Local, Step: flow.R, From: flow.Joining, To: step.To, Server: step.Server,
				Discovery: answer(step).Discovery})
			continue
		}
		asked := s.Add(flow.Entry{Kind: flow.Request, Step: step.ID, From: flow.Joining, To: step.To, Server: step.Server,
			Request: &step.Request})
		e := answer(step)
		e.Step, e.From, e.To, e.Server, e.Answers, e.Kind = flow.ResponseStep[step.ID], step.To, flow.Joining, step.Server, asked, flow.Response
		if e.Failure != nil {
			e.Kind = flow.Failure
		}
		e.Connection = &client.Connection{Address: "192.0.2.1:8448"}
		if step.Destination != nil {
			e.Connection.Address = step.Destination.Address
		}
		s.Add(e)
	}
	panic("the probes do not end")
}

func replies(status int, body string) flow.Entry {
	return flow.Entry{Response: &client.Response{Status: status, Body: []byte(body)}}
}

func gone(kind client.FailureKind, words string) flow.Entry {
	return flow.Entry{Failure: &client.Failure{Kind: kind, Message: words}}
}

// result returns what the probe of that kind found out about a.example.
func result(s *flowtest.Script, kind diagnose.ProbeKind) diagnose.ProbeAnswer {
	for _, r := range diagnose.Probes(s.Trace, flow.Fold(s.Trace)) {
		if r.Name == kind && r.Server == "a.example" {
			return r.Result
		}
	}
	return ""
}

func firstFinding(t flow.Trace) string {
	for _, f := range diagnose.Findings(t, flow.Fold(t)) {
		return f.ID
	}
	return ""
}

// The two spellings of one signed request tell a rewritten path from everything else that makes a signature wrong.
func TestProbePath(t *testing.T) {
	good, wrong := replies(200, flowtest.Devices), replies(401, flowtest.WrongSignature)
	for name, c := range map[string]struct {
		refusal        string
		plain, escaped flow.Entry
		result         diagnose.ProbeAnswer
		first          string
	}{
		"decoded": {flowtest.WrongSignature, good, wrong, diagnose.PathRewritten, "proxy-decodes-path"},
		"decoded, in Dendrite": {flowtest.KeyOrSignature, good, replies(401, flowtest.KeyOrSignature),
			diagnose.PathRewritten, "proxy-decodes-path"},
		"decoded, in other words": {`{"errcode":"M_UNAUTHORIZED","error":"no"}`, good,
			replies(401, `{"errcode":"M_UNAUTHORIZED"}`), diagnose.PathRewritten, "proxy-decodes-path"},
		"decoded, in tuwunel": {flowtest.WrongSignature, replies(404, flowtest.RefusalBody("M_NOT_FOUND")),
			replies(403, `{"error":"Failed to verify X-Matrix signatures."}`), diagnose.PathRewritten, "proxy-decodes-path"},
		"both are refused": {flowtest.WrongSignature, wrong, wrong, diagnose.PathRefused, "signature-refused"},
		"both are taken":   {flowtest.WrongSignature, good, good, diagnose.PathUnchanged, "signature-refused"},
		"encoded":          {flowtest.WrongSignature, wrong, good, diagnose.PathEscaped, "signature-refused"},
		"no key": {flowtest.KeyMissing, replies(401, flowtest.KeyMissing),
			replies(401, flowtest.KeyMissing), diagnose.ProbeUndecided, "key-unreachable"},
		"the key came later": {flowtest.KeyMissing, replies(401, flowtest.KeyMissing), good, diagnose.ProbeUndecided,
			"key-unreachable"},
		"the endpoint is not known": {flowtest.WrongSignature, replies(404, flowtest.RefusalBody("M_UNRECOGNIZED")),
			replies(404, flowtest.RefusalBody("M_UNRECOGNIZED")), diagnose.ProbeUndecided, "signature-refused"},
		"only the plain is known": {flowtest.WrongSignature, good, replies(404, flowtest.RefusalBody("M_UNRECOGNIZED")),
			diagnose.ProbeUndecided, "signature-refused"},
		"a proxy's own 401": {flowtest.WrongSignature, good, replies(401, "<html>"), diagnose.ProbeUndecided,
			"signature-refused"},
		"a proxy's own 200": {flowtest.WrongSignature, replies(200, "<html>"), wrong, diagnose.ProbeUndecided,
			"signature-refused"},
		"broken": {flowtest.WrongSignature, good, replies(500, `{}`), diagnose.ProbeUndecided,
			"signature-refused"},
		"no answer": {flowtest.WrongSignature, gone(client.FailedClosed, "closed"), wrong,
			diagnose.ProbeUndecided, "signature-refused"},
		"forbidden for other causes": {flowtest.WrongSignature, good, replies(403, flowtest.RefusalBody("M_FORBIDDEN")),
			diagnose.ProbeUndecided, "signature-refused"},
		"the answer broke off": {flowtest.WrongSignature, flow.Entry{Response: good.Response,
			Failure: &client.Failure{Kind: client.FailedClosed, Message: "x"}}, wrong,
			diagnose.ProbeUndecided, "signature-refused"},
	} {
		t.Run(name, func(t *testing.T) {
			s := probing(c.refusal, nil, "192.0.2.1:8448")
			probes(s, func(step flow.Step) flow.Entry {
				switch {
				case step.Request.Endpoint == client.UserDevices && strings.Contains(step.Request.Target, "%"):
					return c.escaped
				case step.Request.Endpoint == client.UserDevices:
					return c.plain
				}
				return replies(404, flowtest.RefusalBody("M_UNRECOGNIZED"))
			})
			if got := result(s, diagnose.ProbePath); got != c.result {
				t.Errorf("path: %s, want %s", got, c.result)
			}
			found := diagnose.Findings(s.Trace, flow.Fold(s.Trace))
			for _, f := range found {
				if f.ID == "proxy-decodes-path" && c.first != f.ID || f.ID == "signature-refused" &&
					c.first == "proxy-decodes-path" {
					t.Errorf("%s is found as well", f.ID)
				}
			}
			if got := firstFinding(s.Trace); got != c.first {
				t.Errorf("the first finding is %s, want %s", got, c.first)
			}
		})
	}
}

// That a directory server answered proves no longer that it took our signature, once the two spellings were compared.
func TestProbeOverridesDirectory(t *testing.T) {
	for want, escaped := range map[string]flow.Entry{"proxy-decodes-path": replies(401, flowtest.WrongSignature),
		"signature-refused": replies(200, flowtest.Devices)} {
		s := flowtest.NewScript(func(h *flow.Header) { h.Target, h.Source, h.Probe, h.AskAll = "#room:a.example", "join", true, true }).Joins()
		s.Does(200, `{"room_id":"!r:a.example","servers":["a.example"]}`).Does(401, flowtest.WrongSignature)
		if got := firstFinding(s.Trace); got != "proxy-decodes-path" {
			t.Errorf("before the probe %s", got)
		}
		s.Add(flow.Entry{Kind: flow.Response, Step: flow.A8, From: flow.Joining, To: flow.Client, Answers: 1,
			Response: &client.Response{Status: 502, Body: []byte(`{}`)}})
		probes(s, func(step flow.Step) flow.Entry {
			if strings.Contains(step.Request.Target, "%") {
				return escaped
			}
			return replies(200, flowtest.Devices)
		})
		if got := firstFinding(s.Trace); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// What a server says that it has of our keys tells a key that it lacks from a signature that it finds wrong.
func TestProbeOwnKeys(t *testing.T) {
	document := func(current, old string) string {
		return `{"server_keys":[{"server_name":"joining.example","verify_keys":{` + current + `},"old_verify_keys":{` + old +
			`}}]}`
	}
	key := func(id string, public ed25519.PublicKey, more string) string {
		return fmt.Sprintf(`%q:{"key":%q%s}`, id, event.EncodeBase64(public), more)
	}
	ours, other := probeKey.Public(), ed25519.PublicKey(bytes.Repeat([]byte{7}, ed25519.PublicKeySize))
	for name, c := range map[string]struct {
		answer flow.Entry
		result diagnose.ProbeAnswer
		first  string
	}{
		"it has our key": {replies(200, document(key("ed25519:us", ours, ""), "")), diagnose.OwnKeysCurrent,
			"signature-refused"},
		"another under the ID": {replies(200, document(key("ed25519:us", other, ""), "")), diagnose.OwnKeysOther,
			"own-key-differs"},
		"another ID": {replies(200, document(key("ed25519:them", ours, ""), "")), diagnose.OwnKeysOther,
			"own-key-differs"},
		"given up": {replies(200, document("", key("ed25519:us", ours, `,"expired_ts":1`))),
			diagnose.OwnKeysOld, "own-key-differs"},
		"no document": {replies(200, flowtest.NoKeys), diagnose.OwnKeysNone, "key-unreachable"},
		"somebody else's document": {replies(200, strings.ReplaceAll(document("", ""), "joining.example", "b.example")),
			diagnose.OwnKeysNone, "key-unreachable"},
		// nobody came for our key
		"no list":           {replies(200, `{}`), diagnose.ProbeUndecided, "key-unreachable"},
		"a list of nothing": {replies(200, `{"server_keys":3}`), diagnose.ProbeUndecided, "key-unreachable"},
		"a page":            {replies(200, `<html>`), diagnose.ProbeUndecided, "key-unreachable"},
		"null":              {replies(200, `{"server_keys":null}`), diagnose.OwnKeysNone, "key-unreachable"},
		"not known": {replies(404, flowtest.RefusalBody("M_UNRECOGNIZED")), diagnose.ProbeUndecided,
			"key-unreachable"},
		"no answer": {gone(client.FailedTimeout, "the deadline passed"), diagnose.ProbeUndecided,
			"key-unreachable"},
		"a list of rubbish": {replies(200, `{"server_keys":[1,"x",{"server_name":"joining.example","verify_keys":{"ed25519:us":[]}}]}`), diagnose.OwnKeysOther, "own-key-differs"},
	} {
		t.Run(name, func(t *testing.T) {
			s := probing(flowtest.KeyOrSignature, nil, "192.0.2.1:8448")
			probes(s, func(step flow.Step) flow.Entry {
				if step.Request.Endpoint == client.NotaryQuery {
					return c.answer
				}
				return replies(401, flowtest.KeyOrSignature)
			})
			if got := result(s, diagnose.ProbeOwnKeys); got != c.result {
				t.Errorf("own keys: %s, want %s", got, c.result)
			}
			if got := firstFinding(s.Trace); got != c.first {
				t.Errorf("the first finding is %s, want %s", got, c.first)
			}
		})
	}
}

// A server that does not know today's form of the question is asked in the older one.
func TestProbeOwnKeysInOlderForm(t *testing.T) {
	s := probing(flowtest.KeyOrSignature, nil, "192.0.2.1:8448")
	probes(s, func(step flow.Step) flow.Entry {
		switch step.Request.Target {
		case "/_matrix/key/v2/query/joining.example":
			return replies(404, flowtest.RefusalBody("M_UNRECOGNIZED"))
		case "/_matrix/key/v2/query/joining.example/ed25519%3Aus":
			return replies(200, flowtest.NoKeys)
		}
		return replies(401, flowtest.KeyOrSignature)
	})
	if got := result(s, diagnose.ProbeOwnKeys); got != diagnose.OwnKeysNone {
		t.Errorf("own keys: %s", got)
	}
}

// That somebody came for our key says less than that this server has none.
func TestProbeOwnKeysOutweighsFetches(t *testing.T) {
	s := probing(flowtest.KeyOrSignature, nil, "192.0.2.1:8448")
	s.Add(flow.Entry{Kind: flow.Request, Step: flow.R, From: flow.Resident, To: flow.Joining, Server: "b.example",
		Request: &client.Request{Endpoint: client.ServerKeys}})
	if got := firstFinding(s.Trace); got != "signature-refused" {
		t.Errorf("before the probe %s", got)
	}
	probes(s, func(step flow.Step) flow.Entry {
		if step.Request.Endpoint == client.UserDevices {
			return replies(401, flowtest.KeyOrSignature)
		}
		return replies(200, flowtest.NoKeys)
	})
	if got := firstFinding(s.Trace); got != "key-unreachable" {
		t.Errorf("after it %s", got)
	}
}

// That a server takes what we signed outweighs what it says as a notary: Dendrite passes on no key but those it
// fetched for somebody.
func TestTakenRequestsOutweighNotary(t *testing.T) {
	for name, body := range map[string]string{"no document": flowtest.NoKeys,
		"another key": `{"server_keys":[{"server_name":"joining.example","verify_keys":{}}]}`} {
		s := probing(flowtest.KeyOrSignature, nil, "192.0.2.1:8448")
		probes(s, func(step flow.Step) flow.Entry {
			if step.Request.Endpoint == client.UserDevices {
				return replies(200, flowtest.Devices)
			}
			return replies(200, body)
		})
		if got := result(s, diagnose.ProbeOwnKeys); got != diagnose.OwnKeysTaken {
			t.Errorf("%s: own keys: %s", name, got)
		}
		for _, f := range diagnose.Findings(s.Trace, flow.Fold(s.Trace)) {
			if f.ID == "own-key-differs" || f.ID == "key-unreachable" {
				t.Errorf("%s: %s", name, f.ID)
			}
		}
	}
}

// What was verified rests on the keys known then: what an address says later is no part of it, nor of why keys were
// missing.
func TestProbesTeachNoKeys(t *testing.T) {
	s := probing(flowtest.RefusalBody("M_NOT_FOUND"), nil, "192.0.2.1:8448", "192.0.2.2:8448")
	heard := s.Trace.Entries[len(s.Trace.Entries)-1]
	s.Trace = s.Trace.Prefix(len(s.Trace.Entries) - 1)
	asked := s.Add(flow.Entry{Kind: flow.Request, Step: flow.R, From: flow.Joining, To: flow.Resident,
		Server: "a.example", Request: &client.Request{Endpoint: client.ServerKeys}})
	s.Add(flow.Entry{Kind: flow.Response, Step: flow.R, From: flow.Resident, To: flow.Joining, Server: "a.example",
		Answers:  asked,
		Response: &client.Response{Status: 418}, Connection: &client.Connection{Address: "192.0.2.1:8448"}})
	s.Add(heard)
	known := *flow.Fold(s.Trace).Keys.Of("a.example")
	probes(s, func(flow.Step) flow.Entry { return replies(503, `{}`) })
	if d := cmp.Diff(known, *flow.Fold(s.Trace).Keys.Of("a.example"), cmp.AllowUnexported(known)); d != "" {
		t.Error(d)
	}
	if got := diagnose.KeyFailures(s.Trace); len(got) != 1 || got[0] != asked+1 {
		t.Errorf("why keys are missing: %v", got)
	}
}

// Every address is asked for the key document, and each says who answers there.
func TestProbeAddresses(t *testing.T) {
	at := map[string]flow.Entry{}
	document := func(server string, key byte) flow.Entry {
		k := event.SigningKey{ID: "ed25519:1", Private: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{key}, ed25519.SeedSize))}
		doc, err := client.KeyDocument(client.Identity{ServerName: server, Key: k}, flowtest.SomeTrace().Header.Created, 0)
		if err != nil {
			t.Fatal(err)
		}
		return replies(200, string(doc))
	}
	var addresses []string
	add := func(address string, e flow.Entry) { at[address] = e; addresses = append(addresses, address) }
	add("192.0.2.1:8448", document("a.example", 1))
	add("192.0.2.2:8448", document("b.example", 1))
	add("192.0.2.3:8448", gone(client.FailedConnect, "connection refused while connecting"))
	add("192.0.2.4:8448", replies(200, `{"server_name":"a.example"}`))
	add("192.0.2.5:8448", gone(client.FailedForbidden, "not a public address"))
	add("192.0.2.6:8448", gone(client.FailedClosed, "closed"))
	add("192.0.2.7:8448", document("a.example", 2))
	add("[2001:db8::1]:8448", gone(client.FailedConnect, "network is unreachable while connecting"))
	add("192.0.2.9:8448", document("a.example", 1)) // one too many
	s := probing(flowtest.RefusalBody("M_NOT_FOUND"), nil, addresses...)
	s.Trace.Entries[len(s.Trace.Entries)-2].Response.Header = []client.Field{{Name: "Date",
		Value: s.Trace.Header.Created.Add(-3 * time.Hour).Format(time.RFC1123)}}
	probes(s, func(step flow.Step) flow.Entry {
		if step.Request.Endpoint == client.ServerKeys {
			return at[step.Destination.Address]
		}
		return replies(404, flowtest.RefusalBody("M_UNRECOGNIZED"))
	})
	var got []string
	var dead []int
	for _, r := range diagnose.Probes(s.Trace, flow.Fold(s.Trace)) {
		if r.Name == diagnose.ProbeAddress && r.Result == diagnose.AddressUnreachable && !strings.HasPrefix(r.Address, "[") {
			dead = r.Evidence
		}
		got = append(got, strings.TrimSpace(string(r.Name)+" "+r.Address)+" "+string(r.Result))
		if r.Verdict == "" || len(r.Evidence) == 0 {
			t.Errorf("incomplete: %+v", r)
		}
	}
	want := []string{"path undecided", "own_keys undecided",
		"address 192.0.2.1:8448 own", "address 192.0.2.2:8448 other-server", "address 192.0.2.3:8448 unreachable",
		"address 192.0.2.4:8448 no-document",
		"address 192.0.2.5:8448 not-allowed", "address 192.0.2.6:8448 no-answer", "address 192.0.2.7:8448 own",
		"address [2001:db8::1]:8448 unreachable",
		"key_document differs", "clock behind"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	evidence := map[string][]int{}
	for _, f := range diagnose.Findings(s.Trace, flow.Fold(s.Trace)) {
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
	s := probing(flowtest.RefusalBody("M_NOT_FOUND"), nil, "192.0.2.1:8448", "192.0.2.2:8448")
	s.Trace.Entries[len(s.Trace.Entries)-2].Connection = &client.Connection{Address: "192.0.2.2:8448",
		Unreached: []client.Unreached{{Address: "192.0.2.1:8448", Failure: client.Failure{Kind: client.FailedConnect,
			Message: "refused"}}}}
	for _, step := range probes(s, func(flow.Step) flow.Entry { return replies(404, `{}`) }) {
		if step.Destination != nil && step.Destination.Address != "192.0.2.2:8448" {
			t.Errorf("asks at %s", step.Destination.Address)
		}
	}
	for _, r := range diagnose.Probes(s.Trace, flow.Fold(s.Trace)) {
		if r.Address == "192.0.2.1:8448" && (r.Result != diagnose.AddressUnreachable || r.Verdict != "refused") {
			t.Errorf("%+v", r)
		}
	}
}

// However many servers and addresses there are, and whatever they answer: probes come when the handshake is over, are
// few, only read, and change neither the outcome nor what was found before; a recording of them says the same.
func TestProbesAreHarmless(t *testing.T) {
	var via, addresses []string
	for i := range 12 {
		via, addresses = append(via, fmt.Sprintf("s%d.example", i)), append(addresses, fmt.Sprintf("192.0.2.%d:8448", i))
	}
	for name, answer := range map[string]flow.Entry{
		"nothing":  gone(client.FailedTimeout, "the deadline of 10s passed while connecting"),
		"yes":      replies(200, `{}`),
		"no":       replies(401, flowtest.WrongSignature),
		"a string": replies(200, `"`),
	} {
		s := probing(flowtest.RefusalBody("M_NOT_FOUND"),
			func(h *flow.Header) { h.Via = via; h.Notary = "notary.example"; h.Leave = true }, addresses...)
		before := flow.Fold(s.Trace)
		entries := len(s.Trace.Entries)
		servers, perServer, most := map[string]bool{}, map[string]int{}, 0
		for _, step := range probes(s, func(step flow.Step) flow.Entry {
			if step.Work == flow.Resolve {
				return flow.Entry{Discovery: &client.Discovery{Server: step.Server,
					Destinations: []client.Destination{{Server: step.Server, Address: "192.0.2.99:8448"}}}}
			}
			return answer
		}) {
			if step.ID != flow.R || step.Says() == "" {
				t.Errorf("%s: a step %+v", name, step)
			}
			if step.Work == flow.Resolve {
				continue
			}
			if step.Request.Method != "GET" || step.Request.Body != nil {
				t.Errorf("%s: %s %s", name, step.Request.Method, step.Request.Target)
			}
			servers[step.Server] = true
			perServer[step.Server]++
			most = max(most, perServer[step.Server])
		}
		if len(servers) != flow.MaxProbedServers+1 || most != 3+flow.MaxProbedAddresses || perServer["notary.example"] != 1 {
			t.Errorf("%s: %d servers, at most %d requests to one, %d to the notary", name, len(servers), most,
				perServer["notary.example"])
		}
		after := flow.Fold(s.Trace)
		if before.Outcome() != after.Outcome() || before.Stopped.Seq != after.Stopped.Seq ||
			len(before.Candidates) != len(after.Candidates) {
			t.Errorf("%s: %s became %s", name, before.Outcome(), after.Outcome())
		}
		if a, b := firstFinding(s.Trace.Prefix(entries)), firstFinding(s.Trace); a != b {
			t.Errorf("%s: the first finding was %s and became %s", name, a, b)
		}
		var b bytes.Buffer
		if err := recording.Write(&b, s.Trace); err != nil {
			t.Fatal(err)
		}
		again, err := recording.Read(&b)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(export.NewReport(s.Trace, flow.Fold(s.Trace), export.ReportOptions{}).Probes,
			export.NewReport(again, flow.Fold(again), export.ReportOptions{}).Probes); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// When probes do not come, or end.
func TestProbesEnd(t *testing.T) {
	usual := func(flow.Step) flow.Entry { return replies(200, `{}`) }
	for name, c := range map[string]struct {
		change func(*flow.Header)
		answer func(flow.Step) flow.Entry
		want   int
	}{
		"not asked for": {func(h *flow.Header) { h.Probe = false }, usual, 0},
		"one server":    {nil, usual, 4},
		// there is nothing to escape it from
		"an IPv6 address": {func(h *flow.Header) { h.Via = []string{"[2001:db8::1]"} }, usual, 2},
		"somebody has had enough": {nil, func(flow.Step) flow.Entry {
			return gone(client.FailedCancelled,
				"given up")
		}, 1},
		"a notary that is probed as well": {func(h *flow.Header) { h.Notary = "a.example" }, usual, 4},
		"a notary without an address": {func(h *flow.Header) { h.Notary = "n.example" }, func(step flow.Step) flow.Entry {
			return flow.Entry{Response: &client.Response{Status: 200}, Discovery: &client.Discovery{Server: step.Server,
				Failure: &client.Failure{Kind: client.FailedResolve, Message: "NXDOMAIN"}}}
		}, 5},
	} {
		s := probing(flowtest.RefusalBody("M_NOT_FOUND"), c.change, "192.0.2.1:8448")
		if got := probes(s, c.answer); len(got) != c.want {
			t.Errorf("%s: %d steps, want %d: %+v", name, len(got), c.want, got)
		}
		if found := diagnose.SearchesOf(s.Trace); found != 1 { // a notary's name is no part of the handshake
			t.Errorf("%s: %d names looked for", name, found)
		}
	}
	s := probing(flowtest.RefusalBody("M_NOT_FOUND"), nil, "192.0.2.1:8448")
	for n := range len(s.Trace.Entries) { // at no moment before the client has its answer
		if step, ok := flow.Fold(s.Trace.Prefix(n)).Next(); ok && flow.Fold(s.Trace.Prefix(n)).Probing() {
			t.Errorf("after %d entries: %+v", n, step)
		}
	}
}
