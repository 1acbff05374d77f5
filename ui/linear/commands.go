package linear

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"doorstep/flow/export"
	"doorstep/ui/saving"
	"doorstep/ui/story"
	"doorstep/ui/tab"
	"doorstep/ui/theme"
)

// A command is something that can be typed.
type command struct {
	names []string
	takes string // what comes after the name, for the help
	says  string
	do    func(s *session, ctx context.Context, argument string)
}

// commands are those there are, in the order of the help. Those of the tabs come with them.
func commands() []command {
	return slices.Concat([]command{
		{[]string{"step", "."}, "", "go one step on; Enter alone does it too",
			func(s *session, ctx context.Context, _ string) {
				if !s.step(ctx) && s.over() {
					s.say("There is nothing more to do.")
				}
				s.leaves(ctx)
			}},
		{[]string{"continue", "c"}, "", "do every step that is left",
			func(s *session, ctx context.Context, _ string) { s.toEnd(ctx) }},
		{[]string{"back", "b"}, "", "go back one entry: nothing is undone on the wire",
			func(s *session, _ context.Context, _ string) { s.goTo(s.shown - 1) }},
		{[]string{"go", "g"}, "NUMBER", "go to an entry: what comes after it has not happened yet",
			func(s *session, _ context.Context, n string) { s.goToNumber(n) }},
		{[]string{"look"}, "NUMBER", "look at an entry, without going back to it",
			func(s *session, _ context.Context, n string) { s.lookAt(n) }},
		{[]string{"list", "ls"}, "", "tell all entries so far again",
			func(s *session, _ context.Context, _ string) { s.list() }},
		{[]string{"again"}, "", "ask again for keys that are missing",
			func(s *session, ctx context.Context, _ string) { s.again(ctx) }},
		{[]string{"event"}, "ID", "an event of the answer: its place, its checks, its JSON, its work",
			func(s *session, _ context.Context, id string) { s.event(id) }},
	}, tabCommands(), []command{
		{[]string{"more", "m"}, "", "the lines that were left out",
			func(s *session, _ context.Context, _ string) { s.more() }},
		{[]string{"write"}, "[FORM] [redacted|unredacted] FILE", "write the recording, or a form of it: " + formNames(),
			func(s *session, _ context.Context, name string) { s.write(name) }},
		{[]string{"help", "?"}, "", "this list",
			func(s *session, _ context.Context, _ string) { s.help() }},
		{[]string{"quit", "q", "exit"}, "", "leave", nil},
	})
}

// tabCommands show what the tabs of the screen show, of the entry that is looked at.
func tabCommands() []command {
	var out []command
	for _, t := range tab.All {
		out = append(out, command{[]string{strings.ToLower(t.Name())}, "", t.Help(),
			func(s *session, _ context.Context, _ string) { s.show(t) }})
	}
	return out
}

// command does what was typed; false when that was to leave.
func (s *session) command(ctx context.Context, line string) bool {
	name, argument, _ := strings.Cut(line, " ")
	argument = strings.TrimSpace(argument)
	if name == "" {
		name = "step"
	}
	c, problem := lookup(strings.ToLower(name))
	switch {
	case problem != "":
		s.say(problem)
	case c.do == nil:
		return false
	case c.takes != "" && argument == "":
		s.say(c.names[0] + " needs " + c.takes + ": " + c.says + ".")
	default:
		c.do(s, ctx, argument)
	}
	return true
}

// lookup finds the command of a name, or the only one that begins so.
func lookup(name string) (c command, problem string) {
	var begin []command
	for _, c := range commands() {
		if slices.Contains(c.names, name) {
			return c, ""
		}
		if strings.HasPrefix(c.names[0], name) {
			begin = append(begin, c)
		}
	}
	switch len(begin) {
	case 0:
		return c, "There is no command " + name + ": help lists them."
	case 1:
		return begin[0], ""
	}
	var names []string
	for _, c := range begin {
		names = append(names, c.names[0])
	}
	return c, name + " may be " + strings.Join(names, " or ") + "."
}

func (s *session) help() {
	for _, c := range commands() {
		s.say(strings.TrimSpace(strings.Join(c.names, ", ")+" "+c.takes) + ": " + c.says + ".")
	}
}

// goTo makes n entries the trace that is told of.
func (s *session) goTo(n int) {
	if n < 0 {
		s.say("This is the beginning.")
		return
	}
	s.shown, s.at, s.ended = n, n, n == len(s.trace.Entries)
	if n == 0 {
		s.say("Nothing has happened yet.")
		return
	}
	_ = s.words.Entry(s.trace.Prefix(n), &s.trace.Entries[n-1]) // Flush says so too
}

func (s *session) goToNumber(text string) {
	if n, ok := s.number(text, len(s.trace.Entries)); ok {
		s.goTo(n)
	}
}

// lookAt makes an entry the one that the tabs are about.
func (s *session) lookAt(text string) {
	n, ok := s.number(text, s.shown)
	if !ok {
		return
	}
	s.at = n
	if n > 0 {
		_ = s.words.Entry(s.trace.Prefix(n), &s.trace.Entries[n-1]) // Flush says so too
	}
}

// number reads the number of an entry up to most.
func (s *session) number(text string, most int) (n int, ok bool) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		s.say(fmt.Sprintf("Entries go from 1 to %d.", most))
		return 0, false
	}
	return n, true
}

func (s *session) list() {
	for i := range s.shown {
		_ = s.words.Entry(s.trace.Prefix(i+1), &s.trace.Entries[i]) // Flush says so too
	}
}

// again asks for the keys that are missing once more.
func (s *session) again(ctx context.Context) {
	_, why := s.state().KeysAgain()
	switch {
	case !s.Live:
		why = "a recording asks nobody"
	case s.shown < len(s.trace.Entries):
		why = "this is the past: go to the end first"
	}
	if why != "" {
		s.say("Not now: " + why + ".")
		return
	}
	s.ended = false
	s.doing(ctx, s.Source.Again)
}

// formNames are the forms that write takes.
func formNames() string {
	var names []string
	for _, f := range saving.Forms() {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

// writing reads what comes after write. What is left after a form and what to do about names is the file; one word
// alone always is.
func (s *session) writing(argument string) saving.Job {
	form, _ := saving.Lookup("recording")
	job := saving.Job{Trace: s.trace, Form: form, File: argument, Tool: s.Tool,
		Report: export.ReportOptions{AllChecks: s.AllChecks, Strict: s.Strict}}
	redacts, settled := false, false
	for {
		word, rest, more := strings.Cut(job.File, " ")
		if !more {
			break
		}
		if f, ok := saving.Lookup(word); ok {
			job.Form = f
		} else if word == "redacted" || word == "unredacted" {
			redacts, settled = word == "redacted", true
		} else {
			break
		}
		job.File = strings.TrimSpace(rest)
	}
	if job.Redact = redacts; !settled {
		job.Redact = job.Form.Redacts(s.trace.Header)
	}
	return job
}

// write writes a file, and says where it is and how much it holds.
func (s *session) write(argument string) {
	job := s.writing(argument)
	r, err := job.Do()
	switch {
	case errors.Is(err, fs.ErrExist):
		s.say("Not written: that file exists, and is kept. Name another one.")
		return
	case err != nil:
		words := saving.Words(r, err)
		s.say(strings.ToUpper(words[:1]) + words[1:] + ".")
		return
	}
	_, _ = s.out.WriteString(theme.SafeText(r.Path) + "\n") // a line of its own, to be copied
	s.say(fmt.Sprintf("%d entries written, %s.", r.Entries, story.Size(int(r.Bytes))))
	if job.Redact {
		s.say("Redacted: names are pseudonyms, texts are empty. write " + job.Form.Name + " unredacted FILE keeps them.")
	}
}
