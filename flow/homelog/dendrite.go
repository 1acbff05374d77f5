package homelog

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"

	"doorstep/client"
)

// dendritePatterns are the texts of Dendrite, and of gomatrixserverlib in it, that tell of joins.
var dendritePatterns = []pattern{
	{"asked", "0.15.2, run", regexp.MustCompile(`^User requested to room join$`)},
	{"alias failed", "0.15.2, run", regexp.MustCompile(`^error looking up alias "(.*)"$`)},
	{"server failed", "0.15.2, run; the same in earlier sources",
		regexp.MustCompile(`^Failed to join room through server$`)},
	{"accepted", "0.15.2, run", regexp.MustCompile(`^Joined federated room with \d+ hosts$`)},
	{"joined", "0.15.2, run", regexp.MustCompile(`^User joined room successfully$`)},
	{"failed", "0.15.2, run", regexp.MustCompile(`^Failed to join room$`)},
	{"refused", "0.15.2, run", regexp.MustCompile(`^failed to handle make_join request$`)},
	{"unsigned", "0.15.2, run", regexp.MustCompile(`^Invalid request signature$`)},
	{"version", "0.15.2, run", regexp.MustCompile(`^Dendrite version (\S+)$`)},
}

var dendriteStart = regexp.MustCompile(`(?:^|[ |])time="?\d{4}-`)

// dendriteRecord takes a line of Dendrite's apart, in the form of logrus for text or for JSON; false where it is none.
func dendriteRecord(line string, number int) (record, bool) {
	r := record{number: number, raw: line}
	if strings.HasPrefix(line, "{") {
		var l map[string]any
		if json.Unmarshal([]byte(line), &l) != nil {
			return r, false
		}
		r.fields = make(map[string]string, len(l))
		for k, v := range l {
			if s, ok := v.(string); ok {
				r.fields[k] = s
			}
		}
	} else {
		m := dendriteStart.FindStringIndex(line[:min(len(line), 200)])
		if m == nil {
			return r, false
		}
		r.fields = logfmt(line[strings.Index(line[m[0]:], "time=")+m[0]:])
	}
	at, err := time.Parse(time.RFC3339Nano, r.fields["time"])
	if err != nil || at.Year() < 1970 || r.fields["level"] == "" {
		return r, false
	}
	r.at, r.text = at.UTC(), r.fields["msg"]
	return r, true
}

// logfmt reads keys with their values, as logrus writes them.
func logfmt(line string) map[string]string {
	out := map[string]string{}
	for len(out) < 64 {
		key, rest, ok := strings.Cut(strings.TrimLeft(line, " "), "=")
		if !ok {
			break
		}
		var value string
		if strings.HasPrefix(rest, `"`) {
			quoted, err := strconv.QuotedPrefix(rest)
			if err != nil {
				break // it was cut
			}
			value, _ = strconv.Unquote(quoted)
			rest = rest[len(quoted):]
		} else if value, rest, ok = strings.Cut(rest, " "); !ok {
			rest = ""
		}
		if _, there := out[key]; !there {
			out[key] = value
		}
		line = rest
	}
	return out
}

// dendrite takes in a line of Dendrite's.
func (f *finder) dendrite(r *record) {
	name, m := matches(dendritePatterns, r.text)
	user, target := r.fields["user_id"], r.fields["room_id"]
	switch name {
	case "version":
		f.version = clip(m[1])
	case "asked":
		f.dendriteAsked(r, user, target)
	case "alias failed":
		if j := f.open(func(j *Join) bool { return j.Target == m[1] }); j != nil {
			x := newExchange("GET", "/_matrix/federation/v1/query/directory?room_alias="+escape(m[1]))
			x.server = client.Domain(m[1])
			j.add(x.dendriteEnded(r, r.fields["error"]))
		}
	case "server failed":
		f.dendriteServer(r, target)
	case "accepted":
		f.dendriteAccepted(r, r.fields["room"])
	case "joined", "failed":
		f.dendriteOver(r, user, target, name == "joined")
	case "refused", "unsigned":
		f.dendriteRefused(r, name)
	}
}

func (f *finder) dendriteAsked(r *record, user, target string) {
	j := &Join{User: user, Target: target, Began: r.at, joining: client.Domain(user), side: sideJoining, last: r.at}
	if !j.names() {
		return
	}
	for _, via := range strings.Fields(strings.Trim(r.fields["servers"], "[]")) {
		if _, err := client.ParseServerName(via); err == nil && len(j.via) < 50 {
			j.via = append(j.via, via)
		}
	}
	j.client = newExchange("POST", "/_matrix/client/v3/join/"+escape(target))
	j.client.began, j.client.began0 = r.at, true
	j.client.asked, j.client.askedAt = []string{kept(r.raw)}, r.number
	f.begin(j)
	f.going = append(f.going, j)
}

// open is the join that is going on and that ok accepts, where there is only one.
func (f *finder) open(ok func(*Join) bool) *Join {
	var found *Join
	for _, j := range f.going {
		switch {
		case !ok(j):
		case found != nil:
			return nil // the line may be about either
		default:
			found = j
		}
	}
	return found
}

// inRoom is the join that is going on in a room, by what is known of it.
func (f *finder) inRoom(room string) *Join {
	if j := f.open(func(j *Join) bool { return j.Room == room }); j != nil {
		return j
	}
	return f.open(func(j *Join) bool { return j.Room == "" })
}

var dendritePath = regexp.MustCompile(`/_matrix/federation/v[12]/(make_join|send_join)/([^/"? ]+)/([^/"? ]+)`)

// dendriteServer takes in that a server did not let us in, with its answer or why there is none.
func (f *finder) dendriteServer(r *record, room string) {
	words := r.fields["error"]
	path := dendritePath.FindStringSubmatch(words)
	j := f.inRoom(room)
	if path != nil && path[1] == "make_join" {
		user := unescape(path[3])
		if k := f.open(func(j *Join) bool { return j.User == user && (j.Room == room || j.Room == "") }); k != nil {
			j = k
		}
	}
	if j == nil {
		return
	}
	f.aliasUnseen(j, r)
	j.Room = room
	sending := strings.HasPrefix(words, "r.federation.SendJoin")
	server := r.fields["server_name"]
	if !strings.HasPrefix(words, "r.federation.") { // Dendrite itself turned down what the server gave
		f.exchangesUnseen(j, server, r)
		return
	}
	x := newExchange("GET", "/_matrix/federation/v1/make_join/"+escape(room)+"/"+escape(j.User))
	if sending {
		j.add(f.unseen(client.MakeJoin, server, r))
		x = &exchange{request: client.Request{Method: "PUT", Endpoint: client.SendJoinV2}}
		if path != nil {
			x = newExchange("PUT", path[0])
		}
	}
	x.server = server
	j.add(x.dendriteEnded(r, words))
}

// unseen is an exchange that must have been.
func (f *finder) unseen(e client.Endpoint, server string, r *record) *exchange {
	return &exchange{request: client.Request{Endpoint: e}, server: server, gap: true, began: r.at, ended: r.at,
		place: r.number}
}

// exchangesUnseen notes that a server gave a protoevent and took the join, of which no line tells.
func (f *finder) exchangesUnseen(j *Join, server string, r *record) {
	j.add(f.unseen(client.MakeJoin, server, r))
	x := f.unseen(client.SendJoinV2, server, r)
	x.tell(r)
	j.add(x)
}

// aliasUnseen notes that an alias was looked up, of which no line tells where all went well.
func (f *finder) aliasUnseen(j *Join, r *record) {
	if client.IsAlias(j.Target) && len(j.parts) == 0 {
		j.add(f.unseen(client.QueryDirectory, client.Domain(j.Target), r))
	}
}

func (f *finder) dendriteAccepted(r *record, room string) {
	if j := f.inRoom(room); j != nil && !j.accepted {
		j.Room, j.accepted = room, true
		f.aliasUnseen(j, r)
		f.exchangesUnseen(j, "", r)
	}
}

// dendriteOver takes in that a join is over.
func (f *finder) dendriteOver(r *record, user, target string, joined bool) {
	for i, j := range f.going {
		if j.User != user || j.Target != target {
			continue
		}
		f.going = append(f.going[:i:i], f.going[i+1:]...)
		x := j.client
		switch {
		case joined: // the next thing it does is to answer with 200
			x.answer("200", "", "")
		default:
			if _, status, body := dendriteError(r.fields["error"]); status != "" && body != nil {
				x.answer(status, "", "")
				x.response.Body, x.response.Unseen = body, false
			}
		}
		x.end(r.at, "")
		x.tell(r)
		j.last, j.over = r.at, true
		if joined && !j.accepted {
			f.local(j) // it was in the room already, or the room is here
		}
		j.status()
		return
	}
}

// dendriteEnded completes an exchange that a line tells the end of.
func (x *exchange) dendriteEnded(r *record, words string) *exchange {
	why, status, body := dendriteError(words)
	switch {
	case status != "":
		x.answer(status, "", "")
		if x.response != nil && body != nil {
			x.response.Body, x.response.Unseen = body, false
		} else if x.response != nil {
			x.response.Said = clip(why)
		}
	default:
		if i := strings.LastIndex(why, `": `); i >= 0 {
			why = why[i+3:] // without what was asked
		}
		x.fail(why)
	}
	x.ended, x.answered, x.began = r.at, true, r.at
	x.tell(r)
	return x
}

var dendriteHTTP = regexp.MustCompile(`contents=\[([\d ]*)\] msg=.* code=(\d+) wrapped=(.*)$`)

// dendriteError reads an error of Dendrite's: the status of an answer and its body, which is there byte by byte, where
// one came; otherwise why there is none.
func dendriteError(words string) (why, status string, body []byte) {
	m := dendriteHTTP.FindStringSubmatch(words)
	if m == nil || m[2] == "0" {
		return words, "", nil
	}
	for _, n := range strings.Fields(m[1]) {
		b, err := strconv.ParseUint(n, 10, 8)
		if err != nil {
			return m[3], m[2], nil
		}
		body = append(body, byte(b))
	}
	return m[3], m[2], body
}

// dendriteRefused takes in that a Dendrite refuses another server.
func (f *finder) dendriteRefused(r *record, name string) {
	x := newExchange(r.fields["req.method"], strings.ReplaceAll(r.fields["req.path"], " ", "%20"))
	if x.request.Endpoint == "" {
		return
	}
	said := r.fields["error"]
	errcode, _, coded := strings.Cut(said, ": ")
	status := "400"
	switch {
	case name == "unsigned":
		status, said = "401", r.text // the words that it sends; why it thinks so only the log says
		if reason := r.fields["error"]; strings.Contains(reason, "could not download key") {
			said += ": " + reason
		}
	case coded && strings.HasPrefix(errcode, "M_"):
		status = statusOf(errcode)
	default: // the client is told something else, or the room version
		return
	}
	x.answer(status, "", said)
	x.end(r.at, "")
	x.tell(r)
	f.answeredByUs(x, r.fields["req.id"])
}

// statusOf is the status that Dendrite sends with an error of make_join.
func statusOf(errcode string) string {
	switch errcode {
	case "M_FORBIDDEN":
		return "403"
	case "M_NOT_FOUND":
		return "404"
	case "M_UNABLE_TO_AUTHORISE_JOIN", "M_BAD_JSON":
		return "400"
	}
	return "500"
}
