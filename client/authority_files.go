package client

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// NewRoot makes an authority to be kept in files: its root has that name and is valid from now for that long.
func NewRoot(now time.Time, name string, life time.Duration) (*Authority, error) {
	a := &Authority{now: now}
	template := a.authorityTemplate(name)
	template.NotAfter = now.Add(life)
	var err error
	if a.root, err = issue(template, signer{}); err != nil {
		return nil, err
	}
	a.intermediate, err = a.authority("Doorstep intermediate", a.root)
	return a, err
}

// ReadRoot is an authority that was kept, from its certificate and its key, PEM. It errs where they are no authority,
// or do not go together; whether it is still valid is not looked at. Errors hold nothing of a key.
func ReadRoot(now time.Time, certificate, key []byte) (*Authority, error) {
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	if !pair.Leaf.IsCA {
		return nil, errors.New("authority: the certificate is not an authority's")
	}
	signs, ok := pair.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, errors.New("authority: not a key that signs")
	}
	a := &Authority{now: now, root: signer{pair.Leaf, signs}}
	a.intermediate, err = a.authority("Doorstep intermediate", a.root)
	return a, err
}

// ReadAuthority reads an authority that is kept in two files, and gives it an intermediate one. Errors are one line,
// and hold nothing of a key.
func ReadAuthority(certificateFile, keyFile string, now time.Time) (*Authority, error) {
	certificate, err := ReadFile(certificateFile, MostCertificates)
	if err != nil {
		return nil, err
	}
	key, err := ReadFile(keyFile, MostCertificates)
	if err != nil {
		return nil, err
	}
	a, err := ReadRoot(now, certificate, key)
	if err == nil {
		a.intermediate, err = a.authority("Doorstep intermediate", a.root)
	}
	if err != nil {
		return nil, fmt.Errorf("%q and %q: %w", certificateFile, keyFile, err)
	}
	return a, nil
}

// Root is the certificate of the authority itself.
func (a *Authority) Root() *x509.Certificate { return a.root.cert }

// KeyPEM returns the private key of the root: whoever has it can vouch for any name to those who trust the authority.
func (a *Authority) KeyPEM() ([]byte, error) { return KeyPEM(a.root.key) }

// KeyPEM returns a private key in the form of a key file, PKCS #8.
func KeyPEM(key any) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("write a private key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// ChainPEM returns a certificate in the form of a certificate file, with what else of its chain is served.
func ChainPEM(c tls.Certificate) []byte {
	var out []byte
	for _, der := range c.Certificate {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return out
}
