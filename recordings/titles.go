package recordings

import (
	"bufio"
	"encoding/json"
	"strings"
)

// A Group is what recordings have in common.
type Group string

// The groups, in order.
const (
	ByVersion Group = "In the sandbox, room version by version"
	OtherWays Group = "In the sandbox, other ways in"
	NoJoin    Group = "In the sandbox, joins that fail"
	Dendrite  Group = "With Dendrite 0.15.2"
	Synapse   Group = "With Synapse 1.163.2"
)

// Groups lists the groups in order.
func Groups() []Group { return []Group{ByVersion, OtherWays, NoJoin, Dendrite, Synapse} }

// A Recording says what is to be seen in one of the embedded recordings.
type Recording struct {
	Name  string
	Title string // one line
	Group Group
}

// All returns what there is to know of every recording: by group, and in a group by room version and name.
func All() []Recording {
	var out []Recording
	names := Names()
	for _, g := range Groups() {
		of := len(out)
		for _, name := range names {
			if groupOf(name) == g {
				out = append(out, Recording{Name: name, Title: title(name), Group: g})
			}
		}
		sortByVersion(out[of:])
	}
	return out
}

// refused are the sandbox recordings without a join at the end.
var refused = map[string]bool{"banned": true, "no-candidate-answers": true, "not-invited": true, "unknown-alias": true}

func groupOf(name string) Group {
	switch {
	case strings.HasPrefix(name, "dendrite-"):
		return Dendrite
	case strings.HasPrefix(name, "synapse-"):
		return Synapse
	case strings.HasPrefix(name, "public-"):
		return ByVersion
	case refused[name]:
		return NoJoin
	}
	return OtherWays
}

// real says what is to be seen in the recordings of homeservers, by what comes after the homeserver's name. The headers
// of those hold a room's address only.
var real = map[string]string{
	"v1":                   "A public room of version 1, with a ban and a member who left",
	"v6":                   "A public room of version 6, with a ban and a member who left",
	"v10":                  "A public room of version 10, with a ban and a member who left",
	"v11":                  "A public room of version 11, with a ban and a member who left",
	"v12":                  "A public room of version 12, with a ban and a member who left",
	"restricted-v10":       "Let in for being a member of another room",
	"encoded":              "An alias and a user whose characters have to be encoded",
	"invited-v12":          "Invited, and joined by room ID",
	"omit-members-v10":     "Members are left out of the answer, and the room is left again",
	"redacted-v11":         "Power levels, a topic, members and join rules were redacted",
	"tombstone-v12":        "The room was replaced by another one",
	"big":                  "A room with over a thousand state events",
	"banned":               "Refused: the user is banned from the room",
	"not-invited":          "Refused: the room is for invited users only",
	"server-denied":        "Refused: the joining server is not on the access list",
	"and-dendrite-dry-run": "Every candidate is asked, one is dead, and nothing is joined",
}

// title says what is to be seen: of the sandbox the title it was recorded under.
func title(name string) string {
	for _, homeserver := range []string{"dendrite-", "synapse-"} {
		if rest, ok := strings.CutPrefix(name, homeserver); ok {
			return real[rest]
		}
	}
	r, err := Open(name)
	if err != nil {
		return ""
	}
	first, _ := bufio.NewReader(r).ReadBytes('\n')
	var header struct {
		Title string `json:"title"`
	}
	_ = json.Unmarshal(first, &header) // without a title it goes by its name
	return header.Title
}
