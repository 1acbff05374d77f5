package story

import (
	"net/netip"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/shell"
)

// Curl writes a request as a command for a shell. What curl itself would read as something else than text, such as a
// body that begins with "@" or a header without a value, is written so that it does not; what it cannot send as it
// was is refused, and problem says why. The signature is in no trace, so the command is one that servers turn down:
// it shows the way, it does not repeat the request.
func Curl(t flow.Trace, e *flow.Entry) (command shell.Text, problem string) {
	c := curlCommand{words: []shell.Word{shell.Verbatim("curl --globoff --path-as-is --http1.1 -X")}}
	host, connect := curlHost(t, e)
	c.method(e.Request.Method)
	c.url(host, e.Request.Target)
	if connect != "" {
		if _, err := netip.ParseAddrPort(connect); err != nil {
			c.refuse("the server's address is none")
		}
		c.option(shell.Verbatim("--connect-to"))
		c.word("::" + connect)
	}
	c.headers(e.Request)
	c.body(e.Request.Body)
	if c.problem != "" {
		return "", "curl: " + c.problem
	}
	return c.text(), ""
}

// curlHost returns the name a request goes to, as its Host header has it, and the address, where it is known.
func curlHost(t flow.Trace, e *flow.Entry) (host, connect string) {
	if e.From != flow.Joining || e.Server == "" {
		return t.Header.Joining, ""
	}
	destinations := flow.Fold(t).Destinations[e.Server]
	if len(destinations) == 0 {
		return e.Server, ""
	}
	d := destinations[0]
	if answer := t.Answer(e.Seq); answer != nil && answer.Connection != nil {
		for _, other := range destinations {
			if other.Address == answer.Connection.Address {
				d = other
			}
		}
	}
	return d.Host, d.Address
}

// A curlCommand is a command being written; problem says why there is none.
type curlCommand struct {
	words   []shell.Word
	piped   []byte // what it reads from a pipe; nil: nothing
	problem string
}

func (c *curlCommand) refuse(why string) {
	if c.problem == "" {
		c.problem = why
	}
}

func (c *curlCommand) option(w shell.Word) { c.words = append(c.words, w) }

func (c *curlCommand) word(text string) {
	w, err := shell.Quote(text)
	if err != nil || shell.Command(w) == "" {
		c.refuse("the request holds what a command line cannot carry")
	}
	c.words = append(c.words, w)
}

func (c *curlCommand) method(method string) {
	if !isToken(method) || strings.HasPrefix(method, "-") {
		c.refuse("the request's method is none")
	}
	c.word(method)
}

// url gives the address, and the target apart from it where curl would change it on the way.
func (c *curlCommand) url(host, target string) {
	if _, err := client.ParseServerName(host); err != nil {
		c.refuse("the server's name is none")
	}
	if !keptByCurl(target) {
		if target == "" || strings.ContainsAny(target, " \r\n\t") {
			c.refuse("the request's target is none")
		}
		c.option(shell.Verbatim("--request-target"))
		c.word(target)
		target = "/"
	}
	c.word("https://" + host + target)
}

// keptByCurl reports whether curl sends a target just as it stands in a URL: it cuts off fragments, escapes what a
// URL cannot hold, and may spell escapes in capitals.
func keptByCurl(target string) bool {
	if !strings.HasPrefix(target, "/") {
		return false
	}
	for i := range len(target) {
		switch c := target[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("/-._~?=&:@+,;$!*()",
			c) >= 0:
		case c == '%' && i+2 < len(target) && isUpperHex(target[i+1]) && isUpperHex(target[i+2]):
		default:
			return false
		}
	}
	return true
}

func isUpperHex(c byte) bool { return '0' <= c && c <= '9' || 'A' <= c && c <= 'F' }

// headers gives the header fields of the request, and takes away those that curl would add.
func (c *curlCommand) headers(r *client.Request) {
	added := map[string]bool{"accept": true, "user-agent": true}
	if r.Body != nil {
		added["content-type"], added["expect"] = true, len(r.Body) > 1024
	}
	for _, f := range r.Header {
		name := strings.ToLower(f.Name)
		delete(added, name)
		switch {
		case name == "host", name == "content-length", name == "transfer-encoding": // as curl makes them itself
		case !isToken(f.Name), strings.ContainsAny(f.Value, "\r\n\x00"):
			c.refuse("a header of the request is none")
		case strings.Trim(f.Value, " \t") == "":
			c.header(f.Name + ";") // with a colon curl would leave it out
		default:
			c.header(f.Name + ": " + f.Value)
		}
	}
	for _, name := range []string{"Accept", "User-Agent", "Content-Type", "Expect"} {
		if added[strings.ToLower(name)] {
			c.header(name + ":")
		}
	}
}

func (c *curlCommand) header(field string) {
	c.option(shell.Verbatim("-H"))
	c.word(field)
}

// isToken reports whether s can be a method or the name of a header field. RFC 9110, 5.6.2. It cannot begin with "@",
// which has curl read a file.
func isToken(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0:
		default:
			return false
		}
	}
	return s != ""
}

// body gives the body: as an argument where it is short and plain, otherwise through a pipe.
func (c *curlCommand) body(b []byte) {
	switch {
	case b == nil:
	case len(b) <= plainBody && shell.IsPrintable(string(b)):
		c.option(shell.Verbatim("--data-raw")) // --data would read a file where the body begins with "@"
		c.word(string(b))
	default:
		c.option(shell.Verbatim("--data-binary @-"))
		c.piped = b
	}
}

// plainBody is how long a body may be to stand in the command itself, in bytes.
const plainBody = 1500

// text puts the command together: on one line where it fits, otherwise a word a line, after those that print what is
// piped into it.
func (c *curlCommand) text() shell.Text {
	if c.piped == nil {
		return shell.Spread(c.words...)
	}
	return shell.Piped(c.piped, c.words...)
}

// ReplayCommand is the command that opens a recording again; empty where its name could do something else.
func ReplayCommand(name string) shell.Text {
	if name == "" || strings.HasPrefix(name, "-") {
		return ""
	}
	return shell.Line([]string{"doorstep", "replay", name})
}
