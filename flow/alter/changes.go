package alter

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/wording"
)

// A Change is one thing that goes out otherwise than it would have.
type Change struct {
	Part Part
	Name string // of a header field, as a JSON pointer of a field of the body, or of what is done to an event
	From []byte // nil: it would not have been there
	To   []byte // nil: it is not there
}

// A Part is a part of a request, or of how an event is made.
type Part string

// The parts. The body as a whole is one where its fields cannot be told apart, or say the same in other bytes.
const (
	PartServer  Part = "server"
	PartMethod  Part = "method"
	PartTarget  Part = "target"
	PartHeader  Part = "header"
	PartField   Part = "field"
	PartBody    Part = "body"
	PartSealing Part = "sealing" // hash, key, redact-as: how the event is hashed and signed

	PartStatus   Part = "status"   // of an answer
	PartEvents   Part = "events"   // of a list in an answer, by its place there
	PartDelivery Part = "delivery" // dropped, cut, over: how an answer is written
)

// Changes returns what was changed in the step of an entry, in the order of the request; nil where nothing was. What
// follows from it is left out: the length of a body, the hash and the signature of an event that is hashed and signed
// as it should be.
func Changes(e *flow.Entry) []Change {
	a := e.Altered
	switch {
	case a == nil:
		return nil
	case e.Build != nil:
		return append(fieldChanges(a.Event, e.Build.Event, "/hashes", "/signatures"), sealingChanges(a.Sealing)...)
	case a.Response != nil:
		return answerChanges(a, e)
	case a.Request == nil || e.Request == nil:
		return nil
	}
	var out []Change
	for _, c := range []struct {
		part     Part
		from, to string
	}{{PartServer, a.Server, e.Server}, {PartMethod, a.Request.Method, e.Request.Method},
		{PartTarget, a.Request.Target, e.Request.Target}} {
		if c.from != c.to {
			out = append(out, Change{Part: c.part, From: []byte(c.from), To: []byte(c.to)})
		}
	}
	out = append(out, headerChanges(a, e)...)
	return append(out, fieldChanges(a.Request.Body, e.Request.Body)...)
}

// headerChanges compares the header fields, but for those that are set on sending.
func headerChanges(a *flow.Altered, e *flow.Entry) []Change {
	written := slices.DeleteFunc(slices.Clone(e.Request.Header), func(f client.Field) bool {
		return client.SetByClient(f.Name) || strings.EqualFold(f.Name, "Host")
	})
	var out []Change
	for _, f := range a.Request.Header {
		now, there := headerField(written, f.Name)
		switch {
		case !there:
			out = append(out, Change{Part: PartHeader, Name: f.Name, From: []byte(f.Value)})
		case now != f.Value || isAuthorization(f) && a.OwnSignature:
			out = append(out, Change{Part: PartHeader, Name: f.Name, From: []byte(f.Value), To: []byte(now)})
		}
	}
	for _, f := range written {
		if _, there := headerField(a.Request.Header, f.Name); !there {
			out = append(out, Change{Part: PartHeader, Name: f.Name, To: []byte(f.Value)})
		}
	}
	return out
}

func headerField(fields []client.Field, name string) (string, bool) {
	i := slices.IndexFunc(fields, func(f client.Field) bool { return strings.EqualFold(f.Name, name) })
	if i < 0 {
		return "", false
	}
	return fields[i].Value, true
}

// fieldChanges compares two bodies field by field, as the diff of the protoevent does.
func fieldChanges(from, to []byte, but ...string) []Change {
	if bytes.Equal(from, to) {
		return nil
	}
	before, after := flow.FieldsOf(from), flow.FieldsOf(to)
	if before == nil || after == nil {
		return []Change{{Part: PartBody, From: from, To: to}}
	}
	var out []Change
	for _, b := range before {
		i := slices.IndexFunc(after, func(a flow.Field) bool { return a.Path == b.Path })
		switch {
		case slices.Contains(but, b.Path):
		case i < 0:
			out = append(out, Change{Part: PartField, Name: b.Path, From: b.Value})
		case !sameJSON(b.Value, after[i].Value):
			out = append(out, Change{Part: PartField, Name: b.Path, From: b.Value, To: after[i].Value})
		}
	}
	for _, a := range after {
		known := slices.ContainsFunc(before, func(b flow.Field) bool { return b.Path == a.Path })
		if !known && !slices.Contains(but, a.Path) {
			out = append(out, Change{Part: PartField, Name: a.Path, To: a.Value})
		}
	}
	if out == nil && but == nil {
		return []Change{{Part: PartBody, From: from, To: to}}
	}
	return out
}

// sameJSON reports whether two values say the same, white space and the order of keys aside.
func sameJSON(a, b []byte) bool {
	x, errX := event.Canonical(a, false)
	y, errY := event.Canonical(b, false)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func sealingChanges(s flow.Sealing) []Change {
	var out []Change
	for _, c := range []struct{ name, to string }{
		{"hash", string(s.Hash)}, {"key", string(s.Key)}, {"redact-as", s.RedactAs}} {
		if c.to != "" {
			out = append(out, Change{Part: PartSealing, Name: c.name, To: []byte(c.to)})
		}
	}
	return out
}

// Says tells of a change in a few words.
func (c Change) Says(ownSignature bool) string {
	if words := c.answerSays(); words != "" {
		return words
	}
	switch {
	case c.Part == PartSealing && c.Name == "redact-as":
		return fmt.Sprintf("redacted by the rules of version %s to be signed", shown(c.To))
	case c.Part == PartSealing && c.Name == "hash":
		return map[string]string{"wrong": "the content hash is that of another content",
			"none": "the content hash is left out"}[string(c.To)]
	case c.Part == PartSealing:
		return map[string]string{"wrong": "signed with a key that we do not publish", "none": "not signed"}[string(c.To)]
	case c.Part == PartBody:
		return "the body is written otherwise"
	case ownSignature && c.Part == PartHeader && bytes.Equal(c.From, c.To):
		return c.Name + ": a signature that is not ours, which is not kept"
	}
	name := c.Name
	if name == "" {
		name = string(c.Part)
	}
	switch {
	case c.To == nil:
		return fmt.Sprintf("%s: left out, was %s", name, shown(c.From))
	case c.From == nil:
		return fmt.Sprintf("%s: put in, %s", name, shown(c.To))
	}
	return fmt.Sprintf("%s: %s instead of %s", name, shown(c.To), shown(c.From))
}

// shown clips a value for a sentence.
func shown(value []byte) string { return wording.ClipTo(string(value), 160) }
