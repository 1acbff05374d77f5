// Package export writes a trace in other forms: a report in JSON, the entries as lines, the arithmetic of an
// event as a shell script, and the exchanges as an HTTP archive. Every further form belongs here.
package export
