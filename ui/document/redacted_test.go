package document

import (
	"bytes"
	"strings"
	"testing"

	"doorstep/flow/flowtest"
	"doorstep/flow/redact"
)

func formOf(t *testing.T, format string, h Handshake) string {
	t.Helper()
	f, ok := Lookup(format)
	if !ok {
		t.Fatalf("there is no form %q", format)
	}
	var b bytes.Buffer
	if err := f.Write(&b, h); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What is redacted says so, and what was taken out of it; checks that rest on that say that they were not made.
func TestRedactionIsTold(t *testing.T) {
	trace := flowtest.Embedded(t, "synapse-v12")
	plain, redacted := handshakeOf(trace), handshakeOf(redact.Trace(trace, "test"))
	for format, wants := range map[string][]string{
		"html":     {"Redacted:", "4 users", "not checked: signature", "the recording is redacted"},
		"markdown": {"Redacted:", "4 users", "? `signature` of", "the recording is redacted"},
		"svg":      {"redacted: names are pseudonyms"},
	} {
		before, after := formOf(t, format, plain), formOf(t, format, redacted)
		for _, want := range wants {
			if !strings.Contains(after, want) || strings.Contains(before, want) {
				t.Errorf("%s: %q is told of the redacted one: %v; of the other: %v", format, want,
					strings.Contains(after, want), strings.Contains(before, want))
			}
		}
	}
}

// Code in our texts is code in every form, not a word between backticks.
func TestCodeInTexts(t *testing.T) {
	h := handshakeOf(flowtest.Embedded(t, "not-invited"))
	h.Parts = []string{"findings"}
	for format, want := range map[string]string{"html": "<code>--candidates all</code>", "markdown": " `--candidates all`",
		"svg": `<tspan class="code">--candidates all</tspan>`} {
		if got := formOf(t, format, h); !strings.Contains(got, want) || format != "markdown" && strings.Contains(got, "`") {
			t.Errorf("%s: there is no %s, or a backtick", format, want)
		}
	}
	for text, want := range map[string]int{"": 0, "a": 1, "a `b` c": 3, "`b`": 1, "a ` b": 1, "``": 1, "` b`": 1, "`a` `b": 2} {
		spans, all := coded(text), ""
		for _, s := range spans {
			all += s.Text
		}
		if len(spans) != want || strings.ReplaceAll(all, "`", "") != strings.ReplaceAll(text, "`", "") {
			t.Errorf("%q is told apart as %q", text, spans)
		}
	}
}

// A report in Markdown holds the values of the diff, and what is in state and in auth_chain, as the page does.
func TestMarkdownHoldsDiffAndSets(t *testing.T) {
	h := handshakeOf(flowtest.Embedded(t, "form-2015"))
	d, got := New(h.Trace, h.State, h.Report), formOf(t, "markdown", h)
	for _, c := range d.Changes.List {
		for _, value := range []string{c.From, c.To} {
			if !strings.Contains(got, mdCell(mdCode(safe(value, markdownCells)))) {
				t.Errorf("%s: %q is not in it", c.Path, value)
			}
		}
	}
	for _, e := range d.Sets.Events {
		if !strings.Contains(got, "| `"+e.ID+"` |") || !strings.Contains(got, mdText(e.Why)) {
			t.Errorf("%s and why it is there are not in it", e.ID)
		}
	}
	rows := 0
	for line := range strings.Lines(got) {
		if strings.HasPrefix(line, "| ") {
			rows++
		}
	}
	if want := len(d.Changes.List) + len(d.Sets.Events) + 2; rows != want {
		t.Errorf("%d rows of tables, want %d", rows, want)
	}
}
