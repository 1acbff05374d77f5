package diagnose_test

import (
	"strings"
	"testing"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/flowtest"
)

// An answer that is an error is told as one, with its errcode and its words, and leads to the finding of a refusal.
func TestRawError(t *testing.T) {
	for body, want := range map[string]struct{ says, finding string }{
		`{"errcode":"M_FORBIDDEN","error":"You are banned from this room"}`: {
			"M_FORBIDDEN: You are banned from this room", "banned"},
		`[200,{"errcode":"M_FORBIDDEN","error":"forbidden by server ACL"}]`: {
			"M_FORBIDDEN: forbidden by server ACL", "server-acl"},
		`{"errcode":"M_LIMIT_EXCEEDED"}`:           {"M_LIMIT_EXCEEDED", "rate-limited"},
		`{"errcode":"ORG.EXAMPLE","error":"no\n"}`: {"ORG.EXAMPLE", "unexplained-refusal"},
	} {
		for _, version := range []string{"1", "10", "12"} {
			s, err := flow.VerifyRaw(flow.RawReply{RoomVersion: version, Answer: []byte(body), Now: flowtest.FetchedAt()})
			if err != nil {
				t.Fatal(err)
			}
			if s.Outcome() != flow.Invalid || !strings.Contains(s.Stopped.Why, want.says) {
				t.Errorf("version %s, %s: %s, %q", version, body, s.Outcome(), s.Stopped.Why)
			}
			if found := diagnose.RawFindings(s); len(found) == 0 || found[0].ID != want.finding {
				t.Errorf("version %s, %s: findings %+v", version, body, found)
			}
		}
	}
}
