package explain

import (
	"testing"

	"doorstep/client"
)

func TestBodyAt(t *testing.T) {
	member := `{"type":"m.room.member","content":{"membership":"join","third_party_invite":{"signed":{"signatures":` +
		`{"id.example":{"ed25519:0":"x"}}}}},"auth_events":[["$a:b",{"sha256":"x"}]],` +
		`"signatures":{"a.b":{"ed25519:1":"s"}},` +
		`"unsigned":{"invite_room_state":[{"type":"m.room.name","content":{"name":"n"}}]},"odd/key~":1}`
	levels := `{"type":"m.room.power_levels","content":{"users":{"@a:b":100},"ban":50,"notifications":{"room":50}}}`
	joined := `{"event":` + member + `,"state":[` + levels + `],"auth_chain":["$x"],"members_omitted":false}`
	keys := `{"server_name":"a.b","verify_keys":{"ed25519:1":{"key":"k"}},"signatures":{"a.b":{"ed25519:1":"s"}}}`
	ok := func(body string) *client.Response { return &client.Response{Status: 200, Body: []byte(body)} }
	for _, c := range []struct {
		endpoint      client.Endpoint
		answer        *client.Response
		pointer, want string
	}{
		{client.MakeJoin, ok(`{"event":` + member + `}`), "/event", "answer to make_join /event"},
		{client.MakeJoin, ok(`{"event":` + member + `}`), "/event/content", "event /content"},
		{client.MakeJoin, ok(`{"event":` + member + `}`), "/event/content/membership",
			"content of m.room.member /membership"},
		{client.MakeJoin, ok(`{"event":` + member + `}`), "/event/auth_events/0", "event /auth_events/*"},
		{client.MakeJoin, ok(`{"event":` + member + `}`), "/event/auth_events/0/1/sha256", "event /auth_events/*/*/sha256"},
		{client.SendJoinV2, ok(joined), "/event/signatures/a.b/ed25519:1", "event /signatures/*/*"},
		{client.SendJoinV2, ok(joined), "/event/content/third_party_invite/signed/signatures/id.example/ed25519:0",
			"content of m.room.member /third_party_invite/signed/signatures/*/*"},
		{client.SendJoinV2, ok(joined), "/event/unsigned/invite_room_state/0/content/name", "content of m.room.name /name"},
		{client.SendJoinV2, ok(joined), "/event/odd~1key~0", "event /odd~1key~0"},
		{client.SendJoinV2, ok(joined), "/state", "answer to send_join /state"},
		{client.SendJoinV2, ok(joined), "/state/0", "answer to send_join /state/*"},
		{client.SendJoinV2, ok(joined), "/state/0/type", "event /type"},
		{client.SendJoinV2, ok(joined), "/state/0/content/users/@a:b", "content of m.room.power_levels /users/*"},
		{client.SendJoinV2, ok(joined), "/state/0/content/notifications/room",
			"content of m.room.power_levels /notifications/room"},
		{client.SendJoinV2, ok(joined), "/state/1", ""},
		{client.SendJoinV2, ok(joined), "/state/x", ""},
		{client.SendJoinV2, ok(joined), "/nothing", ""},
		{client.SendJoinV2, ok(joined), "", ""},
		{client.SendJoinV1, ok(`[200,` + joined + `]`), "/0", "answer to send_join v1 /0"},
		{client.SendJoinV1, ok(`[200,` + joined + `]`), "/1", "answer to send_join v1 /1"},
		{client.SendJoinV1, ok(`[200,` + joined + `]`), "/1/state/0/content/ban", "content of m.room.power_levels /ban"},
		{client.SendJoinV1, ok(`[403,{"errcode":"M_FORBIDDEN"}]`), "/1/errcode", "error /errcode"},
		{client.SendJoinV1, ok(joined), "/state", "answer to send_join /state"},
		{client.SendJoinV2, &client.Response{Status: 403, Body: []byte(`{"errcode":"M_FORBIDDEN"}`)}, "/errcode",
			"error /errcode"},
		{client.ServerKeys, ok(keys), "/verify_keys/ed25519:1/key", "key document /verify_keys/*/key"},
		{client.NotaryQuery, ok(`{"server_keys":[` + keys + `]}`), "/server_keys/0", "answer to key/query /server_keys/*"},
		{client.NotaryQuery, ok(`{"server_keys":[` + keys + `]}`), "/server_keys/0/signatures/a.b",
			"key document /signatures/*"},
	} {
		body, _ := AnswerBody(c.endpoint, c.answer)
		if at, ok := body.At(c.pointer); at.Where != c.want || ok != (c.want != "") {
			t.Errorf("%s of %s: %q, want %q", c.pointer, c.endpoint, at.Where, c.want)
		}
	}
}
