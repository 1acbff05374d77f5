package story

import (
	"testing"
	"time"

	"doorstep/flow"
)

func TestProgressWords(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		p          flow.Progress
		words, bar string
	}{
		{flow.Progress{}, "", ""},
		{flow.Progress{Of: flow.Receiving, Done: 10}, "receiving: 10 B", ""},
		{flow.Progress{Of: flow.Receiving, Done: 41 * mib, All: 103 * mib, Took: 2 * time.Second},
			"receiving: 41.0 MiB of 103.0 MiB, 20.5 MiB/s, 3 s left", "[###-------]  39%"},
		{flow.Progress{Of: flow.Receiving, Done: mib, All: 200 * mib, Took: time.Second},
			"receiving: 1.0 MiB of 200.0 MiB, 1.0 MiB/s, 3 m 19 s left", "[----------]   0%"},
		{flow.Progress{Of: flow.Receiving, Done: 10, All: 72010, Took: 2 * time.Second},
			"receiving: 10 B of 70.3 KiB, 5 B/s, 4 h 00 m left", "[----------]   0%"},
		{flow.Progress{Of: flow.Receiving, Done: 3, All: mib, Took: 3 * time.Second}, "receiving: 3 B of 1.0 MiB, 1 B/s",
			"[----------]   0%"},
		{flow.Progress{Of: flow.Receiving, Done: 2 * mib, Took: 4 * time.Second}, "receiving: 2.0 MiB, 512.0 KiB/s", ""},
		{flow.Progress{Of: flow.Receiving, Done: 30, All: 60, Took: 30 * time.Second, Idle: 12 * time.Second},
			"receiving: 30 B of 60 B, 1 B/s, nothing for 12 s", "[#####-----]  50%"},
		{flow.Progress{Of: flow.FetchingKeys, Done: 312, All: 10000}, "keys: 312 of 10000 servers", "[----------]   3%"},
		{flow.Progress{Of: flow.Verifying, Done: 7, All: 7}, "verifying: 7 of 7 signatures", "[##########] 100%"},
		{flow.Progress{Of: flow.Judging}, "verifying: the authorisation rules", ""},
		{flow.Progress{Of: flow.Reading, Entries: 3}, "reading: 3 entries", ""},
		{flow.Progress{Of: flow.Reading, Entries: 3, Done: 5, All: 10}, "reading: 5 B of 10 B, 3 entries", "[#####-----]  50%"},
	} {
		if got := ProgressWords(c.p); got != c.words {
			t.Errorf("%+v: %q, want %q", c.p, got, c.words)
		}
		if got := Bar(c.p, 10); got != c.bar {
			t.Errorf("%+v: bar %q, want %q", c.p, got, c.bar)
		}
	}
}
