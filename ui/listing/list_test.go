package listing

import (
	"fmt"
	"strings"
	"testing"

	"doorstep/flow/event"
	"doorstep/flow/verify"
)

// A sample is an event of the list that most tests ask.
type sample struct {
	typ, key, sender, membership string
	depth, ts                    int64
	place                        verify.Place
	named                        int
	checks                       []verify.Check
}

var pass = verify.Check{Kind: verify.KindContentHash, Outcome: verify.Pass}

// Milliseconds since the epoch.
const (
	inMay  = 1714550400000 // 2024-05-01 08:00
	inJune = 1717228800000 // 2024-06-01 08:00
	before = 1577865600000 // 2020-01-01 08:00
)

var samples = []sample{
	{"m.room.create", "", "@alice:a.example", "", 1, before, verify.InBoth, 7, nil},
	{"m.room.member", "@alice:a.example", "@alice:a.example", "join", 2, before, verify.InBoth, 6, nil},
	{"m.room.member", "@bob:b.example:8448", "@bob:b.example:8448", "join", 12, inMay, verify.InStateOnly, 0,
		[]verify.Check{{Kind: verify.KindSignature, Outcome: verify.NotChecked}}},
	{"m.room.member", "@Carol:b.example:8448", "@bob:b.example:8448", "ban", 13, inMay, verify.InStateOnly, 0, nil},
	{"m.room.topic", "", "@alice:a.example", "", 14, inJune, verify.InStateOnly, 0,
		[]verify.Check{{Kind: verify.KindContentHash, Outcome: verify.Fail, Fault: verify.Redacted}}},
	{"org.example.odd *type", "a \"b\" c", "@dan:c.example", "", 15, inJune, verify.InChainOnly, 1,
		[]verify.Check{{Kind: verify.KindAuthChainPadding, Outcome: verify.Warn}}},
}

// listOf makes a list of samples, the last of which is followed by one that cannot be read.
func listOf(t testing.TB, samples []sample) *List {
	t.Helper()
	v := event.Versions()[len(event.Versions())-2] // 11: room IDs are spelled out
	read := func(s sample) *event.Event {
		e, err := event.Parse(v, fmt.Appendf(nil, `{"type":%q,"state_key":%q,"sender":%q,"depth":%d,`+
			`"origin_server_ts":%d,"content":{"membership":%q},"room_id":"!r:a.example","auth_events":[],"prev_events":[]}`,
			s.typ, s.key, s.sender, s.depth, s.ts, s.membership))
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	found := &verify.Verification{}
	var events []verify.SetEvent
	for _, s := range samples {
		e := read(s)
		events = append(events, verify.SetEvent{ID: e.ID(), Event: e, Place: s.place, Named: s.named})
		for _, c := range append(s.checks, pass) {
			c.Subject = e.ID()
			found.Checks = append(found.Checks, c)
		}
	}
	events = append(events, verify.SetEvent{ID: "/state/9", Pointer: "/state/9", Place: verify.InStateOnly})
	found.Checks = append(found.Checks, verify.Check{Subject: "/state/9", Kind: verify.KindEventFormat,
		Outcome: verify.Fail})
	ours := read(sample{typ: "m.room.member", key: "@me:own.example", sender: "@me:own.example", membership: "join",
		depth: 16, ts: inJune})
	pass := pass
	pass.Subject = ours.ID()
	found.Checks = append(found.Checks, pass)
	return New(found, events, ours.ID(), ours)
}

// rowWords spells rows as one text.
func rowWords(rows []int32) string { return strings.Trim(fmt.Sprint(rows), "[]") }
