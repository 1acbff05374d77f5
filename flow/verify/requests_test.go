package verify_test

import (
	"slices"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow/flowtest"
	"doorstep/flow/verify"
)

const (
	joinedRoom = "!r:a.example"
	goodHeader = `X-Matrix origin="you.example",destination="a.example",key="ed25519:1",sig="…"`
)

// An asking is a request of a joining server, and what its hosts find.
type asking struct {
	name    string
	request client.Request
	header  []client.Field // in place of good ones
	auth    *verify.Authenticity
	keys    *verify.KeyRing
	room    string // "" is joinedRoom
	earlier []verify.Received
	want    []string // "outcome check fault", of those that did not pass
}

func makesJoin() client.Request {
	return client.MakeJoinRequest(joinedRoom, "@you:you.example", []string{"11"})
}

func sendsJoin(v2 bool, sender, room string) client.Request {
	return client.SendJoinRequest(v2, joinedRoom, "$e", []byte(`{"sender":"`+sender+`","room_id":"`+room+`"}`), nil)
}

func targeting(target string) client.Request {
	r := makesJoin()
	r.Target = target
	return r
}

func signedBy(value string) []client.Field {
	return []client.Field{{Name: "Authorization", Value: value}, {Name: "Content-Type", Value: "application/json"}}
}

// before is a send_join to v2 that was answered with that status; 0: not at all.
func before(server string, status int, body string) verify.Received {
	r := sendsJoin(true, "@you:you.example", joinedRoom)
	out := verify.Received{Seq: 5, Server: server, Request: &r}
	if status > 0 {
		out.Answer = &client.Response{Status: status, Body: []byte(body)}
	}
	return out
}

func noKeys() *verify.KeyRing {
	k := verify.NewKeyRing()
	return &k
}

const path = "/_matrix/federation/v1/make_join/"

var askings = []asking{
	{name: "make_join", request: makesJoin()},
	{name: "send_join", request: sendsJoin(true, "@you:you.example", joinedRoom)},
	{name: "a lookup", request: client.DirectoryRequest("#room:a.example")},
	{name: "content type with a charset", request: sendsJoin(true, "@you:you.example", joinedRoom), header: []client.Field{
		{Name: "Authorization", Value: goodHeader}, {Name: "content-type", Value: "application/json; charset=utf-8"}}},

	{name: "no header is known", request: makesJoin(), header: []client.Field{}, want: []string{
		"not_checked request_authorization", "not_checked request_destination", "not_checked request_signature"}},
	{name: "unsigned", request: makesJoin(), header: []client.Field{{Name: "Host", Value: "a.example"}}, want: []string{
		"fail request_authorization authorization-missing", "not_checked request_destination",
		"not_checked request_signature"}},
	{name: "a token", request: makesJoin(), header: signedBy("Bearer x"), want: []string{
		"fail request_authorization authorization-other", "not_checked request_destination",
		"not_checked request_signature"}},
	{name: "no key", request: makesJoin(), header: signedBy(`X-Matrix origin="you.example",sig="…"`), want: []string{
		"fail request_authorization authorization-malformed", "not_checked request_destination",
		"not_checked request_signature"}},
	{name: "no destination", request: makesJoin(),
		header: signedBy(`X-Matrix origin="you.example",key="ed25519:1",sig="…"`),
		want:   []string{"fail request_destination destination-missing"}},
	{name: "another destination", request: makesJoin(),
		header: signedBy(strings.Replace(goodHeader, "a.example", "b.example", 1)),
		auth:   &verify.Authenticity{Reason: client.AuthDestination, Detail: "for another"},
		want:   []string{"fail request_destination destination-other", "not_checked request_signature"}},
	{name: "nobody says what the signature is worth", request: makesJoin(), auth: &verify.Authenticity{Reason: "-"},
		want: []string{"not_checked request_signature"}},
	{name: "signature wrong", request: makesJoin(), auth: &verify.Authenticity{Reason: client.AuthSignature},
		want: []string{"fail request_signature bad-signature"}},
	{name: "key not published", request: makesJoin(), auth: &verify.Authenticity{Reason: client.AuthUnknownKey},
		want: []string{"fail request_signature key-unpublished"}},
	{name: "no key document", request: makesJoin(), auth: &verify.Authenticity{Reason: client.AuthUnknownKey},
		keys: noKeys(), want: []string{"fail request_signature key-document-not-had"}},
	{name: "user of another", request: client.MakeJoinRequest(joinedRoom, "@you:b.example", nil),
		want: []string{"fail request_origin user-of-another-server"}},
	{name: "sender of another", request: sendsJoin(true, "@you:b.example", joinedRoom),
		want: []string{"fail request_origin user-of-another-server"}},
	{name: "no content type", request: sendsJoin(true, "@you:you.example", joinedRoom),
		header: []client.Field{{Name: "Authorization", Value: goodHeader}},
		want:   []string{"fail request_content_type content-type-missing"}},
	{name: "another content type", request: sendsJoin(true, "@you:you.example", joinedRoom),
		header: []client.Field{{Name: "Authorization", Value: goodHeader}, {Name: "Content-Type", Value: "text/plain"}},
		want:   []string{"fail request_content_type content-type-other"}},

	{name: "v1 first", request: sendsJoin(false, "@you:you.example", joinedRoom),
		want: []string{"warn request_endpoint old-endpoint-first"}},
	{name: "v1 after 404", request: sendsJoin(false, "@you:you.example", joinedRoom),
		earlier: []verify.Received{before("a.example", 404, `{"errcode":"M_UNRECOGNIZED"}`)}},
	{name: "v1 after 400 that says so", request: sendsJoin(false, "@you:you.example", joinedRoom),
		earlier: []verify.Received{before("a.example", 400, `{"errcode":"M_UNRECOGNIZED"}`)}},
	{name: "v1 after 500", request: sendsJoin(false, "@you:you.example", joinedRoom),
		earlier: []verify.Received{before("a.example", 500, `{}`)},
		want:    []string{"warn request_endpoint old-endpoint-after"}},
	{name: "v1 after silence", request: sendsJoin(false, "@you:you.example", joinedRoom),
		earlier: []verify.Received{before("a.example", 0, "")}, want: []string{"warn request_endpoint old-endpoint-after"}},
	{name: "v1 after 404 of another", request: sendsJoin(false, "@you:you.example", joinedRoom),
		earlier: []verify.Received{before("b.example", 404, `{}`)},
		want:    []string{"warn request_endpoint old-endpoint-first"}},

	{name: "escaped twice", request: targeting(path + "%2521r%253Aa.example/@you:you.example"), room: "%21r%3Aa.example",
		want: []string{"fail request_escapes escaped-twice"}},
	{name: "a blank", request: targeting(path + "!r:a.example/@y u:you.example"), want: []string{
		"fail request_escapes escapes-missing"}},
	{name: "a percent sign", request: targeting(path + "!r:a.example/@100%:you.example"), want: []string{
		"fail request_escapes escapes-missing"}},
	{name: "no escapes, and none needed", request: targeting(path + "!r:a.example/@you:you.example")},
	{name: "a percent sign, escaped", request: targeting(path + "!r:a.example/@a%2525b:you.example")},
	{name: "another path", request: targeting("/make_join"), want: []string{"not_checked request_escapes"}},

	{name: "another room", request: makesJoin(), room: "!other:a.example", want: []string{"fail request_room other-room"}},
	{name: "another room in the event", request: sendsJoin(true, "@you:you.example", "!other:a.example"),
		want: []string{"fail request_room other-room"}},
	{name: "room not known", request: makesJoin(), room: "-", want: []string{"not_checked request_room"}},
}

func (a asking) checks() []verify.Check {
	switch {
	case a.header == nil:
		a.request.Header = signedBy(goodHeader)
	default:
		a.request.Header = a.header
	}
	from := verify.Joiner{Server: joiner, User: "@you:you.example", RoomID: joinedRoom, Keys: ringOf(nil)}
	if a.keys != nil {
		from.Keys = *a.keys
	}
	if a.room != "" {
		from.RoomID = strings.Trim(a.room, "-")
	}
	r := verify.Received{Seq: 7, Server: "a.example", At: flowtest.FetchedAt(), Request: &a.request,
		Auth: &verify.Authenticity{}}
	if a.auth != nil {
		if r.Auth = a.auth; a.auth.Reason == "-" {
			r.Auth = nil
		}
	}
	return verify.CheckRequest(r, from, a.earlier)
}

func TestRequests(t *testing.T) {
	t.Parallel()
	for _, a := range askings {
		if got := notPassed(a.checks()); !slices.Equal(got, a.want) {
			t.Errorf("%s: found %q, want %q", a.name, got, a.want)
		}
	}
}

// An offer is a list of room versions in a make_join, and what its hosts find.
var offers = []struct {
	offered []string
	version string
	want    []string
}{
	{[]string{"10", "11"}, "11", nil},
	{[]string{"10", "11"}, "", []string{"not_checked version_offered"}},
	{[]string{"10"}, "11", []string{"fail version_offered version-not-offered"}},
	{nil, "11", []string{"fail version_offered no-versions", "not_checked versions_known"}},
	{nil, "1", []string{"not_checked versions_known"}},
	{[]string{"11", "11"}, "11", []string{"warn versions_known version-twice"}},
	{[]string{"11", "org.example.13"}, "11", []string{"warn versions_known room-version-unknown"}},
}

func offerChecks(offered []string, version string) []verify.Check {
	r := client.MakeJoinRequest(joinedRoom, "@you:you.example", offered)
	return verify.CheckOffer(verify.Received{Seq: 4, Server: "a.example", Request: &r}, version)
}

func TestOffers(t *testing.T) {
	t.Parallel()
	for _, o := range offers {
		if got := notPassed(offerChecks(o.offered, o.version)); !slices.Equal(got, o.want) {
			t.Errorf("%v for %q: found %q, want %q", o.offered, o.version, got, o.want)
		}
	}
}

var (
	accepted = verify.Conduct{Seq: 9, Accepted: true, How: "as a transaction shows"}
	refused  = verify.Conduct{Seq: 9, Refused: true, How: "as it asked again"}
	silent   = verify.Conduct{Seq: 9}

	badTemplate = []verify.Check{{Kind: verify.KindTemplateSender, Outcome: verify.Fail, Refuses: true, Detail: "sender"}}
	badAnswer   = &verify.Verification{Invalid: "no create event"}
	openAnswer  = &verify.Verification{Unproven: "no keys"}
	goodAnswer  = &verify.Verification{}
)

// sentTwice are two joins, the first answered so.
func sentTwice(server string, status int, second string) []verify.Received {
	a := before("a.example", status, "{}")
	b := before(server, 200, "{}")
	r := *b.Request
	if r.Body = []byte(second); second == "" {
		r.Body = a.Request.Body
	}
	b.Request, b.Seq = &r, 9
	return []verify.Received{a, b}
}

func same(a, b verify.Received) bool  { return true }
func other(a, b verify.Received) bool { return false }

// conducts are what joining servers do with answers, and what their hosts find.
var conducts = []struct {
	name   string
	checks []verify.Check
	want   []string
}{
	{"good template signed", verify.CheckTemplateTaken(accepted, nil), nil},
	{"good template left", verify.CheckTemplateTaken(refused, nil), []string{"fail template_taken refused-good-answer"}},
	{"bad template signed", verify.CheckTemplateTaken(accepted, badTemplate),
		[]string{"fail template_taken took-bad-answer"}},
	{"bad template left", verify.CheckTemplateTaken(refused, badTemplate), nil},
	{"bad template, and silence", verify.CheckTemplateTaken(silent, badTemplate), []string{"not_checked template_taken"}},
	{"good answer accepted", verify.CheckAnswerTaken(accepted, goodAnswer), nil},
	{"good answer refused", verify.CheckAnswerTaken(refused, goodAnswer),
		[]string{"fail answer_taken refused-good-answer"}},
	{"bad answer accepted", verify.CheckAnswerTaken(accepted, badAnswer), []string{"fail answer_taken took-bad-answer"}},
	{"bad answer refused", verify.CheckAnswerTaken(refused, badAnswer), nil},
	{"open answer accepted", verify.CheckAnswerTaken(accepted, openAnswer), []string{"not_checked answer_taken"}},
	{"open answer refused", verify.CheckAnswerTaken(refused, openAnswer), []string{"not_checked answer_taken"}},
	{"silence", verify.CheckAnswerTaken(silent, badAnswer), []string{"not_checked answer_taken"}},
	{"not verified", verify.CheckAnswerTaken(accepted, nil), []string{"not_checked answer_taken"}},
	{"keys asked", verify.CheckKeysAsked(accepted, []string{"a", "b"}, []string{"b", "a", "c"}), nil},
	{"keys not asked", verify.CheckKeysAsked(accepted, []string{"a", "b"}, []string{"a"}),
		[]string{"warn keys_asked keys-not-asked"}},
	{"keys not asked, and refused", verify.CheckKeysAsked(refused, []string{"a"}, nil), []string{"not_checked keys_asked"}},
	{"no signers", verify.CheckKeysAsked(accepted, nil, nil), []string{"not_checked keys_asked"}},
	{"sent once", verify.CheckSentOnce([]verify.Received{before("a.example", 200, "{}")}, same), nil},
	{"sent again after silence", verify.CheckSentOnce(sentTwice("a.example", 0, ""), same), nil},
	{"sent again after a refusal", verify.CheckSentOnce(sentTwice("a.example", 404, ""), same), nil},
	{"sent again to another", verify.CheckSentOnce(sentTwice("b.example", 200, ""), same), nil},
	{"sent again after success", verify.CheckSentOnce(sentTwice("a.example", 200, ""), same),
		[]string{"warn sent_once sent-again"}},
	{"another event", verify.CheckSentOnce(sentTwice("a.example", 500, `{"x":1}`), same),
		[]string{"fail sent_once sent-another-event"}},
	{"another event of another template", verify.CheckSentOnce(sentTwice("a.example", 500, `{"x":1}`), other), nil},
}

func TestConducts(t *testing.T) {
	t.Parallel()
	for _, c := range conducts {
		if got := notPassed(c.checks); !slices.Equal(got, c.want) {
			t.Errorf("%s: found %q, want %q", c.name, got, c.want)
		}
	}
}

// Every check on a joining server passes somewhere, fails or warns somewhere, and is left unmade somewhere; every fault
// that one can find is found.
func TestEveryJoinerCheckEveryOutcome(t *testing.T) {
	t.Parallel()
	var all []verify.Check
	for _, a := range askings {
		all = append(all, a.checks()...)
	}
	for _, o := range offers {
		all = append(all, offerChecks(o.offered, o.version)...)
	}
	for _, q := range quirks {
		all = append(all, verify.CheckMade(q.madeBy(t))...)
	}
	for _, c := range conducts {
		all = append(all, c.checks...)
	}
	// What is decided by the request alone is always decided.
	always := []verify.Kind{verify.KindRequestOrigin, verify.KindRequestContentType, verify.KindRequestEndpoint,
		verify.KindSentOnce}
	for _, k := range verify.JoinerKinds() {
		for _, o := range []string{"pass", "found", "not checked"} {
			seen := slices.ContainsFunc(all, func(c verify.Check) bool {
				found := c.Outcome == verify.Fail || c.Outcome == verify.Warn
				return c.Kind == k.Kind && (o == "pass" && c.Outcome == verify.Pass || o == "found" && found ||
					o == "not checked" && c.Outcome == verify.NotChecked)
			})
			if want := o != "not checked" || !slices.Contains(always, k.Kind); seen != want {
				t.Errorf("%s, %s: seen %v, want %v", k.Name, o, seen, want)
			}
		}
	}
	for _, c := range all {
		if c.Detail == "" || c.Rule == "" || c.Subject == "" || c.Seq == 0 ||
			(c.Outcome == verify.Fail || c.Outcome == verify.Warn) && c.Fault == "" {
			t.Errorf("incomplete: %+v", c)
		}
	}
}
