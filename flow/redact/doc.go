// Package redact makes a trace fit to share: every name in it becomes a pseudonym of the same shape, the same one
// wherever it stands; keys, signatures and hashes become values of the same size that say what they are; what people
// wrote is gone. What is left is a trace like any other, which says in its header what was taken out of it.
//
// What stays is on a list. Numbers, times and structure stay; a name is replaced; a word stays where it is one of those
// in words.txt, which are those of the protocol, of this program and of the homeservers and proxies whose texts
// findings know; everything else is emptied. So nothing gets through because nobody thought of it.
//
// From room version 3 on the ID of an event is its hash. The pseudonym of such an ID is the hash of the event as it is
// after redaction: the events of the trace name each other as they did, and whoever reads it needs to know nothing.
package redact
