// Package listing is what can be asked of the events of an answer to send_join: which of them a query means, in which
// order, by which servers, and how they are spread over types and time. It draws nothing.
//
// An answer may hold a hundred thousand events. What is kept of each is a few bytes next to the event itself, and all
// that goes through all of them takes a context, so that it can run beside the screen and be given up.
package listing
