package event

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"
)

// A Problem is a way in which an event breaks the format of its room version: the field as a JSON pointer and what is
// wrong, in words. Spec: server-server, PDUs; room versions, event format.
type Problem struct {
	Field, Why string
	Kind       ProblemKind // what sort of breach, where servers treat it in a way of its own
}

// A ProblemKind is a sort of breach.
type ProblemKind uint8

// The sorts of breach.
const (
	OtherProblem ProblemKind = iota
	OverSize                 // the event is over the size limit without its unsigned part
	OverLength               // a type, state key or ID is over the limit in bytes
	OverCount                // auth_events or prev_events hold more than they may
	OddNumber                // a number that canonical JSON does not allow
)

const (
	maxEvent      = 65536 // bytes of a canonical event. Spec: client-server, size limits
	maxAuthEvents = 10
	maxPrevEvents = 20

	// maxListed is how many problems of one kind are listed one by one.
	maxListed = 20
)

// Problems returns every breach of the event format, in the order of the fields; nil when there is none. The whole
// event is the field "".
//
// A key that the format does not name is no problem, event_id from v3 on included (redaction keeps it, so the ID covers
// it); nor is one of the historical keys. A negative depth is one, though only the way depth is computed forbids it.
func (e *Event) Problems() []Problem {
	c := checker{Event: e}
	r := objectReader{src: e.raw}
	for m, ok := r.next(); ok; m, ok = r.next() {
		key := e.raw[m.keyStart:m.keyEnd]
		if m.escaped {
			key = []byte(m.key(e.raw))
		}
		c.fields[fieldOf(key)] = e.raw[m.start:m.end]
	}
	c.whole()
	c.identifiers()
	c.integers()
	c.list(fieldAuthEvents, maxAuthEvents)
	c.list(fieldPrevEvents, maxPrevEvents)
	if raw, ok := c.required(fieldHashes); ok {
		c.sha256("/hashes", raw)
	}
	c.signatures()
	if raw, ok := c.required(fieldContent); ok && raw[0] != '{' {
		c.add("/content", "is not an object")
	}
	if raw := c.fields[fieldUnsigned]; raw != nil && raw[0] != '{' {
		c.add("/unsigned", "is not an object")
	}
	if e.typ == "m.room.redaction" && !e.version.RedactsInContent {
		if raw, ok := e.Field("redacts"); ok && raw[0] != '"' {
			c.add("/redacts", "is not a string")
		}
	}
	slices.SortStableFunc(c.problems, func(a, b Problem) int { return cmp.Compare(topField(a), topField(b)) })
	return c.problems
}

// topField is what problems are ordered by: those of one field stay in the order they were found in.
func topField(p Problem) string {
	for i := 1; i < len(p.Field); i++ {
		if p.Field[i] == '/' {
			return p.Field[:i]
		}
	}
	return p.Field
}

// A checker gathers the problems of one event. Most events have none, so it builds nothing until there is one.
type checker struct {
	*Event
	fields   [fieldUnsigned + 1][]byte // raw values; nil is absent
	problems []Problem
}

func (c *checker) add(field, format string, args ...any) {
	c.problems = append(c.problems, Problem{Field: field, Why: fmt.Sprintf(format, args...)})
}

func (c *checker) addKind(k ProblemKind, field, format string, args ...any) {
	c.problems = append(c.problems, Problem{Field: field, Why: fmt.Sprintf(format, args...), Kind: k})
}

func (c *checker) addIf(field, why string) {
	if why != "" {
		c.problems = append(c.problems, Problem{Field: field, Why: why})
	}
}

// has reports whether field has a problem already: strict JSON finds numbers out of range before their own rule does.
func (c *checker) has(field string) bool {
	return slices.ContainsFunc(c.problems, func(p Problem) bool { return p.Field == field })
}

// required returns the value of a field; that it is absent is a problem.
func (c *checker) required(f field) (raw []byte, ok bool) {
	if raw = c.fields[f]; raw == nil {
		c.add("/"+f.String(), "is missing")
	}
	return raw, raw != nil
}

// isString reports whether a field is there and a string; that it is another value is a problem.
func (c *checker) isString(f field) bool {
	raw := c.fields[f]
	if raw != nil && raw[0] != '"' {
		c.add("/"+f.String(), "is not a string")
	}
	return raw != nil && raw[0] == '"'
}

// requiredString reports whether a field is there and a string; that it is not is a problem.
func (c *checker) requiredString(f field) bool {
	_, ok := c.required(f)
	return ok && c.isString(f)
}

func (c *checker) whole() {
	if len(c.raw) > maxEvent { // the canonical form is no longer
		switch whole, signed := c.Size(); {
		case signed <= maxEvent:
		case signed == whole:
			c.addKind(OverSize, "", "has %d bytes in canonical form, more than %d", whole, maxEvent)
		default:
			c.addKind(OverSize, "", "has %d bytes in canonical form, %d without unsigned, more than %d", whole, signed, maxEvent)
		}
	}
	if !c.version.StrictJSON || c.oddNumbers == 0 {
		return
	}
	for _, offset := range oddNumbers(c.raw, maxListed) {
		end, _, _ := scanNumber(c.raw, offset)
		c.addKind(OddNumber, pointerAt(c.raw, offset), "%s", badNumber(c.raw[offset:end]))
	}
	if more := int(c.oddNumbers) - maxListed; more > 0 {
		c.add("", "has %d more numbers that canonical JSON does not allow", more)
	}
}

// oddNumbers returns where in src, which is JSON, the first n numbers are that canonical JSON does not allow.
func oddNumbers(src []byte, n int) (offsets []int) {
	for pos := 0; pos < len(src) && len(offsets) < n; {
		switch ch := src[pos]; {
		case ch == '"':
			pos, _, _ = scanString(src, pos, false)
		case ch == '-' || '0' <= ch && ch <= '9':
			end, canonical, _ := scanNumber(src, pos)
			if !canonical {
				offsets = append(offsets, pos)
			}
			pos = end
		default:
			pos++
		}
	}
	return offsets
}

func (c *checker) identifiers() {
	if c.requiredString(fieldType) {
		c.length("/type", c.typ)
	}
	if c.isString(fieldStateKey) {
		c.length("/state_key", c.stateKey.in(c.texts))
	}
	if c.requiredString(fieldSender) {
		c.addIf("/sender", whyNotID(c.Sender(), '@'))
	}
	if c.version.IDs == IDChosen && c.requiredString(fieldEventID) {
		c.addIf("/event_id", whyNotID(c.ID(), '$'))
	}
	switch {
	case c.version.RoomIDIsCreate && c.typ == "m.room.create":
		if c.fields[fieldRoomID] != nil {
			c.add("/room_id", "must not be in a create event of room version %s", c.version.ID)
		}
	case !c.requiredString(fieldRoomID):
	case c.version.RoomIDIsCreate:
		c.addIf("/room_id", c.version.whyNotHashID(c.roomID, '!'))
	default:
		c.addIf("/room_id", whyNotID(c.roomID, '!'))
	}
}

func tooLong(s string) string {
	if len(s) > maxID {
		return fmt.Sprintf("has %d bytes, more than %d", len(s), maxID)
	}
	return ""
}

// length checks a text that may not be longer than an ID. The limit is in bytes; servers counted characters once, and
// in versions 1 to 10 some still tell the two apart.
func (c *checker) length(field, s string) {
	switch n := utf8.RuneCountInString(s); {
	case len(s) <= maxID:
	case n == len(s):
		c.addKind(OverLength, field, "has %d bytes, more than %d", len(s), maxID)
	default:
		c.addKind(OverLength, field, "has %d bytes (%d characters), more than %d", len(s), n, maxID)
	}
}

func (c *checker) integers() {
	if raw, ok := c.required(fieldOriginServerTS); ok && !c.has("/origin_server_ts") {
		_, why := readInteger(raw, 1<<63-1)
		c.addIf("/origin_server_ts", why)
	}
	if raw, ok := c.required(fieldDepth); ok && !c.has("/depth") {
		n, why := readInteger(raw, c.version.maxDepth())
		if why == "" && n < 0 {
			why = "is negative"
		}
		c.addIf("/depth", why)
	}
}

// readInteger reads an integer of at most largest; why is what is wrong with it, or "".
func readInteger(raw []byte, largest int64) (n int64, why string) {
	if raw[0] != '-' && (raw[0] < '0' || raw[0] > '9') {
		return 0, "is not an integer"
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	switch {
	case err != nil && skipDigits(raw[1:], 0) == len(raw)-1:
		return 0, "is out of range"
	case err != nil:
		return 0, "is not an integer"
	case n > largest:
		return 0, fmt.Sprintf("is more than %d", largest)
	}
	return n, ""
}

// list checks auth_events or prev_events.
func (c *checker) list(f field, most int) {
	raw, ok := c.required(f)
	if !ok {
		return
	}
	if raw[0] != '[' {
		c.add("/"+f.String(), "is not an array")
		return
	}
	elements, _ := elements(raw)
	if len(elements) > most {
		c.addKind(OverCount, "/"+f.String(), "has %d events, more than %d", len(elements), most)
	}
	for i, raw := range elements[:min(len(elements), maxListed)] {
		if c.version.HashPairs {
			c.pair(f, i, raw)
		} else if id, ok := String(raw); !ok {
			c.add(fmt.Sprintf("/%s/%d", f, i), "is not a string, as references of room version %s are", c.version.ID)
		} else if why := c.version.whyNotHashID(id, '$'); why != "" {
			c.add(fmt.Sprintf("/%s/%d", f, i), "%s", why)
		}
	}
}

// pair checks a reference of v1–2.
func (c *checker) pair(f field, i int, raw []byte) {
	name := fmt.Sprintf("/%s/%d", f, i)
	pair, _ := elements(raw)
	if raw[0] != '[' || len(pair) != 2 {
		c.add(name, "is not a pair of event ID and hash, as references of room version %s are", c.version.ID)
		return
	}
	if id, ok := String(pair[0]); !ok {
		c.add(name+"/0", "is not a string")
	} else {
		c.addIf(name+"/0", whyNotID(id, '$'))
	}
	c.sha256(name+"/1", pair[1])
}

// sha256 checks an object that holds a hash.
func (c *checker) sha256(field string, raw []byte) {
	if raw[0] != '{' {
		c.add(field, "is not an object")
		return
	}
	value, ok := find(raw, "sha256")
	if !ok {
		c.add(field+"/sha256", "is missing")
		return
	}
	text, ok := String(value)
	if !ok {
		c.add(field+"/sha256", "is not a string")
		return
	}
	if b, _, err := DecodeBase64(text); err != nil {
		c.add(field+"/sha256", "is not base64")
	} else if len(b) != 32 {
		c.add(field+"/sha256", "has %d bytes, not the 32 of a SHA-256", len(b))
	}
}

func (c *checker) signatures() {
	raw, ok := c.required(fieldSignatures)
	if !ok {
		return
	}
	if raw[0] != '{' {
		c.add("/signatures", "is not an object")
		return
	}
	listed := 0
	servers := objectReader{src: raw}
	for s, ok := servers.next(); ok && listed < maxListed; s, ok = servers.next() {
		entries := raw[s.start:s.end]
		if entries[0] != '{' {
			c.add("/signatures/"+PointerToken(s.key(raw)), "is not an object")
			listed++
			continue
		}
		keys := objectReader{src: entries}
		for k, ok := keys.next(); ok && listed < maxListed; k, ok = keys.next() {
			if entries[k.start] != '"' {
				c.add("/signatures/"+PointerToken(s.key(raw))+"/"+PointerToken(k.key(entries)), "is not a string")
				listed++
			}
		}
	}
}
