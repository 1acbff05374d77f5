package diagnose

import (
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// caseCauses are about names that differ in nothing but capitals.
var caseCauses = []Cause{{
	ID:    "server-name-case",
	Title: "A server name is written with other capitals than the server's own",
	Cause: "DNS and certificates take capitals and small letters for the same, so the right server answers. " +
		"Homeservers compare server names byte for byte: an alias, a candidate, a key document or a signature under a " +
		"name with other capitals belongs to somebody else as far as they are concerned.",
	Advice: "Write the name as the server itself does, nearly always in small letters. Where it is the server that " +
		"spells its own name in two ways, its administrator has to correct server_name in the configuration, or m.server " +
		"in the well-known document.",
	Apart: "The key document of the server says what it is called: its server_name is the spelling that counts. The " +
		"same join with the name in small letters shows whether that is all.",
	Source:     "appendices: Server Name, Identifier Grammar",
	Sight:      Detected,
	commands:   []command{askKeys},
	incidental: true,
	evidence: func(v *view) []int {
		out := v.refusedDocuments(verify.KeysOtherCase)
		out = append(append(out, v.capitalised()...), v.ownCapitals()...)
		return append(out, v.found(func(s search) bool {
			d, ok := s.delegation()
			return ok && capitals(d.Delegate) && (len(s.failed) > 0 || v.refusedByName(s.Server) != nil)
		})...)
	},
}}

// capitals reports whether a server name holds capital letters.
func capitals(server string) bool { return server != strings.ToLower(server) }

// capitalised returns the refusals of servers that were asked under a name with capitals, where the name may be the
// reason, and the entries in which they were named so.
func (v *view) capitalised() []int {
	var out []int
	if alias := client.Domain(v.Alias); capitals(alias) {
		if refused := v.refusedByName(alias); refused != nil {
			out = append(out, refused...)
			if asked := v.clientAsked(); asked != nil {
				out = append(out, asked.Seq)
			}
		}
	}
	for _, c := range v.Candidates {
		if refused := v.refusedByName(c.Server); refused != nil && capitals(c.Server) {
			out = append(append(out, refused...), v.named(c))
		}
	}
	return slices.DeleteFunc(out, func(seq int) bool { return seq == 0 })
}

// ownCapitals returns the refusals of who we are, and the key document found under our own name, where that spells
// the name with other capitals than we do.
func (v *view) ownCapitals() []int {
	e := v.ownFetch()
	if e == nil || e.Response == nil || !response.Succeeds(e.Response) {
		return nil
	}
	name := verify.DocumentServer(e.Response.Body)
	if name == v.Header.Joining || !strings.EqualFold(name, v.Header.Joining) {
		return nil
	}
	return append(v.at(deniesIdentity, arrows...), e.Seq)
}

// refusedByName returns the refusals of server that may be for the name it was asked under: not those that are about
// the room or the user, nor those of a server that is busy or broken.
func (v *view) refusedByName(server string) []int {
	return v.at(func(e *flow.Entry) bool {
		if e.Server != server || e.Response == nil || e.Failure != nil {
			return false
		}
		switch e.Response.Status {
		case 400, 401, 403, 404, 421:
		default:
			return false
		}
		f := response.RefusalOf(e.Response)
		return !slices.ContainsFunc(response.RoomRefusals,
			func(words []string) bool { return response.Says(f.Message, words...) }) && !incompatible(e)
	}, arrows...)
}
