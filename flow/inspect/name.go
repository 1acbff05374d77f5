package inspect

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow/wording"
)

// nameRows are the rows about how the server is found.
func (x *evidence) nameRows() []Row {
	rows := []Row{x.serverName(), x.wellKnown(), x.wellKnownSame(), x.wellKnownCache(), x.wellKnownOnly(), x.srv(),
		x.addresses(), x.publicAddresses(), x.family(IPv4, "IPv4", false), x.family(IPv6, "IPv6", true)}
	for i := range rows {
		if x.search != nil {
			rows[i] = rows[i].on(x.search.Seq)
		}
	}
	return rows
}

func (x *evidence) serverName() Row {
	r := Row{Kind: ServerName}
	n, err := client.ParseServerName(x.server)
	switch {
	case err != nil:
		return r.fail("name-not-found", err.Error())
	case n.Name != strings.ToLower(n.Name):
		return r.warn("server-name-case", fmt.Sprintf("%s has capitals in it", n.Name))
	}
	return r.pass(n.Name)
}

const underWay = "the search for the server is not over yet"

// documents are what the addresses of the hosts of well-known documents gave.
func (x *evidence) documents() []client.DiscoveryStep {
	return x.lookups(ofKind(client.LookupWellKnown))
}

// delegation is the document that decided where the server is; false where none did.
func (x *evidence) delegation() (client.DiscoveryStep, bool) {
	all := x.documents()
	i := slices.IndexFunc(all, func(s client.DiscoveryStep) bool { return s.Used && s.Delegate != "" })
	if i < 0 {
		return client.DiscoveryStep{}, false
	}
	return all[i], true
}

func (x *evidence) wellKnown() Row {
	r := Row{Kind: WellKnown}
	all := x.documents()
	switch {
	case x.search == nil:
		return r.open(underWay)
	case len(all) == 0:
		return r.open("not looked for: " + x.whyNoDocument())
	}
	if d, ok := x.delegation(); ok {
		redirects := ""
		if n := len(slices.DeleteFunc(slices.Clone(all), func(s client.DiscoveryStep) bool {
			return s.End != client.EndRedirect || !s.Used
		})); n > 0 {
			redirects = ", after " + wording.Count(n, "redirect")
		}
		return r.pass(fmt.Sprintf("m.server %s%s", d.Delegate, redirects))
	}
	worst := all[0]
	for _, d := range all {
		if documentWeight(d) > documentWeight(worst) {
			worst = d
		}
	}
	switch documentWeight(worst) {
	case publishedBroken:
		return r.fail("well-known-broken", worst.Result)
	case unknownDocument:
		return r.warn("well-known-broken", worst.Result)
	}
	addresses := x.lookups(ofKind(client.LookupA, client.LookupAAAA))
	if worst.End == client.EndNoHost && slices.ContainsFunc(addresses, unanswered) {
		return r.open("nobody knows: " + worst.Result)
	}
	return r.pass("there is none: " + worst.Result)
}

// unanswered reports whether the name servers left a question open: neither a record nor that there is none.
func unanswered(s client.DiscoveryStep) bool {
	return s.End == client.EndUnknown || s.End == client.EndTimeout
}

// What a document that delegates to nobody comes to, in order of weight.
const (
	noDocument      = iota
	unknownDocument // it could not be fetched: nobody knows
	publishedBroken // it is there, and cannot be used
)

// documentWeight weighs what came in place of a document. That there is none is what 404 says, and a host that has no
// web server, or no address.
func documentWeight(d client.DiscoveryStep) int {
	switch d.End {
	case client.EndStatus:
		if d.Status == 404 || d.Status == 410 {
			return noDocument
		}
	case client.EndNoHost, client.EndConnect, client.EndForbidden:
		return noDocument
	case client.EndTimeout:
		if d.Failure != nil && d.Failure.Part == client.PartConnect {
			return noDocument
		}
	case client.EndUnreadable:
		return publishedBroken
	case client.EndRedirect:
		if !d.Used && d.Lookup.Fault != "" {
			return publishedBroken
		}
		return noDocument
	case client.EndFound:
		return noDocument
	}
	return unknownDocument
}

// whyNoDocument says why nobody looks for a document.
func (x *evidence) whyNoDocument() string {
	n, err := client.ParseServerName(x.server)
	switch {
	case err != nil:
		return "it is no server name"
	case len(x.lookups(ofKind(client.LookupPin, client.LookupSandbox))) > 0:
		return "somebody said where the name leads"
	case n.IsIP():
		return "the name is an IP address"
	case n.HasPort:
		return "the name has a port"
	}
	return "the search ended before"
}

func (x *evidence) wellKnownSame() Row {
	r := Row{Kind: WellKnownSame}
	hosts := map[string]int{} // documents by URL
	for _, d := range x.documents() {
		if d.From == "" || d.End == client.EndForbidden || d.End == client.EndConnect {
			continue // who finds nothing listening goes on to the next address
		}
		hosts[d.Name]++
		if d.Differs {
			return r.fail("well-known-differs", fmt.Sprintf("%s gives another one: %s", d.From, d.Result))
		}
		if other, ok := x.firstOf(d.Name); ok && other.Delegate != "" && d.Failure != nil {
			return r.fail("well-known-differs", fmt.Sprintf("%s gives none: %s", d.From, d.Result))
		}
	}
	most := 0
	for _, n := range hosts {
		most = max(most, n)
	}
	switch {
	case most == 0:
		return r.open("no document was fetched")
	case most == 1:
		return r.open("there is one address to ask")
	}
	return r.pass(fmt.Sprintf("the same from %d addresses", most))
}

// firstOf is the first document of a URL that came whole.
func (x *evidence) firstOf(url string) (client.DiscoveryStep, bool) {
	for _, d := range x.documents() {
		if d.Name == url && d.From != "" && d.Failure == nil {
			return d, true
		}
	}
	return client.DiscoveryStep{}, false
}

func (x *evidence) wellKnownCache() Row {
	r := Row{Kind: WellKnownCache}
	d, ok := x.delegation()
	if !ok {
		return r.open("no document delegates")
	}
	says := fmt.Sprintf("%s, by %s", lasting(d.Life), d.LifeSource)
	if d.LifeSource == client.LifeDefault {
		says = lasting(d.Life) + ", as nothing is said"
	}
	switch {
	case d.LifeCut:
		return r.warn("stale-well-known", says+": cut at 48 hours")
	case d.Life > 24*time.Hour:
		return r.warn("stale-well-known", says)
	case d.Life < 5*time.Minute:
		return r.warn("", says+": it is fetched again and again")
	}
	return r.pass(says)
}

func (x *evidence) wellKnownOnly() Row {
	r := Row{Kind: WellKnownOnly}
	d, ok := x.delegation()
	n, err := client.ParseServerName(d.Delegate)
	if !ok || err != nil {
		return r.open("no document delegates")
	}
	port := 8448
	if n.HasPort {
		port = n.Port
	}
	place := net.JoinHostPort(strings.ToLower(n.Host), strconv.Itoa(port))
	for _, s := range x.lookups(ofKind(client.LookupSRV)) {
		if s.Rule != client.RuleSRV && s.Rule != client.RuleOldSRV || len(s.Targets) == 0 {
			continue
		}
		if !slices.ContainsFunc(s.Targets, func(t client.SRVTarget) bool { return t.HostPort() == place }) {
			return r.warn("well-known-over-srv", fmt.Sprintf("the document leads to %s, %s to %s", place, s.Name,
				s.Targets[0].HostPort()))
		}
	}
	return r.pass("the document decides, and no SRV record says otherwise")
}

// decisive reports whether an SRV look-up is one that the way to the server depended on.
func (x *evidence) decisive(s client.DiscoveryStep) bool {
	_, delegated := x.delegation()
	own := s.Rule == client.RuleSRV || s.Rule == client.RuleOldSRV
	return !(delegated && own)
}

func (x *evidence) srv() Row {
	r := Row{Kind: SRV}
	all := slices.DeleteFunc(x.lookups(ofKind(client.LookupSRV)),
		func(s client.DiscoveryStep) bool { return !x.decisive(s) })
	switch {
	case x.search == nil:
		return r.open(underWay)
	case len(all) == 0:
		return r.open("not looked for: " + x.whyNoSRV())
	}
	for i, s := range all {
		switch {
		case unanswered(s) && x.searchCut():
			return r.open("the search was given up")
		case unanswered(s):
			return r.fail("srv-servfail", s.Action+": "+s.Result)
		case len(s.Targets) == 0 && len(s.Aliases) > 0:
			return r.fail("srv-wildcard", s.Action+": "+s.Result)
		case len(s.Targets) == 0:
			continue
		}
		if bad := x.badTarget(s); bad != "" {
			return r.fail("srv-target", bad)
		}
		if i > 0 || s.Rule == client.RuleOldSRV || s.Rule == client.RuleDelegateOldSRV {
			return r.warn("", s.Result+" under _matrix._tcp, which is deprecated: _matrix-fed._tcp has none")
		}
		return r.pass(s.Result)
	}
	return r.pass("there is none")
}

// badTarget says what is wrong with the targets of SRV records: what they are, or where they lead.
func (x *evidence) badTarget(s client.DiscoveryStep) string {
	for _, t := range s.Targets {
		if t.Fault != "" {
			return fmt.Sprintf("%s: %s", s.Action, s.Result)
		}
		absent := 0
		for _, l := range x.lookups(ofKind(client.LookupA, client.LookupAAAA)) {
			if !strings.EqualFold(l.Name, t.Host) {
				continue
			}
			if len(l.Aliases) > 0 && l.Rule == s.Rule {
				return fmt.Sprintf("%s is an alias of %s, where a host has to stand", t.Host, l.Aliases[len(l.Aliases)-1])
			}
			if l.End == client.EndNoName || l.End == client.EndNoRecord {
				absent++
			}
		}
		if absent >= 2 {
			return t.Host + " has no address"
		}
	}
	return ""
}

func (x *evidence) whyNoSRV() string {
	if d, ok := x.delegation(); ok {
		if n, err := client.ParseServerName(d.Delegate); err == nil && (n.HasPort || n.IsIP()) {
			return "the document names a port or an address"
		}
	}
	return x.whyNoDocument()
}

func (x *evidence) addresses() Row {
	r := Row{Kind: Addresses}
	if x.search == nil {
		return r.open(underWay)
	}
	d := x.search.Discovery
	if len(d.Destinations) > 0 {
		var all []string
		for _, to := range d.Destinations {
			all = append(all, to.Address)
		}
		words := wording.List(all)
		if n := len(x.unasked); n > 0 {
			words += fmt.Sprintf("; the last %d are not asked", n)
		}
		return r.pass(words)
	}
	if x.searchCut() {
		return r.open("the search was given up")
	}
	why := "no address"
	if d.Failure != nil {
		why = d.Failure.Message
	}
	r.timeout = d.Failure != nil && d.Failure.Kind == client.FailedTimeout
	return r.fail(x.whyNoAddress(), why)
}

// whyNoAddress names the finding about a name that leads nowhere.
func (x *evidence) whyNoAddress() string {
	lookups := x.lookups(ofKind(client.LookupA, client.LookupAAAA))
	for _, s := range x.lookups(ofKind(client.LookupSRV)) {
		if len(s.Targets) > 0 && x.decisive(s) {
			return "srv-target"
		}
	}
	if slices.ContainsFunc(lookups, unanswered) {
		return "dns-failure"
	}
	return "name-not-found"
}

func (x *evidence) publicAddresses() Row {
	r := Row{Kind: PublicAddresses}
	all := slices.Concat(x.own, x.unasked)
	if len(all) == 0 {
		return r.open("no address is known")
	}
	i := slices.IndexFunc(all, func(d client.Destination) bool { return !isPublic(d.Address) })
	switch {
	case i >= 0 && !x.trace.Header.Private:
		return r.fail("private-address", all[i].Address+" is not, and is not asked")
	case len(x.lookups(ofKind(client.LookupPin, client.LookupSandbox, client.LookupLiteral))) > 0:
		return r.open("the name was not looked up: " + x.whyNoDocument())
	case i >= 0:
		return r.open(all[i].Address + " is none, and --allow-private says that it need not be")
	}
	return r.pass("all of them are")
}

// family says whether there is an address of a family. That one of them is missing keeps some servers away, not all.
func (x *evidence) family(k Kind, name string, six bool) Row {
	r := Row{Kind: k}
	all := slices.Concat(x.own, x.unasked)
	if len(all) == 0 {
		return r.open("no address is known")
	}
	var of []string
	for _, d := range all {
		if isIPv6(d.Address) == six {
			of = append(of, d.Address)
		}
	}
	switch {
	case len(of) > 0:
		return r.pass(wording.List(of))
	case six:
		return r.open("there is none, and most servers need none")
	}
	return r.warn("ipv6-only", "there is none: servers without IPv6 cannot reach it")
}

// lasting gives a duration in the unit that fits it.
func lasting(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return wording.Count(int(d/(24*time.Hour)), "day")
	case d >= 2*time.Hour:
		return wording.Count(int(d/time.Hour), "hour")
	case d >= 2*time.Minute:
		return wording.Count(int(d/time.Minute), "minute")
	}
	return wording.Count(int(d/time.Second), "second")
}
