package answer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/alter"
	"doorstep/flow/event"
)

// firstWord begins the text of an answer, before its status.
const firstWord = "ANSWER"

var comments = []string{
	"What will be answered. Lines like this one, at the top, are not; Date and Content-Length are added.",
	"Events: as-written, or signed-again: what was changed in state, auth_chain and event is hashed and",
	"signed again by its sender's server, where that is one of ours. It gets another event ID by that.",
	"Close-After: never, or after how many bytes of the body; 0: nothing is answered at all.",
	"Over: how long the body takes, in pieces, as 20s. Body: json, whose white space is taken out, or any",
	"text, as it is written.",
}

// Text gives the draft as a file for an editor: comments, a line with the status, how it is given, the header fields,
// an empty line, and the body, indented where it is JSON.
func (d Draft) Text() string {
	var b strings.Builder
	for _, line := range comments {
		b.WriteString("# " + line + "\n")
	}
	fmt.Fprintf(&b, "%s %d\n", firstWord, d.Status)
	for _, f := range ways {
		fmt.Fprintf(&b, "%s: %s\n", f.name, f.of(d))
	}
	for _, f := range d.Header {
		fmt.Fprintf(&b, "%s: %s\n", f.Name, f.Value)
	}
	b.WriteString("\n")
	b.Write(alter.Indented(d.Body))
	b.WriteString("\n")
	return b.String()
}

// A way is a line of the text that says how the answer is given, and is no header field.
type way struct {
	name string
	of   func(Draft) string
	set  func(*reader, string) error
}

var ways = []way{
	{"Events", func(Draft) string { return "as-written" }, func(r *reader, s string) error {
		r.again = s == "signed-again"
		return oneOf(s, "as-written", "signed-again")
	}},
	{"Close-After", closeAfter, setCloseAfter},
	{"Over", func(d Draft) string { return d.Delivery.Over.String() }, func(r *reader, s string) (err error) {
		r.draft.Delivery.Over, err = time.ParseDuration(s)
		if err != nil || r.draft.Delivery.Over < 0 || r.draft.Delivery.Over > longest {
			return fmt.Errorf("is a time up to %s, as 20s", longest)
		}
		return nil
	}},
	{"Body", func(d Draft) string {
		if event.Valid(d.Body) {
			return "json"
		}
		return "any"
	}, func(r *reader, s string) error {
		r.any = s == "any"
		return oneOf(s, "json", "any")
	}},
}

// longest is how long a body may take.
const longest = 10 * time.Minute

func oneOf(s string, words ...string) error {
	for _, w := range words {
		if s == w {
			return nil
		}
	}
	return errors.New("is " + strings.Join(words, " or "))
}

func closeAfter(d Draft) string {
	switch {
	case d.Delivery.Dropped:
		return "0"
	case d.Delivery.Cut > 0:
		return strconv.Itoa(d.Delivery.Cut)
	}
	return "never"
}

func setCloseAfter(r *reader, s string) error {
	r.draft.Delivery.Dropped, r.draft.Delivery.Cut = false, 0
	if s == "never" {
		return nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return errors.New("is never, or a number of bytes")
	}
	r.draft.Delivery.Dropped, r.draft.Delivery.Cut = n == 0, n
	return nil
}

// Parse reads a text that began as that of d, and returns the draft it makes of d. A body that nobody touched stays
// byte for byte what it would have been. One that was written is taken without the white space between its parts, or,
// as any text, as it is written but for one newline at its end. It errs with an *alter.ParseError.
func (d Draft) Parse(text string, k Known) (Draft, error) {
	r := reader{draft: d.Usual().changedBy(flow.ByEditor, ""), lines: alter.Lines{Text: text}}
	if err := r.read(k); err != nil {
		return Draft{}, err
	}
	return r.draft, nil
}

// A reader reads the text of an answer.
type reader struct {
	draft Draft
	lines alter.Lines

	again bool // events that were changed are hashed and signed again
	any   bool // the body need not be JSON
}

func (r *reader) next() (string, bool) { return r.lines.Next() }

func (r *reader) fail(column int, format string, args ...any) error {
	return r.lines.Fail(column, format, args...)
}

func (r *reader) read(k Known) error {
	line, ok := r.next()
	for ok && (strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "") {
		line, ok = r.next()
	}
	if !ok {
		return r.fail(1, "nothing is left of it: the line %q with the status is missing", firstWord)
	}
	word, status, _ := strings.Cut(line, " ")
	n, err := strconv.Atoi(status)
	switch {
	case word != firstWord:
		return r.fail(1, "the first line is %q and a status", firstWord)
	case err != nil || n < 200 || n > 599:
		return r.fail(len(firstWord)+2, "a status is a number from 200 to 599")
	}
	r.draft.Status, r.draft.Header = n, nil
	for line, ok := r.next(); ok && line != ""; line, ok = r.next() {
		if err := r.field(line); err != nil {
			return err
		}
	}
	return r.body(k)
}

// field reads a line above the body.
func (r *reader) field(line string) error {
	name, value, ok := strings.Cut(line, ":")
	column := len([]rune(name)) + 3
	value = strings.Trim(value, " \t")
	switch {
	case line[0] == ' ' || line[0] == '\t':
		return r.fail(1, "a header field stands in one line: this one goes on from the line above")
	case !ok:
		return r.fail(1, "a header field is a name, a colon and a value")
	case !client.IsFieldName(name):
		return r.fail(1, "%q is no name of a header field", name)
	case strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }):
		return r.fail(column, "the value holds a line break or another control character")
	case alter.SetOnAnswering(name):
		return r.fail(1, "%s is set when the answer is given", name)
	}
	for _, w := range ways {
		if w.name != name {
			continue
		}
		if err := w.set(r, value); err != nil {
			return r.fail(column, "%s %v", name, err)
		}
		return nil
	}
	r.draft.Header = append(r.draft.Header, client.Field{Name: name, Value: value})
	return nil
}

// body reads what is left.
func (r *reader) body(k Known) error {
	written, first := r.lines.Rest(), r.lines.RestLine()
	if written == string(alter.Indented(r.draft.Body)) {
		return nil // nobody touched it
	}
	r.draft.Body = []byte(written)
	if !r.any {
		if _, err := event.Canonical([]byte(written), false); err != nil {
			return alter.NotJSON(written, first, err)
		}
		var dense bytes.Buffer // events that nobody touched stay byte for byte what they are
		if err := json.Compact(&dense, []byte(written)); err == nil {
			r.draft.Body = dense.Bytes()
		}
	}
	if !r.again {
		return nil
	}
	if err := r.draft.sealChanged(k); err != nil {
		return r.fail(1, "an event cannot be signed again: %v", err)
	}
	return nil
}

// sealChanged hashes and signs every event anew that is none of those that would have been answered.
func (d *Draft) sealChanged(k Known) error {
	usual := map[string]bool{}
	was := d.Usual()
	_ = was.inObject(func(obj []byte) ([]byte, error) { // nothing to compare with: all of them are new
		for _, name := range []string{inState, inChain} {
			events, _ := event.Elements(event.Get(obj, name))
			for _, raw := range events {
				usual[compact(raw)] = true
			}
		}
		usual[compact(event.Get(obj, "event"))] = true
		return obj, nil
	})
	seal := func(raw []byte) ([]byte, error) {
		if usual[compact(raw)] {
			return raw, nil
		}
		return k.seal(d.Version, raw)
	}
	return d.inObject(func(obj []byte) ([]byte, error) {
		var members []event.Member
		for _, name := range []string{inState, inChain} {
			events, err := event.Elements(event.Get(obj, name))
			if err != nil {
				continue
			}
			for i, raw := range events {
				if events[i], err = seal(raw); err != nil {
					return nil, err
				}
			}
			members = append(members, event.Member{Key: name, Value: list(events)})
		}
		if e := event.Get(obj, "event"); e != nil && d.Step == flow.A7 {
			sealed, err := seal(e)
			if err != nil {
				return nil, err
			}
			members = append(members, event.Member{Key: "event", Value: sealed})
		}
		return event.Edit(obj, members)
	})
}

// compact is JSON in one form, to compare it.
func compact(raw []byte) string {
	out, err := event.Canonical(raw, false)
	if err != nil {
		return string(raw)
	}
	return string(out)
}
