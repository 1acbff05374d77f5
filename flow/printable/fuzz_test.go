package printable

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"unicode/utf8"

	"doorstep/render/rendertest"
)

// FuzzJSON makes any JSON safe to show: it is harmless, says the same to a parser, and made safe twice it is as made
// safe once. Any text, as a string, is that text.
func FuzzJSON(f *testing.F) {
	for _, h := range rendertest.Hostile() {
		if len(h.Text) < 300 {
			f.Add([]byte(h.Text))
		}
	}
	for _, s := range []string{`{"a":["é\u202e",1.50,"\x7f"]}`, "{\"a\u0301\u0301\u0301\u0301\":\"\xff\"}", `"\ud800"`, "[1,\n\t2]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		safe := JSON(text)
		if len(safe) > 6*len(text) {
			t.Fatalf("%d bytes are %d", len(text), len(safe))
		}
		if again := JSON(safe); !bytes.Equal(again, safe) {
			t.Fatalf("%q made safe again is %q", safe, again)
		}
		if json.Valid(text) {
			if want, got := value(t, text), value(t, safe); !reflect.DeepEqual(want, got) {
				t.Fatalf("%q is made safe as %q: another value", text, safe)
			}
			harmless(t, bytes.Map(func(r rune) rune { // between tokens white space may stand
				if r == '\t' || r == '\r' || r == '\n' {
					return ' '
				}
				return r
			}, safe))
		}
		var line bytes.Buffer
		if err := Write(&line, string(text)); err != nil || line.Len() != Len(text)+len("\"\"\n") {
			t.Fatalf("%q takes %d bytes, and %d are told: %v", text, line.Len(), Len(text), err)
		}
		harmless(t, bytes.TrimSuffix(line.Bytes(), []byte("\n")))
		if got := value(t, line.Bytes()); utf8.Valid(text) && got != string(text) {
			t.Fatalf("%q is written %s", text, line.Bytes())
		}
	})
}

func harmless(t *testing.T, text []byte) {
	t.Helper()
	if err := rendertest.Harmless(string(text), 0); err != nil || bytes.IndexByte(text, 0x1b) >= 0 {
		t.Fatalf("%q: %v", text, err)
	}
}

func value(t *testing.T, text []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return v
}
