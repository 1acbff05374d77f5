package mitm

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/flowtest"
)

// A pair is a member of a dictionary, in their order.
type pair struct {
	name string
	of   any
}

// written is a value as mitmproxy writes it.
func written(v any) string {
	kind, data := byte(null), ""
	switch v := v.(type) {
	case nil:
	case string:
		kind, data = text, v
	case []byte:
		kind, data = raw, string(v)
	case int:
		kind, data = integer, strconv.Itoa(v)
	case float64:
		kind, data = float, strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		kind, data = truth, strconv.FormatBool(v)
	case []any:
		kind = list
		for _, e := range v {
			data += written(e)
		}
	case []pair:
		kind = dict
		for _, p := range v {
			data += written(p.name) + written(p.of)
		}
	case verbatim:
		return string(v)
	default:
		panic(fmt.Sprintf("%T", v))
	}
	return fmt.Sprintf("%d:%s%c", len(data), data, kind)
}

// verbatim is written as it is.
type verbatim string

const (
	make1 = "/_matrix/federation/v1/make_join/%21r%3Aa.example/%40u%3Ab.example?ver=12"
	auth1 = `X-Matrix origin="b.example",destination="a.example",key="ed25519:1",sig="swordfish"`
)

// request and answer are those of a make_join that is refused.
func request(change ...pair) []pair {
	return changed([]pair{{"method", []byte("GET")}, {"path", []byte(make1)}, {"host", "127.0.0.1"}, {"port", 8448},
		{"authority", []byte("")}, {"http_version", []byte("HTTP/1.1")}, {"timestamp_start", 1789000000.5},
		{"timestamp_end", 1789000000.6}, {"content", []byte("")},
		{"headers", []any{[]any{[]byte("Authorization"), []byte(auth1)}}}}, change)
}

func answer(change ...pair) []pair {
	return changed([]pair{{"status_code", 403}, {"reason", []byte("Forbidden")}, {"http_version", []byte("HTTP/1.1")},
		{"timestamp_start", 1789000000.7}, {"timestamp_end", 1789000001}, {"headers", []any{}},
		{"content", []byte(`{"errcode":"M_FORBIDDEN","error":"no"}`)}}, change)
}

func flowWith(change ...pair) string {
	return written(changed([]pair{{"version", 21}, {"type", "http"}, {"id", "x"}, {"error", nil},
		{"client_conn", []pair{{"proxy_mode", "regular"}}}, {"server_conn", []pair{}}, {"request", request()},
		{"response", answer()}, {"backup", nil}}, change))
}

func changed(of, change []pair) []pair {
	for _, c := range change {
		at := 0
		for at < len(of) && of[at].name != c.name {
			at++
		}
		if at == len(of) {
			of = append(of, c)
		}
		of[at] = c
	}
	return of
}

// What is wrong is said, with its place, and without anything that a terminal would obey.
func TestBadFlows(t *testing.T) {
	deep := strings.Repeat("9:", 1) + "x"
	nested := verbatim("0:]")
	for range 2000 {
		nested = verbatim(fmt.Sprintf("%d:%s]", len(nested), nested))
	}
	bad := func(name string, v any) string { return flowWith(pair{name, v}) }
	asks := func(name string, v any) string { return flowWith(pair{"request", request(pair{name, v})}) }
	says := func(name string, v any) string { return flowWith(pair{"response", answer(pair{name, v})}) }
	served := func(name string, v any) string {
		return flowWith(pair{"server_conn", []pair{{"timestamp_tls_setup", 1.5}, {name, v}}})
	}
	for name, c := range map[string]struct{ file, want string }{
		"empty":         {"", "no handshake is in it: there are 0 exchanges"},
		"no length":     {"x", "flow 1, before byte 2: the file ends here"},
		"no digits":     {"12a:x", "is no length"},
		"long length":   {"1234567890123:", "is no length"},
		"leading zero":  {"012:", "is no length"},
		"claims":        {"10000000000:x", "the flow claims 10000000000 bytes, and the limit is"},
		"claims less":   {"700000000:x", "flow 1, before byte 12: the file ends here"},
		"a list":        {"0:]", `and has to be a dictionary`},
		"a text":        {"3:abc;", `and has to be a dictionary`},
		"odd kind":      {"3:0:z}", "is no kind of value"},
		"member":        {"10:4:type;0:z}", "is no kind of value"},
		"short member":  {written(verbatim("9:4:type;9:}")), "a value claims 9 bytes, and there are"},
		"name":          {"7:1:1#0:~}", "the name of a member is an integer"},
		"bare":          {"3:" + deep + "}", "claims 9 bytes"},
		"no version":    {"0:}", `"version": it is missing`},
		"version":       {bad("version", "21"), `"version": it is a text, and has to be an integer`},
		"old":           {bad("version", 9), "10 is the oldest"},
		"very old":      {bad("version", []any{0, 18}), "mitmproxy 3 or before"},
		"new":           {bad("version", 22), "its format is version 22, and 21 is the newest"},
		"huge version":  {bad("version", verbatim("30:"+strings.Repeat("9", 30)+"#")), "is no integer"},
		"type":          {bad("type", 3), `"type": it is an integer`},
		"request":       {bad("request", nil), `"request": it is null, and has to be a dictionary`},
		"nested":        {bad("request", nested), `"request": it is a list`},
		"response":      {bad("response", "x"), `"response": it is a text`},
		"error":         {bad("error", 1), `"error": it is an integer`},
		"message":       {bad("error", []pair{{"msg", []any{}}}), `"error": "msg": it is a list`},
		"server":        {bad("server_conn", []any{}), `"server_conn": it is a list`},
		"time":          {asks("timestamp_start", nil), `"request": time: it is null`},
		"text time":     {asks("timestamp_start", "now"), `"request": time: it is a text`},
		"infinite time": {asks("timestamp_start", verbatim("3:inf^")), "is no number"},
		"no time":       {asks("timestamp_start", -1), "-1 is no time"},
		"late time":     {asks("timestamp_start", 1e12), "is no time"},
		"headers":       {asks("headers", "x"), `"headers": it is a text`},
		"field":         {asks("headers", []any{[]any{"one"}}), "a field has 1 parts"},
		"fields":        {asks("headers", []any{[]any{"a", "b", "c"}}), "more than 2 elements"},
		"field kind":    {asks("headers", []any{[]any{"a", 1}}), "it is an integer"},
		"many fields": {asks("headers", verbatim(written(verbatim(fmt.Sprintf("%d:%s]", 12*10001,
			strings.Repeat("8:1:a;1:b;]", 10001)+strings.Repeat("\n", 10001)))))), "more than 10000 elements"},
		"content":      {says("content", 17), `"content": it is an integer`},
		"status":       {says("status_code", 17), "17 is no status"},
		"no status":    {says("status_code", nil), `"status_code": it is null`},
		"reason":       {says("reason", 1), `"reason": it is an integer`},
		"no gzip":      {says("headers", []any{[]any{"content-encoding", "gzip"}}), "it is no gzip"},
		"address":      {served("peername", "x"), "address: it is a text"},
		"address part": {served("peername", []any{1, 2}), "it is an integer"},
		"port":         {served("peername", []any{"127.0.0.1", "x"}), "has to be an integer"},
		"tls":          {served("tls_version", 1), `"tls_version": it is an integer`},
		"certificate":  {served("certificate_list", []any{"\x1b[31m"}), `"\x1b[31m" is no certificate`},
		"other type":   {bad("type", "tcp"), "there are 0 exchanges"},
		"names": {asks("path", []byte("/_matrix/federation/v1/make_join/..%2f..%2fx/%00")),
			"no handshake is in it"},
		"client's": {asks("path", []byte("/_matrix/client/v3/sync")), "no make_join or send_join among them"},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := Read(strings.NewReader(c.file))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("%v, not %q", err, c.want)
			}
			said := err.Error()
			if a != nil || len(said) > 500 || strings.ContainsFunc(said, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("%q, %v", said, a)
			}
		})
	}
}

// found is the trace of the one handshake of a file.
func found(t *testing.T, file string) flow.Trace {
	t.Helper()
	c, err := Read(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Handshakes) != 1 {
		t.Fatalf("%d handshakes", len(c.Handshakes))
	}
	trace, err := c.Trace(1, "doorstep test")
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

// Other flows are passed over, whatever is in them: connections of other protocols, WebSockets, requests of browsers.
func TestOtherFlows(t *testing.T) {
	others := ""
	for _, kind := range []string{"tcp", "udp", "dns", "dream"} {
		others += written([]pair{{"version", 20}, {"type", kind}, {"messages", []any{[]any{true, []byte("x"), 1.5}}}})
	}
	others += flowWith(pair{"request", request(pair{"path", []byte("/")})}, pair{"websocket", []pair{{"messages", 1}}})
	others += flowWith(pair{"request", request(pair{"path", []byte("/x")}, pair{"headers", 1})}, pair{"response", 1})
	trace := found(t, others+flowWith()+others)
	if got := flow.Fold(trace).Outcome(); got != flow.Refused {
		t.Error(got)
	}
	c, err := Read(strings.NewReader(others + flowWith() + others))
	if err != nil || c.Entries != 5 {
		t.Errorf("%v, %+v", err, c)
	}
}

// packed is a body in gzip.
func packed(b string) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write([]byte(b)) // into memory: it never errs
	w.Close()
	return out.Bytes()
}

// What the file says of an answer is what comes out of it: packed bodies, bodies that are not there, errors, broken
// answers, HTTP/2, old names of members.
func TestAnswers(t *testing.T) {
	gzipped := []any{[]any{[]byte("Content-Encoding"), []byte("gzip")}}
	for name, c := range map[string]struct {
		change  []pair
		body    string
		failure client.FailureKind
		missing flow.Missing
		lacks   bool // no answer at all
	}{
		"plain": {nil, `{"errcode":"M_FORBIDDEN","error":"no"}`, "", "", false},
		"gzip": {[]pair{{"response", answer(pair{"headers", gzipped}, pair{"content", packed("{}")})}}, "{}", "",
			flow.MissingWire, false},
		"unknown coding": {[]pair{{"response", answer(pair{"headers", []any{[]any{"content-encoding", "br"}}})}}, "", "",
			flow.MissingBodies, true},
		"streamed": {[]pair{{"response", answer(pair{"content", nil})}}, "", "", flow.MissingBodies, true},
		"timeout": {[]pair{{"response", nil}, {"error", []pair{{"msg", "connection timed out"},
			{"timestamp", 1789000010}}}}, "", client.FailedTimeout, "", false},
		"certificate": {[]pair{{"response", nil}, {"error", []pair{{"msg", "Certificate verify failed: expired"},
			{"timestamp", nil}}}}, "", client.FailedTLS, flow.MissingTemplate, false},
		"nothing": {[]pair{{"response", nil}}, "", client.FailedClosed, "", false},
		"broken": {[]pair{{"error", []pair{{"msg", "server closed connection"}, {"timestamp", 1789000002.5}}}},
			`{"errcode":"M_FORBIDDEN","error":"no"}`, client.FailedClosed, "", false},
		"reverse": {[]pair{{"client_conn", []pair{{"proxy_mode", "reverse:https://x"}}}},
			`{"errcode":"M_FORBIDDEN","error":"no"}`, "", flow.MissingWire, false},
		"edited": {[]pair{{"backup", []pair{}}}, `{"errcode":"M_FORBIDDEN","error":"no"}`, "", flow.MissingWire, false},
	} {
		t.Run(name, func(t *testing.T) {
			trace := found(t, flowWith(c.change...))
			last := trace.Entries[len(trace.Entries)-1]
			if lacks := last.Response == nil && last.Failure == nil; lacks != c.lacks {
				t.Fatalf("%+v", last)
			}
			if !c.lacks && c.failure == "" && (last.Response == nil || string(last.Response.Body) != c.body) {
				t.Errorf("%+v", last.Response)
			}
			if c.failure != "" && (last.Failure == nil || last.Failure.Kind != c.failure) {
				t.Errorf("%+v", last.Failure)
			}
			missing := trace.Header.Imported.Missing
			if c.missing != "" && !slices.Contains(missing, c.missing) {
				t.Errorf("missing: %v, not %s", missing, c.missing)
			}
			if c.missing == "" && slices.Contains(missing, flow.MissingWire) {
				t.Errorf("missing: %v", missing)
			}
		})
	}
}

// Formats from 10 on are read, with the names that members had.
func TestOldFormats(t *testing.T) {
	for version := oldest; version <= newest; version++ {
		server := []pair{{"peername", []any{"2001:db8::1", 8448, 0, 0}}, {"cipher", "X"}, {"tls_version", "TLSv1.3"},
			{"timestamp_tls_setup", 1.5}, {"sni", "a.example"}}
		change := []pair{{"version", version}, {"server_conn", server}}
		if version < 19 {
			server[0].name, server[1].name, server[4].of = "ip_address", "cipher_name", true
		}
		if version < 16 {
			change = append(change, pair{"mode", "regular"}, pair{"client_conn", []pair{}})
		}
		trace := found(t, flowWith(change...))
		c := trace.Entries[1].Connection
		if c == nil || c.Address != "[2001:db8::1]:8448" || c.TLS == nil || c.TLS.CipherSuite != "X" ||
			c.TLS.Version != "TLS 1.3" || !c.TLS.Unchecked {
			t.Errorf("version %d: %+v", version, c)
		}
		if wire := slices.Contains(trace.Header.Imported.Missing, flow.MissingWire); wire {
			t.Errorf("version %d: %v", version, trace.Header.Imported.Missing)
		}
	}
}

// HTTP/2 has no Host field; whoever did not sign is asked by the authority.
func TestUnsigned(t *testing.T) {
	for _, c := range []struct {
		change []pair
		server string
	}{
		{[]pair{{"authority", []byte("h2.example")}}, "h2.example"},
		{[]pair{{"headers", []any{[]any{"host", "h1.example:8448"}}}}, "h1.example:8448"},
		{nil, "127.0.0.1:8448"},
		{[]pair{{"host", "::1"}}, "[::1]:8448"},
		{[]pair{{"port", 443}, {"host", "x.example"}}, "x.example"},
	} {
		trace := found(t, flowWith(pair{"request", request(append([]pair{{"headers", []any{}}}, c.change...)...)}))
		if got := trace.Entries[0].Server; got != c.server {
			t.Errorf("%q, not %q", got, c.server)
		}
	}
}

// What is too large is refused before it is in memory: a length that lies costs nothing, and a value that nests or
// repeats costs no more than its bytes.
func TestLimits(t *testing.T) {
	l := limits{file: 20_000, flow: 4000, kept: 5000}
	good := flowWith()
	for name, c := range map[string]struct{ file, want string }{
		"flow": {good + flowWith(pair{"id", strings.Repeat("x", 5000)}), "and the limit is 4000"},
		"file": {strings.Repeat(flowWith(pair{"type", "tcp"}, pair{"id", strings.Repeat("x", 2500)}), 9),
			"over the limit of its size"},
		"kept": {strings.Repeat(good, 15), "exchanges with 5000 bytes"},
	} {
		if _, err := readWithin(strings.NewReader(c.file), l); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, not %q", name, err, c.want)
		}
	}
	if _, err := readWithin(strings.NewReader(good), l); err != nil {
		t.Error(err)
	}
	for _, file := range []string{"805306368:" + good, flowWith(pair{"x", verbatim(strings.Repeat("0:~", 0) +
		fmt.Sprintf("%d:%s]", 3<<20, strings.Repeat("0:~", 1<<20)))})} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = Read(strings.NewReader(file)) // the second one is read
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 40<<20 {
			t.Errorf("%d bytes of a file of %d", used, len(file))
		}
	}
}

// A form is told by what a file begins with.
func TestBegins(t *testing.T) {
	for file, want := range map[string]bool{"": false, "{": false, " {": false, "\xef\xbb\xbf{": false, "<html>": false,
		"0:": true, "123:x": true, "012:": false, "7": true, "1a:": false, "1234567890123:": false,
		"123456789012:": true, flowWith(): true} {
		if got := Begins(bufio.NewReader(strings.NewReader(file))); got != want {
			t.Errorf("%.20q: %v", file, got)
		}
	}
}

// smallest is the smallest flow of a file, as it stands there.
func smallest(t testing.TB, name string) (least []byte) {
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for rest := file; len(rest) > 0; {
		v, after, err := pop(rest)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if whole := rest[:len(rest)-len(after)]; v.kind == dict && (least == nil || len(whole) < len(least)) {
			least = whole
		}
		rest = after
	}
	return least
}

// Whatever the file, reading it ends, without a panic, and a trace that comes out is a recording.
func FuzzRead(f *testing.F) {
	f.Add([]byte(flowWith()))
	f.Add([]byte(flowWith() + flowWith(pair{"response", nil}, pair{"error", []pair{{"msg", "x"}}})))
	files, err := filepath.Glob("testdata/*/*.flow")
	if err != nil || len(files) < 6 {
		f.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		if flow := smallest(f, name); len(flow) < 3000 { // as a version of mitmproxy writes one
			f.Add(flow)
		}
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		c, err := readWithin(bytes.NewReader(file), limits{file: 1 << 20, flow: 1 << 18, kept: 1 << 20})
		if err != nil {
			if c != nil {
				t.Error("a capture, and an error")
			}
			return
		}
		if len(c.Handshakes) == 0 {
			t.Error("no handshake, and no error")
		}
		for n := range c.Handshakes[:min(len(c.Handshakes), 5)] {
			trace, err := c.Trace(n+1, "doorstep test")
			if err != nil {
				t.Fatal(err)
			}
			flowtest.Records(t, trace)
		}
	})
}
