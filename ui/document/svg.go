package document

import (
	_ "embed"
	"io"
	"math"
	"strings"
)

// pictureStyle is how a picture looks, but for the colours.
//
//go:embed picture.css
var pictureStyle string

// svg writes d as a picture of its own: nothing is fetched for it, and nothing in it runs. It has those parts.
func (d *Document) svg(w io.Writer, parts []string) error {
	p := &picture{Document: d}
	shown := panelsNamed(parts)
	style, says := colours(":root")+pictureStyle, []string(nil)
	for _, panel := range shown {
		says = append(says, panel.says(d))
		if panel.draw == nil {
			p.layOut()
		} else {
			p.width = max(p.width, panelWidth)
		}
	}
	if len(shown) > 1 || shown[0].draw != nil {
		style += panelStyle
	}
	above, y := p.headline()
	var inside []*node
	for _, panel := range shown {
		var drawn []*node
		if panel.draw == nil {
			drawn = p.draw(y + 24)
			y = p.height
		} else {
			drawn, y = panel.draw(d, y+12, p.width)
			y += 6
		}
		inside = append(inside, drawn...)
	}
	height := math.Ceil(y) + 30
	made := el("text", "class", "made", "x", pagePad, "y", height-12).said(p.fit(d.Made,
		int((p.width-2*pagePad)/smallLetter)))
	root := el("svg", "xmlns", "http://www.w3.org/2000/svg", "viewBox", viewBox(p.width, height), "width", p.width,
		"height", height, "role", "graphics-document document", "aria-labelledby", "doorstep-title doorstep-verdict",
		"lang", "en")
	root.add(el("title", "id", "doorstep-title").said(d.Title),
		el("desc", "id", "doorstep-verdict").said(strings.Join(says, " ")),
		el("style").said(style), el("rect", "class", "paper", "width", p.width, "height", height))
	root.add(above...).add(inside...).add(made)
	markup, err := root.markup()
	if err != nil {
		return err
	}
	_, err = w.Write(append(markup, '\n'))
	return err
}

// headline says above everything what it was, and how it ended; below y there is room.
func (p *picture) headline() (out []*node, y float64) {
	y = float64(pagePad) + 18
	room := p.width - 2*pagePad
	out = append(out, el("text", "class", "title", "x", pagePad, "y", y).said(cutTo(p.Title, "strong", room/titleSize)))
	c := column{width: room}
	for i, line := range c.broken(14, []Span{{strings.TrimSpace(sign(p.Status) + " " + p.Verdict), "strong"}}) {
		if i == mostLines {
			break
		}
		y += 24
		out = append(out, el("text", "class", "verdict "+statusClass(p.Status), "x", pagePad, "y", y).said(
			strings.TrimRight(line[0].Text, " ")))
	}
	return out, y
}

func viewBox(width, height float64) string {
	return strings.Join([]string{"0", "0", number(width), number(height)}, " ")
}
