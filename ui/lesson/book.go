package lesson

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"doorstep/flow/citation"
	"doorstep/flow/explain"
	"doorstep/ui/document"
)

// A Link leads to a place on the page. Without an anchor it leads nowhere, and is text.
type Link struct {
	Text   string
	Anchor string
	Gloss  string // what is there, in a sentence
}

// A Span is a piece of a text: read literally, or leading somewhere, or neither.
type Span struct {
	Text   string
	Code   bool
	Anchor string
}

// A Text is a paragraph.
type Text []Span

// A Note explains one thing. A page has it once.
type Note struct {
	Anchor, Name, Kind string
	Title              string
	Shown, More        []Section // what is read at once, and what is folded
	Spec               []document.Source
	See                []Link

	entry *explain.Entry
}

// A Section is paragraphs under a heading; the first one has none.
type Section struct {
	Heading string
	Texts   []Text
}

// A book is the notes of a page. They are put together when all of them are known: each leads to others.
type book struct {
	notes map[*explain.Entry]*Note
	order []*Note
	names map[string]int // how often an anchor was wanted
}

func newBook() *book { return &book{notes: map[*explain.Entry]*Note{}, names: map[string]int{}} }

var noAnchor = regexp.MustCompile(`[^a-z0-9]+`)

// note returns the note of an entry, and whether the page did not have it before.
func (b *book) note(e *explain.Entry) (n *Note, fresh bool) {
	if n := b.notes[e]; n != nil {
		return n, false
	}
	anchor := "x-" + strings.Trim(noAnchor.ReplaceAllString(strings.ToLower(string(e.Kind)+"-"+e.Label()), "-"), "-")
	if b.names[anchor]++; b.names[anchor] > 1 {
		anchor = fmt.Sprintf("%s-%d", anchor, b.names[anchor])
	}
	n = &Note{Anchor: anchor, Name: e.Label(), Kind: string(e.Kind), Title: e.Title, entry: e}
	b.notes[e] = n
	b.order = append(b.order, n)
	return n, true
}

// link leads to the note of an entry; nowhere where the page has none.
func (b *book) link(e *explain.Entry) Link {
	if e == nil {
		return Link{}
	}
	if n := b.notes[e]; n != nil {
		return Link{Text: n.Name, Anchor: n.Anchor, Gloss: plain(e.Gloss())}
	}
	return Link{Text: e.Label()}
}

// close puts the notes together.
func (b *book) close() {
	for _, n := range b.order {
		n.fill(b)
	}
}

// first are the sections that are read at once.
var first = []explain.Section{explain.What, explain.Who, explain.Why}

func (n *Note) fill(b *book) {
	e := n.entry
	near := b.near(e)
	for _, s := range explain.Sections() {
		paragraphs := e.Text(s)
		if len(paragraphs) == 0 {
			continue
		}
		section := Section{}
		if s != explain.What || e.Kind == explain.Finding {
			section.Heading = e.Heading(s)
		}
		for _, p := range paragraphs {
			section.Texts = append(section.Texts, text(p, near))
		}
		if slices.Contains(first, s) {
			n.Shown = append(n.Shown, section)
		} else {
			n.More = append(n.More, section)
		}
	}
	for _, place := range e.Spec {
		n.Spec = append(n.Spec, sourceOf(place))
	}
	for _, r := range e.See {
		to := r.Entry()
		if to == nil {
			continue
		}
		if l := b.link(to); l.Anchor != "" {
			n.See = append(n.See, l)
		}
	}
}

func sourceOf(p citation.Place) document.Source {
	return document.Source{Text: name(p.Title), URL: p.URL}
}

// near are the notes that the texts of an entry may lead to: those that it names.
func (b *book) near(e *explain.Entry) []*Note {
	var out []*Note
	for _, r := range e.See {
		if n := b.notes[r.Entry()]; n != nil && n.entry != e {
			out = append(out, n)
		}
	}
	return out
}

// text is a paragraph in which the first mention of each thing that is near leads to its note.
func text(paragraph string, near []*Note) Text {
	var out Text
	used := map[*Note]bool{}
	for i, part := range strings.Split(paragraph, "`") {
		if part == "" {
			continue
		}
		if i%2 == 1 {
			s := Span{Text: part, Code: true}
			for _, n := range near {
				if !used[n] && n.entry.Name == part {
					s.Anchor, used[n] = n.Anchor, true
					break
				}
			}
			out = append(out, s)
			continue
		}
		out = append(out, linked(part, near, used)...)
	}
	return out
}

// linked finds mentions in a part of a paragraph that is not literal.
func linked(part string, near []*Note, used map[*Note]bool) Text {
	for _, n := range near {
		if used[n] {
			continue
		}
		if from, to, ok := mention(part, n.entry.Name); ok {
			used[n] = true
			out := linked(part[:from], near, used)
			out = append(out, Span{Text: part[from:to], Anchor: n.Anchor})
			return append(out, linked(part[to:], near, used)...)
		}
	}
	if part == "" {
		return nil
	}
	return Text{{Text: part}}
}

// mention finds a name as a word of its own, in one or in many.
func mention(in, word string) (from, to int, ok bool) {
	if utf8.RuneCountInString(word) < 2 {
		return 0, 0, false
	}
	low := strings.ToLower(in)
	if len(low) != len(in) {
		return 0, 0, false
	}
	for at := 0; ; {
		i := strings.Index(low[at:], strings.ToLower(word))
		if i < 0 {
			return 0, 0, false
		}
		from = at + i
		if to = from + len(word); strings.HasPrefix(low[to:], "s") {
			to++
		}
		if (from == 0 || !inWord(low[from-1])) && (to == len(low) || !inWord(low[to])) {
			return from, to, true
		}
		at = from + 1
	}
}

func inWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c >= 0x80
}

// plain is a text without the marks of what is literal.
func plain(s string) string { return strings.ReplaceAll(s, "`", "") }
