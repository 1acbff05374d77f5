package homelog

import (
	"encoding/json"
	"math"
	"regexp"
	"strings"
	"time"

	"doorstep/client"
)

// A pattern is a text that a homeserver logs.
type pattern struct {
	name string
	seen string // where the text is known from: versions that were run, or sources that were read
	text *regexp.Regexp
}

const (
	ran  = "1.163.2, run"
	read = "earlier versions, read in their source"

	outgoing = `^\{([A-Z]+-O-\d+)\} \[([^\]]*)\] ` // the number of a request of ours, and who is asked
	address  = `([A-Z]+) matrix(?:-federation)?://[^/ ]*(/\S*)`
)

// synapsePatterns are the texts of Synapse that tell of joins, by name.
var synapsePatterns = []pattern{
	{"completed", ran, regexp.MustCompile(outgoing +
		`Completed request: (\d{3}) (.*?) in ([\d.]+) secs, got \d+ bytes - ` + address + `$`)},
	{"completed short", read, regexp.MustCompile(outgoing + `Completed: (\d{3}) ?(.*)$`)},
	{"sending", ran, regexp.MustCompile(outgoing + `Sending request: ` + address + `; timeout .*$`)},
	{"headers", ran, regexp.MustCompile(outgoing + `Got response headers: (\d{3}) ?(.*)$`)},
	{"failed", ran, regexp.MustCompile(outgoing + `Request failed: ` + address + `: (.*)$`)},
	{"unread", ran, regexp.MustCompile(outgoing +
		`((?:JSON response exceeded max size|Failed to parse response|Timed out reading response|Failed to read response|` +
		`Error reading response).*?)(?: -)? ` + address + `?(?::.*)?$`)},
	{"processed", ran + "; without ru= in " + read, regexp.MustCompile(
		`^\S* - \S+ - \{(.*?)\} Processed request: (-?[\d.]+)sec(?:/-?[\d.]+sec)? .* \S+B (\d{3})(!?) ` +
			`"([A-Z]+) (\S+) \S+" ".*" \[\d+ dbevts\]$`)},
	{"received", ran, regexp.MustCompile(`^\S* - \S+ - Received request: ([A-Z]+) (\S+)$`)},
	{"error", ran, regexp.MustCompile(
		`^<\w*Request at 0x[0-9a-f]+ method=u?'([A-Z]+)' uri=u?'([^']*)'.*?> SynapseError: (\d{3}) - (.*)$`)},
	{"not retried", ran, regexp.MustCompile(
		`^(make_join|send_join): Not retrying server (\S+) because .*$`)},
	{"version", ran, regexp.MustCompile(`^Server \S+ version (\S+)$`)},
	{"hostname", ran, regexp.MustCompile(`^Server hostname: (\S+)$`)},
}

// synapseMarks are texts of which each line of use has one: most lines are passed over by them.
var synapseMarks = []string{"-O-", "Processed request: ", "Received request: ", "SynapseError: ", "Not retrying server",
	" version ", "Server hostname: "}

// matches gives the name of the pattern that a message is one of, and its parts.
func matches(patterns []pattern, text string) (name string, parts []string) {
	for _, p := range patterns {
		if m := p.text.FindStringSubmatch(text); m != nil {
			return p.name, m
		}
	}
	return "", nil
}

var (
	synapseTime = regexp.MustCompile(`(?:^|[ |])(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[,.]\d{3})(?:\d{3})? `)
	// as synapse --generate-config has it; before the message there was no blank once
	synapseUsual = regexp.MustCompile(`^- (\S+) - \d+ - [A-Z]+ - (\S*?) ?- (.*)$`)
	// other forms: the logger stands somewhere before the message
	synapseOther = regexp.MustCompile(`^.{0,120}?\b(synapse(?:\.\w+)+)\b[ :\]-]+(.*)$`)
)

// synapseRecord takes a line of Synapse's apart; false where it is none.
func synapseRecord(line string, number int) (record, bool) {
	if strings.HasPrefix(line, "{") {
		return synapseJSON(line, number)
	}
	m := synapseTime.FindStringSubmatchIndex(line[:min(len(line), 200)])
	if m == nil {
		return record{}, false
	}
	at, err := time.Parse("2006-01-02 15:04:05.000", strings.Replace(line[m[2]:m[3]], ",", ".", 1))
	if err != nil {
		return record{}, false
	}
	r := record{number: number, at: at, raw: line}
	rest := line[m[1]:]
	if u := synapseUsual.FindStringSubmatch(rest); u != nil {
		r.logger, r.request, r.text = u[1], u[2], u[3]
	} else if o := synapseOther.FindStringSubmatch(rest); o != nil {
		r.logger, r.text = o[1], o[2]
	} else {
		return record{}, false
	}
	if r.request == "None" || r.request == "sentinel" {
		r.request = ""
	}
	return r, strings.HasPrefix(r.logger, "synapse.")
}

// synapseJSON takes a line apart as Synapse's formatters for structured logs write it.
func synapseJSON(line string, number int) (record, bool) {
	var l struct {
		Log       string  `json:"log"`
		Namespace string  `json:"namespace"`
		Time      float64 `json:"time"`
		Request   string  `json:"request"`
		Server    string  `json:"server_name"`
	}
	if json.Unmarshal([]byte(line), &l) != nil || !strings.HasPrefix(l.Namespace, "synapse.") {
		return record{}, false
	}
	r := record{number: number, logger: l.Namespace, request: l.Request, text: l.Log, raw: line,
		fields: map[string]string{"server_name": l.Server}}
	if l.Time > 0 && l.Time < 1e11 {
		whole, part := math.Modf(l.Time)
		r.at = time.Unix(int64(whole), int64(part*1e9)).UTC().Round(time.Millisecond)
	}
	return r, true
}

// synapse takes in a line of Synapse's.
func (f *finder) synapse(r *record) {
	if name := r.fields["server_name"]; name != "" {
		f.own = name
	}
	use := false
	for _, mark := range synapseMarks {
		use = use || strings.Contains(r.text, mark)
	}
	if !use {
		return
	}
	name, m := matches(synapsePatterns, r.text)
	switch name {
	case "version":
		f.version = clip(m[1])
	case "hostname":
		f.own = clip(m[1])
	case "sending":
		x := f.outgoing(r, m[1], m[2], m[3], m[4])
		x.began, x.began0 = r.at, true
		x.asked, x.askedAt = append(x.asked, kept(r.raw)), r.number
	case "headers":
		f.headers.put(m[1], r)
	case "completed", "completed short", "failed", "unread":
		f.synapseEnded(r, name, m)
	case "received":
		f.received.put(m[1]+" "+m[2], r)
	case "error":
		f.errors.put(m[1]+" "+m[2], r)
	case "processed":
		f.processed(r, m)
	case "not retried":
		f.skipped(r, m[1], m[2])
	}
}

// synapseEnded takes in how a request to another server ended.
func (f *finder) synapseEnded(r *record, name string, m []string) {
	var x *exchange
	switch name {
	case "completed":
		x = f.outgoing(r, m[1], m[2], m[6], m[7])
		x.answer(m[3], m[4], "")
		x.end(r.at, m[5])
	case "completed short":
		if x, _ = f.sent.get(m[1]); x == nil {
			return // the line does not say what was asked
		}
		x.answer(m[3], m[4], "")
		x.end(r.at, "")
	case "failed":
		x = f.outgoing(r, m[1], m[2], m[3], m[4])
		f.synapseFailed(x, m[1], m[5])
		x.end(r.at, "")
	case "unread":
		x = f.outgoing(r, m[1], m[2], m[4], m[5])
		x.fail(m[3])
		x.end(r.at, "")
	}
	x.tell(r)
	f.sent.drop(m[1])
	f.ended(x, r.request)
}

// synapseFailed tells a refusal, of which the header fields came, from a request that brought nothing.
func (f *finder) synapseFailed(x *exchange, id, words string) {
	status, reason, refused := strings.Cut(words, ": ")
	status, refused2 := strings.CutPrefix(status, "HttpResponseException('")
	if !refused || !refused2 {
		x.fail(words)
		return
	}
	x.answer(status, strings.TrimSuffix(reason, "')"), "")
	if h, ok := f.headers.get(id); ok {
		x.tell(h)
	}
}

// outgoing is the request to another server with that number, as far as it is known before.
func (f *finder) outgoing(r *record, id, server, method, target string) *exchange {
	if x, ok := f.sent.get(id); ok && x.request.Method == method {
		return x
	}
	x := newExchange(method, target)
	x.server = server
	f.sent.put(id, x)
	return x
}

// skipped takes in that Synapse did not ask a server, as that did not answer before.
func (f *finder) skipped(r *record, step, server string) {
	if step != "make_join" || r.request == "" {
		return
	}
	j := f.byRequest[r.request]
	if j == nil { // whoever joins, and what, is in the answer to the client
		j = &Join{side: sideJoining, Began: r.at, last: r.at}
		f.keep(r.request, j)
	}
	x := &exchange{server: server, gap: true, began: r.at, ended: r.at, place: r.number}
	x.request.Endpoint = client.MakeJoin
	x.tell(r)
	j.add(x)
}

// processed takes in an answer that Synapse gave: to a client, or to another server.
func (f *finder) processed(r *record, m []string) {
	x := newExchange(m[5], m[6])
	if x.request.Endpoint == "" {
		f.over(r.request)
		return
	}
	said := ""
	key := m[5] + " " + m[6]
	if e, ok := f.errors.get(key); ok && (e.request == r.request) {
		if _, p := matches(synapsePatterns, e.text); p != nil && p[3] == m[3] {
			said = p[4]
			x.tell(e)
		}
		f.errors.drop(key)
	}
	if e, ok := f.received.get(key); ok && e.request == r.request {
		x.began, x.began0 = e.at, true
		x.asked, x.askedAt = append(x.asked, kept(e.raw)), e.number
		f.received.drop(key)
	}
	x.answer(m[3], "", said)
	if m[4] != "" {
		x.failure = &client.Failure{Kind: client.FailedClosed,
			Message: "the connection ended before the answer was sent whole"}
	}
	x.end(r.at, m[2])
	x.tell(r)
	x.origin = m[1]
	f.answeredByUs(x, r.request)
}
