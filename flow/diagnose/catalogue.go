package diagnose

import "slices"

// Catalogue returns every cause, in order.
func Catalogue() []Cause { return slices.Clone(catalogue) }

// CauseOf returns the cause of that ID; false when there is none.
func CauseOf(id string) (Cause, bool) {
	i := slices.IndexFunc(catalogue, func(c Cause) bool { return c.ID == id })
	if i < 0 {
		return Cause{}, false
	}
	return catalogue[i], true
}

// CatalogueGroups returns the catalogue in its parts, in order.
func CatalogueGroups() []CauseGroup { return slices.Clone(causeGroups) }

// causeGroups is every cause, along the path of the handshake, causes before their consequences.
var causeGroups = []CauseGroup{
	{"Reaching the right server", slices.Concat(reachCauses, ownSideCauses)},
	{"Finding a server by its name", slices.Concat(caseCauses, srvCauses, nameCauses)},
	{"Trusting its certificate", trustCauses},
	{"Connecting to it", addressCauses},
	{"What stands in front of it", webCauses},
	{"Clocks and caches", slices.Concat(clockCauses, staleCauses)},
	{"The client and its own server", clientCauses},
	{"Invites", inviteCauses},
	{"The directory server", directoryCauses},
	{"The list of join candidates", candidateCauses},
	{"Signed requests", requestCauses},
	{"Our key and our signature", identityCauses},
	{"Silence", silenceCauses},
	{"make_join: may we?", makeJoinCauses},
	{"The protoevent", templateCauses},
	{"The join event", buildCauses},
	{"send_join: does it arrive?", sendJoinCauses},
	{"Key documents", keyCauses},
	{"The answer as a whole", answerCauses},
	{"Single events of the answer", eventCauses},
	{"Afterwards", afterCauses},
	{"What is left", lastCauses},
}

var catalogue = func() []Cause {
	var out []Cause
	for _, g := range causeGroups {
		out = append(out, g.Causes...)
	}
	return out
}()
