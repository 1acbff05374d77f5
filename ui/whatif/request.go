package whatif

import (
	"fmt"
	"strings"

	"doorstep/flow/alter"
)

// A request is a step of the handshake that is to be done otherwise.
type request struct {
	draft     alter.Draft
	known     alter.Known
	mutations []alter.Mutation
}

// Request is the subject of a menu about a step that sends a request, or signs an event.
func Request(d alter.Draft, k alter.Known) Subject {
	r := &request{draft: d, known: k}
	for _, m := range alter.Mutations() {
		if m.Applies(d.Step, d.Version) {
			r.mutations = append(r.mutations, m)
		}
	}
	return r
}

func (r *request) Title() string { return "What if " + string(r.draft.Step) + " went otherwise?" }

func (r *request) Ready() []Ready {
	var out []Ready
	for _, m := range r.mutations {
		x := Ready{Name: m.Name, Title: m.Title, Teaches: m.Teaches, Comes: r.comesOf(m)}
		if _, err := m.Apply(r.draft, r.known); err != nil {
			x.Why = reason(err)
		}
		out = append(out, x)
	}
	return out
}

func (r *request) Change(i int) (Draft, error)      { return r.mutations[i].Apply(r.draft, r.known) }
func (r *request) Text() string                     { return r.draft.Text() }
func (r *request) Parse(text string) (Draft, error) { return r.draft.Parse(text) }

func (r *request) Editing() string {
	return "What would be sent, as text to change: you see it, and nothing is sent before you save it."
}

func (r *request) ComesOfEdit() string { return "what comes of an edit is what the server says to it" }

// comesOf tells what a change leads to, by the rules.
func (r *request) comesOf(x alter.Mutation) string {
	v := r.draft.Version
	if v == nil {
		versions := x.Versions()
		v = versions[len(versions)-1]
	}
	e := x.Expected(v, r.draft.Step)
	words := "By the rules: " + strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, e.Errcode)) + ", because " + e.Why + "."
	if e.Rule != "" {
		words += " Authorisation rule " + e.Rule + " of version " + v.ID + "."
	}
	return words
}
