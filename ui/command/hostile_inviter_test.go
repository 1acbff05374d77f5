package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow/event"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/sandbox/sandboxtest"
)

// An inviting server is that of a federation, and puts texts into its invites.
type inviting struct {
	*sandboxtest.Beside
	t    *testing.T
	text string // as JSON can have it
}

// send sends an invite, and returns the status that came back.
func (i inviting) send(sender, room, version string) int {
	i.t.Helper()
	v, _ := event.Lookup(i.Scenario.RoomVersion)
	said := map[string]any{"type": "m.room.member", "sender": sender, "state_key": i.UserID, "room_id": room,
		"origin_server_ts": time.Now().UnixMilli(), "depth": 9, "prev_events": []string{}, "auth_events": []string{},
		"content":  map[string]any{"membership": "invite", "reason": i.text, "displayname": i.text, i.text: i.text},
		"unsigned": map[string]any{i.text: i.text}, i.text: i.text}
	raw, err := json.Marshal(said)
	if err != nil {
		i.t.Fatal(err)
	}
	key := i.Servers[engine.ResidentName].Keys.Current
	e, err := event.Hash(v, raw)
	if err == nil {
		e, err = e.Sign(engine.ResidentName, key)
	}
	if err != nil {
		i.t.Fatal(err)
	}
	var shown []any
	for _, of := range []string{"m.room.name", "m.room.topic", "m.room.canonical_alias", "m.room.create", i.text} {
		shown = append(shown, map[string]any{"type": of, "sender": sender, "state_key": i.text, i.text: i.text,
			"content": map[string]any{"name": i.text, "topic": i.text, "alias": i.text, "room_version": i.text,
				i.text: i.text}})
	}
	body, err := json.Marshal(map[string]any{"room_version": version, "event": json.RawMessage(e.Raw()),
		"invite_room_state": shown, i.text: i.text})
	if err != nil {
		i.t.Fatal(err)
	}
	c := &client.Client{Roots: i.Authority.Pool(), AllowPrivate: true,
		Identity: &client.Identity{ServerName: engine.ResidentName, Key: key}}
	x := c.Do(i.t.Context(), client.Destination{Server: engine.JoiningName, Address: i.Listen, Host: engine.JoiningName,
		SNI: engine.JoiningName, VerifyName: engine.JoiningName}, client.Request{Endpoint: client.Invite, Method: "PUT",
		Body: body, Target: "/_matrix/federation/v2/invite/" + client.EscapePath(room) + "/" + client.EscapePath(e.ID())}, nil)
	if x.Response == nil {
		i.t.Errorf("no answer: %+v", x.Failure)
		return 0
	}
	return x.Response.Status
}

// calls are requests of an inviter that nobody can vouch for.
func calls(text string) []string {
	in, q, line := escaped(text), inJSON(text), strings.ReplaceAll(inLine(text), `"`, "")
	const at = "/_matrix/federation/"
	invite := `{"room_version":` + q + `,"event":{"type":` + q + `,"sender":` + inJSON("@"+text+":"+text) + `,"room_id":` +
		inJSON("!"+text) + `,"signatures":{` + q + `:{` + q + `:` + q + `}}}}`
	bound := `{"mxid":` + q + `,"invites":[{"room_id":` + q + `,"sender":` + q + `,"signed":{"token":` + q + `}}]}`
	var out []string
	for target, body := range map[string]string{at + "v2/invite/%21" + in + "/%24" + in: invite,
		at + "v1/invite/" + in + "/" + in: invite, at + "v1/3pid/onbind": bound} {
		out = append(out, fmt.Sprintf("PUT %s HTTP/1.1\r\nHost: a.example\r\nUser-Agent: %s\r\nConnection: close\r\n"+
			"Authorization: X-Matrix origin=\"resident.example\",destination=\"%[2]s\",key=\"ed25519:%[2]s\",sig=\"%[2]s\"\r\n"+
			"Content-Type: application/json\r\nContent-Length: %[3]d\r\n\r\n%[4]s", target, line, len(body), body))
	}
	return out
}

// Whatever whoever invites says, of itself, of the room and of the user, those who wait for the invite are shown it in
// lines and JSON that are harmless; so is what is recorded, and so is a replay of that.
func TestHostileInviter(t *testing.T) {
	turn := 0
	each(t, func(t *testing.T, text string) {
		turn++
		form := outputs[turn%len(outputs)] // each of them with a third of the texts
		b, err := sandboxtest.Start(t.Context(), "public-v11", t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer b.Stop()
		i := inviting{b, t, strings.ToValidUTF8(text, "\u202e\u009b")}
		record := filepath.Join(t.TempDir(), "r.jsonl")
		done := make(chan spoken)
		go func() {
			done <- said(slices.Concat([]string{"join", "--wait-invite=2m", "--dry-run", "--timeout", "10s", "--record",
				record}, b.Args(), form)...)
		}()
		askedBy(t, b.Listen, calls(text))
		good, room := "@alice:"+engine.ResidentName, b.RoomID
		if status := i.send(good, room, i.text); status == 200 {
			t.Error("an invite to a room of no version is taken")
		}
		sender, elsewhere := "@"+i.text+":"+engine.ResidentName, "!"+i.text+":"+engine.ResidentName
		taken := slices.ContainsFunc([]struct{ sender, room string }{{sender, elsewhere}, {sender, room}, {good, elsewhere},
			{good, room}}[turn%2*3:], func(by struct{ sender, room string }) bool {
			return i.send(by.sender, by.room, b.Scenario.RoomVersion) == 200
		})
		if !taken {
			t.Error("no invite is taken")
		}
		over(t, done).harmless(t)
		if kept, err := os.ReadFile(record); err != nil || !bytes.Contains(kept, []byte(seenAs)) {
			t.Errorf("nothing of it is recorded: %v", err)
		}
		recordIsHarmless(t, record)
		for _, args := range [][]string{{"replay", record, "--plain"}, {"replay", record, "--json"}, {"verify", record}} {
			said(args...).harmless(t)
		}
	})
}
