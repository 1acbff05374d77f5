package story

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/compare"
	"doorstep/flow/event"
	"doorstep/flow/wording"
	"doorstep/render"
)

// A ComparedGroup says what a row of a comparison is about.
type ComparedGroup int

// The groups, in the order in which they are told.
const (
	ComparedWhole ComparedGroup = iota
	ComparedSteps
	ComparedChecks
	ComparedFindings
)

// A ComparedRow is one row of the comparison of two handshakes: what it is about, what each of the two says, and in
// what that differs. Its words may hold remote text.
type ComparedRow struct {
	Group   ComparedGroup
	Name    string
	Sort    string // the name without the server
	A, B    string // empty: it is in the other one only
	Differs string // in short; empty: it does not
	Quiet   string // what there is to say of it all the same, where it does not differ
	Changes []ComparedChange
}

// Alike reports whether nothing of the row differs, but for what does between any two runs.
func (r ComparedRow) Alike() bool { return r.Differs == "" }

// A ComparedChange is one thing that differs, or that differs in the same way in several events.
type ComparedChange struct {
	Kind  compare.Kind
	Where string // part and path
	A, B  string // JSON text or words; empty: it is not there
	Note  string // in which events, and what it comes to; may be empty
	Many  int    // how many events; 0: it is in no event of a list
}

// KindWords says what became of a value, in a word or two.
func (c ComparedChange) KindWords() string {
	switch c.Kind {
	case compare.Added:
		return "only B"
	case compare.Removed:
		return "only A"
	case compare.Reordered:
		return "order"
	}
	return "differs"
}

// factWords are the names of facts.
var factWords = map[compare.FactName]string{compare.FactForm: "form", compare.FactRoomVersion: "room version",
	compare.FactSoftware: "software", compare.FactOutcome: "outcome", compare.FactFate: "fate of the join",
	compare.FactDirectory: "directory is the resident", compare.FactSameResident: "make_join and send_join to one server",
	compare.FactCandidates: "join candidates", compare.FactAsks: "asked for by",
	compare.FactOffered: "versions offered", compare.FactPolicy: "like", compare.FactAskAll: "asks all candidates",
	compare.FactSendTo: "send_join goes to", compare.FactDryRun: "dry run", compare.FactLeave: "leaves again",
	compare.FactOmit: "omit_members asked", compare.FactNotary: "notary", compare.FactProbe: "probes",
	compare.FactMembers: "members omitted"}

// partWords are the names of the parts of a step.
var partWords = map[compare.Part]string{compare.PartAsked: "request", compare.PartQuery: "query",
	compare.PartSent: "sent body", compare.PartStatus: "status", compare.PartFailure: "failure",
	compare.PartType: "Content-Type", compare.PartPace: "pace", compare.PartBody: "answer",
	compare.PartProtoevent: "protoevent", compare.PartEvent: "signed event", compare.PartReturned: "returned event",
	compare.PartState: "state", compare.PartAuthChain: "auth_chain", compare.PartEvents: "event",
	compare.PartDiscovery: "discovery"}

// Compared are the rows of a comparison: the whole, the steps in their order, the checks, the findings.
func (l Phrases) Compared(c compare.Comparison) []ComparedRow {
	var out []ComparedRow
	for _, f := range c.Header {
		a, b := factValue(f.Name, f.A), factValue(f.Name, f.B)
		out = append(out, ComparedRow{Group: ComparedWhole, Name: factWords[f.Name], A: a, B: b,
			Differs: "differs", Changes: []ComparedChange{{Kind: compare.Replaced, Where: factWords[f.Name], A: a, B: b}}})
	}
	for _, s := range c.Steps {
		out = append(out, l.comparedStep(s))
	}
	out = append(out, comparedChecks(c.Checks)...)
	return append(out, comparedFindings(c.Findings)...)
}

func factValue(name compare.FactName, value string) string {
	switch {
	case name == compare.FactForm:
		return FormWords(flow.Form(value))
	case name == compare.FactOutcome:
		return OutcomeWords(flow.Outcome(value))
	case name == compare.FactFate:
		return strings.ReplaceAll(value, "_", " ")
	case name == compare.FactAsks:
		return strings.ReplaceAll(value, "_id", " ID")
	case value != "":
		return value
	}
	switch name {
	case compare.FactPolicy:
		return "the usual"
	case compare.FactOffered, compare.FactCandidates:
		return "none"
	}
	return "not said"
}

// FormWords is a form of the handshake as people say it.
func FormWords(f flow.Form) string {
	switch f {
	case flow.FormCurrent:
		return "current"
	case "":
		return "not said"
	}
	return string(f)
}

// comparedStep is the row of an exchange, or of local work.
func (l Phrases) comparedStep(s compare.StepRow) ComparedRow {
	r := ComparedRow{Group: ComparedSteps, A: l.exchangeWords(s.A), B: l.exchangeWords(s.B)}
	r.Name, r.Sort = l.comparedName(s)
	switch {
	case s.B == nil:
		r.Differs = "only A"
		return r
	case s.A == nil:
		r.Differs = "only B"
		return r
	}
	r.Changes = comparedChanges(s)
	r.Differs = differsWords(s.Differences)
	r.Quiet = "alike"
	if s.Follows > 0 {
		r.Quiet = fmt.Sprintf("alike but for %s copied from before", wording.Count(s.Follows, "difference"))
	}
	return r
}

// comparedName says what a step is: its code, and what is asked or done; of what lies under an arrow also of whom. sort
// is that without the server.
func (l Phrases) comparedName(s compare.StepRow) (name, sort string) {
	x := s.A
	if x == nil {
		x = s.B
	}
	what := string(s.Work)
	switch e := x.Entry; {
	case e.Request != nil:
		what = strings.Join(l.comparedAsk(e.Request), " ")
	case s.Work == compare.Resolves:
		what = "resolve"
	case s.Work == compare.Builds:
		what = "fill in, hash, sign"
	case s.Work == compare.BuildLeave:
		what = "fill in, hash, sign the leave"
	case s.Work == compare.Verifies:
		what = "verify the answer"
	case s.Work == compare.CalledUs:
		what = "a call to us"
	}
	sort = strings.TrimSpace(string(s.ID) + " " + what)
	if s.ID != flow.R || x.Server == "" {
		return sort, sort
	}
	if x.Entry.Kind == flow.Request && x.To == flow.Joining {
		sort += " by"
	}
	return sort + " " + x.Server, sort
}

// comparedAsk is askWords without what differs from run to run.
func (l Phrases) comparedAsk(r *client.Request) []string {
	if r.Endpoint == client.ClientJoin {
		return []string{"join"}
	}
	return l.askWords(r)
}

// exchangeWords says what came of an exchange, and how long it took.
func (l Phrases) exchangeWords(x *compare.Exchange) string {
	if x == nil {
		return ""
	}
	var words []string
	switch {
	case x.Failed != "":
		words = append(words, l.FailureWords(&flow.Entry{Failure: x.Answered.Failure})[0])
	case x.Status > 0:
		words = append(words, fmt.Sprint(x.Status))
		if x.Errcode != "" {
			words = append(words, x.Errcode)
		}
	case x.Entry.Kind == flow.Request:
		words = append(words, "no answer")
	case x.Entry.Discovery != nil && len(x.Entry.Discovery.Destinations) == 0:
		words = append(words, "no address")
	}
	if x.TookMS > 0 {
		words = append(words, render.Duration(time.Duration(x.TookMS*float64(time.Millisecond))))
	}
	if len(words) == 0 {
		return "done"
	}
	return strings.Join(words, " ")
}

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

// partOrder is the order in which what differs is told: what was asked and answered, what came as a whole, and what is
// in single events.
var partOrder = []compare.Part{compare.PartAsked, compare.PartQuery, compare.PartSent, compare.PartStatus,
	compare.PartFailure, compare.PartType, compare.PartPace, compare.PartDiscovery, compare.PartProtoevent,
	compare.PartEvent, compare.PartBody, compare.PartReturned, compare.PartState, compare.PartAuthChain,
	compare.PartEvents}

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

// comparedChecks are rows for the kinds of checks that came to something else.
func comparedChecks(c compare.Checks) []ComparedRow {
	var out []ComparedRow
	for _, d := range c.Differ {
		r := ComparedRow{Group: ComparedChecks, Name: d.ID, A: tallyWords(d.A), B: tallyWords(d.B), Differs: "outcome"}
		for _, side := range []struct {
			kind   compare.Kind
			detail string
		}{{compare.Removed, d.A.Detail}, {compare.Added, d.B.Detail}} {
			change := ComparedChange{Kind: side.kind, Where: d.ID, Note: side.detail}
			if change.A, change.B = r.A, ""; side.kind == compare.Added {
				change.A, change.B = "", r.B
			}
			if side.detail != "" {
				r.Changes = append(r.Changes, change)
			}
		}
		out = append(out, r)
	}
	for _, only := range []struct {
		differs string
		names   []string
	}{{"only A", c.OnlyA}, {"only B", c.OnlyB}} {
		if len(only.names) == 0 {
			continue
		}
		words := strings.Join(only.names, ", ")
		r := ComparedRow{Group: ComparedChecks, Name: "made and passed", Differs: only.differs, A: words}
		change := ComparedChange{Kind: compare.Removed, Where: "checks", A: words}
		if only.differs == "only B" {
			r.A, r.B = "", words
			change.Kind, change.A, change.B = compare.Added, "", words
		}
		r.Changes = []ComparedChange{change}
		out = append(out, r)
	}
	if c.Alike > 0 {
		words := wording.Count(c.Alike, "kind")
		out = append(out, ComparedRow{Group: ComparedChecks, Name: "all others", A: words, B: words, Quiet: "alike"})
	}
	return out
}

// tallyWords says how the checks of one kind came out.
func tallyWords(c compare.CheckTallied) string {
	var words []string
	for _, n := range []struct {
		n    int
		says string
	}{{c.Fail, "failed"}, {c.Warn, "warn"}, {c.NotChecked, "not checked"}, {c.Pass, "passed"}} {
		if n.n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n.n, n.says))
		}
	}
	if words == nil {
		return "not made"
	}
	return strings.Join(words, ", ")
}

// comparedFindings are rows for the findings that one of the two has, or that weigh differently.
func comparedFindings(f compare.Findings) []ComparedRow {
	var out []ComparedRow
	row := func(a, b *compare.FindingLine) {
		one := a
		change := ComparedChange{Kind: compare.Replaced}
		r := ComparedRow{Group: ComparedFindings, Differs: "weighs differently"}
		if a != nil {
			r.A = findingWords(*a)
		} else {
			r.Differs, change.Kind = "only B", compare.Added
		}
		if b != nil {
			one, r.B = b, findingWords(*b)
		} else {
			r.Differs, change.Kind = "only A", compare.Removed
		}
		r.Name, change.Where, change.A, change.B = one.ID, "finding "+one.ID, r.A, r.B
		r.Changes = []ComparedChange{change}
		out = append(out, r)
	}
	for i := range f.OnlyA {
		row(&f.OnlyA[i], nil)
	}
	for i := range f.OnlyB {
		row(nil, &f.OnlyB[i])
	}
	for i := range f.Weigh {
		row(&f.Weigh[i].A, &f.Weigh[i].B)
	}
	if f.Alike > 0 {
		words := wording.Count(f.Alike, "finding")
		out = append(out, ComparedRow{Group: ComparedFindings, Name: "all others", A: words, B: words, Quiet: "alike"})
	}
	return out
}

// findingWords tell a finding in short.
func findingWords(f compare.FindingLine) string {
	words := fmt.Sprintf("%s at %s: %s", f.Severity, f.Step, f.Title)
	if len(f.Evidence) > 0 {
		words += " (" + EvidenceWords(f.Evidence) + ")"
	}
	return words
}

// SummaryWords says what one of two handshakes is: how it ended, by which rules, and what it was recorded as.
func SummaryWords(s compare.Summary) string {
	words := []string{OutcomeWords(s.Outcome)}
	if s.RoomVersion != "" {
		words = append(words, "room version "+s.RoomVersion)
	}
	words = append(words, "form "+FormWords(s.Form))
	if s.Software != "" {
		words = append(words, s.Software)
	}
	words = append(words, map[bool]string{true: "1 entry", false: fmt.Sprintf("%d entries", s.Entries)}[s.Entries == 1])
	says := s.Name + ": " + strings.Join(words, ", ")
	if s.Title != "" && s.Title != s.Name {
		says += "; " + s.Title
	}
	return says
}

// ComparedVerdict says in a sentence what a comparison came to.
func ComparedVerdict(c compare.Comparison) string {
	n := c.Counts.Steps
	switch {
	case c.Equal:
		return "Equal: " + wording.Count(n.Alike, "step") + " alike, and nothing differs but what does between any two runs."
	case !c.Shared:
		return "They share nothing: no step of one is in the other."
	}
	var words []string
	for _, p := range []struct {
		n    int
		says string
	}{{n.Changed, "differ"}, {n.OnlyA, "only in A"}, {n.OnlyB, "only in B"}, {n.Alike, "alike"}} {
		if p.n > 0 {
			words = append(words, fmt.Sprintf("%d %s", p.n, p.says))
		}
	}
	return "Different: of " + wording.Count(n.Changed+n.OnlyA+n.OnlyB+n.Alike, "step") + " " + strings.Join(words, ", ") +
		"."
}

// FoldWords says what differs as between any two runs; empty where nothing does.
func FoldWords(folds []compare.Fold) string {
	one := strings.NewReplacer("aliases", "alias", "addresses", "address", "hashes", "hash", "IDs", "ID", "names", "name",
		"users", "user", "keys", "key", "signatures", "signature", "times", "time")
	var words []string
	for _, f := range folds {
		what := f.What
		if f.N == 1 {
			what = one.Replace(what)
		}
		words = append(words, fmt.Sprintf("%d %s", f.N, what))
	}
	if words == nil {
		return ""
	}
	return "as any two runs: " + strings.Join(words, ", ")
}
