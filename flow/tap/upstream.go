package tap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"doorstep/client"
)

// The times that a tap takes for what it does itself. How long an answer takes is for the two servers to say.
const (
	dialTime     = 10 * time.Second
	headTime     = time.Minute
	idleTime     = 5 * time.Minute
	continueTime = time.Second
)

// maxHead is how many bytes the head of a request may have: more than homeservers take, and than a client needs for a
// filter in its query. Each connection may have as much under way.
const maxHead = 64 << 10

// transport is how the upstream is reached. Nothing is packed or unpacked on the way.
func (o settled) transport() *http.Transport {
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: dialTime}).DialContext,
		TLSClientConfig:        o.upstreamTLS(),
		TLSHandshakeTimeout:    dialTime,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxIdleConnsPerHost:    100,
		IdleConnTimeout:        idleTime,
		ExpectContinueTimeout:  continueTime,
		MaxResponseHeaderBytes: 1 << 20,
	}
}

func (o settled) upstreamTLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: o.roots, InsecureSkipVerify: o.Insecure,
		ServerName: o.UpstreamName}
}

// upstreamError says in a few words why the upstream did not answer. It names no address: strangers read it.
func (o settled) upstreamError(err error) string {
	var dns *net.DNSError
	var timeout net.Error
	var record tls.RecordHeaderError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &dns):
		return "its name leads to no address"
	case client.Refused(err):
		return "connection refused"
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return plainWords
	case errors.As(err, &certificate):
		return "its certificate does not hold"
	case o.upstream.Scheme == "http" && strings.Contains(err.Error(), `malformed HTTP response "\x15`):
		return tlsWords
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), client.Reset(err):
		return "it closed the connection"
	}
	return "the exchange with it failed"
}

// probeTime is how long the upstream may take to say that it is there.
const probeTime = 5 * time.Second

// probe looks whether the upstream is there and speaks what it should. notice tells of one that is not there now, which
// is no reason not to begin; err of what will not get better by waiting.
func (o settled) probe(ctx context.Context) (notice string, err error) {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	if _, err := net.DefaultResolver.LookupHost(ctx, o.upstream.Hostname()); err != nil {
		return "", &Trouble{Unresolvable, "upstream " + o.upstream.String() + ": its name leads to no address"}
	}
	transport := o.transport()
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, o.upstream.String()+"/_matrix/federation/v1/version", nil)
	if err != nil {
		return "", unusable("upstream %q: %v", o.Upstream, err)
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return o.unreached(err)
	}
	defer answer.Body.Close()
	if o.upstream.Scheme == "https" || answer.StatusCode != http.StatusBadRequest {
		return "", nil // a connection that was upgraded has no end to read up to
	}
	if said, _ := io.ReadAll(io.LimitReader(answer.Body, 4<<10)); speaksOfTLS(string(said)) {
		return "", unusable("upstream %s: %s: --upstream https://%s", o.upstream, tlsWords, o.upstream.Host)
	}
	return "", nil
}

// speaksOfTLS reports whether an answer says that TLS was wanted: words of Go, nginx and Apache.
func speaksOfTLS(said string) bool {
	said = strings.ToLower(said)
	for _, words := range []string{"http request to an https server", "plain http request was sent to https port",
		"speaking plain http to an ssl-enabled server port"} {
		if strings.Contains(said, words) {
			return true
		}
	}
	return false
}

// unreached says what came of the probe, where there was no answer.
func (o settled) unreached(err error) (notice string, fatal error) {
	words := o.upstreamError(err)
	name := "upstream " + o.upstream.String() + ": "
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &certificate):
		why := certificate.Err.Error()
		var host x509.HostnameError
		if errors.As(err, &host) {
			return "", unusable("%sits certificate is for %s; --upstream-name says which name it has to be for", name,
				strings.Join(append(host.Certificate.DNSNames, ipsOf(host.Certificate)...), ", "))
		}
		return "", unusable("%sits certificate does not hold: %s; --ca names an authority, --insecure goes on", name,
			strings.TrimPrefix(why, "x509: "))
	case words == plainWords:
		return "", unusable("%s%s: --upstream http://%s", name, words, o.upstream.Host)
	case words == tlsWords:
		return "", unusable("%s%s: --upstream https://%s", name, words, o.upstream.Host)
	}
	return name + words + "; every request tries again", nil
}

const (
	plainWords = "it speaks plain HTTP, not TLS"
	tlsWords   = "it speaks TLS, not plain HTTP"
)

func ipsOf(c *x509.Certificate) []string {
	var out []string
	for _, ip := range c.IPAddresses {
		out = append(out, ip.String())
	}
	return out
}
