package event

// A redaction is what a room version's redaction leaves of an event. Spec: room versions, redactions.
type redaction struct {
	top     fieldSet            // top-level keys that stay
	content map[string][]string // by event type, the keys of content that stay
	// whole: all of a create event's content stays. signedInvite: of a member event's third_party_invite, signed stays.
	whole, signedInvite bool
}

var (
	topV11 = setOf(fieldEventID, fieldType, fieldRoomID, fieldSender, fieldStateKey, fieldContent, fieldHashes,
		fieldSignatures, fieldDepth, fieldPrevEvents,
		fieldAuthEvents, fieldOriginServerTS)
	topV1 = topV11 | setOf(fieldOrigin, fieldMembership, fieldPrevState)

	levels = []string{"ban", "events", "events_default", "kick", "redact", "state_default", "users", "users_default"}

	redactionV1 = &redaction{top: topV1, content: map[string][]string{
		"m.room.aliases":            {"aliases"},
		"m.room.create":             {"creator"},
		"m.room.history_visibility": {"history_visibility"},
		"m.room.join_rules":         {"join_rule"},
		"m.room.member":             {"membership"},
		"m.room.power_levels":       levels,
	}}
	redactionV6 = &redaction{top: topV1, content: map[string][]string{
		"m.room.create":             {"creator"},
		"m.room.history_visibility": {"history_visibility"},
		"m.room.join_rules":         {"join_rule"},
		"m.room.member":             {"membership"},
		"m.room.power_levels":       levels,
	}}
	redactionV8 = &redaction{top: topV1, content: map[string][]string{
		"m.room.create":             {"creator"},
		"m.room.history_visibility": {"history_visibility"},
		"m.room.join_rules":         {"allow", "join_rule"},
		"m.room.member":             {"membership"},
		"m.room.power_levels":       levels,
	}}
	redactionV9 = &redaction{top: topV1, content: map[string][]string{
		"m.room.create":             {"creator"},
		"m.room.history_visibility": {"history_visibility"},
		"m.room.join_rules":         {"allow", "join_rule"},
		"m.room.member":             {"join_authorised_via_users_server", "membership"},
		"m.room.power_levels":       levels,
	}}
	redactionV11 = &redaction{top: topV11, whole: true, signedInvite: true, content: map[string][]string{
		"m.room.history_visibility": {"history_visibility"},
		"m.room.join_rules":         {"allow", "join_rule"},
		"m.room.member":             {"join_authorised_via_users_server", "membership"},
		"m.room.power_levels":       append([]string{"invite"}, levels...),
		"m.room.redaction":          {"redacts"},
	}}
)
