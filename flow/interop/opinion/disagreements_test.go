//go:build goexperiment.jsonv2

package opinion

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"doorstep/flow/event"
)

// A difference is one question about one subject answered in two ways.
type difference struct {
	library, detail string
	question        question
	ours, theirs    string
	why             string // what Doorstep says about its answer
	subject         subject
}

// anybody as the library of a row: either of them.
const anybody = "anybody"

// A row explains a kind of disagreement and says by what it is decided.
type row struct {
	library   string // or anybody
	questions []question
	versions  string   // "1-5", "12", "1-4,7"
	subjects  []string // names of the subjects; "*" stands for anything
	ours      string   // Doorstep's answer, unless empty
	answer    string   // theirs, unless empty
	some      bool     // met by chance: not every version of the range shows it
	optional  bool     // met in recordings that are there only when they have been made
	spec      string   // what decides, and against whom
	when      func(difference) bool

	seenSubjects, seenVersions map[string]bool
}

// explained reports whether a row of the table covers d, and marks it as seen.
func explained(table []*row, d difference) bool {
	for _, r := range table {
		if pattern, ok := r.covers(d); ok {
			if r.seenSubjects == nil {
				r.seenSubjects, r.seenVersions = map[string]bool{}, map[string]bool{}
			}
			r.seenSubjects[pattern], r.seenVersions[d.subject.version.ID] = true, true
			return true
		}
	}
	return false
}

// covers returns the pattern of r.subjects that d's subject has, if r is about d.
func (r *row) covers(d difference) (pattern string, ok bool) {
	if r.library != anybody && r.library != d.library || !slices.Contains(r.questions, d.question) || !inRange(r.versions, d.subject.version.ID) ||
		r.ours != "" && r.ours != d.ours || r.answer != "" && r.answer != d.theirs || r.when != nil && !r.when(d) {
		return "", false
	}
	for _, pattern := range r.subjects {
		if matches(pattern, d.subject.name) {
			return pattern, true
		}
	}
	return "", false
}

// matches reports whether name has the pattern's parts between its "*" in their order.
func matches(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	last := len(parts) - 1
	name, ok := strings.CutPrefix(name, parts[0])
	for _, part := range parts[1:last] {
		_, after, found := strings.Cut(name, part)
		name, ok = after, ok && found
	}
	return ok && strings.HasSuffix(name, parts[last])
}

// unneeded returns what of r met no disagreement. exact: every version of its range has to.
func (r *row) unneeded(exact bool) (parts []string) {
	if r.optional {
		return nil
	}
	for _, pattern := range r.subjects {
		if !r.seenSubjects[pattern] {
			parts = append(parts, pattern)
		}
	}
	for _, v := range event.Versions() {
		if exact && !r.some && inRange(r.versions, v.ID) && !r.seenVersions[v.ID] {
			parts = append(parts, "version "+v.ID)
		}
	}
	return parts
}

func inRange(versions, id string) bool {
	n, err := strconv.Atoi(id)
	if err != nil {
		panic(err)
	}
	for part := range strings.SplitSeq(versions, ",") {
		low, high, ok := strings.Cut(part, "-")
		if !ok {
			high = low
		}
		a, errA := strconv.Atoi(low)
		b, errB := strconv.Atoi(high)
		if errA != nil || errB != nil {
			panic("bad range of versions " + versions)
		}
		if a <= n && n <= b {
			return true
		}
	}
	return false
}

// A comparison collects what was asked and what nobody can explain.
type comparison struct {
	table       []*row
	asked       map[string]int // by library and question
	unexplained []difference
}

func newComparison(table []*row) *comparison {
	return &comparison{table: table, asked: map[string]int{}}
}

// ask puts every question about s to Doorstep and the libraries.
func (c *comparison) ask(s subject) {
	for _, q := range questions {
		if q != isFormed && (s.event == nil || len(reasonsToDrop(s.event)) > 0) {
			continue // it is to be dropped: there is nothing to be right or wrong about but that
		}
		ours, why, _ := doorstep.ask(q, s)
		for _, l := range []library{gomatrixserverlib, mautrix} {
			theirs, detail, ok := l.ask(q, s)
			if !ok {
				continue
			}
			c.asked[fmt.Sprintf("%-18s %s", l.name, q)]++
			if theirs == ours {
				continue
			}
			d := difference{library: l.name, detail: detail, question: q, ours: ours, theirs: theirs, why: why, subject: s}
			if !explained(c.table, d) {
				c.unexplained = append(c.unexplained, d)
			}
		}
	}
}

// report fails the test for every kind of disagreement nobody explained and for every row, or part of one, that
// explained none, and logs how often which question was asked.
func (c *comparison) report(t *testing.T, exact bool) {
	t.Helper()
	kinds := map[string][]difference{}
	for _, d := range c.unexplained {
		ours, theirs := d.ours, d.theirs
		if len(ours) > 20 || len(theirs) > 60 {
			ours, theirs = "something", "something else"
		}
		kind := fmt.Sprintf("%s, %s of %q: %s; doorstep: %s", d.library, d.question, d.subject.name, theirs, ours)
		kinds[kind] = append(kinds[kind], d)
	}
	for _, kind := range sortedKeys(kinds) {
		list := kinds[kind]
		var versions []string
		for _, d := range list {
			if !slices.Contains(versions, d.subject.version.ID) {
				versions = append(versions, d.subject.version.ID)
			}
		}
		d := list[0]
		t.Errorf("no row for %s (%d times, versions %s)\n   they say %s\n   we say   %s", kind, len(list), strings.Join(versions, " "), clip(d.detail, 300), clip(d.why, 300))
		if os.Getenv("INTEROP_EVENTS") != "" {
			t.Logf("event, version %s: %s\n   ours:   %s\n   theirs: %s", d.subject.version.ID, d.subject.raw, d.ours, d.theirs)
			for _, a := range d.subject.auth {
				t.Logf("   auth event %s", a.Raw())
			}
		}
	}
	for _, r := range c.table {
		if parts := r.unneeded(exact); parts != nil {
			t.Errorf("row not needed for %q: %s, %v, versions %s: %s", parts, r.library, r.questions, r.versions, r.spec)
		}
	}
	total := 0
	for _, key := range sortedKeys(c.asked) {
		t.Logf("asked %6d times: %s", c.asked[key], key)
		total += c.asked[key]
	}
	if total == 0 {
		t.Error("nothing was asked")
	}
}

func clip(s string, n int) string {
	if len(s) > n {
		return s[:n] + "…"
	}
	return s
}

func sortedKeys[V any](m map[string]V) []string {
	list := make([]string, 0, len(m))
	for key := range m {
		list = append(list, key)
	}
	slices.Sort(list)
	return list
}
