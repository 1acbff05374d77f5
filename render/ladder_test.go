package render

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"doorstep/render/rendertest"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
)

func theme(t testing.TB, name string) Styles {
	t.Helper()
	st, ok := Theme(name)
	if !ok {
		t.Fatalf("no theme %q", name)
	}
	return st
}

// requireFrame compares a frame with the golden of the test's name, after judging it.
func requireFrame(t *testing.T, lines []string, width int) {
	t.Helper()
	if err := rendertest.Check(lines, width); err != nil {
		t.Error(err)
	}
	golden.RequireEqual(t, []byte(rendertest.Frame(lines)))
}

type look struct {
	name   string
	glyphs Glyphs
	theme  string
}

func looks() []look {
	return []look{
		{"unicode-dark", Unicode(), "dark"}, {"unicode-mono", Unicode(), "mono"},
		{"ascii-dark", ASCII(), "dark"}, {"ascii-mono", ASCII(), "mono"}, {"unicode-light", Unicode(), "light"},
	}
}

func TestLadderFrames(t *testing.T) {
	for name, l := range states() {
		for _, size := range [][2]int{{60, 16}, {80, 24}, {120, 40}, {200, 60}} {
			for _, k := range looks() {
				if size[0] != 80 && k.name != "unicode-dark" && k.name != "ascii-mono" {
					continue // all looks at one size show what they differ in
				}
				t.Run(fmt.Sprintf("%s/%dx%d-%s", name, size[0], size[1], k.name), func(t *testing.T) {
					lines := l.Draw(theme(t, k.theme), k.glyphs, size[0], size[1], LadderOptions{Bars: true})
					if len(lines) != size[1] {
						t.Errorf("%d lines, want %d", len(lines), size[1])
					}
					requireFrame(t, lines, size[0])
				})
			}
		}
	}
}

func TestNarrowLadderFrames(t *testing.T) {
	many := states()["failover"]
	for i := range 4 {
		many.Lanes = append(many.Lanes, Lane{Role: fmt.Sprint("Resident ", i+2),
			Host: Untrusted(fmt.Sprint("r", i+2, ".example.org"))})
		many.Rows = append(many.Rows, Row{Kind: Request, From: joining, To: 4 + i, At: ms(16000 + i),
			Label: parts("GET make_join", many.Lanes[4+i].Host)})
	}
	many.Cursor = -1
	for _, tt := range []struct {
		name          string
		width, height int
		opt           LadderOptions
	}{
		{"stub", 90, 26, LadderOptions{}},
		{"stub panned", 66, 26, LadderOptions{Pan: 3}},
		{"stub panned beyond", 66, 26, LadderOptions{Pan: 99}},
		{"list", 59, 26, LadderOptions{}},
		{"narrow list", 30, 12, LadderOptions{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			requireFrame(t, many.Draw(theme(t, "dark"), Unicode(), tt.width, tt.height, tt.opt), tt.width)
		})
	}
	if got := many.Pans(66, LadderOptions{}); got != 2 {
		t.Errorf("a ladder of eight lanes pans by %d in 66 columns, want 2", got)
	}
}

// Every line is exactly as wide as asked for, and there are as many as asked for, at any size and in any state.
func TestLadderSizes(t *testing.T) {
	st := theme(t, "dark")
	all := states()
	all["empty"] = Ladder{Cursor: -1}
	all["no rows"] = Ladder{Lanes: fourLanes(), Cursor: 3}
	all["one lane"] = Ladder{Lanes: fourLanes()[:1], Rows: []Row{{Kind: Local, Label: parts("alone")}}}
	all["out of range"] = Ladder{Lanes: fourLanes(), Cursor: 99, Top: -5,
		Rows: []Row{{From: -1, To: 7, Label: parts("x")}, {Kind: Failure, From: 3, To: 9}}}
	for name, l := range all {
		for width := 0; width <= 220; width++ {
			heights := []int{width % 71}
			if width%20 == 0 {
				heights = []int{0, 1, 2, 3, 4, 5, 6, 16, 24, 29, 30, 31, 70}
			}
			for _, height := range heights {
				g := []Glyphs{Unicode(), ASCII()}[(width/20+height)%2]
				opt := LadderOptions{Time: TimeMode(width % 5), Arrow: ArrowMode(height % 3), Pan: width % 4, Bars: true}
				lines := l.Draw(st, g, width, height, opt)
				if len(lines) != height {
					t.Fatalf("%s at %dx%d: %d lines", name, width, height, len(lines))
				}
				if err := rendertest.Check(lines, width); err != nil {
					t.Fatalf("%s at %dx%d: %v", name, width, height, err)
				}
			}
		}
	}
}

// A message that was not received has no arrow head.
func TestNoHeadForWhatDidNotArrive(t *testing.T) {
	for _, r := range []Row{
		{Kind: Failure, Reason: "timeout 10.0s", Label: parts("GET x")},
		{Kind: Failure, Attempt: 2, Of: 3},
		{Kind: Response, Waiting: true, Label: parts("waiting")},
		{Kind: Response, Waiting: true, Status: Fail},
	} {
		for from := range 4 {
			for to := range 4 {
				if from == to {
					continue
				}
				r.From, r.To = from, to
				l := Ladder{Lanes: fourLanes(), Rows: []Row{r}, Cursor: -1}
				for width := 0; width < 220; width += 3 {
					for _, height := range []int{1, 4, 24, 40} {
						frame := strings.Join(l.Draw(Styles{}, Unicode(), width, height, LadderOptions{}), "\n")
						if strings.ContainsAny(frame, "▸◂") {
							t.Fatalf("row %+v at %dx%d:\n%s", r, width, height, frame)
						}
					}
				}
			}
		}
	}
}

// What a reason begins with, and the status of a refusal, are never cut.
func TestStatusSurvivesCutting(t *testing.T) {
	for width := 60; width <= 200; width++ {
		for _, height := range []int{20, 50} {
			failed := Ladder{Lanes: fourLanes(), Rows: []Row{{Kind: Failure, From: 1, To: 3,
				Label: parts("GET make_join", "d.example.org"), Reason: "timeout 10.0s"}}}
			if frame := strings.Join(failed.Draw(Styles{}, Unicode(), width, height, LadderOptions{}),
				"\n"); !strings.Contains(frame, "✗ timeout") {
				t.Errorf("failure at %dx%d:\n%s", width, height, frame)
			}
			refused := Ladder{Lanes: fourLanes(), Rows: []Row{{Kind: Response, From: 3, To: 1, Status: Fail,
				Label: parts("403 M_FORBIDDEN", "You are not invited to this room.")}}}
			frame := strings.Join(refused.Draw(Styles{}, Unicode(), width, height, LadderOptions{}), "\n")
			if !strings.Contains(frame, "403 M_FORBIDDEN") || !strings.Contains(frame, "✗") {
				t.Errorf("refusal at %dx%d:\n%s", width, height, frame)
			}
		}
	}
}

func TestSelectedRowHasAMarker(t *testing.T) {
	for name, l := range states() {
		for _, width := range []int{20, 47, 61, 83, 120, 199} {
			for _, height := range []int{1, 3, 10, 40} {
				for cursor := range l.Rows {
					l.Cursor = cursor
					found := 0
					for _, line := range l.Draw(Styles{}, Unicode(), width, height, LadderOptions{}) {
						if strings.HasPrefix(line, Unicode().Cursor) {
							found++
						}
					}
					if found != 1 {
						t.Fatalf("%s at %dx%d, row %d: %d markers", name, width, height, cursor, found)
					}
				}
			}
		}
	}
}

func TestScrollingMovesAsLittleAsItMust(t *testing.T) {
	l := states()["success"]
	for cursor := range l.Rows {
		l.Cursor = cursor
		first, end := l.Window(80, 8, LadderOptions{}) // two lines of header, six rows
		if cursor < first || cursor >= end || end-first != 6 && end != len(l.Rows) {
			t.Errorf("cursor %d: rows %d to %d shown", cursor, first, end)
		}
		if want := max(0, cursor-5); first != want {
			t.Errorf("cursor %d: starts at %d, want %d", cursor, first, want)
		}
	}
	l.Top, l.Cursor = 4, 2
	if first, _ := l.Window(80, 8, LadderOptions{}); first != 2 {
		t.Errorf("scrolled down to %d, want 2", first)
	}
}

func TestRowAt(t *testing.T) {
	l := states()["success"]
	for _, size := range [][2]int{{80, 24}, {80, 9}, {120, 40}, {50, 12}} {
		for i := range l.Rows {
			l.Cursor = i
			for y, line := range l.Draw(Styles{}, Unicode(), size[0], size[1], LadderOptions{}) {
				row, ok := l.RowAt(size[0], size[1], y, LadderOptions{})
				if strings.HasPrefix(line, "▸") && (!ok || row != i) {
					t.Errorf("%v: line %d shows row %d, RowAt says %d, %v", size, y, i, row, ok)
				}
			}
		}
	}
	if _, ok := l.RowAt(80, 24, 0, LadderOptions{}); ok {
		t.Error("there is a row in the header")
	}
}

func TestTimes(t *testing.T) {
	l := Ladder{Start: began, Rows: []Row{{At: 0}, {At: ms(310), Marked: true}, {Kind: Gap, Took: time.Second},
		{At: ms(14210)}, {Kind: Ghost}, {At: -1}, {At: ms(300)}}}
	for _, tt := range []struct {
		mode TimeMode
		want []string
	}{
		{TimeRelative, []string{"0.000", "+0.31", "", "+14.2", "next", "", "+0.30"}},
		{TimeDelta, []string{"+0.00", "+0.31", "", "+13.9", "next", "", "-13.9"}},
		{TimeSinceMark, []string{"-0.31", "+0.00", "", "+13.9", "next", "", "-0.01"}},
		{TimeClock, []string{"12:00:04.002", "12:00:04.312", "", "12:00:18.212", "next", "", "12:00:04.302"}},
		{TimeAuto, []string{"12:00:04.002  +0.000", "12:00:04.312  +0.310", "", "12:00:18.212  +13.90", "next", "",
			"12:00:04.302  -13.91"}},
	} {
		for i, want := range tt.want {
			if got := l.times(i, tt.mode); got != want {
				t.Errorf("%v, row %d: %q, want %q", tt.mode, i, got, want)
			}
		}
	}
}

func TestSeconds(t *testing.T) {
	for _, tt := range []struct {
		d    time.Duration
		want string
	}{
		{0, "+0.00"}, {ms(9990), "+9.99"}, {ms(9999), "+10.0"}, {ms(99900), "+99.9"}, {ms(99990), "+100s"},
		{999 * time.Second, "+999s"},
		{1000 * time.Second, "+17m"}, {100 * time.Hour, "+100h"}, {999 * time.Hour, "+999h"}, {1000 * time.Hour, "+42d"},
		{-ms(310), "-0.31"},
		{1<<63 - 1, "+9999"}, {-1 << 63, "-9999"},
	} {
		if got := strings.TrimRight(seconds(tt.d, 5), " "); got != tt.want && len(got) <= 5 {
			t.Errorf("%v: %q, want %q", tt.d, got, tt.want)
		} else if len(got) > 5 {
			t.Errorf("%v: %q is wider than five cells", tt.d, got)
		}
	}
}

func TestDuration(t *testing.T) {
	for _, tt := range []struct {
		d    time.Duration
		want string
	}{
		{350 * time.Microsecond, "350 us"}, {ms(310), "310 ms"}, {ms(9700), "9.7 s"}, {ms(59940), "59.9 s"},
		{ms(59990), "1 m 00 s"},
		{125 * time.Second, "2 m 05 s"},
		{3 * time.Hour, "3 h 00 m"}, {-ms(5), "-5 ms"},
		// Rounded, never cut, and carried into the next unit.
		{8717 * time.Microsecond, "9 ms"}, {8449 * time.Microsecond, "8 ms"}, {999600 * time.Nanosecond, "1 ms"},
		{999 * time.Nanosecond, "1 us"},
		{999600 * time.Microsecond, "1.0 s"}, {ms(1449), "1.4 s"}, {ms(1450), "1.5 s"}, {ms(119600), "2 m 00 s"},
		{time.Hour - ms(400), "1 h 00 m"},
		{2*time.Hour + 59*time.Minute + 40*time.Second, "3 h 00 m"},
	} {
		if got := Duration(tt.d); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.d, got, tt.want)
		}
	}
}

// No row is hidden above while there is room for it below, wherever the ladder was scrolled to before.
func TestScrollLeavesNoRoom(t *testing.T) {
	l := Ladder{Lanes: []Lane{{Role: "Client"}, {Role: "Joining"}}}
	for range 30 {
		l.Rows = append(l.Rows, Row{Kind: Request, From: 0, To: 1})
	}
	for n := 1; n <= len(l.Rows); n++ {
		for top := range 30 {
			short := Ladder{Lanes: l.Lanes, Rows: l.Rows[:n], Cursor: n - 1, Top: top}
			for _, height := range []int{6, 12, 24, 40, 70} {
				first, end := short.Window(80, height, LadderOptions{})
				rows := len(short.Draw(Styles{}, ASCII(), 80, height, LadderOptions{}))
				if rows != height {
					t.Fatalf("%d lines, want %d", rows, height)
				}
				whole := Ladder{Lanes: l.Lanes, Rows: l.Rows[:n], Cursor: n - 1}
				if from, to := whole.Window(80, height, LadderOptions{}); end != to || first > from {
					t.Fatalf("%d rows in %d lines, scrolled to %d: rows %d to %d, and %d to %d when not scrolled",
						n, height, top, first, end, from, to)
				}
			}
		}
	}
}

func TestMergedLanes(t *testing.T) {
	l := Ladder{
		Lanes: []Lane{{Role: "Client"}, {Role: "Joining", Host: "c.org"}, {Role: "Directory", Host: "d.org"},
			{Role: "Resident", Host: "c.org"}, {Role: "Other"}},
		Rows: []Row{{From: 1, To: 3}, {From: 3, To: 2}, {From: 0, To: 4}, {From: -1, To: 9}},
	}
	m := l.Merged()
	if len(m.Lanes) != 4 || m.Lanes[1].Role != "Joining + Resident" || !m.Lanes[1].Merged || m.Lanes[0].Merged {
		t.Fatalf("lanes %+v", m.Lanes)
	}
	for i, want := range [][2]int{{1, 1}, {1, 2}, {0, 3}, {-1, 9}} {
		if got := [2]int{m.Rows[i].From, m.Rows[i].To}; got != want {
			t.Errorf("row %d goes %v, want %v", i, got, want)
		}
	}
	if l.Lanes[1].Merged || l.Rows[0].To != 3 {
		t.Error("the ladder merged from was changed")
	}
}

// The header names a merged server with an equals sign, never silently.
func TestMergedHeader(t *testing.T) {
	l := states()["merged 3"]
	if head := l.Draw(Styles{}, Unicode(), 80, 20, LadderOptions{})[0]; !strings.Contains(head,
		"c.org = Directory + Resident") {
		t.Errorf("header %q", head)
	}
}

func BenchmarkLadderDraw(b *testing.B) {
	for _, name := range []string{"failover", "hostile"} {
		l := states()[name]
		st := theme(b, "dark")
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if lines := l.Draw(st, Unicode(), 200, 60, LadderOptions{Bars: true}); ansi.StringWidth(lines[0]) != 200 {
					b.Fatal("wrong width")
				}
			}
		})
	}
}

// A request that failed says what was asked, then which attempt it was and of whom, then why; no part is cut for a
// longer reason from 80 columns on.
func TestFailureKeepsWhatWasAsked(t *testing.T) {
	for _, r := range []Row{
		{Kind: Failure, From: joining, To: directory, Label: parts("GET directory"), Reason: "no connection 36 ms"},
		{Kind: Failure, From: joining, To: resident, Label: parts("GET make_join", "gone.example"), Attempt: 1, Of: 3,
			Reason: "no connection 125 us"},
	} {
		for _, g := range []Glyphs{Unicode(), ASCII()} {
			for width := 80; width <= 200; width++ {
				for _, height := range []int{20, 40} {
					frame := strings.Join(Ladder{Lanes: fourLanes(), Rows: []Row{r}, Cursor: -1}.Draw(Styles{}, g, width, height,
						LadderOptions{}), "\n")
					for _, want := range append(r.parts(height == 40), g.Fail+" no conn") {
						if !strings.Contains(frame, want) {
							t.Errorf("%q is cut at %dx%d:\n%s", want, width, height, frame)
						}
					}
				}
			}
		}
	}
}

// What does not fit into a shaft runs on to its right, where no other message is.
func TestLabelsRunOnBeyondTheirShaft(t *testing.T) {
	for _, c := range []struct {
		row  Row
		want string
	}{
		{Row{Kind: Response, From: joining, To: client, Status: Fail,
			Label: parts("502 M_UNKNOWN", "no join candidate could let us in")}, "502 M_UNKNOWN ─────│ no join candidate could let us in"},
		{Row{Kind: Response, From: directory, To: joining, Label: parts("200", "!QPZpDRE…, 2 via")}, "200 ──────────│ !QPZpDRE…, 2 via  "},
		{Row{Kind: Request, From: client, To: joining, Label: parts("join #a-long-room:directory.example")},
			"─▸│ join #a-long-room:directory.example"},
	} {
		lines := Ladder{Lanes: fourLanes(), Rows: []Row{c.row}, Cursor: -1}.Draw(Styles{}, Unicode(), 90, 20, LadderOptions{})
		if frame := strings.Join(lines, "\n"); !strings.Contains(frame, c.want) {
			t.Errorf("%q is not drawn:\n%s", c.want, frame)
		}
	}
}

// Rows are numbered before the first lane; nothing moves for up to three digits.
func TestNumbers(t *testing.T) {
	for n, want := range map[int]string{0: "+0.01    │", 9: "+0.01  9 │", 12: "+0.01 12 │", 123: "+0.01 123│", 4321: "+0.01 4321│"} {
		l := Ladder{Lanes: fourLanes(), Cursor: -1, Rows: []Row{{Kind: Request, From: client, To: joining, At: ms(10), Number: n}}}
		if line := l.Draw(Styles{}, Unicode(), 80, 20, LadderOptions{})[2]; !strings.Contains(line, want) {
			t.Errorf("row %d: %q", n, line)
		}
	}
}

// A lane that several servers stood on in turn counts them, and names none.
func TestManyServersOnALane(t *testing.T) {
	lanes := fourLanes()
	lanes[resident].Host, lanes[resident].Many = "", 2
	for _, height := range []int{20, 40} {
		for width := 60; width < 200; width++ {
			lines := Ladder{Lanes: lanes, Cursor: -1}.Draw(Styles{}, Unicode(), width, height, LadderOptions{})
			if head := strings.Join(lines[:2], "\n"); !strings.Contains(head, "2 residents") && width >= 80 {
				t.Errorf("at %dx%d the head is\n%s", width, height, head)
			}
		}
	}
}
