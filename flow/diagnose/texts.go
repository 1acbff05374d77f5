package diagnose

import (
	"strings"

	"doorstep/flow/explain"
)

// withTexts gives a row of the catalogue its words, which are those of the entry of its ID. What a row says itself
// stays; a test sees that every row has an entry.
func (c Cause) withTexts() Cause {
	for _, e := range explain.Of(explain.Finding, c.ID) {
		text := func(s explain.Section) string { return strings.Join(e.Text(s), " ") }
		c.Title, c.Cause, c.Advice, c.Apart = e.Title, text(explain.What), text(explain.Advice), text(explain.Apart)
		c.Where, c.Source = text(explain.Elsewhere), e.Cited
	}
	return c
}
