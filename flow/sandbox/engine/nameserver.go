package engine

import (
	"fmt"
	"net"
	"strings"

	"github.com/miekg/dns"

	"doorstep/client"
)

// A Zone is what the name server of a scenario knows: for a type and a name, "SRV _matrix._tcp.resident.example", the
// data of the records as in a zone file, "10 0 8448 matrix.resident.example.". A star as the first label stands for
// every name below. Instead of data there may be servfail or silence. Of a name that is there with other types only,
// there is no such record; any other name does not exist.
type Zone map[string][]string

// What a name server does in place of answering.
const (
	Servfail = "!SERVFAIL"
	Silence  = "!silence"
)

// ZoneAliases bounds the aliases followed in one answer.
const ZoneAliases = 8

// Answer answers a question, following aliases; nil stands for silence.
func (z Zone) Answer(q *dns.Msg) *dns.Msg {
	m := new(dns.Msg).SetReply(q)
	if len(q.Question) != 1 {
		m.Rcode = dns.RcodeFormatError
		return m
	}
	name, qtype := strings.TrimSuffix(strings.ToLower(q.Question[0].Name), "."), dns.TypeToString[q.Question[0].Qtype]
	m.Authoritative = true
	for range ZoneAliases {
		owner, there := z.owner(name)
		if !there {
			m.Rcode = dns.RcodeNameError
			return m
		}
		data, alias := z[qtype+" "+owner], z["CNAME "+owner]
		if data == nil && len(alias) == 1 {
			if !add(m, name, "CNAME", alias[0]) {
				return m
			}
			name = strings.TrimSuffix(alias[0], ".")
			continue
		}
		for _, d := range data {
			if d == Silence {
				return nil
			}
			if !add(m, name, qtype, d) {
				return m
			}
		}
		return m
	}
	return m
}

// add adds a record to an answer. Where there is none to add, the answer becomes a failure of the server.
func add(m *dns.Msg, name, qtype, data string) bool {
	record, err := dns.NewRR(fmt.Sprintf("%s. 60 IN %s %s", name, qtype, data))
	if err != nil {
		m.Answer, m.Rcode = nil, dns.RcodeServerFailure // servfail is no data, either
		return false
	}
	m.Answer = append(m.Answer, record)
	return true
}

// owner returns the name whose records count for name: itself, or the wildcard nearest to it.
func (z Zone) owner(name string) (owner string, there bool) {
	for owner = name; ; owner = "*." + owner {
		for key := range z {
			if _, n, _ := strings.Cut(key, " "); n == owner {
				return owner, true
			}
		}
		var below bool
		if _, owner, below = strings.Cut(strings.TrimPrefix(owner, "*."), "."); !below {
			return "", false
		}
	}
}

// A nameServer answers from a zone, by UDP on loopback.
type nameServer struct {
	server *dns.Server
	Addr   string
	served chan struct{}
}

// NewNameServer starts a name server for a zone, on loopback.
func NewNameServer(z Zone) (*nameServer, error) {
	packets, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen as a name server: %w", err)
	}
	started := make(chan struct{})
	n := &nameServer{Addr: packets.LocalAddr().String(), served: make(chan struct{})}
	n.server = &dns.Server{
		PacketConn:        packets,
		NotifyStartedFunc: func() { close(started) },
		Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
			defer client.Guard()
			if m := z.Answer(q); m != nil {
				_ = w.WriteMsg(m) // whoever has gone away asks again
			}
		}),
	}
	client.Go(func() {
		defer close(n.served)
		_ = n.server.ActivateAndServe() // it ends for one reason: Close
	})
	<-started
	return n, nil
}

// Close ends the server and waits for what it is answering.
func (n *nameServer) Close() error {
	err := n.server.Shutdown()
	<-n.served
	return err
}
