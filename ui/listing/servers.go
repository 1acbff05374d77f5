package listing

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"doorstep/flow/verify"
)

// A ServerRow is one server, by the events of a list that its users sent.
type ServerRow struct {
	Name    string // empty: of events whose sender cannot be read
	Events  int
	Members int // of its users are in the room, by the state
	Worst   verify.CheckOutcome

	Signed verify.Tally // what became of the signatures that it must have put under events
	Keys   KeySource
}

// A KeySource says what is known of the keys of a server.
type KeySource struct {
	Known  int      // how many it has
	Own    bool     // they are ours
	Notary []string // servers that passed them on, in order of name
	Asked  bool     // somebody was asked for them; where Known is 0 nothing came of it
	Fault  verify.KeysFault
}

// Servers groups rows by the servers of their senders, and adds the servers that must have signed them: the worst
// first, then those with most events. It errs only when it is given up.
func (l *List) Servers(ctx context.Context, rows []int32, keys verify.KeyRing) ([]ServerRow, error) {
	at := map[string]*ServerRow{}
	of := func(name string) *ServerRow {
		s := at[name]
		if s == nil {
			s = &ServerRow{Name: name, Worst: verify.Pass, Keys: keySource(keys.Of(name))}
			at[name] = s
		}
		return s
	}
	err := l.each(ctx, rows, func(i int) {
		s := of(l.Server(i))
		s.Events++
		if worse(l.Verdict(i), s.Worst) {
			s.Worst = l.Verdict(i)
		}
		if place := l.Place(i); l.facts[i].membership == joined && (place == Both || place == StateOnly) {
			s.Members++
		}
		for name, outcome := range l.found.Signers(l.ID(i)) {
			switch signed := &of(name).Signed; outcome {
			case verify.Pass:
				signed.Pass++
			case verify.Fail:
				signed.Fail++
			default:
				signed.NotChecked++
			}
		}
	})
	if err != nil {
		return nil, err
	}
	out := make([]ServerRow, 0, len(at))
	for _, s := range at {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b ServerRow) int {
		return cmp.Or(cmp.Compare(verdictWord[a.Worst], verdictWord[b.Worst]), cmp.Compare(b.Events, a.Events),
			strings.Compare(a.Name, b.Name))
	})
	return out, nil
}

// each calls do for every one of rows; nil stands for all there are.
func (l *List) each(ctx context.Context, rows []int32, do func(i int)) error {
	n := l.Len()
	if rows != nil {
		n = len(rows)
	}
	for at := range n {
		if given(ctx, at) {
			return ctx.Err()
		}
		if rows == nil {
			do(at)
		} else {
			do(int(rows[at]))
		}
	}
	return ctx.Err()
}

// keySource says what is known of keys.
func keySource(k *verify.ServerKeys) KeySource {
	if k == nil {
		return KeySource{}
	}
	out := KeySource{Known: len(k.Keys), Own: k.Own, Asked: true, Fault: k.Fault}
	for _, one := range k.Keys {
		if one.Notary != "" && !slices.Contains(out.Notary, one.Notary) {
			out.Notary = append(out.Notary, one.Notary)
		}
	}
	slices.Sort(out.Notary)
	return out
}
