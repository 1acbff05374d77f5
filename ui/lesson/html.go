package lesson

import (
	"bytes"
	_ "embed"
	"html/template"
	"io"
	"sync"

	"doorstep/ui/document"
)

// lessonStyle is how a lesson looks, beyond what it has from pages.
//
//go:embed lesson.css
var lessonStyle string

//go:embed lesson.html.tmpl
var markup string

// pages are the templates: they escape whatever they are given for the place where it stands.
var pages = sync.OnceValue(func() *template.Template { return document.Markup(markup) })

// style is the style sheet of all lessons.
var style = document.Style() + lessonStyle

// A sheet is what a page is made from.
type sheet struct {
	Style  template.CSS
	Policy string
	Page   any
}

// write writes a page of a template. Nothing is written unless it can be made.
func write(w io.Writer, name string, page any, style string) error {
	var b bytes.Buffer
	s := sheet{Style: template.CSS(style), Policy: document.Policy(style), Page: page}
	if err := pages().ExecuteTemplate(&b, name, s); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}
