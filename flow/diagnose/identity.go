package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
)

// identityCauses are about refusals of who we are: our key, our signature, the way to our key. Where the evidence
// decides between them, only the one that it decides for is there.
var identityCauses = []Cause{{
	ID:         "own-certificate-refused",
	Sight:      Detected,
	commands:   []command{showOurCertificate},
	incidental: true,
	evidence: func(v *view) []int {
		out := v.callsFailed(certificateAlert)
		if len(out) == 0 {
			return nil
		}
		return append(out, v.refusedFor(out)...)
	},
	detail: func(v *view) string { return v.callsInWords(certificateAlert) },
}, {
	ID:         "inbound-connection-failed",
	Sight:      Suspected,
	rank:       1,
	incidental: true,
	evidence: func(v *view) []int {
		out := v.callsFailed(otherwise(certificateAlert))
		if len(out) == 0 || len(v.keyFetches()) > 0 {
			return nil
		}
		return append(out, v.refusedFor(out)...)
	},
	detail: func(v *view) string { return v.callsInWords(otherwise(certificateAlert)) },
}, {
	ID:         "own-key-differs",
	Sight:      Detected,
	rank:       2,
	commands:   []command{askForOurKeys, askAboutUs},
	incidental: true,
	evidence: func(v *view) []int {
		var out []int
		for _, seq := range v.at(deniesIdentity, arrows...) {
			if proof := v.otherKeyOf(v.trace.Entry(seq).Server); proof != nil {
				out = append(append(out, seq), proof...)
			}
		}
		return out
	},
}, {
	ID:         "own-address-private",
	Sight:      Suspected,
	rank:       3,
	incidental: true,
	unheard:    true,
	evidence: func(v *view) []int {
		if e := v.ownFetch(); e != nil && !v.servesOurKeys(e) && !forbidden(e.Failure, e.Connection.Address) {
			return nil // nobody would have got it there
		}
		out := slices.DeleteFunc(v.withoutKey(), func(seq int) bool {
			e := v.trace.Entry(seq)
			return !v.deniesUs(e) || v.heardFrom(e.Server)
		})
		if len(out) == 0 {
			return nil
		}
		return append(out, v.ourSearch()...)
	},
}, {
	ID:         "key-unreachable",
	Sight:      Detected,
	rank:       4,
	commands:   []command{askForOurKeys, askAboutUs},
	incidental: true,
	unheard:    true,
	evidence: func(v *view) []int {
		out := v.withoutKey()
		for _, server := range v.servers(out) {
			if r := v.probed(ProbeOwnKeys, server); r.Result == OwnKeysNone {
				out = append(out, r.Evidence...)
			}
		}
		if len(out) > 0 {
			out = append(out, v.ourSearch()...)
			if e := v.ownFetch(); e != nil && !v.servesOurKeys(e) {
				out = append(out, e.Seq)
			}
		}
		return out
	},
	detail: func(v *view) string { return v.ourPlaceInWords() },
}, {
	ID:         "key-not-asked-for",
	Sight:      Suspected,
	rank:       5,
	commands:   []command{askAboutUs},
	incidental: true,
	unheard:    true,
	evidence: func(v *view) []int {
		const atOnce = 100 * time.Millisecond
		if !v.listens() || v.ourPlace() != placeHere || len(v.inbound)+len(v.callsFailed(anyCall)) > 0 {
			return nil
		}
		return slices.DeleteFunc(v.withoutKey(), func(seq int) bool {
			e := v.trace.Entry(seq)
			return e.Took >= atOnce || !unauthenticated(response.SaysKeyMissing...)(e)
		})
	},
}, {
	ID:         "signature-refused",
	Sight:      Detected,
	rank:       6,
	incidental: true,
	evidence: func(v *view) []int {
		_, proven := v.rewritten()
		out := append(v.at(unauthenticated(response.SaysSignatureWrong...), arrows...), v.keyOrSignature(false)...)
		out = slices.DeleteFunc(out, func(seq int) bool {
			return slices.Contains(proven, seq) || v.otherKeyOf(v.trace.Entry(seq).Server) != nil
		})
		if len(out) == 0 {
			return nil
		}
		for _, server := range v.servers(out) {
			if r := v.probed(ProbePath, server); r.Result == PathRefused {
				out = append(out, r.Evidence...)
			}
		}
		return append(out, v.keyFetches()...)
	},
}}

// withoutKey returns the refusals by servers that say they lack our key, that may lack it as far as the evidence
// goes: not where it shows that another key is published, or that our certificate was refused.
func (v *view) withoutKey() []int {
	distrust := v.refusedFor(v.callsFailed(certificateAlert))
	out := append(v.at(unauthenticated(response.SaysKeyMissing...), arrows...), v.keyOrSignature(true)...)
	return slices.DeleteFunc(out, func(seq int) bool {
		return slices.Contains(distrust, seq) || v.otherKeyOf(v.trace.Entry(seq).Server) != nil
	})
}

// keyOrSignature returns the refusals that leave open whether our key or the signature is at fault, as Dendrite words
// them: those that say the key is missing, or the others. What the server says that it has of our keys decides;
// otherwise, whether anybody came for them who would have had to. Where that is not known either, the signature is
// taken for wrong.
func (v *view) keyOrSignature(key bool) []int {
	found := v.ownFetch()
	gone := found != nil && !v.servesOurKeys(found) // where others look for our keys, nobody has any
	came := len(v.keyFetches()) > 0 || v.ourPlace() == placeElsewhere && !gone && v.callsFailed(certificateAlert) == nil
	unfetched := v.listens() && !came
	return v.at(func(e *flow.Entry) bool {
		if !unauthenticated(response.SaysKeyOrSignature...)(e) {
			return false
		}
		switch v.probed(ProbeOwnKeys, e.Server).Result {
		case OwnKeysNone:
			return key
		case OwnKeysCurrent, OwnKeysOther, OwnKeysOld, OwnKeysTaken:
			return !key
		}
		return key == unfetched
	}, arrows...)
}

// otherKeyOf returns the evidence that a server finds another key of ours than the one that signs: what it says that
// it has, or else what we find published ourselves.
func (v *view) otherKeyOf(server string) []int {
	switch r := v.probed(ProbeOwnKeys, server); r.Result {
	case OwnKeysOther, OwnKeysOld:
		return r.Evidence
	case OwnKeysCurrent, OwnKeysTaken:
		return nil
	}
	e := v.ownFetch()
	if e == nil || !v.servesOurKeys(e) || v.listed([][]byte{e.Response.Body}) == OwnKeysCurrent {
		return nil
	}
	return append(v.ourSearch(), e.Seq)
}

// keyFetches returns the requests of others for our key that reached our listener, by Seq.
func (v *view) keyFetches() []int {
	var out []int
	for _, e := range v.inbound {
		keys := e.Request != nil && slices.Contains([]client.Endpoint{client.ServerKeys, client.NotaryQuery},
			e.Request.Endpoint)
		if keys && e.Server != v.Header.Joining {
			out = append(out, e.Seq)
		}
	}
	return out
}

func anyCall(*flow.Entry) bool { return true }

// certificateAlert accepts calls that were ended over our certificate.
func certificateAlert(e *flow.Entry) bool {
	return slices.Contains([]client.Alert{client.AlertBadCertificate, client.AlertUnsupported, client.AlertRevoked,
		client.AlertExpired,
		client.AlertUnknownCertificate, client.AlertUnknownCA}, e.Failure.Alert)
}

func otherwise(ok func(*flow.Entry) bool) func(*flow.Entry) bool {
	return func(e *flow.Entry) bool { return !ok(e) }
}

// refusedFor returns the refusals of who we are that those calls explain: of the servers they are taken to come from,
// or of all servers where that is not known.
func (v *view) refusedFor(calls []int) []int {
	if len(calls) == 0 {
		return nil
	}
	callers := map[string]bool{}
	for _, seq := range calls {
		callers[v.trace.Entry(seq).Server] = true
	}
	return v.at(func(e *flow.Entry) bool {
		return (callers[e.Server] || callers[""]) && unauthenticated(slices.Concat(response.SaysKeyMissing,
			response.SaysKeyOrSignature)...)(e)
	}, arrows...)
}

// callsInWords tells of the calls that failed, one of each sort.
func (v *view) callsInWords(ok func(*flow.Entry) bool) string {
	var out []string
	for _, seq := range v.callsFailed(ok) {
		e := v.trace.Entry(seq)
		from := ""
		if e.Connection != nil {
			from, _, _ = strings.Cut(e.Connection.Address, "]:")
			if a, err := netip.ParseAddrPort(e.Connection.Address); err == nil {
				from = a.Addr().String()
			}
		}
		what := e.Failure.Message
		if e.Failure.Alert != "" {
			what = "TLS alert " + string(e.Failure.Alert)
		}
		if words := fmt.Sprintf("From %s: %s.", from, what); !slices.Contains(out, words) {
			out = append(out, words)
		}
	}
	return strings.Join(out, " ")
}

// ourPlaceInWords says where our own name leads, as far as it is known.
func (v *view) ourPlaceInWords() string {
	place := v.ourPlace()
	switch {
	case !v.listens() || v.Header.Source == "sandbox":
		return ""
	case place == placeNowhere:
		return fmt.Sprintf("Our own resolver finds no address for %s either.", v.Header.Joining)
	case place == placeElsewhere && v.ownFetch() != nil && !v.servesOurKeys(v.ownFetch()):
		return fmt.Sprintf("From here our name leads to %s, and not to our listener at %s. We asked there for our key "+
			"document ourselves: %s.",
			joinAddrs(v.ourAddresses()), v.Header.Listen, inShort(v.ownFetch()))
	case place == placeElsewhere:
		return fmt.Sprintf("From here our name leads to %s, and not to our listener at %s: who asks there for our key "+
			"cannot be seen.",
			joinAddrs(v.ourAddresses()), v.Header.Listen)
	case place == placeHere && len(v.keyFetches()) == 0:
		return fmt.Sprintf("Our name leads to our listener at %s, and nobody has asked it for a key.", v.Header.Listen)
	}
	return ""
}

func joinAddrs(list []netip.Addr) string {
	var out []string
	for _, a := range list {
		if !slices.Contains(out, a.String()) {
			out = append(out, a.String())
		}
	}
	return strings.Join(out, ", ")
}

// deniesUs reports whether a server runs software that does not call any of the addresses of ours unless told to.
func (v *view) deniesUs(e *flow.Entry) bool {
	ours := v.ourAddresses()
	name, _ := client.ParseServerName(v.Header.Joining)
	var denies func(netip.Addr) bool
	switch v.software(e) {
	case "synapse":
		denies = func(a netip.Addr) bool { return !client.Public(a) }
	case "dendrite":
		denies = func(a netip.Addr) bool { return !client.Public(a) || a.Unmap().Is6() }
	case "tuwunel":
		denies = func(a netip.Addr) bool { return !client.Public(a) && name.IsIP() }
	default:
		return false
	}
	return len(ours) > 0 && !slices.ContainsFunc(ours, func(a netip.Addr) bool { return !denies(a) })
}

// software returns what a server that refused us runs, in small letters: as it says itself, or as the words of its
// refusal give away; empty where neither does.
func (v *view) software(e *flow.Entry) string {
	said := response.Header(e.Response.Header, "Server")
	for _, c := range v.Candidates {
		if c.Server == e.Server {
			said += " " + c.Software
		}
	}
	for _, name := range []string{"synapse", "dendrite", "tuwunel"} {
		if response.Says(said, name) {
			return name
		}
	}
	switch message := response.RefusalOf(e.Response).Message; {
	case response.Says(message, "failed to find any key"):
		return "synapse"
	case response.Says(message, response.SaysKeyOrSignature...):
		return "dendrite"
	case response.Says(message, "failed to fetch signing keys"):
		return "tuwunel"
	}
	return ""
}
