package ui

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/recordings"
	"doorstep/ui/story"
	"doorstep/ui/tab"
	"doorstep/ui/text"
)

// Sizes at which the screen is looked at as a whole.
var frameSizes = [][2]int{{60, 16}, {80, 24}, {100, 30}, {120, 40}, {160, 45}, {200, 60}}

// allTraces gives every scenario as it ran, and every recording.
func allTraces(t *testing.T) map[string]flow.Trace {
	t.Helper()
	ran, err := ranTraces()
	if err != nil {
		t.Fatal(err)
	}
	all := maps.Clone(ran)
	for _, name := range recordings.Names() {
		all["recording "+name] = flowtest.Embedded(t, name)
	}
	return all
}

// ranScenario is a scenario as it ran.
func ranScenario(t *testing.T, name string) flow.Trace {
	t.Helper()
	ran, err := ranTraces()
	if err != nil {
		t.Fatal(err)
	}
	return ran[name]
}

// plainOf is a trace in plain lines.
func plainOf(t *testing.T, trace flow.Trace) string {
	t.Helper()
	var out bytes.Buffer
	if err := text.Write(&out, trace, text.Options{}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// paneText is the text of the panes beside the ladder, or below it, and of the lines at the bottom, each as one line.
func (s *screen) paneText() string {
	h := s.m.screen
	var words []string
	lines := strings.Split(s.text(), "\n")
	for y, line := range lines {
		cells := []rune(line)
		if y > 0 && y < len(lines)-3 && h.layout.Payload.W < h.width && h.layout.Ladder.H > 0 {
			cells = cells[min(h.width-h.layout.Payload.W, len(cells)):]
		}
		words = append(words, strings.Fields(string(cells))...)
	}
	return strings.Join(words, " ")
}

// Whatever the report finds wrong is named on the screen that a run ends with, at every size; and no run with anything
// wrong ends with a tick.
func TestVerdictFlattersNobody(t *testing.T) {
	frames, wrong := 0, 0
	for name, trace := range allTraces(t) {
		report := export.NewReport(trace, flow.Fold(trace), export.ReportOptions{})
		told := story.Wrong(report.Findings)
		if len(told) > 0 {
			wrong++
		}
		for _, size := range frameSizes {
			s := replaying(t, size[0], size[1], trace, -1, Options{})
			s.sound()
			frames++
			text := s.paneText()
			for _, f := range told {
				if !strings.Contains(text, strings.Join(strings.Fields(f.Title), " ")) {
					t.Errorf("%s at %v does not say %q:\n%s", name, size, f.Title, s.text())
				}
			}
			ticked := strings.Contains(lastLines(s.text()), s.m.Glyphs.OK+" ")
			if c := report.Counts.Checks; ticked && (len(told) > 0 || c.Fail > 0 || c.NotChecked > 0) {
				t.Errorf("%s at %v ends with a tick:\n%s", name, size, s.text())
			}
			if ticked != (report.ExitCode == 0 && len(told) == 0 && report.Counts.Checks.Fail == 0 &&
				report.Counts.Checks.NotChecked == 0 && report.NotLeft == "") {
				t.Errorf("%s at %v: is a tick right? %+v\n%s", name, size, report.Counts.Checks, s.text())
			}
		}
	}
	t.Logf("%d frames; %d of the runs have something wrong", frames, wrong)
}

// lastLines is the verdict line of a frame.
func lastLines(frame string) string {
	lines := strings.Split(frame, "\n")
	return lines[max(len(lines)-2, 0)]
}

// The verdict begins with what is wrong, so that whatever is cut off, that stays.
func TestVerdictSurvivesCutting(t *testing.T) {
	trace := ranScenario(t, "bad-signature")
	for width := 60; width <= 200; width += 7 {
		s := replaying(t, width, 24, trace, -1, Options{})
		if line := lastLines(s.text()); !strings.Contains(line, "! joined, but 1 check failed: An event") {
			t.Errorf("at %d cells: %s", width, line)
		}
	}
}

// The screen and the plain lines tell one verdict.
func TestOneVerdict(t *testing.T) {
	for name, trace := range allTraces(t) {
		state := flow.Fold(trace)
		found := diagnose.Findings(trace, state)
		want := story.VerdictOf(state, found, state.Outcome()).Words()
		plain := strings.Join(strings.Fields(plainOf(t, trace)), " ") // its lines are wrapped
		if !strings.Contains(plain, " outcome: "+strings.Join(strings.Fields(want), " ")) && story.Over(state) {
			t.Errorf("%s: plain lines do not say %q", name, want)
		}
		line := lastLines(replaying(t, 300, 60, trace, -1, Options{}).text())
		if story.Over(state) && !strings.Contains(line, want[:min(len(want), 200)]) {
			t.Errorf("%s: the screen says %s, the plain lines %q", name, line, want)
		}
	}
}

// x and X go through the evidence of all findings, from wherever the keys are.
func TestThroughTheFindings(t *testing.T) {
	trace := ranScenario(t, "bad-signature")
	found := diagnose.Findings(trace, flow.Fold(trace))
	for _, size := range frameSizes {
		for _, keys := range [][]string{nil, {"tab"}, {"8"}, {"g"}} {
			s := replaying(t, size[0], size[1], trace, -1, Options{}).press(keys...)
			for i := range len(found) + 1 {
				f := found[i%len(found)]
				s.press("x").shows(fmt.Sprintf("finding %d of %d", i%len(found)+1, len(found)))
				if at := s.m.screen.at.Seq; !slices.Contains(f.Evidence, at) {
					t.Errorf("at %v after %v x leads to entry %d; %s rests on %v", size, keys, at, f.ID, f.Evidence)
				}
			}
			s.press("X")
			s.press("F").shows("goes to the evidence")
			if s.m.screen.tab != tab.Found {
				t.Errorf("F shows the tab %s", s.m.screen.tab.Name())
			}
		}
	}
	replaying(t, 80, 24, flowtest.Embedded(t, "public-v12"), -1, Options{}).press("x").shows("nothing was found")
}

// What is said of the checks that failed is the cause of those, whatever else was found before it.
func TestVerdictTellsOfItsChecks(t *testing.T) {
	trace := ranScenario(t, "bad-signature")
	state := flow.Fold(trace)
	other := diagnose.Finding{ID: "other", Severity: diagnose.SeverityWarn, Step: flow.A5, Title: "Something else",
		Evidence: []int{state.Reply.Seq}}
	found := append([]diagnose.Finding{other}, diagnose.Findings(trace, state)...)
	want := "joined, but 1 check failed: An event's signature does not hold"
	if got := story.VerdictOf(state, found, state.Outcome()).Words(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	v := story.VerdictOf(state, found[:1], state.Outcome())
	if got := v.Words(); !strings.HasPrefix(got, "joined, but 1 check failed: ") || strings.Contains(got, other.Title) {
		t.Errorf("the cause of the failed check is not known, and it says %q", got)
	}
	if line := (story.Phrases{}).Line(v, state, 400); !strings.Contains(line, "1 finding") {
		t.Errorf("what was found besides is not told: %q", line)
	}
}
