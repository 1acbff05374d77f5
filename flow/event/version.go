package event

import "slices"

// A Version is one row of the room version table: what decides how an event of that version is read.
// Spec: room versions 1 to 12.
type Version struct {
	ID              string    // "1" … "12"; opaque, never compared as a number
	IDs             IDForm    // how an event gets its ID
	HashPairs       bool      // v1–2: auth_events and prev_events are [id, {"sha256": …}] pairs
	StrictJSON      bool      // v6+: canonical JSON enforced on receipt
	KeyValidity     bool      // v5+: a key must be valid at origin_server_ts
	PowerLevels     PowerForm // how power levels are read
	Knock           bool      // v7+
	Restricted      bool      // v8+
	KnockRestricted bool      // v10+
	CreatorField    bool      // v1–10: create has content.creator
	// v12: the room ID is the create event's reference hash; create not in auth_events; creators outrank all
	RoomIDIsCreate   bool
	RedactsInContent bool // v11+

	redaction *redaction
}

// An IDForm says where an event's ID comes from and how it is spelled.
type IDForm int

const (
	IDChosen    IDForm = iota // v1–2: event_id is a field, chosen by the sender's server
	IDStdBase64               // v3: "$" and the reference hash in standard base64
	IDURLSafe                 // v4+: "$" and the reference hash in URL-safe base64
)

// A PowerForm says which spellings of a power level count as a number.
type PowerForm int

const (
	PowerLoose    PowerForm = iota // v1–5: integers, integer strings, floats truncated
	PowerStrings                   // v6–9: integers, integer strings
	PowerIntegers                  // v10+
)

// versions is written as what each version added to the one before it.
var versions = func() []*Version {
	v1 := Version{ID: "1", HashPairs: true, CreatorField: true, redaction: redactionV1}
	all := []*Version{&v1}
	next := func(id string, change func(v *Version)) {
		v := *all[len(all)-1]
		v.ID = id
		change(&v)
		all = append(all, &v)
	}
	next("2", func(*Version) {}) // state resolution alone
	next("3", func(v *Version) { v.IDs, v.HashPairs = IDStdBase64, false })
	next("4", func(v *Version) { v.IDs = IDURLSafe })
	next("5", func(v *Version) { v.KeyValidity = true })
	next("6", func(v *Version) { v.StrictJSON, v.PowerLevels, v.redaction = true, PowerStrings, redactionV6 })
	next("7", func(v *Version) { v.Knock = true })
	next("8", func(v *Version) { v.Restricted, v.redaction = true, redactionV8 })
	next("9", func(v *Version) { v.redaction = redactionV9 })
	next("10", func(v *Version) { v.KnockRestricted, v.PowerLevels = true, PowerIntegers })
	next("11", func(v *Version) { v.CreatorField, v.RedactsInContent, v.redaction = false, true, redactionV11 })
	next("12", func(v *Version) { v.RoomIDIsCreate = true })
	return all
}()

// Lookup returns the version with that ID; false when it is not one of 1 to 12.
func Lookup(id string) (*Version, bool) {
	for _, v := range versions {
		if v.ID == id {
			return v, true
		}
	}
	return nil, false
}

// Versions returns all versions in order, "1" first.
func Versions() []*Version { return slices.Clone(versions) }

// maxDepth is the largest depth an event may have. Spec: room versions 1 and 6, event format.
func (v *Version) maxDepth() int64 {
	if v.StrictJSON {
		return maxInteger
	}
	return 1<<63 - 1
}
