package command

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"doorstep/ui/home"
)

// What the form says of what is filled in is what the command line says of the command that it shows, but for the help
// that it names.
func TestFormSpeaksLikeTheCommandLine(t *testing.T) {
	const room, user = "#room:matrix.example", "@me:my.example"
	for _, a := range []home.Answers{
		{Room: "#no-server", User: user},
		{Room: "!", User: user},
		{Room: room, User: "me"},
		{Room: room, User: user, Key: "no-such.key"},
		{Room: room, User: user, ServerName: "other.example"},
		{Room: room, User: user, ServerName: "my..example:x", DryRun: true, Probe: true},
	} {
		p := &program{stdout: &bytes.Buffer{}, stderr: &bytes.Buffer{}}
		said := p.joinForm(&formJoins{}).Check(a)
		root := p.root()
		root.SetArgs(append(p.joinLine(a)[1:], "--plain"))
		err := root.ExecuteContext(t.Context())
		if said == nil || err == nil || said.Error()+"; see doorstep join --help" != err.Error() {
			t.Errorf("%q: the form says %v, the command line %v", p.joinLine(a), said, err)
		}
	}
}

// The command line has everything that was filled in, quoted where a shell would take it for something else.
func TestFormLine(t *testing.T) {
	form := (&program{}).joinForm(&formJoins{})
	a := home.Answers{Room: "#room:matrix.example", User: "@me:my.example", Key: "my key", ServerName: "my.example",
		Listen: "127.0.0.1:8448", DryRun: true, Probe: true}
	const want = "doorstep join '#room:matrix.example' --user @me:my.example --key 'my key' --server-name my.example " +
		"--listen 127.0.0.1:8448 --dry-run --probe"
	if got := form.Line(a); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	a.Key = ""
	if err := form.Check(a); err != nil {
		t.Error(err)
	}
}

// A profile that was chosen stands in the line by its name, with what was filled in otherwise; it settles what the form
// has no field for.
func TestFormProfile(t *testing.T) {
	p := settled(t, `{"profiles": {"lab": {"user": "@me:my.example", "ca": "/ca", "probe": true, "candidates": "all",
		"omit_members": true, "timeout": "3s", "resolve": ["a:1:127.0.0.1", "b:1:127.0.0.1"]}, "bad": {"user": 1}}}`)
	form := p.joinForm(&formJoins{})
	if len(form.Profiles) != 1 || form.Profiles[0] != (home.Profile{Name: "lab", User: "@me:my.example", DryRun: true,
		Probe: true}) {
		t.Fatalf("offered are %+v", form.Profiles)
	}
	a := home.Answers{Room: "#room:matrix.example", Profile: "lab", User: "@me:my.example", DryRun: true, Probe: true}
	for _, c := range []struct {
		change func(*home.Answers)
		line   string
	}{
		{func(*home.Answers) {}, "--dry-run"},
		{func(a *home.Answers) { a.DryRun = false }, ""},
		{func(a *home.Answers) { a.User, a.Probe = "@you:my.example", false },
			"--user @you:my.example --dry-run --probe=false"},
		{func(a *home.Answers) { a.User = "" }, "--user '' --dry-run"},
	} {
		a := a
		c.change(&a)
		want := strings.TrimSpace("doorstep join '#room:matrix.example' --profile lab " + c.line)
		if got := form.Line(a); got != strings.ReplaceAll(want, "--probe=false", "'--probe=false'") {
			t.Errorf("%s\nwant\n%s", got, want)
		}
	}
	o, err := p.filledIn(a)
	if err != nil || o.CAFile != "/ca" || !o.AskAll || o.Omit == nil || !*o.Omit || o.Timeout != 3*time.Second ||
		len(o.Pins) != 2 || !o.DryRun || !o.Probe || o.User != a.User {
		t.Errorf("%v: %+v", err, o)
	}
	a.User = ""
	if err := form.Check(a); err == nil {
		t.Error("what was emptied is filled in from the profile all the same")
	}
}
