package diagnose

import (
	"net"
	"net/netip"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// rewritten returns the refusals of signatures by servers that have taken a signed request of ours whose path needed no
// escapes, and the answers by which they did. Where the two spellings of a path were compared, that decides.
func (v *view) rewritten() (taken, wrong []int) {
	refusals := v.at(func(e *flow.Entry) bool {
		return unauthenticated(slices.Concat(response.SaysSignatureWrong, response.SaysKeyOrSignature)...)(e) ||
			notTaken(e) && v.probed(ProbePath, e.Server).Result == PathRewritten // whatever the words
	}, flow.A5)
	for _, seq := range refusals {
		server := v.trace.Entry(seq).Server
		plain := v.at(func(e *flow.Entry) bool {
			return e.Server == server && e.Response != nil && response.Succeeds(e.Response)
		}, flow.A3)
		switch r := v.probed(ProbePath, server); r.Result {
		case PathRewritten:
			plain = append(plain, r.Evidence...)
		case PathUnchanged, PathRefused, PathEscaped:
			plain = nil
		}
		if len(plain) > 0 {
			taken, wrong = append(taken, plain...), append(wrong, seq)
		}
	}
	return taken, wrong
}

// listens reports whether the trace holds what reached our listener.
func (v *view) listens() bool { return v.Header.Source == "sandbox" || v.Header.Source == "join" }

// ownFetch returns what we found where our own name leads, in place of what others look for there; nil where we did
// not look.
func (v *view) ownFetch() *flow.Entry {
	return v.exchange(v.Header.Joining, func(asked *client.Request, e *flow.Entry) bool {
		return asked.Endpoint == client.ServerKeys && e.Connection != nil
	})
}

// servesOurKeys reports whether an answer is a key document of ours, whatever keys it lists.
func (v *view) servesOurKeys(e *flow.Entry) bool {
	return good(e) && verify.DocumentServer(e.Response.Body) == v.Header.Joining
}

// heardFrom reports whether something came to our listener from a server, or from somebody who may have been that one.
func (v *view) heardFrom(server string) bool {
	from := func(e *flow.Entry) bool { return e.Server == server || e.Server == "" }
	return slices.ContainsFunc(v.inbound, from) || len(v.callsFailed(from)) > 0
}

// callsFailed returns the connections to our listener that ended without a request and that ok accepts, by Seq.
func (v *view) callsFailed(ok func(*flow.Entry) bool) []int {
	out := seqs(v.calls, ok)
	if len(out) > 0 && len(v.ourCertificates()) > 0 {
		return nil // it was we who called ourselves, under another server's name
	}
	return out
}

// keyHolders returns the servers whose keys were asked for, in order of name.
func (v *view) keyHolders() []*verify.ServerKeys {
	var out []*verify.ServerKeys
	for _, name := range v.Keys.Servers() {
		out = append(out, v.Keys.Of(name))
	}
	return out
}

// refusedDocuments returns the entries of key documents that were refused for one of those faults, and where the join
// failed without those keys, the entries at which it did.
func (v *view) refusedDocuments(faults ...verify.KeysFault) []int {
	var out []int
	for _, keys := range v.keyHolders() {
		before := len(out)
		for _, r := range keys.Refused {
			if slices.Contains(faults, r.Fault) {
				out = append(out, r.Seq)
			}
		}
		if len(out) > before {
			out = append(out, v.keysMissedAt(keys.Server)...)
		}
	}
	return out
}

// keysMissedAt returns the answer to send_join, and the verification that ended the handshake, where that ended for
// want of the keys of server: they would have proven the create event, or an event that our join rests on.
func (v *view) keysMissedAt(server string) []int {
	if v.Verification == nil || v.Reply == nil || v.Stopped == nil || v.Stopped.Step != flow.L2 {
		return nil
	}
	for _, e := range v.foundation() {
		if slices.Contains(verify.RequiredSigners(e), server) {
			return []int{v.Reply.Seq, v.Stopped.Seq}
		}
	}
	return nil
}

// foundation returns the create events of the answer and the events of it that our join names.
func (v *view) foundation() []*event.Event {
	var named []string
	if v.Build != nil && v.Template != nil {
		if own, err := event.Parse(v.Template.RoomVersion, v.Build.Event); err == nil {
			named = own.AuthEvents()
		}
	}
	return slices.DeleteFunc(v.replied(), func(e *event.Event) bool {
		return e.Type() != "m.room.create" && !slices.Contains(named, e.ID())
	})
}

// keysAbsent reports whether the keys for one of those events are not known because their server is gone, or out of
// reach.
func (v *view) keysAbsent(events []*event.Event) bool {
	return slices.ContainsFunc(events, func(e *event.Event) bool {
		return slices.ContainsFunc(verify.RequiredSigners(e), func(server string) bool {
			keys := v.Keys.Of(server)
			return keys.Lacking() && !keys.Fault.Answered() && !v.isThere(server)
		})
	})
}

// spoke reports whether a server gave some answer in the handshake itself.
func (v *view) spoke(server string) bool {
	return slices.ContainsFunc(v.byServer[server], func(e *flow.Entry) bool {
		return e.Response != nil && slices.Contains(arrows, e.Step)
	})
}

// isThere reports whether a server could be reached: it spoke in the handshake, or something answered the request for
// its keys, or took it and said nothing.
func (v *view) isThere(server string) bool {
	return v.spoke(server) || slices.ContainsFunc(v.keysOf[server], func(e *flow.Entry) bool {
		return e.Response != nil || e.Connection != nil && e.Connection.TLS != nil && e.Connection.TLS.VerifyError == ""
	})
}

// keyAnswers returns what came of the requests for key documents that ok accepts, by Seq; those of probes are left out.
func (v *view) keyAnswers(ok func(*flow.Entry) bool) []int {
	var out []int
	for _, fetched := range v.keysOf {
		out = append(out, seqs(fetched, ok)...)
	}
	slices.Sort(out)
	return out
}

// keyFetchesFailed returns the requests for the key document of server that brought none, by the Seq of what came
// instead.
func (v *view) keyFetchesFailed(server string) []int {
	return seqs(v.keysOf[server], func(e *flow.Entry) bool { return !good(e) })
}

// keyFailures returns what became of the requests for key documents that were not answered with one, by Seq.
func (v *view) keyFailures() []int {
	out := v.keyAnswers(func(e *flow.Entry) bool { return !good(e) })
	return append(out, seqs(v.sought, func(e *flow.Entry) bool {
		return e.To == flow.Joining && len(e.Discovery.Destinations) == 0
	})...)
}

// createIDs returns the IDs of the create events in the answer, each once. Causes ask for them at every check.
func (v *view) createIDs() []string {
	if v.creates != nil {
		return *v.creates
	}
	var out []string
	seen := map[string]bool{}
	for _, e := range v.replied() {
		if id := e.ID(); e.Type() == verify.TypeCreate && !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	v.creates = &out
	return out
}

// isCreate reports whether an ID is that of a create event in the answer.
func (v *view) isCreate(id string) bool {
	if v.isCreateID == nil {
		v.isCreateID = map[string]bool{}
		for _, create := range v.createIDs() {
			v.isCreateID[create] = true
		}
	}
	return v.isCreateID[id]
}

// historical reports whether the localpart of a user ID has characters that no new user may have.
// Spec: appendices, Historical User IDs.
func historical(user string) bool {
	local, domain, ok := strings.Cut(strings.TrimPrefix(user, "@"), ":")
	if !ok || domain == "" {
		return false
	}
	return local == "" || strings.Trim(local, "abcdefghijklmnopqrstuvwxyz0123456789._=-/+") != ""
}

// tombstone returns the tombstone in the state of the room; nil when there is none that homeservers would use.
// Spec: client-server, Room upgrades.
func (v *view) tombstone() *event.Event {
	if v.Verification == nil {
		return nil
	}
	return v.Verification.InState("m.room.tombstone")
}

func (v *view) createInState() bool {
	if v.Reply == nil || v.Template == nil || v.Template.RoomVersion == nil {
		return false
	}
	return slices.ContainsFunc(v.Reply.Events(v.Template.RoomVersion).State, func(e verify.ReplyEvent) bool {
		return e.Event != nil && e.Event.Type() == verify.TypeCreate
	})
}

// keysFrom returns the answers to requests for key documents that ok accepts, by Seq, of servers whose keys are
// lacking.
func (v *view) keysFrom(ok func(*flow.Entry) bool) []int {
	return v.keyAnswers(func(e *flow.Entry) bool { return v.Keys.Of(e.Server).Lacking() && ok(e) })
}

// ourPlace is what is known of where our own name leads.
type ourPlace string

const (
	placeUnknown   ourPlace = ""
	placeHere      ourPlace = "here"      // to this listener
	placeElsewhere ourPlace = "elsewhere" // to another: what is asked there does not reach us
	placeNowhere   ourPlace = "nowhere"
)

// ourPlace says where our own name leads: in the sandbox to us; otherwise as our own resolver found it.
func (v *view) ourPlace() ourPlace {
	if v.Header.Source == "sandbox" {
		return placeHere
	}
	for _, e := range v.searchOf[v.Header.Joining] {
		switch d := e.Discovery; {
		case len(d.Destinations) == 0:
			return placeNowhere
		case flow.LeadsTo(d.Destinations, v.Header.Listen):
			return placeHere
		default:
			return placeElsewhere
		}
	}
	name, err := client.ParseServerName(v.Header.Joining)
	if err != nil || !name.IP.IsValid() || v.Header.Listen == "" {
		return placeUnknown
	}
	port := "8448"
	if name.HasPort {
		_, port, _ = net.SplitHostPort(name.Name)
	}
	if flow.LeadsTo([]client.Destination{{Address: net.JoinHostPort(name.Host, port)}}, v.Header.Listen) {
		return placeHere
	}
	return placeElsewhere
}

// ourAddresses returns the addresses that our own name leads to, as far as they are known.
func (v *view) ourAddresses() []netip.Addr {
	var out []netip.Addr
	for _, e := range v.searchOf[v.Header.Joining] {
		for _, to := range e.Discovery.Destinations {
			if a, err := netip.ParseAddrPort(to.Address); err == nil {
				out = append(out, a.Addr())
			}
		}
	}
	if name, err := client.ParseServerName(v.Header.Joining); err == nil && name.IP.IsValid() && out == nil {
		out = append(out, name.IP)
	}
	return out
}

// ourSearch returns the search for our own name, by Seq; none where there was none.
func (v *view) ourSearch() []int {
	for _, e := range v.searchOf[v.Header.Joining] {
		return []int{e.Seq}
	}
	return nil
}

// ourCertificates returns the exchanges in which another server showed a certificate for our own name.
func (v *view) ourCertificates() []int {
	us, err := client.ParseServerName(v.Header.Joining)
	if err != nil {
		return nil
	}
	return v.untrusted(func(e *flow.Entry, t *client.TLS) bool {
		return e.Server != v.Header.Joining && t.Misnamed() && slices.Contains(t.Certificates[0].Names, us.Host)
	})
}
