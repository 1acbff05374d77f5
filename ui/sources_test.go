package ui

import (
	"maps"
	"slices"
	"testing"

	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/render/rendertest"
)

// Whatever stands in the fields of a recording, of whichever source, no frame of it holds a byte that a terminal acts
// upon: every row, each in another tab. The screen of a check is looked at in ui/inspection.
func TestHostileTextOfEverySource(t *testing.T) {
	sources := flowtest.Sources(t)
	for n, name := range slices.Sorted(maps.Keys(sources)) {
		plain := sources[name]
		if plain.Header.Source == flow.SourceCheck {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i, k := range rendertest.Spellings() {
				screensHold(t, flowtest.Spoil(plain, func(field, text string) string {
					if flowtest.Steers(field) {
						return text
					}
					return text + k.Text
				}), n+i)
				plainHolds(t, flowtest.Spoil(plain, func(_, text string) string { return text + k.Text }))
			}
		})
	}
}
