package verify

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
	"doorstep/flow/wording"
)

// readOwn reads our join as it was made or sent. It needs no answer: what can be shown of it does not hang on one.
func (v *verifier) readOwn() {
	j := &v.join
	j.id, j.redacted = subjectJoin, v.in.Redacted
	if v.in.Template == nil || v.in.Template.RoomVersion == nil {
		return
	}
	v.version = v.in.Template.RoomVersion
	var raw []byte
	switch {
	case v.in.Join != nil:
		raw = v.in.Join.Event
	case v.in.Sent != nil:
		raw = v.in.Sent.Body
	}
	if raw == nil {
		return
	}
	if j.own, j.err = event.Parse(v.version, raw); j.own != nil {
		j.authoriser = authoriserOf(j.own)
		j.count(copySent)
	}
}

// readJoin settles which join event the checks are about: the one built or sent, or where that is not known the one
// that came back.
func (v *verifier) readJoin() {
	j := &v.join
	if r := v.in.Reply.Events(v.version).Returned; r != nil {
		j.returned = r.Event
	}
	switch {
	case j.own != nil:
		j.used, j.counts = j.own, copySent
	case j.err != nil:
		j.why = v.our() + " join event cannot be read: " + j.err.Error()
	case j.returned != nil && isJoin(j.returned):
		j.used, j.counts = j.returned, copyReturned
	default:
		j.why = v.our() + " join event is not known"
	}
	if j.used != nil {
		if j.used.ID() != "" {
			j.id = j.used.ID()
		}
		j.authoriser = authoriserOf(j.used)
	}
	j.known = j.used != nil || j.err != nil
	v.tail.subject = j.id
}

// skipJoin notes that the join could not be authorised, and why.
func (v *verifier) skipJoin(why string) {
	for _, k := range []Kind{KindJoinBasis, KindJoinAuth, KindJoinAuthState, KindJoinAuthEvents} {
		v.tail.unchecked(k, "", "not looked at: "+why)
	}
}

// examineJoin checks our own event as if it were somebody else's, and the copy that came back.
func (v *verifier) examineJoin() {
	j, k := &v.join, &v.tail
	switch {
	case j.err != nil:
		field, why := unreadable("", j.err)
		k.fail(KindEventFormat, Unreadable, field, v.our()+" join event cannot be read: "+wording.Clip(why))
	case j.used == nil:
		k.unchecked(KindEventFormat, "", j.why)
	default:
		v.examineOwn(j.used)
	}
	v.examineReturned()
}

// examineOwn makes the checks of an event on our join. Its signature by an authoriser's server is on the copy that came
// back, and is checked there.
func (v *verifier) examineOwn(e *event.Event) {
	j, k := &v.join, &v.tail
	prefix := ""
	if j.own == nil {
		prefix = "/event"
	}
	if !examineFormat(k, prefix, e, true, maxFormatChecks) {
		j.drop(v.our() + " join event breaks the format of its room version")
		return
	}
	v.examinePath(e)
	v.examineRoom(k, prefix, e)
	required := RequiredSigners(e)
	if j.own != nil {
		required = slices.DeleteFunc(required, func(s string) bool {
			return s == j.authoriser &&
				s != client.Domain(e.Sender())
		})
	}
	for _, s := range v.examineSignatures(k, prefix, e, required, nil, sealed{}) {
		byAuthoriser := s.server == j.authoriser && s.server != client.Domain(e.Sender()) // the rules judge that one
		if s.verdict.refutes() && j.used != nil && !byAuthoriser {
			j.drop(v.our() + " join event is not properly signed: " + s.verdict.words(s.server))
		}
	}
	v.examineHash(k, prefix, e)
	if j.used != nil {
		j.count(j.counts)
	}
	v.examineReferences(k, prefix, e)
	if named, missing := v.resolve(e.AuthEvents()); len(missing) > 0 && v.in.Reply.overLimit() != "" {
		k.unchecked(KindClosure, prefix+"/auth_events", "not looked at: "+v.in.Reply.overLimit())
	} else if len(missing) > 0 {
		k.fail(KindClosure, "", prefix+"/auth_events",
			fmt.Sprintf(v.our()+" join names %s, which is in neither state nor auth_chain", wording.List(missing))).
			about(missing...)
	} else {
		k.pass(KindClosure, prefix+"/auth_events", func() string {
			return fmt.Sprintf("%s named by "+v.our()+" join, and in the answer", wording.Count(len(named), "event"))
		})
	}
}

// examinePath checks that our event has the ID that was worked out for it, and under which it was sent.
func (v *verifier) examinePath(e *event.Event) {
	k := &v.tail
	if v.goneID(k, e, "/event_id") {
		return
	}
	if b := v.in.Join; b != nil && b.EventID != e.ID() {
		k.fail(KindEventID, IDClaimed, "/event_id", fmt.Sprintf(v.our()+" join is %s; when it was built it was called %s",
			wording.Name(e.ID()), wording.Name(b.EventID)))
		return
	}
	if v.in.Sent == nil {
		k.pass(KindEventID, "", func() string { return "the ID that its bytes make; under which it was sent is not known" })
		return
	}
	path, _, _ := strings.Cut(v.in.Sent.Target, "?")
	sent := path[strings.LastIndexByte(path, '/')+1:]
	if id, err := url.PathUnescape(sent); err == nil {
		sent = id
	}
	if sent != e.ID() {
		k.fail(KindEventID, IDClaimed, "/event_id", fmt.Sprintf(v.our()+" join is %s; the path of send_join called it %s",
			wording.Name(e.ID()), wording.Name(sent)))
		return
	}
	k.pass(KindEventID, "", func() string { return "the ID in the path of send_join" })
}

// examineReturned checks the join event that came back: that it is ours, unchanged, and signed by whoever had to add a
// signature; and settles which copy counts. That is the one that came back where an authoriser has to sign the join, in
// whatever shape it came, as long as it is our event: the rules say then what becomes of it.
// Spec: server-server, PUT v2/send_join (event); Restricted rooms.
func (v *verifier) examineReturned() {
	j, k := &v.join, &v.tail
	read := v.in.Reply.Events(v.version).Returned
	switch {
	case read == nil:
		if j.authoriser != "" && j.own != nil && !v.cosigned(j.own) {
			k.fail(KindReturnedEvent, NotReturned, "/event",
				fmt.Sprintf("%s let the user in and must sign the join, but no event came back: other servers will reject the join",
					wording.Name(j.authoriser))).Refuses = true
		}
	case read.Event == nil:
		field, why := unreadable(read.Pointer(), read.Err)
		k.fail(KindReturnedEvent, Unreadable, field,
			"the join event that came back cannot be read: "+wording.Clip(why)).Refuses = j.authoriser != ""
	case j.own == nil:
		why := j.why
		if why == "" {
			why = "the join event that was sent is not known; the one that came back is taken for it"
		}
		k.unchecked(KindReturnedEventID, "/event", why)
		k.unchecked(KindReturnedEvent, "/event", why)
	case read.Event.ID() != j.own.ID():
		k.fail(KindReturnedEventID, OtherEvent, "/event", fmt.Sprintf("the join event that came back is %s; ours is %s",
			wording.Name(read.Event.ID()), wording.Name(j.own.ID()))).
			Refuses = j.authoriser != ""
		k.unchecked(KindReturnedEvent, "/event", "not looked at: it is another event than ours")
	default:
		k.pass(KindReturnedEventID, "/event", func() string { return "the join event that came back has our event ID" })
		v.examineOurs(read.Event)
	}
}

// cosigned reports whether a copy of our join carries the signature of the server that let the user in.
func (v *verifier) cosigned(e *event.Event) bool {
	list, problem := v.signatureFacts(e, e.Signatures(), v.join.authoriser)
	verdict := v.judgeSignatures(e, list, problem, sealed{})
	return verdict == signatureGood || verdict == signatureGone
}

// examineOurs checks a copy of our join that came back, e, and takes it for the one that counts where it may be.
func (v *verifier) examineOurs(e *event.Event) {
	j, k := &v.join, &v.tail
	found := v.returnedFault(e)
	check := k.add(KindReturnedEvent, found.outcome, "/event"+found.field, "", found.why).as(found.fault)
	check.Refuses = found.outcome == Fail && j.authoriser != ""
	// What others would drop does not count either: our own copy stands then, as we sent it.
	dropped := slices.Contains([]Fault{BadField, OtherEvent, OwnSignatureGone}, found.fault)
	if j.used != nil && (found.outcome == Pass || found.fault == RecordingRedacted || j.authoriser != "" && !dropped) {
		j.count(copyReturned)
	}
}

// A returnedFinding is what was found of the copy that came back.
type returnedFinding struct {
	outcome CheckOutcome
	fault   Fault
	field   string // below /event
	why     string
}

// returnedFault looks for what is wrong with the copy of our join that came back, e.
func (v *verifier) returnedFault(e *event.Event) returnedFinding {
	j := &v.join
	if problems := e.Problems(); len(problems) > 0 && len(j.own.Problems()) == 0 {
		return returnedFinding{Fail, BadField, problems[0].Field, strings.TrimPrefix(problems[0].Field,
			"/") + " " + problems[0].Why}
	}
	if v.in.Redacted {
		return v.returnedOfRedacted(e)
	}
	if !e.ContentHashHolds() && j.own.ContentHash() != e.ContentHash() {
		if r := redactionOf(e); r != nil {
			return returnedFinding{Warn, Redacted, "/hashes/sha256",
				"the copy of " + v.our() + " join that came back is redacted: " + r.words(e.Type())}
		}
		return v.differing(e, Altered, "the copy of our join that came back differs from ours in %s: its content hash "+
			"does not hold")
	}
	if e.ReferenceHash() != j.own.ReferenceHash() { // versions 1 and 2, where the ID is but a name
		return v.differing(e, OtherEvent, "the event that came back under our ID is another one: it differs from ours in %s")
	}
	return v.returnedSignatures(e)
}

// returnedOfRedacted looks at the copy of our join that came back, e, in a redacted recording: whose signatures are on
// it can be told, whether they hold cannot.
func (v *verifier) returnedOfRedacted(e *event.Event) returnedFinding {
	j := &v.join
	all := e.Signatures()
	missing := func(server string) bool {
		list, _ := v.signatureFacts(e, all, server)
		return len(list) == 0
	}
	if us := client.Domain(j.own.Sender()); missing(us) {
		return returnedFinding{Fail, OwnSignatureGone, "/signatures/" + event.PointerToken(us), "our own signature is gone"}
	}
	if j.authoriser != "" && missing(j.authoriser) {
		return returnedFinding{Fail, NotCosigned, "/signatures/" + event.PointerToken(j.authoriser),
			signatureAbsent.words(j.authoriser)}
	}
	return returnedFinding{NotChecked, RecordingRedacted, "", goneWords}
}

// differing says in which fields the copy that came back differs from ours.
func (v *verifier) differing(e *event.Event, f Fault, format string) returnedFinding {
	fields := slices.DeleteFunc(differences(v.join.own, e), func(f string) bool { return f == "signatures" })
	return returnedFinding{Fail, f, "/" + event.PointerToken(fields[0]), fmt.Sprintf(format, wording.List(fields))}
}

// returnedSignatures looks at the signatures of a copy of our join that came back unchanged: ours, that of the server
// that let the user in, and that of the server that answered, which nobody asked for.
func (v *verifier) returnedSignatures(e *event.Event) returnedFinding {
	j := &v.join
	us, resident := client.Domain(j.own.Sender()), v.in.Reply.Server
	all := e.Signatures()
	of := func(server string) (signatureVerdict, string) {
		list, problem := v.signatureFacts(e, all, server)
		return v.judgeSignatures(e, list, problem, sealed{}), "/signatures/" + event.PointerToken(server)
	}
	switch verdict, field := of(us); verdict {
	case signatureGood:
	case signatureUnknown:
		return returnedFinding{NotChecked, KeysUnknown, field,
			"whether our signature survived is not known: " + verdict.words(us)}
	default:
		return returnedFinding{Fail, OwnSignatureGone, field, "our own signature is gone, or does not verify any more"}
	}
	if j.authoriser != "" && j.authoriser != us {
		switch verdict, field := of(j.authoriser); verdict {
		case signatureGood:
			return returnedFinding{outcome: Pass, why: v.our() + " join, unchanged, " + v.withOurs() +
				" and that of " + j.authoriser +
				", which let the user in"}
		case signatureUnknown:
			return returnedFinding{NotChecked, KeysUnknown, field,
				wording.Name(j.authoriser) + " had to sign the join: " + verdict.words(wording.Name(j.authoriser))}
		default:
			return returnedFinding{Fail, NotCosigned, field,
				wording.Name(j.authoriser) + " let the user in and had to sign the join: " +
					verdict.words(wording.Name(j.authoriser))}
		}
	}
	switch verdict, field := of(resident); verdict {
	case signatureGood:
		return returnedFinding{outcome: Pass, why: v.our() + " join, unchanged, " + v.withOurs() + "; " +
			wording.Name(resident) + " has added its own"}
	case signatureWrong:
		return returnedFinding{Warn, BadSignature, field,
			v.our() + " join, unchanged; the signature that " + wording.Name(resident) +
				" added, which nobody asked for, does not verify"}
	}
	return returnedFinding{outcome: Pass, why: v.our() + " join, unchanged, " + v.withOurs()}
}

// authoriseJoin asks the rules about our join: by the events it names, then by the state before it.
// Spec: server-server, Checks performed on receipt of a PDU, 4 and 5.
func (v *verifier) authoriseJoin() {
	if v.join.used == nil {
		v.skipJoin(v.join.why)
		return
	}
	state := v.stateBefore()
	v.joinByAuthEvents()
	v.joinByState(state)
	v.joinSelection(state)
	v.partialState(state)
}

func (v *verifier) joinByAuthEvents() {
	e := v.join.used
	named, missing := v.resolve(e.AuthEvents())
	again := claim{use: e, named: named, rare: &rare{missing: missing}}
	verdict := v.verdict(&again, v.fully())
	var why unsure
	var refuted *claim
	for c := range v.restsOn(&again) {
		if refuted == nil && v.refuted(c) {
			refuted = c
		}
		if c.verdict != Pass && why.words == "" {
			why = unsure{fmt.Sprintf(v.our()+" join rests on %s, %s", c.name(), v.notAuthorised(c)), v.restsOnFault(c),
				v.blamed(c)}
		}
	}
	if len(missing) > 0 {
		why = unsure{fmt.Sprintf(v.our()+" join rests on %s, which is not in the answer", wording.Name(missing[0])),
			RestsOnMissing, missing}
	}
	if refuted != nil {
		v.tail.fail(KindJoinBasis, RestsOnDropped, refuted.read.Pointer(),
			fmt.Sprintf("the join would be refused: it rests on %s, %s", refuted.name(), v.notAuthorised(refuted))).
			about(v.blamed(refuted)...)
	} else if v.in.Redacted {
		v.tail.gone(KindJoinBasis, "/auth_events")
	} else {
		v.tail.pass(KindJoinBasis, "/auth_events", func() string { return "nothing it rests on has to be dropped" })
	}
	v.reportJoin(KindJoinAuth, verdict, "by the events it names", why)
}

// An unsure says why the join is not proven whatever the rules say, and which events it lacks.
type unsure struct {
	words string
	fault Fault
	about []string
}

// blamed names a claim that the join cannot rely on, and what keeps it from that.
func (v *verifier) blamed(c *claim) []string {
	if c.dropped == notDropped && c.cause >= 0 {
		return []string{c.id(), v.claims[c.cause].id()}
	}
	return []string{c.id()}
}

// notAuthorised says of a claim why it cannot be relied on, as the end of a sentence.
func (v *verifier) notAuthorised(c *claim) string {
	switch {
	case c.dropped != notDropped:
		return "which has to be dropped: " + c.dropped.String()
	case c.cause >= 0:
		return "which rests on " + v.claims[c.cause].name() + ", and that is not authorised"
	case !c.proven():
		return "and nothing proves yet that it is genuine"
	}
	return "which is not authorised"
}

// fully is the context of a judgement whose trace is wanted.
func (v *verifier) fully() auth.Context {
	context := v.auth
	context.Brief = false
	return context
}

func (v *verifier) joinByState(before *stateBefore) {
	e, state := v.join.used, v.joinState(before)
	var why unsure
	by := "by the state before it"
	for _, t := range append([]auth.Tuple{{Type: TypeCreate}}, auth.Select(e)...) {
		c := state.at(t)
		if c == nil {
			continue
		}
		holder := "state has"
		if before.at(t) == nil {
			holder, by = v.our()+" join names", "by the state before it and the members it names"
		}
		if c.verdict != Pass && c.verdict != Fail && why.words == "" {
			why = unsure{fmt.Sprintf("%s %s at (%s, %q), %s", holder, wording.Name(c.id()), t.Type, wording.Clip(t.StateKey),
				v.notAuthorised(c)), v.restsOnFault(c), v.blamed(c)}
		}
	}
	v.reportJoin(KindJoinAuthState, auth.AgainstState(e, state, v.inState()), by, why)
}

// inState is the context of a judgement by state. Where members are left out, who is not there may still be a member;
// of the user who joins it is known: an earlier membership would be among the events the join names.
func (v *verifier) inState() auth.Context {
	context := v.fully()
	if v.in.Reply.MembersOmitted {
		e := v.join.used
		named := e.AuthEvents()
		context.Omitted = func(t auth.Tuple) bool {
			return t.Type == typeMember && (t.StateKey != e.Sender() || v.namedAt(named, t) != "")
		}
	}
	return context
}

// unsignedJoin is about a join that the rules reject because the authoriser's server has not signed it.
const unsignedJoin = "Synapse rejects it and answers its client 403."

// reportJoin reports what the rules made of our join. why says what it rests on that is not proven; a rejection
// stands in spite of that, an admission does not.
func (v *verifier) reportJoin(k Kind, verdict auth.Verdict, by string, why unsure) {
	genuine := ""
	for _, server := range RequiredSigners(v.join.used) {
		if s, words := v.signatureBy(v.join.used, server); s == signatureUnknown {
			genuine = words
		}
	}
	switch {
	case verdict.Outcome == auth.Rejected:
		check := v.tail.ruled(k, Fail, "", fmt.Sprintf("the join would be rejected %s: rule %s. %s", by, verdict.Rule,
			reason(verdict)), verdict)
		if verdict.Ground == auth.NotCosigned {
			check.Others = unsignedJoin
		}
	case why.words != "":
		v.tail.ruled(k, NotChecked, "", why.words, verdict).as(why.fault).about(why.about...)
	case verdict.Outcome == auth.Allowed && v.in.Redacted && restsOnSignature(v.join.used):
		v.tail.gone(k, "")
	case verdict.Outcome != auth.Allowed:
		v.tail.ruled(k, NotChecked, "", reason(verdict), verdict)
	case genuine != "":
		v.join.unsigned = true
		v.tail.ruled(k, NotChecked, "", fmt.Sprintf("rule %s would allow the join, but %s", verdict.Rule, genuine),
			verdict).as(KeysUnknown)
	default:
		v.tail.add(k, Pass, "", verdict.Rule, fmt.Sprintf("allowed %s: rule %s. %s", by, verdict.Rule, reason(verdict)))
	}
}

// joinSelection compares the auth events of our join with what selection from state gives. Others mean that the
// template was stale, as far as the join has them from there: the room moved on after make_join.
// Spec: server-server, Auth events selection.
func (v *verifier) joinSelection(before *stateBefore) {
	e, k := v.join.used, &v.tail
	named := e.AuthEvents()
	tuples := auth.Select(e)
	var faults []string
	explained := map[string]bool{}
	for _, t := range tuples {
		c := before.at(t)
		other := v.namedAt(named, t)
		switch {
		case c == nil && other == "":
		case c == nil:
			explained[other] = true
			if !v.in.Reply.MembersOmitted && t.Type != TypeCreate { // what is missing then is another check's business
				faults = append(faults, fmt.Sprintf("it names %s, and state has nothing at (%s, %q)", wording.Name(other), t.Type,
					wording.Clip(t.StateKey)))
			}
		case other == "":
			if !slices.Contains(named, c.id()) {
				faults = append(faults, fmt.Sprintf("state has %s at (%s, %q), and it does not name that", wording.Name(c.id()),
					t.Type, wording.Clip(t.StateKey)))
			}
		case other != c.id():
			explained[other] = true
			faults = append(faults, fmt.Sprintf("it names %s, and state now has %s at (%s, %q)", wording.Name(other),
				wording.Name(c.id()), t.Type, wording.Clip(t.StateKey)))
		default:
			explained[other] = true
		}
	}
	for _, id := range named {
		if at, ok := v.byID[id]; ok && !explained[id] {
			faults = append(faults, fmt.Sprintf("it names %s %s, which is not for a join to name",
				wording.Name(v.claims[at].read.Event.Type()), wording.Name(id)))
		}
	}
	if len(faults) > 0 {
		k.warn(KindJoinAuthEvents, "", "/auth_events", v.staleBecause()+strings.Join(faults[:min(len(faults), 5)], "; "))
		return
	}
	k.pass(KindJoinAuthEvents, "/auth_events", func() string {
		return fmt.Sprintf("it names %s, those that selection from state gives", wording.Count(len(named), "event"))
	})
}

// namedAt returns the ID among named whose event is at t; empty when none is.
func (v *verifier) namedAt(named []string, t auth.Tuple) string {
	if c := v.claimAt(named, t); c != nil {
		return c.id()
	}
	return ""
}

// staleBecause begins the words about auth events that selection does not give: it says whose choice they were.
func (v *verifier) staleBecause() string {
	template := v.in.Template
	if template == nil || template.Event == nil {
		return "the template was stale: "
	}
	theirs, errTheirs := event.Canonical(event.Get(template.Event, "auth_events"), false)
	ours, _ := v.join.used.Field("auth_events")
	ours, errOurs := event.Canonical(ours, false)
	if errTheirs == nil && errOurs == nil && !bytes.Equal(theirs, ours) {
		return "they are not those of the template: "
	}
	return "the template was stale: "
}

// partialState checks that an answer without members still holds what a joining server needs: whatever our join names,
// but for the memberships of others, which are what may be left out.
// Spec: server-server, PUT v2/send_join (members_omitted).
func (v *verifier) partialState(before *stateBefore) {
	if !v.in.Reply.MembersOmitted {
		return
	}
	k := &v.tail
	for _, id := range v.join.used.AuthEvents() {
		at, ok := v.byID[id]
		if !ok {
			continue // closure has said so
		}
		e := v.claims[at].read.Event
		key, _ := e.StateKey()
		if e.Type() == typeMember && key != v.join.used.Sender() {
			continue
		}
		if before.at(auth.Tuple{Type: e.Type(), StateKey: key}) == nil {
			k.fail(KindPartialState, "", "/state", fmt.Sprintf(v.our()+" join rests on %s %s, and state has no event of that "+
				"type and state key", wording.Name(e.Type()), wording.Name(id)))
			return
		}
	}
	if before.at(auth.Tuple{Type: "m.room.power_levels"}) == nil {
		k.warn(KindPartialState, "", "/state", "state has no power levels; a room without any is possible, and rare")
		return
	}
	k.pass(KindPartialState, "/state", func() string {
		return "the create event and every event " + v.our() + " join rests on are in state, but for memberships of others"
	})
}

// unproven returns the check that keeps our join from being proven although nothing refutes it; nil when it is proven.
// Where no join is known, the create event stands for it.
func (v *verifier) unproven() *Check {
	// Where the join is known only from the answer and our own keys are not, it is not the answer that leaves it open.
	aboutJoin := v.join.known && !(v.join.own == nil && v.join.unsigned)
	essential := func(k Kind) bool {
		proves := checkKinds[k].Proves
		return proves == ProvesAnswer || proves == ProvesJoin && aboutJoin
	}
	for _, list := range [][]Check{v.head.checks, v.tail.checks} {
		for i := range list {
			if c := &list[i]; essential(c.Kind) && c.Outcome == NotChecked && c.Fault != RecordingRedacted {
				return c
			}
		}
	}
	return nil
}
