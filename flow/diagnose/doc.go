// Package diagnose says why a handshake failed, and what else is worth knowing about it: findings, each with its
// cause, the next action and the entries of the trace it rests on. The catalogue has one file for each stage of the
// path; what is looked for in a trace is in view.go and searches.go.
package diagnose
