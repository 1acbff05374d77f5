package story

import (
	"fmt"
	"strings"

	"doorstep/flow"
	"doorstep/flow/wording"
)

// notOfRedacted is why a signature or a hash in a redacted recording has no verdict.
const notOfRedacted = "not checked: the recording is redacted, and what stands here is no longer what it was"

// redacted reports whether the recording is redacted: no signature and no hash in it can be checked.
func (s *Scene) redacted() bool { return s.State.Header.Redacted != nil }

// removedNames are the kinds of what is taken out, in words, each one of it.
var removedNames = map[flow.RemovedKind]string{
	flow.RemovedServers: "server or host", flow.RemovedUsers: "user", flow.RemovedRooms: "room",
	flow.RemovedAliases: "alias", flow.RemovedEvents: "event ID", flow.RemovedAddresses: "address",
	flow.RemovedKeyIDs: "key ID", flow.RemovedKeys: "key", flow.RemovedSignatures: "signature",
	flow.RemovedHashes: "hash", flow.RemovedCertificates: "name or fingerprint of a certificate",
	flow.RemovedNames: "other name", flow.RemovedContents: "value of content", flow.RemovedTexts: "text",
	flow.RemovedHeaders: "header field", flow.RemovedBodies: "body that is no JSON", flow.RemovedEntries: "unknown entry",
}

// RemovedWords says what was taken out, by kind and count.
func RemovedWords(removed map[flow.RemovedKind]int) string {
	var out []string
	for _, kind := range flow.RemovedKinds {
		if n := removed[kind]; n > 0 {
			out = append(out, several(n, removedNames[kind]))
		}
	}
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, ", ")
}

// several counts things whose names have more than one word, or an odd plural.
func several(n int, name string) string {
	if n > 1 {
		switch first, rest, _ := strings.Cut(name, " "); first {
		case "server":
			return fmt.Sprintf("%d servers and hosts", n)
		case "name":
			return fmt.Sprintf("%d names and fingerprints of certificates", n)
		case "hash":
			return fmt.Sprintf("%d hashes", n)
		case "body":
			return fmt.Sprintf("%d bodies that are no JSON", n)
		case "unknown":
			return fmt.Sprintf("%d unknown entries", n)
		case "alias", "address":
			return fmt.Sprintf("%d %ses", n, first)
		case "value":
			return fmt.Sprintf("%d values %s", n, rest)
		}
	}
	return wording.Count(n, name)
}
