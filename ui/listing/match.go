package listing

import (
	"context"
	"slices"

	"doorstep/flow/event"
	"doorstep/flow/verify"
)

// A test says whether a term holds for a row.
type test func(i int) bool

// Select returns the rows that a query means, sorted; nil, as all rows as they came are, where that is what is asked.
// It errs only when it is given up.
func (l *List) Select(ctx context.Context, q Query, o Order) ([]int32, error) {
	if len(q) == 0 && o.By == AsItCame && !o.Down {
		return nil, ctx.Err()
	}
	tests := make([]test, len(q))
	for i, t := range q {
		tests[i] = l.compile(t)
	}
	rows := make([]int32, 0, l.Len())
next:
	for i := range l.Len() {
		if given(ctx, i) {
			return nil, ctx.Err()
		}
		for _, holds := range tests {
			if !holds(i) {
				continue next
			}
		}
		rows = append(rows, int32(i))
	}
	if len(rows) < l.Len() {
		rows = slices.Clip(slices.Clone(rows))
	}
	return rows, l.sort(ctx, rows, o)
}

// Mean returns what a query is taken to mean: a text that no event has stands for those that begin with it, and where
// none does for those that hold it. So what is half typed shows something.
func (l *List) Mean(ctx context.Context, q Query) Query {
	out := slices.Clone(q)
	for i, t := range out {
		if t.Field == Anywhere || fields[t.Field].sort != text {
			continue
		}
		out[i].patterns = slices.Clone(t.patterns)
		for j, p := range t.patterns {
			if s, ok := p.literal(); !ok || s == "" {
				continue
			}
			begins := append(slices.Clone(p), anyN)
			for _, wider := range []pattern{p, begins, append(pattern{anyN}, begins...)} {
				if l.has(ctx, t.Field, wider) {
					out[i].patterns[j] = wider
					break
				}
			}
		}
		out[i].Value = writePatterns(out[i].patterns)
	}
	return out
}

// has reports whether there is an event with such a text.
func (l *List) has(ctx context.Context, f Field, p pattern) bool {
	if f == Server {
		is := p.test()
		return slices.ContainsFunc(l.servers, func(s string) bool { return s != "" && is(s) })
	}
	holds := l.holds(Term{Field: f, patterns: []pattern{p}})
	for i := range l.Len() {
		if given(ctx, i) {
			return false
		}
		if holds(i) {
			return true
		}
	}
	return false
}

// compile makes the test of a term.
func (l *List) compile(t Term) test {
	holds := l.holds(t)
	if t.Not {
		return func(i int) bool { return !holds(i) }
	}
	return holds
}

func (l *List) holds(t Term) test {
	switch t.Field {
	case Anywhere:
		return l.anywhere(t)
	case ID:
		is := anyOf(t.patterns)
		return func(i int) bool { return is(l.ID(i)) }
	case Server:
		return l.byServer(anyOf(t.patterns))
	case Type, Key, Sender:
		is, of := anyOf(t.patterns), textOf[t.Field]
		return func(i int) bool {
			e := l.Event(i)
			if e == nil {
				return false
			}
			s, ok := of(e)
			return ok && is(s)
		}
	case Depth, Time:
		return func(i int) bool {
			e := l.Event(i)
			if e == nil {
				return false
			}
			if t.Field == Depth {
				return t.span.has(e.Depth())
			}
			return t.span.has(e.OriginServerTS())
		}
	case Named:
		return func(i int) bool {
			n, ok := l.Named(i)
			return ok && t.span.has(int64(n))
		}
	}
	return l.byWord(t)
}

// textOf gives the texts of an event; false for one it has not.
var textOf = map[Field]func(*event.Event) (string, bool){
	Type:   func(e *event.Event) (string, bool) { return e.Type(), true },
	Key:    (*event.Event).StateKey,
	Sender: func(e *event.Event) (string, bool) { return e.Sender(), true },
}

// anyOf makes the test of a text for patterns, one of which it has to be.
func anyOf(list []pattern) func(string) bool {
	if len(list) == 1 {
		return list[0].test()
	}
	tests := make([]func(string) bool, len(list))
	for i, p := range list {
		tests[i] = p.test()
	}
	return func(s string) bool {
		return slices.ContainsFunc(tests, func(is func(string) bool) bool { return is(s) })
	}
}

// byServer asks once of every server, not of every row.
func (l *List) byServer(is func(string) bool) test {
	meant := make([]bool, len(l.servers))
	for i, s := range l.servers {
		meant[i] = s != "" && is(s)
	}
	return func(i int) bool { return meant[l.facts[i].server] }
}

// byWord is the test of a term that says one of a few words.
func (l *List) byWord(t Term) test {
	var meant uint64
	for _, w := range t.words {
		meant |= 1 << w
	}
	switch t.Field {
	case Check:
		return func(i int) bool { return l.facts[i].missed&meant != 0 }
	case Membership:
		return func(i int) bool { m := l.facts[i].membership; return m > 0 && meant>>(m-joined)&1 == 1 }
	case In:
		return func(i int) bool { return inWords[l.Place(i)]&meant != 0 }
	}
	return func(i int) bool {
		f := &l.facts[i]
		return meant>>verdictWord[f.verdict]&1 == 1 || f.redacted && meant>>redactedAt&1 == 1
	}
}

// inWords says of a place which of the words of In are true of it: what is in both lists is in each of them.
var inWords = [...]uint64{StateOnly: 1 << 0, ChainOnly: 1 << 1, Both: 1<<0 | 1<<1 | 1<<2, Neither: 1 << 3}

// verdictWord is which of the words of Verdict an outcome is.
var verdictWord = [...]int{verify.Fail: 0, verify.NotChecked: 1, verify.Warn: 2, verify.Pass: 3}

const redactedAt = 4

// anywhere looks for a word in type, state key, sender and ID, whatever its capitals; with wildcards it may be any part
// of them.
func (l *List) anywhere(t Term) test {
	tests := make([]func(string) bool, len(t.patterns))
	for i, p := range t.patterns {
		small := make(pattern, len(p))
		for j, e := range p {
			if small[j] = e; e >= 0 {
				small[j] = element(lower(byte(e)))
			}
		}
		if word, ok := small.literal(); ok {
			tests[i] = func(s string) bool { return containsFold(s, word) }
			continue
		}
		part := append(append(pattern{anyN}, small...), anyN)
		tests[i] = func(s string) bool { return part.matches(s, lower) }
	}
	return func(i int) bool {
		e := l.Event(i)
		for _, is := range tests {
			if is(l.ID(i)) {
				return true
			}
			if e == nil {
				continue
			}
			key, _ := e.StateKey()
			if is(e.Type()) || is(e.Sender()) || key != e.Sender() && is(key) {
				return true
			}
		}
		return false
	}
}
