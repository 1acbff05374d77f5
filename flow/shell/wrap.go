package shell

import "strings"

// Wrap breaks a command into lines of at most width bytes for a narrow screen: between words, with a backslash at the
// end of a line, so that a shell reads the lines as the one that they were. A word that is wider than that is broken
// within its quotes: a newline becomes part of the argument, and nothing of it a command. Where there is no room for
// the quotes themselves a line is wider.
func (t Text) Wrap(width int) []string {
	const more = " \\"
	room := max(width-len(more), 1)
	var out []string
	line := ""
	for _, word := range t.words() {
		switch {
		case line == "":
		case len(line)+1+len(word) > room:
			out, line = append(out, line+more), ""
		default:
			line += " "
		}
		end := "" // of a line that is broken within this word
		if strings.Trim(word, plainInShell) == "" {
			end = more[1:]
		}
		for word != "" {
			n := atom(word)
			if line != "" && len(line)+n > room {
				out, line = append(out, line+end), ""
			}
			line, word = line+word[:n], word[n:]
		}
	}
	return append(out, line)
}

// whole are the pieces of a word at which quotes open and close. Broken, they would be other quotes.
var whole = []string{"'\\''", `"$(printf '`, `')"`}

// atom returns how many bytes of a word stay together at its beginning.
func atom(word string) int {
	for _, w := range whole {
		if strings.HasPrefix(word, w) {
			return len(w)
		}
	}
	// A quote that opens stays with what it quotes, and does not close behind a break.
	if word[0] == '\'' && len(word) > 1 {
		return 1 + atom(word[1:])
	}
	return 1
}

// words takes t apart at the blanks outside of quotes.
func (t Text) words() []string {
	var out []string
	from, quoted := 0, byte(0)
	for i := range len(t) {
		switch c := t[i]; {
		case quoted == 0 && c == ' ':
			out = append(out, string(t[from:i]))
			from = i + 1
		case quoted == 0 && (c == '\'' || c == '"') && (i == 0 || t[i-1] != '\\'):
			quoted = c
		case c == quoted:
			quoted = 0
		}
	}
	return append(out, string(t[from:]))
}
