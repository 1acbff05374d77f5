package auth

import (
	"slices"
	"strconv"
	"sync"

	"doorstep/flow/event"
)

// page returns the rules of the room version with that ID, nil when it has none here.
func page(version string) []rule { return pages()[version] }

var pages = sync.OnceValue(func() map[string][]rule {
	all := map[string][]rule{}
	for _, v := range event.Versions() {
		all[v.ID] = numbered("", rulesOf(v))
	}
	return all
})

// numbered drops the rules that are not on the page and numbers the others by their place, as the page does.
//
// The page of version 12 writes the number 5 for the fourth point of rule 3, and 10 for the eleventh of rule 10. It is
// rendered counting on, as 3.4 and 10.11, and so the numbers are here.
func numbered(prefix string, rules []rule) []rule {
	rules = slices.DeleteFunc(rules, func(r rule) bool { return r.absent })
	for i := range rules {
		rules[i].number = prefix + strconv.Itoa(i+1)
		rules[i].rules = numbered(rules[i].number+".", rules[i].rules)
	}
	return rules
}

// Ways to write down a rule. What each says is its condition, as a clause that stands when the condition holds.

func reject(says string, holds func(*judge) bool) rule {
	return rule{says: says, effect: Reject, holds: holds}
}

func allow(says string, holds func(*judge) bool) rule {
	return rule{says: says, effect: Allow, holds: holds}
}

// on gives a rule its ground.
func (r rule) on(g Ground) rule {
	r.ground = g
	return r
}

// allowOnlyIf is a rule that, when holds, decides either way.
func allowOnlyIf(says string, holds, onlyIf func(*judge) bool) rule {
	return rule{says: says, effect: Allow, holds: holds, onlyIf: onlyIf}
}

// when groups rules under a condition.
func when(says string, holds func(*judge) bool, rules ...rule) rule {
	return rule{says: says, holds: holds, rules: rules}
}

// each groups rules that are tried on every alteration listed.
func each(says string, list func(*judge) []alteration, rules ...rule) rule {
	return rule{says: says, each: list, rules: rules}
}

// given keeps a rule on the page of the versions for which there is true.
func given(there bool, r rule) rule {
	r.absent = !there
	return r
}

func otherwiseAllow(says string) rule { return rule{says: says, effect: Allow} }

// otherwiseReject ends a group. look notes the values the rules before it were about.
func otherwiseReject(says string, look func(*judge)) rule {
	return rule{says: says, effect: Reject, holds: func(j *judge) bool {
		if j.noting {
			look(j)
			j.why = "" // what cannot be read has left an earlier rule open already
		}
		return true
	}}
}

// rulesOf is the list "The rules are as follows" of a room version's page, top to bottom.
func rulesOf(v *event.Version) []rule {
	var (
		upTo5  = !v.StrictJSON // aliases had a rule, notifications were unguarded
		upTo2  = v.HashPairs   // redactions were a matter of authorisation
		before = !v.RoomIDIsCreate
		since  = v.RoomIDIsCreate // version 12
	)
	return []rule{
		when("the type is m.room.create", typeIs(typeCreate),
			reject("the create event has prev_events", hasPrevEvents),
			given(before, reject("the domain of room_id is not the sender's", roomOfOtherDomain)),
			given(since, reject("the create event has a room_id", hasRoomID)),
			reject("content.room_version is not a known version", unknownVersion),
			given(v.CreatorField, reject("content has no creator", noCreator)),
			given(since, reject("content.additional_creators is not a list of user IDs", wrongAdditionalCreators)),
			otherwiseAllow("nothing speaks against the create event"),
		),
		given(since, reject("room_id does not name an accepted create event", roomIsNotCreate).on(CreateIsNot)),
		aboutList("the auth_events are considered",
			reject("two auth events have the same type and state_key", duplicateEntries),
			reject("an auth event is not among those selected for such an event", unselectedEntry).on(UnselectedEntry),
			reject("an auth event was itself rejected", rejectedEntry).on(RejectedEntry),
			given(before, reject("no auth event is the create event", noCreateEntry)),
			reject("an auth event is of another room", entryOfOtherRoom),
		),
		reject("m.federate is false and the sender is of another domain than the create event's", federationOff),
		given(upTo5, when("the type is m.room.aliases", typeIs(typeAliases),
			reject("there is no state_key", noStateKey),
			reject("the sender's domain is not the state_key", aliasesOfOtherDomain),
			otherwiseAllow("aliases of the sender's own domain"),
		)),
		when("the type is m.room.member", typeIs(typeMember),
			reject("there is no state_key, or no membership in content", noMembership),
			given(v.Restricted, when("content has join_authorised_via_users_server", hasAuthoriser,
				reject("the authorising user's server has not signed the event", unsignedByAuthoriser).on(NotCosigned),
			)),
			when("membership is join", membershipIs("join"), joinRules(v)...),
			when("membership is invite", membershipIs("invite"), inviteRules()...),
			when("membership is leave", membershipIs("leave"), leaveRules(v)...),
			when("membership is ban", membershipIs("ban"),
				reject("the sender is not joined", senderNotJoined),
				allow("the sender has the power to ban, and more than the target", mayRemove("ban")),
				otherwiseReject("the sender lacks the power to ban this target", lookAtRemoval("ban")),
			),
			given(v.Knock, when("membership is knock", membershipIs("knock"), knockRules(v)...)),
			otherwiseReject("the membership is unknown", lookAtMembership),
		),
		reject("the sender is not joined", senderNotJoined),
		when("the type is m.room.third_party_invite", typeIs(typeThirdPartyInvite),
			allowOnlyIf("such an invite takes the power to invite", nil, senderHas("invite")),
		),
		reject("the type requires more power than the sender has", lacksRequiredPower),
		reject("the state_key starts with @ and is not the sender", stateOfOtherUser),
		when("the type is m.room.power_levels", typeIs(typePowerLevels), powerLevelRules(v)...),
		given(upTo2, when("the type is m.room.redaction", typeIs(typeRedaction),
			allow("the sender has the power to redact", senderHas("redact")),
			allow("the redacted event's ID has the domain of this one's", redactsOwnDomain),
			otherwiseReject("the sender lacks the power to redact an event of another server", lookAtRedaction),
		)),
		otherwiseAllow("no rule speaks against it"),
	}
}

func aboutList(says string, rules ...rule) rule {
	return rule{says: says, overList: true, rules: rules}
}

func joinRules(v *event.Version) []rule {
	invite := []string{"invite"}
	if v.Knock {
		invite = append(invite, "knock")
	}
	restricted := []string{"restricted"}
	if v.KnockRestricted {
		restricted = append(restricted, "knock_restricted")
	}
	return []rule{
		allow("the creator joins right after the create event", creatorsFirstJoin),
		reject("the sender is not the state_key", senderIsNotTarget),
		reject("the sender is banned", senderIs("ban")),
		allow("the join_rule asks for an invite and the sender is invited or joined",
			both(joinRuleIs(invite...), senderIs("invite", "join"))),
		given(v.Restricted, when("the join_rule is restricted", joinRuleIs(restricted...),
			allow("the sender is joined or invited", senderIs("join", "invite")),
			reject("the authorising user is not joined or may not invite", authoriserMayNot),
			otherwiseAllow("an authorising user vouches for the join"),
		)),
		allow("the join_rule is public", joinRuleIs("public")),
		otherwiseReject("the join_rule does not let the sender in", lookAtJoin),
	}
}

func inviteRules() []rule {
	return []rule{
		when("content has third_party_invite", hasThirdPartyInvite,
			reject("the target is banned", targetIs("ban")),
			reject("third_party_invite has no signed", noSigned),
			reject("signed has no mxid or no token", noMxidOrToken),
			reject("mxid is not the state_key", mxidIsNotTarget),
			reject("no m.room.third_party_invite event has the token", noInviteWithToken),
			reject("the sender did not send that m.room.third_party_invite event", inviteByOther),
			allow("a signature in signed is by a key of that event", inviteIsSigned),
			otherwiseReject("no signature in signed is by a key of that event", lookAtInvite),
		),
		reject("the sender is not joined", senderNotJoined),
		reject("the target is already joined, or banned", targetIs("join", "ban")),
		allow("the sender has the power to invite", senderHas("invite")),
		otherwiseReject("the sender lacks the power to invite", lookAtPower("invite")),
	}
}

func leaveRules(v *event.Version) []rule {
	from, says := []string{"invite", "join"}, "the sender's own leave takes an invite or a join"
	if v.Knock {
		from, says = append(from, "knock"), "the sender's own leave takes an invite, a join or a knock"
	}
	return []rule{
		allowOnlyIf(says, senderIsTarget, senderIs(from...)),
		reject("the sender is not joined", senderNotJoined),
		reject("the target is banned and the sender lacks the power to ban", both(targetIs("ban"), senderLacks("ban"))),
		allow("the sender has the power to kick, and more than the target", mayRemove("kick")),
		otherwiseReject("the sender lacks the power to kick this target", lookAtRemoval("kick")),
	}
}

func knockRules(v *event.Version) []rule {
	knock := []string{"knock"}
	if v.KnockRestricted {
		knock = append(knock, "knock_restricted")
	}
	return []rule{
		reject("the join_rule does not let anyone knock", not(joinRuleIs(knock...))),
		reject("the sender is not the state_key", senderIsNotTarget),
		allow("the sender is not banned, invited or joined", not(senderIs("ban", "invite", "join"))),
		otherwiseReject("the sender is banned, invited or joined", lookAtSender),
	}
}

func powerLevelRules(v *event.Version) []rule {
	integers := v.PowerLevels == event.PowerIntegers
	guarded := []string{"events"}
	if v.StrictJSON {
		guarded = append(guarded, "notifications")
	}
	return []rule{
		given(integers, reject("a level in content itself is not an integer", wrongScalar)),
		given(integers, reject("events or notifications is not an object of integers", wrongTable)),
		reject("users is not an object of user IDs and levels", wrongUsers),
		given(v.RoomIDIsCreate, reject("users names a creator of the room", usersNameCreator)),
		allow("the room has no power_levels event yet", noPowerLevels),
		each("levels in content itself are altered", alteredScalars,
			reject("the current value is above the sender's power", currentAbove),
			reject("the new value is above the sender's power", newAbove),
		),
		each("entries of events are changed or removed", alteredEntries(guarded, changed, removed),
			reject("the current value is above the sender's power", currentAbove),
		),
		each("entries of events are added or changed", alteredEntries(guarded, added, changed),
			reject("the new value is above the sender's power", newAbove),
		),
		each("other users' entries are changed or removed", alteredUsers(changed, removed),
			reject("the current value is not below the sender's power", currentNotBelow),
		),
		each("users' entries are added or changed", alteredUsers(added, changed),
			reject("the new value is above the sender's power", newAbove),
		),
		otherwiseAllow("the sender has the power for every alteration"),
	}
}
