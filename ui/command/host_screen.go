package command

import (
	"context"
	"net/url"
	"strings"

	"doorstep/flow"
	"doorstep/flow/hold"
	"doorstep/flow/host"
	"doorstep/flow/sandbox"
	"doorstep/flow/shell"
	"doorstep/flow/watch"
	"doorstep/ui"
)

// hostScreen hosts one scenario and shows the joins on the screen, where answers are held until a key lets them go.
func (p *program) hostScreen(ctx context.Context, h *hosting) error {
	t := p.newHostTeller(h)
	t.silent, t.lost.later = true, true
	queue := hold.New(hold.Options{Pace: h.pace(), Longest: h.holdAtMost})
	defer queue.Close()
	shown := &tapJoins{changed: make(chan struct{}, 1)}
	h.o.Gate = queue.Pass
	h.o.OnOver = t.over
	h.o.OnJoin = func(j *watch.Join) {
		t.begins(j)
		shown.add(j)
	}
	r, file, stop, err := p.startHosting(ctx, h)
	if err != nil {
		return err
	}
	defer stop()
	if err := p.invite(ctx, r); err != nil {
		return err
	}
	shown.header = flow.Header{Source: flow.SourceHost, Tool: h.o.Tool, Target: r.Target(), Title: h.o.Scenario.Title,
		Imported: &flow.Imported{From: flow.SourceHost}}
	told := h.waitingFor(r, file)
	err = p.screen(ctx, ui.Options{Scenario: h.o.Scenario.Name, Hold: queue,
		Waiting: func() ui.WaitingFor { return told },
		Start: func(context.Context, string) (ui.Source, func(), error) {
			return waiting{shown}, func() {}, nil
		}})
	left := p.code
	queue.Close() // whoever waits finds the connection closed, not cut off by the end of the program
	r.Stop()
	p.code = 0
	switch {
	case err != nil:
		return err
	case left >= flow.Cancelled.ExitCode(): // a signal, or Ctrl-c
		p.code = left
		return t.failed()
	case h.once:
		return t.verdict()
	}
	return t.failed()
}

// pace says whether answers are held to begin with.
func (h *hosting) pace() hold.Pace {
	if h.runOn {
		return hold.RunOn
	}
	return hold.Step
}

// waitingFor is what the screen says while nobody has come: where the room is, and what whoever comes has to know.
func (h *hosting) waitingFor(r *host.Host, authority string) ui.WaitingFor {
	f := r.Federation
	w := ui.WaitingFor{
		Name:  "host " + r.Scenario.Name,
		Title: "Waiting for a homeserver whose user joins the room. " + strings.TrimSuffix(r.Scenario.Title, ".") + ".",
		Facts: []ui.Fact{
			{Key: "a", Label: "join", Value: r.Target()},
			{Key: "r", Label: "room", Value: f.RoomID},
			{Key: "s", Label: "servers", Value: strings.Join(r.Servers(), " ")},
			{Label: "by spec", Value: sandbox.DutyOf(r.Scenario).Says(), Lines: true},
		},
		Notes: []string{"The homeserver that joins has to trust those certificates, and to be allowed to reach these " +
			"addresses. HOMESERVER is where its client API is, TOKEN the access token of a user there."},
	}
	switch file, words := h.trusts(authority); {
	case file != "":
		w.Facts = append(w.Facts, ui.Fact{Key: "t", Label: "trust", Value: file})
	case words != "":
		w.Facts = append(w.Facts, ui.Fact{Label: "trust", Value: words, Lines: true})
	}
	w.Facts = append(w.Facts, ui.Fact{Key: "c", Label: "by hand", Value: string(clientJoinLine(r.Target(), r.Servers())),
		Lines: true})
	if h.o.Public {
		w.Notes = append(w.Notes, "Public: "+publicWords+".")
	}
	return w
}

// clientJoinLine is the command by which a user of a homeserver joins. A room ID needs to be told where to ask.
func clientJoinLine(target string, servers []string) shell.Text {
	path := "/_matrix/client/v3/join/" + url.PathEscape(target)
	if !strings.HasPrefix(target, "#") {
		via := url.Values{}
		for _, s := range servers {
			via.Add("via", s)
			via.Add("server_name", s)
		}
		path += "?" + via.Encode()
	}
	quoted, err := shell.Quote(path) // of what is escaped as in a URL it never errs
	if err != nil {
		return ""
	}
	return shell.Command(shell.Verbatim(`curl -X POST -H "Authorization: Bearer $TOKEN"`),
		shell.Beside(shell.Verbatim(`"$HOMESERVER"`), quoted))
}
