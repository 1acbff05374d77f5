package diagnose

import (
	"slices"

	"doorstep/flow"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// A Reaction is what a homeserver does next where Doorstep saw something refused or odd.
type Reaction struct {
	Server string // Synapse, Dendrite or tuwunel
	Does   string // the rest of a sentence that begins with its name
}

// Reactions returns what other homeservers do after e, an answer of the directory (A3), to make_join (A5) or to
// send_join (A7), which is a refusal, is none, or cannot be used; in the order Synapse, Dendrite, tuwunel. It is nil
// where there is nothing to tell: after a good answer, and for any other entry. Whether an answer to send_join can be
// used shows when it is verified: the Others of the checks tell about that. What they do with a template for somebody
// else cannot be told from the answer alone: Synapse signs it and breaks off, the other two overwrite what is wrong
// and go on.
//
// Read in Synapse a58ad44e, Dendrite 08cac1cc with gomatrixserverlib ffcbbd38, and tuwunel 5b366914.
func Reactions(e *flow.Entry) []Reaction {
	if good(e) && e.Response.Unseen { // nobody knows what it held
		return nil
	}
	for _, w := range reactions {
		if w.step == e.Step && w.when(e) {
			return []Reaction{{"Synapse", w.synapse}, {"Dendrite", w.dendrite}, {"tuwunel", w.tuwunel}}
		}
	}
	return nil
}

const (
	asksNext   = "asks the next candidate"
	endsIt     = "ends the join"
	toV1       = "sends the same event to the v1 endpoint"
	passesItOn = "ends the join and passes the refusal on to its client"
	asksUpTo48 = "asks the next candidate, 48 at the most in one attempt of three"
	resendsIt  = "sends the same event to the next candidate, or in a restricted room to the authoriser's server alone"
	triesFirst = "tries the same server three times more, then " + resendsIt
	beginsAnew = "begins again with the next candidate, from make_join on"
	triesAnew  = "ends this attempt and begins again from make_join on, the candidates shuffled, three attempts in all"
)

// reactions is the table of Reactions; the first row of a step that fits decides.
var reactions = []struct {
	step                       flow.StepID
	when                       func(*flow.Entry) bool
	synapse, dendrite, tuwunel string
}{
	{flow.A3, noAnswer, "ends the join with 502, Failed to fetch alias, ten seconds after asking at the latest", endsIt,
		endsIt},
	{flow.A3, refused(404, nil), "ends the join with 404, Room alias not found", endsIt, endsIt},
	{flow.A3, refused(0, nil), "ends the join with 502, Failed to fetch alias", endsIt, endsIt},
	{flow.A3, unusableDirectory, "ends the join: with 404 where a key is missing, with 502 where it is no JSON", endsIt,
		endsIt},

	{flow.A5, noAnswer, asksNext, asksNext, asksUpTo48},
	{flow.A5, serverError, asksNext, asksNext, asksUpTo48},
	{flow.A5, refused(429, nil), asksNext, asksNext, asksUpTo48},
	{flow.A5, refused(0, []string{"M_NOT_FOUND", "M_UNABLE_TO_AUTHORISE_JOIN", "M_UNABLE_TO_GRANT_JOIN"}), asksNext,
		asksNext, asksUpTo48},
	{flow.A5, incompatible, passesItOn, asksNext,
		"asks the next candidate, until more than 15 have said the same; then " + triesAnew},
	{flow.A5, refused(0, nil), passesItOn, asksNext, asksUpTo48},
	{flow.A5, template(verify.TemplateUnreadable, verify.ProtoeventMissing), asksNext, asksNext, asksUpTo48},
	{flow.A5, template(verify.VersionUnsaid),
		"takes the room for one of version 1", "takes the room for one of version 4", triesAnew},
	{flow.A5, template(verify.VersionNoString, verify.VersionUnknown), endsIt,
		asksNext, triesAnew},
	{flow.A5, template(verify.ProtoeventUnreadable), asksNext, asksNext, triesAnew},

	{flow.A7, brokeOff, resendsIt, beginsAnew, triesAnew},
	{flow.A7, noAnswer, triesFirst, beginsAnew, triesAnew},
	{flow.A7, unknownEndpoint, toV1, "sends the same event to the v1 endpoint after a 404, otherwise " + beginsAnew,
		triesAnew},
	{flow.A7, serverError, triesFirst, beginsAnew, triesAnew},
	{flow.A7, refused(429, nil), triesFirst, beginsAnew, triesAnew},
	{flow.A7, refused(0, flow.JudgingElsewhere),
		"ends the join with 502 where the join names an authoriser, for whom nobody else can sign; " +
			"otherwise asks the next candidate, from room version 8 on", beginsAnew, triesAnew},
	{flow.A7, refused(404, nil), passesItOn, toV1, triesAnew},
	{flow.A7, refused(0, nil), passesItOn, beginsAnew, triesAnew},
	{flow.A7, unusableReply, resendsIt, beginsAnew, triesAnew},
}

// brokeOff accepts answers that began and did not end.
func brokeOff(e *flow.Entry) bool { return e.Failure != nil && e.Response != nil }

func serverError(e *flow.Entry) bool { return e.Response != nil && e.Response.Status >= 500 }

// unknownEndpoint accepts what Synapse takes for an endpoint that is not there: M_UNRECOGNIZED, or a 404 or 405 that no
// homeserver wrote.
func unknownEndpoint(e *flow.Entry) bool {
	if e.Response == nil || !slices.Contains([]int{400, 404, 405}, e.Response.Status) {
		return false
	}
	return response.RefusalOf(e.Response).Errcode == "M_UNRECOGNIZED" || e.Response.Status != 400 &&
		e.Speaker() != response.Homeserver
}

func unusableDirectory(e *flow.Entry) bool { return good(e) && !e.Directory().Usable() }

func unusableReply(e *flow.Entry) bool { return good(e) && !e.Reply().Usable() }

// template accepts good answers to make_join of which nothing can be made, for one of those faults.
func template(faults ...verify.Fault) func(*flow.Entry) bool {
	return func(e *flow.Entry) bool { return good(e) && slices.Contains(faults, e.Template().Fault) }
}
