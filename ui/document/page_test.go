package document

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"doorstep/flow/flowtest"
	"doorstep/render"
)

// written writes a form of a handshake to a file, and returns its name.
func written(t *testing.T, format string, h Handshake) string {
	t.Helper()
	text := formOf(t, format, h)
	f, _ := Lookup(format)
	file := filepath.Join(t.TempDir(), "written"+f.Extension)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// looks are scripts about what is to be seen on a page.
//
//go:embed testdata/looks.js
var looks string

// run evaluates an expression that may use looks.
func run[T any](b *browser, expression string) T {
	b.t.Helper()
	return evaluate[T](b, "(() => {\n"+looks+"\nreturn "+expression+"})()")
}

var examples = []string{"synapse-restricted-v10", "banned", "failover"}

// A page reads at the width of a screen and of a telephone, light and dark: nothing sticks out, every text stands out
// from what is behind it, every arrow says what it is.
func TestPageReads(t *testing.T) {
	b := newBrowser(t)
	for _, example := range examples {
		h := handshakeOf(flowtest.Embedded(t, example))
		file := written(t, "html", h)
		d := New(h.Trace, h.State, h.Report)
		for _, width := range []int64{1280, 390} {
			for _, scheme := range []string{"light", "dark"} {
				b.open(file, width, scheme)
				where := fmt.Sprintf("%s-%d-%s", example, width, scheme)
				b.picture("page-" + where)
				b.do(openAll)
				b.reads(where)
				if wide := evaluate[int64](b, "document.documentElement.scrollWidth"); wide > width {
					t.Errorf("%s: the page is %d pixels wide", where, wide)
				}
				ladder := "svg.wide"
				if width < 700 {
					ladder = "svg.narrow"
				}
				said := evaluate[string](b, "document.querySelector('"+ladder+"').checkVisibility() + ' ' + "+
					"[...document.querySelectorAll('"+ladder+" text')].map(e => e.textContent).join('')")
				if !strings.HasPrefix(said, "true ") {
					t.Errorf("%s: %s is not shown", where, ladder)
				}
				for _, r := range d.Rows {
					want := r.Step + " " + r.Label
					if r.Status == render.Fail || len(want) > 60 { // with a sign, or cut
						continue
					}
					if !strings.Contains(squeezed(said), squeezed(want)) {
						t.Errorf("%s: the ladder does not say %q", where, want)
					}
				}
				if dark := run[float64](b, "light(behind(document.body))") < 0.1; dark != (scheme == "dark") {
					t.Errorf("%s: dark is %v", where, dark)
				}
			}
		}
	}
}

// reads asserts that everything is inside of what holds it, and stands out.
func (b *browser) reads(where string) {
	b.t.Helper()
	for what, expression := range map[string]string{"sticks out": "sticksOut()", "is faint": "faint()",
		"is outside of the picture": "outside()"} {
		if found := run[[]string](b, expression); len(found) > 0 {
			b.t.Errorf("%s: %d %s, such as %q", where, len(found), what, found[:min(3, len(found))])
		}
	}
	if n := run[int](b, "texts().length"); n < 10 {
		b.t.Errorf("%s: only %d texts are shown", where, n)
	}
}

// squeezed is s without blanks, so that it is found again where it was broken into lines.
func squeezed(s string) string { return strings.Join(strings.Fields(s), "") }

// Whatever is in a trace, a page stays as wide as its window, a picture holds its texts, and nothing runs.
func TestPageWithstands(t *testing.T) {
	b := newBrowser(t)
	for what, trace := range spoiledTraces(t) {
		if !strings.HasPrefix(what, "failover") {
			continue
		}
		file := written(t, "html", handshakeOf(trace))
		for _, width := range []int64{1280, 390} {
			b.open(file, width, "light")
			b.picture(fmt.Sprintf("hostile-%s-%d", strings.NewReplacer(", ", "-", " ", "-").Replace(what), width))
			b.do(openAll)
			b.reads(fmt.Sprintf("%s at %d pixels", what, width))
			const active = "document.querySelectorAll('script, img, iframe, object, form, [onerror]').length"
			if n := evaluate[int](b, active); n > 0 {
				t.Errorf("%s: %d elements that could run or fetch something", what, n)
			}
		}
	}
}

// openAll unfolds everything.
func openAll(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
	_, err := chromedp.Evaluate[int]("document.querySelectorAll('details').forEach(e => e.open = true), 1")(ctx, t)
	return chromedp.Void{}, err
}

// A picture reads by itself, light and dark, and is as large as what is on it.
func TestPictureReads(t *testing.T) {
	b := newBrowser(t)
	for _, example := range append([]string{"invite", "same-server", "public-v12", "no-candidate-answers"}, examples...) {
		file := written(t, "svg", handshakeOf(flowtest.Embedded(t, example)))
		for _, scheme := range []string{"light", "dark"} {
			b.open(file, 1280, scheme)
			where := fmt.Sprintf("picture-%s-%s", example, scheme)
			b.picture(where)
			found := run[[]string](b, "outside()")
			if len(found) > 0 {
				t.Errorf("%s: outside of the picture is %q", where, found)
			}
			free := run[float64](b, "document.documentElement.getBoundingClientRect().right - "+
				"Math.max(...[...document.querySelectorAll('text, .ground, .band')].map(e => e.getBoundingClientRect().right))")
			if free > 80 {
				t.Errorf("%s: the rightmost %g pixels are empty", where, free)
			}
			if got := evaluate[string](b, "document.querySelector('title').textContent"); !strings.HasPrefix(got, "Join of ") {
				t.Errorf("%s: its title is %q", where, got)
			}
		}
	}
}

// A page is used with the keyboard alone: Tab reaches links, arrows and payloads; Enter on an arrow opens its payload.
func TestPageKeyboard(t *testing.T) {
	b := newBrowser(t)
	b.open(written(t, "html", handshakeOf(flowtest.Embedded(t, "banned"))), 1280, "light")
	const focused = `(() => {
		const e = document.activeElement;
		return e.tagName.toLowerCase() + (e.closest("svg") ? " of the ladder" : "") +
			(e.matches(":focus-visible") ? "" : " without a mark");
	})()`
	seen, order := map[string]int{}, []string{}
	for range 80 {
		b.do(chromedp.KeyEvent("\t"))
		is := evaluate[string](b, focused)
		seen[is]++
		order = append(order, is)
		if is == "a of the ladder" && seen[is] == 3 {
			b.do(chromedp.KeyEvent("\r"))
			hash := evaluate[string](b, "location.hash")
			const open = "document.querySelector(location.hash).closest('details').open"
			if !strings.HasPrefix(hash, "#entry-") || !evaluate[bool](b, open) {
				t.Errorf("Enter on an arrow led to %q, and its payload is not open", hash)
			}
			evaluate[int](b, "document.querySelectorAll('svg.wide a')[2].focus(), 1")
		}
	}
	for what, least := range map[string]int{"a": 5, "a of the ladder": 12, "summary": 12, "div": 1} {
		if seen[what] < least {
			t.Errorf("Tab reached %q %d times, want %d: %q", what, seen[what], least, order)
		}
	}
	for what := range seen {
		if strings.HasSuffix(what, "without a mark") && !strings.HasPrefix(what, "body") {
			t.Errorf("nothing shows that %s", what)
		}
	}
	// A second Enter on a payload closes it.
	evaluate[int](b, "document.querySelector('details.payload summary').focus(), 1")
	before := evaluate[bool](b, "document.querySelector('details.payload').open")
	b.do(chromedp.KeyEvent("\r"))
	if after := evaluate[bool](b, "document.querySelector('details.payload').open"); after == before {
		t.Error("Enter on a payload neither opens nor closes it")
	}
}

// A page holds nothing that could run or be fetched: the browser is told so, and reports no breach of it.
func TestPageFetchesNothing(t *testing.T) {
	b := newBrowser(t)
	b.open(written(t, "html", handshakeOf(flowtest.Embedded(t, "public-v12"))), 1280, "light")
	if n := evaluate[int](b, "performance.getEntriesByType('resource').length"); n != 0 {
		t.Errorf("it fetched %d files", n)
	}
	// The style sheet is the one that the policy allows: without it the page has no style of its own.
	if got := evaluate[string](b, "getComputedStyle(document.querySelector('main ul')).listStyleType"); got != "none" {
		t.Errorf("the style sheet is not in force: lists have the marks %q", got)
	}
	levels := evaluate[[]int](b, "[...document.querySelectorAll('h1,h2,h3,h4')].map(e => +e.tagName[1])")
	for i, level := range levels {
		if i == 0 && level != 1 || i > 0 && (level == 1 || level > levels[i-1]+1) {
			t.Errorf("headings are not in order: %v", levels)
			break
		}
	}
}

// On paper a page is light, and everything that is folded is there; the ladder is the wide one, as narrow as the paper.
func TestPagePrints(t *testing.T) {
	b := newBrowser(t)
	b.open(written(t, "html", handshakeOf(flowtest.Embedded(t, "banned"))), 700, "dark")
	b.do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print",
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}})
		return chromedp.Void{}, err
	})
	b.picture("page-print")
	b.reads("on paper")
	if light := run[float64](b, "light(behind(document.body))"); light < 0.9 {
		t.Errorf("the paper is dark: %.2f", light)
	}
	const folded = "[...document.querySelectorAll('details pre')].filter(e => !e.checkVisibility()).length"
	if n := evaluate[int](b, folded); n > 0 {
		t.Errorf("%d bodies stay folded", n)
	}
	if !evaluate[bool](b, "document.querySelector('svg.wide').checkVisibility()") ||
		evaluate[bool](b, "document.querySelector('svg.narrow').checkVisibility()") {
		t.Error("the ladder is not the wide one")
	}
}
