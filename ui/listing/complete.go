package listing

import (
	"context"
	"slices"
	"strings"
	"time"
)

// A Completion is what can take the place of a part of a query.
type Completion struct {
	From, To   int // bytes of the query
	Candidates []Candidate
}

// A Candidate is one of them.
type Candidate struct {
	Text  string // what is put there
	Label string // the value alone, as it is
	Count int    // how many rows have it; 0 for the name of a field
}

// candidatesShown is how many are offered.
const candidatesShown = 8

// Complete says what the term that ends at a place in a query can go on as: the fields first, then the values of the
// field that occur, the most frequent first. It gives none when it is given up.
func (l *List) Complete(ctx context.Context, query string, at int) Completion {
	at = max(min(at, len(query)), 0)
	out := Completion{From: at, To: at}
	var t token
	for _, one := range scan(query[:at]) {
		if one.end == at {
			t = one
			out.From = one.start
		}
	}
	if t.name == "" {
		if !t.quoted {
			out.Candidates = completeName(t)
		}
		return out
	}
	f, known := fieldOf(t.name)
	if !known {
		return out
	}
	before := parsePatterns(t.raw)
	typed := before[len(before)-1]
	before[len(before)-1] = nil // the last of several is the one that goes on
	for _, c := range l.values(ctx, f, plainText(typed)) {
		c.Text = query[t.start:t.value] + quote(writePatterns(before)+Escape(c.Label), false)
		out.Candidates = append(out.Candidates, c)
	}
	return out
}

// completeName offers the names of fields.
func completeName(t token) []Candidate {
	var out []Candidate
	sign := ""
	if t.not {
		sign = "-"
	}
	for _, name := range fieldNames() {
		if strings.HasPrefix(name, strings.ToLower(t.raw)) {
			out = append(out, Candidate{Text: sign + name + ":", Label: name + ":"})
		}
	}
	return out
}

// values are those of a field that begin as typed, or where none does that hold it.
func (l *List) values(ctx context.Context, f Field, typed string) []Candidate {
	counts := map[string]int{}
	err := l.each(ctx, nil, func(i int) { l.count(counts, f, i, typed) })
	if err != nil {
		return nil
	}
	var begin, hold []Candidate
	typed = smallLetters(typed)
	for value, n := range counts {
		c := Candidate{Label: value, Count: n}
		if small := smallLetters(value); strings.HasPrefix(small, typed) {
			begin = frequent(begin, c)
		} else {
			hold = frequent(hold, c)
		}
	}
	if len(begin) > 0 {
		return begin
	}
	return hold
}

// frequent puts a candidate among the most frequent ones.
func frequent(list []Candidate, c Candidate) []Candidate {
	at, _ := slices.BinarySearchFunc(list, c, func(a, b Candidate) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(a.Label, b.Label)
	})
	if at >= candidatesShown {
		return list
	}
	list = slices.Insert(list, at, c)
	return list[:min(len(list), candidatesShown)]
}

// count counts the values that a row has of a field, as far as they hold what was typed.
func (l *List) count(counts map[string]int, f Field, i int, typed string) {
	add := func(value string) {
		if value != "" && containsFold(value, smallLetters(typed)) {
			counts[value]++
		}
	}
	e := l.Event(i)
	switch f {
	case Server:
		add(l.Server(i))
	case ID:
		add(l.ID(i))
	case Type, Key, Sender:
		if e != nil {
			value, _ := textOf[f](e)
			add(value)
		}
	case Time:
		if e != nil {
			if year := time.UnixMilli(e.OriginServerTS()).UTC().Format("2006"); len(year) == 4 {
				add(year)
			}
		}
	case Membership:
		add(memberships[l.facts[i].membership])
	default:
		l.countWords(f, i, add)
	}
}

// countWords is count for the fields that are one of a few words, or several.
func (l *List) countWords(f Field, i int, add func(string)) {
	var has uint64
	switch f {
	case In:
		has = inWords[l.Place(i)]
	case Check:
		has = l.facts[i].missed
	case Verdict:
		has = 1 << verdictWord[l.facts[i].verdict]
		if l.facts[i].redacted {
			has |= 1 << redactedAt
		}
	}
	for w, word := range fields[f].words {
		if has>>w&1 == 1 {
			add(word)
		}
	}
}

// Find returns the row of an event ID, or of the only one that begins so. n is how many begin so: with none, or more
// than one, there is no such row.
func (l *List) Find(id string) (row, n int) {
	row = -1
	if id == "" {
		return row, 0
	}
	for i := range l.Len() {
		whole := l.ID(i)
		if whole == id {
			return i, 1
		}
		if strings.HasPrefix(whole, id) {
			row = i
			n++
		}
	}
	if n != 1 {
		return -1, n
	}
	return row, n
}

// smallLetters is s with its ASCII letters made small.
func smallLetters(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = lower(b[i])
	}
	return string(b)
}
