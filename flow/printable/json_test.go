package printable

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"doorstep/render/rendertest"
)

// What comes out, character by character.
func TestHostileCharacters(t *testing.T) {
	for in, want := range map[string]string{
		"{\"a\":\"plain ä 日 <b>&\"}": "{\"a\":\"plain ä 日 <b>&\"}",
		"\"a\x7fb\"":                 `"a\u007fb"`,
		"\"\u009b31m\"":              `"\u009b31m"`,
		"\"\u202ea\u202c\"":          `"\u202ea\u202c"`,
		"\"a\u200bb\ufeff\"":         `"a\u200bb\ufeff"`,
		"\"\u2028\u2029\"":           `"\u2028\u2029"`,
		"\"\xff\xc3\"":               `"\ufffd\ufffd"`,
		"\"\U000e0067\"":             `"\udb40\udc67"`,
		"\"\ufffd\"":                 "\"\ufffd\"",
		"\"👍🏽\"":                     "\"👍🏽\"",
	} {
		if got := string(JSON([]byte(in))); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

// Every character is appended as it is written, alone, beside others and after marks.
func TestAppendedAsWritten(t *testing.T) {
	for _, before := range []string{"", "a", "a\u0301\u0301\u0301", "\xc3"} {
		for r := rune(0); r < 0x3100; r++ {
			text := before + string(r) + "z"
			var b bytes.Buffer
			if err := Write(&b, text); err != nil {
				t.Fatal(err)
			}
			if got := AppendText([]byte(`"`), []byte(text)); string(got)+"\"\n" != b.String() {
				t.Fatalf("%q: appended it is %s, written %s", text, got, b.Bytes())
			}
		}
	}
}

// Whatever a text is, its JSON is harmless and says the same to a parser, bytes that are not UTF-8 as the mark for
// them; made safe twice it is as made safe once.
func TestHostileStrings(t *testing.T) {
	corpus := rendertest.Hostile()
	for _, h := range corpus {
		text := h.Text[:min(len(h.Text), 50_000)]
		var b bytes.Buffer
		if err := Write(&b, map[string]string{text: text}); err != nil {
			t.Fatalf("%s: %v", h.Name, err)
		}
		if err := rendertest.Harmless(b.String(), 0); err != nil || strings.Contains(b.String(), "\x1b") {
			t.Errorf("%s: %v", h.Name, err)
		}
		var quoted bytes.Buffer
		if err := Write(&quoted, text); err != nil || quoted.Len() != Len([]byte(text))+len("\"\"\n") {
			t.Errorf("%s: %d bytes are written, %d are told: %v", h.Name, quoted.Len(), Len([]byte(text)), err)
		}
		if got := AppendText([]byte(`"`), []byte(text)); string(got)+"\"\n" != quoted.String() {
			t.Errorf("%s: appended it is %.100q", h.Name, got)
		}
		want := strings.ToValidUTF8(text, "\ufffd")
		if !strings.Contains(want, "\ufffd") { // one mark for each byte, where ToValidUTF8 has one for all in a row
			got := map[string]string{}
			if err := json.Unmarshal(b.Bytes(), &got); err != nil || !reflect.DeepEqual(got, map[string]string{want: want}) {
				t.Errorf("%s: %v: a parser reads %.100q", h.Name, err, got)
			}
		}
		if again := JSON(b.Bytes()); !bytes.Equal(again, b.Bytes()) {
			t.Errorf("%s: made safe again it is %.100q", h.Name, again)
		}
	}
	t.Logf("%d texts", len(corpus))
}
