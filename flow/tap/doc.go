// Package tap stands in front of one homeserver: the reverse proxy of the standard library, which passes every request
// and every answer on as it is, and keeps those that may be part of a join for a watcher (flow/watch).
//
// What passes does not depend on the watcher: bodies are copied while they pass, within bounds, and whatever goes wrong
// with the copy, or with the watcher, is no concern of the two servers.
package tap
