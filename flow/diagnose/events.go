package diagnose

import (
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/auth"
	"doorstep/flow/event"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// eventCauses are about single events of the answer: a homeserver drops them or uses them redacted, and the join
// stands.
var eventCauses = []Cause{{
	ID:    "server-rebuilt",
	Title: "Our own server's old events are signed with a key that it has lost",
	Cause: "The server was in the room before, under the same name and with another key, and was set up again without " +
		"it. Nobody can check its old events any more, and a join that rests on one of them may be rejected.",
	Advice: "Put the old public key into old_verify_keys of the joining server. It need not sign anything with it again.",
	Apart: "The event's signatures name the key: `doorstep join … --key FILE` with the old key file shows whether it " +
		"is that one.",
	Source: "server-server: Publishing Keys; matrix-org/synapse#11373, matrix-org/synapse#10424, " +
		"matrix-org/dendrite#1453, matrix-org/matrix-spec-proposals#2640",
	Sight:      Detected,
	incidental: true,
	evidence: func(v *view) []int {
		return v.checks(func(c verify.Check) bool {
			server, _ := c.Signer()
			return c.Outcome == verify.Fail && !v.ours(c) && server == v.Header.Joining &&
				slices.Contains([]verify.Kind{verify.KindSigningKey, verify.KindSignature, verify.KindKeyValidity}, c.Kind)
		})
	},
}, {
	ID:    "key-id-reused",
	Title: "A server may have made a new key under an old ID",
	Cause: "Every signature of that server with this key fails, although it publishes a key of that ID. A server that " +
		"is installed again makes a new key, and older software gives it the old ID: ed25519:auto.",
	Advice: "Its administrator should use a key ID that was never used. What was signed with the lost key stays " +
		"unverifiable, unless its public half turns up in old_verify_keys.",
	Apart: "A resident server that tampers with all of one server's events would look the same. A notary that kept " +
		"the old key settles it: `--notary NAME`.",
	Source: "server-server: Publishing Keys; matrix-org/synapse#4012, matrix-org/synapse#3121, " +
		"matrix-org/dendrite#1418",
	Sight:      Suspected,
	rank:       1,
	incidental: true,
	evidence: func(v *view) []int {
		type key struct{ server, id string }
		wrong, signed := map[key]int{}, map[key]int{}
		v.checks(func(c verify.Check) bool {
			if server, id := c.Signer(); c.Kind == verify.KindSignature && c.Fault == verify.BadSignature {
				wrong[key{server, id}]++
			}
			return false
		})
		if len(wrong) == 0 {
			return nil
		}
		seen := map[string]bool{}
		for _, e := range v.replied() {
			if seen[e.ID()] {
				continue
			}
			seen[e.ID()] = true
			for _, s := range e.Signatures() {
				if slices.Contains(verify.RequiredSigners(e), s.Server) {
					signed[key{s.Server, s.KeyID}]++
				}
			}
		}
		for k, n := range wrong {
			if n > 1 && n >= signed[k] {
				return v.faulty(verify.KindSignature, verify.BadSignature)
			}
		}
		return nil
	},
}, {
	ID:    "unverifiable-auth-event",
	Title: "Events fall because one that they rest on cannot be verified",
	Cause: "The signature of an event does not hold, so it is dropped; and whatever rests on it, however well signed, " +
		"cannot be authorised and is dropped with it.",
	Advice: "The check says how many events rest on it. If the join is not among them, the rest of the room stands. " +
		"Another resident server may have a good copy.",
	Apart:      "A single event with a bad signature on which nothing rests is another finding.",
	Source:     "server-server: Checks performed on receipt of a PDU; matrix-org/dendrite#2028, matrix-org/complement#216",
	Sight:      Detected,
	rank:       2,
	incidental: true,
	evidence: func(v *view) []int {
		unsigned := v.checks(func(c verify.Check) bool {
			return c.Outcome == verify.Fail && (c.Kind == verify.KindSignature || c.Kind == verify.KindSigningKey ||
				c.Kind == verify.KindKeyValidity)
		})
		fallen := v.checks(func(c verify.Check) bool {
			return c.Kind == verify.KindAuthorisation && c.Outcome == verify.NotChecked && c.Fault == verify.RestsOnDropped
		})
		if unsigned == nil || fallen == nil {
			return nil
		}
		return append(unsigned, fallen...)
	},
}, {
	ID:    "bad-signature",
	Title: "An event's signature does not hold",
	Cause: "The server that must have signed it publishes the key, and the signature is not one of this event by that " +
		"key; or it is missing. The event was altered, or its signature was.",
	Advice: "Homeservers drop the event and go on, or fetch a good copy elsewhere. If the join rests on it, go through " +
		"another server.",
	Apart:      "If the same event is wrong from every resident, it was made so; if from one, that one has a bad copy.",
	Source:     "server-server: Validating hashes and signatures on received events",
	Sight:      Detected,
	rank:       3,
	incidental: true,
	evidence: func(v *view) []int {
		return v.checks(func(c verify.Check) bool {
			server, _ := c.Signer()
			return c.Kind == verify.KindSignature && c.Outcome == verify.Fail && server != v.Header.Joining
		})
	},
}, {
	ID:    "expired-key",
	Title: "An event is signed with a key that had expired",
	Cause: "Its signature is right, and the key was given up, or ran out, before the event was made. From room " +
		"version 5 on that is worth nothing. Or the server that published the key is wrong about when.",
	Advice: "The publisher has to correct expired_ts, or valid_until_ts, if they are wrong. Otherwise the event stays " +
		"unusable.",
	Apart: "The check gives both times. Versions 1 to 4 do not ask for valid_until_ts; whether a key was retired " +
		"before, expired_ts, gomatrixserverlib asks in them too. Homeservers differ at the very moment of expiry.",
	Source:     "room version 5; server-server: Publishing Keys; matrix-org/dendrite#2124, matrix-org/synapse#2806",
	Sight:      Detected,
	rank:       4,
	incidental: true,
	evidence:   func(v *view) []int { return v.failing(verify.KindKeyValidity) },
}, {
	ID:    "unknown-key",
	Title: "An event is signed with a key that its server does not publish",
	Cause: "The server answers, and its key document does not list the key. It was rebuilt without its old keys, or " +
		"somebody else signed.",
	Advice:     "That server's administrator should add the old key to old_verify_keys. Until then the event is dropped.",
	Apart:      "A notary may still have the key: `--notary NAME`.",
	Source:     "server-server: Publishing Keys; matrix-org/matrix-spec-proposals#3117",
	Sight:      Detected,
	rank:       5,
	incidental: true,
	evidence: func(v *view) []int {
		return v.checks(func(c verify.Check) bool {
			server, _ := c.Signer()
			return c.Kind == verify.KindSigningKey && c.Outcome == verify.Fail && server != v.Header.Joining
		})
	},
}, {
	ID:    "malformed-key",
	Title: "A key document lists something that is no key",
	Cause: "An ed25519 key has 32 bytes, in base64 without padding. This one has not: cut off, or encoded wrongly.",
	Advice: "The server's administrator has to correct or remove it. A homeserver that stored it may need its cached " +
		"row deleted.",
	Apart:      "Doorstep leaves the key out and uses the others; some homeservers refuse the whole document.",
	Source:     "server-server: Publishing Keys; matrix-org/synapse#6813",
	Sight:      Detected,
	rank:       6,
	incidental: true,
	evidence: func(v *view) []int {
		return v.at(func(e *flow.Entry) bool {
			asked := v.request(e)
			return asked != nil && asked.Request != nil && asked.Request.Endpoint == client.ServerKeys && e.Response != nil &&
				response.Succeeds(e.Response) &&
				slices.ContainsFunc(keysOf(e.Response.Body), func(m event.Member) bool {
					_, ok := verify.PublishedKey(m)
					return !ok && strings.HasPrefix(m.Key, "ed25519:")
				})
		}, flow.R)
	},
}, {
	ID:    "keys-unavailable",
	Title: "The keys of some servers are not available",
	Cause: "Servers that once had members in the room are gone, or cannot be reached from here. What they signed is " +
		"neither right nor wrong: it cannot be checked, and homeservers without the keys leave it out.",
	Advice: "Use a notary, `--notary NAME`: many keep the keys of servers that are gone. In old rooms a few such " +
		"servers are usual.",
	Apart:      "If it is so for most servers, look at our own side: the resolver, the network, the list of authorities.",
	Source:     "server-server: Querying Keys Through Another Server",
	Sight:      Detected,
	rank:       7,
	incidental: true,
	evidence: func(v *view) []int {
		out := v.checked([]verify.CheckOutcome{verify.NotChecked}, verify.KindSigningKey)
		if out == nil || !v.keysAbsent(v.replied()) {
			return nil
		}
		return append(out, v.keyFailures()...)
	},
}, {
	ID:    "bad-hash",
	Title: "An event's content was changed",
	Cause: "Its signature covers what redaction leaves, and holds; its content hash does not. Something that " +
		"redaction drops was changed on the way, so the event is used redacted: what it said is lost.",
	Advice:     "Another resident server may have the whole event. Moderators see it there.",
	Source:     "server-server: Calculating the content hash for an event",
	Sight:      Detected,
	rank:       8,
	incidental: true,
	evidence: func(v *view) []int {
		return v.checks(func(c verify.Check) bool {
			return c.Kind == verify.KindContentHash && c.Fault == verify.Altered && !v.ours(c)
		})
	},
}, {
	ID:       "redacted-events",
	Severity: SeverityInfo,
	Title:    "The room holds events that were redacted",
	Cause: "Redaction takes away what an event says and leaves what the room rests on: a member keeps the membership, " +
		"power levels keep the levels. " +
		"The hash of the whole event stays in it and holds no longer, while its ID and its signatures do. Rooms with " +
		"redacted members or power levels are ordinary.",
	Advice: "Nothing needs to be done: every homeserver takes such events as they are. What was dropped is gone, and " +
		"no other server has to have it.",
	Apart: "The check on each event tells what redaction leaves of it, and by whom it was redacted where the server " +
		"says so. A server can redact a copy by itself; " +
		"that cannot be told apart, and changes nothing for the join. An event that was changed in any other way is " +
		"another finding.",
	Source: "room versions: Redactions; server-server: Checks performed on receipt of a PDU, 3",
	Sight:  Detected,
	rank:   9,
	evidence: func(v *view) []int {
		return v.checks(func(c verify.Check) bool {
			return c.Kind == verify.KindContentHash && c.Outcome == verify.Warn && c.Fault == verify.Redacted && !v.ours(c)
		})
	},
}, {
	ID:    "event-id-conflict",
	Title: "An event's ID is not its own",
	Cause: "In versions 1 and 2 servers choose the IDs of their events, and two events of this answer have the same. " +
		"From version 3 on the ID is the event's hash, " +
		"and this one claims another as well.",
	Advice: "Of two events under one ID homeservers use the one they saw first, and may not agree about it. An ID that " +
		"is claimed from version 3 on is not used by anybody.",
	Apart:      "The check names both places, or both IDs. The same event twice with different signatures is no conflict.",
	Source:     "room versions 1, 3 and 4: Event IDs",
	Sight:      Detected,
	rank:       10,
	incidental: true,
	evidence:   func(v *view) []int { return v.faulty(verify.KindEventID, verify.IDTaken, verify.IDClaimed) },
}, {
	ID:    "circular-auth-events",
	Title: "An event rests on itself",
	Cause: "Its auth_events lead back to it, directly or through others, so that no server can have accepted it. That " +
		"takes room version 1 or 2, where IDs are chosen before the event is made.",
	Advice: "Homeservers leave out what goes round in a circle, and what rests on it. If the join is among that, go " +
		"through another server.",
	Apart:      "The check names the events of the circle.",
	Source:     "room versions: Authorisation rules (auth_events)",
	Sight:      Detected,
	rank:       11,
	incidental: true,
	evidence:   func(v *view) []int { return v.failing(verify.KindAuthCycle) },
}, {
	ID:    "wrong-reference-hash",
	Title: "A reference carries a hash that is not of the event it names",
	Cause: "In versions 1 and 2 each reference is an ID and a hash. The two do not belong together: the event of that " +
		"ID was replaced, or the reference was made up.",
	Advice:     "Join through another server and compare. Homeservers mostly do not look at it.",
	Apart:      "Dendrite writes part of the ID in place of the hash: that is a warning, and no finding.",
	Source:     "room version 1: Event format",
	Sight:      Detected,
	rank:       12,
	incidental: true,
	evidence:   func(v *view) []int { return v.failing(verify.KindReferenceHash) },
}, {
	ID:    "authoriser-left-out",
	Title: "Who let us in was left out with the other members",
	Cause: "auth_chain has to hold what our join rests on, the membership of whoever authorised it included. Synapse " +
		"collects it from the state that it returns and not from our join: where members are left out of that, this one " +
		"is in neither list.",
	Advice: "Join without `--omit-members`, and the membership is in state. A homeserver asks the resident server for " +
		"the event and goes on; Doorstep does not, so the join is not proven here.",
	Source:     "server-server: PUT v2/send_join (auth_chain, members_omitted)",
	Sight:      Detected,
	rank:       13,
	incidental: true,
	evidence:   func(v *view) []int { return v.checks(v.lacksAuthoriser) },
}, {
	ID:    "missing-auth-event",
	Title: "An event that others rest on is missing from the answer",
	Cause: "state and auth_chain together have to hold every event that one of them names in auth_events. One is not " +
		"there: the resident server has lost it, or leaves it out. What rests on it cannot be authorised.",
	Advice:     "Join through another server. Dendrite fetches the missing event by itself, once.",
	Apart:      "The check names the event. If every resident lacks it, it is gone.",
	Source:     "server-server: PUT v2/send_join (auth_chain); matrix-org/dendrite#2153, matrix-org/synapse#898",
	Sight:      Detected,
	rank:       14,
	incidental: true,
	evidence: func(v *view) []int {
		return v.checks(func(c verify.Check) bool {
			return c.Kind == verify.KindClosure && c.Outcome == verify.Fail && !v.lacksAuthoriser(c)
		})
	},
}, {
	ID:    "create-listed",
	Title: "An event of a version 12 room lists the create event",
	Cause: "From version 12 on the room ID stands for the create event, and auth_events must not name it. Whoever " +
		"made this event follows the rules of an older version.",
	Advice:     "Have that server updated. The event is rejected by servers that keep to the rules; some do not look.",
	Source:     "room version 12: Authorisation rules, 3.2",
	Sight:      Detected,
	rank:       15,
	incidental: true,
	evidence: func(v *view) []int {
		return v.checks(v.listsCreate)
	},
}, {
	ID:    "rejected-auth-event",
	Title: "An event rests on one that the rules reject",
	Cause: "By itself it would be allowed. But one of the events it names was rejected, and what is built on a " +
		"rejected event is rejected too.",
	Advice:     "Old abuse leaves such events behind. They do no harm as long as our join does not rest on them.",
	Apart:      "The check names the rule, and the rejected event has a check of its own.",
	Source:     "room versions: Authorisation rules (auth_events); matrix-org/dendrite#2148",
	Sight:      Detected,
	rank:       16,
	incidental: true,
	evidence: func(v *view) []int {
		return v.checks(func(c verify.Check) bool {
			restsOn := c.Ground == auth.RejectedEntry || c.Ground == auth.CreateIsNot
			return c.Kind == verify.KindAuthorisation && c.Outcome == verify.Fail && restsOn
		})
	},
}, {
	ID:    "unauthorised-state",
	Title: "The rules reject an event that is in the answer",
	Cause: "It is signed and whole, and its sender was not allowed to send it. The resident server took it all the " +
		"same, or lost what allowed it.",
	Advice: "Homeservers leave it out, and may then see the room otherwise than the resident server does. If it is " +
		"about power or membership, ask the moderators.",
	Apart: "The check names the rule and what it looked at. If another resident's state does not hold the event, it " +
		"is this one's mistake.",
	Source:     "room versions: Authorisation rules; matrix-org/dendrite#2148",
	Sight:      Detected,
	rank:       17,
	incidental: true,
	evidence: func(v *view) []int {
		return v.checks(func(c verify.Check) bool {
			restsOn := c.Ground == auth.RejectedEntry || c.Ground == auth.CreateIsNot
			another := restsOn || v.listsCreate(c) || slices.Contains(v.createIDs(), c.Subject) // have findings of their own
			return c.Kind == verify.KindAuthorisation && c.Outcome == verify.Fail && !another
		})
	},
}, {
	ID:    "malformed-event",
	Title: "An event breaks the format of its room version",
	Cause: "A field is missing, of the wrong kind, too long or out of range. Such an event is dropped before anything " +
		"else is looked at. Older software let some through.",
	Advice:     "Homeservers drop it and go on. If it is the join, or the join rests on it, go through another server.",
	Apart:      "The check names the field.",
	Source:     "room versions: Event format; server-server: PDUs",
	Sight:      Detected,
	rank:       18,
	incidental: true,
	evidence:   func(v *view) []int { return v.failing(verify.KindEventFormat) },
}, {
	ID:    "risky-event",
	Title: "An event holds what has broken homeservers",
	Cause: "No rule forbids it, so that it stays in the room: a null among the power levels, a member's name that is " +
		"no string, a NUL character in a text. Some versions of some homeservers cannot store or read it, and answer a " +
		"join of such a room with an internal error.",
	Advice: "Nothing needs to be done with a homeserver of today. If a join fails with an internal error, update the " +
		"server that gives it; somebody with the power can replace the event.",
	Apart:      "The check names the field, and which versions broke on it.",
	Source:     "matrix-org/synapse#14933, matrix-org/synapse#8340, matrix-org/synapse#10886, matrix-org/synapse#12762",
	Sight:      Detected,
	rank:       19,
	incidental: true,
	evidence: func(v *view) []int {
		return v.checks(func(c verify.Check) bool {
			return c.Kind == verify.KindEventFormat && slices.Contains([]verify.Fault{verify.NullLevel, verify.NameNoString,
				verify.NulInText}, c.Fault)
		})
	},
}, {
	ID:    "large-unsigned",
	Title: "An event is over the size limit with its unsigned part",
	Cause: "An event has 65,536 bytes at the most. This one keeps to that without unsigned, which its server has not " +
		"signed, and goes over it with: what it replaced stands there in full.",
	Advice: "Nothing needs to be done with Synapse or Dendrite, which drop unsigned before they measure. A homeserver " +
		"that measures first drops the event.",
	Apart:      "The check gives both sizes. An event that is over without unsigned, too, is dropped by everybody.",
	Source:     "client-server: Size limits",
	Sight:      Detected,
	rank:       20,
	incidental: true,
	evidence: func(v *view) []int {
		return v.checks(func(c verify.Check) bool {
			return c.Kind == verify.KindEventFormat &&
				c.Fault == verify.LargeUnsigned
		})
	},
}, {
	ID:    "foreign-event",
	Title: "An event of another room is in the answer",
	Cause: "Well signed and whole, and not of this room. The resident server mixed up two rooms, or somebody put it " +
		"there.",
	Advice:     "Homeservers drop it. Tell the administrator of the server that answered.",
	Source:     "room versions: Authorisation rules (auth_events)",
	Sight:      Detected,
	rank:       21,
	incidental: true,
	evidence:   func(v *view) []int { return v.failing(verify.KindRoomID) },
}, {
	ID:         "padded-auth-chain",
	Title:      "auth_chain holds events that nothing rests on",
	Cause:      "They were in force once, or never. It does no harm but to the size of the answer.",
	Advice:     "Nothing needs to be done.",
	Source:     "server-server: PUT v2/send_join (auth_chain)",
	Sight:      Detected,
	rank:       22,
	incidental: true,
	evidence:   func(v *view) []int { return v.checked([]verify.CheckOutcome{verify.Warn}, verify.KindAuthChainPadding) },
}, {
	ID:       "historical-id",
	Severity: SeverityInfo,
	Title:    "The room has user IDs that could not be registered today",
	Cause: "Capitals, blanks and other characters were allowed once, and such users are still members. They have to " +
		"be taken.",
	Advice: "Nothing needs to be done. A homeserver that cannot join such a room is too strict.",
	Source: "appendices: Historical User IDs",
	Sight:  Detected,
	rank:   23,
	evidence: func(v *view) []int {
		if !slices.ContainsFunc(v.replied(), func(e *event.Event) bool {
			key, _ := e.StateKey()
			return historical(e.Sender()) || e.Type() == "m.room.member" && historical(key)
		}) {
			return nil
		}
		return []int{v.Reply.Seq}
	},
}, {
	ID:       "room-replaced",
	Severity: SeverityWarn,
	Title:    "The room was replaced by another one",
	Cause: "Its state holds a tombstone: somebody with the power for it closed the room, mostly to go on in a newer " +
		"room version. " +
		"Joining it works, and the people are elsewhere.",
	Advice: "Join the room that the tombstone names, through the server of whoever sent it. Where it names none, or " +
		"was redacted, ask the people who were here.",
	Source:   "client-server: Room upgrades (m.room.tombstone)",
	Sight:    Detected,
	rank:     24,
	commands: []command{joinNext},
	evidence: func(v *view) []int {
		if v.tombstone() == nil {
			return nil
		}
		return []int{v.Reply.Seq}
	},
}, {
	ID:       "policy-server",
	Severity: SeverityInfo,
	Title:    "The room names a policy server",
	Cause: "Events in it should carry a signature of that server. Servers that check for it keep the others out of " +
		"sight.",
	Advice: "Have a homeserver that asks the policy server. Otherwise messages sent from here may be seen by nobody.",
	Source: "matrix-org/matrix-spec-proposals#4284; matrix-org/policyserv",
	Sight:  Detected,
	rank:   25,
	evidence: func(v *view) []int {
		if !slices.ContainsFunc(v.replied(), func(e *event.Event) bool {
			key, ok := e.StateKey()
			via, _ := e.ContentString("via")
			return ok && key == "" && e.Type() == "m.room.policy" && via != ""
		}) {
			return nil
		}
		return []int{v.Reply.Seq}
	},
}}

// lastCauses are what is left when nothing else explains a refusal.
var lastCauses = []Cause{{
	ID:    "unexplained-refusal",
	Title: "A server refuses, in words that are not in this catalogue",
	Cause: "Modules, forks and new versions have reasons of their own. The status and the words of the answer are all " +
		"there is.",
	Advice: "Read the answer, and ask the server's administrator about it. Another candidate may see it otherwise: " +
		"`--candidates all`.",
	Source:     "server-server: Joining Rooms",
	Sight:      Detected,
	residual:   true,
	incidental: true,
	evidence: func(v *view) []int {
		out := v.at(func(e *flow.Entry) bool { return refused(0, nil)(e) && !v.explained[e.Seq] }, arrows...)
		if e := v.clientHeard(); e != nil && v.Stopped != nil && v.Stopped.Seq == e.Seq && refused(0,
			nil)(e) && !v.explained[e.Seq] {
			out = append(out, e.Seq)
		}
		return out
	},
}}

// listsCreate reports whether a check rejects an event of version 12 for naming the create event.
func (v *view) listsCreate(c verify.Check) bool {
	unselected := c.Kind == verify.KindAuthorisation && c.Ground == auth.UnselectedEntry
	if !unselected || v.Template == nil || !v.Template.RoomVersion.RoomIDIsCreate {
		return false
	}
	creates := v.createIDs()
	return slices.ContainsFunc(v.replied(), func(e *event.Event) bool {
		names := func(id string) bool { return slices.Contains(creates, id) }
		return e.ID() == c.Subject && slices.ContainsFunc(e.AuthEvents(), names)
	})
}
