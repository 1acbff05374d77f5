//go:build goexperiment.jsonv2

package opinion

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"sync"
	"testing"
	"time"

	gmsl "github.com/matrix-org/gomatrixserverlib"
	"maunium.net/go/mautrix/federation/pdu"
	"maunium.net/go/mautrix/id"

	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
)

// A large room is the answer to a join of one that the sandbox made.
type largeRoom struct {
	version *event.Version
	raw     []json.RawMessage
	claims  []claim
	first   []int // by event: the first of its claims; and at the end, how many there are
	err     error

	checkers map[string]*event.Checker // ours, of each key
}

// begin forgets what was kept of the keys, so that every time through the room costs the same.
func (r *largeRoom) begin() {
	r.checkers = map[string]*event.Checker{}
	signed := map[string]int{}
	for _, c := range r.claims {
		signed[string(c.key)]++
	}
	for key, n := range signed {
		r.checkers[key] = event.NewChecker(ed25519.PublicKey(key))
		r.checkers[key].Prepare(n)
	}
}

// A claim is a signature of an event that is to be verified.
type claim struct {
	sig     event.Signature
	key     ed25519.PublicKey
	message []byte
}

// joinedLarge makes a room of 5000 events by users of 100 servers, always the same, once for each version.
var joinedLarge = map[string]func() *largeRoom{
	"10": sync.OnceValue(func() *largeRoom { return joinLarge("10") }),
	"12": sync.OnceValue(func() *largeRoom { return joinLarge("12") }),
}

func joinLarge(version string) *largeRoom {
	r := &largeRoom{}
	r.version, _ = event.Lookup(version)
	scenario, _ := sandbox.Lookup("large")
	scenario, r.err = sandbox.Sized(scenario, sandbox.Large{Events: 5000, Servers: 100, Seed: 1, RoomVersion: version})
	if r.err != nil {
		return r
	}
	run, stop, err := sandbox.Join(context.Background(), scenario, engine.JoinOptions{Tool: "test"})
	if err != nil {
		r.err = err
		return r
	}
	defer stop()
	run.Finish(context.Background())
	s := flow.Fold(run.Trace())
	var answer struct {
		State     []json.RawMessage `json:"state"`
		AuthChain []json.RawMessage `json:"auth_chain"`
	}
	if r.err = json.Unmarshal(s.Reply.Body, &answer); r.err != nil {
		return r
	}
	seen := map[string]bool{}
	for _, raw := range append(answer.State, answer.AuthChain...) {
		e, err := event.Parse(r.version, raw)
		if err != nil {
			r.err = err
			return r
		}
		if seen[e.ID()] {
			continue
		}
		seen[e.ID()] = true
		r.raw, r.first = append(r.raw, raw), append(r.first, len(r.claims))
		for _, sig := range e.Signatures() {
			key, _ := s.Keys.Of(sig.Server).Keys.Get(sig.KeyID)
			r.claims = append(r.claims, claim{sig, key.Public, e.SignedBytes()})
		}
	}
	r.first = append(r.first, len(r.claims))
	return r
}

// throughLarge is, for each library, what a joining server does with every event: decode it, compare its content hash,
// work out its ID, verify its signatures. It returns the ID, or what is wrong.
var throughLarge = []struct {
	name  string
	event func(r *largeRoom, i int) (id string, ok bool)
}{
	{"doorstep", func(r *largeRoom, i int) (string, bool) {
		e, err := event.Parse(r.version, r.raw[i])
		if err != nil {
			return "", false
		}
		claimed, ok := e.ClaimedContentHash()
		hash := e.ContentHash()
		ok = ok && string(claimed) == string(hash[:])
		for _, c := range r.claims[r.first[i]:r.first[i+1]] {
			ok = ok && e.VerifiedBy(c.sig, r.checkers[string(c.key)])
		}
		return e.ID(), ok
	}},
	{"gomatrixserverlib", func(r *largeRoom, i int) (string, bool) {
		v := gmslVersion(r.version)
		e, err := v.NewEventFromUntrustedJSON(r.raw[i])
		if err != nil {
			return "", false
		}
		redacted, err := v.RedactEventJSON(e.JSON())
		ok := err == nil && !e.Redacted()
		for _, c := range r.claims[r.first[i]:r.first[i+1]] {
			ok = ok && gmsl.VerifyJSON(c.sig.Server, gmsl.KeyID(c.sig.KeyID), c.key, redacted) == nil
		}
		return e.EventID(), ok
	}},
	{"mautrix", func(r *largeRoom, i int) (string, bool) {
		any, err := mautrixEvent(r.version, r.raw[i])
		if err != nil {
			return "", false
		}
		p, version := any.(*pdu.PDU), id.RoomVersion(r.version.ID)
		ok := p.VerifyContentHash()
		for _, c := range r.claims[r.first[i]:r.first[i+1]] {
			ok = ok && p.VerifySignature(version, c.sig.Server, func(string, id.KeyID, time.Time) (id.SigningKey, time.Time, error) {
				return id.SigningKey(event.EncodeBase64(c.key)), time.Now().Add(time.Hour), nil
			}) == nil
		}
		name, err := p.GetEventID(version)
		return string(name), ok && err == nil
	}},
}

// TestThroughLarge holds the libraries to the same IDs, and to finding nothing wrong: what is timed is all of the work.
func TestThroughLarge(t *testing.T) {
	for version, join := range joinedLarge {
		r := join()
		if r.err != nil || len(r.raw) < 4000 || len(r.claims) < len(r.raw) {
			t.Fatalf("version %s: %d events, %d signatures, %v", version, len(r.raw), len(r.claims), r.err)
		}
		r.begin()
		for i := 0; i < len(r.raw); i += 50 {
			want, _ := throughLarge[0].event(r, i)
			for _, l := range throughLarge {
				if got, ok := l.event(r, i); !ok || got != want {
					t.Fatalf("version %s, %s: %q, fine: %v; want %q: %s", version, l.name, got, ok, want, r.raw[i])
				}
			}
		}
	}
}

// BenchmarkLarge takes every event of a large room through each library, on one processor. In turn with that the
// signatures alone are verified with crypto/ed25519: the ratio is what all of it costs.
func BenchmarkLarge(b *testing.B) {
	for _, version := range []string{"10", "12"} {
		r := joinedLarge[version]()
		if r.err != nil {
			b.Fatal(r.err)
		}
		for _, l := range throughLarge {
			b.Run("v"+version+"/"+l.name, func(b *testing.B) {
				var whole, floor time.Duration
				b.ReportAllocs()
				for b.Loop() {
					begun := time.Now()
					if l.name == doorstep.name {
						r.begin()
					}
					for i := range r.raw {
						if _, ok := l.event(r, i); !ok {
							b.Fatalf("not fine: %s", r.raw[i])
						}
					}
					whole += time.Since(begun)
					b.StopTimer()
					begun = time.Now()
					for _, c := range r.claims {
						if !ed25519.Verify(c.key, c.message, c.sig.Bytes) {
							b.Fatal("a signature does not verify")
						}
					}
					floor += time.Since(begun)
					b.StartTimer()
				}
				b.ReportMetric(float64(whole.Nanoseconds())/float64(b.N*len(r.raw)), "ns/event")
				b.ReportMetric(float64(whole)/float64(floor), "x-ed25519")
			})
		}
	}
}
