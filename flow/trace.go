// Package flow is the handshake itself: the trace it leaves, the state a trace leads to, the step that comes next,
// the event that is made of a protoevent, the differences between the two, and the outcome.
//
// A trace holds evidence only, and is only ever appended to. Everything else here is a pure function of a prefix of
// one.
package flow

import (
	"encoding/json"
	"math"
	"strings"
	"sync"
	"time"

	"doorstep/client"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// A Role is the part a server, or the client, plays in the remote join handshake.
type Role string

// The four roles, in the order in which they are drawn.
const (
	Client    Role = "client"
	Joining   Role = "joining"
	Directory Role = "directory"
	Resident  Role = "resident"
)

// A StepID names an arrow or a piece of local work, the same on the screen, in recordings and in reports.
type StepID string

// The steps of the handshake. R is whatever lies under an arrow: discovery, keys in both directions, invites.
const (
	A1 StepID = "A1" // client → joining: join
	A2 StepID = "A2" // joining → directory: query
	A3 StepID = "A3"
	A4 StepID = "A4" // joining → resident: make_join
	A5 StepID = "A5"
	L1 StepID = "L1" // build, hash and sign the join event
	A6 StepID = "A6" // joining → resident: send_join
	A7 StepID = "A7"
	L2 StepID = "L2" // verify state and auth_chain, authorise the join
	A8 StepID = "A8" // joining → client
	R  StepID = "R"
	U1 StepID = "U1" // undo: make_leave
	U2 StepID = "U2"
	U3 StepID = "U3" // undo: send_leave
	U4 StepID = "U4"
)

// ResponseStep gives the step of the answer to a request, by the step of the request.
var ResponseStep = map[StepID]StepID{A1: A8, A2: A3, A4: A5, A6: A7, R: R, U1: U2, U3: U4}

// A Form is one of the two forms of the handshake.
type Form string

// Form2015 is the handshake as first written down; FormCurrent is today's.
const (
	Form2015    Form = "2015"
	FormCurrent Form = "current"
)

// A Kind says what an entry is evidence of.
type Kind string

// The kinds of entries.
const (
	Request  Kind = "request"  // a request was sent, by us or to us; without headers: it could not be sent
	Response Kind = "response" // an answer came
	Failure  Kind = "failure"  // no whole answer came; or, of another server's, a connection to us that brought no request
	Local    Kind = "local"    // work of our own, with its inputs and outputs
	Gap      Kind = "gap"      // of an imported log: an exchange, or an answer, that it tells nothing of
)

// An Entry is one piece of evidence. Which of the pointers are set depends on Kind and Step: Request on requests;
// Response, Failure and Connection on answers; Discovery and Build on local work.
type Entry struct {
	Seq      int           // position in the trace, from 1
	At       time.Duration // since the trace was created, monotonic
	Took     time.Duration // an answer: since its request was begun; local work: how long it took
	Held     time.Duration // an answer of a server of ours: how long of Took somebody held it before it was given
	Kind     Kind
	Step     StepID
	From, To Role
	Server   string // the server at the far end from us, before delegation; empty for our client
	Inferred bool   // Server is inferred: an unauthenticated request reached us while that server was busy with ours
	Answers  int    // an answer: the Seq of its request
	Attempt  int    // which candidate, from 1; 0 where there is no choice
	Of       int    // how many candidates were known
	By       string // with a failure that is a cancellation: who ended the handshake, a signal by its name or "user"

	Request    *client.Request
	Response   *client.Response
	Failure    *client.Failure
	Connection *client.Connection
	Discovery  *client.Discovery
	Build      *Build

	Authenticated *Authenticated // what the server that was asked made of the signature of a request
	Exited        *Exited        // how the command ended that was to make the joining server join

	Logged *Logged // what a homeserver's log has of it, where that is all there is; nil: it was seen

	Altered *Altered // what would have been sent, or made, had nobody changed the step; nil: nobody did

	// Unknown holds the whole line of an entry of a kind this version does not know.
	Unknown json.RawMessage

	memo *memo
}

// Build is what L1 did: the template it started from and the event it made. The private key is in neither.
type Build struct {
	Membership     string `json:"membership"` // join, or leave for an undo
	Template       int    `json:"template"`   // Seq of the answer that held the protoevent
	RoomVersion    string `json:"room_version"`
	Origin         string `json:"origin"`
	OriginServerTS int64  `json:"origin_server_ts"`
	KeyID          string `json:"key_id"`
	VerifyKey      string `json:"verify_key"` // unpadded base64
	EventID        string `json:"event_id"`
	Event          []byte `json:"-"` // the signed event, as it will be sent
}

// Where traces come from.
const (
	SourceSandbox = "sandbox" // servers of this program, whose names are made up
	SourceJoin    = "join"    // real servers
	SourceImport  = "import"  // what another program recorded
	SourceCheck   = "check"   // no handshake: one server was looked at, Header.Server, and nobody joined anything
	SourceTap     = "tap"     // what passed a proxy of ours, between two servers
	SourceHost    = "host"    // what servers of ours saw that another one joined by
)

// ByTap is Entry.By of what neither of the two servers did, but the proxy between them.
const ByTap = "tap"

// ByHost is Entry.By of what our own program asked its hosted servers, so that what they signed can be verified.
const ByHost = "host"

// A Header says what was asked for and who asks: all that the steps depend on besides the entries.
type Header struct {
	Created time.Time `json:"created"`
	Tool    string    `json:"tool"`              // program and version that wrote the trace
	Source  string    `json:"source"`            // as the constants that begin with Source say
	Title   string    `json:"title,omitempty"`   // the scenario or the name given to it
	Joining string    `json:"joining"`           // our server name
	User    string    `json:"user_id"`           // who joins
	Target  string    `json:"target"`            // room alias or room ID; empty: that of the invite that is waited for
	Via     []string  `json:"via,omitempty"`     // servers the client named
	Form    Form      `json:"form"`              // 2015 or current
	SendTo  SendTo    `json:"send_to"`           // which resident gets send_join
	Offered []string  `json:"offered,omitempty"` // room versions offered in make_join; none in the 2015 form
	Like    string    `json:"like,omitempty"`    // the policy about candidates, by name; empty: the default
	// every candidate is asked for a protoevent, also after one gave it
	AskAll    bool `json:"ask_all,omitempty"`
	DryRun    bool `json:"dry_run,omitempty"`    // stop before send_join
	Leave     bool `json:"leave,omitempty"`      // leave again once joined
	LeaveSure bool `json:"leave_sure,omitempty"` // ... also where that ends a membership older than the join
	Probe     bool `json:"probe,omitempty"`      // ask a few harmless questions more once the handshake is over
	// Replaced counts the characters of the recording that stand for bytes which are no UTF-8, as far as it has been read.
	Replaced int `json:"-"`
	// how long to wait for an invite before the join, in milliseconds; 0: nothing is waited for. Target may be empty
	// then: the room of the first invite
	WaitInvite int64 `json:"wait_invite_ms,omitempty"`
	Reject     bool  `json:"reject,omitempty"` // reject the invite that was waited for: there is no join
	// whom to ask for keys that their servers do not give; empty: nobody
	Notary string `json:"notary,omitempty"`
	Omit   *bool  `json:"omit_members,omitempty"` // what send_join asks for; nil: nothing is said
	// where our listener listened; empty where there was none, or it is not known
	Listen  string `json:"listen,omitempty"`
	Private bool   `json:"private,omitempty"` // addresses that are not public were allowed
	// the server that was looked at, of a check alone, which has neither a user nor a target
	Server string `json:"server,omitempty"`
	// for how long it may be looked at, of a check alone: what had not been answered by then was given up
	Deadline  time.Duration `json:"deadline,omitempty"`
	KeyID     string        `json:"key_id"`
	VerifyKey string        `json:"verify_key"` // unpadded base64
	// what was taken out so that the trace can be shared; nil: nothing
	Redacted *Redacted `json:"redacted,omitempty"`
	// what the trace was made of, where another program recorded it; nil: we did
	Imported *Imported `json:"imported,omitempty"`
	LeftOut  []string  `json:"left_out"` // what the trace leaves out on purpose
}

// An Imported says what a trace was made of that another program recorded, and what of a handshake that lacks.
type Imported struct {
	From    string    `json:"from"`             // the form of the file: har, mitmproxy, log
	By      string    `json:"by,omitempty"`     // the program that wrote it, and its version, as it says
	Side    string    `json:"side,omitempty"`   // of a log: whose it is, as the constants that begin with Side say
	Missing []Missing `json:"missing"`          // what is not in it, in the order of Missings
	Redone  []StepID  `json:"redone,omitempty"` // local work that was told from what was sent
}

// Hosted reports whether a trace is that of servers of ours which somebody else joins.
func (h Header) Hosted() bool { return h.Source == SourceHost }

// Watched reports whether the handshake was that of others, seen while it happened: by a proxy, or by servers of ours
// that another one joined by.
func (h Header) Watched() bool { return h.Source == SourceTap || h.Source == SourceHost }

// SendTo says which resident server gets send_join.
type SendTo string

// SendToSame is the server that gave the protoevent; SendToAnother, in the 2015 form only, is the next candidate.
const (
	SendToSame    SendTo = "same"
	SendToAnother SendTo = "another"
)

// LeftOut is what no trace ever holds.
var LeftOut = []string{"private keys", "access tokens", "signatures of Authorization headers"}

// A Trace is a header and the entries so far.
type Trace struct {
	Header  Header
	Entries []Entry
}

// Prefix returns the trace as it was after n entries. Nothing is copied.
func (t Trace) Prefix(n int) Trace {
	n = max(0, min(n, len(t.Entries)))
	return Trace{Header: t.Header, Entries: t.Entries[:n:n]}
}

// UntilSent returns t up to the last request that sent a join; none of it where no join was sent.
func (t Trace) UntilSent() Trace {
	for n := len(t.Entries); n > 0; n-- {
		if e := &t.Entries[n-1]; e.Step == A6 && e.Kind == Request {
			return t.Prefix(n)
		}
	}
	return t.Prefix(0)
}

// Entry returns the entry with that Seq; nil when there is none.
func (t Trace) Entry(seq int) *Entry {
	if seq < 1 || seq > len(t.Entries) {
		return nil
	}
	return &t.Entries[seq-1]
}

// Answer returns the entry that answers the request with that Seq; nil while there is none.
func (t Trace) Answer(seq int) *Entry {
	for i := range t.Entries {
		if t.Entries[i].Answers == seq && seq > 0 {
			return &t.Entries[i]
		}
	}
	return nil
}

// Answers returns the answer of every request that has one, by the request's Seq.
func (t Trace) Answers() map[int]*Entry {
	out := map[int]*Entry{}
	for i := range t.Entries {
		if e := &t.Entries[i]; e.Answers > 0 {
			out[e.Answers] = e
		}
	}
	return out
}

// memo keeps what has been worked out from an entry, for all copies of it: parsing an answer of 100 MB, or verifying
// it, is done once however many views ask.
type memo struct {
	parse  sync.Once
	parsed any

	verify   sync.Mutex
	verified map[int]*verify.Verification // by State.keysAt
	progress verify.Progress

	speak   sync.Once
	speaker response.Speaker
	end     sync.Once
	fate    Fate
}

// Remembering returns e as an entry of a trace: what is worked out from it is kept for all copies of it.
func (e Entry) Remembering() Entry {
	e.memo = &memo{}
	return e
}

// parsed returns what parse makes of e, worked out once for all copies of an entry that is in a trace. One that is
// asked for in two ways, because step and endpoint do not go together, is read again for the second.
func parsed[T any](e *Entry, parse func() T) T {
	if e.memo == nil {
		return parse()
	}
	e.memo.parse.Do(func() { e.memo.parsed = parse() })
	if first, ok := e.memo.parsed.(T); ok {
		return first
	}
	return parse()
}

// Speaker says whose word the answer of e is, worked out once: see response.SpeakerOf. e has an answer.
func (e *Entry) Speaker() response.Speaker {
	if e.memo == nil {
		return response.SpeakerOf(e.Response)
	}
	e.memo.speak.Do(func() { e.memo.speaker = response.SpeakerOf(e.Response) })
	return e.memo.speaker
}

// Fate is the fate of the join that asked carries, the request which e answers, worked out once: see FateOf.
func (e *Entry) Fate(asked *Entry) Fate {
	if e.memo == nil {
		return FateOf(asked, e)
	}
	e.memo.end.Do(func() { e.memo.fate = FateOf(asked, e) })
	return e.memo.fate
}

// FailedCall reports whether e is a connection to us that ended without a request.
func (e *Entry) FailedCall() bool {
	return e.Kind == Failure && e.Failure != nil && e.Step == R && e.Answers == 0 && e.From != Joining && e.To == Joining
}

// Waited reports whether e says how a wait for an invite ended that brought none: the time was over, or somebody had
// enough. An invite is an exchange like any other.
func (e *Entry) Waited() bool {
	return e.Kind == Failure && e.Failure != nil && e.Step == R && e.Answers == 0 && e.From == Joining && e.To == Joining
}

// Does says what local work an entry tells of, in a few words.
func (e *Entry) Does() string {
	switch {
	case e.Discovery != nil:
		return "resolve " + e.Discovery.Server
	case e.Build != nil:
		how, keyID := e.Makes()
		return strings.TrimSpace(how + " " + keyID)
	case e.Step == L2:
		return "verify the answer"
	case e.Authenticated != nil:
		return e.Authenticated.Says()
	case e.Exited != nil:
		return e.Exited.Says()
	}
	return ""
}

// Makes says how the event of an entry was made, and the key it was signed with; none where it was not signed.
func (e *Entry) Makes() (how, keyID string) {
	var sealing Sealing
	if e.Altered != nil {
		sealing = e.Altered.Sealing
	}
	how = "fill in"
	if sealing.Hash != SealedNot {
		how += ", hash"
	}
	switch sealing.Key {
	case SealedNot:
		return how + ", do not sign", ""
	case SealedWrong:
		return how + ", sign with another key than", e.Build.KeyID
	}
	return how + ", sign", e.Build.KeyID
}

// Milliseconds gives a duration in milliseconds, to the microsecond.
func Milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}

// GaveUp returns the failure of an entry that ended because we gave up; nil where it did not.
func (e *Entry) GaveUp() *client.Failure {
	f := e.Failure
	if f == nil && e.Discovery != nil && len(e.Discovery.Destinations) == 0 {
		f = e.Discovery.Failure
	}
	if f == nil || f.Kind != client.FailedCancelled {
		return nil
	}
	return f
}
