package document

import (
	"testing"

	"github.com/chromedp/chromedp"

	"doorstep/flow"
)

// What the tests of lessons, which are pages as well, use of the tests of pages.

// A Browser is a browser for tests of pages that are made elsewhere.
type Browser struct{ *browser }

// NewBrowser starts one, or skips the test.
func NewBrowser(t *testing.T) Browser { return Browser{newBrowser(t)} }

// Open opens a file.
func (b Browser) Open(file string, width int64, scheme string) { b.open(file, width, scheme) }

// Reads asserts that everything is inside of what holds it, and stands out.
func (b Browser) Reads(where string) { b.reads(where) }

// Unfold opens everything that is folded.
func (b Browser) Unfold() { b.do(openAll) }

// Picture keeps a picture.
func (b Browser) Picture(name string) { b.picture(name) }

// Do does steps.
func (b Browser) Do(steps ...chromedp.Action[chromedp.Void]) { b.do(steps...) }

// Evaluate is what an expression comes to, which may use looks.
func Evaluate[T any](b Browser, expression string) T { return run[T](b.browser, expression) }

// SpoiledTraces are hostile handshakes.
func SpoiledTraces(t *testing.T) map[string]flow.Trace { return spoiledTraces(t) }

// HandshakeOf is what is written of a trace.
func HandshakeOf(t flow.Trace) Handshake { return handshakeOf(t) }

// Harmless asserts that a page is well formed, of elements and attributes that are ours and of more as they are given,
// that every link in it leads somewhere, and that nothing in it changes how others are read.
func Harmless(t *testing.T, what string, page []byte, more map[string]string) {
	t.Helper()
	unseen(t, what, page)
	oursAlone(t, what, elementsOfHTML(t, what, page), more)
}
