package ui

import (
	"bytes"
	"encoding/json"
	"html"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/export"
	"doorstep/flow/flowtest"
	"doorstep/recordings"
	"doorstep/render/rendertest"
	"doorstep/ui/document"
	"doorstep/ui/story"
	"doorstep/ui/tab"
	"doorstep/ui/text"
)

// A spoiler puts a text into one of the fields of a trace that others choose: the one with the number at.
type spoiler struct {
	at, n int
	text  string
}

// trace returns t with that field spoiled, and t as it is where there are not so many.
func (s *spoiler) trace(t flow.Trace) flow.Trace {
	out := flow.Trace{Header: t.Header}
	s.fill(reflect.ValueOf(&out.Header).Elem())
	for _, e := range t.Entries {
		fresh := e
		fresh.Request, fresh.Response, fresh.Failure = copied(e.Request), copied(e.Response), copied(e.Failure)
		fresh.Connection, fresh.Discovery, fresh.Build = copied(e.Connection), copied(e.Discovery), copied(e.Build)
		s.fill(reflect.ValueOf(&fresh).Elem())
		out.Entries = append(out.Entries, fresh)
	}
	return out
}

// here counts a field, and reports whether it is the one.
func (s *spoiler) here() bool {
	s.n++
	return s.n-1 == s.at
}

func (s *spoiler) fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		switch v.Interface().(type) {
		case flow.Role, flow.StepID, flow.Kind, flow.Form, flow.SendTo, client.Endpoint, client.FailureKind:
			return
		}
		if s.here() {
			v.SetString(s.text)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			s.fill(v.Elem())
		}
	case reflect.Slice:
		if b, ok := v.Interface().([]byte); ok {
			v.SetBytes(s.body(b))
			return
		}
		for i := range v.Len() {
			s.fill(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				s.fill(v.Field(i))
			}
		}
	}
}

// body spoils a body as a whole, or one string of it. Of long lists the first three have fields.
func (s *spoiler) body(b []byte) []byte {
	if s.here() {
		return []byte(s.text)
	}
	var v any
	before := s.n
	if json.Unmarshal(b, &v) != nil {
		return b
	}
	if v = s.value(v); s.at < before || s.at >= s.n {
		return b
	}
	out, _ := json.Marshal(v)
	return out
}

func (s *spoiler) value(v any) any {
	switch v := v.(type) {
	case string:
		if s.here() {
			return s.text
		}
	case []any:
		for i := range v[:min(len(v), 3)] {
			v[i] = s.value(v[i])
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			v[k] = s.value(v[k])
			if s.here() {
				v[s.text] = v[k]
				delete(v, k)
			}
		}
	}
	return v
}

// pasted collects what is meant for a shell, each text once.
type pasted map[string]bool

func (p pasted) add(texts ...string) {
	for _, text := range texts {
		if text != "" {
			p[text] = true
		}
	}
}

// of collects what is made of a trace without a screen: commands of findings, the one that leaves again, requests for
// curl, what works an event out again.
func (p pasted) of(t flow.Trace) {
	s := flow.Fold(t)
	r := export.NewReport(t, s, export.ReportOptions{})
	p.add(string(r.Undo))
	for _, f := range r.Findings {
		for _, try := range f.Try {
			p.add(string(try))
		}
	}
	for i := range t.Entries {
		if e := &t.Entries[i]; e.Request != nil {
			command, _ := story.Curl(t, e)
			p.add(string(command))
		}
	}
	if s.Build != nil {
		for _, w := range s.ShowWork(s.Build.EventID) {
			script := string(export.Redo(w))
			p.add(script)
			for line := range strings.Lines(script) {
				if strings.HasPrefix(line, "printf ") || strings.HasPrefix(line, "compare ") || strings.HasPrefix(line, "signature ") {
					p.add(strings.TrimSuffix(line, "\n")) // somebody may copy only one
				}
			}
		}
	}
}

// indented is a block of code of Markdown; pre, one of a page.
var (
	indented = regexp.MustCompile(`(?m)^    ((?:curl|openssl|dig|doorstep) .*)$`)
	tried    = regexp.MustCompile(`(?m)^(?:  try: |    )((?:curl|openssl|dig|doorstep) .*)$`)
	pre      = regexp.MustCompile(`<pre tabindex="0">((?:curl|openssl|dig|doorstep) [^<]*)</pre>`)
)

// written collects the commands of what is exported and printed, and holds them against those of the report: nothing
// may stand there that no report has.
func (p pasted) written(tb testing.TB, t flow.Trace) {
	tb.Helper()
	s := flow.Fold(t)
	r := export.NewReport(t, s, export.ReportOptions{})
	known := pasted{}
	known.add(string(r.Undo))
	for _, f := range r.Findings {
		for _, try := range f.Try {
			known.add(string(try))
		}
	}
	var plain bytes.Buffer
	if err := text.Write(&plain, t, text.Options{}); err != nil {
		tb.Fatal(err)
	}
	p.found(tb, known, "plain", tried, plain.String())
	for format, form := range map[string]*regexp.Regexp{"markdown": indented, "html": pre} {
		var b bytes.Buffer
		if err := asFormat(&b, format, t); err != nil {
			tb.Fatal(err)
		}
		p.found(tb, known, format, form, b.String())
	}
}

func (p pasted) found(tb testing.TB, known pasted, where string, form *regexp.Regexp, text string) {
	tb.Helper()
	found := pasted{}
	for _, m := range form.FindAllStringSubmatch(text, -1) {
		command := html.UnescapeString(m[1])
		found.add(command)
		p.add(command)
		if !known[command] {
			tb.Errorf("%s has a command that no finding has: %q", where, command)
		}
	}
	for command := range known {
		if !found[command] {
			tb.Errorf("%s lacks %q", where, command)
		}
	}
}

// asFormat writes a trace in a form of export.
func asFormat(b *bytes.Buffer, format string, t flow.Trace) error {
	f, _ := document.Lookup(format)
	s := flow.Fold(t)
	return f.Write(b, document.Handshake{Trace: t, State: s, Report: export.NewReport(t, s, export.ReportOptions{})})
}

// someTexts run where a quote, a line or a word is not what it should be. Each is quoted in another way: between single
// quotes, or by printf, for the sake of a backtick or of what is not printable.
var someTexts = []string{
	"-K canary';touch canary;'\"$(touch canary)!#;touch canary;\\",
	"-K canary';touch canary;'\"$(touch canary)`touch canary`!#;touch canary;\\",
	"@canary\ntouch canary\n#\"';touch canary;\x1b[201~\x03\ntouch canary\n$(touch canary)é",
}

// eachField calls do with a trace once for each of its fields spoiled, the texts one after the other, and returns how
// many fields there are.
func eachField(t flow.Trace, do func(flow.Trace)) int {
	for n := 0; ; n++ {
		s := spoiler{at: n, text: someTexts[n%len(someTexts)]}
		if spoilt := s.trace(t); s.n > n {
			do(spoilt)
			continue
		}
		return n
	}
}

// shellTraces are a join that was left behind, and handshakes with commands for what went wrong.
func shellTraces(t *testing.T) []flow.Trace {
	t.Helper()
	whole := flowtest.Embedded(t, "public-v12")
	sent := slices.IndexFunc(whole.Entries, func(e flow.Entry) bool { return e.Step == flow.A6 }) + 1
	out := []flow.Trace{whole.Prefix(sent), whole}
	for _, name := range recordings.Names() {
		trace := flowtest.Embedded(t, name)
		found := diagnose.Findings(trace, flow.Fold(trace))
		if len(found) > 0 && len(found[0].Try) > 0 && len(out) < 5 {
			out = append(out, trace)
		}
	}
	return out
}

// pasteAll pastes what was collected into every shell, in which programs that are named by it do nothing.
func pasteAll(t *testing.T, p pasted) {
	t.Helper()
	bin := t.TempDir() // what is tried is what the shell reads, not what a program does
	for _, name := range []string{"curl", "openssl", "dig", "doorstep"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\nexit 0\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	texts := slices.Sorted(maps.Keys(p))
	lines := 0
	for _, text := range texts {
		lines += strings.Count(text, "\n") + 1
	}
	for _, program := range rendertest.Shells {
		t.Run(program[0], func(t *testing.T) {
			t.Parallel()
			if err := rendertest.NewPaster(t, program, bin).PasteEach(texts); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d texts of %d lines pasted into %s: nothing ran", len(texts), lines, program[0])
		})
	}
}

// Whatever stands in any one field that others choose, nothing of it runs where what is made of the handshake for a
// shell is pasted.
func TestShellEveryField(t *testing.T) {
	p := pasted{}
	fields := 0
	for _, trace := range shellTraces(t) {
		fields += eachField(trace, p.of)
	}
	t.Logf("%d fields", fields)
	pasteAll(t, p)
}

// The same where one text stands in all fields, over every text of the corpus: with every key after y, on every row and
// in every tab, and in what is printed and exported.
func TestShellYanks(t *testing.T) {
	p := pasted{}
	traces := shellTraces(t)
	for n, h := range rendertest.PastedTexts() {
		whole := spoiled(traces[n%len(traces)], h.Text, inJSON(h.Text))
		p.of(whole)
		p.written(t, whole)
		s := replaying(t, 100, 26, whole, -1, Options{})
		s.press("g")
		for i := range min(len(s.m.screen.story.Rows), 15) {
			s.m.screen.chooseTab(tab.All[(n+i)%len(tab.All)])
			s.send(nil).press("tab", "j", "j")
			for _, key := range []string{"v", "k", "p", "q", "j", "c", "l", "u", "r"} {
				_, text, _ := s.m.screen.yanked(key)
				if (key == "v" || key == "j") && len(text) > 4000 {
					continue // more than the line of a terminal
				}
				p.add(strings.TrimSuffix(text, "\n"))
			}
			s.press("tab").press([]string{"j", "j", "G"}[i%3])
		}
		one := spoiler{at: n * 7, text: h.Text}
		p.written(t, one.trace(traces[0]))
	}
	pasteAll(t, p)
}
