package sandbox

import (
	"encoding/json"
	"strings"
	"unicode"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/sandbox/engine"
)

// keyScenarios have a key document come that is not accepted, or hardly.
func keyScenarios() []engine.Scenario {
	document := func(f engine.Fault) []engine.Fault {
		f.Server, f.Endpoint = engine.ResidentName, client.ServerKeys
		return []engine.Fault{f}
	}
	return []engine.Scenario{{
		Name: "key-document-other-name", Title: "The resident server's key document names another server",
		Finding: "wrong-server",
		Teaches: "It answers under its name, and its document is for www.resident.example: nothing that resident.example " +
			"signed can be checked with that.",
		Faults: document(engine.Fault{Reply: rewriteKeys("server_name", "www.resident.example", "www.resident.example")}),
	}, {
		Name: "key-document-other-case", Title: "The resident server's key document spells its name with a capital",
		Finding: "server-name-case",
		Teaches: "For DNS it is the same name, for homeservers it is another: they compare names byte for byte.",
		Faults:  document(engine.Fault{Reply: capitalise}),
		Letters: true,
	}, {
		Name: "key-document-unsigned", Title: "The resident server's key document was changed after it was signed",
		Finding: "key-document-unsigned",
		Teaches: "A document has to be signed by one of the keys that it lists. This one is not, so none of them counts.",
		Faults:  document(engine.Fault{Reply: rewriteKeys("note", "changed by a proxy", "")}),
	}, {
		Name: "key-document-unusable", Title: "A web page comes in place of the resident server's key document",
		Finding: "key-document-unusable",
		Teaches: "Status 200 and no document: the path ends at a web server.",
		Faults:  document(engine.Fault{Instead: engine.Page(200, "Welcome")}),
	}, {
		Name: "key-document-missing", Title: "The resident server answers, and its proxy does not pass on /_matrix/key",
		Finding: "key-document-missing",
		Teaches: "make_join and send_join come through, the key document does not: whoever has no copy of the keys can " +
			"check nothing.",
		Faults: document(engine.Fault{Instead: engine.Page(404, "Not Found")}),
	}, {
		Name: "key-fetch-hangs", Title: "One of the servers takes the request for its keys, and says nothing",
		Finding: "key-document-missing",
		Teaches: "The keys of the others are fetched meanwhile, and what they signed is verified; what this one signed is " +
			"not checked. It answers the next time: on the screen R asks again.",
		Faults: []engine.Fault{{Server: engine.OtherName, Endpoint: client.ServerKeys, Hang: true, Times: 1}},
	}, {
		Name: "key-document-expired", Title: "The resident server's key document is out of date",
		Finding: "key-document-expired",
		Teaches: "Signed and whole, but valid_until_ts is years ago: from version 5 on no event made since then can be " +
			"checked with it.",
		Faults: document(engine.Fault{Reply: rewriteKeys("valid_until_ts", int64(1_500_000_000_000), itself)}),
	}, {
		Name: "notary-not-believed", Title: "A notary passes a key document on without its own signature",
		Finding: "notary-not-believed",
		Teaches: "The document may be right. Only the notary's signature would say who vouches for it.",
		Layout: engine.Layout{Directory: engine.DirectoryName, Founder: engine.ResidentName, Second: engine.OtherName,
			Candidates: []string{engine.ResidentName}},
		Asked:  engine.Asked{Notary: engine.ResidentName, Unseen: []string{engine.OtherName}},
		Faults: []engine.Fault{{Server: engine.ResidentName, Endpoint: client.NotaryQuery, Reply: withoutNotary}},
	}}
}

// itself stands for the server whose key document it is.
const itself = "{itself}"

// capitalise has a key document spell the server's name with a capital, and be signed by that name.
func capitalise(s *engine.Server, reply *engine.Reply) {
	i := strings.IndexFunc(s.Name, unicode.IsLower)
	if i < 0 {
		return
	}
	name := s.Name[:i] + strings.ToUpper(s.Name[i:i+1]) + s.Name[i+1:]
	rewriteKeys("server_name", name, name)(s, reply)
}

// rewriteKeys sets a field of a key document, and signs it again as a server of that name; with "" the old signature
// stays.
func rewriteKeys(field string, value any, signer string) func(*engine.Server, *engine.Reply) {
	return func(s *engine.Server, reply *engine.Reply) {
		signer := signer
		if signer == itself {
			signer = s.Name
		}
		doc, ok := reply.Body.(engine.RawJSON)
		if !ok {
			return
		}
		text, err := engine.Encode(value)
		if err != nil {
			return
		}
		changed := []event.Member{{Key: field, Value: text}}
		if signer == "" {
			doc, err = event.Edit(doc, changed)
		} else if doc, err = event.Edit(doc, changed, "signatures"); err == nil {
			doc, err = event.SignJSON(doc, signer, s.Keys.Current)
		}
		if err == nil {
			reply.Body = engine.RawJSON(doc)
		}
	}
}

// withoutNotary takes the notary's signature off the documents that it passes on.
func withoutNotary(s *engine.Server, reply *engine.Reply) {
	answer, ok := reply.Body.(engine.Fields)
	if !ok {
		return
	}
	list, _ := answer["server_keys"].([]engine.RawJSON)
	for i, doc := range list {
		d := struct {
			Signatures map[string]json.RawMessage `json:"signatures"`
		}{}
		if json.Unmarshal(doc, &d) != nil {
			continue
		}
		delete(d.Signatures, s.Name)
		if signatures, err := engine.Encode(d.Signatures); err == nil {
			if stripped, err := event.Edit(doc, []event.Member{{Key: "signatures", Value: signatures}}); err == nil {
				list[i] = stripped
			}
		}
	}
}
