package ui

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/render/rendertest"
	"doorstep/ui/home"
	"doorstep/ui/tab"
	"doorstep/ui/text"
)

// spoiled returns t with text in every field that a server, a recording's writer or a user can fill. Bodies are spoiled
// by spoil.
func spoiled(t flow.Trace, text string, spoil func([]byte) []byte) flow.Trace {
	out := flow.Trace{Header: t.Header}
	fillStrings(reflect.ValueOf(&out.Header).Elem(), text, spoil)
	for _, e := range t.Entries {
		fresh := flow.Entry{Seq: e.Seq, At: e.At, Took: e.Took, Kind: e.Kind, Step: e.Step, From: e.From, To: e.To,
			Server:   e.Server,
			Inferred: e.Inferred, Answers: e.Answers, Attempt: e.Attempt, Of: e.Of}
		// Copies through pointers, so that the trace that was read stays as it is.
		fresh.Request, fresh.Response, fresh.Failure = copied(e.Request), copied(e.Response), copied(e.Failure)
		fresh.Connection, fresh.Discovery, fresh.Build = copied(e.Connection), copied(e.Discovery), copied(e.Build)
		fillStrings(reflect.ValueOf(&fresh).Elem(), text, spoil)
		out.Entries = append(out.Entries, fresh)
	}
	return out
}

// copied is a deep copy.
func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	out := reflect.New(reflect.TypeOf(*p))
	deepCopy(out.Elem(), reflect.ValueOf(*p))
	return out.Interface().(*T)
}

func deepCopy(to, from reflect.Value) {
	switch from.Kind() {
	case reflect.Pointer:
		if !from.IsNil() {
			to.Set(reflect.New(from.Type().Elem()))
			deepCopy(to.Elem(), from.Elem())
		}
	case reflect.Slice:
		if !from.IsNil() {
			to.Set(reflect.MakeSlice(from.Type(), from.Len(), from.Len()))
			for i := range from.Len() {
				deepCopy(to.Index(i), from.Index(i))
			}
		}
	case reflect.Struct:
		for i := range from.NumField() {
			if to.Field(i).CanSet() {
				deepCopy(to.Field(i), from.Field(i))
			} else {
				to.Set(from) // a time: it holds no text of others
				return
			}
		}
	default:
		to.Set(from)
	}
}

// fillStrings puts text into every string, and spoils every byte slice, but for the words that this program chooses.
func fillStrings(v reflect.Value, text string, spoil func([]byte) []byte) {
	switch v.Kind() {
	case reflect.String:
		switch v.Interface().(type) {
		case flow.Role, flow.StepID, flow.Kind, flow.Form, flow.SendTo, client.Endpoint, client.FailureKind:
			return
		}
		v.SetString(text)
	case reflect.Pointer:
		if !v.IsNil() {
			fillStrings(v.Elem(), text, spoil)
		}
	case reflect.Slice:
		if b, ok := v.Interface().([]byte); ok {
			v.SetBytes(spoil(b))
			return
		}
		for i := range v.Len() {
			fillStrings(v.Index(i), text, spoil)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fillStrings(v.Field(i), text, spoil)
			}
		}
	}
}

// inJSON puts text into every string value of a JSON document, escaped as JSON has it.
func inJSON(text string) func([]byte) []byte {
	return func(body []byte) []byte {
		var v any
		if json.Unmarshal(body, &v) != nil {
			return body
		}
		out, err := json.Marshal(withText(v, text))
		if err != nil {
			return body
		}
		return out
	}
}

func withText(v any, text string) any {
	switch v := v.(type) {
	case string:
		return text
	case []any:
		for i := range v {
			v[i] = withText(v[i], text)
		}
	case map[string]any:
		for k := range v {
			if k != "membership" && k != "room_version" { // what the handshake turns on stays
				v[k] = withText(v[k], text)
			}
		}
		v[text] = text
	}
	return v
}

// Whatever a server puts wherever it can, no frame holds a byte that a terminal acts upon.
func TestHostileText(t *testing.T) {
	joined, timeout := recorded(t, "joined"), recorded(t, "timeout")
	for n, h := range rendertest.Hostile() {
		t.Run(h.Name, func(t *testing.T) {
			text := h.Text
			if len(text) > 2000 { // render's own tests look at how long text is cut
				text = text[:2000]
			}
			inBodies := spoiled(joined, text, inJSON(text))
			screensHold(t, inBodies, n)
			plainHolds(t, inBodies)
			forBodies := spoiled(timeout, text, func([]byte) []byte { return []byte(text) })
			screensHold(t, forBodies, n+1)
			plainHolds(t, forBodies)
		})
	}
}

// screensHold looks at every row of a trace, each in another tab, the first in tab n.
func screensHold(t *testing.T, trace flow.Trace, n int) {
	t.Helper()
	s := replaying(t, 100, 26, trace, -1, Options{Notice: trace.Header.User})
	check := func(width int) {
		t.Helper()
		if err := rendertest.Check(s.lines(), width); err != nil {
			t.Fatal(err)
		}
	}
	check(100)
	s.press("g")
	for i := range s.m.screen.story.Rows {
		s.m.screen.chooseTab(tab.All[(n+i)%len(tab.All)])
		s.send(nil)
		check(100)
		s.press("j")
	}
	s.send(tea.WindowSizeMsg{Width: 45, Height: 26})
	check(45)
}

func plainHolds(t *testing.T, trace flow.Trace) {
	t.Helper()
	var out bytes.Buffer
	if err := text.Write(&out, trace, text.Options{AllChecks: true}); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n") {
		if err := rendertest.Check([]string{line}, cellsOf(line)); err != nil {
			t.Fatalf("plain: %v", err)
		}
	}
	for _, line := range text.Ladder(trace, 100, 0, true) {
		if err := rendertest.Check([]string{line}, 100); err != nil {
			t.Fatalf("ladder: %v", err)
		}
	}
}

// Names that come from outside, of scenarios and recordings, are drawn safe as well.
func TestHostileHome(t *testing.T) {
	for _, h := range rendertest.Hostile() {
		o := homeOptions()
		o.Scenarios = append(o.Scenarios, home.Scenario{Name: h.Text, Title: h.Text, Teaches: h.Text,
			Finding: h.Text})
		o.Recordings = append(o.Recordings, home.Recording{Name: h.Text, Title: h.Text, When: h.Text, Group: h.Text})
		o.Recent = func(context.Context) ([]home.Recording, string) { return o.Recordings, h.Text }
		o.Notice = h.Text
		s := newScreen(t, 80, 24, o)
		s.sound()
		s.press("G").sound()
		s.press("enter").sound()
		for range 12 {
			s.press("k", "enter").sound()
		}
	}
}
