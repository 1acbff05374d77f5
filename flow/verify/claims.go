package verify

import (
	"bytes"
	"crypto/sha256"

	"doorstep/flow/event"
)

// index lists the distinct events of the answer, and finds those each of them names.
func (v *verifier) index() {
	events, whole := v.in.Reply.eventsUnless(v.over, v.version)
	if !whole {
		return
	}
	n := len(events.State) + len(events.AuthChain)
	v.claims = make([]claim, 0, n)
	v.byID = make(map[string]int32, n)
	others := map[[sha256.Size]byte]int32{}  // what has no ID, and copies
	spelled := map[int32][sha256.Size]byte{} // how the first of several copies is spelled
	place := func(read *ReplyEvent, raw []byte) (at int32, known bool) {
		e := read.Event
		at = int32(len(v.claims))
		c := claim{read: read, copyOf: -1, twice: -1, state: -1, chain: -1, cause: -1, use: e, worst: Pass}
		switch {
		case e == nil || e.ID() == "":
			sum := sha256.Sum256(raw)
			if first, ok := others[sum]; ok {
				return first, true
			}
			others[sum] = at
		default:
			first, ok := v.byID[c.id()]
			if !ok {
				v.byID[c.id()] = at
				break
			}
			if bytes.Equal(v.claims[first].read.Event.Raw(), e.Raw()) {
				return first, true
			}
			if _, done := spelled[first]; !done {
				spelled[first] = spelling(v.claims[first].read.Event)
			}
			sum := spelling(e)
			if sum == spelled[first] {
				return first, true
			}
			if copied, ok := others[sum]; ok {
				return copied, true
			}
			c.copyOf, others[sum] = first, at
			v.copied = true
		}
		v.claims = append(v.claims, c)
		return at, false
	}
	for i := range events.State {
		if v.over() {
			return
		}
		at, known := place(&events.State[i], v.in.Reply.State[i])
		if c := &v.claims[at]; !known {
			c.state = int32(i)
		} else if c.twice < 0 {
			c.twice = int32(i)
		}
	}
	for i := range events.AuthChain {
		if v.over() {
			return
		}
		if at, _ := place(&events.AuthChain[i], v.in.Reply.AuthChain[i]); v.claims[at].chain < 0 {
			v.claims[at].chain = int32(i)
		}
	}
	inParallel(len(v.claims), 64, v.over, func(i int) {
		if c := &v.claims[i]; c.read.Event != nil {
			var missing []string
			c.named, missing = v.resolve(c.read.Event.AuthEvents())
			c.lacks = missing != nil
		}
	})
}

// spelling is the hash of an event as it is written, canonical, but for unsigned, which is no part of it.
func spelling(e *event.Event) [sha256.Size]byte {
	canonical := e.CanonicalBytes()
	if rest, err := event.Edit(canonical, nil, "unsigned"); err == nil {
		canonical = rest
	}
	return sha256.Sum256(canonical)
}

// of returns the claims with that ID, in the order of the answer: more than one where there are copies.
func (v *verifier) of(id string) []*claim {
	if at, ok := v.byID[id]; ok && !v.copied {
		return []*claim{&v.claims[at]}
	}
	var out []*claim
	for i := range v.claims {
		if v.claims[i].id() == id {
			out = append(out, &v.claims[i])
		}
	}
	return out
}

// resolve finds the claims with those IDs, and the IDs that no claim has.
func (v *verifier) resolve(ids []string) (named []int32, missing []string) {
	if len(ids) > 0 {
		named = make([]int32, 0, len(ids))
	}
	for _, id := range ids {
		if at, ok := v.byID[id]; ok {
			named = append(named, at)
		} else {
			missing = append(missing, id)
		}
	}
	return named, missing
}

// meant returns the claim that an index of named stands for: where there are copies, the one that can be used.
func (v *verifier) meant(at int32) *claim { return &v.claims[v.meantAt(at)] }

func (v *verifier) meantAt(at int32) int32 {
	if chosen, ok := v.byID[v.claims[at].id()]; ok {
		return chosen
	}
	return at
}

// isMeant reports whether an ID stands for c.
func (v *verifier) isMeant(c *claim) bool {
	at, ok := v.byID[c.id()]
	return ok && &v.claims[at] == c
}

// first returns the first of the copies of c. state comes before auth_chain, so that one is in state if any is.
func (v *verifier) first(c *claim) *claim {
	if c.copyOf >= 0 {
		return &v.claims[c.copyOf]
	}
	return c
}

// chooseCopies settles which of several copies an ID stands for: the first that a homeserver would not drop.
func (v *verifier) chooseCopies() {
	for i := range v.claims {
		c := &v.claims[i]
		if c.copyOf < 0 || c.dropped != notDropped {
			continue
		}
		if at := v.byID[c.id()]; v.claims[at].dropped != notDropped {
			v.byID[c.id()] = int32(i)
		}
	}
}

// counts counts the claims, copies not told apart.
func (v *verifier) counts() ReplyCounts {
	var n ReplyCounts
	type places struct{ state, chain bool }
	where := map[int32]places{} // of claims that have copies
	for i := range v.claims {
		if c := &v.claims[i]; c.copyOf >= 0 {
			first := &v.claims[c.copyOf]
			p := where[c.copyOf]
			where[c.copyOf] = places{p.state || c.state >= 0 || first.state >= 0, p.chain || c.chain >= 0 || first.chain >= 0}
		}
	}
	for i := range v.claims {
		c := &v.claims[i]
		if c.copyOf >= 0 {
			continue
		}
		p, copied := where[int32(i)]
		if !copied {
			p = places{c.state >= 0, c.chain >= 0}
		}
		n.Events++
		if p.state {
			n.State++
		}
		if p.chain {
			n.AuthChain++
		}
		switch {
		case p.state && p.chain:
			n.Both++
		case p.state:
			n.StateOnly++
		default:
			n.AuthChainOnly++
		}
		if c.signers != nil {
			n.Signatures += len(c.signers)
		} else if c.read.Event != nil { // it was dropped before its signatures were looked at
			n.Signatures += len(RequiredSigners(c.read.Event))
		}
	}
	return n
}
