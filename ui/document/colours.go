package document

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"doorstep/ui/theme"
)

// colours is the style sheet of the colours: light, and dark for readers who prefer that.
func colours(root string) string {
	return fmt.Sprintf("%[1]s { color-scheme: light dark; %[2]s }\n"+
		"@media (prefers-color-scheme: dark) { %[1]s { %[3]s } }\n",
		root, variables(theme.LightPaper), variables(theme.DarkPaper))
}

// variables declares the colours of a paper.
func variables(p theme.Paper) string {
	var b strings.Builder
	for _, v := range []struct{ name, value string }{
		{"ground", p.Ground}, {"band", p.Band}, {"box", p.Box}, {"ink", p.Ink}, {"quiet", p.Quiet}, {"out", p.Out},
		{"in", p.In}, {"own", p.Own}, {"good", p.Good}, {"odd", p.Odd}, {"bad", p.Bad}, {"key", p.Key}, {"text", p.Text},
		{"number", p.Number}, {"line", p.Line}, {"edge", p.Edge},
	} {
		fmt.Fprintf(&b, "--%s: %s; ", v.name, v.value)
	}
	return strings.TrimSpace(b.String())
}

// round keeps a picture free of endless fractions.
func round(f float64) float64 { return math.Round(f*10) / 10 }

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
