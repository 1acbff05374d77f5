package keymap

import (
	"slices"
	"strings"
	"testing"
)

func small() []Binding {
	return []Binding{
		Bind("step", InHandshake, GroupSteps, "step", "do the next step", "."),
		Bind("left", InLadder, GroupMove, "", "fold", "h", "left"),
		Bind("left", AtHome, GroupMove, "", "fold the group", "h", "left"),
		Bind("search", AtHome|InLadder, GroupFind, "", "search", "/"),
		Bind("filter", InEvents, GroupList, "", "filter", "/"),
	}
}

func keysOf(table []Binding, a Action) string {
	var out []string
	for _, b := range table {
		if b.Action == a {
			out = append(out, strings.Join(b.Keys(), ","))
		}
	}
	return strings.Join(out, " ")
}

// Actions take other keys, in every place; two may swap theirs, and help says what they are now.
func TestRebind(t *testing.T) {
	table, problems := Rebind(small(), map[string][]string{"step": {"space", "f5"}, "left": {"/"},
		"search": {"h", "ctrl+s"}, "filter": {"."}})
	if len(problems) != 0 { // "." is free once step has given it up
		t.Fatal(problems)
	}
	for a, want := range map[Action]string{"step": " ,f5", "left": "/ /", "search": "h,ctrl+s", "filter": "."} {
		if got := keysOf(table, a); got != want {
			t.Errorf("%s has %q, want %q", a, got, want)
		}
	}
	if got := table[0].Help().Key; got != "space F5" {
		t.Errorf("the help says %q", got)
	}
	if got := keysOf(small(), "step"); got != "." {
		t.Errorf("the usual keys were changed to %q", got)
	}
}

// What cannot be had is said in one line, and the action keeps its usual keys.
func TestRebindProblems(t *testing.T) {
	for name, c := range map[string]struct {
		keys map[string][]string
		says []string
	}{
		"no action":  {map[string][]string{"stap": {"x"}}, []string{`"stap": there is no such action`}},
		"no key":     {map[string][]string{"step": {}}, []string{`"step": it needs a key`}},
		"not a key":  {map[string][]string{"step": {"hyper+x"}}, []string{`"step": "hyper+x" is no key`}},
		"not sent":   {map[string][]string{"step": {"ctrl+m"}}, []string{`"ctrl+m" is no key`}},
		"control":    {map[string][]string{"step": {"\x1b"}}, []string{`is no key`}},
		"a digit":    {map[string][]string{"step": {"7"}}, []string{`"step": digits`}},
		"ctrl+c":     {map[string][]string{"step": {"ctrl+c"}}, []string{`"step": Ctrl-c`}},
		"taken":      {map[string][]string{"step": {"/"}}, []string{`"step": the key / is for "search"`}},
		"both given": {map[string][]string{"step": {"x"}, "search": {"x"}}, []string{`the key x is for`}},
		"elsewhere":  {map[string][]string{"filter": {"h"}}, nil},
		"several":    {map[string][]string{"stap": {"x"}, "left": {"7"}}, []string{`"left": digits`, `"stap": there is`}},
		"chain of two": {map[string][]string{"left": {"/"}, "search": {"7"}},
			[]string{`"search": digits`, `"left": the key / is for "search"`}},
	} {
		table, problems := Rebind(small(), c.keys)
		if len(problems) != len(c.says) {
			t.Errorf("%s: problems %q", name, problems)
			continue
		}
		for i, want := range c.says {
			if !strings.Contains(problems[i], want) {
				t.Errorf("%s: %q does not say %q", name, problems[i], want)
			}
		}
		seen := map[Place][]string{}
		for _, b := range table {
			for _, where := range []Place{AtHome, InLadder, InPayload, InEvents} {
				if b.Where&where == 0 {
					continue
				}
				for _, k := range b.Keys() {
					if slices.Contains(seen[where], k) {
						t.Errorf("%s: %q is bound twice", name, k)
					}
					seen[where] = append(seen[where], k)
				}
			}
		}
	}
}
