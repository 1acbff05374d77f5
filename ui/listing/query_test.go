package listing

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestQueries(t *testing.T) {
	l := listOf(t, samples) // row 0 is our join, 7 cannot be read
	for _, test := range []struct{ query, want string }{
		{"type:m.room.member", "0 2 3 4"},
		{"type:m.room.*", "0 1 2 3 4 5"},
		{"type:m.room.????", ""},
		{"type:m.room.t?pic", "5"},
		{"type:*.create|*topic", "1 5"},
		{`type:"org.example.odd *"`, "6"},
		{`type:"org.example.odd \**"`, "6"},
		{`type:org.example.odd\ *`, "6"},
		{"type:M.ROOM.TOPIC", ""},
		{"TYPE:m.room.topic", "5"},
		{"sender:*:b.example:8448", "3 4"},
		{"sender:*:a.example", "1 2 5"},
		{"key:@a*", "2"},
		{"state_key:@a*", "2"},
		{`key:""`, "1 5"},
		{`key:"a \"b\" c"`, "6"},
		{"server:b.example:8448", "3 4"},
		{"server:*", "0 1 2 3 4 5 6"},
		{"id:/state/*", "7"},
		{"in:state", "1 2 3 4 5 7"},
		{"in:auth_chain", "1 2 6"},
		{"in:both", "1 2"},
		{"in:state -in:both", "3 4 5 7"},
		{"in:neither", "0"},
		{"verdict:fail", "5 7"},
		{"verdict:fail|warn", "5 6 7"},
		{"verdict:not_checked", "3"},
		{"verdict:redacted", "5"},
		{"-verdict:pass", "3 5 6 7"},
		{"membership:join", "0 2 3"},
		{"membership:b*", "4"},
		{"check:content_hash", "5"},
		{"check:signature|auth_chain_padding", "3 6"},
		{"check:event_*", "7"},
		{"depth:13", "4"},
		{"depth:>13", "0 5 6"},
		{"depth:>=13", "0 4 5 6"},
		{"depth:<2", "1"},
		{"depth:<=2", "1 2"},
		{"depth:2..13", "2 3 4"},
		{"depth:14..", "0 5 6"},
		{"depth:..2", "1 2"},
		{"depth:>9223372036854775807", ""},
		{"named:>5", "1 2"},
		{"named:0", "3 4 5 7"},
		{"time:2024", "0 3 4 5 6"},
		{"time:2024-05", "3 4"},
		{"time:>2024-05-01", "0 5 6"},
		{"time:>=2024-05-01", "0 3 4 5 6"},
		{"time:<2024", "1 2"},
		{"time:2024-05-01T08:00", "3 4"},
		{`time:"2024-05-01 08:00"`, "3 4"},
		{"time:2020..2024-05", "1 2 3 4"},
		{"time:1714550400000", "3 4"},
		{"carol", "4"},
		{"CAROL", "4"},
		{"@car?l", "4"},
		{"bob room", "3 4"},
		{"@bob:b.example:8448", "3 4"},
		{"-example", "7"},
		{"", "all"},
		{"   ", "all"},
		{"depth:13 depth:14", ""},
	} {
		q, problems := Parse(test.query)
		rows, err := l.Select(context.Background(), q, Order{})
		got := rowWords(rows)
		if rows == nil {
			got = "all"
		}
		if err != nil || got != test.want || len(problems) > 0 {
			t.Errorf("%q means %q, want %q; problems %v, %v", test.query, got, test.want, problems, err)
		}
		again, _ := Parse(q.String())
		if !reflect.DeepEqual(again, q) {
			t.Errorf("%q is written %q, which is read as %+v, not %+v", test.query, q.String(), again, q)
		}
	}
}

// What is wrong is told, and does not count: the other terms hold.
func TestProblems(t *testing.T) {
	for _, test := range []struct {
		query string
		fault Fault
		words string
	}{
		{"sendr:@a*", NoField, "no field sendr: did you mean sender?"},
		{"sndr:x", NoField, "did you mean sender?"},
		{"state:x", NoField, "no field state: there are type, key"},
		{"vedict:fail", NoField, "did you mean verdict?"},
		{"xyzzyxyzzy:x", NoField, "there are type, key, sender"},
		{"type:", NoValue, "type: * and ? stand for others"},
		{"verdict:", NoValue, "verdict: fail, not_checked"},
		{"depth:", NoValue, "depth: 100, >100"},
		{"verdict:failed", NoWord, "verdict is never failed: did you mean fail?"},
		{"in:elsewhere_altogether", NoWord, "it is state, auth_chain, both, neither"},
		{"verdict:fail|x", NoWord, "verdict is never x"},
		{"check:signatur", NoWord, "did you mean signature?"},
		{"membership:joined", NoWord, "did you mean join?"},
		{"depth:high", NoNumber, "depth cannot be high: 100, >100"},
		{"depth:1|2", NoNumber, "depth cannot be 1|2"},
		{"depth:>", NoNumber, "depth cannot be >"},
		{"depth:..", NoNumber, "depth cannot be .."},
		{"depth:99999999999999999999", NoNumber, "depth cannot be"},
		{"time:yesterday", NoTime, "time cannot be yesterday: 2024, >2024-01-31"},
		{"time:2024-13", NoTime, "time cannot be 2024-13"},
	} {
		q, problems := Parse("type:m.room.member " + test.query)
		if len(q) != 1 || len(problems) != 1 || problems[0].Fault != test.fault || problems[0].Term != test.query ||
			!strings.Contains(problems[0].Words(), test.words) {
			t.Errorf("%q: %v and %+v; want %q", test.query, q, problems, test.words)
		}
	}
}

// A search that is given up ends.
func TestSelectIsGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	l := listOf(t, samples)
	q, _ := Parse("room")
	for _, o := range []Order{{}, {By: ByTime}} {
		if _, err := l.Select(ctx, q, o); !errors.Is(err, context.Canceled) {
			t.Errorf("it ends with %v", err)
		}
	}
}

func TestWith(t *testing.T) {
	q, _ := Parse("carol type:a -type:b verdict:fail")
	for _, test := range []struct {
		field Field
		value string
		want  string
	}{
		{Type, "m.x", "carol -type:b verdict:fail type:m.x"},
		{Server, Escape("a*b c"), `carol type:a -type:b verdict:fail server:"a\*b c"`},
		{Time, "2024-05", "carol type:a -type:b verdict:fail time:2024-05"},
		{Server, Escape(""), `carol type:a -type:b verdict:fail server:""`},
	} {
		if got := q.With(test.field, test.value).String(); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

// Whatever is typed is read without a panic, what is read is written so that the same is read, and a query that was
// read can be asked.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"", "type:m.room.member -sender:*:example.org", `key:"a b" "c d"`,
		"depth:>100 time:2024..", `a\`, `"\`, `-"-x"`, "verdict:f*|warn", "check:*", "--a", "a:b:c", "time:\x00", "-", `type:|`, "\xff:*"} {
		f.Add(seed)
	}
	l := listOf(f, samples)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 500 {
			return
		}
		q, problems := Parse(text)
		for _, p := range problems {
			p.Words()
		}
		written := q.String()
		again, wrong := Parse(written)
		if !reflect.DeepEqual(again, q) || len(wrong) > 0 {
			t.Fatalf("%q is written %q: %+v, not %+v; %+v", text, written, again, q, wrong)
		}
		if _, err := l.Select(context.Background(), q, Order{By: ByKey}); err != nil {
			t.Fatal(err)
		}
		l.Complete(context.Background(), text, len(text)/2)
		l.Complete(context.Background(), text, len(text))
	})
}

func TestPatternsTakeTheirTime(t *testing.T) {
	p := parsePatterns(strings.Repeat("a*", 200) + "b")[0]
	if p.matches(strings.Repeat("a", 60_000), same) {
		t.Error("it matches")
	}
}

// What no event has stands for what begins so, else for what holds it.
func TestMean(t *testing.T) {
	l := listOf(t, samples)
	for _, test := range []struct{ query, want string }{
		{"type:m.room.topic", "type:m.room.topic"},
		{"type:m.room.t", "type:m.room.t*"},
		{"type:topic", "type:*topic*"},
		{"-type:topic|m.room.create", "-type:*topic*|m.room.create"},
		{"type:nothing", "type:nothing"},
		{"type:m.*", "type:m.*"},
		{`key:"a \"b"`, `key:"a \"b*"`},
		{`key:""`, `key:""`},
		{"server:b", "server:b*"},
		{"server:b.example:8448", "server:b.example:8448"},
		{"sender:bob", "sender:*bob*"},
		{"id:/sta", "id:/sta*"},
		{"room depth:>1 verdict:fail", "room depth:>1 verdict:fail"},
	} {
		q, _ := Parse(test.query)
		meant := l.Mean(context.Background(), q)
		if got := meant.String(); got != test.want {
			t.Errorf("%s is taken to mean %s, want %s", test.query, got, test.want)
		}
		if again, _ := Parse(meant.String()); !reflect.DeepEqual(again, meant) {
			t.Errorf("%s is read as %+v, not %+v", meant, again, meant)
		}
	}
}
