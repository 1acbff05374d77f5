// Package event holds the byte-exact work on Matrix events: canonical JSON, redaction, hashes, event IDs and
// signatures, for room versions 1 to 12. Whatever it computes it can also show: the exact bytes hashed, the exact bytes
// signed. It knows no network and no terminal.
//
// Everything here reads JSON by its own scanner. A general decoder repairs what it reads (the last of two equal keys, a
// question mark for half a character, a double for an integer), and one repaired byte is another hash.
//
// References are to version 1.19 of the Matrix specification.
package event
