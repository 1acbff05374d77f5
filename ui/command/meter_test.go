package command

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"doorstep/flow"
)

// What is quick is not told of; what goes on is told of after a moment, and then at its pace. What comes next begins
// anew.
func TestTellerIsDue(t *testing.T) {
	var told []string
	begun := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	teller := teller{pace: telling}
	for tenth := range 140 {
		p := flow.Progress{Of: flow.Receiving}
		switch {
		case tenth >= 90:
			p.Of = flow.Verifying
		case tenth >= 85:
			p.Of = flow.Nothing
		}
		at := time.Duration(tenth) * 100 * time.Millisecond
		if teller.due(p, begun.Add(at)) {
			told = append(told, at.String())
		}
	}
	if got, want := strings.Join(told, " "), "2s 7s 11s"; got != want {
		t.Errorf("told at %s, want %s", got, want)
	}
}

// On a terminal the line is drawn in one place, and out of the way before anything else is printed; elsewhere it is one
// of many.
func TestMeterWrites(t *testing.T) {
	p := flow.Progress{Of: flow.Receiving, Done: 50 << 20, All: 100 << 20, Took: 5 * time.Second}
	for width, want := range map[int]string{
		0: "doorstep: receiving: 50.0 MiB of 100.0 MiB, 10.0 MiB/s, 5 s left\nsaid\n",
		80: "\r[##########----------]  50% receiving: 50.0 MiB of 100.0 MiB, 10.0 MiB/s, 5 s l\x1b[K" +
			"\r\x1b[Ksaid\n",
		20: "\r[##########--------\x1b[K\r\x1b[Ksaid\n",
	} {
		var out bytes.Buffer
		m := &meter{out: &out, width: width}
		m.tell(p)
		if _, err := m.over(&out).Write([]byte("said\n")); err != nil {
			t.Fatal(err)
		}
		m.clear()
		if got := out.String(); got != want {
			t.Errorf("%d cells wide: %q, want %q", width, got, want)
		}
	}
}

// A recording that is read and verified at once is told nothing of on standard error, in any form.
func TestMeterIsSilentWhereItIsQuick(t *testing.T) {
	for _, form := range []string{"--plain", "--json", "--ndjson"} {
		var stdout, stderr bytes.Buffer
		if code := Run([]string{"verify", "public-v12", form}, &stdout, &stderr); code != 0 || stderr.Len() > 0 {
			t.Errorf("%s: exit code %d, said %q", form, code, stderr.String())
		}
	}
}
