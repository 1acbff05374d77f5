//go:build goexperiment.jsonv2

package opinion

import (
	"bytes"
	"encoding/json/jsontext"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	gmsl "github.com/matrix-org/gomatrixserverlib"
	"maunium.net/go/mautrix/crypto/canonicaljson"

	"doorstep/flow/event"
)

// Random JSON, spelled at random, has the same canonical form for everybody, except where a library is known to be
// wrong.
func TestCanonicalJSON(t *testing.T) {
	t.Parallel()
	const texts = 20_000
	rng := rand.New(rand.NewPCG(1, 12))
	equal, refused, known := 0, 0, map[string]int{}
	for range texts {
		g := &speller{rng: rng}
		text := g.object(4)
		ours, err := event.Canonical([]byte(text), true)
		theirs, gmslErr := gmsl.EnforcedCanonicalJSON([]byte(text), gmsl.RoomVersionV12)
		other, mautrixErr := mautrixCanonical(text)
		if err != nil {
			if !g.duplicate && !g.loneSurrogate && !g.badNumber {
				t.Errorf("refused for no reason: %v: %s", err, text)
			}
			refused++
			if gmslErr == nil {
				known["gomatrixserverlib accepts "+kindOf(err)]++
			}
			if mautrixErr == nil {
				known["mautrix accepts "+kindOf(err)]++
			}
			continue
		}
		if again, err := event.Canonical(ours, true); err != nil || !bytes.Equal(again, ours) {
			t.Errorf("the canonical form has another: %v\n%s\n%s", err, ours, again)
		}
		equal++
		if gmslErr != nil || !bytes.Equal(theirs, ours) {
			if g.escapedKey {
				known["gomatrixserverlib writes keys without their escapes"]++
			} else {
				t.Errorf("gomatrixserverlib: %v\n%s\nof %s\nwe say %s", gmslErr, theirs, text, ours)
			}
		}
		if mautrixErr != nil || !bytes.Equal(other, ours) {
			t.Errorf("mautrix: %v\n%s\nof %s\nwe say %s", mautrixErr, other, text, ours)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d texts of %d have a canonical form, %d were refused; %v", equal, texts, refused, known)
	for _, want := range []string{ // appendices, Canonical JSON: which of two equal keys counts, and what half a character is, nobody says
		"gomatrixserverlib writes keys without their escapes", "gomatrixserverlib accepts duplicate key", "gomatrixserverlib accepts lone surrogate",
		"gomatrixserverlib accepts number", "mautrix accepts number",
	} {
		if known[want] == 0 {
			t.Errorf("no longer so: %s", want)
		}
		delete(known, want)
	}
	for kind, n := range known {
		t.Errorf("unexpected, %d times: %s", n, kind)
	}
}

func mautrixCanonical(text string) (out []byte, err error) {
	value := jsontext.Value(text)
	err = canonicaljson.Canonicalize(&value)
	return value, err
}

func kindOf(err error) string {
	var syntax *event.SyntaxError
	if !errors.As(err, &syntax) {
		return err.Error()
	}
	return map[event.SyntaxKind]string{event.DuplicateKey: "duplicate key", event.LoneSurrogate: "lone surrogate", event.BadNumber: "number"}[syntax.Kind]
}

// A speller writes JSON: any value, in any spelling.
type speller struct {
	rng                                             *rand.Rand
	duplicate, loneSurrogate, badNumber, escapedKey bool
}

func (g *speller) blank() string { return pick(g.rng, []string{"", "", "", " ", "\n\t", "  "}) }

func (g *speller) value(depth int) string {
	switch n := g.rng.IntN(10); {
	case n < 3:
		text, _ := g.text()
		return text
	case n < 6:
		return g.number()
	case n < 7:
		return pick(g.rng, []string{"true", "false", "null"})
	case depth == 0:
		return pick(g.rng, []string{"{}", "[]", "{ }", "[\n]"})
	case n < 9:
		return g.object(depth - 1)
	}
	parts := make([]string, g.rng.IntN(4))
	for i := range parts {
		parts[i] = g.blank() + g.value(depth-1) + g.blank()
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func (g *speller) object(depth int) string {
	var parts []string
	seen := map[string]bool{}
	for range g.rng.IntN(6) {
		key, means := g.key()
		if seen[means] {
			if g.rng.IntN(20) > 0 {
				continue
			}
			g.duplicate = true
		}
		seen[means] = true
		if strings.ContainsFunc(means, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' }) {
			g.escapedKey = true
		}
		parts = append(parts, g.blank()+key+g.blank()+":"+g.blank()+g.value(depth)+g.blank())
	}
	return g.blank() + "{" + strings.Join(parts, ",") + "}" + g.blank()
}

func (g *speller) number() string {
	if g.rng.IntN(400) == 0 {
		g.badNumber = true
		return pick(g.rng, []string{"-0", "1.0", "1e3", "1.5", "9007199254740992", "-9007199254740992", "1E+2"})
	}
	limit := int64(1) << g.rng.IntN(54)
	n := g.rng.Int64N(limit)
	if g.rng.IntN(2) == 0 && n != 0 {
		n = -n
	}
	return fmt.Sprint(n)
}

// key writes a key: seldom one that cannot be written without escapes, as gomatrixserverlib is wrong about those.
func (g *speller) key() (spelled, means string) {
	for {
		spelled, means = g.text()
		if g.rng.IntN(60) == 0 || !strings.ContainsFunc(means, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' }) {
			return spelled, means
		}
	}
}

// text writes a string and returns what it means.
func (g *speller) text() (spelled, means string) {
	var b, m strings.Builder
	b.WriteByte('"')
	for range g.rng.IntN(5) {
		r := pick(g.rng, []rune{'a', 'b', 'B', '0', '.', '/', '<', '&', '"', '\\', '\b', '\f', '\n', '\r', '\t', 0, 1, 0x1f, 0x7f, 'é', 0x2028, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x1f600, 0x10ffff})
		m.WriteRune(r)
		switch must := r < ' ' || r == '"' || r == '\\'; {
		case must || g.rng.IntN(3) == 0:
			b.WriteString(g.escape(r))
		default:
			b.WriteRune(r)
		}
	}
	if g.rng.IntN(600) == 0 {
		g.loneSurrogate = true
		half := pick(g.rng, []string{`\ud800`, `\udfff`, `\uDBFFx`})
		b.WriteString(half)
		m.WriteString(half)
	}
	b.WriteByte('"')
	return b.String(), m.String()
}

func (g *speller) escape(r rune) string {
	if short := map[rune]string{'"': `\"`, '\\': `\\`, '/': `\/`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}[r]; short != "" && g.rng.IntN(2) == 0 {
		return short
	}
	form := pick(g.rng, []string{`\u%04x`, `\u%04X`})
	if r < 0x10000 {
		return fmt.Sprintf(form, r)
	}
	r -= 0x10000
	return fmt.Sprintf(form+form, 0xd800+r>>10, 0xdc00+r&0x3ff)
}
