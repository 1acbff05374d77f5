package tour

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/explain"
	"doorstep/flow/live"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
)

// What is embedded can be read, and is as long as a tour should be.
func TestChaptersRead(t *testing.T) {
	chapters, err := readAll(files)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, c := range chapters {
		n += len(c.Stops)
	}
	if n < 20 || n > 30 {
		t.Errorf("%d stops", n)
	}
}

// Every stop is come to in a real run of its scenario, stop after stop as the screen goes, and what its texts claim is
// so once that run is over.
func TestStopsInRealRuns(t *testing.T) {
	for _, c := range Chapters() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			var r *running
			for i := range c.Stops {
				s := &c.Stops[i]
				if r == nil || r.scenario != s.Scenario {
					r.end(t)
					r = start(t, s.Scenario)
				}
				r.to(t, s)
			}
			r.end(t)
		})
	}
}

// running is a run of a scenario, and the stops that it has come to.
type running struct {
	scenario string
	ctx      context.Context
	run      *live.Run
	stop     func()
	at       map[*Stop]int
	steps    int
}

func start(t *testing.T, scenario string) *running {
	t.Helper()
	s, ok := sandbox.Lookup(scenario)
	if !ok {
		t.Fatalf("no scenario %q", scenario)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	run, stop, err := sandbox.Join(ctx, s, engine.JoinOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return &running{scenario, ctx, run, func() { stop(); cancel() }, map[*Stop]int{}, 0}
}

// to steps on until the run has come to a stop.
func (r *running) to(t *testing.T, s *Stop) {
	t.Helper()
	for s.At.In(r.run.Trace()) == nil {
		before := len(r.run.Trace().Entries)
		if !r.run.Step(r.ctx) || len(r.run.Trace().Entries) == before {
			t.Fatalf("%s:%d: %s: a run of %s does not come to %s", s.File, s.Line, s.Name, s.Scenario, s.At)
		}
	}
	e := s.At.In(r.run.Trace())
	for other, seq := range r.at {
		if seq > e.Seq {
			t.Errorf("%s:%d: %s is at entry %d, before %s at %d", s.File, s.Line, s.Name, e.Seq, other.Name, seq)
		}
	}
	r.at[s] = e.Seq
	switch {
	case s.Tab == "Diff":
		trace := r.run.Trace()
		changes := flow.Fold(trace).Join().Diff(trace.Header.Form)
		if !slices.ContainsFunc(changes, func(c flow.Change) bool { return c.Path == s.Look }) {
			t.Errorf("%s:%d: %s: there is no %s in the diff", s.File, s.Line, s.Name, s.Look)
		}
	case s.Look != "":
		body, err := decoded(bodyOf(e))
		if err != nil {
			t.Fatalf("%s:%d: %v", s.File, s.Line, err)
		}
		if _, found := pointed(body, s.Look); !found {
			t.Errorf("%s:%d: %s: there is no %s in entry %d", s.File, s.Line, s.Name, s.Look, e.Seq)
		}
	}
}

// end has the run go to its end and holds what was claimed against it.
func (r *running) end(t *testing.T) {
	t.Helper()
	if r == nil {
		return
	}
	r.run.Finish(r.ctx)
	trace := r.run.Trace()
	r.stop()
	for s, seq := range r.at {
		for _, c := range s.Shows {
			if err := c.Holds(trace, trace.Entry(seq)); err != nil {
				t.Errorf("%s:%d: %s: %v", s.File, s.Line, s.Name, err)
			}
		}
	}
}

// What a stop refers to can be explained.
func TestSee(t *testing.T) {
	for _, c := range Chapters() {
		for _, s := range c.Stops {
			for _, see := range s.See {
				kind, name, _ := strings.Cut(see, "/")
				if kind == "finding" {
					if _, ok := diagnose.CauseOf(name); !ok {
						t.Errorf("%s:%d: no finding %q", s.File, s.Line, name)
					}
					continue
				}
				if found := explain.Of(explain.Kind(kind), name); len(found) == 0 {
					t.Errorf("%s:%d: nothing to explain is called %q", s.File, s.Line, see)
				}
			}
			if len(s.See) == 0 || len(s.Shows) == 0 {
				t.Errorf("%s:%d: %s: nothing to read on, or nothing that is checked", s.File, s.Line, s.Name)
			}
		}
	}
}

// The right answer is not always at the same place, and no longer than it has to be.
func TestRightIsAnywhere(t *testing.T) {
	places := map[int]int{}
	for _, c := range Chapters() {
		for _, s := range c.Stops {
			places[s.Right()]++
		}
	}
	for at := range 3 {
		if places[at] < 5 {
			t.Errorf("the answer is choice %d only %d times: %v", at+1, places[at], places)
		}
	}
}

const wellFormed = `# Title

name: a
about: What it is.

## Stop

stop: one
scenario: public-v12
at: A3 response
tab: Body
look: /room_id
shows: status is 200
see: role/directory

A text
of two lines.

? A question?

- wrong
  because

+ right
  because of
  that
`

// What is not as the format has it is said with its file and line.
func TestParseProblems(t *testing.T) {
	c, err := Parse("x.md", []byte(wellFormed))
	if err != nil {
		t.Fatal(err)
	}
	s := c.Stops[0]
	if s.Text != "A text of two lines." || s.Right() != 1 || s.Choices[1].Reply != "because of that" || s.Line != 6 {
		t.Errorf("read as %+v", s)
	}
	for _, p := range []struct{ from, to, want string }{
		{"# Title", "Title", "x.md:1: the title"},
		{"name: a\n", "", "has no name"},
		{"stop: one", "stop: one\nstop: two", "x.md:9: stop stands there twice"},
		{"stop: one", "stops: one", `x.md:8: "stops" is no key`},
		{"about: W", "above: W", `x.md:4: "above" is no key`},
		{"at: A3 response", "at: A9", `x.md:10: at: "A9" names no step`},
		{"at: A3 response", "at: A3 reply", `x.md:10: at: "reply" is no kind`},
		{"look: /room_id", "look: room_id", `x.md:12: "room_id" is no JSON pointer`},
		{"tab: Body\n", "", "leads into the tab Body"},
		{"shows: status is 200", "shows: status 200", `x.md:13: shows: "status 200" has no verb`},
		{"shows: status is 200", "shows: status is", "has to be followed"},
		{"shows: status is 200", "shows: status exists 200", "has to be followed"},
		{"shows: status is 200", "shows: size is 200", `"size" is nothing that can be claimed of`},
		{"shows: status is 200", "shows: header is 200", `"header" is nothing that can be claimed of`},
		{"shows: status is 200", "shows: target matches (", "error parsing regexp"},
		{"shows: status is 200", "shows: status is {", "no JSON"},
		{"shows: status is 200", "shows: status of A9 is 200", "names no step"},
		{"see: role/directory", "see: directory", "is no 'kind/name'"},
		{"of two lines.", "\nof two lines.", "a second paragraph"},
		{"? A question?", "?? A question", `x.md:19: a second paragraph`},
		{"+ right", "- right", "0 choices are right"},
		{"- wrong", "+ wrong", "2 choices are right"},
		{"- wrong\n  because\n\n", "", "1 choices"},
		{"  because\n\n", "\n", `no reply to "wrong"`},
		{"A text", "A text ", "x.md:16: blanks"},
		{"A text", "A\ttext", "control character"},
		{"A text", strings.Repeat("x", 121), "121 columns"},
		{"## Stop", "### Stop", "'## ' a stop"},
		{wellFormed[strings.Index(wellFormed, "## Stop"):], "", "no stops"},
	} {
		text := strings.Replace(wellFormed, p.from, p.to, 1)
		if text == wellFormed {
			t.Fatalf("%q is not in it", p.from)
		}
		if _, err := Parse("x.md", []byte(text)); err == nil || !strings.Contains(err.Error(), p.want) {
			t.Errorf("%q for %q: %v, want %q", p.to, p.from, err, p.want)
		}
	}
}

// No two stops and no two chapters have one name.
func TestNamesOnce(t *testing.T) {
	other := strings.Replace(wellFormed, "name: a", "name: b", 1)
	for want, file := range map[string]string{"another chapter": wellFormed, "another stop": other} {
		_, err := readAll(fstest.MapFS{"chapters/1.md": {Data: []byte(wellFormed)}, "chapters/2.md": {Data: []byte(file)}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// A claim that does not hold says what is there instead.
func TestClaimsCanFail(t *testing.T) {
	r := start(t, "banned")
	r.run.Finish(r.ctx)
	trace := r.run.Trace()
	r.stop()
	at := Selector{Step: flow.A5}.In(trace)
	for _, c := range []struct {
		claim string
		holds bool
	}{
		{"status is 403", true}, {"status is 200", false},
		{`/errcode is "M_FORBIDDEN"`, true}, {`/errcode is "M_NOT_FOUND"`, false},
		{"/errcode exists", true}, {"/errcode is absent", false}, {"/event exists", false}, {"/event is absent", true},
		{"/error matches banned", true}, {"/error matches ^banned", false},
		{"/errcode equals /error", false}, {"/errcode differs from /error", true}, {"/errcode equals /errcode", true},
		{"/errcode differs from /event", false}, {"/errcode of A8 response equals /errcode", true},
		{"/errcode of A7 response exists", false}, {"/servers/7 of A3 response exists", false},
		{`outcome is "refused"`, true}, {`outcome is "joined"`, false}, {`finding banned is "error"`, true},
		{"finding lying-template exists", false}, {"check signature exists", false}, {"replaced exists", false},
		{"entry L1 is absent", true}, {"entry A4 request exists", true}, {"entry A7 exists", false},
		{"header Host of A4 request exists", true}, {"header Cookie of A4 request exists", false},
		{"host of R local exists", true}, {"host exists", false}, {"change /origin exists", false},
	} {
		claim, err := ParseClaim(c.claim)
		if err != nil {
			t.Fatal(err)
		}
		if err := claim.Holds(trace, at); (err == nil) != c.holds {
			t.Errorf("%s: %v", c.claim, err)
		}
	}
}

// The words of a text that name keys are names of actions; ui looks whether there are such. Nothing else stands in
// braces, and what is to be read literally has an end.
func TestBraces(t *testing.T) {
	for _, c := range Chapters() {
		for _, s := range c.Stops {
			texts := []string{s.Title, s.Question}
			for _, c := range s.Choices {
				texts = append(texts, c.Text, c.Reply)
			}
			if slices.ContainsFunc(texts, func(t string) bool { return strings.ContainsAny(t, "{}") }) {
				t.Errorf("%s:%d: keys are named in the text only", s.File, s.Line)
			}
			for _, text := range append(texts, s.Text) {
				if strings.Count(text, "`")%2 != 0 {
					t.Errorf("%s:%d: a backquote is not closed in %q", s.File, s.Line, text)
				}
			}
		}
	}
}
