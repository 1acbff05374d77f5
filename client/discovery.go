package client

import (
	"context"
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

// A DiscoveryStep is one look-up or decision on the way from a server name to addresses: in words for people, and as the
// facts that the words were made from.
type DiscoveryStep struct {
	Rule   Rule          `json:"rule"`
	Action string        `json:"action"` // what was done: "A matrix.example", "GET https://…"
	Result string        `json:"result"` // what came of it, untrusted
	Used   bool          `json:"used"`   // whether the answer below rests on it
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

// A Lookup is what a step of a discovery did and how it ended, in facts. Kind is empty in the first recordings, which
// have the words alone.
type Lookup struct {
	Kind      LookupKind    `json:"kind,omitempty"`
	Name      string        `json:"name,omitempty"` // the name looked up or pinned, the URL fetched
	From      string        `json:"from,omitempty"` // a document: the IP and port it was fetched from
	End       LookupEnd     `json:"end,omitempty"`
	Status    int           `json:"status,omitempty"`    // a document: of the answer
	Addresses []string      `json:"addresses,omitempty"` // IPs; of a pin, IPs with ports
	Aliases   []string      `json:"aliases,omitempty"`   // CNAME targets on the way
	Targets   []SRVTarget   `json:"targets,omitempty"`   // of SRV records, in the order to try
	Delegate  string        `json:"delegate,omitempty"`  // a document: its m.server, where that is a server name
	Claim     string        `json:"claim,omitempty"`     // a document: its m.server, where that is none
	Life      time.Duration `json:"life,omitempty"`      // a document: for how long other servers may keep it
	Location  string        `json:"location,omitempty"`  // a redirect: where it leads
	Failure   *Failure      `json:"failure,omitempty"`   // a document: why there was no whole answer
}

// A LookupKind is a sort of look-up.
type LookupKind string

// The sorts of look-ups.
const (
	LookupPin       LookupKind = "pin"        // somebody said where the name leads
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
	EndNoRecord LookupEnd = "no_record"    // the name has no record of this type; with the system's resolver, or no such name
	EndUnknown  LookupEnd = "unknown"      // the name servers failed: SERVFAIL, REFUSED, nonsense
	EndTimeout  LookupEnd = "timeout"      // nobody answered in time
	EndInvalid  LookupEnd = "invalid"      // what was to be looked up is no name that could be

	EndStatus      LookupEnd = "status"      // another status than 200, and no redirect
	EndRedirect    LookupEnd = "redirect"    // Location says where to; Used when it was followed
	EndUnreadable  LookupEnd = "unreadable"  // 200, and no document that can be used
	EndNoHost      LookupEnd = "no_host"     // the host of the document has no address
	EndConnect     LookupEnd = "connect"     // refused, no route
	EndCertificate LookupEnd = "certificate" // of the web server: it does not hold
	EndTLS         LookupEnd = "tls"         // the TLS handshake failed in another way
	EndCut         LookupEnd = "cut"         // the answer broke off, or was no HTTP, or never began
	EndForbidden   LookupEnd = "not_allowed" // our own policy keeps us from the address
)

// An SRVTarget is what an SRV record says.
type SRVTarget struct {
	Host     string      `json:"host"` // without the dot at the end; empty for "no such service"
	Port     int         `json:"port"`
	Priority uint16      `json:"priority,omitempty"`
	Weight   uint16      `json:"weight,omitempty"`
	Fault    TargetFault `json:"fault,omitempty"` // why it can be no server's; empty: it can
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

// A Resolver finds where a server name leads. It never returns a Go error: not finding is a result.
type Resolver interface {
	Resolve(ctx context.Context, server string) Discovery
}
