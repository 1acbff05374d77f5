package story

import (
	"slices"
	"testing"

	"doorstep/client"
	"doorstep/flow"
)

// What comes before the first step is about an invite only where there is one, or where one is waited for.
func TestPhasesBeforeTheFirstStep(t *testing.T) {
	ask := func(step flow.StepID, from, to flow.Role, at client.Endpoint) flow.Entry {
		return flow.Entry{Step: step, Kind: flow.Request, From: from, To: to, Request: &client.Request{Endpoint: at}}
	}
	keys := ask(flow.R, flow.Joining, flow.Resident, client.ServerKeys)
	asked := ask(flow.R, flow.Resident, flow.Joining, client.ServerKeys)
	atDirectory := ask(flow.R, flow.Joining, flow.Directory, client.ServerKeys)
	invite := ask(flow.R, flow.Resident, flow.Joining, client.Invite)
	template := ask(flow.A4, flow.Joining, flow.Resident, client.MakeJoin)
	directory := ask(flow.A2, flow.Joining, flow.Directory, client.QueryDirectory)
	waits := flow.Header{WaitInvite: 1}
	for name, c := range map[string]struct {
		header  flow.Header
		entries []flow.Entry
		want    []Phase
	}{
		"a tap sees keys asked for":     {entries: []flow.Entry{keys, template}, want: []Phase{Making, Making}},
		"a host's directory is asked":   {entries: []flow.Entry{atDirectory, directory}, want: []Phase{Finding, Finding}},
		"our key is asked for":          {entries: []flow.Entry{asked, template}, want: []Phase{Making, Making}},
		"an invite":                     {entries: []flow.Entry{invite, keys, template}, want: []Phase{inviting, inviting, Making}},
		"keys, then an invite":          {entries: []flow.Entry{asked, invite, template}, want: []Phase{inviting, inviting, Making}},
		"an invite is waited for":       {header: waits, entries: []flow.Entry{asked}, want: []Phase{inviting}},
		"an invite after the handshake": {entries: []flow.Entry{keys, template, invite}, want: []Phase{Making, Making, Making}},
	} {
		trace := flow.Trace{Header: c.header, Entries: c.entries}
		for i := range trace.Entries {
			trace.Entries[i].Seq = i + 1
		}
		var got []Phase
		for _, s := range stretchesOf(trace) {
			got = append(got, s.Phase)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
