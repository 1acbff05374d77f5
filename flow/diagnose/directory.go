package diagnose

import (
	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
)

// directoryCauses are about A2 and A3: which room, and who is in it.
var directoryCauses = []Cause{{
	ID:    "alias-not-found",
	Sight: Detected,
	evidence: func(v *view) []int {
		return v.at(func(e *flow.Entry) bool {
			byLog := e.Response != nil && e.Response.Unseen && refused(404, nil, "room alias")(e) // Synapse's words in its log
			return byLog || refused(404, []string{"M_NOT_FOUND"})(e)
		}, flow.A3)
	},
}, {
	ID:         "alias-encoding",
	Sight:      Suspected,
	rank:       1,
	incidental: true,
	evidence: func(v *view) []int {
		alias, err := client.ParseAlias(v.Alias)
		if err != nil || plainText(alias.Localpart) {
			return nil
		}
		return v.at(refused(404, nil), flow.A3)
	},
}, {
	ID:    "directory-error",
	Sight: Detected,
	rank:  2,
	evidence: func(v *view) []int {
		return v.at(func(e *flow.Entry) bool {
			return e.Response != nil && e.Response.Status >= 500 && e.Speaker() == response.Homeserver
		}, flow.A3)
	},
}, {
	ID:    "directory-answer-broken",
	Sight: Detected,
	rank:  3,
	evidence: func(v *view) []int {
		if v.Directory == nil || v.Directory.Usable() {
			return nil
		}
		return v.at(func(e *flow.Entry) bool {
			return e.Response != nil && e.Speaker() != response.WebServer
		}, flow.A3)
	},
}, {
	ID:    "room-abandoned",
	Sight: Detected,
	rank:  4,
	evidence: func(v *view) []int {
		if v.Directory == nil || !v.Directory.Abandoned || v.Template != nil {
			return nil
		}
		return []int{v.Directory.Seq}
	},
}, {
	ID:    "directory-unreachable",
	Sight: Detected,
	rank:  5,
	evidence: func(v *view) []int {
		if v.Stopped == nil || v.RoomID != "" {
			return nil
		}
		return append(v.at(noAnswer, flow.A3), seqs(v.sought, func(e *flow.Entry) bool {
			return e.To == flow.Directory && len(e.Discovery.Destinations) == 0 && e.GaveUp() == nil
		})...)
	},
}, {
	ID:    "stale-candidates",
	Sight: Detected,
	rank:  6,
	evidence: func(v *view) []int {
		if v.Directory == nil || v.Template != nil || len(v.Candidates) < 2 {
			return nil
		}
		notInRoom := refused(404, []string{"M_NOT_FOUND"})
		out, left := v.candidates(func(_ flow.Candidate,
			e *flow.Entry) bool {
			return noAnswer(e) || e.Discovery != nil || notInRoom(e)
		}), v.at(notInRoom, flow.A5)
		if len(left) == 0 || len(out) < len(v.Candidates) {
			return nil
		}
		return append(out, v.Directory.Seq)
	},
}}

// plainText reports whether a localpart is made of characters that nobody encodes.
func plainText(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.', c == '~':
		default:
			return false
		}
	}
	return true
}
