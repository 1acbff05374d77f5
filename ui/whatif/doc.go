// Package whatif is what somebody chooses from who wants to do the next step, or an answer, otherwise: ready changes,
// or an editor for what would be sent. It changes drafts; it sends nothing.
package whatif
