package diagnose

import "cmp"

// A Cause is one row of the catalogue: a way in which joins fail, and how it shows. Its texts are those of its entry in
// flow/explain.
type Cause struct {
	ID       string   // stable, kebab-case; the name of the entry
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
	// unheard marks what keeps a server from getting our key from us, although it has to: a request that never came.
	unheard bool
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
	StageJoiner                   // the joining server, where servers of ours are asked
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

// inOrder compares the places of two causes in the catalogue.
func inOrder(a, b Cause) int {
	return cmp.Or(cmp.Compare(a.stage, b.stage), cmp.Compare(a.rank, b.rank), cmp.Compare(a.ID, b.ID))
}
