package render

// A Graph is nodes that point to what they rest on, such as events and their auth events.
type Graph []Node

// A Node of a [Graph].
type Node struct {
	ID      Untrusted
	Label   Untrusted
	Parents []int // what it rests on, by index in the graph
	Status  Status
}

// A Tree is a graph in the order it is drawn.
type Tree struct {
	Nodes  Graph
	Rows   []TreeRow
	Cursor int // the selected row; -1 for none
	Top    int // the first row wanted on screen; the cursor is kept visible all the same
}

// A TreeRow is one line of a [Tree].
type TreeRow struct {
	Node  int
	Depth int
	Again bool   // drawn in full further up
	last  uint64 // bit i: the branch at depth i has nothing after it
}

const (
	graphRows  = 100_000
	graphDepth = 64 // branches drawn; deeper rows are drawn at this depth
)

// Tree returns g as rows: every node nothing points to, and under each node what it rests on. A node that several
// others rest on opens where it is met first and is only named elsewhere, so cycles end. Rows beyond 100,000 are left
// out.
func (g Graph) Tree() Tree {
	var out []TreeRow
	seen := make([]bool, len(g))
	pointed := make([]bool, len(g))
	for _, n := range g {
		for _, p := range n.Parents {
			if g.has(p) {
				pointed[p] = true
			}
		}
	}
	for _, rootless := range []bool{false, true} { // cycles nothing points into come last
		for i := range g {
			if !seen[i] && (rootless || !pointed[i]) {
				out = g.walk(out, seen, i)
			}
		}
	}
	return Tree{Nodes: g, Rows: out}
}

func (g Graph) has(n int) bool { return n >= 0 && n < len(g) }

// walk appends the tree under a root.
func (g Graph) walk(out []TreeRow, seen []bool, root int) []TreeRow {
	stack := []TreeRow{{Node: root}}
	for len(stack) > 0 && len(out) < graphRows {
		r := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		parents := g[r.Node].Parents
		r.Again = seen[r.Node] && len(parents) > 0
		out = append(out, r)
		if seen[r.Node] {
			continue
		}
		seen[r.Node] = true
		last := true
		for i := len(parents) - 1; i >= 0; i-- { // the first parent on top of the stack
			if !g.has(parents[i]) {
				continue
			}
			child := TreeRow{Node: parents[i], Depth: r.Depth + 1, last: r.last}
			if last && child.Depth < graphDepth {
				child.last |= 1 << child.Depth
			}
			last = false
			if len(stack) < graphRows {
				stack = append(stack, child)
			}
		}
	}
	return out
}

// Draw returns t as exactly height lines of exactly width cells.
func (t Tree) Draw(st Styles, g Glyphs, width, height int) []string {
	c := newCanvas(width, height, g)
	first := firstLine(t.Top, t.Cursor, len(t.Rows), height)
	for y := 0; y < height && first+y < len(t.Rows); y++ {
		t.row(c, y, t.Rows[first+y], first+y == t.Cursor)
	}
	return c.lines(&st)
}

func (t Tree) row(c *canvas, y int, r TreeRow, selected bool) {
	k := inkText
	if selected {
		c.glyph(0, y, c.g.Cursor, inkCursor)
		k = inkSelected
	}
	x := gutter
	deepest := min(r.Depth, graphDepth-1, max((c.w/2-gutter)/2, 1))
	for d := 1; d <= deepest; d++ {
		switch {
		case d == deepest && r.last>>d&1 == 1:
			c.glyph(x, y, c.g.Last, inkLane)
		case d == deepest:
			c.glyph(x, y, c.g.Branch, inkLane)
		case r.last>>d&1 == 0:
			c.glyph(x, y, c.g.Lane, inkLane)
		}
		x += 2
	}
	if deepest < r.Depth {
		x = c.text(x, y, c.w-x, Untrusted("("+itoa(r.Depth)+")"), inkDim) + 1
	}
	n := t.Nodes[r.Node]
	if n.Status != None {
		x = c.pieces(x, y, cut(&scanner{s: n.Status.Label(c.g)}, max(c.w-x, 0), c.g.Ellipsis), n.Status.ink()) + 1
	}
	if r.Again {
		k = inkGhost
		x = c.glyph(x, y, c.g.Again, inkGhost) + 1
	}
	x = c.text(x, y, c.w-x, n.ID, k)
	c.text(x+2, y, c.w-x-2, n.Label, inkDim)
}
