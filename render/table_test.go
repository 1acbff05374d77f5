package render

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"doorstep/render/rendertest"
)

func checksTable() Table {
	t := Table{
		Marks: []Status{OK, Warn, Fail, Wait, Skipped, NotChecked}, Cursor: 2,
		Columns: []Column{{Title: "check"}, {Title: "subject"}, {Title: "rule"}, {Title: "took", Right: true},
			{Title: "detail"}},
		Rows: TableRows{
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
	rows := hostile.Rows.(TableRows)
	for _, h := range rendertest.Hostile() {
		u := Untrusted(h.Text)
		rows = append(rows, TableRow{Cells: []Untrusted{u, u, u, u, u}})
	}
	hostile.Rows, hostile.Columns[0].Parts, hostile.Columns[3].Goes = rows, true, 1
	for name, table := range map[string]Table{"hostile": hostile, "empty": {},
		"no columns": {Rows: make(TableRows, 3), Marks: []Status{OK}}, "no rows": {Columns: checksTable().Columns}} {
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
	var rows TableRows
	for i := range 50 {
		rows = append(rows, TableRow{Cells: []Untrusted{Untrusted(fmt.Sprint("row ", i))}})
	}
	table := Table{Columns: []Column{{Title: "n"}}, Rows: rows}
	for table.Cursor = range rows {
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

// Whole columns give way where there is no room, the least important first; what is left is told apart.
func TestTableColumnsGiveWay(t *testing.T) {
	table := Table{
		Marks: []Status{OK}, Cursor: -1,
		Columns: []Column{{Title: "type", Min: 12, Parts: true}, {Title: "key", Min: 12}, {Title: "place", Min: 5, Goes: 1},
			{Title: "depth", Right: true, Goes: 2}},
		Rows: TableRows{{Status: OK, Cells: []Untrusted{"m.room.history_visibility", "@alice:resident.example", "both", "7"}},
			{Status: OK, Cells: []Untrusted{"m.room.member", "@bob:other.example", "state", "12"}}},
	}
	for _, test := range []struct {
		width       int
		gone, shown string
	}{
		{90, "", "m.room.history_visibility"}, {70, "", "m.room.member"}, {64, "", "…history_visibility"},
		{50, "", "…history_vis…"}, {46, "depth", "@bob:other.ex…"}, {36, "place", "m.room.member"}, {30, "place", "…member"},
	} {
		text := strings.Join(table.Draw(Styles{}, Unicode(), test.width, 3), "\n")
		if !strings.Contains(text, test.shown) || test.gone != "" && strings.Contains(text, test.gone) {
			t.Errorf("at %d %q is gone: want without %q and with %q:\n%s", test.width, test.gone, test.gone, test.shown, text)
		}
	}
}

// A column that is to be whole is cut after the others, and after those that can go are gone.
func TestTableKeepsAColumnWhole(t *testing.T) {
	const whole, key = "m.room.history_visibility", "@alice:resident.example"
	table := Table{Cursor: -1,
		Columns: []Column{{Title: "type", Min: 19, Whole: 30, Parts: true}, {Title: "key", Min: 15},
			{Title: "sender", Min: 15, Goes: 1}},
		Rows: TableRows{{Cells: []Untrusted{whole, key, key}}},
	}
	for width := 25; width <= 90; width++ {
		lines := table.Draw(Styles{}, Unicode(), width, 3)
		if width >= gutter+len(whole)+columnGap+15 && !strings.Contains(lines[1], whole) {
			t.Errorf("at %d the type is cut:\n%s", width, strings.Join(lines, "\n"))
		}
		if got, fits := strings.Contains(lines[0], "sender"), width >= gutter+len(whole)+2*(columnGap+15); got != fits {
			t.Errorf("at %d the sender is there: %v, want %v:\n%s", width, got, fits, strings.Join(lines, "\n"))
		}
		if width >= gutter+19+columnGap+3 && !strings.Contains(lines[1], "history_visibility") {
			t.Errorf("at %d the type loses its last part:\n%s", width, lines[1])
		}
	}
}

// The titles show how rows are sorted, and nothing moves for it.
func TestTableOrder(t *testing.T) {
	for _, g := range []Glyphs{Unicode(), ASCII()} {
		table := checksTable()
		table.Order = &Order{Column: NoColumn}
		without := table.Draw(Styles{}, g, 100, 9)
		for column := MarkColumn; column < len(table.Columns); column++ {
			for _, down := range []bool{false, true} {
				table.Order = &Order{Column: column, Down: down}
				lines := table.Draw(Styles{}, g, 100, 9)
				want := map[bool]string{false: g.Up, true: g.Down}[down]
				if column != MarkColumn {
					want = table.Columns[column].Title + " " + want
				}
				if !strings.Contains(lines[0], want) || strings.Contains(without[0], want) {
					t.Errorf("sorted by column %d the titles are %q, without %q", column, lines[0], want)
				}
				if got, want := strings.Join(lines[1:], "\n"), strings.Join(without[1:], "\n"); got != want {
					t.Errorf("sorted by column %d the rows are\n%s\nnot\n%s", column, got, want)
				}
			}
		}
	}
}

// What a click on the titles finds is the column that is drawn there.
func TestTableTitleAt(t *testing.T) {
	table := checksTable()
	for width := 10; width < 130; width++ {
		head := table.Draw(Styles{}, Unicode(), width, 9)[0]
		for i, col := range table.Columns {
			at := strings.Index(head, col.Title)
			if at < 0 {
				continue
			}
			at = ansi.StringWidth(head[:at])
			if got, ok := table.TitleAt(Unicode(), width, 9, at, 0); !ok || got != i {
				t.Fatalf("at %d of %q is column %d, %v; not %d", at, head, got, ok, i)
			}
		}
	}
	if got, ok := table.TitleAt(Unicode(), 80, 9, 3, 0); !ok || got != MarkColumn {
		t.Errorf("over the marks: column %d, %v", got, ok)
	}
	for _, at := range [][2]int{{0, 0}, {30, 1}, {200, 0}} {
		if got, ok := table.TitleAt(Unicode(), 80, 9, at[0], at[1]); ok {
			t.Errorf("at %v there is column %d", at, got)
		}
	}
}

func BenchmarkTable(b *testing.B) {
	var rows TableRows
	for i := range 1000 {
		user := Untrusted(fmt.Sprintf("@user%d:host%d.example", i, i%70))
		rows = append(rows, TableRow{Status: OK, Cells: []Untrusted{"m.room.member", user, user, "state", "12", "4711",
			"2024-05-06 07:08"}})
	}
	table := Table{Marks: []Status{OK, Fail}, Rows: rows, Columns: []Column{{Title: "type", Parts: true}, {Title: "key"},
		{Title: "sender"}, {Title: "in"}, {Title: "named by", Right: true}, {Title: "depth", Right: true}, {Title: "time"}}}
	table.Wants = table.Measure(Unicode())
	for b.Loop() {
		table.Draw(Styles{}, Unicode(), 200, 50)
	}
}
