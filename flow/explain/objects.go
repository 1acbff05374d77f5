package explain

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/response"
)

// An Object is a sort of JSON object that fields belong to: one name means different things in different ones.
type Object string

// The objects. The content of an event is an object of its own for each event type: see ContentOf.
const (
	Event       Object = "event" // any PDU, a protoevent, a stripped event; without what is in its content
	KeyDocument Object = "key document"
	ErrorBody   Object = "error" // a Matrix error, whatever was asked
	WellKnown   Object = "well-known"
	Transaction Object = "transaction" // what a server sends to us afterwards

	// DendriteRow is an event with what Dendrite notes beside it: it puts that into redacted_because.
	DendriteRow Object = "redacted_because of Dendrite"

	ClientJoinBody    Object = "client join" // the body of A1
	InviteBody        Object = "invite"      // the request that brings an invite
	KeyQuestion       Object = "question to key/query"
	ClientJoinAnswer  Object = "answer to client join"
	DirectoryAnswer   Object = "answer to query/directory"
	MakeJoinAnswer    Object = "answer to make_join"
	SendJoinAnswer    Object = "answer to send_join"
	SendJoinV1Answer  Object = "answer to send_join v1" // the list of two; what is in its object is SendJoinAnswer's
	MakeLeaveAnswer   Object = "answer to make_leave"
	SendLeaveAnswer   Object = "answer to send_leave"
	KeyAnswer         Object = "answer to key/query"
	VersionAnswer     Object = "answer to version"
	StateIDsAnswer    Object = "answer to state_ids"
	UserDevicesAnswer Object = "answer to user/devices"
	InviteAnswer      Object = "answer to invite"
	InviteV1Answer    Object = "answer to invite v1" // the list of two; what is in its object is InviteAnswer's
	BindBody          Object = "bind of an address"
	TransactionAnswer Object = "answer to send"
)

const contentOf = "content of "

// ContentOf is the content of events of a type.
func ContentOf(eventType string) Object { return Object(contentOf + eventType) }

// FieldAt is the address of a field: path is a JSON pointer within the object in which every index, and every key that
// is data (a user ID, a server name, a key ID, an event type), is "*".
func FieldAt(o Object, path string) Address { return Address{Field, string(o) + " " + path} }

// objects are all that an address of a field may name, but for contents.
var objects = []Object{
	Event, KeyDocument, ErrorBody, WellKnown, Transaction, DendriteRow, ClientJoinBody, InviteBody,
	KeyQuestion, ClientJoinAnswer,
	DirectoryAnswer, MakeJoinAnswer, SendJoinAnswer, SendJoinV1Answer, MakeLeaveAnswer, SendLeaveAnswer, KeyAnswer,
	VersionAnswer, StateIDsAnswer, UserDevicesAnswer, InviteAnswer, InviteV1Answer, BindBody, TransactionAnswer,
}

// splitField takes the address of a field apart as it is written in a file.
func splitField(where string) (o Object, path string, err error) {
	i := strings.Index(where, " /")
	if i < 0 {
		return "", "", fmt.Errorf("%q is not \"OBJECT PATH\"", where)
	}
	o, path = Object(where[:i]), where[i+1:]
	if !slices.Contains(objects, o) && (!strings.HasPrefix(string(o), contentOf) || len(o) == len(contentOf)) {
		return "", "", fmt.Errorf("there is no object %q", o)
	}
	return o, path, nil
}

// requests and answers say what the bodies of an endpoint are.
var requests = map[client.Endpoint]Object{
	client.ClientJoin: ClientJoinBody, client.SendJoinV1: Event, client.SendJoinV2: Event, client.SendLeave: Event,
	client.Invite: InviteBody, client.InviteV1: Event, client.ExchangeInvite: Event, client.OnBind: BindBody,
	client.NotaryQuery: KeyQuestion, client.Send: Transaction,
}

var answers = map[client.Endpoint]Object{
	client.ClientJoin: ClientJoinAnswer, client.QueryDirectory: DirectoryAnswer, client.MakeJoin: MakeJoinAnswer,
	client.SendJoinV1: SendJoinAnswer, client.SendJoinV2: SendJoinAnswer, client.MakeLeave: MakeLeaveAnswer,
	client.SendLeave: SendLeaveAnswer, client.ServerKeys: KeyDocument, client.NotaryQuery: KeyAnswer,
	client.ServerVersion: VersionAnswer, client.UserDevices: UserDevicesAnswer, client.StateIDs: StateIDsAnswer,
	client.Invite: InviteAnswer, client.InviteV1: InviteV1Answer, client.WellKnown: WellKnown,
	client.Send: TransactionAnswer,
}

// held says where another object begins inside of one. The place itself belongs to the outer object.
var held = map[Address]Object{
	FieldAt(MakeJoinAnswer, "/event"):               Event,
	FieldAt(MakeLeaveAnswer, "/event"):              Event,
	FieldAt(SendJoinAnswer, "/event"):               Event,
	FieldAt(SendJoinAnswer, "/state/*"):             Event,
	FieldAt(SendJoinAnswer, "/auth_chain/*"):        Event,
	FieldAt(InviteBody, "/event"):                   Event,
	FieldAt(InviteBody, "/invite_room_state/*"):     Event,
	FieldAt(InviteAnswer, "/event"):                 Event,
	FieldAt(Event, "/unsigned/invite_room_state/*"): Event,
	FieldAt(Event, "/unsigned/knock_room_state/*"):  Event,
	FieldAt(DendriteRow, "/PDU"):                    Event,
	FieldAt(Event, "/unsigned/redacted_because"):    Event,
	FieldAt(Transaction, "/pdus/*"):                 Event,
	FieldAt(KeyAnswer, "/server_keys/*"):            KeyDocument,
}

// keyed are the objects whose keys are data. Those below "signatures" are, in whatever object that stands.
var keyed = map[Address]bool{
	FieldAt(KeyDocument, "/verify_keys"):                  true,
	FieldAt(KeyDocument, "/old_verify_keys"):              true,
	FieldAt(KeyQuestion, "/server_keys"):                  true,
	FieldAt(KeyQuestion, "/server_keys/*"):                true,
	FieldAt(ContentOf("m.room.power_levels"), "/users"):   true,
	FieldAt(ContentOf("m.room.power_levels"), "/events"):  true,
	FieldAt(ContentOf("m.room.encrypted"), "/ciphertext"): true,
	FieldAt(Transaction, "/edus/*/content"):               true,
}

// A Body is a JSON body of a trace, and what is known of it without reading it.
type Body struct {
	Object Object
	Bytes  []byte
}

// BodyOf returns the body of an entry of t, or the event that it built; false where it has none, or where it is the
// body of a request or answer that has no object here.
func BodyOf(t flow.Trace, e *flow.Entry) (Body, bool) {
	switch {
	case e.Build != nil:
		return Body{Event, e.Build.Event}, len(e.Build.Event) > 0
	case e.Response != nil:
		asked := t.Entry(e.Answers)
		if asked == nil || asked.Request == nil {
			return Body{}, false
		}
		return AnswerBody(asked.Request.Endpoint, e.Response)
	case e.Request != nil:
		o, ok := requests[e.Request.Endpoint]
		return Body{o, e.Request.Body}, ok && len(e.Request.Body) > 0
	}
	return Body{}, false
}

// AnswerBody returns the body of an answer of an endpoint: an error wherever the status is one, also in the list of v1.
func AnswerBody(endpoint client.Endpoint, r *client.Response) (Body, bool) {
	b := Body{answers[endpoint], r.Body}
	if !response.Succeeds(r) {
		b.Object = ErrorBody
	} else if u, problem := response.UnwrapV1(r.Body); b.Object == SendJoinAnswer && problem == "" && u.List {
		b.Object = SendJoinV1Answer
	}
	return b, b.Object != "" && len(r.Body) > 0
}

// At is the address of the value that a JSON pointer leads to; false for the body as a whole, and where there is no
// such value. The type of the event that a content belongs to is read from the body.
func (b Body) At(pointer string) (Address, bool) {
	if !strings.HasPrefix(pointer, "/") {
		return Address{}, false
	}
	w := b.start()
	for _, token := range strings.Split(pointer[1:], "/") {
		var ok bool
		if w, ok = w.down(event.PointerKey(token)); !ok {
			return Address{}, false
		}
	}
	return w.address(), true
}

// A walk is a place on the way down a body.
type walk struct {
	value  []byte
	object Object // which the value is a field of, at path
	path   string
	inner  Object // which what is in the value is a field of, where another object begins here
	typ    string // of the event that the object is
}

func (b Body) start() walk { return walk{value: b.Bytes, inner: b.Object}.entered() }

func (w walk) address() Address { return FieldAt(w.object, w.path) }

// base is the object that the fields of the value belong to, and where they begin.
func (w walk) base() (o Object, path string) {
	if w.inner != "" {
		return w.inner, ""
	}
	return w.object, w.path
}

// entered reads the type of an event that begins at w.
func (w walk) entered() walk {
	if w.inner == Event {
		w.typ, _ = event.GetString(w.value, "type")
	}
	return w
}

// down is the place of one element or member of the value.
func (w walk) down(key string) (walk, bool) {
	var value []byte
	if w.isList() {
		elements, err := event.Elements(w.value)
		i, no := strconv.Atoi(key)
		if err != nil || no != nil || i < 0 || i >= len(elements) {
			return walk{}, false
		}
		value = elements[i]
	} else if value = event.Get(w.value, key); value == nil {
		return walk{}, false
	}
	return w.to(key, value), true
}

func (w walk) isList() bool { return len(w.value) > 0 && w.value[0] == '[' }

// to is the place of a value in w's value, under its key or index.
func (w walk) to(key string, value []byte) walk {
	o, path := w.base()
	next := walk{value: value, object: o, path: path + "/" + w.folded(key), typ: w.typ}
	switch {
	case o == Event && next.path == "/content":
		next.inner = ContentOf(next.typ)
	case o == InviteV1Answer && next.path == "/1":
		next.inner = InviteAnswer
	case o == SendJoinV1Answer && next.path == "/1":
		next.inner = SendJoinAnswer
		if u, _ := event.Elements(w.value); len(u) == 2 && string(u[0]) != "200" {
			next.inner = ErrorBody
		}
	default:
		next.inner = held[next.address()]
	}
	if next.inner == Event && event.Get(value, "PDU") != nil && event.Get(value, "type") == nil {
		next.inner = DendriteRow
	}
	return next.entered()
}

// folded is a key or an index as addresses have it.
func (w walk) folded(key string) string {
	o, path := w.base()
	at := FieldAt(o, path)
	switch {
	case w.isList() && (o == SendJoinV1Answer || o == InviteV1Answer) && path == "":
		return key // the place of an element says what it is
	case w.isList(), keyed[at], strings.HasSuffix(path, "/signatures"), strings.HasSuffix(path, "/signatures/*"):
		return "*"
	}
	return event.PointerToken(key)
}

// StepAt is the address of an entry as a step: its code, or for what lies under an arrow "R" and what is done there:
// "R resolve", the endpoint as in "R key/server", with "of ours" where we are asked: "R key/server of ours".
func StepAt(t flow.Trace, e *flow.Entry) Address {
	if e.Step != flow.R {
		return At(Step, string(e.Step))
	}
	asked := e
	if e.Answers > 0 {
		asked = t.Entry(e.Answers)
	}
	what := "resolve"
	switch {
	case e.FailedCall():
		what = "failed call"
	case e.Waited():
		what = "wait"
	case asked != nil && asked.Request != nil:
		if what = string(asked.Request.Endpoint); asked.To == flow.Joining {
			what += " of ours"
		}
	}
	return At(Step, "R "+what)
}
