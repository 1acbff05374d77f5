package auth

import (
	"strings"

	"doorstep/flow/event"
)

func (j *judge) verdict() Verdict {
	if why := unreadable(j.event); why != "" {
		return Verdict{Outcome: Undecided, Reason: "The rules cannot be applied: " + why + "."}
	}
	rules := page(j.event.Version().ID)
	if rules == nil {
		return Verdict{Outcome: Undecided, Reason: "The rules of room version " + clip(j.event.Version().
			ID) + " are not known here."}
	}
	j.noting = !j.context.Brief
	j.membershipSought = j.event.Membership()
	j.try(rules)
	j.result.Tried = j.tried
	return j.result
}

// unreadable says which field the rules cannot do without is missing or of the wrong type. Such an event is dropped for
// its format before any rule is applied to it; a rule would take a field that is not there for an empty one.
func unreadable(e *event.Event) string {
	if e.ID() == "" {
		return "the event has no event_id"
	}
	if e.Sender() == "" {
		return "the event has no sender"
	}
	if e.Type() == "" && !isString(e, "type") {
		return "the event has no type"
	}
	if create := e.Version().RoomIDIsCreate && e.Type() == typeCreate; !create && e.RoomID() == "" {
		return "the event has no room_id"
	}
	if _, ok := e.StateKey(); !ok {
		if _, there := e.Field("state_key"); there {
			return "state_key is not a string"
		}
	}
	if raw, _ := e.Field("content"); !isObject(raw) {
		return "content is not an object"
	}
	return ""
}

func isString(e *event.Event, key string) bool {
	raw, ok := e.Field(key)
	return ok && len(raw) > 0 && raw[0] == '"'
}

// try goes through rules until one decides; false when none did.
func (j *judge) try(rules []rule) bool {
	for i := range rules {
		if j.tryRule(&rules[i]) {
			return true
		}
	}
	return false
}

func (j *judge) tryRule(r *rule) bool {
	switch {
	case r.overList && !j.byList:
		if !j.context.Brief {
			j.tried = append(j.tried, Rule{Number: r.number, Says: r.says, Effect: NotApplying,
				Note: "a room state was asked, which has no auth_events list"})
		}
		return false
	case r.each != nil:
		return j.tryEach(r)
	}
	holds, effect := j.evaluate(r)
	j.record(r, holds, effect)
	switch effect {
	case Unclear:
		return j.passOver(r)
	case Allow, Reject:
		return j.decide(r, effect)
	}
	if !holds {
		return false
	}
	if j.try(r.rules) {
		return true
	}
	if r.overList && len(j.missing) > 0 {
		j.why = "auth event " + clip(j.missing[0]) + " is not available"
		return j.undecided(&open{r, j.why})
	}
	return false
}

// evaluate finds out whether r holds and what it does then.
func (j *judge) evaluate(r *rule) (holds bool, effect Effect) {
	j.why, j.facts = "", nil
	holds = r.holds == nil || r.holds(j)
	effect = r.effect
	if holds && j.why == "" && r.onlyIf != nil {
		if effect = Reject; r.onlyIf(j) {
			effect = Allow
		}
	}
	switch {
	case j.why != "":
		return false, Unclear
	case !holds:
		return false, None
	}
	return true, effect
}

// tryEach tries the sub-rules of r on every alteration in turn. The trace has each sub-rule once: as what decided, as
// the first that could not be evaluated, or as not holding for any alteration.
func (j *judge) tryEach(r *rule) bool {
	j.why, j.facts = "", nil
	list := r.each(j)
	if j.why != "" {
		j.record(r, false, Unclear)
		return j.passOver(r)
	}
	var looked []Fact
	unclear := make([]Rule, len(r.rules)) // Number "": evaluated every time
	for _, j.altered = range list {
		if j.noting && len(looked) < maxAlterationFacts {
			looked = append(looked, j.altered.fact())
		}
		for i := range r.rules {
			sub := &r.rules[i]
			switch _, effect := j.evaluate(sub); effect {
			case None:
			case Unclear:
				j.passOver(sub)
				if unclear[i].Number == "" {
					unclear[i] = j.entry(sub, false, Unclear)
				}
			default:
				decisive := j.facts
				j.recordEach(r, true, looked, unclear[:i])
				j.facts = decisive
				j.record(sub, true, effect)
				return j.decide(sub, effect)
			}
		}
	}
	j.recordEach(r, len(list) > 0, looked, unclear)
	return false
}

// recordEach records r with what was looked at, and the first sub-rules, as many as unclear has.
func (j *judge) recordEach(r *rule, fired bool, looked []Fact, unclear []Rule) {
	j.facts = looked
	j.record(r, fired, None)
	for i := range unclear {
		if !fired || j.context.Brief {
			return
		}
		if unclear[i].Number == "" {
			unclear[i] = Rule{Number: r.rules[i].number, Says: r.rules[i].says}
		}
		j.tried = append(j.tried, unclear[i])
	}
}

// maxAlterationFacts bounds how many alterations the trace names; a power_levels event can hold thousands.
const maxAlterationFacts = 64

func (j *judge) record(r *rule, fired bool, effect Effect) {
	if !j.context.Brief {
		j.tried = append(j.tried, j.entry(r, fired, effect))
	}
}

func (j *judge) entry(r *rule, fired bool, effect Effect) Rule {
	t := Rule{Number: r.number, Says: r.says, Facts: j.facts, Fired: fired, Effect: effect}
	if effect == Unclear {
		t.Note = j.why
	}
	return t
}

// passOver leaves r aside for the moment, as it could not be evaluated. A rule that would have decided either way
// ends the trial, and one whose sub-rules depend on it.
func (j *judge) passOver(r *rule) bool {
	o := &open{r, j.why}
	switch {
	case r.effect == Reject || r.each != nil: // all an each rule can do is reject
		if j.openReject == nil {
			j.openReject = o
		}
	case r.effect == Allow && r.onlyIf == nil:
		if j.openAllow == nil {
			j.openAllow = o
		}
	default:
		return j.undecided(o)
	}
	return false
}

// decide ends the trial with r, unless a rule that was passed over might have ended it the other way.
func (j *judge) decide(r *rule, effect Effect) bool {
	if effect == Allow {
		if j.openReject != nil {
			return j.undecided(j.openReject)
		}
		j.result = Verdict{Outcome: Allowed, Rule: r.number, Ground: r.ground, Reason: sentence(r.says, nil)}
		return true
	}
	if j.openAllow != nil {
		return j.undecided(j.openAllow)
	}
	if !j.noting { // evaluate it again, for the facts
		j.noting = true
		j.evaluate(r)
	}
	j.result = Verdict{Outcome: Rejected, Rule: r.number, Ground: r.ground, Reason: sentence(r.says, j.facts)}
	return true
}

func (j *judge) undecided(o *open) bool {
	j.result = Verdict{Outcome: Undecided, Rule: o.rule.number, Ground: o.rule.ground,
		Reason: "Rule " + o.rule.number + " (" + o.rule.says + ") cannot be evaluated: " + o.why + "."}
	return true
}

// sentence makes one sentence of what a rule says and the facts.
func sentence(says string, facts []Fact) string {
	var b strings.Builder
	b.WriteString(strings.ToUpper(says[:1]))
	b.WriteString(says[1:])
	const most = 4
	for i, f := range facts[:min(len(facts), most)] {
		if i == 0 {
			b.WriteString(" (")
		} else {
			b.WriteString("; ")
		}
		b.WriteString(clip(f.Name))
		b.WriteString(": ")
		b.WriteString(clip(f.Value))
	}
	if len(facts) > 0 {
		b.WriteString(")")
	}
	b.WriteString(".")
	return b.String()
}
