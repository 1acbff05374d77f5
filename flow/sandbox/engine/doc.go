// Package engine is a federation in one process: a directory server and resident servers on loopback, with real HTTP
// over TLS, real keys and a room of signed events, in every room version, and a name server and gateways around them.
// It knows no scenario: what goes wrong is what a Scenario asks for.
//
// Its servers do what the spec asks of a directory server and of a resident server in the remote join handshake, and
// nothing more: there is no client API, no messages are sent, and because all resident servers share one room none of
// them has to tell the others.
package engine
