package compare_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"doorstep/flow/compare"
)

// told spells what differs, a line each: kind, where, from what to what.
func told(list []compare.Difference) []string {
	var out []string
	for _, d := range list {
		line := fmt.Sprintf("%s %s %s > %s", d.Kind, d.Path, d.A, d.B)
		if d.Other != "" {
			line = fmt.Sprintf("%s %s~%s %s > %s", d.Kind, d.Path, d.Other, d.A, d.B)
		}
		out = append(out, strings.Join(strings.Fields(line), " "))
	}
	return out
}

func TestDocuments(t *testing.T) {
	for name, c := range map[string]struct {
		a, b string
		want []string
	}{
		"order of keys, spelling of strings and numbers": {`{"a":1,"b":[1.0,"\u0041"],"c":-0,"d":1e3}`,
			`{ "d":1000, "c":0.0e7, "b" : [1, "A"], "a":10e-1}`, nil},
		"a large number is not rounded": {`{"n":9007199254740993}`, `{"n":9007199254740992}`,
			[]string{"replaced /n 9007199254740993 > 9007199254740992"}},
		"a number of endless power": {`[1e999999999]`, `[1e999999998]`,
			[]string{"replaced /0 1e999999999 > 1e999999998"}},
		"null is not absence": {`{"a":null}`, `{}`, []string{"removed /a null >"}},
		"another sort of value": {`{"a":"1","b":true}`, `{"a":1,"b":"true"}`,
			[]string{`replaced /a "1" > 1`, `replaced /b true > "true"`}},
		"deep": {`{"a":{"b":{"c":[{"d":1,"e":2}]}}}`, `{"a":{"b":{"c":[{"d":1,"e":3,"f":4}]}}}`,
			[]string{"replaced /a/b/c/0/e 2 > 3", "added /a/b/c/0/f > 4"}},
		"keys that a pointer escapes": {`{"a/b":1,"m~n":1}`, `{"a/b":2}`,
			[]string{"replaced /a~1b 1 > 2", "removed /m~0n 1 >"}},
		"an element more, in front": {`{"l":[1,2,3]}`, `{"l":[0,1,2,3]}`, []string{"added /l/0 > 0"}},
		"another order counts":      {`{"l":[1,2]}`, `{"l":[2,1]}`, []string{"reordered /l [1,2] > [2,1]"}},
		"but not in a set": {`{"auth_events":["$a","$b"],"prev_events":["$c"]}`,
			`{"auth_events":["$b","$a"],"prev_events":["$d"]}`,
			[]string{`removed /prev_events/0 "$c" >`, `added /prev_events/0 > "$d"`}},
		"events by type and state key": {
			`{"state":[{"type":"m.room.create","state_key":""},{"type":"m.room.member","state_key":"@a:x","depth":1}]}`,
			`{"state":[{"type":"m.room.member","state_key":"@b:x"},{"type":"m.room.member","state_key":"@a:x","depth":2}]}`,
			[]string{`removed /state/0 {"type":"m.room.create","state_key":""} >`, `replaced /state/1/depth 1 > 2`,
				`added /state/0 > {"type":"m.room.member","state_key":"@b:x"}`}},
		"the place of an event is told in both": {`{"state":[{"type":"t","state_key":"","n":1},{"type":"u","state_key":""}]}`,
			`{"state":[{"type":"u","state_key":""},{"type":"t","state_key":"","n":2}]}`,
			[]string{"replaced /state/0/n~/state/1/n 1 > 2"}},
		"no JSON":           {`<html>`, `{}`, []string{"replaced <html> > {}"}},
		"nothing":           {``, `{}`, []string{"replaced > {}"}},
		"a key comes twice": {`{"a":1,"a":2}`, `{"a":2}`, []string{`replaced {"a":1,"a":2} > {"a":2}`}},
		"half of a surrogate pair": {`{"a":"\ud800"}`, `{"a":"\ud801"}`,
			[]string{`replaced /a "\ud800" > "\ud801"`}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := told(compare.Documents([]byte(c.a), []byte(c.b))); !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

// What is equal is counted: a value that is equal with all that is in it is one.
func TestValues(t *testing.T) {
	list := compare.Values([]byte(`{"a":{"x":1,"y":2},"b":1,"c":[1,2]}`), []byte(`{"a":{"y":2,"x":1},"b":2,"c":[1,2]}`))
	if got := compare.Count(list, compare.Equal); got != 2 {
		t.Errorf("%d equal, want 2: %q", got, told(list))
	}
	if got := compare.Count(list, compare.Replaced); got != 1 || len(compare.Changed(list)) != 1 {
		t.Errorf("%d replaced: %q", got, told(list))
	}
}

func TestEvents(t *testing.T) {
	const create, old, now = `{"type":"m.room.create","state_key":""}`,
		`{"type":"m.room.topic","state_key":"","content":{"topic":"old"}}`,
		`{"type":"m.room.topic","state_key":"","content":{"topic":"new"}}`
	list := compare.Events([]byte("["+create+","+now+"]"),
		[]byte("["+old+","+`{"state_key":"","type":"m.room.create"}`+"]"))
	want := []string{"removed /1 " + now + " >", "added /0 > " + old}
	if got := told(compare.Changed(list)); !slices.Equal(got, want) || compare.Count(list, compare.Equal) != 1 {
		t.Errorf("got %q", told(list))
	}
}

// random is a JSON value of few keys and values, so that two of them have much in common.
func random(r *rand.Rand, level int) any {
	switch n := r.IntN(9); {
	case n < 3 && level < 4:
		o := map[string]any{}
		for range r.IntN(5) {
			o[[]string{"a", "b", "auth_events", "state", "type", "state_key", "servers"}[r.IntN(7)]] = random(r, level+1)
		}
		return o
	case n < 5 && level < 4:
		l := []any{}
		for range r.IntN(5) {
			l = append(l, random(r, level+1))
		}
		return l
	case n < 7:
		return r.IntN(3)
	}
	return []any{"x", "$e", "@u:h", true, nil, 1.5}[r.IntN(6)]
}

// A document is equal to itself, and to swap two is to swap what the differences say.
func TestDocumentsAreSymmetric(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		a, _ := json.Marshal(random(r, 0))
		b, _ := json.Marshal(random(r, 0))
		requireSymmetric(t, a, b)
	}
}

func requireSymmetric(t *testing.T, a, b []byte) {
	t.Helper()
	if d := compare.Documents(a, a); len(d) > 0 {
		t.Fatalf("%q differs from itself: %q", a, told(d))
	}
	there, back := compare.Documents(a, b), compare.Documents(b, a)
	for i := range back {
		d := &back[i]
		d.A, d.B = d.B, d.A
		if d.Other != "" {
			d.Path, d.Other = d.Other, d.Path
		}
		switch d.Kind {
		case compare.Added:
			d.Kind = compare.Removed
		case compare.Removed:
			d.Kind = compare.Added
		}
	}
	x, y := told(there), told(back)
	slices.Sort(x)
	slices.SortFunc(y, cmp.Compare[string])
	if !slices.Equal(x, y) {
		t.Fatalf("%s and %s:\n%s\nand the other way round\n%s", a, b, strings.Join(x, "\n"), strings.Join(y, "\n"))
	}
}

// A document that shares its bytes with the other is compared as any.
func TestBeginningOfTheOther(t *testing.T) {
	long := []byte(`{"a":[{"b":2},5]}b":`)
	requireSymmetric(t, long, long[:17])
	if d := compare.Documents(long[:17], long); len(d) != 1 {
		t.Errorf("%d differences", len(d))
	}
}

func FuzzDocuments(f *testing.F) {
	f.Add([]byte(`{"a":[1,{"b":2}]}`), []byte(`{"a":[{"b":2},1]}`))
	f.Add([]byte(`[[`), []byte(`{"a":`))
	f.Add([]byte("\xff"), []byte("{\"\xff\":1}"))
	f.Add(bytes.Repeat([]byte("["), 3000), bytes.Repeat([]byte(`{"a":`), 3000))
	f.Fuzz(func(t *testing.T, a, b []byte) { requireSymmetric(t, a, b) })
}

// Text that is nested without end is compared as a whole where it is too deep, and in no time.
func TestDeepDocuments(t *testing.T) {
	nested := func(core string) []byte {
		const levels = 10_000
		return []byte(strings.Repeat("[", levels) + core + strings.Repeat("]", levels))
	}
	if d := compare.Documents(nested("1"), nested("2")); len(d) != 1 {
		t.Errorf("%d differences", len(d))
	}
}
