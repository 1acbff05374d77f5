package flow

import (
	"bytes"
	"fmt"
	"strings"
)

// clip shortens untrusted text for a sentence, between characters.
func clip(s string) string {
	const most = 255
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut] + "…"
}

// said gives a name from an event for a sentence: as it is where it is plain, quoted otherwise, and clipped.
func said(name string) string {
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c > '~' || c == '"' {
			return fmt.Sprintf("%q", clip(name))
		}
	}
	if name == "" {
		return `""`
	}
	return clip(name)
}

// quoted gives untrusted text in quotes, clipped.
func quoted(s string) string { return fmt.Sprintf("%q", clip(s)) }

// count gives a number of things: "1 event", "2 events".
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// listed gives a few of a list of names, and how many more there are.
func listed(names []string) string {
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
		b.WriteString(said(n))
	}
	return b.String()
}

// notAnObject says what is wrong with a body that had to be a JSON object.
func notAnObject(body []byte, err error) string {
	if len(bytes.TrimSpace(body)) == 0 {
		return "the body is empty"
	}
	return "not a JSON object: " + err.Error()
}
