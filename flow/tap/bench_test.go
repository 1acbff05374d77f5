package tap_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/flow/tap"
)

// BenchmarkPassing has the same requests go through a tap and through the reverse proxy of the standard library, in
// turns, in one run: those of joins, of which the answers are kept, and others. The figure is the median of what
// they take through the tap, divided by that through the other: at most 1.1 is wanted of small ones, and of large
// ones, where it is the throughput, at most 1/0.9. What is done with a join once it has passed is waited for before
// the next one.
func BenchmarkPassing(b *testing.B) {
	for _, size := range []int{1 << 10, 64 << 10, 4 << 20} {
		body := bytes.Repeat([]byte("x"), size)
		upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			_, _ = w.Write(body)
		}))
		b.Cleanup(upstream.Close)
		to, err := url.Parse(upstream.URL)
		if err != nil {
			b.Fatal(err)
		}
		beside := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
		}}
		plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).EnableFullDuplex() // otherwise some of its answers break off
			beside.ServeHTTP(w, r)
		}))
		b.Cleanup(plain.Close)
		s, err := tap.Open(b.Context(), tap.Options{Listen: "127.0.0.1:0", Upstream: upstream.URL, Quiet: time.Millisecond})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(s.Close)
		for _, kept := range []bool{true, false} {
			path := "/_matrix/federation/v1/send/1"
			if kept {
				path = "/_matrix/federation/v2/send_join/!r:x/$e"
			}
			settle := func() {
				for c := s.Watcher().Counts(); kept && c.Over < c.Joins || kept && c.Joins == 0; c = s.Watcher().Counts() {
					time.Sleep(time.Millisecond)
				}
			}
			b.Run(fmt.Sprintf("%dKiB/kept=%v", size>>10, kept), func(b *testing.B) {
				var through, beside []time.Duration
				for i := 0; b.Loop(); i++ {
					if i > 0 {
						settle()
					}
					if i%2 == 0 { // neither is always the second
						through = append(through, fetch(b, "http://"+s.Addr().String()+path, size))
						beside = append(beside, fetch(b, plain.URL+path, size))
					} else {
						beside = append(beside, fetch(b, plain.URL+path, size))
						through = append(through, fetch(b, "http://"+s.Addr().String()+path, size))
					}
				}
				a, p := median(through), median(beside)
				b.ReportMetric(float64(a)/float64(p), "tap/plain")
				b.ReportMetric(float64(a.Microseconds()), "tap-µs")
				b.ReportMetric(float64(p.Microseconds()), "plain-µs")
			})
		}
	}
}

// fetch takes the time of one request.
func fetch(b *testing.B, url string, size int) time.Duration {
	began := time.Now()
	q, err := http.NewRequest("PUT", url, strings.NewReader(`{"state_key":"@a:joining.example"}`))
	if err != nil {
		b.Fatal(err)
	}
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Body.Close()
	if n, err := io.Copy(io.Discard, r.Body); err != nil || n != int64(size) {
		b.Fatal(n, err)
	}
	return time.Since(began)
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
