package packed

import (
	"bytes"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

func zipped(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is within the limits comes out as it is, packed or not; what is over one is refused, with its name.
func TestUnpacksWithin(t *testing.T) {
	noise := make([]byte, 3<<20)
	rand.NewChaCha8([32]byte{}).Read(noise)
	blanks := bytes.Repeat([]byte(" "), 3<<20)
	l := Limits{Whole: 3 << 20, Freely: 1 << 20, Ratio: 100}
	for name, c := range map[string]struct {
		in, out []byte
		packed  bool
		limits  Limits
		want    string
	}{
		"nothing":            {nil, nil, false, l, ""},
		"a byte":             {[]byte{0x1f}, []byte{0x1f}, false, l, ""},
		"plain":              {blanks, blanks, false, l, ""},
		"packed":             {zipped(t, noise), noise, true, l, ""},
		"in two parts":       {append(zipped(t, noise[:9]), zipped(t, noise[9:99])...), noise[:99], true, l, ""},
		"plain, too large":   {append(blanks, ' '), nil, false, l, "it has more than 3145728 bytes"},
		"packed, too large":  {zipped(t, append(noise, ' ')), nil, true, l, "it unpacks to more than 3145728 bytes"},
		"a bomb":             {zipped(t, blanks), nil, true, l, "it unpacks to more than 1 MiB, and to more than 100 times"},
		"a small bomb":       {zipped(t, blanks[:1<<20]), blanks[:1<<20], true, l, ""},
		"a bomb let through": {zipped(t, blanks), blanks, true, Limits{3 << 20, 1 << 20, 2000}, ""},
		"cut":                {zipped(t, noise)[:1<<20], nil, true, l, "unexpected EOF"},
	} {
		r, err := NewReader(bytes.NewReader(c.in), c.limits)
		if err != nil {
			t.Fatal(name, err)
		}
		got, err := io.ReadAll(r)
		switch {
		case r.Packed() != c.packed:
			t.Errorf("%s: packed: %t", name, r.Packed())
		case c.want == "" && (err != nil || !bytes.Equal(got, c.out) || r.Given() != int64(len(c.out))):
			t.Errorf("%s: %d bytes, %d are told: %v", name, len(got), r.Given(), err)
		case c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)):
			t.Errorf("%s: %v, not %q", name, err, c.want)
		}
	}
	if _, err := NewReader(strings.NewReader("\x1f\x8b no header of gzip"), l); err == nil {
		t.Error("a header that is none is taken")
	}
}
