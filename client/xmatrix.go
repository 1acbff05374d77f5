package client

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"doorstep/flow/event"
)

// SignRequest signs r for destination as id. It gives the value of the Authorization header and the exact bytes that
// were signed: canonical JSON of method, uri (the target as it will be sent), origin, destination and, if there is a
// body, content. Both names are those before delegation. It errs when a name is no server name, the target cannot stand
// on a request line or the body is not JSON. Spec: server-server, Request Authentication.
func SignRequest(id Identity, destination string, r Request) (authorization string, signed []byte, err error) {
	x, signed, err := xMatrixFor(id, destination, r)
	return x.String(), signed, err
}

// signRequest2015 is SignRequest with the header as it was in 2015: no destination, origin without quotes. The signed
// bytes are the same.
func signRequest2015(id Identity, destination string, r Request) (authorization string, signed []byte, err error) {
	x, signed, err := xMatrixFor(id, destination, r)
	return x.string2015(), signed, err
}

func xMatrixFor(id Identity, destination string, r Request) (XMatrix, []byte, error) {
	for _, name := range []string{id.ServerName, destination} {
		if _, err := ParseServerName(name); err != nil {
			return XMatrix{}, nil, fmt.Errorf("sign the request: %w", err)
		}
	}
	if err := checkKeyID(id.Key.ID); err != nil {
		return XMatrix{}, nil, fmt.Errorf("sign the request: %w", err)
	}
	if len(id.Key.Private) != ed25519.PrivateKeySize {
		return XMatrix{}, nil, errors.New("sign the request: there is no private key")
	}
	signed, err := requestBytes(id.ServerName, destination, r)
	if err != nil {
		return XMatrix{}, nil, fmt.Errorf("sign the request: %w", err)
	}
	sig := event.EncodeBase64(ed25519.Sign(id.Key.Private, signed))
	return XMatrix{Origin: id.ServerName, Destination: destination, Key: id.Key.ID, Sig: sig}, signed, nil
}

// requestBytes gives what an X-Matrix signature covers. The body may be an event of an old room version, whose numbers
// are no business of canonical JSON's, so number text stays as it is.
func requestBytes(origin, destination string, r Request) ([]byte, error) {
	if err := checkTarget(r.Target); err != nil {
		return nil, err
	}
	o := struct {
		Content     json.RawMessage `json:"content,omitempty"`
		Destination string          `json:"destination"`
		Method      string          `json:"method"`
		Origin      string          `json:"origin"`
		URI         string          `json:"uri"`
	}{Destination: destination, Method: r.Method, Origin: origin, URI: r.Target}
	if len(r.Body) > 0 {
		content, err := event.Canonical(r.Body, false)
		if err != nil {
			return nil, fmt.Errorf("the body: %w", err)
		}
		o.Content = content
	}
	raw, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	return event.Canonical(raw, false)
}

// checkTarget errs unless target can stand on a request line as it is.
func checkTarget(target string) error {
	if !strings.HasPrefix(target, "/") {
		return fmt.Errorf("request target %q: does not start with '/'", clip(target))
	}
	for i := range len(target) {
		if c := target[i]; c <= ' ' || c >= 0x7f {
			return fmt.Errorf("request target %q: holds a byte that is not escaped", clip(target))
		}
	}
	return nil
}

// maxParams bounds the parameters of one header; five are known.
const maxParams = 32

// XMatrix holds the parameters of an X-Matrix Authorization header, unquoted.
type XMatrix struct {
	Origin      string
	Destination string // empty when the header has none, as in 2015
	Key         string // key ID
	Sig         string // as written, base64
}

// String gives the header value as it is to be sent today: every parameter quoted, nothing around the commas.
func (x XMatrix) String() string {
	return fmt.Sprintf(`X-Matrix origin="%s",destination="%s",key="%s",sig="%s"`, x.Origin, x.Destination, x.Key, x.Sig)
}

func (x XMatrix) string2015() string {
	return fmt.Sprintf(`X-Matrix origin=%s,key="%s",sig="%s"`, x.Origin, x.Key, x.Sig)
}

// ParseXMatrix reads an X-Matrix Authorization header as tolerantly as RFC 9110 asks of a recipient: parameters in any
// order and spelling of case, as tokens or quoted strings with backslashes, blanks around commas and '=', unknown
// parameters ignored, colons tolerated outside quotes. It errs when the scheme is another, the syntax is broken, a
// known parameter is missing or given twice, or origin or destination is no server name. Spec: server-server, Request
// Authentication; RFC 9110, section 11.4.
func ParseXMatrix(header string) (XMatrix, error) {
	scheme, rest, _ := strings.Cut(strings.Trim(header, " \t"), " ")
	if !strings.EqualFold(scheme, "X-Matrix") {
		return XMatrix{}, fmt.Errorf("the scheme is %q, not X-Matrix", clip(scheme))
	}
	params, err := parseParams(rest)
	if err != nil {
		return XMatrix{}, err
	}
	var x XMatrix
	hasDestination := false
	for _, p := range params {
		switch p.name {
		case "origin":
			x.Origin = p.value
		case "destination":
			x.Destination, hasDestination = p.value, true
		case "key":
			x.Key = p.value
		case "sig":
			x.Sig = p.value
		}
	}
	for _, p := range [][2]string{{"origin", x.Origin}, {"key", x.Key}, {"sig", x.Sig}} {
		if p[1] == "" {
			return XMatrix{}, fmt.Errorf("there is no %s", p[0])
		}
	}
	if _, err := ParseServerName(x.Origin); err != nil {
		return XMatrix{}, fmt.Errorf("origin: %w", err)
	}
	if hasDestination {
		if _, err := ParseServerName(x.Destination); err != nil {
			return XMatrix{}, fmt.Errorf("destination: %w", err)
		}
	}
	return x, nil
}

// A param is one auth-param: its name in lower case, its value unquoted, and where the value is written.
type param struct {
	name, value string
	start, end  int // byte offsets of the value, quotes included
}

// parseParams reads a list of auth-params. None is there twice.
func parseParams(s string) ([]param, error) {
	const blanks = " \t"
	var params []param
	rest := s
	for {
		rest = strings.TrimLeft(rest, blanks+",") // empty list elements are allowed
		if rest == "" {
			return params, nil
		}
		end := 0
		for end < len(rest) && isTokenByte(rest[end]) {
			end++
		}
		p := param{name: strings.ToLower(rest[:end])}
		after := strings.TrimLeft(rest[end:], blanks)
		if p.name == "" || !strings.HasPrefix(after, "=") {
			return nil, fmt.Errorf("no parameter is readable at byte %d", len(s)-len(rest))
		}
		rest = strings.TrimLeft(after[1:], blanks)
		p.start = len(s) - len(rest)
		var err error
		if p.value, rest, err = paramValue(rest); err != nil {
			return nil, fmt.Errorf("parameter %s: %w", clip(p.name), err)
		}
		p.end = len(s) - len(rest)
		if rest = strings.TrimLeft(rest, blanks); rest != "" && rest[0] != ',' {
			return nil, fmt.Errorf("parameter %s: something follows it without a comma", clip(p.name))
		}
		if len(params) == maxParams {
			return nil, fmt.Errorf("more than %d parameters", maxParams)
		}
		if slices.ContainsFunc(params, func(q param) bool { return q.name == p.name }) {
			return nil, fmt.Errorf("parameter %s: is given twice", clip(p.name))
		}
		params = append(params, p)
	}
}

// paramValue reads the token or quoted string that s begins with. A token ends at a blank or comma only: real servers
// leave server names, key IDs and base64 unquoted.
func paramValue(s string) (value, rest string, err error) {
	if s == "" || s[0] != '"' {
		end := strings.IndexAny(s, " \t,\"")
		if end < 0 {
			end = len(s)
		}
		if end == 0 {
			return "", "", errors.New("has no value")
		}
		return s[:end], s[end:], nil
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:], nil
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", "", errors.New("has no closing quote")
}

func isTokenByte(c byte) bool {
	return isDNSByte(c) || strings.IndexByte("!#$%&'*+^_`|~", c) >= 0
}

// An AuthReason is a way in which an inbound request fails authentication.
type AuthReason string

// The ways authentication fails, in the order in which they are found.
const (
	AuthMissing     AuthReason = "missing"           // no X-Matrix header
	AuthMalformed   AuthReason = "malformed"         // header or body cannot be read
	AuthDestination AuthReason = "wrong_destination" // meant for another server
	AuthUnknownKey  AuthReason = "unknown_key"       // the key is not available, or it is not one of the origin's
	AuthSignature   AuthReason = "bad_signature"     // the signature does not match
)

// An AuthError says why a request is not authenticated.
type AuthError struct {
	Reason AuthReason
	Err    error
}

func (e *AuthError) Error() string { return e.Err.Error() }

func (e *AuthError) Unwrap() error { return e.Err }

// A KeySource returns the verify key of a server, current at this moment, by its ID.
type KeySource func(ctx context.Context, server, keyID string) (ed25519.PublicKey, error)

// Claim gives the parameters of the X-Matrix header of an inbound request to the server called destination, as far as
// they can be looked at before its body is there, and without asking anybody: there is one, it can be read, it is meant
// for that server, its key has a name and its signature the size of one. authorization holds the values of all
// Authorization headers; of several X-Matrix headers one must be so, and all must name the same origin. Nothing of it
// is proved. The error is an *AuthError. Spec: server-server, Request Authentication.
func Claim(authorization []string, destination string) (XMatrix, error) {
	headers, err := claims(authorization)
	if err != nil {
		return XMatrix{}, err
	}
	var first error
	for _, x := range headers {
		err := checkClaim(x, destination)
		if err == nil {
			return x, nil
		}
		first = cmp.Or(first, err)
	}
	return headers[0], first
}

// VerifyRequest authenticates an inbound request to the server called destination, and gives the parameters of the
// header that proves it: see Claim. r.Target must be the request target as received. The error is an *AuthError.
// Spec: server-server, Request Authentication.
func VerifyRequest(
	ctx context.Context, r Request, authorization []string, destination string, keys KeySource,
) (XMatrix, error) {
	headers, err := claims(authorization)
	if err != nil {
		return XMatrix{}, err
	}
	var first error
	for _, x := range headers {
		err := verifyRequest(ctx, r, x, destination, keys)
		if err == nil {
			return x, nil
		}
		first = cmp.Or(first, err)
	}
	return headers[0], first
}

// claims are the X-Matrix headers of a request, one at least. The error is an *AuthError.
func claims(authorization []string) ([]XMatrix, error) {
	headers, err := xMatrixHeaders(authorization)
	if err != nil {
		return nil, unproved(AuthMalformed, "malformed Authorization header: %w", err)
	}
	if len(headers) == 0 {
		return nil, unproved(AuthMissing, "no Authorization header of the scheme X-Matrix")
	}
	return headers, nil
}

func unproved(reason AuthReason, format string, args ...any) error {
	return &AuthError{reason, fmt.Errorf(format, args...)}
}

// xMatrixHeaders parses the X-Matrix headers among authorization; other schemes are passed over.
func xMatrixHeaders(authorization []string) ([]XMatrix, error) {
	const most = 8
	var headers []XMatrix
	for _, h := range authorization {
		scheme, _, _ := strings.Cut(strings.Trim(h, " \t"), " ")
		if !strings.EqualFold(scheme, "X-Matrix") {
			continue
		}
		x, err := ParseXMatrix(h)
		if err != nil {
			return nil, err
		}
		if headers = append(headers, x); len(headers) > most {
			return nil, fmt.Errorf("more than %d signatures", most)
		}
		if x.Origin != headers[0].Origin {
			return nil, fmt.Errorf("two origins, %q and %q", headers[0].Origin, x.Origin)
		}
	}
	return headers, nil
}

// checkClaim says what is wrong with a header that shows before its signature is verified; nil: nothing.
func checkClaim(x XMatrix, destination string) error {
	if x.Destination != "" && x.Destination != destination {
		return unproved(AuthDestination, "the request is meant for %q, this is %q", x.Destination, destination)
	}
	if err := checkKeyID(x.Key); err != nil {
		return unproved(AuthUnknownKey, "%w", err)
	}
	sig, _, err := event.DecodeBase64(x.Sig)
	if err != nil {
		return unproved(AuthMalformed, "sig is not base64")
	}
	if len(sig) != ed25519.SignatureSize {
		return unproved(AuthSignature, "the signature of %q has %d bytes, not %d", x.Origin, len(sig),
			ed25519.SignatureSize)
	}
	return nil
}

func verifyRequest(ctx context.Context, r Request, x XMatrix, destination string, keys KeySource) error {
	if err := checkClaim(x, destination); err != nil {
		return err
	}
	signed, err := requestBytes(x.Origin, destination, r)
	if err != nil {
		return unproved(AuthMalformed, "%w", err)
	}
	sig, _, _ := event.DecodeBase64(x.Sig) // it has the size of one
	key, err := keys(ctx, x.Origin, x.Key)
	if err != nil {
		return unproved(AuthUnknownKey, "no key %s of %q: %w", x.Key, x.Origin, err)
	}
	if len(key) != ed25519.PublicKeySize {
		return unproved(AuthUnknownKey, "no key %s of %q", x.Key, x.Origin)
	}
	if !ed25519.Verify(key, signed, sig) {
		return unproved(AuthSignature, "the signature of %q does not match the request", x.Origin)
	}
	return nil
}

// maskAuthorization gives an Authorization value fit for a trace: without what would let somebody else use it.
func maskAuthorization(value string) string {
	scheme, rest, _ := strings.Cut(strings.Trim(value, " \t"), " ")
	if !strings.EqualFold(scheme, "X-Matrix") {
		return strings.TrimSpace(scheme + " …")
	}
	params, err := parseParams(rest)
	if err != nil {
		return scheme + " …"
	}
	for _, p := range slices.Backward(params) {
		if p.name == "sig" || p.name == "signature" {
			rest = rest[:p.start] + `"…"` + rest[p.end:]
		}
	}
	return scheme + " " + rest
}
