package render

import (
	"fmt"
	"strings"
	"testing"

	"doorstep/render/rendertest"
)

func checksTable() Table {
	t := Table{
		Marks: true, Cursor: 2,
		Columns: []Column{{Title: "check"}, {Title: "subject"}, {Title: "rule"}, {Title: "took", Right: true},
			{Title: "detail"}},
		Rows: []TableRow{
			{Status: OK, Cells: []Untrusted{"content_hash", "$Xy3fQabc", "4.3.6", "3 us", "matches"}},
			{Status: Fail, Cells: []Untrusted{"signature", "$old", "4.3.5", "61 us",
				"old.example key ed25519:1 expired 2019-03-01, and the event is from 2021"}},
			{Status: Warn, Cells: []Untrusted{"duplicate_key", "answer", "", "", "\"origin\" is there twice\x1b[2J"}},
			{Status: NotChecked, Cells: []Untrusted{"signature", "$other", "4.3.5", "", "no key for d.org"}},
			{Status: Wait, Cells: []Untrusted{"auth_chain"}},
			{Status: Skipped, Cells: []Untrusted{"日本語", "e\u0301"}, Ghost: true},
			{Cells: []Untrusted{"none", "a", "b", "c", "d", "one too many"}},
		},
	}
	return t
}

func TestTableFrames(t *testing.T) {
	for _, width := range []int{40, 80, 120} {
		for _, k := range looks() {
			if k.name != "unicode-dark" && k.name != "ascii-mono" {
				continue
			}
			t.Run(fmt.Sprintf("%d-%s", width, k.name), func(t *testing.T) {
				requireFrame(t, checksTable().Draw(theme(t, k.theme), k.glyphs, width, 9), width)
			})
		}
	}
}

func TestTableSizes(t *testing.T) {
	hostile := checksTable()
	for _, h := range rendertest.Hostile() {
		u := Untrusted(h.Text)
		hostile.Rows = append(hostile.Rows, TableRow{Cells: []Untrusted{u, u, u, u, u}})
	}
	for name, table := range map[string]Table{"hostile": hostile, "empty": {},
		"no columns": {Rows: make([]TableRow, 3), Marks: true}, "no rows": {Columns: checksTable().Columns}} {
		for width := 0; width <= 220; width += 3 {
			for _, height := range []int{0, 1, 2, 3, 30} {
				table.Cursor, table.Top = width-3, height
				lines := table.Draw(Styles{}, []Glyphs{Unicode(), ASCII()}[width%2], width, height)
				if err := rendertest.Check(lines, width); err != nil || len(lines) != height {
					t.Fatalf("%s at %dx%d: %d lines, %v", name, width, height, len(lines), err)
				}
			}
		}
	}
}

func TestTableKeepsTheCursorInView(t *testing.T) {
	table := Table{Columns: []Column{{Title: "n"}}}
	for i := range 50 {
		table.Rows = append(table.Rows, TableRow{Cells: []Untrusted{Untrusted(fmt.Sprint("row ", i))}})
	}
	for table.Cursor = range table.Rows {
		for _, table.Top = range []int{0, 20, 49} {
			found := false
			for y, line := range table.Draw(Styles{}, Unicode(), 20, 7) {
				row, ok := table.RowAt(7, y)
				if ok != strings.Contains(line, "row") || ok && !strings.Contains(line, fmt.Sprint("row ", row, " ")) {
					t.Fatalf("line %d is %q, RowAt says %d, %v", y, line, row, ok)
				}
				if strings.HasPrefix(line, "▸") {
					found = ok && row == table.Cursor
				}
			}
			if !found {
				t.Fatalf("cursor %d, top %d: not in view", table.Cursor, table.Top)
			}
		}
	}
}
