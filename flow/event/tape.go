package event

import (
	"bytes"
	"slices"
	"sync"
)

// A tape is a JSON text read to its last level: its values as offsets into the text, in one slice, the members of
// each object linked in canonical order. One pass over the bytes fills it; canonical forms are then copied out of it,
// in long runs where the text is canonical already.
type tape struct {
	src   []byte
	nodes []node
	keys  []byte   // the text of keys that have escapes
	open  []uint32 // the members so far of the objects being read
	// dirty counts what keeps the text from being canonical, so that a container within which it did not grow can be
	// copied as it stands.
	dirty   int
	numbers numberRule
	odd     int    // how many numbers there are that canonical JSON does not allow
	out     []byte // for building what will only be hashed
}

// A numberRule says what becomes of a number that canonical JSON does not allow as it is written.
type numberRule uint8

const (
	keepNumbers   numberRule = iota // it is copied as it is
	refuseNumbers                   // it is an error
	normalNumbers                   // it is written as the integer it equals; an error if there is none in range
)

type node struct {
	keyStart, keyEnd uint32 // the key without quotes, in the text, or in tape.keys if keyEscaped
	start, end       uint32 // the value
	first, next      uint32 // first child, next sibling; 0 is none, for node 0 is the whole text
	kind             kind
	flags            nodeFlags
	field            field // of a member of an event
}

type kind uint8

const (
	aString kind = iota
	aNumber
	aWord // true, false, null
	anObject
	anArray
)

type nodeFlags uint8

const (
	clean      nodeFlags = 1 << iota // the value is canonical as it is written
	keyEscaped                       // the key's text is in tape.keys
)

// keptLevels is to what depth the members of a canonical container stay on the tape: redaction goes down to
// content.third_party_invite.signed.
const keptLevels = 3

var tapes = sync.Pool{New: func() any { return new(tape) }}

// read gives the tape of src; the caller releases it, also after an error. The error has its path.
func read(src []byte, numbers numberRule) (*tape, *SyntaxError) {
	t := tapes.Get().(*tape)
	*t = tape{src: src, nodes: t.nodes[:0], keys: t.keys[:0], open: t.open[:0], out: t.out[:0], numbers: numbers}
	if len(src) > MaxText {
		return t, fail(TooLong, MaxText, "%d bytes, and no more than %d are read", len(src), MaxText)
	}
	_, end, err := t.value(t.space(0), 0)
	if err != nil {
		return t, err.in(src)
	}
	if end = t.space(end); end < len(src) {
		return t, fail(NotJSON, end, "more after the value")
	}
	return t, nil
}

// readObject is read for a text that must be an object.
func readObject(src []byte, numbers numberRule) (*tape, *SyntaxError) {
	t, err := read(src, numbers)
	if err == nil && t.nodes[0].kind != anObject {
		err = fail(NotJSON, int(t.nodes[0].start), "not an object")
	}
	return t, err
}

func (t *tape) release() {
	t.src = nil
	if cap(t.nodes) < 1<<15 && cap(t.out) < 1<<18 && cap(t.keys) < 1<<18 { // a hostile text's tape is not kept
		tapes.Put(t)
	}
}

// space is skipSpace, and counts what it skips.
func (t *tape) space(pos int) int {
	if pos < len(t.src) && t.src[pos] > ' ' {
		return pos
	}
	end := skipSpace(t.src, pos)
	if end > pos {
		t.dirty++
	}
	return end
}

func (t *tape) add(k kind, start, end int, f nodeFlags) uint32 {
	t.nodes = append(t.nodes, node{kind: k, start: uint32(start), end: uint32(end), flags: f})
	return uint32(len(t.nodes) - 1)
}

// value reads the value at pos, which lies within depth containers.
func (t *tape) value(pos, depth int) (id uint32, end int, err *SyntaxError) {
	if pos >= len(t.src) {
		return 0, 0, unexpected(t.src, pos, "a value")
	}
	switch t.src[pos] {
	case '{', '[':
		if depth == MaxNesting {
			return 0, 0, fail(TooDeep, pos, "more than %d objects and arrays in each other", MaxNesting)
		}
		if t.src[pos] == '{' {
			return t.object(pos, depth)
		}
		return t.array(pos, depth)
	case '"':
		end, sp, err := scanString(t.src, pos, true)
		if err != nil {
			return 0, 0, err
		}
		if sp&rewritten != 0 {
			t.dirty++
			return t.add(aString, pos, end, 0), end, nil
		}
		return t.add(aString, pos, end, clean), end, nil
	case 't', 'f', 'n':
		if end, err = scanWord(t.src, pos); err != nil {
			return 0, 0, err
		}
		return t.add(aWord, pos, end, clean), end, nil
	}
	end, canonical, err := scanNumber(t.src, pos)
	if err != nil {
		return 0, 0, err
	}
	f := clean
	if !canonical {
		t.odd++
		switch t.numbers {
		case refuseNumbers:
			return 0, 0, fail(BadNumber, pos, "%s", badNumber(t.src[pos:end]))
		case normalNumbers:
			if _, ok := integerText(t.src[pos:end]); !ok {
				return 0, 0, fail(BadNumber, pos, "%s", badNumber(t.src[pos:end]))
			}
			t.dirty++
			f = 0
		}
	}
	return t.add(aNumber, pos, end, f), end, nil
}

func (t *tape) array(pos, depth int) (id uint32, end int, err *SyntaxError) {
	id = t.add(anArray, pos, 0, 0)
	before := t.dirty
	end = t.space(pos + 1)
	if end < len(t.src) && t.src[end] == ']' {
		return t.close(id, end+1, before, depth), end + 1, nil
	}
	last := uint32(0)
	for {
		var child uint32
		if child, end, err = t.value(end, depth+1); err != nil {
			return 0, 0, err
		}
		if last == 0 {
			t.nodes[id].first = child
		} else {
			t.nodes[last].next = child
		}
		last = child
		end = t.space(end)
		switch {
		case end < len(t.src) && t.src[end] == ',':
			end = t.space(end + 1)
		case end < len(t.src) && t.src[end] == ']':
			return t.close(id, end+1, before, depth), end + 1, nil
		default:
			return 0, 0, unexpected(t.src, end, afterValue(false))
		}
	}
}

func (t *tape) object(pos, depth int) (id uint32, end int, err *SyntaxError) {
	id = t.add(anObject, pos, 0, 0)
	before, base := t.dirty, len(t.open)
	end = t.space(pos + 1)
	if end < len(t.src) && t.src[end] == '}' {
		return t.close(id, end+1, before, depth), end + 1, nil
	}
	inOrder := true
	for {
		if end >= len(t.src) || t.src[end] != '"' {
			return 0, 0, unexpected(t.src, end, "a key")
		}
		keyStart := end + 1
		keyEnd, sp, err := scanString(t.src, end, true)
		if err != nil {
			return 0, 0, err
		}
		if end = t.space(keyEnd); end >= len(t.src) || t.src[end] != ':' {
			return 0, 0, unexpected(t.src, end, `":"`)
		}
		var child uint32
		if child, end, err = t.value(t.space(end+1), depth+1); err != nil {
			return 0, 0, err
		}
		n := &t.nodes[child]
		if sp&escaped == 0 {
			n.keyStart, n.keyEnd = uint32(keyStart), uint32(keyEnd-1)
		} else {
			n.keyStart = uint32(len(t.keys))
			t.keys = appendText(t.keys, t.src[keyStart:keyEnd-1])
			n.keyEnd = uint32(len(t.keys))
			n.flags |= keyEscaped
			if sp&rewritten != 0 {
				t.dirty++
			}
		}
		if len(t.open) > base && inOrder {
			inOrder = bytes.Compare(t.key(t.open[len(t.open)-1]), t.key(child)) < 0
		}
		t.open = append(t.open, child)
		end = t.space(end)
		switch {
		case end < len(t.src) && t.src[end] == ',':
			end = t.space(end + 1)
			continue
		case end < len(t.src) && t.src[end] == '}':
		default:
			return 0, 0, unexpected(t.src, end, afterValue(true))
		}
		break
	}
	members := t.open[base:]
	if !inOrder {
		t.dirty++
		if err := t.sort(members, pos); err != nil {
			return 0, 0, err
		}
	}
	t.nodes[id].first = members[0]
	for i, m := range members[1:] {
		t.nodes[members[i]].next = m
	}
	t.open = t.open[:base]
	return t.close(id, end+1, before, depth), end + 1, nil
}

// close ends the container id at end. What lies in it leaves the tape if it will be copied as it stands.
func (t *tape) close(id uint32, end, before, depth int) uint32 {
	n := &t.nodes[id]
	n.end = uint32(end)
	if t.dirty == before {
		n.flags |= clean
		if depth >= keptLevels {
			n.first = 0
			t.nodes = t.nodes[:id+1]
		}
	}
	return id
}

// key returns the text of a member's key.
func (t *tape) key(id uint32) []byte {
	n := &t.nodes[id]
	if n.flags&keyEscaped != 0 {
		return t.keys[n.keyStart:n.keyEnd]
	}
	return t.src[n.keyStart:n.keyEnd]
}

// sort puts the members of the object at pos in the order of their keys: by the bytes of their UTF-8, which is by code
// point. It errs when a key comes twice.
func (t *tape) sort(members []uint32, pos int) *SyntaxError {
	if len(members) <= 16 {
		for i := 1; i < len(members); i++ {
			m := members[i]
			key, j := t.key(m), i
			for ; j > 0 && bytes.Compare(t.key(members[j-1]), key) > 0; j-- {
				members[j] = members[j-1]
			}
			members[j] = m
		}
	} else {
		slices.SortFunc(members, func(a, b uint32) int { return bytes.Compare(t.key(a), t.key(b)) })
	}
	for i, m := range members[1:] {
		if key := t.key(m); bytes.Equal(t.key(members[i]), key) {
			return fail(DuplicateKey, secondKey(t.src, pos, string(key)), "key %q comes twice", clip(key))
		}
	}
	return nil
}

// appendValue appends the canonical form of a value.
func (t *tape) appendValue(dst []byte, id uint32) []byte {
	n := &t.nodes[id]
	if n.flags&clean != 0 {
		return append(dst, t.src[n.start:n.end]...)
	}
	switch n.kind {
	case anObject:
		dst = append(dst, '{')
		for c := n.first; c != 0; c = t.nodes[c].next {
			if c != n.first {
				dst = append(dst, ',')
			}
			dst = t.appendValue(t.appendKey(dst, c), c)
		}
		return append(dst, '}')
	case anArray:
		dst = append(dst, '[')
		for c := n.first; c != 0; c = t.nodes[c].next {
			if c != n.first {
				dst = append(dst, ',')
			}
			dst = t.appendValue(dst, c)
		}
		return append(dst, ']')
	case aString:
		text := len(t.keys)
		t.keys = appendText(t.keys, t.src[n.start+1:n.end-1])
		dst = appendQuoted(dst, t.keys[text:])
		t.keys = t.keys[:text]
		return dst
	case aNumber:
		text, _ := integerText(t.src[n.start:n.end])
		return append(dst, text...)
	}
	return append(dst, t.src[n.start:n.end]...)
}

// appendKey appends a member's key and the colon.
func (t *tape) appendKey(dst []byte, id uint32) []byte {
	if t.nodes[id].flags&keyEscaped != 0 {
		return append(appendQuoted(dst, t.key(id)), ':')
	}
	dst = append(dst, '"')
	dst = append(dst, t.key(id)...)
	return append(dst, '"', ':')
}
