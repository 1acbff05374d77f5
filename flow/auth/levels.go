package auth

import (
	"slices"
	"strings"
	"sync"

	"doorstep/flow/event"
)

// fromDefault is where a value comes from that no event states.
const fromDefault = "default"

// A Setting is a power level and where it stands.
type Setting struct {
	Level      Level
	Unreadable string // why the value there is no level, in which case Level means nothing
	Key        string // where in content: "ban", "users.@alice:a.example", "users_default"; "creator" for a creator's
	From       string // ID of the event, or "default"
}

// String gives the level, or the reason why there is none.
func (s Setting) String() string {
	if s.Unreadable != "" {
		return s.Unreadable
	}
	return s.Level.String()
}

// scalars are the levels that stand in content itself, in the order the rules name them.
var scalars = [...]string{"users_default", "events_default", "state_default", "ban", "redact", "kick", "invite"}

func defaultLevel(key string) Level {
	switch key {
	case "state_default", "ban", "redact", "kick":
		return Integer(50)
	}
	return Integer(0)
}

// Levels are the power levels in force: what an m.room.power_levels event states, and the defaults for the rest.
// Immutable; safe for concurrent use.
type Levels struct {
	version  *event.Version
	stated   *event.Event // nil: no power_levels event
	scalars  [len(scalars)]Setting
	users    table
	events   table
	creator  string              // versions 1 to 11 without power_levels event: who has 100
	creators map[string]struct{} // version 12: who is above every integer
	createID string              // "" when there was no create event to read creators from
}

// A table is one of the objects users, events, notifications: its entries in the order of their keys.
type table struct {
	entries []event.Member
	wrong   bool // it is no object
}

// ReadLevels reads the levels that powerLevels states in a room of version v with that create event. Either event may
// be nil; without create, who is a creator is unknown and asking for a level that depends on it gives an unreadable
// Setting. Spec: client-server, m.room.power_levels; rooms/v12, Authorisation rules (creators).
func ReadLevels(v *event.Version, create, powerLevels *event.Event) *Levels {
	l := &Levels{version: v, stated: powerLevels}
	for i, key := range scalars {
		l.scalars[i] = l.scalar(key)
	}
	if powerLevels != nil {
		raw, _ := powerLevels.Content("users")
		l.users = readTable(raw)
		raw, _ = powerLevels.Content("events")
		l.events = readTable(raw)
	}
	if create == nil {
		return l
	}
	l.createID = create.ID()
	if v.RoomIDIsCreate {
		l.creators = map[string]struct{}{create.Sender(): {}}
		for _, user := range additionalCreators(create) {
			l.creators[user] = struct{}{}
		}
	} else {
		l.creator = creator(create)
	}
	return l
}

// creator returns who made the room: content.creator in versions 1 to 10, the sender since.
func creator(create *event.Event) string {
	if !create.Version().CreatorField {
		return create.Sender()
	}
	user, _ := create.ContentString("creator")
	return user
}

// additionalCreators returns the strings in content.additional_creators.
func additionalCreators(create *event.Event) []string {
	raw, _ := create.Content("additional_creators")
	if !isArray(raw) {
		return nil
	}
	elements, _ := event.Elements(raw)
	var users []string
	for _, element := range elements {
		if user, ok := text(element); ok {
			users = append(users, user)
		}
	}
	return users
}

func (l *Levels) scalar(key string) Setting {
	if l.stated != nil {
		if raw, ok := l.stated.Content(key); ok {
			return l.setting(raw, key)
		}
	}
	return Setting{Level: defaultLevel(key), Key: key, From: fromDefault}
}

func (l *Levels) setting(raw []byte, key string) Setting {
	level, why := ParseLevel(raw, l.version.PowerLevels)
	return Setting{Level: level, Unreadable: why, Key: key, From: l.stated.ID()}
}

// Named returns the level at one of the keys users_default, events_default, state_default, ban, redact, kick, invite.
func (l *Levels) Named(key string) Setting {
	for i := range scalars {
		if scalars[i] == key {
			return l.scalars[i]
		}
	}
	return Setting{Unreadable: "no such level", Key: key, From: fromDefault}
}

// User returns a user's power level: a creator's, else the user's entry in users, else users_default; without
// power_levels event 100 for the creator (versions 1 to 11).
func (l *Levels) User(id string) Setting {
	if _, ok := l.creators[id]; ok {
		return Setting{Level: Infinite, Key: "creator", From: l.createID}
	}
	if l.createID == "" && (l.stated == nil || l.version.RoomIDIsCreate) {
		return Setting{Unreadable: "unknown, as there is no create event to say who the creator is", From: fromDefault}
	}
	if l.stated == nil {
		if id == l.creator && id != "" {
			return Setting{Level: Integer(100), Key: "creator", From: l.createID}
		}
		return l.Named("users_default")
	}
	return l.entry(&l.users, "users", id, "users_default")
}

// Event returns the level required to send an event of that type. Spec: server-server, Definitions, Required Power
// Level.
func (l *Levels) Event(typ string, state bool) Setting {
	fallback := "events_default"
	if state {
		fallback = "state_default"
	}
	if l.stated == nil {
		return l.Named(fallback)
	}
	return l.entry(&l.events, "events", typ, fallback)
}

func (l *Levels) entry(t *table, name, key, fallback string) Setting {
	if t.wrong {
		return Setting{Unreadable: "not an object", Key: name, From: l.stated.ID()}
	}
	if raw := t.at(key); raw != nil {
		return l.setting(raw, name+"."+key)
	}
	return l.Named(fallback)
}

// readTable reads an object of levels; nil is an empty one.
func readTable(raw []byte) table {
	if raw == nil {
		return table{}
	}
	if !isObject(raw) {
		return table{wrong: true}
	}
	entries, err := event.Members(raw)
	if err != nil {
		return table{wrong: true}
	}
	slices.SortFunc(entries, func(a, b event.Member) int { return strings.Compare(a.Key, b.Key) })
	return table{entries: entries}
}

// at returns the JSON text at key, nil when there is none.
func (t *table) at(key string) []byte {
	i, ok := slices.BinarySearchFunc(t.entries, key, func(m event.Member,
		key string) int {
		return strings.Compare(m.Key, key)
	})
	if !ok {
		return nil
	}
	return t.entries[i].Value
}

// A Memo keeps the power levels that were read last, for events that are judged under the same ones. Share one over the
// events of a room. The zero value is ready; safe for concurrent use.
type Memo struct {
	mu    sync.Mutex
	read  map[memoKey]*Levels
	bytes int
}

type memoKey struct {
	version             string
	create, powerLevels *event.Event
}

// maxMemo bounds the text of the power_levels events a Memo keeps, in bytes; what is made of it takes up to ten times
// as much. A large room's power_levels event has a few thousand bytes.
const maxMemo = 8 << 20

func (m *Memo) levels(v *event.Version, create, powerLevels *event.Event) *Levels {
	if m == nil {
		return ReadLevels(v, create, powerLevels)
	}
	key := memoKey{v.ID, create, powerLevels}
	m.mu.Lock()
	defer m.mu.Unlock()
	if l := m.read[key]; l != nil {
		return l
	}
	l := ReadLevels(v, create, powerLevels)
	size := 1024
	if powerLevels != nil {
		size += len(powerLevels.Raw())
	}
	if create != nil {
		size += len(create.Raw())
	}
	if m.bytes += size; m.read == nil || m.bytes > maxMemo {
		m.read, m.bytes = map[memoKey]*Levels{}, size
	}
	m.read[key] = l
	return l
}
