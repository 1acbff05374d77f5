package rendertest

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// A line that Check is done with quickly is one that it would let pass.
func TestSimpleLines(t *testing.T) {
	var pieces []string
	for r := rune(0); r < 0x3000; r++ {
		pieces = append(pieces, string(r))
	}
	plain := len(pieces)
	pieces = append(pieces, "\x1b[1;31m", "\x1b[0m", "\x1b[m", "\x1b[31", "\x1b]8;;https://a.example\x07", "\x1b]8;;\x07",
		"\xe2", "\xe2\x94", "\x94\x80", "\xff", "\U0001f44d", "\u1100\u1161", "\x1b[2J", "\x1b")
	random := rand.New(rand.NewPCG(1, 2))
	quick := 0
	for i := range 60_000 {
		line := ""
		for range 1 + random.IntN(3) {
			switch random.IntN(4) {
			case 0:
				line += string(rune(0x24f8 + random.IntN(0x90)))
			case 1:
				line += pieces[plain+random.IntN(len(pieces)-plain)]
			default:
				line += string(rune(random.IntN(0x80)))
			}
		}
		if i < plain {
			line = "a" + pieces[i] + "b"
		}
		cells, ok := simple(line)
		if !ok {
			if strings.Trim(line, "abc ─│┼") == "" {
				t.Errorf("%q is not simple", line)
			}
			continue
		}
		quick++
		if err := harmless(line); err != nil || ansi.StringWidth(line) != cells || ansi.StringWidthWc(line) != cells {
			t.Errorf("%q takes %d cells, not %d: %v", line, ansi.StringWidth(line), cells, err)
		}
	}
	if quick < 1000 {
		t.Errorf("%d lines were simple", quick)
	}
}
