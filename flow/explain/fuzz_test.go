package explain

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"doorstep/flow/event"
)

// FuzzAsk asks for anything: whatever is found is found by its own name as well, what is near can be asked for, and
// capitals and the blanks around it change nothing.
func FuzzAsk(f *testing.F) {
	for _, s := range []string{"depth", "field depth", "FIELD/auth events", "rule 4.3.3", "rule 4.3.3 version 12", "4.1", "make_jion", "",
		"m.room.member", "header x-matrix", "a b\tc", "finding not-invited", "é", "rule 99.9"} {
		f.Add(s)
	}
	for i, name := range Names() {
		if i%16 == 0 {
			f.Add(name)
		}
	}
	names := Names()
	f.Fuzz(func(t *testing.T, words string) {
		if len(words) > 100 {
			return
		}
		found, near := Ask(words)
		if len(found) > 0 && len(near) > 0 || len(near) > 3 {
			t.Errorf("%q: found and not found, near are %q", words, near)
		}
		for _, e := range found {
			by, _ := Ask(e.Name)
			if !slices.Contains(by, e) {
				t.Errorf("%q finds %s %s, which its name does not", words, e.Kind, e.Name)
			}
		}
		for _, name := range near {
			if by, _ := Ask(name); len(by) == 0 || !slices.Contains(names, name) {
				t.Errorf("%q is near %q, which cannot be asked for", words, name)
			}
		}
		if len(found) == 0 {
			return // to look for what is near takes many times as long
		}
		if asked, _ := Ask(" " + words + "\t"); !slices.Equal(asked, found) {
			t.Errorf("%q with blanks around it is another thing", words)
		}
		if isASCII(words) {
			if asked, _ := Ask(strings.ToUpper(words)); !slices.Equal(asked, found) {
				t.Errorf("%q in capitals is another thing", words)
			}
		}
	})
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > '~' })
}

// FuzzBodies walks in any body by any pointer: it gets where encoding/json says that there is something.
func FuzzBodies(f *testing.F) {
	for i := range walked {
		f.Add(uint8(i), []byte(`{"state":[{"type":"m.room.member","content":{"membership":"join"},"signatures":{"a":{"ed25519:1":""}}}]}`),
			"/state/0/content/membership")
		f.Add(uint8(i), []byte(`[200,{"type":"m.room.create","unsigned":{},"a/b":{"~":1}}]`), "/1/a~1b/~0")
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte, pointer string) {
		b := Body{Bytes: body, Object: walked[int(which)%len(walked)]}
		at, ok := b.At(pointer)
		if again, same := b.At(pointer); again != at || same != ok {
			t.Errorf("%q of %q is another thing the second time", pointer, body)
		}
		if ok && at.Kind != Field {
			t.Errorf("%q of %q is %+v", pointer, body, at)
		}
		there, known := within(body, pointer)
		if known && there != ok {
			t.Errorf("%q of %q is there: %v, encoding/json says %v", pointer, body, ok, there)
		}
	})
}

var walked = []Object{Event, KeyDocument, ErrorBody, Transaction, InviteBody, SendJoinAnswer, SendJoinV1Answer, KeyAnswer}

// within reports whether a pointer leads to something in a body; not known where readers may differ.
func within(body []byte, pointer string) (there, known bool) {
	if canonical, err := event.Canonical(body, false); err != nil || canonical == nil || !utf8.ValidString(pointer) {
		return false, false
	}
	var v any
	if json.Unmarshal(body, &v) != nil {
		return false, false
	}
	if !strings.HasPrefix(pointer, "/") {
		return false, true
	}
	for _, token := range strings.Split(pointer[1:], "/") {
		key := strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch value := v.(type) {
		case map[string]any:
			var ok bool
			if v, ok = value[key]; !ok {
				return false, true
			}
		case []any:
			i, err := strconv.Atoi(key)
			if err == nil && strconv.Itoa(i) != key {
				return false, false
			}
			if err != nil || i < 0 || i >= len(value) {
				return false, true
			}
			v = value[i]
		default:
			return false, true
		}
	}
	return true, true
}
