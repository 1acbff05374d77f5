package diagnose

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// A ProbeResult is what one probe found out about one server.
type ProbeResult struct {
	Name     ProbeKind   `json:"name"`
	Server   string      `json:"server"`
	Address  string      `json:"address,omitempty"` // IP and port, where it is about one
	Result   ProbeAnswer `json:"result"`
	Verdict  string      `json:"verdict"`  // Result in words
	Evidence []int       `json:"evidence"` // entries, by Seq
}

func (v *view) probeResults() []ProbeResult {
	if !v.Header.Probe {
		return nil
	}
	servers := v.ProbedServers()
	if notary := v.Header.Notary; notary != "" && !slices.Contains(servers, notary) {
		servers = append(servers, notary)
	}
	var out []ProbeResult
	for _, server := range servers {
		add := func(r ProbeResult, ok bool) {
			if ok {
				r.Server = server
				out = append(out, r)
			}
		}
		add(v.probedPath(server))
		add(v.probedOwnKeys(server))
		if v.Probing() {
			for _, r := range v.probedAddresses(server) {
				add(r, true)
			}
			add(v.probedDocument(server))
			add(v.probedClock(server))
		}
	}
	return out
}

// probed returns the result of the probe of that kind about server; the zero value where there is none.
func (v *view) probed(kind ProbeKind, server string) ProbeResult {
	for _, r := range v.probes {
		if r.Name == kind && r.Server == server {
			return r
		}
	}
	return ProbeResult{}
}

// exchange returns the last answer of server to a request of ours that ok accepts; nil when there is none.
func (v *view) exchange(server string, ok func(asked *client.Request, e *flow.Entry) bool) *flow.Entry {
	for _, e := range slices.Backward(v.answers) {
		if asked := v.request(e); e.Server == server && asked != nil && asked.Request != nil && asked.From == flow.Joining &&
			ok(asked.Request, e) {
			return e
		}
	}
	return nil
}

// asked accepts answers to that request.
func asked(r client.Request) func(*client.Request, *flow.Entry) bool {
	return func(asked *client.Request, _ *flow.Entry) bool {
		return asked.Endpoint == r.Endpoint && asked.Target == r.Target
	}
}

// probedPath compares what became of the two spellings of one signed request.
func (v *view) probedPath(server string) (ProbeResult, bool) {
	plain := v.exchange(server, asked(client.UserDevicesRequest(flow.ProbeLocalpart+server, false)))
	escaped := v.exchange(server, asked(client.UserDevicesRequest(flow.ProbeLocalpart+server, true)))
	if plain == nil || escaped == nil {
		return ProbeResult{}, false
	}
	r := ProbeResult{Name: ProbePath, Evidence: []int{plain.Seq, escaped.Seq}}
	switch {
	case taken(plain) && taken(escaped):
		r.Result, r.Verdict = PathUnchanged, "a signed request is taken with escapes in its path and without: the path "+
			"arrives as it was sent"
	case taken(plain) && notTaken(escaped):
		r.Result, r.Verdict = PathRewritten, "a signed request is taken without escapes in its path and refused with "+
			"them: the path is decoded on the way"
	case notTaken(plain) && taken(escaped):
		r.Result, r.Verdict = PathEscaped, "a signed request is taken with escapes in its path and refused without them: "+
			"the path is encoded on the way"
	case notTaken(plain) && notTaken(escaped):
		r.Result, r.Verdict = PathRefused, "a signed request is refused with escapes in its path and without: there is "+
			"another reason than the path"
	case unauthenticated(response.SaysKeyMissing...)(plain) && unauthenticated(response.SaysKeyMissing...)(escaped):
		r.Result, r.Verdict = ProbeUndecided, "signed requests are refused because our key is missing, so nothing shows "+
			"of the path"
	default:
		r.Result, r.Verdict = ProbeUndecided, fmt.Sprintf("without escapes in the path: %s; with them: %s", inShort(plain),
			inShort(escaped))
	}
	return r, true
}

// inShort says what became of a request in a few words.
func inShort(e *flow.Entry) string {
	if e.Failure != nil {
		return e.Failure.Message
	}
	f := response.RefusalOf(e.Response)
	return strings.Join(strings.Fields(fmt.Sprintf("%d %s %s", f.Status, f.Errcode, f.Message)), " ")
}

// probedOwnKeys reads what a server has, or could fetch, of our own keys.
func (v *view) probedOwnKeys(server string) (ProbeResult, bool) {
	var e *flow.Entry
	for _, r := range v.OwnKeysRequests(server) {
		if a := v.exchange(server, asked(r)); a != nil {
			e = a
		}
	}
	if e == nil {
		return ProbeResult{}, false
	}
	r := ProbeResult{Name: ProbeOwnKeys, Evidence: []int{e.Seq}, Result: ProbeUndecided,
		Verdict: "it does not say what it has of our keys: "}
	if !good(e) {
		r.Verdict += inShort(e)
		return r, true
	}
	documents, ok := notaryDocuments(e.Response.Body)
	if !ok {
		r.Verdict += "the answer has no list server_keys"
		return r, true
	}
	documents = slices.DeleteFunc(documents, func(doc []byte) bool {
		return verify.DocumentServer(doc) != v.Header.Joining
	})
	r.Result = v.listed(documents)
	r.Verdict = map[ProbeAnswer]string{
		OwnKeysNone:    "it has no key document of ours, and could not fetch one",
		OwnKeysOther:   "it has a key document of ours that does not list the key " + v.Header.KeyID + " that signs",
		OwnKeysOld:     "it has our key " + v.Header.KeyID + ", as one that was given up",
		OwnKeysCurrent: "it has our key " + v.Header.KeyID,
	}[r.Result]
	if took := v.tookSigned(server); took != nil && r.Result != OwnKeysCurrent {
		r.Verdict = "it takes requests signed with " + v.Header.KeyID + ", so it has that key; asked as a notary, " +
			r.Verdict
		r.Result, r.Evidence = OwnKeysTaken, append(r.Evidence, took.Seq)
	}
	return r, true
}

// listed says what key documents of ours say of the key that signs.
func (v *view) listed(documents [][]byte) ProbeAnswer {
	if len(documents) == 0 {
		return OwnKeysNone
	}
	ours, _, _ := event.DecodeBase64(v.Header.VerifyKey)
	result := OwnKeysOther
	for _, doc := range documents {
		for _, m := range keysOf(doc) {
			key, _ := verify.PublishedKey(m)
			switch {
			case m.Key != v.Header.KeyID || !bytes.Equal(key.Public, ours) || result == OwnKeysCurrent:
			case key.ValidUntil != 0: // expired_ts
				result = OwnKeysOld
			default:
				result = OwnKeysCurrent
			}
		}
	}
	return result
}

// tookSigned returns an answer by which server took a signed request of ours; nil when there is none.
func (v *view) tookSigned(server string) *flow.Entry {
	return v.exchange(server, func(asked *client.Request, e *flow.Entry) bool {
		switch asked.Endpoint {
		case client.MakeJoin, client.SendJoinV1, client.SendJoinV2, client.MakeLeave, client.SendLeave, client.StateIDs:
			return good(e) && e.Speaker() == response.Homeserver
		case client.UserDevices:
			return taken(e)
		}
		return false
	})
}

// notaryDocuments returns the key documents in a notary's answer; false when it is none.
func notaryDocuments(body []byte) (documents [][]byte, ok bool) {
	list := event.Get(body, "server_keys")
	if string(list) == "null" { // an empty list, as some write it
		return nil, true
	}
	documents, err := event.Elements(list)
	return documents, err == nil
}

// keysAt returns the answer to the last request for server's key document at an address; nil when there is none.
func (v *view) keysAt(server, address string) *flow.Entry {
	return v.exchange(server, func(asked *client.Request, e *flow.Entry) bool {
		return asked.Endpoint == client.ServerKeys && e.Connection != nil && e.Connection.Address == address
	})
}

// probedAddresses says what is found at each address of a server.
func (v *view) probedAddresses(server string) []ProbeResult {
	var out []ProbeResult
	to := v.Destinations[server]
	for _, d := range to[:min(len(to), flow.MaxProbedAddresses)] {
		r := ProbeResult{Name: ProbeAddress, Address: d.Address}
		if e := v.keysAt(server, d.Address); e != nil {
			r.Result, r.Verdict = v.atAddress(server, e)
			r.Evidence = []int{e.Seq}
		} else if e, why := v.unreachedAt(server, d.Address); e != nil {
			r.Result, r.Verdict, r.Evidence = AddressUnreachable, why.Message, []int{e.Seq}
			if why.Kind == client.FailedForbidden {
				r.Result = addressNotAllowed
			}
		} else {
			continue
		}
		out = append(out, r)
	}
	return out
}

// atAddress reads the answer to a request for server's key document.
func (v *view) atAddress(server string, e *flow.Entry) (result ProbeAnswer, verdict string) {
	switch f := e.Failure; {
	case f != nil && f.Kind == client.FailedForbidden:
		return addressNotAllowed, f.Message
	case f != nil && (noConnection(f) || f.Kind == client.FailedTLS):
		return AddressUnreachable, f.Message
	case f != nil || e.Response == nil:
		return addressNoAnswer, inShort(e)
	case !response.Succeeds(e.Response):
		return addressNoDocument, "in place of a key document: " + inShort(e)
	}
	if name := verify.DocumentServer(e.Response.Body); name != "" && name != server {
		return addressOther, "another server answers there: " + name
	}
	if read := e.KeyDocument(v.Header); read.Problem != "" {
		return addressNoDocument, read.Problem
	}
	return addressOwn, "the server answers with its key document"
}

// deadAddresses returns the probes of addresses that do not answer as their server, by Seq: of servers that do at
// another one.
func (v *view) deadAddresses() []int {
	var out []int
	for _, r := range v.probes {
		e := v.keysAt(r.Server, r.Address)
		alive := slices.ContainsFunc(v.probes, func(o ProbeResult) bool {
			return o.Server == r.Server && o.Name == ProbeAddress && o.Result == addressOwn
		})
		if r.Name == ProbeAddress && r.Result == AddressUnreachable && alive && e != nil &&
			!(ipv6(r.Address) && e.Failure != nil && noNetwork(*e.Failure)) {
			out = append(out, e.Seq)
		}
	}
	return out
}

// unreachedAt returns the exchange with server that passed an address over, and why it did.
func (v *view) unreachedAt(server, address string) (*flow.Entry, client.Failure) {
	for _, e := range v.answers {
		if e.Server != server || e.Connection == nil {
			continue
		}
		for _, u := range e.Connection.Unreached {
			if u.Address == address {
				return e, u.Failure
			}
		}
	}
	return nil, client.Failure{}
}

// probedDocument compares the keys that a server's addresses give.
func (v *view) probedDocument(server string) (ProbeResult, bool) {
	r := ProbeResult{Name: probeDocument, Result: documentSame}
	first := ""
	for _, d := range v.Destinations[server] {
		e := v.keysAt(server, d.Address)
		if e == nil || e.Response == nil {
			continue
		}
		if result, _ := v.atAddress(server, e); result != addressOwn {
			continue
		}
		keys := keyList(e.Response.Body)
		if r.Evidence = append(r.Evidence, e.Seq); len(r.Evidence) == 1 {
			first = keys
		}
		if keys != first {
			r.Result = documentDiffers
		}
	}
	r.Verdict = fmt.Sprintf("%d addresses give the same keys", len(r.Evidence))
	if r.Result == documentDiffers {
		r.Verdict = "its addresses do not all give the same keys"
	}
	return r, len(r.Evidence) > 1
}

// keyList spells out the keys of a document, so that two can be compared.
func keyList(doc []byte) string {
	var out []string
	for _, m := range keysOf(doc) {
		key, _ := verify.PublishedKey(m)
		out = append(out, m.Key+" "+event.EncodeBase64(key.Public))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// probedClock compares a server's clock with ours, by the answer whose Date is the farthest off.
func (v *view) probedClock(server string) (ProbeResult, bool) {
	var worst *flow.Entry
	for _, e := range v.answers {
		if e.Server == server && e.Response != nil && dated(e) && (worst == nil || v.clockOff(e).Abs() > v.clockOff(worst).
			Abs()) {
			worst = e
		}
	}
	if worst == nil {
		return ProbeResult{}, false
	}
	off := v.clockOff(worst)
	r := ProbeResult{Name: probeClock, Result: clockRight, Verdict: "its clock agrees with ours",
		Evidence: []int{worst.Seq}}
	words := off.Abs().Round(time.Second).String()
	switch {
	case off > clockSlack:
		r.Result, r.Verdict = clockAhead, "its clock is ahead of ours by "+words
	case off < -clockSlack:
		r.Result, r.Verdict = clockBehind, "its clock is behind ours by "+words
	}
	return r, true
}

// dated reports whether an answer says when it was given.
func dated(e *flow.Entry) bool {
	_, err := time.Parse(time.RFC1123, response.Header(e.Response.Header, "Date"))
	return err == nil
}

// A ProbeKind is a question that probing asks about a server.
type ProbeKind string

// The kinds of probes.
const (
	ProbePath     ProbeKind = "path"         // does a path with escapes arrive as it was sent?
	ProbeOwnKeys  ProbeKind = "own_keys"     // what has the server of our keys?
	ProbeAddress  ProbeKind = "address"      // what is at each of its addresses?
	probeDocument ProbeKind = "key_document" // do all of them give the same keys?
	probeClock    ProbeKind = "clock"        // does its clock agree with ours?
)

// A ProbeAnswer is what a probe found: one of the constants for its kind.
type ProbeAnswer string

// The answers of probes.
const (
	ProbeUndecided ProbeAnswer = "undecided" // of path, own_keys: the answers allow no conclusion

	PathUnchanged ProbeAnswer = "unchanged" // both requests were taken
	PathRewritten ProbeAnswer = "rewritten" // only the one without escapes was
	PathEscaped   ProbeAnswer = "escaped"   // only the one with escapes was
	PathRefused   ProbeAnswer = "refused"   // neither was: there is another reason

	OwnKeysCurrent ProbeAnswer = "current" // it has the key that signs
	OwnKeysOther   ProbeAnswer = "other"   // it has keys of ours, but not that one
	OwnKeysOld     ProbeAnswer = "old"     // it has that one as given up
	OwnKeysNone    ProbeAnswer = "none"    // it has none, and could not fetch any
	OwnKeysTaken   ProbeAnswer = "taken"   // it does not show the key, and takes requests signed with it: so it has it

	addressOwn         ProbeAnswer = "own"          // the server's own key document
	addressOther       ProbeAnswer = "other-server" // that of another server
	addressNoDocument  ProbeAnswer = "no-document"  // an answer, but no key document that holds
	AddressUnreachable ProbeAnswer = "unreachable"  // no connection, or none that can be trusted
	addressNotAllowed  ProbeAnswer = "not-allowed"  // our own policy keeps us from it
	addressNoAnswer    ProbeAnswer = "no-answer"    // a connection, and no whole answer

	documentSame    ProbeAnswer = "same"    // at every address that gave one
	documentDiffers ProbeAnswer = "differs" // at some

	clockRight  ProbeAnswer = "right"
	clockAhead  ProbeAnswer = "ahead"
	clockBehind ProbeAnswer = "behind"
)

// keysOf returns the keys that a key document lists, present and old.
func keysOf(doc []byte) []event.Member {
	var out []event.Member
	members, _ := event.Members(doc)
	for _, m := range members {
		if m.Key == "verify_keys" || m.Key == "old_verify_keys" {
			keys, _ := event.Members(m.Value)
			out = append(out, keys...)
		}
	}
	return out
}
