package text

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/recording"
	"doorstep/render/rendertest"
)

func checked(t *testing.T) flow.Trace {
	t.Helper()
	trace, err := recording.Open("../../flow/recording/testdata/earlier/9-check.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

// The page of a check says everything that it asked, once, and nothing of joins but in what it asked.
func TestPageOfACheck(t *testing.T) {
	t.Parallel()
	trace := checked(t)
	var b bytes.Buffer
	if err := Write(&b, trace, Options{}); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for i := range trace.Entries {
		e := &trace.Entries[i]
		if e.Kind == flow.Request && e.Request != nil && !strings.Contains(page, e.Request.Target) {
			t.Errorf("it was asked for %s, and the page does not say so", e.Request.Target)
		}
	}
	for line := range strings.Lines(page) {
		said := strings.ReplaceAll(line, "make_join", "")
		for _, word := range []string{"join", "candidate", "protoevent", "outcome:"} {
			if strings.Contains(said, word) {
				t.Errorf("it speaks of %q: %s", word, line)
			}
		}
	}
	if all := (Options{AllChecks: true}); strings.Contains(pageOf(t, trace, all), " more ") {
		t.Error("rows are left out where all are asked for")
	}
}

func pageOf(t *testing.T, trace flow.Trace, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, trace, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Whatever a server sends stands on the page as text, in ASCII where that is asked for.
func TestPageOfAHostileCheck(t *testing.T) {
	t.Parallel()
	for n, h := range rendertest.Hostile() {
		trace := checked(t)
		trace.Entries = slices.Clone(trace.Entries)
		for i := range trace.Entries {
			e := &trace.Entries[i]
			if e.Request != nil {
				asked := *e.Request
				asked.Target += h.Text
				e.Request = &asked
			}
			if e.Response != nil {
				answer := *e.Response
				answer.Header = []client.Field{{Name: "Location", Value: h.Text}}
				answer.Body = []byte(`{"errcode":"` + h.Text + `","server_name":"` + h.Text + `","server":{"name":"` + h.Text + `"}}`)
				e.Response = &answer
			}
			*e = e.Remembering()
		}
		ascii := n%2 == 0
		for _, r := range pageOf(t, trace, Options{ASCII: ascii}) {
			if r != '\n' && !unicode.IsPrint(r) && r != '\u00a0' || ascii && r > 0x7e {
				t.Errorf("%s: the page holds %q", h.Name, r)
				break
			}
		}
	}
}
