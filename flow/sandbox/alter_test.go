package sandbox

import (
	"fmt"
	"testing"

	"doorstep/flow"
	"doorstep/flow/alter"
	"doorstep/flow/sandbox/engine"
)

func TestProbeMutations(t *testing.T) {
	for _, m := range alter.Mutations() {
		for _, v := range m.Versions() {
			for _, at := range m.Steps {
				name := fmt.Sprintf("%s/%s/%s", m.Name, v.ID, at)
				s, ok := Lookup("public-v" + v.ID)
				if !ok {
					t.Fatal(v.ID)
				}
				session, err := Open(t.Context(), s, engine.JoinOptions{})
				if err != nil {
					t.Fatal(err)
				}
				if err := session.Alter(t.Context(), m, at); err != nil {
					t.Errorf("%s: %v", name, err)
					session.Stop()
					continue
				}
				tr := session.Run.Trace()
				a, _ := alter.Branch{Altered: tr}.Answers()
				st := flow.Fold(tr)
				x := m.Expected(v, at)
				got := "200"
				if a.Refusal != nil {
					got = fmt.Sprintf("%d %s: %s", a.Refusal.Status, a.Refusal.Errcode, a.Refusal.Message)
				}
				t.Logf("%-40s want %d %s got %s; outcome %s", name, x.Status, x.Errcode, got, st.Outcome())
				for _, c := range st.Checks() {
					if c.Outcome != 1 && c.Subject == "join" {
						t.Logf("     %v", c)
					}
				}
				session.Stop()
			}
		}
	}
}
