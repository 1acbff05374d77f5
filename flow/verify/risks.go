package verify

import (
	"bytes"

	"doorstep/flow/event"
	"doorstep/flow/wording"
)

// A risk is something that no rule forbids and that has broken homeservers.
type risk struct {
	fault      Fault
	field, why string
}

// namingTexts are the texts that servers keep in a column of their own, by event type.
var namingTexts = map[string][]string{
	"m.room.member": {"displayname", "avatar_url"}, "m.room.name": {"name"}, "m.room.topic": {"topic"},
}

// risksOf lists the risks in an event.
func risksOf(e *event.Event) []risk {
	var out []risk
	for _, key := range namingTexts[e.Type()] {
		raw, there := e.Content(key)
		switch field := "/content/" + key; {
		case !there || string(raw) == "null":
		case raw[0] != '"':
			if e.Type() == "m.room.member" {
				out = append(out, risk{NameNoString, field, key + " is not a string"})
			}
		case bytes.Contains(raw, []byte(`\u0000`)) && holdsNul(raw):
			out = append(out, risk{NulInText, field, key + " holds a NUL character"})
		}
	}
	if e.Type() == "m.room.power_levels" && e.Version().PowerLevels != event.PowerIntegers {
		out = append(out, nullLevels(e)...)
	}
	return out
}

// holdsNul reports whether a JSON string has a NUL in it: what looks like one may be an escaped backslash before it.
func holdsNul(raw []byte) bool {
	s, _ := event.String(raw)
	return bytes.IndexByte([]byte(s), 0) >= 0
}

// nullLevels lists the levels that are null. From version 10 on the rules reject them.
func nullLevels(e *event.Event) []risk {
	var out []risk
	raw, _ := e.Field("content")
	members, _ := event.Members(raw)
	for _, m := range members {
		at := "/content/" + event.PointerToken(m.Key)
		if string(m.Value) == "null" {
			out = append(out, risk{NullLevel, at, wording.Clip(m.Key) + " is null"})
			continue
		}
		levels, _ := event.Members(m.Value)
		for _, l := range levels {
			if string(l.Value) == "null" {
				out = append(out, risk{NullLevel, at + "/" + event.PointerToken(l.Key), wording.Clip(m.Key) + " has null at " + wording.Name(l.Key)})
			}
		}
	}
	return out[:min(len(out), maxFormatChecks)]
}
