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
	ID:         "server-rebuilt",
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
	ID:         "key-id-reused",
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
	ID:         "unverifiable-auth-event",
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
	ID:         "bad-signature",
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
	ID:         "expired-key",
	Sight:      Detected,
	rank:       4,
	incidental: true,
	evidence:   func(v *view) []int { return v.failing(verify.KindKeyValidity) },
}, {
	ID:         "unknown-key",
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
	ID:         "malformed-key",
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
	ID:         "keys-unavailable",
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
	ID:         "bad-hash",
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
	Sight:    Detected,
	rank:     9,
	evidence: func(v *view) []int {
		return v.checks(func(c verify.Check) bool {
			return c.Kind == verify.KindContentHash && c.Outcome == verify.Warn && c.Fault == verify.Redacted && !v.ours(c)
		})
	},
}, {
	ID:         "event-id-conflict",
	Sight:      Detected,
	rank:       10,
	incidental: true,
	evidence:   func(v *view) []int { return v.faulty(verify.KindEventID, verify.IDTaken, verify.IDClaimed) },
}, {
	ID:         "circular-auth-events",
	Sight:      Detected,
	rank:       11,
	incidental: true,
	evidence:   func(v *view) []int { return v.failing(verify.KindAuthCycle) },
}, {
	ID:         "wrong-reference-hash",
	Sight:      Detected,
	rank:       12,
	incidental: true,
	evidence:   func(v *view) []int { return v.failing(verify.KindReferenceHash) },
}, {
	ID:         "authoriser-left-out",
	Sight:      Detected,
	rank:       13,
	incidental: true,
	evidence:   func(v *view) []int { return v.checks(v.lacksAuthoriser) },
}, {
	ID:         "missing-auth-event",
	Sight:      Detected,
	rank:       14,
	incidental: true,
	evidence: func(v *view) []int {
		return v.checks(func(c verify.Check) bool {
			return c.Kind == verify.KindClosure && c.Outcome == verify.Fail && !v.lacksAuthoriser(c)
		})
	},
}, {
	ID:         "create-listed",
	Sight:      Detected,
	rank:       15,
	incidental: true,
	evidence: func(v *view) []int {
		return v.checks(v.listsCreate)
	},
}, {
	ID:         "rejected-auth-event",
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
	ID:         "unauthorised-state",
	Sight:      Detected,
	rank:       17,
	incidental: true,
	evidence: func(v *view) []int {
		return v.checks(func(c verify.Check) bool {
			restsOn := c.Ground == auth.RejectedEntry || c.Ground == auth.CreateIsNot
			another := restsOn || v.listsCreate(c) || v.isCreate(c.Subject) // have findings of their own
			return c.Kind == verify.KindAuthorisation && c.Outcome == verify.Fail && !another
		})
	},
}, {
	ID:         "malformed-event",
	Sight:      Detected,
	rank:       18,
	incidental: true,
	evidence:   func(v *view) []int { return v.failing(verify.KindEventFormat) },
}, {
	ID:         "risky-event",
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
	ID:         "large-unsigned",
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
	ID:         "foreign-event",
	Sight:      Detected,
	rank:       21,
	incidental: true,
	evidence:   func(v *view) []int { return v.failing(verify.KindRoomID) },
}, {
	ID:         "padded-auth-chain",
	Sight:      Detected,
	rank:       22,
	incidental: true,
	evidence:   func(v *view) []int { return v.checked([]verify.CheckOutcome{verify.Warn}, verify.KindAuthChainPadding) },
}, {
	ID:       "historical-id",
	Severity: SeverityInfo,
	Sight:    Detected,
	rank:     23,
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
	Sight:    Detected,
	rank:     25,
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
	ID:         "unexplained-refusal",
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
