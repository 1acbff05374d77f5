package versus

import (
	"doorstep/ui/pane"
	"doorstep/ui/theme"
)

// helpKeys is the cells for the keys.
const helpKeys = 18

// help lists the keys, made from the table of bindings, and what the signs stand for.
func (m *Model) help() []string {
	var out []string
	say := func(key, says string) {
		for i, text := range theme.Wrap(m.Own(says), m.width-helpKeys-4, 0) {
			if i > 0 {
				key = ""
			}
			out = append(out, "   "+m.Key.Render(theme.Fit(key, helpKeys))+" "+m.Text.Render(text))
		}
	}
	for _, g := range groups {
		out = append(out, " "+m.Title.Render(g))
		for _, b := range m.bindings {
			if b.Group == g && b.Help().Desc != "" {
				say(b.Help().Key, b.Help().Desc)
			}
		}
		out = append(out, "")
	}
	out = append(out, " "+m.Title.Render("Signs"))
	say(m.Glyphs.Replaced, "both have it, and something differs")
	say(m.Glyphs.Removed, "only A has it")
	say(m.Glyphs.Added, "only B has it")
	say(m.Glyphs.Copied, "alike, but for what differs between any two runs: names that always stand for each other, "+
		"addresses, times, keys, hashes, signatures")
	room := max(m.height-3, 1)
	m.helpTop = pane.Between(m.helpTop, 0, max(len(out)-room, 0))
	lines := append([]string{" " + m.Title.Render("Keys"), ""}, theme.Box(out[m.helpTop:], m.width, room)...)
	return theme.Box(append(lines, " "+m.Key.Render("Esc")+" back"), m.width, m.height)
}
