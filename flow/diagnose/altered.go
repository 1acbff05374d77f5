package diagnose

import (
	"fmt"
	"slices"
)

// blame has a finding say that it may be owed to us: it rests on what came after somebody changed a step, so that the
// change is the first thing to look at. The change is part of the evidence then.
func (v *view) blame(f *Finding) {
	if len(v.Altered) == 0 || f.Severity == SeverityInfo || len(f.Evidence) == 0 {
		return
	}
	changed := v.Altered[0]
	if slices.Max(f.Evidence) < changed {
		return
	}
	f.Cause = fmt.Sprintf("A step was changed before it was done (entry %d), and this came after it. Without that it "+
		"would be read so: %s", changed, f.Cause)
	if !slices.Contains(f.Evidence, changed) {
		f.Evidence = append(f.Evidence, changed)
		slices.Sort(f.Evidence)
	}
}
