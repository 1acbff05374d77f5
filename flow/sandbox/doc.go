// Package sandbox holds the scenarios: real handshakes against an in-process federation, each with a name, what it
// teaches and the finding it leads to. A scenario is a row in the file of its stage; what can be made to go wrong is
// in the files of faults: in the room, in an answer, by what stands in between.
package sandbox
