package client

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// aloneVar has a test binary be a listener, and nothing else, so that what it takes can be measured.
const aloneVar = "DOORSTEP_TEST_LISTENER"

func TestMain(m *testing.M) {
	if os.Getenv(aloneVar) != "" {
		if err := listenAlone(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// listenAlone listens until its input ends, and says where.
func listenAlone() error {
	certificate, err := SelfSigned(time.Now(), "127.0.0.1")
	if err != nil {
		return err
	}
	key, err := GenerateKey()
	if err != nil {
		return err
	}
	l, err := Listen(context.Background(), ListenerConfig{Addr: "127.0.0.1:0", Certificate: certificate,
		Identity: &Identity{ServerName: "joining.example", Key: key},
		Keys: func(context.Context, string, string) (ed25519.PublicKey, error) {
			return nil, errors.New("nobody is asked")
		}})
	if err != nil {
		return err
	}
	defer l.Close()
	fmt.Println(l.Addr())
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// An alone is a listener in a process of its own.
type alone struct {
	addr string
	pid  int
}

// startAlone starts a listener in a process of its own, which ends with the test.
func startAlone(t testing.TB) alone {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), aloneVar+"=1")
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
	t.Cleanup(func() {
		stdin.Close()
		cmd.Wait()
	})
	addr, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return alone{strings.TrimSpace(addr), cmd.Process.Pid}
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
type stranger func(ctx context.Context, dial func() (net.Conn, error), secure func() (*tls.Conn, error))

// strangers are ways to hold a connection.
var strangers = map[string]stranger{
	"idle": func(ctx context.Context, dial func() (net.Conn, error), _ func() (*tls.Conn, error)) {
		if c, err := dial(); err == nil {
			hold(ctx, c)
		}
	},
	"half_a_TLS_handshake": func(ctx context.Context, dial func() (net.Conn, error), _ func() (*tls.Conn, error)) {
		if c, err := dial(); err == nil {
			io.WriteString(c, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03") // the beginning of a ClientHello
			hold(ctx, c)
		}
	},
	"slow_head": func(ctx context.Context, _ func() (net.Conn, error), secure func() (*tls.Conn, error)) {
		if c, err := secure(); err == nil {
			io.WriteString(c, "GET /_matrix/key/v2/server HTTP/1.1\r\nHost: a\r\nX-")
			dribble(ctx, c)
		}
	},
	"fat_head": func(ctx context.Context, _ func() (net.Conn, error), secure func() (*tls.Conn, error)) {
		if c, err := secure(); err == nil {
			io.WriteString(c, "GET /_matrix/key/v2/server HTTP/1.1\r\nHost: a\r\nX-"+strings.Repeat("a", 60<<10))
			dribble(ctx, c)
		}
	},
	"slow_body": func(ctx context.Context, _ func() (net.Conn, error), secure func() (*tls.Conn, error)) {
		if c, err := secure(); err == nil {
			io.WriteString(c, "PUT /_matrix/federation/v2/invite/r/e HTTP/1.1\r\nHost: a\r\n"+claimed+
				"Content-Length: 60000\r\n\r\n"+strings.Repeat(" ", 59000))
			dribble(ctx, c)
		}
	},
	"large_body": func(ctx context.Context, _ func() (net.Conn, error), secure func() (*tls.Conn, error)) {
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
	"keep_alive": func(ctx context.Context, _ func() (net.Conn, error), secure func() (*tls.Conn, error)) {
		if c, err := secure(); err == nil {
			io.WriteString(c, "GET /_matrix/key/v2/server HTTP/1.1\r\nHost: a\r\n\r\n")
			hold(ctx, c)
		}
	},
	"slow_reader": func(ctx context.Context, _ func() (net.Conn, error), secure func() (*tls.Conn, error)) {
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

// press has so many strangers of a kind come to addr from so many addresses, again and again, until ctx ends, and
// returns when each has come once. What it started has ended when wait returns.
func press(ctx context.Context, addr string, kind stranger, many, from int) (wait func()) {
	var began, all sync.WaitGroup
	for i := range many {
		began.Add(1)
		all.Add(1)
		go func() {
			defer all.Done()
			come := sync.OnceFunc(began.Done)
			defer come()
			dial := func() (net.Conn, error) {
				defer come()
				return dialFrom(ctx, addr, i%from)
			}
			secure := func() (*tls.Conn, error) {
				c, err := dial()
				if err != nil {
					return nil, err
				}
				secured := tls.Client(c, &tls.Config{InsecureSkipVerify: true})
				ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
				defer cancel()
				if err := secured.HandshakeContext(ctx); err != nil {
					c.Close()
					return nil, err
				}
				return secured, nil
			}
			for ctx.Err() == nil {
				kind(ctx, dial, secure)
				select {
				case <-ctx.Done():
				case <-time.After(5 * time.Second): // it comes again, and does not give up
				}
			}
		}()
	}
	began.Wait()
	return all.Wait
}

// dialFrom connects from an address on loopback that is nobody else's; where the system has but one, from that.
func dialFrom(ctx context.Context, addr string, i int) (net.Conn, error) {
	d := net.Dialer{Timeout: 10 * time.Second}
	if runtime.GOOS == "linux" {
		d.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, byte(1+i/250), byte(1+i%250))}
	}
	return d.DialContext(ctx, "tcp", addr)
}

// fetch asks for the key document as a server does that has not called before, and returns how long that took.
func fetch(addr string) (time.Duration, error) {
	begun := time.Now()
	asker := http.Client{Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	res, err := asker.Get("https://" + addr + "/_matrix/key/v2/server")
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	doc, err := io.ReadAll(res.Body)
	if err == nil && !strings.Contains(string(doc), `"verify_keys"`) {
		err = fmt.Errorf("status %d: %.100q", res.StatusCode, doc)
	}
	return time.Since(begun), err
}

// What the key document takes while 500 strangers hold connections, a kind at a time, and all kinds together: from 20
// addresses, of which each may have more connections than one may, and from one. Memory is that of the listener's whole
// process, at its peak.
func BenchmarkListenerUnderLoad(b *testing.B) {
	for _, name := range append(sortedKeys(strangers), "all") {
		for _, from := range []int{20, 1} {
			b.Run(fmt.Sprintf("%s/from=%d", name, from), func(b *testing.B) {
				l := startAlone(b)
				ctx, cancel := context.WithCancel(b.Context())
				waits := []func(){}
				for kind, s := range strangers {
					if name == kind || name == "all" {
						waits = append(waits, press(ctx, l.addr, s, 500, from))
					}
				}
				defer func() {
					cancel()
					for _, wait := range waits {
						wait()
					}
				}()
				time.Sleep(time.Second)
				var took []time.Duration
				failed := 0
				for b.Loop() {
					d, err := fetch(l.addr)
					if err != nil {
						failed++
						b.Log(err)
						continue
					}
					took = append(took, d)
					time.Sleep(10 * time.Millisecond)
				}
				slices.Sort(took)
				at := func(p int) float64 {
					if len(took) == 0 {
						return 0
					}
					return float64(took[(len(took)-1)*p/100].Microseconds()) / 1000
				}
				b.ReportMetric(at(50), "p50-ms")
				b.ReportMetric(at(99), "p99-ms")
				b.ReportMetric(float64(failed), "failed")
				if mib, ok := l.peak(); ok {
					b.ReportMetric(mib, "peak-MiB")
				}
			})
		}
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
