package verify_test

import (
	"crypto/ed25519"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
)

// bigRoom makes a room of n events, always the same: most of them members, a third of those on one server, the rest on
// forty others; power levels that change as the room grows, names and topics, members who leave again.
func bigRoom(t testing.TB, version string, n int) (*flowtest.Room, flowtest.Answer) {
	r := flowtest.NewRoom(t, version)
	random := rand.New(rand.NewPCG(1, 2))
	r.Add("C", "m.room.create", "@alice:a.example", "", r.CreateContent(), flowtest.Change{})
	r.Add("M1", "m.room.member", "@alice:a.example", "@alice:a.example", `{"membership":"join"}`, flowtest.Change{})
	r.Add("P", "m.room.power_levels", "@alice:a.example", "", r.Levels(0), flowtest.Change{})
	r.Add("J1", "m.room.join_rules", "@alice:a.example", "", `{"join_rule":"public"}`, flowtest.Change{})
	var joined []string
	for i := len(r.Order); i < n; i++ {
		name := fmt.Sprint(i)
		switch p := random.IntN(100); {
		case p == 0:
			r.Add(name, "m.room.power_levels", "@alice:a.example", "", r.Levels(i%100), flowtest.Change{})
		case p == 1:
			r.Add(name, "m.room.topic", "@alice:a.example", "", `{"topic":"`+name+`"}`, flowtest.Change{})
		case p < 10 && len(joined) > 0:
			at := random.IntN(len(joined))
			user := joined[at]
			joined = slices.Delete(joined, at, at+1)
			r.Add(name, "m.room.member", user, user, `{"membership":"leave"}`, flowtest.Change{})
		default:
			server := "b.example"
			if random.IntN(3) > 0 {
				server = fmt.Sprintf("s%d.example", random.IntN(40))
			}
			user := "@user" + name + ":" + server
			joined = append(joined, user)
			r.Add(name, "m.room.member", user, user, `{"avatar_url":"mxc://`+server+`/`+name+`","displayname":"User `+name+`","membership":"join"}`, flowtest.Change{})
		}
	}
	r.Add("join", "m.room.member", "@you:you.example", "@you:you.example", `{"membership":"join"}`,
		flowtest.Change{Aside: true})
	r.Documents["you.example"] = flowtest.KeyDocument(t, "you.example")

	byID := map[string]string{}
	for _, name := range r.Order {
		byID[r.Events[name].ID()] = name
	}
	var a flowtest.Answer
	inState, needed := map[string]bool{}, map[string]bool{}
	for _, e := range r.State {
		inState[byID[e.ID()]] = true
	}
	var need func(name string)
	need = func(name string) {
		for _, id := range r.Events[name].AuthEvents() {
			if other := byID[id]; !needed[other] {
				needed[other] = true
				need(other)
			}
		}
	}
	for name := range inState {
		need(name)
	}
	for _, name := range r.Order {
		if inState[name] {
			a.State = append(a.State, name)
		}
		if needed[name] {
			a.Chain = append(a.Chain, name)
		}
	}
	return r, a
}

// cpuTime is how much processor time the process has used; zero where that cannot be told.
var cpuTime = func() time.Duration { return 0 }

// BenchmarkVerify takes answers of 10,000 events from their bytes to the verdict. Beside it, in the same run and on
// as many processors, the signatures alone are verified with crypto/ed25519: the ratio is what everything else costs.
func BenchmarkVerify(b *testing.B) {
	for _, version := range []string{"10", "12"} {
		b.Run("v"+version, func(b *testing.B) {
			r, a := bigRoom(b, version, 10_000)
			s := r.After(r.Body(a))
			v := s.Verify()
			if left := r.NotPassed(v); len(left) > 0 || v.Invalid != "" || v.Unproven != "" {
				b.Fatalf("the room is not in order: %q", left[:min(len(left), 5)])
			}
			type plain struct {
				key       ed25519.PublicKey
				message   []byte
				signature []byte
			}
			var alone []plain
			for _, c := range verify.Claims(v) {
				for _, x := range c.Event.Signatures() {
					key, _ := s.Keys.Of(x.Server).Keys.Get(x.KeyID)
					alone = append(alone, plain{key.Public, c.Event.SignedBytes(), x.Bytes})
				}
			}
			var whole, floor, wholeCPU, floorCPU time.Duration
			b.ReportAllocs()
			b.SetBytes(int64(len(s.Reply.Body)))
			for b.Loop() {
				begun, cpu := time.Now(), cpuTime()
				s.Reply = verify.ReadReply(9, "a.example", s.Reply.Body)
				if s.Verify().Tally(verify.KindSignature).Pass < len(alone) {
					b.Fatal("not every signature was verified")
				}
				whole, wholeCPU = whole+time.Since(begun), wholeCPU+cpuTime()-cpu
				b.StopTimer()
				begun, cpu = time.Now(), cpuTime()
				verify.InParallel(len(alone), 64, nil, func(i int) {
					if !ed25519.Verify(alone[i].key, alone[i].message, alone[i].signature) {
						b.Error("a signature does not verify")
					}
				})
				floor, floorCPU = floor+time.Since(begun), floorCPU+cpuTime()-cpu
				b.StartTimer()
			}
			b.ReportMetric(float64(v.Counts.Events)*float64(b.N)/whole.Seconds(), "events/s")
			b.ReportMetric(float64(whole)/float64(floor), "x-ed25519")
			if floorCPU > 0 { // says more than the time passed where others use the machine too
				b.ReportMetric(float64(wholeCPU)/float64(floorCPU), "x-ed25519-cpu")
			}
		})
	}
}
