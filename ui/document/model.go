package document

import (
	"strings"

	"doorstep/flow/shell"
	"doorstep/render"
	"doorstep/ui/story"
)

// A Document is all that there is to tell of a handshake, as drawable text.
type Document struct {
	Title   string // what was to be joined, and by whom
	Verdict string // how it ended, a sentence without a full stop
	Status  render.Status
	Undo    shell.Text // the command that takes the join back; empty: there is nothing to take back, or we know of nothing
	Undoes  string     // what may stand in the room
	Facts   []Field
	Made    string // what recorded it, and when

	Redacted string // what was taken out; empty: it is as it was recorded

	Lanes    []Lane
	Rows     []Row
	Payloads []Payload
	Parts    []Part // what was changed on purpose, the join candidates, what was left out, the probes
	Changes  Changes
	Sets     *Sets // nil: no answer to send_join was verified
	Checks   Checks
	Findings []Finding
}

// A Field is a name and what stands there.
type Field struct{ Name, Value string }

// A Lane is a role in the handshake.
type Lane struct{ Role, Host, Sub string }

// A Part is a few lines under a heading.
type Part struct {
	Heading string
	Lines   []Line
}

// A Line is a line of a Part, and whether it goes on about the one before.
type Line struct {
	Text  string
	Under bool
}

// Changes is what became of the fields of the protoevent.
type Changes struct {
	List   []Change // all but the fields that were copied
	Copied int
	More   int  // how many are not listed
	None   bool // nothing was made that could be compared
}

// A Change is what became of one field.
type Change struct {
	Path, Kind, From, To, Why string
	Sources                   []Source
}

// A Source is a place that is cited.
type Source struct{ Text, URL string }

// Checks counts the checks, and lists those on our join and those that did not pass, the worst first.
type Checks struct {
	Words  string // how many there were, and what became of them; empty: none was made
	Failed bool
	List   []Check // those that did not pass
	Passed []Check // those on our join that did; all of them where they were asked for
	More   int     // how many are not listed
}

// A Check is one check.
type Check struct {
	Status                        render.Status
	Name, Subject, Detail, Others string
	Field                         string
	Sources                       []Source
}

// A Finding is a cause that was found, or something worth knowing.
type Finding struct {
	ID, Severity, Title, Cause, Advice, Apart string
	Suspect                                   bool
	Status                                    render.Status
	Try                                       []shell.Text
	Evidence                                  []Evidence
	More                                      int // pieces of evidence that are not listed
	Notes                                     []string
	Sources                                   []Source
}

// Evidence is an entry that a finding rests on.
type Evidence struct {
	Number int
	Anchor string // of the payload; empty: it is not shown
	Words  string
}

// A Row is one row of the ladder.
type Row struct {
	Kind     render.RowKind
	Status   render.Status
	Number   int    // of the entry; 0: there is none
	Anchor   string // of the payload; empty: there is none
	Step     string
	From, To int // lanes; equal for work on one
	At       string
	Took     string // empty: not known, or nothing
	Label    string
	Reason   string // what stopped a failure
	Way      string // from whom to whom
	Inferred bool   // nobody saw it
	Waiting  bool   // it has no answer
}

// title says in a line what the payload is.
func (r Row) title() string {
	words := []string{r.Step}
	if r.Way != "" {
		words = append(words, r.Way+":")
	}
	words = append(words, r.Label)
	if r.Reason != "" {
		words = append(words, "— "+r.Reason)
	}
	return strings.Join(words, " ")
}

// isArrow reports whether a row goes from one lane to another.
func isArrow(k render.RowKind) bool {
	return k == render.Request || k == render.Response || k == render.Failure
}

// sign is the sign of a status; empty where there is nothing to say.
func sign(s render.Status) string { return s.Glyph(render.Unicode()) }

// A Payload is all there is to see of a row: everything about the exchange, and its body.
type Payload struct {
	Row
	Head []story.Block
	Body Body
}

// A Body is the bytes of a payload as lines.
type Body struct {
	Title string // what is shown, and how; empty: there is no body
	Lines []BodyLine
	Cut   string // what is not shown; empty: all of it is
}

// A BodyLine is a line of a body. Of indented JSON the key and the value are told apart.
type BodyLine struct {
	Indent, Key, Value string
	Class              string // of the value: string, number, literal, or nothing
}

// Sets is what came back: state against auth_chain.
type Sets struct {
	Why                        string // an auth_chain is sent at all
	State, AuthChain           int
	Both, StateOnly, ChainOnly int
	Invalid, Unproven          string // why the answer would be refused as a whole, or is not proven; empty: it is neither
	Events                     []Event
	More                       int // events that are not listed
}

// An Event is one event of the answer: in which list it is, and what became of its checks.
type Event struct {
	Words, ID, Place, Why string
	Status                render.Status
}
