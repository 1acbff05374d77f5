//go:build goexperiment.jsonv2

package opinion

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"doorstep/flow/event"
)

func raw(text string) json.RawMessage { return json.RawMessage(text) }

func formatMutations() (list []mutation) {
	values := []struct{ name, text string }{
		{"missing", ""}, {"null", `null`}, {"a number", `7`}, {"a string", `"x"`}, {"an object", `{}`}, {"a list", `[]`},
		{"true", `true`}, {"a list of a number", `[7]`},
	}
	for _, field := range []string{"type", "sender", "room_id", "content", "depth", "origin_server_ts", "prev_events",
		"auth_events", "state_key",
		"unsigned", "redacts", "origin", "prev_state", "membership", "event_id", "age_ts", "outlier", "destinations", "_key", "unknown"} {
		for _, value := range values {
			fields := object{field: raw(value.text)}
			if value.text == "" {
				fields[field] = nil
			}
			list = append(list, mutation{name: field + " is " + value.name, make: message(fields)})
		}
	}
	for name, sender := range map[string]string{
		"without colon": "@bob", "without sigil": "bob:b.example", "of no server": "@bob:",
		"without localpart":  "@:b.example",
		"of no valid server": "@bob:b_example", "in capitals": "@Bob:b.example", "with a NUL": "@b\x00b:b.example",
		"with a space":     "@b b:b.example",
		"in other letters": "@bób:b.example", "of an IPv6 server": "@bob:[::1]:8448",
		"of 255 bytes":                 "@" + strings.Repeat("b", 244) + ":b.example",
		"of 256 bytes":                 "@" + strings.Repeat("b", 245) + ":b.example",
		"of 255 letters in more bytes": "@" + strings.Repeat("é", 244) + ":b.example",
	} {
		list = append(list, mutation{name: "sender " + name, make: message(object{"sender": sender})})
	}
	for name, id := range map[string]string{
		"of another room": "!other:a.example", "without sigil": "room:a.example", "without colon": "!room",
		"of no server": "!room:",
		"empty":        "", "of 256 bytes": "!" + strings.Repeat("r", 245) + ":a.example",
	} {
		list = append(list, mutation{name: "room_id " + name, make: message(object{"room_id": id})})
	}
	for _, n := range []int{0, 1, 255, 256} {
		list = append(list,
			mutation{name: fmt.Sprintf("type of %d bytes", n), make: message(object{"type": strings.Repeat("t", n)})},
			mutation{name: fmt.Sprintf("state_key of %d bytes", n), make: named(object{"state_key": strings.Repeat("k", n)})})
	}
	list = append(list,
		mutation{name: "type of 255 letters in 510 bytes", make: message(object{"type": strings.Repeat("é", 255)})},
		mutation{name: "state_key of 255 letters in 510 bytes", make: named(object{"state_key": strings.Repeat("é", 255)})},
	)
	for _, n := range []int{20, 21} {
		list = append(list, mutation{name: fmt.Sprintf("%d prev_events", n), make: func(r *room) draft {
			return draft{typ: "m.room.message", sender: bob, content: object{}, prevEvents: someIDs(n)}
		}})
	}
	for _, n := range []int{10, 11} {
		list = append(list, mutation{name: fmt.Sprintf("%d auth_events", n), make: func(r *room) draft {
			return draft{typ: "m.room.message", sender: bob, content: object{}, authEvents: someIDs(n)}
		}})
	}
	for _, field := range []string{"prev_events", "auth_events"} {
		list = append(list,
			mutation{name: field + " in the other form", make: func(r *room) draft {
				var other any = []any{[]any{"$x:a.example", object{"sha256": "abc"}}}
				if r.version.HashPairs {
					other = []string{"$x:a.example"}
				}
				return message(object{field: other})(r)
			}},
			mutation{name: field + " holds pairs with more", make: func(r *room) draft {
				return message(object{field: []any{[]any{"$x:a.example", object{"sha256": "abc", "md5": "x"}, 1}}})(r)
			}},
			mutation{name: field + " holds an empty ID", make: message(object{field: []string{""}})})
	}
	for name, hash := range map[string]string{"without a hash": `{}`, "with part of the ID": `{"sha256":"abcd"}`,
		"with more": `{"sha256":"AAAA","md5":"x"}`} {
		list = append(list, mutation{name: "pairs " + name, make: func(r *room) draft {
			d := message(nil)(r)
			if r.version.HashPairs {
				d.fields = object{"auth_events": pairs(r.build(d).AuthEvents(), hash), "prev_events": pairs(r.latest, hash)}
			}
			return d
		}})
	}
	for _, size := range []int{65536, 65537} {
		list = append(list, mutation{name: fmt.Sprintf("event of %d bytes", size), make: func(r *room) draft {
			d := draft{typ: "m.room.message", sender: bob, content: object{"body": ""}}
			body := strings.Repeat("x", size-len(r.build(d).CanonicalBytes()))
			return draft{typ: "m.room.message", sender: bob, content: object{"body": body}}
		}})
	}
	return list
}

// pairs are references of versions 1 and 2 with that object in place of the hash.
func pairs(ids []string, hash string) (list []any) {
	for _, id := range ids {
		list = append(list, []any{id, raw(hash)})
	}
	return list
}

// named is a state event of alice's.
func named(fields object) func(*room) draft {
	return func(*room) draft {
		d := state("m.room.name", alice, "", object{"name": "x"})
		d.fields = fields
		return d
	}
}

func someIDs(n int) (ids []string) {
	for i := range n {
		ids = append(ids, fmt.Sprintf("$%043d", i))
	}
	return ids
}

func numberMutations() (list []mutation) {
	numbers := []string{"0", "-0", "1.0", "1.5", "-1.5", "1e3", "1E3", "1e-3", "0.0", "0e0", "-1", "9007199254740991",
		"9007199254740992", "-9007199254740991", "-9007199254740992",
		"9223372036854775807", "9223372036854775808", "100000000000000000000", "1e400", "1.7976931348623157e308", "5e-324", "123456789012345678.5"}
	for _, n := range numbers {
		list = append(list,
			mutation{name: "content holds " + n, make: saying(`{"body":"x","n":` + n + `}`)},
			mutation{name: "depth is " + n, make: message(object{"depth": raw(n)})},
			mutation{name: "origin_server_ts is " + n, make: message(object{"origin_server_ts": raw(n)})},
			mutation{name: "kept content holds " + n, make: always(state("m.room.power_levels", alice, "",
				raw(`{"users":{"`+bob+`":50},"events":{"x":`+n+`}}`)))})
	}
	return list
}

func textMutations() (list []mutation) {
	texts := map[string]string{
		"is empty": ``, "has a solidus": `/`, "has an escaped solidus": `\/`, "has an escaped letter": `\u0041`,
		"has quotes": `\"`, "has escaped quotes": `\u0022`,
		"has a backslash": `\\`, "has an escaped backslash": `\u005c`, "has a newline": `\n`,
		"has an escaped newline": `\u000a`, "has an escaped BEL": `\u0007`,
		"has an escaped ESC in capitals": `\u001B`, "has an escaped NUL": `\u0000`, "has a DEL": "\x7f",
		"has a line separator": "\u2028", "has an escaped line separator": `\u2028`,
		"has <>&": `<>&`, "has escaped <>&": `\u003c\u003E\u0026`, "has an emoji": "😀",
		"has an escaped emoji": `\ud83d\ude00`, "has a private letter": "\ue000",
		"has a noncharacter": "\uffff", "has a replacement letter": "\ufffd", "has a combining letter": "e\u0301",
		"has a byte order mark": "\ufeff",
		"has a dot":             `a.b`, "has a star": `a*`, "has a question mark": `a?`, "has a hash": `#`, "has an at": `@x`,
		"is a number": `0`, "has a colon": `:1`, "has a pipe": `a|b`,
		"has an escaped dot": `a\\.b`, "has a bang": `!x`, "is -1": `-1`,
	}
	for _, name := range sortedKeys(texts) {
		text := texts[name]
		list = append(list,
			mutation{name: "a string " + name, make: saying(`{"body":"` + text + `"}`)},
			mutation{name: "a key " + name, make: saying(`{"` + text + `":1,"zz":2,"AA":3,"` + "\U00010000" + `":4,"` +
				"\uf000" + `":5}`)},
			mutation{name: "a kept key " + name, make: always(state("m.room.power_levels", alice, "",
				raw(`{"users":{"`+bob+`":50},"events":{"`+text+`":1,"zz":2,"AA":3}}`)))})
	}
	list = append(list,
		mutation{name: "keys in another order", make: saying(`{"z":1,"b":{"y":1,"x":2},"a":[{"d":1,"c":2}]}`)},
		mutation{name: "blanks", make: saying(" {\n \"z\" : 1 ,\t\"a\" : [ 1 , 2 ] } ")},
		mutation{name: "literals", make: saying(`{"t":true,"f":false,"n":null,"l":[],"o":{},"ll":[[[]]]}`)},
		mutation{name: "deep nesting", make: saying(`{"d":` + strings.Repeat(`[`, 100) + strings.Repeat(`]`, 100) + `}`)},
		mutation{name: "a top-level key with a dot", make: message(object{"content.body": 1})},
		mutation{name: "a top-level key with a quote", make: message(object{`a"b`: 1})},
		mutation{name: "a state_key with escapes", make: named(object{"state_key": "\"\\\n\u0001"})},
	)
	return list
}

// redactionMutations have in the content of every event type that redaction knows all keys it knows, and one more.
func redactionMutations() (list []mutation) {
	content := `{"aliases":["#x:a.example"],"allow":[{"type":"m.room_membership","room_id":"!y:a.example"}],"ban":51,"creator":"` + alice + `",
		"events":{"m.room.name":52},"events_default":1,"history_visibility":"shared","invite":53,"join_authorised_via_users_server":"` + alice + `",
		"join_rule":"public","kick":54,"membership":"join","notifications":{"room":55},"redact":56,"redacts":"$x:a.example","reason":"r",
		"room_version":"%s","state_default":57,"third_party_invite":%s,"users":{"` + bob + `":50},"users_default":2,"unknown":{"a":1}}`
	signed := `{"display_name":"d","signed":{"mxid":"` + bob +
		`","token":"t","signatures":{"i.example":{"ed25519:0":"abc"}},"more":1}}`
	for _, typ := range []string{"m.room.create", "m.room.member", "m.room.join_rules", "m.room.power_levels",
		"m.room.aliases", "m.room.history_visibility",
		"m.room.redaction", "m.room.third_party_invite", "m.room.server_acl", "m.room.encryption", "m.room.message"} {
		list = append(list, mutation{name: typ + " with every key", make: func(r *room) draft {
			d := state(typ, alice, alice, raw(fmt.Sprintf(content, r.version.ID, signed)))
			d.fields = object{"origin": "a.example", "prev_state": []string{}, "membership": "join", "redacts": "$y:a.example",
				"unsigned": object{"age": 1}, "unknown": 1}
			return d
		}})
	}
	for name, value := range map[string]string{"without signed": `{"display_name":"d"}`,
		"whose signed is null": `{"signed":null}`, "whose signed is a string": `{"signed":"x","a":1}`,
		"that is null": `null`, "that is a list": `[]`, "that is a string": `"x"`} {
		list = append(list, mutation{name: "third_party_invite " + name, make: func(r *room) draft {
			return state("m.room.member", bob, bob, raw(`{"membership":"join","third_party_invite":`+value+`}`))
		}})
	}
	for _, value := range []string{`null`, `7`, `{}`, `[]`, `"x"`, `true`} {
		list = append(list,
			mutation{name: "join_authorised_via_users_server kept, is " + value,
				make: always(state("m.room.member", bob, bob,
					raw(`{"membership":"leave","join_authorised_via_users_server":`+value+`}`)))},
			mutation{name: "users is " + value, make: always(state("m.room.power_levels", alice, "",
				raw(`{"users":`+value+`}`)))},
			mutation{name: "events is " + value, make: always(state("m.room.power_levels", alice, "",
				raw(`{"events":`+value+`}`)))},
			mutation{name: "notifications is " + value,
				make: always(state("m.room.power_levels", alice, "", raw(`{"notifications":`+value+`}`)))})
	}
	list = append(list,
		mutation{name: "content with keys like paths",
			make: always(state("m.room.member", bob, bob,
				raw(`{"membership":"join","third_party_invite.signed":1,"membership.x":2}`)))},
		mutation{name: "numbers in kept content", make: always(state("m.room.create", alice, "",
			raw(`{"creator":"`+alice+`","room_version":"x","n":9007199254740991,"m.federate":true}`)))},
	)
	return list
}

func signatureMutations() (list []mutation) {
	replaceSignature := func(change func(sig string) any) func(*room, []byte) []byte {
		return func(r *room, raw []byte) []byte {
			e, err := event.Parse(r.version, raw)
			if err != nil {
				r.t.Fatal(err)
			}
			sig := e.Signatures()[0]
			return edit(r.t, raw, "signatures", object{sig.Server: object{sig.KeyID: change(sig.Base64)}})
		}
	}
	hello := message(nil)
	for name, change := range map[string]func(string) any{
		"padded":              func(s string) any { return s + "==" },
		"URL-safe":            func(s string) any { return strings.NewReplacer("+", "-", "/", "_").Replace(s) },
		"with stray low bits": func(s string) any { return s[:len(s)-1] + nextDigit(s[len(s)-1]) },
		"of another event":    func(s string) any { return "A" + s[1:len(s)-2] + "AA" },
		"empty":               func(string) any { return "" },
		"no base64":           func(string) any { return "!" },
		"a number":            func(string) any { return 7 },
		"too short":           func(s string) any { return s[:40] },
		"with a newline":      func(s string) any { return s[:20] + "\n" + s[20:] },
	} {
		list = append(list, mutation{name: "signature " + name, make: then(hello, replaceSignature(change))})
	}
	for name, change := range map[string]func(string) any{
		"padded": func(s string) any { return object{"sha256": s + "="} },
		"URL-safe": func(s string) any {
			return object{"sha256": strings.NewReplacer("+", "-", "/", "_").
				Replace(s)}
		},
		"with stray low bits":  func(s string) any { return object{"sha256": s[:len(s)-1] + nextDigit(s[len(s)-1])} },
		"wrong":                func(s string) any { return object{"sha256": "A" + s[1:42] + "A"} },
		"with another next to": func(s string) any { return object{"sha256": s, "md5": "x"} },
		"that are empty":       func(string) any { return object{} },
		"that are a list":      func(string) any { return []string{} },
		"that are missing":     func(string) any { return nil },
		"that are a number":    func(string) any { return object{"sha256": 7} },
	} {
		list = append(list, mutation{name: "hashes " + name, make: then(hello, func(r *room, raw []byte) []byte {
			var e struct{ Hashes struct{ SHA256 string } }
			if err := json.Unmarshal(raw, &e); err != nil {
				r.t.Fatal(err)
			}
			value := change(e.Hashes.SHA256)
			if value == nil {
				out, err := event.Edit(raw, nil, "hashes")
				if err != nil {
					r.t.Fatal(err)
				}
				return out
			}
			return edit(r.t, raw, "hashes", value)
		})})
	}
	return append(list,
		mutation{name: "content changed after signing", make: then(hello,
			func(r *room, raw []byte) []byte { return edit(r.t, raw, "content", object{"body": "other"}) })},
		mutation{name: "membership changed after signing", make: then(always(member(dave, dave, "join")),
			func(r *room, raw []byte) []byte {
				return edit(r.t, raw, "content", object{"membership": "leave"})
			})},
		mutation{name: "displayname changed after signing", make: then(always(member(dave, dave, "join")),
			func(r *room, raw []byte) []byte {
				return edit(r.t, raw, "content", object{"membership": "join", "displayname": "x"})
			})},
		mutation{name: "unsigned added after signing", make: then(hello,
			func(r *room, raw []byte) []byte { return edit(r.t, raw, "unsigned", object{"age": 1, "n": raw1e3}) })},
		mutation{name: "signatures missing", make: then(hello, func(r *room, raw []byte) []byte {
			out, err := event.Edit(raw, nil, "signatures")
			if err != nil {
				r.t.Fatal(err)
			}
			return out
		})},
		mutation{name: "spelled otherwise after signing", make: then(hello, func(r *room, raw []byte) []byte {
			return bytes.ReplaceAll(bytes.ReplaceAll(raw, []byte(`"hello"`), []byte(`"\u0068ell\u006F"`)), []byte(`,`),
				[]byte(" ,\n"))
		})},
	)
}

var raw1e3 = raw("1e3")

// nextDigit returns a base64 digit that differs from d in its lowest bit alone.
func nextDigit(d byte) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	return string(digits[strings.IndexByte(digits, d)^1])
}

func edit(t testing.TB, raw []byte, key string, value any) []byte {
	t.Helper()
	out, err := event.Edit(raw, []event.Member{{Key: key, Value: marshal(t, value)}})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
