package client

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"crypto/ed25519"

	"doorstep/flow/event"
)

// ToBeSigned stands for the signature in an X-Matrix header that is signed only when its request is sent, and in one
// that was sent and is shown.
const ToBeSigned = "…"

// setOnSending are the header fields that depend on where a request goes and on its body.
var setOnSending = []string{"Host", "Content-Length", "Connection"}

// Compose returns r with the header fields that Do would send to d, but for those that are set on sending whatever
// else is said: Host, Content-Length and Connection. ToBeSigned stands in place of a signature.
func (c *Client) Compose(d Destination, r Request) (Request, error) {
	x := &exchange{client: c, to: d, ex: Exchange{Server: d.Server, Request: r}}
	_, fields, err := x.requestHead()
	if err != nil {
		return Request{}, err
	}
	r.Header = slices.DeleteFunc(fields, func(f Field) bool { return slices.Contains(setOnSending, f.Name) })
	return r, nil
}

// DoComposed sends r as Do does, but with the header fields that r has, as they are written and in their order. Host
// is added where it is missing, Content-Length and Connection always. An X-Matrix header whose signature is ToBeSigned
// is signed with our key for the origin and the destination that the header names, whoever it is sent to.
func (c *Client) DoComposed(ctx context.Context, d Destination, r Request, onSend func(Request)) Exchange {
	return c.do(ctx, d, r, onSend, &r.Header)
}

// composedFields gives the header fields of a request that brought its own, with everything that is secret in them.
func (x *exchange) composedFields(written []Field) ([]Field, error) {
	var fields []Field
	if !slices.ContainsFunc(written, func(f Field) bool { return strings.EqualFold(f.Name, "Host") }) {
		fields = append(fields, Field{"Host", x.to.Host})
	}
	for _, f := range written {
		if !IsFieldName(f.Name) {
			return nil, fmt.Errorf("%q is no name of a header field", clip(f.Name))
		}
		if SetByClient(f.Name) {
			return nil, fmt.Errorf("the header field %s is set when the request is sent", f.Name)
		}
		if strings.EqualFold(f.Name, "Authorization") {
			signed, err := x.signComposed(f.Value)
			if err != nil {
				return nil, err
			}
			f.Value = signed
		}
		fields = append(fields, f)
	}
	return fields, nil
}

// SetByClient reports whether a header field is always the client's to set: a wrong length would leave both sides
// waiting for each other.
func SetByClient(name string) bool {
	return strings.EqualFold(name, "Content-Length") || strings.EqualFold(name, "Connection") ||
		strings.EqualFold(name, "Transfer-Encoding")
}

// IsFieldName reports whether name can stand as the name of a header field. Spec: RFC 9110, section 5.6.2.
func IsFieldName(name string) bool {
	for i := range len(name) {
		if c := name[i]; !isDNSByte(c) && !strings.ContainsRune("!#$%&'*+^_`|~", rune(c)) {
			return false
		}
	}
	return name != ""
}

// signComposed puts our signature into an X-Matrix header that waits for it. One that cannot be read, or brings a
// signature, stays as it is written.
func (x *exchange) signComposed(value string) (string, error) {
	id := x.client.Identity
	scheme, rest, _ := strings.Cut(strings.Trim(value, " \t"), " ")
	params, err := parseParams(rest)
	if id == nil || len(id.Key.Private) != ed25519.PrivateKeySize || !strings.EqualFold(scheme, "X-Matrix") || err != nil {
		return value, nil
	}
	origin, destination := "", x.to.Server
	for _, p := range params {
		switch p.name {
		case "origin":
			origin = p.value
		case "destination":
			destination = p.value
		}
	}
	for _, p := range slices.Backward(params) {
		if p.name != "sig" || p.value != ToBeSigned {
			continue
		}
		signed, err := requestBytes(origin, destination, x.ex.Request)
		if err != nil {
			return "", fmt.Errorf("sign the request: %w", err)
		}
		sig := event.EncodeBase64(ed25519.Sign(id.Key.Private, signed))
		rest = rest[:p.start] + `"` + sig + `"` + rest[p.end:]
	}
	return scheme + " " + rest, nil
}
