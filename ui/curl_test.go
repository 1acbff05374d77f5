package ui

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http/httptest"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/render/rendertest"
	"doorstep/ui/story"
)

// A received is a request as it came over the wire.
type received struct {
	start string
	head  []string // the header fields, sorted
	body  []byte
}

// catcher takes in one request a connection, byte for byte.
func catcher(t *testing.T) (address string, got <-chan received) {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	certificates := server.TLS.Certificates
	server.Close()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: certificates})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	requests := make(chan received, 1)
	client.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			requests <- caught(c)
			_ = c.Close()
		}
	})
	return l.Addr().String(), requests
}

func caught(c net.Conn) (r received) {
	_ = c.SetDeadline(time.Now().Add(20 * time.Second))
	in := bufio.NewReader(c)
	lines := textproto.NewReader(in)
	r.start, _ = lines.ReadLine()
	length := 0
	for {
		line, err := lines.ReadLine()
		if err != nil || line == "" {
			break
		}
		if n, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			length, _ = strconv.Atoi(n)
		}
		r.head = append(r.head, line)
	}
	slices.Sort(r.head)
	r.body = make([]byte, length)
	_, _ = io.ReadFull(in, r.body)
	_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	return r
}

// oneRequest is a trace of one request to resident.example, which leads to address.
func oneRequest(address string, r client.Request) flow.Trace {
	return flow.Trace{Header: flow.Header{Joining: "joining.example", User: "@you:joining.example",
		Target: "!r:resident.example", Form: flow.FormCurrent},
		Entries: []flow.Entry{
			{Seq: 1, Kind: flow.Local, Step: flow.R, From: flow.Joining, To: flow.Resident, Server: "resident.example",
				Discovery: &client.Discovery{
					Server: "resident.example", Destinations: []client.Destination{{Server: "resident.example", Address: address,
						Host: "resident.example:8448"}}}},
			{Seq: 2, Kind: flow.Request, Step: flow.A6, From: flow.Joining, To: flow.Resident, Server: "resident.example",
				Request: &r},
		}}
}

// arriving is how a request of oneRequest has to arrive.
func arriving(r client.Request) received {
	w := received{start: r.Method + " " + r.Target + " HTTP/1.1", body: r.Body,
		head: []string{"Host: resident.example:8448"}}
	for _, f := range r.Header {
		w.head = append(w.head, strings.TrimRight(f.Name+": "+f.Value, " \t"))
	}
	if r.Body != nil {
		w.head = append(w.head, "Content-Length: "+strconv.Itoa(len(r.Body)))
	}
	slices.Sort(w.head)
	return w
}

// curlFolder is a folder in which files lie that a curl led astray would send, and which has curl trust any
// certificate.
func curlFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{".curlrc": "insecure\nsilent\nmax-time = 20\nnoproxy = \"*\"\n", "canary": "SECRET", "secret": "SECRET", "-": "SECRET"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// What arrives by way of a shell and the real curl is byte for byte what was sent, whatever is in it, or the command
// is refused. A body is never refused.
func TestShellCurlArrives(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("what is told is told for a shell of Unix: on Windows its arguments pass through one string")
	}
	for _, program := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed: what curl makes of its arguments was not tried", program)
		}
	}
	address, got := catcher(t)
	dir := curlFolder(t)
	send := func(name string, r client.Request) (problem string) {
		t.Helper()
		trace := oneRequest(address, r)
		command, problem := story.Curl(trace, &trace.Entries[1])
		if problem != "" {
			return problem
		}
		cmd := exec.Command("sh")
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(string(command)+"\n")
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "CURL_HOME=" + dir}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s\n%.500s", name, err, out, command)
			return ""
		}
		g, w := <-got, arriving(r)
		for i := range g.head {
			g.head[i] = strings.TrimRight(g.head[i], " \t")
		}
		if g.start != w.start || !slices.Equal(g.head, w.head) || !bytes.Equal(g.body, w.body) {
			t.Errorf("%s: %.300s\ngot  %.300q\nwant %.300q", name, command, []any{g.start, g.head, string(g.body)},
				[]any{w.start, w.head, string(w.body)})
		}
		return ""
	}
	plain := func() client.Request {
		return client.Request{Method: "PUT", Target: "/_matrix/federation/v2/send_join/%21r%3Ax/%24e?omit_members=true",
			Body: []byte("{}"),
			Header: []client.Field{{Name: "User-Agent", Value: "Doorstep"}, {Name: "Content-Type", Value: "application/json"},
				{Name: "Connection", Value: "close"}}}
	}
	texts := append(rendertest.ShellTexts(), rendertest.Text{Name: "long", Text: strings.Repeat(`{"a":"b!'"}`, 1500)},
		rendertest.Text{Name: "all bytes", Text: allBytes()})
	for _, extra := range []string{"@secret", "@-", "<secret", "-", "--next", "-T secret", "-K secret", ";type=x", "a;",
		"{a,b}", "[1-3]", "../../x", "/./x//y", "#fragment",
		"a b", "a%2fb%2Fc", "%", `a\b`, "ä", "file:///etc/hostname", "x@evil.example/", "?q=[1]", "//x"} {
		texts = append(texts, rendertest.Text{Name: extra, Text: extra})
	}
	refused := map[string]int{}
	for _, h := range texts {
		text := h.Text[:min(len(h.Text), 20_000)]
		r := plain()
		r.Body = []byte(text)
		if problem := send("body "+h.Name, r); problem != "" {
			t.Errorf("body %s: %s", h.Name, problem)
		}
		for what, change := range map[string]func(*client.Request){
			"target": func(r *client.Request) { r.Target = "/_matrix/" + text },
			"query":  func(r *client.Request) { r.Target = text },
			"value": func(r *client.Request) {
				r.Header = append(r.Header, client.Field{Name: "X-Text", Value: strings.Trim(text, " \t")})
			},
			"name":    func(r *client.Request) { r.Header = append(r.Header, client.Field{Name: text, Value: "v"}) },
			"method":  func(r *client.Request) { r.Method, r.Body, r.Header = text, nil, nil },
			"no body": func(r *client.Request) { r.Body, r.Header = nil, nil; r.Method = "GET" },
		} {
			if what == "no body" && h.Name != "empty" {
				continue
			}
			r := plain()
			change(&r)
			if send(what+" "+h.Name, r) != "" {
				refused[what]++
			}
		}
	}
	if n := len(texts); refused["value"] > n/3 || refused["target"] > n-10 || refused["no body"] > 0 {
		t.Errorf("of %d texts, those were refused: %v", n, refused)
	}
}

func allBytes() string {
	var b []byte
	for c := range 256 {
		b = append(b, byte(c))
	}
	return string(b)
}

// A server's name or address that is none never gets into the command: it would lead elsewhere.
func TestShellCurlWhereTo(t *testing.T) {
	for _, h := range append(rendertest.ShellTexts(), rendertest.Text{Name: "user", Text: "x@evil.example"},
		rendertest.Text{Name: "path", Text: "evil.example/x"}) {
		r := client.Request{Method: "GET", Target: "/"}
		host := oneRequest("127.0.0.1:1", r)
		host.Entries[0].Discovery.Destinations[0].Host = h.Text
		if command, problem := story.Curl(host, &host.Entries[1]); problem == "" {
			if _, err := client.ParseServerName(h.Text); err != nil {
				t.Errorf("%s as host: %s", h.Name, command)
			}
		}
		address := oneRequest(h.Text, r)
		if command, problem := story.Curl(address, &address.Entries[1]); problem == "" && h.Text != "" {
			t.Errorf("%s as address: %s", h.Name, command)
		}
	}
}
