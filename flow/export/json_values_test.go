package export

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"doorstep/flow/compare"
	"doorstep/flow/printable"
	"doorstep/render/rendertest"
)

// filled sets every string of v, and every JSON value, to text; every list gets one element, every pointer something
// to point at.
func filled(v reflect.Value, text string, raw json.RawMessage) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		filled(v.Elem(), text, raw)
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			v.SetBytes(raw)
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		filled(v.Index(0), text, raw)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		filled(key, text, raw)
		filled(value, text, raw)
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				filled(v.Field(i), text, raw)
			}
		}
	}
}

// inString is text as it may stand in a server's JSON, between quotes, every byte that may stand there unescaped.
func inString(text string) json.RawMessage {
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ':
			b.WriteString(`\u00` + string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15]))
		case c == '"', c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return json.RawMessage(`{"k":["` + b.String() + `"]}`)
}

// Whatever stands in any field of a report, the JSON is valid UTF-8, safe to print, one line, and says the same to a
// parser.
func TestHostileReport(t *testing.T) {
	for _, h := range rendertest.Hostile() {
		text := h.Text[:min(len(h.Text), 50_000)]
		for name, v := range map[string]any{"report": &Report{}, "step": &StepJSON{}, "map": &map[string]string{},
			"candidates": &[]compare.CandidateRow{}} {
			filled(reflect.ValueOf(v).Elem(), text, jsonOrNull(inString(text)))
			var plain, got bytes.Buffer
			enc := json.NewEncoder(&plain)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(v); err != nil {
				t.Fatalf("%s, %s: %v", h.Name, name, err)
			}
			if err := printable.Write(&got, v); err != nil {
				t.Fatalf("%s, %s: %v", h.Name, name, err)
			}
			safeToPrint(t, h.Name+", "+name, got.String())
			var want, have any
			if json.Unmarshal(plain.Bytes(), &want) != nil || json.Unmarshal(got.Bytes(),
				&have) != nil || !reflect.DeepEqual(want, have) {
				t.Errorf("%s, %s: a parser reads something else", h.Name, name)
			}
		}
	}
}

func safeToPrint(t *testing.T, name, text string) {
	t.Helper()
	if strings.Count(text, "\n") != 1 || !strings.HasSuffix(text, "\n") || strings.Contains(text, "\x1b") {
		t.Errorf("%s: not one line, or with colours", name)
	}
	if err := rendertest.Harmless(text, 0); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// Values of a diff that are no JSON, or hold bytes that are not UTF-8, come out as JSON all the same.
func TestHostileDiffValues(t *testing.T) {
	for _, v := range []string{"", "{", `"`, "nul", "\xff", "\"\xff\"", "{\"\xff\":1}", "1e999", "01", "\"\\ud800\"",
		"\"\x01\"", "[1,]"} {
		var b bytes.Buffer
		if err := printable.Write(&b, ChangeJSON{From: jsonOrNull([]byte(v)), To: jsonOrNull(nil)}); err != nil {
			t.Errorf("%q: %v", v, err)
		}
		safeToPrint(t, v, b.String())
		if !json.Valid(b.Bytes()) || !strings.Contains(b.String(), `"to":null`) {
			t.Errorf("%q: %s", v, b.String())
		}
	}
}
