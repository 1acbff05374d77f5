package command

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"doorstep/ui"
	"doorstep/ui/settings"
	"doorstep/ui/terminal"
)

// useSettings settles what the flags leave open: by the environment, then the file of settings, then the defaults.
// What a profile says that the command was given goes before the file, and settles flags of the command.
func (p *program) useSettings(c *cobra.Command) error {
	s := inForce{from: map[string]string{}}
	path, err := settings.File()
	kept := settings.Kept{Values: settings.Defaults()}
	if err != nil {
		kept.Problems = []string{"settings: " + err.Error()}
	} else {
		kept = settings.Read(path)
	}
	s.Values, s.path, s.there, s.problems = kept.Values, path, kept.There, kept.Problems
	for name := range kept.Says {
		s.from[name] = "the file"
	}
	chosen, ok, err := chosenProfile(c, s.Profiles)
	if err != nil {
		return err
	}
	if ok {
		for _, name := range chosen.Over(&s.Values) {
			s.from[name] = "the profile " + chosen.Name
		}
	}
	s.overrule(p, c.Flags().Changed)
	var clashes []string
	s.bindings, clashes = ui.Bindings(s.Keys)
	for _, c := range clashes {
		s.problems = append(s.problems, filepath.Base(path)+": "+c)
	}
	p.settings = s
	p.theme, p.ascii, p.noMouse, p.noLinks, p.color = s.Theme, s.ASCII, !s.Mouse, !s.Links, s.Color
	if !ok {
		return nil
	}
	return take(c, chosen)
}

// overrule has the environment, and above it the flags, win over the file.
func (s *inForce) overrule(p *program, given func(flag string) bool) {
	if os.Getenv("NO_COLOR") != "" {
		s.Color, s.from["color"] = "never", "NO_COLOR"
	}
	for _, f := range []struct {
		flag, setting string
		take          func()
	}{
		{"theme", "theme", func() { s.Theme = p.theme }},
		{"ascii", "ascii", func() { s.ASCII = p.ascii }},
		{"no-mouse", "mouse", func() { s.Mouse = !p.noMouse }},
		{"no-links", "links", func() { s.Links = !p.noLinks }},
		{"color", "color", func() { s.Color = p.color }},
	} {
		if given(f.flag) {
			f.take()
			s.from[f.setting] = "--" + f.flag
		}
	}
}

// facts says where the settings are kept, and what is in force.
func (s inForce) facts() []terminal.Fact {
	where := "unknown"
	if s.path != "" {
		where = s.path + " (not there)"
		if s.there {
			where = s.path
		}
	}
	out := []terminal.Fact{{Name: "settings", Value: where}}
	for _, name := range settings.Names() {
		from := s.from[name]
		if from == "" {
			from = "default"
		}
		out = append(out, terminal.Fact{Name: name, Value: s.Tell(name) + " (" + from + ")"})
	}
	for _, p := range s.Profiles {
		out = append(out, terminal.Fact{Name: "profile", Value: p.Name + ": " + strings.Join(p.Says(), ", ")})
	}
	for _, problem := range s.problems {
		out = append(out, terminal.Fact{Name: "problems", Value: problem})
	}
	return out
}
