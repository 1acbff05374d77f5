package ui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/recording"
	"doorstep/render"
	"doorstep/ui/layout"
	"doorstep/ui/pane"
	"doorstep/ui/story"
	"doorstep/ui/tab"
	"doorstep/ui/theme"
)

// A handshake is the screen of one trace: the ladder, the payload of the selected row, what there is to say about it.
type handshake struct {
	theme.Look
	id     int    // messages of another run are not for this one
	name   string // the scenario or recording, as it was asked for
	direct bool   // it was opened from the command line: leaving it quits
	src    Source
	live   bool
	stop   func()
	ctx    context.Context
	end    context.CancelFunc

	reading  *recording.Stream // what is shown is being read from; nil: all of it is there
	whole    flow.Trace
	latest   flow.State    // what whole leads to
	unkeyed  int           // servers whose keys latest lacks and that can be asked again
	shown    int           // entries of whole that are shown
	held     bool          // it was to be shown from its start
	prefixes flow.Prefixes // of whole

	latestFindings []diagnose.Finding         // of whole
	findingsAt     map[int][]diagnose.Finding // of shorter prefixes, by their entries

	view     story.View
	madeOf   storyKey // what story was made of
	story    story.Story
	rows     rowCount // of story, where a filter leaves some out
	ladder   render.Ladder
	drawn    []string // the ladder, as it was drawn last
	drawnAs  ladderKey
	arrived  string // how much of an answer has come, as its row says
	findings []diagnose.Finding
	finding  string      // ID of the one gone to last
	looking  bool        // they are being looked for
	at       story.RowID // the selected row
	follow   bool        // selects what comes in
	top      int         // first row of the ladder
	head     int         // the lane whose head has the cursor instead, counted from 1; 0: none

	width, height int
	away          bool // none of the panes has the keys: something below them has
	prefers       layout.Preference
	layout        layout.Layout
	pane          layout.Pane
	tab           tab.Tab
	picked        bool        // the reader chose the tab
	levels        []level     // opened one over the other, as Esc goes back through them
	unzoomed      layout.Pane // had the keys when a pane got the whole screen
	opt           render.LadderOptions

	bodies    map[int]*pane.Content // by Seq
	loading   map[int]*loading
	main      *pane.Content
	mainKey   contentKey
	events    *pane.Events // of the answer to send_join; nil: there is none yet
	listing   listOf       // of what a list is being made in the background
	opening   *opening     // the page to open once they are
	pursuit   pursuit      // of what the list is to show
	filtering *filtering   // a filter that is being typed; nil: none is
	attention attention
	marks     []int         // entries that are marked, in that order
	chosen    chosenPair    // what Diff compares instead of the first pair of the row
	compared  comparedPair  // how that compares
	asked     asked         // what Why explains instead of the row
	resumes   place         // in the text that is shown next
	side      *pane.Content // the Why next to it
	sideKey   contentKey
	find      string // what is searched for
	search    search
	dragging  bool // the border between the panes

	count   string      // digits typed
	digitAt time.Time   // when the last of them came
	before  []tabChoice // the tab before each of them
	now     func() time.Time

	playing playing // what was recorded

	going  bool // does step after step
	busy   bool // a step is being done
	cancel context.CancelFunc
	had    int           // entries there were when it was begun
	since  time.Time     // when it was first counted
	waited time.Duration // as last counted
	after  func(time.Duration, func(time.Time) tea.Msg) tea.Cmd

	others bool // there are recordings that it can be compared with

	consent consent // to sending the join

	kin      *kin       // the branches of the same handshake; nil: this is the only one
	unedited *handshake // goes along without the last change; nil: nothing does
	steps    int        // done since the screen was opened, or its branch began
	told     int        // the changed entry whose answer was told

	unrecorded bool // that it cannot be recorded was said
}

// A storyKey says what a story depends on: as long as it stays the same, so does the story.
type storyKey struct {
	shown  int
	filter story.Filter
	phases bool
	ghost  bool
	change int // of folds and marks
}

// A ladderKey says what the drawn ladder depends on.
type ladderKey struct {
	story       storyKey
	area        layout.Rect
	opt         render.LadderOptions
	cursor, top int
	head        int
	arrived     string
}

// A contentKey says what a content depends on.
type contentKey struct {
	at      story.RowID
	tab     tab.Tab
	shown   int
	failure int
	field   string
}

// trace is the prefix that is shown.
func (h *handshake) trace() flow.Trace { return h.whole.Prefix(h.shown) }

// resize takes a new size.
func (h *handshake) resize(width, height int) { h.width, h.height = width, height }

// selected is the row that is selected; false when there is none.
func (h *handshake) selected() (story.Row, bool) {
	i, ok := h.story.Index(h.at)
	if !ok {
		return story.Row{}, false
	}
	return h.story.Rows[i], true
}

func (h *handshake) scene() *story.Scene {
	r, _ := h.selected()
	s := &story.Scene{Look: h.Look, Phrases: story.Phrases{Signs: h.Look.Signs}, Trace: h.trace(), State: h.story.State,
		Row: r, Next: h.story.Next, Findings: h.findings}
	if c := h.bodies[r.ID.Seq]; c != nil {
		s.Field = c.Path()
	}
	if h.chosen.row == h.at {
		s.Chosen = h.chosen.choice
	}
	if u := h.unedited; u != nil {
		s.Unedited = &u.whole
	}
	if h.asked.row == h.at && h.tab == h.asked.on {
		s.Asked = h.asked.thing
	}
	return s
}

// branches are all branches of a handshake; itself, where there is no other.
func (h *handshake) branches() []*handshake {
	if h.kin == nil {
		return []*handshake{h}
	}
	return h.kin.all
}
