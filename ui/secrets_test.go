package ui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/client"
	"doorstep/flow/flowtest"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/ui/tab"
)

// No private key and no signature of a request is on the screen: of a join with keys that are known every tab of every
// row is looked at, from its top to its end, wide enough for nothing to be cut.
func TestSecretsOnScreen(t *testing.T) {
	for _, name := range []string{"public-v12", "probe-key-unreachable"} {
		scenario, ok := sandbox.Lookup(name)
		if !ok {
			t.Fatal("there is no " + name)
		}
		key, err := client.GenerateKey()
		if err != nil {
			t.Fatal(err)
		}
		f, err := engine.Start(t.Context(), scenario, engine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(f.Stop)
		run, stop, err := f.Join(t.Context(), engine.JoinOptions{Tool: "test", Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		run.Finish(t.Context())
		stop()
		privates := flowtest.SignaturesOf(t, run.Trace(), key)
		if len(privates) < 2 {
			t.Errorf("%s: %d signatures", name, len(privates))
		}
		privates = append(privates, flowtest.Private{What: "the joining server's key", Bytes: key.Private.Seed()})
		for name, server := range f.Servers {
			privates = append(privates, flowtest.Private{What: "the key of " + name, Bytes: server.Keys.Current.Private.Seed()})
		}
		s := replaying(t, 320, 200, run.Trace(), -1, Options{})
		s.press("g")
		var seen strings.Builder
		frames := 0
		for range s.m.screen.story.Rows {
			for _, shown := range tab.All {
				s.m.screen.chooseTab(shown)
				s.send(tea.WindowSizeMsg{Width: 320, Height: 200})
				seen.WriteString(strings.Join(s.lines(), "\n") + "\n")
				frames++
			}
			s.press("j")
		}
		if !strings.Contains(seen.String(), "X-Matrix") {
			t.Errorf("%s: no request was shown", name)
		}
		for _, what := range flowtest.FindPrivate(seen.String(), privates) {
			t.Errorf("%s: the screen shows %s", name, what)
		}
		t.Logf("%s: %d frames show none of %d secrets", name, frames, len(privates))
	}
}
