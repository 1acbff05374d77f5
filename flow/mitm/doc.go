// Package mitm reads the flow files of mitmproxy, and finds the handshakes in them. A flow file is a row of
// tnetstrings, one a flow, without anything around them; it keeps what an HTTP archive cannot: the bytes of bodies and
// header fields, addresses, and what TLS showed of the servers. flow/traffic makes traces of what is found.
package mitm
