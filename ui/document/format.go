package document

import (
	"io"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/ui/text"
)

// A Format is a form that a handshake can be written in.
type Format struct {
	Name      string
	Extension string // of files of it, with the dot
	MediaType string
	Says      string // what it is, in a few words
	Shared    bool   // files of it are made to be passed on: names are redacted unless somebody wants them

	write func(w io.Writer, h Handshake) error
}

// A Handshake is what is written: a trace, the state that it leads to, and the report of it.
type Handshake struct {
	Trace     flow.Trace
	State     flow.State
	Report    export.Report
	AllChecks bool     // text lists the checks that passed as well
	ASCII     bool     // text spells out everything beyond ASCII
	Parts     []string // of a picture, one below another; none: the ladder
}

// formats are all of them. A new one is a row here.
var formats = []Format{
	{"text", ".txt", "text/plain; charset=utf-8", "plain lines, as --plain prints them", false,
		read(func(w io.Writer, h Handshake) export.Reader {
			return text.New(w, text.Options{ASCII: h.ASCII, AllChecks: h.AllChecks})
		})},
	{"markdown", ".md", "text/markdown; charset=utf-8", "a report for an issue tracker, with a Mermaid diagram", true,
		told((*Document).markdown)},
	{"json", ".json", "application/json", "the report as one JSON object", false,
		read(func(w io.Writer, _ Handshake) export.Reader { return export.JSON(w) })},
	{"ndjson", ".ndjson", "application/x-ndjson", "a JSON object for every entry, then the report", false,
		read(func(w io.Writer, _ Handshake) export.Reader { return export.NDJSON(w) })},
	{"mermaid", ".mmd", "text/vnd.mermaid", "a sequence diagram in Mermaid", true, told((*Document).mermaid)},
	{"svg", ".svg", "image/svg+xml", "a picture: the ladder, or other parts", true,
		func(w io.Writer, h Handshake) error { return New(h.Trace, h.State, h.Report).svg(w, h.Parts) }},
	{"html", ".html", "text/html; charset=utf-8", "a page with everything, for any browser", true, told((*Document).html)},
	{"har", ".har", "application/json", "HAR 1.2, for network panels and proxies; import reads it", true,
		read(func(w io.Writer, _ Handshake) export.Reader { return export.HAR(w) })},
}

// read is how a form is written that a reader of traces writes.
func read(reader func(io.Writer, Handshake) export.Reader) func(io.Writer, Handshake) error {
	return func(w io.Writer, h Handshake) error { return export.Read(reader(w, h), h.Trace, h.State, h.Report) }
}

// told is how a form is written that is told from a Document.
func told(write func(*Document, io.Writer) error) func(io.Writer, Handshake) error {
	return func(w io.Writer, h Handshake) error { return write(New(h.Trace, h.State, h.Report), w) }
}

// Formats are the forms there are.
func Formats() []Format { return formats }

// Lookup returns the form of that name; false when there is none.
func Lookup(name string) (Format, bool) {
	for _, f := range formats {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// ForFile returns the form that the name of a file says by its end; false when it says none.
func ForFile(name string) (Format, bool) {
	for _, f := range formats {
		if len(name) > len(f.Extension) && name[len(name)-len(f.Extension):] == f.Extension {
			return f, true
		}
	}
	return Format{}, false
}

// HasParts reports whether one chooses what is in a form, by the parts of a handshake.
func (f Format) HasParts() bool { return f.MediaType == "image/svg+xml" }

// Write writes a handshake.
func (f Format) Write(w io.Writer, h Handshake) error { return f.write(w, h) }

// Redacts reports whether names are taken out of what is written in a form, unless somebody asks for something else.
// What has been redacted already stays as it is, and the names of the sandbox are nobody's.
func (f Format) Redacts(h flow.Header) bool {
	return f.Shared && h.Redacted == nil && h.Source != flow.SourceSandbox
}
