package flow

import (
	"slices"

	"doorstep/flow/response"
)

// A Policy is how a joining server goes about its join candidates, where the spec leaves it open: whom it asks, in
// which order, and which refusals end the attempt.
type Policy struct {
	Name string // as --like spells it
	Says string // in one line

	aliasServer  aliasPlace
	replacesVia  bool   // the directory's candidates take the place of those the client named
	inviterLast  bool   // the inviter's server comes after all others; otherwise first
	last         string // servers with this in their names come after all others; empty: none do
	Ends         func(*response.Refusal) bool
	MostRefusals int // this many candidates are asked at the most; 0: all of them
}

// aliasPlace says when the alias's own server is a candidate.
type aliasPlace int

const (
	aliasIfListed    aliasPlace = iota // where the directory lists it, in its place
	aliasListedFirst                   // where the directory lists it, before the others
	aliasFirst                         // always, before those the directory lists
	aliasIfNobody                      // only where there is nobody else; then the server in the room ID, too
)

// JudgingElsewhere are the errcodes by which a resident server says that another one may decide otherwise about a
// restricted join. Spec: server-server, Restricted rooms.
var JudgingElsewhere = []string{"M_UNABLE_TO_AUTHORISE_JOIN", "M_UNABLE_TO_GRANT_JOIN"}

// policies are what the implementations were read to do; the first is the one used unless another is asked for. Where
// they put candidates in no order, or in a random one, the order of the list is kept here.
//
// Read in Synapse a58ad44e (handlers/room_member.py lookup_room_alias, federation_client.py _try_destination_list),
// Dendrite 08cac1cc (perform_join.go), and tuwunel 5b366914 (rooms/alias/mod.rs, membership/join.rs
// get_servers_for_room).
var policies = []Policy{{
	Name: "spec",
	Says: "the spec's sense: go on unless every other server would have to say the same",
	Ends: func(f *response.Refusal) bool {
		switch {
		// no homeserver judged the join, or it did not understand ours
		case f.Speaker != response.Homeserver, f.Errcode == "":
			return false
		case f.Status >= 500 || f.Status < 400:
			return false
		case slices.Contains([]int{401, 404, 405, 429}, f.Status):
			return false
		}
		return !slices.Contains(append(JudgingElsewhere, "M_UNRECOGNIZED"), f.Errcode)
	},
}, {
	Name: "synapse",
	Says: "Synapse: for an alias the directory's candidates instead of the client's, the alias's own server " +
		"first if it is among them; 429 and 5xx go on, most other refusals and redirects end the join",
	aliasServer: aliasListedFirst, replacesVia: true, inviterLast: true,
	Ends: func(f *response.Refusal) bool {
		switch {
		case f.Status >= 500 && f.Status < 600, f.Status == 429:
			return false
		case f.Status >= 400 && f.Status < 500:
			return !slices.Contains(append(JudgingElsewhere, "M_NOT_FOUND"), f.Errcode)
		}
		return true
	},
}, {
	Name: "dendrite",
	Says: "Dendrite: the client's candidates, the alias's server, then the directory's; it asks on after any " +
		"refusal",
	aliasServer: aliasFirst, inviterLast: true,
	Ends: func(*response.Refusal) bool { return false },
}, {
	Name: "tuwunel",
	Says: "tuwunel: for an alias the directory's candidates instead of the client's, shuffled, matrix.org " +
		"last; it asks on after any refusal, 48 servers at the most in each of three attempts, of which this is one",
	aliasServer:  aliasIfNobody,
	replacesVia:  true,
	inviterLast:  true,
	last:         "matrix.org",
	MostRefusals: 48,
	Ends:         func(*response.Refusal) bool { return false },
}}

// PolicyNames returns the names of the policies.
func PolicyNames() []string {
	var names []string
	for _, p := range policies {
		names = append(names, p.Name)
	}
	return names
}

// PolicyNamed returns the policy of that name; the default for the empty name; false when there is none.
func PolicyNamed(name string) (Policy, bool) {
	for _, p := range policies {
		if p.Name == name || name == "" {
			return p, true
		}
	}
	return Policy{}, false
}
