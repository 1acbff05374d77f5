package compare

import (
	"slices"
	"strings"

	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// A CandidateRow says what became of one join candidate: a row of the table that compares them.
type CandidateRow struct {
	Server      string  `json:"server"`
	From        string  `json:"from"`         // who named it: directory, alias, invite, via
	Address     string  `json:"address"`      // IP and port its answer came from; empty: none came
	Software    string  `json:"software"`     // what it says it runs; asked for only where every candidate is
	Status      int     `json:"status"`       // of its answer to make_join; 0: none
	Errcode     string  `json:"errcode"`      //
	Error       string  `json:"error"`        // its words, or why there is no answer
	TookMS      float64 `json:"took_ms"`      // make_join alone
	RoomVersion string  `json:"room_version"` // of its protoevent
	// whether its protoevent agrees with the first good one: "first", "yes", or in what it differs; empty: it gave none
	Agrees string `json:"agrees"`
}

// CandidateRows returns a row for every join candidate, in the order in which they are asked.
func CandidateRows(t flow.Trace, s flow.State) []CandidateRow {
	answers := map[string]*flow.Entry{}
	for i := range t.Entries {
		if e := &t.Entries[i]; e.Step == flow.A5 && (e.Kind == flow.Response || e.Kind == flow.Failure) {
			answers[e.Server] = e
		}
	}
	var first []byte
	var rows []CandidateRow
	for _, c := range s.Candidates {
		r := CandidateRow{Server: c.Server, From: c.From, Software: c.Software}
		e := answers[c.Server]
		switch {
		case e == nil:
			r.Error = c.Why
		case e.Failure != nil:
			r.Error = e.Failure.Message
		default:
			r.Status = e.Response.Status
			if !response.Succeeds(e.Response) {
				f := response.RefusalOf(e.Response)
				r.Errcode, r.Error = f.Errcode, f.Message
				break
			}
			template := e.Template()
			if template.RoomVersion != nil {
				r.RoomVersion = template.RoomVersion.ID
			}
			if r.Error = verify.RefusedBy(s.CheckTemplate(template, "join")); r.Error != "" {
				break
			}
			if first == nil {
				first, r.Agrees = template.Event, "first"
			} else {
				r.Agrees = agreement(first, template.Event)
			}
		}
		if e != nil {
			r.TookMS = flow.Milliseconds(e.Took)
			if e.Connection != nil {
				r.Address = e.Connection.Address
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// agreement compares two protoevents of one join. When they were made, and by whom, makes no difference; what the
// join would rest on does.
func agreement(a, b []byte) string {
	var differs []string
	of := func(raw []byte) map[string][]byte {
		out := map[string][]byte{}
		for _, f := range flow.FieldsOf(raw) {
			out[f.Path] = f.Value
		}
		return out
	}
	fa, fb := of(a), of(b)
	for _, path := range []string{"/auth_events", "/prev_events", "/depth", "/content/membership",
		"/content/join_authorised_via_users_server"} {
		if !sameJSON(fa[path], fb[path], path) {
			differs = append(differs, strings.TrimPrefix(path, "/"))
		}
	}
	if differs == nil {
		return "yes"
	}
	return "differs: " + strings.Join(differs, ", ")
}

// sameJSON reports whether two values are the same but for spelling; lists of references also but for their order.
func sameJSON(a, b []byte, path string) bool {
	if path == "/auth_events" || path == "/prev_events" {
		ea, errA := event.Elements(a)
		eb, errB := event.Elements(b)
		if errA == nil && errB == nil {
			canonical := func(list [][]byte) []string {
				var out []string
				for _, e := range list {
					c, _ := event.Canonical(e, false)
					out = append(out, string(c))
				}
				slices.Sort(out)
				return out
			}
			return slices.Equal(canonical(ea), canonical(eb))
		}
	}
	ca, _ := event.Canonical(a, false)
	cb, _ := event.Canonical(b, false)
	return string(ca) == string(cb)
}
