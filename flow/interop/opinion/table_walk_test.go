//go:build goexperiment.jsonv2

package opinion

import (
	"slices"
	"strings"

	"doorstep/flow/auth"
)

var everySubject = []string{"*"}

const everyVersion = "1-12"

// walkDisagreements are those met in rooms grown of well-formed events.
var walkDisagreements = []*row{
	{library: gms, questions: []question{eventID, signedBytes, signing, verifying}, versions: "11-12",
		subjects: []string{"use of a third-party invite*"},
		spec:     "rooms/v11, Redactions: of third_party_invite the key signed is kept; it drops the whole"},
	{library: gms, questions: []question{selection}, versions: everyVersion, subjects: []string{"aliases*"},
		spec: "server-server, Auth events selection: makes no exception for m.room.aliases; it lists the create event alone"},
	{library: gms, questions: []question{selection}, versions: "1-7", subjects: []string{"restricted join*"},
		spec: "server-server, Auth events selection: the authorising user's member event only if the room version supports restricted rooms"},
	{library: gms, questions: []question{verdict}, versions: everyVersion, answer: "allow", subjects: everySubject, when: byTheList,
		spec: "Authorisation rules, 2.1 and 2.2 (version 12: 3.1 and 3.2): it looks up what it needs and never at the list"},
	{library: gms, questions: []question{verdict}, versions: "6-12", subjects: []string{"aliases*"},
		spec: "rooms/v6, Authorisation rules: the rule for m.room.aliases is removed; it keeps it"},
	{library: gms, questions: []question{verdict}, versions: everyVersion, answer: "allow", subjects: everySubject,
		when: func(d difference) bool {
			s := d.subject
			return isMember(s, "leave") && isSelf(s) && !slices.Contains([]string{"join", "invite", "knock", "ban"}, s.was(sender(s)))
		},
		spec: "Authorisation rules, membership leave, 1: allowed if and only if invited, joined or knocking; its source says NOTSPEC"},
	{library: gms, questions: []question{verdict}, versions: everyVersion, answer: "allow", subjects: everySubject,
		when: func(d difference) bool {
			s := d.subject
			return isMember(s, "join") && isSelf(s) && (s.was(sender(s)) == "join" || s.was(sender(s)) == "invite") && !s.admitsInvited()
		},
		spec: "Authorisation rules, membership join, last: a join_rule that is none of those named admits nobody; it lets in whoever is invited or joined"},
	{library: gms, questions: []question{verdict}, versions: everyVersion, answer: "allow", subjects: []string{"power levels*"},
		when: func(d difference) bool { return strings.Contains(d.why, "power (users_default: ") },
		spec: "Authorisation rules, power levels: users_default is among the properties checked; it leaves it out"},
	{library: gms, questions: []question{verdict}, versions: "8-12", answer: "allow", subjects: []string{"restricted join*"},
		when: func(d difference) bool { return strings.Contains(d.why, "has not signed") },
		spec: "rooms/v8, Authorisation rules, 4.2.1: it leaves the authorising server's signature to another function"},
	{library: gms, questions: []question{verdict}, versions: everyVersion, answer: "allow", subjects: []string{"use of a third-party invite*"},
		when: func(d difference) bool {
			return strings.Contains(d.why, "did not send that m.room.third_party_invite") || strings.Contains(d.why, "target is banned")
		},
		spec: "Authorisation rules, third_party_invite, 1 and 6: it asks neither whether the target is banned nor compares the senders"},
	{library: gms, questions: []question{verdict}, versions: "12", answer: "reject", subjects: []string{"power levels*"},
		when: func(d difference) bool { return strings.Contains(d.detail, "notification level") },
		spec: "rooms/v12: creators outrank every level; for notifications it takes a creator's level from users"},
	{library: gms, questions: []question{verdict}, versions: "6-12", answer: "reject", subjects: []string{"power levels*"},
		when: func(d difference) bool {
			return strings.Contains(d.detail, "notification level") && strings.Contains(d.detail, "equal to or above")
		},
		spec: "rooms/v6, Authorisation rules, 9.4.1: reject if the current value is greater than the sender's level; it rejects an equal one too"},
	{library: mx, questions: []question{verdict}, versions: "1-5", subjects: []string{"power levels*"},
		when: func(d difference) bool { return strings.Contains(d.detail, "notifications") },
		spec: "rooms/v6, Authorisation rules, 9.4 and 9.5: notifications count from there on; it looks at them in every version"},
	{library: mx, questions: []question{eventID, signedBytes, signing, verifying}, versions: "1-10", subjects: []string{"redaction*"},
		spec: "rooms/v1, Redactions: redacts is not among the keys kept; it keeps it for m.room.redaction"},
	{library: mx, questions: []question{verdict}, versions: "1-5", subjects: []string{"aliases*"},
		spec: "rooms/v1, Authorisation rules, 4: m.room.aliases is decided by state_key and sender's domain alone; it has no such rule"},
	{library: mx, questions: []question{verdict}, versions: "1-2", answer: "allow", subjects: []string{"redaction*"},
		spec: "rooms/v1, Authorisation rules, 11: it has no such rule"},
	{library: mx, questions: []question{verdict}, versions: "1-7", answer: "reject", subjects: []string{"restricted join*"},
		spec: "rooms/v8, Authorisation rules: the rule about join_authorised_via_users_server is new there; it applies it in every version"},
	{library: mx, questions: []question{verdict}, versions: everyVersion, answer: "reject", subjects: []string{"use of a third-party invite*"},
		spec: "Authorisation rules, third_party_invite, 7: it looks for the keys in the member event and takes signed for a string, so no signature is ever found"},
}

// byTheList reports whether Doorstep rejected by a rule about the auth_events list.
func byTheList(d difference) bool {
	rule := "2."
	if d.subject.version.RoomIDIsCreate {
		rule = "3."
	}
	return strings.HasPrefix(d.subject.verdict().Rule, rule)
}

func sender(s subject) string { return s.event.Sender() }

func isMember(s subject, membership string) bool { return s.event.Membership() == membership }

func isSelf(s subject) bool {
	key, ok := s.event.StateKey()
	return ok && key == s.event.Sender()
}

// was returns a user's membership by the auth events; "" for none.
func (s subject) was(user string) string {
	if e := auth.StateOf(s.auth).At(auth.Tuple{Type: "m.room.member", StateKey: user}); e != nil {
		return e.Membership()
	}
	return ""
}

// joinRule returns the join rule by the auth events.
func (s subject) joinRule() string {
	if e := auth.StateOf(s.auth).At(auth.Tuple{Type: "m.room.join_rules"}); e != nil {
		rule, _ := e.ContentString("join_rule")
		return rule
	}
	return "invite"
}

// admitsInvited reports whether the join rule lets in whoever is invited, or has joined before.
func (s subject) admitsInvited() bool {
	v := s.version
	switch s.joinRule() {
	case "public", "invite":
		return true
	case "knock":
		return v.Knock
	case "restricted":
		return v.Restricted
	case "knock_restricted":
		return v.KnockRestricted
	}
	return false
}
