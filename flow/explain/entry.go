package explain

import (
	"strings"

	"doorstep/flow/citation"
)

// A Kind is a sort of thing that can be explained.
type Kind string

// The kinds, the most general first: that is how entries of one name are ordered.
const (
	Term      Kind = "term"       // a word of the field, at no place in particular
	Role      Kind = "role"       // client, joining, directory, resident
	Step      Kind = "step"       // A1 to A8, L1, L2, U1 to U4, and what lies under an arrow
	Field     Kind = "field"      // a field of a JSON body
	EventType Kind = "event type" // m.room.member and its like
	Header    Kind = "header"     // an HTTP header
	XMatrix   Kind = "x-matrix"   // a parameter of the Authorization header
	Query     Kind = "query"      // a parameter of a request target
	Check     Kind = "check"      // by its name in flow/verify
	Rule      Kind = "rule"       // an authorisation rule, by room version and number
	Discovery Kind = "discovery"  // a rule by which a server name is resolved
	Finding   Kind = "finding"    // a cause in the catalogue of flow/diagnose, by its ID
)

// A Section is one of the texts of an entry.
type Section int

// The sections, in their order. An entry has those that Kinds wants, and may have the others.
const (
	What Section = iota
	Who
	Why
	Wrong
	In2015
	Today
	Advice
	Apart
	Elsewhere
)

// sections are the headings of the sections. The first has none in a file.
var sections = [...]string{"What it is", "Who sets it", "Why", "When it is wrong", "In 2015", "Today", "What to do",
	"How to be sure", "Where to look"}

// String is the heading of a section in a file.
func (s Section) String() string { return sections[s] }

// Sections returns all sections, in their order.
func Sections() []Section {
	out := make([]Section, len(sections))
	for i := range out {
		out[i] = Section(i)
	}
	return out
}

// Heading is the heading of a section to a reader of the entry: nobody sets a step, and a finding is not defined.
func (e *Entry) Heading(s Section) string {
	switch {
	case s == Who && e.Kind == Step:
		return "Who does it"
	case s == What && e.Kind == Finding:
		return "Cause"
	}
	return s.String()
}

// A KindOf is one row of the table of kinds: what its entries have to hold.
type KindOf struct {
	Kind   Kind
	Plural string
	Has    []Section
	Placed bool // every entry has an address
}

// Kinds returns the kinds in their order.
func Kinds() []KindOf { return kinds[:] }

var kinds = [...]KindOf{
	{Term, "terms", []Section{What, Why}, false},
	{Role, "roles", []Section{What, Why}, true},
	{Step, "steps", []Section{What, Who, Why, Wrong}, true},
	{Field, "fields", []Section{What, Who, Why, Wrong}, true},
	{EventType, "event types", []Section{What, Who, Why, Wrong}, true},
	{Header, "headers", []Section{What, Who, Why, Wrong}, true},
	{XMatrix, "X-Matrix parameters", []Section{What, Who, Why, Wrong}, true},
	{Query, "query parameters", []Section{What, Who, Why, Wrong}, true},
	{Check, "checks", []Section{What, Why, Wrong}, true},
	{Rule, "authorisation rules", []Section{What, Why, Wrong}, true},
	{Discovery, "rules of discovery", []Section{What, Why}, true},
	{Finding, "findings", []Section{What, Advice}, false},
}

// place is the place of a kind in the table; -1 when it is none.
func (k Kind) place() int {
	for i, row := range kinds {
		if row.Kind == k {
			return i
		}
	}
	return -1
}

// An Entry explains one thing. Texts are paragraphs without line breaks; what stands in backquotes is to be read
// literally.
type Entry struct {
	Kind  Kind             `json:"kind"`
	Name  string           `json:"name"`
	At    []Address        `json:"at,omitempty"`
	Title string           `json:"title,omitempty"` // in a few words: of a step what is done, of a finding what happened
	Also  []string         `json:"also,omitempty"`  // other words for it
	See   []Reference      `json:"see,omitempty"`
	Spec  []citation.Place `json:"spec,omitempty"`
	// Cited are those places as they are cited in the file.
	Cited string `json:"-"`

	What   []string `json:"what"`
	Who    []string `json:"who_sets_it,omitempty"` // of a step: who sends it, or does the work
	Why    []string `json:"why,omitempty"`
	Wrong  []string `json:"when_it_is_wrong,omitempty"`
	In2015 []string `json:"in_2015,omitempty"`
	Today  []string `json:"today,omitempty"`

	Advice    []string `json:"what_to_do,omitempty"`     // of a finding
	Apart     []string `json:"how_to_be_sure,omitempty"` // ... what tells it from a cause that looks alike
	Elsewhere []string `json:"where_to_look,omitempty"`  // ... that cannot be seen from the joining server

	// File and Line say where the entry begins.
	File string `json:"-"`
	Line int    `json:"-"`
}

// Text returns the paragraphs of a section; none where the entry does not have it.
func (e *Entry) Text(s Section) []string { return *e.text(s) }

func (e *Entry) text(s Section) *[]string {
	return [...]*[]string{&e.What, &e.Who, &e.Why, &e.Wrong, &e.In2015, &e.Today, &e.Advice, &e.Apart, &e.Elsewhere}[s]
}

// Gist is the first sentence of what the thing is; of a finding what happened.
func (e *Entry) Gist() string {
	if e.Kind == Finding {
		return e.Title
	}
	if len(e.What) == 0 {
		return ""
	}
	text := e.What[0]
	for i := 0; i < len(text); i++ {
		end := strings.IndexByte(text[i:], '.')
		if end < 0 {
			return text
		}
		i += end
		if i+1 == len(text) || text[i+1] == ' ' && i+2 < len(text) && text[i+2] != ' ' && !lower(text[i+2]) {
			return text[:i+1]
		}
	}
	return text
}

func lower(c byte) bool { return 'a' <= c && c <= 'z' }

// An Address is the place that an entry is about, as "at" gives it:
//
//   - a field: the object and the folded JSON pointer, as FieldAt makes it;
//   - a header: its name in lower case; an x-matrix: its name;
//   - a query: the endpoint and the name, as in "make_join ver";
//   - a rule: the room version and the number, as in "11 4.3.1";
//   - a step: its code, or "R" and what is done: see StepAt;
//   - a role, an event type, a check, a rule of discovery: its name in the code.
type Address struct {
	Kind  Kind   `json:"kind"`
	Where string `json:"where"`
}

// At makes an address.
func At(k Kind, where string) Address {
	if k == Header {
		where = strings.ToLower(where)
	}
	return Address{k, where}
}

// A Reference names another entry: its kind, and its name or, where several of the kind have one name, its address.
type Reference struct {
	Kind Kind   `json:"kind"`
	Name string `json:"name"`
}

// String is a reference as it is written in a file, and as it can be asked for: "field/auth_events".
func (r Reference) String() string { return string(r.Kind) + "/" + r.Name }
