package shell

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON gives JSON that is copied for something else than a shell: the same value on one line, byte for byte where that
// is one already and a shell would run nothing of it, otherwise with escapes for what acts within double quotes. A
// shell and JSON agree on where a string ends. A room ID alone stands between single quotes, in which it can be read.
// What is no JSON comes as a string that holds it; as it is, where no shell takes it for anything else.
//
// What is copied may still be the name of a program, which then runs without arguments.
func JSON(raw []byte) string {
	if room, ok := strings.CutPrefix(strings.TrimSpace(string(raw)), `"!`); ok && len(room) > 1 &&
		strings.Trim(room[:len(room)-1], plainInShell) == "" && room[len(room)-1] == '"' {
		return "'!" + room[:len(room)-1] + "'"
	}
	if !json.Valid(raw) {
		if text := string(raw); strings.Trim(text, plainInShell) == "" {
			return text
		}
		quoted, err := json.Marshal(strings.ToValidUTF8(string(raw), "\ufffd"))
		if err != nil { // no string is beyond JSON
			return ""
		}
		raw = quoted
	}
	var b strings.Builder
	for rest := string(raw); rest != ""; {
		c := rest[0]
		switch {
		case c == '"':
			end := stringEnd(rest)
			b.WriteString(inertString(rest[:end]))
			rest = rest[end:]
			continue
		case strings.IndexByte(" \t\r\n", c) < 0: // blanks would make words of it, and a newline commands
			b.WriteByte(c)
		}
		rest = rest[1:]
	}
	return b.String()
}

// stringEnd returns where the JSON string ends that s begins with.
func stringEnd(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

// inertString spells a JSON string so that it does nothing in double quotes of a shell. A dollar before a name stays,
// as every event ID has one: a variable is put in there, and nothing runs. An exclamation mark does not: what was typed
// before would come in there, which others may have chosen too, and it may hold quotes.
func inertString(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '$' && i+1 < len(s) && strings.IndexByte("({[", s[i+1]) >= 0, r == '`', r == '!', r < ' ', r > '~':
			escape(&b, r)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

func escape(b *strings.Builder, r rune) {
	for _, u := range utf16.AppendRune(nil, r) {
		fmt.Fprintf(b, `\u%04x`, u)
	}
}

// Pointer gives a JSON pointer that is copied: as a URI fragment (RFC 6901, section 6) where a server chose a key that
// would do something where it is pasted.
func Pointer(pointer string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/~-_.:@"
	if strings.Trim(pointer, plain) == "" {
		return pointer
	}
	var b strings.Builder
	b.WriteByte('#')
	for i := range len(pointer) {
		if strings.IndexByte(plain, pointer[i]) >= 0 {
			b.WriteByte(pointer[i])
			continue
		}
		fmt.Fprintf(&b, "%%%02X", pointer[i])
	}
	return b.String()
}

// JQ gives a jq path that is copied, with whatever ends or expands in quotes of a shell escaped within its strings: the
// same path to jq.
func JQ(path string) string {
	var b strings.Builder
	for _, r := range path {
		if r >= ' ' && r <= '~' && !strings.ContainsRune("'$`!", r) {
			b.WriteRune(r)
			continue
		}
		escape(&b, r)
	}
	return b.String()
}
