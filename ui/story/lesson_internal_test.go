package story

import "testing"

// Every phase is told by entries that are there.
func TestPhasesAreTold(t *testing.T) {
	for p := inviting; p <= Leaving; p++ {
		if len(tells[p]) == 0 {
			t.Errorf("nothing tells of %q", p)
		}
		for _, r := range tells[p] {
			if r.Entry() == nil {
				t.Errorf("%q: there is no entry %s", p, r)
			}
		}
	}
}
