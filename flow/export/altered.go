package export

import (
	"encoding/json"

	"doorstep/flow"
	"doorstep/flow/alter"
	"doorstep/flow/answer"
)

// AlteredJSON is a step that somebody changed before it was done.
type AlteredJSON struct {
	Seq      int            `json:"seq"`
	Step     flow.StepID    `json:"step"`
	By       flow.AlteredBy `json:"by"`
	Mutation string         `json:"mutation,omitempty"` // its name, where a ready one was made
	Title    string         `json:"title,omitempty"`
	Teaches  string         `json:"teaches,omitempty"`
	Changes  []AlteredField `json:"changes"`

	// Answer is what the request came to, or that with which the changed event was handed in; it is there once it has an
	// answer. Usual is what the unchanged one came to, where the handshake was done as usual too.
	Answer *AnswerJSON `json:"answer,omitempty"`
	Usual  *UsualJSON  `json:"usual,omitempty"`
}

// AlteredField is one thing that went out otherwise. From and To are JSON values where they are fields of the body, and
// strings elsewhere; null where there is nothing.
type AlteredField struct {
	Part alter.Part      `json:"part"`
	Name string          `json:"name"`
	From json.RawMessage `json:"from"`
	To   json.RawMessage `json:"to"`
	Says string          `json:"says"`
}

// AnswerJSON is what an answer says: its status, and of a refusal errcode and error. Failure is why no whole answer
// came.
type AnswerJSON struct {
	Status  int    `json:"status"`
	Errcode string `json:"errcode"`
	Error   string `json:"error"`
	Failure string `json:"failure,omitempty"`
}

// UsualJSON is what the handshake came to without the change.
type UsualJSON struct {
	Answer  *AnswerJSON  `json:"answer,omitempty"`
	Outcome flow.Outcome `json:"outcome"`
}

// alteredJSON tells of every step of t that somebody changed; usual is the handshake without the change, nil where
// there was none.
func alteredJSON(t flow.Trace, s flow.State, usual *flow.Trace) []AlteredJSON {
	var out []AlteredJSON
	for _, seq := range s.Altered {
		e := t.Entry(seq)
		a := AlteredJSON{Seq: seq, Step: e.Step, By: e.Altered.By, Mutation: e.Altered.Mutation,
			Changes: []AlteredField{}}
		if m, ok := answer.ReadyChange(e); ok {
			a.Title, a.Teaches = m.Title, m.Teaches
		}
		for _, c := range alter.Changes(e) {
			a.Changes = append(a.Changes, AlteredField{c.Part, c.Name, changeValue(c.Part, c.From), changeValue(c.Part, c.To),
				c.Says(e.Altered.OwnSignature)})
		}
		out = append(out, a)
	}
	if len(out) == 0 {
		return nil
	}
	if t.Entry(out[0].Seq).Altered.Response != nil {
		return out // it is an answer itself
	}
	b := alter.Branch{Altered: t}
	if usual != nil {
		b.Usual = *usual
	}
	altered, plain := b.Answers()
	out[0].Answer = answerJSON(altered)
	if usual != nil {
		out[0].Usual = &UsualJSON{Answer: answerJSON(plain), Outcome: flow.Fold(*usual).Outcome()}
	}
	return out
}

func answerJSON(a alter.Answer) *AnswerJSON {
	switch {
	case a.Entry == nil:
		return nil
	case a.Refusal != nil:
		return &AnswerJSON{Status: a.Refusal.Status, Errcode: a.Refusal.Errcode, Error: a.Refusal.Message}
	case a.Entry.Response != nil && a.Entry.Failure == nil:
		return &AnswerJSON{Status: a.Entry.Response.Status}
	case a.Entry.Failure != nil:
		return &AnswerJSON{Failure: a.Entry.Failure.Message}
	}
	return nil
}

// changeValue gives one side of a change as JSON.
func changeValue(p alter.Part, value []byte) json.RawMessage {
	switch {
	case value == nil:
		return jsonOrNull(nil)
	case p == alter.PartField || p == alter.PartEvents:
		return jsonOrNull(value)
	}
	text, _ := json.Marshal(string(value)) // of a string it never errs
	return text
}
