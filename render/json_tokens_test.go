package render

import (
	"bytes"
	"strings"
	"testing"
)

// letters gives the inks as one letter each.
func letters(inks []ink) string {
	var b strings.Builder
	for _, k := range inks {
		b.WriteByte(map[ink]byte{inkText: '.', inkKey: 'k', inkString: 's', inkNumber: 'n', inkLiteral: 'l', inkPunct: 'p'}[k])
	}
	return b.String()
}

func TestColours(t *testing.T) {
	const raw = `{"key":"va\"l","n": -1.5e3,"w":[true,null],"` + "\xff" + `":{}}`
	if got, want := letters(highlight([]byte(raw))), "pkkkkkpssssssspkkkp.nnnnnnpkkkpp"+"llllpllllppkkkpppp"; got != want {
		t.Errorf("\n%s\n%s\nwant\n%s", raw, got, want)
	}
}

// Wherever the window begins, a byte has the look it has in the whole.
func TestColoursAnywhere(t *testing.T) {
	long := strings.Repeat(`x, \"y\": 1 `, farIn)
	for _, raw := range []string{
		`{"key":"va\"l, 1","n":-15,"w":[true,null],"deep":{"a":[{"b":"c: 2"}]}}`,
		`{"a":"` + strings.Repeat(`text, `, 40) + `","b":[1,22,333,"4"]}`,
	} {
		whole := highlight([]byte(raw))
		d := NewDocument([]byte(raw), nil)
		for from := range raw {
			if got := d.colours(from, len(raw)); !bytes.Equal([]byte(letters(got)), []byte(letters(whole[from:]))) {
				t.Errorf("from %d of %s\n%s\nwant\n%s", from, raw, letters(got), letters(whole[from:]))
			}
		}
	}
	raw := []byte(`{"a":"` + long + `","b":1}`)
	d := NewDocument(raw, nil)
	if got := letters(d.colours(len(raw)-20, len(raw))); got != strings.Repeat("s", 13)+"pkkkpnp" {
		t.Errorf("the end of a long text: %s", got)
	}
	if got := d.colours(0, 0); got != nil {
		t.Errorf("an empty window: %v", got)
	}
	if got := NewDocument([]byte("no JSON"), nil).colours(0, 2); got != nil {
		t.Errorf("no JSON: %v", got)
	}
}
