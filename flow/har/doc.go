// Package har reads HTTP archives, HAR 1.2, and finds the handshakes in them. An archive that was made of a recording
// holds all of it, in fields of its own, and gives it back; one that a proxy or a browser wrote holds exchanges among
// other traffic, of which traces are made that say what is missing.
package har
