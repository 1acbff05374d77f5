package story

import (
	"fmt"
	"strconv"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/event"
	"doorstep/flow/explain"
	"doorstep/flow/verify"
)

// A Pointed is what the reader points at and can ask about: a field of a body, a finding, or whatever else an entry may
// have the address of. The zero value is nothing.
type Pointed struct {
	Path    string            // JSON pointer of a field; empty: no field
	Body    explain.Body      // that the field is in
	At      []explain.Address // of other things; next to a field, what is explained after it
	Finding string            // ID of a cause; empty: none
	Listed  bool              // in the list of events, whose columns are explained too
}

// Nothing reports whether p is nothing that could be asked about.
func (p Pointed) Nothing() bool {
	return p.Path == "" && len(p.At) == 0 && p.Finding == "" && !p.Listed
}

// Key tells p from other things on the same row.
func (p Pointed) Key() string {
	if p.Nothing() {
		return ""
	}
	return fmt.Sprint(p.Path, " ", p.Body.Object, " ", p.At, " ", p.Finding, " ", p.Listed)
}

// PointAt points at what has an address.
func PointAt(at ...explain.Address) Pointed { return Pointed{At: at} }

// OfType points at the type of an event; at nothing where there is none.
func OfType(eventType string) Pointed {
	if eventType == "" {
		return Pointed{}
	}
	return PointAt(explain.At(explain.EventType, eventType))
}

// OfTerm points at a word of the field.
func OfTerm(word string) Pointed { return PointAt(explain.At(explain.Term, word)) }

// FieldOf points at a field of an event, and after it at the event's type.
func FieldOf(path string, raw []byte) Pointed {
	typ, _ := event.GetString(raw, "type")
	return Pointed{Path: path, Body: explain.Body{Object: explain.Event, Bytes: raw}, At: OfType(typ).At}
}

// OfRoles points at the roles that the head of a lane names: "Directory + Resident".
func OfRoles(names string) Pointed {
	var p Pointed
	for _, name := range strings.Split(names, " + ") {
		p.At = append(p.At, explain.At(explain.Role, strings.ToLower(name)))
	}
	return p
}

func ofCheck(k verify.Kind) Pointed { return PointAt(explain.At(explain.Check, k.String())) }

func ofHeader(name string) Pointed { return PointAt(explain.At(explain.Header, name)) }

func ofFinding(f diagnose.Finding) Pointed { return Pointed{Finding: f.ID} }

// ofField points at a field of an object by its place alone, where no body is at hand.
func ofField(o explain.Object, path string) Pointed { return PointAt(explain.FieldAt(o, path)) }

func ofRule(version, number string) Pointed {
	return PointAt(explain.At(explain.Rule, version+" "+number))
}

func ofDiscovery(r client.Rule) Pointed { return PointAt(explain.At(explain.Discovery, string(r))) }

// ofReference points at what an entry names; at nothing where it has no entry.
func ofReference(r explain.Reference) Pointed {
	e := r.Entry()
	switch {
	case e == nil:
		return Pointed{}
	case e.Kind == explain.Finding:
		return Pointed{Finding: e.Name}
	case len(e.At) > 0:
		return PointAt(e.At[0])
	}
	return PointAt(explain.At(e.Kind, e.Name))
}

// decisive is the last step of a discovery that was used: the rule that led to the address.
func decisive(d *client.Discovery) (step client.DiscoveryStep, ok bool) {
	for _, one := range d.Steps {
		if one.Used {
			step, ok = one, true
		}
	}
	return step, ok
}

// typeNamed is the event type that a field at an address names: its value, where it is the type of an event.
func (p Pointed) typeNamed(at explain.Address) Pointed {
	if at != explain.FieldAt(explain.Event, "/type") {
		return Pointed{}
	}
	value := p.Body.Bytes
	for _, token := range strings.Split(strings.TrimPrefix(p.Path, "/"), "/") {
		key := event.PointerKey(token)
		if len(value) == 0 || value[0] != '[' {
			value = event.Get(value, key)
			continue
		}
		elements, err := event.Elements(value)
		i, no := strconv.Atoi(key)
		if err != nil || no != nil || i < 0 || i >= len(elements) {
			return Pointed{}
		}
		value = elements[i]
	}
	object := append(append([]byte(`{"type":`), value...), '}')
	typ, _ := event.GetString(object, "type")
	return OfType(typ)
}

// nouns are what the things of a kind are called where nothing is known of one.
var nouns = map[explain.Kind]string{
	explain.Term: "word", explain.Role: "role", explain.Step: "step", explain.Field: "field",
	explain.EventType: "event type", explain.Header: "header", explain.XMatrix: "part of X-Matrix",
	explain.Query: "query parameter", explain.Check: "check", explain.Rule: "rule",
	explain.Discovery: "rule of discovery", explain.Finding: "finding",
}

// Called is what stands over what is known of a thing: its kind and its name.
func Called(at explain.Address) string {
	switch says := at.Says(); at.Kind {
	case explain.Header:
		return "Header " + spelled(at)
	case explain.XMatrix:
		return "X-Matrix: " + says
	case explain.Query:
		return "Query parameter " + says
	case explain.Discovery:
		if strings.Trim(says, "0123456789.") != "" {
			return "Discovery: " + says
		}
		return "Discovery, rule " + says
	case explain.Term:
		return strings.ToUpper(says[:1]) + says[1:] // words of ours: none is empty
	default:
		return strings.ToUpper(nouns[at.Kind][:1]) + nouns[at.Kind][1:] + " " + says
	}
}

// spelled is the name of a header as its entry has it, or as it is compared.
func spelled(at explain.Address) string {
	if e := entryAt(at); e != nil {
		return e.Name
	}
	return at.Where
}

// entryAt is the entry of an address; of a word of the field, the one of that name. nil: there is none.
func entryAt(at explain.Address) *explain.Entry {
	if e := explain.Find(at); e != nil || at.Kind != explain.Term {
		return e
	}
	if found := explain.Of(explain.Term, at.Where); len(found) > 0 {
		return found[0]
	}
	return nil
}

// keyOfOurs is the step in which another server fetches our key.
var keyOfOurs = explain.At(explain.Step, "R "+string(client.ServerKeys)+" of ours")

// nextStep is the address of a step that has not been done.
func nextStep(next *flow.Step) explain.Address {
	switch next.Work {
	case flow.Resolve:
		return explain.At(explain.Step, "R resolve")
	case flow.FetchKeys:
		return explain.At(explain.Step, "R "+string(client.ServerKeys))
	}
	if next.ID == flow.R {
		return explain.At(explain.Step, "R "+string(next.Request.Endpoint))
	}
	return explain.At(explain.Step, string(next.ID))
}
