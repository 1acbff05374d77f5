package client

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// aloneVar has a test binary do one part of a test alone, so that what it takes can be measured.
const aloneVar = "DOORSTEP_TEST_ALONE"

// A part is what a process does alone, until its input ends.
type part struct {
	Does   string // listen, serve: what is listened with; press
	AtOnce int    // of a listener
	Crowd  crowd  // who presses
}

func TestMain(m *testing.M) {
	if does := os.Getenv(aloneVar); does != "" {
		var p part
		err := json.Unmarshal([]byte(does), &p)
		if err == nil {
			err = p.run()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// run does the part until the input ends. A listener says first where it is, and a crowd at the end how often it came.
func (p part) run() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if p.Does == "press" {
		var count came
		p.Crowd.press(ctx, &count)
		fmt.Println("there")
		_, err := io.Copy(io.Discard, os.Stdin)
		fmt.Println(count.dials.Load(), count.handshakes.Load()) // and the process ends, and with it who presses
		return err
	}
	certificate, err := SelfSigned(time.Now(), "127.0.0.1")
	if err != nil {
		return err
	}
	addr, stop, err := p.listen(ctx, certificate)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Println(addr)
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// listen listens as we do, or as a server does that does nothing but answer.
func (p part) listen(ctx context.Context, certificate tls.Certificate) (addr net.Addr, stop func(), err error) {
	if p.Does == "serve" {
		tcp, err := ListenTCP(ctx, "127.0.0.1:0")
		if err != nil {
			return nil, nil, err
		}
		s := &http.Server{
			Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				io.WriteString(w, `{"verify_keys":{}}`)
			}),
			TLSConfig: &tls.Config{Certificates: []tls.Certificate{certificate}},
			ErrorLog:  log.New(io.Discard, "", 0),
		}
		go s.ServeTLS(tcp, "", "")
		return tcp.Addr(), func() { s.Close() }, nil
	}
	key, err := GenerateKey()
	if err != nil {
		return nil, nil, err
	}
	l, err := Listen(ctx, ListenerConfig{Addr: "127.0.0.1:0", Certificate: certificate, atOnce: p.AtOnce,
		Identity: &Identity{ServerName: "joining.example", Key: key},
		Keys:     nobodyIsAsked})
	if err != nil {
		return nil, nil, err
	}
	return l.Addr(), l.Close, nil
}

// nobodyIsAsked has invites looked into, and no key found.
func nobodyIsAsked(context.Context, string, string) (ed25519.PublicKey, error) {
	return nil, errors.New("nobody is asked")
}

// An alone is a part that a process of its own does.
type alone struct {
	said string // the first line of it
	pid  int
	end  func() string // ends it, and returns what it said at last
}

// startAlone has a process of its own do a part until the test ends.
func startAlone(t testing.TB, p part) alone {
	t.Helper()
	does, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), aloneVar+"="+string(does))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	says := bufio.NewReader(stdout)
	end := sync.OnceValue(func() string {
		stdin.Close()
		last, _ := io.ReadAll(says)
		cmd.Wait()
		return string(last)
	})
	t.Cleanup(func() { end() })
	said, err := says.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return alone{strings.TrimSpace(said), cmd.Process.Pid, end}
}

// used is how long processors have worked for the process; false where the system does not say.
func (a alone) used() (cpu time.Duration, ok bool) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", a.pid))
	if err != nil {
		return 0, false
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0, false
	}
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, err1 == nil && err2 == nil // of USER_HZ, which is 100
}

// peak is the most memory the process has had at once, in MiB; false where the system does not say.
func (a alone) peak() (mib float64, ok bool) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", a.pid))
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(status)) {
		var kib float64
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kib); n == 1 {
			return kib / 1024, true
		}
	}
	return 0, false
}

// A stranger holds a connection to a listener as long as it can, in a way of its own. dial opens one; secure one over
// TLS.
type (
	stranger func(ctx context.Context, dial dialer, secure securer)
	dialer   func() (net.Conn, error)
	securer  func() (*tls.Conn, error)
)

// strangers are ways to hold a connection.
var strangers = map[string]stranger{
	"idle": func(ctx context.Context, dial dialer, _ securer) {
		if c, err := dial(); err == nil {
			hold(ctx, c)
		}
	},
	"half_a_TLS_handshake": func(ctx context.Context, dial dialer, _ securer) {
		if c, err := dial(); err == nil {
			io.WriteString(c, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03") // the beginning of a ClientHello
			hold(ctx, c)
		}
	},
	"slow_head": func(ctx context.Context, _ dialer, secure securer) {
		if c, err := secure(); err == nil {
			io.WriteString(c, "GET /_matrix/key/v2/server HTTP/1.1\r\nHost: a\r\nX-")
			dribble(ctx, c)
		}
	},
	"fat_head": func(ctx context.Context, _ dialer, secure securer) {
		if c, err := secure(); err == nil {
			io.WriteString(c, "GET /_matrix/key/v2/server HTTP/1.1\r\nHost: a\r\nX-"+strings.Repeat("a", 60<<10))
			dribble(ctx, c)
		}
	},
	"slow_body": func(ctx context.Context, _ dialer, secure securer) {
		if c, err := secure(); err == nil {
			io.WriteString(c, "PUT /_matrix/federation/v2/invite/r/e HTTP/1.1\r\nHost: a\r\n"+claimed+
				"Content-Length: 60000\r\n\r\n"+strings.Repeat(" ", 59000))
			dribble(ctx, c)
		}
	},
	"large_body": func(ctx context.Context, _ dialer, secure securer) {
		if c, err := secure(); err == nil {
			io.WriteString(c, "PUT /_matrix/federation/v1/send/1 HTTP/1.1\r\nHost: a\r\n"+claimed+
				"Content-Length: 13000000\r\n\r\n")
			for range 800 {
				if _, err := c.Write(make([]byte, 16<<10)); err != nil {
					break
				}
			}
			hold(ctx, c)
		}
	},
	"keep_alive": func(ctx context.Context, _ dialer, secure securer) {
		if c, err := secure(); err == nil {
			io.WriteString(c, "GET /_matrix/key/v2/server HTTP/1.1\r\nHost: a\r\n\r\n")
			hold(ctx, c)
		}
	},
	"slow_reader": func(ctx context.Context, _ dialer, secure securer) {
		c, err := secure()
		if err != nil {
			return
		}
		defer c.Close()
		defer context.AfterFunc(ctx, func() { c.Close() })()
		c.NetConn().(*net.TCPConn).SetReadBuffer(4 << 10)
		for range 500 { // until nothing fits in between any more
			if _, err := io.WriteString(c, "GET /_matrix/key/v2/server HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
				return
			}
		}
		<-ctx.Done()
	},
}

// askForKeys is a request for the key document, but for the end of its head.
const askForKeys = "GET /_matrix/key/v2/server HTTP/1.1\r\nHost: a\r\n"

// sendChunks begins an invite whose body comes in chunks.
const sendChunks = "PUT /_matrix/federation/v2/invite/r/e HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"

// tooMuch is what HTTP allows, or nearly, and more of it than anybody needs: a text, and another one many times.
var tooMuch = map[string]struct {
	first, then string
	times       int
	status      int // of the first answer
}{
	"huge_URL":         {"GET /", pieces("a"), 256, 431},
	"huge_field_name":  {askForKeys, pieces("a"), 256, 431},
	"many_fields":      {askForKeys, pieces("a: b\r\n"), 256, 431},
	"chunk_extensions": {sendChunks + claimed + "\r\n1;", pieces("a"), 256, 400},
	"trailers":         {sendChunks + claimed + "\r\n0\r\n", pieces("a: b\r\n"), 256, 400},
	"HTTP_2":           {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", pieces("\x00\x00\x00\x04\x00\x00\x00\x00\x00"), 256, 404},
	"expects_continue": {"PUT /_matrix/federation/v2/invite/r/e HTTP/1.1\r\nHost: a\r\n" + claimed +
		"Expect: 100-continue\r\nContent-Length: 60000\r\n\r\n", "", 0, 100},
	"pipelined": {"", strings.Repeat(askForKeys+"\r\n", 50), 20, 200},
}

// pieces is a text again and again, about 4 KiB.
func pieces(of string) string { return strings.Repeat(of, 4096/len(of)) }

func init() {
	for name, much := range tooMuch {
		strangers[name] = sends(much.first, much.then, much.times)
	}
	strangers["busy_keep_alive"] = func(ctx context.Context, _ dialer, secure securer) {
		c, err := secure()
		if err != nil {
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		go func() {
			for ctx.Err() == nil {
				if _, err := io.WriteString(c, askForKeys+"\r\n"); err != nil {
					return
				}
				select {
				case <-time.After(4 * time.Second): // sooner than idle connections are closed
				case <-ctx.Done():
				}
			}
		}()
		hold(ctx, c)
	}
}

// sends is a stranger that sends a text and then another one many times, and takes whatever is answered.
func sends(first, then string, times int) stranger {
	return func(ctx context.Context, _ dialer, secure securer) {
		c, err := secure()
		if err != nil {
			return
		}
		go func() {
			if _, err := io.WriteString(c, first); err != nil {
				return
			}
			for range times {
				if _, err := io.WriteString(c, then); err != nil {
					return
				}
			}
		}()
		hold(ctx, c)
	}
}

// hold keeps a connection until the other side closes it.
func hold(ctx context.Context, c net.Conn) {
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	io.Copy(io.Discard, c)
}

// dribble sends a byte now and then.
func dribble(ctx context.Context, c net.Conn) {
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	go func() {
		for {
			if _, err := io.WriteString(c, "a"); err != nil {
				return
			}
			time.Sleep(time.Second)
		}
	}()
	hold(ctx, c)
}

// A crowd is who comes to a listener, again and again.
type crowd struct {
	Addr  string
	Kinds []string
	Many  int           // of each kind
	From  int           // addresses that they come from; 0: from where the system has them come from
	Pause time.Duration // before who was sent away comes again
}

// came is how often strangers came.
type came struct {
	dials, handshakes atomic.Int64 // that ended well
}

// press has the crowd come until ctx ends, counts how often, and returns when each has come once. What it started has
// ended when wait returns.
func (c crowd) press(ctx context.Context, count *came) (wait func()) {
	var began, all sync.WaitGroup
	for _, kind := range c.Kinds {
		for i := range c.Many {
			began.Add(1)
			all.Add(1)
			come := sync.OnceFunc(began.Done)
			go func() {
				defer all.Done()
				defer come()
				c.comeAgain(ctx, strangers[kind], i, count, come)
			}()
		}
	}
	began.Wait()
	return all.Wait
}

// comeAgain has one stranger of the crowd come until ctx ends, and calls come when it has.
func (c crowd) comeAgain(ctx context.Context, s stranger, i int, count *came, come func()) {
	dial := func() (net.Conn, error) {
		defer come()
		from := -1
		if c.From > 0 {
			from = i % c.From
		}
		conn, err := dialFrom(ctx, c.Addr, from)
		if err == nil {
			count.dials.Add(1)
		}
		return conn, err
	}
	secure := func() (*tls.Conn, error) {
		conn, err := dial()
		if err != nil {
			return nil, err
		}
		secured := tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		if err := secured.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, err
		}
		count.handshakes.Add(1)
		return secured, nil
	}
	for ctx.Err() == nil {
		s(ctx, dial, secure)
		select {
		case <-ctx.Done():
		case <-time.After(c.Pause):
		}
	}
}

// dialFrom connects from an address on loopback that is nobody else's, the i-th; where the system has but one, or i is
// less than 0, from that.
func dialFrom(ctx context.Context, addr string, i int) (net.Conn, error) {
	d := net.Dialer{Timeout: 10 * time.Second}
	if runtime.GOOS == "linux" && i >= 0 {
		d.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, byte(1+i/250), byte(1+i%250))}
	}
	return d.DialContext(ctx, "tcp", addr)
}

// fetch asks for the key document as a server does that has not called before, and returns how long that took.
func fetch(addr string) (time.Duration, error) {
	begun := time.Now()
	asker := http.Client{Timeout: 5 * time.Minute, Transport: &http.Transport{DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	res, err := asker.Get("https://" + addr + "/_matrix/key/v2/server")
	if err != nil {
		return time.Since(begun), err
	}
	defer res.Body.Close()
	doc, err := io.ReadAll(res.Body)
	if err == nil && !strings.Contains(string(doc), `"verify_keys"`) {
		err = fmt.Errorf("status %d: %.100q", res.StatusCode, doc)
	}
	return time.Since(begun), err
}

// What the key document takes while 500 strangers of a kind hold connections, each of whom comes back five seconds
// after it was sent away; while 4000 of all kinds do, and while those come back after one; and while 500 come back at
// once, to have handshakes worked on. They come from 20 addresses, of which each may have more connections than one
// may, from one, and from that of who asks for the document, as behind a proxy. The listener is a process of its own,
// and so are the strangers, who come on the same machine. Memory is the most that the listener's process had. Besides,
// the same with no bound on what is worked on at once.
func BenchmarkListenerUnderLoad(b *testing.B) {
	all := sortedKeys(strangers)
	for _, name := range all {
		underLoad(b, name+"/from=20", part{}, crowd{Kinds: []string{name}, Many: 500, From: 20, Pause: 5 * time.Second})
		underLoad(b, name+"/from=1", part{}, crowd{Kinds: []string{name}, Many: 500, From: 1, Pause: 5 * time.Second})
	}
	for _, bound := range []int{0, 1 << 20} {
		underLoad(b, fmt.Sprintf("handshakes/from=20/back=0s/bound=%t", bound == 0), part{AtOnce: bound},
			crowd{Kinds: []string{"keep_alive"}, Many: 500, From: 20})
	}
	for _, pause := range []time.Duration{5 * time.Second, time.Second} {
		for _, from := range []int{20, 1, 0} {
			for _, bound := range []int{0, 1 << 20} {
				underLoad(b, fmt.Sprintf("all/from=%d/back=%s/bound=%t", from, pause, bound == 0), part{AtOnce: bound},
					crowd{Kinds: all, Many: 4000 / len(all), From: from, Pause: pause})
			}
		}
	}
}

// underLoad measures what the key document takes of a listener while a crowd presses.
func underLoad(b *testing.B, name string, listener part, crowd crowd) {
	b.Run(name, func(b *testing.B) {
		listener.Does = "listen"
		l := startAlone(b, listener)
		crowd.Addr = l.said
		begun := time.Now()
		strangers := startAlone(b, part{Does: "press", Crowd: crowd})
		var took []time.Duration
		failed := 0
		for b.Loop() {
			d, err := fetch(l.said)
			if err != nil {
				failed++
				b.Log(err)
				continue
			}
			took = append(took, d)
			time.Sleep(10 * time.Millisecond)
		}
		pressed := time.Since(begun).Seconds()
		cpu, known := l.used()
		var dials, handshakes float64
		fmt.Sscan(strangers.end(), &dials, &handshakes)
		b.ReportMetric(percentile(took, 50), "p50-ms")
		b.ReportMetric(percentile(took, 99), "p99-ms")
		b.ReportMetric(float64(failed), "failed")
		b.ReportMetric(dials/pressed, "strangers/s")
		b.ReportMetric(handshakes/pressed, "handshakes/s")
		if known {
			b.ReportMetric(100*cpu.Seconds()/pressed, "%cpu")
		}
		if mib, ok := l.peak(); ok {
			b.ReportMetric(mib, "peak-MiB")
		}
	})
}

// percentile is in milliseconds; 0 of nothing.
func percentile(took []time.Duration, p int) float64 {
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return float64(took[(len(took)-1)*p/100].Microseconds()) / 1000
}

// What a TLS handshake with an answer takes of a processor: of a server of the standard library that does nothing else,
// and of ours. It is the floor under what strangers can make a listener do.
func BenchmarkListenerHandshakes(b *testing.B) {
	for _, does := range []string{"serve", "listen"} {
		b.Run(does, func(b *testing.B) {
			l := startAlone(b, part{Does: does})
			for b.Loop() {
				if _, err := fetch(l.said); err != nil {
					b.Fatal(err)
				}
			}
			if cpu, ok := l.used(); ok {
				b.ReportMetric(float64(cpu.Microseconds())/float64(b.N), "µs-cpu/handshake")
			}
		})
	}
}

func sortedKeys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
