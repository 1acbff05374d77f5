package event

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"
	"unicode/utf8"
)

// reference is canonical JSON written the obvious way over encoding/json. It is right where encoding/json repairs
// nothing: valid UTF-8, no lone surrogates. twice reports a duplicate key.
func reference(src []byte) (out []byte, twice, ok bool) {
	if !json.Valid(src) {
		return nil, false, false
	}
	d := json.NewDecoder(bytes.NewReader(src))
	d.UseNumber()
	out, twice = referenceValue(d, nil)
	return out, twice, true
}

func referenceValue(d *json.Decoder, out []byte) (_ []byte, twice bool) {
	token, err := d.Token()
	if err != nil {
		panic(err)
	}
	switch token := token.(type) {
	case json.Delim:
		values := map[string]string{}
		var elements, keys []string
		for d.More() {
			key := ""
			if token == '{' {
				next, err := d.Token()
				if err != nil {
					panic(err)
				}
				key = next.(string)
			}
			value, below := referenceValue(d, nil)
			if _, here := values[key]; token == '{' && here {
				twice = true
			}
			twice = twice || below
			values[key] = string(value)
			elements = append(elements, string(value))
		}
		if _, err := d.Token(); err != nil {
			panic(err)
		}
		if token == '[' {
			return append(out, "["+strings.Join(elements, ",")+"]"...), twice
		}
		for key := range values {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		for i, key := range keys {
			keys[i] = string(referenceString(key)) + ":" + values[key]
		}
		return append(out, "{"+strings.Join(keys, ",")+"}"...), twice
	case string:
		return append(out, referenceString(token)...), false
	case json.Number:
		return append(out, token...), false
	}
	word, err := json.Marshal(token)
	if err != nil {
		panic(err)
	}
	return append(out, word...), false
}

func referenceString(s string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err)
	}
	text := strings.TrimSuffix(b.String(), "\n")
	// encoding/json escapes these two, and only these, for the sake of JavaScript. A backslash before the escape would
	// have been written as two.
	var out strings.Builder
	for i := 0; i < len(text); {
		switch {
		case strings.HasPrefix(text[i:], `\\`):
			out.WriteString(`\\`)
			i += 2
		case strings.HasPrefix(text[i:], `\u2028`), strings.HasPrefix(text[i:], `\u2029`):
			out.WriteString(map[byte]string{'8': "\u2028", '9': "\u2029"}[text[i+5]])
			i += 6
		default:
			out.WriteByte(text[i])
			i++
		}
	}
	return []byte(out.String())
}

func seeds(f *testing.F, add func(raw []byte)) {
	for _, p := range appendixPairs {
		add([]byte(p.in))
	}
	for _, c := range refused {
		add([]byte(c.in))
	}
	for _, s := range []string{`{"a":-0,"b":1e10}`, `[1.50e1,9007199254740992,"\ud83d\udc08\u2028\u0000\/"]`,
		`{"\u0062":{"b":[{}, []]},"a\n":"\n"}`} {
		add([]byte(s))
	}
}

func FuzzCanonical(f *testing.F) {
	seeds(f, func(raw []byte) { f.Add(raw) })
	f.Fuzz(func(t *testing.T, src []byte) {
		before := bytes.Clone(src)
		out, err := Canonical(src, false)
		if !bytes.Equal(src, before) {
			t.Fatal("input changed")
		}
		want, twice, valid := reference(src)
		if (grammar(src) == nil) != valid {
			t.Fatalf("grammar: %v, encoding/json: %v", grammar(src), valid)
		}
		if err != nil {
			var syntax *SyntaxError
			if !errors.As(err, &syntax) || syntax.Error() == "" || syntax.Offset > len(src) || syntax.Offset < 0 ||
				!utf8.ValidString(syntax.Path) {
				t.Fatalf("%#v", err)
			}
			right := true
			switch syntax.Kind {
			case NotJSON:
				right = !valid
			case DuplicateKey:
				right = !valid || twice || !utf8.Valid(src) || loneSurrogates(src) > 0
			case InvalidUTF8:
				right = !utf8.Valid(src)
			case LoneSurrogate:
				right = !valid || loneSurrogates(src) > 0
			case TooDeep:
				right = bytes.Count(src, []byte("["))+bytes.Count(src, []byte("{")) > MaxNesting
			default:
				right = false
			}
			if !right {
				t.Fatalf("%v, but valid %v, duplicate key %v", err, valid, twice)
			}
			return
		}
		if !valid || twice || !utf8.Valid(src) || loneSurrogates(src) > 0 {
			t.Fatalf("taken: valid %v, duplicate key %v", valid, twice)
		}
		if !bytes.Equal(out, want) {
			t.Fatalf("got  %q\nwant %q", out, want)
		}
		if len(out) > len(src) {
			t.Fatalf("longer than what it was made from: %q", out)
		}
		if again, err := Canonical(out, false); err != nil || !bytes.Equal(again, out) {
			t.Fatalf("again: %q, %v", again, err)
		}
		if strict, err := Canonical(src, true); err == nil && !bytes.Equal(strict, out) {
			t.Fatalf("strict: %q", strict)
		}
		if normal, err := Normal(src); err == nil {
			if again, err := Canonical(normal, true); err != nil || !bytes.Equal(again, normal) {
				t.Fatalf("normal %q is not strict: %q, %v", normal, again, err)
			}
		} else if _, err := Canonical(src, true); err == nil {
			t.Fatal("strict, yet not normal")
		}
	})
}

// loneSurrogates counts the replacement characters that encoding/json makes of text that has none.
func loneSurrogates(src []byte) int {
	d := json.NewDecoder(bytes.NewReader(src))
	made := 0
	for {
		token, err := d.Token()
		if err != nil {
			break
		}
		if s, ok := token.(string); ok {
			made += strings.Count(s, "\uFFFD")
		}
	}
	plain := strings.ReplaceAll(string(src), `\\`, "")
	return made - strings.Count(plain, "\uFFFD") - strings.Count(strings.ToLower(plain), `\ufffd`)
}

func FuzzMembers(f *testing.F) {
	seeds(f, func(raw []byte) { f.Add(raw, "content", []byte(`{"a":1}`)) })
	for _, text := range signatureTexts {
		f.Add([]byte(text), "a.example", []byte(`"AQ"`))
	}
	f.Fuzz(func(t *testing.T, src []byte, key string, value []byte) {
		members, err := Members(src)
		if Valid(src) != json.Valid(src) {
			t.Fatalf("valid: %t, encoding/json says %t", Valid(src), json.Valid(src))
		}
		if sigs, ok := soleSignature(src); ok && Valid(src) {
			if all := allSignatures(src); len(all) != 1 || !reflect.DeepEqual(all[0], sigs) {
				t.Fatalf("the only signature is %+v, and all of them are %+v", sigs, all)
			}
		}
		if _, deep := Canonical(src, false); deep == nil && err != nil && skipSpace(src,
			0) < len(src) && src[skipSpace(src, 0)] == '{' {
			t.Fatalf("readable to its last level, but not to its first: %v", err)
		}
		if elements, err := Elements(src); err == nil {
			for _, e := range elements {
				if !json.Valid(e) {
					t.Fatalf("element %q", e)
				}
			}
			if again, err := Elements(append(append([]byte("["), bytes.Join(elements, []byte(","))...), ']')); err != nil ||
				len(again) != len(elements) {
				t.Fatalf("joined: %v", err)
			}
		}
		edited, editErr := Edit(src, []Member{{key, value}}, "type")
		if err != nil {
			if editErr == nil {
				t.Fatalf("edited %q, which cannot be read", src)
			}
			return
		}
		if !utf8.ValidString(key) { // the caller's business
			return
		}
		if editErr != nil {
			if json.Valid(value) {
				t.Fatal(editErr)
			}
			return
		}
		got, err := Members(edited)
		if err != nil {
			t.Fatalf("edited to %q: %v", edited, err)
		}
		want := slices.DeleteFunc(members, func(m Member) bool { return m.Key == "type" && key != "type" })
		if i := slices.IndexFunc(want, func(m Member) bool { return m.Key == key }); i >= 0 {
			want[i].Value = value
		} else {
			want = append(want, Member{key, value})
		}
		if !slices.EqualFunc(got, want, func(a, b Member) bool {
			return a.Key == b.Key && bytes.Equal(bytes.Trim(a.Value, " \t\r\n"), bytes.Trim(b.Value, " \t\r\n"))
		}) {
			t.Fatalf("edited to %q", edited)
		}
	})
}

func FuzzParse(f *testing.F) {
	at := 0
	seeds(f, func(raw []byte) { // each in one version only: all in all of them take more than a second to run once
		f.Add(byte(at%len(versions)), raw)
		at++
	})
	for i := range versions {
		f.Add(byte(i), joinIn(f, versions[i], appendixKey(f)).Raw())
	}
	key := appendixKey(f)
	f.Fuzz(func(t *testing.T, which byte, raw []byte) {
		v := versions[int(which)%len(versions)]
		e, err := Parse(v, raw)
		if _, canonical := Canonical(raw, false); (err == nil) != (canonical == nil && raw[skipSpace(raw, 0)] == '{') {
			t.Fatalf("Parse: %v, Canonical: %v", err, canonical)
		}
		if err != nil {
			return
		}
		e.AuthReferences()
		e.PrevReferences()
		e.StateKey()
		e.ClaimedContentHash()
		e.ContentString("membership")
		e.Membership()
		for _, text := range []string{e.ID(), e.Type(), e.Sender(), e.RoomID()} {
			if !utf8.ValidString(text) {
				t.Fatalf("%q", text)
			}
		}
		for _, p := range e.Problems() {
			if p.Why == "" || p.Field != "" && p.Field[0] != '/' || !utf8.ValidString(p.Why+p.Field) {
				t.Fatalf("problem %q", p)
			}
		}
		if e.ContentHash() != sha256.Sum256(e.ContentHashBytes()) || e.ReferenceHash() != sha256.Sum256(e.SignedBytes()) {
			t.Fatal("hashes are not of the bytes shown")
		}
		for name, same := range map[string][]byte{"canonical": e.CanonicalBytes(), "redacted": e.Redacted().Raw()} {
			other, err := Parse(v, same)
			if err != nil || other.ID() != e.ID() || other.ReferenceHash() != e.ReferenceHash() ||
				!bytes.Equal(other.SignedBytes(), e.SignedBytes()) {
				t.Fatalf("%s form %q is another event, %v", name, same, err)
			}
			if name == "canonical" && (other.ContentHash() != e.ContentHash() || !bytes.Equal(other.Raw(),
				other.CanonicalBytes())) {
				t.Fatalf("canonical form %q has another content", same)
			}
		}
		signed, err := e.Sign("s", key)
		if err != nil {
			t.Fatal(err)
		}
		if signed.ReferenceHash() != e.ReferenceHash() || signed.ContentHash() != e.ContentHash() {
			t.Fatal("signing changed the event")
		}
		if !slices.ContainsFunc(signed.Signatures(),
			func(s Signature) bool { return s.Server == "s" && s.KeyID == key.ID && signed.Verify(s, key.Public()) }) {
			t.Fatalf("signed, and does not verify: %s", signed.Raw())
		}
	})
}
