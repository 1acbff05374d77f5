package document_test

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"doorstep/flow/explain"
	"doorstep/flow/flowtest"
	"doorstep/flow/redact"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/tour"
	"doorstep/recordings"
	"doorstep/ui/document"
	"doorstep/ui/lesson"
	uitour "doorstep/ui/tour"
)

// Lessons are pages, and are held to what pages are held to. The tests are here for the browser and the hostile traces.

// lessonOf is the lesson of a handshake.
func lessonOf(t *testing.T, h document.Handshake) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := lesson.WriteRecording(&b, h); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// course runs the tour and is its page.
func course(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	err := lesson.WriteCourse(t.Context(), &b, lesson.Tour{Chapters: tour.Chapters(), Made: "Made by a test",
		Intro: uitour.Introduction, Spelled: func(s string) string { return s },
		Start: func(ctx context.Context, name string) (lesson.Run, func(), error) {
			scenario, ok := sandbox.Lookup(name)
			if !ok {
				return nil, nil, fmt.Errorf("no scenario %q", name)
			}
			return sandbox.Join(ctx, scenario, engine.JoinOptions{})
		}})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func inFile(t *testing.T, page []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, page, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// look keeps a picture of what is in the window once it is scrolled to a place.
func look(t *testing.T, b document.Browser, name, at string) {
	t.Helper()
	folder := os.Getenv("DOORSTEP_PICTURES")
	if folder == "" {
		return
	}
	document.Evaluate[int](b, fmt.Sprintf("(document.documentElement.style.scrollBehavior = 'auto', "+
		"document.querySelector(%q).scrollIntoView(), 1)", at))
	b.Do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		png, err := chromedp.CaptureScreenshot()(ctx, target)
		if err != nil {
			return chromedp.Void{}, err
		}
		return chromedp.Void{}, os.WriteFile(filepath.Join(folder, name+".png"), png, 0o644)
	})
}

// lessonElements are what lessons have beyond pages.
var lessonElements = map[string]string{
	"a": "class title", "aside": "class aria-label", "body": "class", "main": "id", "ol": "", "h3": "", "h4": "",
	"nav": "class", "section": "class", "article": "id", "dfn": "", "br": "", "figure": "id class", "figcaption": "",
	"details": "name open", "mark": "",
}

// Whatever is in a trace, its lesson is well formed, harmless, bounded, and every link in it leads somewhere.
func TestLessonsWithstand(t *testing.T) {
	for what, trace := range document.SpoiledTraces(t) {
		page := lessonOf(t, document.HandshakeOf(trace))
		if len(page) > 4<<20 {
			t.Errorf("%s: %d bytes", what, len(page))
		}
		document.Harmless(t, what, page, lessonElements)
	}
}

// The lessons of all recordings are harmless and small, and every link in them leads somewhere.
func TestLessonsOfRecordings(t *testing.T) {
	most, largest := 0, ""
	for _, name := range recordings.Names() {
		page := lessonOf(t, document.HandshakeOf(flowtest.Embedded(t, name)))
		if len(page) > most {
			most, largest = len(page), name
		}
		document.Harmless(t, name, page, lessonElements)
	}
	t.Logf("the largest is %s: %d bytes", largest, most)
	if most > 600<<10 {
		t.Errorf("the lesson of %s has %d bytes", largest, most)
	}
}

// The lesson of a redacted recording holds nothing of what was taken out. What our own explanations say anyway, such as
// the names of the sandbox, is no secret.
func TestLessonsLeakNothing(t *testing.T) {
	var ours strings.Builder
	for _, e := range explain.All() {
		fmt.Fprintln(&ours, e.Name, e.Also, e.What, e.Who, e.Why, e.Wrong, e.In2015, e.Today, e.Advice, e.Apart)
	}
	for _, name := range recordings.Names() {
		if !strings.HasPrefix(name, "synapse") && !strings.HasPrefix(name, "dendrite") || strings.HasSuffix(name, "-big") {
			continue
		}
		secrets := slices.DeleteFunc(flowtest.Secrets(t, flowtest.EmbeddedBytes(t, name)),
			func(s string) bool { return strings.Contains(ours.String(), s) })
		if len(secrets) < 4 {
			t.Errorf("%s: only %q is looked for", name, secrets)
		}
		h := document.HandshakeOf(redact.Trace(flowtest.Embedded(t, name), "doorstep test"))
		page := string(lessonOf(t, h))
		page += "\n" + html.UnescapeString(page)
		if plain, err := url.PathUnescape(page); err == nil {
			page += "\n" + plain
		}
		for _, s := range flowtest.LeaksInText(page, secrets) {
			t.Errorf("%s: %q is still in it", name, s)
		}
	}
}

// The course is harmless and of a bounded size, and every link in it leads somewhere.
func TestCourse(t *testing.T) {
	page := course(t)
	document.Harmless(t, "course", page, lessonElements)
	t.Logf("%d bytes", len(page))
	if len(page) > 1<<20 {
		t.Errorf("%d bytes", len(page))
	}
	for _, c := range tour.Chapters() {
		for _, s := range c.Stops {
			for _, want := range []string{`id="stop-` + s.Name + `"`, `href="#stop-` + s.Name + `"`,
				`id="stop-` + s.Name + `-payload"`, `href="#stop-` + s.Name + `-payload"`} {
				if !bytes.Contains(page, []byte(want)) {
					t.Errorf("%s: no %s", s.Name, want)
				}
			}
		}
	}
}

// Lessons in a browser: one is started for all of them.
func TestLessonsInBrowser(t *testing.T) {
	b := document.NewBrowser(t)
	pages := map[string]string{"course": inFile(t, course(t))}
	for _, name := range []string{"public-v12", "banned"} {
		pages[name] = inFile(t, lessonOf(t, document.HandshakeOf(flowtest.Embedded(t, name))))
	}
	t.Run("read", func(t *testing.T) { lessonsRead(t, b, pages) })
	t.Run("ladder", func(t *testing.T) { ladderStays(t, b, pages["public-v12"]) })
	t.Run("keyboard", func(t *testing.T) { keyboard(t, b, pages["course"]) })
	for _, name := range []string{"course", "banned"} {
		t.Run("stands "+name, func(t *testing.T) { stands(t, b, name, pages[name]) })
	}
	t.Run("hostile", func(t *testing.T) { holdHostile(t, b) })
}

// lessonsRead asserts that lessons read at the width of a screen and of a telephone, light and dark. A course is large,
// and looked at twice only.
func lessonsRead(t *testing.T, b document.Browser, pages map[string]string) {
	t.Helper()
	for _, c := range []struct {
		name, scheme string
		width        int64
		at           []string
	}{
		{"course", "light", 1280, []string{"body", "#stop-replaced", "#stop-state", "#stop-sealed", "#words"}},
		{"course", "dark", 390, []string{"body", "#stop-replaced", "#stop-banned-payload"}},
		{"public-v12", "dark", 1280, []string{"body", "#entry-11", "#entry-12", "#entry-22"}},
		{"public-v12", "light", 390, []string{"body", "#entry-11"}},
		{"banned", "light", 1280, []string{"#steps", "#finding-banned"}}, {"banned", "dark", 390, nil},
	} {
		b.Open(pages[c.name], c.width, c.scheme)
		where := fmt.Sprintf("%s-%d-%s", c.name, c.width, c.scheme)
		for _, place := range c.at {
			look(t, b, "lesson-"+where+"-"+strings.TrimPrefix(place, "#"), place)
		}
		b.Unfold()
		b.Reads(where)
		if wide := document.Evaluate[int64](b, "document.documentElement.scrollWidth"); wide > c.width {
			t.Errorf("%s: the page is %d pixels wide", where, wide)
		}
	}
}

// ladderStays asserts that the ladder stays in view beside the step that is read, and shows which one it is.
func ladderStays(t *testing.T, b document.Browser, page string) {
	t.Helper()
	b.Open(page, 1280, "light")
	document.Evaluate[int](b, "(document.documentElement.style.scrollBehavior = 'auto', "+
		"document.querySelector('#entry-11 pre').scrollIntoView(), 1)")
	const ladder = "document.querySelector('#entry-11').closest('.part').querySelector('.side svg')"
	if top := document.Evaluate[float64](b, ladder+".getBoundingClientRect().top"); top < 0 || top > 100 {
		t.Errorf("the ladder is at %g", top)
	}
	document.Evaluate[int](b, "(location.hash = '#entry-11', 1)")
	const stroke = "getComputedStyle(document.querySelector('.side [href=\"#entry-%d\"] .ground')).stroke"
	read := document.Evaluate[string](b, fmt.Sprintf(stroke, 11))
	if other := document.Evaluate[string](b, fmt.Sprintf(stroke, 8)); read == other || read == "none" {
		t.Errorf("the arrow of the step is drawn as %q, the others as %q", read, other)
	}
}

// keyboard asserts that a lesson is used with the keyboard alone: Tab reaches links, arrows and answers, each with a
// mark; Enter opens an answer, and an arrow leads to its payload.
func keyboard(t *testing.T, b document.Browser, page string) {
	t.Helper()
	b.Open(page, 1280, "light")
	document.Evaluate[int](b, "(document.querySelector('#stop-parties').scrollIntoView(), "+
		"document.querySelector('#stop-parties .sticky').focus({focusVisible: true}), 1)")
	const focused = `(() => {
		const e = document.activeElement;
		return e.tagName.toLowerCase() + (e.closest("svg") ? " of the ladder" : "") +
			(e.closest(".choice") ? " of a choice" : "") +
			(e.matches(":focus-visible") ? "" : " without a mark");
	})()`
	seen := map[string]int{}
	for range 40 {
		b.Do(chromedp.KeyEvent("\t"))
		is := document.Evaluate[string](b, focused)
		seen[is]++
		if is == "summary of a choice" && seen[is] == 1 {
			b.Do(chromedp.KeyEvent("\r"))
			if !document.Evaluate[bool](b, "document.activeElement.parentElement.open && "+
				"document.activeElement.nextElementSibling.checkVisibility()") {
				t.Error("Enter on a choice does not show what is said to it")
			}
		}
		if is == "a of the ladder" && seen[is] == 1 {
			b.Do(chromedp.KeyEvent("\r"))
			if hash := document.Evaluate[string](b, "location.hash"); hash != "#stop-parties-payload" {
				t.Errorf("Enter on the arrow that is spoken of led to %q", hash)
			}
		}
	}
	for what, least := range map[string]int{"a": 5, "a of the ladder": 2, "summary of a choice": 3} {
		if seen[what] < least {
			t.Errorf("Tab reached %q %d times, want %d: %v", what, seen[what], least, seen)
		}
	}
	for what := range seen {
		if strings.HasSuffix(what, "without a mark") {
			t.Errorf("nothing shows that %s", what)
		}
	}
}

// stands asserts that a lesson fetches nothing, is in force as it is styled, has headings in order and landmarks, names
// all pictures, and is whole on paper.
func stands(t *testing.T, b document.Browser, name, page string) {
	t.Helper()
	b.Open(page, 1280, "light")
	if n := document.Evaluate[int](b, "performance.getEntriesByType('resource').length"); n != 0 {
		t.Errorf("%s: it fetched %d files", name, n)
	}
	if got := document.Evaluate[string](b, "getComputedStyle(document.querySelector('.side')).position"); got != "sticky" {
		t.Errorf("%s: the style sheet is not in force: the ladder is %q", name, got)
	}
	levels := document.Evaluate[[]int](b, "[...document.querySelectorAll('h1,h2,h3,h4,h5')].map(e => +e.tagName[1])")
	for i, level := range levels {
		if i == 0 && level != 1 || i > 0 && (level == 1 || level > levels[i-1]+1) {
			t.Errorf("%s: headings are not in order: %v", name, levels[:i+1])
			break
		}
	}
	for _, one := range []string{"header", "main", "footer", "nav[aria-label]", "h1"} {
		if n := document.Evaluate[int](b, "document.querySelectorAll('"+one+"').length"); n != 1 {
			t.Errorf("%s: there are %d of %s", name, n, one)
		}
	}
	if n := document.Evaluate[int](b, "document.querySelectorAll('svg:not([aria-label])').length"); n > 0 {
		t.Errorf("%s: %d pictures have no name", name, n)
	}
	b.Do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		return chromedp.Void{}, err
	})
	look(t, b, "lesson-print-"+name, "#ladder, .stop")
	b.Reads(name + " on paper")
	const folded = "[...document.querySelectorAll('details p')].filter(e => !e.checkVisibility())" +
		".map(e => e.parentElement.outerHTML.slice(0, 200))"
	if found := document.Evaluate[[]string](b, folded); len(found) > 0 {
		t.Errorf("%s: %d paragraphs stay folded on paper: %q", name, len(found), found[0])
	}
}

// holdHostile asserts that a lesson stays as wide as its window, whatever is in a trace.
func holdHostile(t *testing.T, b document.Browser) {
	t.Helper()
	for what, trace := range document.SpoiledTraces(t) {
		if !strings.HasPrefix(what, "banned, ") {
			continue
		}
		file := inFile(t, lessonOf(t, document.HandshakeOf(trace)))
		for _, width := range []int64{390, 1280} {
			b.Open(file, width, "light")
			b.Unfold()
			b.Reads(fmt.Sprintf("%s at %d pixels", what, width))
			if strings.HasSuffix(what, "bodies") {
				break // which stand in boxes of their own
			}
		}
	}
}
