package document

import (
	"fmt"
	"slices"
	"strings"

	"doorstep/flow/diagnose"
	"doorstep/render"
	"doorstep/ui/story"
)

// ladder tells the rows, and the payload of each.
func (b *builder) ladder() {
	told := story.Tell(b.trace, b.state, story.View{Phrases: b.phrases, Phases: true,
		Unheard: diagnose.UnheardOf(b.trace, b.state, b.report.Findings)})
	drawn := told.Ladder(-1, 0) // with one lane for a server that plays two roles
	for _, l := range drawn.Lanes {
		lane := Lane{Role: name(l.Role), Host: safe(string(l.Host), cellsOfName), Sub: safe(string(l.Sub), cellsOfName)}
		if l.Many > 1 {
			lane.Host = fmt.Sprintf("%d servers", l.Many)
		}
		b.Lanes = append(b.Lanes, lane)
	}
	b.anchors = map[int]string{}
	payloads := newPayloads(b)
	left := len(drawn.Rows) - maxRows
	for i, r := range drawn.Rows {
		if left > 0 && i >= maxRows-lastRows && i < len(drawn.Rows)-lastRows {
			if i == maxRows-lastRows {
				b.Rows = append(b.Rows, Row{Kind: render.Phase, Label: fmt.Sprintf("%d rows are left out here", left)})
			}
			continue
		}
		row := b.row(r)
		row.Step, row.Anchor = payloads.of(told.Rows[i], row)
		b.Rows = append(b.Rows, row)
	}
	b.Payloads = payloads.list
}

// lastRows is how many of the last rows are shown where some before them are left out.
const lastRows = 60

func (b *builder) row(r render.Row) Row {
	row := Row{Kind: r.Kind, Status: r.Status, Number: r.Number, From: r.From, To: r.To, Reason: long(string(r.Reason)),
		Inferred: r.Inferred, Waiting: r.Waiting, Label: name(labelOf(r)), Way: b.way(r)}
	if r.At >= 0 && r.Number > 0 {
		row.At = fmt.Sprintf("%.3f s", r.At.Seconds())
	}
	if r.Took > 0 {
		row.Took = render.Duration(r.Took)
	}
	if r.Kind == render.Gap {
		row.Label = row.Took + " of waiting"
	}
	return row
}

// labelOf is what a row says, in its order of importance.
func labelOf(r render.Row) string {
	var words []string
	for _, w := range r.Label {
		words = append(words, string(w))
	}
	if r.Of > 1 {
		words = slices.Insert(words, min(1, len(words)), fmt.Sprintf("attempt %d of %d", r.Attempt, r.Of))
	}
	between := " "
	if len(words) > 0 && (r.Kind == render.Response || strings.Contains(words[0], " ")) { // parts that stand by themselves
		between = " · "
	}
	label := strings.Join(words, between)
	if r.Inferred {
		label = "inferred: " + label
	}
	return label
}

// way says from whom to whom a row goes, or who did the work.
func (b *builder) way(r render.Row) string {
	if r.Kind == render.Phase || r.Kind == render.Gap || r.From >= len(b.Lanes) || r.To >= len(b.Lanes) {
		return ""
	}
	if r.From == r.To || r.Kind == render.Local {
		return b.Lanes[r.From].Role
	}
	return b.Lanes[r.From].Role + " → " + b.Lanes[r.To].Role
}
