package document

import (
	"fmt"
	"slices"
	"strings"

	"doorstep/flow"
	"doorstep/flow/citation"
	"doorstep/flow/diagnose"
	"doorstep/flow/export"
	"doorstep/render"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// A Document is all that there is to tell of a handshake, as drawable text.
type Document struct {
	Title   string // what was to be joined, and by whom
	Verdict string // how it ended, a sentence without a full stop
	Status  render.Status
	Undo    string // the command that takes the join back; empty: there is nothing to take back, or we know of nothing
	Undoes  string // what may stand in the room
	Facts   []Field
	Made    string // what recorded it, and when

	Lanes    []Lane
	Rows     []Row
	Payloads []Payload
	Parts    []Part // what was changed on purpose, the join candidates, what was left out, the probes
	Changes  Changes
	Sets     *Sets // nil: no answer to send_join was verified
	Checks   Checks
	Findings []Finding
}

// A Field is a name and what stands there.
type Field struct{ Name, Value string }

// A Lane is a role in the handshake.
type Lane struct{ Role, Host, Sub string }

// A Part is a few lines under a heading.
type Part struct {
	Heading string
	Lines   []Line
}

// A Line is a line of a Part, and whether it goes on about the one before.
type Line struct {
	Text  string
	Under bool
}

// Changes is what became of the fields of the protoevent.
type Changes struct {
	List   []Change // all but the fields that were copied
	Copied int
	More   int  // how many are not listed
	None   bool // nothing was made that could be compared
}

// A Change is what became of one field.
type Change struct {
	Path, Kind, From, To, Why string
	Sources                   []Source
}

// A Source is a place that is cited.
type Source struct{ Text, URL string }

// Checks counts the checks, and lists those on our join and those that did not pass, the worst first.
type Checks struct {
	Words  string // how many there were, and what became of them; empty: none was made
	Failed bool
	List   []Check // those that did not pass
	Passed []Check // those on our join that did
	More   int     // how many are not listed
}

// A Check is one check.
type Check struct {
	Status                        render.Status
	Name, Subject, Detail, Others string
	Field                         string
	Sources                       []Source
}

// A Finding is a cause that was found, or something worth knowing.
type Finding struct {
	ID, Severity, Title, Cause, Advice, Apart string
	Suspect                                   bool
	Status                                    render.Status
	Try                                       []string
	Evidence                                  []Evidence
	More                                      int // pieces of evidence that are not listed
	Notes                                     []string
	Sources                                   []Source
}

// Evidence is an entry that a finding rests on.
type Evidence struct {
	Number int
	Anchor string // of the payload; empty: it is not shown
	Words  string
}

// The most of everything that is listed. What is beyond is counted.
const (
	maxRows     = 300
	maxChanges  = 200
	maxChecks   = 200
	maxEvents   = 200
	maxEvidence = 12
	maxLines    = 200
	cellsOfName = 320 // an ID may have 255 bytes
)

// New returns the document of a trace that leads to s, and of which r is the report.
func New(t flow.Trace, s flow.State, r export.Report) *Document {
	b := &builder{trace: t, state: s, report: r, Document: &Document{},
		phrases: story.Phrases{Signs: theme.SignsOf(false)}, look: theme.NewLook("mono", false, true)}
	b.heading()
	b.ladder()
	b.changes()
	b.sets()
	b.checks()
	b.findings()
	b.parts()
	return b.Document
}

// A builder collects a Document. Everything goes through name, long or line, which make it drawable.
type builder struct {
	*Document
	trace   flow.Trace
	state   flow.State
	report  export.Report
	phrases story.Phrases
	look    theme.Look
	anchors map[int]string // of payloads, by the Seq of the entries that they show
}

// name makes an identifier drawable.
func name(s string) string { return safe(s, cellsOfName) }

// long makes running text drawable.
func long(s string) string { return safe(s, story.CellsOfText) }

func safe(s string, cells int) string {
	return render.Safe(render.Untrusted(s), render.SafeOpts{Width: cells})
}

func (b *builder) heading() {
	s, r, h := b.state, b.report, b.trace.Header
	target := h.Target
	if target == "" {
		target = r.RoomID
	}
	b.Title = name("Join of " + target)
	v := story.VerdictOf(s, r.Findings, r.Outcome)
	b.Status, b.Verdict = v.Status, v.Words()
	if v.Worst == "" && !story.Over(s) && s.Stopped == nil {
		b.Verdict += ": the recording ends before the handshake does"
		b.Status = max(b.Status, render.Warn)
	}
	b.Verdict = long(b.Verdict)
	if r.MayHaveJoined {
		b.Undoes = long(r.Roles.SendJoin + " may have accepted the join of " + r.UserID)
		b.Undo = long(r.Undo)
	}
	for _, f := range []Field{
		{"room", r.RoomID}, {"room version", r.RoomVersion}, {"user", r.UserID}, {"join event", r.EventID},
		{"joining server", r.Roles.Joining}, {"directory server", r.Roles.Directory},
		{"make_join from", r.Roles.MakeJoin}, {"send_join to", r.Roles.SendJoin},
		{"form", string(r.Form)},
	} {
		if f.Value != "" {
			b.Facts = append(b.Facts, Field{f.Name, name(f.Value)})
		}
	}
	b.Made = name("Recorded " + strings.TrimPrefix("by "+h.Tool+" ", "by  "))
	if !h.Created.IsZero() {
		b.Made = name(b.Made + " on " + h.Created.UTC().Format("2 January 2006, 15:04:05 UTC"))
	}
}

func (b *builder) changes() {
	r := b.report
	b.Changes.None = b.state.Join().Diff(b.state.Header.Form) == nil
	for _, c := range r.Diff {
		switch {
		case c.Change == flow.Copied:
			b.Changes.Copied++
		case len(b.Changes.List) == maxChanges:
			b.Changes.More++
		default:
			b.Changes.List = append(b.Changes.List, Change{Path: name(c.Path), Kind: string(c.Change),
				From: value(c.From), To: value(c.To), Why: long(c.Why), Sources: sources(c.Source)})
		}
	}
}

// value makes a JSON value drawable; null stands for a field that is not there.
func value(v []byte) string {
	if string(v) == "null" {
		return ""
	}
	return name(string(v))
}

// sources are the places of a citation.
func sources(cited string) []Source {
	var out []Source
	if cited == "" {
		return nil
	}
	for _, r := range citation.Parse(cited) {
		out = append(out, Source{name(r.Text), r.URL})
	}
	return out
}

// rules is sources of a check, which may name an authorisation rule by its number.
func rules(cited string) []Source {
	if strings.Trim(cited, "0123456789.") == "" && cited != "" {
		return []Source{{Text: name("authorisation rule " + cited)}}
	}
	return sources(cited)
}

func (b *builder) checks() {
	c := b.report.Counts.Checks
	if c.Pass+c.Fail+c.Warn+c.NotChecked == 0 {
		return
	}
	b.Checks.Words, b.Checks.Failed = story.TallyWords(story.AllChecks(b.state)), c.Fail > 0
	order := []string{"fail", "warn", "not_checked", "pass"}
	for at, outcome := range order {
		for _, c := range b.report.Checks {
			if c.Outcome != outcome {
				continue
			}
			if len(b.Checks.List)+len(b.Checks.Passed) == maxChecks {
				b.Checks.More++
				continue
			}
			list := &b.Checks.List
			if outcome == "pass" {
				list = &b.Checks.Passed
			}
			*list = append(*list, Check{
				Status: []render.Status{render.Fail, render.Warn, render.NotChecked, render.OK}[at],
				Name:   name(c.ID), Subject: name(c.Subject), Detail: long(c.Detail), Others: long(c.Others),
				Field: name(c.Field), Sources: rules(c.Rule)})
		}
	}
}

func (b *builder) findings() {
	unheard := diagnose.UnheardOf(b.trace, b.state, b.report.Findings)
	for _, f := range b.report.Findings {
		out := Finding{ID: name(f.ID), Severity: string(f.Severity), Title: long(f.Title), Cause: long(f.Cause),
			Advice: long(f.Advice), Apart: long(f.Apart), Suspect: f.Suspect, Status: story.FindingStatus(f),
			Sources: sources(f.Source)}
		for _, line := range f.Try {
			out.Try = append(out.Try, long(line))
		}
		for i := range unheard {
			if slices.Contains(unheard[i].Findings, f.ID) {
				out.Notes = append(out.Notes, long(story.UnheardWords(&unheard[i])))
			}
		}
		shown := f.Evidence[:min(len(f.Evidence), maxEvidence)]
		out.More = len(f.Evidence) - len(shown)
		for _, seq := range shown {
			if e := b.trace.Entry(seq); e != nil {
				out.Evidence = append(out.Evidence, Evidence{seq, b.anchors[seq],
					name(string(e.Step) + " " + b.phrases.EntryWords(b.trace, b.state, e))})
			}
		}
		b.Findings = append(b.Findings, out)
	}
	for _, after := range story.ReactionsAfter(b.trace, story.RefusedEntries(b.state, b.report.Findings)) {
		var lines []Line
		for _, one := range after.List {
			lines = append(lines, Line{Text: long(one.Server + ": " + one.Does)})
		}
		b.part("What other homeservers do after "+story.EvidenceWords(after.Seqs), lines)
	}
}

// part adds lines under a heading, where there are any.
func (b *builder) part(heading string, lines []Line) {
	if len(lines) == 0 {
		return
	}
	if n := len(lines); n > maxLines {
		lines = append(lines[:maxLines:maxLines], Line{Text: fmt.Sprintf("%d more lines are not listed", n-maxLines)})
	}
	b.Parts = append(b.Parts, Part{long(heading), lines})
}

func (b *builder) parts() {
	r := b.report
	for _, a := range r.Altered {
		var lines []Line
		if a.Title != "" {
			lines = append(lines, Line{Text: long(a.Title + ". " + a.Teaches)})
		}
		for _, c := range a.Changes {
			lines = append(lines, Line{Text: long(c.Says), Under: true})
		}
		if a.Answer != nil {
			lines = append(lines, Line{Text: long("The answer: " + story.AnswerWords(a.Answer))})
		}
		if a.Usual != nil {
			lines = append(lines, Line{Text: long("Unchanged: " + story.AnswerWords(a.Usual.Answer) + "; " +
				string(a.Usual.Outcome))})
		}
		b.part(fmt.Sprintf("Entry %d was changed before it was done", a.Seq), lines)
	}
	var candidates []Line
	for _, c := range r.Candidates {
		who, what := story.CandidateWords(c)
		candidates = append(candidates, Line{Text: long(who)}, Line{Text: long(what), Under: true})
	}
	b.part("The join candidates", candidates)
	switch o := r.Omitted; {
	case o == nil:
	case o.Problem != "":
		b.part("Members left out", []Line{{Text: long("How many is not known: " + o.Problem)}})
	default:
		b.part("Members left out", []Line{{Text: fmt.Sprintf(
			"%d of the %d events of the state, about %s, are still to be fetched", o.Missing, o.Total, story.Size(o.Bytes))}})
	}
	var probes []Line
	for _, p := range r.Probes {
		about := p.Server + ", " + strings.ReplaceAll(string(p.Name), "_", " ")
		if p.Address != "" {
			about += " " + p.Address
		}
		probes = append(probes, Line{Text: long(about + ": " + p.Verdict)})
	}
	b.part("Probes", probes)
}
