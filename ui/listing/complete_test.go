package listing

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

func TestComplete(t *testing.T) {
	l := listOf(t, samples)
	for _, test := range []struct{ query, want string }{ // | is the cursor; = how many events have a value
		{"|", "type: key: sender: server: id: in: verdict: membership:"},
		{"t|", "type: time:"},
		{"-t|", "-type: -time:"},
		{"carol se|", "sender: server:"},
		{"type:|", "type:m.room.member=4 type:m.room.create=1 type:m.room.topic=1 type:\"org.example.odd \\*type\"=1"},
		{"type:m.room.m| carol", "type:m.room.member=4"},
		{"type:topic|", "type:m.room.topic=1"},
		{"type:M.ROOM.T|", "type:m.room.topic=1"},
		{"-server:|", "-server:a.example=3 -server:b.example:8448=2 -server:c.example=1 -server:own.example=1"},
		{"server:a.example\\|b|", "server:a.example|b.example:8448=2"},
		{"verdict:|", "verdict:pass=4 verdict:fail=2 verdict:not_checked=1 verdict:redacted=1 verdict:warn=1"},
		{"in:|", "in:state=6 in:auth_chain=3 in:both=2 in:neither=1"},
		{"membership:|", "membership:join=3 membership:ban=1"},
		{"check:|", "check:auth_chain_padding=1 check:content_hash=1 check:event_format=1 check:signature=1"},
		{"check:s|", "check:signature=1"},
		{"time:|", "time:2024=5 time:2020=2"},
		{"depth:|", ""},
		{"key:a|", `key:"a \"b\" c"=1`},
		{"sendr:|", ""},
		{"type:nothing|", ""},
		{"|carol", "type: key: sender: server: id: in: verdict: membership:"},
	} {
		text := strings.Replace(test.query, "\\|", "\x00", 1)
		at := strings.IndexByte(text, '|')
		text = strings.ReplaceAll(strings.Replace(text, "|", "", 1), "\x00", "|")
		c := l.Complete(context.Background(), text, at)
		var got []string
		for _, one := range c.Candidates[:min(len(c.Candidates), candidatesShown)] {
			s := one.Text
			if one.Count > 0 {
				s += fmt.Sprint("=", one.Count)
				q, problems := Parse(s[:strings.LastIndexByte(s, '=')])
				if len(q) != 1 || len(problems) > 0 {
					t.Errorf("%q completes to %q, which cannot be read: %+v", test.query, one.Text, problems)
				}
			}
			got = append(got, s)
		}
		if s := strings.Join(got, " "); s != test.want {
			t.Errorf("%q completes to\n%s\nwant\n%s", test.query, s, test.want)
		}
	}
}

func TestFind(t *testing.T) {
	l := listOf(t, samples)
	for i := range l.Len() {
		if row, n := l.Find(l.ID(i)); row != i || n != 1 {
			t.Errorf("%s is found at %d, %d times", l.ID(i), row, n)
		}
	}
	whole := l.ID(3)
	if row, n := l.Find(whole[:20]); row != 3 || n != 1 {
		t.Errorf("its beginning is found at %d, %d times", row, n)
	}
	if row, n := l.Find("$"); row != -1 || n != len(samples)+1 {
		t.Errorf("what all begin with is found at %d, %d times", row, n)
	}
	if row, n := l.Find("$nowhere"); row != -1 || n != 0 {
		t.Errorf("what is not there is found at %d, %d times", row, n)
	}
}
