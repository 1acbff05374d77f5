package diagnose

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/recording"
	"doorstep/recordings"
)

// The place of a row in its file, and of a group among the groups, makes no difference: what is told first is said by
// stage, rank and ID.
func TestFindingsWhateverTheOrderOfTheRows(t *testing.T) {
	traces := map[string]flow.Trace{"a refusal that nothing explains": refusedOddly()}
	for _, name := range recordings.Names() {
		r, err := recordings.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		trace, err := recording.Read(r)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		traces[name] = trace
	}
	for name, trace := range traces {
		state := flow.Fold(trace)
		want := Findings(trace, state)
		shuffled := Catalogue()
		for round := range 5 {
			random := rand.New(rand.NewPCG(uint64(round), 0))
			random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			if diff := cmp.Diff(want, newView(trace, state).findings(shuffled)); diff != "" {
				t.Errorf("%s, round %d (-as written +shuffled):\n%s", name, round, diff)
			}
		}
	}
	if found := Findings(traces["a refusal that nothing explains"],
		flow.Fold(refusedOddly())); len(found) != 1 || found[0].ID != "unexplained-refusal" {
		t.Errorf("%+v", found)
	}
	if groups := byStage(CauseGroup{StageLeft, "", lastCauses}, CauseGroup{StageReach, "",
		reachCauses}); groups[0].Stage != StageReach {
		t.Error("groups stay as they are written")
	}
}

// Each rank of a stage is there once: which of two rows is told first is never left to their IDs by oversight.
func TestRanksAreDistinct(t *testing.T) {
	for _, g := range CatalogueGroups() {
		ranks := map[int]string{}
		for _, c := range g.Causes {
			if other, ok := ranks[c.rank]; ok {
				t.Errorf("%s: %s and %s have the rank %d", g.Title, other, c.ID, c.rank)
			}
			ranks[c.rank] = c.ID
		}
	}
}

// refusedOddly is a handshake whose resident server refuses make_join in words of its own.
func refusedOddly() flow.Trace {
	return flow.Trace{Header: flow.Header{Source: "tap", Joining: "joining.example"}, Entries: []flow.Entry{
		flow.Entry{Seq: 1, Kind: flow.Request, Step: flow.A4, From: flow.Joining, To: flow.Resident, Server: "a.example",
			Request: &client.Request{Endpoint: client.MakeJoin}}.Remembering(),
		flow.Entry{Seq: 2, Kind: flow.Response, Step: flow.A5, From: flow.Resident, To: flow.Joining, Answers: 1,
			Server:   "a.example",
			Response: &client.Response{Status: 418, Body: []byte(`{"errcode":"M_TEAPOT","error":"no"}`)}}.Remembering(),
	}}
}
