package render

// listRow draws r as one line without lanes: who to whom by initials, status, label.
func (d *drawer) listRow(y int, r Row) {
	if r.Kind == Gap {
		d.gap(y, r)
		return
	}
	x := 2 + d.p.timeW + 1
	from, to := d.initialOf(r.From), d.initialOf(r.To)
	sign, k := d.g.Right, inkRequest
	if r.To < r.From {
		from, to, sign = to, from, d.g.Left
	}
	switch {
	case r.From == r.To:
		to, sign, k = "", d.g.Local, inkLocal
		if r.Kind == Note {
			sign, k = d.g.Note, inkNote
		}
	case r.Kind == Failure || r.Kind == Response && r.Status == Fail:
		sign, k = d.g.Fail, inkFail
	case r.Kind == Ghost || r.Waiting:
		sign, k = d.g.Dash, inkGhost
	case r.Kind == Response:
		k = brought(r.Status)
	}
	d.text(x, y, 1, Untrusted(from), inkHeader)
	d.glyph(x+1, y, sign, k)
	d.text(x+2, y, 1, Untrusted(to), inkHeader)
	l := label{text: r.label("  ", false)}
	if r.Kind == Failure {
		l.text = r.Reason + "  " + l.text
	}
	switch r.Status {
	case Warn, Fail, Wait, Skipped, NotChecked:
		l.status, l.ink = r.Status.Label(d.g), r.Status.ink()
	}
	text := inkText
	if r.Inferred {
		k, text = inkGhost, inkGhost
		l.text = r.label("  ", false) + "  " + r.Reason
		d.glyph(x+1, y, sign, k)
	}
	d.pieces(x+4, y, d.cutLabel(l, d.w-x-4), text)
}

func (d *drawer) initialOf(lane int) string {
	if !d.l.has(lane) {
		return "?"
	}
	return initial(d.l.Lanes[lane].Role)
}
