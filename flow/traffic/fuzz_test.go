package traffic

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"testing"
)

// FuzzUnpacked packs and unpacks any body, and unpacks any bytes that somebody calls packed: what comes is what the
// standard library makes of them, or an error and nothing.
func FuzzUnpacked(f *testing.F) {
	for _, s := range []string{"", "{}", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"} {
		for i, coding := range []string{"gzip", "x-gzip", "deflate", "br", ""} {
			f.Add(coding, []byte(s), uint8(7*i))
			f.Add(coding, packed(f, coding, []byte(s)), uint8(9*i))
		}
	}
	f.Fuzz(func(t *testing.T, coding string, body []byte, flip uint8) {
		if raw, err := Unpacked(coding, bytes.NewReader(body)); err != nil && raw != nil || len(raw) > 1100*len(body) {
			t.Errorf("%d bytes of %d, %v", len(raw), len(body), err)
		}
		p := packed(t, coding, body)
		if p == nil {
			return
		}
		if raw, err := Unpacked(coding, bytes.NewReader(p)); err != nil || !bytes.Equal(raw, body) {
			t.Errorf("%q is unpacked as %q, %v", body, raw, err)
		}
		if raw, err := Unpacked(coding, bytes.NewReader(p[:int(flip)%len(p)])); err == nil {
			t.Errorf("%q, cut short, is unpacked as %q", body, raw)
		}
		p[int(flip)*len(p)/256] ^= 1 << (flip % 8)
		if raw, err := Unpacked(coding, bytes.NewReader(p)); err == nil && !bytes.Equal(raw, body) {
			t.Errorf("%q, with a bit of it changed, is unpacked as %q", body, raw)
		}
	})
}

func packed(t testing.TB, coding string, body []byte) []byte {
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip", "x-gzip":
		w, _ = gzip.NewWriterLevel(&b, gzip.HuffmanOnly)
	case "deflate":
		w, _ = zlib.NewWriterLevel(&b, zlib.HuffmanOnly)
	default:
		return nil
	}
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
