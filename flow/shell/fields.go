package shell

import (
	"errors"
	"strings"
)

// Fields takes a command apart into its words as a POSIX shell does: quotes and backslashes count, and nothing else has
// a meaning: no variable, no pattern, no command in a command. A line that ends in a backslash goes on in the next. It
// errs where a quote is left open.
func Fields(command string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord, quote := false, byte(0)
	for i := 0; i < len(command); i++ {
		c := command[i]
		switch {
		case quote == '\'' && c != '\'', quote == '"' && c != '"' && c != '\\':
			word.WriteByte(c)
		case c == '\\' && i+1 < len(command) && command[i+1] == '\n': // within single quotes it is above
			i++
		case c == '\\' && quote == 0 && i+1 < len(command):
			i++
			word.WriteByte(command[i])
			inWord = true
		case c == '\\' && quote == '"' && i+1 < len(command) && strings.IndexByte("$`\"\\", command[i+1]) >= 0:
			i++
			word.WriteByte(command[i])
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '\'' || c == '"'):
			quote, inWord = c, true
		case quote == 0 && strings.IndexByte(" \t\n", c) >= 0:
			if inWord {
				words = append(words, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteByte(c)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, errors.New("a quote is left open")
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
