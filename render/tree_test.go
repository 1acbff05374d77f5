package render

import (
	"fmt"
	"strings"
	"testing"

	"doorstep/render/rendertest"
)

func authGraph() Graph {
	return Graph{
		{ID: "$join", Label: "m.room.member @me:a.org", Parents: []int{1, 2, 3, 4}},
		{ID: "$create", Label: "m.room.create", Status: OK},
		{ID: "$power", Label: "m.room.power_levels", Parents: []int{1, 5}, Status: OK},
		{ID: "$rules", Label: "m.room.join_rules public", Parents: []int{1, 2, 5}, Status: Fail},
		{ID: "$invite\x1b[2J", Label: "m.room.member invite", Parents: []int{1, 2, 5, 99, -1}},
		{ID: "$founder", Label: "m.room.member @founder:c.org", Parents: []int{1}},
		{ID: "$loop1", Parents: []int{7}},
		{ID: "$loop2", Parents: []int{6, 7}},
	}
}

func TestTreeFrames(t *testing.T) {
	tree := authGraph().Tree()
	tree.Cursor = 4
	for _, width := range []int{40, 80} {
		for _, k := range looks() {
			t.Run(fmt.Sprintf("%d-%s", width, k.name), func(t *testing.T) {
				requireFrame(t, tree.Draw(theme(t, k.theme), k.glyphs, width, 22), width)
			})
		}
	}
}

// Every node is drawn in full once, whatever points where.
func TestTreeOpensEveryNodeOnce(t *testing.T) {
	tree := authGraph().Tree()
	opened := map[int]int{}
	for _, r := range tree.Rows {
		if !r.Again {
			opened[r.Node]++
		}
	}
	for i, n := range tree.Nodes {
		if opened[i] < 1 || opened[i] > 1 && len(n.Parents) > 0 {
			t.Errorf("%s is opened %d times", n.ID, opened[i])
		}
	}
}

func TestTreeSizes(t *testing.T) {
	long := make(Graph, 5000) // a chain, with an edge from each node to the last
	for i := range long[:len(long)-1] {
		long[i] = Node{ID: Untrusted(fmt.Sprint("$", i)), Parents: []int{i + 1, len(long) - 1},
			Status: Status(i) % (NotChecked + 1)}
	}
	dense := make(Graph, 600)
	for i := range dense {
		for j := range dense {
			dense[i].Parents = append(dense[i].Parents, j)
		}
	}
	var hostile Graph
	for _, h := range rendertest.Hostile() {
		hostile = append(hostile, Node{ID: Untrusted(h.Text), Label: Untrusted(h.Text), Parents: []int{len(hostile) / 2}})
	}
	for name, g := range map[string]Graph{"long": long, "dense": dense, "hostile": hostile, "empty": nil} {
		tree := g.Tree()
		if len(tree.Rows) > graphRows {
			t.Errorf("%s: %d rows", name, len(tree.Rows))
		}
		for width := 0; width <= 220; width += 3 {
			tree.Cursor = len(tree.Rows) * width / 220
			lines := tree.Draw(Styles{}, []Glyphs{Unicode(), ASCII()}[width%2], width, width%40)
			if err := rendertest.Check(lines, width); err != nil || len(lines) != width%40 {
				t.Fatalf("%s in %d columns: %d lines, %v", name, width, len(lines), err)
			}
			if tree.Cursor < len(tree.Rows) && len(lines) > 0 && width > 0 && !strings.Contains(strings.Join(lines, "\n"),
				[]Glyphs{Unicode(), ASCII()}[width%2].Cursor) {
				t.Errorf("%s in %d columns: no marker", name, width)
			}
		}
	}
}

func BenchmarkTree(b *testing.B) {
	g := make(Graph, 15_000)
	for i := range g {
		g[i] = Node{ID: Untrusted(fmt.Sprint("$", i)), Parents: []int{i / 2, i / 3, i / 5}}
	}
	b.Run("make", func(b *testing.B) {
		for b.Loop() {
			g.Tree()
		}
	})
	tree := g.Tree()
	b.Run("draw", func(b *testing.B) {
		for b.Loop() {
			tree.Cursor = 20_000
			tree.Draw(Styles{}, Unicode(), 200, 60)
		}
	})
}
