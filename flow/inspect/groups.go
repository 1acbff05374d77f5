package inspect

// A Group is rows that are told together: those of the name, those of one address, those of who asks.
type Group struct {
	Title string
	Rows  []Row
}

// Groups returns the rows of a report in groups, in their order.
func (r Report) Groups() []Group {
	var out []Group
	for _, row := range r.Rows {
		title := row.Address
		if title == "" {
			title = "the name " + r.Server
			if row.Kind.aboutUs() {
				title = "all addresses, and who asks"
			}
		}
		if len(out) == 0 || out[len(out)-1].Title != title {
			out = append(out, Group{Title: title})
		}
		out[len(out)-1].Rows = append(out[len(out)-1].Rows, row)
	}
	return out
}

// aboutUs reports whether a kind of rows is told at the end.
func (k Kind) aboutUs() bool {
	switch k {
	case SameKeys, NotaryKeys, XMatrix, SignedPaths, Inbound:
		return true
	}
	return false
}
