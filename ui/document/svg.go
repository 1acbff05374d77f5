package document

import (
	_ "embed"
	"io"
	"strings"

	"doorstep/ui/theme"
)

// pictureStyle is how a picture looks, but for the colours.
//
//go:embed picture.css
var pictureStyle string

// svg writes d as a picture of its own: nothing is fetched for it, and nothing in it runs.
func (d *Document) svg(w io.Writer) error {
	p := &picture{Document: d}
	p.layOut()
	var above []*node
	y := float64(pagePad) + 18
	room := p.width - 2*pagePad
	above = append(above, el("text", "class", "title", "x", pagePad, "y", y).said(p.fit(d.Title, int(room/11))))
	for i, line := range theme.Wrap(strings.TrimSpace(sign(d.Status)+" "+d.Verdict), int(room/7.8), 0) {
		if i == mostLines {
			break
		}
		y += 24
		above = append(above, el("text", "class", "verdict "+statusClass(d.Status), "x", pagePad, "y", y).said(line))
	}
	inside := p.draw(y + 24)
	height := p.height + 30
	made := el("text", "class", "made", "x", pagePad, "y", height-12).said(p.fit(d.Made, int(room/smallLetter)))
	root := el("svg", "xmlns", "http://www.w3.org/2000/svg", "viewBox", viewBox(p.width, height), "width", p.width,
		"height", height, "role", "graphics-document document", "aria-labelledby", "doorstep-title doorstep-verdict",
		"lang", "en")
	root.add(el("title", "id", "doorstep-title").said(d.Title), el("desc", "id", "doorstep-verdict").said(d.description()),
		el("style").said(colours(":root")+pictureStyle),
		el("rect", "class", "paper", "width", p.width, "height", height))
	root.add(above...).add(inside...).add(made)
	markup, err := root.markup()
	if err != nil {
		return err
	}
	_, err = w.Write(append(markup, '\n'))
	return err
}

// description says in words what the picture shows.
func (d *Document) description() string {
	var lanes []string
	for _, l := range d.Lanes {
		lanes = append(lanes, strings.TrimSpace(l.Role+" "+l.Host))
	}
	return "A sequence diagram of a remote join handshake: " + strings.Join(lanes, ", ") + ". It ended: " + d.Verdict + "."
}

func viewBox(width, height float64) string {
	return strings.Join([]string{"0", "0", number(width), number(height)}, " ")
}
