package story

import (
	"slices"
	"strings"

	"doorstep/flow"
)

// missingNames are the things that an imported recording may lack, in words.
var missingNames = map[flow.Missing]string{
	flow.MissingDiscovery: "where server names lead", flow.MissingTLS: "what TLS showed",
	flow.MissingWire: "bytes as they were sent", flow.MissingTried: "who else could be asked",
	flow.MissingClient: "the client's part", flow.MissingTemplate: "an event template",
	flow.MissingJoin: "the join event", flow.MissingBodies: "some of the bodies",
	flow.MissingOwnKey: "the joining server's key", flow.MissingKeys: "keys of servers that signed something",
}

// MissingWords say what an imported recording lacks; empty where it is none.
func MissingWords(h flow.Header) string {
	if h.Imported == nil {
		return ""
	}
	words := namesOf(h.Imported.Missing)
	if h.Logged() {
		words = strings.Replace(words, "some of the bodies", "bodies", 1)
	}
	return words
}

// decidingWords say what an imported recording lacks of what would show how its handshake ended, and whether it holds.
func decidingWords(h flow.Header) string {
	if h.Imported == nil {
		return ""
	}
	aside := []flow.Missing{flow.MissingDiscovery, flow.MissingTLS, flow.MissingWire, flow.MissingTried,
		flow.MissingClient}
	words := namesOf(slices.DeleteFunc(slices.Clone(h.Imported.Missing), func(m flow.Missing) bool {
		return slices.Contains(aside, m)
	}))
	if words == "" {
		return "how it ended"
	}
	return words
}

func namesOf(missing []flow.Missing) string {
	var out []string
	for _, m := range missing {
		if words := missingNames[m]; words != "" {
			out = append(out, words)
		}
	}
	return strings.Join(out, ", ")
}
