package shell

import (
	"fmt"
	"strings"
)

// A Word is a word of a command for a POSIX shell, spelled so that sh, bash and zsh read it as it was meant, also
// where it is pasted into one that somebody types at. It is made by ShellCode from text of this program, or by
// ShellQuote from anybody's. The zero value is no word.
type Word struct{ spelled string }

// Code is shell text that stands in this program. Outside this package only a constant converts to it, so that
// nothing a server sent gets there by mistake.
type Code string

// Verbatim returns text of this program as it is: a command, its options, an operator.
func Verbatim(code Code) Word { return Word{string(code)} }

// Quote returns text as one word, every byte of it between single quotes. Nothing but printable ASCII comes out: a
// shell that somebody types at takes control characters for keys, a newline for the end of the line, and without a
// UTF-8 locale the bytes of other letters for keys too. So where there is anything else, printf writes the word. It
// errs where no shell can pass text on as an argument: with a NUL in it, or a newline at its end, which a command
// substitution drops.
func Quote(text string) (Word, error) {
	switch {
	case strings.ContainsRune(text, 0):
		return Word{}, fmt.Errorf("an argument holds a NUL")
	case IsPrintable(text):
		return Word{"'" + strings.ReplaceAll(text, "'", `'\''`) + "'"}, nil
	case strings.HasSuffix(text, "\n"):
		return Word{}, fmt.Errorf("an argument ends in a newline")
	}
	return Word{`"$(printf '` + printfFormat(text) + `')"`}, nil
}

// IsPrintable reports whether text is printable ASCII only.
func IsPrintable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// printfFormat spells text as the format of printf: printable ASCII without quotes, and without the "!" that csh
// replaces wherever it stands.
func printfFormat(text string) string {
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ', c > '~', c == '\'', c == '!':
			fmt.Fprintf(&b, `\%03o`, c)
		case c == '%', c == '\\':
			b.WriteByte(c)
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// Command puts words together into one command.
func Command(words ...Word) string {
	var out []string
	for _, w := range words {
		out = append(out, w.spelled)
	}
	return strings.Join(out, " ")
}

// Line spells arguments as one command. Words that no shell could take for anything but themselves stay bare. It is
// empty where an argument cannot be spelled (see ShellQuote): half a command would be another command.
func Line(args []string) string {
	var words []Word
	for _, a := range args {
		w := Word{a}
		if a == "" || strings.Trim(a, plainInShell) != "" {
			var err error
			if w, err = Quote(a); err != nil {
				return ""
			}
		}
		words = append(words, w)
	}
	return Command(words...)
}

// plainInShell are the characters that no shell takes for anything but themselves, wherever they stand in an argument.
const plainInShell = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@"

// shellChunk is how many bytes of one text stand on one line. A terminal without line editing takes 4095 bytes a line
// and drops the rest, closing quotes included, so that the next line would be read inside out.
const shellChunk = 800

// Print returns lines that print b, whatever it holds, for a pipe to carry on. They are one command.
func Print(b []byte) []string {
	lines := []string{"{"}
	for len(b) > 0 {
		n := min(len(b), shellChunk)
		part := string(b[:n])
		if spelled := printfFormat(part); len(spelled) > 2*shellChunk { // mostly octal
			n = min(len(b), shellChunk/4)
			part = string(b[:n])
		}
		b = b[n:]
		if IsPrintable(part) && !strings.ContainsAny(part, "'!") {
			lines = append(lines, "printf %s '"+part+"'")
			continue
		}
		lines = append(lines, "printf '"+printfFormat(part)+"'")
	}
	if len(lines) == 1 {
		lines = append(lines, "printf ''")
	}
	return append(lines, "}")
}

// Label spells a name for people between single quotes, cut at 255 bytes: plain characters as they are, everything
// else as the hexadecimal value of its bytes.
func Label(name string) Word {
	const most = 255
	var b strings.Builder
	for i := range min(len(name), most) {
		switch c := name[i]; {
		case c < ' ', c > '~', c == '\'', c == '!', c == '\\':
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	if len(name) > most {
		b.WriteString("...")
	}
	return Word{"'" + b.String() + "'"}
}
