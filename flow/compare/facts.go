package compare

import (
	"cmp"
	"fmt"
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
	for _, f := range []Fact{
		{FactForm, string(a.Form), string(b.Form)},
		{FactRoomVersion, a.RoomVersion, b.RoomVersion},
		{FactSoftware, a.Software, b.Software},
		{FactOutcome, string(a.Outcome), string(b.Outcome)},
		{FactFate, fate(c.a.State), fate(c.b.State)},
		{FactServers, servers(c.a), servers(c.b)},
		{FactCandidates, count(len(c.a.State.Candidates)), count(len(c.b.State.Candidates))},
		{FactAsks, asksBy(ha.Target), asksBy(hb.Target)},
		{FactOffered, strings.Join(ha.Offered, " "), strings.Join(hb.Offered, " ")},
		{FactPolicy, ha.Like, hb.Like},
		{FactAskAll, yes(ha.AskAll), yes(hb.AskAll)},
		{FactSendTo, string(ha.SendTo), string(hb.SendTo)},
		{FactDryRun, yes(ha.DryRun), yes(hb.DryRun)},
		{FactLeave, yes(ha.Leave), yes(hb.Leave)},
		{FactOmit, maybe(ha.Omit), maybe(hb.Omit)},
		{FactNotary, yes(ha.Notary != ""), yes(hb.Notary != "")},
		{FactProbe, yes(ha.Probe), yes(hb.Probe)},
		{FactMembers, omitted(c.a.State), omitted(c.b.State)},
	} {
		derived := f.Name == FactRoomVersion || f.Name == FactFate || f.Name == FactServers
		if derived && (f.A == "" || f.B == "") {
			continue // how far each got is told by the outcome and the steps
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

// servers says which of directory and residents are one server.
func servers(s Side) string {
	roles := rolesOf(s)
	send, template, directory := roles[1], roles[2], roles[3]
	var out []string
	if directory != "" && cmp.Or(template, send) != "" {
		out = append(out, "directory "+isResident(directory == cmp.Or(template, send)))
	}
	if template != "" && send != "" && template != send {
		out = append(out, "send_join goes to another resident than make_join")
	}
	return strings.Join(out, ", ")
}

func isResident(same bool) string {
	if same {
		return "is the resident"
	}
	return "is another server than the resident"
}

func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}

func maybe(b *bool) string {
	if b == nil {
		return ""
	}
	return fmt.Sprint(*b)
}

func asksBy(target string) string {
	switch {
	case target == "":
		return ""
	case client.IsAlias(target):
		return "alias"
	}
	return "room ID"
}

func omitted(s flow.State) string {
	if s.Reply == nil {
		return ""
	}
	return yes(s.Reply.MembersOmitted)
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

func headerField(fields []client.Field, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}
