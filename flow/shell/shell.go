package shell

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Word is a word of a command for a POSIX shell, spelled so that sh, bash and zsh read it as it was meant, also
// where it is pasted into one that somebody types at. It is made by Verbatim from text of this program, or by Quote
// from anybody's. The zero value is no word.
type Word struct{ spelled string }

// Code is shell text that stands in this program. Outside this package only a constant converts to it, so that
// nothing a server sent gets there by mistake.
type Code string

// A Text is what is pasted into a shell: a command, or a script. It is printable ASCII, in lines that every terminal
// takes. Outside this package nothing converts to it. The empty one is no command.
type Text string

// Verbatim returns text of this program as it is: a command, its options, an operator.
func Verbatim(code Code) Word { return Word{string(code)} }

// Number is a number as a word.
func Number(n int) Word { return Label(fmt.Sprint(n)) }

// Beside puts words together into one word, with nothing between them.
func Beside(words ...Word) Word {
	if slices.Contains(words, Word{}) {
		return Word{}
	}
	var b strings.Builder
	for _, w := range words {
		b.WriteString(w.spelled)
	}
	return Word{b.String()}
}

// Quote returns text as one word, every byte of it between single quotes. Nothing but printable ASCII comes out: a
// shell that somebody types at takes control characters for keys, a newline for the end of the line, and without a
// UTF-8 locale the bytes of other letters for keys too. Nor does a backtick come out: a command is named between two
// of them in running text, and may be copied with them. So where there is anything else, printf writes the word. It
// errs where no shell can pass text on as an argument: with a NUL in it, or a newline at its end, which a command
// substitution drops.
func Quote(text string) (Word, error) {
	switch {
	case strings.ContainsRune(text, 0):
		return Word{}, errors.New("an argument holds a NUL")
	case IsPrintable(text) && !strings.Contains(text, "`"):
		return Word{"'" + strings.ReplaceAll(text, "'", `'\''`) + "'"}, nil
	case strings.HasSuffix(text, "\n"):
		return Word{}, errors.New("an argument ends in a newline")
	}
	// A double quote would end the outer ones for a history expansion that knows nothing of command substitutions.
	return Word{`"$(printf '` + printfFormat(text, "'!`\"") + `')"`}, nil
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

// printfFormat spells text as the format of printf: printable ASCII without quotes, and without the characters in but,
// among which is the "!" that csh replaces wherever it stands.
func printfFormat(text, but string) string {
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ', c > '~', strings.IndexByte(but, c) >= 0:
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

// LineLimit is how long a line of a Text may be, in bytes. A terminal without line editing takes 4095 bytes a line and
// drops the rest, closing quotes included, so that the next line would be read inside out.
const LineLimit = 3900

// Command puts words together into one command, on one line. It is empty where one of them is no word, or the line
// would be longer than LineLimit: half a command would be another command.
func Command(words ...Word) Text {
	line := string(spread(words, " "))
	if len(line) > LineLimit {
		return ""
	}
	return Text(line)
}

// Spread is Command, a word a line where they do not fit on one. It is empty where a single word is too long.
func Spread(words ...Word) Text {
	if slices.ContainsFunc(words, func(w Word) bool { return len(w.spelled) > LineLimit }) {
		return ""
	}
	if line := Command(words...); line != "" {
		return line
	}
	return spread(words, " \\\n")
}

func spread(words []Word, between string) Text {
	if slices.Contains(words, Word{}) {
		return ""
	}
	var out []string
	for _, w := range words {
		out = append(out, w.spelled)
	}
	return Text(strings.Join(out, between))
}

// Line spells arguments as one command. Words that no shell could take for anything but themselves stay bare. It is
// empty where an argument cannot be spelled (see Quote), or all of them take more than a line.
func Line(args []string) Text {
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

// Label spells a name for people between single quotes, cut at 255 bytes: plain characters as they are, everything
// else as the hexadecimal value of its bytes.
func Label(name string) Word {
	const most = 255
	var b strings.Builder
	for i := range min(len(name), most) {
		switch c := name[i]; {
		case c < ' ', c > '~', strings.IndexByte("'!`\\", c) >= 0:
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
