// Package client is the joining server on the wire: its identity and keys, the requests of the handshake, the
// connections that carry them, and the listener that other servers, or our own client, call.
//
// It keeps what it saw. Every exchange comes back whole: the bytes sent and received, the addresses, the certificates,
// the time each part took. It judges nothing and repairs nothing. What it saw is recorded in facts; the sentences
// that come with them are made from the facts, for people to read.
package client

import (
	"crypto/x509"
	"net"
	"strconv"
	"strings"
	"time"
)

// A Field is one header field, spelled and ordered as it was on the wire where that is known.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A Request is one HTTP request. Target is the raw request target, exactly the bytes that are signed and sent; Header
// is empty until the request has been sent.
type Request struct {
	Endpoint Endpoint
	Method   string
	Target   string
	Header   []Field
	Body     []byte // nil: no body, and then no content in the signed JSON
}

// An Endpoint names what a request is for, in the spec's spelling. Deadlines and size limits are chosen by it.
type Endpoint string

// The endpoints of the handshake and of what lies under it.
const (
	ClientJoin     Endpoint = "join"
	QueryDirectory Endpoint = "query/directory"
	MakeJoin       Endpoint = "make_join"
	SendJoinV1     Endpoint = "send_join v1"
	SendJoinV2     Endpoint = "send_join"
	MakeLeave      Endpoint = "make_leave"
	SendLeave      Endpoint = "send_leave"
	ServerKeys     Endpoint = "key/server"
	NotaryQuery    Endpoint = "key/query"
	ServerVersion  Endpoint = "version"
	UserDevices    Endpoint = "user/devices"
	StateIDs       Endpoint = "state_ids"
	InviteV1       Endpoint = "invite v1"
	Invite         Endpoint = "invite"
	OnBind         Endpoint = "3pid/onbind"
	ExchangeInvite Endpoint = "exchange_third_party_invite"
	WellKnown      Endpoint = "well-known"
	Send           Endpoint = "send"

	// what a server asks of others once it is in a room
	StateOf       Endpoint = "state"
	EventOf       Endpoint = "event"
	Backfill      Endpoint = "backfill"
	MissingEvents Endpoint = "get_missing_events"
	EventAuth     Endpoint = "event_auth"
	QueryProfile  Endpoint = "query/profile"
	UserKeys      Endpoint = "user/keys/query"
)

// A Response is an HTTP response as received. Body holds the bytes after transfer coding only: nothing is decompressed,
// re-encoded or repaired.
type Response struct {
	Status int
	Reason string // the text of the status line
	Header []Field
	Body   []byte

	// Excess is how many bytes had come by the end of the body that are no part of it: the announced length is too small.
	Excess int

	// Unseen says that nothing but the status is known, from a log: neither header fields nor body. Said is the error text
	// that the log tells of it; empty where it tells none.
	Unseen bool
	Said   string
}

// ErrorSaid returns what a log tells of an error: the errcode, where homeservers log it before the text, and the text.
func (r *Response) ErrorSaid() (errcode, message string) {
	code, message, ok := strings.Cut(r.Said, ": ")
	if ok && strings.HasPrefix(code, "M_") && !strings.Contains(code, " ") {
		return code, message
	}
	return "", r.Said
}

// Announced returns the length of the body that the response announces; false where it announces none.
func (r *Response) Announced() (int64, bool) {
	n, err := strconv.ParseInt(field(r.Header, "Content-Length"), 10, 64)
	return n, err == nil && n >= 0
}

// A Connection says what carried an exchange.
type Connection struct {
	Address string // IP and port dialled, or of the caller for a request that reached our listener
	TLS     *TLS   // nil when the handshake did not complete and no certificate was seen
	Timings Timings

	// Unreached are the addresses of the same server that were tried before and did not take the connection.
	Unreached []Unreached
}

// Unreached is an address that did not take a connection, and why.
type Unreached struct {
	Address string  `json:"address"`
	Failure Failure `json:"failure"`
}

// Timings are the parts of an exchange, each measured from the end of the part before it; zero when not reached.
type Timings struct {
	Connect   time.Duration `json:"connect,omitempty"`
	TLS       time.Duration `json:"tls,omitempty"`
	Write     time.Duration `json:"write,omitempty"`
	FirstByte time.Duration `json:"first_byte,omitempty"`
	Body      time.Duration `json:"body,omitempty"`
}

// TLS holds what a TLS handshake showed of the other side.
type TLS struct {
	Version      string        `json:"version,omitempty"` // "TLS 1.3"
	CipherSuite  string        `json:"cipher_suite,omitempty"`
	ALPN         string        `json:"alpn,omitempty"`        // the protocol that the other side chose; empty: none
	ServerName   string        `json:"server_name,omitempty"` // the SNI sent; empty for an IP literal
	VerifyName   string        `json:"verify_name,omitempty"` // the name or IP the certificate must be valid for
	Certificates []Certificate `json:"certificates,omitempty"`
	VerifyError  string        `json:"verify_error,omitempty"` // empty: the chain and the name were verified

	// Faults is VerifyError in facts; empty in the first recordings.
	Faults []CertificateFault `json:"verify_faults,omitempty"`

	// Unchecked tells that nobody here verified anything: another program made the connection, and does not say.
	Unchecked bool `json:"unchecked,omitempty"`
}

// A CertificateFault is a reason not to accept a chain of certificates for a name.
type CertificateFault string

// The faults of certificates.
const (
	CertificateNone        CertificateFault = "none_served"
	CertificateWrongName   CertificateFault = "wrong_name"
	CertificateExpired     CertificateFault = "expired"       // it, or one in its chain
	CertificateNotYet      CertificateFault = "not_yet_valid" // it, or one in its chain
	CertificateSelfSigned  CertificateFault = "self_signed"
	CertificateUnknownRoot CertificateFault = "unknown_authority"
	CertificateOther       CertificateFault = "other" // a constraint, a key usage, an algorithm: VerifyError says which
)

// A Certificate is one certificate of the chain the other side served, leaf first.
type Certificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	Names     []string  `json:"names,omitempty"` // DNS names and IP addresses it is valid for
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	SHA256    string    `json:"sha256"` // of the DER form, lower-case hex
}

// An Exchange is one request and what came back. Response is nil when nothing came; Failure is nil when a whole
// response came. Both are set when a response broke off half way.
type Exchange struct {
	Server     string // the server name asked, before any delegation
	Request    Request
	Response   *Response
	Failure    *Failure
	Connection Connection
}

// Misnamed reports whether the certificate is not for the name it has to be for. There must be one.
func (t *TLS) Misnamed() bool {
	leaf := &x509.Certificate{}
	for _, name := range t.Certificates[0].Names {
		if ip := net.ParseIP(name); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, name)
		}
	}
	return leaf.VerifyHostname(t.VerifyName) != nil
}

// field gives the values of the header fields of that name, joined by commas.
func field(fields []Field, name string) string {
	var values []string
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			values = append(values, f.Value)
		}
	}
	return strings.Join(values, ", ")
}

const (
	kiB = 1 << 10
	miB = 1 << 20
)
