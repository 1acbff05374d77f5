package answer

import (
	"errors"
	"strings"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/alter"
)

func template() Draft {
	return Draft{Step: flow.A5, Server: "a.example", Status: 200,
		Header: []client.Field{{Name: "Content-Type", Value: "application/json"}}, Body: []byte(`{"event":{"depth":7}}`)}
}

// A text that nobody changed is the draft it was made of, byte for byte; one that was changed says how.
func TestText(t *testing.T) {
	d := template()
	for _, c := range []struct {
		name, from, to string
		is             func(Draft) bool
	}{
		{"nothing", "", "", func(x Draft) bool { return !x.Changed() && x.Altered() == nil && string(x.Body) == string(d.Body) }},
		{"status", "ANSWER 200", "ANSWER 403", func(x Draft) bool { return x.Status == 403 && x.Altered().Response.Status == 200 }},
		{"header", "application/json", "text/plain", func(x Draft) bool { return x.Header[0].Value == "text/plain" }},
		{"body", "7", "8", func(x Draft) bool { return string(x.Body) == `{"event":{"depth":8}}` && x.By == flow.ByEditor }},
		{"cut", "\nClose-After: never", "\nClose-After: 5", func(x Draft) bool {
			return x.Delivery.Cut == 5 && len(x.Response().Body) == 5 && x.Altered().Delivery.Cut == 5
		}},
		{"dropped", "\nClose-After: never", "\nClose-After: 0", func(x Draft) bool { return x.Delivery.Dropped }},
		{"slow", "Over: 0s", "Over: 20s", func(x Draft) bool { return x.Delivery.Over == 20*time.Second }},
		{"no JSON", "\nBody: json\nContent-Type: application/json\n\n{", "\nBody: any\nContent-Type: text/plain\n\n", func(x Draft) bool {
			return !strings.HasPrefix(string(x.Body), "{") && x.Changed()
		}},
	} {
		text := strings.Replace(d.Text(), c.from, c.to, 1)
		if c.from != "" && text == d.Text() {
			t.Errorf("%s: nothing was changed in\n%s", c.name, text)
		}
		x, err := d.Parse(text, Known{})
		if err != nil || !c.is(x) {
			t.Errorf("%s: %+v, %v", c.name, x, err)
		}
	}
}

// What is no answer is told with its place.
func TestTextThatIsNoAnswer(t *testing.T) {
	d := template()
	for _, c := range []struct{ from, to, says string }{
		{"ANSWER 200", "200", `line 7, column 1: the first line is "ANSWER" and a status`},
		{"ANSWER 200", "ANSWER 99", "line 7, column 8: a status is"},
		{"ANSWER 200", "ANSWER ok", "line 7, column 8: a status is"},
		{"\nEvents: as-written", "\nEvents: signed", "line 8, column 9: Events is as-written or signed-again"},
		{"\nClose-After: never", "\nClose-After: -1", "line 9, column 14: Close-After is never, or a number"},
		{"Over: 0s", "Over: a day", "line 10, column 7: Over is a time"},
		{"Over: 0s", "Over: 20h", "line 10, column 7: Over is a time"},
		{"\nBody: json", "\nBody: yaml", "line 11, column 7: Body is json or any"},
		{"Content-Type: application/json", "Content Type: x", "line 12, column 1: \"Content Type\" is no name"},
		{"Content-Type: application/json", "Content-Length: 5", "line 12, column 1: Content-Length is set"},
		{"Content-Type: application/json", "X: a\x00b", "line 12, column 4: the value holds"},
		{"Content-Type: application/json", "no colon", "line 12, column 1: a header field is"},
		{"Content-Type: application/json", "X: a\n folded", "line 13, column 1: a header field stands in one line"},
		{"7", "7,", "line 17, column 3: the body cannot be read"},
	} {
		text := strings.Replace(d.Text(), c.from, c.to, 1)
		_, err := d.Parse(text, Known{})
		var at *alter.ParseError
		if !errors.As(err, &at) || !strings.HasPrefix(err.Error(), c.says) {
			t.Errorf("%q: %v, want %s", c.to, err, c.says)
		}
	}
	for _, text := range []string{"", "# nothing\n", "\n\n"} {
		if _, err := d.Parse(text, Known{}); err == nil {
			t.Errorf("%q is an answer", text)
		}
	}
}

// Every change has a name of its own and says something; and no draft, however odd, makes one panic.
func TestMutationsOfOddAnswers(t *testing.T) {
	names := map[string]bool{}
	for _, m := range Mutations() {
		if names[m.Name] || m.Title == "" || m.Teaches == "" || len(m.Steps) == 0 {
			t.Errorf("%q: %+v", m.Name, m)
		}
		names[m.Name] = true
		for _, step := range m.Steps {
			for _, body := range []string{"", "{}", "[]", "[200]", "[200,{}]", "null", "x", `{"event":[],"state":{},"auth_chain":4}`,
				`{"state":[1,{"type":"m.room.topic"}],"auth_chain":[{}],"event":{}}`, "\x00", `{"event":{"content":[]}}`} {
				for _, status := range []int{200, 403} {
					d := template()
					d.Step, d.Status, d.Body = step, status, []byte(body)
					if x, err := m.Apply(d, Known{}); err == nil && !x.Changed() {
						t.Errorf("%s of %q changes nothing", m.Name, body)
					}
				}
			}
		}
		if _, err := m.Apply(Draft{Step: flow.U2}, Known{}); err == nil {
			t.Errorf("%s is made at a step that it is not for", m.Name)
		}
	}
	if len(names) < 60 {
		t.Errorf("only %d changes", len(names))
	}
}
