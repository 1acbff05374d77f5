package render

import (
	"bytes"
	"strings"
	"testing"
)

// found is all that is found in raw, looked for in blocks of some bytes.
func found(n Needle, raw []byte, block int) []string {
	f := n.In(raw)
	var out []string
	at := 0
	for to := min(block, len(raw)); ; {
		for i := f.Next(at, to); i >= 0; i = f.Next(at, to) {
			out = append(out, string(raw[i:f.End()]))
			at = f.End()
		}
		if to == len(raw) {
			return out
		}
		at, to = max(at, to), min(to+block, len(raw))
	}
}

func TestExpressions(t *testing.T) {
	const body = `{"type":"m.room.member","users_default":0,"content":{"Users_DEFAULT":10,"ban": 50},"x":["ab","abb"],` +
		`"event":"$abc+d"}`
	for pattern, want := range map[string][]string{
		`users_def.*lt":\d+`: {`users_default":0`, `Users_DEFAULT":10`},
		`Users_def.*lt`:      nil, // a capital asks for these very letters
		`Users_\S+lt`:        nil,
		`Users_\S+LT`:        {`Users_DEFAULT`},
		`m.room.member`:      {`m.room.member`},
		`M.ROOM`:             nil,
		`\QM.ROOM\E`:         nil,
		`ab+"`:               {`ab"`, `abb"`},
		`z*`:                 nil, // nothing at all is no match
		`^"ban`:              {`"ban`},
		`$abc`:               {`$abc`},
		`"ban":\s*50}`:       {`"ban": 50}`},
		`type|event`:         {`type`, `event`},
	} {
		n, err := ParseNeedle(pattern)
		if err != nil {
			t.Errorf("%q: %v", pattern, err)
		}
		for _, block := range []int{1, 7, 40, 1000} {
			if got := found(n, []byte(body), block); strings.Join(got, " ") != strings.Join(want, " ") {
				t.Errorf("%q, %d at a time: %q, want %q", pattern, block, got, want)
			}
		}
	}
	for pattern, why := range map[string]string{`"a[`: "missing closing ]",
		`a(b`: "missing closing )", `*`: "missing argument to repetition operator"} {
		n, err := ParseNeedle(pattern)
		if err == nil || err.Error() != why || n.IsExpression() {
			t.Errorf("%q: %v, want %s", pattern, err, why)
		}
		if got := found(n, []byte(`x`+pattern+`x`), 3); len(got) != 1 || got[0] != pattern {
			t.Errorf("%q is searched for as it stands, but %q is found", pattern, got)
		}
	}
	for _, plain := range []string{"sender", `"sender":`, `\.`, "room-id", `\Qa.b\E`} {
		if n, err := ParseNeedle(plain); err != nil || n.IsExpression() {
			t.Errorf("%q is searched for as an expression: %v", plain, err)
		}
	}
}

// However long a text goes on without an end, and wherever a search begins in it, the matches are the same.
func TestExpressionsInLongTexts(t *testing.T) {
	raw := []byte(`{"a":"` + strings.Repeat("word12 and ", 4*unbroken/11) + `","b":"word7"}`)
	n, err := ParseNeedle(`word\d+ a?`)
	if err != nil {
		t.Fatal(err)
	}
	whole := found(n, raw, len(raw))
	if len(whole) < 4*unbroken/11-8 {
		t.Errorf("%d matches are found", len(whole))
	}
	if got := found(n, raw, 1000); len(got) != len(whole) {
		t.Errorf("%d matches are found in parts, %d at once", len(got), len(whole))
	}
	from := 3*unbroken/2 + 3
	f := n.In(raw)
	at := f.Next(from, len(raw))
	if want := from + bytes.Index(raw[from:], []byte("word12 a")); at != want {
		t.Errorf("from %d the next is at %d, want %d", from, at, want)
	}
	if f.Next(0, len(raw)) != bytes.Index(raw, []byte("word12")) {
		t.Error("going back leads elsewhere")
	}
}

func BenchmarkExpression(b *testing.B) {
	raw := bigBody(10 << 20)
	for _, text := range []string{"m.room.member", "nowhere.*", `"depth":\d+`} {
		b.Run(text, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			n, err := ParseNeedle(text)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				f := n.In(raw)
				for at := f.Next(0, len(raw)); at >= 0; at = f.Next(f.End(), len(raw)) {
				}
			}
		})
	}
}
