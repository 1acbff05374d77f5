package tour

// A Chapter is a part of the tour.
type Chapter struct {
	Name  string `json:"name"` // as the command line spells it
	Title string `json:"title"`
	About string `json:"about"`
	Stops []Stop `json:"stops"`
}

// A Stop is one thing to look at in a handshake, and a question about it.
type Stop struct {
	Name     string   `json:"name"` // the only one of that name in the whole tour
	Title    string   `json:"title"`
	Scenario string   `json:"scenario"`
	At       Selector `json:"at"`
	Tab      string   `json:"tab,omitempty"`  // empty: the row says all
	Look     string   `json:"look,omitempty"` // a JSON pointer into the body of the entry; of the tab Diff, to a field
	Shows    []Claim  `json:"shows,omitempty"`
	See      []string `json:"see,omitempty"` // as in "field/origin", "finding/banned"

	Text     string   `json:"text"`
	Question string   `json:"question"`
	Choices  []Choice `json:"choices"`

	// File and Line say where the stop begins.
	File string `json:"-"`
	Line int    `json:"-"`
}

// A Choice is something that may be the answer.
type Choice struct {
	Text  string `json:"text"`
	Right bool   `json:"right"`
	Reply string `json:"reply"` // to whoever takes it: why it is wrong, or the whole answer
}

// Right is the index of the choice that is right.
func (s *Stop) Right() int {
	for i, c := range s.Choices {
		if c.Right {
			return i
		}
	}
	return -1
}

// Find returns where a stop is, by its name; false where there is none.
func Find(chapters []Chapter, stop string) (chapter, at int, ok bool) {
	for i, c := range chapters {
		for j := range c.Stops {
			if c.Stops[j].Name == stop {
				return i, j, true
			}
		}
	}
	return 0, 0, false
}
