package engine

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"

	"doorstep/client"
)

// front starts the scenario's Front, which shows the joining server's certificate, and returns how the client reaches
// it; nil where there is no Front. stop must be called.
func (f *Federation) front(certificate tls.Certificate) (dial dialler, stop func(), err error) {
	front := f.Scenario.Front
	if front == (Front{}) {
		return nil, func() {}, nil
	}
	tcp, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, nil, fmt.Errorf("listen before %s: %w", f.joining, err)
	}
	upstream := make(chan string, 1)
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: f.Authority.Pool(), ServerName: f.joining, Time: f.Now,
			MinVersion: tls.VersionTLS12},
		ResponseHeaderTimeout: front.Patience,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			addr := <-upstream
			upstream <- addr
			return new(net.Dialer).DialContext(ctx, network, addr)
		},
	}
	proxy := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "https", Host: f.joining}) },
		Transport: transport,
		ErrorLog:  log.New(io.Discard, "", 0),
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			Page(504, "Gateway Time-out").write(w, 0)
		},
	}
	server := &http.Server{
		Handler: client.Contain(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case front.Instead != nil:
				front.Instead.write(w, 0)
			case front.LongestURI > 0 && len(r.RequestURI) > front.LongestURI:
				Page(414, "Request-URI Too Large").write(w, 0)
			default:
				proxy.ServeHTTP(w, r)
			}
		})),
		ErrorLog:          log.New(io.Discard, "", 0),
		ReadHeaderTimeout: headTime,
	}
	served := make(chan struct{})
	client.Go(func() {
		defer close(served)
		// The error says why it ended, and it ends for one reason: stop.
		_ = server.Serve(tls.NewListener(tcp, &tls.Config{Certificates: []tls.Certificate{certificate},
			MinVersion: tls.VersionTLS12}))
	})
	dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		select { // where the joining server listens is not known before somebody wants to go there
		case upstream <- addr:
		default:
		}
		return new(net.Dialer).DialContext(ctx, network, tcp.Addr().String())
	}
	return dial, func() {
		server.Close()
		transport.CloseIdleConnections()
		<-served
	}, nil
}
