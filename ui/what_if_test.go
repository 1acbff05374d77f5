package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/alter"
	"doorstep/flow/live"
	"doorstep/flow/recording"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/ui/keymap"
	"doorstep/ui/whatif"
)

// A forking is a run in a federation of its own, as the program gives it to the screen.
type forking struct {
	*live.Run
	session *sandbox.Session
}

// Changed is nil: no test waits for a trace to grow.
func (forking) Changed() <-chan struct{} { return nil }

func (f forking) StepAltered(ctx context.Context, d alter.Draft, _ live.Consent) error {
	return f.session.StepAltered(ctx, d)
}

func (f forking) Known() alter.Known { return f.session.Known() }

func (f forking) Fork(ctx context.Context) (Source, func(), error) {
	twin, err := f.session.Fork(ctx)
	if err != nil {
		return nil, nil, err
	}
	return forking{twin.Run, twin}, twin.Stop, nil
}

// before opens a scenario on the screen and steps up to a step, which is the next then. Text is edited by the shell
// script edits, which gets the file as $1.
func before(t *testing.T, scenario string, step flow.StepID, width, height int, edits string) *screen {
	t.Helper()
	return beforeOf(t, scenario, step, width, height, edits, func(f forking) Source { return f })
}

func beforeOf(t *testing.T, scenario string, step flow.StepID, width, height int, edits string,
	as func(forking) Source) *screen {
	t.Helper()
	found, ok := sandbox.Lookup(scenario)
	if !ok {
		t.Fatalf("no scenario %q", scenario)
	}
	o := Options{Scenario: scenario}
	o.Start = func(ctx context.Context, _ string) (Source, func(), error) {
		session, err := sandbox.Open(ctx, found, engine.JoinOptions{})
		if err != nil {
			return nil, nil, err
		}
		return as(forking{session.Run, session}), session.Stop, nil
	}
	s := newScreen(t, width, height, o)
	s.m.editing = edited(t, edits)
	for range 50 {
		next, ok := s.m.screen.latest.Next()
		if ok && next.ID == step && (next.Work == flow.Ask || next.Work == flow.BuildEvent) {
			return s
		}
		s.press(".")
	}
	t.Fatalf("the handshake does not come to %s:\n%s", step, s.text())
	return nil
}

// edited is an editor that is a shell script, run in place of a terminal's.
func edited(t *testing.T, script string) editing {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("no script is a program on Windows: the editor was not tried")
	}
	path := filepath.Join(t.TempDir(), "ed it")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return editing{
		find: func() (whatif.Editor, error) { return whatif.Editor{path}, nil },
		run: func(c *exec.Cmd, done tea.ExecCallback) tea.Cmd {
			return func() tea.Msg { return done(c.Run()) }
		},
	}
}

// alteredEntry is the one entry that was changed.
func alteredEntry(t *testing.T, trace flow.Trace) *flow.Entry {
	t.Helper()
	s := flow.Fold(trace)
	if len(s.Altered) != 1 {
		t.Fatalf("changed entries %v", s.Altered)
	}
	return trace.Entry(s.Altered[0])
}

// Every ready change can be made on the screen: it tells nothing of what comes of it before somebody asks or the answer
// is there, and then it tells both answers, of which the one without it is that of a branch that nobody changed.
func TestReadyChanges(t *testing.T) {
	for _, m := range alter.Mutations() {
		t.Run(m.Name, func(t *testing.T) {
			versions := m.Versions()
			v, at := versions[len(versions)-1], m.Steps[len(m.Steps)-1]
			x := m.Expected(v, at)
			s := before(t, "public-v"+v.ID, at, 120, 40, "")
			s.press("E", "/").press("type:"+m.Name, "enter").shows(m.Title).hides("By the rules").sound()
			s.press("e").shows("By the rules: " + fmt.Sprint(x.Status)).press("e").hides("By the rules").press("enter")
			h := s.m.screen
			for range 3 { // what is signed is handed in later
				if altered, _ := (alter.Branch{Altered: h.whole}).Answers(); altered.Entry != nil {
					break
				}
				s.press(".")
			}
			e := alteredEntry(t, h.whole)
			if e.Step != at || e.Altered.Mutation != m.Name {
				t.Fatalf("entry %d, %s, was changed by %q", e.Seq, e.Step, e.Altered.Mutation)
			}
			s.shows("branch 1/2 edited").shows("~ edited").shows("unedited → 200")
			s.shows("→ " + strings.TrimSpace(fmt.Sprintf("%d %s", x.Status, x.Errcode))).sound()
			if x.Rule != "" {
				s.shows("rule " + x.Rule)
			}
			s.press("O").shows("branch 2/2 unedited").hides("~ edited").press("c").shows("joined").sound()
			if other := flow.Fold(s.m.screen.src.Trace()); other.Outcome() != flow.Joined || len(other.Altered) > 0 {
				t.Errorf("the branch that nobody edited: %s, changed %v", other.Outcome(), other.Altered)
			}
			s.press("O", "c").shows("branch 1/2 edited")
			s.press(fmt.Sprint(e.Seq)[:1], fmt.Sprint(e.Seq)[1:]+"g").sound()
			s.m.screen.at.Seq = e.Seq
			s.press("3")
			side := "would have been sent"
			if e.Build != nil {
				side = "would have been signed"
			}
			s.shows(side).press("2").shows("~ edited").press("6").shows("What if: ").sound()
		})
	}
}

// What is edited by hand goes out byte for byte, and nobody else's bytes change.
func TestEditedByHand(t *testing.T) {
	for _, c := range []struct {
		at    flow.StepID
		edits string
		holds func(flow.Entry) string // what is wrong
	}{
		{flow.A4, `sed -i 's/^GET .*$/&\&odd=%21/; s/^To:/X-Odd:  two  words \nTo:/' "$1"`, func(e flow.Entry) string {
			i := slices.IndexFunc(e.Request.Header, func(f client.Field) bool { return f.Name == "X-Odd" })
			if i < 0 || e.Request.Header[i].Value != "two  words" || !strings.HasSuffix(e.Request.Target, "&odd=%21") {
				return fmt.Sprintf("%s %v", e.Request.Target, e.Request.Header)
			}
			return ""
		}},
		{flow.A6, `printf 'PUT /_matrix/federation/v2/send_join/a/b\nTo: %s\n\n { "odd" :1,\t"k":[ ] }' \
			"$(sed -n 's/^To: //p' "$1")" > "$1"`, func(e flow.Entry) string {
			if string(e.Request.Body) != " { \"odd\" :1,\t\"k\":[ ] }" ||
				e.Request.Target != "/_matrix/federation/v2/send_join/a/b" {
				return fmt.Sprintf("%s %q", e.Request.Target, e.Request.Body)
			}
			return ""
		}},
		{flow.L1, `sed -i 's/"membership": "join"/"membership": "knock"/; s/^Key: right/Key: none/' "$1"`,
			func(e flow.Entry) string {
				if body := string(e.Build.Event); !strings.Contains(body, `"membership":"knock"`) && !strings.Contains(body,
					`"membership": "knock"`) || e.Altered.Sealing.Key != flow.SealedNot {
					return body
				}
				return ""
			}},
	} {
		t.Run(string(c.at), func(t *testing.T) {
			s := before(t, "public-v11", c.at, 80, 24, c.edits).press("E", "enter")
			e := alteredEntry(t, s.m.screen.whole)
			if e.Step != c.at || e.Altered.By != flow.ByEditor {
				t.Fatalf("entry %d, %s, changed by %q", e.Seq, e.Step, e.Altered.By)
			}
			if wrong := c.holds(*e); wrong != "" {
				t.Errorf("it went out as %s", wrong)
			}
			s.press("c", "O", "c", "k").shows("joined").shows("branch 2/2 unedited").sound()
		})
	}
}

// What the editor does wrong sends nothing: it gets the text back with what is wrong, or the menu says so.
func TestEditorsThatFail(t *testing.T) {
	// The first time it does something wrong; the second time it keeps what it was told, and does something right.
	once := `if [ ! -f "$0.done" ]; then touch "$0.done"; %s; exit; fi; head -2 "$1" > "$0.said"; ` +
		`sed -i '/^odd/d; s/^GET .*$/&\&odd=1/' "$1"`
	for _, c := range []struct{ name, edits, shows, said string }{
		{"fails", `echo changed >> "$1"; exit 3`, "nothing was sent: ed it: exit status 3", ""},
		{"empties it", `: > "$1"`, "nothing was sent: the file was empty", ""},
		{"removes it", `rm "$1"`, "nothing was sent: ", ""},
		{"breaks it more and more", `echo odd >> "$1"; sed -i 's/^To:/odd\nTo:/' "$1"`, "nothing was sent: line ", ""},
		{"breaks a header", `sed -i 's/^To:/no colon\nTo:/' "$1"`, "nothing was sent: line ", ""},
		{"leaves it", `true`, "nothing was changed, so nothing was sent", ""},
		{"empties it once", fmt.Sprintf(once, `: > "$1"`), "", "Nothing was sent. the file was empty"},
		{"breaks it once", fmt.Sprintf(once, `sed -i 's/^To:/odd field\nTo:/' "$1"`), "",
			"column 1: a header field is a name, a colon and a value"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := before(t, "public-v11", flow.A4, 80, 24, c.edits)
			n := len(s.m.screen.src.Trace().Entries)
			s.press("E", "enter").sound()
			editor, _ := s.m.editing.find()
			if c.said == "" {
				s.shows(c.shows)
				if got := len(s.m.screen.src.Trace().Entries); got != n || s.m.mode != altering {
					t.Errorf("%d entries more, mode %d", got-n, s.m.mode)
				}
				s.press("esc").hides("What if A4").press(".").shows("protoevent")
				return
			}
			said, err := os.ReadFile(editor[0] + ".said")
			if err != nil || !strings.HasPrefix(string(said), "#! ") || !strings.Contains(string(said), c.said) {
				t.Errorf("the second time the file began %q, %v", said, err)
			}
			alteredEntry(t, s.m.screen.whole)
		})
	}
}

// Broken JSON is told with its line in the file as it is then.
func TestBrokenJSONIsToldWithItsLine(t *testing.T) {
	s := before(t, "public-v11", flow.A6, 80, 24, `cp "$1" "$0.$$"; sed -i 's/"depth":.*$/"depth": oops,/' "$1"`)
	s.press("E", "enter").shows("nothing was sent: line ").sound()
	editor, _ := s.m.editing.find()
	files, _ := filepath.Glob(editor[0] + ".*")
	if len(files) != 2 {
		t.Fatalf("the editor was started %d times", len(files))
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		if !strings.HasPrefix(first, "#! ") {
			continue
		}
		var line int
		if _, err := fmt.Sscanf(first[strings.Index(first, "line "):], "line %d", &line); err != nil {
			t.Fatalf("%q: %v", first, err)
		}
		if at := strings.Split(string(text), "\n")[line-1]; !strings.Contains(at, "oops") {
			t.Errorf("%q: line %d is %q", first, line, at)
		}
		return
	}
	t.Error("no file began with what is wrong")
}

// Without an editor the ready changes are still there.
func TestNoEditor(t *testing.T) {
	s := before(t, "public-v11", flow.A4, 80, 24, "")
	s.m.editing.find = func() (whatif.Editor, error) { return nil, errors.New("no editor at all") }
	s.press("E", "enter").shows("no editor at all").sound()
	s.press("/", "type:unsigned", "enter", "enter").shows("branch 1/2 edited").shows("M_UNAUTHORIZED")
}

// real takes a run in the sandbox for one on real servers.
type real struct {
	*live.Run
	consents *[]bool
}

func (real) Changed() <-chan struct{} { return nil }

func (r real) Trace() flow.Trace {
	t := r.Run.Trace()
	t.Header.Source = "join"
	return t
}

func (r real) StepAltered(ctx context.Context, d alter.Draft, c live.Consent) error {
	*r.consents = append(*r.consents, c == live.ConsentTo(d))
	return r.Run.StepAltered(ctx, d, c)
}

// Real servers see an edited step only once the reader has read what they will see, and said yes.
func TestConsentToAnEdit(t *testing.T) {
	for _, c := range []struct {
		at    flow.StepID
		name  string
		words []string
	}{
		{flow.A4, "no-versions", []string{"Send the edited request?", "The room is told nothing",
			"signed by the key ed25519:"}},
		{flow.L1, "depth-1", []string{"Sign the edited event?", "every server in !", "the members of the room see it"}},
		{flow.L1, "unsigned", []string{"Sign the edited event?", "It is not signed."}},
		{flow.A6, "members-omitted", []string{"This is a real join", "Every server in the room is told"}},
	} {
		for _, size := range [][2]int{{60, 16}, {80, 24}, {120, 40}} {
			var consents []bool
			s := beforeOf(t, "public-v11", c.at, size[0], size[1], "", func(f forking) Source {
				return real{f.Run, &consents}
			})
			n := len(s.m.screen.src.Trace().Entries)
			ask := func() { s.press("E", "/").press("type:"+c.name, "enter", "enter").sound() }
			ask()
			text := strings.Join(strings.Fields(s.text()), " ")
			for _, want := range append(c.words, "kept for ever", "y does it") {
				if !strings.Contains(text, want) {
					t.Errorf("%v, %s: %q is not on the screen:\n%s", size, c.name, want, s.text())
				}
			}
			for _, no := range []string{"j", ".", "enter", "n", "esc", "q"} {
				s.press(no)
				if no == "j" || no == "." {
					s.shows("?") // the question stays
					continue
				}
				s.shows("nothing was sent")
				ask()
			}
			if len(consents) > 0 || len(s.m.screen.src.Trace().Entries) != n || s.m.quitting {
				t.Fatalf("%s: it was done without a yes", c.name)
			}
			s.press("y")
			if !slices.Equal(consents, []bool{true}) {
				t.Errorf("%s: consents %v", c.name, consents)
			}
			s.shows("edited").hides("branch 1/")
			alteredEntry(t, s.m.screen.whole)
		}
	}
}

// A recording of a handshake with an edit shows what the run showed of it; what would have been answered is not in it.
func TestEditInARecording(t *testing.T) {
	s := before(t, "public-v12", flow.A6, 120, 40, "").press("E", "/").press("type:event-id-wrong", "enter", "enter", "c")
	seq := alteredEntry(t, s.m.screen.whole).Seq
	path := filepath.Join(t.TempDir(), "edited.jsonl")
	s.press("w", "enter", "type:"+path, "enter").shows("edited.jsonl")
	trace, err := recording.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	r := replaying(t, 120, 40, trace, seq+1, Options{}).shows("REPLAY")
	r.shows("~ edited: The path names another event ID → 400").hides("unedited").hides("branch").press("6").shows("is not known: nobody asked").sound()
	r.press("k", "1").shows("~ edited before it was sent").press("3").shows("would have been sent").sound()
	r.press("2").shows("~ edited").sound()
}

// Where nothing can be edited the screen says why, and what can be done instead.
func TestNotEdited(t *testing.T) {
	joined := recorded(t, "joined")
	replaying(t, 80, 24, joined, -1, Options{}).press("E").shows("a recording asks nobody").
		press("O").shows("nothing was edited")
	s := stepping(t, 80, 24, joined, Options{}).press("E").shows("this run does its steps as they are")
	s.press("c", "E").shows("the handshake is over")
	live := before(t, "public-v11", flow.A4, 80, 24, "").press("b", "E").shows("this is the past")
	live.press("c", ".", ".", "E").press("esc")
	first := newScreen(t, 80, 24, live.m.o).press("E").shows("sends nothing of ours")
	first.press("c").press("E").shows("the handshake is over")
}

// A second edit has a branch of its own.
func TestTwoEdits(t *testing.T) {
	s := before(t, "public-v11", flow.L1, 100, 30, "").press("E", "/").press("type:depth-1", "enter", "enter")
	s.shows("branch 1/2 edited").press("E", "/").press("type:signature-dropped", "enter", "enter")
	s.shows("branch 1/3 2 edits").shows("403 M_FORBIDDEN").shows("unedited → 200").sound()
	s.press("O").shows("branch 2/3 unedited").press("O").shows("branch 3/3 1 edit").press("O").shows("branch 1/3 2 edits")
	s.press("q")
	if !s.m.quitting {
		t.Error("it is still there")
	}
}

// The menu and what is drawn under it fit every size, in ASCII too.
func TestWhatIfFits(t *testing.T) {
	s := before(t, "public-v12", flow.L1, 80, 24, "")
	s.press("E")
	for _, ascii := range []bool{false, true} {
		for w := 1; w <= 130; w += 3 {
			for h := 1; h <= 45; h += 2 {
				s.send(tea.WindowSizeMsg{Width: w, Height: h}).sound()
			}
		}
		if !ascii {
			s.press("esc").m.Look.Glyphs.ASCII = true
			s.press("E", "G", "e")
		}
	}
	s.send(tea.WindowSizeMsg{Width: 60, Height: 16}).press("g", "G").shows("auth_events lacks the power levels")
	s.send(tea.MouseMsg{X: 5, Y: 8, Button: tea.MouseButtonWheelUp, Action: tea.MouseActionPress}).sound()
	s.press("ctrl+c").hides("What if L1")
	if s.m.quitting || s.m.unavailable(keymap.ActWhatIf) != "" {
		t.Error("Ctrl-C in the menu did more than close it")
	}
}
