package diagnose

import (
	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
)

// directoryCauses are about A2 and A3: which room, and who is in it.
var directoryCauses = []Cause{{
	ID:    "alias-not-found",
	Title: "The directory server does not know this alias",
	Cause: "The alias was deleted or mistyped, or it belonged to a room that everybody has left. Only the server in " +
		"the alias can say where it leads.",
	Advice: "Ask for a fresh link, or join by room ID and name a server that is in the room.",
	Apart: "An alias that exists and is not found may have been encoded wrongly on the way: compare the target of A2 " +
		"with the alias.",
	Source:   "server-server: Querying for information",
	Sight:    Detected,
	evidence: func(v *view) []int { return v.at(refused(404, []string{"M_NOT_FOUND"}), flow.A3) },
}, {
	ID:    "alias-encoding",
	Title: "The alias may have been encoded wrongly on its way",
	Cause: "It holds characters that have to be percent-encoded in a URL. A client or proxy that encodes them twice, " +
		"or not at all, asks for another alias, and that one does not exist.",
	Advice: "Try the same alias with another client. If that works, the first one encodes it wrongly; if not, the " +
		"alias is gone.",
	Apart: "The target of A2 has every character encoded once. `doorstep join ALIAS --dry-run` goes around the " +
		"client.",
	Source:     "server-server: Querying for information",
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
	ID:     "directory-error",
	Title:  "The directory server answers with an error of its own",
	Cause:  "It broke down over the request, or will not serve it. Whether the alias exists is not said.",
	Advice: "Try again later, or join by room ID and name a server that is in the room.",
	Apart: "Dendrite answers 500 with an empty error also for aliases of other servers. A page of HTML comes from the " +
		"proxy in front.",
	Source: "server-server: Querying for information",
	Sight:  Detected,
	rank:   2,
	evidence: func(v *view) []int {
		return v.at(func(e *flow.Entry) bool {
			return e.Response != nil && e.Response.Status >= 500 && e.Speaker() == response.Homeserver
		}, flow.A3)
	},
}, {
	ID:    "directory-answer-broken",
	Title: "The directory's answer lacks what it has to hold",
	Cause: "room_id and servers are both required. Without the one nobody knows what to join, without the other whom " +
		"to ask. Something answers that is not a whole directory.",
	Advice: "Tell the server's administrator. Meanwhile join by room ID and name a server that is in the room.",
	Source: "server-server: Querying for information",
	Sight:  Detected,
	rank:   3,
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
	Title: "Nobody is in the room any more, as far as the directory knows",
	Cause: "The alias still leads to the room, and the list of servers in it is null: Dendrite answers so once " +
		"everybody has left. A room without members lets nobody in.",
	Advice: "Ask for a newer link. If you know a server with a member in the room, name it: `doorstep join ROOM_ID " +
		"--via NAME`. Otherwise a new room has to be made.",
	Apart:  "A list that is there and empty, or lacks altogether, are other findings.",
	Source: "server-server: Querying for information",
	Sight:  Detected,
	rank:   4,
	evidence: func(v *view) []int {
		if v.Directory == nil || !v.Directory.Abandoned || v.Template != nil {
			return nil
		}
		return []int{v.Directory.Seq}
	},
}, {
	ID:    "directory-unreachable",
	Title: "The directory server gives no answer",
	Cause: "Nobody but the server in the alias may say where it leads, and that server is down, cannot be found, or " +
		"keeps silent. The room itself may be well.",
	Advice: "Join by room ID and name another server that is in the room: `doorstep join ROOM_ID --via NAME`.",
	Apart: "What kept it from answering is another finding, where there is one. Synapse waits ten seconds for it and " +
		"tells its client 502, Failed to fetch alias.",
	Source: "server-server: Querying for information; matrix-org/matrix-spec-proposals#1962, element-hq/synapse#14462",
	Sight:  Detected,
	rank:   5,
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
	Title: "The directory's list is out of date",
	Cause: "Whom it names is no longer in the room, or no longer there at all. Synapse notes the servers when an " +
		"alias is made; since version 1.143 it adds those in the room, as long as it is in it itself.",
	Advice: "Name a server that is in the room: `--via NAME`. Somebody in the room can delete the alias and make it " +
		"again, which brings the list up to date.",
	Apart:  "`--candidates all` asks every server of the list, so that one that can help is not missed.",
	Source: "server-server: Querying for information; matrix-org/synapse#10236, element-hq/synapse#18970",
	Sight:  Detected,
	rank:   6,
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
