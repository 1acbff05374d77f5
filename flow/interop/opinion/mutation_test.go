//go:build goexperiment.jsonv2

package opinion

import (
	"testing"

	"doorstep/flow/event"
)

// A mutation is an event with one thing out of the ordinary, in a room of its own.
type mutation struct {
	name string
	room func(t testing.TB, v *event.Version) *room // nil: a public room
	make func(r *room) draft
}

// Each mutation is tried in every room version.
func TestMutations(t *testing.T) {
	t.Parallel()
	c := newComparison(mutationDisagreements)
	var all []mutation
	for _, list := range [][]mutation{formatMutations(), numberMutations(), textMutations(), redactionMutations(),
		createMutations(),
		memberMutations(), thirdPartyMutations(), levelMutations(), listMutations(), signatureMutations()} {
		all = append(all, list...)
	}
	names := map[string]bool{}
	for _, m := range all {
		if names[m.name] {
			t.Errorf("two mutations are called %q", m.name)
		}
		names[m.name] = true
		for _, v := range event.Versions() {
			room := m.room
			if room == nil {
				room = public
			}
			r := room(t, v)
			d := m.make(r)
			e, err := r.tryBuild(d)
			if err != nil {
				t.Errorf("%s, version %s: %v", m.name, v.ID, err)
				continue
			}
			c.ask(r.subject(m.name, e))
		}
	}
	c.report(t, true)
	t.Logf("%d mutations", len(all))
}

func public(t testing.TB, v *event.Version) *room { return grown(t, v, nil, "public") }

func ruled(rule string) func(testing.TB, *event.Version) *room {
	return func(t testing.TB, v *event.Version) *room { return grown(t, v, nil, rule) }
}

// message is an event of bob's with the fields given instead of the usual ones, or next to them.
func message(fields object) func(*room) draft {
	return func(*room) draft {
		return draft{typ: "m.room.message", sender: bob, content: object{"body": "hello", "msgtype": "m.text"},
			fields: fields}
	}
}

// saying is a message of bob's with that content, as JSON text.
func saying(content string) func(*room) draft {
	return func(*room) draft {
		return draft{typ: "m.room.message", sender: bob, content: rawJSON([]byte(content))}
	}
}

// then changes the signed event.
func then(make func(*room) draft, after func(r *room, raw []byte) []byte) func(*room) draft {
	return func(r *room) draft {
		d := make(r)
		d.after = func(raw []byte) []byte { return after(r, raw) }
		return d
	}
}

func always(d draft) func(*room) draft { return func(*room) draft { return d } }
