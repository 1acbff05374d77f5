package whatif

import (
	"doorstep/flow/answer"
	"doorstep/flow/event"
)

// A reply is an answer of a server of ours that is to be another.
type reply struct {
	draft     answer.Draft
	known     answer.Known
	mutations []answer.Mutation
}

// Answer is the subject of a menu about an answer that is held.
func Answer(d answer.Draft, k answer.Known) Subject {
	r := &reply{draft: d, known: k}
	for _, m := range answer.Mutations() {
		if m.Applies(d.Step, d.Version) {
			r.mutations = append(r.mutations, m)
		}
	}
	return r
}

func (r *reply) Title() string {
	return "What if the answer " + string(r.draft.Step) + " were another?"
}

func (r *reply) Ready() []Ready {
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

func (r *reply) Change(i int) (Draft, error)      { return r.mutations[i].Apply(r.draft, r.known) }
func (r *reply) Text() string                     { return r.draft.Text() }
func (r *reply) Parse(text string) (Draft, error) { return r.draft.Parse(text, r.known) }

func (r *reply) Editing() string {
	return "What would be answered, as text to change: you see it, and it stays held until you save it."
}

func (r *reply) ComesOfEdit() string {
	return "what comes of an edit is what the joining server makes of it"
}

// comesOf tells what a joining server is to make of a change, by the rules.
func (r *reply) comesOf(m answer.Mutation) string {
	v := r.draft.Version
	if v == nil {
		versions := event.Versions()
		v = versions[len(versions)-1]
	}
	x := m.Expected(v, r.draft.Step)
	return "By the rules " + x.Asks.Words() + ": " + x.Why + "."
}
