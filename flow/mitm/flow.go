package mitm

import (
	"bytes"
	"fmt"
	"net"
	"strconv"
	"strings"

	"doorstep/client"
	"doorstep/flow/traffic"
)

// A message is a request or a response.
type message struct {
	headers, content, began, ended value
	version                        value
}

func (m *message) wants(more map[string]*value) map[string]*value {
	more["headers"], more["content"], more["http_version"] = &m.headers, &m.content, &m.version
	more["timestamp_start"], more["timestamp_end"] = &m.began, &m.ended
	return more
}

// exchange reads an HTTP flow; false where it has nothing to do with a join. What is wrong with such a one matters to
// nobody.
func (f *record) exchange() (x traffic.Exchange, ok bool, err error) {
	var m message
	var method, path, host, port, authority value
	if err := f.request.pick(m.wants(map[string]*value{"method": &method, "path": &path, "host": &host, "port": &port,
		"authority": &authority})); err != nil {
		return x, false, fmt.Errorf(`"request": %w`, err)
	}
	verb, _ := method.text()
	target, _ := path.text()
	x = traffic.Of(verb, target)
	if x.Request.Endpoint == "" {
		return x, false, nil
	}
	fields, err := m.fields()
	if err == nil {
		x.SetHeader(fields, asked(fields, authority, host, port))
		x.Request.Body, err = m.body(fields, &x)
	}
	if err == nil {
		x.Start, err = timeOf(m.began)
	}
	if err != nil {
		return x, false, fmt.Errorf(`"request": %w`, err)
	}
	x.End = x.Start
	x.Altered = x.Altered || f.changes()
	if err := f.answer(&x, &m); err != nil {
		return x, false, err
	}
	x.Mask()
	return x, true, nil
}

// asked is the server that a request is for, as far as it is not signed: what its Host field says, and where that is
// missing, as in HTTP/2, its authority.
func asked(fields []client.Field, authority, host, port value) string {
	if named := client.FieldOf(fields, "Host"); named != "" {
		return named
	}
	if named, _ := authority.text(); named != "" {
		return named
	}
	name, _ := host.text()
	n, err := port.whole()
	if err != nil || n == 443 {
		return name
	}
	return net.JoinHostPort(strings.Trim(name, "[]"), strconv.FormatInt(n, 10))
}

// changes reports whether the header fields may not be those that were sent: a reverse proxy writes its own Host field,
// and a user who edited a flow left what it was before.
func (f *record) changes() bool {
	var mode value
	if f.client.kind == dict && f.client.pick(map[string]*value{"proxy_mode": &mode}) != nil {
		return true
	}
	if !mode.there() {
		mode = f.mode // until format 16; format 17 has none, and counts as unknown
	}
	how, err := mode.text()
	how, _, _ = strings.Cut(how, ":")
	passes := how == "regular" || how == "transparent" || how == "wireguard" || how == "local" || how == "socks5"
	return err != nil || !passes || f.forgotten.there()
}

// answer reads what became of a request.
func (f *record) answer(x *traffic.Exchange, request *message) error {
	var words, at value
	if f.trouble.there() {
		if err := f.trouble.pick(map[string]*value{"msg": &words, "timestamp": &at}); err != nil {
			return fmt.Errorf(`"error": %w`, err)
		}
		said, err := words.text()
		if err != nil {
			return fmt.Errorf(`"error": "msg": %w`, err)
		}
		x.Failure = traffic.Failed(strings.ToValidUTF8(said, "\uFFFD"))
		x.EndsAt(timeOrNone(at))
	}
	if f.response.there() {
		if err := f.responded(x, request); err != nil {
			return fmt.Errorf(`"response": %w`, err)
		}
	} else if x.Failure == nil {
		x.Failure = traffic.Failed("")
	}
	c, err := f.connection(x.Start)
	if err != nil {
		return fmt.Errorf(`"server_conn": %w`, err)
	}
	if c != nil && x.Connection != nil {
		c.Timings.FirstByte, c.Timings.Body = x.Connection.Timings.FirstByte, x.Connection.Timings.Body
	}
	if c != nil {
		x.Connection = c
	}
	return nil
}

// responded reads a response.
func (f *record) responded(x *traffic.Exchange, request *message) error {
	var m message
	var status, reason value
	if err := f.response.pick(m.wants(map[string]*value{"status_code": &status, "reason": &reason})); err != nil {
		return err
	}
	code, err := status.whole()
	if err != nil {
		return fmt.Errorf(`"status_code": %w`, err)
	}
	if code < 100 || code > 999 {
		return fmt.Errorf("%d is no status", code)
	}
	words, err := reason.text()
	if err != nil {
		return fmt.Errorf(`"reason": %w`, err)
	}
	x.Response = &client.Response{Status: int(code), Reason: words}
	if x.Response.Header, err = m.fields(); err != nil {
		return err
	}
	if x.Response.Body, err = m.body(x.Response.Header, x); err != nil {
		return err
	}
	x.Unkept = x.Failure == nil && (!m.content.there() || x.Response.Body == nil)
	began, ended := timeOrNone(m.began), timeOrNone(m.ended)
	x.EndsAt(began)
	x.EndsAt(ended)
	var c client.Connection
	c.Timings.FirstByte, c.Timings.Body = between(timeOrNone(request.ended), began), between(began, ended)
	x.Connection = &c
	return nil
}

// mostFields bounds the header fields of a message. No server takes that many.
const mostFields = 10_000

// fields reads header fields, spelled and ordered as they are.
func (m *message) fields() (out []client.Field, err error) {
	err = m.headers.elements(mostFields, func(pair value) error {
		var parts []string
		err := pair.elements(2, func(v value) error {
			b, err := v.bytes()
			parts = append(parts, string(b))
			return err
		})
		if err == nil && len(parts) != 2 {
			err = fmt.Errorf("a field has %d parts", len(parts))
		}
		if err == nil {
			out = append(out, client.Field{Name: parts[0], Value: parts[1]})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf(`"headers": %w`, err)
	}
	return out, nil
}

// body reads a body as it was before it was packed; nil where the file does not have it, or it is packed in a way that
// is not known here.
func (m *message) body(fields []client.Field, x *traffic.Exchange) ([]byte, error) {
	if !m.content.there() {
		return nil, nil
	}
	b, err := m.content.bytes()
	if err != nil {
		return nil, fmt.Errorf(`"content": %w`, err)
	}
	coding := strings.ToLower(strings.TrimSpace(client.FieldOf(fields, "Content-Encoding")))
	if coding == "" || coding == "identity" || len(b) == 0 {
		return append([]byte{}, b...), nil
	}
	x.Altered = true
	b, err = traffic.Unpacked(coding, bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf(`"content": %w`, err)
	}
	return b, nil
}
