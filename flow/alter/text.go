package alter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
)

// signLine begins the text of an event to be signed, where that of a request has its method and target.
const signLine = "SIGN"

// toField names the server a request goes to. It is no header field: it is not sent.
const toField = "To"

// Text gives the draft as a file for an editor: comments, the line with method and target, the header fields, an empty
// line, and the body, indented where it is JSON.
func (d Draft) Text() string {
	var b strings.Builder
	comments := requestComments
	if d.Signs() {
		comments = eventComments
	}
	for _, line := range comments {
		b.WriteString("# " + line + "\n")
	}
	if d.Signs() {
		fmt.Fprintf(&b, "%s event\n", signLine)
		for _, f := range sealingFields {
			fmt.Fprintf(&b, "%s: %s\n", f.name, f.of(d))
		}
	} else {
		fmt.Fprintf(&b, "%s %s\n%s: %s\n", d.Method, d.Target, toField, d.Server)
		for _, f := range d.Header {
			fmt.Fprintf(&b, "%s: %s\n", f.Name, f.Value)
		}
	}
	b.WriteString("\n")
	if d.Body != nil {
		b.Write(Indented(d.Body))
		b.WriteString("\n")
	}
	return b.String()
}

var requestComments = []string{
	"What will be sent. Lines like this one, at the top, are not.",
	"To names the server it goes to and is not sent; Host is added where there is none,",
	"Content-Length and Connection always.",
	`sig="…" in Authorization is signed when it is sent, for the origin and destination named beside it.`,
	"Without that line the request goes out unsigned. The body is sent as it is written here.",
}

var eventComments = []string{
	"What will be signed. Lines like this one, at the top, are not part of it.",
	"Hash: right, wrong or none. Key: right, wrong (one that we do not publish) or none.",
	"Redact-As: the room version by whose rules the event is redacted before it is signed.",
	"The event is hashed and signed as it is written here.",
}

// sealingFields are the fields of an event's text that say how it is hashed and signed.
var sealingFields = []struct {
	name string
	of   func(Draft) string
	set  func(*Draft, string) error
}{
	{"Hash", func(d Draft) string { return sealedText(d.Sealing.Hash) },
		func(d *Draft, s string) (err error) { d.Sealing.Hash, err = sealedOf(s); return err }},
	{"Key", func(d Draft) string { return sealedText(d.Sealing.Key) },
		func(d *Draft, s string) (err error) { d.Sealing.Key, err = sealedOf(s); return err }},
	{"Redact-As", func(d Draft) string {
		if d.Sealing.RedactAs == "" && d.Version != nil {
			return d.Version.ID
		}
		return d.Sealing.RedactAs
	}, setRedactAs},
}

func sealedText(s flow.Sealed) string {
	if s == flow.SealedRight {
		return "right"
	}
	return string(s)
}

func sealedOf(s string) (flow.Sealed, error) {
	switch s {
	case "right":
		return flow.SealedRight, nil
	case "wrong", "none":
		return flow.Sealed(s), nil
	}
	return "", errors.New("is right, wrong or none")
}

func setRedactAs(d *Draft, s string) error {
	if _, ok := event.Lookup(s); !ok {
		return errors.New("is a room version, 1 to 12")
	}
	d.Sealing.RedactAs = s
	if d.Version != nil && s == d.Version.ID {
		d.Sealing.RedactAs = ""
	}
	return nil
}

// Indented gives a JSON text as it is shown: its tokens keep their bytes. What is not JSON stays as it is.
func Indented(body []byte) []byte {
	var b bytes.Buffer
	if json.Indent(&b, body, "", "  ") != nil {
		return body
	}
	return b.Bytes()
}

// A ParseError says where a text is no draft, and why.
type ParseError struct {
	Line, Column int // from 1; the column in characters
	Why          string
}

func (e *ParseError) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Why)
}

// Parse reads a text that began as that of d, and returns the draft it makes of d. What was left as it is stays byte
// for byte what it would have been; a body that was written is taken as it is written, without one newline at its end.
// It errs with a *ParseError.
func (d Draft) Parse(text string) (Draft, error) {
	p := parser{draft: d.changedBy(flow.ByEditor, ""), lines: Lines{Text: text}}
	if err := p.parse(); err != nil {
		return Draft{}, err
	}
	return p.draft, nil
}

type parser struct {
	draft Draft
	lines Lines
}

func (p *parser) next() (string, bool) { return p.lines.Next() }

func (p *parser) fail(column int, format string, args ...any) error {
	return p.lines.Fail(column, format, args...)
}

func (p *parser) parse() error {
	line, ok := p.next()
	for ok && (strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "") {
		line, ok = p.next()
	}
	if !ok {
		return p.fail(1, "nothing is left of it: the line with what is sent is missing")
	}
	if err := p.first(line); err != nil {
		return err
	}
	if err := p.fields(); err != nil {
		return err
	}
	return p.body()
}

// methods are those that a request may have.
var methods = []string{http.MethodGet, http.MethodPut, http.MethodPost}

// first reads the line that says what is done.
func (p *parser) first(line string) error {
	if p.draft.Signs() {
		if line != signLine+" event" {
			return p.fail(1, "the first line is %q", signLine+" event")
		}
		return nil
	}
	method, target, ok := strings.Cut(line, " ")
	if !ok {
		return p.fail(1, "the first line is a method and a target, with a blank between them")
	}
	if !slices.Contains(methods, method) {
		return p.fail(1, "%q is none of the methods: %s", method, strings.Join(methods, ", "))
	}
	column := len(method) + 2
	if !strings.HasPrefix(target, "/") {
		return p.fail(column, "the target does not begin with '/'")
	}
	if i := strings.IndexFunc(target, func(r rune) bool { return r <= ' ' || r >= 0x7f }); i >= 0 {
		return p.fail(column+i, "the target holds a character that has to be percent-encoded")
	}
	p.draft.Method, p.draft.Target = method, target
	return nil
}

// fields reads the header fields, up to the empty line.
func (p *parser) fields() error {
	p.draft.Header = nil
	seen := map[string]bool{}
	for line, ok := p.next(); ok && line != ""; line, ok = p.next() {
		if line[0] == ' ' || line[0] == '\t' {
			return p.fail(1, "a header field stands in one line: this one goes on from the line above")
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return p.fail(1, "a header field is a name, a colon and a value")
		}
		if !client.IsFieldName(name) {
			return p.fail(1, "%q is no name of a header field", name)
		}
		column := runes(line[:len(name)+1]) + 1
		value = strings.Trim(value, " \t")
		if i := strings.IndexFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }); i >= 0 {
			at := runes(line[:strings.Index(line, value)+i]) + 1
			return p.fail(at, "the value holds a line break or another control character")
		}
		if err := p.field(name, value, column, seen); err != nil {
			return err
		}
	}
	if !p.draft.Signs() && !seen[toField] {
		return p.fail(1, "the field %s, with the server it goes to, is missing", toField)
	}
	return nil
}

// field takes one field in.
func (p *parser) field(name, value string, column int, seen map[string]bool) error {
	if p.draft.Signs() {
		for _, f := range sealingFields {
			if f.name != name {
				continue
			}
			if err := f.set(&p.draft, value); err != nil {
				return p.fail(column, "%s %v", name, err)
			}
			return nil
		}
		return p.fail(1, "an event that is to be signed has no field %q", name)
	}
	switch {
	case name == toField && seen[toField]:
		return p.fail(1, "the field %s stands here twice", toField)
	case name == toField:
		if _, err := client.ParseServerName(value); err != nil {
			return p.fail(column, "%v", err)
		}
		p.draft.Server, seen[toField] = value, true
		return nil
	case client.SetByClient(name):
		return p.fail(1, "%s is set when the request is sent", name)
	}
	p.draft.Header = append(p.draft.Header, client.Field{Name: name, Value: value})
	return nil
}

// body reads what is left.
func (p *parser) body() error {
	written := p.lines.Rest()
	switch {
	case p.draft.Body != nil && written == string(Indented(p.draft.Body)):
		return nil // nobody touched it
	case strings.TrimSpace(written) == "" && p.draft.Signs():
		return p.fail(1, "there is no event left to sign")
	case strings.TrimSpace(written) == "":
		p.draft.Body = nil
		return nil
	}
	if p.draft.Signs() {
		if _, err := event.Members([]byte(written)); err != nil {
			return p.notJSON(written, err)
		}
	} else if _, err := event.Canonical([]byte(written), false); err != nil { // what is signed with the request
		return p.notJSON(written, err)
	}
	p.draft.Body = []byte(written)
	return nil
}

// notJSON says where in a body what is wrong.
func (p *parser) notJSON(written string, err error) error {
	return NotJSON(written, p.lines.RestLine(), err)
}

// NotJSON says where in a body, which begins in that line of a text, what is wrong.
func NotJSON(written string, first int, err error) *ParseError {
	var syntax *event.SyntaxError
	offset, why := 0, err.Error()
	if errors.As(err, &syntax) {
		offset, why = min(syntax.Offset, len(written)), syntax.Why
	}
	before := written[:offset]
	return &ParseError{Line: first + strings.Count(before, "\n"),
		Column: runes(before[strings.LastIndexByte(before, '\n')+1:]) + 1, Why: "the body cannot be read: " + why}
}

// runes counts characters.
func runes(s string) int { return len([]rune(s)) }

func isAuthorization(f client.Field) bool { return strings.EqualFold(f.Name, "Authorization") }
