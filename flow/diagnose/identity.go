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
	ID:    "own-certificate-refused",
	Title: "A server that called us does not accept the certificate of our listener",
	Cause: "It came for our key, as it has to before it can check who asks, and ended the TLS handshake over our " +
		"certificate. So it has no key of ours, and refuses our requests.",
	Advice: "Give the listener a certificate that other servers trust, for our server name: `--tls-cert FILE --tls-key " +
		"FILE`, the whole chain in the first. In a closed federation, give the authority of that certificate to the other " +
		"server.",
	Apart: "The alert says what it is that the caller does not like: unknown_ca and bad_certificate an authority it " +
		"does not know or a name that does not fit, certificate_expired the dates.",
	Source:     "server-server: TLS, Retrieving server keys; RFC 8446: Error alerts",
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
	ID:    "inbound-connection-failed",
	Title: "A connection to our listener ended before a request came",
	Cause: "Somebody connected, and hung up in the TLS handshake or right after it, or did not speak TLS. Some " +
		"homeservers end a connection so whose certificate they do not accept; port scanners do as well.",
	Advice: "If a server refused us because it lacks our key at the same time, give the listener a certificate that " +
		"other " +
		"servers trust, for our server name: `--tls-cert FILE --tls-key FILE`.",
	Apart: "The entry has the address of the caller: compare it with that of the server that refuses us. Its log says " +
		"why it hung up.",
	Source:     "server-server: TLS, Retrieving server keys",
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
	ID:    "own-key-differs",
	Title: "The key that we sign with is not the one published under our server name",
	Cause: "Whoever looks for our keys finds a key document of ours that does not list the key we sign with, lists " +
		"another one under its ID, or lists it as given up. Most likely a homeserver has this name and publishes its own " +
		"key, and we were started with another.",
	Advice: "Sign with the key of the homeserver that has the name: `--key FILE`. Or let the name lead to this " +
		"listener, for which `--listen` takes the address.",
	Apart: "The key document published under our name lists the keys that count. A copy that the other server keeps " +
		"may be older, and is good until its valid_until_ts: then the document itself is right already.",
	Source:     "server-server: Publishing Keys, Retrieving server keys",
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
	ID:    "own-address-private",
	Title: "Our server name leads to an address that the other server will not call",
	Cause: "To check who asks, it has to fetch our key, and homeservers do not connect to certain addresses unless " +
		"told to: Synapse to none that is not public, Dendrite neither to those nor, by default, to any of IPv6, tuwunel " +
		"to none that is not public where the server name is the address itself. Ours is such an address, and nobody came " +
		"for our key.",
	Advice: "Let our name lead to an address that it will call, or have its administrator allow ours: in Synapse " +
		"ip_range_whitelist, which excepts from ip_range_blacklist, unless our server name is itself an IP address: then " +
		"only ip_range_blacklist counts, and it has to come out of that; in Dendrite federation_api.allow_networks, and " +
		"out of federation_api.deny_networks, which is asked first; in tuwunel out of ip_range_denylist.",
	Apart: "Its log names the blocked address. If it has our key from a notary, or from before, it does not have to " +
		"call.",
	Source:     "server-server: Retrieving server keys; matrix-org/synapse#9475, matrix-org/synapse#13405",
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
	ID:    "key-unreachable",
	Title: "The other server could not get our key",
	Cause: "To check who asks, it needs our key: from us at GET /_matrix/key/v2/server, from a notary that it trusts, " +
		"which has to reach us in its turn, or from a copy it has. Being able to send is not enough: our name has to lead " +
		"to us from outside, with a port that is open and a certificate that is valid. Behind NAT, on a laptop, without " +
		"DNS it does not.",
	Advice: "Make the joining server reachable under its name, from the other server's network: DNS or well-known, " +
		"port 8448 or the delegated one, certificate. For Doorstep, `--listen` takes the address that the name leads to.",
	Apart: "If several servers refuse in this way, it is us. `doorstep join … --probe` has each server say what it " +
		"has of our keys. That no request for our key came says something only where our name leads to this listener, and " +
		"the server asks no notary.",
	Source: "server-server: Retrieving server keys, Querying Keys Through Another Server; matrix-org/synapse#7298, " +
		"element-hq/dendrite#3700, matrix-org/dendrite#3041, spantaleev/matrix-docker-ansible-deploy#789",
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
	ID:    "key-not-asked-for",
	Title: "The other server says at once that it has no key of ours, without asking us",
	Cause: "Our name leads to this listener, nobody called it, and the refusal came at once. Then the server did not " +
		"get as far as calling: our name leads nowhere over there, or it remembers a look-up or a well-known document " +
		"that failed a while ago, Synapse for an hour; our address is one that it does not call; it asks a notary alone; " +
		"or it federates with listed servers only.",
	Advice: "Have its administrator look into the log at the time of the refusal: it names the step at which the " +
		"search for our key ended. If it was a failed look-up, wait for an hour, or have the homeserver restarted.",
	Apart: "No homeserver read for this leaves off asking for keys because it failed to reach us before: that waiting " +
		"is for requests of other kinds. If it did call, a firewall on our side may have dropped it.",
	Source:     "matrix-org/synapse#5413, matrix-org/synapse#16368",
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
	ID:    "signature-refused",
	Title: "The server finds the signature of our request wrong",
	Cause: "What it saw is not what we signed, or not by the key that it has of us: a proxy rewrites the path or the " +
		"body, the key was replaced under the same ID, or our server name leads to another homeserver's keys.",
	Advice: "Find out which: each has a way to tell. For a proxy that rewrites paths, its administrator has to pass " +
		"them on as they came.",
	Apart: "`doorstep join … --probe` tells a rewritten path, and compares the key that the server has of us with the " +
		"one that signs. The clock has nothing to do with it: the signature holds no time; with a wrong clock keys are " +
		"out of date, and the refusal is that there is no key.",
	Source:     "server-server: Request Authentication; matrix-org/synapse#3611, matrix-org/synapse#4858",
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
