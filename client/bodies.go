package client

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// Bodies reads the bodies of requests to one server, and bounds what is under way of all of them together. The zero
// value is ready.
type Bodies struct {
	under atomic.Int64 // bytes, beyond the first freeBody of each
}

// maxBodies is how many bytes the bodies of all requests under way may have together, beyond the first freeBody of
// each.
const (
	maxBodies = 4 << 20
	freeBody  = 64 << 10
)

// lingerTime is for what is left of a body that is not read.
const lingerTime = time.Second

// Read reads the body of r, most bytes of it, in the time that it may take at most; nil when it has none. Where it does
// not come whole, the connection ends with the answer.
func (b *Bodies) Read(w http.ResponseWriter, r *http.Request, most int, within time.Duration) ([]byte, *Failure) {
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(within))
	body, failure := b.read(FromCaller(r.Context(), r.Body), most)
	if failure == nil {
		_ = control.SetReadDeadline(time.Time{}) // left standing, it would end the context of an answer that takes long
	} else {
		LeaveBody(w)
	}
	return body, failure
}

// LeaveBody has the rest of a body not waited for: what is under way may still arrive, so that the answer does.
func LeaveBody(w http.ResponseWriter) {
	w.Header().Set("Connection", "close") // or the http package reads on before it answers
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(lingerTime))
}

func (b *Bodies) read(body io.Reader, most int) (got []byte, failure *Failure) {
	var counted int64
	defer func() { b.under.Add(-counted) }()
	piece := make([]byte, 4<<10)
	for {
		n, err := body.Read(piece)
		got = append(got, piece[:n]...)
		if beyond := int64(len(got) - freeBody); beyond > counted {
			b.under.Add(beyond - counted)
			counted = beyond
		}
		switch {
		case len(got) > most:
			return got[:most], bodyTooLarge(fmt.Sprintf("the body is over the limit of %d bytes", most))
		case counted > 0 && b.under.Load() > maxBodies:
			return got, bodyTooLarge("too many large bodies are under way")
		case err == io.EOF:
			return got, nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return got, &Failure{Kind: FailedTimeout, Part: PartBody, Message: "the body did not come whole in time"}
		case err != nil:
			return got, &Failure{Kind: FailedClosed, Part: PartBody, Message: "the body did not come whole: " + plainly(err)}
		}
	}
}

func bodyTooLarge(why string) *Failure {
	return &Failure{Kind: FailedTooLarge, Part: PartBody, Message: why}
}
