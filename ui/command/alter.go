package command

import (
	"context"
	"fmt"
	"strings"

	"doorstep/flow"
	"doorstep/flow/alter"
	"doorstep/flow/live"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
)

// listAlterations is what --alter takes in place of a mutation, to have them listed.
const listAlterations = "list"

// A change is what --alter asks for: a mutation, at a step where one is named.
type change struct {
	mutation alter.Mutation
	at       flow.StepID
}

// parseChange reads NAME or NAME@STEP.
func parseChange(what string) (change, error) {
	name, at, named := strings.Cut(what, "@")
	m, ok := alter.Lookup(name)
	if !ok {
		return change{}, fmt.Errorf("no change %q%s; doorstep sandbox --alter list names them all", name,
			didYouMean(name, mutationNames(), ""))
	}
	c := change{m, flow.StepID(at)}
	if named && !m.Applies(c.at, nil) {
		return change{}, fmt.Errorf("%s is for %s, not for %q", name, stepNames(m), at)
	}
	return c, nil
}

func mutationNames() []string {
	var names []string
	for _, m := range alter.Mutations() {
		names = append(names, m.Name)
	}
	return names
}

func stepNames(m alter.Mutation) string {
	var names []string
	for _, at := range m.Steps {
		names = append(names, string(at))
	}
	return strings.Join(names, ", ")
}

// listMutations tells which changes --alter can make, and what each leads to.
func (p *program) listMutations() error {
	type lead struct {
		Step     flow.StepID `json:"step"`
		Versions []string    `json:"versions"`
		Status   int         `json:"status"`
		Errcode  string      `json:"errcode"`
		Rule     string      `json:"rule,omitempty"`
		Check    string      `json:"check,omitempty"`
		Finding  string      `json:"finding,omitempty"`
		Why      string      `json:"why"`
	}
	type row struct {
		Name    string `json:"name"`
		Title   string `json:"title"`
		Teaches string `json:"teaches"`
		Leads   []lead `json:"leads"`
	}
	rows := []row{}
	for _, m := range alter.Mutations() {
		r := row{m.Name, m.Title, m.Teaches, nil}
		for _, at := range m.Steps {
			var before alter.Expected
			for i, v := range m.Versions() {
				x := m.Expected(v, at)
				if i == 0 || x != before {
					r.Leads = append(r.Leads, lead{at, nil, x.Status, x.Errcode, x.Rule, x.Check, x.Finding, x.Why})
				}
				last := &r.Leads[len(r.Leads)-1]
				last.Versions, before = append(last.Versions, v.ID), x
			}
		}
		rows = append(rows, r)
	}
	if p.wantsJSON() {
		return p.writeJSON(rows)
	}
	for _, r := range rows {
		m, _ := alter.Lookup(r.Name)
		fmt.Fprintf(p.stdout, "%-24s %-7s %s\n", r.Name, stepNames(m), r.Title)
	}
	return nil
}

// sandboxAltered runs a scenario with a change to its end, and once more without, in an equal federation: what the
// change made of it is told beside what it would have been.
func (p *program) sandboxAltered(ctx context.Context, scenario engine.Scenario, o engine.JoinOptions, c change) error {
	var session *sandbox.Session
	start := func(ctx context.Context, onRun func(*live.Run) error) (*live.Run, func(), error) {
		o := o
		o.OnRun = onRun
		var err error
		if session, err = sandbox.Open(ctx, scenario, o); err != nil {
			return nil, nil, err
		}
		return session.Run, session.Stop, nil
	}
	return p.runBy(ctx, "sandbox-"+scenario.Name+"-"+c.mutation.Name, start,
		func(ctx context.Context, _ *live.Run) (*flow.Trace, error) {
			if err := session.Alter(ctx, c.mutation, c.at); err != nil {
				return nil, err
			}
			twin, err := session.Twin(ctx)
			if err != nil {
				return nil, err
			}
			defer twin.Stop()
			twin.Run.Finish(ctx)
			usual := twin.Run.Trace()
			return &usual, nil
		})
}
