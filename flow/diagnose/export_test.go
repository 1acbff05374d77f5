package diagnose

import (
	"slices"

	"doorstep/flow"
)

// Seen reports whether a cause is looked for at all.
func Seen(c Cause) bool { return c.evidence != nil }

// SearchesOf counts the names that a handshake had to look for.
func SearchesOf(t flow.Trace) int { return len(newView(t, flow.Fold(t)).searches()) }

// KeyFailures are the entries of key documents that the checks lacked.
func KeyFailures(t flow.Trace) []int { return newView(t, flow.Fold(t)).keyFailures() }

// NetworkCauses are the rows of the catalogue about finding and trusting a server.
func NetworkCauses() []Cause {
	causes := slices.Concat(reachCauses, ownSideCauses, caseCauses, srvCauses, nameCauses, trustCauses, addressCauses,
		webCauses, clockCauses, staleCauses)
	for i := range causes {
		causes[i] = causes[i].withTexts()
	}
	return causes
}
