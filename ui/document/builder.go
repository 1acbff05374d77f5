package document

import (
	"fmt"
	"strings"

	"doorstep/flow"
	"doorstep/flow/citation"
	"doorstep/flow/export"
	"doorstep/render"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// The most of everything that is listed. What is beyond is counted.
const (
	maxRows     = 300
	maxChanges  = 200
	maxChecks   = 200
	maxEvents   = 200
	maxEvidence = 12
	maxLines    = 200
	cellsOfName = 320 // an ID may have 255 bytes
)

// A builder collects a Document. Everything goes through name, long or line, which make it drawable.
type builder struct {
	*Document
	trace   flow.Trace
	state   flow.State
	report  export.Report
	phrases story.Phrases
	look    theme.Look
	anchors map[int]string // of payloads, by the Seq of the entries that they show
}

// name makes an identifier drawable.
func name(s string) string { return safe(s, cellsOfName) }

// long makes running text drawable.
func long(s string) string { return safe(s, story.CellsOfText) }

func safe(s string, cells int) string {
	return render.Safe(render.Untrusted(s), render.SafeOpts{Width: cells})
}

// value makes a JSON value drawable; null stands for a field that is not there.
func value(v []byte) string {
	if string(v) == "null" {
		return ""
	}
	return name(string(v))
}

// sources are the places of a citation.
func sources(cited string) []Source {
	var out []Source
	if cited == "" {
		return nil
	}
	for _, r := range citation.Parse(cited) {
		out = append(out, Source{name(r.Title), r.URL})
	}
	return out
}

// rules is sources of a check, which may name an authorisation rule by its number.
func rules(cited string) []Source {
	if strings.Trim(cited, "0123456789.") == "" && cited != "" {
		return []Source{{Text: name("authorisation rule " + cited)}}
	}
	return sources(cited)
}

// part adds lines under a heading, where there are any.
func (b *builder) part(heading string, lines []Line) {
	if len(lines) == 0 {
		return
	}
	if n := len(lines); n > maxLines {
		lines = append(lines[:maxLines:maxLines], Line{Text: fmt.Sprintf("%d more lines are not listed", n-maxLines)})
	}
	b.Parts = append(b.Parts, Part{long(heading), lines})
}
