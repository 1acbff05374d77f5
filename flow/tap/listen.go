package tap

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/watch"
)

// A Standing is a tap that listens.
type Standing struct {
	*Tap
	Notice string // what is to be known before anything passes; empty: nothing

	addr   net.Addr
	server *http.Server
	served chan struct{}
}

// grace is how long answers under way may take to pass once a tap is closed.
const grace = 10 * time.Second

// Open has a tap listen. Errors are of type *Trouble; where there is none, Close must be called, which lets the answers
// under way pass. Joins are followed until then.
func Open(ctx context.Context, o Options) (*Standing, error) {
	s, err := o.settle()
	if err != nil {
		return nil, err
	}
	notice, err := s.probe(ctx)
	if err != nil {
		return nil, err
	}
	tcp, err := client.ListenTCP(ctx, s.Listen)
	if err != nil {
		return nil, &Trouble{CannotListen, err.Error()}
	}
	w := watch.New(context.WithoutCancel(ctx), watch.Options{Tool: o.Tool, Source: flow.SourceTap, By: o.Tool,
		OnJoin: o.OnJoin, OnOver: o.OnOver, Fetch: s.fetcher(), Quiet: o.Quiet, Now: o.Now})
	return stand(newTap(s, w), tcp, notice), nil
}

// stand serves what comes to a listener.
func stand(t *Tap, tcp net.Listener, notice string) *Standing {
	var speaks http.Protocols
	speaks.SetHTTP1(true)
	speaks.SetHTTP2(t.o.certificate != nil)
	s := &Standing{Tap: t, Notice: notice, addr: tcp.Addr(), served: make(chan struct{}), server: &http.Server{
		Handler:           client.Contain(t),
		ReadHeaderTimeout: headTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHead,
		Protocols:         &speaks,
		ErrorLog:          log.New(io.Discard, "", 0),
	}}
	if c := t.o.certificate; c != nil {
		s.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*c}, MinVersion: tls.VersionTLS12}
	}
	client.Attend(s.server)
	tcp = client.NewDoor(tcp, client.DoorBounds{All: t.o.Connections})
	client.Go(func() {
		defer close(s.served)
		if s.server.TLSConfig != nil {
			_ = s.server.ServeTLS(tcp, "", "") // ends by Close
			return
		}
		_ = s.server.Serve(tcp)
	})
	return s
}

// Addr is the address listened on.
func (s *Standing) Addr() net.Addr { return s.addr }

// Secure reports whether the tap speaks TLS.
func (s *Standing) Secure() bool { return s.server.TLSConfig != nil }

// Watcher is what follows the joins.
func (s *Standing) Watcher() *watch.Watcher { return s.watcher }

// Failing says why the upstream did not answer last, and how many requests it left without an answer.
func (s *Standing) Failing() (requests int64, why string) {
	if words := s.words.Load(); words != nil {
		why = *words
	}
	return s.failed.Load(), why
}

// Close stops listening, lets the answers under way pass, for a while, and ends the joins that are going on.
func (s *Standing) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if s.server.Shutdown(ctx) != nil {
		s.server.Close()
	}
	<-s.served
	s.proxy.Transport.(*http.Transport).CloseIdleConnections()
	s.queue.drain()
	s.watcher.Close()
}
