package shell

import (
	"bytes"
	"encoding/json"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"doorstep/render/rendertest"
)

// FuzzWords spells any text in every way there is, and reads it again as a shell would: it is the same text, and every
// byte of it stands between quotes.
func FuzzWords(f *testing.F) {
	for _, h := range rendertest.Hostile() {
		if len(h.Text) < 300 {
			f.Add([]byte(h.Text), uint8(40))
		}
	}
	for _, s := range []string{"it's", "a`b`", "$(touch x)", "%s\\n", "!x", "\"", "-n", "~", "", "\n", "a\x00b", `\`, "'%'\\''\xff"} {
		f.Add([]byte(s), uint8(len(s)))
	}
	f.Fuzz(func(t *testing.T, raw []byte, width uint8) {
		text := string(raw)
		word, err := Quote(text)
		if (err != nil) != (strings.ContainsRune(text, 0) || strings.HasSuffix(text, "\n") && !IsPrintable(text)) {
			t.Fatalf("%q: %v", text, err)
		}
		if err == nil {
			if got := spoken(t, word.spelled); !slices.Equal(got, []string{text}) {
				t.Errorf("%q is spelled %s, and read as %q", text, word.spelled, got)
			}
		}
		args := []string{"-x", text, "a b", ""}
		if line := Line(args); line != "" {
			if got := spoken(t, string(line)); !slices.Equal(got, args) {
				t.Errorf("%q are spelled %s, and read as %q", args, line, got)
			}
			broken := strings.Join(line.Wrap(int(width)), "\n")
			got := spoken(t, strings.ReplaceAll(broken, "\n", "\n"))
			for i := range got { // a break within quotes is a newline of the argument
				got[i] = strings.ReplaceAll(got[i], "\n", "")
			}
			if want := strings.ReplaceAll(text, "\n", ""); len(got) != 4 || got[1] != want {
				t.Errorf("in %d columns %s is broken into\n%s\nand read as %q", width, line, broken, got)
			}
		} else if err == nil && len(word.spelled) < LineLimit-20 {
			t.Errorf("%q is no argument", text)
		}
		if label := Label(text).spelled; len(label) > 4*255+5 || label[0] != '\'' || label[len(label)-1] != '\'' ||
			strings.ContainsAny(label[1:len(label)-1], "'!`") || !IsPrintable(label) {
			t.Errorf("%q is labelled %s", text, label)
		}
		if got := printedBy(t, string(Print(raw))); !bytes.Equal(got, raw) {
			t.Errorf("%q is printed as %q", raw, got)
		}
	})
}

// spoken reads a command as a POSIX shell does, of which it may hold words that no shell looks into, single quotes, an
// escaped one, and texts that printf writes: anything else is an error.
func spoken(t *testing.T, command string) (words []string) {
	t.Helper()
	var word strings.Builder
	in := false
	for rest := command; rest != ""; {
		switch {
		case rest[0] == '\'':
			text, after, ok := strings.Cut(rest[1:], "'")
			if !ok {
				t.Fatalf("a quote is left open: %s", command)
			}
			word.WriteString(text)
			rest, in = after, true
		case strings.HasPrefix(rest, `\'`):
			word.WriteByte('\'')
			rest, in = rest[2:], true
		case strings.HasPrefix(rest, `"$(printf '`):
			format, after, ok := strings.Cut(rest[len(`"$(printf '`):], `')"`)
			if !ok || strings.Contains(format, "'") {
				t.Fatalf("a command substitution is left open: %s", command)
			}
			word.Write(formatted(t, format))
			rest, in = after, true
		case strings.HasPrefix(rest, "\\\n"):
			rest = rest[2:]
		case rest[0] == ' ':
			if in {
				words = append(words, word.String())
			}
			word.Reset()
			rest, in = rest[1:], false
		case strings.IndexByte(plainInShell, rest[0]) >= 0:
			word.WriteByte(rest[0])
			rest, in = rest[1:], true
		default:
			t.Fatalf("%q stands outside of quotes: %s", rest[0], command)
		}
	}
	if in {
		words = append(words, word.String())
	}
	return words
}

// formatted is what printf makes of a format without arguments.
func formatted(t *testing.T, format string) (out []byte) {
	t.Helper()
	format = strings.ReplaceAll(format, "\n", "") // broken within quotes
	for i := 0; i < len(format); i++ {
		switch c := format[i]; {
		case c == '%' && strings.HasPrefix(format[i:], "%%"):
			out = append(out, '%')
			i++
		case c == '\\' && strings.HasPrefix(format[i:], `\\`):
			out = append(out, '\\')
			i++
		case c == '\\' && i+3 < len(format):
			n, err := strconv.ParseUint(format[i+1:i+4], 8, 8)
			if err != nil {
				t.Fatalf("%q in the format %s", format[i:i+4], format)
			}
			out = append(out, byte(n))
			i += 3
		case c == '%' || c == '\\' || c < ' ' || c > '~':
			t.Fatalf("%q in the format %s", c, format)
		default:
			out = append(out, c)
		}
	}
	return out
}

// printedBy is what the lines of Print print.
func printedBy(t *testing.T, script string) (out []byte) {
	t.Helper()
	lines := strings.Split(script, "\n")
	if len(lines) < 3 || lines[0] != "{" || lines[len(lines)-1] != "}" {
		t.Fatalf("no group of commands: %s", script)
	}
	for _, line := range lines[1 : len(lines)-1] {
		if len(line) > LineLimit {
			t.Fatalf("a line of %d bytes", len(line))
		}
		quoted, plain := strings.CutPrefix(line, "printf %s '")
		if !plain {
			quoted, _ = strings.CutPrefix(line, "printf '")
		}
		text, closed := strings.CutSuffix(quoted, "'")
		if quoted == line || !closed || strings.ContainsAny(text, "'!") || !IsPrintable(text) {
			t.Fatalf("a line prints otherwise: %s", line)
		}
		if plain {
			out = append(out, text...)
		} else {
			out = append(out, formatted(t, text)...)
		}
	}
	return out
}

// FuzzCopied spells any text as the values that are copied: they say the same to what reads them, and a shell runs
// nothing of them.
func FuzzCopied(f *testing.F) {
	for _, s := range []string{`{"a":"$(x)","b":["` + "`" + `!", "\u00e9é"]}`, `"!room:a.example"`, `"$id"`, `$((1))`, "/content/a~1b",
		`.content."a b"["é'"]`, "\xff", `[1, 2.50, "\"" ]`, `"\\$(x)"`, `"\ud800 \\!"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		copied := JSON([]byte(text))
		if !IsPrintable(copied) || strings.ContainsAny(copied, "`") {
			t.Fatalf("%q is copied as %q", text, copied)
		}
		for _, runs := range []string{"$(", "${", "$["} {
			if strings.Contains(copied, runs) {
				t.Fatalf("%q is copied as %q", text, copied)
			}
		}
		if room, is := strings.CutPrefix(copied, "'!"); is {
			if strings.Trim(room[:len(room)-1], plainInShell) != "" || room[len(room)-1] != '\'' {
				t.Fatalf("%q is copied as %q", text, copied)
			}
		} else {
			if strings.Contains(copied, "!") {
				t.Fatalf("%q is copied as %q", text, copied)
			}
			want, ok := decoded(text)
			got, still := decoded(copied)
			if ok && (!still || !reflect.DeepEqual(got, want)) {
				t.Fatalf("%q is copied as %s: another value", text, copied)
			}
			if !ok && copied != text && (!still || got != strings.ToValidUTF8(text, "\ufffd")) {
				t.Fatalf("%q, which is no JSON, is copied as %s", text, copied)
			}
		}
		pointer := Pointer(text)
		if fragment, is := strings.CutPrefix(pointer, "#"); is {
			back, err := url.PathUnescape(fragment)
			if err != nil || back != text || !IsPrintable(pointer) || strings.ContainsAny(pointer, "'\"`$!\\ ;&|<>()") {
				t.Fatalf("the pointer %q is copied as %s, read as %q", text, pointer, back)
			}
		} else if pointer != text {
			t.Fatalf("the pointer %q is copied as %q", text, pointer)
		}
		if jq := JQ(text); !IsPrintable(jq) || strings.ContainsAny(jq, "'$`!") {
			t.Fatalf("the path %q is copied as %q", text, jq)
		} else if s, err := json.Marshal(text); err == nil && utf8.ValidString(text) {
			var back string
			if err := json.Unmarshal([]byte(JQ(string(s))), &back); err != nil || back != text {
				t.Fatalf("the key %s is copied as %s", s, JQ(string(s)))
			}
		}
	})
}

func decoded(text string) (v any, ok bool) {
	if !json.Valid([]byte(text)) {
		return nil, false
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return v, d.Decode(&v) == nil
}

// FuzzFields takes any command apart: the words, each quoted, are taken apart into themselves, and a command that can
// be read is longer than its words.
func FuzzFields(f *testing.F) {
	for _, s := range []string{`vi -c 'set ft=x' "a\"b" c\ d`, `''`, `"`, "a\\\nb", `"\x\$"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, command string) {
		words, err := Fields(command)
		if err != nil {
			return
		}
		again := ""
		size := 0
		for _, w := range words {
			again += " '" + strings.ReplaceAll(w, "'", `'\''`) + "'\t"
			size += len(w)
		}
		if size > len(command) {
			t.Errorf("%q has the words %q", command, words)
		}
		if back, err := Fields(again); err != nil || !slices.Equal(back, words) {
			t.Errorf("%q: %q are read as %q, %v", command, words, back, err)
		}
		if strings.Trim(command, plainInShell+" \t") == "" && !slices.Equal(words, strings.Fields(command)) {
			t.Errorf("%q has the words %q", command, words)
		}
		if strings.ReplaceAll(command, "\\\n", "") != command {
			joined, err := Fields(strings.ReplaceAll(command, "\\\n", ""))
			if !strings.ContainsAny(strings.ReplaceAll(command, "\\\n", ""), `'\`) && (err != nil || !slices.Equal(joined, words)) {
				t.Errorf("%q has the words %q, and %q on one line", command, words, joined)
			}
		}
	})
}
