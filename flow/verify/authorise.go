package verify

import (
	"fmt"
	"iter"
	"slices"

	"doorstep/flow/auth"
	"doorstep/flow/event"
	"doorstep/flow/wording"
)

// judgeAll checks what each event rests on: that it is there, that nothing goes round in a circle, and that the rules
// allow the event by it. Without a create event to rely on, which noCreate says, the rules cannot be asked. Spec:
// server-server, Checks performed on receipt of a PDU, 4.
//
// Where some of them were not looked at, noCreate says that: what is missing, and what nothing rests on, cannot be told
// then either.
func (v *verifier) judgeAll(noCreate string) {
	v.auth = auth.Context{Create: v.create, Memo: &auth.Memo{}, Brief: true, Signed: v.signed, Redacted: v.in.Redacted,
		Rejected: func(id string) bool {
			at, ok := v.byID[id]
			return ok && v.claims[at].verdict == Fail
		}}
	if v.in.Reply.overLimit() != "" {
		v.skip(noCreate, KindClosure, KindAuthorisation)
	} else if noCreate != "" {
		v.skip(noCreate, KindAuthorisation)
		if !v.version.RoomIDIsCreate && len(v.creates()) == 0 {
			v.skip("every event names a create event, and there is none", KindClosure)
		} else {
			v.closes = true
		}
	} else {
		v.closes, v.authorises = true, true
	}
	ordered := v.sort()
	if v.authorises {
		inParallel(len(v.claims), 64, v.over, func(i int) {
			if c := &v.claims[i]; v.isMeant(c) && c.dropped == notDropped && !c.circle {
				c.allowed = v.verdict(c, v.auth).Outcome
			}
		})
	}
	conclude := func(c *claim) {
		if v.over() {
			return
		}
		k := collector{subject: c.id(), tally: &v.tally}
		if v.authorises {
			v.judge(c)
		}
		v.conclude(c, &k)
		before := len(c.found())
		c.note(k.checks)
		v.keep(c, before)
	}
	if v.root != nil {
		conclude(v.root)
	}
	for _, at := range ordered {
		if c := &v.claims[at]; c != v.root {
			conclude(c)
		}
	}
	for i := range v.claims { // those without a place in the order
		if c := &v.claims[i]; !v.isMeant(c) || c.circle {
			conclude(c)
		}
	}
	for i := range v.claims {
		v.nameDependents(&v.claims[i])
	}
}

// sort returns the claims, each after those it rests on, and checks that all of them can be put that way. Of copies
// only the one that counts is in it.
func (v *verifier) sort() []int32 {
	var room []int32
	ordered, tangles := auth.Arrange(len(v.claims), func(at int32) []int32 {
		c := &v.claims[at]
		switch {
		case !v.isMeant(c):
			return nil
		case !v.copied:
			return c.named
		}
		room = room[:0]
		for _, n := range c.named {
			room = append(room, v.meantAt(n))
		}
		return room
	})
	ordered = slices.DeleteFunc(ordered, func(at int32) bool { return !v.isMeant(&v.claims[at]) })
	for _, t := range tangles {
		for _, at := range t.Places {
			v.claims[at].circle = true
		}
		v.cycle(t.Circle)
	}
	if len(tangles) == 0 {
		v.head.pass(KindAuthCycle, "", func() string {
			return fmt.Sprintf("%s, none of which rests on itself", wording.Count(len(ordered), "event"))
		})
	}
	return ordered
}

// cycle notes the check that fails for claims of which each names the next, and the last the first.
func (v *verifier) cycle(circle []int32) {
	c, k := &v.claims[circle[0]], &v.head
	if len(circle) == 1 {
		k.fail(KindAuthCycle, "", c.read.Pointer()+"/auth_events",
			fmt.Sprintf("%s names itself among its auth_events", wording.Name(c.id()))).Subject = c.id()
		return
	}
	var ids []string
	for _, at := range circle {
		ids = append(ids, v.claims[at].id())
	}
	k.fail(KindAuthCycle, "", c.read.Pointer()+"/auth_events",
		fmt.Sprintf("its auth_events lead back to itself, by %d events: %s", len(ids), wording.List(ids))).Subject = c.id()
}

// signed tells the rules whether e carries a valid signature of server.
func (v *verifier) signed(e *event.Event, server string) (auth.Answer, string) {
	switch verdict, why := v.signatureBy(e, server); verdict {
	case signatureGood, signatureGone:
		return auth.Yes, ""
	case signatureUnknown:
		return auth.Unknown, why
	default:
		return auth.No, why
	}
}

// judge asks the rules about a claim whose auth events have been judged before it.
func (v *verifier) judge(c *claim) {
	c.verdict, c.cause = NotChecked, -1
	if c.dropped != notDropped || c.circle {
		return
	}
	outcome := c.allowed
	for n := range v.restsOn(c) {
		if n.verdict != Pass && c.cause < 0 {
			if c.cause = n.cause; c.cause < 0 {
				c.cause = v.byID[n.id()]
			}
		}
		if n.verdict == Fail {
			outcome = v.verdict(c, v.auth).Outcome
		}
	}
	switch {
	case outcome == auth.Rejected:
		c.verdict = Fail
	case outcome == auth.Allowed && c.cause < 0 && c.proven():
		c.verdict = Pass
	}
	if c.cause >= 0 {
		v.claims[c.cause].dependents++
	}
}

// restsOn gives the claims that the rules look at for c: those it names, and from version 12 on the create event, which
// the room ID stands for.
func (v *verifier) restsOn(c *claim) iter.Seq[*claim] {
	return func(yield func(*claim) bool) {
		if v.root != nil && v.root != c && !yield(v.root) {
			return
		}
		for _, at := range c.named {
			if n := v.meant(at); n != v.root && !yield(n) {
				return
			}
		}
	}
}

// verdict asks the rules about a claim.
func (v *verifier) verdict(c *claim, context auth.Context) auth.Verdict {
	list := make([]*event.Event, 0, len(c.named))
	missing := v.missing(c)
	for _, at := range c.named {
		if n := v.meant(at); n.dropped == notDropped || n.dropped == badRoom {
			list = append(list, n.use)
		} else {
			missing = append(missing[:len(missing):len(missing)], n.id())
		}
	}
	return auth.AgainstAuthEvents(c.use, list, missing, context)
}

// conclude reports what a claim rests on and what the rules made of it.
func (v *verifier) conclude(c *claim, k *collector) {
	if v.closes {
		v.concludeClosure(c, k)
	}
	if _, named := v.byID[c.id()]; v.authorises && (v.isMeant(c) || !named) { // of copies, the one that counts
		v.concludeAuthorisation(c, k)
	}
	if v.in.Reply.overLimit() == "" {
		v.concludePadding(c, k)
	}
}

func (v *verifier) concludeClosure(c *claim, k *collector) {
	switch {
	case c.read.Event == nil || c.dropped == badFormat:
	case len(v.missing(c)) > 0:
		k.fail(KindClosure, "", c.read.Pointer()+"/auth_events",
			fmt.Sprintf("it names %s, which is in neither state nor auth_chain", wording.List(v.missing(c)))).
			about(v.missing(c)...)
	default:
		k.pass(KindClosure, "", func() string {
			return fmt.Sprintf("%s named, and in the answer",
				wording.Count(len(c.named), "event"))
		})
	}
}

func (v *verifier) concludeAuthorisation(c *claim, k *collector) {
	switch {
	case c.dropped != notDropped:
		k.unchecked(KindAuthorisation, c.read.Pointer(), "not looked at: the event is dropped, "+c.dropped.String())
	case c.circle:
		k.unchecked(KindAuthorisation, c.read.Pointer()+"/auth_events", "not looked at: the event rests on itself")
	case c.verdict == Pass && v.in.Redacted && restsOnSignature(c.use):
		k.gone(KindAuthorisation, c.read.Pointer())
	case c.verdict == Pass:
		k.passRule(KindAuthorisation, func() (string, string) {
			verdict := v.verdict(c, v.auth)
			return verdict.Rule, reason(verdict)
		})
	case c.verdict == Fail:
		verdict := v.verdict(c, v.auth)
		k.ruled(KindAuthorisation, Fail, c.read.Pointer(), reason(verdict), verdict)
	default:
		verdict := v.verdict(c, v.auth)
		v.reportOpen(k, c, verdict)
	}
}

// reportOpen says of a claim that is neither allowed nor rejected why.
func (v *verifier) reportOpen(k *collector, c *claim, verdict auth.Verdict) {
	open := func(why string) *Check { return k.ruled(KindAuthorisation, NotChecked, c.read.Pointer(), why, verdict) }
	if len(v.missing(c)) > 0 {
		open(fmt.Sprintf("it rests on %s, which is not in the answer",
			wording.Name(v.missing(c)[0]))).as(RestsOnMissing).about(v.missing(c)...)
		return
	}
	for n := range v.restsOn(c) {
		switch {
		case n.verdict == Pass:
			continue
		case n.dropped != notDropped:
			open(fmt.Sprintf("it rests on %s, which has to be dropped: %s", n.name(), n.dropped)).as(RestsOnDropped).
				about(n.id())
		case n.cause >= 0:
			root := &v.claims[n.cause]
			open(fmt.Sprintf("it rests on %s, and so on %s, which is not authorised itself", n.name(), root.name())).
				as(v.restsOnFault(n)).about(n.id(), root.id())
		default:
			open(fmt.Sprintf("it rests on %s, which is not authorised itself", n.name())).as(v.restsOnFault(n)).about(n.id())
		}
		return
	}
	if verdict.Outcome == auth.Allowed {
		open(fmt.Sprintf("rule %s would allow it, but nothing proves yet that the event is genuine",
			verdict.Rule)).as(KeysUnknown)
		return
	}
	open(reason(verdict))
}

// restsOnFault says what is wrong with resting on a claim that is not authorised.
func (v *verifier) restsOnFault(c *claim) Fault {
	if v.refuted(c) {
		return RestsOnDropped
	}
	return RestsOnUnknown
}

func (v *verifier) concludePadding(c *claim, k *collector) {
	switch {
	case c.chain < 0 || c.read.Event == nil:
	case v.first(c).reached:
		k.pass(KindAuthChainPadding, "", func() string { return "something rests on it" })
	default:
		what := "nothing in state rests on it, whether directly or through others"
		if v.join.own != nil {
			what += ", nor does " + v.our() + " join"
		}
		k.warn(KindAuthChainPadding, "", fmt.Sprintf("/auth_chain/%d", c.chain), what)
	}
}

// nameDependents adds to the check that keeps a claim from being used how many others rest on it. An event is counted
// once, at the first of those that keep it from being authorised.
func (v *verifier) nameDependents(c *claim) {
	if c.dependents == 0 {
		return
	}
	text := fmt.Sprintf("; without it %s cannot be authorised", wording.Count(int(c.dependents), "event"))
	for _, k := range []Kind{KindEventFormat, KindEventID, KindRoomID, KindSigningKey, KindKeyValidity, KindSignature,
		KindClosure, KindAuthorisation} {
		for i := range c.found() {
			decisive := c.found()[i].Outcome == Fail || k == KindSignature && c.dropped == notDropped &&
				c.found()[i].Outcome == NotChecked || k == KindAuthorisation
			if c.found()[i].Kind == k && decisive && (k != KindEventID || c.dropped == badID) {
				c.found()[i].Detail += text
				return
			}
		}
	}
}

// checksOf works out every check on a claim again, those that passed included.
func (v *verifier) checksOf(c *claim) []Check {
	if !v.examined {
		return nil
	}
	again := *c
	var t tally
	k := collector{subject: c.id(), all: true, tally: &t}
	k.goneNoted = true
	v.examine(&again, &k)
	k.goneNoted = false
	v.conclude(c, &k)
	again.rare = &rare{missing: v.missing(c), found: k.checks}
	v.nameDependents(&again)
	return k.checks
}

// refuted reports whether a claim cannot be relied on because a check failed, not because one is missing: it has to be
// dropped, or what it rests on has. A homeserver without a better copy from elsewhere is left without it.
func (v *verifier) refuted(c *claim) bool {
	for range v.claims {
		if c.dropped != notDropped || c.cause < 0 {
			break
		}
		c = &v.claims[c.cause]
	}
	return c.dropped != notDropped
}
