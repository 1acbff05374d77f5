package diagnose_test

import (
	"regexp"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/flowtest"
	"doorstep/flow/recording"
	"doorstep/recordings"
)

// Every row of the catalogue is whole: an ID of its own, a title, a reason, advice, and what it is seen by.
func TestCatalogue(t *testing.T) {
	kebab := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	seen := map[string]bool{}
	for _, c := range diagnose.Catalogue() {
		switch {
		case !kebab.MatchString(c.ID):
			t.Errorf("%q is not kebab-case", c.ID)
		case seen[c.ID]:
			t.Errorf("%s is there twice", c.ID)
		case c.Title == "" || strings.HasSuffix(c.Title, "."):
			t.Errorf("%s: the title %q", c.ID, c.Title)
		case !strings.HasSuffix(c.Cause, ".") || !strings.HasSuffix(c.Advice, "."):
			t.Errorf("%s: cause and advice are not sentences", c.ID)
		case c.Source == "":
			t.Errorf("%s: no source", c.ID)
		case c.Sight == diagnose.Elsewhere && (c.Where == "" || diagnose.Seen(c)):
			t.Errorf("%s: not visible from here, and does not say where it is", c.ID)
		case c.Sight == diagnose.Suspected && c.Apart == "":
			t.Errorf("%s: a suspicion without a way to settle it", c.ID)
		case c.Sight != diagnose.Elsewhere && !diagnose.Seen(c) || c.Sight != diagnose.Detected &&
			c.Sight != diagnose.Suspected && c.Sight != diagnose.Elsewhere:
			t.Errorf("%s: %s, and nothing looks for it", c.ID, c.Sight)
		}
		if got, ok := diagnose.CauseOf(c.ID); !ok || got.Title != c.Title {
			t.Errorf("%s is not found by its ID", c.ID)
		}
		seen[c.ID] = true
	}
	if _, ok := diagnose.CauseOf("nothing-of-the-kind"); ok {
		t.Error("a cause that does not exist is found")
	}
}

// In no recorded handshake that ended well is anything an error, and every one that did not has a finding that is.
func TestFindingsOfRecordings(t *testing.T) {
	names := recordings.Names()
	if len(names) == 0 {
		t.Fatal("nothing is recorded")
	}
	for _, name := range names {
		r, err := recordings.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		trace, err := recording.Read(r)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		good := flow.Fold(trace).Outcome().ExitCode() == 0
		errors := 0
		for _, f := range diagnose.Findings(trace, flow.Fold(trace)) {
			if f.Severity == diagnose.SeverityError {
				errors++
				if good {
					t.Errorf("%s ended well, and %s is an error", name, f.ID)
				}
			}
		}
		if !good && errors == 0 {
			t.Errorf("%s failed, and nothing says why", name)
		}
	}
}

// Refusals as homeservers word them lead to the right row, whichever software it is.
func TestRefusalWords(t *testing.T) {
	for text, want := range map[string]string{
		// Synapse
		"403 M_FORBIDDEN @you:joining.example is banned from the room":                                          "banned",
		"403 M_FORBIDDEN You are banned from this room":                                                         "banned",
		"403 M_FORBIDDEN You are not invited to this room.":                                                     "not-invited",
		"403 M_FORBIDDEN Server is banned from room":                                                            "server-acl",
		"403 M_FORBIDDEN This room has been marked as unfederatable.":                                           "not-federated",
		"403 M_FORBIDDEN Federation denied with joining.example.":                                               "federation-denied",
		"403 M_FORBIDDEN You do not belong to any of the required rooms/spaces to join this room.":              "restricted-not-met",
		"400 M_UNABLE_TO_AUTHORISE_JOIN Unable to check if @you:joining.example is in allowed rooms.":           "unable-to-authorise",
		"400 M_UNABLE_TO_GRANT_JOIN Unable to find a user which could issue an invite":                          "unable-to-grant",
		"404 M_NOT_FOUND Not an active room on this server":                                                     "candidate-left",
		"404 M_NOT_FOUND Unable to handle /make_join right now; this server is not fully joined.":               "candidate-partial",
		"404 M_NOT_FOUND Could not find room !r:a.example":                                                      "room-unknown",
		"403 M_FORBIDDEN No create event in auth events":                                                        "room-dead",
		"401 M_UNAUTHORIZED Failed to find any key to satisfy: _FetchKeyRequest(server_name='joining.example')": "key-unreachable",
		"401 M_UNAUTHORIZED Invalid signature for server joining.example with key ed25519:a_1: Unable to verify signature " +
			"for": "signature-refused",
		"401 M_UNAUTHORIZED Missing Authorization headers":                                                                  "authorization-stripped",
		"400 M_UNAUTHORIZED Malformed Authorization header":                                                                 "authorization-malformed",
		"401 M_UNAUTHORIZED Destination mismatch in auth header, received: 'b.example'":                                     "wrong-destination",
		"429 M_LIMIT_EXCEEDED Too Many Requests":                                                                            "rate-limited",
		"400 M_INCOMPATIBLE_ROOM_VERSION Your homeserver does not support the features required to interact with this room": "incompatible-version",

		// Dendrite
		`403 M_FORBIDDEN eventauth: "@you:joining.example" is not allowed to change their membership from "ban" to "join" as sender cannot set their own membership to "join"`: "banned",
		`403 M_FORBIDDEN eventauth: "@you:joining.example" is not allowed to change their membership from "leave" to "join" as join rule "invite" forbids it`:                  "not-invited",
		`403 M_FORBIDDEN eventauth: "@you:joining.example" is not allowed to change their membership from "leave" to "join" as join rule "" forbids it`:                        "not-invited",
		`403 M_FORBIDDEN eventauth: "@you:joining.example" is not allowed to change their membership from "leave" to "join" as join rule "restricted" forbids it`:              "restricted-not-met",
		`403 M_FORBIDDEN eventauth: "@you:joining.example" is not allowed to change their membership from "" to "join" as join rule "knock_restricted" forbids it`:             "restricted-not-met",
		"400 M_INVALID_PARAM Invalid UserID":                                    "user-id-refused",
		"403 M_FORBIDDEN Forbidden by server ACLs":                              "server-acl",
		"403 M_FORBIDDEN eventauth: room is unfederatable":                      "not-federated",
		"403 M_FORBIDDEN You are not joined to any matching rooms.":             "restricted-not-met",
		"404 M_NOT_FOUND Local server not currently joined to room: !r:a":       "candidate-left",
		"404 M_NOT_FOUND Room does not exist":                                   "room-unknown",
		"401 - Invalid request signature":                                       "signature-refused",
		`400 - Unrecognised server name "b.example" for Destination`:            "wrong-destination",
		`401 - Missing "Authorization: X-Matrix ..." HTTP header`:               "authorization-stripped",
		"400 M_UNABLE_TO_AUTHORISE_JOIN This server cannot authorise the join.": "unable-to-authorise",

		// tuwunel and its relatives
		"403 M_FORBIDDEN Auth check failed: banned user cannot join room":                 "banned",
		"403 M_FORBIDDEN Auth check failed: cannot join a room that is not `public`":      "not-invited",
		"403 M_FORBIDDEN Server was denied by room ACL":                                   "server-acl",
		"403 M_FORBIDDEN Federation requests from joining.example denied.":                "federation-denied",
		"403 M_FORBIDDEN Failed to fetch signing keys: no such host":                      "key-unreachable",
		"403 M_FORBIDDEN Failed to verify X-Matrix signatures.":                           "signature-refused",
		"403 M_FORBIDDEN Invalid destination.":                                            "wrong-destination",
		"404 M_NOT_FOUND Room is unknown to this server.":                                 "room-unknown",
		"400 M_UNABLE_TO_GRANT_JOIN No user on this server is able to assist in joining.": "unable-to-grant",

		"500 - ": "bare-internal-error",
		"403 M_FORBIDDEN The room does not feel like it": "unexplained-refusal",
	} {
		status, errcode, message := 0, "", ""
		parts := strings.SplitN(text, " ", 3)
		for _, c := range parts[0] {
			status = status*10 + int(c-'0')
		}
		errcode, message = parts[1], parts[2]
		body := string(flow.JSONObject("errcode", errcode, "error", message))
		switch {
		case errcode == "-" && message == "":
			body = `{"Err":""}`
		case errcode == "-":
			body = string(flow.JSONObject("message", message))
		}
		s := flowtest.NewScript(func(h *flow.Header) {
			h.Target, h.Via, h.Source = "!r:a.example", []string{"a.example"},
				flow.SourceImport
		}).Joins().Does(status, body)
		found := diagnose.Findings(s.Trace, flow.Fold(s.Trace))
		if len(found) == 0 || found[0].ID != want {
			var ids []string
			for _, f := range found {
				ids = append(ids, f.ID)
			}
			t.Errorf("%s: %q, want %s first", text, ids, want)
		}
	}
}

// What a homeserver tells its client, with nothing or with a good answer behind it: hints at what is wrong with itself.
func TestFindingsOfHomeservers(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"back-off": {502, string(flow.JSONObject("errcode", "M_UNKNOWN", "error",
			"Failed to make_join via any server")), "we-back-off"},
		"stale copy": {403, string(flow.JSONObject("errcode", "M_FORBIDDEN", "error",
			`not allowed to change membership from "leave" to "join"`)), "stale-local-copy"},
		"rate limit": {429, string(flow.JSONObject("errcode", "M_LIMIT_EXCEEDED", "error", "Too Many Requests")),
			"client-rate-limited"},
		"nothing known": {418, `{}`, "unexplained-refusal"},
	} {
		s := flowtest.NewScript(func(h *flow.Header) { h.Source = "tap" }).Joins()
		s.Add(flow.Entry{Kind: flow.Response, Step: flow.A8, From: flow.Joining, To: flow.Client, Answers: 1,
			Response: &client.Response{Status: tt.status, Body: []byte(tt.body)}})
		var ids []string
		for _, f := range diagnose.Findings(s.Trace, flow.Fold(s.Trace)) {
			ids = append(ids, f.ID)
		}
		if strings.Join(ids, " ") == "" || !strings.Contains(" "+strings.Join(ids, " ")+" ", " "+tt.want+" ") {
			t.Errorf("%s: %q, want %s", name, ids, tt.want)
		}
	}
}

// An alias that needs escapes and is not found raises a suspicion, a plain one does not.
func TestAliasEncoding(t *testing.T) {
	for alias, want := range map[string]bool{"#room:a.example": false, "#Ünder/20%:a.example": true} {
		s := flowtest.NewScript(func(h *flow.Header) { h.Target, h.Via = alias, nil }).Joins().Does(404,
			flowtest.RefusalBody("M_NOT_FOUND"))
		got := false
		for _, f := range diagnose.Findings(s.Trace, flow.Fold(s.Trace)) {
			if f.ID == "alias-encoding" {
				got = f.Suspect && f.Severity == diagnose.SeverityError
			}
		}
		if got != want {
			t.Errorf("%s: suspected %t", alias, got)
		}
	}
}

// Dendrite says the same of a key that it cannot fetch and of a signature that does not verify: whether it came for
// our key tells the two apart.
func TestKeyOrSignature(t *testing.T) {
	for fetched, want := range map[bool]string{false: "key-unreachable", true: "signature-refused"} {
		s := flowtest.NewScript(func(h *flow.Header) {
			h.Target, h.Via, h.Source = "!r:a.example", []string{"a.example"},
				"join"
		}).Joins()
		if fetched {
			s.Add(flow.Entry{Kind: flow.Request, Step: flow.R, From: flow.Resident, To: flow.Joining, Server: "a.example",
				Request: &client.Request{Endpoint: client.ServerKeys}})
		}
		s.Does(401, `{"message":"Invalid request signature"}`)
		if found := diagnose.Findings(s.Trace, flow.Fold(s.Trace)); len(found) == 0 || found[0].ID != want {
			t.Errorf("fetched %t: %+v, want %s first", fetched, found, want)
		}
	}
}

// That events of the room arrive proves that we are in it, whatever became of the answer; events of another room do
// not.
func TestHalfJoined(t *testing.T) {
	for room, want := range map[string]bool{"!r:a.example": true, "!other:a.example": false} {
		s := flowtest.NewScript(func(h *flow.Header) { h.Target, h.Via = "!r:a.example", []string{"a.example"} }).Joins().Does(200, flowtest.GoodTemplate)
		s.Add(flow.Entry{Kind: flow.Local, Step: flow.L1, From: flow.Joining, To: flow.Joining,
			Build: &flow.Build{Membership: "join", EventID: "$e", Event: []byte(flowtest.GoodEvent)}})
		s.Loses(client.FailedClosed)
		s.Add(flow.Entry{Kind: flow.Request, Step: flow.R, From: flow.Resident, To: flow.Joining, Server: "a.example",
			Request: &client.Request{Endpoint: client.Send,
				Body: []byte(`{"pdus":[{"type":"m.room.message","room_id":"` + room + `"}]}`)}})
		got := false
		for _, f := range diagnose.Findings(s.Trace, flow.Fold(s.Trace)) {
			got = got || f.ID == "half-joined"
		}
		if got != want {
			t.Errorf("an event of %s: half-joined %t", room, got)
		}
	}
}

// An answer that passes every check, and a homeserver that fails all the same.
func TestHomeserverFailsAfter(t *testing.T) {
	trace := flowtest.Embedded(t, "public-v11")
	heard := trace.Answer(1)
	heard.Response = &client.Response{Status: 502, Body: flow.JSONObject("errcode", "M_UNKNOWN", "error",
		"Failed to talk to main process")}
	found := diagnose.Findings(trace, flow.Fold(trace))
	if len(found) == 0 || found[0].ID != "homeserver-fails-after" || !found[0].Suspect ||
		found[0].Severity != diagnose.SeverityError {
		t.Errorf("%+v", found)
	}
}
