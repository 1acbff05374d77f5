package lab

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Lines are to be put into a configuration as they are.
type Lines struct {
	For  string // what they are for
	Into string // where they go
	Text []string
}

// list spells texts as a list that YAML and TOML read, a line each few.
func list(all []string) string {
	var out []string
	for _, one := range all {
		out = append(out, quoted(one))
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// Lines are what homeservers are configured with to serve the first certificate, to trust the authority, and to call
// this machine alone.
func (c Certificates) Lines() []Lines {
	cert := c.Issued[0]
	return []Lines{
		{"Synapse", "homeserver.yaml, and tls: true in its listener", []string{
			"tls_certificate_path: " + quoted(cert.File),
			"tls_private_key_path: " + quoted(cert.Key),
			"federation_custom_ca_list: [" + quoted(c.Authority) + "]",
			"# All but this machine. (federation_ip_range_blacklist, where there is one, goes before this.)",
			"ip_range_blacklist: " + list(notLoopback),
		}},
		{"Dendrite", "dendrite.yaml, federation_api", []string{
			"federation_api:",
			"  deny_networks: []",
			`  allow_networks: ["127.0.0.0/8", "::1/128"]`,
			"  disable_tls_validation: false",
		}},
		{"tuwunel", "tuwunel.toml, of a build with direct_tls", []string{
			"[global]",
			"# All but this machine.",
			"ip_range_denylist = " + list(notLoopback),
			"trusted_servers = []",
			"[global.tls]",
			"certs = " + quoted(cert.File),
			"key = " + quoted(cert.Key),
		}},
	}
}

// checkProxied errs where nginx and Caddy would take a path for something else.
func checkProxied(folder string) error {
	if strings.ContainsAny(folder, "${}") {
		return errors.New("--proxy: to nginx and Caddy, $ and { in a path mean something else; take another folder")
	}
	return nil
}

// ProxyLines are what nginx and Caddy are configured with to serve the name of the homeserver, which is called without
// TLS. Both pass paths on byte for byte like this: a request is signed with its path as it was sent.
func (s Server) ProxyLines() []Lines {
	if s.Plain == 0 {
		return nil
	}
	place := func(path string) string { return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(path) + `"` }
	to := s.address()
	return []Lines{
		{"nginx", "a server of its own", []string{
			"server {",
			fmt.Sprintf("    listen %s:%d ssl;", listenAddress, s.Port),
			"    server_name " + s.Host() + ";",
			"    ssl_certificate " + place(s.Serves.File) + ";",
			"    ssl_certificate_key " + place(s.Serves.Key) + ";",
			"    location /_matrix {",
			"        # Nothing after the port, not even a slash: nginx would spell paths anew.",
			"        proxy_pass http://" + to + ";",
			"        proxy_http_version 1.1;",
			"        proxy_set_header Host $http_host;",
			"        proxy_set_header X-Forwarded-For $remote_addr;",
			"        proxy_set_header X-Forwarded-Proto $scheme;",
			"        client_max_body_size 50m;",
			"    }",
			"}",
		}},
		{"Caddy", "a Caddyfile", []string{
			"{",
			"    auto_https disable_redirects",
			"}",
			"https://" + s.Name + " {",
			"    bind " + listenAddress,
			"    tls " + place(s.Serves.File) + " " + place(s.Serves.Key),
			"    reverse_proxy /_matrix/* " + to,
			"}",
		}},
	}
}

// Environment is what a program is started with, so that it trusts the authority and no other, where it asks for that
// in the way of OpenSSL: Dendrite and tuwunel do.
func (c Certificates) Environment() string { return "SSL_CERT_FILE=" + c.Authority }

// DendriteFlags are the flags by which Dendrite serves the first certificate at a port.
func (c Certificates) DendriteFlags(port int) []string {
	return []string{"-tls-cert", c.Issued[0].File, "-tls-key", c.Issued[0].Key, "-https-bind-address",
		listenAddress + ":" + strconv.Itoa(port)}
}
