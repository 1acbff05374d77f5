package tap

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// FuzzPassing passes any body on, read in any pieces, up to any bound, and broken off or left anywhere: what arrives is
// what came, and what is kept is that, or nothing.
func FuzzPassing(f *testing.F) {
	f.Add([]byte("body"), []byte{1, 2, 200}, int16(3), int16(-1), uint8(0))
	f.Add([]byte("body"), []byte{4}, int16(100), int16(4), uint8(1))
	f.Add([]byte("body"), []byte{}, int16(4), int16(9), uint8(2))
	f.Add([]byte(""), []byte{0}, int16(0), int16(0), uint8(3))
	f.Fuzz(func(t *testing.T, body, sizes []byte, most, length int16, how uint8) {
		if most < 0 {
			return
		}
		broke := errors.New("it broke off")
		var in io.Reader = bytes.NewReader(body)
		if how&1 > 0 {
			in = io.MultiReader(in, failing{broke})
		}
		ended := 0
		p := pass(io.NopCloser(in), max(int64(length), -1), int64(most), func(*passing) { ended++ })
		p.unread = int64(how)
		var arrived []byte
		var err error
		for _, size := range append(sizes, 255, 255) {
			b := make([]byte, size)
			var n int
			n, err = p.Read(b)
			if arrived = append(arrived, b[:n]...); err != nil {
				break
			}
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(body, arrived) {
			t.Errorf("%q arrived of %q", arrived, body)
		}
		if ended != 1 {
			t.Errorf("it ended %d times", ended)
		}
		whole := p.whole()
		if len(whole) > int(most) || !bytes.HasPrefix(body, whole) {
			t.Errorf("%q is kept of %q, and at most %d bytes", whole, body, most)
		}
		if p.kept() && length < 0 && how&1 == 0 && !bytes.Equal(whole, body) {
			t.Errorf("%q is all of %q", whole, body)
		}
		if p.kept() && p.err != nil {
			t.Errorf("it is whole, and %v", p.err)
		}
		if err == broke && p.kept() && length < 0 {
			t.Error("it broke off, and is whole")
		}
	})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
