package client

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// certificateLife is how long a certificate is valid by default. It begins an hour ago, so that clocks may differ a
// little.
const certificateLife = 90 * 24 * time.Hour

// An Authority issues certificates: for a federation on loopback, for our own listener, for tests. It is in memory, and
// gone with the program, unless somebody asks for its KeyPEM and keeps that.
type Authority struct {
	now          time.Time
	root         signer
	intermediate signer
}

type signer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// A Leaf describes a certificate to issue, with the faults that real ones have: a wrong name, dates in the past or
// future, a chain with a hole, no authority at all.
type Leaf struct {
	Names               []string  // DNS names and IP addresses
	NotBefore, NotAfter time.Time // zero: an hour ago, and 90 days from then
	ViaIntermediate     bool      // issued by an intermediate authority, which is served with it
	OmitIntermediate    bool      // ... and which is not served
	SelfSigned          bool      // issued by itself
}

// NewAuthority makes an authority whose certificates count from now.
func NewAuthority(now time.Time) (*Authority, error) {
	a := &Authority{now: now}
	var err error
	if a.root, err = a.authority("Doorstep root", signer{}); err != nil {
		return nil, err
	}
	a.intermediate, err = a.authority("Doorstep intermediate", a.root)
	return a, err
}

// Pool returns the pool to trust, of the root alone.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.root.cert)
	return pool
}

// PEM returns the root certificate in the form of a CA file.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.root.cert.Raw})
}

// Certificate issues a good certificate for DNS names and IP addresses.
func (a *Authority) Certificate(names ...string) (tls.Certificate, error) {
	return a.Issue(Leaf{Names: names})
}

// Issue issues the certificate that l describes, with its private key.
func (a *Authority) Issue(l Leaf) (tls.Certificate, error) {
	template := a.template("")
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, name := range l.Names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	const longest = 64 // of a common name: RFC 5280, appendix A.1
	if len(l.Names) > 0 && len(l.Names[0]) <= longest {
		template.Subject.CommonName = l.Names[0]
	}
	if !l.NotBefore.IsZero() {
		template.NotBefore = l.NotBefore
	}
	if !l.NotAfter.IsZero() {
		template.NotAfter = l.NotAfter
	}
	by := a.root
	switch {
	case l.SelfSigned:
		by = signer{}
	case l.ViaIntermediate || l.OmitIntermediate:
		by = a.intermediate
	}
	leaf, err := issue(template, by)
	if err != nil {
		return tls.Certificate{}, err
	}
	chain := [][]byte{leaf.cert.Raw}
	if l.ViaIntermediate && !l.OmitIntermediate {
		chain = append(chain, a.intermediate.cert.Raw)
	}
	return tls.Certificate{Certificate: chain, PrivateKey: leaf.key, Leaf: leaf.cert}, nil
}

// SelfSigned makes a self-signed certificate, valid from now for DNS names and IP addresses.
func SelfSigned(now time.Time, names ...string) (tls.Certificate, error) {
	a := &Authority{now: now}
	return a.Issue(Leaf{Names: names, SelfSigned: true})
}

func (a *Authority) authority(name string, by signer) (signer, error) {
	return issue(a.authorityTemplate(name), by)
}

func (a *Authority) authorityTemplate(name string) *x509.Certificate {
	template := a.template(name)
	template.KeyUsage = x509.KeyUsageCertSign
	template.BasicConstraintsValid, template.IsCA = true, true
	return template
}

func (a *Authority) template(name string) *x509.Certificate {
	from := a.now.Add(-time.Hour)
	return &x509.Certificate{Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: from.Add(certificateLife)}
}

// issue makes a certificate with a new key, signed by by or, without one, by itself.
func issue(template *x509.Certificate, by signer) (signer, error) {
	fail := func(err error) (signer, error) { return signer{}, fmt.Errorf("make a certificate: %w", err) }
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fail(err)
	}
	if template.SerialNumber, err = rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)); err != nil {
		return fail(err)
	}
	if by.cert == nil {
		by = signer{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.cert, key.Public(), by.key)
	if err != nil {
		return fail(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return fail(err)
	}
	return signer{cert, key}, nil
}
