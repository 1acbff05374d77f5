package story

import (
	"fmt"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/alter"
	"doorstep/flow/answer"
	"doorstep/flow/wording"
	"doorstep/render"
)

// EditedWord marks what somebody changed before it was sent or signed, on every terminal.
const EditedWord = "~ edited"

// editedTitle is a change in a few words: what a ready one is called, otherwise what it does.
func editedTitle(e *flow.Entry) string {
	if m, ok := answer.ReadyChange(e); ok {
		return m.Title
	}
	changes := alter.Changes(e)
	if len(changes) == 0 {
		return "edited by hand"
	}
	const room = 60 // cells for the first change
	words := wording.ClipTo(changes[0].Says(e.Altered.OwnSignature), room)
	if more := len(changes) - 1; more > 0 {
		words += ", and " + wording.Count(more, "other change")
	}
	return words
}

// EditedNotice says of an entry that it was changed, and where to see how; empty where it was not.
func EditedNotice(e *flow.Entry) string {
	switch {
	case e == nil || e.Altered == nil:
		return ""
	case e.Altered.Response != nil:
		return EditedWord + " before it was answered: " + editedTitle(e) + ". The tab Diff shows what would have been " +
			"answered."
	case e.Build != nil:
		return EditedWord + " before it was signed: " + editedTitle(e) + ". The tab Diff shows what it would have been."
	}
	return EditedWord + " before it was sent: " + editedTitle(e) + ". The tab Diff shows what would have been sent."
}

// Edited are the sides of an entry that somebody changed: what would have been sent, or signed, and what was; nil where
// nobody changed it. What follows from a change, such as a length or a hash, is left out.
func Edited(e *flow.Entry) *render.Diff {
	if e == nil || e.Altered == nil {
		return nil
	}
	d := &render.Diff{Left: "would have been sent", Right: "was sent"}
	switch {
	case e.Build != nil:
		d.Left, d.Right = "would have been signed", "was signed"
	case e.Altered.Response != nil:
		d.Left, d.Right = "would have been answered", "was answered"
	}
	for _, c := range alter.Changes(e) {
		d.Changes = append(d.Changes, editedChange(e, c))
	}
	if m, ok := answer.ReadyChange(e); ok && len(d.Changes) > 0 {
		why := m.Title + ". " + m.Teaches
		if said := d.Changes[0].Why; said != "" {
			why = string(said) + ". " + why
		}
		d.Changes[0].Why = render.Untrusted(why)
	}
	return d
}

// editedChange is one change as the diff shows it.
func editedChange(e *flow.Entry, c alter.Change) render.Change {
	r := render.Change{Path: render.Untrusted(editedPath(c)), Kind: render.Replaced, From: render.Untrusted(c.From),
		To: render.Untrusted(c.To)}
	switch {
	case c.Part == alter.PartSealing:
		r.From, r.To = sealedAs(c)
		r.Why = render.Untrusted(c.Says(false))
	case c.Part == alter.PartDelivery:
		r.From, r.To = "whole, and at once", render.Untrusted(c.Says(false))
	case c.From == nil:
		r.Kind = render.Added
	case c.To == nil:
		r.Kind = render.Removed
	case string(c.From) == string(c.To): // a signature that somebody wrote
		r.Why = render.Untrusted(c.Says(e.Altered.OwnSignature))
	case c.Part == alter.PartBody:
		r.Why = render.Untrusted("it says the same in other bytes, or cannot be told apart field by field")
	}
	return r
}

// editedPath names what was changed: a JSON pointer for a field, otherwise a word of ours.
func editedPath(c alter.Change) string {
	switch c.Part {
	case alter.PartField, alter.PartEvents:
		return c.Name
	case alter.PartHeader:
		return "header " + c.Name
	case alter.PartSealing:
		return map[string]string{"hash": "content hash", "key": "signature", "redact-as": "redaction"}[c.Name]
	}
	return string(c.Part)
}

// sealedAs says how an event is hashed and signed unless somebody changes that, and how it was instead.
func sealedAs(c alter.Change) (usual, instead render.Untrusted) {
	if string(c.To) == string(flow.SealedNot) {
		instead = "none"
	}
	switch {
	case c.Name == "redact-as":
		return "by the rules of the room's version", render.Untrusted("by the rules of version " + string(c.To))
	case c.Name == "hash" && instead == "":
		instead = "of another content"
	case c.Name == "key" && instead == "":
		instead = "by a key that is not published"
	}
	return map[string]render.Untrusted{"hash": "of the content", "key": "by our key"}[c.Name], instead
}

// Answered says in a line what was changed in an entry, what was answered to it, and what to the request in the branch
// where nobody changed it. s is the state that the changed branch leads to; of what was changed there is as much as
// leaves room for the answers in that many cells.
func (l Phrases) Answered(s flow.State, b alter.Branch, seq, cells int) string {
	e := b.Altered.Entry(seq)
	if e == nil || e.Altered == nil {
		return ""
	}
	altered, usual := b.AnswersTo(seq)
	if altered.Entry == nil { // nothing comes of it so far
		return EditedWord + ": " + render.Safe(render.Untrusted(editedTitle(e)), render.SafeOpts{Width: max(cells, 1),
			Ellipsis: l.More})
	}
	answers := " " + l.To + " " + answerWords(altered)
	if len(b.Usual.Entries) > 0 {
		answers += "; unedited " + l.To + " " + answerWords(usual)
	}
	if x, _ := expectedOf(s, e); x.Rule != "" && altered.Refusal != nil {
		answers += " " + l.Dot + " rule " + x.Rule
	}
	const least = 12 // cells that say something of the change
	room := max(cells-render.Width(EditedWord+": "+answers), least)
	title := render.Safe(render.Untrusted(editedTitle(e)), render.SafeOpts{Width: room, Ellipsis: l.More})
	return EditedWord + ": " + title + answers
}

// editedHead adds to the head of an entry how it was changed.
func (b *Builder) editedHead(e *flow.Entry) {
	if e.Altered == nil {
		return
	}
	b.Section(EditedWord)
	by := "by hand"
	if m, ok := answer.ReadyChange(e); ok {
		by = m.Title + " (" + m.Name + ")"
	}
	b.Field("change:", by)
	for _, c := range alter.Changes(e) {
		b.Put(b.Text, c.Says(e.Altered.OwnSignature))
	}
}

// answerWords are an answer in a few words.
func answerWords(a alter.Answer) string {
	switch {
	case a.Entry == nil:
		return "no answer yet"
	case a.Refusal != nil:
		return strings.TrimSpace(fmt.Sprintf("%d %s", a.Refusal.Status, a.Refusal.Errcode))
	case a.Entry.Failure != nil:
		return string(a.Entry.Failure.Kind)
	case a.Entry.Response != nil:
		return fmt.Sprint(a.Entry.Response.Status)
	}
	return "no answer"
}

// expectedOf is what a ready change leads to in the version of the room; false where nobody can tell.
func expectedOf(s flow.State, e *flow.Entry) (alter.Expected, bool) {
	m, ok := alter.Lookup(e.Altered.Mutation)
	if !ok || s.Template == nil || s.Template.RoomVersion == nil || !m.Applies(e.Step, s.Template.RoomVersion) {
		if ok && e.Step == flow.A4 { // the version came with no answer, or none did
			versions := m.Versions()
			return m.Expected(versions[len(versions)-1], e.Step), true
		}
		return alter.Expected{}, false
	}
	return m.Expected(s.Template.RoomVersion, e.Step), true
}

func statusOf(a alter.Answer) int {
	if a.Entry == nil || a.Entry.Response == nil {
		return 0
	}
	if a.Refusal != nil {
		return a.Refusal.Status
	}
	return a.Entry.Response.Status
}

// answerInFull is an answer with what it says.
func answerInFull(a alter.Answer) string {
	words := answerWords(a)
	if a.Refusal != nil && a.Refusal.Message != "" {
		words += ": " + a.Refusal.Message
	}
	return words
}

// EditedConsent is the question before a changed step is done with real servers, and what there is to know for an
// answer: who gets what, by whose key it is signed, and who keeps it.
func EditedConsent(s flow.State, d alter.Draft) (question string, paras []string) {
	h := s.Header
	what := ""
	if m, ok := alter.Lookup(d.Mutation); ok {
		what = " " + m.Title
	}
	kept := "What was received may be kept for ever, in logs or backups: nobody can take it back."
	if d.Signs() {
		template, hands := s.Template, "send_join"
		if s.Undo.Template != nil {
			template, hands = s.Undo.Template, "send_leave"
		}
		server := "the resident server"
		if template != nil {
			server = template.Server
		}
		signed := signedBy(h, d)
		if d.Sealing.Key == flow.SealedRight {
			signed += " Everybody who has the event can show that it came from " + h.Joining + "."
		}
		return "Sign the edited event?" + what, []string{
			"Nothing is sent by this step. " + hands + " hands the event to " + server + ": if that server takes it, every " +
				"server in " + s.RoomID + " gets it, and the members of the room see it.",
			signed,
			"A room keeps its events as long as it exists. " + kept,
		}
	}
	paras = []string{d.Server + " gets the edited request" + atStep[d.Step] + ". " + signedBy(h, d)}
	if d.Step == flow.A6 || d.Step == flow.U3 {
		real := "This is a real join: " + h.User + " becomes a member of "
		if d.Step == flow.U3 {
			real = "This is a real leave: " + h.User + " is no member any more of "
		}
		paras = append(paras, real+s.RoomID+" if it is taken. Every server in the room is told then, and its members "+
			"see it.")
	} else {
		paras = append(paras, "The room is told nothing. "+d.Server+" sees the request, who asks, and that it is odd; it "+
			"may answer less, or block "+h.Joining+".")
	}
	return "Send the edited request?" + what, append(paras, kept)
}

// atStep says what a request asks for.
var atStep = map[flow.StepID]string{flow.A2: " about the alias", flow.A4: " for a protoevent",
	flow.A6: " with the signed join event", flow.U1: " for a template of a leave",
	flow.U3: " with the signed leave event"}

// signedBy says by which key a draft is signed.
func signedBy(h flow.Header, d alter.Draft) string {
	key := "the key " + h.KeyID + " of " + h.Joining
	switch authorised := slices.ContainsFunc(d.Header, func(f client.Field) bool {
		return strings.EqualFold(f.Name, "Authorization")
	}); {
	case d.Signs() && d.Sealing.Key == flow.SealedNot:
		return "It is not signed."
	case d.Signs() && d.Sealing.Key == flow.SealedWrong:
		return "It is signed by a key that nobody publishes, in the name of " + h.Joining + "."
	case d.Signs():
		return "It is signed by " + key + "."
	case !authorised:
		return "It is not signed, and comes from your address."
	case d.Altered() != nil && d.Altered().OwnSignature:
		return "It carries the signature that you wrote, and comes from your address."
	}
	return "It is signed by " + key + ", and comes from your address."
}
