package auth

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"doorstep/flow/event"
)

// named makes version 1 events from lines "a: b c", an event $a that names $b and $c.
func named(t testing.TB, lines ...string) []*event.Event {
	t.Helper()
	v, _ := event.Lookup("1")
	var list []*event.Event
	for _, line := range lines {
		id, names, _ := strings.Cut(line, ":")
		var refs []string
		for _, name := range strings.Fields(names) {
			refs = append(refs, fmt.Sprintf(`["$%s",{}]`, name))
		}
		e, err := event.Parse(v, fmt.Appendf(nil, `{"event_id":"$%s","auth_events":[%s]}`, id, strings.Join(refs, ",")))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, e)
	}
	return list
}

func names(list []*event.Event) string {
	var ids []string
	for _, e := range list {
		ids = append(ids, strings.TrimPrefix(e.ID(), "$"))
	}
	return strings.Join(ids, " ")
}

func TestSort(t *testing.T) {
	tests := []struct {
		name    string
		events  []string
		ordered string
		knots   []string // "events / circle"
	}{
		{"none", nil, "", nil},
		{"in order", []string{"a:", "b: a", "c: a b"}, "a b c", nil},
		{"backwards", []string{"c: a b", "b: a", "a:"}, "a b c", nil},
		{"apart", []string{"b:", "a:"}, "b a", nil},
		{"auth event elsewhere", []string{"b: x", "a: b y"}, "b a", nil},
		{"named twice", []string{"b: a a", "a:"}, "a b", nil},
		{"names itself", []string{"a:", "b: a b", "c: b"}, "a c", []string{"b / b"}},
		{"two name each other", []string{"d: c", "c: b", "b: c a", "a:"}, "a d", []string{"c b / c b"}},
		{"circle and a way into it", []string{"a: b", "b: c", "c: d", "d: b", "e: a"}, "a e", []string{"b c d / b c d"}},
		{"two circles that share an event", []string{"a: b", "b: a c", "c: b"}, "", []string{"a b c / a b"}},
		{"two circles apart", []string{"a: b", "b: a", "c: d a", "d: c", "e: d"}, "e", []string{"a b / a b", "c d / c d"}},
		{"one ID twice", []string{"b: a", "a:", "a: b"}, "a b a", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			events := named(t, test.events...)
			ordered, knots := Sort(append(events, nil))
			if got := names(ordered); got != test.ordered {
				t.Errorf("ordered %q, want %q", got, test.ordered)
			}
			var got []string
			for _, k := range knots {
				got = append(got, names(k.Events)+" / "+names(k.Circle))
			}
			if diff := cmp.Diff(test.knots, got); diff != "" {
				t.Errorf("knots (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSortLarge sorts what a hostile answer may hold: a chain of every event, events that name 10 000 others, and a
// circle through all.
func TestSortLarge(t *testing.T) {
	const n = 20_000
	shuffle := func(lines []string) []string {
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(lines), func(i, k int) { lines[i], lines[k] = lines[k], lines[i] })
		return lines
	}
	var chain, circle []string
	for i := range n {
		chain = append(chain, fmt.Sprintf("%d: %d", i, i-1))
		circle = append(circle, fmt.Sprintf("%d: %d", i, (i+1)%n))
	}
	var wide strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&wide, " %d", i)
	}
	for i := range 20 {
		chain = append(chain, fmt.Sprintf("wide%d:%s", i, wide.String()))
	}

	start := time.Now()
	ordered, knots := Sort(named(t, shuffle(chain)...))
	if len(ordered) != n+20 || len(knots) != 0 {
		t.Fatalf("chain: %d events, %d knots, want %d and none", len(ordered), len(knots), n+20)
	}
	checkOrder(t, ordered)
	ordered, knots = Sort(named(t, shuffle(circle)...))
	if len(ordered) != 0 || len(knots) != 1 || len(knots[0].Events) != n || len(knots[0].Circle) != n {
		t.Fatalf("circle: %d events, %d knots, want one of %d", len(ordered), len(knots), n)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}

// checkOrder checks that no event comes before one it names.
func checkOrder(t *testing.T, ordered []*event.Event) {
	t.Helper()
	place := map[string]int{}
	for i, e := range ordered {
		place[e.ID()] = i
	}
	for i, e := range ordered {
		for _, id := range e.AuthEvents() {
			if at, ok := place[id]; ok && at >= i {
				t.Fatalf("%s comes before its auth event %s", e.ID(), id)
			}
		}
	}
}
