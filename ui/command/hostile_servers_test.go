package command

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"doorstep/client/freeport"
	"doorstep/render/rendertest"
)

// A hostileServer answers every request, over TLS or without, with a text wherever a server can put one: its
// certificate, the status line, header fields, and every member of what it says.
type hostileServer struct {
	text    string // as Go's own library never writes it: byte for byte
	address string
	ca      string // file of the authority; empty without TLS
	cert    string // name of the files with its certificate and key, without .crt and .key
	asked   func() int
}

// inLine is a text as a line of a head can have it.
func inLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\u202e\u009b"))
}

// newHostileServer starts one; name is what its certificate is for beside the text.
func newHostileServer(t *testing.T, name, text string, secure bool) *hostileServer {
	t.Helper()
	return startHostile(t, name, text, secure, func(path string) string { return hostileAnswer(text, path) })
}

// startHostile starts one that answers as it is told to, head and all.
func startHostile(t *testing.T, name, text string, secure bool, answer func(path string) string) *hostileServer {
	t.Helper()
	s := &hostileServer{text: text}
	var l net.Listener
	var err error
	if secure {
		certificate := s.certificates(t, name)
		l, err = tls.Listen("tcp4", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	} else {
		l, err = net.Listen("tcp4", "127.0.0.1:0")
	}
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	n := 0
	s.asked = func() int { mu.Lock(); defer mu.Unlock(); return n }
	s.address = l.Addr().String()
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				c.SetDeadline(time.Now().Add(10 * time.Second))
				in := bufio.NewReader(c)
				for {
					r, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					io.Copy(io.Discard, r.Body)
					mu.Lock()
					n++
					mu.Unlock()
					if _, err := io.WriteString(c, answer(r.URL.Path)); err != nil {
						return
					}
				}
			}()
		}
	}()
	return s
}

// inJSON is a text as a string of JSON: nothing is escaped that need not be, and what is no UTF-8 stays so.
func inJSON(text string) string {
	var quoted strings.Builder
	for _, c := range []byte(text) {
		switch {
		case c < ' ':
			fmt.Fprintf(&quoted, `\u%04x`, c)
		case c == '"', c == '\\':
			quoted.WriteString(`\` + string(c))
		default:
			quoted.WriteByte(c)
		}
	}
	return `"` + quoted.String() + `"`
}

// hostileAnswer is what is said to a request of that path.
func hostileAnswer(text, path string) string {
	q := inJSON(text)
	status, body := 403, `{"errcode":`+q+`,"error":`+q+`,"room_version":`+q+`,`+q+`:`+q+`}`
	switch {
	case strings.Contains(path, "/key/"):
		status, body = 200, `{"server_name":`+q+`,"valid_until_ts":9999999999999,`+q+`:`+q+`,"verify_keys":{`+q+`:{"key":`+q+`},`+
			`"ed25519:`+q[1:]+`:{"key":`+q+`}},"old_verify_keys":{`+q+`:{"key":`+q+`,"expired_ts":1}},"signatures":{`+
			q+`:{`+q+`:`+q+`}}}`
	case strings.HasSuffix(path, "/version"), strings.HasSuffix(path, "/versions"):
		status, body = 200, `{"server":{"name":`+q+`,"version":`+q+`},"versions":[`+q+`],`+q+`:`+q+`}`
	case strings.Contains(path, "/.well-known/"):
		status, body = 200, `{"m.server":`+q+`}`
	case strings.Contains(path, "/query/directory"), strings.Contains(path, "/directory/"):
		status, body = 200, `{"room_id":"!a:hs.example","servers":[`+q+`,"hs.example"],`+q+`:`+q+`}`
	}
	line := inLine(text)
	return fmt.Sprintf("HTTP/1.1 %[1]d %[2]s\r\nServer: %[2]s\r\nX-Odd: %[2]s\r\nLocation: https://%[2]s/\r\n"+
		"Content-Type: application/json; x=%[2]s\r\nDate: %[2]s\r\nRetry-After: %[2]s\r\nContent-Length: %[3]d\r\n\r\n%[4]s",
		status, line, len(body), body)
}

// certificates makes an authority and a certificate whose names hold the text as well, and writes both.
func (s *hostileServer) certificates(t *testing.T, name string) tls.Certificate {
	t.Helper()
	dir := t.TempDir()
	s.ca, s.cert = filepath.Join(dir, "ca.pem"), filepath.Join(dir, "server")
	ascii := strings.Map(func(r rune) rune { // as a DNS name in a certificate can be
		if r > 0x7f || r == 0 {
			return -1
		}
		return r
	}, s.text)
	valid := strings.ToValidUTF8(s.text, "?")
	subject := pkix.Name{CommonName: valid, Organization: []string{valid}}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: subject, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	root, err := x509.CreateCertificate(rand.Reader, template, template, rootKey.Public(), rootKey)
	if err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: subject, NotBefore: template.NotBefore,
		NotAfter: template.NotAfter, DNSNames: []string{name, ascii + ".example"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, template, key.Public(), rootKey)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{s.ca: {Type: "CERTIFICATE", Bytes: root},
		s.cert + ".crt": {Type: "CERTIFICATE", Bytes: der}, s.cert + ".key": {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// seenAs is what every text begins with, so that it is seen which outputs have one.
const seenAs = "zq7zq"

// shows reports whether a text is in what a run left behind, as it has to be where it can stand in JSON.
func (s spoken) shows(text string) bool {
	return strings.Contains(s.stdout+s.stderr, seenAs) || !utf8.ValidString(text)
}

// each runs a test for each sort of text that a server may send, but for what is merely long.
func each(t *testing.T, run func(t *testing.T, text string)) {
	for _, k := range rendertest.Spellings() {
		if k.Name != "long" {
			t.Run(k.Name, func(t *testing.T) { run(t, seenAs+k.Text) })
		}
	}
}

// outputs are the forms in which a command is asked for what it has to say.
var outputs = [][]string{{"--plain"}, {"--json", "--all-checks"}, {"--ndjson"}}

// Whatever a server says wherever it can, a check of it and a join by it are told in lines and JSON that are harmless,
// its certificate refused or not.
func TestHostileServersAsked(t *testing.T) {
	each(t, func(t *testing.T, text string) {
		s := newHostileServer(t, "hs.example", text, true)
		where := []string{"--resolve", "hs.example:8448:" + s.address, "--allow-private", "--timeout", "10s", "--no-record"}
		for _, form := range outputs {
			for _, args := range [][]string{
				{"check", "hs.example", "--ca", s.ca},
				{"check", "hs.example"}, // nobody vouches for the certificate
				{"join", "#a:hs.example", "--user", "@me:127.0.0.1:1", "--ca", s.ca, "--yes", "--probe", "--leave"},
				{"join", "!a:hs.example", "--user", "@me:127.0.0.1:1", "--insecure", "--yes", "--via",
					"hs.example"},
			} {
				if form[0] == "--ndjson" && args[0] == "join" {
					continue
				}
				out := said(slices.Concat(args, where, form)...)
				out.harmless(t)
				if !out.shows(text) {
					t.Errorf("%q shows nothing of it: %s%s", args, out.stdout, out.stderr)
				}
			}
		}
		if s.asked() < 10 {
			t.Errorf("it was asked %d times", s.asked())
		}
	})
}

// labAt configures a homeserver of a lab, and has it be whoever serves at an address. It returns its folder, and the
// command line that configures it anew.
func labAt(t *testing.T, address string) (dir string, again []string) {
	t.Helper()
	again = []string{"lab", "synapse", filepath.Join(t.TempDir(), "lab"), "--force", "--port", fmt.Sprint(freeport.Port(t)),
		"--proxy", fmt.Sprint(freeport.Port(t))}
	if out := said(again...); out.stderr != "" {
		t.Fatal(out.stderr)
	}
	dir = filepath.Join(again[2], "synapse")
	file := filepath.Join(dir, "lab.json")
	var about map[string]any
	b, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, &about)
	}
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(address)
	about["plain_port"] = json.Number(port)
	if b, err = json.Marshal(about); err == nil {
		err = os.WriteFile(file, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir, again
}

// A homeserver of a lab is a server like any other to whoever has its user join by it.
func TestHostileServersOfLab(t *testing.T) {
	each(t, func(t *testing.T, text string) {
		s := newHostileServer(t, "", text, false)
		dir, _ := labAt(t, s.address)
		for _, args := range [][]string{{"lab", "room", dir}, {"lab", "join", "#a:hs.example", dir},
			{"lab", "join", "#a:hs.example", dir, "--json"}} {
			out := said(args...)
			if out.harmless(t); !out.shows(text) {
				t.Errorf("%q shows nothing of it: %s%s", args, out.stdout, out.stderr)
			}
		}
		if s.asked() == 0 {
			t.Error("it was never asked")
		}
	})
}

// wellKnown are answers to the question where a name leads that have a text wherever they can: in the document, its
// head, and where it is said to have gone.
func wellKnown(text string) map[string]string {
	q, line := inJSON(text), inLine(text)
	say := func(status, more, body string) string {
		return fmt.Sprintf("HTTP/1.1 %s %s\r\n%sServer: %[2]s\r\nCache-Control: max-age=%[2]s, %[2]s\r\nExpires: %[2]s\r\n"+
			"Age: %[2]s\r\nContent-Type: %[2]s\r\nContent-Length: %[4]d\r\n\r\n%[5]s", status, line, more, len(body), body)
	}
	return map[string]string{
		"named":    say("200", "", `{"m.server":`+q+`,`+q+`:[`+q+`]}`),
		"within":   say("200", "", `{"m.server":"a`+q[1:len(q)-1]+`.example:8448"}`),
		"good":     say("200", "", `{"m.server":"hs2.example:8448",`+q+`:`+q+`}`),
		"raw":      say("200", "", text),
		"none":     say("404", "", text),
		"gone":     say("302", "Location: "+line+"\r\n", ""),
		"gone far": say("302", "Location: https://"+line+".example/"+line+"\r\n", ""),
		"gone on":  say("302", "Location: /"+line+"\r\n", ""),
		"no HTTP":  line + "\r\n\r\n",
	}
}

// Whatever is said of where a name leads, a check of it and a join by it tell that in lines and JSON that are harmless,
// and so is what is recorded.
func TestHostileServersDelegating(t *testing.T) {
	each(t, func(t *testing.T, text string) {
		showed, n := 0, 0
		documents := wellKnown(text)
		for _, name := range slices.Sorted(maps.Keys(documents)) {
			document := documents[name]
			s := startHostile(t, "hs.example", text, true, func(path string) string {
				if strings.HasPrefix(path, "/_matrix/") {
					return hostileAnswer(text, path)
				}
				return document
			})
			record := filepath.Join(t.TempDir(), "r.jsonl")
			for _, args := range [][]string{{"check", "hs.example", "--no-record"},
				{"join", "#a:hs.example", "--user", "@me:127.0.0.1:1", "--insecure", "--dry-run", "--record", record}} {
				n++
				args = slices.Concat(args, []string{"--ca", s.ca, "--allow-private", "--timeout", "10s", "--resolve",
					"hs.example:443:" + s.address, "--resolve", "hs.example:8448:" + s.address, "--resolve",
					"hs2.example:8448:" + s.address}, outputs[(n/2+n)%2]) // every document in one of them
				out := said(args...)
				if out.harmless(t); out.shows(text) {
					showed++
				}
			}
			recordIsHarmless(t, record)
			if s.asked() == 0 {
				t.Errorf("%s: nobody was asked", name)
			}
		}
		if showed < n/2 {
			t.Errorf("of %d runs %d show something of it", n, showed)
		}
	})
}

// recordIsHarmless errs where a recording is not one of lines that a terminal takes for nothing.
func recordIsHarmless(t *testing.T, file string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err == nil {
		err = linesOfJSON(b)
	}
	if err != nil {
		t.Error(err)
	}
}

// call sends one request as it stands, and returns what came, or nothing where nobody listens yet.
func call(address, request string) string {
	c, err := tls.Dial("tcp4", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		return ""
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(c, request); err != nil {
		return ""
	}
	came, _ := io.ReadAll(c)
	return string(came)
}

// escaped is a text within a path.
func escaped(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// requests are those of a joining server that puts a text wherever it can: the path, the query, the header, the body.
func requests(text string) []string {
	line, in := inLine(text), escaped(text)
	q, _ := json.Marshal(strings.ToValidUTF8(text, "\u202e"))
	head := fmt.Sprintf("Host: %s\r\nUser-Agent: %s\r\nX-Forwarded-For: %s\r\nConnection: close\r\n", "hs.example", line, line)
	auth := fmt.Sprintf("Authorization: X-Matrix origin=\"me.example\",destination=\"%[1]s\",key=\"ed25519:%[1]s\","+
		"sig=\"%[1]s\"\r\n", strings.ReplaceAll(line, `"`, ""))
	body := `{"type":` + string(q) + `,"sender":` + string(q) + `,"content":{` + string(q) + `:` + string(q) + `}}`
	var out []string
	for _, target := range []string{"/_matrix/federation/v1/query/directory?room_alias=%23" + in + "%3Ahs.example",
		"/_matrix/federation/v1/make_join/%21" + in + ":hs.example/%40" + in + ":me.example?ver=" + in,
		"/_matrix/federation/v1/make_join/%21a:hs.example/%40" + in + ":me.example?ver=11&" + in + "=" + in, "/" + in,
		"/_matrix/federation/v1/make_join/%21a:hs.example/%40me:me.example?ver=" + in + "&" + in + "=" + in} {
		out = append(out, "GET "+target+" HTTP/1.1\r\n"+head+auth+"\r\n")
	}
	return append(out, fmt.Sprintf("PUT /_matrix/federation/v2/send_join/%%21%s:hs.example/%%24%s?x=%s HTTP/1.1\r\n%s%s"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", in, in, in, head, auth, len(body), body))
}

// Whatever passes a tap, from either side, what it says, what it keeps and what its files are called is harmless.
func TestHostileJoinerBeforeTap(t *testing.T) {
	each(t, func(t *testing.T, text string) {
		upstream := newHostileServer(t, "hs.example", text, true)
		for _, form := range outputs[:2] {
			address, kept := freeport.Address(t), t.TempDir()
			done := make(chan spoken)
			go func() {
				done <- said(append([]string{"tap", "--listen", address, "--upstream", "https://" + upstream.address,
					"--upstream-name", "hs.example", "--ca", upstream.ca, "--tls-cert", upstream.cert + ".crt", "--tls-key",
					upstream.cert + ".key", "--once", "--quiet", "300ms", "--record", kept, "--fetch-keys", "--allow-private"}, form...)...)
			}()
			askedOf(t, address, text)
			overAndHarmless(t, done, text)
			files, err := os.ReadDir(kept)
			if err != nil || len(files) == 0 {
				t.Fatalf("%d recordings, %v", len(files), err)
			}
			for _, f := range files {
				if strings.Trim(f.Name(), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") != "" {
					t.Errorf("a file is called %q", f.Name())
				}
				b, err := os.ReadFile(filepath.Join(kept, f.Name()))
				if err != nil {
					t.Fatal(err)
				}
				if err := linesOfJSON(b); err != nil || !bytes.Contains(b, []byte(seenAs)) {
					t.Errorf("%s: nothing of it is kept, or %v", f.Name(), err)
				}
			}
			if upstream.asked() == 0 {
				t.Error("nothing passed")
			}
		}
	})
}

// Nor is anything of what a joining server asks of rooms that are hosted here.
func TestHostileJoinerHosted(t *testing.T) {
	each(t, func(t *testing.T, text string) {
		for _, form := range outputs[:2] {
			port := fmt.Sprint(freeport.Port(t))
			done := make(chan spoken)
			go func() {
				done <- said(append([]string{"host", "public-v12", "--listen", "127.0.0.1:" + port, "--insecure", "--once", "--quiet",
					"300ms", "--no-record", "--user", "@me:127.0.0.1:1"}, form...)...)
			}()
			askedOf(t, "127.0.0.1:"+port, text)
			overAndHarmless(t, done, text)
		}
	})
}

// askedOf sends the requests of a hostile joining server to an address.
func askedOf(t *testing.T, address, text string) {
	t.Helper()
	askedBy(t, address, requests(text))
}

// askedBy sends requests to an address, each once somebody answers there.
func askedBy(t *testing.T, address string, requests []string) {
	t.Helper()
	for _, r := range requests {
		for until := time.Now().Add(time.Minute); call(address, r) == ""; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(until) {
				t.Fatal("nobody listens")
			}
		}
	}
}

// overAndHarmless waits for the end of a command that saw a join, which shows something of a text, and nothing of it that
// does harm.
func overAndHarmless(t *testing.T, done <-chan spoken, text string) {
	t.Helper()
	out := over(t, done)
	if out.harmless(t); !out.shows(text) {
		t.Errorf("it shows nothing of it: %s%s", out.stdout, out.stderr)
	}
}

// over waits for the end of a command, and returns what it said.
func over(t *testing.T, done <-chan spoken) spoken {
	t.Helper()
	select {
	case out := <-done:
		return out
	case <-time.After(time.Minute):
		t.Fatal("no join was seen to be over")
		return spoken{}
	}
}
