package alter

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
)

func version(t *testing.T, id string) *event.Version {
	t.Helper()
	v, ok := event.Lookup(id)
	if !ok {
		t.Fatal(id)
	}
	return v
}

// put is a request with a body of one line, as it would be sent.
func put(t *testing.T) Draft {
	return Of(flow.A6, "a.example", client.Request{Endpoint: client.SendJoinV2, Method: "PUT",
		Target: "/_matrix/federation/v2/send_join/%21r%3Aa.example/%24e",
		Header: []client.Field{{Name: "User-Agent", Value: "Doorstep"},
			{Name: "Authorization", Value: `X-Matrix origin="b.example",destination="a.example",key="ed25519:1",sig="…"`},
			{Name: "Content-Type", Value: "application/json"}},
		Body: []byte(`{"depth":1.0e1,"content":{"a":"\u0041<é"},"x":[]}`)}, version(t, "11"))
}

const putText = `PUT /_matrix/federation/v2/send_join/%21r%3Aa.example/%24e
To: a.example
User-Agent: Doorstep
Authorization: X-Matrix origin="b.example",destination="a.example",key="ed25519:1",sig="…"
Content-Type: application/json

{
  "depth": 1.0e1,
  "content": {
    "a": "\u0041<é"
  },
  "x": []
}
`

// bare is a text without its comments.
func bare(text string) string {
	for strings.HasPrefix(text, "#") {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}

func TestText(t *testing.T) {
	if diff := cmp.Diff(putText, bare(put(t).Text())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	get := Of(flow.A4, "a.example", client.Request{Method: "GET", Target: "/x"}, nil)
	if got := bare(get.Text()); got != "GET /x\nTo: a.example\n\n" {
		t.Errorf("%q", got)
	}
	sign := OfEvent([]byte(`{"depth":1}`), version(t, "10"))
	if got := bare(sign.Text()); got != "SIGN event\nHash: right\nKey: right\nRedact-As: 10\n\n{\n  \"depth\": 1\n}\n" {
		t.Errorf("%q", got)
	}
}

// A text that nobody touched gives the draft it was made of, with and without its comments, and with the line ends of
// other systems above the body.
func TestUntouchedText(t *testing.T) {
	noBody := put(t)
	noBody.Body = nil
	empty := put(t)
	empty.Body = []byte("{}")
	for _, d := range []Draft{put(t), noBody, empty, OfEvent([]byte(`{ "depth" : 1 }`), version(t, "10"))} {
		for _, text := range []string{d.Text(), bare(d.Text()), "\n# mine\n" + d.Text(), strings.TrimSuffix(d.Text(), "\n")} {
			got, err := d.Parse(text)
			if err != nil {
				t.Errorf("%v in\n%s", err, text)
			} else if got.Changed() || got.Altered() != nil || string(got.Body) != string(d.Body) {
				t.Errorf("%+v of\n%s", got, text)
			}
		}
	}
}

// What is written is taken as it is written.
func TestWrittenText(t *testing.T) {
	for name, c := range map[string]struct {
		from, to string
		want     func(*Draft)
	}{
		"target": {"%24e", "%24f", func(d *Draft) { d.Target = strings.Replace(d.Target, "%24e", "%24f", 1) }},
		"method": {"PUT", "POST", func(d *Draft) { d.Method = "POST" }},
		"server": {"To: a.example", "To: c.example:8448", func(d *Draft) { d.Server = "c.example:8448" }},
		"header": {"User-Agent: Doorstep", "x-mine:  twice, é\t", func(d *Draft) {
			d.Header = append([]client.Field{{Name: "x-mine", Value: "twice, é"}}, d.Header[1:]...)
		}},
		"header left out": {"User-Agent: Doorstep\n", "", func(d *Draft) { d.Header = d.Header[1:] }},
		"body": {`"x": []`, `"x"  :[ ] `, func(d *Draft) {
			d.Body = []byte(strings.Replace(strings.TrimSuffix(putText[strings.Index(putText, "{"):], "\n"), `"x": []`,
				`"x"  :[ ] `, 1))
		}},
		"a newline more": {"  \"x\": []\n}\n", "  \"x\": []\n}\n\n", func(d *Draft) {
			d.Body = []byte(putText[strings.Index(putText, "{"):])
		}},
		"a comment's sign in the body": {`"x": []`, "\"x\": \"\\\n# \"", nil},
		"no body":                      {putText[strings.Index(putText, "{"):], "", func(d *Draft) { d.Body = nil }},
	} {
		d := put(t)
		got, err := d.Parse(strings.Replace(d.Text(), c.from, c.to, 1))
		if c.want == nil {
			if err == nil {
				t.Errorf("%s: taken", name)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := put(t)
		c.want(&want)
		if diff := cmp.Diff(want.Request(), got.Request()); diff != "" || got.Server != want.Server {
			t.Errorf("%s: to %s (-want +got):\n%s", name, got.Server, diff)
		}
		if a := got.Altered(); a == nil || a.By != flow.ByEditor || !cmp.Equal(*a.Request, put(t).Request()) {
			t.Errorf("%s: kept %+v", name, a)
		}
	}
}

func TestWrittenSealing(t *testing.T) {
	d := OfEvent([]byte(`{"depth":1}`), version(t, "10"))
	written := strings.NewReplacer("Hash: right", "Hash: none", "Key: right", "Key: wrong", "As: 10", "As: 11")
	got, err := d.Parse(written.Replace(d.Text()))
	want := flow.Sealing{Hash: flow.SealedNot, Key: flow.SealedWrong, RedactAs: "11"}
	if err != nil || got.Sealing != want {
		t.Errorf("%+v, %v", got.Sealing, err)
	}
}

// What cannot be read is pointed at.
func TestParseErrors(t *testing.T) {
	request, event := put(t), OfEvent([]byte(`{"depth":1}`), version(t, "10"))
	for name, c := range map[string]struct {
		draft        Draft
		from, to     string
		line, column int
		why          string
	}{
		"empty":             {request, putText, "", 1, 1, "nothing is left"},
		"blanks alone":      {request, putText, "\n  \n", 2, 1, "nothing is left"},
		"no target":         {request, " /_matrix/federation/v2/send_join/%21r%3Aa.example/%24e", "", 1, 1, "method and a target"},
		"unknown method":    {request, "PUT", "DELETE", 1, 1, `"DELETE" is none`},
		"target without /":  {request, "PUT /", "PUT ", 1, 5, "begin with '/'"},
		"blank in target":   {request, "%24e", "%24 e", 1, 58, "percent-encoded"},
		"no colon":          {request, "User-Agent: ", "User-Agent ", 3, 1, "a colon"},
		"no name":           {request, "User-Agent: ", "User Agent: ", 3, 1, "no name"},
		"continued":         {request, "User-Agent: ", "X: y\n z\nUser-Agent: ", 4, 1, "goes on"},
		"line break":        {request, "User-Agent: é", "", 3, 16, "line break"},
		"length":            {request, "User-Agent: ", "content-length: ", 3, 1, "is set when"},
		"no server":         {request, "To: a.example\n", "", 5, 1, "missing"},
		"two servers":       {request, "User-Agent: ", "To: a.example\nX: ", 3, 1, "twice"},
		"no server name":    {request, "To: a.example", "To: a b", 2, 4, "a b"},
		"broken JSON":       {request, `"x": []`, `"x": ]`, 12, 8, "cannot be read"},
		"JSON ends":         {request, "\"x\": []\n}\n", "\"x\": []\n", 12, 10, "cannot be read"},
		"after characters":  {request, `<é"`, `<é" é`, 10, 21, "cannot be read"},
		"a key twice":       {request, `"x": []`, `"depth": 1`, 12, 3, "cannot be read"},
		"other first line":  {event, "SIGN event", "PUT /", 1, 1, "SIGN event"},
		"unknown field":     {event, "Hash: right", "Salt: right", 2, 1, "Salt"},
		"unknown sealing":   {event, "Hash: right", "Hash: left", 2, 6, "right, wrong or none"},
		"unknown version":   {event, "As: 10", "As: 99", 4, 11, "room version"},
		"no event":          {event, "{\n  \"depth\": 1\n}\n", "", 5, 1, "no event left"},
		"event is no event": {event, "{\n  \"depth\": 1\n}\n", "[]\n", 6, 1, "cannot be read"},
	} {
		text := bare(c.draft.Text())
		if name == "line break" {
			text = strings.Replace(text, "User-Agent: Doorstep", "User-Agent: é a\r\vb", 1)
		} else {
			text = strings.Replace(text, c.from, c.to, 1)
		}
		_, err := c.draft.Parse(text)
		var at *ParseError
		if !errors.As(err, &at) || !strings.Contains(at.Why, c.why) || at.Line != c.line || at.Column != c.column {
			t.Errorf("%s: %v, want line %d, column %d: %s", name, err, c.line, c.column, c.why)
		}
	}
}

// Whatever somebody writes is read or pointed at.
func FuzzParse(f *testing.F) {
	v, _ := event.Lookup("11")
	event := OfEvent([]byte(`{"depth":1}`), v)
	request := Of(flow.A6, "a.example", client.Request{Method: "PUT", Target: "/x", Body: []byte(`{"a":1}`)}, v)
	f.Add(event.Text())
	f.Add(request.Text())
	f.Add(putText)
	f.Fuzz(func(t *testing.T, text string) {
		for _, d := range []Draft{event, request} {
			got, err := d.Parse(text)
			var at *ParseError
			switch {
			case err != nil && (!errors.As(err, &at) || at.Line < 1 || at.Column < 1 || at.Line > strings.Count(text, "\n")+1):
				t.Errorf("%v", err)
			case err == nil && len(got.Body) > len(text) && got.Changed():
				t.Errorf("%q came from %q", got.Body, text)
			}
		}
	})
}
