package ui

// A subject is the event that the views of events are about: its ID, which copy of it, and how it was chosen.
type subject struct {
	id, where string // where is empty for the copy that counts
	from      chosenBy
}

// chosenBy says how a subject was chosen.
type chosenBy int

const (
	byNobody         chosenBy = iota // it is our join, for want of another
	selectedInEvents                 // by the cursor of the tab Events
	underBodyCursor                  // by the cursor of the body of the answer
	ofTheRow                         // the row is about it
)

func (c chosenBy) words() string {
	switch c {
	case selectedInEvents:
		return "The event selected in the tab Events; its first row is our join."
	case underBodyCursor:
		return "The event under the cursor of the body."
	case ofTheRow:
		return "The event of this row."
	}
	return ""
}
