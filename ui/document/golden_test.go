package document

import (
	"bytes"
	"testing"

	"github.com/charmbracelet/x/exp/golden"

	"doorstep/flow/flowtest"
)

// The forms that are written here, of a join that is refused and of one that goes through: read by eye, and drawn again
// with -update.
func TestForms(t *testing.T) {
	for example, forms := range map[string][]string{
		"banned": {"markdown", "mermaid", "svg", "html"}, "failover": {"markdown", "mermaid", "svg"},
	} {
		h := handshakeOf(flowtest.Embedded(t, example))
		for _, name := range forms {
			t.Run(example+name, func(t *testing.T) {
				f, _ := Lookup(name)
				var b bytes.Buffer
				if err := f.Write(&b, h); err != nil {
					t.Fatal(err)
				}
				golden.RequireEqual(t, b.Bytes())
			})
		}
	}
}

// Every form has a name, an end for files and words of its own, and is found by either.
func TestFormats(t *testing.T) {
	for _, f := range Formats() {
		if got, ok := Lookup(f.Name); !ok || got.Name != f.Name {
			t.Errorf("%q is not found by its name", f.Name)
		}
		if got, ok := ForFile("x" + f.Extension); !ok || got.Name != f.Name {
			t.Errorf("%q is not found by the end of a file's name", f.Name)
		}
		if f.MediaType == "" || f.Says == "" {
			t.Errorf("%q says nothing of itself", f.Name)
		}
	}
	for _, name := range []string{"", "SVG", "pdf"} {
		if f, ok := Lookup(name); ok {
			t.Errorf("%q is taken for %q", name, f.Name)
		}
	}
	if f, ok := ForFile(".svg"); ok {
		t.Errorf("a file without a name is %q", f.Name)
	}
}
