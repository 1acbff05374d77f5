package lesson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"doorstep/flow/event"
	"doorstep/flow/explain"
	"doorstep/flow/wording"
	"doorstep/render"
	"doorstep/ui/story"
)

// The most that is shown of a body. What is left out is counted where it would stand.
const (
	fewElements  = 2 // of a list of objects, where there are many
	manyElements = 4
	fewValues    = 12 // of any other list
	fewMembers   = 40
	mostDepth    = 24
	cellsOfValue = 400
	cellsOfKey   = 200
)

// A Body is a body as lines, each field with its explanation.
type Body struct {
	Title   string
	Lines   []Line
	Cut     string   // that lines are left out at the end; empty: none are
	Unknown []string // fields of which nothing is known

	fields []*explain.Entry // that are explained, in the order in which they come up
}

// A Line is a line of a body.
type Line struct {
	Indent, Key, Value string
	Class              string // of the value: string, number, literal, or nothing
	Left               string // what is left out here; the line says nothing else
	Field              Link   // where the field is explained; nowhere: nothing is known of it
	Lit                bool   // it is what the page speaks of

	entry *explain.Entry
}

// A bodyWriter makes a Body of JSON. It writes down once more what it shows: fields are looked up in that, which is
// small whatever came.
type bodyWriter struct {
	Body
	look  string // a JSON pointer to what is lit
	most  int    // lines
	shown bytes.Buffer
	at    []string // of each line the pointer into what is shown; empty: it is no field
}

// bodyOf gives a body as at most so many lines, with what look points at lit and never left out for what is before it.
func bodyOf(raw []byte, o explain.Object, look string, most int) Body {
	size := story.Size(len(raw))
	raw = bytes.TrimSpace(raw)
	if !json.Valid(raw) {
		return plainBody(raw, size, most)
	}
	w := &bodyWriter{Body: Body{Title: "Body, " + size + ", JSON indented"}, look: look, most: most}
	w.value("", raw, place{}, "")
	if len(w.Lines) > most {
		w.Lines = w.Lines[:most]
		w.Cut = fmt.Sprintf("Shown is the beginning, %s; the recording holds all %s.", wording.Count(most, "line"), size)
	}
	w.explain(o)
	return w.Body
}

// plainBody gives what is no JSON.
func plainBody(raw []byte, size string, most int) Body {
	b := Body{Title: "Body, " + size + ", as it came"}
	for line := range strings.Lines(string(raw[:min(len(raw), most*cellsOfValue)])) {
		if len(b.Lines) == most {
			break
		}
		b.Lines = append(b.Lines, Line{Value: safe(strings.TrimRight(line, "\r\n"), cellsOfValue)})
	}
	if shown := most * cellsOfValue; len(raw) > shown || bytes.Count(raw, []byte("\n")) >= most {
		b.Cut = "Shown is the beginning; the recording holds all " + size + "."
	}
	return b
}

// A place is where a value stands: in the body, and in what is shown of it.
type place struct{ real, shown string }

// in is the place of a member or an element.
func (p place) in(key, shown string) place { return place{p.real + "/" + key, p.shown + "/" + shown} }

// isLit reports whether a place is what is looked at, or lies in it.
func (w *bodyWriter) isLit(p place) bool {
	return w.look != "" && (p.real == w.look || strings.HasPrefix(p.real, w.look+"/"))
}

// leads reports whether what is looked at lies in a place, or is it.
func (w *bodyWriter) leads(p place) bool {
	return w.look != "" && (p.real == w.look || strings.HasPrefix(w.look, p.real+"/"))
}

func (w *bodyWriter) line(l Line, p place) {
	l.Lit = w.isLit(p)
	w.Lines = append(w.Lines, l)
	w.at = append(w.at, p.shown)
}

// value adds a value after its key; what follows it on its last line comes after.
func (w *bodyWriter) value(key string, raw []byte, p place, after string) {
	depth := strings.Count(p.real, "/")
	indent := strings.Repeat("  ", min(depth, mostDepth))
	switch {
	case len(w.Lines) > w.most: // nothing of it is shown, and its fields are not looked up
		w.shown.WriteString("null")
		return
	case depth < mostDepth && raw[0] == '{':
		if members, err := event.Members(raw); err == nil && len(members) > 0 {
			w.line(Line{Indent: indent, Key: key, Value: "{"}, p)
			w.object(members, p, indent)
			w.line(Line{Indent: indent, Value: "}" + after}, place{real: p.real})
			return
		}
	case depth < mostDepth && raw[0] == '[':
		if elements, err := event.Elements(raw); err == nil && len(elements) > 0 {
			w.line(Line{Indent: indent, Key: key, Value: "["}, p)
			w.list(elements, p, indent)
			w.line(Line{Indent: indent, Value: "]" + after}, place{real: p.real})
			return
		}
	}
	w.shown.Write(raw)
	w.line(Line{Indent: indent, Key: key, Value: safe(oneLine(raw), cellsOfValue) + after, Class: classOf(raw)}, p)
}

// oneLine is a value that is not unfolded.
func oneLine(raw []byte) string {
	if raw[0] != '{' && raw[0] != '[' || len(raw) > cellsOfValue*4 {
		return string(raw)
	}
	var b bytes.Buffer
	if json.Compact(&b, raw) != nil {
		return string(raw)
	}
	return b.String()
}

func (w *bodyWriter) object(members []event.Member, p place, indent string) {
	w.shown.WriteByte('{')
	left := 0
	for i, m := range members {
		token := event.PointerToken(m.Key)
		at := p.in(token, token)
		if i >= fewMembers && !w.leads(at) {
			left++
			continue
		}
		key, _ := json.Marshal(m.Key) // a string always can
		if w.shown.Bytes()[w.shown.Len()-1] != '{' {
			w.shown.WriteByte(',')
		}
		w.shown.Write(key)
		w.shown.WriteByte(':')
		w.value(safe(quoted(m.Key), cellsOfKey), m.Value, at, comma(i, len(members)))
	}
	w.leave(left, "more member", indent, p)
	w.shown.WriteByte('}')
}

func (w *bodyWriter) list(elements [][]byte, p place, indent string) {
	few := fewValues
	if raw := elements[0]; raw[0] == '{' || raw[0] == '[' {
		switch few = fewElements; {
		case w.look != "" && !w.leads(p) && !w.isLit(p): // something else is looked at
			few = 0
		case len(elements) <= manyElements:
			few = manyElements
		}
	}
	w.shown.WriteByte('[')
	left, n := 0, 0
	for i, raw := range elements {
		at := p.in(strconv.Itoa(i), strconv.Itoa(n))
		if i >= few && !w.leads(at) {
			left++
			continue
		}
		w.leave(left, more(n, "element"), indent, p)
		if left = 0; n > 0 {
			w.shown.WriteByte(',')
		}
		n++
		w.value("", raw, at, comma(i, len(elements)))
	}
	w.leave(left, more(n, "element"), indent, p)
	w.shown.WriteByte(']')
}

// more is what is left out where some are shown, and where none are.
func more(shown int, what string) string {
	if shown > 0 {
		return "more " + what
	}
	return what
}

// leave says that something is left out.
func (w *bodyWriter) leave(n int, what, indent string, in place) {
	if n > 0 {
		w.line(Line{Indent: indent + "  ", Left: "… " + wording.Count(n, what)}, place{real: in.real})
	}
}

func comma(i, n int) string {
	if i+1 < n {
		return ","
	}
	return ""
}

// quoted is a key as JSON has it, with no more escaped than has to be.
func quoted(key string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(key) != nil {
		return strconv.Quote(key)
	}
	return strings.TrimSpace(b.String())
}

func classOf(raw []byte) string {
	switch c := raw[0]; {
	case c == '"':
		return "string"
	case c == '-', c >= '0' && c <= '9':
		return "number"
	case c == 't', c == 'f', c == 'n':
		return "literal"
	}
	return ""
}

// explain looks up the field of every line.
func (w *bodyWriter) explain(o explain.Object) {
	b := explain.Body{Object: o, Bytes: w.shown.Bytes()}
	for i := range w.Lines {
		l := &w.Lines[i]
		if l.Left != "" || w.at[i] == "" || l.Key == "" || o == "" {
			continue
		}
		at, ok := b.At(w.at[i])
		if !ok {
			continue
		}
		if l.entry = explain.Find(at); l.entry == nil {
			if name := safe(at.Says(), cellsOfKey); !slices.Contains(w.Unknown, name) && len(w.Unknown) < mostUnknown {
				w.Unknown = append(w.Unknown, name)
			}
			continue
		}
		if !slices.Contains(w.fields, l.entry) {
			w.fields = append(w.fields, l.entry)
		}
	}
}

// mostUnknown is how many fields are named of which nothing is known.
const mostUnknown = 12

// name makes an identifier drawable, safe any text in so many cells.
func name(s string) string { return safe(s, cellsOfValue) }

func safe(s string, cells int) string {
	return render.Safe(render.Untrusted(s), render.SafeOpts{Width: cells})
}
