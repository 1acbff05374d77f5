package event

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// A Problem is a way in which an event breaks the format of its room version: the field as a JSON pointer and what is
// wrong, in words. Spec: server-server, PDUs; room versions, event format.
type Problem struct{ Field, Why string }

const (
	maxEvent      = 65536 // bytes of a canonical event. Spec: client-server, size limits
	maxAuthEvents = 10
	maxPrevEvents = 20

	// maxListed is how many problems of one kind are listed one by one.
	maxListed = 20
)

// Problems returns every breach of the event format, in the order of the fields; nil when there is none. The whole event
// is the field "".
//
// A key that the format does not name is no problem, event_id from v3 on included (redaction keeps it, so the ID covers
// it); nor is one of the historical keys. A negative depth is one, though only the way depth is computed forbids it.
func (e *Event) Problems() []Problem {
	c := checker{event: e, version: e.version, fields: map[string][]byte{}}
	members, _ := Members(e.raw)
	for _, m := range members {
		c.fields[m.Key] = m.Value
	}
	c.whole()
	c.identifiers()
	c.integers()
	c.list("auth_events", maxAuthEvents)
	c.list("prev_events", maxPrevEvents)
	c.hashes()
	c.signatures()
	if raw, ok := c.required("content"); ok && raw[0] != '{' {
		c.add("/content", "is not an object")
	}
	if raw, ok := c.fields["unsigned"]; ok && raw[0] != '{' {
		c.add("/unsigned", "is not an object")
	}
	if raw, ok := c.fields["redacts"]; ok && e.typ == "m.room.redaction" && !e.version.RedactsInContent && raw[0] != '"' {
		c.add("/redacts", "is not a string")
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

// A checker gathers the problems of one event.
type checker struct {
	event    *Event
	version  *Version
	fields   map[string][]byte // raw values by top-level key
	problems []Problem
}

func (c *checker) add(field, format string, args ...any) {
	c.problems = append(c.problems, Problem{Field: field, Why: fmt.Sprintf(format, args...)})
}

// has reports whether field has a problem already: strict JSON finds numbers out of range before their own rule does.
func (c *checker) has(field string) bool {
	return slices.ContainsFunc(c.problems, func(p Problem) bool { return p.Field == field })
}

// required returns the value of a top-level key that must be there.
func (c *checker) required(key string) (raw []byte, ok bool) {
	if raw, ok = c.fields[key]; !ok {
		c.add("/"+key, "is missing")
	}
	return raw, ok
}

// text returns the text of a top-level key; false when it is absent or no string, which is a problem.
func (c *checker) text(key string, required bool) (s string, ok bool) {
	raw, ok := c.fields[key]
	if !ok {
		if required {
			c.add("/"+key, "is missing")
		}
		return "", false
	}
	if s, ok = String(raw); !ok {
		c.add("/"+key, "is not a string")
	}
	return s, ok
}

func (c *checker) whole() {
	if len(c.event.raw) > maxEvent { // the canonical form is no longer
		if n := len(c.event.CanonicalBytes()); n > maxEvent {
			c.add("", "has %d bytes in canonical form, more than %d", n, maxEvent)
		}
	}
	if !c.version.StrictJSON || c.event.oddNumbers == 0 {
		return
	}
	for _, offset := range oddNumbers(c.event.raw, maxListed) {
		end, _, _ := scanNumber(c.event.raw, offset)
		c.add(pointerAt(c.event.raw, offset), "%s", badNumber(c.event.raw[offset:end]))
	}
	if more := c.event.oddNumbers - maxListed; more > 0 {
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
	if s, ok := c.text("type", true); ok {
		c.addIf("/type", tooLong(s))
	}
	if s, ok := c.text("state_key", false); ok {
		c.addIf("/state_key", tooLong(s))
	}
	if s, ok := c.text("sender", true); ok {
		c.addIf("/sender", whyNotID(s, '@'))
	}
	if c.version.IDs == IDChosen {
		if s, ok := c.text("event_id", true); ok {
			c.addIf("/event_id", whyNotID(s, '$'))
		}
	}
	if c.version.RoomIDIsCreate && c.event.typ == "m.room.create" {
		if _, there := c.fields["room_id"]; there {
			c.add("/room_id", "must not be in a create event of room version %s", c.version.ID)
		}
		return
	}
	if s, ok := c.text("room_id", true); ok {
		if c.version.RoomIDIsCreate {
			c.addIf("/room_id", c.version.whyNotHashID(s, '!'))
		} else {
			c.addIf("/room_id", whyNotID(s, '!'))
		}
	}
}

func (c *checker) addIf(field, why string) {
	if why != "" {
		c.add(field, "%s", why)
	}
}

func tooLong(s string) string {
	if len(s) > maxID {
		return fmt.Sprintf("has %d bytes, more than %d", len(s), maxID)
	}
	return ""
}

func (c *checker) integers() {
	if raw, ok := c.required("origin_server_ts"); ok && !c.has("/origin_server_ts") {
		_, why := readInteger(raw, 1<<63-1)
		c.addIf("/origin_server_ts", why)
	}
	if raw, ok := c.required("depth"); ok && !c.has("/depth") {
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
func (c *checker) list(key string, most int) {
	raw, ok := c.required(key)
	if !ok {
		return
	}
	if raw[0] != '[' {
		c.add("/"+key, "is not an array")
		return
	}
	elements, _ := elements(raw)
	if len(elements) > most {
		c.add("/"+key, "has %d events, more than %d", len(elements), most)
	}
	for i, raw := range elements {
		if i == maxListed {
			break
		}
		c.reference("/"+key+"/"+strconv.Itoa(i), raw)
	}
}

func (c *checker) reference(field string, raw []byte) {
	if !c.version.HashPairs {
		id, ok := String(raw)
		if !ok {
			c.add(field, "is not a string, as references of room version %s are", c.version.ID)
			return
		}
		c.addIf(field, c.version.whyNotHashID(id, '$'))
		return
	}
	pair, _ := elements(raw)
	if raw[0] != '[' || len(pair) != 2 {
		c.add(field, "is not a pair of event ID and hash, as references of room version %s are", c.version.ID)
		return
	}
	if id, ok := String(pair[0]); !ok {
		c.add(field+"/0", "is not a string")
	} else {
		c.addIf(field+"/0", whyNotID(id, '$'))
	}
	c.sha256(field+"/1", pair[1])
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

func (c *checker) hashes() {
	if raw, ok := c.required("hashes"); ok {
		c.sha256("/hashes", raw)
	}
}

func (c *checker) signatures() {
	raw, ok := c.required("signatures")
	if !ok {
		return
	}
	if raw[0] != '{' {
		c.add("/signatures", "is not an object")
		return
	}
	listed := 0
	servers, _ := Members(raw)
	for _, s := range servers {
		if listed == maxListed {
			break
		}
		field := "/signatures/" + pointerToken(s.Key)
		if s.Value[0] != '{' {
			c.add(field, "is not an object")
			listed++
			continue
		}
		keys, _ := Members(s.Value)
		for _, k := range keys {
			if k.Value[0] != '"' && listed < maxListed {
				c.add(field+"/"+pointerToken(k.Key), "is not a string")
				listed++
			}
		}
	}
}
