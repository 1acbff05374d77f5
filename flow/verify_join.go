package flow

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"doorstep/client"
	"doorstep/flow/auth"
	"doorstep/flow/event"
)

// A joinEvent is what is known of our join: our own copy, the one that came back, and which of them counts.
type joinEvent struct {
	id       string       // subject of the checks: the event ID, or "join" where there is none
	own      *event.Event // as it was sent; nil: it is not known, or cannot be read
	err      error        // why it cannot be read
	returned *event.Event // as it came back; nil: it did not, or cannot be read
	used     *event.Event // the copy that goes into the room; nil: neither can
	why      string       // why neither can
	known    bool         // there is one, in whatever shape

	unsealed bool // the rules would let it in, and all that is not known is whether it is genuine

	authoriser string // the server that must sign a join let in by a restricted rule; empty: none
}

// subjectJoin is the subject of checks on a join event that has no ID.
const subjectJoin = "join"

// readJoin finds our join event: the one built, or the one sent.
func (v *verifier) readJoin() {
	j := &v.join
	j.id = subjectJoin
	var raw []byte
	switch {
	case v.state.Build != nil:
		raw = v.state.Build.Event
	case v.state.Sent != nil && v.state.Sent.Request != nil:
		raw = v.state.Sent.Request.Body
	}
	if raw != nil {
		j.own, j.err = event.Parse(v.version, raw)
	}
	if r := v.state.Reply.Events(v.version).Returned; r != nil {
		j.returned = r.Event
	}
	switch {
	case j.own != nil:
		j.used = j.own
	case j.err != nil:
		j.why = "our join event cannot be read: " + j.err.Error()
	case j.returned != nil && isJoin(j.returned):
		j.used = j.returned
	default:
		j.why = "our join event is not known"
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

func isJoin(e *event.Event) bool {
	key, ok := e.StateKey()
	return ok && e.Membership() == "join" && key == e.Sender()
}

// authoriserOf returns the server whose signature a join needs because one of its users let it in; empty when none did.
// Spec: server-server, Restricted rooms.
func authoriserOf(e *event.Event) string {
	if !e.Version().Restricted || e.Membership() != "join" {
		return ""
	}
	user, _ := e.ContentString("join_authorised_via_users_server")
	return client.Domain(user)
}

// skipJoin notes that the join could not be authorised, and why.
func (v *verifier) skipJoin(why string) {
	for _, k := range []kind{joinBasis, joinAuth, joinAuthState, joinAuthEvents} {
		v.tail.unchecked(k, "", "not looked at: "+why)
	}
}

// examineJoin checks our own event as if it were somebody else's, and the copy that came back.
func (v *verifier) examineJoin() {
	j, k := &v.join, &v.tail
	switch {
	case j.err != nil:
		field, why := unreadable("", j.err)
		k.fail(eventFormat, field, "our join event cannot be read: "+clip(why))
	case j.used == nil:
		k.unchecked(eventFormat, "", j.why)
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
	if !examineFormat(k, prefix, e, true) {
		j.used, j.why = nil, "our join event breaks the format of its room version"
		return
	}
	v.examinePath(e)
	v.examineRoom(k, prefix, e)
	required := RequiredSigners(e)
	if j.own != nil {
		required = slices.DeleteFunc(required, func(s string) bool { return s == j.authoriser && s != client.Domain(e.Sender()) })
	}
	for _, s := range v.examineSignatures(k, prefix, e, required, nil) {
		if s.verdict != sealGood && s.verdict != sealUnknown && j.used != nil {
			j.used, j.why = nil, "our join event is not properly signed: "+s.verdict.words(s.server)
		}
	}
	examineHash(k, prefix, e)
	if !hashHolds(e) && j.used != nil {
		j.used = e.Redacted()
	}
	v.examineReferences(k, prefix, e)
	if named, missing := v.resolve(e.AuthEvents()); len(missing) > 0 {
		k.fail(closure, prefix+"/auth_events", fmt.Sprintf("our join names %s, which is in neither state nor auth_chain", listed(missing)))
	} else {
		k.pass(closure, prefix+"/auth_events", func() string {
			return fmt.Sprintf("%s named by our join, and in the answer", count(len(named), "event"))
		})
	}
}

// examinePath checks that our event has the ID that was worked out for it, and under which it was sent.
func (v *verifier) examinePath(e *event.Event) {
	k := &v.tail
	if b := v.state.Build; b != nil && b.EventID != e.ID() {
		k.fail(eventID, "/event_id", fmt.Sprintf("our join is %s; when it was built it was called %s", said(e.ID()), said(b.EventID)))
		return
	}
	if v.state.Sent == nil || v.state.Sent.Request == nil {
		k.pass(eventID, "", func() string { return "the ID that its bytes make; under which it was sent is not known" })
		return
	}
	path, _, _ := strings.Cut(v.state.Sent.Request.Target, "?")
	sent := path[strings.LastIndexByte(path, '/')+1:]
	if id, err := url.PathUnescape(sent); err == nil {
		sent = id
	}
	if sent != e.ID() {
		k.fail(eventID, "/event_id", fmt.Sprintf("our join is %s; the path of send_join called it %s", said(e.ID()), said(sent)))
		return
	}
	k.pass(eventID, "", func() string { return "the ID in the path of send_join" })
}

// examineReturned checks the join event that came back: that it is ours, unchanged, and signed by whoever had to add a
// signature. Spec: server-server, PUT v2/send_join (event); Restricted rooms.
func (v *verifier) examineReturned() {
	j, k := &v.join, &v.tail
	read := v.state.Reply.Events(v.version).Returned
	refuses := func() { // without the authoriser's signature every other server rejects the join
		if j.authoriser != "" {
			k.checks[len(k.checks)-1].Refuses = true
			j.used, j.why = nil, "the only copy that "+said(j.authoriser)+" could have signed cannot be used"
		}
	}
	switch {
	case read == nil && j.authoriser == "":
		return
	case read == nil && j.own == nil:
		return
	case read == nil:
		list, problem := v.seals(j.own, j.own.Signatures(), j.authoriser)
		if verdict := weigh(j.own, list, problem); verdict == sealGood {
			return // it carries the signature already
		}
		k.fail(returnedEvent, "/event", fmt.Sprintf("%s let the user in and must sign the join, but no event came back: other servers will reject the join", said(j.authoriser)))
		refuses()
		return
	case read.Event == nil:
		field, why := unreadable(read.Pointer, read.Err)
		k.fail(returnedEvent, field, "the join event that came back cannot be read: "+clip(why))
		refuses()
		return
	case j.own == nil:
		why := j.why
		if why == "" {
			why = "the join event that was sent is not known; the one that came back is taken for it"
		}
		k.unchecked(returnedEventID, "/event", why)
		k.unchecked(returnedEvent, "/event", why)
		return
	case read.Event.ID() != j.own.ID():
		k.fail(returnedEventID, "/event", fmt.Sprintf("the join event that came back is %s; ours is %s", said(read.Event.ID()), said(j.own.ID())))
		k.unchecked(returnedEvent, "/event", "not looked at: it is another event than ours")
		if j.authoriser != "" {
			k.checks[len(k.checks)-2].Refuses = true
			j.used, j.why = nil, "the only copy that "+said(j.authoriser)+" could have signed is of another event"
		}
		return
	}
	k.pass(returnedEventID, "/event", func() string { return "the join event that came back has our event ID" })
	field, why, outcome := v.returnedFault(read.Event)
	switch outcome {
	case Fail:
		k.fail(returnedEvent, "/event"+field, why)
		refuses()
	case Warn:
		k.warn(returnedEvent, "/event"+field, why)
	case NotChecked:
		k.unchecked(returnedEvent, "/event"+field, why)
		if j.authoriser != "" {
			j.used = j.returned
		}
	default:
		k.pass(returnedEvent, "/event", func() string { return why })
		if j.used != nil {
			j.used = j.returned
		}
	}
}

// returnedFault looks for what is wrong with the copy of our join that came back, e.
func (v *verifier) returnedFault(e *event.Event) (field, why string, outcome CheckOutcome) {
	j := &v.join
	if problems := e.Problems(); len(problems) > 0 && len(j.own.Problems()) == 0 {
		return problems[0].Field, strings.TrimPrefix(problems[0].Field, "/") + " " + problems[0].Why, Fail
	}
	claimed, _ := e.ClaimedContentHash()
	if sum := e.ContentHash(); !bytes.Equal(claimed, sum[:]) && j.own.ContentHash() != sum {
		fields := slices.DeleteFunc(differences(j.own, e), func(f string) bool { return f == "signatures" })
		return "/" + pointerToken(fields[0]), fmt.Sprintf("the copy of our join that came back differs from ours in %s: its content hash does not hold", listed(fields)), Fail
	}
	if e.ReferenceHash() != j.own.ReferenceHash() { // versions 1 and 2, where the ID is but a name
		fields := slices.DeleteFunc(differences(j.own, e), func(f string) bool { return f == "signatures" })
		return "/" + pointerToken(fields[0]), fmt.Sprintf("the event that came back under our ID is another one: it differs from ours in %s", listed(fields)), Fail
	}
	us := client.Domain(j.own.Sender())
	all := e.Signatures()
	list, problem := v.seals(e, all, us)
	switch weigh(e, list, problem) {
	case sealGood:
	case sealUnknown:
		return "/signatures/" + pointerToken(us), "whether our signature survived is not known: " + sealUnknown.words(us), NotChecked
	default:
		return "/signatures/" + pointerToken(us), "our own signature is gone, or does not verify any more", Fail
	}
	if j.authoriser != "" && j.authoriser != us {
		list, problem := v.seals(e, all, j.authoriser)
		field = "/signatures/" + pointerToken(j.authoriser)
		switch verdict := weigh(e, list, problem); verdict {
		case sealGood:
			return "", "our join, unchanged, with our signature and that of " + j.authoriser + ", which let the user in", Pass
		case sealUnknown:
			return field, said(j.authoriser) + " had to sign the join: " + sealUnknown.words(said(j.authoriser)), NotChecked
		default:
			return field, said(j.authoriser) + " let the user in and had to sign the join: " + verdict.words(said(j.authoriser)), Fail
		}
	}
	resident := v.state.Reply.Server
	list, problem = v.seals(e, all, resident)
	switch verdict := weigh(e, list, problem); verdict {
	case sealGood:
		return "", "our join, unchanged, with our signature; " + said(resident) + " has added its own", Pass
	case sealWrong:
		return "/signatures/" + pointerToken(resident), "our join, unchanged; the signature that " + said(resident) + " added, which nobody asked for, does not verify", Warn
	}
	return "", "our join, unchanged, with our signature", Pass
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

// stateBefore is the state before our join as the answer gives it, whatever the checks say of its events; of two at one
// place the first.
func (v *verifier) stateBefore() map[auth.Tuple]*claim {
	state := map[auth.Tuple]*claim{}
	for i := range v.claims {
		c := &v.claims[i]
		if c.state < 0 || c.read.Event == nil {
			continue
		}
		c = v.meant(int32(i))
		if key, ok := c.read.Event.StateKey(); ok {
			t := auth.Tuple{Type: c.read.Event.Type(), StateKey: key}
			if state[t] == nil {
				state[t] = c
			}
		}
	}
	return state
}

// usableState is that state without what a homeserver drops or rejects.
func (v *verifier) usableState() auth.StateMap {
	state := auth.StateMap{}
	for t, c := range v.stateBefore() {
		if c.dropped == "" && c.verdict != Fail {
			state[t] = c.use
		}
	}
	return state
}

func (v *verifier) joinByAuthEvents() {
	e := v.join.used
	named, missing := v.resolve(e.AuthEvents())
	again := claim{use: e, named: named, missing: missing}
	verdict := v.verdict(&again, v.fully())
	why := ""
	var refuted *claim
	for c := range v.restsOn(&again) {
		if refuted == nil && v.refuted(c) {
			refuted = c
		}
		if c.verdict != Pass && why == "" {
			why = fmt.Sprintf("our join rests on %s, %s", c.name(), v.notAuthorised(c))
		}
	}
	if len(missing) > 0 {
		why = fmt.Sprintf("our join rests on %s, which is not in the answer", said(missing[0]))
	}
	if refuted != nil {
		v.tail.fail(joinBasis, refuted.read.Pointer, fmt.Sprintf("the join would be refused: it rests on %s, %s", refuted.name(), v.notAuthorised(refuted)))
	} else {
		v.tail.pass(joinBasis, "/auth_events", func() string { return "nothing it rests on has to be dropped" })
	}
	v.reportJoin(joinAuth, verdict, "by the events it names", why)
}

// refuted reports whether a claim cannot be relied on because a check failed, not for want of one: it has to be dropped, or
// what it rests on has. A homeserver without a better copy from elsewhere is left without it.
func (v *verifier) refuted(c *claim) bool {
	for range v.claims {
		if c.dropped != "" || c.cause < 0 {
			break
		}
		c = &v.claims[c.cause]
	}
	return c.dropped != ""
}

// notAuthorised says of a claim why it cannot be relied on, as the end of a sentence.
func (v *verifier) notAuthorised(c *claim) string {
	switch {
	case c.dropped != "":
		return "which has to be dropped: " + c.dropped
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

func (v *verifier) joinByState(before map[auth.Tuple]*claim) {
	e := v.join.used
	why := ""
	for _, t := range append([]auth.Tuple{{Type: typeCreate}}, auth.Select(e)...) {
		if c := before[t]; c != nil && c.verdict != Pass && c.verdict != Fail && why == "" {
			why = fmt.Sprintf("state has %s at (%s, %q), %s", said(c.id), t.Type, clip(t.StateKey), v.notAuthorised(c))
		}
	}
	v.reportJoin(joinAuthState, auth.AgainstState(e, v.usableState(), v.inState()), "by the state before it", why)
}

// inState is the context of a judgement by state. Where members are left out, who is not there may still be a member; of
// the user who joins it is known: an earlier membership would be among the events the join names.
func (v *verifier) inState() auth.Context {
	context := v.fully()
	if v.state.Reply.MembersOmitted {
		e := v.join.used
		named := e.AuthEvents()
		context.Omitted = func(t auth.Tuple) bool {
			return t.Type == "m.room.member" && (t.StateKey != e.Sender() || v.namedAt(named, t) != "")
		}
	}
	return context
}

// reportJoin reports what the rules made of our join. why says what it rests on that is not proven; a rejection stands in
// spite of that, an admission does not.
func (v *verifier) reportJoin(k kind, verdict auth.Verdict, by, why string) {
	genuine := ""
	for _, server := range RequiredSigners(v.join.used) {
		if s, words := v.sealedBy(v.join.used, server); s == sealUnknown {
			genuine = words
		}
	}
	switch {
	case verdict.Outcome == auth.Rejected:
		v.tail.add(k, Fail, "", verdict.Rule, fmt.Sprintf("the join would be rejected %s: rule %s. %s", by, verdict.Rule, reason(verdict)))
	case why != "":
		v.tail.add(k, NotChecked, "", verdict.Rule, why)
	case verdict.Outcome != auth.Allowed:
		v.tail.add(k, NotChecked, "", verdict.Rule, reason(verdict))
	case genuine != "":
		v.join.unsealed = true
		v.tail.add(k, NotChecked, "", verdict.Rule, fmt.Sprintf("rule %s would allow the join, but %s", verdict.Rule, genuine))
	default:
		v.tail.add(k, Pass, "", verdict.Rule, fmt.Sprintf("allowed %s: rule %s. %s", by, verdict.Rule, reason(verdict)))
	}
}

// joinSelection compares the auth events of our join with what selection from state gives. Others mean that the template
// was stale: the room moved on after make_join. Spec: server-server, Auth events selection.
func (v *verifier) joinSelection(before map[auth.Tuple]*claim) {
	e, k := v.join.used, &v.tail
	named := e.AuthEvents()
	tuples := auth.Select(e)
	var faults []string
	explained := map[string]bool{}
	for _, t := range tuples {
		c := before[t]
		other := v.namedAt(named, t)
		switch {
		case c == nil && other == "":
		case c == nil:
			explained[other] = true
			if !v.state.Reply.MembersOmitted && t.Type != typeCreate { // what is missing then is another check's business
				faults = append(faults, fmt.Sprintf("it names %s, and state has nothing at (%s, %q)", said(other), t.Type, clip(t.StateKey)))
			}
		case other == "":
			if !slices.Contains(named, c.id) {
				faults = append(faults, fmt.Sprintf("state has %s at (%s, %q), and it does not name that", said(c.id), t.Type, clip(t.StateKey)))
			}
		case other != c.id:
			explained[other] = true
			faults = append(faults, fmt.Sprintf("it names %s, and state now has %s at (%s, %q)", said(other), said(c.id), t.Type, clip(t.StateKey)))
		default:
			explained[other] = true
		}
	}
	for _, id := range named {
		if at, ok := v.byID[id]; ok && !explained[id] {
			faults = append(faults, fmt.Sprintf("it names %s %s, which is not for a join to name", said(v.claims[at].read.Event.Type()), said(id)))
		}
	}
	if len(faults) > 0 {
		k.warn(joinAuthEvents, "/auth_events", "the template was stale: "+strings.Join(faults[:min(len(faults), 5)], "; "))
		return
	}
	k.pass(joinAuthEvents, "/auth_events", func() string {
		return fmt.Sprintf("it names %s, those that selection from state gives", count(len(named), "event"))
	})
}

// namedAt returns the ID among named whose event is at t; empty when none is.
func (v *verifier) namedAt(named []string, t auth.Tuple) string {
	for _, id := range named {
		if at, ok := v.byID[id]; ok {
			e := v.claims[at].read.Event
			if key, isState := e.StateKey(); isState && e.Type() == t.Type && key == t.StateKey {
				return id
			}
		}
	}
	return ""
}

// partialState checks that an answer without members still holds what a joining server needs: whatever our join names.
// Spec: server-server, PUT v2/send_join (members_omitted).
func (v *verifier) partialState(before map[auth.Tuple]*claim) {
	if !v.state.Reply.MembersOmitted {
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
		if before[auth.Tuple{Type: e.Type(), StateKey: key}] == nil {
			k.fail(partialState, "/state", fmt.Sprintf("our join rests on %s %s, and state has no event of that type and state key", said(e.Type()), said(id)))
			return
		}
	}
	if before[auth.Tuple{Type: "m.room.power_levels"}] == nil {
		k.warn(partialState, "/state", "state has no power levels; a room without any is possible, and rare")
		return
	}
	k.pass(partialState, "/state", func() string { return "the create event and every event our join rests on are in state" })
}

// unproven says why our join is not proven although nothing refutes it; empty when it is proven. Where no join is known,
// the create event stands for it.
func (v *verifier) unproven() string {
	if v.state.Reply == nil {
		return "there is no answer"
	}
	// Where the join is known only from the answer and our own keys are not, it is not the answer that leaves it open.
	aboutJoin := v.join.known && !(v.join.own == nil && v.join.unsealed)
	essential := map[string]bool{}
	for _, k := range []kind{answerShape, create, createRoomVersion, createRoomID, joinAuth, joinAuthState} {
		essential[checkKinds[k].ID] = aboutJoin || k < joinAuth
	}
	for _, list := range [][]Check{v.head.checks, v.tail.checks} {
		for _, c := range list {
			if essential[c.ID] && c.Outcome == NotChecked {
				return c.Detail
			}
		}
	}
	return ""
}
