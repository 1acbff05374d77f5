package story

import (
	"fmt"
	"strings"

	"doorstep/flow"
	"doorstep/flow/compare"
	"doorstep/flow/explain"
	"doorstep/flow/wording"
)

// factWords are the names of facts.
var factWords = map[compare.FactName]string{compare.FactForm: "form", compare.FactRoomVersion: "room version",
	compare.FactSoftware: "software", compare.FactOutcome: "outcome", compare.FactFate: "fate of the join",
	compare.FactDirectory: "directory is the resident", compare.FactSameResident: "make_join and send_join to one server",
	compare.FactCandidates: "join candidates", compare.FactAsks: "asked for by",
	compare.FactOffered: "versions offered", compare.FactPolicy: "like", compare.FactAskAll: "asks all candidates",
	compare.FactSendTo: "send_join goes to", compare.FactDryRun: "dry run", compare.FactLeave: "leaves again",
	compare.FactOmit: "omit_members asked", compare.FactNotary: "notary", compare.FactProbe: "probes",
	compare.FactMembers: "members omitted"}

// factEntries are the entries of facts, where they have one.
var factEntries = map[compare.FactName]explain.Reference{
	compare.FactForm:         {Kind: explain.Term, Name: "what 2015 did differently"},
	compare.FactRoomVersion:  {Kind: explain.Term, Name: "room version"},
	compare.FactOffered:      {Kind: explain.Query, Name: "ver"},
	compare.FactDirectory:    {Kind: explain.Role, Name: "directory server"},
	compare.FactSameResident: {Kind: explain.Role, Name: "resident server"},
	compare.FactSendTo:       {Kind: explain.Role, Name: "resident server"},
	compare.FactCandidates:   {Kind: explain.Term, Name: "join candidates"},
	compare.FactAskAll:       {Kind: explain.Term, Name: "join candidates"},
	compare.FactOmit:         {Kind: explain.Query, Name: "omit_members"},
	compare.FactMembers:      {Kind: explain.Field, Name: "members_omitted"},
	compare.FactNotary:       {Kind: explain.Term, Name: "notary"},
}

func factValue(name compare.FactName, value string) string {
	switch {
	case name == compare.FactForm:
		return FormWords(flow.Form(value))
	case name == compare.FactOutcome:
		return OutcomeWords(flow.Outcome(value))
	case name == compare.FactFate:
		return strings.ReplaceAll(value, "_", " ")
	case name == compare.FactAsks:
		return strings.ReplaceAll(value, "_id", " ID")
	case value != "":
		return value
	}
	switch name {
	case compare.FactPolicy:
		return "the usual"
	case compare.FactOffered, compare.FactCandidates:
		return "none"
	}
	return "not said"
}

// FormWords is a form of the handshake as people say it.
func FormWords(f flow.Form) string {
	switch f {
	case flow.FormCurrent:
		return "current"
	case "":
		return "not said"
	}
	return string(f)
}

// SummaryWords says what one of two handshakes is: how it ended, by which rules, and what it was recorded as.
func SummaryWords(s compare.Summary) string {
	words := []string{OutcomeWords(s.Outcome)}
	if s.Redacted {
		words = append(words, "redacted")
	}
	if s.Imported != nil {
		words = append(words, "imported")
	}
	if s.RoomVersion != "" {
		words = append(words, "room version "+s.RoomVersion)
	}
	words = append(words, "form "+FormWords(s.Form))
	if s.Software != "" {
		words = append(words, s.Software)
	}
	words = append(words, map[bool]string{true: "1 entry", false: fmt.Sprintf("%d entries", s.Entries)}[s.Entries == 1])
	says := s.Name + ": " + strings.Join(words, ", ")
	if s.Title != "" && s.Title != s.Name {
		says += "; " + s.Title
	}
	return says
}

// ComparedVerdict says in a sentence what a comparison came to.
func ComparedVerdict(c compare.Comparison) string {
	n := c.Counts.Steps
	switch {
	case c.Equal:
		return "Equal: " + wording.Count(n.Alike, "step") + " alike, and nothing differs but what does between any two runs."
	case !c.Shared:
		return "They share nothing: no step of one is in the other."
	}
	var words []string
	for _, p := range []struct {
		n    int
		says string
	}{{n.Changed, "differ"}, {n.OnlyA, "only in A"}, {n.OnlyB, "only in B"}, {n.Alike, "alike"}} {
		if p.n > 0 {
			words = append(words, fmt.Sprintf("%d %s", p.n, p.says))
		}
	}
	return "Different: of " + wording.Count(n.Changed+n.OnlyA+n.OnlyB+n.Alike, "step") + " " + strings.Join(words, ", ") +
		"."
}

// FoldWords says what differs as between any two runs; empty where nothing does.
func FoldWords(folds []compare.Fold) string {
	one := strings.NewReplacer("aliases", "alias", "addresses", "address", "hashes", "hash", "IDs", "ID", "names", "name",
		"users", "user", "keys", "key", "signatures", "signature", "times", "time")
	var words []string
	for _, f := range folds {
		what := f.What
		if f.N == 1 {
			what = one.Replace(what)
		}
		words = append(words, fmt.Sprintf("%d %s", f.N, what))
	}
	if words == nil {
		return ""
	}
	return "as any two runs: " + strings.Join(words, ", ")
}
