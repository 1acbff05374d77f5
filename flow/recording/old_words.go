package recording

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
)

// The first recordings have what became of look-ups and exchanges in words alone. This file, and no other, reads those
// words of ours; what is recorded today holds the facts.

// lookupFacts returns the facts of a step of a discovery.
func lookupFacts(st client.DiscoveryStep) client.Lookup {
	if st.Kind != "" {
		return st.Lookup
	}
	what, rest, _ := strings.Cut(st.Action, " ")
	switch {
	case strings.HasPrefix(st.Action, "pin of "):
		return client.Lookup{Kind: client.LookupPin, Name: strings.TrimPrefix(st.Action, "pin of "), End: client.EndFound}
	case what == "look":
		return oldSandbox(st.Action, st.Result)
	case what == "read":
		return client.Lookup{Kind: client.LookupLiteral, Name: rest, End: client.EndFound}
	case strings.HasPrefix(st.Action, "hosts file "):
		return client.Lookup{Kind: client.LookupHosts, Name: strings.TrimPrefix(st.Action, "hosts file "),
			End: client.EndFound}
	case what == "SRV":
		return oldSRV(rest, st.Result)
	case what == "A", what == "AAAA":
		return client.Lookup{Kind: client.LookupKind(what), Name: rest, End: oldAddressEnd(st.Result),
			Aliases: oldAliases(st.Result)}
	case what == "GET" && st.Rule == "3":
		return oldDocument(rest, st.Result)
	}
	return client.Lookup{}
}

// oldSandbox reads a look-up in the sandbox's own table.
func oldSandbox(action, result string) client.Lookup {
	l := client.Lookup{Kind: client.LookupSandbox, End: client.EndFound}
	l.Name = strings.TrimSuffix(strings.TrimPrefix(action, "look up "), " in the sandbox")
	switch _, err := netip.ParseAddrPort(result); {
	case err == nil:
		l.Addresses = []string{result}
	case strings.HasPrefix(result, "no such server"):
		l.End = client.EndNoName
	default:
		l.End, l.Trouble = client.EndInvalid, result
	}
	return l
}

// lastWord is what a look-up ended with, after any aliases on the way.
func lastWord(result string) string {
	return strings.TrimSpace(result[strings.LastIndex(result, ", ")+1:])
}

// oldAbsence reads the words for there being no name or no record.
func oldAbsence(word string) (client.LookupEnd, bool) {
	switch {
	case word == "NXDOMAIN":
		return client.EndNoName, true
	case strings.HasPrefix(word, "no ") && strings.HasSuffix(word, " record"), word == "no such name or no such record":
		return client.EndNoRecord, true
	}
	return "", false
}

func oldAddressEnd(result string) client.LookupEnd {
	word := lastWord(result)
	if end, ok := oldAbsence(word); ok {
		return end
	}
	if _, err := netip.ParseAddr(strings.TrimSuffix(word, " (not public)")); err == nil {
		return client.EndFound
	}
	if word == "timeout" {
		return client.EndTimeout
	}
	return client.EndUnknown
}

func oldAliases(result string) []string {
	var out []string
	for word := range strings.SplitSeq(result, ", ") {
		if name, ok := strings.CutPrefix(word, "CNAME "); ok {
			name, _, _ = strings.Cut(name, " (")
			out = append(out, name)
		}
	}
	return out
}

var oldRecord = regexp.MustCompile(`(?:^|, )\d+ \d+ (\d+) (\S*)\.(?:, |$)`)

func oldSRV(name, result string) client.Lookup {
	l := client.Lookup{Kind: client.LookupSRV, Name: name, End: client.EndFound, Aliases: oldAliases(result)}
	if strings.HasSuffix(result, ": not known whether there is a record") {
		l.End = client.EndUnknown
	} else if end, ok := oldAbsence(lastWord(result)); ok {
		l.End = end
	}
	for len(result) > 0 {
		m := oldRecord.FindStringSubmatchIndex(result)
		if m == nil {
			break
		}
		t := client.SRVTarget{Host: result[m[4]:m[5]]}
		t.Port, _ = strconv.Atoi(result[m[2]:m[3]])
		if _, err := netip.ParseAddr(t.Host); err == nil {
			t.Fault = client.TargetAddress
		} else if t.Host == "" {
			t.Fault = client.TargetNone
		}
		l.Targets = append(l.Targets, t)
		result = result[m[5]+1:]
	}
	return l
}

var (
	oldFetch     = regexp.MustCompile(`^(https://\S+)(?: from (\S+))?$`)
	oldDelegates = regexp.MustCompile(`^200, m\.server ("[^"]*"), good for (\d{1,9}) (h|min|s) \(`)
	oldStatus    = regexp.MustCompile(`^([1-5]\d\d)[ ,]`)
)

func oldDocument(what, result string) client.Lookup {
	l := client.Lookup{Kind: client.LookupWellKnown, End: client.EndNoHost}
	m := oldFetch.FindStringSubmatch(what)
	if m == nil {
		return l
	}
	if l.Name, l.From = m[1], m[2]; l.From == "" {
		return l
	}
	if d := oldDelegates.FindStringSubmatch(result); d != nil {
		l.End, l.Status = client.EndFound, 200
		l.Delegate, _ = strconv.Unquote(d[1])
		n, _ := strconv.Atoi(d[2])
		l.Life = time.Duration(n) * map[string]time.Duration{"h": time.Hour, "min": time.Minute, "s": time.Second}[d[3]]
		return l
	}
	if status := oldStatus.FindStringSubmatch(result); status != nil {
		l.Status, _ = strconv.Atoi(status[1])
		switch {
		case l.Status == 200:
			l.End = client.EndUnreadable
		case l.Status >= 300 && l.Status < 400:
			l.End = client.EndRedirect
		default:
			l.End = client.EndStatus
		}
		return l
	}
	f := oldFailure(client.Failure{Message: strings.TrimSuffix(result, ": no delegation")})
	l.Failure = &f
	switch {
	case f.Reason == client.ReasonCertificate:
		l.End = client.EndCertificate
	case f.Reason == client.ReasonPrivate:
		l.End = client.EndForbidden
	case oldTimeout(f.Message):
		l.End = client.EndTimeout
	case f.Part == client.PartConnect:
		l.End = client.EndConnect
	case f.Part == client.PartTLS:
		l.End = client.EndTLS
	default:
		l.End = client.EndCut
	}
	return l
}

func oldTimeout(message string) bool {
	return strings.HasPrefix(message, "the deadline of ") || strings.HasPrefix(message, "timed out while ")
}

// oldParts are the words with which a failure ends, by the part that it struck.
var oldParts = []struct {
	part  client.Part
	words string
}{
	{client.PartPrepare, "preparing the request"}, {client.PartConnect, "connecting"},
	{client.PartTLS, "in the TLS handshake"},
	{client.PartWrite, "sending the request"}, {client.PartFirstByte, "waiting for the answer"},
	{client.PartBody, "reading the answer"},
}

// oldReasons are words for the ways in which no connection comes about: those of several systems.
var oldReasons = []struct {
	reason client.Reason
	words  []string
}{
	{client.ReasonNotTLS, []string{"does not speak tls"}},
	{client.ReasonCertificate, []string{"certificate: "}},
	{client.ReasonPrivate, []string{"is not a public address"}},
	{client.ReasonNoNetwork, []string{"network is unreachable", "unreachable network", "cannot assign requested address",
		"not valid in its context", "address family not supported"}},
	{client.ReasonNoRoute, []string{"unreachable", "no route", "host is down"}},
	{client.ReasonRefused, []string{"refused"}},
}

// failureFacts returns a failure in facts.
func failureFacts(f client.Failure) client.Failure {
	if f.Part != "" {
		return f
	}
	return oldFailure(f)
}

func oldFailure(f client.Failure) client.Failure {
	for _, p := range oldParts {
		if strings.HasSuffix(f.Message, p.words) {
			f.Part = p.part
		}
	}
	for _, r := range oldReasons {
		if f.Reason == "" && response.Says(f.Message, r.words...) {
			f.Reason = r.reason
		}
	}
	if response.Says(f.Message, "the other side ended tls: unrecognized name") {
		f.Alert = client.AlertUnrecognizedName
	}
	switch {
	case f.Part != "":
	case f.Kind == client.FailedConnect, f.Reason == client.ReasonPrivate:
		f.Part = client.PartConnect
	case f.Kind == client.FailedTLS, f.Reason == client.ReasonCertificate:
		f.Part = client.PartTLS
	}
	return f
}

// certificateFaults returns what is wrong with the certificates of an exchange.
func certificateFaults(t *client.TLS) []client.CertificateFault {
	if t.Faults != nil || t.VerifyError == "" {
		return t.Faults
	}
	var out []client.CertificateFault
	for _, f := range []struct {
		fault client.CertificateFault
		words string
	}{
		{client.CertificateWrongName, "not for "}, {client.CertificateExpired, "expired on"},
		{client.CertificateNotYet, "not valid before"},
		{client.CertificateUnknownRoot, "unknown authority"}, {client.CertificateSelfSigned, "self-signed"},
	} {
		if response.Says(t.VerifyError, f.words) {
			out = append(out, f.fault)
		}
	}
	if out == nil {
		out = []client.CertificateFault{client.CertificateOther}
	}
	if len(t.Certificates) > 0 && t.Misnamed() && !slices.Contains(out, client.CertificateWrongName) {
		out = append(out, client.CertificateWrongName)
	}
	return out
}

// AddFacts puts the facts of an entry in the place of what the first recordings have in words alone. What has its facts
// stays as it is.
func AddFacts(e *flow.Entry) {
	if e.Failure != nil {
		*e.Failure = failureFacts(*e.Failure)
	}
	if c := e.Connection; c != nil {
		for i := range c.Unreached {
			c.Unreached[i].Failure = failureFacts(c.Unreached[i].Failure)
		}
		if c.TLS != nil {
			c.TLS.Faults = certificateFaults(c.TLS)
		}
	}
	d := e.Discovery
	if d == nil {
		return
	}
	if d.Failure != nil {
		*d.Failure = failureFacts(*d.Failure)
	}
	for i := range d.Steps {
		l := lookupFacts(d.Steps[i])
		if l.Failure != nil {
			failure := failureFacts(*l.Failure)
			l.Failure = &failure
		}
		d.Steps[i].Lookup = l
	}
}
