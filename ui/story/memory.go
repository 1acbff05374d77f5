package story

import (
	"doorstep/flow"
	"doorstep/render"
)

// A Memory keeps rows from one story for the next of the same trace, be that longer or shorter. Those under the arrows
// are nearly all rows of a large room, and say the same however the handshake goes on; the others are made anew each
// time. The zero value is ready; it is not safe for concurrent use.
type Memory struct {
	heads heads
	rows  []remembered // by Seq
}

// heads are what the words of a row depend on besides its entries: a server is named where the lane does not.
type heads struct {
	lanes               int
	directory, resident string
}

// A remembered row is good as long as the entry has the same answer.
type remembered struct {
	row    Row
	answer int // Seq; 0: it has none
	known  bool
}

// of returns the row of an entry with that answer; false where it is not remembered.
func (m *Memory) of(e *flow.Entry, answer int) (Row, bool) {
	if m == nil || e.Step != flow.R || e.Seq >= len(m.rows) {
		return Row{}, false
	}
	r := m.rows[e.Seq]
	return r.row, r.known && r.answer == answer
}

// keep remembers the row of an entry with that answer.
func (m *Memory) keep(e *flow.Entry, answer int, r Row) {
	if m == nil || e.Step != flow.R {
		return
	}
	for len(m.rows) <= e.Seq {
		m.rows = append(m.rows, remembered{})
	}
	m.rows[e.Seq] = remembered{r, answer, true}
}

// begin has everything forgotten if the lanes have other heads than before.
func (m *Memory) begin(lanes []render.Lane, hosts map[flow.Role]string) {
	if m == nil {
		return
	}
	if h := (heads{len(lanes), hosts[flow.Directory], hosts[flow.Resident]}); h != m.heads {
		m.heads, m.rows = h, m.rows[:0]
	}
}
