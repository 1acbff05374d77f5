package flow

import (
	"fmt"
	"slices"
)

// A Policy is how a joining server goes about its join candidates, where the spec leaves it open: whom it asks, in which
// order, and which refusals end the attempt.
type Policy struct {
	Name string // as --like spells it
	Says string // in one line

	aliasServer  bool // the alias's own server is a candidate, before those it names
	replacesVia  bool // the directory's candidates take the place of those the client named
	inviterLast  bool // the inviter's server comes after all others; otherwise first
	ends         func(*Refusal) bool
	MostRefusals int // this many candidates are asked at the most; 0: all of them
}

var judgingElsewhere = []string{"M_UNABLE_TO_AUTHORISE_JOIN", "M_UNABLE_TO_GRANT_JOIN"}

// policies are what the implementations were read to do; the first is the one used unless another is asked for.
var policies = []Policy{{
	Name: "spec",
	Says: "the spec's sense: go on unless every other server would have to say the same",
	ends: func(f *Refusal) bool {
		switch {
		case f.Errcode == "": // no homeserver judged the join: a proxy answered, or ours was not understood
			return false
		case f.Status >= 500 || f.Status < 400:
			return false
		case slices.Contains([]int{401, 404, 405, 429}, f.Status):
			return false
		}
		return !slices.Contains(append(judgingElsewhere, "M_UNRECOGNIZED"), f.Errcode)
	},
}, {
	Name:        "synapse",
	Says:        "Synapse: the alias's server first, the directory's candidates instead of the client's; most 4xx end the join",
	aliasServer: true, replacesVia: true, inviterLast: true,
	ends: func(f *Refusal) bool {
		return f.Status >= 400 && f.Status < 500 && !slices.Contains(append(judgingElsewhere, "M_NOT_FOUND"), f.Errcode)
	},
}, {
	Name:        "dendrite",
	Says:        "Dendrite: the client's candidates, the alias's server, then the directory's; it asks on after any refusal",
	aliasServer: true, inviterLast: true,
	ends: func(*Refusal) bool { return false },
}, {
	Name:         "tuwunel",
	Says:         "tuwunel: the alias's server first; it asks on after any refusal, 48 servers at the most",
	aliasServer:  true,
	MostRefusals: 48,
	ends:         func(*Refusal) bool { return false },
}}

// untriedWords ends the sentence about a refusal after which the policy asks nobody else: how many were not asked.
func (s *State) untriedWords() string {
	n := 0
	for _, c := range s.Candidates[min(s.at+1, len(s.Candidates)):] {
		if !c.Tried {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %s not asked (%s)", count(n, "other candidate"), s.Policy.Name)
}

// Policies returns the known policies, the default first.
func Policies() []Policy { return slices.Clone(policies) }

// PolicyNamed returns the policy of that name; the default for the empty name; false when there is none.
func PolicyNamed(name string) (Policy, bool) {
	for _, p := range policies {
		if p.Name == name || name == "" {
			return p, true
		}
	}
	return Policy{}, false
}
