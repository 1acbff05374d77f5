package keymap

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/bubbles/key"
)

// Rebind returns a table in which actions have the keys that are given by their names, everywhere they can be asked
// for. Problems say, a line each, which of them cannot be had; those actions keep the keys they have in table.
func Rebind(table []Binding, keys map[string][]string) (rebound []Binding, problems []string) {
	wanted := map[Action][]string{}
	for _, name := range sorted(keys) {
		named, why := spelled(keys[name])
		if !slices.ContainsFunc(table, func(b Binding) bool { return string(b.Action) == name }) {
			why = "there is no such action: doorstep info --keys lists them"
		}
		if why != "" {
			problems = append(problems, fmt.Sprintf("keys: %q: %s", name, why))
			continue
		}
		wanted[Action(name)] = named
	}
	for {
		rebound = with(table, wanted)
		c, clashes := clash(rebound, wanted)
		if !clashes {
			return rebound, problems
		}
		delete(wanted, c.loser)
		problems = append(problems, fmt.Sprintf("keys: %q: the key %s is for %q", c.loser, Names([]string{c.key}), c.other))
	}
}

func sorted(keys map[string][]string) []string {
	var names []string
	for name := range keys {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// with returns table with the keys that are wanted.
func with(table []Binding, wanted map[Action][]string) []Binding {
	out := slices.Clone(table)
	for i, b := range out {
		if keys, ok := wanted[b.Action]; ok {
			out[i].Binding = key.NewBinding(key.WithKeys(keys...), key.WithHelp(Names(keys), b.Help().Desc))
		}
	}
	return out
}

// A collision is a key that two actions have in one place. The loser was given it; other may have been as well.
type collision struct {
	key          string
	loser, other Action
}

// clash finds a collision in which somebody was given a key.
func clash(table []Binding, wanted map[Action][]string) (collision, bool) {
	for i, a := range table {
		for _, b := range table[i+1:] {
			if a.Where&b.Where == 0 || a.Action == b.Action {
				continue
			}
			for _, k := range a.Keys() {
				if !slices.Contains(b.Keys(), k) {
					continue
				}
				if _, given := wanted[b.Action]; given {
					return collision{k, b.Action, a.Action}, true
				}
				return collision{k, a.Action, b.Action}, true
			}
		}
	}
	return collision{}, false
}

// spelled returns keys as they arrive, or says what is wrong with one.
func spelled(keys []string) (out []string, why string) {
	if len(keys) == 0 {
		return nil, "it needs a key"
	}
	for _, k := range keys {
		r, n := utf8.DecodeRuneInString(k)
		switch {
		case k == "space":
			k = " "
		case k == "ctrl+c":
			return nil, "Ctrl-c always cancels or quits"
		case n == len(k) && r >= '0' && r <= '9':
			return nil, "digits choose tabs, and are numbers before other keys"
		case n == len(k) && r != utf8.RuneError && unicode.IsGraphic(r):
		case !named(k):
			return nil, fmt.Sprintf("%q is no key: write x, ctrl+x, alt+x, space, enter, tab, f1, up, pgdown …", k)
		}
		if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out, ""
}

// named reports whether a key has a name of more than one character.
func named(k string) bool {
	rest, ctrl := strings.CutPrefix(k, "ctrl+")
	if ctrl && len(rest) == 1 && rest[0] >= 'a' && rest[0] <= 'z' {
		return rest != "i" && rest != "m" // a terminal sends Tab and Enter for these
	}
	rest, alt := strings.CutPrefix(k, "alt+")
	if alt && utf8.RuneCountInString(rest) == 1 {
		return true
	}
	return slices.Contains(strings.Fields("up down left right home end pgup pgdown tab shift+tab enter esc backspace "+
		"delete insert f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12 shift+up shift+down shift+left shift+right ctrl+up "+
		"ctrl+down ctrl+left ctrl+right ctrl+home ctrl+end ctrl+pgup ctrl+pgdown"), k)
}
