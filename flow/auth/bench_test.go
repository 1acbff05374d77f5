package auth

import (
	"fmt"
	"testing"

	"doorstep/flow/event"
)

// largeRoom is a room of n users who joined a public room, and the events to judge: their joins.
func largeRoom(b *testing.B, version string, n int) (*room, []*event.Event) {
	r := newRoom(b, version)
	var joins []*event.Event
	for i := range n {
		user := fmt.Sprintf("@user%d:s%d.example", i, i%100)
		joins = append(joins, r.membership(user, user, "join"))
	}
	return r, joins
}

// BenchmarkVerify is a large answer's joins, each judged by its auth events.
func BenchmarkVerify(b *testing.B) {
	const n = 10_000
	for _, version := range []string{"1", "10", "12"} {
		r, joins := largeRoom(b, version, n)
		list := r.named(joins[0])
		for _, brief := range []bool{true, false} {
			c := r.context
			c.Brief, c.Memo = brief, new(Memo)
			b.Run(fmt.Sprintf("version=%s/brief=%v", version, brief), func(b *testing.B) {
				b.ReportAllocs()
				for i := range b.N {
					if v := AgainstAuthEvents(joins[i%n], list, nil, c); v.Outcome != Allowed {
						b.Fatal(v)
					}
				}
			})
		}
	}
}

// BenchmarkPower is state events that need power, under a power_levels event of nearly the largest size.
func BenchmarkPower(b *testing.B) {
	r := newRoom(b, "10")
	users := `"@bob:b.example":50`
	for i := range 1_800 {
		users += fmt.Sprintf(`,"@user%d:server.example":%d`, i, i%100)
	}
	r.power(`"users":{` + users + `}`)
	e := r.event("m.room.topic", bob, ptr(""), `{}`)
	list := r.named(e)
	for _, memo := range []*Memo{nil, new(Memo)} {
		b.Run(fmt.Sprintf("memo=%v", memo != nil), func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if v := AgainstAuthEvents(e, list, nil, Context{Brief: true, Memo: memo}); v.Outcome != Allowed {
					b.Fatal(v)
				}
			}
		})
	}
}

func BenchmarkSort(b *testing.B) {
	const n = 10_000
	r, joins := largeRoom(b, "10", n)
	for _, e := range r.state {
		joins = append(joins, e)
	}
	b.ReportAllocs()
	for range b.N {
		if ordered, _ := Sort(joins); len(ordered) != len(joins) {
			b.Fatal("events lost")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(joins)), "ns/event")
}
