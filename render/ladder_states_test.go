package render

import (
	"time"

	"doorstep/render/rendertest"
)

// The lanes of most states.
const (
	client = iota
	joining
	directory
	resident
)

var began = time.Date(2026, 3, 14, 12, 0, 4, 2_000_000, time.UTC)

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func parts(p ...Untrusted) []Untrusted { return p }

func fourLanes() []Lane {
	return []Lane{
		{Role: "Client", Host: "@me:a.org", Sub: "curl/8"},
		{Role: "Joining", Host: "a.org", Sub: "Synapse 1.119"},
		{Role: "Directory", Host: "c.org", Sub: "dir + via"},
		{Role: "Resident", Host: "c.org", Sub: "Dendrite 0.13"},
	}
}

// states returns ladders of all that can happen to a join, by name.
func states() map[string]Ladder {
	start := []Row{
		{Kind: Request, From: client, To: joining, At: 0, Label: parts("join #room:c.org")},
		{Kind: Local, From: joining, To: joining, At: ms(20), Label: parts("well-known c.org")},
		{Kind: Request, From: joining, To: directory, At: ms(90), Label: parts("GET directory")},
		{Kind: Response, From: directory, To: joining, At: ms(310), Took: ms(220), Label: parts("200 !abc, 3 via"),
			Status: OK},
	}
	made := []Row{
		{Kind: Request, From: joining, To: resident, At: ms(10100), Label: parts("GET make_join", "c.org"), Attempt: 2,
			Of: 3},
		{Kind: Response, From: resident, To: joining, At: ms(10400), Took: ms(300),
			Label: parts("200 protoevent", "v11", "1.1 KiB"), Status: OK},
		{Kind: Local, From: joining, To: joining, At: ms(10410), Label: parts("fill + hash")},
		{Kind: Local, From: joining, To: joining, At: ms(10420), Label: parts("sign ed25519:a1")},
	}
	rest := []Row{
		{Kind: Request, From: joining, To: resident, At: ms(10500), Label: parts("PUT send_join", "$Xy3f..", "1.6 KiB")},
		{Kind: Note, From: resident, To: resident, At: -1, Label: parts("inferred: check auth rules")},
		{Kind: Response, From: resident, To: joining, At: ms(14200), Took: ms(3710),
			Label: parts("200 state 812 auth 96", "4.2 MiB"), Status: OK, Marked: true},
		{Kind: Local, From: joining, To: joining, At: ms(14900), Label: parts("verify 908 sigs")},
		{Kind: Response, From: joining, To: client, At: ms(15000), Took: ms(15000), Label: parts("200 !abc:c.org"),
			Status: OK},
	}
	timeout := Row{Kind: Failure, From: joining, To: resident, At: ms(330), Took: ms(9700),
		Label: parts("make_join", "d.org"), Attempt: 1, Of: 3, Reason: "timeout 10.0s"}
	with := func(lanes []Lane, cursor int, rows ...[]Row) Ladder {
		l := Ladder{Lanes: lanes, Start: began, Cursor: cursor}
		for _, r := range rows {
			l.Rows = append(l.Rows, r...)
		}
		return l
	}
	return map[string]Ladder{
		"success": with(fourLanes(), 6, start, made, rest),
		"waiting": with(fourLanes(), 4, start, []Row{
			{Kind: Request, From: joining, To: resident, At: ms(330), Label: parts("GET make_join", "c.org"), Waiting: true},
			{Kind: Response, From: resident, To: joining, At: -1, Label: parts("waiting 3.2 s", "of 20 s"), Waiting: true,
				Status: Wait},
		}),
		"ghost": with(fourLanes(), 3, start, []Row{
			{Kind: Phase, Label: parts("make_join"), Folded: true, Status: OK},
			{Kind: Ghost, From: joining, To: resident, Label: parts("PUT send_join", "c.org")},
			{Kind: Ghost, From: joining, To: joining, Label: parts("verify")},
		}),
		"failover": with(fourLanes(), 5, start, []Row{
			{Kind: Phase, Label: parts("make_join"), Status: Warn},
			timeout,
			{Kind: Gap, Took: ms(9700)},
		}, made, rest),
		"timeout": with(fourLanes(), 4, start, []Row{
			timeout,
			{Kind: Failure, From: joining, To: directory, At: ms(10400), Label: parts("GET directory", "c.org"),
				Reason: "connection refused 192.0.2.1:8448"},
			{Kind: Failure, From: resident, To: joining, At: ms(10500), Label: parts("GET /key/v2/server"),
				Reason: "certificate expired"},
			{Kind: Note, From: joining, To: resident, At: ms(10600), Status: Skipped, Label: parts("backing off until 12:09")},
			{Kind: Local, From: joining, To: joining, At: ms(10700), Status: Fail, Label: parts("no candidate left")},
		}),
		"refused": with(fourLanes(), 5, start, []Row{
			{Kind: Request, From: joining, To: resident, At: ms(330), Label: parts("GET make_join", "c.org")},
			{Kind: Response, From: resident, To: joining, At: ms(610), Label: parts("403 M_FORBIDDEN", "not invited"),
				Status: Fail},
			{Kind: Local, From: resident, To: resident, At: ms(620), Status: Warn, Label: parts("clock 70 s ahead")},
			{Kind: Response, From: joining, To: client, At: ms(700), Label: parts("403 M_FORBIDDEN",
				"You are not invited to this room."), Status: Fail},
		}),
		"merged 3": with(fourLanes(), 7, start, made, rest).Merged(),
		"merged 2": with([]Lane{
			{Role: "Client", Host: "@me:c.org"},
			{Role: "Joining", Host: "c.org", Sub: "Synapse"},
			{Role: "Directory", Host: "c.org"},
			{Role: "Resident", Host: "c.org"},
		}, 2, start, made, rest).Merged(),
		"hostile": hostile(),
	}
}

// hostile returns a ladder with a hostile text in every field.
func hostile() Ladder {
	l := Ladder{Lanes: fourLanes(), Start: began, Cursor: 4}
	for i, h := range rendertest.Hostile() {
		text := Untrusted(h.Text)
		if i < len(l.Lanes) {
			l.Lanes[i].Host, l.Lanes[i].Sub = text, text
		}
		l.Rows = append(l.Rows, Row{
			Kind: RowKind(i) % (Ghost + 1), From: i % 4, To: i / 2 % 4, At: ms(i * 10), Took: ms(i * i),
			Label: parts(text, Untrusted(h.Name), text), Reason: text, Status: Status(i) % (NotChecked + 1), Attempt: i % 3,
			Of: i % 4,
		})
	}
	return l
}
