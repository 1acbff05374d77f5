package tour

import (
	"fmt"
	"slices"
	"strings"

	"doorstep/flow/wording"
)

// How many choices a question has.
const leastChoices, mostChoices = 2, 4

// Parse reads a chapter. It is strict: the error says file and line of what is not as the format has it.
func Parse(file string, text []byte) (Chapter, error) {
	p := parser{file: file}
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		p.line = i + 1
		if err := p.read(line); err != nil {
			return Chapter{}, err
		}
	}
	if err := p.end(); err != nil {
		return Chapter{}, err
	}
	if len(p.chapter.Stops) == 0 {
		return Chapter{}, p.errorf("no stops")
	}
	return p.chapter, nil
}

// A parser reads a file line by line.
type parser struct {
	file    string
	line    int
	chapter Chapter
	at      part
	keys    []string // of the header that is being read
	open    bool     // the last paragraph goes on
}

// A part is what the next line belongs to.
type part int

const (
	atTitle    part = iota // of the chapter
	inChapter              // its header
	inHeader               // that of a stop
	inText                 // what there is to see
	inQuestion             // what is asked
	inChoices              // what may be the answer, each with a reply
)

func (p *parser) errorf(format string, values ...any) error {
	return fmt.Errorf("%s:%d: %s", p.file, p.line, fmt.Sprintf(format, values...))
}

// stop is the stop that is being read.
func (p *parser) stop() *Stop { return &p.chapter.Stops[len(p.chapter.Stops)-1] }

func (p *parser) read(line string) error {
	if fault := wording.LineFault(line, false); fault != "" {
		return p.errorf("%s", fault)
	}
	switch {
	case p.at == atTitle:
		return p.title(line)
	case strings.HasPrefix(line, "## "):
		return p.begin(strings.TrimPrefix(line, "## "))
	case strings.HasPrefix(line, "#"):
		return p.errorf("'# ' begins a file, '## ' a stop: %q", line)
	case line == "":
		p.blank()
		return nil
	case p.at == inChapter || p.at == inHeader:
		return p.header(line)
	}
	return p.body(line)
}

func (p *parser) title(line string) error {
	title, ok := strings.CutPrefix(line, "# ")
	if !ok {
		return p.errorf("the title of the chapter has to come first, after '# '")
	}
	p.chapter.Title, p.at = title, inChapter
	return nil
}

// blank ends a paragraph, and a header that says something.
func (p *parser) blank() {
	p.open = false
	if p.at == inHeader && len(p.keys) > 0 {
		p.at = inText
	}
}

// begin begins the next stop.
func (p *parser) begin(title string) error {
	if err := p.end(); err != nil {
		return err
	}
	p.chapter.Stops = append(p.chapter.Stops, Stop{Title: title, File: p.file, Line: p.line})
	p.at, p.keys, p.open = inHeader, nil, false
	return nil
}

// header takes a line "key: value".
func (p *parser) header(line string) error {
	key, value, ok := strings.Cut(line, ": ")
	if !ok || strings.TrimSpace(value) != value {
		return p.errorf("%q is no line 'key: value'", line)
	}
	if key != "shows" && key != "see" {
		if slices.Contains(p.keys, key) {
			return p.errorf("%s stands there twice", key)
		}
	}
	p.keys = append(p.keys, key)
	if p.at == inChapter {
		into, ok := map[string]*string{"name": &p.chapter.Name, "about": &p.chapter.About}[key]
		if !ok {
			return p.errorf("%q is no key of a chapter", key)
		}
		*into = value
		return nil
	}
	return p.stopHeader(key, value)
}

func (p *parser) stopHeader(key, value string) (err error) {
	s := p.stop()
	switch key {
	case "stop":
		s.Name = value
	case "scenario":
		s.Scenario = value
	case "tab":
		s.Tab = value
	case "look":
		if !strings.HasPrefix(value, "/") {
			return p.errorf("%q is no JSON pointer", value)
		}
		s.Look = value
	case "see":
		if !strings.Contains(value, "/") {
			return p.errorf("%q is no 'kind/name'", value)
		}
		s.See = append(s.See, value)
	case "at":
		s.At, err = ParseSelector(value)
	case "shows":
		var c Claim
		c, err = ParseClaim(value)
		s.Shows = append(s.Shows, c)
	default:
		return p.errorf("%q is no key of a stop", key)
	}
	if err != nil {
		return p.errorf("%s: %v", key, err)
	}
	return nil
}

// body takes a line of the texts.
func (p *parser) body(line string) error {
	s := p.stop()
	sign, rest, _ := strings.Cut(line, " ")
	switch {
	case sign == "?" && p.at == inText && s.Text != "":
		s.Question, p.at, p.open = rest, inQuestion, true
	case (sign == "-" || sign == "+") && (p.at == inQuestion || p.at == inChoices):
		s.Choices = append(s.Choices, Choice{Text: rest, Right: sign == "+"})
		p.at, p.open = inChoices, true
	case p.at == inText:
		return p.goOn(&s.Text, line)
	case p.at == inQuestion:
		return p.goOn(&s.Question, line)
	case p.at == inChoices && strings.HasPrefix(line, "  ") && line[2] != ' ':
		return p.goOn(&s.Choices[len(s.Choices)-1].Reply, line[2:])
	default:
		return p.errorf("out of place: %q", line)
	}
	return nil
}

// goOn adds a line to a paragraph. There is only one of a kind.
func (p *parser) goOn(text *string, line string) error {
	switch {
	case *text == "":
		*text = line
	case !p.open:
		return p.errorf("a second paragraph: %q", line)
	default:
		*text += " " + line
	}
	p.open = true
	return nil
}

// end looks at what has been read of the chapter or of its last stop.
func (p *parser) end() error {
	if p.chapter.Name == "" || p.chapter.About == "" {
		return p.errorf("the chapter has no name, or does not say what it is about")
	}
	if len(p.chapter.Stops) == 0 {
		return nil
	}
	s := p.stop()
	for what, text := range map[string]string{"stop": s.Name, "scenario": s.Scenario, "at": s.At.text, "text": s.Text,
		"question": s.Question} {
		if text == "" {
			return p.errorf("stop %q: no %s", s.Title, what)
		}
	}
	right := 0
	for _, c := range s.Choices {
		if c.Reply == "" {
			return p.errorf("stop %q: no reply to %q", s.Title, c.Text)
		}
		if c.Right {
			right++
		}
	}
	switch {
	case right != 1:
		return p.errorf("stop %q: %d choices are right, and one has to be", s.Title, right)
	case len(s.Choices) < leastChoices || len(s.Choices) > mostChoices:
		return p.errorf("stop %q: %d choices, and %d to %d are wanted", s.Title, len(s.Choices), leastChoices, mostChoices)
	case s.Look != "" && s.Tab != "Body" && s.Tab != "Diff":
		return p.errorf("stop %q: a JSON pointer leads into the tab Body or Diff", s.Title)
	}
	return nil
}
