package verify

import (
	"fmt"
	"strconv"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/wording"
)

// A Template is what A5 said: the protoevent and the room version.
type Template struct {
	Seq         int
	Server      string // who gave it
	Event       []byte // the protoevent, bytes as received
	Said        string // room_version as the answer has it; empty: it has none
	RoomVersion *event.Version
	Fault       Fault  // why nothing can be made of it; empty: it can be checked field by field
	Problem     string // Fault in words
}

// Usable reports whether the protoevent can be checked field by field.
func (t *Template) Usable() bool { return t.Fault == "" }

// ReadTemplate reads the body of a good answer to make_join, which the entry with that Seq brought from a server.
// What is wrong with it is in Problem and Fault; the fields of the protoevent are CheckTemplate's business. Spec:
// server-server, GET make_join.
func ReadTemplate(seq int, server string, body []byte) *Template {
	t := &Template{Seq: seq, Server: server}
	members, err := event.Members(body)
	if err != nil {
		t.Fault, t.Problem = TemplateUnreadable, wording.NotAnObject(body, err)
		return t
	}
	versionGiven := false
	for _, m := range members {
		switch m.Key {
		case "event":
			t.Event = m.Value
		case "room_version":
			versionGiven = true
			var ok bool
			if t.Said, ok = event.String(m.Value); !ok {
				t.Fault, t.Problem = VersionNoString, "room_version is not a string"
				return t
			}
		}
	}
	if t.Event == nil {
		t.Fault, t.Problem = ProtoeventMissing, "event is missing"
		return t
	}
	version := t.Said
	if !versionGiven {
		version = versionOfForm(t.Event)
		if version == "" {
			t.Fault = VersionUnsaid
			t.Problem = "room_version is missing, yet its references are not [event ID, hash] pairs: no version can be told"
			return t
		}
	}
	known, ok := event.Lookup(version)
	if !ok {
		t.Fault, t.Problem = VersionUnknown, fmt.Sprintf("room version %q is not one we implement", version)
		return t
	}
	t.RoomVersion = known
	if _, err := event.Members(t.Event); err != nil {
		t.Fault, t.Problem = ProtoeventUnreadable, "event cannot be read: "+err.Error()
	}
	return t
}

// versionOfForm tells the version of a protoevent that came without room_version: only versions 1 and 2 may leave it
// out, and their references are pairs. The two differ in state resolution alone, so version 1 serves for both.
func versionOfForm(protoevent []byte) string {
	members, err := event.Members(protoevent)
	if err != nil {
		return ""
	}
	for _, m := range members {
		if m.Key != "auth_events" && m.Key != "prev_events" {
			continue
		}
		refs, err := event.Elements(m.Value)
		if err != nil {
			return ""
		}
		for _, ref := range refs {
			if pair, err := event.Elements(ref); err != nil || len(pair) != 2 {
				return ""
			}
		}
	}
	return "1"
}

// Asked is what a protoevent was asked for.
type Asked struct {
	RoomID, User string
	Joining      string   // our server
	Membership   string   // join; leave, for an undo
	Offered      []string // the room versions that we said we know
	Form2015     bool     // the handshake in its first form, which offered no versions
}

// CheckTemplate looks at a protoevent before anything is signed. A field that is not what was asked for means that the
// server is broken or lies; it is never overwritten, the template is refused.
// Spec: server-server, GET make_join.
func CheckTemplate(asked Asked, t *Template) []Check {
	const section = "Joining Rooms"
	if !t.Usable() {
		return []Check{{Kind: KindTemplateReadable, Subject: "template", Outcome: Fail, Rule: section, Refuses: true,
			Detail: t.Problem, Fault: t.Fault}}
	}
	c := templateChecker{template: t, checks: []Check{
		{Kind: KindTemplateReadable, Subject: "template", Outcome: Pass, Rule: section, Refuses: true,
			Detail: "an object, in a room version we implement"},
	}}
	protoevent, _ := event.ReadObject(t.Event) // readable: ReadTemplate has tried
	user := asked.User
	c.mustBe(KindTemplateType, "type", protoevent.Get("type"), typeMember)
	c.mustBe(KindTemplateRoom, "room_id", protoevent.Get("room_id"), asked.RoomID)
	c.mustBe(KindTemplateSender, "sender", protoevent.Get("sender"), user)
	c.mustBe(KindTemplateStateKey, "state_key", protoevent.Get("state_key"), user)
	c.mustBe(KindTemplateMembership, "content/membership", protoevent.Get("content", "membership"), asked.Membership)
	c.ours(user, asked.Joining)
	c.offered(asked)
	c.references(KindTemplateAuthEvents, "auth_events", protoevent.Get("auth_events"), 10)
	c.references(KindTemplatePrevEvents, "prev_events", protoevent.Get("prev_events"), 20)
	c.depth(protoevent.Get("depth"))
	c.canonical()
	c.unexpected(protoevent, asked.Form2015)
	return c.checks
}

type templateChecker struct {
	template *Template
	checks   []Check
}

func (c *templateChecker) add(kind Kind, field string, ok bool, good, bad string) {
	check := Check{Kind: kind, Subject: "template", Rule: "Joining Rooms", Field: "/event/" + field, Refuses: true,
		Outcome: Pass, Detail: good}
	if !ok {
		check.Outcome, check.Detail = Fail, bad
	}
	c.checks = append(c.checks, check)
}

func (c *templateChecker) mustBe(kind Kind, field string, value []byte, want string) {
	got, ok := event.String(value)
	bad := fmt.Sprintf("%s is %s, not %q", field, shown(value), want)
	c.add(kind, field, ok && got == want, fmt.Sprintf("%s is %q", field, want), bad)
}

func (c *templateChecker) ours(user, joining string) {
	c.add(KindTemplateUserIsOurs, "sender", client.Domain(user) == joining,
		"the user is on the joining server", fmt.Sprintf("the user %q is not on the joining server %q", user, joining))
}

func (c *templateChecker) offered(asked Asked) {
	v := c.template.RoomVersion.ID
	ok := asked.Form2015 && c.template.RoomVersion.HashPairs
	for _, o := range asked.Offered {
		ok = ok || o == v
	}
	c.add(KindTemplateRoomVersion, "../room_version", ok,
		"room version "+v+" was offered", fmt.Sprintf("room version %q was not offered", v))
}

// references checks a list of references: their shape decides how the event is hashed, so a mix is refused, not
// guessed.
func (c *templateChecker) references(kind Kind, field string, value []byte, limit int) {

	refs, err := event.Elements(value)
	if err != nil {
		c.add(kind, field, false, "", field+" is not a list")
		return
	}
	if len(refs) > limit {
		c.add(kind, field, false, "", fmt.Sprintf("%s has %d entries, over the limit of %d", field, len(refs), limit))
		return
	}
	for i, ref := range refs {
		_, isString := event.String(ref)
		pair, err := event.Elements(ref)
		isPair := err == nil && len(pair) == 2
		if isPair {
			_, isPair = event.String(pair[0])
		}
		if c.template.RoomVersion.HashPairs && !isPair || !c.template.RoomVersion.HashPairs && !isString {
			c.add(kind, field, false, "", fmt.Sprintf("%s[%d] is not a reference of room version %s", field, i,
				c.template.RoomVersion.ID))
			return
		}
	}
	c.add(kind, field, true, fmt.Sprintf("%d references in the form of the room version", len(refs)), "")
}

func (c *templateChecker) depth(value []byte) {
	limit := int64(1<<63 - 1)
	if c.template.RoomVersion.StrictJSON {
		limit = 1<<53 - 1
	}
	depth, err := strconv.ParseInt(string(value), 10, 64)
	c.add(KindTemplateDepth, "depth", err == nil && depth >= 0 && depth <= limit,
		"depth "+strconv.FormatInt(depth, 10), fmt.Sprintf("depth is %s, outside 0 to %d", shown(value), limit))
}

// canonical refuses numbers that the room version does not allow: every other server would drop our event for them.
func (c *templateChecker) canonical() {
	if !c.template.RoomVersion.StrictJSON {
		return
	}
	_, err := event.Canonical(c.template.Event, true)
	bad := ""
	if err != nil {
		bad = err.Error()
	}
	c.add(KindTemplateCanonical, "", err == nil, "every number is an integer in range", bad)
}

// unexpected names the keys a template has no need of. They are harmless, but they are signed with the rest.
func (c *templateChecker) unexpected(members []event.Member, form2015 bool) {
	known := map[string]bool{"type": true, "room_id": true, "sender": true, "state_key": true, "content": true,
		"auth_events": true, "prev_events": true, "depth": true, "origin": true, "origin_server_ts": true}
	if form2015 {
		known["event_id"] = true
	}
	for _, m := range members {
		if !known[m.Key] {
			c.checks = append(c.checks, Check{Kind: KindTemplateExtraKey, Subject: "template", Outcome: Warn,
				Rule:  "Joining Rooms",
				Field: "/event/" + m.Key, Detail: fmt.Sprintf("the protoevent carries %q, which the spec does not list", m.Key)})
		}
	}
}
