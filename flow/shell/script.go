package shell

import "strings"

// A Script is lines for a shell, being written.
type Script struct{ lines []string }

// Add adds lines of this program.
func (s *Script) Add(lines ...Code) {
	for _, line := range lines {
		s.lines = append(s.lines, string(line))
	}
}

// Do adds a command made of words.
func (s *Script) Do(words ...Word) { s.lines = append(s.lines, string(spread(words, " "))) }

// Print adds lines that print b, whatever it holds, for the command of words to read.
func (s *Script) Print(b []byte, words ...Word) { s.lines = append(s.lines, printed(b, words)...) }

// Text is all of the lines.
func (s *Script) Text() Text { return Text(strings.Join(s.lines, "\n")) }

// Piped is a command that reads b, whatever it holds, from a pipe: lines, the last of which is the command.
func Piped(b []byte, words ...Word) Text {
	command := Spread(words...)
	if command == "" {
		return ""
	}
	return Text(strings.Join(printed(b, []Word{{string(command)}}), "\n"))
}

// shellChunk is how many bytes of one text stand on one line: see LineLimit.
const shellChunk = 800

// printed returns lines that print b into the command of words; without words they print it. They are one command.
func printed(b []byte, words []Word) []string {
	lines := []string{"{"}
	for len(b) > 0 {
		n := min(len(b), shellChunk)
		part := string(b[:n])
		if spelled := printfFormat(part, "'!"); len(spelled) > 2*shellChunk { // mostly octal
			n = min(len(b), shellChunk/4)
			part = string(b[:n])
		}
		b = b[n:]
		if IsPrintable(part) && !strings.ContainsAny(part, "'!") {
			lines = append(lines, "printf %s '"+part+"'")
			continue
		}
		lines = append(lines, "printf '"+printfFormat(part, "'!")+"'")
	}
	if len(lines) == 1 {
		lines = append(lines, "printf ''")
	}
	if len(words) == 0 {
		return append(lines, "}")
	}
	return append(lines, "} | "+string(spread(words, " ")))
}

// Print returns lines that print b, whatever it holds. They are one command.
func Print(b []byte) Text { return Text(strings.Join(printed(b, nil), "\n")) }
