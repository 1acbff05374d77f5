package inspection

import (
	"fmt"
	"slices"
	"strings"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/inspect"
	"doorstep/flow/verify"
	"doorstep/render"
	"doorstep/ui/pane"
	"doorstep/ui/story"
)

var statuses = map[verify.CheckOutcome]render.Status{verify.Pass: render.OK, verify.Warn: render.Warn,
	verify.Fail: render.Fail, verify.NotChecked: render.NotChecked}

// table is the rows: how each stands, what is claimed, of which address, and what was seen.
func (m *Model) table() render.Table {
	cursor := m.cursor
	if m.inFields && !m.split() {
		cursor = -1
	}
	columns := []render.Column{{Title: "what", Min: 16, Whole: 23}, {Title: "seen", Min: 12}}
	if m.several() {
		columns = slices.Insert(columns, 1, render.Column{Title: "where", Min: 9, Whole: 16})
	}
	return render.Table{Columns: columns, Rows: m.tableRows(),
		Marks: []render.Status{render.OK, render.Warn, render.Fail, render.NotChecked}, Cursor: cursor}
}

// several reports whether there are several addresses, so that a row has to say which it is about.
func (m *Model) several() bool { return len(m.report.Addresses) > 1 }

func (m *Model) tableRows() render.TableRows {
	var out render.TableRows
	for _, at := range m.order {
		r := m.report.Rows[at]
		cells := []render.Untrusted{render.Untrusted(r.Kind.Of().Title), render.Untrusted(r.Detail)}
		if m.several() {
			cells = slices.Insert(cells, 1, render.Untrusted(r.Address))
		}
		out = append(out, render.TableRow{Status: statuses[r.Outcome], Ghost: r.Outcome == verify.NotChecked, Cells: cells})
	}
	return out
}

// settle makes the screen fit together after a change: what is said is said of the row under the cursor.
func (m *Model) settle() {
	if m.small() || len(m.order) == 0 {
		return
	}
	as := shown{m.order[m.cursor], len(m.trace.Entries), m.done}
	if m.fields == nil || as != m.fieldsOf {
		m.fields, m.fieldsOf = m.said(m.report.Rows[as.row]), as
	}
	w, h := m.fieldsSize()
	m.fields.LayOut(m.Look, w, h)
}

// said is what there is to say of a row.
func (m *Model) said(r inspect.Row) *pane.Content {
	b := &story.Builder{Look: m.Look}
	k := r.Kind.Of()
	b.Section(outcomeWords(r.Outcome) + ": " + k.Claim)
	if r.Address != "" {
		b.Field("address:", r.Address)
	}
	b.Field("seen:", r.Detail)
	if advice := r.Advice(); advice != "" {
		b.Field("what to do:", advice)
	}
	b.Say(k.Why)
	b.Cite("rule:", k.Rule)
	if i := slices.IndexFunc(m.report.Findings, func(f diagnose.Finding) bool {
		return f.ID == r.Finding
	}); r.Finding != "" && i >= 0 {
		m.tellFinding(b, m.report.Findings[i])
	}
	if r.Kind == inspect.WellKnown || r.Kind == inspect.SRV || r.Kind == inspect.Addresses {
		m.tellSearch(b)
	}
	m.tellEvidence(b, r)
	return &pane.Content{Text: &b.Prose}
}

func outcomeWords(o verify.CheckOutcome) string {
	return map[verify.CheckOutcome]string{verify.Pass: "passes", verify.Warn: "warning", verify.Fail: "fails",
		verify.NotChecked: "not checked"}[o]
}

func (m *Model) tellFinding(b *story.Builder, f diagnose.Finding) {
	b.Section(f.ID + ": " + f.Title)
	b.Say(f.Cause)
	b.Field("what to do:", f.Advice)
	for _, line := range f.Try {
		b.Command("try:", line)
	}
	if f.Apart != "" {
		b.Field("how to be sure:", f.Apart)
	}
	b.Cite("source:", f.Source)
}

// tellSearch tells every step of the search for the server.
func (m *Model) tellSearch(b *story.Builder) {
	for i := range m.trace.Entries {
		e := &m.trace.Entries[i]
		if e.Discovery == nil || e.Server != m.report.Server {
			continue
		}
		b.Section("How it is found, by the steps of the specification")
		for _, s := range e.Discovery.Steps {
			mark := "aside"
			if s.Used {
				mark = "used"
			}
			b.Field(string(s.Rule)+" "+mark+":", s.Action+": "+s.Result)
		}
		return
	}
}

// tellEvidence tells the exchanges that a row rests on: what was asked, and what came.
func (m *Model) tellEvidence(b *story.Builder, r inspect.Row) {
	const mostBody = 1500 // bytes of an answer that are shown
	for _, seq := range r.Evidence {
		e := m.trace.Entry(seq)
		if e == nil || e.Discovery != nil {
			continue
		}
		asked := e
		if e.Answers > 0 {
			asked = m.trace.Entry(e.Answers)
		}
		b.Section(fmt.Sprintf("Entry %d", seq))
		if asked != nil && asked.Request != nil {
			b.Put(b.Text, asked.Request.Method+" "+asked.Request.Target)
		}
		m.tellAnswer(b, e, mostBody)
	}
}

func (m *Model) tellAnswer(b *story.Builder, e *flow.Entry, most int) {
	if e.Failure != nil {
		b.Field("failed:", e.Failure.Message)
	}
	if c := e.Connection; c != nil && c.TLS != nil {
		b.Field("TLS:", strings.Join([]string{c.TLS.Version, c.TLS.CipherSuite, c.TLS.ALPN}, " "))
		for _, cert := range c.TLS.Certificates {
			b.Field("certificate:", fmt.Sprintf("%s, by %s, %s to %s, for %s", cert.Subject, cert.Issuer,
				cert.NotBefore.UTC().Format("2006-01-02"), cert.NotAfter.UTC().Format("2006-01-02"),
				strings.Join(cert.Names[:min(len(cert.Names), 8)], ", ")))
		}
	}
	if e.Response == nil {
		return
	}
	b.Field("answer:", fmt.Sprintf("%d %s, after %s", e.Response.Status, e.Response.Reason, render.Duration(e.Took)))
	for _, f := range e.Response.Header[:min(len(e.Response.Header), 20)] {
		b.Put(b.Dim, f.Name+": "+f.Value)
	}
	body := e.Response.Body
	b.Put(b.Text, string(body[:min(len(body), most)]))
	if more := len(body) - most; more > 0 {
		b.Remark(fmt.Sprintf("and %s more", story.Size(more)))
	}
}
