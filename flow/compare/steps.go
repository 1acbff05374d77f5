package compare

import (
	"strings"

	"doorstep/flow"
)

// steps aligns the exchanges of both handshakes and compares those that belong together.
func (c *comparer) steps() []StepRow {
	ea, eb := exchanges(c.a.Trace), exchanges(c.b.Trace)
	partner := c.partners(ea, eb)
	at := map[*Exchange]int{} // of those of b that have a partner: the index of it
	for i, x := range ea {
		if y := partner[x]; y != nil {
			at[y] = i
		}
	}
	rows := []StepRow{}
	told := map[*Exchange]bool{}
	alone := func(until *Exchange) { // those of b alone that come before one of b
		for _, y := range eb {
			if y == until {
				return
			}
			if _, paired := at[y]; !paired && !told[y] {
				told[y] = true
				rows = append(rows, c.row(nil, y))
			}
		}
	}
	for _, x := range ea {
		y := partner[x]
		if y != nil && x.Entry.Step != flow.R {
			alone(y)
		}
		rows = append(rows, c.row(x, y))
	}
	alone(nil)
	for i := range rows { // after all else: a name in a header is no reason to take it for another
		c.asides(&rows[i])
	}
	return rows
}

// partners says which exchange of the second handshake is the same step as one of the first: of its sort with the same
// server, otherwise of its sort in order.
func (c *comparer) partners(ea, eb []*Exchange) map[*Exchange]*Exchange {
	out := map[*Exchange]*Exchange{}
	taken := map[*Exchange]bool{}
	bySort := map[sort][]*Exchange{}
	for _, y := range eb {
		bySort[y.sort()] = append(bySort[y.sort()], y)
	}
	match := func(fits func(x, y *Exchange) bool) {
		for _, x := range ea {
			for _, y := range bySort[x.sort()] {
				if out[x] == nil && !taken[y] && fits(x, y) {
					out[x], taken[y] = y, true
				}
			}
		}
	}
	match(func(x, y *Exchange) bool { return c.sameServer(x, y) && sameDetour(x, y) })
	match(c.sameServer)
	match(func(x, y *Exchange) bool { return x.Entry.Step != flow.R || c.strangers(x, y) })
	return out
}

func (c *comparer) sameServer(x, y *Exchange) bool {
	return x.Server == y.Server && x.Server == "" || c.names.paired(aServer, x.Server, y.Server)
}

// strangers reports whether neither server has a partner.
func (c *comparer) strangers(x, y *Exchange) bool {
	return c.names.unpaired(aServer, x.Server, y.Server)
}

// sameDetour reports whether two requests ask for the same thing: probes ask one server for several.
func sameDetour(x, y *Exchange) bool {
	if x.Entry.Request == nil || y.Entry.Request == nil {
		return true
	}
	return strings.Contains(x.Entry.Request.Target, "%") == strings.Contains(y.Entry.Request.Target, "%")
}
