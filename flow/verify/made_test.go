package verify_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
)

const joiner = "you.example"

// A quirk is a way in which a joining server makes its event, and what its hosts find.
type quirk struct {
	name     string
	version  string                      // "11" when empty
	template func(map[string]any)        // changes the protoevent
	fill     func(map[string]any)        // changes the event before it is hashed
	hash     func(t *testing.T, m *made) // in place of hashing it right
	sign     func(t *testing.T, m *made) // in place of signing it right
	after    func(t *testing.T, m *made) // changes it at last
	path     func(m *made) string        // the ID in the path, in place of the right one
	in       func(*verify.MadeEvent)     // changes what is known
	want     []string                    // "outcome check fault", of those that did not pass
}

// A made is an event that is being made.
type made struct {
	v        *event.Version
	template []byte
	raw      []byte
}

func canonical(t *testing.T, raw []byte, set []event.Member, drop ...string) []byte {
	t.Helper()
	edited, err := event.Edit(raw, set, drop...)
	if err == nil {
		edited, err = event.Canonical(edited, false)
	}
	if err != nil {
		t.Fatal(err)
	}
	return edited
}

// set puts a member into the event.
func (m *made) set(t *testing.T, key string, value string) {
	t.Helper()
	edited, err := event.Edit(m.raw, []event.Member{{Key: key, Value: []byte(value)}})
	if err != nil {
		t.Fatal(err)
	}
	m.raw = edited
}

func (m *made) hashes(t *testing.T, text []byte) {
	t.Helper()
	sum := sha256.Sum256(text)
	m.set(t, "hashes", fmt.Sprintf(`{"sha256":%q}`, event.EncodeBase64(sum[:])))
}

func (m *made) signs(t *testing.T, text []byte, keyID string, key ed25519.PrivateKey) {
	t.Helper()
	m.set(t, "signatures", fmt.Sprintf(`{%q:{%q:%q}}`, joiner, keyID, event.EncodeBase64(ed25519.Sign(key, text))))
}

func (m *made) parse(t *testing.T) *event.Event {
	t.Helper()
	e, err := event.Parse(m.v, m.raw)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// signsOver has the right key sign what text gives.
func signsOver(text func(t *testing.T, m *made) []byte) func(*testing.T, *made) {
	return func(t *testing.T, m *made) {
		key := flowtest.KeyOf(joiner)
		m.signs(t, text(t, m), key.ID, key.Private)
	}
}

func hashesOver(text func(t *testing.T, m *made) []byte) func(*testing.T, *made) {
	return func(t *testing.T, m *made) { m.hashes(t, text(t, m)) }
}

// hashSpelled writes the right hash in another way.
func hashSpelled(spell func([]byte) string) func(*testing.T, *made) {
	return func(t *testing.T, m *made) {
		sum := m.parse(t).ContentHash()
		m.set(t, "hashes", fmt.Sprintf(`{"sha256":%q}`, spell(sum[:])))
	}
}

func afterwards(key, value string) func(*testing.T, *made) {
	return func(t *testing.T, m *made) { m.set(t, key, value) }
}

func setting(key string, value any) func(map[string]any) {
	return func(f map[string]any) { f[key] = value }
}

func inContent(key string, value any) func(map[string]any) {
	return func(f map[string]any) { f["content"].(map[string]any)[key] = value }
}

var quirks = []quirk{
	{name: "good"},
	{name: "good, version 1", version: "1"},
	{name: "good, version 3", version: "3"},
	{name: "good, version 12", version: "12"},
	{name: "display name", fill: inContent("displayname", "Ü <b> & c")},
	{name: "restricted, as given", template: inContent("join_authorised_via_users_server", "@a:a.example")},

	// against the template
	{name: "depth", fill: setting("depth", 3), want: []string{"fail made_fields field-changed"}},
	{name: "prev_events", fill: setting("prev_events", []any{}), want: []string{"fail made_fields field-changed"}},
	{name: "other hashes next to the IDs, version 1", version: "1", fill: setting("auth_events",
		[]any{[]any{"$x:a.example", map[string]any{"sha256": strings.Repeat("B", 42) + "A"}}}),
		want: []string{"warn made_fields field-changed"}},
	{name: "another event, version 1", version: "1", fill: setting("auth_events",
		[]any{[]any{"$y:a.example", map[string]any{"sha256": strings.Repeat("A", 43)}}}),
		want: []string{"fail made_fields field-changed"}},
	{name: "depth removed", fill: func(f map[string]any) { delete(f, "depth") },
		want: []string{"fail made_format bad-field", "fail made_fields field-removed"}},
	{name: "authoriser removed", template: inContent("join_authorised_via_users_server", "@a:a.example"),
		fill: func(f map[string]any) { f["content"] = map[string]any{"membership": "join"} },
		want: []string{"fail made_fields field-removed"}},
	{name: "authoriser added", fill: inContent("join_authorised_via_users_server", "@a:a.example"),
		want: []string{"fail made_fields field-added"}},
	{name: "another user's name", fill: setting("sender", "@me:you.example"),
		want: []string{"fail made_subject not-the-join", "fail made_fields field-changed"}},
	{name: "field added", fill: setting("net.example.note", 1), want: []string{"warn made_fields field-added"}},
	{name: "field of the template lost", template: setting("net.example.note", 1),
		fill: func(f map[string]any) { delete(f, "net.example.note") }, want: []string{"warn made_fields field-removed"}},
	{name: "origin of another", version: "10", fill: setting("origin", "a.example"),
		want: []string{"fail made_fields field-of-another"}},
	{name: "event_id in version 11", fill: setting("event_id", "$x:you.example"),
		want: []string{"warn made_fields field-added"}},
	{name: "template of another user, signed", template: func(f map[string]any) {
		f["sender"], f["state_key"] = "@me:you.example", "@me:you.example"
	}, want: []string{"fail made_subject not-the-join", "fail made_subject not-the-join"}},
	{name: "leave", template: func(f map[string]any) { f["content"] = map[string]any{"membership": "leave"} },
		want: []string{"fail made_subject not-the-join"}},

	// format
	{name: "float", version: "11", fill: inContent("avatar_url", 1.5),
		want: []string{"fail made_format no-integer"}},
	{name: "too large", fill: inContent("reason", strings.Repeat("x", 70000)), want: []string{"fail made_format too-large"}},

	// the hash
	{name: "hash over unsigned", fill: setting("unsigned", map[string]any{"age": 5}),
		hash: hashesOver(func(t *testing.T, m *made) []byte { return canonical(t, m.raw, nil, "hashes", "signatures") }),
		want: []string{"fail made_hash over-unsigned"}},
	{name: "hash over an empty unsigned",
		hash: hashesOver(func(t *testing.T, m *made) []byte {
			return canonical(t, m.raw, []event.Member{{Key: "unsigned", Value: []byte("{}")}}, "hashes", "signatures")
		}), want: []string{"fail made_hash over-unsigned"}},
	{name: "hash over signatures", hash: hashesOver(func(t *testing.T, m *made) []byte {
		return canonical(t, m.raw, []event.Member{{Key: "signatures", Value: []byte("{}")}}, "hashes", "unsigned")
	}), want: []string{"fail made_hash over-signatures"}},
	{name: "hashed before the display name came", fill: inContent("avatar_url", "mxc://a/b"),
		after: afterwards("content", `{"avatar_url":"mxc://a/b","displayname":"U","membership":"join"}`),
		want:  []string{"fail made_hash over-less"}},
	{name: "hashed with the template's time", hash: func(t *testing.T, m *made) {
		m.hashes(t, canonical(t, m.raw, []event.Member{{Key: "origin_server_ts",
			Value: event.Get(m.template, "origin_server_ts")}}, "hashes", "signatures", "unsigned"))
	}, want: []string{"fail made_hash over-template"}},
	{name: "hash of the redacted event", fill: inContent("displayname", "U"), template: inContent("reason", "r"),
		hash: hashesOver(func(t *testing.T, m *made) []byte {
			return canonical(t, m.parse(t).Redacted().Raw(), nil, "hashes", "signatures", "unsigned")
		}), want: []string{"fail made_hash over-redacted"}},
	{name: "hash with event_id", hash: hashesOver(func(t *testing.T, m *made) []byte {
		return canonical(t, m.raw, []event.Member{{Key: "event_id", Value: []byte(`"$made:up"`)}}, "hashes", "signatures")
	}), path: func(*made) string { return "$made:up" },
		want: []string{"fail made_hash over-event-id", "fail made_event_id id-claimed"}},
	{name: "hash padded", hash: hashSpelled(base64.StdEncoding.EncodeToString),
		want: []string{"warn made_hash spelled-otherwise"}},
	{name: "hash URL-safe", fill: setting("depth", 7), // so that it has digits in which the two differ
		hash: hashSpelled(func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) + "=" }),
		want: []string{"fail made_format bad-field", "fail made_hash other-alphabet"}},
	{name: "hash in hex", hash: hashSpelled(hex.EncodeToString), want: []string{"fail made_format bad-field", "fail made_hash other-alphabet"}},
	{name: "hash of Python's JSON", fill: inContent("displayname", "Ü"), hash: hashesOver(func(t *testing.T, m *made) []byte {
		text := string(canonical(t, m.raw, nil, "hashes", "signatures", "unsigned"))
		return []byte(strings.ReplaceAll(text, "Ü", `\u00dc`))
	}), want: []string{"fail made_hash over-spelling"}},
	{name: "hash of Go's JSON", fill: inContent("displayname", "<b>"), hash: hashesOver(func(t *testing.T, m *made) []byte {
		text := string(canonical(t, m.raw, nil, "hashes", "signatures", "unsigned"))
		return []byte(strings.NewReplacer("<", `\u003c`, ">", `\u003e`).Replace(text))
	}), want: []string{"fail made_hash over-spelling"}},
	{name: "hash of JSON with blanks", hash: hashesOver(func(t *testing.T, m *made) []byte {
		text := string(canonical(t, m.raw, nil, "hashes", "signatures", "unsigned"))
		text = strings.NewReplacer(`":`, `": `, `,"`, `, "`).Replace(text)
		return []byte(text)
	}), want: []string{"fail made_hash over-spelling"}},
	{name: "hash of something", hash: hashesOver(func(*testing.T, *made) []byte { return []byte("something") }),
		want: []string{"fail made_hash altered"}},
	{name: "hash missing", hash: func(t *testing.T, m *made) { m.set(t, "hashes", `{}`) },
		want: []string{"fail made_format bad-field", "fail made_hash no-hash"}},
	{name: "hash no hash", hash: func(t *testing.T, m *made) { m.set(t, "hashes", `{"sha256":"AAAA"}`) },
		want: []string{"fail made_format bad-field", "fail made_hash unreadable"}},

	// the signature
	{name: "signed unredacted", fill: inContent("displayname", "U"), sign: signsOver(func(t *testing.T, m *made) []byte {
		return canonical(t, m.raw, nil, "signatures", "unsigned")
	}), want: []string{"fail made_signature over-whole"}},
	{name: "signed as version 10 redacts", fill: func(f map[string]any) { f["origin"], f["membership"] = joiner, "join" },
		sign: signsOver(func(t *testing.T, m *made) []byte {
			v, _ := event.Lookup("10")
			other := made{v: v, raw: m.raw}
			return other.parse(t).SignedBytes()
		}), template: inContent("reason", "r"),
		want: []string{"warn made_fields field-added", "fail made_signature over-other-version"}},
	{name: "signed before it was hashed", sign: signsOver(func(t *testing.T, m *made) []byte {
		return canonical(t, m.parse(t).SignedBytes(), nil, "hashes")
	}), want: []string{"fail made_signature over-no-hashes"}},
	{name: "hash changed after signing", after: func(t *testing.T, m *made) { m.hashes(t, []byte("something")) },
		want: []string{"fail made_hash altered", "fail made_signature over-other-hash"}},
	{name: "depth changed after signing", after: afterwards("depth", "9"),
		want: []string{"fail made_fields field-changed", "fail made_hash over-template", "fail made_signature over-template"}},
	{name: "signed with another key", sign: func(t *testing.T, m *made) {
		m.signs(t, m.parse(t).SignedBytes(), "ed25519:1", flowtest.KeyNamed(joiner, "ed25519:2").Private)
	}, want: []string{"fail made_signature other-key-id"}},
	{name: "signed with a key that is not published", sign: func(t *testing.T, m *made) {
		m.signs(t, m.parse(t).SignedBytes(), "ed25519:9", flowtest.KeyNamed(joiner, "ed25519:9").Private)
	}, want: []string{"not_checked made_key_validity", "fail made_signature key-unpublished"}},
	{name: "a published key under another ID", sign: func(t *testing.T, m *made) {
		m.signs(t, m.parse(t).SignedBytes(), "ed25519:9", flowtest.KeyOf(joiner).Private)
	}, want: []string{"not_checked made_key_validity", "fail made_signature other-key-id"}},
	{name: "signed with some key", sign: func(t *testing.T, m *made) {
		m.signs(t, m.parse(t).SignedBytes(), "ed25519:1", flowtest.KeyOf("a.example").Private)
	}, want: []string{"fail made_signature bad-signature"}},
	{name: "signature is no base64", sign: afterwards("signatures", `{"you.example":{"ed25519:1":"*"}}`),
		want: []string{"fail made_signature unreadable"}},
	{name: "not signed", sign: afterwards("signatures", `{"a.example":{"ed25519:1":"AAAA"}}`),
		want: []string{"not_checked made_key_validity", "fail made_signature unsigned"}},
	{name: "signature padded", after: func(t *testing.T, m *made) {
		text, _ := event.GetString(m.raw, "signatures", joiner, "ed25519:1")
		m.set(t, "signatures", fmt.Sprintf(`{%q:{"ed25519:1":%q}}`, joiner, text+"=="))
	}, want: []string{"warn made_signature spelled-otherwise"}},
	{name: "signed with signatures", sign: signsOver(func(t *testing.T, m *made) []byte {
		return canonical(t, m.parse(t).SignedBytes(), []event.Member{{Key: "signatures", Value: []byte("{}")}})
	}), want: []string{"fail made_signature over-signatures"}},

	// the key
	{name: "key expired", in: func(in *verify.MadeEvent) { in.Joiner.Keys = ringOf(expired) },
		want: []string{"fail made_key_validity key-expired"}},
	{name: "key expired, version 4", version: "4", in: func(in *verify.MadeEvent) { in.Joiner.Keys = ringOf(expired) },
		want: []string{"warn made_key_validity key-expired"}},
	{name: "no keys", in: func(in *verify.MadeEvent) { in.Joiner.Keys = verify.NewKeyRing() },
		want: []string{"not_checked made_key_validity keys-unknown", "not_checked made_signature keys-unknown"}},

	// the ID
	{name: "ID of something", path: func(*made) string { return "$" + strings.Repeat("A", 43) },
		want: []string{"fail made_event_id id-claimed"}},
	{name: "ID in the other alphabet", version: "3", path: func(m *made) string {
		e, _ := event.Parse(m.v, m.raw)
		sum := e.ReferenceHash()
		return "$" + base64.RawURLEncoding.EncodeToString(sum[:])
	}, want: []string{"fail made_event_id other-alphabet"}},
	{name: "ID padded", path: func(m *made) string { return idOf(m) + "=" }, want: []string{"fail made_event_id other-alphabet"}},
	{name: "content hash as ID", path: func(m *made) string {
		e, _ := event.Parse(m.v, m.raw)
		sum := e.ContentHash()
		return "$" + base64.RawURLEncoding.EncodeToString(sum[:])
	}, want: []string{"fail made_event_id content-hash-as-id"}},
	{name: "ID of the whole event", fill: inContent("displayname", "U"), path: func(m *made) string {
		edited, _ := event.Edit(m.raw, nil, "signatures", "unsigned")
		edited, _ = event.Canonical(edited, false)
		sum := sha256.Sum256(edited)
		return "$" + base64.RawURLEncoding.EncodeToString(sum[:])
	}, want: []string{"fail made_event_id over-whole"}},
	{name: "version 1, another ID", version: "1", path: func(*made) string { return "$other:you.example" },
		want: []string{"fail made_event_id id-claimed"}},
	{name: "version 1, ID of another server", version: "1", fill: setting("event_id", "$join:a.example"),
		path: func(*made) string { return "$join:a.example" },
		want: []string{"fail made_fields field-of-another", "fail made_event_id field-of-another"}},
	{name: "no ID in the path", path: func(*made) string { return "" }, want: []string{"not_checked made_event_id"}},

	// the time
	{name: "clock ahead", in: func(in *verify.MadeEvent) { in.Sent.At = in.Sent.At.Add(-2 * time.Minute) },
		want: []string{"warn made_time clock-ahead"}},
	{name: "clock behind", in: func(in *verify.MadeEvent) { in.Sent.At = in.Sent.At.Add(6 * time.Minute) },
		want: []string{"warn made_time clock-behind"}},
	{name: "no clock", in: func(in *verify.MadeEvent) { in.Sent.At = time.Time{} }, want: []string{"not_checked made_time"}},

	// what cannot be read
	{name: "no template", in: func(in *verify.MadeEvent) { in.Template = nil }, want: []string{
		"not_checked made_format", "not_checked made_subject", "not_checked made_fields", "not_checked made_hash",
		"not_checked made_key_validity", "not_checked made_signature", "not_checked made_event_id", "not_checked made_time"}},
	{name: "no JSON", after: func(_ *testing.T, m *made) { m.raw = []byte("{") }, path: func(*made) string { return "$x" },
		want: []string{"fail made_format unreadable",
			"not_checked made_subject", "not_checked made_fields", "not_checked made_hash",
			"not_checked made_key_validity", "not_checked made_signature", "not_checked made_event_id", "not_checked made_time"}},
	{name: "redacted recording", in: func(in *verify.MadeEvent) { in.Redacted = true }, want: []string{
		"not_checked made_hash recording-redacted", "not_checked made_key_validity recording-redacted",
		"not_checked made_signature recording-redacted", "not_checked made_event_id recording-redacted"}},
}

func idOf(m *made) string {
	e, err := event.Parse(m.v, m.raw)
	if err != nil {
		return ""
	}
	return e.ID()
}

// ringOf is a key ring with the documents that change makes of the joining server's: with two keys.
func ringOf(change func([]byte) []byte) verify.KeyRing {
	id := client.Identity{ServerName: joiner, Key: flowtest.KeyOf(joiner),
		Others: []event.SigningKey{flowtest.KeyNamed(joiner, "ed25519:2")}}
	doc, err := client.KeyDocument(id, flowtest.FetchedAt(), 0)
	if err != nil {
		panic(err)
	}
	if change != nil {
		doc = change(doc)
	}
	k := verify.NewKeyRing()
	k.Learn(verify.ReadKeyDocument(joiner, doc, flowtest.FetchedAt(), 4))
	return k
}

// expired has the document end before the events are made.
func expired(doc []byte) []byte {
	doc, _ = event.Edit(doc, []event.Member{{Key: "valid_until_ts", Value: fmt.Appendf(nil, "%d", flowtest.Epoch)}},
		"signatures")
	doc, _ = event.SignJSON(doc, joiner, flowtest.KeyOf(joiner))
	return doc
}

// madeBy makes an event as q says, and tells what its hosts know.
func (q quirk) madeBy(t *testing.T) verify.MadeEvent {
	t.Helper()
	version := q.version
	if version == "" {
		version = "11"
	}
	v, _ := event.Lookup(version)
	fields := map[string]any{"type": "m.room.member", "room_id": "!r:a.example", "sender": "@you:you.example",
		"state_key": "@you:you.example", "content": map[string]any{"membership": "join"}, "depth": 7,
		"auth_events": []any{"$" + strings.Repeat("B", 43)}, "prev_events": []any{"$" + strings.Repeat("C", 43)},
		"origin_server_ts": flowtest.Epoch + 5}
	if v.HashPairs {
		pair := []any{[]any{"$x:a.example", map[string]any{"sha256": strings.Repeat("A", 43)}}}
		fields["auth_events"], fields["prev_events"] = pair, pair
	}
	if v.RoomIDIsCreate {
		fields["room_id"] = "!" + strings.Repeat("D", 43)
	}
	if q.template != nil {
		q.template(fields)
	}
	m := &made{v: v, template: marshal(t, fields)}
	at := flowtest.FetchedAt()
	fields["origin_server_ts"] = at.UnixMilli()
	if v.IDs == event.IDChosen {
		fields["event_id"] = "$join:you.example"
	}
	if q.fill != nil {
		q.fill(fields)
	}
	m.raw = marshal(t, fields)
	if q.hash == nil {
		q.hash = hashesOver(func(t *testing.T, m *made) []byte {
			return canonical(t, m.raw, nil, "hashes", "signatures", "unsigned")
		})
	}
	if q.sign == nil {
		q.sign = signsOver(func(t *testing.T, m *made) []byte { return m.parse(t).SignedBytes() })
	}
	q.hash(t, m)
	q.sign(t, m)
	if q.after != nil {
		q.after(t, m)
	}
	id := idOf(m)
	if q.path != nil {
		id = q.path(m)
	}
	request := client.SendJoinRequest(true, fields["room_id"].(string), id, m.raw, nil)
	in := verify.MadeEvent{Sent: verify.Received{Seq: 6, Server: "a.example", At: at.Add(time.Second), Request: &request},
		Template: &verify.Template{Seq: 5, Server: "a.example", Event: m.template, RoomVersion: v, Said: v.ID},
		Joiner: verify.Joiner{Server: joiner, User: "@you:you.example", RoomID: fields["room_id"].(string),
			Keys: ringOf(nil)}}
	if q.in != nil {
		q.in(&in)
	}
	return in
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err == nil {
		raw, err = event.Canonical(raw, false)
	}
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// notPassed lists checks that did not pass: "outcome check fault".
func notPassed(checks []verify.Check) []string {
	var out []string
	for _, c := range checks {
		if c.Outcome != verify.Pass {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", c.Outcome, c.Kind, c.Fault)))
		}
	}
	return out
}

// Every quirk is found, by its cause, and nothing else is.
func TestMade(t *testing.T) {
	t.Parallel()
	for _, q := range quirks {
		t.Run(q.name, func(t *testing.T) {
			t.Parallel()
			checks := verify.CheckMade(q.madeBy(t))
			if got := notPassed(checks); !slices.Equal(got, q.want) {
				t.Errorf("found %q, want %q", got, q.want)
				for _, c := range checks {
					t.Logf("%s %s %s: %s", c.Outcome, c.Kind, c.Field, c.Detail)
				}
			}
		})
	}
}
