package home

import (
	"doorstep/flow/shell"
	"doorstep/ui/keymap"
)

// A Scenario is one handshake that can be started from the home screen.
type Scenario struct {
	Name    string // as the command line spells it
	Title   string // one line
	Teaches string // what to look for
	Finding string // the ID of the finding it leads to; empty when nothing is wrong
	Group   string // what it is about; empty: nothing in particular
	About   string // what else the filter finds it by: the words of its finding
}

// A Recording is a recorded handshake that can be opened.
type Recording struct {
	Name    string // a name, or the path of a file
	Command string // the command line that opens it
	Title   string // what is to be seen in it; empty: nothing is known
	When    string // when it was recorded, as drawn; empty: that does not matter
	Outcome string // how it ended, as drawn; empty: that is not said
	Group   string
	About   string // what else the filter finds it by
	Check   bool   // it is of a check, not of a handshake
}

// Contents is what the screen offers.
type Contents struct {
	Scenarios  []Scenario
	Recordings []Recording
	Recent     []Recording // the user's own, newest first
	NoRecent   string      // what is said where there are none; empty: they are not offered at all
	Form       bool        // whether a join on the user's server can be filled in
	Tour       bool        // whether there is a tour

	Key func(keymap.Action) string // the key of an action, as people spell it
}

// A Kind is what opening an item does.
type Kind int

// The kinds.
const (
	OpensScenario Kind = iota
	OpensRecording
	OpensCheck // a recording of one
	OpensForm
	OpensTour
)

// An Item is one line that can be opened.
type Item struct {
	Kind Kind
	Name string // of the scenario or the recording

	label, title   string   // what stands on its line
	about, command string   // what is said below while it is selected
	finding        string   // the ID of the finding it leads to
	words          []string // what else the filter finds it by
	double         bool     // stands in another section as well: the filter leaves it out
	first          bool     // the ready handshake
}

// A group is items that can be folded away. Without a title they stand there by themselves.
type group struct {
	title string
	items []Item
}

// A section is a heading and what stands under it.
type section struct {
	title  string
	note   string // stands in for items where there are none
	groups []group
}

// The ready handshake, and one that fails, which the screen offers first.
const (
	readyScenario  = "public-v12"
	brokenScenario = "key-unreachable"
)

// recentShown is how many of the recent recordings are not folded away.
const recentShown = 3

// sections arranges what there is.
func (c Contents) sections() []section {
	var out []section
	add := func(s section) {
		if len(s.groups) > 0 || s.note != "" {
			out = append(out, s)
		}
	}
	add(section{title: "Start here", groups: alone(c.starters())})
	if c.Form {
		add(section{title: "Your server", groups: alone([]Item{form()})})
	}
	add(section{title: "Your recordings, newest first", note: c.NoRecent, groups: c.recent()})
	scenarios := make([]Item, len(c.Scenarios))
	groups := make([]string, len(c.Scenarios))
	for i, s := range c.Scenarios {
		scenarios[i], groups[i] = s.item(), s.Group
	}
	add(section{title: "Sandbox: real handshakes with servers inside this program", groups: grouped(scenarios, groups)})
	recordings := make([]Item, len(c.Recordings))
	groups = make([]string, len(c.Recordings))
	for i, r := range c.Recordings {
		recordings[i], groups[i] = r.item(), r.Group
	}
	add(section{title: "Recordings in this program", groups: grouped(recordings, groups)})
	return out
}

// starters are the ready handshake, the tour, and the handshake that fails.
func (c Contents) starters() []Item {
	var out []Item
	if s, ok := c.pick(readyScenario, func(Scenario) bool { return true }); ok {
		it := s.item()
		it.label, it.title, it.double, it.first = "Step through a join, arrow by arrow", "("+s.Name+")", true, true
		out = append(out, it)
	}
	if c.Tour {
		out = append(out, tour())
	}
	if s, ok := c.pick(brokenScenario, func(s Scenario) bool { return s.Finding != "" }); ok {
		it := s.item()
		it.label, it.title, it.double = "Find out why a join fails", "("+s.Name+")", true
		out = append(out, it)
	}
	return out
}

// pick returns the scenario with that name, otherwise the first that will do.
func (c Contents) pick(name string, willDo func(Scenario) bool) (Scenario, bool) {
	first := -1
	for i, s := range c.Scenarios {
		if s.Name == name {
			return s, true
		}
		if first < 0 && willDo(s) {
			first = i
		}
	}
	if first < 0 {
		return Scenario{}, false
	}
	return c.Scenarios[first], true
}

// recent are the user's own recordings, all but the newest folded away.
func (c Contents) recent() []group {
	var items []Item
	for _, r := range c.Recent {
		items = append(items, r.recentItem())
	}
	n := min(len(items), recentShown)
	out := alone(items[:n])
	if n < len(items) {
		out = append(out, group{"Older", items[n:]})
	}
	return out
}

func tour() Item {
	return Item{Kind: OpensTour, label: "Take the tour", title: "new to Matrix? begin here",
		about: "Real handshakes, stopped wherever there is something to see, with a question before each next step: first " +
			"how it was in 2015, then what changed and why, then how it fails. It goes on where you left it.",
		command: "doorstep learn", words: []string{"learn tutorial course introduction newcomer beginner"}}
}

func form() Item {
	return Item{Kind: OpensForm, label: "Diagnose a join on my server",
		title: "as your server, with its key",
		about: "Fill in room, user and key, and watch where the join fails. Nothing is sent before you have seen the " +
			"command and started it, and the join itself not before you were asked.",
		command: "doorstep join", words: []string{"own real live homeserver form"}}
}

func (s Scenario) item() Item {
	return Item{Kind: OpensScenario, Name: s.Name, label: s.Name, title: s.Title, about: s.Title + ". " + s.Teaches,
		command: string(shell.Line([]string{"doorstep", "sandbox", s.Name})),
		finding: s.Finding, words: []string{s.Finding, s.About, s.Group}}
}

func (r Recording) item() Item {
	kind, what := OpensRecording, "A handshake that was recorded"
	if r.Check {
		kind, what = OpensCheck, "A check that was recorded"
	}
	return Item{Kind: kind, Name: r.Name, label: r.Name, title: r.Title,
		about: sentence(r.Title) + what + "; nothing is sent.", command: r.Command, words: []string{r.Group, r.About}}
}

func (r Recording) recentItem() Item {
	it := r.item()
	it.label, it.title = r.When, r.Title
	if r.Outcome != "" {
		it.title = r.Outcome + "  " + r.Title
	}
	it.words = append(it.words, r.Name)
	return it
}

func sentence(s string) string {
	if s == "" {
		return ""
	}
	return s + ". "
}

// alone are items in no group; no group where there are none.
func alone(items []Item) []group {
	if len(items) == 0 {
		return nil
	}
	return []group{{items: items}}
}

// grouped puts items into the groups they name, in the order in which those are met.
func grouped(items []Item, groups []string) []group {
	var out []group
	at := map[string]int{}
	for i, it := range items {
		n, known := at[groups[i]]
		if !known {
			n = len(out)
			at[groups[i]] = n
			out = append(out, group{title: groups[i]})
		}
		out[n].items = append(out[n].items, it)
	}
	return out
}
