//go:build goexperiment.jsonv2

package opinion

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// Rooms of every version grow at random: whoever is drawn tries whatever is drawn, allowed or not. The draws are the
// same in every run.
func TestGeneratedRooms(t *testing.T) {
	t.Parallel()
	const rooms, steps = 10, 120
	c := newComparison(walkDisagreements)
	outcomes := map[auth.Outcome]int{}
	for _, v := range event.Versions() {
		for n := range rooms {
			w := &walk{rng: rand.New(rand.NewPCG(uint64(n), 12))}
			w.room = grown(t, v, w.creation(v), joinRules[n%len(joinRules)])
			for _, e := range w.room.known {
				c.ask(w.room.subject("growing", e))
			}
			for range steps {
				name, d := w.draw()
				e := w.room.build(d)
				s := w.room.subject(name, e)
				c.ask(s)
				if len(reasonsToDrop(e)) > 0 {
					continue
				}
				outcome := s.verdict().Outcome
				outcomes[outcome]++
				if outcome == auth.Allowed {
					w.room.add(e)
				} else {
					w.room.know(e)
					w.room.rejected[e.ID()] = true
				}
			}
		}
	}
	c.report(t, false)
	t.Logf("of the events drawn %d were allowed, %d rejected", outcomes[auth.Allowed], outcomes[auth.Rejected])
	if outcomes[auth.Allowed] < 1000 || outcomes[auth.Rejected] < 1000 || outcomes[auth.Undecided] > 0 {
		t.Errorf("outcomes %v: want plenty of both, and none undecided", outcomes)
	}
}

var (
	joinRules   = []string{"public", "public", "public", "invite", "restricted", "knock", "restricted", "knock_restricted", "private", "other"}
	memberships = []string{"join", "invite", "invite", "leave", "ban", "knock", "other"}
	people      = []string{alice, alice, alice, bob, bob, carol, dave, eve}
	levels      = []any{-1, 0, 10, 49, 50, 51, 99, 100, 101}
)

type walk struct {
	rng  *rand.Rand
	room *room
}

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

// creation draws the room's create content.
func (w *walk) creation(v *event.Version) object {
	content := object{}
	if v.RoomIDIsCreate && w.rng.IntN(2) == 0 {
		content["additional_creators"] = []string{carol}
	}
	return content
}

// draw returns an event somebody tries, and what it is.
func (w *walk) draw() (string, draft) {
	sender := pick(w.rng, people)
	name, d := w.drawKind(sender)
	switch w.rng.IntN(25) {
	case 0: // one auth event less
		if list := w.chosen(d); len(list) > 0 {
			i := w.rng.IntN(len(list))
			d.authEvents = append(append([]string{}, list[:i]...), list[i+1:]...)
			return name + ", an auth event less", d
		}
	case 1: // one more, of those there are
		d.authEvents = append(w.chosen(d), pick(w.rng, sortedKeys(w.room.known)))
		return name + ", an auth event more", d
	}
	return name, d
}

// chosen returns the auth events the draft would get.
func (w *walk) chosen(d draft) []string { return w.room.build(d).AuthEvents() }

func (w *walk) drawKind(sender string) (string, draft) {
	r := w.room
	switch w.rng.IntN(16) {
	case 0, 1, 2:
		return "join", member(sender, sender, "join")
	case 3:
		return "leave", member(sender, sender, "leave")
	case 4, 5, 6:
		target, membership := pick(w.rng, people), pick(w.rng, memberships)
		return membership + " another", member(sender, target, membership)
	case 7:
		sender = pick(w.rng, []string{carol, dave, eve})
		return "knock", member(sender, sender, "knock")
	case 8, 9:
		authoriser := pick(w.rng, people)
		d := state("m.room.member", sender, sender, object{"membership": "join", "join_authorised_via_users_server": authoriser})
		if w.rng.IntN(4) > 0 {
			d.signers = []string{domain(authoriser)}
		}
		return "restricted join", d
	case 10, 11:
		return "power levels", state("m.room.power_levels", sender, "", w.changedLevels())
	case 12:
		return "join rules", state("m.room.join_rules", sender, "", object{"join_rule": pick(w.rng, joinRules)})
	case 13:
		switch w.rng.IntN(4) {
		case 0:
			return "name", state("m.room.name", sender, "", object{"name": "x"})
		case 1:
			return "aliases", state("m.room.aliases", sender, domain(pick(w.rng, people)), object{"aliases": []string{"#x:" + domain(sender)}})
		case 2:
			return "state of a user", state("org.example.state", sender, pick(w.rng, people), object{})
		}
		return "message", draft{typ: "m.room.message", sender: sender, content: object{"body": "x"}}
	case 14:
		redacts := pick(w.rng, sortedKeys(r.known))
		d := draft{typ: "m.room.redaction", sender: sender, content: object{"redacts": redacts}, fields: object{"redacts": redacts}}
		if r.version.RedactsInContent {
			d.fields = nil
		}
		return "redaction", d
	}
	return w.drawThirdParty(sender)
}

// drawThirdParty draws a third-party invite or the use of one.
func (w *walk) drawThirdParty(sender string) (string, draft) {
	token := fmt.Sprintf("token%d", w.rng.IntN(3))
	key := serverKey("identity.example")
	public := event.EncodeBase64(key.Public())
	if w.rng.IntN(2) == 0 {
		return "third-party invite", state("m.room.third_party_invite", sender, token,
			object{"display_name": "x", "public_key": public, "key_validity_url": "https://identity.example/", "public_keys": []object{{"public_key": public}}})
	}
	target := pick(w.rng, people)
	signed, err := event.SignJSON(marshal(w.room.t, object{"mxid": target, "token": token}), "identity.example", key)
	if err != nil {
		w.room.t.Fatal(err)
	}
	d := state("m.room.member", sender, target, object{"membership": "invite",
		"third_party_invite": object{"display_name": "x", "signed": rawJSON(signed)}})
	return "use of a third-party invite", d
}

// changedLevels draws a change of the power levels: one or two values, in spellings that are integers in every version.
func (w *walk) changedLevels() object {
	content := w.room.levels(object{})
	if e := w.room.at("m.room.power_levels", ""); e != nil {
		content = readObject(w.room.t, e)
	}
	for range 1 + w.rng.IntN(2) {
		level := pick(w.rng, levels)
		switch w.rng.IntN(8) {
		case 0, 1, 2:
			at(content, "users")[pick(w.rng, people)] = level
		case 3:
			delete(at(content, "users"), pick(w.rng, people))
		case 4:
			at(content, "events")[pick(w.rng, []string{"m.room.name", "m.room.power_levels", "org.example.state", "m.room.message"})] = level
		case 5:
			at(content, "notifications")[pick(w.rng, []string{"room", "other"})] = level
		case 6:
			content[pick(w.rng, []string{"users_default", "events_default", "state_default", "ban", "kick", "redact", "invite"})] = level
		case 7:
			delete(content, pick(w.rng, []string{"users_default", "events_default", "state_default", "ban", "kick", "redact", "invite", "events", "notifications"}))
		}
	}
	return content
}
