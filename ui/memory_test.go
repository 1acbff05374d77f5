package ui

import (
	"reflect"
	"testing"

	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/recordings"
	"doorstep/ui/story"
)

// A story told with the rows of others of its trace in mind is the story told from nothing.
func TestRowsThatAreRemembered(t *testing.T) {
	for _, name := range recordings.Names() {
		trace := flowtest.Embedded(t, name)
		memory := &story.Memory{}
		all := len(trace.Entries)
		order := []int{all, all, 0, all / 2, all / 3}
		for n := range all + 1 {
			order = append(order, n)
		}
		for n := range all + 1 {
			order = append(order, all-n)
		}
		marked := map[int]bool{}
		for i, n := range order {
			part := trace.Prefix(n)
			state := flow.Fold(part)
			if i%7 == 0 {
				marked[n] = !marked[n]
			}
			view := story.View{Phases: i%2 == 0, Ghost: i%3 == 0, Filter: story.Filter(i/5) % story.Filters, Marked: marked}
			want := story.Tell(part, state, view)
			view.Memory = memory
			got := story.Tell(part, state, view)
			if !reflect.DeepEqual(got.Rows, want.Rows) || !reflect.DeepEqual(got.Lanes, want.Lanes) {
				t.Fatalf("%s: after %d entries the rows are\n%v\nnot\n%v", name, n, got.Rows, want.Rows)
			}
		}
	}
}
