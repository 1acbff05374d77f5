package theme

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"testing"
)

// Every colour of text stands out from every ground by 4.5 to 1 at least.
func TestPaperStandsOut(t *testing.T) {
	grounds, lines := []string{"Ground", "Band", "Box"}, []string{"Line", "Edge"}
	for name, paper := range map[string]Paper{"light": LightPaper, "dark": DarkPaper} {
		v := reflect.ValueOf(paper)
		for i := range v.NumField() {
			ink := v.Type().Field(i).Name
			if slices.Contains(grounds, ink) || slices.Contains(lines, ink) {
				continue
			}
			for _, ground := range grounds {
				if c := contrast(t, v.Field(i).String(), v.FieldByName(ground).String()); c < 4.5 {
					t.Errorf("%s: %s on %s is %.2f to 1", name, ink, ground, c)
				}
			}
		}
	}
}

// contrast is the contrast ratio of two colours as WCAG 2 defines it.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(colour[1:], 16, 32)
	if err != nil || len(colour) != 7 {
		t.Fatalf("%q is no colour", colour)
	}
	part := func(c uint64) float64 {
		v := float64(c&255) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*part(n>>16) + 0.7152*part(n>>8) + 0.0722*part(n)
}
