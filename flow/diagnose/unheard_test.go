package diagnose_test

import (
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/flowtest"
)

// A request for our key is missing where a server refuses us for want of it and did not call; not where it called,
// where the trace does not hold who calls us, where our name leads elsewhere, or where it refuses for something else.
func TestUnheard(t *testing.T) {
	fetch := flow.Entry{Kind: flow.Request, Step: flow.R, From: flow.Resident, To: flow.Joining, Server: "a.example",
		Request: &client.Request{Endpoint: client.ServerKeys}}
	joins := func(source string) *flowtest.Script {
		return flowtest.NewScript(func(h *flow.Header) {
			h.Target, h.Via, h.Source = "!r:a.example", []string{"a.example"}, source
		}).Joins()
	}
	foundAt := func(address string) *flowtest.Script {
		return flowtest.AtRealServer("8.8.4.4:8448").Refuses(401, flowtest.KeyMissing).LooksForUs("", address)
	}
	called := joins("sandbox")
	called.Add(fetch)
	stranger := joins("sandbox")
	fetch.Server = ""
	stranger.Add(fetch)
	for name, tt := range map[string]struct {
		s    *flowtest.Script
		want bool
	}{
		"nobody came":                   {joins("sandbox").Does(401, flowtest.KeyMissing), true},
		"in words that leave it open":   {joins("join").Does(401, flowtest.KeyOrSignature), true},
		"it came":                       {called.Does(401, flowtest.KeyMissing), false},
		"somebody came":                 {stranger.Does(401, flowtest.KeyMissing), false},
		"nobody listened":               {joins("").Does(401, flowtest.KeyMissing), false},
		"refused for something else":    {joins("sandbox").Does(403, `{"errcode":"M_FORBIDDEN"}`), false},
		"not refused":                   {joins("sandbox").Does(200, flowtest.GoodTemplate), false},
		"our name leads to this":        {foundAt("8.8.4.4:8448"), true},
		"our name leads somewhere else": {foundAt("9.9.9.9:8448"), false},
	} {
		t.Run(name, func(t *testing.T) {
			state := flow.Fold(tt.s.Trace)
			got := diagnose.UnheardOf(tt.s.Trace, state, diagnose.Findings(tt.s.Trace, state))
			if len(got) > 0 != tt.want {
				t.Fatalf("%+v, want some: %v", got, tt.want)
			}
			for _, u := range got {
				e := tt.s.Trace.Entry(u.Refusal)
				if e == nil || e.Response == nil || e.Response.Status != 401 || u.Server != e.Server || len(u.Findings) == 0 {
					t.Errorf("%+v stands before %+v", u, e)
				}
			}
		})
	}
}
