package ui

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/compare"
	"doorstep/flow/event"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/verify"
	"doorstep/flow/wording"
	"doorstep/recordings"
	"doorstep/render"
	"doorstep/ui/layout"
	"doorstep/ui/pane"
	"doorstep/ui/story"
	"doorstep/ui/tab"
	"doorstep/ui/text"
)

// One run has many views, and a reader believes each of them. Here every view of every row of every run is held against
// the report of the run, and against the other views: what one says of an event, a row or the end, no other may deny.
//
// What is expected is worked out from the report and from the bytes of the trace, with nothing of what the views use.

// ranTraces plays every scenario once, and reads what was recorded of it, as a view of a recording does.
var ranTraces = sync.OnceValues(func() (map[string]flow.Trace, error) {
	const atATime = 8
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failed error
	traces := map[string]flow.Trace{}
	turns := make(chan struct{}, atATime)
	for _, s := range sandbox.Scenarios() {
		wg.Add(1)
		go func() {
			defer wg.Done()
			turns <- struct{}{}
			defer func() { <-turns }()
			trace, err := ranTrace(s)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed = fmt.Errorf("%s: %w", s.Name, err)
			}
			traces[s.Name] = trace
		}()
	}
	wg.Wait()
	return traces, failed
})

func ranTrace(s engine.Scenario) (flow.Trace, error) {
	run, stop, err := sandbox.Join(context.Background(), s, engine.JoinOptions{Tool: "test"})
	if err != nil {
		return flow.Trace{}, err
	}
	defer stop()
	run.Finish(context.Background())
	var b bytes.Buffer
	if err := recording.Write(&b, run.Trace()); err != nil {
		return flow.Trace{}, err
	}
	return recording.Read(&b)
}

// An agreement holds the views of one run against its report.
type agreement struct {
	t      *testing.T
	screen *screen
	trace  flow.Trace
	state  flow.State
	report export.Report
	ended  bool

	bySubject map[string][]export.CheckJSON
	skipped   []export.CheckJSON // made on no event of the answer
	views     int
}

func newAgreement(t *testing.T, trace flow.Trace) *agreement {
	a := &agreement{
		t: t, trace: trace, state: flow.Fold(trace), report: export.NewReport(trace, flow.Fold(trace), export.ReportOptions{AllChecks: true}),
		screen: replaying(t, 120, 40, trace, -1, Options{}), bySubject: map[string][]export.CheckJSON{},
	}
	_, more := a.state.Next()
	a.ended = !more
	for _, c := range a.report.Checks {
		a.bySubject[c.Subject] = append(a.bySubject[c.Subject], c)
		if strings.HasPrefix(c.Detail, "not looked at for any of the ") {
			a.skipped = append(a.skipped, c)
		}
	}
	return a
}

// show puts a tab of a row on the screen and returns all of its text, what is above and below the window too.
func (a *agreement) show(id story.RowID, t tab.Tab) string {
	h := a.screen.m.screen
	h.at, h.tab, h.picked, h.follow = id, t, true, false
	a.views++
	if e := a.trace.Entry(id.Seq); t != tab.Body && e.Step == flow.R { // most rows are such: they are not laid out
		s := h.scene()
		h.attend(s)
		h.main, h.mainKey = tab.Show(t, h, s), contentKey{}
	} else {
		a.screen.run(a.screen.m.settle())
	}
	return contentText(h.main)
}

func contentText(c *pane.Content) string {
	var b strings.Builder
	switch {
	case c.Events != nil:
		for _, p := range c.Events.Why.Paras {
			fmt.Fprintln(&b, p.Label+p.Text)
		}
		for i := range c.Events.Len() {
			row := c.Events.Table().Rows.Row(i)
			fmt.Fprintln(&b, row.Status, row.Cells, c.Events.Reason(i))
		}
	case c.Diff != nil:
		fmt.Fprintln(&b, c.Diff.Left, c.Diff.Right)
		for _, change := range c.Diff.Changes {
			fmt.Fprintln(&b, change.Kind, change.Path, change.From, change.To, change.Why)
		}
	case c.Text != nil:
		return proseText(c.Text)
	}
	return b.String()
}

func proseText(p *story.Prose) string {
	var b strings.Builder
	for _, para := range p.Paras {
		fmt.Fprintln(&b, para.Label+para.Text)
	}
	return b.String()
}

func pageText(p *pane.EventPage) string {
	text := ""
	for _, part := range p.Parts {
		if part.Text != nil {
			text += proseText(part.Text)
		}
	}
	return text
}

// rows are the rows that stand for entries.
func (a *agreement) rows() []story.Row {
	return slices.DeleteFunc(slices.Clone(a.screen.m.screen.story.Rows), func(r story.Row) bool { return r.ID.Seq <= 0 })
}

// checksOf are the checks that the report has on an event, those among them that were made on no event of the answer.
func (a *agreement) checksOf(id string, inAnswer bool) []export.CheckJSON {
	if inAnswer {
		return append(slices.Clone(a.bySubject[id]), a.skipped...)
	}
	return a.bySubject[id]
}

// worst is what the report says of an event, all in all.
func worst(checks []export.CheckJSON) render.Status {
	order := []string{"pass", "warn", "not_checked", "fail"}
	at := 0
	for _, c := range checks {
		at = max(at, slices.Index(order, c.Outcome))
	}
	if len(checks) == 0 {
		return render.NotChecked
	}
	return []render.Status{render.OK, render.Warn, render.NotChecked, render.Fail}[at]
}

func tallyJSON(checks []export.CheckJSON) verify.Tally {
	var t verify.Tally
	for _, c := range checks {
		switch c.Outcome {
		case "pass":
			t.Pass++
		case "warn":
			t.Warn++
		case "fail":
			t.Fail++
		default:
			t.NotChecked++
		}
	}
	return t
}

func (a *agreement) errorf(format string, args ...any) {
	a.t.Helper()
	a.t.Errorf(format, args...)
}

// events holds list, graphs, pages and Rules against the checks, event by event.
func (a *agreement) events() {
	v := a.state.Verification
	if v == nil || a.state.Build == nil {
		return
	}
	last := story.RowID{Seq: len(a.trace.Entries)}
	text := a.show(last, tab.Events)
	ev := a.screen.m.screen.events
	if ev == nil {
		a.errorf("there is a verification, and no list of events: %s", text)
		return
	}
	unread := a.report.Counts.Events == 0 && v.Unread() != ""
	if got := strings.Contains(text, "Why an auth_chain"); got == unread {
		a.errorf("nothing was read: %v, and yet the list explains the lists: %v", unread, got)
	}
	if n := ev.Len() - 1; !unread && n < a.report.Counts.Events {
		a.errorf("%d events in the list, the report counts %d", n, a.report.Counts.Events)
	}
	step := max(ev.Len()/60, 1) // of a large room some
	for i := 0; i < ev.Len(); i += step {
		a.event(ev, i)
	}
	a.sets(ev)
	ev.Pages = nil
	ev.ToEnd(false)
}

func (a *agreement) event(ev *pane.Events, i int) {
	id, where := ev.Row(i)
	ours := i == 0
	checks := a.checksOf(id, !ours)
	want := worst(checks)
	if got := ev.Table().Rows.Row(i).Status; got != want {
		a.errorf("the list marks %s %v, the report's checks come to %v", id, got, want)
	}
	graph := ev.NewPage(pane.GraphPage, id, where)
	for n, node := range graph.Graph.Nodes {
		want := worst(a.checksOf(node.ID, node.ID != a.report.EventID))
		if node.Missing {
			want = render.Fail
		}
		if got := ev.GraphNode(node).Status; got != want {
			a.errorf("the graph of %s marks %s (node %d) %v, the report's checks come to %v", id, node.ID, n, got, want)
		}
	}
	readable := ours || ev.Sets.Events[i-1].Event != nil
	if len(graph.Graph.Nodes) == 0 && readable && v(ev).Unread() == "" {
		a.errorf("no graph of %s, which can be read", id)
	}
	page := pageText(ev.NewPage(pane.WholePage, id, where))
	if tally := "Its checks: " + story.TallyWords(tallyJSON(checks)); !strings.Contains(page, tally+"\n") {
		a.errorf("the page of %s does not say %q:\n%s", id, tally, clipped(page))
	}
	if !readable {
		return
	}
	if at := strings.Index(page, "4. The authorisation rules"); at >= 0 { // what stands before it is about signatures
		page = page[at:]
	}
	a.judged("the page of "+id, page, id, ours)
	rules := proseText(ev.Scene.RulesText(story.Subject{ID: id, Where: where, From: story.SelectedInEvents}))
	a.judged("Rules of "+id, rules, id, ours)
}

func v(ev *pane.Events) *verify.Verification { return ev.State.Verification }

// verdictLine is a line that says what became of an event, and by which rule.
var verdictLine = regexp.MustCompile(`(?m)^(?:by the (?:events it names|state before it): |[✓✗!?][a-z ]* )` +
	`(allowed|rejected|not checked|not decided|undecided|pass|fail|warn)(?: by rule ([0-9.]+))?(?:[:;]|$)`)

// judged holds what a text says became of an event against the checks of its authorisation.
func (a *agreement) judged(what, text, id string, ours bool) {
	names := []string{"authorisation"}
	if ours {
		names = []string{"join_auth", "join_auth_state"}
	}
	var got []string
	for _, m := range verdictLine.FindAllStringSubmatch(text, -1) {
		got = append(got, m[1]+" "+m[2])
	}
	var want []string
	for _, name := range names {
		c := a.check(id, name, !ours)
		switch c.Outcome {
		case "pass":
			want = append(want, "allowed "+c.Rule)
		case "fail":
			want = append(want, "rejected "+c.Rule)
		default:
			want = append(want, "not checked ")
		}
	}
	if len(got) < len(want) {
		a.errorf("%s does not say what became of the event:\n%s", what, clipped(text))
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			a.errorf("%s says %q, the checks %q:\n%s", what, g, want, clipped(text))
		}
	}
	for _, w := range want {
		if !slices.Contains(got, w) {
			a.errorf("%s says %q, the checks %q", what, got, want)
		}
	}
	if strings.Contains(text, "the rules by themselves") && !slices.Contains(want, "not checked ") {
		a.errorf("%s tells what the rules would answer of an event that they decide:\n%s", what, clipped(text))
	}
}

func (a *agreement) check(id, name string, inAnswer bool) export.CheckJSON {
	for _, c := range a.checksOf(id, inAnswer) {
		if c.ID == name {
			return c
		}
	}
	return export.CheckJSON{}
}

// sets holds the numbers of the lists against the rows they count.
func (a *agreement) sets(ev *pane.Events) {
	c := a.report.Counts
	if v(ev).Unread() != "" {
		return
	}
	rows := map[string]int{}
	for _, e := range ev.Sets.Events {
		why := e.Why()
		switch {
		case e.Event == nil:
			rows["unreadable"]++
		case e.Place == verify.InStateOnly && e.Named > 0:
			rows["named"]++
		case e.Place == verify.InStateOnly:
			rows["free"]++
		case e.Place == verify.InChainOnly && strings.Contains(why, "padding"):
			rows["padding"]++
		case e.Place == verify.InChainOnly && strings.Contains(why, "replaced"):
			rows["replaced"]++
		case e.Place == verify.InChainOnly && strings.Contains(why, "left out of state"):
			rows["omitted"]++
		}
	}
	s := ev.Sets
	if rows["unreadable"] > 0 {
		return
	}
	if s.StateNamed+s.StateFree != c.StateOnly || s.Replaced+s.Omitted+s.Absent+s.Padding != c.AuthChainOnly {
		a.errorf("the parts %+v do not make up %d and %d", s, c.StateOnly, c.AuthChainOnly)
	}
	for _, n := range []struct {
		name       string
		sets, rows int
	}{{"named", s.StateNamed, rows["named"]}, {"free", s.StateFree, rows["free"]}, {"padding", s.Padding, rows["padding"]},
		{"replaced", s.Replaced, rows["replaced"]}, {"omitted", s.Omitted, rows["omitted"]}} {
		if n.sets != n.rows && !(n.name == "free" && n.sets > n.rows) {
			a.errorf("%d are said to be %s, and %d of their rows say so", n.sets, n.name, n.rows)
		}
	}
	if got := strings.Contains(s.Why(), "no longer in force"); got != (rows["replaced"] > 0) {
		a.errorf("%d were replaced; it says %q", rows["replaced"], s.Why())
	}
}

// row holds every tab of a row against the report and the bytes of its entry.
func (a *agreement) row(r story.Row) {
	e := a.trace.Entry(r.ID.Seq)
	answer := a.trace.Answer(e.Seq)
	texts := map[tab.Tab]string{}
	var compared *render.Diff
	for _, t := range tab.All {
		if t == tab.Events { // the same on every row
			continue
		}
		texts[t] = a.show(r.ID, t)
		if t == tab.Diff {
			if c, ok := a.screen.m.screen.scene().Choice(); ok && c.Pair().Kind == compare.MadeFrom {
				shown := a.screen.m.screen.main
				shown.UnfoldEqual(true)
				whole := *shown.Diff
				compared = &whole
				shown.UnfoldEqual(false)
			}
		}
	}
	a.notices(r, texts)
	a.signs(r, e, texts[tab.Sign])
	a.checks(r, e, answer, texts[tab.Checks])
	a.diff(r, e, compared, texts[tab.Diff])
	a.head(r, e, texts[tab.Head])
	if a.state.Build != nil && a.state.Verification != nil && !leaves(e) {
		a.judged(fmt.Sprintf("Rules on row %d", e.Seq), texts[tab.Rules], a.subjectID(), a.subjectID() == a.report.EventID)
	}
	ours := e.Build != nil && e.Build.Membership == "join" || e.Step == flow.A6 && e.Kind == flow.Request
	if ours && a.state.Verification != nil {
		a.judged(fmt.Sprintf("Sign on row %d", e.Seq), a.section(texts[tab.Sign]), a.report.EventID, true)
	}
	if e.Step == flow.L2 {
		a.verified(r, texts[tab.Body])
	}
	for _, f := range a.report.Findings {
		title := flat(string(a.screen.m.screen.Safe(f.Title, story.CellsOfText)))
		if slices.Contains(f.Evidence, e.Seq) && !strings.Contains(flat(texts[tab.Why]), title) {
			a.errorf("row %d is evidence of %s, and its Why does not say so", e.Seq, f.ID)
		}
	}
}

func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

// section is the part of a text that judges an event.
func (a *agreement) section(text string) string {
	at := strings.Index(text, "4. The authorisation rules")
	end := strings.Index(text, "To work it out again")
	if at < 0 || end < at {
		a.errorf("the work does not judge the event:\n%s", clipped(text))
		return ""
	}
	return text[at:end]
}

// subjectID is the event that the views of events are about.
func (a *agreement) subjectID() string {
	h := a.screen.m.screen
	id, _ := h.subject(h.scene())
	return id
}

func leaves(e *flow.Entry) bool {
	switch e.Step {
	case flow.U1, flow.U2, flow.U3, flow.U4:
		return true
	}
	return e.Build != nil && e.Build.Membership == "leave"
}

// notices are what stands in place of a view. Once the run is over none of them may put off what will not come.
func (a *agreement) notices(r story.Row, texts map[tab.Tab]string) {
	h := a.screen.m.screen
	s := h.scene()
	for _, t := range tab.All {
		why := t.Lacks(s)
		if why != "" && texts[t] != "" && !strings.Contains(texts[t], why) {
			a.errorf("row %d, %s: it lacks something, %q, and shows %q", r.ID.Seq, t, why, clipped(texts[t]))
		}
		if a.ended && regexp.MustCompile(`\byet\b|\bonce\b|\bwhen\b`).MatchString(why) {
			a.errorf("row %d, %s, after the end: %q", r.ID.Seq, t, why)
		}
	}
	for t, text := range texts {
		if strings.Contains(text, "the event cannot be read") {
			a.errorf("row %d, %s: the event cannot be read", r.ID.Seq, t)
		}
	}
}

// signs holds the tab Sign against the header and the body of the entry.
func (a *agreement) signs(r story.Row, e *flow.Entry, text string) {
	const nothing = "nothing on this row is signed"
	says := !strings.Contains(text, nothing)
	header := false
	body := []byte(nil)
	sent := true
	switch {
	case e.Build != nil:
		body = e.Build.Event
	case e.Request != nil:
		body = e.Request.Body
		sent = len(e.Request.Header) > 0
		for _, f := range e.Request.Header {
			header = header || strings.EqualFold(f.Name, "Authorization") && strings.HasPrefix(f.Value, "X-Matrix")
		}
	case e.Response != nil:
		body = e.Response.Body
	}
	inBody := signedJSON(body)
	switch {
	case sent && says != (header || inBody):
		a.errorf("row %d (%s): signed by its header: %v, in its body: %v, and Sign says %q",
			r.ID.Seq, e.Step, header, inBody, clipped(text))
	case !sent && strings.Contains(text, "left out of every trace"):
		a.errorf("row %d (%s) never went out, and Sign speaks of its signature:\n%s", r.ID.Seq, e.Step, clipped(text))
	case !sent && says && !strings.Contains(text, "never went out") && !inBody:
		a.errorf("row %d (%s) never went out, and Sign does not say so:\n%s", r.ID.Seq, e.Step, clipped(text))
	}
	if header && !strings.Contains(text, "The X-Matrix signature of the request") {
		a.errorf("row %d (%s): the header is signed, and Sign does not show that:\n%s", r.ID.Seq, e.Step, clipped(text))
	}
	a.keys(r, e, text)
}

// signedJSON reports whether a JSON text holds an object with signatures in it, anywhere but under unsigned.
func signedJSON(raw []byte) bool {
	var walk func(any) bool
	walk = func(v any) bool {
		switch v := v.(type) {
		case []any:
			return slices.ContainsFunc(v, walk)
		case map[string]any:
			servers, _ := v["signatures"].(map[string]any)
			for _, keys := range servers {
				keys, _ := keys.(map[string]any)
				for _, sig := range keys {
					if _, ok := sig.(string); ok {
						return true
					}
				}
			}
			for k, m := range v {
				if k != "unsigned" && k != "signatures" && walk(m) {
					return true
				}
			}
		}
		return false
	}
	if _, err := event.Members(raw); err != nil {
		if _, err := event.Elements(raw); err != nil {
			return false // read by nobody: two keys alike, or no JSON
		}
	}
	var v any
	return json.Unmarshal(raw, &v) == nil && walk(v)
}

// keys holds what is shown of a key document that we fetched against what became of the server's keys.
func (a *agreement) keys(r story.Row, e *flow.Entry, sign string) {
	asked := a.trace.Entry(e.Answers)
	if e.Response == nil || e.Response.Status/100 != 2 || asked == nil || asked.Request == nil ||
		asked.From != flow.Joining {
		return
	}
	if asked.Request.Endpoint != client.ServerKeys || a.state.Header.Probe || a.state.Header.Notary != "" {
		return // what is known of a server is not of this document alone
	}
	problem := a.state.Keys.Of(e.Server).Problem
	if marked := r.Status == render.Fail; marked != (problem != "") {
		a.errorf("row %d: the keys of %s: %q, and the row is marked %v", r.ID.Seq, e.Server, problem, r.Status)
	}
	if signedJSON(e.Response.Body) && strings.Contains(sign, "not accepted") != (problem != "") {
		a.errorf("row %d: the keys of %s: %q, and Sign says:\n%s", r.ID.Seq, e.Server, problem, clipped(sign))
	}
}

// checks holds the tab Checks against what the row brought.
func (a *agreement) checks(r story.Row, e, answer *flow.Entry, text string) {
	if e.Kind != flow.Request {
		answer = e
	}
	template := strings.Contains(text, "The protoevent: ") || strings.Contains(text, "The leave template: ")
	switch e.Step {
	case flow.A4, flow.A5, flow.U1, flow.U2:
		brought := answer != nil && answer.Response != nil && answer.Response.Status/100 == 2
		if template != brought {
			a.errorf("row %d (%s) brought a template: %v, and Checks says:\n%s", r.ID.Seq, e.Step, brought, clipped(text))
			return
		}
		if !brought || a.trace.Header.AskAll {
			return
		}
		then := flow.Fold(a.trace.Prefix(answer.Seq))
		want, what := then.TemplateChecks, "The protoevent: "
		if leaves(e) {
			want, what = then.Undo.Checks, "The leave template: "
		}
		if !strings.HasPrefix(text, what+story.TallyWords(story.TallyOf(want))+"\n") {
			a.errorf("row %d (%s): its checks are %+v, and Checks says:\n%s", r.ID.Seq, e.Step, story.TallyOf(want),
				clipped(text))
		}
		return
	}
	shown := strings.Contains(text, "The answer and our join: ")
	if shown && leaves(e) {
		a.errorf("row %d (%s) is of the leave, and Checks shows the join's:\n%s", r.ID.Seq, e.Step, clipped(text))
	}
	if v := a.state.Verification; v != nil && !leaves(e) {
		if !strings.HasPrefix(text, "The answer and our join: "+story.TallyWords(v.Tally(verify.NoKind))) {
			a.errorf("row %d: Checks says\n%s", r.ID.Seq, clipped(text))
		}
	}
}

// diff holds the tab Diff against the report's, and against the template of the row.
func (a *agreement) diff(r story.Row, e *flow.Entry, shown *render.Diff, text string) {
	if shown == nil {
		if a.state.Build != nil && !leaves(e) && e.Step != flow.A4 && e.Step != flow.A5 && len(a.report.Diff) > 0 {
			a.errorf("row %d (%s): the report has a diff, and Diff says %q", r.ID.Seq, e.Step, clipped(text))
		}
		return
	}
	changes := slices.DeleteFunc(slices.Clone(shown.Changes), func(c render.Change) bool { // how many were copied
		return c.Word == "copied" && c.From == "" && c.To == ""
	})
	reported := slices.Clone(a.report.Diff) // what was changed comes first
	slices.SortStableFunc(reported, func(x, y export.ChangeJSON) int { return unchanged(x) - unchanged(y) })
	want := `"join"`
	if leaves(e) {
		want = `"leave"`
	} else if len(changes) != len(reported) {
		a.errorf("row %d: %d changes, the report has %d", r.ID.Seq, len(changes), len(reported))
		return
	}
	var from map[string]json.RawMessage
	if e.Step == flow.A5 && e.Response != nil {
		var body struct{ Event map[string]json.RawMessage }
		if json.Unmarshal(e.Response.Body, &body) == nil {
			from = body.Event
		}
	}
	for i, c := range changes {
		if c.Path == "/content/membership" && string(c.To) != want {
			a.errorf("row %d (%s): Diff is of a %s", r.ID.Seq, e.Step, c.To)
		}
		if !leaves(e) && string(c.Path) != reported[i].Path {
			a.errorf("row %d: change %d is of %s, the report's of %s", r.ID.Seq, i, c.Path, reported[i].Path)
		}
		if value, ok := from[strings.TrimPrefix(string(c.Path), "/")]; ok && string(value) != string(c.From) && c.From != "" {
			a.errorf("row %d: Diff has %s from %s, the row's template %s", r.ID.Seq, c.Path, c.From, value)
		}
	}
}

// unchanged is 1 for a field that was copied.
func unchanged(c export.ChangeJSON) int {
	if c.Change == "copied" {
		return 1
	}
	return 0
}

// head holds the tab Head and the row itself against the step of the report.
func (a *agreement) head(r story.Row, e *flow.Entry, text string) {
	step := a.report.Steps[e.Seq-1]
	if step.Kind == flow.Response && !regexp.MustCompile(fmt.Sprintf(`(?m)^%d( |$)`, step.Status)).MatchString(text) {
		a.errorf("row %d: the report has the status %d, Head:\n%s", e.Seq, step.Status, clipped(text))
	}
	took := regexp.MustCompile(`(?m)^took ([0-9]+) ms`).FindStringSubmatch(text)
	if took == nil && step.Kind == flow.Response && step.TookMS >= 1 && step.TookMS < 999 {
		a.errorf("row %d took %v ms, Head does not say so:\n%s", e.Seq, step.TookMS, clipped(text))
	}
	if took != nil {
		var ms float64
		fmt.Sscan(took[1], &ms)
		if d := ms - step.TookMS; d > 0.501 || d < -0.501 {
			a.errorf("row %d took %v ms, Head says %v", e.Seq, step.TookMS, ms)
		}
	}
	const close = 0.001 // the report rounds to the microsecond
	ms := float64(r.Took) / float64(time.Millisecond)
	if e.Kind == flow.Response && (ms-step.TookMS > close || step.TookMS-ms > close) {
		a.errorf("row %d took %v ms, the row says %s", e.Seq, step.TookMS, r.Took)
	}
}

// verified holds the row of L2 and the numbers in its body against the report.
func (a *agreement) verified(r story.Row, body string) {
	looked, all := 0, 0
	for _, c := range a.report.Checks {
		if c.ID == "signature" && !slices.Contains(a.skipped, c) {
			all++
			if c.Outcome != "not_checked" {
				looked++
			}
		}
	}
	all += len(slices.DeleteFunc(slices.Clone(a.skipped), func(c export.CheckJSON) bool { return c.ID != "signature" }))
	want := "verify the answer"
	switch {
	case looked == 0:
	case looked < all:
		want = fmt.Sprintf("verify %d of %s", looked, wording.Count(all, "signature"))
	default:
		want = "verify " + wording.Count(all, "signature")
	}
	if got := string(r.Label[0]); got != want {
		a.errorf("L2 is called %q; the report has %d signatures looked at of %d", got, looked, all)
	}
	fails := a.state.Verification.Tally(verify.NoKind).Fail
	if got := len(r.Label) > 1 && strings.Contains(string(r.Label[1]), "failed"); got != (fails > 0) {
		a.errorf("%d checks failed; the row of L2 says %q", fails, r.Label)
	}
	if c := a.report.Counts; c.Events > 0 && (!strings.Contains(body, "in state only "+fmt.Sprint(c.StateOnly)) ||
		!strings.Contains(body, "in auth_chain only "+fmt.Sprint(c.AuthChainOnly))) {
		a.errorf("the body of L2 has other numbers than the report, %+v:\n%s", c, clipped(body))
	}
}

// ladder holds the lanes, the heads and the verdict against the report.
func (a *agreement) ladder() {
	h := a.screen.m.screen
	for i, lane := range h.story.Lanes {
		last := ""
		role := flow.Role(strings.ToLower(lane.Role))
		for _, s := range a.report.Steps {
			if s.Kind == flow.Response && s.From == role && s.Server == string(lane.Host) && s.Address != "" {
				last = s.Address
			}
		}
		if i >= 2 && last != "" && !strings.Contains(string(lane.Sub), last) {
			a.errorf("the lane of %s says %q; its last answer came from %s", lane.Host, lane.Sub, last)
		}
	}
	phases := map[flow.StepID]story.Phase{
		flow.A1: story.Asking, flow.A2: story.Finding, flow.A3: story.Finding, flow.A4: story.Making, flow.A5: story.Making,
		flow.A6: story.Sending, flow.A7: story.Sending,
		flow.L2: story.Verifying, flow.A8: story.Answering, flow.U1: story.Leaving, flow.U2: story.Leaving,
		flow.U3: story.Leaving, flow.U4: story.Leaving,
	}
	answered := false
	for _, r := range a.rows() {
		e := a.trace.Entry(r.ID.Seq)
		if want, ok := phases[e.Step]; ok && r.Phase != want {
			a.errorf("row %d (%s) is in the phase %q", e.Seq, e.Step, r.Phase)
		}
		if e.Step == flow.R && e.From == flow.Joining && e.Kind == flow.Request {
			switch {
			case answered && r.Phase != story.After && r.Phase != story.Leaving:
				a.errorf("row %d comes after the client's answer, in the phase %q", e.Seq, r.Phase)
			case !answered && r.Phase == story.After:
				a.errorf("row %d comes before the client's answer, in the phase %q", e.Seq, r.Phase)
			}
		}
		answered = answered || e.Step == flow.A8
	}
	if !a.ended {
		return
	}
	verdict := h.verdict()
	if !strings.Contains(verdict, story.OutcomeWords(a.state.Outcome())) {
		a.errorf("the verdict %q, the report's outcome %s", verdict, a.report.Outcome)
	}
	if a.report.Outcome == flow.Joined && a.state.Undo.Left != strings.Contains(verdict, "left again") {
		a.errorf("left again: %v; the verdict %q", a.state.Undo.Left, verdict)
	}
	want := a.report.Counts.Checks
	if got := story.AllChecks(a.state); got != want {
		a.errorf("the header counts %+v, the report %+v", got, want)
	}
	var plain bytes.Buffer
	if err := text.Write(&plain, a.trace, text.Options{}); err != nil {
		a.t.Fatal(err)
	}
	if !strings.Contains(plain.String(), "\noutcome: "+story.OutcomeWords(a.report.Outcome)) {
		a.errorf("the plain lines have another outcome than %s", a.report.Outcome)
	}
}

// selections moves the two cursors that choose an event, and holds Sign and Rules against each other.
func (a *agreement) selections() {
	r, verified := a.state.Reply, a.state.Verification
	if verified == nil || a.state.Build == nil || verified.Unread() != "" {
		return
	}
	h := a.screen.m.screen
	answer := story.RowID{Seq: r.Seq}
	a.show(answer, tab.Body)
	same := func(how string) {
		a.t.Helper()
		sign, rules := a.show(answer, tab.Sign), a.show(answer, tab.Rules)
		id := a.subjectID()
		if !strings.Contains(sign, id) || !strings.Contains(rules, id) {
			a.errorf("%s: the event is %s; Sign:\n%s\nRules:\n%s", how, id, clipped(sign), clipped(rules))
		}
		listed := strings.Contains(rules, "selected in the tab Events")
		other := listed != strings.Contains(sign, "selected in the tab Events")
		if other || listed != h.attention.byList && id != a.report.EventID {
			a.errorf("%s: Sign and Rules name other sources; Rules:\n%s", how, clipped(rules))
		}
		if listed && !h.attention.byList {
			a.errorf("%s: nothing is selected in the tab Events", how)
		}
		_, where := h.subject(h.scene())
		at := regexp.MustCompile(`/(state|auth_chain)/[0-9]+`).FindString(h.bodies[r.Seq].Path())
		if !listed && at != "" && where != at {
			a.errorf("%s: the cursor of the body is on %s, the views are about %s", how, at, where)
		}
	}
	same("at first")
	c := h.bodies[r.Seq]
	c.ToEnd(true)
	c.Move(-3)
	same("after moving the cursor of the body")
	byBody := a.subjectID()
	a.show(answer, tab.Events)
	h.pane = layout.Payload
	h.events.ToEnd(false)
	h.events.Move(1)
	same("after selecting an event in the list")
	if listed, _ := h.events.Current(); a.subjectID() != listed {
		a.errorf("the list selects %s, the views are about %s", listed, a.subjectID())
	}
	a.show(answer, tab.Body)
	c.Move(-len(string(r.Body)))
	c.Move(12)
	same("after moving the cursor of the body again")
	c.ToEnd(true)
	c.Move(-3)
	a.show(answer, tab.Body)
	if again := a.subjectID(); again != byBody {
		a.errorf("the cursor of the body chose %s, and at the same place %s", byBody, again)
	}
	h.events.ToEnd(false)
	c.ToEnd(false)
	h.attention = attention{}
}

// back goes back through the run and holds some of the screens against those of a recording cut there: nothing is
// known from the future, and nothing is left of it.
func (a *agreement) back() {
	h := a.screen.m.screen
	a.show(story.RowID{Seq: len(a.trace.Entries)}, tab.Body)
	h.at, h.picked, h.follow, h.pane = h.newest(), false, true, layout.Ladder
	stops := len(a.trace.Entries)/3 + 1
	for h.shown > 1 {
		a.screen.press("b")
		if h.shown%stops > 0 {
			continue
		}
		cut := replaying(a.t, 120, 40, a.trace, h.shown, Options{})
		cut.m.screen.at, cut.m.screen.follow, cut.m.screen.top = h.at, false, 0
		cut.send(nil)
		got, want := withoutMode(a.screen.lines()), withoutMode(cut.lines())
		for i := range want[:len(want)-2] { // the last two name keys, and whoever went back may go on
			if got[i] != want[i] {
				a.t.Errorf("back at %d entries, line %d:\ngot  %q\ncut there %q", h.shown, i, got[i], want[i])
				break
			}
		}
	}
}

func clipped(s string) string {
	const most = 900
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}

// Every view of every row of every recording and every scenario says what the report says, and what the others say.
func TestViewsAgree(t *testing.T) {
	ran, err := ranTraces()
	if err != nil {
		t.Fatal(err)
	}
	traces := map[string]flow.Trace{}
	for name, trace := range ran {
		traces["sandbox "+name] = trace
	}
	for _, name := range recordings.Names() {
		traces["replay "+name] = flowtest.Embedded(t, name)
	}
	var names []string
	for name := range traces {
		names = append(names, name)
	}
	slices.Sort(names)
	begun := time.Now()
	var rows, views, events atomic.Int64
	t.Cleanup(func() {
		t.Logf("%d runs, %d rows, %d views, %d events, in %s",
			len(names), rows.Load(), views.Load(), events.Load(), time.Since(begun).Round(time.Second))
	})
	for i, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAgreement(t, traces[name])
			a.ladder()
			a.events()
			list := a.rows()
			for at, r := range list {
				e := a.trace.Entry(r.ID.Seq)
				const long = 60 // of a longer run not all that lies under its arrows
				if len(list) <= long || e.Step != flow.R || at%5 == 0 {
					a.row(r)
					rows.Add(1)
				}
			}
			a.selections()
			if i%3 == 0 {
				a.back()
			}
			views.Add(int64(a.views))
			events.Add(int64(a.report.Counts.Events))
		})
	}
}
