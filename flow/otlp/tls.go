package otlp

import (
	"strings"
	"time"

	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"doorstep/client"
)

// secured adds what the TLS of a connection showed, where there is any: it is what a certificate that is refused is
// seen by.
func (s *Span) secured(c *client.Connection) {
	if c == nil || c.TLS == nil {
		return
	}
	if version, ok := strings.CutPrefix(c.TLS.Version, "TLS "); ok {
		s.text(semconv.TLSProtocolNameKey, "tls")
		s.text(semconv.TLSProtocolVersionKey, version)
	}
	s.text(semconv.TLSCipherKey, c.TLS.CipherSuite)
	if len(c.TLS.Certificates) == 0 {
		return
	}
	leaf := c.TLS.Certificates[0]
	s.text(semconv.TLSServerSubjectKey, leaf.Subject)
	s.text(semconv.TLSServerIssuerKey, leaf.Issuer)
	s.text(semconv.TLSServerHashSha256Key, strings.ToUpper(leaf.SHA256))
	if !leaf.NotAfter.IsZero() {
		s.text(semconv.TLSServerNotBeforeKey, leaf.NotBefore.UTC().Format(time.RFC3339))
		s.text(semconv.TLSServerNotAfterKey, leaf.NotAfter.UTC().Format(time.RFC3339))
	}
}
