// Package opinion compares what Doorstep says about an event with what two libraries say: gomatrixserverlib, which
// Dendrite is built on, and mautrix-go. The events are those of the recordings, of generated rooms of every version,
// and of such rooms with one thing wrong.
//
// A library that disagrees is right or wrong by the specification, not by vote: every disagreement has a row in a
// table that names the sentence which decides, and Doorstep's answer is the one it gives. One that has no row fails the
// test, and so does a row that was not needed.
package opinion
