package document

import (
	_ "embed"
	"html/template"
	"io"
	"sync"
)

// pageStyle is how a page looks, but for the colours and the pictures on it.
//
//go:embed page.css
var pageStyle string

//go:embed page.html.tmpl
var pageMarkup string

// page is the page as a template: it escapes whatever it is given for the place where it stands.
var page = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Funcs(functions).Parse(pageMarkup))
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
	style := Style()
	s := sheet{Document: d, Style: template.CSS(style), Policy: Policy(style)}
	var err error
	if s.Wide, s.Narrow, err = d.Overview(); err != nil {
		return err
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
