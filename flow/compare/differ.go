package compare

import (
	"bytes"
	"strings"

	"doorstep/flow/event"
)

// A differ compares two documents. With names it takes names for each other that stand for each other.
type differ struct {
	names *names
	sets  bool // elements of lists are the same as a whole, or different ones
	out   []Difference

	meanings meanings
}

// newDiffer returns what compares two documents; names is nil where no names stand for others.
func newDiffer(n *names) *differ { return &differ{names: n, meanings: meanings{}} }

func (d *differ) add(s spot, k Kind, a, b []byte) *Difference {
	x := Difference{Path: s.path, Kind: k, A: a, B: b}
	switch {
	case k == Added:
		x.Path = s.other
	case k != Removed && s.other != s.path:
		x.Other = s.other
	}
	d.out = append(d.out, x)
	return &d.out[len(d.out)-1]
}

// value compares two values.
func (d *differ) value(s spot, a, b []byte, level int) {
	a, b = bytes.TrimSpace(a), bytes.TrimSpace(b)
	switch {
	case bytes.Equal(a, b):
		d.add(s, Equal, a, b)
		return
	case level < mostLevels && first(a) == '{' && first(b) == '{':
		ma, errA := event.Members(a)
		mb, errB := event.Members(b)
		if errA == nil && errB == nil {
			d.objects(s, ma, mb, level, a, b)
			return
		}
	case level < mostLevels && first(a) == '[' && first(b) == '[':
		ea, errA := event.Elements(a)
		eb, errB := event.Elements(b)
		if errA == nil && errB == nil {
			d.lists(s, ea, eb, level, a, b)
			return
		}
	}
	d.leaf(s, a, b)
}

// leaf compares two values that have no parts, or whose parts are not looked at.
func (d *differ) leaf(s spot, a, b []byte) {
	if d.meanings.of(a) == d.meanings.of(b) {
		d.add(s, Equal, a, b)
		return
	}
	if d.names != nil {
		switch d.names.leaf(s, a, b) {
		case standsFor:
			d.add(s, AsAny, a, b)
			return
		case standsForAnother:
			d.add(s, Replaced, a, b).Why = OtherName
			return
		}
	}
	d.add(s, Replaced, a, b)
}

// objects compares two objects member by member, in the order of the first; what only the second has comes last.
func (d *differ) objects(s spot, a, b []event.Member, level int, rawA, rawB []byte) {
	before := len(d.out)
	at := make(map[string]int, len(b))
	for i, m := range b {
		at[m.Key] = i
	}
	partner := make([]int, len(a)) // by index in a: the member of b, -1 for none
	taken := make([]bool, len(b))
	for i, m := range a {
		partner[i] = -1
		if j, ok := at[m.Key]; ok {
			partner[i], taken[j] = j, true
		}
	}
	if d.names != nil {
		d.names.keys(s, a, b, partner, taken, at)
	}
	for i, m := range a {
		if j := partner[i]; j >= 0 {
			d.value(s.member(m.Key, b[j].Key), m.Value, b[j].Value, level+1)
		} else {
			d.add(s.member(m.Key, m.Key), Removed, m.Value, nil)
		}
	}
	for j, m := range b {
		if !taken[j] {
			d.add(s.member(m.Key, m.Key), Added, nil, m.Value)
		}
	}
	d.whole(s, before, rawA, rawB)
}

// whole makes one of the values since before where all of them are equal.
func (d *differ) whole(s spot, before int, a, b []byte) {
	for _, x := range d.out[before:] {
		if x.Kind != Equal {
			return
		}
	}
	d.out = d.out[:before]
	d.add(s, Equal, a, b)
}

// unordered are the members whose lists are sets.
var unordered = map[string]bool{"auth_events": true, "prev_events": true, "state": true, "auth_chain": true,
	"auth_chain_ids": true, "pdu_ids": true, "servers_in_room": true, "server_keys": true}

// lists compares two lists.
func (d *differ) lists(s spot, a, b [][]byte, level int, rawA, rawB []byte) {
	before := len(d.out)
	if d.names != nil && (s.key == "auth_events" || s.key == "prev_events") && d.references(s, a, b, rawA, rawB) {
		return
	}
	partner, moved := d.align(s, a, b)
	taken := make([]bool, len(b))
	for i, v := range a {
		if j := partner[i]; j >= 0 {
			taken[j] = true
			d.value(s.element(i, j), v, b[j], level+1)
		} else {
			d.add(s.element(i, i), Removed, v, nil)
		}
	}
	for j, v := range b {
		if !taken[j] {
			d.add(s.element(j, j), Added, nil, v)
		}
	}
	if moved && !unordered[s.key] {
		d.add(s, Reordered, rawA, rawB)
	}
	d.whole(s, before, rawA, rawB)
}

// align says for every element of a which one of b stands for it, -1 for none; moved: two that stand for each other's
// equals are in another order.
func (d *differ) align(s spot, a, b [][]byte) (partner []int, moved bool) {
	partner = make([]int, len(a))
	for i := range partner {
		partner[i] = -1
	}
	taken := make([]bool, len(b))
	match := func(of func(v []byte, second bool) string) {
		at := map[string][]int{}
		for j, v := range b {
			if taken[j] {
				continue
			}
			if k := of(v, true); k != "" {
				at[k] = append(at[k], j)
			}
		}
		for i, v := range a {
			if partner[i] >= 0 {
				continue
			}
			if k := of(v, false); k != "" && len(at[k]) > 0 {
				partner[i], taken[at[k][0]] = at[k][0], true
				at[k] = at[k][1:]
			}
		}
	}
	match(func(v []byte, second bool) string {
		if d.names != nil {
			v = d.names.told(v, second)
		}
		return d.meanings.of(v)
	})
	last := -1
	for _, j := range partner {
		if j >= 0 {
			moved = moved || j < last
			last = j
		}
	}
	if !d.sets {
		match(d.identity)
		d.rest(s, a, b, partner, taken)
	}
	return partner, moved
}

// rest pairs what nothing else has paired, in order, where it is of the same sort. Scalars of a set are not: they are
// in it, or they are not.
func (d *differ) rest(s spot, a, b [][]byte, partner []int, taken []bool) {
	j := 0
	for i, v := range a {
		if partner[i] >= 0 {
			continue
		}
		for j < len(b) && taken[j] {
			j++
		}
		if j == len(b) {
			return
		}
		v, w := bytes.TrimSpace(v), bytes.TrimSpace(b[j])
		structure := first(v) == first(w) && (first(v) == '{' || first(v) == '[')
		scalars := first(v) != '{' && first(v) != '[' && first(w) != '{' && first(w) != '['
		if structure && d.identity(v, false) == "" && d.identity(w, true) == "" || scalars && !unordered[s.key] ||
			scalars && d.names != nil && d.names.free(v, w) {
			partner[i], taken[j] = j, true
		}
		j++
	}
}

// identity is what an event is known by in a list: its type and state key, or its ID; empty for what is no event.
func (d *differ) identity(v []byte, second bool) string {
	if first(v) != '{' {
		return ""
	}
	o, err := event.ReadObject(v)
	if err != nil {
		return ""
	}
	typ, isEvent := o.String("type")
	if !isEvent {
		name, isKeys := o.String("server_name") // a key document of a notary's answer
		if !isKeys {
			return ""
		}
		return "server " + d.names.inSecond(name, second)
	}
	key, isState := o.String("state_key")
	if !isState {
		id, named := o.String("event_id")
		if !named {
			return ""
		}
		return "event " + d.names.inSecond(id, second)
	}
	return "state " + typ + "\x00" + d.names.inSecond(key, second)
}

// references compares two lists of references to events as sets, whatever their form; false where one is no such list.
func (d *differ) references(s spot, a, b [][]byte, rawA, rawB []byte) bool {
	ia, pairsA, okA := referenceIDs(a)
	ib, pairsB, okB := referenceIDs(b)
	if !okA || !okB {
		return false
	}
	before := len(d.out)
	if len(ia) > 0 && len(ib) > 0 && pairsA != pairsB {
		d.add(s, Replaced, formOf[pairsA], formOf[pairsB]).Why = OtherReferences
	}
	partner, taken := make([]int, len(ia)), make([]bool, len(ib))
	for i, id := range ia {
		partner[i] = -1
		for j := range ib {
			if !taken[j] && d.names.pairedEvents(id, ib[j]) {
				partner[i], taken[j] = j, true
				break
			}
		}
	}
	for i, id := range ia { // those that nothing is known of stand for each other in order
		for j := range ib {
			if partner[i] < 0 && !taken[j] && d.names.freeEvents(id, ib[j]) {
				d.names.pair(anEvent, id, ib[j])
				partner[i], taken[j] = j, true
			}
		}
	}
	for i, id := range ia {
		switch j := partner[i]; {
		case j < 0:
			d.add(s.element(i, i), Removed, event.Quote(strings.ToValidUTF8(id, "\uFFFD")), nil).About =
				d.names.aboutA[id]
		case id == ib[j]:
			d.add(s.element(i, j), Equal, a[i], b[j])
		default:
			d.add(s.element(i, j), AsAny, a[i], b[j])
		}
	}
	for j, id := range ib {
		if !taken[j] {
			d.add(s.element(j, j), Added, nil, event.Quote(strings.ToValidUTF8(id, "\uFFFD"))).About = d.names.aboutB[id]
		}
	}
	d.whole(s, before, rawA, rawB)
	return true
}

// formOf names the form of references, by whether they are pairs: what stands for the values where forms differ.
var formOf = map[bool]Text{false: Text(`"ids"`), true: Text(`"pairs"`)}

// referenceIDs reads a list of references: IDs, or pairs of an ID and hashes.
func referenceIDs(list [][]byte) (ids []string, pairs, ok bool) {
	for i, raw := range list {
		id, isText := event.String(raw)
		if !isText {
			parts, err := event.Elements(raw)
			if err != nil || len(parts) != 2 {
				return nil, false, false
			}
			if id, ok = event.String(parts[0]); !ok {
				return nil, false, false
			}
		}
		if i > 0 && pairs != !isText {
			return nil, false, false
		}
		ids, pairs = append(ids, id), !isText
	}
	return ids, pairs, true
}
