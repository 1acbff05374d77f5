package diagnose

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// reachCauses are about whom the handshake reached, in place of whom it should have. Each holds other causes of this
// catalogue as its consequences.
var reachCauses = []Cause{{
	ID:    "inviter-unreachable",
	Title: "The server that sent the invite cannot be reached",
	Cause: "Its invite arrived, so it can send; nothing gets through in the other direction. It may be behind NAT, or " +
		"its port, name or certificate may be broken for everybody who calls it.",
	Advice: "Ask somebody on another server of the room for an invite or a link, or name such a server as a candidate. " +
		"The inviter's administrator has to make that server reachable.",
	Apart: "A server that has left the room answers, with 404. Whether it is only we who cannot reach it: `doorstep " +
		"join ROOM_ID --via ITS_NAME --dry-run` from another network.",
	Source: "server-server: Inviting to a room",
	Sight:  Detected,
	evidence: func(v *view) []int {
		if !v.Invited() {
			return nil
		}
		for _, c := range v.Candidates {
			e := v.trace.Entry(c.Answer)
			if c.Server == v.Invite.Origin && e != nil && c.Why != "" && (e.Failure != nil || e.Discovery != nil) {
				return []int{v.Invite.Seq, e.Seq}
			}
		}
		return nil
	},
}, {
	ID:    "own-name",
	Title: "The inviter's own server says that there is no invite",
	Cause: "We hold the invite, and the server that sent it denies it. Most likely it was taken back, or an earlier " +
		"refusal of ours counts there as the last word. With Synapse before 1.47 there is another reason: where the " +
		"inviter's server finds its own name at loopback, or nowhere, it cannot fetch its own key, and did not accept its " +
		"own signature on the invite that came back.",
	Advice: "Ask whoever invited whether the invite still stands, and for a new one. If that changes nothing, the " +
		"administrator of the inviter's server has to look into its log; there is nothing to repair on the joining side.",
	Apart: "On the inviter's host: `getent hosts ITS_OWN_NAME`, and the version of its homeserver. If a new invite " +
		"works, the old one was taken back.",
	Source: "server-server: Inviting to a room; matrix-org/synapse#9831, matrix-org/synapse#11129",
	Sight:  Suspected,
	rank:   1,
	evidence: func(v *view) []int {
		if !v.Invited() {
			return nil
		}
		denied := v.at(refused(403, nil, "not invited"), flow.A5, flow.A7)
		if !slices.Contains(v.servers(denied), v.Invite.Origin) {
			return nil
		}
		return append(denied, v.Invite.Seq)
	},
}, {
	ID:    "slow-candidates",
	Title: "Dead join candidates came first",
	Cause: "A server that gives no answer costs the whole time that a joining server is willing to wait, and " +
		"candidates are asked one after the other. The one that helped came after them.",
	Advice: "Put a server that is up first in `via`. Links made by a recent client list live servers.",
	Apart:  "Each attempt says how long it took. The command below tells whether such a server is down or only slow.",
	Source: "appendices: matrix.to navigation, Routing; matrix-org/synapse#1569, matrix-org/synapse#991, " +
		"matrix-org/synapse#1211",
	Sight:      Detected,
	rank:       2,
	commands:   []command{askTime},
	incidental: true,
	evidence: func(v *view) []int {
		const long = 5 * time.Second
		slow := v.at(func(e *flow.Entry) bool {
			return e.Failure != nil && (e.Failure.Kind == client.FailedTimeout || e.Took >= long)
		}, flow.A5)
		helped := v.at(func(e *flow.Entry) bool {
			return e.Response != nil && response.Succeeds(e.Response) && e.Failure == nil
		}, flow.A5)
		if len(helped) == 0 {
			return nil
		}
		return slices.DeleteFunc(slow, func(seq int) bool { return seq > helped[len(helped)-1] })
	},
}, {
	ID:    "leads-to-ourselves",
	Title: "The other server's name leads to our own machine",
	Cause: "A hosts file, a split-horizon DNS or a broken resolver gives our own address for that name. What answers " +
		"there is our own server, or the proxy in front of it.",
	Advice: "Correct the resolver or the hosts file on the joining side.",
	Apart: "`getent hosts THEIR_NAME` on the joining host, and the same question put to a public name server, have to " +
		"agree. `--resolve NAME:PORT:ADDRESS` goes around it.",
	Source:     "server-server: Resolving server names; matrix-org/synapse#2641",
	Sight:      Detected,
	rank:       3,
	commands:   []command{lookUpA, lookUp6, showCertificates},
	incidental: true,
	evidence: func(v *view) []int {
		return append(v.ourCertificates(), v.backAtUs()...)
	},
}, {
	ID:    "wrong-server",
	Title: "Another server answers under this name",
	Cause: "The key document says whose it is, and it is not the server that was asked for. The name leads to the " +
		"wrong machine, or the server there was set up under another name. Nothing it signed can be checked as that " +
		"server's.",
	Advice: "If the address is wrong for everybody, the server's administrator has to correct the DNS records or the " +
		"well-known document; if it is wrong only here, correct our resolver or hosts file.",
	Apart:      "The server_name in the key document has to be the name before any delegation.",
	Source:     "server-server: Publishing Keys; matrix-org/synapse#2641, element-hq/synapse#17822",
	Sight:      Detected,
	rank:       4,
	commands:   []command{askKeys},
	incidental: true,
	evidence: func(v *view) []int {
		out := v.at(func(e *flow.Entry) bool {
			asked := v.request(e)
			if asked == nil || asked.Request == nil || asked.Request.Endpoint != client.ServerKeys || e.Response == nil ||
				!response.Succeeds(e.Response) {
				return false
			}
			name, ok := event.GetString(e.Response.Body, "server_name")
			return ok && !strings.EqualFold(name, e.Server)
		}, flow.R)
		return append(out, v.refusedDocuments(verify.KeysOtherName)...)
	},
}}

// nameCauses are about the way from a server name to addresses.
var nameCauses = []Cause{{
	ID:    "well-known-over-srv",
	Title: "A well-known document overrides the SRV record",
	Cause: "Both are published and they lead to different places. The document comes first, and with it the SRV " +
		"record of the bare name is not looked at.",
	Advice:     "Keep one of the two, preferably the document, and let it name the place where the server is.",
	Apart:      "The document against the record, as the commands below show them.",
	Source:     "server-server: Resolving server names, steps 3 and 4; matrix-org/matrix-federation-tester#86",
	Sight:      Detected,
	rank:       3,
	commands:   []command{askWellKnown, lookUpSRV},
	incidental: true,
	evidence: func(v *view) []int {
		return v.found(func(s search) bool {
			d, ok := s.delegation()
			n, err := client.ParseServerName(d.Delegate)
			if !ok || err != nil {
				return false
			}
			port := 8448
			if n.HasPort {
				port = n.Port
			}
			there := func(t client.SRVTarget) bool {
				return t.HostPort() == net.JoinHostPort(strings.ToLower(n.Host), strconv.Itoa(port))
			}
			return slices.ContainsFunc(s.Steps, func(st client.DiscoveryStep) bool {
				targets := st.Lookup.Targets
				own := st.Rule == client.RuleSRV || st.Rule == client.RuleOldSRV
				return own && len(targets) > 0 && !slices.ContainsFunc(targets, there)
			})
		})
	},
}, {
	ID:    "well-known-differs",
	Title: "The well-known document is not the same everywhere",
	Cause: "The web server answers differently by address or address family, so that some servers see the delegation " +
		"and others do not, or see another one.",
	Advice: "Serve the same document from every address of the host, or take the other addresses out of the DNS. Keep " +
		"bot protection away from /.well-known/matrix.",
	Apart: "The commands below ask each address for the document.",
	Source: "server-server: Server discovery, GET /.well-known/matrix/server; matrix-org/matrix-federation-tester#121, " +
		"matrix-org/matrix-federation-tester#143",
	Sight:      Detected,
	rank:       4,
	commands:   []command{askWellKnown},
	incidental: true,
	evidence: func(v *view) []int {
		return v.found(func(s search) bool {
			said := map[string]string{} // what each URL delegates to
			documents := s.documents()
			for _, d := range documents {
				if d.Delegate != "" {
					said[d.Name] = d.Delegate
				}
			}
			return slices.ContainsFunc(documents, func(d document) bool {
				before, ok := said[d.Name]
				return ok && d.Delegate != before && !(d.Failure != nil && noRoute(*d.Failure))
			})
		})
	},
}, {
	ID:    "well-known-broken",
	Title: "The well-known document cannot be used, so nobody knows whether the server delegates",
	Cause: "What the web server gives under /.well-known/matrix/server is not what the spec asks for: an error in " +
		"place of the document, no answer in time, an answer that breaks off, JSON without a server name in m.server, or " +
		"a certificate that does not hold. The server may delegate, and cannot say where to. Everybody goes on as if it " +
		"did not: SRV records are looked up, and without any the server itself is tried on port 8448.",
	Advice: "If the server is meant to be found by delegation: serve {\"m.server\": \"NAME:PORT\"} with status 200 " +
		"under a certificate that is valid for the server name.",
	Apart: "A server that answers on port 8448 itself, or has an SRV record, needs no document: 404 says so. The " +
		"command below shows what is there.",
	Source:     "server-server: Server discovery, GET /.well-known/matrix/server",
	Sight:      Suspected,
	rank:       5,
	commands:   []command{askWellKnown},
	incidental: true,
	evidence: func(v *view) []int {
		return v.found(func(s search) bool {
			_, delegated := s.delegation()
			return !delegated && (len(s.failed) > 0 || s.Failure != nil) && slices.ContainsFunc(s.documents(), document.unusable)
		})
	},
}, {
	ID:    "srv-servfail",
	Title: "The SRV look-up fails",
	Cause: "The name servers fail or keep silent when asked for the SRV record, although an address may be there: " +
		"broken DNSSEC, or a name server that cannot handle the question. Whether there is a record stays unknown. Some " +
		"homeservers give up then, others go on as if there were none, and end up in the wrong place.",
	Advice: "The server's administrator has to repair the zone. A well-known document that names a port makes the " +
		"question unnecessary.",
	Apart: "`dig SRV _matrix-fed._tcp.NAME` has to say NXDOMAIN or NOERROR, not SERVFAIL. With `dig +cd` it works: " +
		"then it is DNSSEC.",
	Source: "server-server: Resolving server names; matrix-org/synapse#6589, matrix-org/synapse#7762, " +
		"matrix-org/synapse#5882, matrix-org/synapse#9774",
	Sight:      Detected,
	rank:       6,
	commands:   []command{lookUpSRV},
	incidental: true,
	evidence: func(v *view) []int {
		return v.found(func(s search) bool {
			return slices.ContainsFunc(s.decisiveSRV(), unanswered)
		})
	},
}, {
	ID:    "name-not-found",
	Title: "The server name has no address",
	Cause: "DNS knows no address for the server name, nor for the place it delegates to. The name is mistyped, or the " +
		"domain is gone.",
	Advice: "Check the spelling of the alias, the room ID or the candidate. Somebody else in the room can name a " +
		"server that still exists.",
	Apart: "`dig NAME` from another network: NXDOMAIN there, too, means that it is gone; an answer means that our own " +
		"resolver hides it.",
	Source:     "server-server: Resolving server names",
	Sight:      Detected,
	rank:       7,
	commands:   []command{lookUpA, lookUp6},
	incidental: true,
	evidence: func(v *view) []int {
		return v.found(func(s search) bool {
			absents := 0
			for _, st := range s.Steps { // those of the server itself, or of what it delegates to
				l := st.Lookup
				named := []client.Rule{client.RulePort, client.RuleDelegatePort, client.RuleDelegateName, client.RuleName}
				if slices.Contains(named, st.Rule) && l.Kind != client.LookupSRV && absent(l) {
					absents++
				}
			}
			return s.Failure != nil && absents == 2 // of both families
		})
	},
}, {
	ID:    "dns-failure",
	Title: "The name servers fail",
	Cause: "We got neither addresses nor the answer that there are none: the zone's name servers are broken or " +
		"unreachable, or our own resolver is.",
	Advice:     "Try again later. If other names fail as well, repair our own resolver.",
	Apart:      "`dig NAME` and `dig NAME @9.9.9.9`: if only the first fails, it is our own resolver.",
	Source:     "server-server: Resolving server names; matrix-org/synapse#2641",
	Sight:      Detected,
	rank:       8,
	commands:   []command{lookUpA, lookUp6},
	incidental: true,
	evidence: func(v *view) []int {
		return v.found(func(s search) bool {
			return s.Failure != nil && s.lookup(unanswered, client.LookupA, client.LookupAAAA)
		})
	},
}, {
	ID:    "private-address",
	Title: "The name leads to a private address, and those are refused",
	Cause: "Synapse and Dendrite do not connect to loopback and private networks unless told to, so that nobody can " +
		"send them to services inside; tuwunel does not where a server name is such an address itself. A split-horizon " +
		"DNS or a hosts entry gives such an address.",
	Advice: "Let the name resolve to the public address, or allow the range on the joining server. Here " +
		"`--allow-private` does. In Synapse, ip_range_whitelist excepts it from ip_range_blacklist, unless the server " +
		"name is itself an IP address: then only ip_range_blacklist counts, and it has to come out of that; in Dendrite " +
		"it has to be in federation_api.allow_networks and out of federation_api.deny_networks, which is asked first; in " +
		"tuwunel, out of ip_range_denylist.",
	Apart:      "`dig NAME @9.9.9.9` shows what the public DNS says.",
	Source:     "matrix-org/synapse#9475, matrix-org/synapse#13405, matrix-org/synapse#8870",
	Sight:      Detected,
	rank:       9,
	commands:   []command{lookUpA, lookUp6},
	incidental: true,
	route:      true,
	waiver:     "--allow-private",
	evidence: func(v *view) []int {
		return v.at(func(e *flow.Entry) bool {
			if e.Connection == nil {
				return false
			}
			return forbidden(e.Failure, e.Connection.Address) || v.allowed(e) ||
				slices.ContainsFunc(e.Connection.Unreached,
					func(u client.Unreached) bool { return forbidden(&u.Failure, u.Address) })
		}, arrows...)
	},
}}

// addressCauses are about the way from an address to a connection.
var addressCauses = []Cause{{
	ID:    "ipv6-only",
	Title: "The server has only IPv6 addresses, and there is no way there from here",
	Cause: "Everything its name leads to is IPv6, and this host has no IPv6, or no route to that network. A Dendrite " +
		"with its default federation_api.allow_networks refuses every IPv6 address, whatever its host has.",
	Advice: "Give the joining server IPv6, or ask another candidate. The other server's administrator can add an IPv4 " +
		"address.",
	Apart:      "`ping -6` of any well-known host: if that fails too, it is our side that has no IPv6.",
	Source:     "matrix-org/synapse#2405",
	Sight:      Detected,
	commands:   []command{lookUpA, askVersion},
	incidental: true,
	route:      true,
	evidence: func(v *view) []int {
		return v.at(func(e *flow.Entry) bool {
			tried := attempts(e)
			return noConnection(e.Failure) && len(tried) > 0 && !slices.ContainsFunc(tried, func(a client.Unreached) bool {
				return !ipv6(a.Address) || !noNetwork(a.Failure)
			})
		}, arrows...)
	},
}, {
	ID:    "dead-address",
	Title: "An address of the server leads nowhere",
	Cause: "At least one of the addresses that the name has does not answer as that server: an old record, often the " +
		"AAAA one, or a listener missing in one address family. Whoever tries that one first waits, or gives up.",
	Advice: "The server's administrator has to take the dead address out of the DNS, or have the server listen there.",
	Apart: "The connection of the answer lists each address with what became of it; with `--probe` those are tried, " +
		"too, that come after the one that answered. Dead from here only: `doorstep join … --dry-run` from another network.",
	Source:     "matrix-org/matrix-federation-tester#11, matrix-org/matrix-federation-tester#10",
	Sight:      Detected,
	rank:       1,
	commands:   []command{askVersion},
	incidental: true,
	route:      true,
	evidence: func(v *view) []int {
		return append(v.deadAddresses(), v.at(func(e *flow.Entry) bool {
			all := attempts(e)
			alive := len(all) > 0 && !noConnection(&all[len(all)-1].Failure)
			return slices.ContainsFunc(all, func(a client.Unreached) bool {
				switch {
				case ipv6(a.Address) && noNetwork(a.Failure): // it is we who have no IPv6
					return false
				case noConnection(&a.Failure):
					return alive || noRoute(a.Failure)
				}
				return a.Failure.Kind == client.FailedTLS && len(all) > 1 && e.Failure == nil // somebody else's by now
			})
		}, arrows...)...)
	},
}, {
	ID:    "port-closed",
	Title: "The server does not accept connections",
	Cause: "The name leads to an address, but the federation port is closed there, or a firewall drops what arrives. " +
		"Without a delegation that is port 8448.",
	Advice: "The server's administrator has to open the port, start the server, or delegate to a port that is open, " +
		"such as 443.",
	Apart: "Refused: the host is up and nothing listens. Timed out: a firewall, or no host at all. curl says 7 for " +
		"the one and 28 for the other; try it from another network, too.",
	Source:     "server-server: Resolving server names; matrix-org/synapse#2169",
	Sight:      Detected,
	rank:       2,
	commands:   []command{askVersion},
	incidental: true,
	route:      true,
	evidence: func(v *view) []int {
		named := v.lookedUp()
		return v.at(func(e *flow.Entry) bool {
			return noConnection(e.Failure) && named[e.Server] && slices.ContainsFunc(attempts(e), func(a client.Unreached) bool {
				return noConnection(&a.Failure) && !noRoute(a.Failure)
			})
		}, arrows...)
	},
}}

// staleCauses are about what other servers may still believe.
var staleCauses = []Cause{{
	ID:       "stale-well-known",
	Severity: SeverityInfo,
	Title:    "Other servers keep this delegation for more than a day",
	Cause: "The cache headers of the well-known document let it be kept for longer than the day it is kept without " +
		"any. After a change, servers go to the old place until their copy runs out: Synapse for up to two days, tuwunel " +
		"for up to a day and a half whatever the headers say, Dendrite until a connection fails.",
	Advice: "Send Cache-Control with a max-age of some hours, and keep the old place working for 48 h after a change.",
	Apart: "Our own homeserver may hold such a copy, too: what Doorstep fetched is fresh. If it gets through and " +
		"the homeserver does not, wait, or restart the homeserver.",
	Source:   "server-server: Server discovery, GET /.well-known/matrix/server",
	Sight:    Detected,
	rank:     1,
	commands: []command{askWellKnown},
	evidence: func(v *view) []int {
		var out []int
		for _, s := range v.searches() {
			if d, ok := s.delegation(); ok && d.Life > 24*time.Hour {
				out = append(out, s.seq)
			}
		}
		return out
	},
}}

// backAtUs returns the requests of ours that came in at our own listener, as sent and as they came in, with their
// answers.
func (v *view) backAtUs() []int {
	type line struct{ method, target string }
	came := map[line]int{}
	for _, in := range v.inbound {
		came[line{in.Request.Method, in.Request.Target}] = in.Seq
	}
	if len(came) == 0 {
		return nil
	}
	var evidence []int
	answers := v.trace.Answers()
	for i := range v.trace.Entries {
		e := &v.trace.Entries[i]
		if e.Kind != flow.Request || e.From != flow.Joining || !slices.Contains([]flow.StepID{flow.A2, flow.A4, flow.A6},
			e.Step) {
			continue
		}
		if seq := came[line{e.Request.Method, e.Request.Target}]; seq > e.Seq {
			evidence = append(evidence, e.Seq, seq)
			if a := answers[e.Seq]; a != nil {
				evidence = append(evidence, a.Seq)
			}
		}
	}
	return evidence
}

// forbidden reports whether f is our own refusal to connect to an address that is not public.
func forbidden(f *client.Failure, address string) bool {
	a, err := netip.ParseAddrPort(address)
	return f != nil && f.Kind == client.FailedForbidden && err == nil && !client.Public(a.Addr())
}

// allowed reports whether a connection to an address that is not public stood because the user allowed it, where a
// name was looked up that leads there: not for a server that is named by an address, or that somebody pinned to one.
func (v *view) allowed(e *flow.Entry) bool {
	a, err := netip.ParseAddrPort(e.Connection.Address)
	if !v.Header.Private || v.Header.Source != "join" || err != nil || client.Public(a.Addr()) || noConnection(e.Failure) {
		return false
	}
	if len(v.searchOf[e.Server]) == 0 {
		return false
	}
	s := search{Discovery: v.searchOf[e.Server][0].Discovery}
	return !s.pinned() && !s.lookup(func(client.Lookup) bool { return true }, client.LookupLiteral)
}
