package verify

// A Fault says what a check found where one check can find several things. Whoever decides by what was found asks the
// fault: the detail is a sentence for people. It is empty where the check's ID and outcome say it all.
type Fault string

// What checks of the protoevent find.
const (
	TemplateUnreadable   Fault = "template-unreadable"    // the answer is not an object
	ProtoeventMissing    Fault = "protoevent-missing"     // it has no event
	ProtoeventUnreadable Fault = "protoevent-unreadable"  // event is not an object
	VersionNoString      Fault = "room-version-no-string" // room_version is not a string
	VersionUnsaid        Fault = "room-version-unsaid"    // no room_version, and the references do not tell it either
	VersionUnknown       Fault = "room-version-unknown"   // a version that is not one of ours
)

// What checks of the answer as a whole find.
const (
	AnswerUnusable    Fault = "answer-unusable"      // it is not an object, or lacks what it has to hold
	AnswerOfOtherForm Fault = "answer-of-other-form" // it is in the form of the other endpoint
	CreateMissing     Fault = "create-missing"       // there is no create event at all
	CreateOutside     Fault = "create-not-in-state"  // it is in auth_chain only
	CreateTwice       Fault = "two-creates"          // there is more than one
	CreateDropped     Fault = "create-dropped"       // it has to be dropped, for its format, signature or room
	CreateRejected    Fault = "create-rejected"      // the rules about create events reject it
	OtherVersion      Fault = "other-room-version"   // it is of another version than make_join named
)

// RecordingRedacted is why a check cannot be made of a redacted recording: what it rests on, a signature, a hash or a
// key, was taken out. Such a check is not made; it neither passes nor fails.
const RecordingRedacted Fault = "recording-redacted"

// What checks of one event find.
const (
	Unreadable     Fault = "unreadable"          // it is no event, or cannot be read in one way only
	BadField       Fault = "bad-field"           // a field is not as the room version wants it
	TooLarge       Fault = "too-large"           // over the size limit, whatever is counted
	FieldTooLong   Fault = "field-too-long"      // a type, state key or ID is over its limit in bytes
	TooManyRefs    Fault = "too-many-references" // auth_events or prev_events hold more than they may
	NoInteger      Fault = "no-integer"          // a number that canonical JSON does not allow
	LargeUnsigned  Fault = "large-unsigned"      // over the size limit only with its unsigned part
	IDTaken        Fault = "id-taken"            // another event of the answer has its ID
	IDClaimed      Fault = "id-claimed"          // it claims another ID than its hash makes
	NoStateEvent   Fault = "no-state-event"      // it has no state_key, and is in a list of state events
	NullLevel      Fault = "null-level"          // a null among the power levels, in a version whose rules take it
	NameNoString   Fault = "name-no-string"      // a member's name or picture that is no string
	NulInText      Fault = "nul-in-text"         // a NUL in a name or a topic
	Redacted       Fault = "redacted"            // what is there is what redaction leaves of the event
	Altered        Fault = "altered"             // it is not what was hashed, and no redaction explains that
	Unsigned       Fault = "unsigned"            // a server that must sign has not
	BadSignature   Fault = "bad-signature"       // a signature does not verify
	KeyUnpublished Fault = "key-unpublished"     // signed with a key that its server does not publish
	KeyExpired     Fault = "key-expired"         // signed with a key that was not valid then
	KeysUnknown    Fault = "keys-unknown"        // nobody gave us the keys of its server
	RuleRejects    Fault = "rejected-by-rule"    // an authorisation rule rejects it
	RestsOnDropped Fault = "rests-on-dropped"    // it rests on an event that has to be dropped
	RestsOnUnknown Fault = "rests-on-unproven"   // it rests on an event that nothing proves
	RestsOnMissing Fault = "rests-on-missing"    // it rests on an event that is not there
)

// What checks of the join that came back find. What they share with other events has the names above.
const (
	NotReturned      Fault = "not-returned"       // none came back, and an authoriser's signature had to
	NotCosigned      Fault = "not-cosigned"       // the server that let the user in has not signed it, or not validly
	OtherEvent       Fault = "other-event"        // it is another event than the one sent
	OwnSignatureGone Fault = "own-signature-gone" // our own signature is not on it, or does not verify any more
)
