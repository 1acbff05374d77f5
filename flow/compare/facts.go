package compare

import (
	"cmp"
	"strconv"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
)

// facts are what two handshakes say differently about themselves.
func (c *comparer) facts(a, b Summary) []Fact {
	out := []Fact{}
	ha, hb := c.a.Trace.Header, c.b.Trace.Header
	ra, rb := rolesOf(c.a), rolesOf(c.b)
	for _, f := range []Fact{
		{FactForm, string(a.Form), string(b.Form)},
		{FactRoomVersion, a.RoomVersion, b.RoomVersion},
		{FactSoftware, a.Software, b.Software},
		{FactOutcome, string(a.Outcome), string(b.Outcome)},
		{FactFate, fate(c.a.State), fate(c.b.State)},
		{FactDirectory, sameServer(ra[3], ra[2]), sameServer(rb[3], rb[2])},
		{FactSameResident, sameServer(ra[1], ra[2]), sameServer(rb[1], rb[2])},
		{FactCandidates, count(len(c.a.State.Candidates)), count(len(c.b.State.Candidates))},
		{FactAsks, asksBy(ha.Target), asksBy(hb.Target)},
		{FactOffered, strings.Join(ha.Offered, " "), strings.Join(hb.Offered, " ")},
		{FactPolicy, ha.Like, hb.Like},
		{FactAskAll, yesOrNo(ha.AskAll), yesOrNo(hb.AskAll)},
		{FactSendTo, string(ha.SendTo), string(hb.SendTo)},
		{FactDryRun, yesOrNo(ha.DryRun), yesOrNo(hb.DryRun)},
		{FactLeave, yesOrNo(ha.Leave), yesOrNo(hb.Leave)},
		{FactOmit, maybe(ha.Omit), maybe(hb.Omit)},
		{FactNotary, yesOrNo(ha.Notary != ""), yesOrNo(hb.Notary != "")},
		{FactProbe, yesOrNo(ha.Probe), yesOrNo(hb.Probe)},
		{FactMembers, omitted(c.a.State), omitted(c.b.State)},
	} {
		switch f.Name {
		case FactRoomVersion, FactFate, FactDirectory, FactSameResident:
			if f.A == "" || f.B == "" {
				continue // how far each got is told by the outcome and the steps
			}
		}
		if f.A != f.B {
			out = append(out, f)
		}
	}
	return out
}

func fate(s flow.State) string {
	if s.Sent == nil {
		return ""
	}
	return s.Fate().String()
}

// sameServer says whether two servers that played a part are one; empty where one part was not played.
func sameServer(a, b string) string {
	if a == "" || b == "" {
		return ""
	}
	return yesOrNo(a == b)
}

func yesOrNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func maybe(b *bool) string {
	if b == nil {
		return ""
	}
	return yesOrNo(*b)
}

func asksBy(target string) string {
	switch {
	case target == "":
		return ""
	case client.IsAlias(target):
		return "alias"
	}
	return "room_id"
}

func omitted(s flow.State) string {
	return yesOrNo(s.Reply != nil && s.Reply.MembersOmitted)
}

// software is what the resident server says it runs: to the question, or in the header of its answers. Who passes a
// header on is not told from who wrote it; that of a gateway's own answer is left out.
func software(s Side) string {
	roles := rolesOf(s)
	resident := cmp.Or(roles[1], roles[2])
	if resident == "" {
		return ""
	}
	for _, c := range s.State.Candidates {
		if c.Server == resident && c.Software != "" {
			return c.Software
		}
	}
	for i := range s.Trace.Entries {
		e := &s.Trace.Entries[i]
		if e.Server != resident || e.Response == nil || e.Kind != flow.Response || e.From == flow.Joining ||
			e.Speaker() != response.Homeserver {
			continue
		}
		if name := headerField(e.Response.Header, "Server"); name != "" {
			return name
		}
	}
	return ""
}
