package alter

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
)

// answerChanges returns what was changed in an answer.
func answerChanges(a *flow.Altered, e *flow.Entry) []Change {
	var out []Change
	if is := e.Response; is != nil {
		if is.Status != a.Response.Status {
			out = append(out, Change{Part: PartStatus, From: strconv.AppendInt(nil, int64(a.Response.Status), 10),
				To: strconv.AppendInt(nil, int64(is.Status), 10)})
		}
		out = append(out, fieldsOfAnswer(a.Response.Header, is.Header)...)
		if a.Delivery.Cut == 0 {
			out = append(out, bodyChanges(a.Response.Body, is.Body)...)
		}
	}
	return append(out, deliveryChanges(a.Delivery)...)
}

// SetOnAnswering reports whether a header field is set when an answer is written, and not by its draft.
func SetOnAnswering(name string) bool {
	return slices.ContainsFunc([]string{"Content-Length", "Date", "Connection", "Transfer-Encoding"},
		func(f string) bool { return strings.EqualFold(f, name) })
}

// fieldsOfAnswer compares the header fields of two answers, but for those that are set on answering.
func fieldsOfAnswer(was, is []client.Field) []Change {
	set := func(f client.Field) bool { return SetOnAnswering(f.Name) }
	var out []Change
	for _, f := range was {
		now, there := headerField(is, f.Name)
		switch {
		case set(f):
		case !there:
			out = append(out, Change{Part: PartHeader, Name: f.Name, From: []byte(f.Value)})
		case now != f.Value:
			out = append(out, Change{Part: PartHeader, Name: f.Name, From: []byte(f.Value), To: []byte(now)})
		}
	}
	for _, f := range is {
		if _, there := headerField(was, f.Name); !there && !set(f) {
			out = append(out, Change{Part: PartHeader, Name: f.Name, To: []byte(f.Value)})
		}
	}
	return out
}

// bodyChanges compares the bodies of two answers: field by field, the event of a template by its own fields, and lists
// of events by those that came, went, or are others in the same place.
func bodyChanges(was, is []byte) []Change {
	var out []Change
	for _, c := range fieldChanges(was, is) {
		before, isList := elements(c.From)
		after, areLists := elements(c.To)
		switch {
		case c.Part == PartField && isList && areLists:
			out = append(out, listChanges(c.Name, before, after)...)
		case c.Part == PartField && c.Name == "/event" && c.From != nil && c.To != nil:
			for _, inner := range fieldChanges(c.From, c.To) {
				inner.Name = c.Name + inner.Name
				out = append(out, inner)
			}
		default:
			out = append(out, c)
		}
	}
	return out
}

func elements(value []byte) ([][]byte, bool) {
	if len(value) == 0 || value[0] != '[' {
		return nil, false
	}
	list, err := event.Elements(value)
	return list, err == nil
}

// listChanges compares two lists of which most elements are the same.
func listChanges(name string, was, is [][]byte) []Change {
	in := func(list [][]byte) map[string]bool {
		out := map[string]bool{}
		for _, e := range list {
			out[string(e)] = true
		}
		return out
	}
	had, has := in(was), in(is)
	var gone, came []Change
	for i, e := range was {
		if !has[string(e)] {
			gone = append(gone, Change{Part: PartEvents, Name: fmt.Sprintf("%s/%d", name, i), From: e})
		}
	}
	seen := map[string]bool{}
	for i, e := range is {
		if had[string(e)] && !seen[string(e)] {
			seen[string(e)] = true
			continue
		}
		came = append(came, Change{Part: PartEvents, Name: fmt.Sprintf("%s/%d", name, i), To: e})
	}
	var out []Change
	for _, g := range gone {
		if i := slices.IndexFunc(came, func(c Change) bool { return c.Name == g.Name }); i >= 0 {
			g.To = came[i].To
			came = slices.Delete(came, i, i+1)
		}
		out = append(out, g)
	}
	if out = append(out, came...); out == nil && !slices.EqualFunc(was, is, bytes.Equal) {
		return []Change{{Part: PartField, Name: name, From: []byte(list(was)), To: []byte(list(is))}}
	}
	return out
}

func deliveryChanges(d flow.Delivery) []Change {
	var out []Change
	if d.Dropped {
		out = append(out, Change{Part: PartDelivery, Name: "dropped"})
	}
	if d.Cut > 0 {
		out = append(out, Change{Part: PartDelivery, Name: "cut", To: strconv.AppendInt(nil, int64(d.Cut), 10)})
	}
	if d.Over > 0 {
		out = append(out, Change{Part: PartDelivery, Name: "over", To: []byte(d.Over.String())})
	}
	return out
}

// answerSays tells of a change of an answer in a few words; empty where it is none that only answers have.
func (c Change) answerSays() string {
	switch c.Part {
	case PartDelivery:
		return map[string]string{"dropped": "no answer is given: the connection is closed",
			"cut":  "the connection is closed after " + string(c.To) + " bytes of the body",
			"over": "the body comes in pieces, over " + string(c.To)}[c.Name]
	case PartEvents:
		switch {
		case c.To == nil:
			return c.Name + ": left out, " + eventWords(c.From)
		case c.From == nil:
			return c.Name + ": put in, " + eventWords(c.To)
		}
		return eventsDiffer(c)
	}
	return ""
}

// eventWords name an event.
func eventWords(raw []byte) string {
	kind, ok := event.GetString(raw, "type")
	if !ok {
		return shown(raw)
	}
	if key, _ := event.GetString(raw, "state_key"); key != "" {
		return kind + " of " + key
	}
	return kind
}

// eventsDiffer tells in which fields an event is another one than in its place before.
func eventsDiffer(c Change) string {
	var names []string
	for _, f := range fieldChanges(c.From, c.To) {
		if name := f.Name; name != "" {
			names = append(names, strings.TrimPrefix(name, "/"))
		}
	}
	if len(names) == 0 {
		return fmt.Sprintf("%s: %s instead of %s", c.Name, eventWords(c.To), eventWords(c.From))
	}
	return c.Name + ": " + eventWords(c.To) + " differs in " + strings.Join(names, ", ")
}
