package tour

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/verify"
)

// A Claim is something that the texts of a stop rest on and that a run shows or does not. It is a subject, a verb, and
// what the verb needs:
//
//	/event/origin is "resident.example"
//	/event/event_id exists
//	/event/event_id of A5 response is absent
//	/room_id matches ^!
//	/event_id differs from /event/event_id of A5 response
//	status is 403
//
// A subject is a JSON pointer into the body of the entry that the stop is about, or of another entry, which stands
// after "of"; "status", "target", "server", "header NAME" and "host", the Host header that a name leads to, are about
// that entry as well. These are about the whole run: "entry SELECTOR", which is there or not; "outcome"; "finding ID";
// "check NAME", the worst outcome of the checks of that name; "change POINTER", what the joining server did to that
// field; "replaced", how many events are in auth_chain only because something else is at their place by now.
type Claim struct {
	text string
	a    operand
	verb string
	want any            // of "is"
	like *regexp.Regexp // of "matches"
	b    operand        // of "equals" and "differs from"
}

// An operand is a subject, of the stop's entry or of another.
type operand struct {
	subject string
	of      *Selector
}

// String is the claim as it is written in a file.
func (c Claim) String() string { return c.text }

// MarshalText writes it as a file has it.
func (c Claim) MarshalText() ([]byte, error) { return []byte(c.text), nil }

var verb = regexp.MustCompile(`^(\S.*?) (is absent|exists|is|matches|equals|differs from)(?: (.+))?$`)

// ParseClaim reads a claim.
func ParseClaim(text string) (Claim, error) {
	m := verb.FindStringSubmatch(text)
	if m == nil {
		return Claim{}, fmt.Errorf("%q has no verb", text)
	}
	c := Claim{text: text, verb: m[2]}
	needs := c.verb != "exists" && c.verb != "is absent"
	if needs != (m[3] != "") {
		return c, fmt.Errorf("%q: %s has to be followed by something, and the other verbs by nothing", text,
			"is, matches, equals, differs from")
	}
	var err error
	if c.a, err = parseOperand(m[1]); err != nil {
		return c, err
	}
	switch c.verb {
	case "is":
		c.want, err = decoded([]byte(m[3]))
	case "matches":
		c.like, err = regexp.Compile(m[3])
	case "equals", "differs from":
		c.b, err = parseOperand(m[3])
	}
	if err != nil {
		return c, fmt.Errorf("%q: %w", text, err)
	}
	return c, nil
}

func parseOperand(text string) (operand, error) {
	subject, of, other := strings.Cut(text, " of ")
	o := operand{subject: subject}
	word, name, named := strings.Cut(subject, " ")
	switch {
	case strings.HasPrefix(subject, "/"):
	case named != slices.Contains([]string{"entry", "header", "finding", "check", "change"}, word) || named && name == "",
		!named && !slices.Contains([]string{"status", "target", "server", "host", "outcome", "replaced"}, word):
		return o, fmt.Errorf("%q is nothing that can be claimed of", subject)
	}
	if !other {
		return o, nil
	}
	s, err := ParseSelector(of)
	o.of = &s
	return o, err
}

func decoded(raw []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("no JSON: %w", err)
	}
	return v, nil
}

// Holds returns why the claim does not hold for a run that is over, at an entry of it; nil where it does.
func (c Claim) Holds(t flow.Trace, at *flow.Entry) error {
	a, found, err := c.a.value(t, at)
	if err != nil {
		return err
	}
	switch {
	case c.verb == "is absent" && !found, c.verb == "exists" && found:
		return nil
	case c.verb == "is absent":
		return fmt.Errorf("%s: it is there: %v", c.text, a)
	case !found:
		return fmt.Errorf("%s: there is no such thing", c.text)
	case c.verb == "is" && !reflect.DeepEqual(a, c.want), c.verb == "matches" && !c.like.MatchString(fmt.Sprint(a)):
		return fmt.Errorf("%s: it is %v", c.text, a)
	case c.b.subject == "":
		return nil
	}
	b, found, err := c.b.value(t, at)
	switch {
	case err != nil:
		return err
	case !found:
		return fmt.Errorf("%s: there is nothing to compare it with", c.text)
	case reflect.DeepEqual(a, b) != (c.verb == "equals"):
		return fmt.Errorf("%s: they are %v and %v", c.text, a, b)
	}
	return nil
}

// value is what the operand names, as decoded JSON; false where there is no such thing.
func (o operand) value(t flow.Trace, at *flow.Entry) (v any, found bool, err error) {
	word, name, _ := strings.Cut(o.subject, " ")
	switch word {
	case "entry", "outcome", "finding", "check", "change", "replaced":
		return ofRun(t, word, name)
	}
	if o.of != nil {
		at = o.of.In(t)
	}
	if at == nil {
		return nil, false, fmt.Errorf("%s: there is no such entry", o.subject)
	}
	if strings.HasPrefix(o.subject, "/") {
		body, err := decoded(bodyOf(at))
		if err != nil {
			return nil, false, fmt.Errorf("entry %d: %w", at.Seq, err)
		}
		v, found = pointed(body, o.subject)
		return v, found, nil
	}
	return ofEntry(at, word, name)
}

// ofEntry is what an entry says outside of its body.
func ofEntry(e *flow.Entry, word, name string) (v any, found bool, err error) {
	switch {
	case word == "server":
		return e.Server, e.Server != "", nil
	case word == "status" && e.Response != nil:
		return json.Number(fmt.Sprint(e.Response.Status)), true, nil
	case word == "target" && e.Request != nil:
		return e.Request.Target, true, nil
	case word == "host" && e.Discovery != nil && len(e.Discovery.Destinations) > 0:
		return e.Discovery.Destinations[0].Host, true, nil
	case word == "header" && e.Request != nil:
		for _, f := range e.Request.Header {
			if strings.EqualFold(f.Name, name) {
				return f.Value, true, nil
			}
		}
	}
	return nil, false, nil
}

// ofRun is what the whole of a run comes to.
func ofRun(t flow.Trace, word, name string) (v any, found bool, err error) {
	s := flow.Fold(t)
	switch word {
	case "entry":
		of, err := ParseSelector(name)
		return name, of.In(t) != nil, err
	case "outcome":
		return string(s.Outcome()), true, nil
	case "finding":
		for _, f := range diagnose.Findings(t, s) {
			if f.ID == name {
				return string(f.Severity), true, nil
			}
		}
	case "check":
		worst, found := verify.Pass, false
		for c := range allChecks(s) {
			if c.Kind.String() == name {
				if found = true; c.Outcome.Worse(worst) {
					worst = c.Outcome
				}
			}
		}
		return worst.String(), found, nil
	case "change":
		for _, c := range s.Join().Diff(s.Header.Form) {
			if c.Path == name {
				return string(c.Kind), true, nil
			}
		}
	case "replaced":
		if s.Verification != nil {
			return json.Number(fmt.Sprint(s.Verification.Sets().Replaced)), true, nil
		}
	}
	return nil, false, nil
}

// allChecks are those of the protoevent, and of everything that came back.
func allChecks(s flow.State) iter.Seq[verify.Check] {
	return func(yield func(verify.Check) bool) {
		for _, c := range s.TemplateChecks {
			if !yield(c) {
				return
			}
		}
		if s.Verification == nil {
			return
		}
		for c := range s.Verification.All() {
			if !yield(c) {
				return
			}
		}
	}
}

// pointed is what a JSON pointer leads to.
func pointed(v any, pointer string) (any, bool) {
	for _, token := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch in := v.(type) {
		case map[string]any:
			next, ok := in[token]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i := 0
			if _, err := fmt.Sscanf(token, "%d", &i); err != nil || i < 0 || i >= len(in) {
				return nil, false
			}
			v = in[i]
		default:
			return nil, false
		}
	}
	return v, true
}
