package alter

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/client"
	"doorstep/flow"
)

// says tells of the changes of an entry.
func says(e *flow.Entry) (out []string) {
	for _, c := range Changes(e) {
		out = append(out, c.Says(e.Altered.OwnSignature))
	}
	return out
}

func TestChanges(t *testing.T) {
	usual := client.Request{Method: "PUT", Target: "/a", Body: []byte(`{"a":1,"content":{"x":1},"gone":[]}`),
		Header: []client.Field{{Name: "User-Agent", Value: "Doorstep"}, {Name: "Content-Type", Value: "application/json"}}}
	sent := func(change func(*client.Request)) *flow.Entry {
		r := usual
		// what is set on sending is no change
		r.Header = append([]client.Field{{Name: "Host", Value: "a.example"}}, r.Header...)
		r.Header = append(r.Header, client.Field{Name: "Content-Length", Value: "9"},
			client.Field{Name: "Connection", Value: "close"})
		change(&r)
		return &flow.Entry{Kind: flow.Request, Server: "a.example", Request: &r,
			Altered: &flow.Altered{By: flow.ByEditor, Server: "a.example", Request: &usual}}
	}
	elsewhere := sent(func(*client.Request) {})
	elsewhere.Server = "b.example"
	for name, c := range map[string]struct {
		entry *flow.Entry
		want  []string
	}{
		"nobody changed it": {&flow.Entry{Request: &usual}, nil},
		"the same":          {sent(func(*client.Request) {}), nil},
		"server":            {elsewhere, []string{"server: b.example instead of a.example"}},
		"first line": {sent(func(r *client.Request) { r.Method, r.Target = "GET", "/b" }),
			[]string{"method: GET instead of PUT", "target: /b instead of /a"}},
		"header": {sent(func(r *client.Request) {
			r.Header = []client.Field{{Name: "user-agent", Value: "Mine"}, {Name: "X", Value: "y"}}
		}), []string{"User-Agent: Mine instead of Doorstep", "Content-Type: left out, was application/json", "X: put in, y"}},
		"fields": {sent(func(r *client.Request) { r.Body = []byte(`{ "content": {"x": 2, "y": {}}, "a": 1 }`) }),
			[]string{"/content/x: 2 instead of 1", "/gone: left out, was []", "/content/y: put in, {}"}},
		"white space alone": {sent(func(r *client.Request) { r.Body = []byte(`{"a": 1,"content":{"x":1},"gone":[]}`) }),
			[]string{"the body is written otherwise"}},
		"no body": {sent(func(r *client.Request) { r.Body = nil }), []string{"the body is written otherwise"}},
	} {
		if diff := cmp.Diff(c.want, says(c.entry)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Of an event, hash and signature follow from the rest; how it was sealed is told.
func TestChangesOfEvent(t *testing.T) {
	usual := []byte(`{"depth":2,"hashes":{"sha256":"a"},"signatures":{"b":{}}}`)
	for name, c := range map[string]struct {
		made    string
		sealing flow.Sealing
		want    []string
	}{
		"changed": {`{"depth":1,"hashes":{"sha256":"b"},"signatures":{"c":{}}}`, flow.Sealing{},
			[]string{"/depth: 1 instead of 2"}},
		"sealed otherwise": {`{"depth":2,"signatures":{"c":{}}}`, flow.Sealing{Hash: flow.SealedNot, Key: flow.SealedWrong,
			RedactAs: "10"}, []string{"the content hash is left out", "signed with a key that we do not publish",
			"redacted by the rules of version 10 to be signed"}},
		"hash wrong, not signed": {`{"depth":2,"hashes":{"sha256":"c"}}`, flow.Sealing{Hash: flow.SealedWrong,
			Key: flow.SealedNot}, []string{"the content hash is that of another content", "not signed"}},
	} {
		e := &flow.Entry{Kind: flow.Local, Step: flow.L1, Build: &flow.Build{Event: []byte(c.made)},
			Altered: &flow.Altered{By: flow.ByMutation, Event: usual, Sealing: c.sealing}}
		if diff := cmp.Diff(c.want, says(e)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
