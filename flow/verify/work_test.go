package verify_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"doorstep/flow/auth"
	"doorstep/flow/event"
	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
)

// What is shown holds by itself: the hashes of the bytes, and the signatures over them, worked out here with nothing
// but the standard library.
func TestShowWork(t *testing.T) {
	for _, version := range event.Versions() {
		r := flowtest.Worked(t, version.ID, nil)
		a := flowtest.WorkedAnswer()
		flowtest.ComesBack(nil)(r, &a)
		s := r.After(r.Body(a))
		s.Verification = s.Verify()
		for _, name := range append(slices.Clone(flowtest.WorkedChain), "N", "M2b", "join") {
			e := r.Events[name]
			all := s.ShowWork(e.ID())
			want := 1
			if name == "join" {
				want = 2 // as it was sent, and as it came back
			}
			if len(all) != want {
				t.Fatalf("version %s, %s: shown %d times", version.ID, name, len(all))
			}
			for _, w := range all {
				checkWork(t, w)
				if w.ByAuthEvents.Outcome != auth.Allowed || len(w.ByAuthEvents.Tried) == 0 {
					t.Errorf("version %s, %s: verdict %+v", version.ID, name, w.ByAuthEvents)
				}
				if (w.ByState != nil) != (name == "join") {
					t.Errorf("version %s, %s: verdict by state %v", version.ID, name, w.ByState)
				}
				for _, x := range w.Signatures {
					if x.Verdict() != verify.Pass || !x.Verifies || !x.InTime || x.Required == (name == "join" &&
						x.Server == "a.example") {
						t.Errorf("version %s, %s: %+v", version.ID, name, x)
					}
				}
			}
		}
	}
}

func checkWork(t *testing.T, w verify.EventWork) {
	t.Helper()
	sum := sha256.Sum256(w.ContentBytes)
	if got := base64.RawStdEncoding.EncodeToString(sum[:]); got != w.ContentComputed || got != w.ContentClaimed {
		t.Errorf("%s: content hash %s, computed %s, claimed %s", w.EventID, got, w.ContentComputed, w.ContentClaimed)
	}
	sum = sha256.Sum256(w.SignedBytes)
	switch v := w.Event.Version().IDs; {
	case v == event.IDChosen && w.ComputedID != "":
		t.Errorf("%s: computed ID %s", w.EventID, w.ComputedID)
	case v == event.IDStdBase64 && w.EventID != "$"+base64.RawStdEncoding.EncodeToString(sum[:]),
		v == event.IDURLSafe && w.EventID != "$"+base64.RawURLEncoding.EncodeToString(sum[:]),
		v != event.IDChosen && w.ComputedID != w.EventID:
		t.Errorf("%s: computed ID %s", w.EventID, w.ComputedID)
	}
	for _, x := range w.Signatures {
		public, err := base64.RawStdEncoding.DecodeString(x.PublicKey)
		signature, err2 := base64.RawStdEncoding.DecodeString(x.Signature)
		if err != nil || err2 != nil || ed25519.Verify(public, w.SignedBytes, signature) != x.Verifies {
			t.Errorf("%s: signature %+v", w.EventID, x)
		}
	}
}

// What each signature is worth, and where its key came from.
func TestSignatureWork(t *testing.T) {
	r := flowtest.Worked(t, "11", map[string]flowtest.Change{"N": {After: func(e *event.Event) (*event.Event, error) {
		for _, s := range []struct {
			server string
			key    event.SigningKey
		}{
			{"b.example", flowtest.Old},
			{"b.example", flowtest.KeyNamed("b.example", "ed25519:lost")},
			{"a.example", event.SigningKey{ID: "ed25519:1", Private: flowtest.Old.Private}},
			{"c.example", flowtest.KeyOf("c.example")},
		} {
			var err error
			if e, err = e.Sign(s.server, s.key); err != nil {
				return nil, err
			}
		}
		return e, nil
	}}})
	r.Documents["b.example"] = flowtest.Retired(t, "b.example", flowtest.Old, flowtest.Epoch)
	s := r.After(r.Body(flowtest.WorkedAnswer()))
	s.Verification = s.Verify()
	w := s.ShowWork(r.Events["N"].ID())[0]
	var got []string
	for _, x := range w.Signatures {
		got = append(got, strings.Join([]string{x.Server, x.KeyID, x.Verdict().String(), word(x.Verifies, "verifies"),
			word(x.InTime, "in time"), word(x.Required, "required"), x.Source, x.Window}, "|"))
	}
	want := []string{
		"a.example|ed25519:1|fail||in time||in its key document, entry 10|valid until 2023-11-16 22:13:20.000 UTC",
		"b.example|ed25519:1|pass|verifies|in time|required|in its key document, entry 12|valid until 2023-11-16 " +
			"22:13:20.000 UTC",
		"b.example|ed25519:lost|not_checked|||required|its server does not publish it|",
		"b.example|ed25519:old|not_checked|verifies||required|in its key document, entry 12|retired at 2023-11-14 " +
			"22:13:20.000 UTC",
		"c.example|ed25519:1|not_checked||||no key document of it is known|",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	r = flowtest.Worked(t, "11", map[string]flowtest.Change{"N": {Unsigned: true}})
	s = r.After(r.Body(flowtest.WorkedAnswer()))
	s.Verification = s.Verify()
	if got := s.ShowWork(r.Events["N"].ID())[0].Signatures; len(got) != 1 || got[0].Verdict() != verify.Fail ||
		got[0].Source != "it has not signed" {
		t.Errorf("an unsigned event: %+v", got)
	}
}

func word(is bool, w string) string {
	if is {
		return w
	}
	return ""
}

// Before anything came back only our own event can be shown, and before make_join was answered nothing.
func TestShowWorkEarly(t *testing.T) {
	r := flowtest.Worked(t, "11", nil)
	s := r.After(r.Body(flowtest.WorkedAnswer()))
	join := r.Events["join"].ID()
	if got := s.ShowWork(join); len(got) != 1 || got[0].Where != "sent" || got[0].ByAuthEvents.Outcome != auth.NotDecided {
		t.Errorf("before L2: %+v", got)
	}
	if got := s.ShowWork(r.Events["N"].ID()); got != nil {
		t.Errorf("before L2, of an event of the answer: %+v", got)
	}
	s.Template = nil
	if got := s.ShowWork(join); got != nil {
		t.Errorf("before make_join: %+v", got)
	}
}
