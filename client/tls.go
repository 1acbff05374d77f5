package client

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// maxNamesShown bounds the certificate names in a message; the certificate itself keeps them all.
const maxNamesShown = 8

// A trust says which certificates are accepted.
type trust struct {
	roots  *x509.CertPool // nil: the system's
	pinned []byte         // DER of the one certificate that is accepted, whatever it says; nil: any that roots vouch for
	anyway bool           // go on with a certificate that does not hold
	now    func() time.Time
}

// config makes a TLS configuration that records in facts what the other side shows, also when its certificate does not
// hold for d.VerifyName, and that ends the handshake then unless every certificate is accepted.
func (t trust) config(d Destination, facts **TLS) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		ServerName: d.SNI,
		NextProtos: []string{"http/1.1"},
		Time:       t.now,
		// The standard verification keeps nothing of a chain it refuses; VerifyConnection does the same work and does.
		InsecureSkipVerify: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			seen := tlsFacts(s, d)
			*facts = seen
			var why string
			if seen.Faults, why = t.verify(s.PeerCertificates, d.VerifyName); len(seen.Faults) == 0 {
				return nil
			}
			seen.VerifyError = "certificate: " + why
			if t.anyway {
				return nil
			}
			return &refusal{kind: FailedTLS, reason: ReasonCertificate, why: seen.VerifyError}
		},
	}
}

func tlsFacts(s tls.ConnectionState, d Destination) *TLS {
	facts := &TLS{
		Version:     tls.VersionName(s.Version),
		CipherSuite: tls.CipherSuiteName(s.CipherSuite),
		ALPN:        s.NegotiatedProtocol,
		ServerName:  d.SNI,
		VerifyName:  d.VerifyName,
	}
	for _, c := range s.PeerCertificates {
		facts.Certificates = append(facts.Certificates, CertificateOf(c))
	}
	return facts
}

// verify says what is wrong with a chain, in facts and in words; nothing when it holds. Where one certificate is
// pinned, the leaf has to be that one: name, dates and issuer do not matter then.
func (t trust) verify(chain []*x509.Certificate, name string) ([]CertificateFault, string) {
	switch {
	case t.pinned == nil:
		return verifyChain(chain, t.roots, name, t.now())
	case len(chain) > 0 && bytes.Equal(chain[0].Raw, t.pinned):
		return nil, ""
	}
	return []CertificateFault{CertificateOther}, "not the one that is pinned"
}

// CertificateOf gives the facts of a certificate.
func CertificateOf(c *x509.Certificate) Certificate {
	sum := sha256.Sum256(c.Raw)
	names := append([]string(nil), c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	return Certificate{
		Subject:   c.Subject.String(),
		Issuer:    c.Issuer.String(),
		Names:     names,
		NotBefore: c.NotBefore,
		NotAfter:  c.NotAfter,
		SHA256:    hex.EncodeToString(sum[:]),
	}
}

// verifyChain verifies the chain as served, leaf first, and that the leaf is valid for name, a DNS name or an IP. It
// reports both faults when there are two.
func verifyChain(
	chain []*x509.Certificate, roots *x509.CertPool, name string, now time.Time,
) ([]CertificateFault, string) {
	if len(chain) == 0 {
		return []CertificateFault{CertificateNone}, "none was served"
	}
	intermediates := x509.NewCertPool()
	for _, c := range chain[1:] {
		intermediates.AddCert(c)
	}
	var faults []CertificateFault
	var words []string
	if err := chain[0].VerifyHostname(name); err != nil {
		faults, words = append(faults, CertificateWrongName), append(words, nameFault(chain[0], name, err))
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates, CurrentTime: now})
	if err != nil {
		fault, why := chainFault(chain, err, now)
		faults, words = append(faults, fault), append(words, why)
	}
	return faults, strings.Join(words, "; ")
}

func nameFault(leaf *x509.Certificate, name string, err error) string {
	var wrongName x509.HostnameError
	if !errors.As(err, &wrongName) {
		return err.Error()
	}
	names := CertificateOf(leaf).Names
	if len(names) == 0 {
		return fmt.Sprintf("valid for no name at all, not for %s", name)
	}
	more := ""
	if len(names) > maxNamesShown {
		more = fmt.Sprintf(" and %d more", len(names)-maxNamesShown)
		names = names[:maxNamesShown]
	}
	return fmt.Sprintf("valid for %s%s, not for %s", clip(strings.Join(names, ", ")), more, name)
}

func chainFault(chain []*x509.Certificate, err error, now time.Time) (CertificateFault, string) {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil:
		const day = "2006-01-02 15:04 MST"
		whose := ""
		if !invalid.Cert.Equal(chain[0]) {
			whose = fmt.Sprintf("%s in its chain ", clip(invalid.Cert.Subject.String()))
		}
		if now.Before(invalid.Cert.NotBefore) {
			return CertificateNotYet, whose + "not valid before " + invalid.Cert.NotBefore.UTC().Format(day)
		}
		return CertificateExpired, whose + "expired on " + invalid.Cert.NotAfter.UTC().Format(day)
	case errors.As(err, &unknown):
		last := chain[len(chain)-1]
		if len(chain) == 1 && last.Issuer.String() == last.Subject.String() {
			return CertificateSelfSigned, "self-signed"
		}
		return CertificateUnknownRoot, fmt.Sprintf("signed by an unknown authority, %s", clip(last.Issuer.String()))
	}
	return CertificateOther, strings.TrimPrefix(err.Error(), "x509: ")
}
