package home

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/key"
	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"doorstep/render"
	"doorstep/ui/theme"
)

// Answers are what a form of a join was filled in with.
type Answers struct {
	Room       string // alias, ID or link
	User       string
	Key        string // path of the signing key
	ServerName string
	Listen     string
	DryRun     bool
	Probe      bool
	Profile    string // what settles everything else; empty: none
}

// A Profile fills the form in, under a name.
type Profile struct {
	Name                          string
	User, Key, ServerName, Listen string
	DryRun, Probe                 bool
}

// A field is one line of the form: text to fill in, a switch, or the choice of a profile.
type field struct {
	label, hint string
	needed      bool
	text        func(*Answers) *string // nil: a switch, or the choice
	on          func(*Answers) *bool   // nil: text, or the choice
}

// choice is the field in which a profile is chosen, first of the form where there are profiles.
var choice = field{label: "Profile"}

// fields are those of every form, in order.
var fields = []field{
	{label: "Room", hint: "alias, ID or link: #room:matrix.example", needed: true,
		text: func(a *Answers) *string { return &a.Room }},
	{label: "User", hint: "who joins: @me:my.example", needed: true, text: func(a *Answers) *string { return &a.User }},
	{label: "Key file", hint: "your server's signing key; empty: a new key",
		text: func(a *Answers) *string { return &a.Key }},
	{label: "Server name", hint: "empty: the user's", text: func(a *Answers) *string { return &a.ServerName }},
	{label: "Listen at", hint: "ADDRESS:PORT where others reach us", text: func(a *Answers) *string { return &a.Listen }},
	{label: "--dry-run", hint: "stop before the join is sent", on: func(a *Answers) *bool { return &a.DryRun }},
	{label: "--probe", hint: "ask a little more, to tell causes apart", on: func(a *Answers) *bool { return &a.Probe }},
}

// A Form is a join on the user's own server, to be filled in.
type Form struct {
	theme.Look
	check func(Answers) error
	line  func(Answers) string

	answers  Answers
	fields   []field
	profiles []Profile
	inputs   []textinput.Model // one for each field; those of switches are not used
	at       int
}

// formRunes is the most that one field takes.
const formRunes = 500

// NewForm returns a form without a join yet, which profiles can fill in. check says what is wrong with what was filled
// in, line which command line it amounts to.
func NewForm(l theme.Look, profiles []Profile, check func(Answers) error, line func(Answers) string) *Form {
	f := &Form{Look: l, check: check, line: line, answers: Answers{DryRun: true}, fields: fields, profiles: profiles}
	if len(profiles) > 0 {
		f.fields = append([]field{choice}, fields...)
	}
	for range f.fields {
		in := textinput.New()
		in.CharLimit = formRunes
		in.KeyMap.Paste = key.NewBinding() // the terminal pastes; nothing here reads the clipboard
		f.inputs = append(f.inputs, in)
	}
	f.inputs[0].Focus()
	return f
}

// Answers is what was filled in.
func (f *Form) Answers() Answers { return f.answers }

// Take takes a key: it moves between the fields, switches, or types. It says why a key has no effect.
func (f *Form) Take(msg tea.KeyMsg) (why string) {
	switch msg.String() {
	case "tab", "down":
		f.goTo(f.at + 1)
		return ""
	case "shift+tab", "up":
		f.goTo(f.at - 1)
		return ""
	}
	if at := f.fields[f.at]; at.text == nil {
		switch {
		case at.on != nil && msg.String() == " ":
			*at.on(&f.answers) = !*at.on(&f.answers)
		case at.on != nil:
			return "Space switches " + at.label + ", Tab goes on"
		case msg.String() == " " || msg.String() == "right":
			f.choose(1)
		case msg.String() == "left":
			f.choose(-1)
		default:
			return "Space takes the next profile, Tab goes on"
		}
		return ""
	}
	f.inputs[f.at], _ = f.inputs[f.at].Update(msg)
	*f.fields[f.at].text(&f.answers) = strings.TrimSpace(f.inputs[f.at].Value())
	return ""
}

// choose takes the profile that is so many further, none after the last, and fills in what it says. The room stays.
func (f *Form) choose(by int) {
	at := slices.IndexFunc(f.profiles, func(p Profile) bool { return p.Name == f.answers.Profile }) + 1 // 0: none
	at = (at + by + len(f.profiles) + 1) % (len(f.profiles) + 1)
	p := Profile{DryRun: true}
	if at > 0 {
		p = f.profiles[at-1]
	}
	f.answers = Answers{Room: f.answers.Room, User: p.User, Key: p.Key, ServerName: p.ServerName, Listen: p.Listen,
		DryRun: p.DryRun, Probe: p.Probe, Profile: p.Name}
	for i, fd := range f.fields {
		if fd.text != nil {
			f.inputs[i].SetValue(*fd.text(&f.answers))
			f.inputs[i].CursorEnd()
		}
	}
}

// goTo has another field take the keys; after the last comes the first.
func (f *Form) goTo(at int) {
	f.inputs[f.at].Blur()
	f.at = (at + len(f.fields)) % len(f.fields)
	f.inputs[f.at].Focus()
}

// Problem says what keeps the join from being started; empty: nothing does.
func (f *Form) Problem() string {
	for _, fd := range f.fields {
		if fd.needed && *fd.text(&f.answers) == "" {
			return "fill in " + strings.ToLower(fd.label)
		}
	}
	if err := f.check(f.answers); err != nil {
		return err.Error()
	}
	return ""
}

// Draw returns the form as exactly height lines of width cells.
func (f *Form) Draw(width, height int, notice, footer string) []string {
	lines := []string{" " + f.Title.Render("Diagnose a join on my server"), ""}
	if height >= 20 {
		for _, l := range theme.Wrap(formWords, min(width-2, 96), 0) {
			lines = append(lines, " "+f.Dim.Render(l))
		}
		lines = append(lines, "")
	}
	for i := range f.fields {
		lines = append(lines, f.fieldLine(i, width))
	}
	lines = append(append(lines, ""), f.verdict(width)...)
	status := ""
	if notice != "" {
		status = " " + f.Warn.Render(f.Safe(notice, width-1))
	}
	lines = append(theme.Box(lines, width, height-2), theme.Fit(status, width), theme.Fit(footer, width))
	return theme.Box(lines, width, height)
}

const formWords = "Doorstep stands in for your server, for this one join: it signs with your server's key, and other " +
	"servers fetch the public half from your server, or from here if its name leads here. With --dry-run no join is " +
	"sent; without, you are asked before it is."

// labelWidth is the cells for the label of a field.
const labelWidth = 12

func (f *Form) fieldLine(i, width int) string {
	fd, mark := f.fields[i], "  "
	if i == f.at {
		mark = f.Cursor.Render(f.Glyphs.Cursor) + " "
	}
	label := " " + mark + f.Key.Render(theme.Fit(fd.label, labelWidth)) + " "
	if fd.on != nil {
		box := "[ ] "
		if *fd.on(&f.answers) {
			box = "[x] "
		}
		if i == f.at {
			box = f.Selected.Render(box[:3]) + " "
		}
		return label + box + f.Dim.Render(f.Safe(fd.hint, width))
	}
	if fd.text == nil {
		return label + f.chosen(i, max(width-labelWidth-5, 1))
	}
	return label + f.typed(i, max(width-labelWidth-5, 1))
}

// chosen is the profile that is chosen, with how to choose where the cursor is on it or none is.
func (f *Form) chosen(i, room int) string {
	name, hint := "none", fmt.Sprintf("Space takes the next of %d", len(f.profiles))
	if f.answers.Profile != "" {
		name = f.answers.Profile
	}
	style := f.Text
	if i == f.at {
		style = f.Selected
	} else if f.answers.Profile != "" {
		hint = ""
	}
	name = f.Safe(name, room)
	return style.Render(name) + "  " + f.Dim.Render(f.Safe(hint, max(room-render.Width(name)-2, 1)))
}

// typed is the text of a field, scrolled so that the place where typing goes on is in view; a hint while there is none.
func (f *Form) typed(i, room int) string {
	in := f.inputs[i]
	text, at := []rune(in.Value()), in.Position()
	if i != f.at {
		if len(text) == 0 {
			return f.Dim.Render(f.Safe(f.fields[i].hint, room))
		}
		return f.Safe(in.Value(), room)
	}
	from := 0
	for render.Width(string(text[from:at])) > room-1 && from < at {
		from++
	}
	under, after := "_", ""
	if at < len(text) {
		under, after = string(text[at]), string(text[at+1:])
	}
	hint := ""
	if len(text) == 0 {
		hint = "  " + f.Dim.Render(f.Safe(f.fields[i].hint, room-3))
	}
	cursor := f.Cursor.Reverse(true).Render(f.Safe(under, 2))
	return f.Safe(string(text[from:at]), room) + cursor + f.Safe(after, room) + hint
}

// verdict says what is wrong with what was filled in, or which command line it amounts to.
func (f *Form) verdict(width int) []string {
	style, text := f.Warn, ""
	switch problem, line := f.Problem(), f.line(f.answers); {
	case problem != "":
		text = f.Glyphs.Warn + " " + f.Safe(problem, labelCells*2)
	case line == "":
		text = f.Glyphs.Warn + " no shell takes what was filled in"
	default:
		style, text = f.Text, f.Safe(line, labelCells*4)
	}
	var out []string
	for _, l := range theme.Wrap(text, width-2, 4) {
		out = append(out, " "+style.Render(l))
	}
	return out
}
