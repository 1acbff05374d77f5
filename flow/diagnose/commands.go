package diagnose

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/shell"
)

// A command is one that a person can type to see for themselves what a finding says. curl knows nothing of
// delegation, so where to connect, and under which name, comes from the run: from the search for the server and the
// connection it led to.
type command struct {
	generic shell.Text // with placeholders in capitals, for the catalogue
	from    func(v *view, evidence []int) []shell.Text
}

// maxCommands bounds the commands of one sort: for so many servers or addresses.
const maxCommands = 2

const (
	versionPath = "/_matrix/federation/v1/version"
	keysPath    = "/_matrix/key/v2/server"
	queryPath   = "/_matrix/key/v2/query/"
)

var (
	askVersion = curlCommand("si", versionPath)
	askKeys    = curlCommand("s", keysPath)
	askTime    = curlCommand(`so /dev/null -w '%{http_code} after %{time_total} s\n'`, versionPath)

	askAboutUs = command{
		generic: curlLine("s", "ADDRESS:PORT", "HOST", queryPath+"OUR_NAME"),
		from: func(v *view, evidence []int) []shell.Text {
			return v.eachPlace(evidence, func(d client.Destination) shell.Text {
				if d.Server == v.Header.Joining {
					return ""
				}
				return curlLine("s", d.Address, d.Host, queryPath+client.EscapePath(v.Header.Joining))
			})
		},
	}

	askForOurKeys = command{
		generic: curlLine("s", "OUR_ADDRESS:PORT", "OUR_HOST", keysPath),
		from: func(v *view, _ []int) []shell.Text {
			return v.eachOf(v.ourDestinations(), func(d client.Destination) shell.Text {
				return curlLine("s", d.Address, d.Host,
					keysPath)
			})
		},
	}

	showCertificates = command{
		generic: opensslLine("ADDRESS:PORT", "SNI", "NAME"),
		from: func(v *view, evidence []int) []shell.Text {
			return v.eachPlace(evidence, func(d client.Destination) shell.Text {
				return opensslLine(d.Address, d.SNI,
					d.VerifyName)
			})
		},
	}

	showOurCertificate = command{
		generic: opensslLine("OUR_ADDRESS:PORT", "OUR_SNI", "OUR_NAME"),
		from: func(v *view, _ []int) []shell.Text {
			return v.eachOf(v.ourDestinations(), func(d client.Destination) shell.Text {
				return opensslLine(d.Address, d.SNI,
					d.VerifyName)
			})
		},
	}

	askInPlainText = command{
		generic: plainLine("ADDRESS:PORT"),
		from: func(v *view, evidence []int) []shell.Text {
			return v.eachPlace(evidence, func(d client.Destination) shell.Text {
				return plainLine(d.Address)
			})
		},
	}

	askWellKnown = command{
		generic: curlLine("si", "ADDRESS:443", "NAME", "/.well-known/matrix/server"),
		from: func(v *view, evidence []int) []shell.Text {
			var out []shell.Text
			for _, s := range v.searchesAt(evidence) {
				for _, d := range s.documents() {
					if rest, ok := strings.CutPrefix(d.Name, "https://"); ok {
						host, path, _ := strings.Cut(rest, "/")
						out = append(out, curlLine("si", d.From, host, "/"+path))
					}
				}
			}
			return out
		},
	}

	joinNext = command{
		generic: shell.Line([]string{"doorstep", "join", "ROOM", "--via", "SERVER"}),
		from:    func(v *view, _ []int) []shell.Text { return joinSuccessor(v) },
	}

	lookUpSRV = digCommand("SRV", client.LookupSRV)
	lookUpA   = digCommand("A", client.LookupA)
	lookUp6   = digCommand("AAAA", client.LookupAAAA)
)

// Commands returns the commands that go with a cause, with placeholders in capitals.
func (c Cause) Commands() []shell.Text {
	var out []shell.Text
	for _, cmd := range c.commands {
		out = append(out, cmd.generic)
	}
	return out
}

// try returns the commands that go with a cause, made from the evidence.
func (v *view) try(c Cause, evidence []int) []shell.Text {
	var out []shell.Text
	for _, cmd := range c.commands {
		lines := slices.DeleteFunc(cmd.from(v, evidence), func(s shell.Text) bool { return s == "" })
		for i, line := range lines {
			if i < maxCommands && !slices.Contains(out, line) {
				out = append(out, line)
			}
		}
	}
	return out
}

// curlCommand asks for a path at the places that the evidence is about.
func curlCommand(flags shell.Code, path string) command {
	return command{
		generic: curlLine(flags, "ADDRESS:PORT", "HOST", path),
		from: func(v *view, evidence []int) []shell.Text {
			return v.eachPlace(evidence, func(d client.Destination) shell.Text {
				return curlLine(flags, d.Address, d.Host, path)
			})
		},
	}
}

// curlLine connects to address and asks for a path, with host as SNI and Host, as the resolution prescribes.
func curlLine(flags shell.Code, address, host, path string) shell.Text {
	return shell.Command(shell.Verbatim("curl"), shell.Beside(shell.Verbatim("-g"), shell.Verbatim(flags)),
		shell.Verbatim("--connect-to"), argument("::"+address), argument("https://"+host+path))
}

// plainLine asks at address without TLS.
func plainLine(address string) shell.Text {
	return shell.Command(shell.Verbatim("curl -gsi"), argument("http://"+address+versionPath))
}

// opensslLine shows every certificate that is served at address, and whether they hold for name.
func opensslLine(address, sni, name string) shell.Text {
	words := []shell.Word{shell.Verbatim("openssl s_client -connect"), argument(address)}
	if sni == "" {
		words = append(words, shell.Verbatim("-noservername"))
	} else {
		words = append(words, shell.Verbatim("-servername"), argument(sni))
	}
	check := shell.Verbatim("-verify_hostname")
	if _, err := netip.ParseAddr(name); err == nil {
		check = shell.Verbatim("-verify_ip")
	}
	words = append(words, check, argument(name), shell.Verbatim("-verify_return_error -showcerts </dev/null"))
	return shell.Command(words...)
}

// digCommand looks up what a search looked up.
func digCommand(record shell.Code, kind client.LookupKind) command {
	line := func(name string) shell.Text {
		return shell.Command(shell.Verbatim("dig -t"), shell.Verbatim(record), shell.Verbatim("-q"), argument(name+"."))
	}
	return command{
		generic: line("NAME"),
		from: func(v *view, evidence []int) []shell.Text {
			var out []shell.Text
			for _, s := range v.searchesAt(evidence) {
				for _, l := range s.facts() {
					if l.Kind == kind && !slices.Contains(out, line(l.Name)) {
						out = append(out, line(l.Name))
					}
				}
			}
			return out
		},
	}
}

// argument quotes text that others may have chosen. What a person could not read and type is no word.
func argument(text string) shell.Word {
	const most = 1000 // bytes: a URL with the longest name, many times over
	w, err := shell.Quote(text)
	if err != nil || strings.Contains(text, " ") || !shell.IsPrintable(text) || len(text) > most {
		return shell.Word{}
	}
	return w
}

// eachPlace makes a command for each place that the evidence is about: where an exchange went, or a search led to.
func (v *view) eachPlace(evidence []int, make func(client.Destination) shell.Text) []shell.Text {
	var places []client.Destination
	for _, seq := range evidence {
		e := v.trace.Entry(seq)
		switch {
		case e == nil:
		case e.Discovery != nil && len(e.Discovery.Destinations) > 0 && e.Server != v.Header.Joining:
			places = append(places, e.Discovery.Destinations[0])
		case e.Connection != nil && e.Answers > 0 && e.To == flow.Joining:
			for _, a := range attempts(e) {
				if d, ok := v.destinationAt(e.Server, a.Address); ok {
					places = append(places, d)
				}
			}
		}
	}
	return v.eachOf(places, make)
}

func (v *view) eachOf(places []client.Destination, make func(client.Destination) shell.Text) []shell.Text {
	var out []shell.Text
	for _, d := range places {
		if !isPlace(d) {
			continue
		}
		if line := make(d); line != "" && !slices.Contains(out, line) {
			out = append(out, line)
		}
	}
	return out
}

// isPlace reports whether a destination leads where its name and address say: the recording of a stranger may have
// anything there, with which a command would ask for something else.
func isPlace(d client.Destination) bool {
	_, address := netip.ParseAddrPort(d.Address)
	_, name := client.ParseServerName(d.Host)
	return address == nil && name == nil
}

// destinationAt returns the destination of server at an address, as the search for it had it; false where none is
// known.
func (v *view) destinationAt(server, address string) (client.Destination, bool) {
	for _, d := range v.Destinations[server] {
		if d.Address == address {
			return d, true
		}
	}
	return client.Destination{}, false
}

// searchesAt returns the searches among the evidence.
func (v *view) searchesAt(evidence []int) []search {
	var out []search
	for _, seq := range evidence {
		if e := v.trace.Entry(seq); e != nil && e.Discovery != nil {
			out = append(out, search{Discovery: e.Discovery, seq: seq})
		}
	}
	if out != nil {
		return out
	}
	for _, seq := range evidence { // an exchange rests on the search for its server
		at := v.trace.Entry(seq)
		if at == nil || at.Server == "" {
			continue
		}
		for _, e := range v.searchOf[at.Server] {
			out = append(out, search{Discovery: e.Discovery, seq: e.Seq})
		}
	}
	return out
}

// ourDestinations returns where others find us, as far as it is known: where our name leads, or else our listener
// itself.
func (v *view) ourDestinations() []client.Destination {
	if to := v.Destinations[v.Header.Joining]; len(to) > 0 {
		return to
	}
	name, err := client.ParseServerName(v.Header.Joining)
	here, listens := netip.ParseAddrPort(v.Header.Listen)
	if err != nil || listens != nil || v.ourPlace() != placeHere {
		return nil
	}
	address := v.Header.Listen
	if here.Addr().IsUnspecified() {
		address = net.JoinHostPort("127.0.0.1", fmt.Sprint(here.Port()))
	}
	d := client.Destination{Server: name.Name, Address: address, Host: name.Name, SNI: name.Host, VerifyName: name.Host}
	if name.IsIP() {
		d.SNI = ""
	}
	return []client.Destination{d}
}

// joinSuccessor gives the command that joins the room which the tombstone names, through the server of whoever sent it;
// none where it names no other room, as after a redaction.
func joinSuccessor(v *view) []shell.Text {
	e := v.tombstone()
	if e == nil {
		return nil
	}
	room, _ := e.ContentString("replacement_room")
	server := client.Domain(e.Sender())
	if _, err := client.ParseRoomID(room); err != nil || room == v.RoomID || !printable(room) {
		return nil
	}
	if _, err := client.ParseServerName(server); err != nil {
		return nil
	}
	return []shell.Text{shell.Line([]string{"doorstep", "join", room, "--via", server})}
}

// printable reports whether a command can be read as what it is: a screen leaves out what could drive it.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
