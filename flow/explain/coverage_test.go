package explain

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/auth"
	"doorstep/flow/event"
	"doorstep/flow/recording"
	"doorstep/flow/verify"
	"doorstep/recordings"
)

// A survey counts what can be pointed at in traces.
type survey struct {
	places map[Address]int
	names  map[string]bool // of fields
}

// Everything that can be pointed at in the recordings, and everything that the tables of the program name, has an entry
// of its own.
func TestCoverage(t *testing.T) {
	s := survey{map[Address]int{}, map[string]bool{}}
	for _, name := range recordings.Names() {
		if name == "hostile" {
			continue // its servers made up names of fields, which nothing can be said about
		}
		r, err := recordings.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		trace, err := recording.Read(r)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		s.trace(trace)
	}
	s.tables()
	for _, row := range kinds {
		var there, without []string
		for _, at := range slices.SortedFunc(maps.Keys(s.places), byWhere) {
			if at.Kind != row.Kind {
				continue
			}
			there = append(there, at.Where)
			if Find(at) == nil {
				without = append(without, at.Where)
			}
		}
		t.Logf("%d %s, %d without an entry", len(there), row.Plural, len(without))
		for _, where := range without {
			t.Errorf("%s %s has no entry", row.Kind, where)
		}
	}
	for _, q := range questions {
		for _, at := range q.where {
			if s.places[at] == 0 {
				t.Errorf("%s: it cannot come up at %s, which is nowhere to be seen", q.asks, at)
			}
		}
	}
	t.Logf("%d names of fields", len(s.names))
	if len(s.places) < 500 {
		t.Errorf("%d places were looked at: the survey misses most", len(s.places))
	}
}

func byWhere(a, b Address) int { return strings.Compare(a.Where, b.Where) }

func (s survey) trace(t flow.Trace) {
	for i := range t.Entries {
		e := &t.Entries[i]
		s.places[StepAt(t, e)]++
		s.places[At(Role, string(e.From))]++
		s.places[At(Role, string(e.To))]++
		if r := e.Request; r != nil {
			s.headers(r.Header)
			_, query, _ := strings.Cut(r.Target, "?")
			values, _ := url.ParseQuery(query)
			for name := range values {
				s.places[At(Query, string(r.Endpoint)+" "+name)]++
			}
		}
		if r := e.Response; r != nil {
			s.headers(r.Header)
		}
		if d := e.Discovery; d != nil {
			for _, step := range d.Steps {
				s.places[At(Discovery, string(step.Rule))]++
			}
		}
		if body, ok := BodyOf(t, e); ok {
			s.walk(body.start())
		}
	}
}

func (s survey) headers(fields []client.Field) {
	for _, f := range fields {
		s.places[At(Header, f.Name)]++
		if scheme, values, ok := strings.Cut(f.Value, " "); ok && strings.EqualFold(scheme, "X-Matrix") {
			for _, part := range strings.Split(values, ",") {
				name, _, _ := strings.Cut(part, "=")
				s.places[At(XMatrix, strings.TrimSpace(name))]++
			}
		}
	}
}

// walk counts every value below w.
func (s survey) walk(w walk) {
	var keys []string
	var values [][]byte
	if w.isList() {
		values, _ = event.Elements(w.value)
		keys = make([]string, len(values))
		for i := range keys {
			keys[i] = string(rune('0' + min(i, 9)))
		}
	} else if o, err := event.ReadObject(w.value); err == nil {
		for _, m := range o {
			keys, values = append(keys, m.Key), append(values, m.Value)
		}
	}
	for i, key := range keys {
		next := w.to(key, values[i])
		s.places[next.address()]++
		if !w.isList() && !strings.HasSuffix(next.path, "*") {
			s.names[key] = true
		}
		if next.inner == Event && next.typ != "" {
			s.places[At(EventType, next.typ)]++
		}
		s.walk(next)
	}
}

// tables counts what the tables of the program name, whether or not a recording has it.
func (s survey) tables() {
	for _, v := range event.Versions() {
		for _, r := range auth.Rules(v.ID) {
			s.places[At(Rule, v.ID+" "+r.Number)]++
		}
	}
	for _, k := range verify.AllKinds() {
		s.places[At(Check, k.Name)]++
	}
	for asks, answers := range flow.ResponseStep {
		if asks != flow.R {
			s.places[At(Step, string(asks))]++
			s.places[At(Step, string(answers))]++
		}
	}
	s.places[At(Step, string(flow.L1))]++
	s.places[At(Step, string(flow.L2))]++
	for _, r := range []client.Rule{client.RulePinned, client.RuleLiteral, client.RulePort, client.RuleWellKnown,
		client.RuleDelegateLiteral, client.RuleDelegatePort, client.RuleDelegateSRV, client.RuleDelegateOldSRV,
		client.RuleDelegateName, client.RuleSRV, client.RuleOldSRV, client.RuleName} {
		s.places[At(Discovery, string(r))]++
	}
	for _, name := range []string{"origin", "destination", "key", "sig"} {
		s.places[At(XMatrix, name)]++
	}
}
