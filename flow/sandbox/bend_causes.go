package sandbox

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// What proxies in front of a server do to requests.

// decodePath passes the path on decoded, as reverse proxies do that were told to rewrite it: the bytes that were signed are
// not those the server sees.
func decodePath(r *http.Request) {
	path, query, hasQuery := strings.Cut(r.RequestURI, "?")
	decoded, err := url.PathUnescape(path)
	if err != nil {
		return
	}
	var b strings.Builder
	for i := range len(decoded) {
		switch c := decoded[i]; {
		case c <= ' ', c >= 0x7f, c == '%', c == '?', c == '#':
			b.WriteString("%" + strings.ToUpper(strconv.FormatUint(0x100|uint64(c), 16)[1:]))
		default:
			b.WriteByte(c)
		}
	}
	if hasQuery {
		b.WriteString("?" + query)
	}
	r.RequestURI = b.String()
}

// cutAuthorization passes on what is before the first comma.
func cutAuthorization(r *http.Request) {
	first, _, _ := strings.Cut(r.Header.Get("Authorization"), ",")
	r.Header.Set("Authorization", first)
}

func dropAuthorization(r *http.Request) { r.Header.Del("Authorization") }

// What the faults do to a history.

// everybodyLeaves has every member on one server leave at the end.
func everybodyLeaves(server string) func([]draft, cast) []draft {
	return func(h []draft, c cast) []draft {
		for _, user := range []string{c.alice, c.bob, c.erin} {
			if client.Domain(user) == server {
				h = append(h, draft{step: user + " leaves", kind: "m.room.member", sender: user, stateKey: user, content: fields{"membership": "leave"}})
			}
		}
		return h
	}
}

// withoutAlias leaves the canonical alias out, so that an invite cannot name it.
func withoutAlias(h []draft, _ cast) []draft {
	return slices.DeleteFunc(h, func(d draft) bool { return d.kind == "m.room.canonical_alias" })
}

// wereHere has the user who wants to join have been in the room before, signed with a key that was lost since.
func wereHere(h []draft, c cast) []draft {
	for _, membership := range []string{"join", "leave"} {
		h = append(h, draft{
			step: "you once: " + membership, kind: "m.room.member", sender: c.you, stateKey: c.you, key: lostKey,
			content: fields{"membership": membership},
		})
	}
	return h
}

// otherKey has everything that the second server signed with its present key be signed with another one under the same ID.
func otherKey(h []draft, c cast) []draft {
	rotated := false
	for i := range h {
		rotated = rotated || h[i].rotates
		if rotated && client.Domain(h[i].sender) == client.Domain(c.bob) {
			h[i].signed = turnSignature
		}
	}
	return h
}

// oldFashioned has a member whose user ID could not be registered any more.
func oldFashioned(h []draft, c cast) []draft {
	user := "@Frieda F.:" + client.Domain(c.bob)
	return append(h, draft{step: "frieda joins", kind: "m.room.member", sender: user, stateKey: user, content: fields{"membership": "join"}})
}

// policed names a policy server.
func policed(h []draft, c cast) []draft {
	return append(h, draft{step: "policy", kind: "m.room.policy", sender: c.alice, content: fields{
		"via": "policy.example", "public_keys": fields{"ed25519": "XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI"},
	}})
}

// redactedState has a member, power levels, the topic and the creator's own join redacted, with the redaction told of and without.
func redactedState(h []draft, c cast) []draft {
	for i := range h {
		if h[i].kind == "m.room.power_levels" {
			h[i].content["notifications"] = fields{"room": 50} // which no redaction leaves
		}
	}
	for i, step := range []string{"erin joins", stepLevels2, stepTopic, "alice joins", stepLevels} {
		h = append(h, draft{step: "redaction of " + step, kind: "m.room.redaction", sender: c.alice, redacts: step, bare: i%2 == 1,
			content: fields{"reason": "spam"}})
	}
	return h
}

// troublesome has a member whose name is a number, a topic with a NUL in it and a null among the levels.
func troublesome(h []draft, c cast) []draft {
	at(h, "erin joins").content["displayname"] = 5
	at(h, stepTopic).content["topic"] = "What is behind\x00the door?"
	at(h, stepLevels2).content["notifications"] = fields{"room": nil}
	return h
}

// overlong has the topic carry in unsigned what it replaced, of a length that takes it over the limit.
func overlong(raw []byte) ([]byte, error) {
	return edit(raw, "unsigned", fields{"prev_content": fields{"topic": strings.Repeat("Once upon a time. ", 4000)}})
}

// onItself has the topic name itself among its auth_events.
func onItself(raw []byte) ([]byte, error) {
	e := struct {
		EventID    string            `json:"event_id"`
		AuthEvents []json.RawMessage `json:"auth_events"`
	}{}
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, err
	}
	itself, err := encode([]any{e.EventID, fields{}})
	if err != nil {
		return nil, err
	}
	return edit(raw, "auth_events", append(e.AuthEvents, itself))
}

// oneID gives the last name of the room the ID of the topic.
func oneID(h []draft, _ cast) []draft {
	var id json.RawMessage
	at(h, stepTopic).unhashed = func(raw []byte) ([]byte, error) {
		e := struct {
			EventID json.RawMessage `json:"event_id"`
		}{}
		err := json.Unmarshal(raw, &e)
		id = e.EventID
		return raw, err
	}
	second := at(h, "name")
	second.sender, second.outlier = at(h, stepTopic).sender, false
	second.unhashed = func(raw []byte) ([]byte, error) { return edit(raw, "event_id", id) }
	return h
}

// replaced has the room replaced by another one.
func replaced(h []draft, c cast) []draft {
	return append(h, draft{step: "tombstone", kind: "m.room.tombstone", sender: c.alice,
		content: fields{"body": "This room has been replaced", "replacement_room": "!successor:" + client.Domain(c.alice)}})
}

// foundedElsewhere gives the room an ID of a server that did not make it, which its own servers do not mind.
func foundedElsewhere(h []draft, _ cast) []draft {
	d := at(h, stepCreate)
	d.accepted, d.unhashed = true, setField("room_id", "!moved:"+DirectoryName)
	return h
}

// setField returns a fault that sets one field of an event before it is hashed and signed.
func setField(key string, value any) func([]byte) ([]byte, error) {
	return func(raw []byte) ([]byte, error) { return edit(raw, key, value) }
}

// elsewhere puts the topic into another room.
func elsewhere(h []draft, c cast) []draft {
	d := at(h, stepTopic)
	d.unchecked, d.unhashed = true, setField("room_id", "!elsewhere:"+client.Domain(c.alice))
	return h
}

// What they do to answers.

// template returns a fault of the protoevent.
func template(f func(*proto)) func(*change) {
	return func(c *change) { f(c.body.(*templateAnswer).Event) }
}

// sayVersion has make_join name another room version, or with "" none.
func sayVersion(id string) func(*change) {
	return func(c *change) { c.body.(*templateAnswer).RoomVersion = id }
}

// closeRoom makes the room one for invited users, right after the template was made.
func closeRoom(c *change) {
	if e := c.composed("m.room.join_rules", fields{"join_rule": "invite"}); e != nil {
		_ = c.room.put(e) // the creator may always do that
	}
}

// vanish has the server listen no longer once it has answered.
func vanish(c *change) {
	gone := make(chan struct{})
	c.server.http.RegisterOnShutdown(sync.OnceFunc(func() { close(gone) })) // a server may be stopped twice
	client.Go(c.server.stop)
	<-gone
}

// composed returns a state event of the creator's, on top of the room as it is now; nil when it cannot be made.
func (c *change) composed(kind string, content fields) *event.Event {
	f := c.server.federation
	p := c.room.proto(kind, f.cast.alice, "", content, f.now())
	e, err := p.event(f.servers[client.Domain(f.cast.alice)].keys.current, nil, nil)
	if err != nil {
		return nil
	}
	return e
}

// forbidInState has the state come back with a join rule under which nobody uninvited may join.
func forbidInState(c *change) {
	e := c.composed("m.room.join_rules", fields{"join_rule": "invite"})
	j := c.join()
	i := slices.IndexFunc(j.state, func(e *event.Event) bool { return tupleOf(e) == auth.Tuple{Type: "m.room.join_rules"} })
	if e != nil && i >= 0 {
		j.state[i] = e
	}
}

// withoutOurs takes the signature of the server that answers off the returned join.
func withoutOurs(c *change) {
	j := c.join()
	e := struct {
		Signatures map[string]json.RawMessage `json:"signatures"`
	}{}
	if json.Unmarshal(j.event.Raw(), &e) != nil {
		return
	}
	delete(e.Signatures, c.server.name)
	raw, err := edit(j.event.Raw(), "signatures", e.Signatures)
	if err != nil {
		return
	}
	if stripped, err := event.Parse(j.event.Version(), raw); err == nil {
		j.event = stripped
	}
}

// hideLevels moves the power levels from state into auth_chain.
func hideLevels(c *change) {
	stateWithout(stepLevels2)(c)
	c.join().addChain(c.room.step(stepLevels2))
}

// shortKey adds to a key document an old key that is half as long as a key has to be.
func shortKey(s *server, reply *Reply) {
	doc, ok := reply.Body.(rawJSON)
	if !ok {
		return
	}
	d := struct {
		Old map[string]json.RawMessage `json:"old_verify_keys"`
	}{}
	if json.Unmarshal(doc, &d) != nil {
		return
	}
	short, err := encode(fields{"key": event.EncodeBase64(make([]byte, 16)), "expired_ts": s.federation.now().Add(-gap).UnixMilli()})
	if err != nil {
		return
	}
	d.Old["ed25519:short"] = short
	old, err := encode(d.Old)
	if err != nil {
		return
	}
	if doc, err = event.Edit(doc, []event.Member{{Key: "old_verify_keys", Value: old}}, "signatures"); err != nil {
		return
	}
	if doc, err = event.SignJSON(doc, s.name, s.keys.current); err == nil {
		reply.Body = rawJSON(doc)
	}
}
