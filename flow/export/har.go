package export

import (
	"io"
	"maps"
	"math"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/har"
	"doorstep/flow/recording"
)

// HAR returns a Reader that writes the exchanges to w as an HTTP archive, HAR 1.2, once the handshake is over. What an
// archive has no field for stands in fields named _doorstep, so that all of the trace can be read back.
func HAR(w io.Writer) Reader { return harReader{w} }

type harReader struct{ w io.Writer }

func (h harReader) Entry(flow.Trace, *flow.Entry) error { return nil }

func (h harReader) End(t flow.Trace, _ flow.State, _ Report) error {
	f, bodies, err := archive(t)
	if err != nil {
		return err
	}
	return writeArchive(h.w, f, bodies)
}

// archive makes an archive of a trace, and its long bodies in the order in which they stand in it.
func archive(t flow.Trace) (*har.File, []long, error) {
	header, err := recording.HeaderJSON(t.Header)
	if err != nil {
		return nil, nil, err
	}
	name, version, _ := strings.Cut(t.Header.Tool, " ")
	f := &har.File{Log: har.Log{Version: "1.2", Creator: har.Creator{Name: name, Version: version},
		Comment: t.Header.Title, Trace: &har.Trace{Header: header}, Entries: []har.Entry{}}}
	answers := answersOf(t)
	var starts []time.Duration
	var bodies []*long // of each entry; nil: it has none that is long
	for i := range t.Entries {
		e := &t.Entries[i]
		switch {
		case e.Unknown == nil && e.Kind == flow.Request:
			x, l, err := exchangeOf(t, e, answers[e.Seq])
			if err != nil {
				return nil, nil, err
			}
			start := began(e, answers[e.Seq])
			at, _ := slices.BinarySearch(starts, start+1) // after those that began at the same time
			starts = slices.Insert(starts, at, start)
			f.Log.Entries = slices.Insert(f.Log.Entries, at, x)
			bodies = slices.Insert(bodies, at, l)
		case answers[e.Answers] != e: // an answer is part of its exchange
			line, err := recording.EntryJSON(e)
			if err != nil {
				return nil, nil, err
			}
			f.Log.Trace.Lines = append(f.Log.Trace.Lines, line)
		}
	}
	var there []long
	for _, l := range bodies {
		if l != nil {
			there = append(there, *l)
		}
	}
	return f, there, nil
}

// answersOf are the answers of a trace, by the Seq of their requests: those that have a request, and are none
// themselves. Of an entry that does not go with the others a recording may say anything.
func answersOf(t flow.Trace) map[int]*flow.Entry {
	is := func(e *flow.Entry) bool { return e != nil && e.Unknown == nil && e.Kind == flow.Request }
	answers := t.Answers()
	maps.DeleteFunc(answers, func(seq int, e *flow.Entry) bool {
		return e.Unknown != nil || is(e) || !is(t.Entry(seq))
	})
	return answers
}

// exchangeOf makes an entry of an archive of a request and what answers it, which may be nil.
func exchangeOf(t flow.Trace, e, answer *flow.Entry) (har.Entry, *long, error) {
	response, l := harResponse(answer)
	x := har.Entry{StartedDateTime: startOf(t.Header).Add(began(e, answer)).Format("2006-01-02T15:04:05.000Z07:00"),
		Request: harRequest(t.Header, e), Response: response, Comment: comment(e, answer),
		Exchange: &har.Exchange{}}
	x.Timings, x.Time = harTimings(answer)
	x.ServerIPAddress = serverAddress(t.Header, e, answer)
	without := har.WithoutRequest(*e, x.Request.URL)
	var err error
	if x.Exchange.Request, err = recording.EntryJSON(&without); err != nil || answer == nil {
		return x, l, err
	}
	without = har.WithoutAnswer(*answer)
	x.Exchange.Answer, err = recording.EntryJSON(&without)
	return x, l, err
}

// startOf is when a handshake began, as other programs bear it. A recording may not say, or name a year that is none of
// HTTP's; what it says stands in its header.
func startOf(h flow.Header) time.Time {
	if y := h.Created.UTC().Year(); y < 1970 || y > 9000 {
		return time.Unix(0, 0).UTC()
	}
	return h.Created
}

// began is when an exchange began: the entry of a request is there when it was sent, and a connection came before that.
func began(e, answer *flow.Entry) time.Duration {
	if answer == nil {
		return e.At
	}
	return max(min(e.At, answer.At-answer.Took), 0)
}

// comment says which arrows of the ladder an exchange is.
func comment(e, answer *flow.Entry) string {
	steps := string(e.Step)
	if answer != nil && answer.Step != e.Step {
		steps += "/" + string(answer.Step)
	}
	return strings.TrimSpace(steps+" "+string(e.Request.Endpoint)) + ": " + string(e.From) + " to " + string(e.To)
}

func harRequest(h flow.Header, e *flow.Entry) har.Request {
	r := e.Request
	out := har.Request{Method: text(r.Method), URL: urlOf(h, e), HTTPVersion: "HTTP/1.1", Cookies: []har.Cookie{},
		Headers: pairs(r.Header), QueryString: parameters(r.Target), HeadersSize: -1, BodySize: len(r.Body)}
	if r.Body != nil {
		out.PostData = &har.PostData{MimeType: text(client.FieldOf(r.Header, "Content-Type")), Text: text(string(r.Body))}
	}
	return out
}

// urlOf is the URL of a request: of the host that it names, or of the server that it goes to.
func urlOf(h flow.Header, e *flow.Entry) string {
	host := client.FieldOf(e.Request.Header, "Host")
	if _, err := client.ParseServerName(host); err != nil {
		host = e.Server
		if e.To == flow.Joining {
			host = h.Joining
		}
	}
	if _, err := client.ParseServerName(host); err != nil {
		host = "unknown.invalid"
	}
	return "https://" + host + escapedTarget(e.Request.Target)
}

// escapedTarget is a target as it may stand in a URL. One that is a target already stays as it is, and so does none.
func escapedTarget(target string) string {
	var b strings.Builder
	if target != "" && !strings.HasPrefix(target, "/") {
		b.WriteByte('/')
	}
	for i := range len(target) {
		switch c := target[i]; {
		case c <= ' ', c >= 0x7f, strings.IndexByte("\"<>\\^`{|}#", c) >= 0:
			b.WriteString("%" + strings.ToUpper(string("0123456789abcdef"[c>>4])+string("0123456789abcdef"[c&15])))
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// parameters are those of the query of a target, in order.
func parameters(target string) []har.Pair {
	out := []har.Pair{}
	_, query, ok := strings.Cut(target, "?")
	for ok && query != "" {
		var part string
		part, query, _ = strings.Cut(query, "&")
		name, value, _ := strings.Cut(part, "=")
		out = append(out, har.Pair{Name: unescaped(name), Value: unescaped(value)})
	}
	return out
}

func unescaped(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		s = plain
	}
	return text(s)
}

func pairs(fields []client.Field) []har.Pair {
	out := []har.Pair{}
	for _, f := range fields {
		out = append(out, har.Pair{Name: text(f.Name), Value: text(f.Value)})
	}
	return out
}

// text is s as JSON can hold it.
func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func harResponse(answer *flow.Entry) (har.Response, *long) {
	out := har.Response{Cookies: []har.Cookie{}, Headers: []har.Pair{}, HeadersSize: -1, BodySize: -1}
	if answer == nil {
		out.Error = "the recording has no answer"
		return out, nil
	}
	if answer.Failure != nil {
		out.Error = text(answer.Failure.Message)
	}
	r := answer.Response
	if r == nil {
		return out, nil
	}
	out.StatusText, out.HTTPVersion = text(r.Reason), "HTTP/1.1"
	if har.IsStatus(r.Status) {
		out.Status = r.Status
	}
	out.Headers, out.RedirectURL = pairs(r.Header), text(client.FieldOf(r.Header, "Location"))
	out.BodySize = len(r.Body)
	if r.Unseen {
		out.BodySize = -1 // it is not known
	}
	var l *long
	out.Content, l = contentOf(r)
	return out, l
}

// harTimings gives the parts of an exchange and their sum. What an answer took beyond them, such as for addresses that
// took no connection, came before them.
func harTimings(answer *flow.Entry) (har.Timings, float64) {
	out := har.Timings{Blocked: -1, DNS: -1, Connect: -1, SSL: -1}
	if answer == nil {
		return out, 0
	}
	var known time.Duration
	if c := answer.Connection; c != nil {
		t := c.Timings
		known = t.Connect + t.TLS + t.Write + t.FirstByte + t.Body
		if t.Connect > 0 {
			out.Connect = flow.Milliseconds(t.Connect + t.TLS)
		}
		if t.TLS > 0 {
			out.SSL = flow.Milliseconds(t.TLS)
		}
		out.Send, out.Wait = flow.Milliseconds(t.Write), flow.Milliseconds(t.FirstByte)
		out.Receive = flow.Milliseconds(t.Body)
	}
	switch rest := answer.Took - known; {
	case rest > 0 && known > 0:
		out.Blocked = flow.Milliseconds(rest)
	case rest > 0:
		out.Wait = flow.Milliseconds(rest)
	}
	sum := max(out.Blocked, 0) + max(out.Connect, 0) + out.Send + out.Wait + out.Receive
	return out, flow.Milliseconds(time.Duration(math.Round(sum * float64(time.Millisecond))))
}

// serverAddress is the IP address of whoever was asked; empty where it is not known.
func serverAddress(h flow.Header, e, answer *flow.Entry) string {
	address := h.Listen
	if e.To != flow.Joining {
		if answer == nil || answer.Connection == nil {
			return ""
		}
		address = answer.Connection.Address
	}
	at, err := netip.ParseAddrPort(address)
	if err != nil || at.Addr().IsUnspecified() {
		return ""
	}
	return at.Addr().String()
}
