package sandbox

import (
	"net/http"
	"strconv"
)

// A Reply is an HTTP answer before it is written.
type Reply struct {
	Status int
	Header map[string]string // besides Content-Length; Content-Type follows from Body unless it is given here
	Body   any               // a string is sent as it is, anything else as JSON
}

// refuse returns an error answer. Spec: server-server, API standards.
func refuse(status int, errcode, text string) *Reply {
	return &Reply{Status: status, Body: fields{"errcode": errcode, "error": text}}
}

// broken is the answer to a fault of our own.
func broken(err error) *Reply { return refuse(500, "M_UNKNOWN", err.Error()) }

// write sends the reply; with cut over 0 the connection closes after that many bytes of the body.
func (r *Reply) write(w http.ResponseWriter, cut int) {
	header, status := w.Header(), r.Status
	text, isText := r.Body.(string)
	body := []byte(text)
	if !isText {
		header.Set("Content-Type", "application/json")
		var err error
		if body, err = encode(r.Body); err != nil {
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
