package event

import "slices"

// A Member is one member of an object: its key (unescaped) and its value as JSON text.
type Member struct {
	Key   string
	Value []byte
}

// Members returns the members of a JSON object in written order. The values are parts of obj, not copies, without white
// space around them.
//
// One level is read. The keys there must be unambiguous; below it only the grammar of JSON is checked, to any depth, so
// that one bad event does not make the answer that carries it unreadable: whoever reads the value finds the rest.
// The error is a *SyntaxError.
func Members(obj []byte) ([]Member, error) {
	members, _, err := MembersUpTo(obj, -1)
	return members, err
}

// MembersUpTo is Members of an object that may have more members than anybody wants: it returns the first most of them,
// after those the ones with a key of always, and how many it left out, whose keys may come twice. Below 0, most is no
// limit.
func MembersUpTo(obj []byte, most int, always ...string) (members []Member, more int, err error) {
	r := objectReader{src: obj}
	for m, ok := r.next(); ok; m, ok = r.next() {
		if most >= 0 && len(members) >= most &&
			!slices.ContainsFunc(always, func(key string) bool { return m.is(obj, key) }) {
			more++
			continue
		}
		members = append(members, Member{Key: m.key(obj), Value: obj[m.start:m.end:m.end]})
	}
	if r.err == nil {
		r.err = r.finish()
	}
	if r.err == nil {
		if key, twice := firstTwice(members); twice {
			r.err = fail(DuplicateKey, secondKey(obj, 0, key), "key %q comes twice", clip([]byte(key)))
		}
	}
	if r.err != nil {
		return nil, 0, r.err.in(obj)
	}
	return members, more, nil
}

func firstTwice(members []Member) (key string, twice bool) {
	if len(members) <= 16 {
		for i, m := range members {
			if slices.ContainsFunc(members[:i], func(o Member) bool { return o.Key == m.Key }) {
				return m.Key, true
			}
		}
		return "", false
	}
	seen := make(map[string]struct{}, len(members))
	for _, m := range members {
		if _, twice := seen[m.Key]; twice {
			return m.Key, true
		}
		seen[m.Key] = struct{}{}
	}
	return "", false
}

// Elements returns the elements of a JSON array, as Members does the values of an object.
func Elements(arr []byte) ([][]byte, error) {
	elements, _, err := ElementsWhile(arr, nil)
	return elements, err
}

// ElementsWhile returns the elements of a JSON array until keep, if there is one, refuses one, and how many there are
// from that one on: all of the array is read, and only what is kept takes memory.
func ElementsWhile(arr []byte, keep func(element []byte) bool) (elements [][]byte, more int, err error) {
	elements, more, problem := elementsWhile(arr, keep)
	if problem != nil {
		return nil, 0, problem.in(arr)
	}
	return elements, more, nil
}

func elements(arr []byte) ([][]byte, *SyntaxError) {
	all, _, err := elementsWhile(arr, nil)
	return all, err
}

func elementsWhile(arr []byte, keep func([]byte) bool) (elements [][]byte, more int, err *SyntaxError) {
	err = eachElement(arr, func(element []byte) {
		if more > 0 || keep != nil && !keep(element) {
			more++
		} else {
			elements = append(elements, element)
		}
	})
	if err != nil {
		return nil, 0, err
	}
	return elements, more, nil
}

// EachElement gives do each element of a JSON array, as Elements has it, and takes no memory for them. Where the array
// breaks off, do has had those before that.
func EachElement(arr []byte, do func(element []byte)) error {
	if problem := eachElement(arr, do); problem != nil {
		return problem.in(arr)
	}
	return nil
}

func eachElement(arr []byte, do func([]byte)) *SyntaxError {
	pos := skipSpace(arr, 0)
	if pos >= len(arr) || arr[pos] != '[' {
		return unexpected(arr, pos, "an array")
	}
	pos = skipSpace(arr, pos+1)
	if pos < len(arr) && arr[pos] == ']' {
		return ended(arr, pos+1)
	}
	for {
		end, err := skipValue(arr, pos)
		if err != nil {
			return err
		}
		do(arr[pos:end:end])
		end = skipSpace(arr, end)
		switch {
		case end < len(arr) && arr[end] == ',':
			pos = skipSpace(arr, end+1)
		case end < len(arr) && arr[end] == ']':
			return ended(arr, end+1)
		default:
			return unexpected(arr, end, afterValue(false))
		}
	}
}

func ended(src []byte, pos int) *SyntaxError {
	if pos = skipSpace(src, pos); pos < len(src) {
		return fail(NotJSON, pos, "more after the value")
	}
	return nil
}

// An objectReader reads the members of one object in written order.
type objectReader struct {
	src    []byte
	pos    int
	opened bool
	err    *SyntaxError // why next ended; nil at the end of the object
}

// next reads one member; false at the end of the object or on an error, which is then in r.err.
func (r *objectReader) next() (m memberSpan, ok bool) {
	if r.err != nil {
		return m, false
	}
	if m, r.err = r.member(); r.err != nil {
		return m, false
	}
	return m, m.end > 0
}

// member reads one member; at the end of the object it gives the zero member and pos is behind the closing brace.
func (r *objectReader) member() (m memberSpan, err *SyntaxError) {
	pos := skipSpace(r.src, r.pos)
	if !r.opened {
		if pos >= len(r.src) || r.src[pos] != '{' {
			return m, unexpected(r.src, pos, "an object")
		}
		r.opened = true
		pos = skipSpace(r.src, pos+1)
		if pos < len(r.src) && r.src[pos] == '}' {
			r.pos = pos + 1
			return m, nil
		}
	} else {
		switch {
		case pos < len(r.src) && r.src[pos] == ',':
			pos = skipSpace(r.src, pos+1)
		case pos < len(r.src) && r.src[pos] == '}':
			r.pos = pos + 1
			return m, nil
		default:
			return m, unexpected(r.src, pos, afterValue(true))
		}
	}
	if pos >= len(r.src) || r.src[pos] != '"' {
		return m, unexpected(r.src, pos, "a key")
	}
	end, sp, err := scanString(r.src, pos, true)
	if err != nil {
		return m, err
	}
	m = memberSpan{keyStart: pos + 1, keyEnd: end - 1, escaped: sp&escaped != 0}
	if m.start, err = skipColon(r.src, end); err != nil {
		return memberSpan{}, err
	}
	if m.end, err = skipValue(r.src, m.start); err != nil {
		return memberSpan{}, err
	}
	r.pos = m.end
	return m, nil
}

// finish checks that nothing follows the object.
func (r *objectReader) finish() *SyntaxError { return ended(r.src, r.pos) }

// find returns the value of a key of an object; false when obj is no object or lacks the key.
func find(obj []byte, key string) (value []byte, ok bool) {
	r := objectReader{src: obj}
	for m, ok := r.next(); ok; m, ok = r.next() {
		if m.is(obj, key) {
			return obj[m.start:m.end:m.end], true
		}
	}
	return nil, false
}

// secondKey returns the offset at which key comes for the second time in the object at pos.
func secondKey(src []byte, pos int, key string) int {
	seen := false
	r := objectReader{src: src, pos: pos}
	for m, ok := r.next(); ok; m, ok = r.next() {
		if m.key(src) == key {
			if seen {
				return m.keyStart - 1
			}
			seen = true
		}
	}
	return pos
}
