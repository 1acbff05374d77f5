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
	ID:         "endpoint-unrecognised",
	Sight:      Detected,
	commands:   []command{askVersion},
	incidental: true,
	evidence:   func(v *view) []int { return v.at(refused(0, []string{"M_UNRECOGNIZED"}), flow.A3, flow.A5) },
}, {
	ID:         "gateway-error",
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
	ID:         "proxy-decodes-path",
	Sight:      Detected,
	rank:       2,
	incidental: true,
	evidence:   func(v *view) []int { taken, wrong := v.rewritten(); return append(taken, wrong...) },
}, {
	ID:         "authorization-stripped",
	Sight:      Detected,
	rank:       3,
	incidental: true,
	evidence:   func(v *view) []int { return v.at(unauthenticated(response.SaysNoHeader...), arrows...) },
}, {
	ID:         "authorization-malformed",
	Sight:      Detected,
	rank:       4,
	incidental: true,
	evidence:   func(v *view) []int { return v.at(unauthenticated(response.SaysBadHeader...), arrows...) },
}, {
	ID:         "wrong-destination",
	Sight:      Detected,
	rank:       5,
	commands:   []command{askKeys},
	incidental: true,
	evidence:   func(v *view) []int { return v.at(refused(0, nil, response.SaysDestination...), arrows...) },
}, {
	ID:         "federation-denied",
	Sight:      Detected,
	rank:       6,
	incidental: true,
	evidence:   func(v *view) []int { return v.at(refused(0, nil, response.SaysFederationDenied...), arrows...) },
}, {
	ID:         "rate-limited",
	Sight:      Detected,
	rank:       7,
	incidental: true,
	evidence: func(v *view) []int {
		return v.at(func(e *flow.Entry) bool { return refused(429, nil)(e) && spokenBy(response.Homeserver)(e) }, arrows...)
	},
}, {
	ID:         "connection-closed",
	Sight:      Detected,
	rank:       8,
	incidental: true,
	evidence:   func(v *view) []int { return v.at(failed(client.FailedClosed), flow.A3, flow.A5) },
}}

// makeJoinCauses are about A4 and A5: refusals of the join itself, which a resident server may also give at A7.
var makeJoinCauses = []Cause{{
	ID:         "incompatible-version",
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
	ID:         "version-not-offered",
	Sight:      Detected,
	rank:       1,
	incidental: true,
	evidence: func(v *view) []int {
		return v.at(func(e *flow.Entry) bool { return incompatible(e) && v.withheld(e) }, flow.A5)
	},
}, {
	ID:       "server-acl",
	Sight:    Detected,
	rank:     2,
	evidence: func(v *view) []int { return v.at(refused(403, nil, response.SaysACL...), flow.A5, flow.A7) },
}, {
	ID:         "candidate-left",
	Sight:      Detected,
	rank:       3,
	incidental: true,
	evidence:   func(v *view) []int { return v.at(refused(404, nil, response.SaysLeft...), flow.A5, flow.A7) },
}, {
	ID:         "candidate-partial",
	Sight:      Detected,
	rank:       4,
	incidental: true,
	evidence:   func(v *view) []int { return v.at(refused(0, nil, response.SaysPartial...), flow.A5, flow.A7) },
}, {
	ID:         "room-unknown",
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
	ID:         "room-dead",
	Sight:      Detected,
	rank:       6,
	incidental: true,
	evidence:   func(v *view) []int { return v.at(refused(0, nil, response.SaysDead...), flow.A5, flow.A7) },
}, {
	ID:         "bare-internal-error",
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
	Sight:    Detected,
	rank:     8,
	evidence: func(v *view) []int { return v.at(refused(0, nil, response.SaysUnfederated...), flow.A5, flow.A7) },
}, {
	ID:       "banned",
	Sight:    Detected,
	rank:     9,
	evidence: func(v *view) []int { return v.at(refused(403, nil, response.SaysBanned...), flow.A5, flow.A7) },
}, {
	ID:         "unable-to-authorise",
	Sight:      Detected,
	rank:       10,
	incidental: true,
	evidence:   func(v *view) []int { return v.at(refused(0, []string{"M_UNABLE_TO_AUTHORISE_JOIN"}), flow.A5, flow.A7) },
}, {
	ID:         "unable-to-grant",
	Sight:      Detected,
	rank:       11,
	incidental: true,
	evidence:   func(v *view) []int { return v.at(refused(0, []string{"M_UNABLE_TO_GRANT_JOIN"}), flow.A5, flow.A7) },
}, {
	ID:    "restricted-race",
	Sight: Detected,
	rank:  12,
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
	Sight: Detected,
	rank:  13,
	evidence: func(v *view) []int {
		return v.at(refused(403, nil, response.SaysRestrictedNotMet...), flow.A5, flow.A7)
	},
}, {
	ID:         "user-id-refused",
	Sight:      Detected,
	rank:       14,
	incidental: true,
	evidence:   func(v *view) []int { return v.at(refused(400, nil, response.SaysUserID...), flow.A5, flow.A7) },
}, {
	ID:    "not-invited",
	Sight: Detected,
	rank:  15,
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
