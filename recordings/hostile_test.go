package recordings_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/recording"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/recordings"
	"doorstep/render/rendertest"
)

// hostileName is the recording of servers that put the corpus of hostile texts wherever they can.
const hostileName = "hostile"

// mostHostile bounds that recording, which tests of every package read, in bytes.
const mostHostile = 160 << 10

// brief is a text for fields that hold little: an escape sequence, C1, DEL, bidi, zero width, separators of lines.
const brief = "a\x1b[2J\x1b]0;x\x07\u009b31m\x7f\b\r\n\u202emoc\u2066\u200b\u2028\ufeff\U000e0067z"

// corpus are the hostile texts that fit a recording which is read by many tests: all but the very long ones.
func corpus() []string {
	var out []string
	for _, h := range rendertest.Hostile() {
		if len(h.Text) > 0 && len(h.Text) <= 80 {
			out = append(out, h.Text)
		}
	}
	return out
}

// inJSON are those that JSON can hold: its strings are UTF-8.
func inJSON() []string {
	return slices.DeleteFunc(corpus(), func(s string) bool { return !utf8.ValidString(s) })
}

// packed joins texts to as few as possible of at most so many bytes.
func packed(texts []string, most int) []string {
	out := []string{""}
	for _, s := range texts {
		if last := out[len(out)-1]; last != "" && len(last)+len(s) >= most {
			out = append(out, "")
		}
		out[len(out)-1] += s + "|"
	}
	return out
}

// everything is the corpus in one text, as bytes and as JSON can hold it.
func everything() (raw, text string) {
	return strings.Join(corpus(), "|"), strings.Join(inJSON(), "|")
}

// oneLine is a text as it may stand in the head of an answer.
func oneLine(s string) string { return strings.NewReplacer("\r", " ", "\n", " ").Replace(s) }

// inField is a text as it may be the value of a header field: with a control character of ASCII there is no answer.
func inField(s string) string {
	out := []byte(s)
	return string(slices.DeleteFunc(out, func(c byte) bool { return c < ' ' || c == 0x7f }))
}

// hostileScenario is a handshake in which every server puts the corpus into whatever it chooses.
func hostileScenario() engine.Scenario {
	raw, text := everything()
	head := func(_ *engine.Server, r *engine.Reply) { r.Header = map[string]string{"Server": inField(brief)} }
	s := engine.Scenario{
		Name: hostileName, Title: "Escape sequences, bidi and control characters in every field that servers fill",
		Layout: engine.Layout{Directory: engine.DirectoryName, Founder: engine.ResidentName, Second: engine.OtherName,
			Candidates: []string{engine.OtherName, engine.ResidentName}},
		RoomVersion: "1", // rooms of which have IDs that servers choose, and so have their events
		Form:        "current", SendTo: "same",
		Network: &engine.Network{Places: map[string]engine.Place{
			engine.ResidentIP + ":443": {Web: &engine.Site{Certificate: client.Leaf{Names: []string{engine.ResidentName}},
				WellKnown: &engine.Reply{Status: 200, Reason: oneLine(brief), Header: map[string]string{"Server": inField(brief)},
					Body: `{"m.server":` + quoted(brief) + `,"x":"` + escaped(raw) + `"}`}}},
			engine.OtherIP + ":443": {Web: &engine.Site{Certificate: client.Leaf{Names: []string{engine.OtherName}},
				WellKnown: &engine.Reply{Status: 302, Header: map[string]string{"Location": "https://" + oneLine(brief) + "/"}}}},
			engine.DirectoryIP + ":443": {Web: &engine.Site{Plain: true,
				Page: &engine.Reply{Status: 200, Reason: oneLine(brief), Body: brief}}},
		}},
		Faults: []engine.Fault{
			{Server: engine.OtherName, Endpoint: client.MakeJoin, Instead: &engine.Reply{Status: 502, Reason: oneLine(raw),
				Header: map[string]string{"Content-Type": inField(brief), "Retry-After": inField(brief), "X-Raw": inField(raw)},
				Body:   `{"errcode":"M_` + escaped(brief) + `","error":"` + escaped(raw) + `"}`}},
			{Endpoint: client.QueryDirectory, Reply: func(_ *engine.Server, r *engine.Reply) {
				head(nil, r)
				r.Body = engine.Fields{"room_id": r.Body.(*engine.DirectoryAnswer).RoomID, brief: text,
					"servers": []string{engine.OtherName, brief, engine.ResidentName, brief + ".example"}}
			}},
			{Server: engine.ResidentName, Endpoint: client.MakeJoin, Change: func(c *engine.Change) {
				c.Body.(*engine.TemplateAnswer).Event.Content[brief] = brief
			}},
			{Endpoint: client.SendJoinV2, Reply: head, Change: func(c *engine.Change) {
				c.Body.(*engine.JoinAnswer).ServersInRoom = []string{engine.ResidentName, engine.OtherName, brief}
			}},
			{Endpoint: client.ServerKeys, Reply: hostileKeys},
			{Server: engine.ResidentName, Certificate: &client.Leaf{Names: []string{"a\x1b[2J\x7f\r\b.example",
				engine.ResidentName}}},
			{History: hostileHistory},
		},
	}
	return s
}

// escaped is text as it may stand in a server's JSON: every byte that may stand there as it is.
func escaped(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		switch {
		case c < ' ':
			fmt.Fprintf(&b, `\u%04x`, c)
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func quoted(text string) string { return `"` + escaped(text) + `"` }

// hostileKeys has a key document say more than it has to, signed all the same.
func hostileKeys(s *engine.Server, r *engine.Reply) {
	doc, ok := r.Body.(engine.RawJSON)
	if !ok {
		return
	}
	r.Header = map[string]string{"Server": inField(brief)}
	doc, err := event.Edit(doc, []event.Member{{Key: brief, Value: []byte(quoted(brief))}}, "signatures")
	if err == nil {
		doc, err = event.SignJSON(doc, s.Name, s.Keys.Current)
	}
	if err != nil {
		panic(err) // the key document of the sandbox itself is no such thing
	}
	r.Body = engine.RawJSON(doc)
}

// hostileHistory has the room be made of events whose types, state keys, contents, senders and IDs hold the corpus.
func hostileHistory(h []engine.Draft, c engine.Cast) []engine.Draft {
	_, text := everything()
	id := strings.NewReplacer(":", ";", "\x00", "").Replace(brief)
	engine.At(h, engine.StepCreate).Unhashed = func(raw []byte) ([]byte, error) {
		return event.Edit(raw, []event.Member{{Key: "room_id", Value: []byte(quoted("!" + id + ":" + engine.ResidentName))}})
	}
	named := func(i int) func([]byte) ([]byte, error) {
		return func(raw []byte) ([]byte, error) {
			name := fmt.Sprintf("$%d%s:%s", i, id, engine.ResidentName)
			return event.Edit(raw, []event.Member{{Key: "event_id", Value: []byte(quoted(name))}})
		}
	}
	unsigned := func(raw []byte) ([]byte, error) {
		return event.Edit(raw, []event.Member{{Key: "unsigned", Value: []byte(`{` + quoted(brief) + `:` + quoted(brief) + `}`)}})
	}
	for i, chunk := range packed(inJSON(), 230) {
		h = append(h, engine.Draft{Step: fmt.Sprint("hostile ", i), Kind: "x." + chunk, Sender: c.Alice, StateKey: chunk,
			Content: engine.Fields{chunk: chunk}, Unhashed: named(i), Signed: unsigned})
	}
	user := "@" + id + ":" + engine.OtherName
	h = append(h, engine.Draft{Step: "hostile joins", Kind: "m.room.member", Sender: user, StateKey: user,
		Content: engine.Fields{"membership": "join", "displayname": text, "avatar_url": text, "reason": text}})
	engine.At(h, engine.StepTopic).Content = engine.Fields{"topic": text}
	return append(h, engine.Draft{Step: "hostile name", Kind: "m.room.name", Sender: c.Alice,
		Content: engine.Fields{"name": text}})
}

// hostileTrace runs the handshake.
func hostileTrace(t *testing.T) flow.Trace {
	t.Helper()
	run, stop, err := sandbox.Join(t.Context(), hostileScenario(), engine.JoinOptions{Tool: "doorstep source"})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	run.Finish(t.Context())
	return run.Trace()
}

// places are the fields that servers fill, by what they are, as a trace has them.
func places(t flow.Trace) map[string]string {
	out := map[string]string{}
	add := func(place string, text string) { out[place] += text + "\n" }
	s := flow.Fold(t)
	version, _ := event.Lookup("1")
	add("the ID of the room", s.RoomID)
	for _, e := range t.Entries {
		if r := e.Response; r != nil {
			add("what status lines say", r.Reason)
			for _, f := range r.Header {
				add("fields of heads", f.Value)
			}
			add("bodies at "+string(e.Step), string(r.Body))
		}
		if e.Failure != nil {
			add("failures", e.Failure.Message)
		}
		if c := e.Connection; c != nil && c.TLS != nil {
			for _, cert := range c.TLS.Certificates {
				add("certificates", cert.Subject+strings.Join(cert.Names, " "))
			}
		}
		if d := e.Discovery; d != nil {
			for _, st := range d.Steps {
				add("look-ups", st.Delegate+st.Claim+st.Location+st.StatusText)
			}
		}
	}
	if s.Verification != nil {
		for _, raw := range append(slices.Clone(s.Reply.State), s.Reply.AuthChain...) {
			e, err := event.Parse(version, raw)
			if err != nil {
				continue
			}
			key, _ := e.StateKey()
			add("types of events", e.Type())
			add("state keys", key)
			add("events", string(e.Raw()))
			add("senders", e.Sender())
			add("IDs of events", e.ID())
		}
	}
	return out
}

// The recording is one of a real handshake, which comes to its end: every text of the corpus is in it, byte for byte
// where bytes are kept, and every field that servers fill has some. It is not large, and its file is safe to show. Run
// with -update it makes the recording again.
func TestHostileRecording(t *testing.T) {
	if *update {
		name := hostileName + ".jsonl"
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if err := recording.Save(name, hostileTrace(t), false); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(name, 0o644); err != nil {
			t.Fatal(err)
		}
		t.Skip("made again; it is looked at by a program that is built with it")
	}
	r, err := recordings.Open(hostileName)
	if err != nil {
		t.Fatal(err)
	}
	file, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if len(file) > mostHostile {
		t.Errorf("%d bytes", len(file))
	}
	if err := rendertest.Harmless(string(file), 0); err != nil || bytes.Contains(file, []byte("\x1b")) {
		t.Errorf("the file is not safe to show: %v", err)
	}
	began := time.Now()
	trace, err := recording.Read(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if got := flow.Fold(trace).Outcome(); got != flow.Joined {
		t.Errorf("outcome %s", got)
	}
	t.Logf("%d bytes, %d entries, read and folded in %s", len(file), len(trace.Entries), time.Since(began))
	recorded := places(trace)
	holdsCorpus(t, recorded)
	for place := range places(hostileTrace(t)) {
		if _, ok := recorded[place]; !ok {
			t.Errorf("made today, it would have %s", place)
		}
	}
}

// holdsCorpus asserts that every text is somewhere, and something in every place.
func holdsCorpus(t *testing.T, in map[string]string) {
	t.Helper()
	all := ""
	for place, text := range in {
		if rendertest.Harmless(text, 0) == nil && !strings.Contains(text, `\u001b`) {
			t.Errorf("nothing hostile is in %s", place)
		}
		all += text
	}
	missing := 0
	for _, text := range corpus() {
		if !strings.Contains(all, text) && !strings.Contains(all, oneLine(text)) && !strings.Contains(all, escaped(text)) {
			t.Errorf("%q is nowhere", text)
			missing++
		}
	}
	t.Logf("%d texts in %d places, %d missing", len(corpus()), len(in), missing)
}
