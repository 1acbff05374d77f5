package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// caseCauses are about names that differ in nothing but capitals.
var caseCauses = []Cause{{
	ID:         "server-name-case",
	Sight:      Detected,
	commands:   []command{askKeys},
	incidental: true,
	evidence: func(v *view) []int {
		out := v.refusedDocuments(verify.KeysOtherCase)
		out = append(append(out, v.capitalised()...), v.ownCapitals()...)
		return append(out, v.found(func(s search) bool {
			d, ok := s.delegation()
			return ok && capitals(d.Delegate) && (len(s.failed) > 0 || v.refusedByName(s.Server) != nil)
		})...)
	},
}}

// capitals reports whether a server name holds capital letters.
func capitals(server string) bool { return server != strings.ToLower(server) }

// capitalised returns the refusals of servers that were asked under a name with capitals, where the name may be the
// reason, and the entries in which they were named so.
func (v *view) capitalised() []int {
	var out []int
	if alias := client.Domain(v.Alias); capitals(alias) {
		if refused := v.refusedByName(alias); refused != nil {
			out = append(out, refused...)
			if asked := v.clientAsked(); asked != nil {
				out = append(out, asked.Seq)
			}
		}
	}
	for _, c := range v.Candidates {
		if refused := v.refusedByName(c.Server); refused != nil && capitals(c.Server) {
			out = append(append(out, refused...), v.named(c))
		}
	}
	return slices.DeleteFunc(out, func(seq int) bool { return seq == 0 })
}

// ownCapitals returns the refusals of who we are, and the key document found under our own name, where that spells
// the name with other capitals than we do.
func (v *view) ownCapitals() []int {
	e := v.ownFetch()
	if e == nil || e.Response == nil || !response.Succeeds(e.Response) {
		return nil
	}
	name := verify.DocumentServer(e.Response.Body)
	if name == v.Header.Joining || !strings.EqualFold(name, v.Header.Joining) {
		return nil
	}
	return append(v.at(deniesIdentity, arrows...), e.Seq)
}

// refusedByName returns the refusals of server that may be for the name it was asked under: not those that are about
// the room or the user, nor those of a server that is busy or broken.
func (v *view) refusedByName(server string) []int {
	return v.at(func(e *flow.Entry) bool {
		if e.Server != server || e.Response == nil || e.Failure != nil {
			return false
		}
		switch e.Response.Status {
		case 400, 401, 403, 404, 421:
		default:
			return false
		}
		f := response.RefusalOf(e.Response)
		return !slices.ContainsFunc(response.RoomRefusals,
			func(words []string) bool { return response.Says(f.Message, words...) }) && !incompatible(e)
	}, arrows...)
}

// srvCauses are about SRV records that are there and lead to no server.
var srvCauses = []Cause{{
	ID:         "srv-target",
	Sight:      Detected,
	rank:       1,
	commands:   []command{lookUpSRV},
	incidental: true,
	evidence:   func(v *view) []int { return v.found(func(s search) bool { return s.badTargets() != nil }) },
	detail: func(v *view) string {
		var out []string
		for _, s := range v.searches() {
			for _, words := range s.badTargets() {
				if !slices.Contains(out, words) {
					out = append(out, words)
				}
			}
		}
		return strings.Join(out, " ")
	},
}, {
	ID:         "srv-wildcard",
	Sight:      Detected,
	rank:       2,
	commands:   []command{lookUpSRV},
	incidental: true,
	evidence: func(v *view) []int {
		return v.found(func(s search) bool {
			return slices.ContainsFunc(s.decisiveSRV(), func(l client.Lookup) bool { return s.wildcard(l) })
		})
	},
}}

// decisiveSRV returns the SRV look-ups that the way to the server depended on: not those behind a well-known document,
// nor what is only looked up for the reader's sake.
func (s search) decisiveSRV() []client.Lookup {
	_, delegated := s.delegation()
	var out []client.Lookup
	for _, st := range s.Steps {
		l := st.Lookup
		if l.Kind != client.LookupSRV || delegated && (st.Rule == client.RuleSRV || st.Rule == client.RuleOldSRV) {
			continue
		}
		if out = append(out, l); st.Used {
			break // the older service name counts only where the newer has no record
		}
	}
	return out
}

// wildcard reports whether an SRV look-up was answered by something that answers for every name: it leads by an alias
// to no record, or to a host without an address, and the two service names get the same answer.
func (s search) wildcard(l client.Lookup) bool {
	if len(l.Aliases) > 0 && len(l.Targets) == 0 {
		return true
	}
	return slices.ContainsFunc(l.Targets, s.homeless) && slices.ContainsFunc(s.facts(), func(other client.Lookup) bool {
		return other.Kind == client.LookupSRV && other.Name != l.Name && slices.Equal(other.Targets, l.Targets)
	})
}

// badTargets says what is wrong with the targets that the way to the server depended on, a sentence each.
func (s search) badTargets() []string {
	var out []string
	for _, l := range s.decisiveSRV() {
		for _, t := range l.Targets {
			if why := s.badTarget(l, t); why != "" {
				out = append(out, fmt.Sprintf("%s has the target %q, port %d: %s.", l.Name, t.Host+".", t.Port, why))
			}
		}
	}
	return out
}

// badTarget says what keeps a target from being one; empty where nothing does, or a wildcard does.
func (s search) badTarget(l client.Lookup, t client.SRVTarget) string {
	switch t.Fault {
	case client.TargetNone:
		return "the service is decidedly not there"
	case client.TargetAddress:
		return "the target is an IP address, and has to be the name of a host"
	case client.TargetName:
		return "that is no name of a host"
	case client.TargetPort:
		return "nothing can be at port 0"
	}
	aliased := s.lookup(func(a client.Lookup) bool {
		return strings.EqualFold(a.Name, t.Host) && len(a.Aliases) > 0
	}, client.LookupA, client.LookupAAAA)
	switch {
	case aliased:
		return "that is an alias (CNAME), and has to be a host itself"
	case !s.homeless(t) || s.wildcard(l):
		return ""
	case !hostName(t.Host):
		return "that is no name of a host, and has no address"
	}
	return "there is no address for it"
}

// hostName reports whether a host may be called so: labels of letters, digits and hyphens that neither begin nor end
// with a hyphen, and a last one that is not a number. Spec: RFC 1123, Host Names and Numbers.
func hostName(name string) bool {
	labels := strings.Split(name, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.Contains(l, "_") {
			return false
		}
	}
	return strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

// homeless reports whether addresses of an SRV target were looked for and there are none.
func (s search) homeless(target client.SRVTarget) bool {
	if target.Fault != "" {
		return false
	}
	of := func(ok func(client.Lookup) bool) func(client.Lookup) bool {
		return func(l client.Lookup) bool { return strings.EqualFold(l.Name, target.Host) && ok(l) }
	}
	there := func(l client.Lookup) bool { return !absent(l) }
	return s.lookup(of(absent), client.LookupA, client.LookupAAAA) &&
		!s.lookup(of(there), client.LookupA, client.LookupAAAA, client.LookupHosts) &&
		!s.lookup(func(l client.Lookup) bool { return strings.EqualFold(l.Name, target.HostPort()) }, client.LookupPin)
}
