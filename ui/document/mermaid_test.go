package document

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"doorstep/render"
)

// hostile are texts that mean something to one form or another.
var hostile = []string{
	"!room:example.org", "#alias:example.org", "$9v;x_y-Z", "@a.b=c/d:example.org:8448", "a;b;c", "end", "end end",
	"#35;", "#quot;", "&lt;b&gt;", "&#35;", "<b>bold</b>", "</script><script>alert(1)</script>",
	"<br/>", "]]>", "<!-- -->",
	"`x` ``y``", `"quoted" 'single'`, "%% comment", "%%{init: {}}%%", "style x:#fff;", "classDef a:#b;", "wrap: x",
	"nowrap:x", "$$x^2$$", "a\\nb", "{{.}}", "{}[]()|~^*_", "日本語 Ünïcode",
	"a->>b: c", "participant x as y", "Note over a: b",
	"javascript:alert(1)", "+1", "-1", "1. x", "a|b", "ﬂ°°35¶ß", "x\u200by\u202ez",
	"line\nbreak\r", "\x00\x1b[31m", "\xff\xfe",
	"👍🏽", "fa:fa-ban x", "title x", "box red", "alt a", "autonumber off",
}

// mermaidPage draws a diagram with the real Mermaid, and gives the texts it drew: of the lanes, of arrows and notes.
const mermaidPage = `<!DOCTYPE html><meta charset="utf-8"><body><script src="mermaid.min.js"></script>
<script>
mermaid.initialize({startOnLoad: false, securityLevel: "strict"});
async function draw(text) {
	try {
		const {svg} = await mermaid.render("diagram", text);
		document.body.innerHTML = svg;
		const texts = (of) => [...document.querySelectorAll(of)].map(e => e.textContent);
		return {lanes: texts("text.actor-box"), arrows: texts(".messageText"), notes: texts(".noteText"),
			solid: document.querySelectorAll(".messageLine0").length, dashed: document.querySelectorAll(".messageLine1").length,
			title: texts("svg > title")[0] || "", desc: texts("svg > desc")[0] || "",
			scripts: document.querySelectorAll("svg script, svg foreignObject, svg img, svg b").length};
	} catch (e) { return {error: String(e)}; }
}
</script>`

// drawn is what Mermaid drew.
type drawn struct {
	Error, Title, Desc     string
	Lanes, Arrows, Notes   []string
	Solid, Dashed, Scripts int
}

// newMermaid opens a page on which the real Mermaid is. DOORSTEP_MERMAID names its file, mermaid.min.js of the package.
func newMermaid(t *testing.T) *browser {
	t.Helper()
	file := os.Getenv("DOORSTEP_MERMAID")
	missing(t, file == "", "DOORSTEP_MERMAID does not name the file mermaid.min.js: diagrams are not drawn")
	script, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for name, content := range map[string][]byte{"mermaid.min.js": script, "page.html": []byte(mermaidPage)} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b := newBrowser(t)
	b.open(filepath.Join(folder, "page.html"), 1280, "light")
	return b
}

func (b *browser) drawn(diagram string) drawn {
	b.t.Helper()
	text, err := json.Marshal(diagram)
	if err != nil {
		b.t.Fatal(err)
	}
	d := evaluate[drawn](b, "draw("+string(text)+")")
	if d.Error != "" {
		b.t.Fatalf("Mermaid refuses it: %s\n%s", d.Error, diagram)
	}
	return d
}

// Mermaid shows every text as it is, whatever it holds, and draws arrows as they are meant.
func TestMermaidShowsTexts(t *testing.T) {
	b := newMermaid(t)
	d := &Document{Title: name(strings.Join(hostile[:8], " ")), Verdict: name(hostile[9] + " style:#x;"),
		Lanes: []Lane{{Role: "Client", Host: name(hostile[3])}, {Role: "Joining", Host: name(hostile[12])}}}
	var arrows, notes []string
	for i, text := range hostile {
		text = name(text)
		d.Rows = append(d.Rows, Row{Kind: render.Request, From: 0, To: 1, Step: "A1", Label: text},
			Row{Kind: render.Response, From: 1, To: 0, Label: text},
			Row{Kind: render.Failure, From: 0, To: 1, Label: text, Reason: text},
			Row{Kind: render.Local, From: i % 2, To: i % 2, Label: text},
			Row{Kind: render.Phase, Label: text})
		for _, label := range []string{"A1 " + text, text, text + ": " + text} {
			arrows = append(arrows, labelLines(label)...)
		}
		notes = append(append(notes, labelLines(text)...), text)
	}
	got := b.drawn(d.diagram(mermaidMost))
	notes = append(notes, d.Verdict)
	same(t, "arrows", got.Arrows, arrows)
	same(t, "notes", got.Notes, notes)
	if got.Scripts != 0 {
		t.Errorf("%d elements of a text became elements of the picture", got.Scripts)
	}
	if n := len(hostile); got.Solid != 2*n || got.Dashed != n {
		t.Errorf("%d solid and %d dashed arrows, want %d and %d", got.Solid, got.Dashed, 2*n, n)
	}
	if got.Title != d.Title || got.Desc != d.Verdict {
		t.Errorf("title %q, description %q", got.Title, got.Desc)
	}
	for i, lane := range d.Lanes {
		if want := lane.Role + lane.Host; !slices.Contains(got.Lanes, want) && !slices.Contains(got.Lanes, lane.Host) {
			t.Errorf("lane %d: %q is not among %q", i, want, got.Lanes)
		}
	}
}

// same compares texts; Mermaid leaves out blanks at their ends, and of several in a row all but one.
func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d %s, want %d", len(got), what, len(want))
	}
	for i := range min(len(got), len(want)) {
		if g, w := strings.Join(strings.Fields(got[i]), " "), strings.Join(strings.Fields(want[i]), " "); g != w {
			t.Errorf("%s: got %q, want %q", what, g, w)
		}
	}
}

// Mermaid draws every recording that is embedded, and those with anything in them.
func TestMermaidDrawsRecordings(t *testing.T) {
	b := newMermaid(t)
	for _, name := range recorded() {
		d := documentOf(t, name)
		got := b.drawn(d.diagram(mermaidMost))
		if len(got.Arrows) == 0 || len(got.Lanes) < len(d.Lanes) {
			t.Errorf("%s: %d arrows between %d lanes", name, len(got.Arrows), len(got.Lanes))
		}
	}
	for what, trace := range spoiledTraces(t) {
		h := handshakeOf(trace)
		if got := b.drawn(New(h.Trace, h.State, h.Report).diagram(mermaidMost)); got.Scripts > 0 || len(got.Arrows) == 0 {
			t.Errorf("%s: %d arrows, and %d elements of a text", what, len(got.Arrows), got.Scripts)
		}
	}
}

// Arrows have the numbers of their entries, by which findings name them, and one without an entry has none; a long
// label has lines, so that the diagram stays as wide as its lanes need.
func TestMermaidNumbersAndLines(t *testing.T) {
	d := documentOf(t, "dendrite-not-invited")
	text := d.diagram(mermaidMost)
	lines := strings.Split(text, "\n")
	number, arrows := 0, 0
	for _, line := range lines {
		if n, err := fmt.Sscanf(line, "    autonumber %d", &number); n == 1 && err == nil {
			continue
		}
		if !strings.Contains(line, ">>") {
			continue
		}
		at := slices.IndexFunc(d.Rows, func(r Row) bool { return r.Number == number && isArrow(r.Kind) })
		if at < 0 || !strings.Contains(line, ": "+mermaidLines(strings.TrimSpace(d.Rows[at].Step+" "+
			d.Rows[at].Label))) && d.Rows[at].Status != render.Fail {
			t.Errorf("number %d stands on %s", number, line)
		}
		number++
		arrows++
	}
	if arrows < 7 || !strings.Contains(text, "<br/>") {
		t.Errorf("%d arrows in\n%s", arrows, text)
	}
	r := Row{Kind: render.Request, To: 1, Label: "x"}
	with := func(n int) Row { r := r; r.Number = n; return r }
	d = &Document{Lanes: []Lane{{Role: "Client"}, {Role: "Joining"}}, Rows: []Row{r, r, with(1), with(2), with(4), r, with(5)}}
	var said []string
	for line := range strings.Lines(d.diagram(mermaidMost)) {
		if rest, ok := strings.CutPrefix(line, "    autonumber "); ok {
			said = append(said, strings.TrimSpace(rest))
		} else if strings.Contains(line, ">>") {
			said = append(said, ">")
		}
	}
	if got := strings.Join(said, " "); got != "off > > 1 > > 4 > off > 5 >" {
		t.Errorf("numbers and arrows: %s", got)
	}
	if os.Getenv("DOORSTEP_MERMAID") == "" {
		return
	}
	b := newMermaid(t)
	b.drawn(d.diagram(mermaidMost))
	if got := evaluate[[]string](b, `[...document.querySelectorAll(".sequenceNumber")].map(e => e.textContent)`); strings.Join(
		got, " ") != "1 2 4 5" {
		t.Errorf("Mermaid draws the numbers %q", got)
	}
}

// A diagram is no longer than Mermaid takes, and says how many rows it lacks.
func TestMermaidBounded(t *testing.T) {
	d := &Document{Lanes: []Lane{{Role: "Client"}, {Role: "Joining"}}}
	for range 3000 {
		d.Rows = append(d.Rows, Row{Kind: render.Request, To: 1, Label: strings.Repeat("#", 60)})
	}
	text := d.diagram(mermaidMost)
	if len(text) > mermaidMost || !strings.Contains(text, "more rows do not fit into a diagram") {
		t.Errorf("%d characters: %s", len(text), text[len(text)-200:])
	}
}
