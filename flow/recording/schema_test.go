package recording_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
	"doorstep/recordings"
)

// Every line of every recording of the program, and of the first ones, is as the schema has it.
func TestSchemaHoldsForRecordings(t *testing.T) {
	seen := map[string]int{}
	check := func(name string, file []byte) {
		for line := range bytes.Lines(file) {
			if err := flowtest.Obeys(line); err != nil {
				t.Fatalf("%s: %s\n%v", name, line[:min(len(line), 300)], err)
			}
			var l struct{ Kind string }
			if err := json.Unmarshal(line, &l); err != nil {
				t.Fatal(err)
			}
			seen[l.Kind]++
		}
	}
	for _, name := range recordings.Names() {
		r, err := recordings.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(r); err != nil {
			t.Fatal(err)
		}
		check(name, b.Bytes())
	}
	files, err := filepath.Glob("../../recordings/testdata/first/*.jsonl")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		check(name, file)
	}
	for _, kind := range []string{"", "request", "response", "failure", "local"} {
		if seen[kind] < 5 {
			t.Errorf("%d lines of kind %q", seen[kind], kind)
		}
	}
}

// Whatever is changed in a line, its schema notices: a value of another type, a kind or step that there is none of, a
// key that nobody knows, one that has to be there and is not.
func TestSchemaNoticesChanges(t *testing.T) {
	file, err := os.ReadFile("../../recordings/failover.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	for line := range bytes.Lines(file) {
		var whole any
		if err := json.Unmarshal(line, &whole); err != nil {
			t.Fatal(err)
		}
		for _, m := range mutations(whole, "") {
			bad, err := json.Marshal(m.value)
			if err != nil {
				t.Fatal(err)
			}
			if changed++; flowtest.Obeys(bad) == nil {
				t.Errorf("%s: taken: %s", m.what, bad[:min(len(bad), 200)])
			}
		}
	}
	if changed < 900 {
		t.Errorf("%d changes", changed)
	}
}

// A mutation is a value with one thing wrong in it.
type mutation struct {
	what  string
	value any
}

// mutations are those of a value: everything in it given another type, keys nobody knows, words nobody knows.
func mutations(v any, path string) []mutation {
	var out []mutation
	switch v := v.(type) {
	case map[string]any:
		add := func(what, key string, value any) {
			other := map[string]any{}
			for k, m := range v {
				other[k] = m
			}
			other[key] = value
			out = append(out, mutation{path + "/" + key + " " + what, other})
		}
		add("unknown", "no_such_key", 1)
		for k, member := range v {
			for _, m := range mutations(member, path+"/"+k) {
				add(m.what, k, m.value)
			}
			if slices.Contains([]string{"kind", "step", "from", "to", "endpoint", "form", "send_to", "rule", "end"}, k) &&
				!strings.Contains(path, "/steps") {
				add("another word", k, "no such word")
			}
			add("another type", k, otherType(member))
		}
	case []any:
		for i, e := range v {
			for _, m := range mutations(e, fmt.Sprintf("%s/%d", path, i)) {
				other := slices.Clone(v)
				other[i] = m.value
				out = append(out, mutation{m.what, other})
			}
		}
	}
	return out
}

func otherType(v any) any {
	switch v.(type) {
	case float64:
		return "a text"
	case bool:
		return 0
	}
	return 7.5
}

// Every key that a line can have by the Go types is in the schema, and every key of the schema is one of theirs.
func TestSchemaIsThatOfTheTypes(t *testing.T) {
	var doc struct {
		Defs map[string]any `json:"$defs"`
	}
	if err := json.Unmarshal(recordings.Schema, &doc); err != nil {
		t.Fatal(err)
	}
	defs := doc.Defs
	entries := map[string]any{}
	for _, kind := range []string{"request", "response", "failed", "local"} {
		for k, v := range defs[kind].(map[string]any)["properties"].(map[string]any) {
			entries[k] = v
		}
	}
	c := comparison{t: t, defs: defs, done: map[string]bool{}}
	c.fields("entry", reflect.TypeFor[recording.EntryLine](), entries)
	c.value("header", reflect.TypeFor[recording.HeaderLine](), defs["header"].(map[string]any))
	if len(c.done) < 14 {
		t.Errorf("only %d types were compared: %v", len(c.done), c.done)
	}
}

type comparison struct {
	t    *testing.T
	defs map[string]any
	done map[string]bool
}

// value compares a type with the schema of a value of it.
func (c comparison) value(path string, typ reflect.Type, s map[string]any) {
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	ref, _ := s["$ref"].(string)
	name := strings.TrimPrefix(ref, "#/$defs/")
	if name != "" {
		s = c.defs[name].(map[string]any)
	}
	switch {
	case typ == reflect.TypeFor[time.Time](), name == "text":
	case typ.Kind() == reflect.Slice && typ.Elem().Kind() != reflect.Uint8:
		items, ok := s["items"].(map[string]any)
		if !ok {
			c.t.Errorf("%s: the type is a list, and the schema has no items", path)
			return
		}
		c.value(path+"/*", typ.Elem(), items)
	case typ.Kind() == reflect.Struct:
		properties, ok := s["properties"].(map[string]any)
		if !ok {
			c.t.Errorf("%s: the type is %s, and the schema has no properties", path, typ)
			return
		}
		if !c.done[typ.Name()] {
			c.done[typ.Name()] = true
			c.fields(path, typ, properties)
		}
	}
}

// fields compares the fields of a struct with properties, both ways.
func (c comparison) fields(path string, typ reflect.Type, properties map[string]any) {
	fields := jsonFields(typ)
	for key, field := range fields {
		if s, ok := properties[key].(map[string]any); !ok {
			c.t.Errorf("%s: %s of %s is not in the schema", path, key, typ)
		} else {
			c.value(path+"/"+key, field, s)
		}
	}
	for key := range properties {
		if _, ok := fields[key]; !ok {
			c.t.Errorf("%s: %s of the schema is not in %s", path, key, typ)
		}
	}
}

// jsonFields are the fields of a struct as encoding/json names them.
func jsonFields(typ reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for i := range typ.NumField() {
		f := typ.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case f.Anonymous && name == "":
			for k, v := range jsonFields(f.Type) {
				if _, taken := out[k]; !taken {
					out[k] = v
				}
			}
		default:
			out[name] = f.Type
		}
	}
	return out
}
