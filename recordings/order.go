package recordings

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// sortByVersion puts names that end in a room version in the order of the versions, behind each other.
func sortByVersion(list []Recording) {
	slices.SortStableFunc(list, func(a, b Recording) int {
		nameA, versionA := version(a.Name)
		nameB, versionB := version(b.Name)
		return cmp.Or(cmp.Compare(nameA, nameB), cmp.Compare(versionA, versionB))
	})
}

// version splits a room version from the end of a name; 0 where there is none.
func version(name string) (string, int) {
	i := strings.LastIndexByte(name, 'v')
	if i < 1 || name[i-1] != '-' {
		return name, 0
	}
	n, err := strconv.Atoi(name[i+1:])
	if err != nil {
		return name, 0
	}
	return name[:i], n
}
