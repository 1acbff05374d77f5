package verify

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"doorstep/flow/event"
	"doorstep/flow/wording"
)

// Where a hash, a signature or an event ID is not the right one, it is worked out in the ways in which homeservers get
// it wrong. What comes to the same as the event has says which one it was; nothing is guessed.

// A form is a text that may have been hashed or signed in place of the right one.
type form struct {
	fault Fault
	field string // JSON pointer to what makes the difference; may be empty
	words string // how it was made, as the end of a sentence: "with unsigned left in"
	bytes []byte
}

// explaining returns the first form that fits, whose words tell of the others that come to the same text; false where
// none does.
func explaining(forms []form, fits func([]byte) bool) (form, bool) {
	var found form
	var also []string
	for _, f := range forms {
		switch {
		case f.bytes == nil:
		case found.bytes == nil && fits(f.bytes):
			found = f
		case found.bytes != nil && bytes.Equal(f.bytes, found.bytes) && len(also) < mostAlso:
			also = append(also, f.words)
		}
	}
	for _, words := range also {
		found.words += "; or, which comes to the same here, " + words
	}
	return found, found.bytes != nil
}

// mostAlso bounds the other explanations that are told.
const mostAlso = 2

// An otherwise works out what may have been hashed or signed in place of what should have been.
type otherwise struct {
	e        *event.Event
	template []byte // nil: not known
	id       string // the ID in the path of send_join; empty: not known
}

// canonical returns the event in canonical form with some of its top-level members set or left out; nil where that
// cannot be made.
func (o *otherwise) canonical(set []event.Member, drop ...string) []byte {
	edited, err := event.Edit(o.e.Raw(), set, drop...)
	if err != nil {
		return nil
	}
	out, err := event.Canonical(edited, false)
	if err != nil {
		return nil
	}
	return out
}

// redacted returns what would be signed of the event, with some of its top-level members set or left out, in a room of
// version v; nil where that cannot be made.
func (o *otherwise) redacted(v *event.Version, set []event.Member, drop ...string) []byte {
	edited, err := event.Edit(o.e.Raw(), set, drop...)
	if err != nil {
		return nil
	}
	e, err := event.Parse(v, edited)
	if err != nil {
		return nil
	}
	return e.SignedBytes()
}

var emptyObject = []byte("{}")

// hashed returns what may have been hashed in place of ContentHashBytes.
func (o *otherwise) hashed() []form {
	const over = "hashes"
	out := []form{
		{OverUnsigned, "/unsigned", "with unsigned left in", o.canonical(nil, over, "signatures")},
		{OverUnsigned, "/unsigned", "with an empty unsigned left in", o.canonical([]event.Member{{Key: "unsigned",
			Value: emptyObject}}, over, "signatures")},
		{OverSignatures, "/signatures", "with signatures left in", o.canonical(nil, over, "unsigned")},
		{OverSignatures, "/signatures", "with an empty signatures left in", o.canonical([]event.Member{{Key: "signatures",
			Value: emptyObject}}, over, "unsigned")},
		{OverSignatures, "/signatures", "with an empty hashes and an empty signatures left in", o.canonical(
			[]event.Member{{Key: "signatures", Value: emptyObject}, {Key: "hashes", Value: emptyObject}}, "unsigned")},
		{OverUnsigned, "/unsigned", "with unsigned and signatures left in", o.canonical(nil, over)},
	}
	if o.e.Version().IDs != event.IDChosen && o.id != "" {
		out = append(out, form{OverEventID, "/event_id", "with an event_id, which the event does not carry",
			o.canonical([]event.Member{{Key: "event_id", Value: event.Quote(o.id)}}, over, "signatures", "unsigned")})
	}
	out = append(out, spellings(o.e.ContentHashBytes(), o.asSent(over, "signatures", "unsigned"))...)
	out = append(out, o.before(func(raw []byte) []byte {
		e, err := event.Parse(o.e.Version(), raw)
		if err != nil {
			return nil
		}
		return e.ContentHashBytes()
	})...)
	return append(out, form{OverRedacted, "", "of the redacted event", o.redacted(o.e.Version(), nil, over)})
}

// signed returns what may have been signed, or hashed for the event ID, in place of SignedBytes.
func (o *otherwise) signed() []form {
	v := o.e.Version()
	out := []form{{OverWhole, "/content", "over the whole event: it was not redacted", o.canonical(nil, "signatures",
		"unsigned")}}
	out = append(out, o.otherVersions()...)
	hash := o.e.ContentHash()
	rightHash := event.Member{Key: "hashes", Value: fmt.Appendf(nil, `{"sha256":%q}`, event.EncodeBase64(hash[:]))}
	out = append(out,
		form{OverNoHashes, "/hashes", "without hashes: the event was signed before it was hashed",
			o.redacted(v, nil, "hashes")},
		form{OverNoHashes, "/hashes", "over the whole event without hashes: it was neither redacted nor hashed",
			o.canonical(nil, "hashes", "signatures", "unsigned")},
		form{OverOtherHash, "/hashes", "with the content hash that is right for the event: hashes was changed afterwards",
			o.redacted(v, []event.Member{rightHash})},
		form{OverUnsigned, "/unsigned", "over the whole event with unsigned left in", o.canonical(nil, "signatures")},
		form{OverSignatures, "/signatures", "over the event with an empty signatures left in", o.withSignatures()})
	if v.IDs != event.IDChosen && o.id != "" {
		out = append(out, form{OverEventID, "/event_id", "with an event_id, which the event does not carry",
			o.redacted(v, []event.Member{{Key: "event_id", Value: event.Quote(o.id)}})})
	}
	out = append(out, spellings(o.e.SignedBytes(), nil)...)
	return append(out, o.before(func(raw []byte) []byte {
		e, err := event.Parse(v, raw)
		if err != nil {
			return nil
		}
		return e.SignedBytes()
	})...)
}

// withSignatures is what would be signed of the event if signatures, still empty, had been left in.
func (o *otherwise) withSignatures() []byte {
	edited, err := event.Edit(o.e.SignedBytes(), []event.Member{{Key: "signatures", Value: emptyObject}})
	if err != nil {
		return nil
	}
	out, err := event.Canonical(edited, false)
	if err != nil {
		return nil
	}
	return out
}

// otherVersions returns what would be signed of the event in rooms of other versions, each form once.
func (o *otherwise) otherVersions() []form {
	seen := map[string]bool{string(o.e.SignedBytes()): true}
	var out []form
	for _, v := range event.Versions() {
		b := o.redacted(v, nil)
		if b == nil || seen[string(b)] {
			continue
		}
		seen[string(b)] = true
		out = append(out, form{OverOtherVersion, "", "over the event as version " + v.ID + " redacts it; the room is of " +
			"version " + o.e.Version().ID, b})
	}
	return out
}

// mostChanges bounds the fields of which it is tried whether they were changed afterwards, all of their combinations.
const mostChanges = 6

// before returns what of gives of the event as it was before some of the fields in which it differs from its template
// were changed.
func (o *otherwise) before(of func(raw []byte) []byte) []form {
	if o.template == nil {
		return nil
	}
	var changed []Differing
	for _, d := range DifferingFields(o.template, o.e.Raw()) {
		switch d.Path {
		case "/hashes", "/signatures", "/unsigned":
		default:
			changed = append(changed, d)
		}
	}
	changed = changed[:min(len(changed), mostChanges)]
	var out []form
	for some := 1; some < 1<<len(changed); some++ {
		raw, f := o.e.Raw(), form{fault: OverTemplate}
		var paths []string
		for i, d := range changed {
			if some>>i&1 == 0 {
				continue
			}
			raw = withField(raw, d.Path, d.From)
			paths = append(paths, d.Path)
			if f.field = d.Path; d.From == nil {
				f.fault = OverLess
			}
		}
		if raw == nil {
			continue
		}
		f.words = "with " + wording.List(paths) + " as the template had it: it was changed afterwards"
		if f.fault == OverLess {
			f.words = "without " + wording.List(paths) + ": it was added afterwards"
		}
		f.bytes = of(raw)
		out = append(out, f)
	}
	return out
}

// withField returns an object with the value at a path of FieldsOf set, or with nil left out; nil where that cannot be
// done.
func withField(raw []byte, path string, value []byte) []byte {
	key, inContent := strings.CutPrefix(path, "/content/")
	if !inContent {
		return edited(raw, path[1:], value)
	}
	content := edited(event.Get(raw, "content"), key, value)
	if content == nil {
		return nil
	}
	return edited(raw, "content", content)
}

func edited(raw []byte, token string, value []byte) []byte {
	key := event.PointerKey(token)
	var out []byte
	var err error
	if value == nil {
		out, err = event.Edit(raw, nil, key)
	} else {
		out, err = event.Edit(raw, []event.Member{{Key: key, Value: value}})
	}
	if err != nil {
		return nil
	}
	return out
}

// asSent returns the event without some members, otherwise as it was sent.
func (o *otherwise) asSent(drop ...string) []byte {
	out, err := event.Edit(o.e.Raw(), nil, drop...)
	if err != nil {
		return nil
	}
	return out
}

// spellings returns the ways in which JSON libraries spell what is canonical here. asSent, where given, is the text in
// the order in which it was sent.
func spellings(canonical, asSent []byte) []form {
	const by = "over a text that is not canonical JSON: "
	out := []form{
		{OverSpelling, "", by + "blanks after commas and colons", spelled(canonical, true, false, false)},
		{OverSpelling, "", by + "what is not ASCII is escaped", spelled(canonical, false, true, false)},
		{OverSpelling, "", by + "blanks after commas and colons, and what is not ASCII is escaped",
			spelled(canonical, true, true, false)},
		{OverSpelling, "", by + "<, > and & are escaped", spelled(canonical, false, false, true)},
	}
	if asSent != nil {
		out = append(out, form{OverSpelling, "", by + "the keys are not sorted", asSent})
	}
	return out
}

// spelled spells a canonical text in another way.
func spelled(canonical []byte, blanks, ascii, html bool) []byte {
	var out []byte
	inString := false
	for i := 0; i < len(canonical); {
		r, n := utf8.DecodeRune(canonical[i:])
		switch {
		case inString && r == '\\':
			out = append(out, canonical[i:i+2]...)
			i += 2
			continue
		case r == '"':
			inString = !inString
		case ascii && r > 0x7e:
			for _, u := range utf16.Encode([]rune{r}) {
				out = fmt.Appendf(out, `\u%04x`, u)
			}
			i += n
			continue
		case html && inString && (r == '<' || r == '>' || r == '&'):
			out = fmt.Appendf(out, `\u%04x`, r)
			i += n
			continue
		}
		out = append(out, canonical[i:i+n]...)
		if i += n; blanks && !inString && (r == ',' || r == ':') {
			out = append(out, ' ')
		}
	}
	return out
}
