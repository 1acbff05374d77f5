package render

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/charmbracelet/lipgloss"
)

// foregrounds are the colours that a theme writes text in, by what they stand for.
func (p palette) foregrounds() map[string]lipgloss.Color {
	return map[string]lipgloss.Color{"good": p.good, "bad": p.bad, "odd": p.odd, "out": p.out, "in": p.in, "own": p.own,
		"quiet": p.quiet, "key": p.key, "text": p.text, "number": p.number, "literal": p.literal}
}

// The theme that is used unless another is asked for writes no text in a colour that a usual palette hides on a dark or
// a light background: none that is bright, no black, white, yellow or blue.
func TestDefaultThemeOnAnyBackground(t *testing.T) {
	if Themes()[0] != "terminal" {
		t.Fatalf("the default theme is %s", Themes()[0])
	}
	readable := []lipgloss.Color{"", "1", "2", "5", "6"}
	for role, c := range palettes["terminal"].foregrounds() {
		if !slices.Contains(readable, c) {
			t.Errorf("%s is written in colour %s", role, c)
		}
	}
}

// A linear colour has red, green and blue from 0 to 1, as amounts of light.
type linear [3]float64

// of256 is a colour of the cube or the greys in the palette of 256.
func of256(t *testing.T, c lipgloss.Color) linear {
	t.Helper()
	n, err := strconv.Atoi(string(c))
	if err != nil || n < 16 || n > 255 {
		t.Fatalf("colour %q is none whose look is known", c)
	}
	levels := [3]int{8 + 10*(n-232), 8 + 10*(n-232), 8 + 10*(n-232)}
	if n < 232 {
		cube := []int{0, 95, 135, 175, 215, 255}
		levels = [3]int{cube[(n-16)/36], cube[(n-16)/6%6], cube[(n-16)%6]}
	}
	var out linear
	for i, l := range levels {
		v := float64(l) / 255
		if out[i] = v / 12.92; v > 0.04045 {
			out[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return out
}

func (c linear) light() float64 { return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2] }

// seen is the colour as somebody sees it to whom one kind of cone is missing: a matrix for linear light, of Viénot,
// Brettel and Mollon (1999) for green, of Machado and others (2009) for blue.
func (c linear) seen(by [3]linear) linear {
	var out linear
	for i, row := range by {
		out[i] = row[0]*c[0] + row[1]*c[1] + row[2]*c[2]
	}
	return out
}

var withoutCones = map[string][3]linear{
	"deuteranopia": {{0.29275, 0.70725, 0}, {0.29275, 0.70725, 0}, {-0.02234, 0.02234, 1}},
	"tritanopia": {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602},
		{0.004733, 0.691367, 0.303900}},
}

// The themes for people who confuse colours are readable on black and on white, and good and bad are far apart as those
// people see them.
func TestThemesForConfusedColours(t *testing.T) {
	apart := func(a, b linear) float64 {
		return math.Hypot(math.Hypot(math.Sqrt(max(a[0], 0))-math.Sqrt(max(b[0], 0)),
			math.Sqrt(max(a[1], 0))-math.Sqrt(max(b[1], 0))), math.Sqrt(max(a[2], 0))-math.Sqrt(max(b[2], 0)))
	}
	for name, eyes := range withoutCones {
		p := palettes[name]
		for role, c := range p.foregrounds() {
			if c == "" {
				continue
			}
			light := of256(t, c).light()
			if onBlack, onWhite := (light+0.05)/0.05, 1.05/(light+0.05); onBlack < 3 || onWhite < 3 {
				t.Errorf("%s: %s has a contrast of %.1f on black, %.1f on white", name, role, onBlack, onWhite)
			}
		}
		if d := apart(of256(t, p.good).seen(eyes), of256(t, p.bad).seen(eyes)); d < 0.5 {
			t.Errorf("%s: good and bad are %.2f apart", name, d)
		}
	}
}
