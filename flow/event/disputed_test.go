package event

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDisputed(t *testing.T) {
	for _, c := range []struct{ versions, raw, fields string }{
		{"1 3 12", `{"type":"m.room.member","content":{"membership":"join"},"unsigned":{"age_ts":1},"room_id":"!r"}`, ""},
		{"1 3 12", `{"outlier":true,"age_ts":1,"destinations":[]}`, "/age_ts /destinations /outlier"},
		{"1 2", `{"event_id":"$x:y"}`, ""},
		{"3 12", `{"event_id":"$x:y"}`, "/event_id"},
		{"11", `{"type":"m.room.create","room_id":"!r:x"}`, ""},
		{"12", `{"type":"m.room.create","room_id":"!r:x"}`, "/room_id"},
		{"10", `{"type":"m.room.member","content":{"third_party_invite":{}}}`, ""},
		{"11 12", `{"type":"m.room.member","content":{"third_party_invite":{}}}`, "/content/third_party_invite"},
		{"11 12", `{"type":"m.room.member","content":{"third_party_invite":{"signed":{}}}}`, ""},
		{"11 12", `{"type":"m.room.member","content":{"third_party_invite":[]}}`, ""},
		{"11 12", `{"type":"m.room.name","content":{"third_party_invite":{}}}`, ""},
		{"12", `{"event_id":"","type":"m.room.create","room_id":"","outlier":0}`, "/event_id /outlier /room_id"},
	} {
		for _, id := range strings.Fields(c.versions) {
			fields := []string{}
			for _, d := range parse(t, version(t, id), c.raw).Disputed() {
				fields = append(fields, d.Field)
			}
			if diff := cmp.Diff(strings.Fields(c.fields), fields); diff != "" {
				t.Errorf("v%s %s: %s", id, c.raw, diff)
			}
		}
	}
}
