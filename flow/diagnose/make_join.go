package diagnose

import (
	"slices"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/response"
)

// requestCauses are about signed requests that did not get as far as the room: A3, A5 and A7 alike.
var requestCauses = []Cause{{
	ID:    "endpoint-unrecognised",
	Title: "The server does not know the endpoint",
	Cause: "M_UNRECOGNIZED is about the path, not about the room: the request ended at a worker, or behind a proxy, " +
		"that does not serve it.",
	Advice: "The server's administrator has to have all of /_matrix/federation passed on, and with workers to the " +
		"right one. Meanwhile ask another candidate.",
	Apart:      "Asked for its version, the server answers where only single paths are left out.",
	Source:     "server-server: Unsupported endpoints; matrix-org/synapse#8409",
	Sight:      Detected,
	commands:   []command{askVersion},
	incidental: true,
	evidence:   func(v *view) []int { return v.at(refused(0, []string{"M_UNRECOGNIZED"}), flow.A3, flow.A5) },
}, {
	ID:    "gateway-error",
	Title: "A gateway answers, not the homeserver",
	Cause: "A proxy, a load balancer or the edge of a CDN stands in front of the homeserver and gave this answer " +
		"itself. With 502, 503 or 504 it cannot reach the homeserver, or waits no longer; with 429 it limits requests; " +
		"with another status it will not pass this one on. The room has said nothing.",
	Advice: "Try again in a while, or through another server. If it lasts, the server's administrator has to look " +
		"whether the homeserver runs, where the proxy sends requests to, and which it holds back.",
	Apart: "A homeserver's own error is JSON with an errcode. The time the exchange took tells a timeout (504) from a " +
		"homeserver that is down (502, at once).",
	Source:     "server-server: API standards; matrix-org/synapse#2957",
	Sight:      Detected,
	rank:       1,
	commands:   []command{askVersion},
	incidental: true,
	reword:     gatewayWords,
	evidence: func(v *view) []int {
		atHome := func(e *flow.Entry) bool {
			return gatewaySpeaks(e) && !slices.Contains([]int{413, 414, 431, 504}, e.Response.Status)
		}
		return slices.Concat(v.at(gatewaySpeaks, withLeave...), v.turnedDown(atHome), v.keysFrom(gatewaySpeaks))
	},
}, {
	ID:    "proxy-decodes-path",
	Title: "A proxy in front of the server rewrites the path",
	Cause: "This server takes a signed request of ours whose path needs no escapes, and finds the signature of one " +
		"wrong whose path does. The signature covers the path byte by byte; a reverse proxy decodes it on the way. Room, " +
		"user and event IDs are always escaped.",
	Advice: "The server's administrator has to have the path passed on as it came: in nginx no URI, not even a slash, " +
		"after the address in proxy_pass; in Apache `nocanon` on ProxyPass and AllowEncodedSlashes NoDecode.",
	Apart: "`doorstep join … --probe` asks the same twice, with escapes in the path and without. With a wrong key " +
		"both would be refused.",
	Source: "server-server: Request Authentication; matrix-org/synapse#3294, matrix-org/synapse#3387, " +
		"matrix-org/fed-tester-ui#24, matrix-org/matrix-spec-proposals#2355",
	Sight:      Detected,
	rank:       2,
	incidental: true,
	evidence:   func(v *view) []int { taken, wrong := v.rewritten(); return append(taken, wrong...) },
}, {
	ID:    "authorization-stripped",
	Title: "Our Authorization header did not arrive",
	Cause: "A proxy in front of the server keeps it to itself, as those do that ask for passwords of their own, or " +
		"passes requests on without it.",
	Advice:     "The server's administrator has to have the Authorization header passed on for /_matrix.",
	Apart:      "The request as we sent it is in the trace, with the header.",
	Source:     "server-server: Request Authentication",
	Sight:      Detected,
	rank:       3,
	incidental: true,
	evidence:   func(v *view) []int { return v.at(unauthenticated(response.SaysNoHeader...), arrows...) },
}, {
	ID:    "authorization-malformed",
	Title: "Our Authorization header cannot be read over there",
	Cause: "Either something on the way changes it, or that server reads X-Matrix in a way of its own: it trips over " +
		"quotes, colons, the order of the parameters, or the lack of destination.",
	Advice: "Tell the server's administrator which software it is about. Another candidate may run another.",
	Apart:  "The header as it was sent, but for the signature, is in the trace: its form is the plainest there is.",
	Source: "server-server: Request Authentication; matrix-org/matrix-spec#817, matrix-org/matrix-spec#1817, " +
		"matrix-org/synapse#1350",
	Sight:      Detected,
	rank:       4,
	incidental: true,
	evidence:   func(v *view) []int { return v.at(unauthenticated(response.SaysBadHeader...), arrows...) },
}, {
	ID:    "wrong-destination",
	Title: "The server goes by another name than the one we asked for",
	Cause: "The request is signed for the name in the list, and the server that answers there is not called so. " +
		"Somebody wrote down where a server is instead of what it is called, or it was renamed.",
	Advice:     "Use its server name, the one in its users' IDs, not the host it runs on.",
	Apart:      "The server_name in its key document is what it is called.",
	Source:     "server-server: Request Authentication; Resolving server names",
	Sight:      Detected,
	rank:       5,
	commands:   []command{askKeys},
	incidental: true,
	evidence:   func(v *view) []int { return v.at(refused(0, nil, response.SaysDestination...), arrows...) },
}, {
	ID:         "federation-denied",
	Title:      "The server does not federate with ours",
	Cause:      "One of the two has a list of servers to federate with, or not to. This has nothing to do with the room.",
	Advice:     "Ask the administrator of that server to admit yours, or join through a server that does.",
	Apart:      "An access list of the room refuses in other words, and at every server.",
	Source:     "server-server: Joining Rooms (403)",
	Sight:      Detected,
	rank:       6,
	incidental: true,
	evidence:   func(v *view) []int { return v.at(refused(0, nil, response.SaysFederationDenied...), arrows...) },
}, {
	ID:    "rate-limited",
	Title: "The server asks to come back later",
	Cause: "It limits how many may join the room in a time, one a second after the first ten in Synapse, or how much " +
		"one server may ask. After a raid, or a link that many follow, the limit is soon reached.",
	Advice:     "Wait for as long as Retry-After or retry_after_ms says, or ask another resident server now.",
	Apart:      "429 at A8, with nothing sent before it, is our own server's limit.",
	Source:     "client-server: Rate limiting; matrix-org/synapse#12710",
	Sight:      Detected,
	rank:       7,
	incidental: true,
	evidence: func(v *view) []int {
		return v.at(func(e *flow.Entry) bool { return refused(429, nil)(e) && spokenBy(response.Homeserver)(e) }, arrows...)
	},
}, {
	ID:    "connection-closed",
	Title: "The server hangs up without an answer",
	Cause: "The request went out on a connection that stood, and the connection was closed. The homeserver crashed or " +
		"restarted, or something in between cut it.",
	Advice:     "Try again, and then through another server.",
	Apart:      "At send_join the join may have been taken all the same: that is another finding.",
	Source:     "server-server: Joining Rooms",
	Sight:      Detected,
	rank:       8,
	incidental: true,
	evidence:   func(v *view) []int { return v.at(failed(client.FailedClosed), flow.A3, flow.A5) },
}}

// makeJoinCauses are about A4 and A5: refusals of the join itself, which a resident server may also give at A7.
var makeJoinCauses = []Cause{{
	ID:    "incompatible-version",
	Title: "The room is of a version that we do not implement",
	Cause: "The room was made, or upgraded to, with a version that is not among those offered. Its events would get " +
		"wrong IDs and wrong signatures from us.",
	Advice: "Upgrade the joining server; room version 12 came in 2025.",
	Apart:  "The answer names the version. One that we know and did not offer is another finding.",
	Source: "server-server: Joining Rooms (M_INCOMPATIBLE_ROOM_VERSION); matrix-org/dendrite#2010, " +
		"matrix-org/dendrite#3203",
	Sight:      Detected,
	incidental: true,
	evidence: func(v *view) []int {
		out := v.at(func(e *flow.Entry) bool { return incompatible(e) && !v.withheld(e) }, flow.A5)
		return append(out, v.at(func(e *flow.Entry) bool {
			if e.Response == nil || e.Failure != nil || !response.Succeeds(e.Response) {
				return false
			}
			said := e.Template().Said
			_, known := event.Lookup(said)
			return said != "" && !known
		}, flow.A5)...)
	},
}, {
	ID:    "version-not-offered",
	Title: "The room's version was not offered",
	Cause: "make_join lists the room versions that the joining server can do, and this one was left out although it " +
		"is implemented.",
	Advice:     "Offer it: `--room-versions`, or leave that flag out. A homeserver offers what its configuration allows.",
	Apart:      "The target of A4 lists what was offered; the answer names what is needed.",
	Source:     "server-server: Joining Rooms (ver, M_INCOMPATIBLE_ROOM_VERSION)",
	Sight:      Detected,
	rank:       1,
	incidental: true,
	evidence: func(v *view) []int {
		return v.at(func(e *flow.Entry) bool { return incompatible(e) && v.withheld(e) }, flow.A5)
	},
}, {
	ID:    "server-acl",
	Title: "The room's access list denies our server",
	Cause: "The state of the room lists servers that may not take part. Every server in the room enforces it. A list " +
		"that allows nobody shuts everybody out, often by mistake.",
	Advice: "Ask the moderators of the room to change m.room.server_acl.",
	Apart: "A refusal about the server, not the user: other users of our server get the same. tuwunel takes an empty " +
		"list for a mistake and lets in, others do not.",
	Source:   "server-server: Server Access Control Lists (ACLs); matrix-org/synapse#5468, matrix-org/synapse#4042",
	Sight:    Detected,
	rank:     2,
	evidence: func(v *view) []int { return v.at(refused(403, nil, response.SaysACL...), flow.A5, flow.A7) },
}, {
	ID:         "candidate-left",
	Title:      "The server has nobody in the room any more",
	Cause:      "It was in the room once: its last user has left. The list of candidates is older than that.",
	Advice:     "Ask another server: `--via NAME`.",
	Apart:      "A server that never was in the room says that it does not know it.",
	Source:     "server-server: Joining Rooms (404); matrix-org/synapse#9688",
	Sight:      Detected,
	rank:       3,
	incidental: true,
	evidence:   func(v *view) []int { return v.at(refused(404, nil, response.SaysLeft...), flow.A5, flow.A7) },
}, {
	ID:    "candidate-partial",
	Title: "The server is still joining the room itself",
	Cause: "It took an answer without members and has yet to fetch them; until then it can let nobody in. With a " +
		"large room that takes a while, and has been seen to get stuck.",
	Advice: "Ask another server, `--via NAME`, or try again later. If it lasts, its administrator can look at the " +
		"room's resynchronisation.",
	Source:     "matrix-org/synapse#13416, matrix-org/synapse#12998, element-hq/synapse#19210",
	Sight:      Detected,
	rank:       4,
	incidental: true,
	evidence:   func(v *view) []int { return v.at(refused(0, nil, response.SaysPartial...), flow.A5, flow.A7) },
}, {
	ID:    "room-unknown",
	Title: "The server does not know the room",
	Cause: "It was never in the room, or its administrator has purged it. Or the room ID is mistyped: then every " +
		"server says so.",
	Advice:     "Ask a server that is in the room: `--via NAME`. Check the room ID against the link.",
	Apart:      "Dendrite answers 500 with an empty error to the same question.",
	Source:     "server-server: Joining Rooms (M_NOT_FOUND); element-hq/synapse#8796",
	Sight:      Detected,
	rank:       5,
	incidental: true,
	evidence: func(v *view) []int {
		return v.at(func(e *flow.Entry) bool {
			return refused(404, []string{"M_NOT_FOUND"})(e) && !response.Says(response.RefusalOf(e.Response).Message,
				slices.Concat(response.SaysLeft, response.SaysPartial)...)
		}, flow.A5, flow.A7)
	},
}, {
	ID:    "room-dead",
	Title: "Nothing is left of the room over there",
	Cause: "The server knows the room's name and has lost its beginning: the last member left and the state was " +
		"cleaned up, or its database is damaged. Without the create event nobody can be let in.",
	Advice:     "Ask another server. If they all say so, the room is dead: a new one has to be made.",
	Source:     "room versions: Authorisation rules; matrix-org/synapse#7835, matrix-org/synapse#6958",
	Sight:      Detected,
	rank:       6,
	incidental: true,
	evidence:   func(v *view) []int { return v.at(refused(0, nil, response.SaysDead...), flow.A5, flow.A7) },
}, {
	ID:    "bare-internal-error",
	Title: "The server breaks down without a word",
	Cause: "500 and nothing that says why. Dendrite answers so to what it does not expect: a room it does not know, " +
		"an alias of another server, an event that its rules refuse.",
	Advice:     "Take it for: this server cannot help. Ask another one, `--via NAME`; the reason is in that server's log.",
	Source:     "server-server: API standards",
	Sight:      Detected,
	rank:       7,
	incidental: true,
	evidence: func(v *view) []int {
		return v.at(func(e *flow.Entry) bool {
			f := response.Refusal{}
			if e.Response != nil && e.Response.Status == 500 && e.Speaker() == response.Homeserver {
				f = *response.RefusalOf(e.Response)
			}
			return f.Status == 500 && f.Errcode == "" && f.Message == ""
		}, flow.A5, flow.A7)
	},
}, {
	ID:       "not-federated",
	Title:    "The room does not federate",
	Cause:    "m.federate is false in its create event. That was decided when the room was made, and cannot be changed.",
	Advice:   "Only users of the server that made the room can join. Ask for an account there, or for a new room.",
	Source:   "room versions: Authorisation rules (m.federate)",
	Sight:    Detected,
	rank:     8,
	evidence: func(v *view) []int { return v.at(refused(0, nil, response.SaysUnfederated...), flow.A5, flow.A7) },
}, {
	ID:    "banned",
	Title: "The user is banned from the room",
	Cause: "A moderator banned this user. Every server in the room enforces the ban, so another candidate would say " +
		"the same.",
	Advice:   "Ask the moderators of the room to lift the ban.",
	Apart:    "An access list refuses the server, for all its users; a ban refuses this one.",
	Source:   "room versions: Authorisation rules, join",
	Sight:    Detected,
	rank:     9,
	evidence: func(v *view) []int { return v.at(refused(403, nil, response.SaysBanned...), flow.A5, flow.A7) },
}, {
	ID:     "unable-to-authorise",
	Title:  "The server cannot tell whether a restricted join is allowed",
	Cause:  "The room lets in the members of another room, and this server is not in that one. Others are.",
	Advice: "Join through a server that is in both rooms, such as that of whoever runs the space: `--via NAME`.",
	Apart:  "tuwunel says the same where it is in the other room and does not find the user there.",
	Source: "server-server: Restricted rooms (M_UNABLE_TO_AUTHORISE_JOIN); matrix-org/synapse#10447, " +
		"matrix-org/matrix-spec-proposals#3083",
	Sight:      Detected,
	rank:       10,
	incidental: true,
	evidence:   func(v *view) []int { return v.at(refused(0, []string{"M_UNABLE_TO_AUTHORISE_JOIN"}), flow.A5, flow.A7) },
}, {
	ID:    "unable-to-grant",
	Title: "The server has no user who could let us in",
	Cause: "The condition of a restricted join is met. But the join has to name a user of the resident server who may " +
		"invite, and nobody there has the power level for that.",
	Advice: "Join through a server that has such a user, mostly the one of the room's administrators: `--via NAME`. " +
		"They can lower the level for invites, too.",
	Source:     "server-server: Restricted rooms (M_UNABLE_TO_GRANT_JOIN); element-hq/synapse#16741",
	Sight:      Detected,
	rank:       11,
	incidental: true,
	evidence:   func(v *view) []int { return v.at(refused(0, []string{"M_UNABLE_TO_GRANT_JOIN"}), flow.A5, flow.A7) },
}, {
	ID:    "authoriser-gone",
	Title: "The server has the join authorised by somebody who has left",
	Cause: "The condition of a restricted join is met. The resident server picks one of its users to authorise the join, " +
		"and its own rules then refuse that one, who is not in the room. Dendrite has been seen to pick an " +
		"administrator who had left.",
	Advice:     "Join through another server: `--via NAME`. If there is none, only an invite helps.",
	Source:     "room version 10: Authorisation rules, 4.3.5.2",
	Sight:      Detected,
	rank:       12,
	incidental: true,
	evidence: func(v *view) []int {
		return v.at(refused(403, nil, response.SaysAuthoriserGone...), flow.A5, flow.A7)
	},
}, {
	ID:    "restricted-race",
	Title: "A restricted join was granted at make_join and refused at send_join",
	Cause: "The template named who authorises the join, so the condition held then. The room, or the one whose " +
		"members are let in, changed before the event came back.",
	Advice: "Try once more. If it is refused again, look at the membership in the other room.",
	Source: "server-server: Restricted rooms",
	Sight:  Detected,
	rank:   13,
	evidence: func(v *view) []int {
		if v.authoriser() == "" {
			return nil
		}
		out := v.at(refused(403, nil, slices.Concat(response.SaysRestrictedNotMet, response.SaysNotInvited)...), flow.A7)
		if out != nil {
			out = append(out, v.Template.Seq)
		}
		return out
	},
}, {
	ID:    "restricted-not-met",
	Title: "The user is in none of the rooms whose members are let in",
	Cause: "The room is restricted: it admits members of certain other rooms, mostly of a space. The server asked is " +
		"in those rooms and does not find the user there.",
	Advice: "Join the space, or the other room, first; or ask for an invite.",
	Apart: "A server that cannot tell says M_UNABLE_TO_AUTHORISE_JOIN. If the user just joined the other room, the " +
		"news may not have arrived: try again.",
	Source: "server-server: Restricted rooms; matrix-org/synapse#10572",
	Sight:  Detected,
	rank:   14,
	evidence: func(v *view) []int {
		return v.at(refused(403, nil, response.SaysRestrictedNotMet...), flow.A5, flow.A7)
	},
}, {
	ID:    "user-id-refused",
	Title: "The server does not take the user's ID for one",
	Cause: "The localpart has characters that today's grammar does not allow: capitals, blanks, letters beyond ASCII, " +
		"emoji. Old users have such IDs; Dendrite refuses them at make_join, Synapse lets them in.",
	Advice:     "Join through a server that runs other software, `--via NAME`, or with another user.",
	Source:     "appendices: User Identifiers, Historical User IDs",
	Sight:      Detected,
	rank:       15,
	incidental: true,
	evidence:   func(v *view) []int { return v.at(refused(400, nil, response.SaysUserID...), flow.A5, flow.A7) },
}, {
	ID:    "not-invited",
	Title: "The room is closed, and the user has no invite",
	Cause: "The join rule wants an invite. There is none for this user, or it was for another ID, was revoked, or has " +
		"not reached the server that was asked.",
	Advice: "Ask a member for an invite. If there was one, join through the server of whoever sent it.",
	Apart: "`--candidates all`: if they all say so, there is no invite; if one agrees, the news has not reached the " +
		"others. A room whose join rule is knock refuses in the same words.",
	Source: "room versions: Authorisation rules, join",
	Sight:  Detected,
	rank:   16,
	evidence: func(v *view) []int {
		return v.at(func(e *flow.Entry) bool {
			return refused(403, nil, response.SaysNotInvited...)(e) && !refused(403, nil, response.SaysRestrictedNotMet...)(e)
		}, flow.A5, flow.A7)
	},
}}

// withheld reports whether a refusal names a version that we implement and did not offer.
func (v *view) withheld(e *flow.Entry) bool {
	wants := response.RefusalOf(e.Response).RoomVersion
	_, known := event.Lookup(wants)
	return known && !slices.Contains(v.Header.Offered, wants)
}
