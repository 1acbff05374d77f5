// Package tour is the guided tour: what to look at in real handshakes of the sandbox, and what to ask about it.
//
// The stops are data, in chapters/*.md, and can be read and corrected without Go. A file is a chapter, and the files
// are in the order of their names:
//
//	# The first handshake
//
//	name: original
//	about: How a server joined a room when that was first written down.
//
//	## Four parties
//
//	stop: parties
//	scenario: two-residents
//	at: A3 response
//	tab: Body
//	look: /servers
//	shows: /servers/0 is "resident.example"
//	see: role/directory
//
//	What there is to see, in a paragraph of plain text. What stands in backquotes is to be read literally; {explain} is
//	the key of an action.
//
//	? What is to be found out, in one paragraph.
//
//	- A choice that is wrong, on one line
//	  why it is wrong.
//
//	+ The choice that is right
//	  why that is so: the answer.
//
// "scenario" names the handshake of the sandbox; stops that follow each other with the same one are stops of one run.
// "at" says how far it has to be before the stop is shown, and which entry is looked at: see Selector. "tab" is a tab
// of the handshake screen, and left out where the row says all; "look" is a JSON pointer into the body, or to a field
// of the tab Diff. "shows" is a claim that the texts rest on, and that a test holds against a real run: see Claim.
// "see" names entries of what can be explained, and findings.
package tour
