package event

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestNoProblems(t *testing.T) {
	key := appendixKey(t)
	for _, v := range Versions() {
		e := joinIn(t, v, key)
		ref := `"$` + strings.Repeat("a", 43) + `"`
		hash := strings.Repeat("A", 43)
		if v.HashPairs {
			ref = `["$x:y",{"sha256":"` + hash + `","md5":1}]`
		}
		for name, set := range map[string][]Member{
			"as built":    nil,
			"most events": {{"auth_events", list(ref, 10)}, {"prev_events", list(ref, 20)}},
			"none":        {{"auth_events", []byte(`[ ]`)}, {"prev_events", []byte(`[]`)}},
			"padded hash": {{"hashes", []byte(`{"sha256":"` + hash + `="}`)}},
			"longest names": {{"type", quoted("t", 255)}, {"state_key", quoted("é", 127)},
				{"sender", []byte(`"@` + strings.Repeat("u", 252) + `:s"`)}},
			"historical sender":     {{"sender", []byte(`"@Ü \u0001/:S.example:1"`)}},
			"empty type":            {{"type", []byte(`""`)}},
			"deepest":               {{"depth", fmt.Appendf(nil, "%d", v.maxDepth())}},
			"no depth to speak of":  {{"depth", []byte(`0`)}},
			"no signatures yet":     {{"signatures", []byte(`{}`)}},
			"unknown key":           {{"xyz", []byte(`[null,true,{}]`)}},
			"historical keys":       {{"prev_state", []byte(`7`)}, {"membership", []byte(`7`)}, {"origin", []byte(`7`)}},
			"time before the epoch": {{"origin_server_ts", []byte(`-1`)}},
		} {
			raw, err := Edit(e.Raw(), set)
			if err != nil {
				t.Fatal(err)
			}
			if got := parse(t, v, string(raw)).Problems(); got != nil {
				t.Errorf("v%s, %s: %v", v.ID, name, got)
			}
		}
		if !v.HashPairs {
			raw, _ := Edit(e.Raw(), []Member{{"event_id", []byte(`7`)}})
			if got := parse(t, v, string(raw)).Problems(); got != nil {
				t.Errorf("v%s, event_id: %v", v.ID, got)
			}
		}
	}
}

func list(element string, n int) []byte {
	return []byte("[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]")
}

func quoted(s string, n int) []byte { return Quote(strings.Repeat(s, n)) }

func TestProblems(t *testing.T) {
	const all = "1 2 3 4 5 6 7 8 9 10 11 12"
	const hashed = "3 4 5 6 7 8 9 10 11 12" // event IDs
	const strict = "6 7 8 9 10 11 12"
	var none []Problem
	key := appendixKey(t)
	p := func(fieldThenWhy ...string) (all []Problem) {
		for i := 0; i < len(fieldThenWhy); i += 2 {
			all = append(all, Problem{Field: fieldThenWhy[i], Why: fieldThenWhy[i+1]})
		}
		return all
	}
	hash43 := strings.Repeat("a", 43)
	for _, c := range []struct {
		name, versions, key, value string // value "" drops the key
		want                       []Problem
	}{
		{"type", all, "type", ``, p("/type", "is missing")},
		{"type", all, "type", `7`, p("/type", "is not a string")},
		{"type", all, "type", `"` + strings.Repeat("t", 256) + `"`, p("/type", "has 256 bytes, more than 255")},
		{"type in bytes, not letters", all, "type", `"` + strings.Repeat("é", 128) + `"`,
			p("/type", "has 256 bytes (128 characters), more than 255")},
		{"state_key", all, "state_key", ``, none},
		{"state_key", all, "state_key", `null`, p("/state_key", "is not a string")},
		{"state_key", all, "state_key", string(quoted("k", 256)), p("/state_key", "has 256 bytes, more than 255")},
		{"sender", all, "sender", ``, p("/sender", "is missing")},
		{"sender", all, "sender", `["@a:b"]`, p("/sender", "is not a string")},
		{"sender", all, "sender", `"a:b"`, p("/sender", "does not begin with @")},
		{"sender", all, "sender", `""`, p("/sender", "does not begin with @")},
		{"sender", all, "sender", `"@a"`, p("/sender", "has no server name")},
		{"sender", all, "sender", `"@a:b c"`, p("/sender", "has a server name of the wrong form")},
		{"sender", all, "sender", `"@a\u0000:b"`, p("/sender", "contains NUL")},
		{"sender", all, "sender", `"@` + strings.Repeat("a", 253) + `:b"`, p("/sender", "has 256 bytes, more than 255")},
		{"room_id", all, "room_id", ``, p("/room_id", "is missing")},
		{"room_id", all, "room_id", `{}`, p("/room_id", "is not a string")},
		{"room_id", "1 2 3 4 5 6 7 8 9 10 11", "room_id", `"!` + hash43 + `"`, p("/room_id", "has no server name")},
		{"room_id", "1 2 3 4 5 6 7 8 9 10 11", "room_id", `"#a:b"`, p("/room_id", "does not begin with !")},
		{"room_id", "1 11", "room_id", `"!` + strings.Repeat("a", 253) + `:b"`,
			p("/room_id", "has 256 bytes, more than 255")},
		{"room_id", "12", "room_id", `"!` + hash43 + `:b"`, p("/room_id",
			"is not ! and a hash in 43 digits of URL-safe base64")},
		{"room_id", "12", "room_id", `"$` + hash43 + `"`, p("/room_id", "does not begin with !")},
		{"room_id", "12", "room_id", `"!` + hash43[1:] + `"`, p("/room_id",
			"is not ! and a hash in 43 digits of URL-safe base64")},
		{"room_id", "12", "room_id", `"!` + hash43[1:] + `/"`, p("/room_id",
			"is not ! and a hash in 43 digits of URL-safe base64")},
		{"event_id", "1 2", "event_id", ``, p("/event_id", "is missing")},
		{"event_id", "1 2", "event_id", `1`, p("/event_id", "is not a string")},
		{"event_id", "1 2", "event_id", `"x:y"`, p("/event_id", "does not begin with $")},
		{"event_id", "1 2", "event_id", `"$x"`, p("/event_id", "has no server name")},
		{"event_id", hashed, "event_id", `"x"`, none},
		{"content", all, "content", ``, p("/content", "is missing")},
		{"content", all, "content", `[]`, p("/content", "is not an object")},
		{"unsigned", all, "unsigned", `null`, p("/unsigned", "is not an object")},
		{"origin_server_ts", all, "origin_server_ts", ``, p("/origin_server_ts", "is missing")},
		{"origin_server_ts", all, "origin_server_ts", `"1"`, p("/origin_server_ts", "is not an integer")},
		{"origin_server_ts", "1 5", "origin_server_ts", `1.5`, p("/origin_server_ts", "is not an integer")},
		{"origin_server_ts", "1 5", "origin_server_ts", `1e3`, p("/origin_server_ts", "is not an integer")},
		{"origin_server_ts", "1 5", "origin_server_ts", `-9223372036854775809`, p("/origin_server_ts", "is out of range")},
		{"origin_server_ts", strict, "origin_server_ts", `1.5`, p("/origin_server_ts", "number 1.5 has a fraction")},
		{"depth", all, "depth", ``, p("/depth", "is missing")},
		{"depth", all, "depth", `true`, p("/depth", "is not an integer")},
		{"depth", all, "depth", `-1`, p("/depth", "is negative")},
		{"depth", "1 2 3 4 5", "depth", `9007199254740992`, none},
		{"depth", "1 2 3 4 5", "depth", `9223372036854775808`, p("/depth", "is out of range")},
		{"depth", "1 2 3 4 5", "depth", `3.0`, p("/depth", "is not an integer")},
		{"depth", strict, "depth", `9007199254740992`, p("/depth", "number 9007199254740992 is not within ±(2^53−1)")},
		{"auth_events", all, "auth_events", ``, p("/auth_events", "is missing")},
		{"auth_events", all, "auth_events", `{}`, p("/auth_events", "is not an array")},
		{"auth_events", "4", "auth_events", string(list(`"$`+hash43+`"`, 11)),
			p("/auth_events", "has 11 events, more than 10")},
		{"prev_events", "4", "prev_events", string(list(`"$`+hash43+`"`, 21)),
			p("/prev_events", "has 21 events, more than 20")},
		{"prev_events", "1", "prev_events", string(list(`["$x:y",{"sha256":"`+hash43+`"}]`, 21)),
			p("/prev_events", "has 21 events, more than 20")},
		{"pairs where IDs belong", hashed, "auth_events", `[["$x:y",{"sha256":"` + hash43 + `"}]]`, nil}, // below
		{"IDs where pairs belong", "1 2", "auth_events", `["$x:y"]`, p("/auth_events/0", "")},
		{"reference of one", "1", "prev_events", `[["$x:y"]]`, p("/prev_events/0", "")},
		{"reference of three", "1", "prev_events", `[["$x:y",{},{}]]`, p("/prev_events/0", "")},
		{"reference without hash", "1", "prev_events", `[["$x:y",{}]]`, p("/prev_events/0/1/sha256", "is missing")},
		{"reference with a short hash", "1", "prev_events", `[["$x:y",{"sha256":"AAAA"}]]`,
			p("/prev_events/0/1/sha256", "has 3 bytes, not the 32 of a SHA-256")},
		{"reference to nothing", "1", "prev_events", `[[7,"x"]]`, p("/prev_events/0/0", "is not a string",
			"/prev_events/0/1", "is not an object")},
		{"reference by domain", hashed, "prev_events", `["$x:y"]`, nil}, // below
		{"v3 spelling", "4 12", "prev_events", `["$` + hash43[1:] + `/"]`, p("/prev_events/0",
			"is not $ and a hash in 43 digits of URL-safe base64")},
		{"v4 spelling", "3", "prev_events", `["$` + hash43[1:] + `_"]`, p("/prev_events/0",
			"is not $ and a hash in 43 digits of base64")},
		{"hashes", all, "hashes", ``, p("/hashes", "is missing")},
		{"hashes", all, "hashes", `"x"`, p("/hashes", "is not an object")},
		{"hashes", all, "hashes", `{"sha1":""}`, p("/hashes/sha256", "is missing")},
		{"hashes", all, "hashes", `{"sha256":7}`, p("/hashes/sha256", "is not a string")},
		{"hashes", all, "hashes", `{"sha256":"_"}`, p("/hashes/sha256", "is not base64")},
		{"hashes", all, "hashes", `{"sha256":""}`, p("/hashes/sha256", "has 0 bytes, not the 32 of a SHA-256")},
		{"signatures", all, "signatures", ``, p("/signatures", "is missing")},
		{"signatures", all, "signatures", `[]`, p("/signatures", "is not an object")},
		{"signatures", all, "signatures", `{"a/b":"x","c":{"ed25519:~":7,"d":"ok"}}`,
			p("/signatures/a~1b", "is not an object", "/signatures/c/ed25519:~0", "is not a string")},
		{"numbers", strict, "content", `{"a":[0,1.5],"b/c":{"d":-0},"e":1e3}`,
			p("/content/a/1", "number 1.5 has a fraction", "/content/b~1c/d", "number -0 is not allowed", "/content/e",
				"number 1e3 has an exponent")},
		{"numbers", "1 2 3 4 5", "content", `{"a":[0,1.5],"d":-0,"e":1e3,"f":9007199254740993}`, none},
		{"numbers in strings", strict, "content", `{"a":"1.5 \" -0","1e3":"\\"}`, none},
		{"numbers in unsigned too", strict, "unsigned", `{"age":1.5}`, p("/unsigned/age", "number 1.5 has a fraction")},
	} {
		for _, id := range strings.Fields(c.versions) {
			v := version(t, id)
			want := c.want
			switch c.name {
			case "pairs where IDs belong":
				want = p("/auth_events/0", "is not a string, as references of room version "+id+" are")
			case "IDs where pairs belong", "reference of one", "reference of three":
				want = p(want[0].Field, "is not a pair of event ID and hash, as references of room version "+id+" are")
			case "reference by domain":
				want = p("/prev_events/0", "is not $ and a hash in 43 digits of "+map[bool]string{true: "base64",
					false: "URL-safe base64"}[id == "3"])
			}
			set, drop := []Member{{c.key, []byte(c.value)}}, ""
			if c.value == "" {
				set, drop = nil, c.key
			}
			raw, err := Edit(joinIn(t, v, key).Raw(), set, drop)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, parse(t, v, string(raw)).Problems(), anyKind); diff != "" {
				t.Errorf("v%s, %s = %.60s: %s", id, c.key, c.value, diff)
			}
		}
	}
}

func TestProblemsOfCreate(t *testing.T) {
	const rest = `"type":"m.room.create","state_key":"","sender":"@a:b","content":{},"depth":1,"origin_server_ts":1,"auth_events":[],"prev_events":[],"signatures":{},"hashes":{"sha256":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}`
	for _, c := range []struct {
		version, raw string
		want         []Problem
	}{
		{"12", "{" + rest, nil},
		{"12", `{"room_id":"!x:y",` + rest, []Problem{{Field: "/room_id",
			Why: "must not be in a create event of room version 12"}}},
		{"11", "{" + rest, []Problem{{Field: "/room_id", Why: "is missing"}}},
		{"11", `{"room_id":"!x:y",` + rest, nil},
	} {
		if diff := cmp.Diff(c.want, parse(t, version(t, c.version), c.raw).Problems(), anyKind); diff != "" {
			t.Errorf("v%s %s: %s", c.version, c.raw, diff)
		}
	}
}

func TestProblemsOfRedaction(t *testing.T) {
	key := appendixKey(t)
	for _, v := range Versions() {
		for _, typ := range []string{"m.room.redaction", "m.room.message"} {
			raw, err := Edit(joinIn(t, v, key).Raw(), []Member{{"type", Quote(typ)}, {"redacts", []byte(`7`)}})
			if err != nil {
				t.Fatal(err)
			}
			var want []Problem
			if typ == "m.room.redaction" && !v.RedactsInContent {
				want = []Problem{{Field: "/redacts", Why: "is not a string"}}
			}
			if diff := cmp.Diff(want, parse(t, v, string(raw)).Problems(), anyKind); diff != "" {
				t.Errorf("v%s %s: %s", v.ID, typ, diff)
			}
		}
	}
}

// The limit is on the canonical form with signatures: white space and long escapes do not count.
func TestProblemsOfSize(t *testing.T) {
	v := version(t, "10")
	e := joinIn(t, v, appendixKey(t))
	fill := func(n int) string {
		raw, err := Edit(e.Raw(), []Member{{"content",
			[]byte(`{"membership":"join","reason":"` + strings.Repeat("r", n) + `"}`)}})
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	room := 65536 - len(parse(t, v, fill(0)).CanonicalBytes())
	if p := parse(t, v, fill(room)).Problems(); p != nil {
		t.Errorf("65536 bytes: %v", p)
	}
	if p := parse(t, v, strings.Replace(fill(room), "{", strings.Repeat(" ", 1000)+"{ ", 1)).Problems(); p != nil {
		t.Errorf("65536 bytes and white space: %v", p)
	}
	want := []Problem{{Field: "", Why: "has 65537 bytes in canonical form, more than 65536"}}
	if diff := cmp.Diff(want, parse(t, v, fill(room+1)).Problems(), anyKind); diff != "" {
		t.Error(diff)
	}
}

// anyKind compares problems by what they say.
var anyKind = cmpopts.IgnoreFields(Problem{}, "Kind")

// The limit is held against the event without unsigned, which nobody signs and everybody drops who receives it.
func TestSizeWithUnsigned(t *testing.T) {
	for _, v := range Versions() {
		fill := func(body, unsigned int) *Event {
			return parse(t, v, `{"content":{"x":"`+strings.Repeat("x", body)+`"},"unsigned":{"y":"`+strings.Repeat("y",
				unsigned)+`"}}`)
		}
		oversize := func(e *Event) bool {
			return slices.ContainsFunc(e.Problems(), func(p Problem) bool { return p.Kind == OverSize })
		}
		_, frame := fill(0, 0).Size()
		for _, c := range []struct {
			body, unsigned  int
			oversize, large bool
		}{
			{MaxSize - frame, 0, false, true}, // unsigned with nothing in it takes it over
			{MaxSize - frame, 40000, false, true}, {MaxSize - frame + 1, 0, true, false},
			{MaxSize - frame + 1, 40000, true, false},
			{20000, 40000, false, false}, {20000, 50000, false, true},
		} {
			e := fill(c.body, c.unsigned)
			if oversize(e) != c.oversize || e.TooLargeUnsigned() != c.large {
				whole, signed := e.Size()
				t.Errorf("version %s: %d bytes, %d without unsigned: too large %v, only with unsigned %v", v.ID, whole, signed,
					oversize(e), e.TooLargeUnsigned())
			}
		}
	}
}

// Lengths are in bytes in every version; where a text has fewer characters, that is said.
func TestLengthInBytes(t *testing.T) {
	for _, v := range Versions() {
		for key, want := range map[string]string{
			strings.Repeat("x", 255): "", strings.Repeat("é", 127): "", strings.Repeat("x", 256): "has 256 bytes, more than 255",
			strings.Repeat("é", 128): "has 256 bytes (128 characters), more than 255",
		} {
			e := parse(t, v, `{"state_key":"`+key+`"}`)
			i := slices.IndexFunc(e.Problems(), func(p Problem) bool { return p.Field == "/state_key" })
			if (i >= 0) != (want != "") || i >= 0 && (e.Problems()[i].Why != want || e.Problems()[i].Kind != OverLength) {
				t.Errorf("version %s: %q: %v", v.ID, want, e.Problems())
			}
		}
	}
}

// However much is wrong, the list stays short enough to show.
func TestProblemsAreBounded(t *testing.T) {
	for _, v := range Versions() {
		raw := `{"content":[` + strings.Repeat("1.5,", 5000) + `1.5],"auth_events":[` + strings.Repeat("7,", 5000) + `7],` +
			`"prev_events":[` + strings.Repeat("[],", 5000) + `[]],"signatures":{"s":{`
		for i := range 1000 {
			raw += fmt.Sprintf(`"%d":%d,`, i, i)
		}
		raw += `"x":0}}}`
		problems := parse(t, v, raw).Problems()
		if len(problems) < 20 || len(problems) > 100 {
			t.Errorf("v%s: %d problems", v.ID, len(problems))
		}
		if v.StrictJSON && (problems[0].Why != "has 4981 more numbers that canonical JSON does not allow") {
			t.Errorf("v%s: %v", v.ID, problems[0])
		}
	}
}

func TestProblemsOrder(t *testing.T) {
	got := parse(t, version(t, "10"), `{"depth":1.5,"type":7,"auth_events":[1,2],"content":[0.5]}`).Problems()
	var fields []string
	for _, p := range got {
		fields = append(fields, p.Field)
	}
	want := []string{"/auth_events/0", "/auth_events/1", "/content/0", "/content", "/depth", "/hashes",
		"/origin_server_ts",
		"/prev_events", "/room_id", "/sender", "/signatures", "/type"}
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Error(diff)
	}
}
