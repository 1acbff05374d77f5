package flowtest

import (
	"encoding/json"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What a redacted recording must not hold, wherever it stood. These are looked for in every text of the original, with
// escapes resolved and JSON in texts read, whatever its key: not by what the redactor knows of a recording.
var secrets = []*regexp.Regexp{
	regexp.MustCompile(`[@#!$][^\s"'<>,;()/?&=:%\\]+:[A-Za-z0-9.\[\]-]+(?::\d+)?`),          // IDs with a server
	regexp.MustCompile(`[!$][A-Za-z0-9+/_-]{43}\b`),                                         // IDs that are hashes
	regexp.MustCompile(`(?i)\b(?:[a-z0-9-]+\.)+(?:example|org|com|net|test|local|cloud)\b`), // hosts
	regexp.MustCompile(`\b\d{1,3}(?:\.\d{1,3}){3}\b`),                                       // IPv4
	regexp.MustCompile(`(?i)[0-9a-f]*:[0-9a-f:]*:[0-9a-f.]*`),                               // IPv6
	regexp.MustCompile(`[A-Za-z0-9+/_-]{40,}`),                                              // keys, hashes, signatures
	regexp.MustCompile(`ed25519:[A-Za-z0-9_]{2,}`),                                          // names of keys
}

// notSecret is what looks like one of them and is none, or is a pseudonym already.
var notSecret = regexp.MustCompile(`(?i)^(?:.*matrix.*|org\.matrix\..*|m\.[a-z_.]+|` +
	`(?:host\d+\.)*server_?\d+\.example|192\.0\.2\.\d+|198\.51\.100\.\d+|203\.0\.113\.\d+|2001:db8:.*|` +
	`ed25519:k\d+|[0-9:]*|tls_[a-z0-9_]+)$`)

// prose are the keys of what people write in the content of events.
var prose = map[string]bool{"displayname": true, "avatar_url": true, "name": true, "topic": true, "reason": true,
	"body": true, "display_name": true}

// texts gives every text in a JSON value with the key it stands under, keys of objects as well, and whatever comes of
// reading the text further: as JSON, and with its escapes resolved.
func texts(v any, key string, yield func(key, text string)) {
	switch v := v.(type) {
	case map[string]any:
		for k, member := range v {
			texts(k, "", yield)
			texts(member, strings.TrimPrefix(key[strings.LastIndexByte(key, '/')+1:]+"/"+k, "/"), yield)
		}
	case []any:
		for _, e := range v {
			texts(e, key, yield)
		}
	case string:
		yield(key, v)
		var inner any
		if len(v) > 1 && strings.ContainsAny(v[:1], "{[") && json.Unmarshal([]byte(v), &inner) == nil {
			texts(inner, key, yield)
		}
		if plain, err := url.QueryUnescape(v); err == nil && plain != v {
			yield(key, plain)
		}
		if plain, err := url.PathUnescape(v); err == nil && plain != v {
			yield(key, plain)
		}
	}
}

// textsOf are the texts of a recording.
func textsOf(t testing.TB, file []byte, yield func(key, text string)) {
	t.Helper()
	for line := range strings.Lines(string(file)) {
		var v any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		texts(v, "", yield)
	}
}

// Secrets are what of a recording must not be in it, nor in anything made of it, once it is redacted.
func Secrets(t testing.TB, file []byte) []string {
	found := map[string]bool{}
	textsOf(t, file, func(key, text string) {
		for _, form := range secrets {
			for _, s := range form.FindAllString(text, -1) {
				s = strings.TrimRight(s, ".:]")
				found[s] = true
				if _, server, ok := strings.Cut(s, ":"); ok && strings.ContainsAny(s[:1], "@#!$") {
					found[server] = true
				}
			}
		}
		if key, ok := strings.CutPrefix(key, "content/"); ok && prose[key] && len(text) > 3 {
			found["prose "+text] = true
		}
	})
	var out []string
	for s := range found {
		_, err := netip.ParseAddr(s)
		if strings.Count(s, ":") > 1 && err != nil && !strings.ContainsAny(s[:1], "@#!$") {
			continue // a time, or nothing
		}
		if !notSecret.MatchString(s) && len(s) > 3 {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}

// Leaks are those of secrets that are in a recording, in whatever spelling.
func Leaks(t testing.TB, file []byte, secrets []string) []string {
	t.Helper()
	var all strings.Builder
	all.Write(file)
	textsOf(t, file, func(_, text string) {
		all.WriteByte('\n')
		all.WriteString(text)
	})
	return LeaksInText(all.String(), secrets)
}

// LeaksInText are those of secrets that are in a text. It is gone through once, however many secrets there are.
func LeaksInText(text string, secrets []string) []string {
	const lead = 4 // bytes, which every secret has
	type needle struct {
		secret int
		text   string
	}
	needles, begins := map[string][]needle{}, [1 << 16]bool{}
	for i, s := range secrets {
		lower, isProse := strings.CutPrefix(strings.ToLower(s), "prose ")
		if isProse {
			if slices.Contains(programs, lower) {
				continue
			}
			lower = `"` + lower + `"`
		}
		needles[lower[:lead]] = append(needles[lower[:lead]], needle{i, lower})
		begins[uint16(lower[0])<<8|uint16(lower[1])] = true
	}
	hay, found := strings.ToLower(text), make([]bool, len(secrets))
	for at := 0; at+lead <= len(hay); at++ {
		if !begins[uint16(hay[at])<<8|uint16(hay[at+1])] {
			continue
		}
		for _, n := range needles[hay[at:at+lead]] {
			found[n.secret] = found[n.secret] || strings.HasPrefix(hay[at:], n.text)
		}
	}
	var out []string
	for i, s := range secrets {
		if found[i] {
			out = append(out, s)
		}
	}
	return out
}

// programs are names that people write and that are the names of programs as well.
var programs = []string{"dendrite", "synapse", "doorstep"}
