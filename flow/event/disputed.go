package event

// Disputed returns the keys of e over which servers in use hash differently, in the order of their fields; nil when
// there is none. They are no breach of the format, and here the specification's text is followed to the letter. But
// where one occurs, a content hash or event ID that does not agree may be a difference of opinion, not a change on
// the way.
func (e *Event) Disputed() []Problem {
	var found []Problem
	for _, key := range []string{"age_ts", "destinations"} {
		found = e.disputed(found, key, leftOut)
	}
	if e.typ == "m.room.member" && e.version.redaction.signedInvite {
		invite, _ := e.Content("third_party_invite")
		if _, signed := find(invite, "signed"); !signed && len(invite) > 0 && invite[0] == '{' {
			found = append(found, Problem{Field: "/content/third_party_invite",
				Why: "lacks signed: Synapse's redaction keeps it, empty, as here; mautrix-go's drops it and gets another event ID"})
		}
	}
	if e.version.IDs != IDChosen {
		found = e.disputed(found, "event_id",
			"redaction keeps it here, as its list says; gomatrixserverlib leaves it out of every hash and gets another event ID")
	}
	found = e.disputed(found, "outlier", leftOut)
	if e.version.RoomIDIsCreate && e.typ == "m.room.create" {
		found = e.disputed(found, "room_id", "redaction keeps it, here and in gomatrixserverlib; Synapse's drops it and "+
			"gets another event ID")
	}
	return found
}

const leftOut = "is covered by the content hash here; Synapse and gomatrixserverlib leave it out"

func (e *Event) disputed(found []Problem, key, why string) []Problem {
	if _, ok := e.Field(key); !ok {
		return found
	}
	return append(found, Problem{Field: "/" + key, Why: why})
}
