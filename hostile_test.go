package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// A hostile answer takes no more memory than twice the largest answer that is taken, and comes to an end, whatever it
// looks like. The figures are in the log; the sizes are those that 30 MB hold.
func TestHostileAnswers(t *testing.T) {
	program := build(t)
	const limit, size = 500 << 20, 30_000_000
	many := func(one string) string { return one + strings.Repeat(","+one, size/(len(one)+1)-1) }
	numbered := func(n int, form string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, form, i)
		}
		return b.String()[1:]
	}
	event := `,{"type":"m.x","state_key":"%[1]d","sender":"@a:s%[1]d.example","content":{},"depth":1,"auth_events":` +
		`["$%043[1]d"],"prev_events":[],"origin_server_ts":1,"hashes":{"sha256":"` + strings.Repeat("A", 43) +
		`"},"signatures":{"s%[1]d.example":{"ed25519:a":"` + strings.Repeat("A", 86) + `"}},"room_id":"!r:b.example"}`
	state := func(list string) string { return `{"auth_chain":[],"state":[` + list + `]}` }
	for _, c := range []struct{ name, body, says string }{
		{"empty objects", state(many("{}")), "over the limit|the limit of 1000 are shorter"},
		{"a list of v1 without an end", `[200,` + many("{}") + `]`, "a list of"},
		{"members", `{` + numbered(size/14, `,"%010d":1`) + `,"auth_chain":[],"state":[]}`, "over the limit of 1000 members"},
		{"servers in the room", `{"auth_chain":[],"state":[],"members_omitted":true,"servers_in_room":[` + many(`""`) + `]}`,
			"over the limit of 20000 servers"},
		{"lists in lists", state(strings.Repeat("[", size/2) + strings.Repeat("]", size/2)), ""},
		{"a key each", state(numbered(40_000, event)), "over the limit of 15000 servers"},
		{"create events", state(many(`{"type":"m.room.create","state_key":"","sender":"@a:b.example","content":{},` +
			`"room_id":"!r:b.example","depth":1,"auth_events":[],"prev_events":[],"origin_server_ts":1}`)), ""},
		{"long numbers", state(many(`{"depth":` + strings.Repeat("1", 1_000_000) + `}`)), ""},
	} {
		file := filepath.Join(t.TempDir(), "answer.json")
		if err := os.WriteFile(file, []byte(c.body), 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		cmd := exec.CommandContext(ctx, program, "verify", "--json", "--room-version", "11", file)
		cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+t.TempDir(), "GOMEMLIMIT=", "GOGC=")
		out, _ := cmd.Output() // its code says how it ended
		cancel()
		state := cmd.ProcessState
		peak := peakOf(state)
		t.Logf("%s: %d bytes, %d MB at the most, %s of work", c.name, len(c.body), peak>>20,
			(state.UserTime() + state.SystemTime()).Round(10*time.Millisecond))
		if state.ExitCode() != 4 {
			t.Errorf("%s: exit code %d", c.name, state.ExitCode())
		}
		if runtime.GOOS == "linux" && peak > 2*limit {
			t.Errorf("%s: %d bytes of memory, and the limit of an answer is %d", c.name, peak, limit)
		}
		if !anyIn(string(out), strings.Split(c.says, "|")) {
			t.Errorf("%s: it does not say %q", c.name, c.says)
		}
	}
}

func anyIn(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}
