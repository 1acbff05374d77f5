package story

import (
	"fmt"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/compare"
	"doorstep/ui/theme"
)

// What is the same difference in many events is told once, the most frequent first; single signatures and references
// are told one by one only where they are few.
func TestComparedChanges(t *testing.T) {
	row := compare.StepRow{ID: flow.A6, Events: 12,
		A: &compare.Exchange{Entry: &flow.Entry{Step: flow.A6, Kind: flow.Request,
			Request: &client.Request{Method: "PUT", Endpoint: client.SendJoinV2}}}}
	row.B = row.A
	add := func(d compare.Difference) { row.Differences = append(row.Differences, d) }
	add(compare.Difference{Part: compare.PartEvents, Path: "/depth", Kind: compare.Replaced, A: []byte("1"),
		B: []byte("2"), In: []string{"m.room.topic"}})
	for i := range 8 {
		in := []string{fmt.Sprintf("m.room.member @u%d:x", i)}
		add(compare.Difference{Part: compare.PartEvents, Path: fmt.Sprintf("/signatures/s%d", i), Kind: compare.Removed,
			A: []byte(fmt.Sprintf(`{"ed25519:1":"%d"}`, i)), In: in})
		add(compare.Difference{Part: compare.PartEvents, Path: "/auth_events/0", Kind: compare.Added,
			About: fmt.Sprintf("m.room.member @a%d:x", i), B: []byte(`"$e"`), In: in})
		add(compare.Difference{Part: compare.PartEvents, Path: "/depth", Kind: compare.Replaced,
			A: []byte(fmt.Sprint(i + 5)), B: []byte("3"), In: in})
	}
	add(compare.Difference{Part: compare.PartBody, Path: "/origin", Kind: compare.Added, B: []byte(`"x"`)})
	add(compare.Difference{Part: compare.PartStatus, Kind: compare.Removed, A: []byte("200")})
	c := compare.Comparison{Steps: []compare.StepRow{row}, Shared: true}
	rows := Phrases{Signs: theme.SignsOf(true)}.Compared(c)
	if len(rows) != 1 || rows[0].Name != "A6 PUT send_join" || rows[0].Differs != "status, answer, event 25" {
		t.Fatalf("%+v", rows)
	}
	var got []string
	for _, c := range rows[0].Changes {
		got = append(got, fmt.Sprintf("%s %s %s %s (%s)", c.KindWords(), c.Where, c.A, c.B, c.Note))
	}
	want := []string{
		`only A status 200  ()`,
		`only B answer /origin  "x" ()`,
		`differs event /depth 1 2 (in 9 of 12 events: m.room.topic, m.room.member; these are the values of the first)`,
		`only A event /signatures {"ed25519:1":"0"}  (in 8 of 12 events: m.room.member; these are the values of the first)`,
		`only B event /auth_events  the m.room.member @a0:x event (in 8 of 12 events: m.room.member; these are the ` +
			`values of the first)`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Whatever facts have for an entry, there is one.
func TestFactEntries(t *testing.T) {
	for name, r := range factEntries {
		if factWords[name] == "" || r.Entry() == nil {
			t.Errorf("%s: no entry %s", name, r)
		}
	}
}
