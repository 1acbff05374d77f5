package pane

import (
	"doorstep/flow/verify"
	"doorstep/render"
	"doorstep/ui/story"
)

// A PageKind says what a page over the list of events shows.
type PageKind int

// The pages.
const (
	WholePage PageKind = iota // the event: its place, its checks, its JSON, its work
	WorkPage                  // the work alone
	GraphPage                 // what it rests on, and what rests on it
)

// An EventPage is one event looked into. The text of a page is in parts, one below the other: prose and the JSON.
type EventPage struct {
	Kind      PageKind
	id, where string
	Parts     []pagePart
	Graph     verify.AuthGraph
	onIt      []string // IDs of events that rest on it, behind those of Graph in the tree; empty: a title
	tree      render.Tree
	head      *story.Prose // above the tree
	notes     func(id string) string

	cursor, top, left int // the cursor is a row of the tree, or a line of the text
	width, height     int
	sought            hit // a search led to it last
}

// A hit is where a page holds what is searched for: a byte of a part of it, or a row of its tree.
type hit struct{ part, at int }

// A pagePart is prose or a document.
type pagePart struct {
	Text *story.Prose
	doc  *render.Document
}

func (p pagePart) lines() int {
	if p.doc != nil {
		return p.doc.Lines()
	}
	return len(p.Text.Lines)
}

// current is the event the page is about; in a graph the one under the cursor.
func (p *EventPage) current() (id, where string) {
	if p.Kind == GraphPage && p.cursor < len(p.tree.Rows) {
		if id := p.nodeID(p.tree.Rows[p.cursor].Node); id != "" && id != p.id {
			return id, ""
		}
	}
	return p.id, p.where
}

// nodeID is the event that a node of the tree stands for; empty: none.
func (p *EventPage) nodeID(node int) string {
	if node < len(p.Graph.Nodes) {
		return p.Graph.Nodes[node].ID
	}
	return p.onIt[node-len(p.Graph.Nodes)]
}
