package explain

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"doorstep/flow/event"
)

// A Numbered is a rule under one of its numbers, with the room versions in which it has that number, in order.
type Numbered struct {
	Number   string
	Versions []string
	Entry    *Entry
}

// Rules returns every authorisation rule under each of its numbers: by number, then by the first version.
func Rules() []Numbered { return slices.Clone(rules()) }

var rules = sync.OnceValue(func() []Numbered {
	var all []Numbered
	for i := range read().entries {
		all = append(all, read().entries[i].Numbers()...)
	}
	slices.SortStableFunc(all, func(a, b Numbered) int {
		return cmp.Or(slices.Compare(inNumbers(a.Number), inNumbers(b.Number)),
			cmp.Compare(placeOf(a.Versions[0]), placeOf(b.Versions[0])))
	})
	return all
})

// Numbers are the numbers that a rule has, by the versions; none for what is no rule.
func (e *Entry) Numbers() []Numbered {
	var out []Numbered
	for _, at := range e.At {
		if at.Kind != Rule {
			continue
		}
		version, number, _ := strings.Cut(at.Where, " ")
		i := slices.IndexFunc(out, func(n Numbered) bool { return n.Number == number })
		if i < 0 {
			i, out = len(out), append(out, Numbered{Number: number, Entry: e})
		}
		out[i].Versions = append(out[i].Versions, version)
	}
	for i := range out {
		slices.SortFunc(out[i].Versions, func(a, b string) int { return cmp.Compare(placeOf(a), placeOf(b)) })
	}
	return out
}

// RulesOf returns the rules that have a number, those of the earliest versions first; with a version only that one's.
func RulesOf(number, version string) []Numbered {
	return slices.DeleteFunc(Rules(), func(n Numbered) bool {
		return n.Number != number || version != "" && !slices.Contains(n.Versions, version)
	})
}

// Versions are the room versions, in order.
func Versions() []string {
	var ids []string
	for _, v := range event.Versions() {
		ids = append(ids, v.ID)
	}
	return ids
}

// VersionsOf are the room versions that one of the rules belongs to, in order.
func VersionsOf(rules []Numbered) []string {
	return slices.DeleteFunc(Versions(), func(v string) bool { return !oneHas(rules, v) })
}

// VersionsWithout are the room versions that none of the rules belongs to, in order.
func VersionsWithout(rules []Numbered) []string {
	return slices.DeleteFunc(Versions(), func(v string) bool { return oneHas(rules, v) })
}

func oneHas(rules []Numbered, version string) bool {
	return slices.ContainsFunc(rules, func(r Numbered) bool { return slices.Contains(r.Versions, version) })
}

// RuleAsked reads words that ask for a rule by its number: "rule 4.3.3", "4.3.3", "rule 11 4.3.3", "4.3.3 v11". The
// version is empty where none is named. A lone number without dots asks for a rule only after the word "rule".
func RuleAsked(words string) (number, version string, ok bool) {
	said := strings.Fields(strings.ToLower(strings.ReplaceAll(words, "/", " ")))
	named := len(said) > 0 && (said[0] == "rule" || said[0] == "rules")
	if named {
		said = said[1:]
	}
	said = slices.DeleteFunc(said, func(s string) bool { return slices.Contains([]string{"in", "room", "version"}, s) })
	isVersion := func(s string) bool { return strings.HasPrefix(s, "v") && inNumbers(s[1:]) != nil }
	isNumber := func(s string) bool { return inNumbers(s) != nil }
	switch {
	case len(said) == 1 && isNumber(said[0]) && (named || strings.Contains(said[0], ".")):
		return said[0], "", true
	case len(said) != 2:
	case isNumber(said[0]) && isVersion(said[1]):
		return said[0], said[1][1:], true
	case isVersion(said[0]) && isNumber(said[1]):
		return said[1], said[0][1:], true
	case !isNumber(said[0]) || !isNumber(said[1]) || !named && !strings.ContainsRune(said[0]+said[1], '.'):
	case strings.Contains(said[0], "."):
		return said[0], said[1], true
	default:
		return said[1], said[0], true
	}
	return "", "", false
}

// inNumbers takes "4.3.1" apart; nil where it is something else.
func inNumbers(s string) []int {
	var out []int
	for _, part := range strings.Split(s, ".") {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return nil
		}
		out = append(out, int(n))
	}
	return out
}

// placeOf is the place of a room version among all.
func placeOf(version string) int {
	return slices.IndexFunc(event.Versions(), func(v *event.Version) bool { return v.ID == version })
}

// InVersions says room versions in a few words: "1 to 5 and 12".
func InVersions(versions []string) string {
	runs := runsOf(versions, " to ")
	if n := len(runs); n > 1 {
		return strings.Join(runs[:n-1], ", ") + " and " + runs[n-1]
	}
	return strings.Join(runs, "")
}

// ShortVersions are room versions in short: "1-5, 12".
func ShortVersions(versions []string) string { return strings.Join(runsOf(versions, "-"), ", ") }

// runsOf joins the versions that follow each other, three and more to one.
func runsOf(versions []string, to string) []string {
	var runs []string
	for i := 0; i < len(versions); {
		j := i
		for j+1 < len(versions) && placeOf(versions[j+1]) == placeOf(versions[j])+1 {
			j++
		}
		if j > i+1 {
			runs = append(runs, versions[i]+to+versions[j])
		} else {
			runs = append(runs, versions[i:j+1]...)
		}
		i = j + 1
	}
	return runs
}

// RuleNumbers says what numbers a rule has: "5.2.1 in room versions 1 to 5, 4.2.1 in 6 and 7".
func (e *Entry) RuleNumbers() string {
	var parts []string
	for i, n := range e.Numbers() {
		in := " in "
		if i == 0 {
			in = " in room version "
			if len(n.Versions) > 1 {
				in = " in room versions "
			}
		}
		parts = append(parts, n.Number+in+InVersions(n.Versions))
	}
	return strings.Join(parts, ", ")
}
