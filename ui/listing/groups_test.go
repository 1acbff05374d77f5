package listing

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"doorstep/flow"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/verify"
	"doorstep/recordings"
)

// recorded is the state that a recording leads to, and its list.
func recorded(t *testing.T, name string) (flow.State, *List) {
	t.Helper()
	trace := flowtest.Embedded(t, name)
	s := flow.Fold(trace)
	return s, New(s.Verification, s.Verification.Sets().Events, s.Build.EventID, nil)
}

// The servers account for every event, and for every signature that was looked at.
func TestServers(t *testing.T) {
	for _, name := range recordings.Names() {
		r, err := recordings.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		trace, err := recording.Read(r)
		if s := flow.Fold(trace); err != nil || s.Verification == nil || !s.Verification.Examined() || s.Build == nil {
			continue
		}
		s, l := recorded(t, name)
		rows, err := l.Servers(context.Background(), nil, s.Keys)
		if err != nil {
			t.Fatal(name, err)
		}
		var events int
		var signed verify.Tally
		for i, row := range rows {
			events += row.Events
			signed.Pass += row.Signed.Pass
			signed.Fail += row.Signed.Fail
			signed.NotChecked += row.Signed.NotChecked
			if i > 0 && worse(row.Worst, rows[i-1].Worst) {
				t.Errorf("%s: %s, which is worse, comes after %s", name, row.Name, rows[i-1].Name)
			}
			if known := s.Keys.Of(row.Name); known.Known() != (row.Keys.Known > 0) || row.Keys.Asked != (known != nil) {
				t.Errorf("%s: of %s %+v is said, and %+v known", name, row.Name, row.Keys, known)
			}
		}
		if events != l.Len() {
			t.Errorf("%s: servers have %d of %d events", name, events, l.Len())
		}
		if all := signed.Pass + signed.Fail + signed.NotChecked; all != s.Verification.Counts.Signatures {
			t.Errorf("%s: servers have %d signatures, the answer %d", name, all, s.Verification.Counts.Signatures)
		}
	}
}

func TestServersOfSamples(t *testing.T) {
	l := listOf(t, samples)
	rows, _ := l.Servers(context.Background(), nil, verify.NewKeyRing())
	var got []string
	for _, r := range rows {
		got = append(got, fmt.Sprintf("%s %d %d %s", r.Name, r.Events, r.Members, r.Worst))
	}
	want := "a.example 3 1 fail, 1 0 fail,b.example:8448 2 1 not_checked,c.example 1 0 warn,own.example 1 0 pass"
	if s := strings.Join(got, ","); s != want {
		t.Errorf("the servers are\n%s\nwant\n%s", s, want)
	}
	rows, _ = l.Servers(context.Background(), []int32{3, 4}, verify.NewKeyRing())
	if len(rows) != 1 || rows[0].Events != 2 {
		t.Errorf("two events of one server are grouped as %+v", rows)
	}
}

// barWords spells bars as one text.
func barWords(bars []Bar) string {
	var out []string
	for _, b := range bars {
		s := fmt.Sprintf("%s %d", b.Label, b.Count)
		if b.Rest > 0 {
			s = fmt.Sprintf("%d more %d", b.Rest, b.Count)
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func TestHistograms(t *testing.T) {
	l := listOf(t, samples)
	all, err := l.Histograms(context.Background(), nil, 2)
	if err != nil || len(all) != 3 {
		t.Fatal(all, err)
	}
	for i, want := range []string{"m.room.member 4, m.room.create 1, 2 more 2",
		"a.example 3, b.example:8448 2, 2 more 2"} {
		if got := barWords(all[i].Bars); got != want {
			t.Errorf("%s: %s, want %s", all[i].Field, got, want)
		}
	}
	few, _ := l.Histograms(context.Background(), []int32{1, 2, 3}, 2)
	if got := barWords(few[0].Bars); got != "m.room.member 2, m.room.create 1" {
		t.Errorf("of three rows: %s", got)
	}
	for _, h := range all { // what a bar says means the rows it counts
		for _, b := range h.Bars {
			q := Query{}.With(h.Field, b.Value)
			rows, _ := l.Select(context.Background(), q, Order{})
			if b.Rest == 0 && len(rows) != b.Count {
				t.Errorf("%s means %d rows, the bar counts %d", q, len(rows), b.Count)
			}
		}
	}
}

func TestTimeBars(t *testing.T) {
	day := func(s string) int64 {
		at, err := time.Parse("2006-01-02", s)
		if err != nil {
			t.Fatal(err)
		}
		return floorDiv(at.UnixMilli(), dayMillis)
	}
	for _, test := range []struct {
		days map[int64]int
		want string
	}{
		{nil, ""},
		{map[int64]int{day("2024-05-06"): 3}, "2024-05-06 3"},
		{map[int64]int{day("2024-02-28"): 1, day("2024-03-01"): 2}, "2024-02-28 1, 2024-02-29 0, 2024-03-01 2"},
		{map[int64]int{day("2024-01-28"): 1, day("2024-04-01"): 2}, "2024-01 1, 2024-02 0, 2024-03 0, 2024-04 2"},
		{map[int64]int{day("2019-12-31"): 1, day("2024-04-01"): 2, day("2024-08-01"): 2},
			"2019 1, 2020 0, 2021 0, 2022 0, 2023 0, 2024 4"},
		{map[int64]int{day("1969-12-31"): 1, day("9999-12-31"): 2, day("1970-01-01"): 1}, "1969 1, 1970 1, 9999 2"},
		{map[int64]int{day("1969-12-31"): 1, lastDay + 1: 2, firstDay - 1: 1}, "1969-12-31 1, 1 more 3"},
		{map[int64]int{1 << 40: 2}, "1 more 2"},
	} {
		if got := barWords(timeBars(test.days)); got != test.want {
			t.Errorf("%s, want %s", got, test.want)
		}
	}
}

// Every kind of check has a bit.
func TestChecksFit(t *testing.T) {
	if n := len(verify.CheckKinds()); n > 64 || n != len(fields[Check].words) {
		t.Errorf("%d kinds of checks, %d words", n, len(fields[Check].words))
	}
	seen := map[uint64]bool{}
	for _, k := range verify.CheckKinds() {
		if seen[bit(k.Kind)] || bit(k.Kind) == 0 {
			t.Errorf("%s has no bit of its own", k.Name)
		}
		seen[bit(k.Kind)] = true
	}
}

func BenchmarkList(b *testing.B) {
	scenario, _ := sandbox.Lookup("large")
	scenario, err := sandbox.Sized(scenario, sandbox.Large{Events: 20_000, Servers: 2000})
	if err != nil {
		b.Fatal(err)
	}
	run, stop, err := sandbox.Join(context.Background(), scenario, engine.JoinOptions{Tool: "test"})
	if err != nil {
		b.Fatal(err)
	}
	defer stop()
	run.Finish(context.Background())
	s, ctx := flow.Fold(run.Trace()), context.Background()
	l := New(s.Verification, s.Verification.Sets().Events, s.Build.EventID, nil)
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			New(s.Verification, s.Verification.Sets().Events, s.Build.EventID, nil)
		}
	})
	for _, query := range []string{"type:m.room.member", "sender:*:server7.example", "verdict:fail", "depth:>100",
		"time:2024", "alice", "al?ce", "check:signature -in:both named:>5"} {
		q, _ := Parse(query)
		b.Run(query, func(b *testing.B) {
			for b.Loop() {
				l.Select(ctx, q, Order{})
			}
		})
	}
	for by := ByVerdict; by < columns; by++ {
		b.Run("by "+by.String(), func(b *testing.B) {
			for b.Loop() {
				l.Select(ctx, nil, Order{By: by})
			}
		})
	}
	b.Run("complete", func(b *testing.B) {
		for b.Loop() {
			l.Complete(ctx, "sender:", 7)
		}
	})
	b.Run("servers", func(b *testing.B) {
		for b.Loop() {
			l.Servers(ctx, nil, s.Keys)
		}
	})
	b.Run("histograms", func(b *testing.B) {
		for b.Loop() {
			l.Histograms(ctx, nil, 12)
		}
	})
}
