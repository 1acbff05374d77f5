package engine

import (
	"maps"
	"slices"
	"strings"
)

// A Naming gives the parts of a scenario, which go by constant names such as DirectoryName, the names under which their
// servers are found: public name by part. A part that is not in it keeps its own.
type Naming map[string]string

// Of returns the public name of a part.
func (n Naming) Of(part string) string {
	if name, ok := n[part]; ok {
		return name
	}
	return part
}

// Part returns the part of a public name; the name itself where it is nobody's.
func (n Naming) Part(name string) string {
	for part, public := range n {
		if public == name {
			return part
		}
	}
	return name
}

// all returns names, each renamed.
func (n Naming) all(names []string) []string {
	out := slices.Clone(names)
	for i, name := range out {
		out[i] = n.Of(name)
	}
	return out
}

// text renames the parts that a text speaks of.
func (n Naming) text(s string) string {
	for _, part := range slices.Sorted(maps.Keys(n)) {
		s = strings.ReplaceAll(s, part, n[part])
	}
	return s
}
