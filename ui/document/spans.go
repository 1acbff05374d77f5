package document

import "strings"

// A Span is a piece of running text that looks one way.
type Span struct {
	Text string
	Look string // a class of the style sheets: code, strong, quiet; empty: as the text around it
}

// coded tells the code of a text apart: what stands between two backticks.
func coded(text string) []Span {
	var out []Span
	for text != "" {
		before, rest, ok := strings.Cut(text, "`")
		code, after, closed := strings.Cut(rest, "`")
		if !ok || !closed || code == "" || strings.Trim(code, " ") != code {
			return append(out, Span{Text: text})
		}
		if before != "" {
			out = append(out, Span{Text: before})
		}
		out = append(out, Span{code, "code"})
		text = after
	}
	return out
}
