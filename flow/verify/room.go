package verify

import (
	"fmt"
	"net/url"
	"strings"

	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
	"doorstep/flow/wording"
)

// asksForList reports whether the request went to the v1 endpoint, whose answer is a list; known is false when there
// was no request, as with an answer from a file.
func (v *verifier) asksForList() (list, known bool) {
	if v.in.Sent == nil {
		return false, false
	}
	return v.in.Sent.Endpoint == client.SendJoinV1, true
}

// asksToOmit reports whether the request asked for members to be left out.
func (v *verifier) asksToOmit() (asked, known bool) {
	if v.in.Sent == nil {
		return false, false
	}
	_, query, _ := strings.Cut(v.in.Sent.Target, "?")
	values, _ := url.ParseQuery(query)
	return values.Get("omit_members") == "true", true
}

// membersOmitted checks that members are left out only when asked for, and that the servers in the room are named then.
// Spec: server-server, PUT v2/send_join.
func (v *verifier) membersOmitted() {
	r, k := v.in.Reply, &v.head
	if !r.MembersOmitted {
		k.pass(KindMembersOmitted, "/members_omitted", func() string { return "no members are left out" })
		return
	}
	asked, known := v.asksToOmit()
	switch {
	case known && !asked:
		k.fail(KindMembersOmitted, "", "/members_omitted", "members are left out of state, and nobody asked for that")
		k.unchecked(KindServersInRoom, "/servers_in_room",
			"what comes of leaving members out matters only where it was asked for")
		return
	case !known:
		k.unchecked(KindMembersOmitted, "/members_omitted",
			"members are left out of state; whether the request asked for that is not known")
	default:
		k.pass(KindMembersOmitted, "/members_omitted", func() string { return "members are left out, as asked" })
	}
	if r.ServersInRoom == nil {
		k.fail(KindServersInRoom, "", "/servers_in_room",
			"members are left out of state, and servers_in_room does not say whose")
		return
	}
	if r.MoreServers > 0 {
		k.unchecked(KindServersInRoom, "/servers_in_room", fmt.Sprintf("not looked at: it names %d servers, over the limit "+
			"of %d servers", len(r.ServersInRoom)+r.MoreServers, mostNamed))
		return
	}
	for i, name := range r.ServersInRoom {
		if _, err := client.ParseServerName(name); err != nil {
			k.warn(KindServersInRoom, "", fmt.Sprintf("/servers_in_room/%d", i), err.Error())
			return
		}
	}
	k.pass(KindServersInRoom, "/servers_in_room",
		func() string { return fmt.Sprintf("%s in the room", wording.Count(len(r.ServersInRoom), "server")) })
}

// creates returns the claims that are create events, each once however many copies there are.
func (v *verifier) creates() []*claim {
	var out []*claim
	for i := range v.claims {
		if c := &v.claims[i]; c.read.Event != nil && c.read.Event.Type() == TypeCreate && c.copyOf < 0 {
			out = append(out, c)
		}
	}
	return out
}

// rightVersion checks that a create event has the room version that make_join named. Where none has, the answer was
// read by the wrong rules, so this comes before everything that depends on them. Spec: client-server, m.room.create
// (room_version; absent means "1").
func (v *verifier) rightVersion(creates []*claim) bool {
	var other *claim
	var found string
	for _, c := range creates {
		version, isText := "1", true
		if raw, there := c.read.Event.Content("room_version"); there {
			if version, isText = event.String(raw); !isText {
				version = shown(raw) // a number is no version, whatever its digits
			}
		}
		// Without room_version in make_join's answer only versions 1 and 2 can be meant, which do not differ here.
		unsaid := v.in.Template.Said == "" && v.version.HashPairs && (version == "1" || version == "2")
		if isText && (version == v.version.ID || unsaid) {
			v.head.pass(KindCreateRoomVersion, c.read.Pointer()+"/content/room_version",
				func() string { return "room version " + version })
			return true
		}
		if other == nil {
			other, found = c, version
		}
	}
	v.wrongVersion(other, found)
	return false
}

// wrongVersion says what is wrong with the room version of a create event, which is not the one the join was made for.
func (v *verifier) wrongVersion(c *claim, found string) {
	field := c.read.Pointer() + "/content/room_version"
	why := fmt.Sprintf("the create event is of room version %s; the join was made for version %s", wording.Name(found),
		v.version.ID)
	raw, there := c.read.Event.Content("room_version")
	text, _ := event.String(raw)
	_, known := event.Lookup(text)
	switch verdict := v.ofCreate(c); {
	case !there && redactionOf(c.read.Event) != nil:
		v.head.fail(KindCreateRoomVersion, Redacted, field,
			why+": it was redacted, and redaction dropped its room_version. What has none is of version 1").
			about(c.id())
	case there && !known && verdict.Outcome == auth.Rejected:
		check := v.head.ruled(KindCreateRoomVersion, Fail, field, fmt.Sprintf("%s. Rule %s rejects it: %s", why,
			verdict.Rule, reason(verdict)), verdict)
		check.as(VersionUnknown).about(c.id())
	default:
		v.head.fail(KindCreateRoomVersion, OtherVersion, field, why).about(c.id())
	}
}

// findCreate settles which create event the room has. It returns why there is none to rely on, for all that would
// have to; empty when there is one.
func (v *verifier) findCreate() (why string) {
	k := &v.head
	var usable []*claim
	var dropped *claim
	for _, c := range v.creates() {
		c := v.meant(v.byID[c.id()])
		if c.dropped == notDropped {
			usable = append(usable, c)
		} else if dropped == nil {
			dropped = c
		}
	}
	switch {
	case len(usable) > 1:
		one, other := usable[0], usable[1]
		k.fail(KindCreate, CreateTwice, other.read.Pointer(),
			fmt.Sprintf("there are %d create events: %s at %s and %s at %s. A room has one",
				len(usable), wording.Name(one.id()), one.read.Pointer(), wording.Name(other.id()),
				other.read.Pointer())).about(one.id(), other.id())
		return "there is more than one create event"
	case len(usable) == 0 && dropped != nil:
		why := fmt.Sprintf("the create event %s cannot be used: %s", wording.Name(dropped.id()), dropped.dropped)
		if verdict := v.ofCreate(dropped); verdict.Outcome == auth.Rejected {
			why += fmt.Sprintf("; and rule %s rejects it: %s", verdict.Rule, reason(verdict))
		}
		k.fail(KindCreate, CreateDropped, dropped.read.Pointer(), why).about(dropped.id())
		return "the create event cannot be used"
	case len(usable) == 0:
		k.fail(KindCreate, CreateMissing, "/state", "there is no create event, neither in state nor in auth_chain")
		return "there is no create event"
	}
	c := usable[0]
	v.create = c.use
	v.examineCreate(c)
	if v.version.RoomIDIsCreate {
		v.root = c
		v.createRoomID(c)
	}
	return ""
}

// ofCreate asks the rules about a create event, which rests on nothing.
func (v *verifier) ofCreate(c *claim) auth.Verdict {
	return auth.AgainstAuthEvents(c.use, nil, c.use.AuthEvents(), auth.Context{Brief: true})
}

// examineCreate checks the one create event there is: that the rules let it found a room, that it is in state, and
// genuine. Spec: room versions, Authorisation rules, 1.
func (v *verifier) examineCreate(c *claim) {
	k := &v.head
	switch verdict := v.ofCreate(c); {
	case verdict.Outcome == auth.Rejected:
		k.ruled(KindCreate, Fail, c.read.Pointer(), fmt.Sprintf("the create event %s is rejected by rule %s, and with it "+
			"whatever rests on it: %s",
			wording.Name(c.id()), verdict.Rule, reason(verdict)), verdict).as(CreateRejected).about(c.id())
	case v.first(c).state < 0:
		k.fail(KindCreate, CreateOutside, "/state", fmt.Sprintf("the create event %s is in auth_chain and not in state",
			wording.Name(c.id()))).about(c.id())
	case !c.proven():
		k.unchecked(KindCreate, c.read.Pointer(), fmt.Sprintf("the create event %s is there, but nothing proves yet that it "+
			"is genuine", wording.Name(c.id()))).
			as(KeysUnknown).about(c.id())
	default:
		k.pass(KindCreate, c.read.Pointer(), func() string { return "one create event, " + c.id() })
	}
}

// createRoomID checks that the room ID is the create event's, as it is from version 12 on.
func (v *verifier) createRoomID(c *claim) {
	switch want := "!" + strings.TrimPrefix(c.id(), "$"); {
	case v.roomID == "":
		v.head.unchecked(KindCreateRoomID, c.read.Pointer(), "which room was to be joined is not known")
	case v.in.Redacted:
		v.head.gone(KindCreateRoomID, c.read.Pointer())
	case want != v.roomID:
		v.head.fail(KindCreateRoomID, "", c.read.Pointer(),
			fmt.Sprintf("the create event makes the room ID %s; the room to be joined is %s", want, wording.Name(v.roomID)))
	default:
		v.head.pass(KindCreateRoomID, c.read.Pointer(), func() string {
			return "the room ID is the hash of the create event"
		})
	}
}

// duplicateState checks that state is a state: one event for each type and state key. A second create event is the
// business of another check.
func (v *verifier) duplicateState() {
	k := &v.head
	first := v.firstAtPlaces()
	failed, places := false, 0
	for i := range v.claims {
		c := &v.claims[i]
		if !c.placed() {
			continue
		}
		if c.twice >= 0 {
			k.warn(KindDuplicateState, "", fmt.Sprintf("/state/%d", c.twice), fmt.Sprintf("state lists %s twice",
				wording.Name(c.id())))
			failed = true
		}
		at, taken := first[int32(i)]
		if !taken {
			places++
			continue
		}
		t, other := c.place(), &v.claims[at]
		if other.id() == c.id() || t.Type == TypeCreate {
			continue
		}
		k.fail(KindDuplicateState, "", c.read.Pointer(),
			fmt.Sprintf("state holds two events at (%s, %q): %s at %s and %s at %s",
				wording.Name(t.Type), wording.Clip(t.StateKey), wording.Name(other.id()), other.read.Pointer(),
				wording.Name(c.id()), c.read.Pointer()))
		failed = true
	}
	if !failed {
		k.pass(KindDuplicateState, "/state", func() string {
			return fmt.Sprintf("%s, each held once", wording.Count(places, "place"))
		})
	}
}

// firstAtPlaces gives, for each claim at a place of the state that another has before it, the first there.
func (v *verifier) firstAtPlaces() map[int32]int32 {
	var order []int32
	for i := range v.claims {
		if v.claims[i].placed() {
			order = append(order, int32(i))
		}
	}
	v.sortByPlace(order)
	first := map[int32]int32{}
	at := int32(0)
	for i, c := range order {
		if i == 0 || v.claims[c].place() != v.claims[at].place() {
			at = c
			continue
		}
		first[c] = at
	}
	return first
}

// reach marks what state or our join rests on, directly or through others. What is in auth_chain and not marked is
// padding.
func (v *verifier) reach() {
	var open []int32
	mark := func(at int32) {
		if !v.claims[at].reached {
			v.claims[at].reached = true
			open = append(open, at)
		}
	}
	for i := range v.claims {
		c := &v.claims[i]
		// From version 12 on no event lists the create event: the room ID stands for it.
		if c.state >= 0 || v.version.RoomIDIsCreate && c.read.Event != nil && c.read.Event.Type() == TypeCreate {
			mark(int32(i))
		}
	}
	for _, e := range []*event.Event{v.join.own, v.join.returned} {
		if e != nil {
			named, _ := v.resolve(e.AuthEvents())
			for _, at := range named {
				mark(at)
			}
		}
	}
	for len(open) > 0 {
		at := open[len(open)-1]
		open = open[:len(open)-1]
		for _, to := range v.claims[at].named {
			mark(to)
		}
	}
}
