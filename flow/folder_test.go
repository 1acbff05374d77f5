package flow_test

import (
	"reflect"
	"testing"

	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/recordings"
)

// A trace folded while it grows leads to the states that each of its prefixes leads to.
func TestFolder(t *testing.T) {
	var f flow.Folder
	for _, name := range recordings.Names() {
		trace := flowtest.Embedded(t, name)
		for n := range len(trace.Entries) + 1 {
			got, want := f.Fold(trace.Prefix(n)), flow.Fold(trace.Prefix(n))
			if !reflect.DeepEqual(withoutPolicy(got), withoutPolicy(want)) {
				t.Errorf("%s: after %d entries the folder is in another state:\n%+v\nnot\n%+v", name, n, got, want)
				break
			}
		}
		shorter := trace.Prefix(len(trace.Entries) / 2) // it begins again where the trace does not go on
		if got, want := f.Fold(shorter), flow.Fold(shorter); !reflect.DeepEqual(withoutPolicy(got), withoutPolicy(want)) {
			t.Errorf("%s: folded back it is in another state", name)
		}
	}
}

// withoutPolicy is s without what reflect cannot compare: the functions of its policy.
func withoutPolicy(s flow.State) flow.State {
	s.Policy = flow.Policy{}
	return s
}

// Prefixes folded in any order lead to the states that each leads to by itself.
func TestPrefixes(t *testing.T) {
	defer flow.KeepEvery(3)()
	var p flow.Prefixes
	for _, name := range recordings.Names() {
		trace := flowtest.Embedded(t, name)
		all := len(trace.Entries)
		order := []int{all, 0, 1, all / 2, all / 3, all}
		for n := range all + 1 {
			order = append(order, all-n)
		}
		for n := range all + 1 {
			order = append(order, n)
		}
		for _, n := range order {
			got, want := p.Fold(trace.Prefix(n)), flow.Fold(trace.Prefix(n))
			if !reflect.DeepEqual(withoutPolicy(got), withoutPolicy(want)) {
				t.Fatalf("%s: after %d entries it is another state:\n%+v\nnot\n%+v", name, n, got, want)
			}
		}
	}
}
