package document

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"strings"
	"sync"

	"doorstep/render"
	"doorstep/ui/theme"
)

// pageStyle is how a page looks, but for the colours and the pictures on it.
//
//go:embed page.css
var pageStyle string

//go:embed page.html.tmpl
var pageMarkup string

// page is the page as a template: it escapes whatever it is given for the place where it stands.
var page = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{
		"sign":   sign,
		"class":  statusClass,
		"word":   render.Status.Word,
		"spoken": func(p Payload) string { return p.spoken() },
		"rest":   Changes.rest,
		"coded":  coded,
	}).Parse(pageMarkup))
})

// A sheet is what a page is made from.
type sheet struct {
	*Document
	Style        template.CSS
	Policy       string // what a browser may do with the page: nothing but use the one style sheet
	Wide, Narrow template.HTML
}

// html writes d as one page that fetches nothing and in which nothing runs.
func (d *Document) html(w io.Writer) error {
	style := colours(":root") + pictureStyle + strings.Replace(pageStyle, "VARIABLES", variables(theme.LightPaper), 1)
	sum := sha256.Sum256([]byte(style))
	s := sheet{Document: d, Style: template.CSS(style),
		Policy: "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-" +
			base64.StdEncoding.EncodeToString(sum[:]) + "'"}
	for _, narrow := range []bool{false, true} {
		markup, err := d.inPage(narrow)
		if err != nil {
			return err
		}
		if narrow {
			s.Narrow = template.HTML(markup) // it was escaped as it was made
		} else {
			s.Wide = template.HTML(markup)
		}
	}
	return page().Execute(w, s)
}

// inPage is the ladder for a page: its arrows lead to their payloads.
func (d *Document) inPage(narrow bool) ([]byte, error) {
	p := &picture{Document: d, narrow: narrow, links: true}
	p.layOut()
	inside := p.draw(6)
	class := "ladder wide"
	if narrow {
		class = "ladder narrow"
	}
	root := el("svg", "class", class, "viewBox", viewBox(p.width, p.height+6), "width", p.width, "height", p.height+6,
		"role", "group", "aria-label", d.description())
	return root.add(inside...).markup()
}
