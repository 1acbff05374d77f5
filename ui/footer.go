package ui

import (
	"slices"

	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/theme"
)

// needed are the keys of the footer in the order in which they are needed in a place. Others follow as the table of
// bindings has them.
var needed = map[keymap.Place][]keymap.Action{
	keymap.InLadder: {keymap.ActHelp, keymap.ActStepOn, keymap.ActWhatIf, keymap.ActOther, keymap.ActOpen,
		keymap.ActNextPane, keymap.ActShowWhy, keymap.ActZoom, keymap.ActShowDiff, keymap.ActFind, keymap.ActGoOn,
		keymap.ActStepBack, keymap.ActNextTab},
	keymap.InPane: {keymap.ActHelp, keymap.ActShowWhy, keymap.ActZoom, keymap.ActNextPane, keymap.ActFind,
		keymap.ActShowDiff, keymap.ActNextTab, keymap.ActStepOn, keymap.ActYank},
	keymap.OnPage: {keymap.ActHelp, keymap.ActBack, keymap.ActFind, keymap.ActShowWhy, keymap.ActShowWork,
		keymap.ActShowGraph, keymap.ActYank, keymap.ActShowDiff, keymap.ActZoom},
	keymap.InTour: {keymap.ActHelp, keymap.ActOpen, keymap.ActAnswerA, keymap.ActShowMe, keymap.ActNextPane,
		keymap.ActStopBack, keymap.ActStopOn},
	keymap.InEvents: {keymap.ActHelp, keymap.ActOpen, keymap.ActNarrow, keymap.ActShowWhy, keymap.ActZoom,
		keymap.ActNextPane, keymap.ActShowDiff, keymap.ActServers, keymap.ActCharts, keymap.ActSortNext},
}

// footerLine is the keys worth knowing in a place: help first, the way out last, and between them those that are needed
// most. None is cut: one that does not fit is left out.
func footerLine(l theme.Look, table []keymap.Binding, where keymap.Place, width int,
	why func(keymap.Action) string) string {
	var shown []keymap.Binding
	room := width - 1
	for _, b := range byNeed(table, where, why) {
		if w := render.Width(footerKey(b)) + 1 + render.Width(b.Footer) + 2; w <= room+1 {
			shown, room = append(shown, b), room-w
		}
	}
	out := slices.IndexFunc(shown, func(b keymap.Binding) bool { return b.Action == keymap.ActQuit })
	if out >= 0 {
		shown = append(slices.Delete(slices.Clone(shown), out, out+1), shown[out])
	}
	line := ""
	for _, b := range shown {
		line += " " + l.Key.Render(footerKey(b)) + " " + b.Footer + " "
	}
	return theme.Fit(line, width)
}

// byNeed are the keys that work in a place and have a word for the footer: help, the way out, and the others in the
// order in which they are needed.
func byNeed(table []keymap.Binding, where keymap.Place, why func(keymap.Action) string) []keymap.Binding {
	var out []keymap.Binding
	for _, b := range table {
		if b.Footer != "" && b.Where&where != 0 && why(b.Action) == "" {
			out = append(out, b)
		}
	}
	order := append([]keymap.Action{keymap.ActHelp, keymap.ActQuit}, needed[where]...)
	rank := func(b keymap.Binding) int {
		if i := slices.Index(order, b.Action); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(out, func(a, b keymap.Binding) int { return rank(a) - rank(b) })
	return out
}

// footerKey is the first key of a binding, as people spell it.
func footerKey(b keymap.Binding) string { return keymap.Names(b.Keys()[:1]) }
