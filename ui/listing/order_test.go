package listing

import (
	"context"
	"testing"
)

func TestOrders(t *testing.T) {
	l := listOf(t, samples)
	for _, test := range []struct {
		by       Column
		up, down string
	}{
		{AsItCame, "0 1 2 3 4 5 6 7", "7 6 5 4 3 2 1 0"},
		{ByVerdict, "5 7 3 6 0 1 2 4", "0 1 2 4 6 3 5 7"},
		{ByType, "7 1 0 2 3 4 5 6", "6 5 0 2 3 4 1 7"},
		{ByKey, "1 5 7 4 2 3 0 6", "6 0 3 2 4 1 5 7"},
		{BySender, "7 1 2 5 3 4 6 0", "0 6 3 4 1 2 5 7"},
		{ByPlace, "0 1 2 3 4 5 7 6", "6 3 4 5 7 1 2 0"},
		{ByNamed, "0 3 4 5 7 6 2 1", "1 2 6 3 4 5 7 0"},
		{ByDepth, "7 1 2 3 4 5 6 0", "0 6 5 4 3 2 1 7"},
		{ByTime, "7 1 2 3 4 0 5 6", "0 5 6 3 4 1 2 7"},
	} {
		for down, want := range map[bool]string{false: test.up, true: test.down} {
			q, _ := Parse("*")
			rows, err := l.Select(context.Background(), q, Order{test.by, down})
			if got := rowWords(rows); got != want || err != nil {
				t.Errorf("by %s, down %v: %s, want %s; %v", test.by, down, got, want, err)
			}
		}
	}
	q, _ := Parse("membership:join")
	if rows, _ := l.Select(context.Background(), q, Order{ByDepth, true}); rowWords(rows) != "0 3 2" {
		t.Errorf("the filtered rows are sorted %v", rows)
	}
}

func TestColumnsGoRound(t *testing.T) {
	seen := map[Column]bool{}
	for c := AsItCame; !seen[c]; c = c.After(1) {
		if seen[c] = true; c.After(1).After(-1) != c {
			t.Errorf("the one before the one after %s is %s", c, c.After(1).After(-1))
		}
	}
	if len(seen) != int(columns) {
		t.Errorf("%d of %d columns are come by", len(seen), columns)
	}
}
