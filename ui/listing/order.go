package listing

import (
	"cmp"
	"context"
	"slices"

	"doorstep/flow/verify"
)

// A Column is what rows are sorted by.
type Column int

// The columns.
const (
	AsItCame  Column = iota // our join, state, then what is in auth_chain only
	ByVerdict               // the worst first
	ByType
	ByKey
	BySender
	ByPlace
	ByNamed
	ByDepth
	ByTime
	columns
)

// String is the name of the column.
func (c Column) String() string {
	return [...]string{"", "verdict", "type", "state key", "sender", "place", "named by", "depth", "time"}[c]
}

// After is the column n places on, going round.
func (c Column) After(n int) Column { return (c + Column(n) + columns) % columns }

// An Order says how rows are sorted. Those that are equal stay as they came.
type Order struct {
	By   Column
	Down bool // the last first
}

// A sortKey is what a row is sorted by.
type sortKey struct {
	text   string
	number int64
	row    int32
}

// sort sorts rows, which come as they came.
func (l *List) sort(ctx context.Context, rows []int32, o Order) error {
	if o.By == AsItCame {
		if o.Down {
			slices.Reverse(rows)
		}
		return ctx.Err()
	}
	keys := make([]sortKey, len(rows))
	for i, row := range rows {
		if given(ctx, i) {
			return ctx.Err()
		}
		keys[i] = l.sortKey(int(row), o.By)
	}
	sign := 1
	if o.Down {
		sign = -1
	}
	slices.SortFunc(keys, func(a, b sortKey) int {
		if c := cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.text, b.text)); c != 0 {
			return sign * c
		}
		return cmp.Compare(a.row, b.row)
	})
	for i, k := range keys {
		rows[i] = k.row
	}
	return ctx.Err()
}

// sortKey is what a row is sorted by in a column.
func (l *List) sortKey(i int, by Column) sortKey {
	k := sortKey{row: int32(i)}
	switch by {
	case ByVerdict:
		k.number = int64(verdictWord[l.facts[i].verdict])
		return k
	case ByPlace:
		k.number = int64(l.Place(i))
		return k
	case ByNamed:
		k.number = -1
		if n, ok := l.Named(i); ok {
			k.number = int64(n)
		}
		return k
	}
	e := l.Event(i)
	if e == nil {
		return k
	}
	switch by {
	case ByType:
		k.text = e.Type()
	case ByKey:
		k.text, _ = e.StateKey()
	case BySender:
		k.text = e.Sender()
	case ByDepth:
		k.number = e.Depth()
	case ByTime:
		k.number = e.OriginServerTS()
	}
	return k
}

// worse reports whether a is worse news than b.
func worse(a, b verify.CheckOutcome) bool { return verdictWord[a] < verdictWord[b] }
