// Package explain holds what Doorstep says about the things one can point at in a handshake: roles, steps, fields,
// headers, parameters, event types, checks, authorisation rules, findings, and the words all of them are told in.
//
// The texts are data, in entries/*.md, and can be read and corrected without Go. Every thing has an entry of its own:
// no address is answered with the text of what lies around it. Facts are those of version 1.16 of the Matrix
// specification where an entry names no other, and 2015 is the draft that first wrote the handshake down.
//
// Entries name each other, and what is named is led back from: see Related. A test sees that every name leads to one
// entry, and that all of them hang together.
//
// A file holds entries one after another:
//
//	# auth_events
//
//	kind: field
//	at: event /auth_events
//	also: auth events
//	see: term/auth chain, finding/missing-auth-event
//	spec: Room versions, Event format | https://spec.matrix.org/v1.16/rooms/v11/#event-format-1
//
//	What it is, in paragraphs of plain text with blank lines between them.
//
//	## Who sets it
//	## Why
//	## When it is wrong
//	## In 2015
//	## Today
//
// Steps and findings have a line "title:" as well. What stands first in a finding is its cause, and its headings are:
//
//	## What to do
//	## How to be sure
//	## Where to look
//
// The headings come in this order, each at most once; Kinds says which of them an entry has to have. What "at" may say
// depends on the kind: see Address and the objects in objects.go. In "see" stands KIND/NAME, or the address in place of
// the name where several of a kind have that name. A place in "spec" has its URL, or a short name that flow/citation
// knows. Every header line but kind and title may stand several times.
package explain
