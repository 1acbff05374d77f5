package auth

import (
	"bytes"
	"slices"
	"strings"

	"doorstep/flow/event"
)

// The conditions about a new m.room.power_levels event, and the alterations it makes to the one in force.

// inForce returns the JSON text at a key of the power_levels event in force, nil when there is none.
func (j *judge) inForce(key string) []byte {
	stated := j.levels().stated
	if stated == nil { // the rule that allows a first event was passed over
		j.cannot("the power_levels event in force is not known")
		return nil
	}
	raw, _ := stated.Content(key)
	return raw
}

func (j *judge) form() event.PowerForm { return j.event.Version().PowerLevels }

func wrongScalar(j *judge) bool {
	for _, key := range scalars {
		if raw, ok := j.event.Content(key); ok && j.wrongLevel(key, raw) {
			return true
		}
	}
	return false
}

// wrongLevel reports whether raw is no level, and notes it then.
func (j *judge) wrongLevel(key string, raw []byte) bool {
	_, why := ParseLevel(raw, j.form())
	if why != "" && j.noting {
		j.note(key, string(raw)+" is "+why, fromEvent)
	}
	return why != ""
}

func wrongTable(j *judge) bool {
	return j.wrongEntries("events", nil) || j.wrongEntries("notifications", nil)
}

// wrongUsers also finds, in versions 1 to 5, a number that no double holds, wherever it stands: their pages say that
// such a value has the event rejected, and name no rule.
func wrongUsers(j *judge) bool {
	if j.wrongEntries("users", event.ValidUserID) {
		return true
	}
	return j.form() == event.PowerLoose && j.numberOutOfRange()
}

// wrongEntries reports whether content.NAME is there and is not an object of levels with keys that are valid.
func (j *judge) wrongEntries(name string, valid func(string) bool) bool {
	raw, ok := j.event.Content(name)
	if !ok {
		return false
	}
	t := readTable(raw)
	if t.wrong {
		j.note(name, "not an object", fromEvent)
		return true
	}
	for _, m := range t.entries {
		if valid != nil && !valid(m.Key) {
			j.note(name, quote(m.Key)+" is not a user ID", fromEvent)
			return true
		}
		if j.wrongLevel(name+"."+m.Key, m.Value) {
			return true
		}
	}
	return false
}

func (j *judge) numberOutOfRange() bool {
	outside := func(key string, raw []byte) bool {
		_, why := ParseLevel(raw, j.form())
		return why == outOfRange && j.wrongLevel(key, raw)
	}
	for _, key := range scalars {
		if raw, ok := j.event.Content(key); ok && outside(key, raw) {
			return true
		}
	}
	for _, name := range [...]string{"events", "notifications"} {
		raw, _ := j.event.Content(name)
		for _, m := range readTable(raw).entries {
			if outside(name+"."+m.Key, m.Value) {
				return true
			}
		}
	}
	return false
}

func usersNameCreator(j *judge) bool {
	creators := j.levels().creators
	if creators == nil {
		j.cannot("the create event, which names the creators, is not at hand")
		return false
	}
	raw, _ := j.event.Content("users")
	for _, m := range readTable(raw).entries {
		if _, ok := creators[m.Key]; ok {
			j.note("creator in users", m.Key, j.levels().createID)
			return true
		}
	}
	return false
}

func noPowerLevels(j *judge) bool { return j.levels().stated == nil }

// alteredScalars lists the levels in content itself that are added, changed or removed.
func alteredScalars(j *judge) []alteration {
	var list []alteration
	for _, key := range scalars {
		to, _ := j.event.Content(key)
		list = j.compare(list, key, j.inForce(key), to)
	}
	return list
}

// alteredEntries lists the alterations of one of those kinds to the tables named, in the order of tables and keys.
func alteredEntries(tables []string, kinds ...what) func(*judge) []alteration {
	return func(j *judge) []alteration {
		var list []alteration
		for _, name := range tables {
			list = j.compareTables(list, name)
		}
		return slices.DeleteFunc(list, func(a alteration) bool { return !slices.Contains(kinds, a.what) })
	}
}

// alteredUsers lists the alterations of one of those kinds to users. The sender's own entry is left out where the
// rule is about what it takes to alter an entry that is there.
func alteredUsers(kinds ...what) func(*judge) []alteration {
	entries := alteredEntries([]string{"users"}, kinds...)
	return func(j *judge) []alteration {
		list := entries(j)
		if !slices.Contains(kinds, removed) {
			return list
		}
		own := "users." + j.event.Sender()
		return slices.DeleteFunc(list, func(a alteration) bool { return a.key == own })
	}
}

// compareTables walks the old and the new table side by side, both being in the order of their keys.
func (j *judge) compareTables(list []alteration, name string) []alteration {
	rawFrom := j.inForce(name)
	rawTo, _ := j.event.Content(name)
	if bytes.Equal(rawFrom, rawTo) {
		return list
	}
	from, to := readTable(rawFrom), readTable(rawTo)
	if from.wrong || to.wrong {
		j.cannot(name, " is not an object")
		return list
	}
	for a, b := from.entries, to.entries; len(a) > 0 || len(b) > 0; {
		var order int
		switch {
		case len(a) == 0:
			order = 1
		case len(b) == 0:
			order = -1
		default:
			order = strings.Compare(a[0].Key, b[0].Key)
		}
		switch {
		case order < 0:
			list, a = j.compare(list, name+"."+a[0].Key, a[0].Value, nil), a[1:]
		case order > 0:
			list, b = j.compare(list, name+"."+b[0].Key, nil, b[0].Value), b[1:]
		default:
			list, a, b = j.compare(list, name+"."+a[0].Key, a[0].Value, b[0].Value), a[1:], b[1:]
		}
	}
	return list
}

// compare appends what happens to one level, given its JSON text before and after, nil where it is not there. Two
// spellings of one level are no change.
func (j *judge) compare(list []alteration, key string, from, to []byte) []alteration {
	a := alteration{key: key, what: changed}
	switch {
	case from == nil && to == nil || from != nil && bytes.Equal(from, to):
		return list
	case from == nil:
		a.what = added
	case to == nil:
		a.what = removed
	}
	if from != nil {
		level, why := ParseLevel(from, j.form())
		a.from = Setting{Level: level, Unreadable: why, Key: key, From: j.levels().stated.ID()}
	}
	if to != nil {
		level, why := ParseLevel(to, j.form())
		a.to = Setting{Level: level, Unreadable: why, Key: key, From: fromEvent}
	}
	if a.what == changed && a.from.Unreadable == "" && a.to.Unreadable == "" && a.from.Level.Compare(a.to.Level) == 0 {
		return list
	}
	return append(list, a)
}

func currentAbove(j *judge) bool {
	return j.altered.what != added && j.compareToSender(j.altered.from) > 0
}

func currentNotBelow(j *judge) bool { return j.compareToSender(j.altered.from) >= 0 }

func newAbove(j *judge) bool { return j.altered.what != removed && j.compareToSender(j.altered.to) > 0 }

func (j *judge) compareToSender(s Setting) int {
	level := j.setting(s, "", s.Key)
	return level.Compare(j.powerOf(j.event.Sender()))
}
