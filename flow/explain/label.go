package explain

import "strings"

// Says is an address in words: "/depth in event", "ver of make_join", "4.3.1 in room version 11".
func (a Address) Says() string {
	switch a.Kind {
	case Field:
		if o, path, err := splitField(a.Where); err == nil {
			return path + " in " + string(o)
		}
	case Query:
		endpoint, name, _ := strings.Cut(a.Where, " ")
		return name + " of " + endpoint
	case Rule:
		version, number, _ := strings.Cut(a.Where, " ")
		return number + " in room version " + version
	}
	return a.Where
}

// Label is the name of an entry in a list of its kind: of fields of one name with the object that each belongs to.
func (e *Entry) Label() string {
	if len(Of(e.Kind, e.Name)) == 1 || len(e.At) == 0 {
		return e.Name
	}
	if o, _, err := splitField(e.At[0].Where); e.Kind == Field && err == nil {
		return e.Name + " in " + string(o)
	}
	return e.Name + ", " + e.At[0].Says()
}
