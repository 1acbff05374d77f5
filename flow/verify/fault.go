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

// What its hosts find about the requests of a joining server.
const (
	AuthorizationMissing   Fault = "authorization-missing"   // no Authorization header
	AuthorizationOther     Fault = "authorization-other"     // of another scheme
	AuthorizationMalformed Fault = "authorization-malformed" // X-Matrix that cannot be read
	DestinationMissing     Fault = "destination-missing"     //
	DestinationOther       Fault = "destination-other"       // it names another server
	UserOfAnother          Fault = "user-of-another-server"  //
	ContentTypeMissing     Fault = "content-type-missing"    //
	ContentTypeOther       Fault = "content-type-other"      // it is not application/json
	OldEndpointFirst       Fault = "old-endpoint-first"      // v1, though nobody said that v2 is unknown
	OldEndpointAfter       Fault = "old-endpoint-after"      // v1, after an answer that does not mean that v2 is unknown
	EscapedTwice           Fault = "escaped-twice"           //
	EscapesMissing         Fault = "escapes-missing"         // a byte that cannot stand in a path as it is
	OtherRoom              Fault = "other-room"              //
	NoVersions             Fault = "no-versions"             // none offered, which means version 1
	VersionNotOffered      Fault = "version-not-offered"     //
	VersionTwice           Fault = "version-twice"           //
)

// What they find about the event that it made.
const (
	NotOurJoin     Fault = "not-the-join"         // another user, type, membership or state key than was asked for
	FieldChanged   Fault = "field-changed"        // a field of the template that had to stay
	FieldRemoved   Fault = "field-removed"        // likewise
	FieldAdded     Fault = "field-added"          // what no template gives and no joining server has to add
	FieldOtherName Fault = "field-of-another"     // origin, or the domain of event_id, is another server's
	EscapedOddly   Fault = "spelled-otherwise"    // right, but not spelled as unpadded base64
	NoHash         Fault = "no-hash"              //
	KeyUnavailable Fault = "key-document-not-had" // its key document could not be had
	ClockAhead     Fault = "clock-ahead"          //
	ClockBehind    Fault = "clock-behind"         //
	TemplateReused Fault = "template-time-kept"   // origin_server_ts is the template's
)

// Why a hash, a signature or an event ID is not the right one, where working it out in another way gives what the event
// has.
const (
	OverUnsigned     Fault = "over-unsigned"      // unsigned was left in
	OverSignatures   Fault = "over-signatures"    // signatures were left in
	OverEventID      Fault = "over-event-id"      // with an event_id, which the event does not carry
	OverTemplate     Fault = "over-template"      // with a field as the template had it: it was changed afterwards
	OverLess         Fault = "over-less"          // without a field: that was added afterwards
	OverRedacted     Fault = "over-redacted"      // the redacted event, where the whole one was meant
	OverWhole        Fault = "over-whole"         // the whole event, where the redacted one was meant
	OverOtherVersion Fault = "over-other-version" // as another room version redacts it
	OverNoHashes     Fault = "over-no-hashes"     // without hashes: before the event was hashed
	OverOtherHash    Fault = "over-other-hash"    // with the content hash that is right: that was changed afterwards
	OverSpelling     Fault = "over-spelling"      // bytes that are not canonical JSON
	OtherKeyID       Fault = "other-key-id"       // with another key that is published
	OtherAlphabet    Fault = "other-alphabet"     // the right one, in the other base64 alphabet, padded, or in hex
	ContentHashAsID  Fault = "content-hash-as-id" // the content hash in place of the reference hash
)

// What they find about what it did with their answers.
const (
	TookBadAnswer    Fault = "took-bad-answer"
	RefusedGood      Fault = "refused-good-answer"
	KeysNotAsked     Fault = "keys-not-asked"
	SentAgain        Fault = "sent-again"         // the same event, after a good answer
	SentAnotherEvent Fault = "sent-another-event" // another event, in place of the same
)
