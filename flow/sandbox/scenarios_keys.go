package sandbox

import (
	"encoding/json"

	"doorstep/client"
	"doorstep/flow/event"
)

// keyScenarios have a key document come that is not accepted, or hardly.
func keyScenarios() []Scenario {
	document := func(f Fault) []Fault {
		f.Server, f.Endpoint = ResidentName, client.ServerKeys
		return []Fault{f}
	}
	return []Scenario{{
		Name: "key-document-other-name", Title: "The resident server's key document names another server", Finding: "wrong-server",
		Teaches: "It answers under its name, and its document is for www.resident.example: nothing that resident.example signed can be checked with that.",
		Faults:  document(Fault{reply: rewriteKeys("server_name", "www.resident.example", "www.resident.example")}),
	}, {
		Name: "key-document-other-case", Title: "The resident server's key document spells its name with a capital", Finding: "server-name-case",
		Teaches: "For DNS it is the same name, for homeservers it is another: they compare names byte for byte.",
		Faults:  document(Fault{reply: rewriteKeys("server_name", "Resident.example", "Resident.example")}),
	}, {
		Name: "key-document-unsigned", Title: "The resident server's key document was changed after it was signed", Finding: "key-document-unsigned",
		Teaches: "A document has to be signed by one of the keys that it lists. This one is not, so none of them counts.",
		Faults:  document(Fault{reply: rewriteKeys("note", "changed by a proxy", "")}),
	}, {
		Name: "key-document-unusable", Title: "A web page comes in place of the resident server's key document", Finding: "key-document-unusable",
		Teaches: "Status 200 and no document: the path ends at a web server.",
		Faults:  document(Fault{Instead: page(200, "Welcome")}),
	}, {
		Name: "key-document-missing", Title: "The resident server answers, and its proxy does not pass on /_matrix/key", Finding: "key-document-missing",
		Teaches: "make_join and send_join come through, the key document does not: whoever has no copy of the keys can check nothing.",
		Faults:  document(Fault{Instead: page(404, "Not Found")}),
	}, {
		Name: "key-document-expired", Title: "The resident server's key document is out of date", Finding: "key-document-expired",
		Teaches: "Signed and whole, but valid_until_ts is years ago: from version 5 on no event made since then can be checked with it.",
		Faults:  document(Fault{reply: rewriteKeys("valid_until_ts", int64(1_500_000_000_000), ResidentName)}),
	}, {
		Name: "notary-not-believed", Title: "A notary passes a key document on without its own signature", Finding: "notary-not-believed",
		Teaches: "The document may be right. Only the notary's signature would say who vouches for it.",
		Layout:  Layout{Directory: DirectoryName, Founder: ResidentName, Second: OtherName, Candidates: []string{ResidentName}},
		Asked:   Asked{Notary: ResidentName, Unseen: []string{OtherName}},
		Faults:  []Fault{{Server: ResidentName, Endpoint: client.NotaryQuery, reply: withoutNotary}},
	}}
}

// rewriteKeys sets a field of a key document, and signs it again as a server of that name; with "" the old signature stays.
func rewriteKeys(field string, value any, signer string) func(*server, *Reply) {
	return func(s *server, reply *Reply) {
		doc, ok := reply.Body.(rawJSON)
		if !ok {
			return
		}
		text, err := encode(value)
		if err != nil {
			return
		}
		changed := []event.Member{{Key: field, Value: text}}
		if signer == "" {
			doc, err = event.Edit(doc, changed)
		} else if doc, err = event.Edit(doc, changed, "signatures"); err == nil {
			doc, err = event.SignJSON(doc, signer, s.keys.current)
		}
		if err == nil {
			reply.Body = rawJSON(doc)
		}
	}
}

// withoutNotary takes the notary's signature off the documents that it passes on.
func withoutNotary(s *server, reply *Reply) {
	answer, ok := reply.Body.(fields)
	if !ok {
		return
	}
	list, _ := answer["server_keys"].([]rawJSON)
	for i, doc := range list {
		d := struct {
			Signatures map[string]json.RawMessage `json:"signatures"`
		}{}
		if json.Unmarshal(doc, &d) != nil {
			continue
		}
		delete(d.Signatures, s.name)
		if signatures, err := encode(d.Signatures); err == nil {
			if stripped, err := event.Edit(doc, []event.Member{{Key: "signatures", Value: signatures}}); err == nil {
				list[i] = stripped
			}
		}
	}
}
