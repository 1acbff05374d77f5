package verify

import (
	"fmt"
	"strings"
	"testing"

	"doorstep/flow/event"
)

// Of a few broken events every breach is told, of a crowd of them the first of each: memory is bounded by the answer.
func TestBreachesToldOfACrowd(t *testing.T) {
	version, _ := event.Lookup("11")
	for _, test := range []struct{ events, each int }{{crowd, 4}, {crowd + 1, 1}} {
		var list []string
		for i := range test.events {
			list = append(list, fmt.Sprintf(`{"type":5,"state_key":"","sender":"@a:b.example","content":{},"depth":"%d",`+
				`"auth_events":[],"prev_events":3,"origin_server_ts":1,"hashes":{"sha256":"x"},"signatures":{},"room_id":"!r:b"}`,
				i))
		}
		reply := ReadReply(1, "b.example", []byte(`{"state":[`+strings.Join(list, ",")+`],"auth_chain":[]}`))
		v := Verify(Input{Reply: reply, Template: &Template{RoomVersion: version}, Keys: NewKeyRing()})
		told := map[string]int{}
		for _, c := range v.Checks {
			if c.Kind == KindEventFormat && c.Outcome == Fail {
				told[c.Subject]++
			}
		}
		if len(told) != test.events {
			t.Errorf("of %d broken events %d are told", test.events, len(told))
		}
		for id, n := range told {
			if n != test.each {
				t.Fatalf("of %s, one of %d events, %d breaches are told, not %d", id, test.events, n, test.each)
			}
			break
		}
		if n := v.Tally(KindEventFormat).Fail; n != test.events*test.each {
			t.Errorf("%d breaches are counted", n)
		}
	}
}
