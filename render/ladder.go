package render

import (
	"slices"
	"strings"
	"time"
)

// A Ladder is a sequence diagram: lanes side by side, rows in the order things happened.
type Ladder struct {
	Lanes  []Lane // in fixed order, whatever happened; see [Ladder.Merged] for servers in several roles
	Rows   []Row
	Start  time.Time // when the handshake began, for clock times; zero if not known
	Cursor int       // the selected row; -1 for none
	Top    int       // the first row wanted on screen; the cursor is kept visible all the same
	Head   int       // the lane whose head has the cursor instead of the row, counted from 1; 0: none has
}

// A Lane is a role in the handshake.
type Lane struct {
	Role   string
	Host   Untrusted // the server in that role; the user, for a client
	Sub    Untrusted // its software or delegated name; shown where the header has two lines
	Merged bool      // several roles of one server: the header reads "c.org = Directory + Resident"
	Many   int       // servers that had the role in turn, when more than one: the header counts them and names none
}

// A RowKind is what a row of a [Ladder] stands for.
type RowKind int

// The kinds of row.
const (
	Request  RowKind = iota
	Response         // received, or awaited while Waiting is set
	Failure          // a request no answer came to: its shaft stops short of the other lane
	Local            // work of one server
	Note             // a remark; in the space between From and To when they differ
	Gap              // time passing: Took
	Phase            // the head of a group of rows
	Ghost            // the next message, not sent yet; the next local work if From is To
)

// A Row is one event of a [Ladder].
type Row struct {
	Kind        RowKind
	Number      int           // how the row is called elsewhere; 0: not at all
	From, To    int           // lanes; equal for work on one lane
	At          time.Duration // since the ladder's start; negative if there is no time to show
	Took        time.Duration // 0 if not known
	Label       []Untrusted   // parts by importance; cut from the right
	Reason      Untrusted     // what stopped a Failure: "timeout 10.0s"; cut last
	Status      Status
	Attempt, Of int  // of a request that is tried at several servers; drawn when Of > 1
	Waiting     bool // sent and not answered yet: the shaft is dashed; an awaited Response has no head
	Marked      bool // the first marked row is the zero of [TimeSinceMark]
	Folded      bool // a Phase whose rows are hidden
	Inferred    bool // nobody saw it: it is drawn faintly, and says so
}

// A TimeMode says what the time column shows.
type TimeMode int

// The time modes, in the order of [TimeMode.Next].
const (
	TimeAuto      TimeMode = iota // since the start; clock and delta where there is room
	TimeRelative                  // since the start
	TimeDelta                     // since the row before
	TimeSinceMark                 // since the first marked row
	TimeClock                     // of day, in the zone of the ladder's start
)

// Next returns the mode after m, around.
func (m TimeMode) Next() TimeMode { return (m + 1) % (TimeClock + 1) }

func (m TimeMode) String() string {
	return [...]string{"automatic", "since the start", "since the row before", "since the marked row", "time of day"}[m]
}

// An ArrowMode says how many lines an arrow takes.
type ArrowMode int

// The arrow modes.
const (
	ArrowAuto ArrowMode = iota // two lines from 30 lines of height on
	ArrowOne                   // label inside the shaft
	ArrowTwo                   // label above the shaft
)

// LadderOptions say how a ladder is drawn. The zero value follows from the size alone.
type LadderOptions struct {
	Time  TimeMode
	Arrow ArrowMode
	Pan   int  // lanes scrolled to the left where not all fit; [Ladder.Pans] is the most
	Bars  bool // a column of durations, from 160 columns on
	Spill bool // local work runs on over the lanes, also when all is well
}

const (
	listWidth  = 60 // below: a list
	tallHeight = 30 // from here on: two-line header, two-line arrows
	wideTime   = 100
	barWidth   = 160
	barColumns = 18
	minPitch   = 12
	maxPitch   = 44
	wantPitch  = 24 // what labels need between neighbours, where most arrows pass over a lane
	longPitch  = 34 // where names are long, or no lane is passed over
	clockTime  = 15 // what clock and delta take beyond the time since the start
)

// Merged returns l with the lanes of one host drawn as one, at the place of the first of them. Messages between them
// become work of that lane.
func (l Ladder) Merged() Ladder {
	to := make([]int, len(l.Lanes))
	var lanes []Lane
	for i, lane := range l.Lanes {
		to[i] = len(lanes)
		for j := range lanes {
			if lane.Host != "" && lanes[j].Host == lane.Host {
				to[i] = j
			}
		}
		if to[i] == len(lanes) {
			lanes = append(lanes, lane)
			continue
		}
		into := &lanes[to[i]]
		into.Role += " + " + lane.Role
		into.Merged = true
		if into.Sub == "" {
			into.Sub = lane.Sub
		}
	}
	rows := make([]Row, len(l.Rows))
	for i, r := range l.Rows {
		if l.has(r.From) && l.has(r.To) {
			r.From, r.To = to[r.From], to[r.To]
		}
		rows[i] = r
	}
	l.Lanes, l.Rows = lanes, rows
	return l
}

func (l Ladder) has(lane int) bool { return lane >= 0 && lane < len(l.Lanes) }

// Draw returns l as exactly height lines of exactly width cells: lane heads, which stay while rows scroll, then rows,
// then empty lanes. Below 60 columns it is a list. Lanes closer than 12 columns make the first one a stub whose
// messages become notes, then scroll sideways next to the second.
func (l Ladder) Draw(st Styles, g Glyphs, width, height int, opt LadderOptions) []string {
	d := l.drawer(g, width, height, opt)
	d.draw()
	return d.lines(&st)
}

// Window returns the rows Draw shows whole at that size, from first up to but not including end.
func (l Ladder) Window(width, height int, opt LadderOptions) (first, end int) {
	d := l.drawer(Glyphs{}, width, height, opt)
	return d.first, d.end
}

// RowAt returns the row drawn on line y; false for a line that shows none.
func (l Ladder) RowAt(width, height, y int, opt LadderOptions) (row int, ok bool) {
	d := l.drawer(Glyphs{}, width, height, opt)
	at := d.head
	for i := d.first; i < len(l.Rows) && at < height; i++ {
		if h := d.rowHeight(i); y >= at && y < at+h {
			return i, true
		}
		at += d.rowHeight(i)
	}
	return 0, false
}

// Heads reports whether a ladder of that width has a head over each lane: a list has not.
func (l Ladder) Heads(width int, opt LadderOptions) bool { return !place(l, width, opt).list }

// InView reports whether a lane is drawn, and is not panned out of view.
func (l Ladder) InView(lane, width int, opt LadderOptions) bool {
	p := place(l, width, opt)
	return !p.list && l.has(lane) && p.x[lane] >= 0
}

// LaneAt returns the lane whose head is drawn nearest to column x, where line y shows heads.
func (l Ladder) LaneAt(width, height, x, y int, opt LadderOptions) (lane int, ok bool) {
	d := l.drawer(Glyphs{}, width, height, opt)
	if d.p.list || y < 0 || y >= d.head {
		return 0, false
	}
	far := func(at int) int { return max(at-x, x-at) }
	lane = -1
	for i, at := range d.p.x {
		if at >= 0 && (lane < 0 || far(at) < far(d.p.x[lane])) {
			lane = i
		}
	}
	return lane, lane >= 0
}

// Pans returns how far a ladder of that width can be panned; 0 when all lanes are in view.
func (l Ladder) Pans(width int, opt LadderOptions) int {
	return place(l, width, opt).pans
}

// Wants returns how wide l should be drawn on a screen of that width so that names and the usual labels fit. It follows
// from the lanes alone, and in steps, so that it stays as rows come in.
func (l Ladder) Wants(screen int) int {
	pitch := wantPitch
	if len(l.Lanes) < 4 {
		pitch = longPitch
	}
	for _, lane := range l.Lanes {
		if max(measure(lane.Host, false, longPitch), Width(lane.Role)) > wantPitch-2 {
			pitch = longPitch
		}
	}
	wants := 2 + 5 + 4 + max(len(l.Lanes)-1, 1)*pitch + 3
	if screen >= 2*wideTime {
		wants = max(wants+clockTime, wideTime)
	}
	return wants
}

// A placement is where the lanes are.
type placement struct {
	x     []int // column of each lane; -1 when out of view
	first int   // the lane drawn as a one-cell stub; -1 for none
	timeW int
	// numberW is the room for numbers of rows, between the times and the first lane.
	numberW int
	pans    int
	list    bool
	bars    bool
	right   int // columns for lanes
}

func place(l Ladder, width int, opt LadderOptions) placement {
	p := placement{first: -1, timeW: 5, list: width < listWidth || len(l.Lanes) == 0, x: make([]int, len(l.Lanes)),
		right: width}
	p.bars = opt.Bars && width >= barWidth
	if p.bars {
		p.right -= barColumns
	}
	switch opt.timeMode(width, l) {
	case TimeClock:
		p.timeW = 12
	case TimeAuto:
		p.timeW = 20
	}
	p.numberW = l.numberWidth()
	x0 := 2 + p.timeW + max(4, 1+p.numberW)
	n, room := len(l.Lanes), p.right-3-x0
	if p.list {
		return p
	}
	if pitch := room / max(n-1, 1); pitch >= minPitch || n <= 2 {
		for i := range p.x {
			p.x[i] = x0 + i*min(max(pitch, minPitch), maxPitch)
		}
		return p
	}
	// The stub takes one column and a blank next to it; lane 1 stays, the others share what is left.
	p.first = 0
	p.x[0] = x0
	x1 := x0 + 2
	room -= 2
	fit := min(room/minPitch, n-2)
	if fit < 1 {
		p.list = true
		return p
	}
	p.pans = n - 2 - fit
	pan := min(max(opt.Pan, 0), p.pans)
	p.x[1] = x1
	for i := 2; i < n; i++ {
		p.x[i] = -1
		if at := i - 2 - pan; at >= 0 && at < fit {
			p.x[i] = x1 + (at+1)*min(room/fit, maxPitch)
		}
	}
	return p
}

// timeMode returns the mode to use; TimeAuto stands for clock and delta side by side.
func (o LadderOptions) timeMode(width int, l Ladder) TimeMode {
	switch {
	case o.Time == TimeClock && (l.Start.IsZero() || width < listWidth):
		return TimeRelative
	case o.Time == TimeAuto && (l.Start.IsZero() || width < wideTime):
		return TimeRelative
	}
	return o.Time
}

// numberWidth returns the cells of the longest number of a row.
func (l Ladder) numberWidth() int {
	most := 0
	for _, r := range l.Rows {
		most = max(most, r.Number)
	}
	return len(itoa(most))
}

// label returns the parts of r, the attempt after the first, with sep between them.
func (r Row) label(sep string, long bool) Untrusted { return joined(r.parts(long), sep) }

// parts returns what r says by importance, the attempt after the first.
func (r Row) parts(long bool) []string {
	parts := make([]string, 0, len(r.Label)+1)
	for _, part := range r.Label {
		parts = append(parts, string(part[:min(len(part), lineCells)]))
	}
	if r.Of > 1 {
		attempt := itoa(r.Attempt) + "/" + itoa(r.Of)
		if long {
			attempt = "attempt " + attempt
		}
		parts = slices.Insert(parts, min(1, len(parts)), attempt)
	}
	if r.Inferred {
		parts = append(parts, "")
		parts[0] = "inferred: " + parts[0]
		parts = parts[:max(len(parts)-1, 1)]
	}
	return parts
}

func joined(parts []string, sep string) Untrusted { return Untrusted(strings.Join(parts, sep)) }
