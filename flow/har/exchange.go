package har

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow/traffic"
)

// An exchange is an entry of an archive that may belong to a join.
type exchange struct {
	traffic.Exchange
	parts time.Duration // sending, waiting and receiving, as they are written
	own   *Exchange     // what this program wrote with it
}

// foreign is an entry as programs write it. What is not needed, or missing, is left out of account.
type foreign struct {
	StartedDateTime string   `json:"startedDateTime"`
	Time            *float64 `json:"time"`
	Request         struct {
		Method   string `json:"method"`
		URL      string `json:"url"`
		Headers  []Pair `json:"headers"`
		PostData *struct {
			Text     *string `json:"text"`
			Encoding string  `json:"encoding"`
		} `json:"postData"`
	} `json:"request"`
	Response *struct {
		Status     float64  `json:"status"`
		StatusText string   `json:"statusText"`
		Headers    []Pair   `json:"headers"`
		BodySize   *float64 `json:"bodySize"`
		Content    struct {
			Size     *float64 `json:"size"`
			Text     *string  `json:"text"`
			Encoding string   `json:"encoding"`
		} `json:"content"`
		Error *string `json:"_error"`
	} `json:"response"`
	Timings struct {
		Connect *float64 `json:"connect"`
		SSL     *float64 `json:"ssl"`
		Send    *float64 `json:"send"`
		Wait    *float64 `json:"wait"`
		Receive *float64 `json:"receive"`
	} `json:"timings"`
	ServerIPAddress string    `json:"serverIPAddress"`
	Error           *string   `json:"_error"`
	Own             *Exchange `json:"_doorstep"`
}

// A maybeText is a text, or empty for any other value, of which nothing is kept.
type maybeText string

func (m *maybeText) UnmarshalJSON(b []byte) error {
	*m = ""
	if len(b) == 0 || b[0] != '"' {
		return nil
	}
	return json.Unmarshal(b, (*string)(m))
}

// ofUse are texts of which every entry that belongs to a join has one; the last is an underscore, escaped.
var ofUse = [][]byte{[]byte("_matrix"), []byte("_doorstep"), []byte(`\u005f`), []byte(`\u005F`)}

// exchangeOf reads an entry; false where it has nothing to do with a join. count may refuse one that has.
func exchangeOf(raw []byte, count func([]byte) error) (x exchange, ok bool, err error) {
	mayBe := slices.ContainsFunc(ofUse, func(s []byte) bool { return bytes.Contains(raw, s) })
	if len(raw) > 0 && raw[0] == '{' && !mayBe {
		return x, false, nil
	}
	var head struct {
		Request struct {
			Method maybeText `json:"method"`
			URL    maybeText `json:"url"`
		} `json:"request"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return x, false, err
	}
	method, address := string(head.Request.Method), string(head.Request.URL)
	target := targetOf(address)
	x.Exchange = traffic.Of(method, target)
	var own struct {
		Doorstep json.RawMessage `json:"_doorstep"`
	}
	if err := json.Unmarshal(raw, &own); err != nil {
		return x, false, err
	}
	if x.Request.Endpoint == "" && own.Doorstep == nil {
		return x, false, nil
	}
	if err := count(raw); err != nil {
		return x, false, err
	}
	var f foreign
	if err := json.Unmarshal(raw, &f); err != nil {
		return x, false, err
	}
	x.own = f.Own
	return x, true, x.read(&f)
}

// read takes in what an entry holds.
func (x *exchange) read(f *foreign) error {
	if err := x.times(f); err != nil {
		return err
	}
	fields, host := fieldsOf(f.Request.Headers, f.Own != nil)
	if host == "" {
		host = authorityOf(f.Request.URL)
	}
	x.SetHeader(fields, host)
	if p := f.Request.PostData; p != nil && p.Text != nil {
		body, err := bodyOf(*p.Text, p.Encoding)
		if err != nil {
			return fmt.Errorf("request.postData: %w", err)
		}
		x.Request.Body = body
	}
	x.Altered = true // fields are spelled, and bodies unpacked, as the program that wrote it likes
	x.Connection = connectionOf(f)
	if err := x.answer(f); err != nil {
		return err
	}
	if x.own == nil {
		x.Mask()
	}
	return nil
}

// disown makes an exchange one of any program: nothing of a recording, nothing secret.
func (x *exchange) disown() {
	x.own = nil
	x.Mask()
}

// times reads when an exchange began and ended.
func (x *exchange) times(f *foreign) (err error) {
	if x.Start, err = time.Parse(time.RFC3339Nano, f.StartedDateTime); err != nil {
		return fmt.Errorf("startedDateTime: %q is no date and time of ISO 8601", traffic.Clip(f.StartedDateTime))
	}
	if y := x.Start.UTC().Year(); y < 1970 || y > 9999 {
		return fmt.Errorf("startedDateTime: the year is %d", y)
	}
	x.Start = x.Start.UTC()
	x.End = x.Start.Add(duration(f.Time))
	for _, part := range []*float64{f.Timings.Send, f.Timings.Wait, f.Timings.Receive} {
		if part != nil && *part < 0 {
			less := -*part
			x.parts -= duration(&less)
		}
		x.parts += duration(part)
	}
	return nil
}

// byParts has an exchange end when the parts of it are over. mitmproxy counts a connection twice that was made before
// the request came, and writes that waiting took less than nothing where a response began before the request was whole.
func (x *exchange) byParts() { x.End = x.Start.Add(max(x.parts, 0)) }

// duration reads milliseconds; 0 where they are not known.
func duration(ms *float64) time.Duration {
	if ms == nil || math.IsNaN(*ms) || *ms <= 0 {
		return 0
	}
	return time.Duration(min(*ms, float64(traffic.Longest/time.Millisecond)) * float64(time.Millisecond))
}

// answer reads what became of the request.
func (x *exchange) answer(f *foreign) error {
	r := f.Response
	if r == nil || r.Status == 0 {
		x.Failure = failureOf(f)
		return nil
	}
	if r.Status != math.Trunc(r.Status) || !IsStatus(int(r.Status)) {
		return fmt.Errorf("response.status is %v, which is no status", r.Status)
	}
	x.Response = &client.Response{Status: int(r.Status), Reason: r.StatusText}
	x.Response.Header, _ = fieldsOf(r.Headers, x.own != nil)
	if r.Content.Text == nil {
		x.Unkept = x.own == nil && (positive(r.BodySize) || positive(r.Content.Size))
		return nil
	}
	body, err := bodyOf(*r.Content.Text, r.Content.Encoding)
	if err != nil {
		return fmt.Errorf("response.content: %w", err)
	}
	x.Response.Body = body
	x.Unkept = x.own == nil && len(body) == 0 && positive(r.Content.Size)
	return nil
}

func positive(f *float64) bool { return f != nil && *f > 0 }

// bodyOf gives the bytes of a body.
func bodyOf(text, encoding string) ([]byte, error) {
	switch strings.ToLower(encoding) {
	case "":
		return []byte(text), nil
	case "base64":
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("text is no base64: %w", err)
		}
		return b, nil
	}
	return nil, fmt.Errorf("encoding %q: there are none and base64", traffic.Clip(encoding))
}

// fieldsOf gives header fields without the pseudo fields of HTTP/2, unless all are wanted, and the host that is named.
func fieldsOf(list []Pair, all bool) (fields []client.Field, host string) {
	for _, p := range list {
		switch name := strings.ToLower(p.Name); {
		case name == ":authority", name == "host" && host == "":
			host = p.Value
		}
		if all || !strings.HasPrefix(p.Name, ":") {
			fields = append(fields, client.Field{Name: p.Name, Value: p.Value})
		}
	}
	return fields, host
}

// connectionOf gives what an entry says of the connection; nil: nothing.
func connectionOf(f *foreign) *client.Connection {
	var c client.Connection
	t := f.Timings
	c.Timings = client.Timings{TLS: duration(t.SSL), Write: duration(t.Send), FirstByte: duration(t.Wait),
		Body: duration(t.Receive)}
	c.Timings.Connect = max(duration(t.Connect)-c.Timings.TLS, 0)
	if at, err := netip.ParseAddr(strings.Trim(f.ServerIPAddress, "[]")); err == nil {
		port := uint16(portOf(f.Request.URL))
		c.Address = netip.AddrPortFrom(at, port).String()
	}
	if c.Address == "" && c.Timings == (client.Timings{}) {
		return nil
	}
	return &c
}

// portOf is the port of a URL.
func portOf(address string) int {
	if name, err := client.ParseServerName(authorityOf(address)); err == nil && name.HasPort && name.Port <= 65535 {
		return name.Port
	}
	if strings.HasPrefix(address, "http:") {
		return 80
	}
	return 443
}

// failureOf says why there is no response, as far as the file says so.
func failureOf(f *foreign) *client.Failure {
	words := f.Error
	if f.Response != nil && f.Response.Error != nil {
		words = f.Response.Error
	}
	if words == nil {
		return traffic.Failed("")
	}
	return traffic.Failed(*words)
}
