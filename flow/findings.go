package flow

import (
	"slices"
	"strings"
)

// A Finding names the cause of a failed join, or something worth knowing, with the evidence and the next action.
type Finding struct {
	ID       string `json:"id"`       // stable, kebab-case
	Severity string `json:"severity"` // error, warn or info
	Step     StepID `json:"step"`
	Title    string `json:"title"`
	Cause    string `json:"cause"`
	Advice   string `json:"advice"`
	Evidence []int  `json:"evidence"` // entries, by Seq
}

// Findings returns what t shows to have gone wrong, the most telling first. It reads evidence and guesses nothing.
func Findings(t Trace) []Finding {
	s := Fold(t)
	if s.Stopped == nil {
		return nil
	}
	var out []Finding
	for _, d := range definitions {
		if evidence := d.seen(s); len(evidence) > 0 {
			out = append(out, Finding{ID: d.id, Severity: "error", Step: s.Stopped.Step, Title: d.title, Cause: d.cause, Advice: d.advice, Evidence: evidence})
		}
	}
	return out
}

// A definition is one row of the table of findings: seen returns the entries that show it, none where it is not so.
type definition struct {
	id, title, cause, advice string
	seen                     func(State) []int
}

// refusal reports whether a server refused the join, at one of the steps, in words of which one is said.
func refusal(s State, words []string, steps ...StepID) []int {
	f := s.Stopped.Refusal
	if f == nil || !slices.Contains(steps, s.Stopped.Step) {
		return nil
	}
	said := strings.ToLower(f.Message)
	for _, w := range words {
		if strings.Contains(said, w) {
			return []int{s.Stopped.Seq}
		}
	}
	return nil
}

// definitions is the table of findings.
var definitions = []definition{{
	id:     "alias-not-found",
	title:  "The directory server does not know this alias",
	cause:  "The alias was deleted or mistyped, or it belonged to a room that everybody has left. Only the server in the alias can say where it leads.",
	advice: "Ask for a fresh link, or join by room ID and name a server that is in the room.",
	seen: func(s State) []int {
		if f := s.Stopped.Refusal; s.Stopped.Step == A3 && f != nil && f.Status == 404 && f.Errcode == "M_NOT_FOUND" {
			return []int{s.Stopped.Seq}
		}
		return nil
	},
}, {
	id:     "banned",
	title:  "The user is banned from the room",
	cause:  "A moderator banned this user. Every server in the room enforces the ban, so another candidate would say the same.",
	advice: "Ask the moderators of the room to lift the ban.",
	seen: func(s State) []int {
		return refusal(s, []string{"is banned from the room", "you are banned", "user is banned", "has been banned"}, A5, A7)
	},
}, {
	id:     "not-invited",
	title:  "The room is closed, and the user has no invite",
	cause:  "The join rule wants an invite. There is none for this user, or it was for another ID, was revoked, or has not reached the server that was asked.",
	advice: "Ask a member for an invite. If there was one, join through the server of whoever sent it.",
	seen:   func(s State) []int { return refusal(s, []string{"not invited", "invite-only", "invite only"}, A5, A7) },
}, {
	id:     "no-candidate-answers",
	title:  "None of the join candidates answered",
	cause:  "Every server that could have let us in is down, unreachable from here, or no longer there.",
	advice: "Name a server that is up and in the room. The arrows say what became of each attempt.",
	seen: func(s State) []int {
		if s.sawAnswer || len(s.Candidates) == 0 || s.Stopped.Outcome != Unreachable && s.Stopped.Outcome != TimedOut {
			return nil
		}
		var evidence []int
		for _, c := range s.Candidates {
			if c.Answer > 0 {
				evidence = append(evidence, c.Answer)
			}
		}
		return evidence
	},
}}
