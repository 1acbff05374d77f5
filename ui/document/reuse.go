package document

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"slices"
	"strings"

	"doorstep/render"
	"doorstep/ui/theme"
)

// Style is the style sheet of pages, with that of the pictures on them.
func Style() string {
	return colours(":root") + pictureStyle + strings.Replace(pageStyle, "VARIABLES", variables(theme.LightPaper), 1)
}

// Policy is what a browser may do with a page that has a style sheet: nothing but use it.
func Policy(style string) string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-" +
		base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// Markup is a page of another kind as a template, which has the parts of ours: "finding", "checks" and "sources".
func Markup(text string) *template.Template {
	t := template.Must(template.New("page").Funcs(functions).Parse(pageMarkup))
	return template.Must(t.New("markup").Parse(text))
}

// functions are what the templates of pages may use.
var functions = template.FuncMap{
	"sign":   sign,
	"class":  statusClass,
	"word":   render.Status.Word,
	"spoken": func(p Payload) string { return p.spoken() },
	"rest":   Changes.rest,
	"kind":   kindClass,
	"coded":  coded,
}

// Ladder draws the rows of d in little room, for a page on which the rows that have an anchor lead there. Those with
// the numbers of lit stand out.
func (d *Document) Ladder(lit ...int) (template.HTML, error) {
	p := &picture{Document: d, narrow: true, links: true}
	p.layOut()
	inside := p.draw(6)
	for i, row := range inside[len(inside)-1].holds {
		if n := d.Rows[i].Number; n > 0 && slices.Contains(lit, n) {
			row.attrs[0].Value += " lit"
		}
	}
	root := el("svg", "class", "ladder", "viewBox", viewBox(p.width, p.height+6), "width", p.width, "height", p.height+6,
		"role", "group", "aria-label", d.description())
	markup, err := root.add(inside...).markup()
	return template.HTML(markup), err // it was escaped as it was made
}

// Overview is the ladder as a page shows it where there is room, and where there is little.
func (d *Document) Overview() (wide, narrow template.HTML, err error) {
	w, err := d.inPage(false)
	if err != nil {
		return "", "", err
	}
	n, err := d.inPage(true)
	return template.HTML(w), template.HTML(n), err // they were escaped as they were made
}
