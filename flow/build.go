package flow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/verify"
)

// MakeEvent makes the event of a protoevent: the fields the joining server answers for are set, what a template
// has no business carrying is dropped, everything else stays as it came; then it is hashed and signed. eventID is used
// in versions 1 and 2 only, where the joining server names its event.
// Spec: server-server, Joining Rooms; Signing Events.
func MakeEvent(
	t *verify.Template, membership string, id *client.Identity, now time.Time, eventID string,
) (*Build, error) {
	filled, err := FillIn(t, id.ServerName, now, eventID)
	if err != nil {
		return nil, err
	}
	signed, err := SealEvent(t.RoomVersion, filled, id, Sealing{}, nil)
	if err != nil {
		return nil, err
	}
	return NewBuild(t, membership, id, signed), nil
}

// NewBuild tells of an event that was made of a protoevent.
func NewBuild(t *verify.Template, membership string, id *client.Identity, made *event.Event) *Build {
	return &Build{
		Membership:     membership,
		Template:       t.Seq,
		RoomVersion:    t.RoomVersion.ID,
		Origin:         id.ServerName,
		OriginServerTS: made.OriginServerTS(),
		KeyID:          id.Key.ID,
		VerifyKey:      event.EncodeBase64(id.Key.Public()),
		EventID:        made.ID(),
		Event:          made.Raw(),
	}
}

// FillIn makes the event of a protoevent as it is before it is hashed and signed: see MakeEvent.
func FillIn(t *verify.Template, server string, now time.Time, eventID string) ([]byte, error) {
	v := t.RoomVersion
	set := []event.Member{
		{Key: "origin_server_ts", Value: strconv.AppendInt(nil, signedAt(now), 10)},
	}
	drop := []string{"signatures", "hashes", "unsigned"}
	if setsOrigin(v) {
		set = append(set, event.Member{Key: "origin", Value: event.Quote(server)})
	}
	if v.IDs == event.IDChosen {
		set = append(set, event.Member{Key: "event_id", Value: event.Quote(eventID)})
	} else {
		drop = append(drop, "event_id")
	}
	filled, err := event.Edit(t.Event, set, drop...)
	if err != nil {
		return nil, fmt.Errorf("fill in the protoevent: %w", err)
	}
	return filled, nil
}

// setsOrigin reports whether the joining server puts its name into the event. Versions 1 to 10 protect the field from
// redaction, so it counts towards the event ID; from version 11 on nothing asks for it.
func setsOrigin(v *event.Version) bool {
	return slices.Contains([]string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}, v.ID)
}

// NewEventID makes an event ID of versions 1 and 2: an opaque part that nobody used before, and our server name.
func NewEventID(random []byte, server string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	name := make([]byte, len(random))
	for i, b := range random {
		name[i] = alphabet[int(b)%len(alphabet)]
	}
	return "$" + string(name) + ":" + server
}

// JSONObject writes an object of string members, in the order given. What is not UTF-8 is replaced.
func JSONObject(pairs ...string) []byte {
	b := []byte{'{'}
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, event.Quote(pairs[i])...), ':'),
			event.Quote(strings.ToValidUTF8(pairs[i+1], "\uFFFD"))...)
	}
	return append(b, '}')
}

// signedAt is the origin_server_ts of an event signed at now: milliseconds since the epoch.
func signedAt(now time.Time) int64 { return now.UnixMilli() }
