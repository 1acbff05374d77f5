package redact

import (
	"slices"
	"strings"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/verify"
)

// apart returns t, unless that was verified before, so that what is worked out of it goes with what is returned.
func apart(t flow.Trace) flow.Trace {
	if !t.Unverified() {
		return t
	}
	out := flow.Trace{Header: t.Header, Entries: make([]flow.Entry, 0, len(t.Entries))}
	for _, e := range t.Entries {
		out.Entries = append(out.Entries, e.Remembering())
	}
	return out
}

// foundIn is what t came to.
func foundIn(t flow.Trace) flow.FoundBefore {
	before := flow.Fold(t)
	found := flow.FoundBefore{Entries: len(t.Entries), Outcome: before.Outcome(), Findings: []flow.FoundFinding{}}
	found.Verified, _, _ = before.VerifiedOutcome()
	for _, c := range before.Around() {
		add(&found.Checks, c.Outcome, 1)
	}
	if v := before.Verification; v != nil {
		all := v.Tally(verify.NoKind)
		add(&found.Checks, verify.Pass, all.Pass)
		add(&found.Checks, verify.Warn, all.Warn)
		add(&found.Checks, verify.Fail, all.Fail)
		add(&found.Checks, verify.NotChecked, all.NotChecked)
	}
	for _, f := range diagnose.Findings(t, before) {
		found.Findings = append(found.Findings, flow.FoundFinding{ID: f.ID,
			Severity: string(f.Severity), Step: string(f.Step), Evidence: f.Evidence, Suspect: f.Suspect, Waived: f.Waived})
	}
	return found
}

// apparent are the findings that only out, which says what was found before, seems to show.
func apparent(out flow.Trace) (ids []string) {
	before := out.Header.Redacted.Found.Findings
	for _, f := range diagnose.Findings(out, flow.Fold(out)) {
		if !slices.ContainsFunc(before, func(b flow.FoundFinding) bool { return b.ID == f.ID }) {
			ids = append(ids, f.ID)
		}
	}
	return ids
}

func add(c *flow.FoundChecks, o verify.CheckOutcome, n int) {
	switch o {
	case verify.Pass:
		c.Pass += n
	case verify.Warn:
		c.Warn += n
	case verify.Fail:
		c.Fail += n
	default:
		c.NotChecked += n
	}
}

// cleaned returns what a file says was found before it was redacted, as far as it can have been: anybody may have
// written it.
func cleaned(f flow.FoundBefore) flow.FoundBefore {
	f.Findings = slices.DeleteFunc(slices.Clone(f.Findings), func(b flow.FoundFinding) bool {
		return !diagnose.Catalogued(b.ID) || !known(b.Severity) || string(stepOf(flow.StepID(b.Step))) != b.Step
	})
	if f.Findings == nil {
		f.Findings = []flow.FoundFinding{}
	}
	f.Apparent = slices.DeleteFunc(slices.Clone(f.Apparent), func(id string) bool { return !diagnose.Catalogued(id) })
	if !known(string(f.Outcome)) || !known(string(f.Verified)) {
		f.Outcome, f.Verified = flow.Failed, flow.Failed
	}
	return f
}

// stepOf returns the step of an entry; none where it is none of ours.
func stepOf(s flow.StepID) flow.StepID {
	if len(s) == 2 && strings.Contains("ALU", string(s[:1])) && s[1] >= '1' && s[1] <= '8' || s == flow.R {
		return s
	}
	return ""
}
