package event

import (
	"strings"
	"testing"
)

func TestValidServerName(t *testing.T) {
	for name, want := range map[string]bool{
		"a": true, "matrix.org": true, "matrix.org:8448": true, "1.2.3.4": true, "1.2.3.4:1": true, "256.1.1.1": true,
		"[::1]": true, "[2001:db8::1]:8448": true, "A-B.c": true, "-": true, "x:00000": true, strings.Repeat("a", 255): true,
		"": false, ":8448": false, "a:": false, "a:123456": false, "a:8a": false, "a:1:2": false, "a_b": false, "a b": false,
		"ä": false, "[::1": false, "[:]": false, "[::g]": false, "[::1]x": false, "[::1]:": false, "::1": false,
		strings.Repeat("a", 256): false, "a/b": false, "a\x00": false, "[]": false, "a:-1": false, "[fe80::1%eth0]": false,
	} {
		if got := ValidServerName(name); got != want {
			t.Errorf("ValidServerName(%q) = %v", name, got)
		}
	}
}

func TestValidUserID(t *testing.T) {
	for id, want := range map[string]bool{
		"@a:b": true, "@:b": true, "@A B/é\n:b:8448": true, "@a:[::1]:1": true, "@" + strings.Repeat("a", 252) + ":b": true,
		"": false, "@": false, "a:b": false, "@a": false, "@a:": false, "@a\x00:b": false, "@a:b:c": false, "!a:b": false,
		"@" + strings.Repeat("a", 253) + ":b": false, "@a:b/c": false,
	} {
		if got := ValidUserID(id); got != want {
			t.Errorf("ValidUserID(%q) = %v", id, got)
		}
	}
}

func TestServerName(t *testing.T) {
	for id, want := range map[string]string{"@a:b:1": "b:1", "!x:[::1]:2": "[::1]:2", "$a:": "", "@:c": "c"} {
		if got, ok := ServerName(id); !ok || got != want {
			t.Errorf("ServerName(%q) = %q, %v", id, got, ok)
		}
	}
	if got, ok := ServerName("$hash"); ok {
		t.Errorf("ServerName of an ID without one = %q", got)
	}
}

func TestBase64(t *testing.T) {
	// Spec: appendices, unpadded Base64.
	for text, want := range map[string]string{"": "", "f": "Zg", "fo": "Zm8", "foo": "Zm9v", "foob": "Zm9vYg",
		"fooba": "Zm9vYmE", "foobar": "Zm9vYmFy"} {
		if got := EncodeBase64([]byte(text)); got != want {
			t.Errorf("EncodeBase64(%q) = %s", text, got)
		}
		for _, c := range []struct {
			in        string
			canonical bool
		}{{want, true}, {want + "=", false}, {want + "==", false}} {
			if b, canonical, err := DecodeBase64(c.in); string(b) != text || canonical != c.canonical || err != nil {
				t.Errorf("DecodeBase64(%q) = %q, %v, %v", c.in, b, canonical, err)
			}
		}
	}
	if b, canonical, err := DecodeBase64("Zh"); string(b) != "f" || canonical || err != nil {
		t.Errorf("stray bits: %q, %v, %v", b, canonical, err)
	}
	for _, in := range []string{"Z", "Zg===", "Zm9v\n", "Z g", "Zm9_", "Zm-v", "Zg=a", "é", "Zm9v\x00"} {
		if b, _, err := DecodeBase64(in); err == nil {
			t.Errorf("DecodeBase64(%q) = %q", in, b)
		}
	}
}
