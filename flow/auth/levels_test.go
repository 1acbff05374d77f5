package auth

import (
	"strings"
	"sync"
	"testing"

	"doorstep/flow/event"
)

func TestParseLevel(t *testing.T) {
	const (
		loose, strings_, integers = 1, 2, 4 // forms that read it
		all                       = loose | strings_ | integers
	)
	forms := map[int]event.PowerForm{loose: event.PowerLoose, strings_: event.PowerStrings, integers: event.PowerIntegers}
	long := strings.Repeat("9", maxDigits)
	tests := []struct {
		raw  string
		want string
		by   int
	}{
		{`0`, "0", all},
		{`-0`, "0", all},
		{`100`, "100", all},
		{`-100`, "-100", all},
		{`9007199254740991`, "9007199254740991", all},
		{`9223372036854775807`, "9223372036854775807", all},
		{`-9223372036854775808`, "-9223372036854775808", all},
		{`9223372036854775808`, "9223372036854775808", all},
		{long, long, all},
		{long + "9", "", 0},

		{`"100"`, "100", loose | strings_},
		{`" +0100 "`, "100", loose | strings_},
		{`"+100"`, "100", loose | strings_},
		{`" -100"`, "-100", loose | strings_},
		{`"000"`, "0", loose | strings_},
		{`"-0"`, "0", loose | strings_},
		{`"\t100\n"`, "100", loose | strings_},
		{`"\u0031\u0030"`, "10", loose | strings_},
		{`"` + strings.Repeat("0", 1000) + `7"`, "7", loose | strings_},
		{`""`, "", 0},
		{`" "`, "", 0},
		{`"+"`, "", 0},
		{`"-"`, "", 0},
		{`"+-5"`, "", 0},
		{`"-+5"`, "", 0},
		{`"--5"`, "", 0},
		{`"++5"`, "", 0},
		{`"- 5"`, "", 0},
		{`"1 0"`, "", 0},
		{`"1_000"`, "", 0},
		{`"1e2"`, "", 0},
		{`"50.0"`, "", 0},
		{`"0x10"`, "", 0},
		{`"٣"`, "", 0},
		{`"NaN"`, "", 0},
		{`"Infinity"`, "", 0},

		{`50.9`, "50", loose},
		{`-50.9`, "-50", loose},
		{`0.9`, "0", loose},
		{`-0.9`, "0", loose},
		{`5.114698E4`, "51146", loose},
		{`4.35e2`, "435", loose},
		{`1e2`, "100", loose},
		{`1.0`, "1", loose},
		{`1e18`, "1000000000000000000", loose},
		{`1e19`, "10000000000000000000", loose},
		{`-1e19`, "-10000000000000000000", loose},
		{`1e-400`, "0", loose},
		{`1e308`, "", loose}, // any integer of 309 digits
		{`1e309`, "", 0},
		{`-1e309`, "", 0},

		{`true`, "", 0},
		{`false`, "", 0},
		{`null`, "", 0},
		{`[100]`, "", 0},
		{`{"level":100}`, "", 0},
		{``, "", 0},
	}
	for _, test := range tests {
		for bit, form := range forms {
			level, why := ParseLevel([]byte(test.raw), form)
			switch {
			case test.by&bit == 0:
				if why == "" {
					t.Errorf("form %d reads %.40s as %v, want none", form, test.raw, level)
				}
			case why != "":
				t.Errorf("form %d does not read %.40s: %s", form, test.raw, why)
			case test.want != "" && level.String() != test.want:
				t.Errorf("form %d reads %.40s as %v, want %s", form, test.raw, level, test.want)
			}
		}
	}
}

func TestLevelCompare(t *testing.T) {
	parse := func(s string) Level {
		l, why := ParseLevel([]byte(s), event.PowerLoose)
		if why != "" {
			t.Fatal(why)
		}
		return l
	}
	ascending := []Level{
		parse("-1e300"), parse("-9223372036854775809"), parse("-9223372036854775808"), Integer(-1), {}, Integer(1),
		Integer(1<<63 - 1), parse("9223372036854775808"), parse("9223372036854775809"), parse("1e300"), Infinite,
	}
	for i, a := range ascending {
		for k, b := range ascending {
			want := 0
			if i < k {
				want = -1
			} else if i > k {
				want = 1
			}
			if got := a.Compare(b); got != want {
				t.Errorf("compare %v with %v: %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestReadLevels(t *testing.T) {
	const stated = `"users":{"@bob:b.example":50},"users_default":5,"ban":60,"events":{"m.room.name":70},"state_default":40`
	for _, version := range versions() {
		r := newRoom(t, version)
		create, power := r.at(typeCreate, ""), r.power(stated)
		creatorLevel, creatorKey := "5", "users_default"
		if version == "12" {
			creatorLevel, creatorKey = "infinite", "creator"
		}
		l := ReadLevels(r.v, create, power)
		tests := []struct {
			name string
			got  Setting
			want string
			key  string
			from string
		}{
			{name: "creator", got: l.User(alice), want: creatorLevel, key: creatorKey},
			{name: "user", got: l.User(bob), want: "50", key: "users.@bob:b.example"},
			{name: "other user", got: l.User(carol), want: "5", key: "users_default"},
			{name: "ban", got: l.Named("ban"), want: "60", key: "ban"},
			{name: "kick", got: l.Named("kick"), want: "50", key: "kick", from: fromDefault},
			{name: "invite", got: l.Named("invite"), want: "0", key: "invite", from: fromDefault},
			{name: "name", got: l.Event("m.room.name", true), want: "70", key: "events.m.room.name"},
			{name: "state", got: l.Event("m.room.topic", true), want: "40", key: "state_default"},
			{name: "message", got: l.Event("m.room.message", false), want: "0", key: "events_default", from: fromDefault},
		}
		for _, test := range tests {
			from := test.from
			if from == "" {
				from = power.ID()
			}
			if test.key == "creator" {
				from = create.ID()
			}
			if test.got.String() != test.want || test.got.Key != test.key || test.got.From != from {
				t.Errorf("version %s, %s: %v at %s from %s, want %s at %s from %s", version, test.name,
					test.got, test.got.Key, test.got.From, test.want, test.key, from)
			}
		}

		l = ReadLevels(r.v, create, nil)
		creatorLevel = "100"
		if version == "12" {
			creatorLevel = "infinite"
		}
		for _, test := range []struct {
			name string
			got  Setting
			want string
		}{
			{"creator", l.User(alice), creatorLevel},
			{"other user", l.User(bob), "0"},
			{"users_default", l.Named("users_default"), "0"},
			{"events_default", l.Event("m.room.message", false), "0"},
			{"state_default", l.Event("m.room.name", true), "50"},
			{"ban", l.Named("ban"), "50"},
			{"kick", l.Named("kick"), "50"},
			{"redact", l.Named("redact"), "50"},
			{"invite", l.Named("invite"), "0"},
			{"unknown", l.Named("nonsense"), "no such level"},
			{"without create event", ReadLevels(r.v, nil, nil).User(alice),
				"unknown, as there is no create event to say who the creator is"},
		} {
			if test.got.String() != test.want {
				t.Errorf("version %s without power_levels event, %s: %v, want %s", version, test.name, test.got, test.want)
			}
		}
	}
}

func TestMemo(t *testing.T) {
	r := newRoom(t, "10")
	var m Memo
	create, power := r.at(typeCreate, ""), r.at(typePowerLevels, "")
	first := m.levels(r.v, create, power)
	if m.levels(r.v, create, power) != first {
		t.Error("levels read twice")
	}
	if m.levels(r.v, create, nil) == first {
		t.Error("levels of another event given")
	}
	padding := strings.Repeat("x", maxMemo/4)
	for range 20 {
		m.levels(r.v, create, r.power(`"padding":"`+padding+`"`))
		if m.bytes > maxMemo || len(m.read) > 5 {
			t.Fatalf("keeps %d bytes of %d events, want at most %d", m.bytes, len(m.read), maxMemo)
		}
	}
	if got := m.levels(r.v, create, power).User(bob).String(); got != "50" {
		t.Errorf("power after forgetting: %s, want 50", got)
	}
}

// TestMemoShared judges from several goroutines with one Memo, for the race detector.
func TestMemoShared(t *testing.T) {
	r := newRoom(t, "11")
	c := r.context
	c.Memo = new(Memo)
	topic, chat := r.event("m.room.topic", bob, ptr(""), `{}`), r.message(carol)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 100 {
				for _, e := range []*event.Event{topic, chat} {
					if v := AgainstState(e, r.state, c); v.Outcome != Allowed {
						t.Errorf("%s: %v by %s", e.Type(), v.Outcome, v.Rule)
					}
				}
			}
		})
	}
	group.Wait()
}
