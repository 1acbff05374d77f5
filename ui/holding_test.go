package ui

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"doorstep/client"
	"doorstep/client/freeport"
	"doorstep/flow"
	"doorstep/flow/answer"
	"doorstep/flow/event"
	"doorstep/flow/hold"
	"doorstep/flow/host"
	"doorstep/flow/live"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/watch"
	"doorstep/render/rendertest"
	"doorstep/ui/theme"
	"doorstep/ui/whatif"
)

// A knocking source is a join that others do, at a moment of it; at place 0 it stands for those that have not come.
type knocking struct {
	scripted
	at, of int
	over   bool
	next   *knocking
}

func (p *knocking) Over() bool { return p.over }
func (p *knocking) Following() (Source, bool) {
	if p.next == nil {
		return nil, false
	}
	return p.next, true
}
func (p *knocking) Place() (at, of int) { return p.at, p.of }

// whereabouts is what the screen of a hosted room says while nobody has come.
func whereabouts() WaitingFor {
	return WaitingFor{
		Name: "host public-v12", Title: "Waiting for a homeserver whose user joins the room. A public room of version 12.",
		Facts: []Fact{
			{Key: "a", Label: "join", Value: "#room:127.0.0.1:8448"},
			{Key: "r", Label: "room", Value: "!r3jRQK9wgulL7tjCJwQeAHn83IPv2Z9kWJoSdr-QSQ8"},
			{Key: "s", Label: "servers", Value: "127.0.0.1:8448 127.0.0.1:8449 127.0.0.1:8450"},
			{Label: "trust", Value: "the certificates of this run: --ca-out FILE writes their authority", Lines: true},
			{Key: "c", Label: "by hand", Lines: true, Value: `curl -X POST -H "Authorization: Bearer $TOKEN" ` +
				`"$HOMESERVER"'/_matrix/client/v3/join/%23room:127.0.0.1:8448'`},
		},
		Notes: []string{"The homeserver that joins has to trust those certificates, and to be allowed to reach these addresses."},
	}
}

// hosting is the screen of a hosted room. Nothing waits for its queue: holds tells what waits.
func hosting(t testing.TB, width, height int, src Source, q *hold.Queue, o Options) *screen {
	t.Helper()
	o.Waiting = whereabouts
	o.Scenario = "public-v12"
	o.Start = func(context.Context, string) (Source, func(), error) { return src, func() {}, nil }
	s := &screen{t: t}
	s.m = newModel(t.Context(), withQueue(o, q), theme.NewLook(o.Theme, o.ASCII, false), &s.out)
	if s.m.holding != nil {
		s.m.holding.changed = nil // no test waits
	}
	s.m.after = never
	s.run(s.m.Init())
	s.send(tea.WindowSizeMsg{Width: width, Height: height})
	t.Cleanup(func() {
		if s.m.screen != nil {
			s.m.screen.close()
		}
	})
	return s
}

func withQueue(o Options, q *hold.Queue) Options { o.Hold = q; return o }

// look has the screen look at what its queue holds.
func (s *screen) look() *screen {
	q := s.m.holding.queue
	return s.send(heldMsg{q.Held(), q.Gone(), q.Pace(), q.Now()})
}

// A door is a queue whose clock the test sets, and what was given of it.
type door struct {
	*hold.Queue
	now   time.Time
	given chan answer.Draft
}

func newDoor() *door {
	d := &door{now: time.Date(2026, 11, 27, 10, 0, 0, 0, time.UTC), given: make(chan answer.Draft, 10)}
	d.Queue = hold.New(hold.Options{Now: func() time.Time { return d.now }})
	return d
}

// knock has an answer wait.
func (d *door) knock(t testing.TB, step flow.StepID, user, body string) {
	t.Helper()
	v, _ := event.Lookup("12")
	before := len(d.Held())
	go func() {
		given, err := d.Pass(t.Context(), answer.Draft{Step: step, Server: "127.0.0.1:8449", Origin: client.Domain(user),
			Status: 200, Header: []client.Field{{Name: "Content-Type", Value: "application/json"}}, Body: []byte(body),
			Version: v}, answer.Known{User: user})
		if err == nil {
			d.given <- given
		}
	}()
	for len(d.Held()) == before {
		runtime.Gosched()
	}
}

func (d *door) gives(t testing.TB) answer.Draft {
	t.Helper()
	select {
	case given := <-d.given:
		return given
	case <-time.After(5 * time.Second):
		t.Fatal("nothing was given")
		return answer.Draft{}
	}
}

const protoevent = `{"room_version":"12","event":{"type":"m.room.member","depth":7,"content":{"membership":"join"}}}`

// hosted is a join that others do, as far as its make_join, which waits for the answer.
func hosted(t testing.TB) *knocking {
	trace := recorded(t, "joined")
	trace.Header.Source, trace.Header.Imported = flow.SourceHost, &flow.Imported{From: flow.SourceHost}
	return &knocking{scripted: scripted{whole: trace, done: until(t, trace, flow.A4, flow.Request)}, at: 1, of: 1}
}

// The screens of a hosted room, as kept frames.
func TestHostFrames(t *testing.T) {
	shots := map[string]func(w, h int) *screen{
		"nobody": func(w, h int) *screen { return hosting(t, w, h, &knocking{}, newDoor().Queue, Options{}) },
		"copying": func(w, h int) *screen {
			return hosting(t, w, h, &knocking{}, newDoor().Queue, Options{}).press("y")
		},
		"held": func(w, h int) *screen {
			d := newDoor()
			d.knock(t, flow.A5, "@you:joining.example", protoevent)
			d.now = d.now.Add(12 * time.Second)
			return hosting(t, w, h, hosted(t), d.Queue, Options{}).look()
		},
		"several": func(w, h int) *screen {
			d := newDoor()
			d.knock(t, flow.A3, "@other:elsewhere.example", "{}")
			d.knock(t, flow.A5, "@you:joining.example", protoevent)
			d.knock(t, flow.A7, "@third:third.example", "{}")
			return hosting(t, w, h, hosted(t), d.Queue, Options{}).look()
		},
		"menu": func(w, h int) *screen {
			d := newDoor()
			d.knock(t, flow.A5, "@you:joining.example", protoevent)
			return hosting(t, w, h, hosted(t), d.Queue, Options{}).look().press("E", "j", "j", "j", "e")
		},
		"leaving": func(w, h int) *screen {
			d := newDoor()
			d.knock(t, flow.A5, "@you:joining.example", protoevent)
			return hosting(t, w, h, hosted(t), d.Queue, Options{}).look().press("q")
		},
		"help": func(w, h int) *screen {
			return hosting(t, w, h, hosted(t), newDoor().Queue, Options{}).press("?")
		},
	}
	for name, shot := range shots {
		for _, size := range [][2]int{{80, 24}, {120, 40}} {
			s := shot(size[0], size[1])
			s.sound()
			golden(t, fmt.Sprintf("host-%s-%dx%d.txt", name, size[0], size[1]), "|"+strings.Join(s.lines(), "|\n|")+"|\n")
		}
		for w := 20; w < 130; w += 13 {
			for h := 6; h < 45; h += 7 {
				shot(w, h).sound()
			}
		}
	}
}

// A key lets the answer of the join that is shown go, however many wait before it; the others stay.
func TestHeldAnswerIsLetGo(t *testing.T) {
	d := newDoor()
	d.knock(t, flow.A3, "@other:elsewhere.example", "{}")
	d.knock(t, flow.A5, "@you:joining.example", protoevent)
	s := hosting(t, 120, 40, hosted(t), d.Queue, Options{}).look()
	s.shows("make_join's answer to @you:joining.example is held, 1 more wait")
	s.press(".")
	if given := d.gives(t); given.Step != flow.A5 || given.Changed() {
		t.Errorf("given was %+v", given)
	}
	s.look().shows("the directory's answer to @other:elsewhere.example is held")
	s.press(".")
	if given := d.gives(t); given.Step != flow.A3 {
		t.Errorf("given was %+v", given)
	}
	s.look().hides("is held").press(".").shows("no answer is held: the next one will be")
	s.press("E").shows("no answer is held")
}

// To run on lets go what waits, and what comes; the same key holds again.
func TestHeldAnswersRunOn(t *testing.T) {
	d := newDoor()
	d.knock(t, flow.A5, "@you:joining.example", protoevent)
	s := hosting(t, 120, 40, hosted(t), d.Queue, Options{}).look().press("c").shows("answers are given at once")
	d.gives(t)
	if d.Pace() != hold.RunOn {
		t.Error("answers are still held")
	}
	s.press(".").shows("answers are given at once: c holds them")
	s.press("c").shows("every answer is held from now on")
	if d.Pace() != hold.Step {
		t.Error("answers are not held")
	}
}

// Who asks, and what the answer has of what they sent, is drawn safe beside the answer that is held, in the menu of what
// it could be, and when they have given up.
func TestHostileHeldAnswer(t *testing.T) {
	for i, h := range rendertest.Hostile() {
		text := h.Text[:min(len(h.Text), 2000)] // render's own tests look at how long text is cut
		quoted, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		step, body := flow.A7, text
		if i%2 == 0 {
			step, body = flow.A5, fmt.Sprintf(`{"room_version":"12","event":{"type":"m.room.member","sender":%[1]s,`+
				`"state_key":%[1]s,"content":{"membership":"join",%[1]s:%[1]s}}}`, quoted)
		}
		d := newDoor()
		d.knock(t, step, "@"+text+":"+text, body)
		s := hosting(t, 80+i%2*40, 24, hosted(t), d.Queue, Options{}).look()
		s.sound()
		s.press("E").sound()
		s.press("j").sound()
		s.press("/", "type:o").sound()
		s.press("esc", "esc", "q").sound()
		s.press("n", ".")
		d.gives(t)
		s.look().sound()
		s = hosting(t, 80, 24, &knocking{}, newDoor().Queue, Options{})
		s.m.holding.now = time.Now()
		s.send(heldMsg{gone: []hold.Gone{{Held: hold.Held{Draft: answer.Draft{Step: flow.A5, Origin: text},
			Known: answer.Known{User: "@" + text + ":" + text}}}}})
		s.sound()
	}
}

// An answer can be another: by a ready change, or as an editor leaves it. What is no answer goes back to the editor,
// and the answer stays held.
func TestHeldAnswerIsChanged(t *testing.T) {
	d := newDoor()
	d.knock(t, flow.A5, "@you:joining.example", protoevent)
	s := hosting(t, 120, 40, hosted(t), d.Queue, Options{}).look().press("E").shows("What if the answer A5 were another?")
	s.press("/", "type:depth is 1", "enter", "enter")
	if given := d.gives(t); given.Mutation != "template-depth-1" || !strings.Contains(string(given.Body), `"depth":1`) {
		t.Errorf("given was %s: %s", given.Mutation, given.Body)
	}
	for _, c := range []struct{ edits, shows, given string }{
		{`sed -i 's/"depth": 7/"depth": 70/' "$1"`, "", `"depth":70`},
		{`true`, "nothing was changed, so the answer is held still", ""},
		{`sed -i 's/ANSWER 200/ANSWER x/' "$1"`, "the answer is held still: line", ""},
		{`exit 3`, "the answer is held still: editor.sh: exit status 3", ""},
	} {
		d.knock(t, flow.A5, "@you:joining.example", protoevent)
		s := hosting(t, 120, 40, hosted(t), d.Queue, Options{}).look()
		s.edits(c.edits)
		s.press("E", "enter")
		if c.given == "" {
			s.shows(c.shows)
			if n := len(d.Held()); n != 1 {
				t.Errorf("%q: %d are held", c.edits, n)
			}
			d.Release(d.Held()[0].ID, d.Held()[0].Draft)
		}
		if given := d.gives(t); !strings.Contains(string(given.Body), c.given) || given.Changed() != (c.given != "") {
			t.Errorf("%q: given was %s", c.edits, given.Body)
		}
	}
}

// edits has a shell script edit, which gets the file as $1.
func (s *screen) edits(script string) {
	s.t.Helper()
	if runtime.GOOS == "windows" {
		s.t.Skip("no script is a program on Windows: the editor was not tried")
	}
	path := filepath.Join(s.t.TempDir(), "editor.sh")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
		s.t.Fatal(err)
	}
	s.m.editing = editing{
		find: func() (whatif.Editor, error) { return whatif.Editor{path}, nil },
		run: func(cmd *exec.Cmd, done tea.ExecCallback) tea.Cmd {
			return func() tea.Msg { return done(cmd.Run()) }
		},
	}
}

// Whoever gives up is told of, and an open menu about their answer closes; leaving while answers wait asks first.
func TestHeldAnswerIsGone(t *testing.T) {
	q := hold.New(hold.Options{})
	ctx, giveUp := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = q.Pass(ctx, answer.Draft{Step: flow.A7, Origin: "joining.example", Status: 200, Body: []byte("{}")},
			answer.Known{User: "@you:joining.example"})
	}()
	for len(q.Held()) == 0 {
		runtime.Gosched()
	}
	s := hosting(t, 120, 40, hosted(t), q, Options{}).look()
	s.press("q").shows("An answer is held: leaving drops it").press("n")
	if s.m.quitting || len(q.Held()) != 1 {
		t.Error("n left")
	}
	s.press("q", "y")
	if !s.m.quitting {
		t.Error("y did not leave")
	}
	s.m.quitting = false
	s.press("E").shows("What if the answer A7")
	giveUp()
	<-done
	s.look().hides("What if").shows("the answer is not held any more")
	s.press("q")
	if !s.m.quitting {
		t.Error("with nothing held it asks all the same")
	}
}

// While nobody has come the screen tells where the room is, and copies it; the first join takes its place, and a key
// leads back.
func TestWhereTheRoomIs(t *testing.T) {
	first := hosted(t)
	nobody := &knocking{}
	s := hosting(t, 120, 40, nobody, newDoor().Queue, Options{})
	s.shows("#room:127.0.0.1:8448").shows("nobody has come yet")
	s.press("y", "a")
	if !strings.Contains(s.out.String(), "]52;") {
		t.Errorf("nothing was copied: %q", s.out.String())
	}
	s.press("y", "x").shows("y is followed by a, r, s, c").press("O").shows("no join has come yet")
	nobody.next, nobody.of = first, 1
	s.send(changedMsg{s.m.screen.id, knowing(nobody.Trace())})
	s.shows("join 1").hides("nobody has come yet").press("I").shows("#room:127.0.0.1:8448").
		hides("nobody has come yet").press("I").hides("curl")
}

// A joiner joins a hosted room over TLS, from a server of its own.
type joiner struct {
	run  *live.Run
	stop func()
	done chan struct{}
}

// hostedRoom starts the servers of a scenario behind a queue, and a joining server that finds them and is found.
func hostedRoom(t *testing.T, q *hold.Queue) (h *host.Host, joins *joinList, join func(ctx context.Context) *joiner) {
	t.Helper()
	at := freeport.Address(t)
	s, _ := sandbox.Lookup("public-v12")
	joins = &joinList{changed: make(chan struct{}, 1)}
	h, err := host.Start(t.Context(), host.Options{Tool: "test", Scenario: s, Listen: "127.0.0.1:0", Gate: q.Pass,
		User: "@you:" + at, Insecure: true, Quiet: 50 * time.Millisecond, OnJoin: joins.add})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Stop)
	return h, joins, func(ctx context.Context) *joiner {
		run, stop, err := h.Federation.Join(ctx, engine.JoinOptions{Listen: at, User: "@you:" + at})
		if err != nil {
			t.Fatal(err)
		}
		j := &joiner{run, stop, make(chan struct{})}
		go func() {
			defer close(j.done)
			run.Finish(ctx)
		}()
		return j
	}
}

// joinList is the joins that came, as a source of the screen.
type joinList struct {
	scripted
	changed chan struct{}

	mu    sync.Mutex
	joins []*watch.Join
}

func (l *joinList) add(j *watch.Join) {
	l.mu.Lock()
	l.joins = append(l.joins, j)
	l.mu.Unlock()
	l.changed <- struct{}{}
}

func (l *joinList) Changed() <-chan struct{}  { return l.changed }
func (l *joinList) Over() bool                { return false }
func (l *joinList) Place() (at, of int)       { return 0, len(l.all()) }
func (l *joinList) Following() (Source, bool) { return onlyJoin{l.all()[0]}, true }

func (l *joinList) all() []*watch.Join {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.joins
}

type onlyJoin struct{ *watch.Join }

func (onlyJoin) Following() (Source, bool) { return nil, false }
func (onlyJoin) Place() (at, of int)       { return 1, 1 }

// A shown program is the screen as it runs.
type shown struct {
	p    *tea.Program
	done chan struct{}
}

// shows runs the screen of a hosted room in a program of its own.
func showing(t *testing.T, ctx context.Context, src Source, q *hold.Queue) *shown {
	t.Helper()
	m := newModel(ctx, Options{Scenario: "public-v12", Hold: q, Waiting: whereabouts,
		Start: func(context.Context, string) (Source, func(), error) { return src, func() {}, nil }},
		theme.NewLook("", true, true), &strings.Builder{})
	s := &shown{tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(nil), tea.WithoutRenderer(),
		tea.WithoutSignalHandler()), make(chan struct{})}
	go func() {
		defer close(s.done)
		_, _ = s.p.Run()
		if m.screen != nil {
			m.screen.close()
		}
	}()
	s.p.Send(tea.WindowSizeMsg{Width: 120, Height: 40})
	return s
}

// soon waits until something is so.
func soon(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: never", what)
		}
	}
}

// A real joiner over TLS: each of its three answers is held until a key lets it go, and then it has joined. Signals and
// leaving while one is held end its connection cleanly; nothing is left running.
func TestRealJoinerIsHeld(t *testing.T) {
	for _, c := range []struct {
		name string
		ends func(s *shown, q *hold.Queue, h *host.Host, cancel func(), joined <-chan struct{})
		want flow.Outcome
	}{
		{"let go", func(s *shown, q *hold.Queue, _ *host.Host, _ func(), joined <-chan struct{}) {
			for range 200 { // until the joiner has nothing more to ask: three answers were let go
				if len(q.Held()) > 0 {
					s.p.Send(keyMsg("."))
				}
				select {
				case <-joined:
					return
				case <-time.After(100 * time.Millisecond):
				}
			}
		}, flow.Joined},
		{"left", func(s *shown, q *hold.Queue, h *host.Host, _ func(), _ <-chan struct{}) {
			for asked := false; !asked; time.Sleep(50 * time.Millisecond) { // once the screen has heard of the answer
				s.p.Send(keyMsg("q"))
				s.p.Send(keyMsg("y"))
				select {
				case <-s.done:
					asked = true
				default:
				}
			}
			q.Close()
			h.Stop()
		}, flow.Unreachable},
		{"interrupted", func(s *shown, _ *hold.Queue, h *host.Host, cancel func(), _ <-chan struct{}) {
			cancel()
			<-s.done
			h.Stop()
		}, flow.Unreachable},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			q := hold.New(hold.Options{})
			h, joins, join := hostedRoom(t, q)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s := showing(t, ctx, joins, q)
			j := join(t.Context())
			soon(t, "an answer is held", func() bool { return len(q.Held()) > 0 })
			c.ends(s, q, h, cancel, j.done)
			select {
			case <-j.done:
			case <-time.After(20 * time.Second):
				t.Fatal("the joiner waits still")
			}
			state := flow.Fold(j.run.Trace())
			if got := state.Outcome(); got != c.want {
				t.Errorf("outcome %s, want %s", got, c.want)
			}
			for _, e := range j.run.Trace().Entries {
				if f := e.Failure; f != nil && f.Kind != client.FailedClosed && f.Kind != client.FailedConnect {
					t.Errorf("the connection ended as %s: %s", f.Kind, f.Message)
				}
			}
			cancel()
			<-s.done
			q.Close()
			j.stop()
			h.Stop()
			soon(t, "all goroutines have ended", func() bool { return runtime.NumGoroutine() <= before+2 })
		})
	}
}
