package command

import (
	"strings"

	"doorstep/flow"
)

// missingNames are the things that an imported recording may lack, in words.
var missingNames = map[flow.Missing]string{
	flow.MissingDiscovery: "where server names lead", flow.MissingTLS: "what TLS showed",
	flow.MissingWire: "bytes as they were sent", flow.MissingTried: "who else could be asked",
	flow.MissingClient: "the client's part", flow.MissingTemplate: "an event template",
	flow.MissingJoin: "the join event", flow.MissingBodies: "bodies of some answers",
	flow.MissingOwnKey: "the joining server's key", flow.MissingKeys: "keys of servers that signed something",
}

// missingWords say what an imported recording lacks; empty where it is none.
func missingWords(h flow.Header) string {
	if h.Imported == nil {
		return ""
	}
	var out []string
	for _, m := range h.Imported.Missing {
		if words := missingNames[m]; words != "" {
			out = append(out, words)
		}
	}
	words := strings.Join(out, ", ")
	if h.Logged() {
		words = strings.Replace(words, "bodies of some answers", "bodies", 1)
	}
	return words
}
