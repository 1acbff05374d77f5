package event

import "testing"

func TestGet(t *testing.T) {
	const doc = `{"type":"m.room.member","depth":7,"content":{"membership":"join","a":{"b":[1,2]}},"twice":{"x":1,"x":2},"big":9223372036854775808}`
	o, err := ReadObject([]byte(doc))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path []string
		want string // JSON text; empty: there is none
	}{
		{[]string{"depth"}, "7"},
		{[]string{"content", "membership"}, `"join"`},
		{[]string{"content", "a", "b"}, "[1,2]"},
		{[]string{"content", "a", "b", "c"}, ""}, // an array on the way
		{[]string{"content", "none"}, ""},
		{[]string{"none", "membership"}, ""},
		{[]string{"type", "x"}, ""},  // a text on the way
		{[]string{"twice", "x"}, ""}, // it can be read in two ways
		{nil, ""},
	} {
		if got := string(o.Get(c.path...)); got != c.want {
			t.Errorf("%q: %s, want %s", c.path, got, c.want)
		}
		if got := string(Get([]byte(doc), c.path...)); got != c.want {
			t.Errorf("%q of the text: %s, want %s", c.path, got, c.want)
		}
	}
	if s, ok := o.String("content", "membership"); s != "join" || !ok {
		t.Errorf("membership %q, %t", s, ok)
	}
	if s, ok := o.String("depth"); ok {
		t.Errorf("a number as a text: %q", s)
	}
	if n, ok := o.Int("depth"); n != 7 || !ok {
		t.Errorf("depth %d, %t", n, ok)
	}
	if n, ok := o.Int("big"); n != 1<<63-1 || ok {
		t.Errorf("a number that does not fit: %d, %t", n, ok)
	}
	for _, key := range []string{"type", "none"} {
		if n, ok := o.Int(key); ok {
			t.Errorf("%s as a number: %d", key, n)
		}
	}
	if e, ok := o.Elements("content", "a", "b"); len(e) != 2 || !ok {
		t.Errorf("elements %q, %t", e, ok)
	}
	if got := Get([]byte("[]"), "a"); got != nil {
		t.Errorf("of an array: %s", got)
	}
}
