package story

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorstep/flow/compare"
	"doorstep/flow/event"
	"doorstep/flow/wording"
	"doorstep/render"
)

// partWords are the names of the parts of a step.
var partWords = map[compare.Part]string{compare.PartAsked: "request", compare.PartQuery: "query",
	compare.PartSent: "sent body", compare.PartStatus: "status", compare.PartFailure: "failure",
	compare.PartType: "Content-Type", compare.PartPace: "pace", compare.PartBody: "answer",
	compare.PartProtoevent: "protoevent", compare.PartEvent: "signed event", compare.PartReturned: "returned event",
	compare.PartState: "state", compare.PartAuthChain: "auth_chain", compare.PartEvents: "event",
	compare.PartDiscovery: "discovery", compare.PartTook: "how long",
	compare.PartRequestHeaders: "request header", compare.PartAnswerHeaders: "answer header", compare.PartTLS: "TLS"}

// partOrder is the order in which what differs is told: what was asked and answered, what came as a whole, and what is
// in single events.
var partOrder = []compare.Part{compare.PartAsked, compare.PartQuery, compare.PartSent, compare.PartStatus,
	compare.PartFailure, compare.PartType, compare.PartPace, compare.PartTook,
	compare.PartDiscovery, compare.PartProtoevent,
	compare.PartEvent, compare.PartBody, compare.PartReturned, compare.PartState, compare.PartAuthChain,
	compare.PartEvents}

// differsWords says in short what differs: the parts, each with how many things in it.
func differsWords(list []compare.Difference) string {
	many := map[compare.Part]int{}
	for _, d := range list {
		many[d.Part]++
	}
	var words []string
	for _, p := range partOrder {
		switch {
		case many[p] == 1:
			words = append(words, partWords[p])
		case many[p] > 1:
			words = append(words, fmt.Sprintf("%s %d", partWords[p], many[p]))
		}
	}
	return strings.Join(words, ", ")
}

// mostSiblings is how many signatures of different servers, or references to different events, are told one by one.
const mostSiblings = 6

// comparedChanges are the differences of a step as they are told: what is the same kind of difference at the same path
// in several events is one, with the values of the first. What is in the most events comes first.
func comparedChanges(s compare.StepRow) []ComparedChange {
	type same struct {
		part        compare.Part
		path, about string
		kind        compare.Kind
		why         compare.Reason
	}
	keyOf := func(d compare.Difference) same {
		k := same{d.Part, listPath(d), d.About, d.Kind, d.Why}
		if history(d) {
			k.about, k.kind = "", compare.Replaced
		}
		return k
	}
	coarse := func(k same) same { // without which server signed, or which event is named
		k.about, _, _ = strings.Cut(k.about, " ")
		if strings.HasPrefix(k.path, "/signatures/") {
			k.path = "/signatures"
		}
		return k
	}
	siblings := map[same]map[same]bool{}
	for _, d := range s.Differences {
		k := keyOf(d)
		if siblings[coarse(k)] == nil {
			siblings[coarse(k)] = map[same]bool{}
		}
		siblings[coarse(k)][k] = true
	}
	var groups [][]compare.Difference
	at := map[same]int{}
	for _, d := range s.Differences {
		k := keyOf(d)
		if len(siblings[coarse(k)]) > mostSiblings {
			k = coarse(k)
		}
		i, known := at[k]
		if !known || len(d.In) == 0 && !history(d) {
			i = len(groups)
			at[k] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], d)
	}
	var out []ComparedChange
	for _, p := range partOrder {
		first := len(out)
		for _, g := range groups {
			if g[0].Part == p {
				out = append(out, changeOf(g, s.Events))
			}
		}
		slices.SortStableFunc(out[first:], func(x, y ComparedChange) int { return y.Many - x.Many })
	}
	return out
}

// history reports whether a difference is one of where an event stands in the history of its room: what it follows.
func history(d compare.Difference) bool {
	return listPath(d) == "/prev_events" && d.Why == "" && (d.Kind == compare.Added || d.Kind == compare.Removed) &&
		d.Path != "/prev_events"
}

// listPath is the path of a difference; of a reference to an event that of the list it is in.
func listPath(d compare.Difference) string {
	for _, list := range []string{"/prev_events", "/auth_events"} {
		if strings.HasPrefix(d.Path, list+"/") {
			return list
		}
	}
	return d.Path
}

// changeOf tells a group of differences as one. of is how many events there are that may differ.
func changeOf(group []compare.Difference, of int) ComparedChange {
	d := group[0]
	c := ComparedChange{Kind: d.Kind, Where: strings.TrimSpace(partWords[d.Part] + " " + listPath(d))}
	var in []string
	varies := false
	for _, other := range group {
		for _, e := range other.In {
			if !slices.Contains(in, e) || !history(d) {
				in = append(in, e)
			}
		}
		a, b := sideWords(other)
		varies = varies || a != "" && c.A != "" && a != c.A || b != "" && c.B != "" && b != c.B
		if c.A == "" {
			c.A = a
		}
		if c.B == "" {
			c.B = b
		}
	}
	if c.Many = len(in); c.A != "" && c.B != "" && d.Kind != compare.Reordered {
		c.Kind = compare.Replaced
	}
	var notes []string
	if d.Part == compare.PartAsked && d.Path != "" {
		c.Where = "request path"
	}
	switch d.Part {
	case compare.PartState, compare.PartAuthChain:
		c.Note = whichWords(in)
		return c
	case compare.PartEvents:
		notes = append(notes, "in "+inWords(in, of))
	}
	if slices.ContainsFunc(group, func(o compare.Difference) bool { return listPath(o) != listPath(d) }) {
		c.Where = strings.TrimSuffix(c.Where, listPath(d)) + "/signatures"
	}
	if d.Why == compare.OtherName {
		notes = append(notes, "this name stands for another one elsewhere")
	}
	if varies {
		notes = append(notes, "these are the values of the first")
	}
	c.Note = strings.Join(notes, "; ")
	return c
}

// sideWords are the two values of a difference: JSON text; words where they are facts and not JSON; and of a reference
// to an event that is known which event it is.
func sideWords(d compare.Difference) (a, b string) {
	a, b = string(d.A), string(d.B)
	plain := false
	switch d.Part {
	case compare.PartAsked, compare.PartStatus, compare.PartFailure, compare.PartType, compare.PartPace,
		compare.PartDiscovery:
		plain = true
	}
	for _, v := range []*string{&a, &b} {
		switch {
		case *v == "":
		case d.Why == compare.OtherValidity:
			*v = "valid for " + *v + " h"
		case d.Why == compare.OtherReferences:
			*v = map[string]string{`"ids"`: "event IDs", `"pairs"`: "pairs of event ID and hash"}[*v]
		case d.Part == compare.PartTook:
			*v = tookWords(*v)
		case d.About != "":
			*v = "the " + d.About + " event"
		case plain:
			if s, ok := event.String([]byte(*v)); ok {
				*v = s
			}
		}
	}
	return a, b
}

// tookWords say how long milliseconds are.
func tookWords(ms string) string {
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil {
		return ms
	}
	return render.Duration(time.Duration(n) * time.Millisecond)
}

// asideChanges are the headers and TLS facts in which a row differs.
func asideChanges(s compare.StepRow) []ComparedChange {
	var out []ComparedChange
	for _, d := range s.Asides {
		name := strings.TrimPrefix(strings.ReplaceAll(strings.TrimSuffix(d.Path, "/0"), "_", " "), "/")
		out = append(out, ComparedChange{Kind: d.Kind, Where: strings.TrimSpace(partWords[d.Part] + " " + name),
			A: string(d.A), B: string(d.B)})
	}
	return out
}

// whichWords names events: all where they are not too many, otherwise how many there are of each type.
func whichWords(events []string) string {
	const few = 8
	if len(events) <= few {
		return strings.Join(events, ", ")
	}
	var types []string
	many := map[string]int{}
	for _, e := range events {
		typ, _, _ := strings.Cut(e, " ")
		if many[typ]++; many[typ] == 1 {
			types = append(types, typ)
		}
	}
	for i, typ := range types {
		types[i] = fmt.Sprintf("%d %s", many[typ], typ)
	}
	return wording.Count(len(events), "event") + ": " + strings.Join(types, ", ")
}

// inWords names the events that something is in, out of so many: all where they are few, otherwise a few of the types.
func inWords(events []string, of int) string {
	const few = 3
	if len(events) <= few {
		return strings.Join(events, ", ")
	}
	if len(events) == of {
		return fmt.Sprintf("all %d events", of)
	}
	var types []string
	for _, e := range events {
		typ, _, _ := strings.Cut(e, " ")
		if !slices.Contains(types, typ) {
			types = append(types, typ)
		}
	}
	words := wording.List(types[:min(len(types), few)])
	if more := len(types) - few; more > 0 {
		words += " and " + wording.Count(more, "more type")
	}
	return fmt.Sprintf("%d of %d events: %s", len(events), of, words)
}
