package flow

import (
	"slices"

	"doorstep/client"
	"doorstep/flow/event"
)

// eventCauses are about single events of the answer: a homeserver drops them or uses them redacted, and the join stands.
var eventCauses = []Cause{{
	ID:     "server-rebuilt",
	Title:  "Our own server's old events are signed with a key that it has lost",
	Cause:  "The server was in the room before, under the same name and with another key, and was set up anew without it. Nobody can check its old events any more, and a join that rests on one of them may be rejected.",
	Advice: "Put the old public key into old_verify_keys of the joining server. It need not sign anything with it again.",
	Apart:  "The event's signatures name the key: `doorstep join … --key FILE` with the old key file shows whether it is that one.",
	Source: "server-server: Publishing keys; matrix-org/synapse#11373, matrix-org/synapse#10424, matrix-org/dendrite#1453, matrix-org/matrix-spec-proposals#2640",
	Sight:  Detected,
	beside: true,
	seen: func(v *view) []int {
		return v.checks(func(c Check) bool {
			server, _ := c.signer()
			ours := v.Build != nil && c.Subject == v.Build.EventID
			return c.Outcome == Fail && !ours && server == v.Header.Joining && slices.Contains([]string{"signing_key", "signature", "key_validity"}, c.ID)
		})
	},
}, {
	ID:     "key-id-reused",
	Title:  "A server may have made a new key under an old ID",
	Cause:  "Every signature of that server with this key fails, although it publishes a key of that ID. A server that is installed anew makes a new key, and older software calls it as before: ed25519:auto.",
	Advice: "Its administrator should use a key ID that was never used. What was signed with the lost key stays unverifiable, unless its public half turns up in old_verify_keys.",
	Apart:  "A resident server that tampers with all of one server's events would look the same. A notary that kept the old key settles it: `--notary NAME`.",
	Source: "server-server: Publishing keys; matrix-org/synapse#4012, matrix-org/synapse#3121, matrix-org/dendrite#1418",
	Sight:  Suspected,
	beside: true,
	seen: func(v *view) []int {
		type key struct{ server, id string }
		wrong, signed := map[key]int{}, map[key]int{}
		v.checks(func(c Check) bool {
			if server, id := c.signer(); c.ID == "signature" && c.Outcome == Fail && id != "" {
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
				if slices.Contains(RequiredSigners(e), s.Server) {
					signed[key{s.Server, s.KeyID}]++
				}
			}
		}
		for k, n := range wrong {
			if n > 1 && n >= signed[k] {
				return v.failing("signature")
			}
		}
		return nil
	},
}, {
	ID:     "unverifiable-auth-event",
	Title:  "Events fall because one that they rest on cannot be verified",
	Cause:  "The signature of an event does not hold, so it is dropped; and whatever rests on it, however well signed, cannot be authorised and is dropped with it.",
	Advice: "The check says how many events rest on it. If the join is not among them, the rest of the room stands. Another resident server may have a good copy.",
	Apart:  "A single event with a bad signature on which nothing rests is another finding.",
	Source: "server-server: Checks performed on receipt of a PDU; matrix-org/dendrite#2028, matrix-org/dendrite#2800",
	Sight:  Detected,
	beside: true,
	seen: func(v *view) []int {
		unsigned := v.checks(func(c Check) bool {
			return c.Outcome == Fail && (c.ID == "signature" || c.ID == "signing_key" || c.ID == "key_validity")
		})
		fallen := v.checks(func(c Check) bool {
			return c.ID == "authorisation" && c.Outcome == NotChecked && says(c.Detail, "it rests on") && says(c.Detail, "has to be dropped", "not authorised itself")
		})
		if unsigned == nil || fallen == nil {
			return nil
		}
		return append(unsigned, fallen...)
	},
}, {
	ID:     "bad-signature",
	Title:  "An event's signature does not hold",
	Cause:  "The server that must have signed it publishes the key, and the signature is not one of this event by that key; or it is missing. The event was altered, or its signature was.",
	Advice: "Homeservers drop the event and go on, or fetch a good copy elsewhere. If the join rests on it, go through another server.",
	Apart:  "If the same event is wrong from every resident, it was made so; if from one, that one has a bad copy.",
	Source: "server-server: Validating hashes and signatures on received events",
	Sight:  Detected,
	beside: true,
	seen: func(v *view) []int {
		return v.checks(func(c Check) bool {
			server, _ := c.signer()
			return c.ID == "signature" && c.Outcome == Fail && server != v.Header.Joining
		})
	},
}, {
	ID:     "expired-key",
	Title:  "An event is signed with a key that had expired",
	Cause:  "Its signature is right, and the key was given up, or ran out, before the event was made. From room version 5 on that is worth nothing. Or the server that published the key is wrong about when.",
	Advice: "The publisher has to correct expired_ts, or valid_until_ts, if they are wrong. Otherwise the event stays unusable.",
	Apart:  "The check gives both times. Versions 1 to 4 do not ask. Homeservers differ at the very moment of expiry.",
	Source: "room version 5; server-server: Publishing keys; matrix-org/dendrite#2124, matrix-org/synapse#2806",
	Sight:  Detected,
	beside: true,
	seen:   func(v *view) []int { return v.failing("key_validity") },
}, {
	ID:     "unknown-key",
	Title:  "An event is signed with a key that its server does not publish",
	Cause:  "The server answers, and its key document does not list the key. It was rebuilt without its old keys, or somebody else signed.",
	Advice: "That server's administrator should add the old key to old_verify_keys. Until then the event is dropped.",
	Apart:  "A notary may still have the key: `--notary NAME`.",
	Source: "server-server: Publishing keys; matrix-org/synapse#11373",
	Sight:  Detected,
	beside: true,
	seen: func(v *view) []int {
		return v.checks(func(c Check) bool {
			server, _ := c.signer()
			return c.ID == "signing_key" && c.Outcome == Fail && server != v.Header.Joining
		})
	},
}, {
	ID:     "malformed-key",
	Title:  "A key document lists something that is no key",
	Cause:  "An ed25519 key has 32 bytes, in base64 without padding. This one has not: cut off, or encoded wrongly.",
	Advice: "The server's administrator has to correct or remove it. A homeserver that stored it may need its cached row deleted.",
	Apart:  "Doorstep leaves the key out and uses the others; some homeservers refuse the whole document.",
	Source: "server-server: Publishing keys; matrix-org/synapse#6813",
	Sight:  Detected,
	beside: true,
	seen: func(v *view) []int {
		return v.at(func(e *Entry) bool {
			asked := v.request(e)
			return asked != nil && asked.Request != nil && asked.Request.Endpoint == client.ServerKeys && e.Response != nil && e.Response.Status == 200 &&
				slices.ContainsFunc(keysOf(e.Response.Body), func(m event.Member) bool {
					_, ok := publishedKey(m)
					return !ok && says(m.Key[:min(len(m.Key), 8)], "ed25519:")
				})
		}, R)
	},
}, {
	ID:     "keys-unavailable",
	Title:  "The keys of some servers cannot be had",
	Cause:  "Servers that once had members in the room are gone, or cannot be reached from here. What they signed is neither right nor wrong: it cannot be checked, and homeservers without the keys leave it out.",
	Advice: "Use a notary, `--notary NAME`: many keep the keys of servers that are gone. In old rooms a few such servers are usual.",
	Apart:  "If it is so for most servers, look at our own side: the resolver, the network, the list of authorities.",
	Source: "server-server: Querying keys through another server",
	Sight:  Detected,
	beside: true,
	seen: func(v *view) []int {
		out := v.checked([]CheckOutcome{NotChecked}, "signing_key")
		if out == nil || !v.keysAbsent(v.replied()) {
			return nil
		}
		return append(out, v.keyFailures()...)
	},
}, {
	ID:     "bad-hash",
	Title:  "An event's content was changed",
	Cause:  "Its signature covers what redaction leaves, and holds; its content hash does not. Something that redaction drops was changed on the way, so the event is used redacted: what it said is lost.",
	Advice: "Another resident server may have the whole event. Moderators see it there.",
	Source: "server-server: Calculating the content hash for an event",
	Sight:  Detected,
	beside: true,
	seen:   func(v *view) []int { return v.failing("content_hash") },
}, {
	ID:     "wrong-reference-hash",
	Title:  "A reference carries a hash that is not of the event it names",
	Cause:  "In versions 1 and 2 each reference is an ID and a hash. The two do not belong together: the event of that ID was replaced, or the reference was made up.",
	Advice: "Join through another server and compare. Homeservers mostly do not look at it.",
	Apart:  "Dendrite writes part of the ID in place of the hash: that is a warning, and no finding.",
	Source: "room version 1: Event format",
	Sight:  Detected,
	beside: true,
	seen:   func(v *view) []int { return v.failing("reference_hash") },
}, {
	ID:     "missing-auth-event",
	Title:  "An event that others rest on is missing from the answer",
	Cause:  "state and auth_chain together have to hold every event that one of them names in auth_events. One is not there: the resident server has lost it, or leaves it out. What rests on it cannot be authorised.",
	Advice: "Join through another server. Dendrite fetches the missing event by itself, once.",
	Apart:  "The check names the event. If every resident lacks it, it is gone.",
	Source: "server-server: PUT v2/send_join (auth_chain); matrix-org/dendrite#2153, matrix-org/dendrite#1746, matrix-org/synapse#898",
	Sight:  Detected,
	beside: true,
	seen:   func(v *view) []int { return v.failing("closure") },
}, {
	ID:     "create-listed",
	Title:  "An event of a version 12 room lists the create event",
	Cause:  "From version 12 on the room ID stands for the create event, and auth_events must not name it. Whoever made this event follows the rules of an older version.",
	Advice: "Have that server updated. The event is rejected by servers that keep to the rules; some do not look.",
	Source: "room version 12: Authorization rules, 3.2",
	Sight:  Detected,
	beside: true,
	seen: func(v *view) []int {
		if v.Template == nil || v.Template.RoomVersion == nil || !v.Template.RoomVersion.RoomIDIsCreate {
			return nil
		}
		creates := v.createIDs()
		return v.checks(func(c Check) bool {
			return c.ID == "authorisation" && c.Outcome == Fail && c.Rule == "3.2" && slices.ContainsFunc(v.replied(), func(e *event.Event) bool {
				return e.ID() == c.Subject && slices.ContainsFunc(e.AuthEvents(), func(id string) bool { return slices.Contains(creates, id) })
			})
		})
	},
}, {
	ID:     "rejected-auth-event",
	Title:  "An event rests on one that the rules reject",
	Cause:  "By itself it would be allowed. But one of the events it names was rejected, and what is built on a rejected event is rejected too.",
	Advice: "Old abuse leaves such events behind. They do no harm as long as our join does not rest on them.",
	Apart:  "The check names the rule, and the rejected event has a check of its own.",
	Source: "room versions: Authorization rules (auth_events); matrix-org/dendrite#2148",
	Sight:  Detected,
	beside: true,
	seen: func(v *view) []int {
		return v.checks(func(c Check) bool { return c.ID == "authorisation" && c.Outcome == Fail && c.Rule == v.rejectedEntry() })
	},
}, {
	ID:     "unauthorised-state",
	Title:  "The rules reject an event that is in the answer",
	Cause:  "It is signed and whole, and its sender was not allowed to send it. The resident server took it all the same, or lost what allowed it.",
	Advice: "Homeservers leave it out, and may then see the room otherwise than the resident server does. If it is about power or membership, ask the moderators.",
	Apart:  "The check names the rule and what it looked at. If another resident's state does not hold the event, it is this one's mistake.",
	Source: "room versions: Authorization rules; matrix-org/dendrite#2148",
	Sight:  Detected,
	beside: true,
	seen:   func(v *view) []int { return v.failing("authorisation") },
}, {
	ID:     "malformed-event",
	Title:  "An event breaks the format of its room version",
	Cause:  "A field is missing, of the wrong kind, too long or out of range. Such an event is dropped before anything else is looked at. Older software let some through.",
	Advice: "Homeservers drop it and go on. If the join rests on it, go through another server.",
	Apart:  "The check names the field.",
	Source: "room versions: Event format; server-server: PDUs",
	Sight:  Detected,
	beside: true,
	seen:   func(v *view) []int { return v.failing("event_format") },
}, {
	ID:     "foreign-event",
	Title:  "An event of another room is in the answer",
	Cause:  "Well signed and whole, and not of this room. The resident server mixed up two rooms, or somebody put it there.",
	Advice: "Homeservers drop it. Tell the administrator of the server that answered.",
	Source: "room versions: Authorization rules (auth_events)",
	Sight:  Detected,
	beside: true,
	seen:   func(v *view) []int { return v.failing("room_id") },
}, {
	ID:     "padded-auth-chain",
	Title:  "auth_chain holds events that nothing rests on",
	Cause:  "They were in force once, or never. It does no harm but to the size of the answer.",
	Advice: "Nothing needs to be done.",
	Source: "server-server: PUT v2/send_join (auth_chain)",
	Sight:  Detected,
	beside: true,
	seen:   func(v *view) []int { return v.checked([]CheckOutcome{Warn}, "auth_chain_padding") },
}, {
	ID:       "historical-id",
	Severity: severityInfo,
	Title:    "The room has user IDs that could not be registered today",
	Cause:    "Capitals, blanks and other characters were allowed once, and such users are still members. They have to be taken.",
	Advice:   "Nothing needs to be done. A homeserver that cannot join such a room is too strict.",
	Source:   "appendices: Historical User IDs; matrix-org/synapse#5599",
	Sight:    Detected,
	seen: func(v *view) []int {
		if !slices.ContainsFunc(v.replied(), func(e *event.Event) bool {
			key, _ := e.StateKey()
			return historical(e.Sender()) || e.Type() == "m.room.member" && historical(key)
		}) {
			return nil
		}
		return []int{v.Reply.Seq}
	},
}, {
	ID:       "policy-server",
	Severity: severityInfo,
	Title:    "The room names a policy server",
	Cause:    "Events in it should carry a signature of that server. Servers that check for it keep the others out of sight.",
	Advice:   "Have a homeserver that asks the policy server. Otherwise messages sent from here may be seen by nobody.",
	Source:   "server-server: Policy servers; matrix-org/policyserv",
	Sight:    Detected,
	seen: func(v *view) []int {
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
	ID:     "unexplained-refusal",
	Title:  "A server refuses, in words that are not in this catalogue",
	Cause:  "Modules, forks and new versions have reasons of their own. The status and the words of the answer are all there is.",
	Advice: "Read the answer, and ask the server's administrator about it. Another candidate may see it otherwise: `--candidates all`.",
	Source: "server-server: Joining Rooms",
	Sight:  Detected,
	beside: true,
	seen: func(v *view) []int {
		out := v.at(func(e *Entry) bool { return refused(0, nil)(e) && !v.explained[e.Seq] }, arrows...)
		if e := v.clientHeard(); e != nil && v.Stopped != nil && v.Stopped.Seq == e.Seq && refused(0, nil)(e) && !v.explained[e.Seq] {
			out = append(out, e.Seq)
		}
		return out
	},
}}

// rejectedEntry is the number of the rule that rejects an event for naming a rejected one.
func (v *view) rejectedEntry() string {
	if v.Template != nil && v.Template.RoomVersion != nil && v.Template.RoomVersion.RoomIDIsCreate {
		return "3.3"
	}
	return "2.3"
}

// keysOf returns the keys that a key document lists, present and old.
func keysOf(doc []byte) []event.Member {
	var out []event.Member
	members, _ := event.Members(doc)
	for _, m := range members {
		if m.Key == "verify_keys" || m.Key == "old_verify_keys" {
			keys, _ := event.Members(m.Value)
			out = append(out, keys...)
		}
	}
	return out
}
