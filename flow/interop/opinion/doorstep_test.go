//go:build goexperiment.jsonv2

package opinion

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"slices"
	"strings"

	"doorstep/flow/auth"
	"doorstep/flow/event"
)

var doorstep = library{name: "doorstep", answers: map[question]func(subject) (string, error){
	isFormed: func(s subject) (string, error) {
		e, err := event.Parse(s.version, s.raw)
		if err != nil {
			return "drop", err
		}
		if problems := reasonsToDrop(e); len(problems) > 0 {
			return "drop", fmt.Errorf("%v", problems)
		}
		return "fine", nil
	},
	contentHash: func(s subject) (string, error) { return fmt.Sprintf("%x", s.event.ContentHash()), nil },
	claimedHash: func(s subject) (string, error) {
		claimed, ok := s.event.ClaimedContentHash()
		hash := s.event.ContentHash()
		return rightOrWrong(ok && bytes.Equal(claimed, hash[:])), nil
	},
	eventID:     func(s subject) (string, error) { return s.event.ID(), nil },
	signedBytes: func(s subject) (string, error) { return string(s.event.SignedBytes()), nil },
	signing: func(s subject) (string, error) {
		signed, err := s.event.Sign(signer, signerKey)
		if err != nil {
			return "", err
		}
		for _, sig := range signed.Signatures() {
			if sig.Server == signer {
				return sig.Base64, nil
			}
		}
		return "none", nil
	},
	verifying: func(s subject) (string, error) {
		return eachSignature(s, func(sig event.Signature, key ed25519.PublicKey) bool {
			return s.event.Verify(sig, key)
		}), nil
	},
	selection: func(s subject) (string, error) { return tupleText(auth.Select(s.event)), nil },
	verdict: func(s subject) (string, error) {
		v := s.verdict()
		return map[auth.Outcome]string{auth.Allowed: "allow", auth.Rejected: "reject", auth.Undecided: "undecided"}[v.Outcome],
			fmt.Errorf("rule %s: %s", v.Rule, v.Reason)
	},
}}

// reasonsToDrop returns the problems for which a server drops e. The hashes in the references of versions 1 and 2 are
// none: no server looks at them, Dendrite writes part of the event ID there and Synapse often nothing.
func reasonsToDrop(e *event.Event) []event.Problem {
	return slices.DeleteFunc(e.Problems(), func(p event.Problem) bool {
		return e.Version().HashPairs && strings.HasSuffix(p.Field, "/1/sha256")
	})
}

// verdict is Doorstep's, with the rule that decided.
func (s subject) verdict() auth.Verdict {
	var missing []string
	for _, id := range s.event.AuthEvents() {
		if !slices.ContainsFunc(s.auth, func(a *event.Event) bool { return a.ID() == id }) {
			missing = append(missing, id)
		}
	}
	return auth.AgainstAuthEvents(s.event, s.auth, missing, auth.Context{
		Create:   s.create,
		Rejected: func(id string) bool { return s.rejected[id] },
		Signed:   s.signed,
	})
}

func (s subject) signed(e *event.Event, server string) (auth.Answer, string) {
	for _, sig := range e.Signatures() {
		if key, ok := s.keys[sig.Server][sig.KeyID]; ok && sig.Server == server && e.Verify(sig, key) {
			return auth.Yes, ""
		}
	}
	return auth.No, "no valid signature of " + server
}

// eachSignature gives the verdict on every signature of the event whose key is known, in the order of servers and keys.
func eachSignature(s subject, valid func(event.Signature, ed25519.PublicKey) bool) string {
	var text strings.Builder
	for _, sig := range s.event.Signatures() {
		if key, ok := s.keys[sig.Server][sig.KeyID]; ok {
			fmt.Fprintf(&text, "%s %s %t\n", sig.Server, sig.KeyID, valid(sig, key))
		}
	}
	return text.String()
}

func tupleText(tuples []auth.Tuple) string {
	lines := make([]string, len(tuples))
	for i, t := range tuples {
		lines[i] = fmt.Sprintf("%s %q", t.Type, t.StateKey)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
