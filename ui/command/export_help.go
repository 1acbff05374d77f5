package command

import (
	"fmt"
	"strings"

	"doorstep/ui/document"
)

// exportHelp tells what export does.
func exportHelp() string {
	return `Export writes a recording as one of these:

` + formatTable() + `
It goes to standard output, or to the file of --output, whose name says the form
where --format does not. A file that exists is kept unless --force is given.

A picture shows the ladder, or the --part that is named: the findings, the diff
from the protoevent to the join event, or the sets state and auth_chain against
each other. Several, separated by commas, stand one below another.

The picture and the page are files of their own: they fetch nothing, nothing in
them runs, and they are light or dark as the reader's system is. These two, the
diagram and Markdown are bounded in size; what is left out is counted.

The archive, HAR, opens in network panels and proxies. It holds all of the
recording, some of it in fields of its own, and import gives it back.

A recording holds names of rooms, users and servers. In the forms that are made
to be passed on, from Markdown to the archive, they become pseudonyms and texts
are emptied, as redact does it, unless --no-redact is given or the names are
those of the sandbox; --redact does so in any form.

With --lesson it writes a page to learn from: the handshake step by step, each
field, header and check explained next to the bytes. Without a recording it is a
course: the tour of learn, run in the sandbox, with its questions and answers.

With --otlp it writes nothing, and sends the handshake to an OpenTelemetry
collector as a trace; names stay unless --redact is given.

It exits with 0 whatever became of the join, and with 1 where only a part could
be written, or the collector did not take it.`
}

const exportExamples = `  doorstep export --format svg synapse-v12 > join.svg
  doorstep export last --part ladder,findings --output failure.svg
  doorstep export last --output report.html
  doorstep export --format markdown ./reported.jsonl.gz
  doorstep export --lesson -o course.html
  doorstep export --lesson last -o lesson.html
  doorstep export --otlp http://127.0.0.1:4318 last`

// formatTable lists the forms for the help.
func formatTable() string {
	var b strings.Builder
	for _, f := range document.Formats() {
		fmt.Fprintf(&b, "  %-10s%s\n", f.Name, f.Says)
	}
	return b.String()
}
