package event

import (
	"fmt"
	"slices"
)

// Edit returns the JSON object raw with the members of set replaced in place, or appended in the order given, and the
// members named by drop left out; all other bytes stay as they were. A key in both is set. It errs when raw cannot be
// read (see Members), a key is set twice, or a value is not JSON.
func Edit(raw []byte, set []Member, drop ...string) ([]byte, error) {
	if _, err := Members(raw); err != nil {
		return nil, err
	}
	size := len(raw)
	for i, m := range set {
		if err := grammar(m.Value); err != nil {
			return nil, fmt.Errorf("value for %q: %w", m.Key, err)
		}
		if slices.ContainsFunc(set[:i], func(o Member) bool { return o.Key == m.Key }) {
			return nil, fmt.Errorf("key %q set twice", m.Key)
		}
		size += len(m.Key) + len(m.Value) + 4
	}
	out := make([]byte, 0, size)
	done := make([]bool, len(set))
	kept, from, end := 0, 0, 0 // from: behind the brace or comma before the member; end: behind the last value read
	keptLast := false
	r := objectReader{src: raw}
	for m, ok := r.next(); ok; m, ok = r.next() {
		key := m.key(raw)
		if end == 0 { // before the first member: up to and with the brace
			from = skipSpace(raw, 0) + 1
			out = append(out, raw[:from]...)
		} else { // behind the comma
			comma := skipSpace(raw, end)
			if keptLast {
				out = append(out, raw[end:comma]...)
			}
			from = comma + 1
		}
		end = m.end
		i := slices.IndexFunc(set, func(s Member) bool { return s.Key == key })
		keptLast = i >= 0 || !slices.Contains(drop, key)
		if !keptLast {
			continue
		}
		if kept > 0 {
			out = append(out, ',')
		}
		kept++
		if i < 0 {
			out = append(out, raw[from:m.end]...)
			continue
		}
		out = append(out, raw[from:m.start]...)
		out = append(out, set[i].Value...)
		done[i] = true
	}
	if end == 0 {
		end = skipSpace(raw, 0) + 1
		out = append(out, raw[:end]...)
	}
	for i, m := range set {
		if done[i] {
			continue
		}
		if kept > 0 {
			out = append(out, ',')
		}
		kept++
		out = append(appendQuoted(out, m.Key), ':')
		out = append(out, m.Value...)
	}
	return append(out, raw[end:]...), nil
}

// grammar reports why value is not one JSON value.
func grammar(value []byte) error {
	end, err := skipValue(value, skipSpace(value, 0))
	if err == nil {
		err = ended(value, end)
	}
	if err != nil {
		return err.in(value)
	}
	return nil
}

// setIn is Edit for one member of a value that becomes an object when it is none.
func setIn(value []byte, m Member) ([]byte, error) {
	if len(value) == 0 || value[0] != '{' {
		value = []byte("{}")
	}
	return Edit(value, []Member{m})
}
