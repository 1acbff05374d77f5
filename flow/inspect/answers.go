package inspect

import (
	"fmt"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
	"doorstep/flow/wording"
)

// clockSlack is how far a clock may be off without being remarked upon.
const clockSlack = time.Minute

// answerRows are the rows about what else an address answers.
func (x *evidence) answerRows(d client.Destination) []Row {
	rows := []Row{x.version(d), x.clock(d), x.paths(d),
		x.unrecognised(UnknownEndpoint, d, unknownRequest(), 404),
		x.unrecognised(WrongMethod, d, methodRequest(), 405)}
	for i := range rows {
		rows[i].Address = d.Address
	}
	return rows
}

// silent says why an answer of an address tells nothing; empty where something came. What keeps an address from the
// first question keeps it from the others.
func (x *evidence) silent(d client.Destination, e *flow.Entry) string {
	first := x.answer(d.Address, client.KeysRequest())
	switch {
	case e == nil && first != nil && x.unreached(first) != "":
		return x.unreached(first)
	case e == nil && first != nil && first.Response == nil && noTLS(first):
		return "no TLS connection stood"
	case e == nil && timedOut(first):
		return "it was not asked: what was asked before was not answered in time"
	case whole(first) && e != nil && noConnection(e): // it takes connections, and did not take this one
		return ""
	case x.unreached(e) != "":
		return x.unreached(e)
	case e.Response == nil && noTLS(e):
		return "no TLS connection stood"
	}
	return ""
}

// Software is what a server says that it runs, untrusted.
type Software struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// software reads the answer to the request for it; false where it says nothing.
func software(e *flow.Entry) (Software, bool) {
	var s Software
	if !good(e) {
		return s, false
	}
	o, err := object(e)
	if err != nil {
		return s, false
	}
	s.Name, _ = o.String("server", "name")
	s.Version, _ = o.String("server", "version")
	return s, true
}

func (x *evidence) version(d client.Destination) Row {
	e := x.answer(d.Address, client.VersionRequest())
	r := Row{Kind: Version}.on(seqOf(e))
	if why := x.silent(d, e); why != "" {
		return r.open(why)
	}
	s, ok := software(e)
	switch {
	case !good(e):
		r.timeout = timedOut(e)
		return r.fail(blame(e), x.inShort(e))
	case !ok:
		_, err := object(e)
		return r.fail(blame(e), wording.NotAnObject(e.Response.Body, err))
	case s.Name == "":
		return r.warn("", "no server.name in it")
	case s.Version == "":
		return r.warn("", wording.Name(s.Name)+", and no server.version")
	}
	return r.pass(wording.Clip(s.Name + " " + s.Version))
}

func seqOf(e *flow.Entry) int {
	if e == nil {
		return 0
	}
	return e.Seq
}

// offset is how far the clock behind an answer is ahead of ours, and how far that may be off: the time between asking
// and answering, and the second that a Date is exact to. False where there is no Date.
func (x *evidence) offset(e *flow.Entry) (off, slack time.Duration, ok bool) {
	if e == nil || e.Response == nil {
		return 0, 0, false
	}
	date, err := time.Parse(time.RFC1123, response.Header(e.Response.Header, "Date"))
	if err != nil {
		return 0, 0, false
	}
	t := e.Connection.Timings
	end := x.trace.Header.Created.Add(e.At - t.Body)
	begin := end.Add(-t.FirstByte - t.Write)
	middle := begin.Add(end.Sub(begin) / 2)
	return date.Add(time.Second / 2).Sub(middle), end.Sub(begin)/2 + time.Second/2, true
}

// surest returns the answer of an address whose time is known best, and what its clock is off by.
func (x *evidence) surest(d client.Destination) (best *flow.Entry, off, slack time.Duration) {
	for _, q := range Requests(x.server) {
		e := x.answer(d.Address, q)
		if o, s, ok := x.offset(e); ok && (best == nil || s < slack) {
			best, off, slack = e, o, s
		}
	}
	return best, off, slack
}

func (x *evidence) clock(d client.Destination) Row {
	r := Row{Kind: Clock}
	first := x.answer(d.Address, client.KeysRequest())
	if why := x.silent(d, first); why != "" {
		return r.open(why)
	}
	e, off, slack := x.surest(d)
	if e == nil {
		return r.open("no answer has a Date that can be read")
	}
	r = r.on(e.Seq)
	way := "ahead of"
	if off < 0 {
		way = "behind"
	}
	words := fmt.Sprintf("%s %s ours, give or take %s", inSeconds(off.Abs()), way, inSeconds(slack))
	if off.Abs()-slack > clockSlack {
		return r.fail("clock-off", words)
	}
	return r.pass(words)
}

// inSeconds gives a time in seconds to the tenth, or in a larger unit.
func inSeconds(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return lasting(d)
}

// A shape is what of a refusal does not depend on what was asked for.
type shape struct {
	speaker response.Speaker
	status  int
	errcode string
}

func shapeOf(e *flow.Entry) shape {
	return shape{e.Speaker(), e.Response.Status, response.RefusalOf(e.Response).Errcode}
}

func (x *evidence) paths(d client.Destination) Row {
	r := Row{Kind: Paths}
	plain := x.answer(d.Address, pathRequest(x.server, pathSpellings[0].localpart))
	if why := x.silent(d, plain); why != "" {
		return r.open(why)
	}
	r = r.on(plain.Seq)
	if !whole(plain) || plain.Speaker() != response.Homeserver {
		return r.open("a path without them is answered by no homeserver: " + x.inShort(plain))
	}
	if s := shapeOf(plain); s.status == 404 || s.status == 405 || s.errcode == "M_UNRECOGNIZED" {
		return r.open("the endpoint is not known there, so a path that is another looks the same: " + x.inShort(plain))
	}
	var kept []string
	for _, s := range pathSpellings[1:] {
		e := x.answer(d.Address, pathRequest(x.server, s.localpart))
		if e == nil || x.cutShort(e) {
			return r.open(s.escape + ": " + x.whyUnasked())
		}
		if e.Response != nil && e.Failure == nil && shapeOf(e) == shapeOf(plain) {
			kept = append(kept, s.escape)
			continue
		}
		return x.pathLost(r.on(e.Seq), s.escape, plain, e)
	}
	return r.pass(fmt.Sprintf("with %s the answer is that without: %s", strings.Join(kept, ", "), x.inShort(plain)))
}

// pathLost says what became of a path with an escape whose answer is another than that of the path without.
func (x *evidence) pathLost(r Row, escape string, plain, e *flow.Entry) Row {
	words := fmt.Sprintf("without escapes %s, with %s %s", x.inShort(plain), escape, x.inShort(e))
	switch {
	case !whole(e):
		r.timeout = timedOut(e)
		return r.fail("escaped-path-refused", words)
	case e.Speaker() != response.Homeserver:
		return r.fail("escaped-path-refused", words)
	case e.Response.Status == 404 || e.Response.Status == 405:
		return r.fail("proxy-decodes-path", words+": it arrived as another path")
	}
	return r.warn("", words)
}

// unrecognised is the row about a request that no homeserver can know, which has to be refused with one of those.
func (x *evidence) unrecognised(k Kind, d client.Destination, q client.Request, statuses ...int) Row {
	e := x.answer(d.Address, q)
	r := Row{Kind: k}.on(seqOf(e))
	if why := x.silent(d, e); why != "" {
		return r.open(why)
	}
	if !whole(e) {
		return r.open("no whole answer came: " + x.inShort(e))
	}
	said := shapeOf(e)
	for _, status := range statuses {
		if said == (shape{response.Homeserver, status, "M_UNRECOGNIZED"}) {
			return r.pass(x.inShort(e))
		}
	}
	return r.warn(blame(e), x.inShort(e))
}
