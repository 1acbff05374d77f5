package compare

import (
	"encoding/json"
	"math"
	"regexp"
	"strings"

	"doorstep/client"
	"doorstep/flow"
)

// A messageHead is all that there is to know of a message or of a discovery but its body, as a JSON object: what two of
// a kind that have no body are compared by.
type messageHead struct {
	Method  string              `json:"method,omitempty"`
	Path    json.RawMessage     `json:"path,omitempty"`
	Query   json.RawMessage     `json:"query,omitempty"`
	Status  int                 `json:"status,omitempty"`
	Failure string              `json:"failure,omitempty"`
	Message string              `json:"message,omitempty"`
	Headers map[string][]string `json:"headers,omitempty"`
	TookMS  float64             `json:"took_ms,omitempty"`
	Address string              `json:"address,omitempty"`
	TLS     *client.TLS         `json:"tls,omitempty"`

	Server       string               `json:"server_name,omitempty"`
	Rules        []string             `json:"rules,omitempty"`
	Destinations []client.Destination `json:"destinations,omitempty"`
}

// head is the head of an entry as JSON.
func head(e *flow.Entry) []byte {
	var h messageHead
	if e.Kind == flow.Request && e.Request != nil {
		h = ofRequest(e.Request)
	}
	if r := e.Response; r != nil {
		h.Status, h.Headers = r.Status, headers(r.Header)
	}
	if f := e.Failure; f != nil {
		h.Failure, h.Message = strings.Trim(string(f.Kind)+" "+string(f.Reason), " "), f.Message
	}
	if c := e.Connection; c != nil {
		h.Address, h.TLS = c.Address, c.TLS
	}
	if d := e.Discovery; d != nil {
		h.Server, h.Destinations = d.Server, d.Destinations
		for _, s := range d.Steps {
			if s.Used {
				h.Rules = append(h.Rules, string(s.Rule))
			}
		}
		if d.Failure != nil {
			h.Failure, h.Message = strings.Trim(string(d.Failure.Kind)+" "+string(d.Failure.Reason), " "), d.Failure.Message
		}
	}
	h.TookMS = math.Round(flow.Milliseconds(e.Took)*10) / 10
	return asJSON(h)
}

// requestLine is whom a request asks, for what, and as whom, as JSON: its head without the headers that are set on
// sending. The signature is left out of Authorization, as recordings leave it out.
func requestLine(server string, r *client.Request) []byte {
	h := ofRequest(r)
	h.Server = server
	as := h.Headers["authorization"]
	for i := range as {
		as[i] = signatureIn.ReplaceAllString(as[i], `sig="…"`)
	}
	h.Headers = nil
	if as != nil {
		h.Headers = map[string][]string{"authorization": as}
	}
	return asJSON(h)
}

// signatureIn finds the signature in an Authorization header.
var signatureIn = regexp.MustCompile(`sig="[^"]*"`)

func ofRequest(r *client.Request) messageHead {
	path, query, _ := strings.Cut(r.Target, "?")
	return messageHead{Method: r.Method, Path: segments(path), Query: parameters(query), Headers: headers(r.Header)}
}

// headers are the fields of a message by their names, which are spelled alike whoever sent them.
func headers(fields []client.Field) map[string][]string {
	out := map[string][]string{}
	for _, f := range fields {
		name := strings.ToLower(f.Name)
		out[name] = append(out[name], f.Value)
	}
	return out
}
