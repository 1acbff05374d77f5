package render

import (
	"math/rand/v2"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"doorstep/render/rendertest"
)

// Width is what counting clusters gives, for whatever may be drawn.
func TestWidth(t *testing.T) {
	parts := []string{"a", "~", " ", "é", "я", "日", "한", "ไ", "م", "👍", "─", "│", "…", "▸", "◂", "▾", "▪", "✓", "✗", "⟳", "›", "·", "→",
		"←", "↑", "–", "\x1b[1m", "\x1b[38;5;12m", "\x1b[0m", "\x1b[7;1m", "\x1b[m", "\x1b[2J", "\x1b", "\u0301", "\u200d", "🏽", "\ufe0f",
		"\t", "\xff", "\u0e33", "\u1160", "\u0600"}
	random := rand.New(rand.NewPCG(1, 1))
	for range 50_000 {
		line := ""
		for range random.IntN(8) {
			line += parts[random.IntN(len(parts))]
		}
		if got, want := Width(line), ansi.StringWidth(line); got != want {
			t.Fatalf("%q: %d cells, want %d", line, got, want)
		}
	}
	for r := rune(' '); r < 0x20000; r++ {
		if _, ordinary := ordinaryWidth(r); ordinary || isSign(r) {
			for _, line := range []string{string(r), "a" + string(r) + "b", string([]rune{r, r}), "é" + string(r) + "日"} {
				if got, want := Width(line), ansi.StringWidth(line); got != want {
					t.Fatalf("%q: %d cells, want %d", line, got, want)
				}
			}
		}
	}
	for _, h := range rendertest.Hostile() {
		if text := h.Text[:min(len(h.Text), 5000)]; Width(text) != ansi.StringWidth(text) {
			t.Errorf("%s: %d cells", h.Name, Width(text))
		}
	}
}
