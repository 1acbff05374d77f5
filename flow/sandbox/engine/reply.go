package engine

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

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

// write sends the reply; with cut over 0 the connection closes after that many bytes of the body.
func (r *Reply) write(w http.ResponseWriter, cut int) {
	header, status := w.Header(), r.Status
	text, isText := r.Body.(string)
	body := []byte(text)
	if !isText {
		header.Set("Content-Type", "application/json")
		var err error
		if body, err = encoded(r.Body); err != nil {
			status, body = 500, []byte(`{"errcode":"M_UNKNOWN","error":"Internal server error"}`)
		}
	}
	for name, value := range r.Header {
		header.Set(name, value)
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if cut > 0 && cut < len(body) {
		w.Write(body[:cut]) // whether it arrives is the other side's business
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	w.Write(body) // whoever has gone away does not need it
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
