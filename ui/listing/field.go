package listing

import (
	"slices"
	"strings"

	"doorstep/flow/verify"
	"doorstep/flow/wording"
)

// A Field is what a term of a query looks at.
type Field int

// The fields.
const (
	Anywhere Field = iota // type, state key, sender and ID; a term without a field
	Type
	Key
	Sender
	Server
	ID
	In
	Verdict
	Membership
	Check
	Depth
	Named
	Time
)

// A sort of value is how a field is asked about.
type sort int

const (
	text   sort = iota // a pattern
	word               // one of a few words
	number             // a range of numbers
	moment             // a range of time
)

// fields is the table of the fields, in the order in which they are offered.
var fields = [...]struct {
	name  string
	alias string // another name for it; empty: there is none
	sort  sort
	words []string // that it can be
}{
	Anywhere:   {},
	Type:       {name: "type"},
	Key:        {name: "key", alias: "state_key"},
	Sender:     {name: "sender"},
	Server:     {name: "server"},
	ID:         {name: "id", alias: "event_id"},
	In:         {name: "in", sort: word, words: []string{"state", "auth_chain", "both", "neither"}},
	Verdict:    {name: "verdict", sort: word, words: []string{"fail", "not_checked", "warn", "pass", redactedWord}},
	Membership: {name: "membership", sort: word, words: memberships[joined:]},
	Check:      {name: "check", sort: word, words: checkNames()},
	Depth:      {name: "depth", sort: number},
	Named:      {name: "named", alias: "named_by", sort: number},
	Time:       {name: "time", alias: "origin_server_ts", sort: moment},
}

// redactedWord stands among the verdicts for events that were redacted, whatever else is said of them.
const redactedWord = "redacted"

// checkNames are the names of the checks that are made on events, bit n of facts.missed being number n.
func checkNames() []string {
	var out []string
	for _, k := range verify.CheckKinds() {
		out = append(out, k.Name)
	}
	return out
}

// String is the name of the field.
func (f Field) String() string { return fields[f].name }

// fieldOf returns the field of a name, whatever its capitals.
func fieldOf(name string) (Field, bool) {
	name = strings.ToLower(name)
	for f := Type; int(f) < len(fields); f++ {
		if fields[f].name == name || fields[f].alias == name {
			return f, true
		}
	}
	return Anywhere, false
}

// Near returns the one of names that is most like a misspelt one; empty: none is.
func near(name string, names []string) string {
	const longest = 64 // no name is longer
	best, least, short := "", len(name)/3+2, strings.ToLower(name[:min(len(name), longest)])
	for _, n := range names {
		if d := wording.Changes(short, n); d < least {
			best, least = n, d
		}
	}
	if best == "" && name != "" {
		if i := slices.IndexFunc(names, func(n string) bool { return strings.HasPrefix(n, strings.ToLower(name)) }); i >= 0 {
			best = names[i]
		}
	}
	return best
}

// fieldNames are the names of all fields.
func fieldNames() []string {
	var out []string
	for _, f := range fields[Type:] {
		out = append(out, f.name)
	}
	return out
}
