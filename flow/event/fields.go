package event

// A field is a top-level key of an event that some rule names; anyField stands for the rest.
type field uint8

const (
	anyField field = iota
	fieldAuthEvents
	fieldContent
	fieldDepth
	fieldEventID
	fieldHashes
	fieldMembership
	fieldOrigin
	fieldOriginServerTS
	fieldPrevEvents
	fieldPrevState
	fieldRoomID
	fieldSender
	fieldSignatures
	fieldStateKey
	fieldType
	fieldUnsigned
)

var fieldNames = [...]string{
	fieldAuthEvents:     "auth_events",
	fieldContent:        "content",
	fieldDepth:          "depth",
	fieldEventID:        "event_id",
	fieldHashes:         "hashes",
	fieldMembership:     "membership",
	fieldOrigin:         "origin",
	fieldOriginServerTS: "origin_server_ts",
	fieldPrevEvents:     "prev_events",
	fieldPrevState:      "prev_state",
	fieldRoomID:         "room_id",
	fieldSender:         "sender",
	fieldSignatures:     "signatures",
	fieldStateKey:       "state_key",
	fieldType:           "type",
	fieldUnsigned:       "unsigned",
}

func (f field) String() string { return fieldNames[f] }

func fieldOf(key []byte) field {
	switch string(key) {
	case "auth_events":
		return fieldAuthEvents
	case "content":
		return fieldContent
	case "depth":
		return fieldDepth
	case "event_id":
		return fieldEventID
	case "hashes":
		return fieldHashes
	case "membership":
		return fieldMembership
	case "origin":
		return fieldOrigin
	case "origin_server_ts":
		return fieldOriginServerTS
	case "prev_events":
		return fieldPrevEvents
	case "prev_state":
		return fieldPrevState
	case "room_id":
		return fieldRoomID
	case "sender":
		return fieldSender
	case "signatures":
		return fieldSignatures
	case "state_key":
		return fieldStateKey
	case "type":
		return fieldType
	case "unsigned":
		return fieldUnsigned
	}
	return anyField
}

// A fieldSet is a set of top-level keys.
type fieldSet uint32

func setOf(fields ...field) (s fieldSet) {
	for _, f := range fields {
		s |= 1 << f
	}
	return s
}

func (s fieldSet) has(f field) bool { return s>>f&1 == 1 }
