package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"time"

	"doorstep/flow"
	"doorstep/flow/event"
)

// A Reply is an HTTP answer before it is written.
type Reply struct {
	Status int
	Reason string            // what the status line says after the code; empty: what is usual
	Header map[string]string // besides Content-Length; Content-Type follows from Body unless it is given here
	Body   any               // a string is sent as it is, anything else as JSON
}

// Refuse returns an error answer. Spec: server-server, API standards.
func Refuse(status int, errcode, text string) *Reply {
	return &Reply{Status: status, Body: Fields{"errcode": errcode, "error": text}}
}

// broken is the answer to a fault of our own.
func broken(err error) *Reply { return Refuse(500, "M_UNKNOWN", err.Error()) }

// A Prepared is an answer as it is written.
type Prepared struct {
	Status int
	Reason string      // empty: what is usual
	Header http.Header // besides Date
	Body   []byte
	flow.Delivery
}

// prepare makes the answer that a reply stands for.
func (r *Reply) prepare(cut int) Prepared {
	p := Prepared{Status: r.Status, Reason: r.Reason, Header: http.Header{}, Delivery: flow.Delivery{Cut: cut}}
	text, isText := r.Body.(string)
	p.Body = []byte(text)
	if !isText {
		p.Header.Set("Content-Type", "application/json")
		var err error
		if p.Body, err = encoded(r.Body); err != nil {
			p.Status, p.Body = 500, []byte(`{"errcode":"M_UNKNOWN","error":"Internal server error"}`)
		}
	}
	for name, value := range r.Header {
		p.Header.Set(name, value)
	}
	p.Header.Set("Content-Length", strconv.Itoa(len(p.Body)))
	return p
}

// broken reports whether not all of the body is sent.
func (p Prepared) broken() bool { return p.Cut > 0 && p.Cut < len(p.Body) }

// sent is what is sent of the body.
func (p Prepared) sent() []byte {
	if p.broken() {
		return p.Body[:p.Cut]
	}
	return p.Body
}

// write sends the answer, unless ctx ends while that takes its time.
func (p Prepared) write(ctx context.Context, w http.ResponseWriter) {
	maps.Copy(w.Header(), p.Header)
	if p.Header.Get("Content-Type") == "" {
		w.Header()["Content-Type"] = nil // the http package would guess one
	}
	if p.Reason != "" {
		p.hijack(w)
		return
	}
	w.WriteHeader(p.Status)
	p.writeBody(ctx, w)
	if p.broken() {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// hijack sends the answer as it is, with a status line that the http package would not write, and closes the
// connection.
func (p Prepared) hijack(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer conn.Close()
	var head bytes.Buffer
	fmt.Fprintf(&head, "HTTP/1.1 %d %s\r\n", p.Status, p.Reason)
	_ = w.Header().Write(&head) // to memory, which never fails
	head.WriteString("Connection: close\r\n\r\n")
	_ = conn.SetDeadline(time.Now().Add(writeTime))
	_, _ = conn.Write(append(head.Bytes(), p.sent()...)) // whoever has gone away does not need it
}

// writeBody sends the body, in pieces where it is to take its time.
func (p Prepared) writeBody(ctx context.Context, w http.ResponseWriter) {
	const most = 40
	body, n := p.sent(), 1
	if p.Over > 0 {
		n = max(min(len(body), most), 1)
	}
	for i := range n {
		w.Write(body[len(body)*i/n : len(body)*(i+1)/n]) // whoever has gone away does not need it
		if i == n-1 {
			return
		}
		_ = http.NewResponseController(w).Flush()
		select {
		case <-time.After(p.Over / time.Duration(n-1)):
		case <-ctx.Done():
			panic(http.ErrAbortHandler)
		}
	}
}

// write sends the reply; with cut over 0 the connection closes after that many bytes of the body.
func (r *Reply) write(w http.ResponseWriter, cut int) { r.prepare(cut).write(context.Background(), w) }

// Page is an answer as web servers and proxies give it: a status and a page of HTML, and nothing of Matrix.
func Page(status int, title string) *Reply {
	title = fmt.Sprintf("%d %s", status, title)
	return &Reply{Status: status, Header: map[string]string{"Content-Type": "text/html", "Server": "nginx"},
		Body: "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
			"</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"}
}

func texts(events []*event.Event) []RawJSON {
	out := []RawJSON{}
	for _, e := range events {
		out = append(out, e.Raw())
	}
	return out
}

// encoded gives a body as JSON.
func encoded(body any) ([]byte, error) {
	if answer, ok := body.(interface{ encode() ([]byte, error) }); ok {
		return answer.encode()
	}
	return Encode(body)
}

// A RawJSON is JSON text that is sent as it is.
type RawJSON = json.RawMessage

// What a request may cost: an event has at most 64 KiB.
const (
	BodyLimit        = 128 << 10 // of an event, written with blanks and with what is unsigned in it
	questionLimit    = 64 << 10
	transactionLimit = 1 << 20 // of a transaction: fifty events and what goes along with them
	bodyTime         = 10 * time.Second
	headTime         = 5 * time.Second  // for the TLS handshake and the first head, and for each later head
	writeTime        = 60 * time.Second // for taking our answer
	idleTime         = 60 * time.Second // between requests of a hosted server
)
