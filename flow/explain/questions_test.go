package explain

import (
	"slices"
	"testing"
)

// A question that somebody has who knows HTTP and JSON and nothing of Matrix, where in the program it comes up, and
// which entry answers it.
type question struct {
	asks   string
	answer Reference
	where  []Address
}

var questions = []question{
	{"What is redaction, and which keys survive it?", Reference{Term, "redaction"}, []Address{
		At(Step, "L1"), At(EventType, "m.room.redaction"), FieldAt(Event, "/unsigned/redacted_because"),
		FieldAt(Event, "/signatures"), FieldAt(Event, "/content"), FieldAt(Event, "/hashes")}},
	{"What is canonical JSON?", Reference{Term, "canonical JSON"}, []Address{
		At(Step, "L1"), At(XMatrix, "sig"), FieldAt(Event, "/hashes/sha256"), At(Check, "template_canonical")}},
	{"What is a room version, and why are twelve offered?", Reference{Term, "room version"}, []Address{
		At(Query, "make_join ver"), At(Step, "A4"), FieldAt(MakeJoinAnswer, "/room_version"),
		FieldAt(ContentOf("m.room.create"), "/room_version")}},
	{"What are the four lanes?", Reference{Term, "remote join handshake"}, []Address{
		At(Role, "client"), At(Role, "joining"), At(Role, "directory"), At(Role, "resident"), At(Step, "A1")}},
	{"What are origin, destination, key and sig?", Reference{Term, "X-Matrix"}, []Address{
		At(Header, "Authorization"), At(XMatrix, "origin"), At(XMatrix, "destination"), At(XMatrix, "key"),
		At(XMatrix, "sig"), At(Step, "A4")}},
	{"What is via?", Reference{Term, "via"}, []Address{At(Query, "join via"), At(Step, "A1"), At(Role, "client")}},
	{"What makes a server a candidate?", Reference{Term, "join candidates"}, []Address{
		FieldAt(DirectoryAnswer, "/servers"), At(Step, "A3"), At(Query, "join via"), At(Role, "resident")}},
	{"Why are there three GET key arrows from us and one to us?", Reference{Term, "why keys are fetched"}, []Address{
		At(Step, "R key/server"), At(Step, "R key/server of ours"), At(Step, "L2")}},
	{"What is a notary?", Reference{Term, "notary"}, []Address{
		At(Step, "R key/query"), FieldAt(KeyAnswer, "/server_keys"), FieldAt(KeyDocument, "/signatures")}},
	{"What is restricted?", Reference{Term, "restricted room"}, []Address{
		FieldAt(ContentOf("m.room.join_rules"), "/join_rule"), FieldAt(ContentOf("m.room.join_rules"), "/allow"),
		FieldAt(ContentOf("m.room.member"), "/join_authorised_via_users_server"), At(Rule, "11 4.3.5")}},
	{"Who is the authoriser?", Reference{Term, "authoriser"}, []Address{
		FieldAt(ContentOf("m.room.member"), "/join_authorised_via_users_server"), At(Rule, "11 4.2.1"),
		At(Rule, "11 4.3.5.2")}},
	{"What do the power levels mean?", Reference{Term, "power level"}, []Address{
		At(EventType, "m.room.power_levels"), level("/users"), level("/users/*"), level("/users_default"),
		level("/events"), level("/events/*"), level("/events_default"), level("/state_default"), level("/ban"),
		level("/kick"), level("/invite"), level("/redact"), level("/notifications")}},
	{"What join rules are there?", Reference{Term, "join rule"}, []Address{
		FieldAt(ContentOf("m.room.join_rules"), "/join_rule"), At(EventType, "m.room.join_rules"), At(Rule, "11 4.3")}},
	{"What does history_visibility say?", Reference{Term, "history visibility"}, []Address{
		FieldAt(ContentOf("m.room.history_visibility"), "/history_visibility"),
		At(EventType, "m.room.history_visibility")}},
	{"Why does prev_events matter, what is the DAG?", Reference{Term, "event DAG"}, []Address{
		FieldAt(Event, "/prev_events"), FieldAt(Event, "/prev_events/*"), FieldAt(Event, "/depth"),
		At(Check, "template_prev_events")}},
	{"What are SNI and Host in practice?", Reference{Term, "SNI and Host"}, []Address{
		At(Header, "Host"), At(Step, "R resolve"), At(Discovery, "3"), At(Discovery, "4")}},
	{"What is delegation in practice?", Reference{Term, "delegation"}, []Address{
		At(Step, "R resolve"), At(Discovery, "3"), At(Discovery, "6")}},
	{"What did 2015 do differently?", Reference{Term, "what 2015 did differently"}, []Address{
		FieldAt(Event, "/event_id"), FieldAt(Event, "/origin"), FieldAt(Event, "/auth_events/*/*"),
		FieldAt(SendJoinV1Answer, "/0"), FieldAt(KeyDocument, "/tls_fingerprints"), At(Step, "A5"), At(Step, "L1")}},
	{"Why is the event sent back?", Reference{Term, "why the event comes back"}, []Address{
		FieldAt(SendJoinAnswer, "/event"), At(Step, "A7"), At(Check, "returned_event")}},
	{"What if I changed something?", Reference{Term, "what if something is changed"}, []Address{
		At(Step, "L1"), At(Step, "A6"), FieldAt(Event, "/signatures"), FieldAt(Event, "/hashes")}},
}

func level(path string) Address { return FieldAt(ContentOf("m.room.power_levels"), path) }

// Wherever a question comes up, the entry there answers it, or names the one that does.
func TestQuestions(t *testing.T) {
	for _, q := range questions {
		answer := q.answer.Entry()
		if answer == nil {
			t.Errorf("%s: there is no entry %s", q.asks, q.answer)
			continue
		}
		for _, at := range q.where {
			e := Find(at)
			switch {
			case e == nil:
				t.Errorf("%s: there is no entry at %s", q.asks, at)
			case e == answer, slices.ContainsFunc(e.See, func(r Reference) bool { return r.Entry() == answer }):
			default:
				t.Errorf("%s:%d: %s: %s %s does not name %s", e.File, e.Line, q.asks, e.Kind, e.Name, q.answer)
			}
		}
	}
}
