package story

// A Subject is the event that the views of events are about: its ID, which copy of it, and how it was chosen.
type Subject struct {
	ID, Where string // where is empty for the copy that counts
	From      chosenBy
}

// chosenBy says how a subject was chosen.
type chosenBy int

const (
	byNobody         chosenBy = iota // it is our join, because there is no other
	SelectedInEvents                 // by the cursor of the tab Events
	UnderBodyCursor                  // by the cursor of the body of the answer
	OfTheRow                         // the row is about it
)

// Words says how the event was chosen, in a sentence; empty where nobody chose it.
func (c chosenBy) Words() string {
	switch c {
	case SelectedInEvents:
		return "The event selected in the tab Events; its first row is our join."
	case UnderBodyCursor:
		return "The event under the cursor of the body."
	case OfTheRow:
		return "The event of this row."
	}
	return ""
}
