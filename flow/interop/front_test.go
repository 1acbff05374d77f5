package interop

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"sync"
	"testing"

	"doorstep/flow/interop/homeserver"
)

// A front stands before a homeserver and hands everything on, but for the first exchange with one endpoint.
type front struct {
	pin   string        // as --resolve has it, leads from the homeserver's name to the front
	taken chan struct{} // closed once the homeserver has given the answer that does not get through
}

// A fault is what a front does to the first exchange with its endpoint.
type fault int

const (
	keepsTheAnswer   fault = iota // until whoever asked hangs up
	cutsTheAnswer                 // the homeserver has answered; the connection ends in the middle of it
	emptiesTheAnswer              // the homeserver has answered; its status gets through, and nothing else
	answersNoContent              // the homeserver has answered; 204 gets through
	answersInstead                // the homeserver has answered; a gateway's page for 502 gets through
	cutsTheRequest                // the homeserver never hears of it; the connection ends without a word
	refusesInstead                // the homeserver never hears of it; a gateway's page for 502 is the answer
	numberOfFaults                // as many as there are
)

func (f fault) String() string {
	return [...]string{"keeps the answer", "cuts the answer", "empties the answer", "answers no content",
		"answers instead", "cuts the request", "refuses instead"}[f]
}

// reaches reports whether the homeserver hears of the request.
func (f fault) reaches() bool { return f < cutsTheRequest }

const gatewayPage = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n" +
	"<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"

func newFront(t *testing.T, s *homeserver.Server, endpoint string, fault fault) *front {
	t.Helper()
	f := &front{taken: make(chan struct{})}
	var once sync.Once
	proxy := &httputil.ReverseProxy{
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.Authority.Pool}},
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "https", s.Name, r.In.Host
		},
		ModifyResponse: func(answer *http.Response) error {
			if fault.reaches() && strings.Contains(answer.Request.URL.Path, "/"+endpoint+"/") {
				once.Do(func() { f.spoil(answer, fault) })
			}
			return nil
		},
		ErrorLog: log.New(io.Discard, "", 0), // the connection that is cut off
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		spoiled := false
		if !fault.reaches() && strings.Contains(r.URL.Path, "/"+endpoint+"/") {
			once.Do(func() { spoiled = true })
		}
		switch {
		case !spoiled:
			proxy.ServeHTTP(w, r)
		case fault == cutsTheRequest:
			panic(http.ErrAbortHandler)
		default:
			w.Header().Set("Server", "nginx")
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, gatewayPage)
		}
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	certificate, key := s.Authority.Issue(t, t.TempDir())
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	server.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	server.StartTLS()
	t.Cleanup(server.Close)
	f.pin = s.Name + ":" + server.Listener.Addr().String()
	return f
}

// spoil does to an answer of the homeserver's what the fault says.
func (f *front) spoil(answer *http.Response, fault fault) {
	close(f.taken)
	switch fault {
	case keepsTheAnswer:
		<-answer.Request.Context().Done()
	case cutsTheAnswer:
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(io.LimitReader(answer.Body, 100), broken{}), answer.Body}
	case emptiesTheAnswer:
		replace(answer, answer.StatusCode, "")
	case answersNoContent:
		replace(answer, http.StatusNoContent, "")
	case answersInstead:
		replace(answer, http.StatusBadGateway, gatewayPage)
	}
}

// replace leaves nothing of an answer but that it came.
func replace(answer *http.Response, status int, page string) {
	answer.Body.Close()
	answer.StatusCode, answer.Status = status, fmt.Sprintf("%d %s", status, http.StatusText(status))
	answer.Header = http.Header{"Server": {"nginx"}, "Content-Type": {"text/html"}}
	answer.ContentLength, answer.TransferEncoding = int64(len(page)), nil
	answer.Body = io.NopCloser(strings.NewReader(page))
}

// broken is what reading from a connection that was cut is like.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
