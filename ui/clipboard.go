package ui

import (
	"encoding/json"
	"fmt"

	"doorstep/flow/citation"
	"doorstep/flow/export"
	"doorstep/flow/shell"
	"doorstep/ui/keymap"
	"doorstep/ui/pane"
	"doorstep/ui/story"
	"doorstep/ui/tab"
)

// yanks are what y can be followed by.
const yanks = "copy:  v value  k key  p path  q jq path  j whole JSON  c curl  l link  u URL  r redo  Esc"

// yanked returns what a key after y stands for, or why there is none.
func (h *handshake) yanked(key string) (what, text, problem string) {
	e := h.whole.Entry(h.at.Seq)
	switch key {
	case "v":
		if value := h.fields().Value(); value != nil {
			return asJSON("value", value)
		}
		if h.listsEvents() {
			return h.yankedEvent()
		}
		return "", "", "this row has no body"
	case "j":
		if h.listsEvents() {
			return h.yankedEvent()
		}
		if raw := story.Payload(e); e != nil && raw != nil {
			return asJSON("JSON", raw)
		}
		return "", "", "this row has no body"
	case "k", "p", "q":
		c := h.fields()
		if c.Path() == "" {
			return "", "", "the cursor is on no field"
		}
		what, text = fieldName(key, c)
		return what, text, ""
	case "l":
		return h.linked()
	case "c":
		if e == nil || e.Request == nil {
			return "", "", "curl is for requests: this row is none"
		}
		text, problem := story.Curl(h.trace(), e)
		return "curl", string(text), problem
	case "u":
		if url := h.cited(); url != "" {
			return "URL", url, ""
		}
		return "", "", "nothing that can be opened is cited here"
	case "r":
		return h.redone()
	}
	return "", "", h.Press(keymap.ActYank) + " is followed by v, k, p, q, j, c, l, u or r"
}

// yankedEvent is the JSON of the event that is selected.
func (h *handshake) yankedEvent() (what, text, problem string) {
	raw, problem := h.main.Events.Yanked()
	if problem != "" {
		return "", "", problem
	}
	return asJSON("event", raw)
}

// asJSON is JSON for the clipboard, of which nothing runs where it is pasted into a shell; it is said where it is not
// byte for byte what came.
func asJSON(what string, raw []byte) (string, string, string) {
	text := shell.JSON(raw)
	if text != string(raw) {
		what += ", escaped for shells"
	}
	return what, text, ""
}

// cited is the URL of what is cited where the reader is: in the text that is shown, from the cursor on, or next to
// the change that the cursor is on; otherwise in what explains what the cursor is on, or the row.
func (h *handshake) cited() string {
	c := h.pointed(h.pane)
	switch {
	case c != nil && c.Text != nil:
		if url := c.Text.URL(c.Cursor); url != "" {
			return url
		}
	case c != nil && c.Diff != nil && c.Cursor < len(c.Diff.Changes):
		for _, r := range citation.Parse(string(c.Diff.Changes[c.Cursor].Source)) {
			if r.URL != "" {
				return r.URL
			}
		}
	}
	s := h.scene()
	if p := h.thing(); !p.Nothing() {
		s.Asked = p
		if url := s.WhyText().URL(0); url != "" {
			return url
		}
		s.Asked = story.Pointed{}
	}
	return s.WhyText().URL(0)
}

// listsEvents reports whether the tab of the events is shown, with a list or a page.
func (h *handshake) listsEvents() bool { return h.tab == tab.Events && h.main.Events != nil }

// fields is what has a field under its cursor: the event of a page while that is shown, otherwise the body of the row.
func (h *handshake) fields() *pane.Content {
	if h.listsEvents() {
		return h.main
	}
	return h.bodies[h.at.Seq]
}

// fieldName is the field under the cursor, named as a key after y asks for it.
func fieldName(key string, c *pane.Content) (what, text string) {
	switch key {
	case "p":
		return "path", shell.Pointer(c.Path())
	case "q":
		return "jq path", shell.JQ(c.JQ())
	}
	name := c.Key()
	if shell.Pointer(name) == name {
		return "key", name
	}
	quoted, err := json.Marshal(name)
	if err != nil { // no string is beyond JSON
		return "key", ""
	}
	return "key", shell.JQ(string(quoted))
}

// linked is the command that opens the recording that is shown. No option leads to an entry: a key does, which is said.
func (h *handshake) linked() (what, text, problem string) {
	if h.live {
		return "", "", "no file holds this run: " + h.Press(keymap.ActWrite) + " writes one, which replay opens"
	}
	command := story.ReplayCommand(h.name)
	if command == "" {
		return "", "", "the recording has no name that is safe to paste: " +
			h.Press(keymap.ActWrite) + " writes it to a file"
	}
	what = "command"
	if h.at.Seq > 0 {
		what = fmt.Sprintf("command (%dg then goes to this entry)", h.at.Seq)
	}
	return what, string(command), ""
}

// redone returns the commands that work out again what the tab Sign, Rules or Events shows.
func (h *handshake) redone() (what, text, problem string) {
	s := h.scene()
	id, where := s.SignedEvent()
	if h.tab == tab.Events || h.tab == tab.Rules {
		id, where = h.subject(s)
	}
	if w, ok := s.Work(id, where); ok {
		return "commands", string(export.Redo(w)) + "\n", ""
	}
	return "", "", "no event is signed on this row"
}
