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
	v := t.RoomVersion
	b := &Build{
		Membership:     membership,
		Template:       t.Seq,
		RoomVersion:    v.ID,
		Origin:         id.ServerName,
		OriginServerTS: signedAt(now),
		KeyID:          id.Key.ID,
		VerifyKey:      event.EncodeBase64(id.Key.Public()),
	}
	set := []event.Member{
		{Key: "origin_server_ts", Value: strconv.AppendInt(nil, b.OriginServerTS, 10)},
	}
	drop := []string{"signatures", "hashes", "unsigned"}
	if setsOrigin(v) {
		set = append(set, event.Member{Key: "origin", Value: event.Quote(id.ServerName)})
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
	hashed, err := event.Hash(v, filled)
	if err != nil {
		return nil, fmt.Errorf("hash the event: %w", err)
	}
	signed, err := hashed.Sign(id.ServerName, id.Key)
	if err != nil {
		return nil, fmt.Errorf("sign the event: %w", err)
	}
	b.EventID, b.Event = signed.ID(), signed.Raw()
	return b, nil
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
