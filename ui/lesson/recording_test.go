package lesson

import (
	"slices"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/explain"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/recordings"
	"doorstep/ui/document"
)

func recordingOf(t *testing.T, trace flow.Trace) *Recording {
	t.Helper()
	s := flow.Fold(trace)
	r, err := newRecording(document.Handshake{Trace: trace, State: s,
		Report: export.NewReport(trace, s, export.ReportOptions{})})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Every row of every recording is a step, in order, which says what it is for or that nothing is known of it; every
// note is there once; every finding is told.
func TestEveryRecording(t *testing.T) {
	for _, name := range recordings.Names() {
		trace := flowtest.Embedded(t, name)
		r := recordingOf(t, trace)
		var want, got []int
		for _, row := range r.Rows {
			if isStep(row) {
				want = append(want, row.Number)
			}
		}
		notes := map[*Note]int{}
		found := len(r.Found)
		for _, p := range r.Phases {
			for _, s := range p.Steps {
				got = append(got, s.Number)
				found += len(s.Found)
				if s.Lesson == nil && s.Before.Anchor == "" {
					if e := trace.Entry(s.Number); e == nil || explain.Find(explain.StepAt(trace, e)) != nil {
						t.Errorf("%s: entry %d is not explained", name, s.Number)
					}
				}
				for _, n := range append(s.Notes, s.Lesson) {
					if notes[n]++; n != nil && (notes[n] > 1 || len(n.Shown) == 0) {
						t.Errorf("%s: the note %q stands %d times, with %d sections", name, n.Anchor, notes[n], len(n.Shown))
					}
				}
			}
		}
		if !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("%s: the rows are %v, the steps %v", name, want, got)
		}
		if found != len(r.Findings) {
			t.Errorf("%s: %d findings are told of %d", name, found, len(r.Findings))
		}
	}
}

// Every field of the protoevent and of the join event leads to who sets it and why, or is said not to be known; and of
// every field it is said what became of it.
func TestFieldsAreAnnotated(t *testing.T) {
	looked := 0
	for _, name := range recordings.Names() {
		if name == "hostile" {
			continue // its servers made up names of fields, which nothing is known about
		}
		trace := flowtest.Embedded(t, name)
		for _, p := range recordingOf(t, trace).Phases {
			for _, s := range p.Steps {
				if s.Row.Step != string(flow.A5) && s.Row.Step != string(flow.L1) || s.Body.Title == "" {
					continue
				}
				for _, l := range s.Body.Lines {
					if l.Key == "" || l.Field.Anchor != "" {
						continue
					}
					known := slices.ContainsFunc(s.Body.Unknown, func(u string) bool {
						return strings.Contains(u, strings.Trim(l.Key, `"`)) || strings.Contains(u, "/*")
					})
					if !known && l.entry == nil && l.Class != "" {
						t.Errorf("%s, entry %d: nothing is said of %s", name, s.Number, l.Key)
					}
				}
				if e := trace.Entry(s.Number); e.Build != nil && e.Build.Membership != "leave" {
					members, err := event.Members(e.Build.Event)
					if err != nil {
						t.Fatal(err)
					}
					for _, m := range members {
						if !slices.ContainsFunc(s.Changes, func(c Change) bool {
							return c.Who != "" && c.Why != "" && (c.Path == "/"+m.Key || strings.HasPrefix(c.Path, "/"+m.Key+"/"))
						}) {
							t.Errorf("%s, entry %d: who set %s is not said", name, s.Number, m.Key)
						}
					}
					looked += len(members)
				}
			}
		}
	}
	if looked < 100 {
		t.Errorf("only %d fields were looked at", looked)
	}
}

// What the protoevent is made of says on the page who sets it and why.
func TestWhoAndWhy(t *testing.T) {
	for _, p := range recordingOf(t, flowtest.Embedded(t, "public-v12")).Phases {
		for _, s := range p.Steps {
			for _, n := range s.Notes {
				if n.entry.Kind != explain.Field {
					continue
				}
				var headings []string
				for _, section := range n.Shown {
					headings = append(headings, section.Heading)
				}
				if !slices.Equal(headings, []string{"", "Who sets it", "Why"}) {
					t.Errorf("%s shows %q", n.Anchor, headings)
				}
			}
		}
	}
}
