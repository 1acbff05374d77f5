package document

import (
	"fmt"
	"slices"
	"strings"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/export"
	"doorstep/render"
	"doorstep/ui/story"
	"doorstep/ui/theme"
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

func (b *builder) heading() {
	s, r, h := b.state, b.report, b.trace.Header
	target := h.Target
	if target == "" {
		target = r.RoomID
	}
	b.Title = name("Join of " + target)
	if h.Reject {
		b.Title = name("Rejected invite to " + target)
	}
	v := story.VerdictOf(s, r.Findings, r.Outcome)
	b.Status, b.Verdict = v.Status, v.Words()
	if v.Worst == "" && !story.Over(s) && s.Stopped == nil {
		b.Verdict += ": the recording ends before the handshake does"
		b.Status = max(b.Status, render.Warn)
	}
	b.Verdict = long(b.Verdict)
	if r.MayHaveJoined {
		b.Undoes = name(r.Roles.SendJoin) + " may have accepted the join of " + name(r.UserID)
		b.Undo = r.Undo
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
	made := "Recorded"
	if h.Tool != "" {
		made += " by " + h.Tool
	}
	if !h.Created.IsZero() {
		made += " on " + h.Created.UTC().Format("2 January 2006, 15:04:05 UTC")
	}
	if h.Redacted != nil {
		made += ", redacted: names are pseudonyms"
		b.Redacted = long("names are pseudonyms, texts are empty, and no signature or hash can be checked. Taken out: " +
			story.RemovedWords(h.Redacted.Removed))
	}
	b.Made = name(made)
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
			Sources: sources(f.Source), Try: f.Try}
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
