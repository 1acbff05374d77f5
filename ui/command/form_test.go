package command

import (
	"bytes"
	"testing"

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
