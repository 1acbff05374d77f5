package alter

import (
	"testing"

	"doorstep/flow"
)

// Every mutation has a name of its own, says what it is and teaches, and is for a version at least.
func TestMutationTable(t *testing.T) {
	names := map[string]bool{}
	for _, m := range Mutations() {
		if names[m.Name] || m.Name == "" || m.Name == "list" || m.Title == "" || m.Teaches == "" || len(m.Versions()) == 0 ||
			len(m.Steps) == 0 {
			t.Errorf("%+v", m)
		}
		names[m.Name] = true
		for _, v := range m.Versions() {
			for _, at := range m.Steps {
				if x := m.Expected(v, at); x.Status == 0 || x.Why == "" || x.Taken() != (x.Errcode == "") {
					t.Errorf("%s in version %s expects %+v", m.Name, v.ID, x)
				}
			}
		}
	}
}

// A mutation of another step, or without what it changes, is not made.
func TestMutationsThatCannotBeMade(t *testing.T) {
	for name, d := range map[string]Draft{
		"depth-1":          put(t), // it is for the event before it is signed
		"old-power-levels": OfEvent([]byte(`{"auth_events":["$a"]}`), version(t, "11")),
		"no-join-rules":    OfEvent([]byte(`{"auth_events":["$a"]}`), version(t, "11")),
		"create-listed":    OfEvent([]byte(`{"auth_events":["$a"]}`), version(t, "11")),
		"members-omitted":  {Step: flow.A6, Target: "/x", Method: "PUT"},
		"other-candidate":  {Step: flow.A4, Target: "/x", Method: "GET"},
	} {
		m, ok := Lookup(name)
		if !ok {
			t.Fatal(name)
		}
		if got, err := m.Apply(d, Known{}); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A mutation leaves the draft it is made from alone, and names what was there.
func TestApply(t *testing.T) {
	d := put(t)
	before := d.Text()
	m, _ := Lookup("request-key-unknown")
	got, err := m.Apply(d, Known{})
	if err != nil {
		t.Fatal(err)
	}
	a := got.Altered()
	if d.Text() != before || a == nil || a.Mutation != m.Name || a.By != flow.ByMutation || a.OwnSignature ||
		a.Request.Header[1].Value != d.Header[1].Value {
		t.Errorf("%+v of\n%s", a, d.Text())
	}
	m, _ = Lookup("request-signature-wrong")
	if got, err = m.Apply(got, Known{}); err != nil || !got.Altered().OwnSignature || got.Usual().Text() != before {
		t.Errorf("%+v, %v", got.Altered(), err)
	}
}
