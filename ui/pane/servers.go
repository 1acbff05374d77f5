package pane

import (
	"fmt"
	"strconv"

	"doorstep/flow/wording"
	"doorstep/render"
	"doorstep/ui/keymap"
	"doorstep/ui/listing"
	"doorstep/ui/story"
)

// serversTable is the table of the servers whose users sent the events that are shown.
func (ev *Events) serversTable() render.Table {
	t := render.Table{Rows: serverRows(ev.servers), Columns: []render.Column{
		{Title: "server", Min: 18}, {Title: "events", Right: true}, {Title: "joined", Right: true, Goes: 2},
		{Title: "signed", Right: true, Goes: 4}, {Title: "bad", Right: true},
		{Title: "unchecked", Right: true, Goes: 3}, {Title: "keys", Min: 10, Goes: 1},
	}}
	for _, s := range []render.Status{render.OK, render.Warn, render.NotChecked, render.Fail} {
		for i := range ev.servers {
			if story.CheckStatus(ev.servers[i].Worst) == s {
				t.Marks = append(t.Marks, s)
				break
			}
		}
	}
	return t
}

// serverRows are the rows of that table.
type serverRows []listing.ServerRow

func (r serverRows) Len() int { return len(r) }

func (r serverRows) Row(i int) render.TableRow {
	s := &r[i]
	number := func(n int) render.Untrusted { return render.Untrusted(strconv.Itoa(n)) }
	name := s.Name
	if name == "" {
		name = "cannot be read"
	}
	return render.TableRow{Status: story.CheckStatus(s.Worst), Cells: []render.Untrusted{render.Untrusted(name),
		number(s.Events), number(s.Members), number(s.Signed.Pass), number(s.Signed.Fail), number(s.Signed.NotChecked),
		render.Untrusted(keyWords(s.Keys))}}
}

// keyWords says how many keys of a server are known, and where they came from.
func keyWords(k listing.KeySource) string {
	switch {
	case k.Own:
		return "our own"
	case !k.Asked:
		return "not asked for"
	case k.Known == 0:
		return "missing"
	case len(k.Notary) > 0:
		return strconv.Itoa(k.Known) + " from " + wording.List(k.Notary)
	}
	return strconv.Itoa(k.Known) + " from itself"
}

// serverNote says more of the server under the cursor.
func (ev *Events) serverNote() string {
	at := ev.places[ServersView].cursor
	if at >= len(ev.servers) {
		return ""
	}
	s := &ev.servers[at]
	words := fmt.Sprintf("%d of its signatures hold, %d do not, %d could not be checked. %s shows its events, %s or "+
		"%s the list.", s.Signed.Pass, s.Signed.Fail, s.Signed.NotChecked, ev.Phrases.Press(keymap.ActOpen),
		ev.Phrases.Press(keymap.ActServers), ev.Phrases.Press(keymap.ActBack))
	if known := ev.State.Keys.Of(s.Name); known.Lacking() {
		words = fmt.Sprintf("Its keys are missing: %s. %s", known.Problem, words)
	}
	return s.Name + ": " + words
}
