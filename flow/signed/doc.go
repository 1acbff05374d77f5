// Package signed finds what is signed in an entry of a trace: requests, events, key documents and other objects, each
// with what is needed to check it.
package signed
