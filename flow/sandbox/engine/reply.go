package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
)

// A Reply is an HTTP answer before it is written.
type Reply struct {
	Status int
	Header map[string]string // besides Content-Length; Content-Type follows from Body unless it is given here
	Body   any               // a string is sent as it is, anything else as JSON
}

// Refuse returns an error answer. Spec: server-server, API standards.
func Refuse(status int, errcode, text string) *Reply {
	return &Reply{Status: status, Body: Fields{"errcode": errcode, "error": text}}
}

// broken is the answer to a fault of our own.
func broken(err error) *Reply { return Refuse(500, "M_UNKNOWN", err.Error()) }

// encode gives the parts of the reply as they are written, without Content-Length.
func (r *Reply) encode() (status int, header []client.Field, body []byte) {
	status = r.Status
	text, isText := r.Body.(string)
	body = []byte(text)
	if !isText {
		header = []client.Field{{Name: "Content-Type", Value: "application/json"}}
		var err error
		if body, err = encoded(r.Body); err != nil {
			status, body = 500, []byte(`{"errcode":"M_UNKNOWN","error":"Internal server error"}`)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if name == "Content-Type" {
			header = nil
		}
		header = append(header, client.Field{Name: name, Value: r.Header[name]})
	}
	return status, header, body
}

// write sends the reply; with cut over 0 the connection closes after that many bytes of the body.
func (r *Reply) write(w http.ResponseWriter, cut int) {
	status, header, body := r.encode()
	written{status, header, body, flow.Delivery{Cut: cut}}.to(context.Background(), w)
}

// written is an answer as it goes out.
type written struct {
	status   int
	header   []client.Field // but for Content-Length
	body     []byte
	delivery flow.Delivery
}

// to writes the answer, unless ctx ends while that takes its time. Where it is to be cut off, or not given at all, the
// connection is closed: to panics as the http package asks for.
func (a written) to(ctx context.Context, w http.ResponseWriter) {
	if a.delivery.Dropped {
		panic(http.ErrAbortHandler)
	}
	for _, f := range a.header {
		w.Header().Add(f.Name, f.Value)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	if w.Header().Get("Content-Type") == "" {
		w.Header()["Content-Type"] = nil // the http package would guess one
	}
	w.WriteHeader(a.status)
	whole := a.body
	if cut := a.delivery.Cut; cut > 0 && cut < len(whole) {
		whole = whole[:cut]
	}
	flush := http.NewResponseController(w).Flush
	n := pieces(a.delivery, len(whole))
	for i := range n {
		w.Write(whole[len(whole)*i/n : len(whole)*(i+1)/n]) // whether it arrives is the other side's business
		if i == n-1 {
			break
		}
		_ = flush()
		select {
		case <-time.After(a.delivery.Over / time.Duration(n-1)):
		case <-ctx.Done():
			panic(http.ErrAbortHandler)
		}
	}
	if len(whole) < len(a.body) {
		_ = flush()
		panic(http.ErrAbortHandler)
	}
}

// pieces is in how many parts a body of size bytes is written.
func pieces(d flow.Delivery, size int) int {
	const most = 40
	if d.Over == 0 || size < 2 {
		return 1
	}
	return min(most, size)
}

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
	BodyLimit = 256 << 10
	bodyTime  = 30 * time.Second
	headTime  = 10 * time.Second
)
