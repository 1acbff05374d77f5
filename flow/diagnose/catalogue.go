package diagnose

import (
	"cmp"
	"slices"
	"sync"
)

// Catalogue returns every cause: by stage, and within a stage by rank.
func Catalogue() []Cause { return slices.Clone(catalogue()) }

// CauseOf returns the cause of that ID; false when there is none.
func CauseOf(id string) (Cause, bool) {
	all := catalogue()
	i := slices.IndexFunc(all, func(c Cause) bool { return c.ID == id })
	if i < 0 {
		return Cause{}, false
	}
	return all[i], true
}

// CatalogueGroups returns the catalogue in its parts, by stage.
func CatalogueGroups() []CauseGroup { return slices.Clone(causeGroups()) }

// causeGroups are made once, when they are asked for: their words are read from the entries of the findings then.
var causeGroups = sync.OnceValue(func() []CauseGroup {
	return byStage(
		CauseGroup{StageReach, "Reaching the right server", slices.Concat(reachCauses, ownSideCauses)},
		CauseGroup{StageName, "Finding a server by its name", slices.Concat(caseCauses, srvCauses, nameCauses)},
		CauseGroup{StageCertificate, "Trusting its certificate", trustCauses},
		CauseGroup{StageConnection, "Connecting to it", addressCauses},
		CauseGroup{StageFront, "What stands in front of it", webCauses},
		CauseGroup{StageClocks, "Clocks and caches", slices.Concat(clockCauses, staleCauses)},
		CauseGroup{StageClient, "The client and its own server", clientCauses},
		CauseGroup{StageInvite, "Invites", inviteCauses},
		CauseGroup{StageDirectory, "The directory server", directoryCauses},
		CauseGroup{StageCandidates, "The list of join candidates", candidateCauses},
		CauseGroup{StageRequests, "Signed requests", requestCauses},
		CauseGroup{StageIdentity, "Our key and our signature", identityCauses},
		CauseGroup{StageSilence, "Silence", silenceCauses},
		CauseGroup{StageMakeJoin, "make_join: may we?", makeJoinCauses},
		CauseGroup{StageTemplate, "The protoevent", templateCauses},
		CauseGroup{StageBuild, "The join event", buildCauses},
		CauseGroup{StageSendJoin, "send_join: does it arrive?", sendJoinCauses},
		CauseGroup{StageJoiner, "The joining server, as its hosts see it", joinerCauses},
		CauseGroup{StageKeys, "Key documents", keyCauses},
		CauseGroup{StageAnswer, "The answer as a whole", answerCauses},
		CauseGroup{StageEvents, "Single events of the answer", eventCauses},
		CauseGroup{StageAfter, "Afterwards", afterCauses},
		CauseGroup{StageLeft, "What is left", lastCauses},
	)
})

// byStage puts groups, and the rows in each, in the order that they say, and tells each row its stage and its words.
func byStage(groups ...CauseGroup) []CauseGroup {
	slices.SortFunc(groups, func(a, b CauseGroup) int { return cmp.Compare(a.Stage, b.Stage) })
	for _, g := range groups {
		for i := range g.Causes {
			g.Causes[i] = g.Causes[i].withTexts()
			g.Causes[i].stage = g.Stage
		}
		slices.SortFunc(g.Causes, inOrder)
	}
	return groups
}

var catalogue = sync.OnceValue(func() []Cause { return causesOf(causeGroups()) })

// causesOf returns the rows of those of groups that belong to one of stages; all of them where none is named.
func causesOf(groups []CauseGroup, stages ...Stage) []Cause {
	var out []Cause
	for _, g := range groups {
		if len(stages) == 0 || slices.Contains(stages, g.Stage) {
			out = append(out, g.Causes...)
		}
	}
	return out
}
