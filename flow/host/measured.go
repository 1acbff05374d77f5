package host

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"doorstep/flow/sandbox"
)

// A Measurement is what one homeserver did in the scenarios, as it was measured.
type Measurement struct {
	Software string         `json:"software"` // name and version
	Results  map[string]Did `json:"results"`  // by scenario
}

// A Did is what a homeserver did in one scenario.
type Did struct {
	Result Result `json:"result"`
	How    string `json:"how,omitempty"`
	// what it did at other times: Synapse asks the servers of a room in an order of chance
	Also []Did `json:"also,omitempty"`
}

// Ever is all that it did, each without Also.
func (d Did) Ever() []Did { return append([]Did{{Result: d.Result, How: d.How}}, d.Also...) }

// Or is a Did with what was done another time.
func (d Did) Or(other Did) Did {
	if !d.Has(other) {
		d.Also = append(slices.Clone(d.Also), Did{Result: other.Result, How: other.How})
	}
	return d
}

// Has reports whether that was done some time.
func (d Did) Has(other Did) bool {
	return slices.ContainsFunc(d.Ever(), func(e Did) bool { return e.Result == other.Result && e.How == other.How })
}

// Short is a Did in a few words.
func (d Did) Short() string {
	var out []string
	for _, e := range d.Ever() {
		text := string(e.Result)
		if e.How != "" {
			text += " (" + e.How + ")"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", or ")
}

//go:embed measured.json
var measured []byte

// Measured is what homeservers were measured to do, in order of their names.
var Measured = sync.OnceValue(func() []Measurement {
	var out []Measurement
	if err := json.Unmarshal(measured, &out); err != nil {
		panic("host: measured.json: " + err.Error()) // a test reads it
	}
	return out
})

// MeasurementOf is what the rows of a homeserver come to.
func MeasurementOf(software string, rows []Row) Measurement {
	m := Measurement{Software: software, Results: map[string]Did{}}
	for _, r := range rows {
		if r.Trouble == "" {
			m.Results[r.Scenario] = r.Did()
		}
	}
	return m
}

// Did is what a row says of what was done.
func (r Row) Did() Did { return Did{Result: r.Result, How: r.How()} }

// How says what was particular about the way a result came to be.
func (r Row) How() string {
	var out []string
	if r.FellBack {
		out = append(out, "fell back to v1")
	}
	if r.Residents > 1 {
		out = append(out, fmt.Sprintf("asked %d servers", r.Residents))
	}
	if r.Again > 0 {
		out = append(out, "sent it again")
	}
	if r.Exited != nil && r.Exited.TimedOut {
		out = append(out, "took too long")
	}
	return strings.Join(out, ", ")
}

// Markdown is the table of rows of one homeserver beside those that were measured.
func Markdown(whose string, rows []Row) string {
	all := []Measurement{}
	if whose != "" {
		all = append(all, MeasurementOf(whose, rows))
	}
	return Table(rows, append(all, Measured()...))
}

// Table is a table of what homeservers did in the scenarios of rows, beside what is asked for.
func Table(rows []Row, all []Measurement) string {
	var b strings.Builder
	b.WriteString("| scenario | what is wrong | the specification asks |")
	for _, m := range all {
		b.WriteString(" " + cell(m.Software) + " |")
	}
	b.WriteString("\n|" + strings.Repeat("---|", 3+len(all)) + "\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "| `%s` | %s | %s |", r.Scenario, cell(r.Title), r.Asks.Says())
		for _, m := range all {
			did, ok := m.Results[r.Scenario]
			if !ok {
				b.WriteString(" |")
				continue
			}
			b.WriteString(" " + cell(r.marked(did)) + " |")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// marked is what was done, with what disagrees with what was asked for in bold.
func (r Row) marked(did Did) string {
	var out []string
	for _, e := range did.Ever() {
		text := e.Short()
		if r.Result = e.Result; r.Agreement() == Disagrees {
			text = "**" + text + "**"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", or ")
}

// cell is a text as it can stand in a table.
func cell(s string) string {
	return strings.Join(slices.Collect(strings.FieldsFuncSeq(strings.ReplaceAll(s, "|", `\|`), func(r rune) bool {
		return r == '\n' || r == '\r'
	})), " ")
}

// Document is the page on what homeservers were measured to do.
func Document(all []Measurement) string {
	var rows []Row
	for _, s := range sandbox.Scenarios() {
		if s.Unhosted() == "" {
			rows = append(rows, Row{Scenario: s.Name, Title: s.Title, Asks: sandbox.DutyOf(s)})
		}
	}
	return `# What homeservers do in hosted rooms

What homeservers did when a user of theirs joined the rooms of ` + "`doorstep host`" + `, one scenario after the other, each with
servers and keys of its own. *joined*: it took the answer. *refused*: it was let in, and left the answer. *failed*: nobody
let it in. *unknown*: it was let in, and nothing shows what it made of that. *absent*: it did not come. Where there are
several it did each at times: Synapse asks the servers of a room in an order of chance. What disagrees with what the
specification asks is bold. Measured by ` + "`go test -run TestHostAll . -update`" + ` in ` + "`flow/interop`" + `, and
written by ` + "`go test ./flow/host -run TestDocument -update`" + `; not edited by hand.

` + Table(rows, all)
}
