package flowtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/flow"
	"doorstep/flow/recording"
)

// Spoil returns a trace in which texts of others are changed: with is told every text by the field that it stands in,
// and says what is to stand there. The trace that is given stays as it is.
//
// A field goes by its place: the kind and step of its entry, then the fields of Go structs, then keys of the JSON in a
// body. All elements of a list are one field, and so are all members whose keys are no plain words, such as names of
// servers. What a member of an object may be called is a field as well, which is empty and ends in {}: a text that it
// is given becomes the key of one more member. A body that is no JSON is a field by itself, and one that is JSON is
// another under the name that ends in (raw).
func Spoil(t flow.Trace, with func(field, text string) string) flow.Trace {
	s := spoiler{with: with}
	out := flow.Trace{Header: t.Header}
	s.spoil("header", reflect.ValueOf(&out.Header).Elem())
	for i := range t.Entries {
		e := t.Entries[i].Remembering() // what was worked out from the entry it is a copy of is not true of it
		place := fmt.Sprintf("%s %s", e.Kind, e.Step)
		if e.Step == flow.R && e.Request != nil {
			place += " " + string(e.Request.Endpoint)
		}
		s.spoil(place, reflect.ValueOf(&e).Elem())
		out.Entries = append(out.Entries, e)
	}
	return out
}

// Fields are the fields of a trace whose texts are given to Spoil, sorted.
func Fields(t flow.Trace) []string {
	all := map[string]bool{}
	Spoil(t, func(field, text string) string {
		all[field] = true
		return text
	})
	return slices.Sorted(maps.Keys(all))
}

// Steers reports whether what becomes of a handshake turns on a field, so that it ends at once where all of them hold
// other texts: words that the program chooses, names by which one entry refers to another, and what makes an event what
// it is.
func Steers(field string) bool { return steers.MatchString(field) }

var steers = regexp.MustCompile(`^header\.(Source|Form|SendTo|Joining|User|Target|Via|Server|Like|Notary|Offered|` +
	`KeyID|VerifyKey|Imported\.From|Imported\.Side|Redacted\.Found\.(Outcome|Verified))` +
	`|\.(Kind|Step|From|To|Server|Endpoint|Rule|End|Part|Reason|Alert|Faults|Fault|Missing|Redone)(\[\])?$` +
	`|\.(Membership|RoomVersion|EventID)$` +
	`|\.Failure\.(Kind|Part|Reason|Alert)$|\.Header\[\]\.Name$|\.Request\.(Method|Target)$` +
	`|\.(Host|Address|Addresses\[\])$` +
	`|[Bb]ody( |$)|\(raw\)$|\.Event$` +
	`|/(type|state_key|sender|room_id|event_id|membership|room_version|origin)(/|\[\]|$)` +
	`|/(server_name|servers|m\.server|join_rule)(/|\[\]|$)` +
	`|/(auth_events|prev_events|signatures|hashes|verify_keys|old_verify_keys)(/|\[\]|$)`)

type spoiler struct {
	with func(field, text string) string
}

// spoil spoils what v holds. What it leads to is copied first.
func (s *spoiler) spoil(place string, v reflect.Value) {
	switch {
	case !v.CanSet():
	case v.Kind() == reflect.String:
		v.SetString(s.with(place, v.String()))
	case v.Type() == reflect.TypeFor[[]byte](), v.Type() == reflect.TypeFor[json.RawMessage]():
		if b := v.Bytes(); b != nil {
			v.SetBytes(s.body(place, b))
		}
	case v.Kind() == reflect.Pointer && !v.IsNil():
		copied := reflect.New(v.Type().Elem())
		copied.Elem().Set(v.Elem())
		s.spoil(place, copied.Elem())
		v.Set(copied)
	case v.Kind() == reflect.Slice && !v.IsNil():
		copied := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(copied, v)
		for i := range copied.Len() {
			s.spoil(place+"[]", copied.Index(i))
		}
		v.Set(copied)
	case v.Kind() == reflect.Map && v.Type().Key().Kind() == reflect.String && !v.IsNil():
		copied := reflect.MakeMap(v.Type())
		for _, key := range v.MapKeys() {
			fresh := reflect.New(v.Type().Key()).Elem()
			fresh.SetString(s.with(place+"{}", key.String()))
			copied.SetMapIndex(fresh, v.MapIndex(key))
		}
		v.Set(copied)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			name := v.Type().Field(i)
			inner := place + "." + name.Name
			if name.Anonymous {
				inner = place
			}
			s.spoil(inner, v.Field(i))
		}
	}
}

// body spoils a body: every text of JSON, and what is none as a whole.
func (s *spoiler) body(place string, b []byte) []byte {
	if whole := s.with(place+" (raw)", string(b)); whole != string(b) {
		return []byte(whole)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return b
	}
	changed := false
	inner := spoiler{with: func(field, text string) string {
		now := s.with(field, text)
		changed = changed || now != text
		return now
	}}
	v = inner.value(place, v)
	if !changed {
		return b // byte for byte: a body has its own order and spelling
	}
	return appendValue(nil, v)
}

// plainKey is a key that the specification names.
var plainKey = regexp.MustCompile(`^[a-z_]+(\.[a-z_]+)*$`)

// value spoils a value of JSON.
func (s *spoiler) value(place string, v any) any {
	switch v := v.(type) {
	case string:
		return s.with(place, v)
	case []any:
		for i := range v {
			v[i] = s.value(place+"[]", v[i])
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			name := key
			if !plainKey.MatchString(key) || strings.Contains(place, "/signatures") {
				name = "*"
			}
			v[key] = s.value(place+"/"+name, v[key])
		}
		if key := s.with(place+"/{}", ""); key != "" {
			v[key] = key
		}
	}
	return v
}

// appendValue appends a value as JSON. Bytes that are no UTF-8 stay what they are: servers send such.
func appendValue(out []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return appendString(out, v)
	case []any:
		out = append(out, '[')
		for i := range v {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendValue(out, v[i])
		}
		return append(out, ']')
	case map[string]any:
		out = append(out, '{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(appendString(out, key), ':')
			out = appendValue(out, v[key])
		}
		return append(out, '}')
	}
	b, err := json.Marshal(v) // a number, a boolean or null
	if err != nil {
		panic(err)
	}
	return append(out, b...)
}

func appendString(out []byte, s string) []byte {
	out = append(out, '"')
	for _, c := range []byte(s) {
		switch {
		case c < ' ':
			out = fmt.Appendf(out, `\u%04x`, c)
		case c == '"', c == '\\':
			out = append(out, '\\', c)
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}

// Sources are recordings of every source there is, and of every form of recordings, by name: for tests that put texts
// of others into each field. Joins that are refused, and an entry of an unknown kind, are among them.
func Sources(t testing.TB) map[string]flow.Trace {
	t.Helper()
	out := map[string]flow.Trace{"some": SomeTrace(), "synapse-banned": Embedded(t, "synapse-banned")}
	for name, raw := range Forms(t) {
		switch name {
		case "2-facts", "5-redacted": // what others among them are too
			continue
		}
		trace, err := recording.Read(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(name, err)
		}
		out[name] = trace
	}
	redacted := Embedded(t, "banned")
	redacted.Header.Redacted = &flow.Redacted{By: "doorstep", Removed: map[flow.RemovedKind]int{flow.RemovedServers: 2},
		Found: flow.FoundBefore{Entries: len(redacted.Entries), Outcome: flow.Refused, Verified: flow.Failed,
			Findings: []flow.FoundFinding{{ID: "banned", Severity: "error", Step: "A5", Evidence: []int{7}},
				{ID: "clock-skew", Severity: "warn", Step: "A5"}},
			Apparent: []string{"keys-unavailable"}}}
	out["redacted"] = redacted
	refused := AtRealServer("192.0.2.2:8448").
		Finds([]string{"192.0.2.1:8448"}, "*3 GET https://a.example/.well-known/matrix/server => 200").
		Refuses(403, `{"errcode":"M_FORBIDDEN","error":"You are not invited"}`, "Server: x", "Location: y").Trace
	for i := range refused.Entries {
		refused.Entries[i].At = time.Duration(i)
	}
	out["refused"] = refused
	return out
}

// Kind is what of a field says nothing of the entry that it is in.
func Kind(field string) string {
	if _, kind, ok := strings.Cut(field, "."); ok && !strings.HasPrefix(field, "header.") {
		return kind
	}
	return field
}
