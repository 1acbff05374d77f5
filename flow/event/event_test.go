package event

import "testing"

func TestSmoke(t *testing.T) {
	raw := []byte(`{"auth_events": [], "prev_events": [], "type": "m.room.create", "room_id": "!uXDCzlYgCTHtiWCkEx:jki.re", "sender": "@erikj:jki.re", "content": {"room_version": "5", "predecessor": {"room_id": "!gdRMqOrTFdOCYHNwOo:half-shot.uk", "event_id": "$LP7ROBc4b+cMc1UE9haIz8q5AK2AIW4eJ90FfKLvyZI"}, "creator": "@erikj:jki.re"}, "depth": 1, "prev_state": [], "state_key": "", "origin": "jki.re", "origin_server_ts": 1560284621137, "hashes": {"sha256": "IX6zuNiJpJPNf70BLleL3HSCpjKeq9Uhu7uUpyDjBmc"}, "signatures": {"jki.re": {"ed25519:auto": "O4IyFfF2PPtGp5uaDm8t57dZbdh8vc8Q64LgCwvzYRVItAMI0uisfiAFaxkVT7MRpzh6N2QNN5NMRXZKmgPYDA"}}, "unsigned": {"age": 1321650}}`)
	for id, want := range map[string]string{"3": "$RrGxF28UrHLmoASHndYb9Jb/1SFww2ptmtur9INS438", "4": "$RrGxF28UrHLmoASHndYb9Jb_1SFww2ptmtur9INS438"} {
		v, _ := Lookup(id)
		e, err := Parse(v, raw)
		if err != nil {
			t.Fatal(err)
		}
		if e.ID() != want {
			t.Errorf("v%s: %s\n%s", id, e.ID(), e.SignedBytes())
		}
		b, _ := e.ClaimedContentHash()
		if h := e.ContentHash(); string(b) != string(h[:]) {
			t.Error("hash")
		}
		t.Log(e.Problems(), e.Signatures())
		t.Logf("%s", e.Redacted().Raw())
	}
}
func BenchmarkX(b *testing.B) {
	raw := []byte(`{"auth_events":["$RrGxF28UrHLmoASHndYb9Jb_1SFww2ptmtur9INS438","$RrGxF28UrHLmoASHndYb9Jb_1SFww2ptmtur9INS438","$RrGxF28UrHLmoASHndYb9Jb_1SFww2ptmtur9INS438","$RrGxF28UrHLmoASHndYb9Jb_1SFww2ptmtur9INS438"],"prev_events":["$RrGxF28UrHLmoASHndYb9Jb_1SFww2ptmtur9INS438"],"type":"m.room.member","room_id":"!uXDCzlYgCTHtiWCkEx:jki.re","sender":"@erikj:jki.re","content":{"membership":"join","displayname":"Erik","avatar_url":"mxc://jki.re/asdaldkjalskdjalskdj"},"depth":1,"prev_state":[],"state_key":"@erikj:jki.re","origin":"jki.re","origin_server_ts":1560284621137,"hashes":{"sha256":"IX6zuNiJpJPNf70BLleL3HSCpjKeq9Uhu7uUpyDjBmc"},"signatures":{"jki.re":{"ed25519:auto":"O4IyFfF2PPtGp5uaDm8t57dZbdh8vc8Q64LgCwvzYRVItAMI0uisfiAFaxkVT7MRpzh6N2QNN5NMRXZKmgPYDA"}},"unsigned":{"age":1321650}}`)
	v, _ := Lookup("10")
	b.ReportAllocs()
	for b.Loop() {
		Parse(v, raw)
	}
}
