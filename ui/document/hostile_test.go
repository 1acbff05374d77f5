package document

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/render"
	"doorstep/render/rendertest"
)

// spoiled returns t with a text at the end of every field that somebody else can fill; bodies are made by spoil.
func spoiled(t flow.Trace, text string, spoil func([]byte) []byte) flow.Trace {
	out := flow.Trace{Header: t.Header}
	fill(reflect.ValueOf(&out.Header).Elem(), text, spoil)
	for _, e := range t.Entries {
		fresh := flow.Entry{Seq: e.Seq, At: e.At, Took: e.Took, Kind: e.Kind, Step: e.Step, From: e.From, To: e.To,
			Server: e.Server, Answers: e.Answers, Attempt: e.Attempt, Of: e.Of, Request: e.Request, Response: e.Response,
			Failure: e.Failure, Connection: e.Connection, Discovery: e.Discovery, Build: e.Build}
		fill(reflect.ValueOf(&fresh).Elem(), text, spoil)
		out.Entries = append(out.Entries, fresh)
	}
	return out
}

// fill spoils what v holds. What it leads to is copied first.
func fill(v reflect.Value, text string, spoil func([]byte) []byte) {
	switch {
	case !v.CanSet():
	case v.Type() == reflect.TypeFor[string]():
		v.SetString(v.String() + text)
	case v.Type() == reflect.TypeFor[[]byte]():
		v.SetBytes(spoil(v.Bytes()))
	case v.Kind() == reflect.Pointer && !v.IsNil():
		copied := reflect.New(v.Type().Elem())
		copied.Elem().Set(v.Elem())
		fill(copied.Elem(), text, spoil)
		v.Set(copied)
	case v.Kind() == reflect.Slice && !v.IsNil():
		copied := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(copied, v)
		for i := range copied.Len() {
			fill(copied.Index(i), text, spoil)
		}
		v.Set(copied)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), text, spoil)
		}
	}
}

func asItIs(b []byte) []byte { return b }

// spoiledTraces are handshakes with every hostile text at once, and a long one, in every field, and in bodies.
func spoiledTraces(t *testing.T) map[string]flow.Trace {
	all := strings.Join(hostile, " ") + "\n\x00\x1b]0;x\x07\xff\u202e\u2066\ufeff" +
		"</svg></style></details></pre><img src=x onerror=alert(1)>"
	long := strings.Repeat("a", 70_000) + strings.Repeat("\u202e", 5000)
	out := map[string]flow.Trace{}
	for _, example := range []string{"public-v12", "failover", "banned", "synapse-and-dendrite-dry-run",
		"no-candidate-answers"} {
		trace := flowtest.Embedded(t, example)
		out[example+", names"] = spoiled(trace, all, asItIs)
		out[example+", long names"] = spoiled(trace, long, asItIs)
		out[example+", bodies"] = spoiled(trace, "", func(b []byte) []byte { return append(slices.Clone(b), all...) })
		out[example+", values of bodies"] = spoiled(trace, "", func(b []byte) []byte {
			return bytes.ReplaceAll(b, []byte(`example`), []byte(`example</script>]]>\u202e<b>|&lt;`))
		})
		refused := spoiled(trace, "", asItIs)
		for i := range refused.Entries {
			if r := refused.Entries[i].Response; r != nil && refused.Entries[i].Step == flow.A5 {
				refused.Entries[i].Response = &client.Response{Status: 403, Header: r.Header,
					Body: []byte(`{"errcode":"M_<script>alert(1)</script>|` + "`" + `","error":"]]>&amp;\u202e</title><b>` +
						long + `"}`)}
			}
		}
		out[example+", refused"] = refused
	}
	return out
}

// mostBytes is how large a form may get, whatever is in the trace.
const mostBytes = 4 << 20

// Whatever is in a trace, every form is well formed, of the elements and attributes that are ours, without a character
// that reorders or hides text, and bounded in size.
func TestFormsWithstand(t *testing.T) {
	for what, trace := range spoiledTraces(t) {
		h := handshakeOf(trace)
		h.Parts = PictureParts()
		for _, f := range Formats() {
			var b bytes.Buffer
			if err := f.Write(&b, h); err != nil {
				t.Errorf("%s, %s: %v", f.Name, what, err)
				continue
			}
			if f.Name == "json" || f.Name == "ndjson" || f.Name == "text" {
				continue // not written here
			}
			if b.Len() > mostBytes && f.Name != "har" { // an archive holds all there is
				t.Errorf("%s, %s: %d bytes", f.Name, what, b.Len())
			}
			unseen(t, f.Name+", "+what, b.Bytes())
			switch f.Name {
			case "svg":
				oursAlone(t, what, elementsOfXML(t, what, b.Bytes()), nil)
			case "html":
				oursAlone(t, what, elementsOfHTML(t, what, b.Bytes()), nil)
			case "markdown":
				if b.Len() > 65_536 {
					t.Errorf("markdown, %s: %d bytes are more than an issue tracker takes", what, b.Len())
				}
			case "mermaid":
				if b.Len() > mermaidMost {
					t.Errorf("mermaid, %s: %d bytes are more than Mermaid reads", what, b.Len())
				}
			}
		}
	}
}

// unseen looks for bytes that are no text, and for characters that change how others are read.
func unseen(t *testing.T, what string, b []byte) {
	t.Helper()
	if !utf8.Valid(b) {
		t.Errorf("%s: not UTF-8", what)
	}
	for _, r := range string(b) {
		if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf) {
			t.Errorf("%s: holds %U", what, r)
			return
		}
	}
}

// An element is one of a page or a picture.
type element struct {
	name  string
	attrs map[string]string
}

func elementsOfXML(t *testing.T, what string, b []byte) []element {
	t.Helper()
	var out []element
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Errorf("svg, %s: %v", what, err)
			return out
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := element{token.Name.Local, map[string]string{}}
			for _, a := range token.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			out = append(out, e)
		case xml.Directive, xml.ProcInst, xml.Comment:
			t.Errorf("svg, %s: holds %v", what, token)
		}
	}
}

func elementsOfHTML(t *testing.T, what string, b []byte) []element {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(b))
	if err != nil {
		t.Errorf("html, %s: %v", what, err)
		return nil
	}
	var out []element
	for n := range root.Descendants() {
		switch n.Type {
		case html.ElementNode:
			e := element{n.Data, map[string]string{}}
			for _, a := range n.Attr {
				e.attrs[a.Key] = a.Val
			}
			out = append(out, e)
		case html.CommentNode:
			t.Errorf("html, %s: a comment %q", what, n.Data)
		}
	}
	return out
}

// ours are the elements that are written, each with its attributes.
var ours = map[string]string{
	"svg":   "xmlns viewBox width height role aria-labelledby aria-label lang class",
	"title": "id", "desc": "id", "style": "",
	"g": "class role", "a": "href rel", "rect": "class x y width height rx stroke-dasharray", "path": "class d",
	"text": "class x y text-anchor", "tspan": "class",
	"html": "lang", "head": "", "meta": "charset name content http-equiv", "body": "", "header": "",
	"footer": "", "main": "",
	"nav": "aria-label", "section": "id", "article": "class", "h1": "", "h2": "", "h3": "",
	"p": "class", "span": "class aria-hidden",
	"pre": "tabindex", "code": "class", "b": "", "strong": "", "dl": "class", "dt": "", "dd": "",
	"ul": "class", "li": "class",
	"div": "class id tabindex role aria-label", "details": "class", "summary": "",
}

func oursAlone(t *testing.T, what string, all []element, more map[string]string) {
	t.Helper()
	if len(all) < 10 {
		t.Errorf("%s: only %d elements", what, len(all))
	}
	ids := map[string]bool{}
	for _, e := range all {
		allowed, known := ours[e.name]
		if also, ok := more[e.name]; ok {
			allowed, known = allowed+" "+also, true
		}
		if !known {
			t.Errorf("%s: an element %q", what, e.name)
			return
		}
		for a, value := range e.attrs {
			switch {
			case !slices.Contains(strings.Fields(allowed), a):
				t.Errorf("%s: %s has the attribute %q", what, e.name, a)
				return
			case a == "href" && !strings.HasPrefix(value, "#") && !strings.HasPrefix(value, "https://"):
				t.Errorf("%s: a link leads to %q", what, value)
			case a == "id":
				if ids[value] {
					t.Errorf("%s: two elements have the ID %q", what, value)
				}
				ids[value] = true
			}
		}
	}
	for _, e := range all {
		if target, inside := strings.CutPrefix(e.attrs["href"], "#"); inside && !ids[target] {
			t.Errorf("%s: nothing is where a link to %q leads", what, target)
		}
	}
}

// What a server says in JSON stays in the code of Markdown: no fence of it ends one of ours, and no word of it is a
// mention, a link or an element.
func TestMarkdownHarmless(t *testing.T) {
	for _, text := range hostile {
		text = name(text)
		got := mdText(text)
		for _, bad := range []string{"<", ">", "@", "#", "|", "*", "[", "]", "~", "&", "_", "$", "\\"} {
			if strings.Contains(rendertest.OutsideCode(got), bad) {
				t.Errorf("%q is written as %q, with %s outside of code", text, got, bad)
			}
		}
		if plain := strings.ReplaceAll(got, "`", ""); strings.Join(strings.Fields(plain), "") !=
			strings.Join(strings.Fields(strings.ReplaceAll(text, "`", "")), "") {
			t.Errorf("%q is written as %q", text, got)
		}
	}
	for _, fence := range []string{"`", "```", "``````"} {
		p := Payload{Row: Row{Number: 1, Label: "x"},
			Body: Body{Title: "Body", Lines: []BodyLine{{Value: fence}, {Value: "</details>"}}}}
		m := &markdownWriter{Document: &Document{Payloads: []Payload{p}}}
		m.payloads(markdownMost)
		open := strings.Index(m.b.String(), "\n\n`")
		written := m.b.String()[open+2:]
		ours := written[:strings.Index(written, "\n")]
		if len(ours) <= len(fence) || strings.Count(written, "\n"+ours+"\n") != 1 {
			t.Errorf("a body with %s stands between %s:\n%s", fence, ours, written)
		}
	}
}

// A large answer and thousands of rows are told in bounded form, with what is left out counted.
func TestLarge(t *testing.T) {
	h := handshakeOf(flowtest.Embedded(t, "synapse-big"))
	d := New(h.Trace, h.State, h.Report)
	if len(d.Sets.Events) != maxEvents || d.Sets.More == 0 {
		t.Errorf("%d events are listed, %d are counted", len(d.Sets.Events), d.Sets.More)
	}
	cut := 0
	for _, p := range d.Payloads {
		if p.Body.Cut != "" {
			cut++
		}
	}
	if cut == 0 {
		t.Error("no body is cut short")
	}
	for _, f := range Formats() {
		var b bytes.Buffer
		if err := f.Write(&b, h); err != nil || b.Len() > mostBytes {
			t.Errorf("%s: %d bytes, %v", f.Name, b.Len(), err)
		}
		if f.Name == "markdown" && b.Len() > 65_536 {
			t.Errorf("markdown: %d bytes are more than an issue tracker takes", b.Len())
		}
	}

	trace := flow.Trace{Header: h.Trace.Header}
	for i := range 10_000 {
		trace.Entries = append(trace.Entries, flow.Entry{Seq: i + 1, Kind: flow.Request, Step: flow.A4,
			From: flow.Joining, To: flow.Resident, Server: "s.example",
			Request: &client.Request{Method: "GET", Target: "/x", Endpoint: client.MakeJoin}})
	}
	many := handshakeOf(trace)
	d = New(many.Trace, many.State, many.Report)
	counts := func(r Row) bool { return strings.Contains(r.Label, "rows are left out here") }
	if i := slices.IndexFunc(d.Rows, counts); i < 0 || len(d.Rows) > maxRows+1 || d.Rows[i].Kind != render.Phase {
		t.Errorf("%d rows of 10000, and the one that counts the others is %d", len(d.Rows), i)
	}
}
