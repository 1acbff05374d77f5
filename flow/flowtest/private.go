package flowtest

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
)

// A Private is what nobody but its owner may ever see: the bytes of a private key, of a token, of a signature that lets
// a request pass.
type Private struct {
	What  string
	Bytes []byte
}

// window is how many bytes of a spelling in a row give a Private away, so that one that is cut is found as well. Two
// texts that have nothing to do with each other do not share as many.
const window = 12

// spellings are the forms in which the bytes may stand in a text: as they are, in hexadecimal, in base64 of both
// alphabets, alone and in the middle of something longer.
func (p Private) spellings() []string {
	lower := hex.EncodeToString(p.Bytes)
	out := []string{string(p.Bytes), lower, strings.ToUpper(lower)}
	for _, alphabet := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 {
			text := alphabet.EncodeToString(append(make([]byte, before), p.Bytes...))
			// the first characters are of what stands before as well, the last one may be of what comes after
			out = append(out, text[(before*8+5)/6:len(text)-1])
		}
	}
	return out
}

// FindPrivate are those of ps that are in a text, in part or whole, in whatever spelling. Escapes of pages, URLs, JSON
// and terminals are resolved, and lines joined, before it is said that something is not there.
func FindPrivate(text string, ps []Private) []string {
	of := map[string]string{}
	var begins [1 << 16]bool
	for _, p := range ps {
		for _, spelling := range p.spellings() {
			for i := 0; i+window <= len(spelling); i++ {
				of[spelling[i:i+window]] = p.What
				begins[uint16(spelling[i])<<8|uint16(spelling[i+1])] = true
			}
		}
	}
	var found []string
	for _, hay := range unescaped(text) {
		for i := 0; i+window <= len(hay); i++ {
			if !begins[uint16(hay[i])<<8|uint16(hay[i+1])] {
				continue
			}
			if what, there := of[hay[i:i+window]]; there && !slices.Contains(found, what) {
				found = append(found, what)
			}
		}
	}
	slices.Sort(found)
	return found
}

// SignaturesOf are the signatures of the requests of a trace that key signed, which the trace must not have. Ed25519
// gives one signature of the same bytes, and those are there.
func SignaturesOf(t testing.TB, trace flow.Trace, key event.SigningKey) (out []Private) {
	t.Helper()
	for _, e := range trace.Entries {
		if e.Request == nil {
			continue
		}
		x, err := client.ParseXMatrix(client.FieldOf(e.Request.Header, "Authorization"))
		if err != nil || x.Key != key.ID {
			continue
		}
		authorization, _, err := client.SignRequest(client.Identity{ServerName: x.Origin, Key: key}, x.Destination,
			client.Request{Method: e.Request.Method, Target: e.Request.Target, Body: e.Request.Body})
		if err != nil {
			t.Fatal(err)
		}
		if x, err = client.ParseXMatrix(authorization); err != nil {
			t.Fatal(err)
		}
		b, err := base64.RawStdEncoding.DecodeString(x.Sig)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Private{fmt.Sprintf("the signature of entry %d", e.Seq), b})
	}
	return out
}

var (
	terminalSequence = regexp.MustCompile("\x1b(?:\\[[0-9;?]*[a-zA-Z]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\))")
	escapedInJSON    = regexp.MustCompile(`\\(?:u[0-9a-fA-F]{4}|["\\/bfnrt])`)
)

// unescaped are a text and what it is with its escapes resolved, each kind alone and those of JSON in each other.
func unescaped(text string) []string {
	out := []string{text}
	add := func(s string) {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	add(html.UnescapeString(text))
	add(percentEscape.ReplaceAllStringFunc(text, func(s string) string {
		plain, _ := url.PathUnescape(s) // it is an escape
		return plain
	}))
	nested := text
	for range 2 { // a body of JSON is a string of JSON in a recording
		nested = escapedInJSON.ReplaceAllStringFunc(nested, func(s string) string {
			var plain string
			if json.Unmarshal([]byte(`"`+s+`"`), &plain) != nil {
				return s
			}
			return plain
		})
		add(nested)
	}
	plain := terminalSequence.ReplaceAllString(text, "")
	add(plain)
	add(strings.Join(strings.Fields(plain), ""))
	return out
}

var percentEscape = regexp.MustCompile(`%[0-9a-fA-F]{2}`)
