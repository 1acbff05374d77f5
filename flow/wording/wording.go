package wording

import (
	"bytes"
	"fmt"
	"strings"
)

// Clip shortens untrusted text for a sentence, between characters: 255 bytes hold any ID that the spec allows.
func Clip(s string) string { return ClipTo(s, 255) }

// ClipTo shortens untrusted text to that many bytes at most, between characters, and shows that it did.
func ClipTo(s string, most int) string {
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut] + "…"
}

// Name gives a name from an event for a sentence: as it is where it is plain, quoted otherwise, and clipped.
func Name(name string) string {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c > '~' || c == '"' {
			return fmt.Sprintf("%q", Clip(name))
		}
	}
	if name == "" {
		return `""`
	}
	return Clip(name)
}

// Quote gives untrusted text in quotes, clipped.
func Quote(s string) string { return fmt.Sprintf("%q", Clip(s)) }

// Count gives a number of things: "1 event", "2 events".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// List gives a few of a list of names, and how many more there are.
func List(names []string) string {
	const most = 5
	var b strings.Builder
	for i, n := range names {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(names)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(Name(n))
	}
	return b.String()
}

// NotAnObject says what is wrong with a body that had to be a JSON object.
func NotAnObject(body []byte, err error) string {
	if len(bytes.TrimSpace(body)) == 0 {
		return "the body is empty"
	}
	if bytes.HasPrefix(body, []byte("\x1f\x8b")) {
		return "not a JSON object: it is compressed with gzip, and nobody asked for that"
	}
	return "not a JSON object: " + err.Error()
}
