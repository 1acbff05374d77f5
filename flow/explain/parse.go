package explain

import (
	"fmt"
	"slices"
	"strings"

	"doorstep/flow/citation"
	"doorstep/flow/wording"
)

// Parse reads the entries of one file, in their order. It is strict: the error says file and line of what is not as the
// format has it.
func Parse(file string, text []byte) ([]Entry, error) {
	p := parser{file: file}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for i, line := range lines {
		p.line = i + 1
		if fault := wording.LineFault(line, strings.HasPrefix(line, "spec: ")); fault != "" {
			return nil, p.errorf("%s", fault)
		}
		if err := p.read(line); err != nil {
			return nil, err
		}
	}
	if err := p.end(); err != nil {
		return nil, err
	}
	return p.entries, nil
}

// A parser reads a file line by line.
type parser struct {
	file    string
	line    int
	entries []Entry
	at      part
	keys    []string // of the header lines so far
	section Section
	open    bool // the last paragraph goes on
}

// A part is the part of an entry that the next line belongs to.
type part int

const (
	nowhere    part = iota // before the first entry
	afterName              // a blank line has to come
	inHeader               // lines "key: value"
	inSections             // paragraphs and headings
)

func (p *parser) errorf(format string, values ...any) error {
	return fmt.Errorf("%s:%d: %s", p.file, p.line, fmt.Sprintf(format, values...))
}

func (p *parser) read(line string) error {
	if name, ok := strings.CutPrefix(line, "# "); ok {
		return p.begin(name)
	}
	switch p.at {
	case nowhere:
		if line != "" {
			return p.errorf("a line before the first entry: %q", line)
		}
	case afterName:
		if line != "" {
			return p.errorf("a blank line has to follow the name")
		}
		p.at = inHeader
	case inHeader:
		return p.header(line)
	case inSections:
		return p.body(line)
	}
	return nil
}

// begin begins the next entry.
func (p *parser) begin(name string) error {
	if err := p.end(); err != nil {
		return err
	}
	if strings.TrimSpace(name) != name || name == "" {
		return p.errorf("a name is needed after '# '")
	}
	p.entries = append(p.entries, Entry{Name: name, File: p.file, Line: p.line})
	p.at, p.keys, p.section, p.open = afterName, nil, What, false
	return nil
}

// entry is the entry that is being read.
func (p *parser) entry() *Entry { return &p.entries[len(p.entries)-1] }

// end looks at the entry that has been read.
func (p *parser) end() error {
	if len(p.entries) == 0 {
		return nil
	}
	e := p.entry()
	if e.Kind == "" {
		return p.errorf("%s: no kind", e.Name)
	}
	row := kinds[e.Kind.place()]
	for _, s := range row.Has {
		if len(e.Text(s)) == 0 {
			return p.errorf("%s %s: nothing under %q", e.Kind, e.Name, s)
		}
	}
	switch {
	case len(*e.text(p.section)) == 0:
		return p.errorf("%s %s: nothing under %q", e.Kind, e.Name, p.section)
	case row.Placed && len(e.At) == 0:
		return p.errorf("%s %s: no address (at:)", e.Kind, e.Name)
	case (e.Kind == Step || e.Kind == Finding) != (e.Title != ""):
		return p.errorf("%s %s: steps and findings have a title, and nothing else has one", e.Kind, e.Name)
	case !row.Placed && len(e.At) > 0:
		return p.errorf("a %s has no address", e.Kind)
	}
	return nil
}

func (p *parser) header(line string) error {
	e := p.entry()
	if line == "" {
		if e.Kind == "" {
			return p.errorf("%s: no kind", e.Name)
		}
		p.at = inSections
		return nil
	}
	key, value, ok := strings.Cut(line, ": ")
	if !ok || strings.TrimSpace(value) != value || value == "" {
		return p.errorf("%q is not \"key: value\"", line)
	}
	first := !slices.Contains(p.keys, key)
	if p.keys = append(p.keys, key); !first && (key == "kind" || key == "title") {
		return p.errorf("%s stands twice", key)
	}
	switch key {
	case "kind":
		if e.Kind = Kind(value); e.Kind.place() < 0 {
			return p.errorf("there is no kind %q", value)
		}
	case "title":
		e.Title = value
	case "at":
		return p.address(value)
	case "also":
		e.Also = append(e.Also, list(value)...)
	case "see":
		for _, item := range list(value) {
			kind, name, ok := strings.Cut(item, "/")
			r := Reference{Kind(kind), name}
			if !ok || name == "" || r.Kind.place() < 0 {
				return p.errorf("%q is not KIND/NAME", item)
			}
			if slices.Contains(e.See, r) {
				return p.errorf("%s stands twice", item)
			}
			e.See = append(e.See, r)
		}
	case "spec":
		return p.spec(value)
	default:
		return p.errorf("there is no header %q", key)
	}
	return nil
}

// spec reads the places of one citation. What only Doorstep's findings cite may be a place that cannot be opened.
func (p *parser) spec(value string) error {
	e := p.entry()
	places := citation.Parse(value)
	for _, place := range places {
		if place.URL == "" && e.Kind != Finding || strings.Contains(place.Title, "://") {
			return p.errorf("%q is no place of the specification (\"TITLE | URL\", \"DOCUMENT: SECTION\")", value)
		}
	}
	e.Spec = append(e.Spec, places...)
	if e.Cited != "" {
		e.Cited += "; "
	}
	e.Cited += value
	return nil
}

// address reads one "at". A rule of several versions has an address in each.
func (p *parser) address(value string) error {
	e := p.entry()
	switch e.Kind {
	case "":
		return p.errorf("kind has to stand before at")
	case Field:
		if _, _, err := splitField(value); err != nil {
			return p.errorf("%s", err)
		}
	case Rule:
		versions, number, ok := strings.Cut(value, " ")
		if !ok || strings.Trim(number, "0123456789.") != "" {
			return p.errorf("%q is not \"VERSIONS NUMBER\"", value)
		}
		for _, v := range strings.Split(versions, ",") {
			e.At = append(e.At, At(Rule, v+" "+number))
		}
		return nil
	case Query:
		if endpoint, name, ok := strings.Cut(value, " "); !ok || endpoint == "" || strings.ContainsRune(name, ' ') {
			return p.errorf("%q is not \"ENDPOINT NAME\"", value)
		}
	}
	e.At = append(e.At, At(e.Kind, value))
	return nil
}

func (p *parser) body(line string) error {
	texts := p.entry().text(p.section)
	switch heading, ok := strings.CutPrefix(line, "## "); {
	case ok:
		return p.heading(heading)
	case strings.HasPrefix(line, "#"):
		return p.errorf("there are headings with one # and with two: %q", line)
	case line == "":
		p.open = false
	case strings.HasPrefix(line, " "), strings.Contains(line, "  "), strings.HasPrefix(line, "- "),
		strings.HasPrefix(line, "* "), strings.HasPrefix(line, "|"):
		return p.errorf("texts are plain paragraphs: %q", line)
	case p.open:
		(*texts)[len(*texts)-1] += " " + line
	default:
		*texts = append(*texts, line)
		p.open = true
	}
	return nil
}

func (p *parser) heading(heading string) error {
	i := slices.Index(sections[:], heading)
	switch {
	case i <= int(What):
		return p.errorf("there is no heading %q", heading)
	case i <= int(p.section):
		return p.errorf("%q stands twice, or after a later heading", heading)
	case len(*p.entry().text(p.section)) == 0:
		return p.errorf("nothing under %q", p.section)
	}
	p.section, p.open = Section(i), false
	return nil
}

// list takes a list apart that is separated by commas.
func list(value string) []string {
	items := strings.Split(value, ",")
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
	}
	return slices.DeleteFunc(items, func(s string) bool { return s == "" })
}
