package ui

import (
	"bytes"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/explain"
	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
	"doorstep/recordings"
	"doorstep/render"
	"doorstep/ui/layout"
	"doorstep/ui/pane"
	"doorstep/ui/story"
	"doorstep/ui/tab"
)

// asks goes through all that a cursor can be on, and remembers what lines are about.
type asks struct {
	t     *testing.T
	asked map[string]bool                  // things that were asked about, by their keys
	seen  map[explain.Address]bool         // what could be asked about
	named map[explain.Address]bool         // ... on a line that names it
	wants map[explain.Address]bool         // what the recordings have
	kinds map[explain.Kind]map[string]bool // of seen, by their entries
	lines int
	found map[string]bool // findings
	lists map[*pane.Events]bool
}

// On every line of every tab, on every row of every embedded recording, e shows the entry of what the line is about, or
// says that nothing is known of it; and whatever a recording has can be asked about on a line that names it.
func TestEveryLineCanBeAsked(t *testing.T) {
	a := &asks{t, map[string]bool{}, map[explain.Address]bool{}, map[explain.Address]bool{}, map[explain.Address]bool{},
		map[explain.Kind]map[string]bool{}, 0, map[string]bool{}, map[*pane.Events]bool{}}
	for _, name := range recordings.Names() {
		if name == "hostile" {
			continue // its servers made up names that nothing is said about, lines among them
		}
		trace := flowtest.Embedded(t, name)
		s := replaying(t, 80, 24, trace, -1, Options{})
		a.lanes(s)
		for _, row := range s.m.screen.story.Rows {
			a.row(s, name, row.ID)
			for _, one := range tab.All {
				a.tab(s, name, row.ID, one)
			}
		}
		a.survey(trace, s.m.screen.latest)
		s.m.screen.close()
	}
	for at := range a.wants {
		if !a.named[at] {
			t.Errorf("no line that names it leads to %v", at)
		}
	}
	for _, row := range explain.Kinds() {
		n := len(a.kinds[row.Kind])
		t.Logf("%d %s, %d places", n, row.Plural, a.count(row.Kind))
		if least := map[explain.Kind]int{explain.Role: 4, explain.Step: 20, explain.EventType: 11, explain.Header: 15,
			explain.XMatrix: 4, explain.Query: 4, explain.Check: 27, explain.Rule: 30, explain.Discovery: 2,
			explain.Term: 15, explain.Field: 12}[row.Kind]; n < least {
			t.Errorf("only %d %s could be asked about: %v", n, row.Plural, slices.Sorted(maps.Keys(a.kinds[row.Kind])))
		}
	}
	t.Logf("%d findings; %d lines, %d things", len(a.found), a.lines, len(a.asked))
}

func (a *asks) count(k explain.Kind) (n int) {
	for at := range a.seen {
		if at.Kind == k {
			n++
		}
	}
	return n
}

// tab goes through the lines of one tab on a row.
func (a *asks) tab(s *screen, name string, row story.RowID, one tab.Tab) {
	h := s.m.screen
	h.at, h.follow, h.asked, h.levels, h.pane = row, false, asked{}, nil, layout.Payload
	h.tab, h.picked = one, true
	s.send(nil)
	c := h.main
	if h.tab != one || c.Doc != nil { // fields of bodies have a test of their own
		return
	}
	switch {
	case c.Events != nil:
		if a.lists[c.Events] { // that of another row
			return
		}
		a.lists[c.Events] = true
		for i := range c.Events.Len() {
			c.Events.ToEnd(false)
			c.Events.Move(i)
			a.line(s, name, c.Pointed(), "", eventText(c.Events, i))
		}
	case c.Diff != nil:
		for i, change := range c.Diff.Changes {
			h.main.Cursor = i
			p := h.main.Pointed()
			if h.main.OnEqual() { // a line that stands for others
				a.line(s, name, p, "", "")
				continue
			}
			if p.Path != string(change.Path) {
				a.t.Fatalf("%s: the cursor is on %s, asked about is %q", name, change.Path, p.Path)
			}
			a.line(s, name, p, "", "")
		}
	case c.Text != nil:
		last := -1
		for line := range c.Text.Lines {
			i, _ := c.Text.Place(line)
			if i == last {
				continue
			}
			last, c = i, h.main // which is another after every Esc
			c.Cursor = line
			para := &c.Text.Paras[i]
			a.headed(h, one, para.Label, c.Pointed())
			a.line(s, name, c.Pointed(), para.Label, para.Text)
		}
	}
}

// eventText is what a row of the list of events says of the type.
func eventText(ev *pane.Events, i int) string { return string(ev.Table().Rows.Row(i).Cells[0]) }

// headed checks that the line of a header is about that header.
func (a *asks) headed(h *handshake, one tab.Tab, label string, p story.Pointed) {
	e := h.whole.Entry(h.at.Seq)
	if one != tab.Head || e == nil || e.Request == nil {
		return
	}
	for _, f := range e.Request.Header {
		if label == f.Name+": " && (len(p.At) != 1 || p.At[0] != explain.At(explain.Header, f.Name)) {
			a.t.Errorf("the line of %s is about %v", f.Name, p.At)
		}
	}
}

// line takes in what a line is about, and asks about it, once.
func (a *asks) line(s *screen, name string, p story.Pointed, label, text string) {
	a.lines++
	if p.Nothing() {
		if strings.TrimSpace(label+text) != "" {
			a.t.Errorf("%s, entry %d: %q is about nothing", name, s.m.screen.at.Seq, label+text)
		}
		return
	}
	for _, at := range p.At {
		a.seen[at] = true
		if names(at, label, text) {
			a.named[at] = true
		}
	}
	if p.Finding != "" {
		a.found[p.Finding] = true
	}
	if key := p.Key(); !a.asked[key] {
		a.asked[key] = true
		a.ask(s, name, p)
	}
}

// ask presses the key, and looks at what is shown; then it goes back to where it was.
func (a *asks) ask(s *screen, name string, p story.Pointed) {
	h := s.m.screen
	before, cursor := h.tab, h.main.Cursor
	s.press("e")
	if h.tab != tab.Why || h.main.Text == nil {
		a.t.Fatalf("%s: e does not explain %v", name, p)
	}
	shown := string(h.main.Text.Bytes())
	first, _, _ := strings.Cut(shown, "\n")
	for i, at := range p.At {
		if i == 0 && p.Path == "" && first != story.Called(at) {
			a.t.Errorf("%s: %v is explained under %q", name, at, first)
		}
		a.entry(at, shown)
	}
	switch {
	case p.Path != "" && first != "Field "+p.Path:
		a.t.Errorf("%s: %s is explained under %q", name, p.Path, first)
	case p.Path != "":
		at, there := p.Body.At(p.Path)
		e := explain.Find(at)
		known := there && e != nil && strings.HasPrefix(shown, first+"\n"+e.What[0])
		if !known && !strings.HasPrefix(shown, first+"\nNothing is known of this field") {
			a.t.Errorf("%s: %s is explained by %q", name, p.Path, shown)
		}
		if known {
			a.counts(explain.Field, e)
		}
	case p.Finding != "" && !strings.Contains(shown, "What to do:"):
		a.t.Errorf("%s: nothing is said about the finding %s: %q", name, p.Finding, shown)
	}
	if before == tab.Why && h.backs() == 0 {
		a.t.Errorf("%s: nothing leads back from %s", name, first)
	}
	if s.press("esc"); h.tab != before || h.main.Cursor != cursor {
		a.t.Errorf("%s: Esc leads from %s to line %d of %s, not to %d of %s", name, first, h.main.Cursor, h.tab.Name(), cursor,
			before.Name())
	}
}

// entry checks what is shown of one thing: what its own entry says, or that there is none.
func (a *asks) entry(at explain.Address, shown string) {
	e := explain.Find(at)
	if at.Kind == explain.Term {
		if of := explain.Of(explain.Term, at.Where); len(of) == 1 {
			e = of[0]
		}
	}
	switch {
	case e == nil && at.Kind != explain.Field:
		a.t.Errorf("%v has no entry", at)
	case e == nil:
		if !strings.Contains(shown, "Nothing is known of this field") {
			a.t.Errorf("%v has no entry, and that is not said: %q", at, shown)
		}
	case !strings.Contains(shown, story.Called(at)+"\n"+e.What[0]) &&
		!strings.Contains(shown, strings.ReplaceAll(e.What[0], "…", "...")):
		a.t.Errorf("%v: its entry is not what is shown: %q", at, shown)
	default:
		a.counts(at.Kind, e)
	}
}

// counts notes that an entry was shown.
func (a *asks) counts(k explain.Kind, e *explain.Entry) {
	if a.kinds[k] == nil {
		a.kinds[k] = map[string]bool{}
	}
	a.kinds[k][e.Label()] = true
}

// row asks about a row of the ladder: what the code of its step stands for, and the entry of that.
func (a *asks) row(s *screen, name string, row story.RowID) {
	h := s.m.screen
	h.at, h.follow, h.asked, h.levels, h.pane = row, false, asked{}, nil, layout.Ladder
	h.tab, h.picked = tab.Body, true
	e := h.whole.Entry(row.Seq)
	if s.send(nil); e == nil {
		return
	}
	s.press("e")
	entry := explain.Find(explain.StepAt(h.whole, e))
	shown := string(h.main.Text.Bytes())
	if !strings.Contains(shown, string(e.Step)+": "+entry.Title+"\n") || !strings.Contains(shown, "\n"+entry.What[0]+"\n") {
		a.t.Errorf("%s, entry %d: %s is not explained: %q", name, e.Seq, e.Step, shown)
	}
}

// names reports whether a line has the name of the thing that it is about.
func names(at explain.Address, label, text string) bool {
	label = strings.Trim(label, " :"+render.Unicode().Cursor)
	switch at.Kind {
	case explain.Header:
		return strings.EqualFold(label, at.Where)
	case explain.XMatrix:
		return strings.HasPrefix(text, "  "+at.Where+"=")
	case explain.Query, explain.Rule:
		_, name, _ := strings.Cut(at.Where, " ")
		return label == name
	case explain.Check:
		claim := ""
		for _, k := range verify.CheckKinds() {
			if k.Name == at.Where {
				claim = k.Claim
			}
		}
		return strings.Contains(text, at.Where) || claim != "" && strings.HasPrefix(text, claim)
	case explain.Discovery:
		return strings.Contains(text, "rule "+at.Where+":")
	case explain.EventType:
		return text == at.Where || text == "our join"
	case explain.Role:
		return strings.Contains(strings.ToLower(text), at.Where)
	case explain.Step:
		code, _, _ := strings.Cut(at.Where, " ")
		return strings.Contains(text, "step "+code) || strings.Contains(text, "Step "+code)
	}
	return false
}

// lanes asks about the head of every lane.
func (a *asks) lanes(s *screen) {
	h := s.m.screen
	s.press("g", "up")
	if h.head == 0 {
		a.t.Fatal("above the first row the cursor is on no lane")
	}
	for range h.ladder.Lanes {
		for _, at := range h.thing().At {
			a.seen[at] = true
			if names(at, "", h.ladder.Lanes[h.head-1].Role) {
				a.named[at] = true
			}
		}
		p := h.thing()
		s.press("e")
		for _, at := range p.At {
			a.entry(at, string(h.main.Text.Bytes()))
		}
		s.press("esc", "right")
	}
	s.press("down")
	if h.head != 0 || h.story.Rows[0].ID != h.at {
		a.t.Errorf("below the lanes the cursor is at %v, head %d", h.at, h.head)
	}
}

// survey notes what a trace has that a line should name.
func (a *asks) survey(t flow.Trace, s flow.State) {
	headers := func(fields []client.Field) {
		for _, f := range fields {
			a.wants[explain.At(explain.Header, f.Name)] = true
			if strings.HasPrefix(f.Value, "X-Matrix ") {
				for _, part := range []string{"origin", "destination", "key", "sig"} {
					if strings.Contains(f.Value, part+"=") {
						a.wants[explain.At(explain.XMatrix, part)] = true
					}
				}
			}
		}
	}
	for i := range t.Entries {
		e := &t.Entries[i]
		a.wants[explain.StepAt(t, e)] = true
		if r := e.Request; r != nil {
			headers(r.Header)
			_, query, _ := strings.Cut(r.Target, "?")
			values, _ := url.ParseQuery(query)
			for name := range values {
				a.wants[explain.At(explain.Query, string(r.Endpoint)+" "+name)] = true
			}
		}
		if e.Response != nil {
			headers(e.Response.Header)
		}
		if d := e.Discovery; d != nil {
			for _, step := range d.Steps {
				a.wants[explain.At(explain.Discovery, string(step.Rule))] = true
			}
		}
	}
	for _, c := range s.TemplateChecks {
		a.wants[explain.At(explain.Check, c.Kind.String())] = true
	}
	if v := s.Verification; v != nil {
		for _, k := range verify.CheckKinds() {
			if (v.Tally(k.Kind) != verify.Tally{}) {
				a.wants[explain.At(explain.Check, k.Name)] = true
			}
		}
		for _, e := range v.Sets().Events {
			if e.Event != nil {
				a.wants[explain.At(explain.EventType, e.Event.Type())] = true
			}
		}
	}
	for _, r := range []flow.Role{flow.Client, flow.Joining, flow.Directory, flow.Resident} {
		a.wants[explain.At(explain.Role, string(r))] = true
	}
	if s.Build != nil {
		if w, ok := s.CountingCopy(s.Build.EventID); ok && s.Verification != nil {
			for _, r := range w.ByAuthEvents.Tried {
				a.wants[explain.At(explain.Rule, w.Event.Version().ID+" "+r.Number)] = true
			}
		}
	}
}

// backs is how many levels can be gone back.
func (h *handshake) backs() int { return len(h.levels) }

// The cursor of a text moves line by line, the window only where it has to; it stays on its paragraph when the width
// changes, and a click puts it where it is.
func TestTextHasACursor(t *testing.T) {
	s := replaying(t, 80, 24, recorded(t, "joined"), -1, Options{}).press("4g", "tab", "2")
	h := s.m.screen
	for i := range h.main.Text.Lines {
		if h.main.Cursor != i || i < h.main.Top || i >= h.main.Top+h.layout.Payload.H {
			t.Fatalf("after %d lines the cursor is on line %d of a window from %d", i, h.main.Cursor, h.main.Top)
		}
		s.press("j")
	}
	if s.press("g"); h.main.Cursor != 0 || h.main.Top != 0 {
		t.Errorf("g leads to line %d", h.main.Cursor)
	}
	if s.press("G"); h.main.Cursor != len(h.main.Text.Lines)-1 {
		t.Errorf("G leads to line %d", h.main.Cursor)
	}
	s.press("g", "j", "j", "j")
	at, _ := h.main.Text.Place(h.main.Cursor)
	s.send(sizeMsg(60, 16))
	if to, _ := h.main.Text.Place(h.main.Cursor); to != at {
		t.Errorf("with another width the cursor goes from paragraph %d to %d", at, to)
	}
	s.send(sizeMsg(80, 24))
	h.main.Click(0, 2)
	if h.main.Cursor != h.main.Top+2 {
		t.Errorf("a click on line 2 leads to %d", h.main.Cursor)
	}
}

// A header that nobody knows is said to be unknown, whatever it is called; where 2015 and today differ, both are found
// by a search on the line that shows them, next to each other or not.
func TestUnknownHeader(t *testing.T) {
	trace := recorded(t, "joined")
	s := &story.Scene{Look: replaying(t, 80, 24, trace, -1, Options{}).m.Look, Trace: trace,
		Asked: story.PointAt(explain.At(explain.Header, "X-Nobody\x1b[31m"))}
	got := s.WhyText().Bytes()
	if !bytes.Contains(got, []byte("Nothing is known of this header")) || bytes.Contains(got, []byte("\x1b")) {
		t.Errorf("%q", got)
	}
}

// What was in 2015 and what is today stand next to each other where there is room, and one below the other elsewhere;
// what is searched for is on the line that it is said to be on.
func TestThenAndNow(t *testing.T) {
	trace := recorded(t, "joined")
	s := &story.Scene{Look: replaying(t, 80, 24, trace, -1, Options{}).m.Look, Trace: trace,
		Asked: story.PointAt(explain.FieldAt(explain.Event, "/prev_state"))}
	for _, width := range []int{30, 60, 73, 74, 80, 120} {
		p := s.WhyText()
		p.LayOut(width)
		abreast := slices.ContainsFunc(p.Lines, func(line string) bool {
			return strings.HasPrefix(line, "In 2015:") && strings.Contains(line, "Today:")
		})
		if abreast != (width >= story.WideEnough+2) {
			t.Errorf("at %d: next to each other %v", width, abreast)
		}
		for _, word := range []string{"pairs", "keeps", "Today"} {
			at := bytes.LastIndex(p.Bytes(), []byte(word))
			if line := p.LineOf(at); !strings.Contains(p.Lines[line], word) {
				t.Errorf("at %d: %s is said to be on %q", width, word, p.Lines[line])
			}
		}
	}
}

// On a page, e explains the field under the cursor and then the type of the event; on a line above it what the line is
// about; in the list the type.
func TestEventsCanBeAsked(t *testing.T) {
	s := replaying(t, 80, 24, recorded(t, "joined"), -1, Options{}).press("8", "j", "e")
	ev := s.m.screen.events
	id, where := ev.Current()
	w, _ := ev.Work(id, where)
	s.shows("Event type "+w.Event.Type()).press("esc").shows("[8 Events]").press("enter", "e")
	s.shows("Event type "+w.Event.Type()).press("esc", "/", `type:"depth"`, "enter", "e")
	text := string(s.m.screen.main.Text.Bytes())
	if !strings.HasPrefix(text, "Field /depth\n") || !strings.Contains(text, "\nEvent type "+w.Event.Type()+"\n") {
		t.Errorf("%q", text)
	}
	s.press("esc", "esc", "/", `type:"type"`, "enter", "e")
	text = string(s.m.screen.main.Text.Bytes())
	if strings.Count(text, "\nEvent type "+w.Event.Type()+"\n") != 1 {
		t.Errorf("the value of /type is not explained once: %q", text)
	}
	s = replaying(t, 80, 24, recorded(t, "joined"), until(t, recorded(t, "joined"), flow.A7, flow.Response), Options{})
	s.press("tab", "1", "/", `type:"type"`, "enter", "e")
	if text = string(s.m.screen.main.Text.Bytes()); !strings.Contains(text, "\nEvent type m.") {
		t.Errorf("in a body the value of type is not explained: %q", text)
	}
}

// Where Why has a pane of its own, what is asked about stays in view next to what is said of it, and that follows the
// cursor until Esc.
func TestWhyFollowsTheCursor(t *testing.T) {
	s := replaying(t, 200, 60, recorded(t, "joined"), -1, Options{}).press("3g", "tab", "2")
	h := s.m.screen
	to := func(label string) {
		t.Helper()
		for {
			i, _ := h.main.Text.Place(h.main.Cursor)
			if p := &h.main.Text.Paras[i]; strings.HasPrefix(p.Label+p.Text, label) {
				return
			}
			before := h.main.Cursor
			if s.press("j"); h.main.Cursor == before {
				t.Fatalf("there is no line %q", label)
			}
		}
	}
	to("Host: ")
	s.hides("Header Host").press("e").shows("[2 Head]").shows("Header Host")
	to("  origin=")
	s.hides("Header Host").shows("X-Matrix: origin").press("esc").shows("[2 Head]").hides("X-Matrix: origin")
	s.press("e").shows("X-Matrix: origin").press("5").hides("X-Matrix: origin")
}

// The cursor as it is drawn in each pane.
func TestCursorFrames(t *testing.T) {
	joined := recorded(t, "joined")
	a7 := until(t, joined, flow.A7, flow.Response)
	at := func(seq string) *screen { return replaying(t, 80, 24, joined, -1, Options{}).press(seq+"g", "tab") }
	for name, s := range map[string]*screen{
		"head": at("3").press("2", "j", "j", "j"), "checks": replaying(t, 80, 24, recorded(t, "flawed"), -1,
			Options{}).press("tab", "5", "j"),
		"rules": at("3").press("7", "pgdown", "pgdown"), "sign": at("3").press("4", "j"),
		"why": at("3").press("6", "j"), "found": replaying(t, 80, 24, recorded(t, "timeout"), -1, Options{}).press("F", "j"),
		"diff": replaying(t, 80, 24, joined, a7-1, Options{}).press("tab", "3", "j"), "body": at("3").press("1", "j", "j", "j"),
		"lanes": replaying(t, 80, 24, joined, -1, Options{}).press("g", "up", "right"),
		"asked": at("3").press("2", "j", "j", "j", "e"),
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			s.sound()
			golden(t, "cursor-"+name+"-80x24.txt", passed.ReplaceAllStringFunc(strings.Join(s.lines(), "\n")+"\n", hashes))
		})
	}
}

// A click on the head of a lane puts the cursor there, and one on a row takes it back.
func TestLaneIsClicked(t *testing.T) {
	for _, width := range []int{60, 80, 120, 200} {
		s := replaying(t, width, 40, recorded(t, "joined"), -1, Options{})
		h := s.m.screen
		for i, lane := range h.ladder.Lanes {
			if !h.ladder.InView(i, h.layout.Ladder.W, h.opt) {
				continue
			}
			before, _, there := strings.Cut(s.lines()[1], lane.Role)
			if !there { // a stub has no name
				continue
			}
			click := tea.MouseMsg{X: len([]rune(before)) + len(lane.Role)/2, Y: 1, Button: tea.MouseButtonLeft,
				Action: tea.MouseActionPress}
			if s.send(click); h.head != i+1 {
				t.Errorf("at %d: a click on %s leads to lane %d", width, lane.Role, h.head)
			}
			s.press("e").shows("Role " + strings.ToLower(lane.Role)).press("esc")
			click.Y = 6
			if s.send(click); h.head != 0 {
				t.Errorf("at %d: a click on a row leaves the cursor on lane %d", width, h.head)
			}
		}
	}
}

// Enter on a line of See also follows it, as e does, and Esc leads back to that line.
func TestEnterFollowsSeeAlso(t *testing.T) {
	s := replaying(t, 80, 24, recorded(t, "joined"), -1, Options{}).press("4g", "tab", "6")
	h := s.m.screen
	for range h.main.Text.Lines {
		if h.main.Offers() {
			break
		}
		s.press("j")
	}
	line, offered := h.main.Text.Lines[h.main.Cursor], h.main.Pointed()
	if !h.main.Offers() || offered.Nothing() {
		t.Fatalf("no line offers anything:\n%s", s.m.View())
	}
	if s.press("enter"); h.asked.thing.Key() != offered.Key() || h.prefers.Zoom {
		t.Errorf("Enter on %q leads to\n%s", line, s.m.View())
	}
	if s.press("esc"); h.main.Text.Lines[h.main.Cursor] != line {
		t.Errorf("Esc leads back to %q, not to %q", h.main.Text.Lines[h.main.Cursor], line)
	}
}
