package event

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// What each version keeps of content, by type, written out from the room versions' redaction sections, not from the
// table under test. Keys are in canonical order; "third_party_invite" stands for its signed alone.
var keptContent = map[string]map[string][]string{
	"1-5": {
		"m.room.member":     {"membership"},
		"m.room.create":     {"creator"},
		"m.room.join_rules": {"join_rule"},
		"m.room.power_levels": {"ban", "events", "events_default", "kick", "redact", "state_default", "users",
			"users_default"},
		"m.room.aliases":            {"aliases"},
		"m.room.history_visibility": {"history_visibility"},
	},
	"6-7": {
		"m.room.member":     {"membership"},
		"m.room.create":     {"creator"},
		"m.room.join_rules": {"join_rule"},
		"m.room.power_levels": {"ban", "events", "events_default", "kick", "redact", "state_default", "users",
			"users_default"},
		"m.room.history_visibility": {"history_visibility"},
	},
	"8": {
		"m.room.member":     {"membership"},
		"m.room.create":     {"creator"},
		"m.room.join_rules": {"allow", "join_rule"},
		"m.room.power_levels": {"ban", "events", "events_default", "kick", "redact", "state_default", "users",
			"users_default"},
		"m.room.history_visibility": {"history_visibility"},
	},
	"9-10": {
		"m.room.member":     {"join_authorised_via_users_server", "membership"},
		"m.room.create":     {"creator"},
		"m.room.join_rules": {"allow", "join_rule"},
		"m.room.power_levels": {"ban", "events", "events_default", "kick", "redact", "state_default", "users",
			"users_default"},
		"m.room.history_visibility": {"history_visibility"},
	},
	"11-12": {
		"m.room.member":     {"join_authorised_via_users_server", "membership", "third_party_invite"},
		"m.room.create":     allContent,
		"m.room.join_rules": {"allow", "join_rule"},
		"m.room.power_levels": {"ban", "events", "events_default", "invite", "kick", "redact", "state_default",
			"users", "users_default"},
		"m.room.history_visibility": {"history_visibility"},
		"m.room.redaction":          {"redacts"},
	},
}

var allContent = []string{
	"aliases", "allow", "ban", "creator", "displayname", "events", "events_default", "history_visibility", "invite",
	"join_authorised_via_users_server", "join_rule", "kick", "membership", "notifications", "redact", "redacts",
	"room_version", "state_default", "third_party_invite", "topic", "users", "users_default",
}

func rowOf(versionID string) map[string][]string {
	for row, kept := range keptContent {
		from, to, ranged := strings.Cut(row, "-")
		if !ranged {
			to = from
		}
		var n, lo, hi int
		fmt.Sscan(versionID, &n)
		fmt.Sscan(from, &lo)
		fmt.Sscan(to, &hi)
		if lo <= n && n <= hi {
			return kept
		}
	}
	return nil
}

func TestRedactionKeepsContent(t *testing.T) {
	types := []string{
		"m.room.member", "m.room.create", "m.room.join_rules", "m.room.power_levels", "m.room.aliases",
		"m.room.history_visibility", "m.room.redaction", "m.room.message", "m.room.third_party_invite", "m.room.topic",
		"org.example", "",
	}
	value := func(key string) string {
		if key == "third_party_invite" {
			return `{"display_name":"d","signed":{"mxid":"@b:b","token":"t"}}`
		}
		return `["` + key + `",{}]`
	}
	var members []string
	for _, key := range slices.Backward(allContent) { // unsorted, and with white space: nothing to copy as it stands
		members = append(members, fmt.Sprintf("%q : %s", key, value(key)))
	}
	content := "{" + strings.Join(members, ", ") + "}"
	for _, v := range Versions() {
		for _, typ := range types {
			kept := rowOf(v.ID)[typ]
			var want []string
			for _, key := range kept {
				is := value(key)
				if key == "third_party_invite" && typ == "m.room.member" {
					is = `{"signed":{"mxid":"@b:b","token":"t"}}`
				}
				want = append(want, fmt.Sprintf("%q:%s", key, is))
			}
			for _, spelled := range []string{content, strings.ReplaceAll(content, " ", "")} {
				e := parse(t, v, fmt.Sprintf(`{"type":%q,"content":%s}`, typ, spelled))
				got, _ := e.Redacted().Field("content")
				if string(got) != "{"+strings.Join(want, ",")+"}" {
					t.Errorf("v%s %s: content\n%s, want\n%s", v.ID, typ, got, want)
				}
			}
			for _, key := range allContent {
				if got := v.Protects(typ, "content", key); got != slices.Contains(kept, key) {
					t.Errorf("v%s Protects(%s, content, %s) = %v", v.ID, typ, key, got)
				}
			}
		}
	}
}

func TestRedactionKeepsTopLevel(t *testing.T) {
	always := []string{"event_id", "type", "room_id", "sender", "state_key", "content", "hashes", "signatures", "depth",
		"prev_events", "auth_events", "origin_server_ts"}
	untilV10 := []string{"origin", "membership", "prev_state"}
	never := []string{"redacts", "age_ts", "replaces_state", "prev_content", "user_id", "Type", "content ", ""}
	for i, v := range Versions() {
		var members, want []string
		add := func(key string, kept bool) {
			value := `["` + key + `"]`
			if key == "content" {
				value = "{}"
			}
			members = append(members, fmt.Sprintf("%q:%s", key, value))
			if kept {
				want = append(want, fmt.Sprintf("%q:%s", key, value))
			}
			if key != "unsigned" {
				if got := v.Protects("m.room.message", key); got != kept {
					t.Errorf("v%s Protects(%q) = %v", v.ID, key, got)
				}
			}
		}
		for _, key := range never {
			add(key, false)
		}
		for _, key := range untilV10 {
			add(key, i+1 <= 10)
		}
		for _, key := range always {
			add(key, true)
		}
		add("unsigned", true)
		slices.Sort(want)
		e := parse(t, v, "{"+strings.Join(members, ",")+"}")
		if got := string(e.Redacted().Raw()); got != "{"+strings.Join(want, ",")+"}" {
			t.Errorf("v%s: got %s\nwant {%s}", v.ID, got, strings.Join(want, ","))
		}
		want = slices.DeleteFunc(want, func(m string) bool {
			return strings.HasPrefix(m, `"unsigned"`) || strings.HasPrefix(m, `"signatures"`)
		})
		if got := string(e.SignedBytes()); got != "{"+strings.Join(want, ",")+"}" {
			t.Errorf("v%s: signed %s", v.ID, got)
		}
	}
}

func TestRedactionOfOddContent(t *testing.T) {
	for _, c := range []struct{ name, versions, in, want string }{
		{"third_party_invite without signed stays, empty", "11 12",
			`{"type":"m.room.member","content":{"membership":"invite","third_party_invite":{"display_name":"d"}}}`,
			`{"membership":"invite","third_party_invite":{}}`},
		{"third_party_invite empty", "11 12", `{"type":"m.room.member","content":{"third_party_invite":{}}}`,
			`{"third_party_invite":{}}`},
		{"third_party_invite no object", "11 12", `{"type":"m.room.member","content":{"third_party_invite":["signed"]}}`,
			`{}`},
		{"third_party_invite before v11", "1 9 10",
			`{"type":"m.room.member","content":{"third_party_invite":{"signed":{}}}}`, `{}`},
		{"signed in full", "11", `{"type":"m.room.member","content":{"third_party_invite":{"signed":{"z":[1, 2],"a":{"signed":1,"x":2}},"x":1}}}`, `{"third_party_invite":{"signed":{"a":{"signed":1,"x":2},"z":[1,2]}}}`},
		{"signed in another event", "11", `{"type":"m.room.name","content":{"third_party_invite":{"signed":{}}}}`, `{}`},
		{"content no object", "1 11", `{"type":"m.room.member","content":["membership"]}`, `{}`},
		{"content no object in create", "11", `{"type":"m.room.create","content":"x"}`, `{}`},
		{"create in full", "11 12", `{"type":"m.room.create","content":{"z":{"b":1,"a":2},"a":[ ]}}`,
			`{"a":[],"z":{"a":2,"b":1}}`},
		{"values in full", "1", `{"type":"m.room.power_levels","content":{"users":{"@b:b":1,"@a:a":2},"x":1}}`,
			`{"users":{"@a:a":2,"@b:b":1}}`},
		{"keys by text", "1", `{"type":"m.room.member","content":{"member\u0073hip":"join","Membership":"x"}}`,
			`{"membership":"join"}`},
		{"type by text", "1", `{"type":"m.room.memb\u0065r","content":{"membership":"join"}}`, `{"membership":"join"}`},
		{"type no string", "1", `{"type":["m.room.member"],"content":{"membership":"join"}}`, `{}`},
		{"no type", "1", `{"content":{"membership":"join"}}`, `{}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, id := range strings.Fields(c.versions) {
				e := parse(t, version(t, id), c.in)
				got, ok := e.Redacted().Field("content")
				if !ok || string(got) != c.want {
					t.Errorf("v%s: content %s, want %s", id, got, c.want)
				}
				if !strings.Contains(string(e.SignedBytes()), `"content":`+c.want) {
					t.Errorf("v%s: signed %s", id, e.SignedBytes())
				}
			}
		})
	}
	if got := string(parse(t, version(t, "1"), `{"type":"x"}`).Redacted().Raw()); got != `{"type":"x"}` {
		t.Errorf("content came from nowhere: %s", got)
	}
}

func TestProtectsPaths(t *testing.T) {
	v10, v11 := version(t, "10"), version(t, "11")
	for _, c := range []struct {
		v    *Version
		typ  string
		path []string
		want bool
	}{
		{v11, "m.room.member", []string{"content", "third_party_invite", "signed"}, true},
		{v11, "m.room.member", []string{"content", "third_party_invite", "display_name"}, false},
		{v10, "m.room.member", []string{"content", "third_party_invite", "signed"}, false},
		{v11, "m.room.create", []string{"content", "anything", "at", "all"}, true},
		{v10, "m.room.create", []string{"content", "room_version"}, false},
		{v10, "m.room.member", nil, false},
	} {
		if got := c.v.Protects(c.typ, c.path...); got != c.want {
			t.Errorf("v%s Protects(%s, %q) = %v", c.v.ID, c.typ, c.path, got)
		}
	}
}

// A type that redaction treats specially is found by its interned name.
func TestKnownTypesCoverRedaction(t *testing.T) {
	for _, v := range Versions() {
		for typ, keys := range v.redaction.content {
			if knownTypes[typ] != typ {
				t.Errorf("v%s redacts %s, which is not interned", v.ID, typ)
			}
			if !slices.IsSorted(keys) && typ != "m.room.power_levels" {
				t.Errorf("v%s %s: %q", v.ID, typ, keys)
			}
		}
	}
}
