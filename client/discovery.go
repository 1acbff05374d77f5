package client

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A Destination is where a server name leads: the address to dial and the names to use there. The rule that the target
// of an SRV record never appears in Host, SNI or certificate checks is already applied.
// Spec: server-server, Resolving server names.
type Destination struct {
	Server     string `json:"server"`        // the server name, before delegation: X-Matrix and keys use it
	Address    string `json:"address"`       // IP and port to dial
	Host       string `json:"host"`          // the Host header
	SNI        string `json:"sni,omitempty"` // empty for an IP literal: none is sent
	VerifyName string `json:"verify_name"`   // what the certificate must be valid for
}

// A Discovery is the resolution of one server name with every step kept, used or ignored.
type Discovery struct {
	Server       string          `json:"server"`
	Steps        []DiscoveryStep `json:"steps"`
	Destinations []Destination   `json:"destinations,omitempty"` // in the order to try; empty when Failure is set
	Failure      *Failure        `json:"failure,omitempty"`
	Took         time.Duration   `json:"took"`
}

// A DiscoveryStep is one look-up or decision on the way from a server name to addresses: the facts, and the sentence
// made from them.
type DiscoveryStep struct {
	Rule   Rule          `json:"rule"`
	Action string        `json:"action"` // what was done: "A matrix.example", "GET https://…"
	Result string        `json:"result"` // what came of it, untrusted
	Used   bool          `json:"used"`   // whether the destinations rest on it
	Took   time.Duration `json:"took,omitempty"`
	Lookup
}

// A Rule is a step of the spec's list, by its number. Spec: server-server, Server discovery.
type Rule string

// The steps of the list, and our own that comes before them.
const (
	RulePinned          Rule = "pinned" // somebody said where the name leads
	RuleLiteral         Rule = "1"      // the name is an IP literal
	RulePort            Rule = "2"      // the name has a port
	RuleWellKnown       Rule = "3"      // a well-known document delegates
	RuleDelegateLiteral Rule = "3.1"    // to an IP literal
	RuleDelegatePort    Rule = "3.2"    // to a name with a port
	RuleDelegateSRV     Rule = "3.3"    // to a name with a record _matrix-fed._tcp
	RuleDelegateOldSRV  Rule = "3.4"    // to a name with a record _matrix._tcp, deprecated
	RuleDelegateName    Rule = "3.5"    // to a name, at port 8448
	RuleSRV             Rule = "4"      // the name has a record _matrix-fed._tcp
	RuleOldSRV          Rule = "5"      // the name has a record _matrix._tcp, deprecated
	RuleName            Rule = "6"      // the name itself, at port 8448
)

// A Lookup is what a step of a discovery looked up and how that ended. Kind is empty in the first recordings, which
// hold the sentence alone.
type Lookup struct {
	Kind LookupKind `json:"kind,omitempty"`
	Name string     `json:"name,omitempty"` // the name looked up or pinned, the URL fetched
	From string     `json:"from,omitempty"` // a document: the IP and port it was fetched from
	End  LookupEnd  `json:"end,omitempty"`

	// What DNS, the hosts file or a pin says.
	Addresses []string    `json:"addresses,omitempty"` // IPs; of a pin, IPs with ports
	Aliases   []string    `json:"aliases,omitempty"`   // CNAME targets on the way
	Targets   []SRVTarget `json:"targets,omitempty"`   // of SRV records, in the order to try
	More      int         `json:"more,omitempty"`      // SRV records beyond Targets, which are not followed
	System    bool        `json:"system,omitempty"`    // asked the system, which may say EndNoRecord for EndNoName
	Trouble   string      `json:"trouble,omitempty"`   // EndUnknown, EndInvalid: a response code, or words; untrusted

	// What a document says.
	Status     int           `json:"status,omitempty"`
	StatusText string        `json:"status_text,omitempty"` // the text next to Status, untrusted
	Delegate   string        `json:"delegate,omitempty"`    // its m.server, where that is a server name
	Claim      string        `json:"claim,omitempty"`       // its m.server, where that is none
	Life       time.Duration `json:"life,omitempty"`        // for how long other servers may keep it
	LifeSource LifeSource    `json:"life_source,omitempty"` // what Life was taken from
	LifeCut    bool          `json:"life_cut,omitempty"`    // LifeSource says more than the 48 hours that are allowed
	Location   string        `json:"location,omitempty"`    // a redirect: where it leads, as written
	Fault      DocumentFault `json:"fault,omitempty"`       // EndUnreadable, EndRedirect: why there is no delegation
	Differs    bool          `json:"differs,omitempty"`     // it is another than that of the address before
	Failure    *Failure      `json:"failure,omitempty"`     // why there was no whole response
}

// A LookupKind is a sort of look-up.
type LookupKind string

// The sorts of look-ups.
const (
	LookupPin       LookupKind = "pin"        // somebody said where the name leads
	LookupSandbox   LookupKind = "sandbox"    // a federation in one process knows its own servers
	LookupLiteral   LookupKind = "literal"    // the name is an address itself
	LookupHosts     LookupKind = "hosts"      // the hosts file
	LookupA         LookupKind = "A"          // DNS
	LookupAAAA      LookupKind = "AAAA"       // DNS
	LookupSRV       LookupKind = "SRV"        // DNS
	LookupWellKnown LookupKind = "well_known" // a well-known document, from one address
)

// A LookupEnd is how a look-up ended.
type LookupEnd string

// The ends of a look-up. Those from EndStatus on are of documents only.
const (
	EndFound    LookupEnd = "found"
	EndNoName   LookupEnd = "no_such_name" // NXDOMAIN
	EndNoRecord LookupEnd = "no_record"    // the name has no record of this type
	EndUnknown  LookupEnd = "unknown"      // the name servers failed: SERVFAIL, REFUSED, nonsense
	EndTimeout  LookupEnd = "timeout"      // nobody replied in time
	EndInvalid  LookupEnd = "invalid"      // the name is none that DNS can hold

	EndStatus      LookupEnd = "status"      // another status than 200, and no redirect that was looked at
	EndRedirect    LookupEnd = "redirect"    // Location says where to; Used when it was followed
	EndUnreadable  LookupEnd = "unreadable"  // 200, and no document that can be used
	EndNoHost      LookupEnd = "no_host"     // the host of the document has no address
	EndConnect     LookupEnd = "connect"     // refused, no route
	EndCertificate LookupEnd = "certificate" // of the web server: it does not hold
	EndTLS         LookupEnd = "tls"         // the TLS handshake failed in another way
	EndCut         LookupEnd = "cut"         // the response broke off, or was no HTTP, or never began
	EndForbidden   LookupEnd = "not_allowed" // our own policy keeps us from the address
)

// A LifeSource is what sets for how long a document may be kept.
type LifeSource string

// The sources of a lifetime.
const (
	LifeDefault LifeSource = "default" // the 24 hours of a document that says nothing
	LifeExpires LifeSource = "Expires"
	LifeMaxAge  LifeSource = "max-age"
	LifeNoStore LifeSource = "no-store"
	LifeNoCache LifeSource = "no-cache"
)

// A DocumentFault is why a document that came whole delegates to nobody.
type DocumentFault string

// The faults of documents, and of redirects on the way to one.
const (
	DocumentNoObject   DocumentFault = "not_an_object"       // it is not a JSON object
	DocumentNoServer   DocumentFault = "no_m_server"         // it has no m.server
	DocumentNoString   DocumentFault = "m_server_not_string" // m.server is not a string
	DocumentNoName     DocumentFault = "m_server_not_name"   // m.server is no server name: Claim has it
	RedirectNowhere    DocumentFault = "redirect_nowhere"    // Location is missing, or no URL
	RedirectNotHTTPS   DocumentFault = "redirect_not_https"  // to another scheme, or with a password
	RedirectLoop       DocumentFault = "redirect_loop"       // to where it has led before
	RedirectOnceTooFar DocumentFault = "too_many_redirects"
)

// An SRVTarget is what an SRV record says.
type SRVTarget struct {
	Host     string      `json:"host"` // without the dot at the end; empty for "no such service"
	Port     int         `json:"port"`
	Priority uint16      `json:"priority,omitempty"`
	Weight   uint16      `json:"weight,omitempty"`
	Fault    TargetFault `json:"fault,omitempty"` // why it can be no server's; empty: it can
}

// HostPort is where the target leads, as host:port in lower case.
func (t SRVTarget) HostPort() string {
	return net.JoinHostPort(strings.ToLower(t.Host), strconv.Itoa(t.Port))
}

// A TargetFault is why the target of an SRV record cannot be one. Spec: RFC 2782, Target.
type TargetFault string

// The faults of targets.
const (
	TargetNone    TargetFault = "none"    // ".": the service is decidedly not there
	TargetAddress TargetFault = "address" // an IP address, where a host name has to stand
	TargetName    TargetFault = "name"    // no name that a host can have
	TargetPort    TargetFault = "port"    // port 0
)

const (
	maxRedirects     = 10
	wellKnownLife    = 24 * time.Hour // of a document without cache headers
	maxWellKnownLife = 48 * time.Hour
)

// A Resolver finds where a server name leads. It never returns a Go error: not finding is a result.
type Resolver interface {
	Resolve(ctx context.Context, server string) Discovery
}

// What follows makes the sentences of a discovery from its facts; nothing else does.

// Describe puts the facts of steps into words: it fills in Action and Result.
func Describe(steps []DiscoveryStep) {
	for i := range steps {
		steps[i].Action, steps[i].Result = steps[i].words()
	}
}

// words says what a step did and what came of it.
func (s DiscoveryStep) words() (action, result string) {
	switch s.Kind {
	case LookupPin:
		return "pin of " + clip(s.Name), listed(s.Addresses)
	case LookupSandbox:
		return "look up " + clip(s.Name) + " in the sandbox", s.sandboxWords()
	case LookupLiteral:
		return "read " + clip(s.Name), "an IP address" + notPublic(s.Addresses[0])
	case LookupHosts:
		return "hosts file " + clip(s.Name), listed(s.Addresses)
	case LookupWellKnown:
		action = "GET " + clip(s.Name)
		if s.From != "" {
			action += " from " + s.From
		}
		return action, s.documentWords()
	}
	return string(s.Kind) + " " + clip(s.Name), s.recordWords()
}

// sandboxWords says where a federation in one process has a server.
func (s DiscoveryStep) sandboxWords() string {
	switch s.End {
	case EndFound:
		return listed(s.Addresses)
	case EndInvalid:
		return s.Trouble
	}
	return "no such server in the sandbox"
}

// recordWords says what DNS had.
func (s DiscoveryStep) recordWords() string {
	var words []string
	for _, alias := range s.Aliases {
		words = append(words, "CNAME "+clip(alias))
	}
	if s.Aliases != nil && s.Kind != LookupSRV && s.Rule.service() != "" {
		words[len(words)-1] += " (an SRV target must not be an alias)" // RFC 2782, Target
	}
	for _, t := range s.Targets {
		words = append(words, fmt.Sprintf("%d %d %d %s.", t.Priority, t.Weight, t.Port, clip(t.Host)))
	}
	if s.More > 0 {
		words = append(words, fmt.Sprintf("%d more, not followed", s.More))
	}
	if s.Addresses != nil {
		words = append(words, listed(s.Addresses))
	}
	if why := s.absence(); why != "" {
		if open := s.End != EndNoName && s.End != EndNoRecord; open && s.Kind == LookupSRV {
			why += ": not known whether there is a record"
		}
		words = append(words, why)
	}
	return strings.Join(words, ", ")
}

// absence says why DNS had no record; empty when it had one.
func (l Lookup) absence() string {
	switch l.End {
	case EndFound:
		return ""
	case EndNoName:
		return "NXDOMAIN"
	case EndNoRecord:
		if l.System {
			return "no such name or no such record"
		}
		return fmt.Sprintf("no %s record", l.Kind)
	case EndTimeout:
		return "timeout"
	case EndInvalid:
		return "not a name that DNS can hold"
	}
	return l.Trouble
}

// service is the name that the rule looks for SRV records under, before the host; empty when it looks for none. The
// addresses that a rule with a service looks up are those of the records' targets.
func (r Rule) service() string {
	switch r {
	case RuleSRV, RuleDelegateSRV:
		return "_matrix-fed._tcp."
	case RuleOldSRV, RuleDelegateOldSRV:
		return "_matrix._tcp."
	}
	return ""
}

// documentWords says what became of a well-known document.
func (l Lookup) documentWords() string {
	const none = ": no delegation"
	var words string
	switch {
	case l.Failure != nil:
		words = l.Failure.Message + none
	case l.End == EndFound:
		from := string(l.LifeSource)
		switch {
		case l.LifeCut:
			from = "the most there is, not " + from
		case l.LifeSource == LifeDefault:
			from = "the default"
		}
		words = fmt.Sprintf("200, m.server %q, good for %s (%s)", l.Delegate, inWords(l.Life), from)
	case l.End == EndStatus:
		words = fmt.Sprintf("%d %s", l.Status, clip(l.StatusText)) + none
	case l.End == EndRedirect && l.Fault == "":
		words = fmt.Sprintf("%d to %s", l.Status, l.target())
	case l.End == EndRedirect:
		words = fmt.Sprintf("%d ", l.Status) + fmt.Sprintf(documentFaults[l.Fault], l.target()) + none
	default:
		words = "200, " + l.faultWords() + none
	}
	if l.Differs {
		words += " (differs from the address before)"
	}
	return words
}

// documentFaults are the faults in words; those of redirects name where they lead.
var documentFaults = map[DocumentFault]string{
	DocumentNoObject: "not a JSON object", DocumentNoServer: "without m.server",
	DocumentNoString:   "m.server is not a string",
	RedirectNowhere:    "to nowhere%.0s",
	RedirectNotHTTPS:   "to %s, which is not plain https",
	RedirectLoop:       "to %s, which is a loop",
	RedirectOnceTooFar: "to %s, after " + strconv.Itoa(maxRedirects) + " redirects",
}

func (l Lookup) faultWords() string {
	if l.Fault != DocumentNoName {
		return documentFaults[l.Fault]
	}
	_, err := ParseServerName(l.Claim)
	return fmt.Sprintf("m.server: %v", err)
}

// target gives the URL that a redirect leads to, without a password.
func (l Lookup) target() string {
	from, err := url.Parse(l.Name)
	if err != nil {
		return clip(l.Location)
	}
	to, err := from.Parse(l.Location)
	if err != nil {
		return clip(l.Location)
	}
	return clip(to.Redacted())
}

// noPort says that a name has a port that no address can have; what is where the name stands.
func noPort(what string, n ServerName) string {
	return fmt.Sprintf("%s %q: there is no port %d", what, clip(n.Name), n.Port)
}

// noIPv6 says that a name in brackets is no address.
func noIPv6(n ServerName) string {
	return fmt.Sprintf("server name %q: the brackets hold no IPv6 address", clip(n.Name))
}

// noAddress says that no record of a host has an address.
func noAddress(host string, lookups ...Lookup) string {
	var why []string
	for _, l := range lookups {
		why = append(why, string(l.Kind)+": "+l.absence())
	}
	return fmt.Sprintf("%s has no address (%s)", clip(host), strings.Join(why, ", "))
}

// words says why a target of the service's records can be no server's.
func (t SRVTarget) words(service string) string {
	switch t.Fault {
	case TargetNone:
		return service + " says that there is no such service"
	case TargetAddress:
		return fmt.Sprintf("%s has the target %s, which is an IP address, where the name of a host has to stand",
			service, clip(t.Host))
	case TargetPort:
		return fmt.Sprintf("%s leads to port 0 of %s", service, clip(t.Host))
	}
	return fmt.Sprintf("%s has the target %q, which no host can be called", service, clip(t.Host))
}

// listed lists IPs, or IPs with ports.
func listed(addresses []string) string {
	words := make([]string, len(addresses))
	for i, a := range addresses {
		words[i] = a + notPublic(a)
	}
	return strings.Join(words, ", ")
}

func notPublic(address string) string {
	ip, err := netip.ParseAddr(address)
	if at, fault := netip.ParseAddrPort(address); err != nil && fault == nil {
		ip = at.Addr()
	}
	if Public(ip) {
		return ""
	}
	return " (not public)"
}

// inWords gives a duration in its largest unit that is exact.
func inWords(d time.Duration) string {
	switch {
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%d s", d/time.Second)
}
