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
	Sight: Detected,
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
	Sight: Suspected,
	rank:  1,
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
	ID:         "slow-candidates",
	Sight:      Detected,
	rank:       2,
	commands:   []command{askTime},
	incidental: true,
	evidence: func(v *view) []int {
		const long = 5 * time.Second
		slow := v.at(func(e *flow.Entry) bool {
			return e.Failure != nil && (e.Failure.Kind == client.FailedTimeout || e.Took-e.Held >= long)
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
	ID:         "leads-to-ourselves",
	Sight:      Detected,
	rank:       3,
	commands:   []command{lookUpA, lookUp6, showCertificates},
	incidental: true,
	evidence: func(v *view) []int {
		return append(v.ourCertificates(), v.backAtUs()...)
	},
}, {
	ID:         "wrong-server",
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
	ID:         "well-known-over-srv",
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
	ID:         "well-known-differs",
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
	ID:         "well-known-broken",
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
	ID:         "srv-servfail",
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
	ID:         "name-not-found",
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
	ID:         "dns-failure",
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
	ID:         "private-address",
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
	ID:         "ipv6-only",
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
	ID:         "dead-address",
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
	ID:         "port-closed",
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
