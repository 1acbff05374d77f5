package mitm

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"doorstep/client"
)

// mostCertificates bounds a chain of certificates.
const mostCertificates = 100

// connection reads what is known of the connection to the server; nil: there was none. The parts of making it count
// where it was made for this exchange.
func (f *record) connection(asked time.Time) (*client.Connection, error) {
	if !f.server.there() {
		return nil, nil
	}
	var peer, before, version, cipher, suite, sni, chain, began, tcp, tls value
	if err := f.server.pick(map[string]*value{"peername": &peer, "ip_address": &before, "tls_version": &version,
		"cipher": &cipher, "cipher_name": &suite, "sni": &sni, "certificate_list": &chain, "timestamp_start": &began,
		"timestamp_tcp_setup": &tcp, "timestamp_tls_setup": &tls}); err != nil {
		return nil, err
	}
	if !peer.there() {
		peer = before // until format 18
	}
	if !cipher.there() {
		cipher = suite // the same
	}
	var c client.Connection
	var err error
	if c.Address, err = addressOf(peer); err != nil {
		return nil, fmt.Errorf("address: %w", err)
	}
	if from := timeOrNone(began); !from.Before(asked) {
		c.Timings.Connect = between(from, timeOrNone(tcp))
		c.Timings.TLS = between(timeOrNone(tcp), timeOrNone(tls))
	}
	if tls.there() {
		if c.TLS, err = shown(version, cipher, sni, chain); err != nil {
			return nil, err
		}
	}
	if c.Address == "" && c.TLS == nil {
		return nil, nil
	}
	return &c, nil
}

// addressOf reads an address: the IP and the port, and more of IPv6.
func addressOf(v value) (string, error) {
	if !v.there() {
		return "", nil
	}
	var parts []value
	if err := v.elements(4, func(e value) error { parts = append(parts, e); return nil }); err != nil {
		return "", err
	}
	if len(parts) < 2 {
		return "", nil
	}
	host, err := parts[0].text()
	if err != nil {
		return "", err
	}
	port, err := parts[1].whole()
	if err != nil {
		return "", err
	}
	at, err := netip.ParseAddr(host)
	if err != nil || port < 0 || port > 65535 {
		return "", nil // a name: where it led is not known
	}
	return netip.AddrPortFrom(at, uint16(port)).String(), nil
}

// shown is what TLS showed. The file does not say whether the proxy trusted the certificates, and whoever joins saw
// those of the proxy.
func shown(version, cipher, sni, chain value) (*client.TLS, error) {
	t := &client.TLS{Unchecked: true}
	var err error
	if t.Version, err = version.text(); err != nil {
		return nil, fmt.Errorf(`"tls_version": %w`, err)
	}
	t.Version = strings.Replace(t.Version, "TLSv", "TLS ", 1)
	if t.CipherSuite, err = cipher.text(); err != nil {
		return nil, fmt.Errorf(`"cipher": %w`, err)
	}
	if sni.kind != truth { // true, until format 18: the name of the address
		if t.ServerName, err = sni.text(); err != nil {
			return nil, fmt.Errorf(`"sni": %w`, err)
		}
	}
	if !chain.there() {
		return t, nil
	}
	err = chain.elements(mostCertificates, func(v value) error {
		b, err := v.bytes()
		if err != nil {
			return err
		}
		block, _ := pem.Decode(b)
		if block == nil {
			return fmt.Errorf("%q is no certificate", clipped(b))
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return err
		}
		t.Certificates = append(t.Certificates, client.CertificateOf(c))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf(`"certificate_list": %w`, err)
	}
	return t, nil
}
