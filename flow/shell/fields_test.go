package shell

import (
	"slices"
	"testing"
)

func TestShellFields(t *testing.T) {
	for command, want := range map[string][]string{
		"":                                      nil,
		"  \t":                                  nil,
		"vim":                                   {"vim"},
		"vi \\\n -n \"a\\\nb\" 'a\\\nb' c\\\nd": {"vi", "-n", "ab", "a\\\nb", "cd"},
		" code  --wait ":                        {"code", "--wait"},
		`vim -c 'set ft=json' -u NONE`:          {"vim", "-c", "set ft=json", "-u", "NONE"},
		`"/opt/My Editor/bin/ed" ""`:            {"/opt/My Editor/bin/ed", ""},
		`a\ b c\'d "e\"f" "g\h" 'i\j'`:          {"a b", "c'd", `e"f`, `g\h`, `i\j`},
		"vi; rm -rf $HOME `id` $(id) > x":       {"vi;", "rm", "-rf", "$HOME", "`id`", "$(id)", ">", "x"},
		`emacs -nw --eval "(x \$y \\ \q)"`:      {"emacs", "-nw", "--eval", `(x $y \ \q)`},
	} {
		got, err := Fields(command)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v; want %q", command, got, err, want)
		}
	}
	for _, command := range []string{`vim "`, `vim 'a`, `"a'`} {
		if got, err := Fields(command); err == nil {
			t.Errorf("%q: %q", command, got)
		}
	}
}

// What Line spells is taken apart again, as far as it needs no printf.
func TestShellFieldsOfLine(t *testing.T) {
	for _, args := range [][]string{{"a"}, {"a b", "c"}, {"", "it's", `"`, `\`, "$x", "!"}} {
		if got, err := Fields(string(Line(args))); err != nil || !slices.Equal(got, args) {
			t.Errorf("%q: %q, %v", args, got, err)
		}
	}
}
