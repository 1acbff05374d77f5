package diagnose

import (
	"cmp"
	"slices"
)

// A Cause is one row of the catalogue: a way in which joins fail, and how it shows.
type Cause struct {
	ID       string   // stable, kebab-case
	Severity Severity // empty: an error where the join failed, otherwise a warning
	Title    string   // what happened, in plain words
	Cause    string   // why
	Advice   string   // what a person can do about it
	Apart    string   // what tells it from a cause that looks alike, and the command that finds out; may be empty
	Source   string   // section of the spec, or reports of it
	Sight    Sight
	Where    string // Elsewhere: where to look for it

	// stage is that of the group which holds the row.
	stage Stage
	// rank orders the causes of one stage: the smaller is told first, a cause before what it leads to, the particular
	// before the general. No two of a stage have the same.
	rank int
	// residual marks what holds only where no other cause explains an entry: it is looked for after all of those.
	residual bool
	// incidental marks what may also be there when a join failed for another reason: it is an error only where an entry of
	// its evidence is one at which an attempt failed.
	incidental bool
	// route marks what is about the way to a server: where an answer came all the same, it is not why that answer is a
	// refusal.
	route bool
	// waiver is the flag by which the user goes on regardless; where that was done it is a note.
	waiver string
	// evidence returns the entries that show it, by Seq; none where it is not so. Nil for what cannot be seen from here.
	evidence func(*view) []int
	// reword fits the words to what the trace shows; nil: they are right as they stand.
	reword func(*view, *Finding)
	// detail says what there was to see in this trace, in sentences that follow Cause; nil: there is no more to say.
	detail func(*view) string
	// commands are what a person can type to see it for themselves.
	commands []command
}

// Sight says how much of a cause the joining side can see.
type Sight string

// How much of a cause can be seen.
const (
	Detected  Sight = "detected"              // the evidence proves it
	Suspected Sight = "suspected"             // there are hints
	Elsewhere Sight = "not visible from here" // it happens where no joining server looks
)

// A Stage is the part of the handshake that a cause belongs to. Of causes that look alike those of the earlier stage
// are told first.
type Stage int

// The stages, along the path of the handshake, causes before their consequences.
const (
	StageReach       Stage = iota // which server is meant, and our own side of the way to it
	StageName                     // its name, by DNS and well-known documents
	StageCertificate              //
	StageConnection               //
	StageFront                    // proxies and delivery networks in front of it
	StageClocks                   // clocks and caches
	StageClient                   // A1 and A8
	StageInvite                   //
	StageDirectory                // A2 and A3
	StageCandidates               //
	StageRequests                 // what any signed request may meet
	StageIdentity                 // our key and our signature
	StageSilence                  // no answer to A4
	StageMakeJoin                 // A5: refusals
	StageTemplate                 // A5: the protoevent
	StageBuild                    // L1
	StageSendJoin                 // A6 and A7: whether it arrives
	StageKeys                     // key documents
	StageAnswer                   // A7 and L2: the answer as a whole
	StageEvents                   // A7 and L2: one event of it
	StageAfter                    // the leave, and what comes later
	StageLeft                     // what nothing else explains
)

// A CauseGroup is the part of the catalogue for one stage.
type CauseGroup struct {
	Stage  Stage
	Title  string
	Causes []Cause
}

// Catalogue returns every cause: by stage, and within a stage by rank.
func Catalogue() []Cause { return slices.Clone(catalogue) }

// CauseOf returns the cause of that ID; false when there is none.
func CauseOf(id string) (Cause, bool) {
	i := slices.IndexFunc(catalogue, func(c Cause) bool { return c.ID == id })
	if i < 0 {
		return Cause{}, false
	}
	return catalogue[i], true
}

// CatalogueGroups returns the catalogue in its parts, by stage.
func CatalogueGroups() []CauseGroup { return slices.Clone(causeGroups) }

var causeGroups = byStage(
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
	CauseGroup{StageKeys, "Key documents", keyCauses},
	CauseGroup{StageAnswer, "The answer as a whole", answerCauses},
	CauseGroup{StageEvents, "Single events of the answer", eventCauses},
	CauseGroup{StageAfter, "Afterwards", afterCauses},
	CauseGroup{StageLeft, "What is left", lastCauses},
)

// byStage puts groups, and the rows in each, in the order that they say, and tells each row its stage.
func byStage(groups ...CauseGroup) []CauseGroup {
	slices.SortFunc(groups, func(a, b CauseGroup) int { return cmp.Compare(a.Stage, b.Stage) })
	for _, g := range groups {
		for i := range g.Causes {
			g.Causes[i].stage = g.Stage
		}
		slices.SortFunc(g.Causes, inOrder)
	}
	return groups
}

// inOrder compares the places of two causes in the catalogue.
func inOrder(a, b Cause) int {
	return cmp.Or(cmp.Compare(a.stage, b.stage), cmp.Compare(a.rank, b.rank), cmp.Compare(a.ID, b.ID))
}

var catalogue = causesOf(causeGroups)

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
