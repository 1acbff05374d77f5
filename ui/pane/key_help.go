package pane

import (
	"doorstep/ui/keymap"
	"doorstep/ui/theme"
)

// A Sign is something a screen draws, and what it stands for.
type Sign struct{ Glyph, Says string }

// keyCells is the cells for the keys.
const keyCells = 18

// KeyHelp lists the keys of a screen below the headings of their groups, and what its signs stand for, in width x
// height cells. top is the first line that is shown; what is beyond the last is brought back.
func KeyHelp(l theme.Look, groups []string, bindings []keymap.Binding, signs []Sign,
	top *int, width, height int) []string {
	var out []string
	say := func(key, says string) {
		for i, text := range theme.Wrap(l.Own(says), width-keyCells-4, 0) {
			if i > 0 {
				key = ""
			}
			out = append(out, "   "+l.Key.Render(theme.Fit(key, keyCells))+" "+l.Text.Render(text))
		}
	}
	for _, g := range groups {
		out = append(out, " "+l.Title.Render(g))
		for _, b := range bindings {
			if b.Group == g && b.Help().Desc != "" {
				say(b.Help().Key, b.Help().Desc)
			}
		}
		out = append(out, "")
	}
	out = append(out, " "+l.Title.Render("Signs"))
	for _, s := range signs {
		say(s.Glyph, s.Says)
	}
	room := max(height-3, 1)
	*top = Between(*top, 0, max(len(out)-room, 0))
	lines := append([]string{" " + l.Title.Render("Keys"), ""}, theme.Box(out[*top:], width, room)...)
	return theme.Box(append(lines, " "+l.Key.Render("Esc")+" back"), width, height)
}
