package auth

import (
	"slices"
	"strconv"
	"strings"

	"doorstep/flow/event"
)

// The conditions of the rules in page.go, in the order of the pages.

func typeIs(typ string) func(*judge) bool {
	return func(j *judge) bool { return j.event.Type() == typ }
}

// sameDomain reports whether both IDs have a domain and it is the same, byte for byte.
func sameDomain(a, b string) bool {
	x, okX := event.ServerName(a)
	y, okY := event.ServerName(b)
	return okX && okY && x == y
}

func not(holds func(*judge) bool) func(*judge) bool {
	return func(j *judge) bool { return !holds(j) }
}

func both(a, b func(*judge) bool) func(*judge) bool {
	return func(j *judge) bool { return a(j) && b(j) }
}

// 1: m.room.create

// hasPrevEvents counts entries that are no event IDs too.
func hasPrevEvents(j *judge) bool {
	raw, _ := j.event.Field("prev_events")
	elements, _ := event.Elements(raw)
	if len(elements) > 0 && j.noting {
		j.note("prev_events", string(elements[0]), fromEvent)
	}
	return len(elements) > 0
}

func roomOfOtherDomain(j *judge) bool {
	j.note("room_id", j.event.RoomID(), fromEvent)
	j.note("sender", j.event.Sender(), fromEvent)
	return !sameDomain(j.event.RoomID(), j.event.Sender())
}

func hasRoomID(j *judge) bool {
	raw, ok := j.event.Field("room_id")
	if ok && j.noting {
		j.note("room_id", string(raw), fromEvent)
	}
	return ok
}

func unknownVersion(j *judge) bool {
	raw, ok := j.event.Content("room_version")
	if !ok {
		return false
	}
	version, isText := text(raw)
	if j.noting {
		j.note("content.room_version", string(raw), fromEvent)
	}
	_, known := event.Lookup(version)
	return !isText || !known
}

func noCreator(j *judge) bool {
	_, ok := j.event.Content("creator")
	return !ok
}

func wrongAdditionalCreators(j *judge) bool {
	raw, ok := j.event.Content("additional_creators")
	if !ok {
		return false
	}
	elements, err := event.Elements(raw)
	if !isArray(raw) || err != nil {
		j.note("content.additional_creators", string(raw), fromEvent)
		return true
	}
	for _, element := range elements {
		if user, ok := text(element); !ok || !event.ValidUserID(user) {
			j.note("content.additional_creators", string(element), fromEvent)
			return true
		}
	}
	return false
}

// 2 of version 12: room_id

func roomIsNotCreate(j *judge) bool {
	create := j.create()
	if create == nil {
		j.cannot("the create event is not at hand")
		return false
	}
	j.note("room_id", j.event.RoomID(), fromEvent)
	j.note("create event", create.ID(), create.ID())
	room, okRoom := strings.CutPrefix(j.event.RoomID(), "!")
	hash, okHash := strings.CutPrefix(create.ID(), "$")
	switch {
	case !okRoom || !okHash || room != hash || create.Type() != typeCreate:
		return true
	case j.rejected(create.ID()):
		j.note("create event", "rejected", create.ID())
		return true
	}
	return false
}

func (j *judge) rejected(id string) bool {
	return j.context.Rejected != nil && j.context.Rejected(id)
}

// 2, in version 12 3: auth_events

func duplicateEntries(j *judge) bool {
	if len(j.entries) <= 16 {
		for i, e := range j.entries {
			for _, earlier := range j.entries[:i] {
				if sameTuple(e, earlier) {
					return j.noteEntries(earlier, e)
				}
			}
		}
		return false
	}
	seen := make(map[Tuple]*event.Event, len(j.entries))
	for _, e := range j.entries {
		key, ok := e.StateKey()
		if !ok {
			continue
		}
		t := Tuple{e.Type(), key}
		if earlier := seen[t]; earlier != nil {
			return j.noteEntries(earlier, e)
		}
		seen[t] = e
	}
	return false
}

func sameTuple(a, b *event.Event) bool {
	keyA, okA := a.StateKey()
	keyB, okB := b.StateKey()
	return okA && okB && keyA == keyB && a.Type() == b.Type()
}

// noteEntries notes entries of auth_events and is true, for a condition that found them.
func (j *judge) noteEntries(list ...*event.Event) bool {
	if j.noting {
		for _, e := range list {
			what := e.Type()
			if key, ok := e.StateKey(); ok {
				what += " (state_key " + quote(key) + ")"
			} else {
				what += " (no state_key)"
			}
			j.note("auth event "+e.ID(), what, e.ID())
		}
	}
	return true
}

func unselectedEntry(j *judge) bool {
	var s selection
	s.choose(j.event)
	for _, e := range j.entries {
		key, ok := e.StateKey()
		if !ok || !s.has(Tuple{e.Type(), key}) {
			return j.noteEntries(e)
		}
	}
	return false
}

// rejectedEntry counts the event itself as rejected: no server can have accepted it before judging it, so none
// accepts an event that names itself. (It can in versions 1 and 2, whose IDs are chosen.)
func rejectedEntry(j *judge) bool {
	for _, e := range j.entries {
		if e.ID() == j.event.ID() || j.rejected(e.ID()) {
			return j.noteEntries(e)
		}
	}
	return slices.Contains(j.missing, j.event.ID()) && j.noteEntries(j.event)
}

func noCreateEntry(j *judge) bool {
	return len(j.missing) == 0 && j.at(Tuple{typeCreate, ""}) == nil
}

func entryOfOtherRoom(j *judge) bool {
	for _, e := range j.entries {
		if e.RoomID() != j.event.RoomID() {
			j.note("room_id", j.event.RoomID(), fromEvent)
			j.note("room_id of the auth event", e.RoomID(), e.ID())
			return j.noteEntries(e)
		}
	}
	return false
}

// 3, in version 12 4: m.federate

func federationOff(j *judge) bool {
	create := j.create()
	if create == nil {
		j.cannot("the create event is not at hand")
		return false
	}
	raw, ok := create.Content("m.federate")
	if !ok || string(raw) != "false" {
		return false
	}
	j.note("m.federate", "false", create.ID())
	j.note("sender", j.event.Sender(), fromEvent)
	j.note("sender of the create event", create.Sender(), create.ID())
	return !sameDomain(j.event.Sender(), create.Sender())
}

// 4 of versions 1 to 5: m.room.aliases

func noStateKey(j *judge) bool {
	_, ok := j.event.StateKey()
	return !ok
}

func aliasesOfOtherDomain(j *judge) bool {
	j.note("sender", j.event.Sender(), fromEvent)
	j.note("state_key", j.target(), fromEvent)
	server, ok := event.ServerName(j.event.Sender())
	return !ok || server != j.target()
}

// m.room.member

func noMembership(j *judge) bool {
	_, ok := j.event.Content("membership")
	return noStateKey(j) || !ok
}

func membershipIs(want string) func(*judge) bool {
	return func(j *judge) bool { return j.membershipSought == want }
}

func lookAtMembership(j *judge) {
	raw, _ := j.event.Content("membership")
	j.note("membership", string(raw), fromEvent)
}

func hasAuthoriser(j *judge) bool {
	raw, ok := j.event.Content("join_authorised_via_users_server")
	if ok && j.noting {
		j.note("join_authorised_via_users_server", string(raw), fromEvent)
	}
	return ok
}

func (j *judge) authoriser() (string, bool) {
	return j.event.ContentString("join_authorised_via_users_server")
}

func unsignedByAuthoriser(j *judge) bool {
	user, ok := j.authoriser()
	server, hasDomain := event.ServerName(user)
	if !ok || !hasDomain {
		j.note("authorising user", "not a user ID", fromEvent)
		return true
	}
	answer, why := Unknown, "no keys at hand"
	if j.context.Signed != nil {
		answer, why = j.context.Signed(j.event, server)
	}
	if answer == Unknown {
		j.cannot("whether ", clip(server), " signed the event is not known: ", why)
		return false
	}
	if j.noting {
		value := "signed"
		if answer == No {
			value = "no valid signature"
			if why != "" {
				value += ", " + why
			}
		}
		j.note("signature of "+server, value, fromEvent)
	}
	return answer == No
}

func senderIsTarget(j *judge) bool {
	j.note("sender", j.event.Sender(), fromEvent)
	j.note("state_key", j.target(), fromEvent)
	return j.event.Sender() == j.target()
}

func senderIsNotTarget(j *judge) bool { return !senderIsTarget(j) }

func senderIs(memberships ...string) func(*judge) bool {
	return func(j *judge) bool { return slices.Contains(memberships, j.membership(j.event.Sender())) }
}

func targetIs(memberships ...string) func(*judge) bool {
	return func(j *judge) bool { return slices.Contains(memberships, j.membership(j.target())) }
}

func senderNotJoined(j *judge) bool { return j.membership(j.event.Sender()) != "join" }

func lookAtSender(j *judge) { j.membership(j.event.Sender()) }

func joinRuleIs(rules ...string) func(*judge) bool {
	return func(j *judge) bool { return slices.Contains(rules, j.joinRule()) }
}

func lookAtJoin(j *judge) {
	j.joinRule()
	j.membership(j.event.Sender())
}

func creatorsFirstJoin(j *judge) bool {
	prev := j.event.PrevEvents()
	if len(prev) != 1 {
		return false
	}
	create := j.create()
	if create == nil || create.ID() != prev[0] {
		return false
	}
	j.note("prev_events", prev[0], fromEvent)
	j.note("creator", creator(create), create.ID())
	j.note("state_key", j.target(), fromEvent)
	return creator(create) != "" && creator(create) == j.target()
}

func authoriserMayNot(j *judge) bool {
	user, ok := j.authoriser()
	if !ok {
		j.note("join_authorised_via_users_server", "none", fromEvent)
		return true
	}
	if j.membership(user) != "join" {
		return true
	}
	return j.powerOf(user).Compare(j.levelTo("invite")) < 0
}

func hasThirdPartyInvite(j *judge) bool {
	_, ok := j.event.Content("third_party_invite")
	return ok
}

func noSigned(j *judge) bool { return j.invite().signed == nil }

func noMxidOrToken(j *judge) bool { return j.invite().mxid == nil || j.invite().token == nil }

func mxidIsNotTarget(j *judge) bool {
	mxid, ok := text(j.invite().mxid)
	if j.noting {
		j.note("mxid", string(j.invite().mxid), fromEvent)
	}
	j.note("state_key", j.target(), fromEvent)
	return !ok || mxid != j.target()
}

func noInviteWithToken(j *judge) bool { return j.offer() == nil }

func inviteByOther(j *judge) bool {
	offer := j.offer()
	if offer == nil {
		return false // not reached but where the state leaves it open
	}
	j.note("sender", j.event.Sender(), fromEvent)
	j.note("sender of the m.room.third_party_invite event", offer.Sender(), offer.ID())
	return offer.Sender() != j.event.Sender()
}

func inviteIsSigned(j *judge) bool {
	offer := j.offer()
	return offer != nil && (j.context.Redacted || j.signedByInvite(j.invite().signed, offer))
}

func lookAtInvite(j *judge) {
	if offer := j.offer(); offer != nil {
		for _, key := range offeredKeys(offer) {
			j.note("public key offered", key, offer.ID())
		}
	}
}

// Power

func senderHas(name string) func(*judge) bool {
	return func(j *judge) bool { return j.powerOf(j.event.Sender()).Compare(j.levelTo(name)) >= 0 }
}

func senderLacks(name string) func(*judge) bool { return not(senderHas(name)) }

func lookAtPower(name string) func(*judge) {
	return func(j *judge) { senderHas(name)(j) }
}

// mayRemove is the condition of kicks and bans.
func mayRemove(name string) func(*judge) bool {
	return func(j *judge) bool {
		sender := j.powerOf(j.event.Sender())
		return sender.Compare(j.levelTo(name)) >= 0 && j.powerOf(j.target()).Compare(sender) < 0
	}
}

func lookAtRemoval(name string) func(*judge) {
	return func(j *judge) { mayRemove(name)(j) }
}

func lacksRequiredPower(j *judge) bool {
	_, state := j.event.StateKey()
	required := j.setting(j.levels().Event(j.event.Type(), state), "level required for ", j.event.Type())
	return required.Compare(j.powerOf(j.event.Sender())) > 0
}

func stateOfOtherUser(j *judge) bool {
	key, ok := j.event.StateKey()
	if !ok || !strings.HasPrefix(key, "@") {
		return false
	}
	return senderIsNotTarget(j)
}

// m.room.redaction of versions 1 and 2

func (j *judge) redacts() string {
	raw, _ := j.event.Field("redacts")
	id, _ := text(raw)
	return id
}

func redactsOwnDomain(j *judge) bool {
	j.note("redacts", j.redacts(), fromEvent)
	j.note("event_id", j.event.ID(), fromEvent)
	return sameDomain(j.redacts(), j.event.ID())
}

func lookAtRedaction(j *judge) {
	senderHas("redact")(j)
	redactsOwnDomain(j)
}

// signedByInvite reports whether a signature in signed is by a key that the m.room.third_party_invite event offers.
func (j *judge) signedByInvite(signed []byte, offer *event.Event) bool {
	signatures := event.JSONSignatures(signed)
	checks := 0
	for _, key := range offeredKeys(offer) {
		public, ok := decodeKey(key)
		j.note("public key offered", key, offer.ID())
		if !ok {
			continue
		}
		for _, sig := range signatures {
			if !strings.HasPrefix(sig.KeyID, "ed25519:") {
				continue
			}
			if checks++; checks > maxInviteChecks {
				j.cannot("the invite has over ", strconv.Itoa(maxInviteChecks),
					" pairs of keys and signatures, and the first ones do not match")
				return false
			}
			if event.VerifyJSON(signed, sig, public) {
				j.note("signature that matches", sig.Server+" "+sig.KeyID, "event")
				return true
			}
		}
	}
	return false
}

// maxInviteChecks bounds the signature checks for one invite. Real ones need one or two; an event of legal size could
// ask for half a million.
const maxInviteChecks = 256
