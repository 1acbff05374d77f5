package verify

// othersOf says what homeservers do about one fault of a check, where that is not what they do about every failure of
// it (CheckKind.Others). Read in Synapse a58ad44e, gomatrixserverlib ffcbbd38 and tuwunel v1.9.0.
var othersOf = map[Kind]map[Fault]string{
	KindEventFormat: {
		NoStateEvent: "gomatrixserverlib refuses the whole answer. Synapse breaks down over it: it asks the next " +
			"candidate or, where the create event came first, answers its client 500. tuwunel keeps it out of the state.",
		TooLarge: "Synapse and gomatrixserverlib leave the event out. They measure without unsigned.",
		LargeUnsigned: "Synapse and gomatrixserverlib drop unsigned before they measure, so the event stands there. " +
			"Of a member event Synapse keeps the stripped state of an invite or a knock, and counts that.",
		FieldTooLong: "Synapse and gomatrixserverlib leave out an event with over 255 characters in it. One with " +
			"over 255 bytes and fewer characters they reject and keep; " +
			"from version 11 on Synapse leaves that out, too.",
		NullLevel: "Synapse 1.68 to 1.76 broke on a null in notifications and could not serve joins of such rooms " +
			"(matrix-org/synapse#14933).",
		NameNoString: "Synapse before 1.21 broke off the join with an internal error where it used SQLite " +
			"(matrix-org/synapse#8340); " +
			"it takes no name from such an event today.",
		NulInText: "PostgreSQL stores no NUL: Synapse broke off with an internal error until it left such texts out " +
			"(matrix-org/synapse#10886, matrix-org/synapse#12762).",
	},
	KindReturnedEventID: {
		OtherEvent: "From room version 8 on Synapse refuses the whole answer and asks the next candidate, whatever " +
			"the join rule; before it does not look at what came back. " +
			"gomatrixserverlib goes on with the other event if it is a join of the same user to the same room. In a " +
			"restricted join tuwunel ends the attempt.",
	},
	KindReturnedEvent: {
		Unreadable: "gomatrixserverlib goes on with the event that was sent.",
		NotReturned: "Synapse and gomatrixserverlib go on with the event that was sent; Synapse then rejects it, " +
			"because the signature is missing.",
		NotCosigned: "From room version 8 on Synapse refuses the whole answer and asks the next candidate. " +
			"tuwunel goes on without the signature.",
		OwnSignatureGone: "From room version 8 on Synapse refuses the whole answer and asks the next candidate; " +
			"before it does not look at what came back.",
		Altered: "From room version 8 on Synapse goes on with what came back; gomatrixserverlib does in " +
			"every version, redacted.",
		Redacted: "From room version 8 on Synapse goes on with what came back; gomatrixserverlib does in " +
			"every version.",
		OtherEvent: "gomatrixserverlib goes on with what came back if it is a join of the same user to the " +
			"same room; Synapse does not look.",
	},
	KindCreate: {
		CreateTwice: "",
		CreateRejected: "Synapse rejects it and all that rests on it, our join too, and answers its client 403; " +
			"gomatrixserverlib drops it and ends the join.",
	},
	KindCreateRoomVersion: {
		VersionUnknown: "Synapse and gomatrixserverlib refuse the whole answer; tuwunel does not compare.",
		Redacted: "Synapse takes what has no room_version for version 1, and refuses the answer; " +
			"gomatrixserverlib and tuwunel go on.",
	},
}

// unsignedJoin is about a join that the rules reject because the authoriser's server has not signed it.
const unsignedJoin = "Synapse rejects it and answers its client 403."
