package versus

import "doorstep/ui/pane"

// help lists the keys, made from the table of bindings, and what the signs stand for.
func (m *Model) help() []string {
	signs := []pane.Sign{
		{Glyph: m.Glyphs.Replaced, Says: "both have it, and something differs"},
		{Glyph: m.Glyphs.Removed, Says: "only A has it"},
		{Glyph: m.Glyphs.Added, Says: "only B has it"},
		{Glyph: m.Glyphs.Copied, Says: "alike, but for what differs between any two runs: names that always stand for each " +
			"other, addresses, times, keys, hashes, signatures"},
	}
	return pane.KeyHelp(m.Look, groups, m.bindings, signs, &m.helpTop, m.width, m.height)
}
