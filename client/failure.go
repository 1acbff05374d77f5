package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

// A Failure says how an exchange ended without a whole response: in facts, and in a sentence for people. Part, Reason
// and Alert are empty in the first recordings.
type Failure struct {
	Kind    FailureKind `json:"kind"`
	Message string      `json:"message"`          // the sentence, which may quote the other side: untrusted
	Part    Part        `json:"part,omitempty"`   // which part of the exchange it struck
	Reason  Reason      `json:"reason,omitempty"` // what it was, where more is known than Kind says
	Alert   Alert       `json:"alert,omitempty"`  // the TLS alert by which the other side ended it
}

// A FailureKind is a way in which an exchange fails.
type FailureKind string

// The ways an exchange fails.
const (
	FailedResolve   FailureKind = "resolve"   // the server name leads to no address
	FailedConnect   FailureKind = "connect"   // refused, unreachable
	FailedTLS       FailureKind = "tls"       // handshake or certificate
	FailedTimeout   FailureKind = "timeout"   // the deadline passed, in whichever part
	FailedClosed    FailureKind = "closed"    // the connection ended before the response did
	FailedMalformed FailureKind = "malformed" // not HTTP
	FailedTooLarge  FailureKind = "too_large" // over the limit of the endpoint
	FailedCancelled FailureKind = "cancelled" // we gave up
	FailedForbidden FailureKind = "forbidden" // our own policy refuses the address
)

// A Part is a part of an exchange.
type Part string

// The parts of an exchange, in order.
const (
	PartResolve   Part = "resolve"
	PartPrepare   Part = "prepare" // making the request: nothing has gone out
	PartConnect   Part = "connect"
	PartTLS       Part = "tls"
	PartWrite     Part = "write"
	PartFirstByte Part = "first_byte"
	PartBody      Part = "body"
)

// doing completes "the deadline passed while …".
var doing = map[Part]string{
	PartResolve: "resolving the name", PartPrepare: "preparing the request",
	PartConnect: "connecting", PartTLS: "in the TLS handshake",
	PartWrite: "sending the request", PartFirstByte: "waiting for the response", PartBody: "reading the response",
}

// A Reason is what made an exchange fail.
type Reason string

// The reasons, where a Kind has several.
const (
	ReasonRefused     Reason = "refused"     // a host is there, and nothing listens
	ReasonNoRoute     Reason = "no_route"    // there is no way to the host
	ReasonNoNetwork   Reason = "no_network"  // this host reaches no network of that sort, as one without IPv6
	ReasonNotTLS      Reason = "not_tls"     // something is there, and does not speak TLS
	ReasonCertificate Reason = "certificate" // the certificate was not accepted: see TLS.Faults
	ReasonPrivate     Reason = "private"     // the address is not public, and only public ones may be dialled

	// Why a name leads to no address; the first one where there are several.
	ReasonName      Reason = "name"       // it is no server name, or its brackets hold no IPv6 address
	ReasonPort      Reason = "port"       // its port is over 65535
	ReasonPin       Reason = "pin"        // the address pinned for it is none
	ReasonNoAddress Reason = "no_address" // neither A nor AAAA records
	ReasonTarget    Reason = "srv_target" // its SRV records cannot be followed: see SRVTarget.Fault
)

// An Alert is a TLS alert, spelled as in RFC 8446.
type Alert string

// The alerts that say what the other side objects to.
const (
	AlertBadCertificate     Alert = "bad_certificate"
	AlertUnsupported        Alert = "unsupported_certificate"
	AlertRevoked            Alert = "certificate_revoked"
	AlertExpired            Alert = "certificate_expired"
	AlertUnknownCertificate Alert = "certificate_unknown"
	AlertUnknownCA          Alert = "unknown_ca"
	AlertUnrecognizedName   Alert = "unrecognized_name"
)

// alerts are the numbers of alerts. Spec: RFC 8446, Alert Protocol.
var alerts = map[tls.AlertError]Alert{
	0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 22: "record_overflow", 40: "handshake_failure",
	42: AlertBadCertificate, 43: AlertUnsupported, 44: AlertRevoked, 45: AlertExpired, 46: AlertUnknownCertificate,
	47: "illegal_parameter", 48: AlertUnknownCA, 49: "access_denied", 50: "decode_error", 51: "decrypt_error",
	70: "protocol_version", 71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback",
	90: "user_canceled", 109: "missing_extension", 110: "unsupported_extension", 112: AlertUnrecognizedName,
	113: "bad_certificate_status_response", 115: "unknown_psk_identity", 116: "certificate_required",
	120: "no_application_protocol",
}

// alertWords are the alerts by the words of crypto/tls. It passes on an alert of the other side in a type that it does
// not export; only the words come out.
var alertWords = func() map[string]Alert {
	out := map[string]Alert{}
	for number, name := range alerts {
		out[number.Error()] = name
	}
	return out
}()

// alertOf returns the alert by which the other side ended a TLS handshake; empty when it did not.
func alertOf(err error) Alert {
	var remote *net.OpError
	if !errors.As(err, &remote) || remote.Op != "remote error" {
		return ""
	}
	if name, ok := alertWords[remote.Err.Error()]; ok {
		return name
	}
	return "unknown"
}

// reasonOf says why a connection was not made; empty where the error does not say.
func reasonOf(err error) Reason {
	switch {
	case isErrno(err, noNetwork):
		return ReasonNoNetwork
	case isErrno(err, noRoute):
		return ReasonNoRoute
	case Refused(err):
		return ReasonRefused
	}
	return ""
}

// A refusal is an error of a known kind.
type refusal struct {
	kind   FailureKind
	why    string
	reason Reason
}

func (r *refusal) Error() string { return r.why }

// failureIn says in what way err ended part p of an exchange that ends with ctx. deadline is how long it had in all.
func failureIn(ctx context.Context, p Part, deadline time.Duration, err error) *Failure {
	f := failureOf(err, "the other side")
	f.Part = p
	if f.Kind != "" {
		return f
	}
	var timeout net.Error
	switch {
	case errors.Is(ended(ctx), context.Canceled):
		f.Kind, f.Message = FailedCancelled, "given up while "+doing[p]
	case ended(ctx) != nil:
		f.Kind = FailedTimeout
		f.Message = fmt.Sprintf("the deadline of %s passed while %s", deadline.Round(time.Millisecond), doing[p])
	case errors.As(err, &timeout) && timeout.Timeout():
		f.Kind, f.Message = FailedTimeout, "timed out while "+doing[p]
	default:
		f.Kind, f.Message = byPart(p), plainly(err)+" while "+doing[p]
		if p == PartConnect {
			f.Reason = reasonOf(err)
		}
	}
	return f
}

// failureOf reads the errors that say themselves what kind of failure they are; the Kind of others is empty. peer is
// what the sentence calls the other end of the connection.
func failureOf(err error, peer string) *Failure {
	var own *refusal
	var record tls.RecordHeaderError
	switch alert := alertOf(err); {
	case errors.As(err, &own):
		return &Failure{Kind: own.kind, Message: own.why, Reason: own.reason}
	case alert != "":
		return &Failure{Kind: FailedTLS, Message: peer + " ended TLS: " + plainly(err), Alert: alert}
	case errors.As(err, &record):
		return &Failure{Kind: FailedTLS, Reason: ReasonNotTLS,
			Message: fmt.Sprintf("%s does not speak TLS: its first bytes are %q", peer, record.RecordHeader[:])}
	}
	return &Failure{}
}

func isEOF(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// byPart is the kind of a failure of which nothing is known but the part it struck.
func byPart(p Part) FailureKind {
	switch p {
	case PartConnect:
		return FailedConnect
	case PartTLS:
		return FailedTLS
	}
	return FailedClosed
}

// ended is ctx.Err, but for the moment in which a connection already knows that the deadline has passed and the context
// does not.
func ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if at, ok := ctx.Deadline(); ok && !time.Now().Before(at) {
		return context.DeadlineExceeded
	}
	return nil
}

// plainly gives the words of an error of the net, syscall or tls packages without the packages' own.
func plainly(err error) string {
	var errno syscall.Errno
	switch {
	case isEOF(err) || errors.Is(err, net.ErrClosed):
		return "the connection was closed"
	case errors.As(err, &errno):
		return errno.Error()
	}
	text := err.Error()
	for _, prefix := range []string{"tls: ", "remote error: ", "tls: ", "local error: ", "net/http: ", "http: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return clip(text)
}
