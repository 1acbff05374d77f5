// Package export writes a trace in other forms: a report in JSON, the entries as lines, and the arithmetic of an
// event as a shell script. Every further form belongs here.
package export
