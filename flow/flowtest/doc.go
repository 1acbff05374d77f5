// Package flowtest builds handshakes and rooms for tests: traces without a network, and rooms whose events are signed
// with real keys.
package flowtest
