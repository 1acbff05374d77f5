package flow

import (
	"slices"
	"time"

	"doorstep/client"
	"doorstep/flow/response"
	"doorstep/flow/verify"
	"doorstep/flow/wording"
)

// A State is what a trace leads to. It is worked out from the trace alone, by Fold.
type State struct {
	Header Header
	Policy Policy // how it goes about the candidates

	Asked  bool    // the client has asked (A1)
	Invite *Invite // an invite to us that arrived before the join
	// refusals by the inviter's server of what it was asked before it had the invite with our signature in its room: it
	// was asked again
	Early     []int
	Bound     *Bound // an invite to an address that is our user's, while an invite is waited for
	Alias     string // the alias asked for, or the one the invite named
	RoomID    string
	Directory *DirectoryAnswer

	Candidates []Candidate
	unlisted   int              // names that are not among them: see MaxCandidates
	at         int              // the candidate being asked, or about to be
	asked      bool             // a candidate was asked for a protoevent
	sawAnswer  bool             // a candidate gave some HTTP answer
	sawRefusal bool             // ... and it was its homeserver that gave it
	instead    []string         // who answered in place of homeservers
	sawFailure map[Outcome]bool // what kept candidates from answering

	Destinations map[string][]client.Destination
	Unresolved   map[string]*client.Failure // names that lead to no address

	Template       *verify.Template // the protoevent to go on with
	TemplateChecks []verify.Check   // of it, or of the last one that was refused
	broughtChecks  map[int][]verify.Check
	first          *verify.Template // the first good one, while the other candidates are still asked
	Build          *Build
	alteredJoin    *Altered // the change that somebody made to Build before it was signed; nil: nobody did
	Sent           *Entry   // the last A6
	sendV1         bool     // send_join goes to the v1 endpoint
	fate           Fate     // what became of it
	Reply          *verify.Reply
	Keys           verify.KeyRing
	keysAt         int                  // Seq of the last entry that was about keys
	Verification   *verify.Verification // nil until L2
	unverified     bool                 // L2 is in the trace, and was given up here

	lookedUp    bool // of an imported log: the directory gave an answer that is not there
	toldJoined  bool // of an imported log: the client was told that it is in
	unkeyed     bool // a server refused us for who we are
	lookedForUs bool // what is to be found under our own name is known, or will not be

	probe probe // what there is to ask once the handshake is over, if that is wanted

	entries int // how many led to it

	Altered []int // the entries of steps that somebody changed before they were done: what follows may be owed to that

	Stopped *Stop  // the handshake cannot go on; nil while it can
	Waiting *Entry // our client's request, while it has no answer (A1)
	Pending *Entry // our request to another server that has no answer yet
	due     *Entry // likewise, of those that the handshake waits for
	Done    bool   // the client has its answer (A8)
	Undo    Undo
	Omitted *Omitted // what an answer without members left out; nil: nobody has said

	JoinerChecks []verify.Check // of a hosted trace: those on the joining server
	reaction     Reaction       // of a hosted trace: to the last good answer
	formers      []former       // of a hosted trace: answers to send_join before the last
}

// A Candidate is a resident server that may help us in, and what became of asking it.
type Candidate struct {
	Server string
	From   string // who named it: "directory", "invite", "via"; "alias" and "room ID": nobody, its name stands there
	Tried  bool
	Answer int    // Seq of the entry that ended the attempt; 0: none
	Why    string // why it did not help; empty while it may

	Software string // what it says it runs, name and version; asked for only where every candidate is
	asked    bool   // whether it was asked what it runs
	answered bool   // whether it answered make_join, whatever it said
}

// An Invite is an invite to us that our listener took in before the join.
type Invite struct {
	Seq         int
	Answered    time.Duration // when our answer was given, with our signature
	RoomID      string
	RoomVersion string // as the request names it; "1" where it came in the form of versions 1 and 2; may be empty
	EventID     string // empty where the event cannot be read
	Alias       string // the canonical alias of the stripped state that came along; may be empty
	Sender      string // who invited
	Origin      string // the server of that user
	User        string // who was invited; empty where the event does not say
	ThirdParty  bool   // it came of an invite to an address
}

// A Bound is an invite to an address that an identity server handed over, because the address is our user's now. A
// server in the room has to make an invite to the user of it.
type Bound struct {
	Seq int // the identity server's request
	client.ThirdPartyInvite
	Server string // the server of the user who invited: it is asked
	Event  []byte // what it is asked for: the member event as far as it is known here
	asked  bool
}

// A Stop says why the handshake cannot go on.
type Stop struct {
	Seq     int
	Step    StepID
	Outcome Outcome
	Refusal *response.Refusal // set when an answer ended it that is no success: it says whose word that was
	By      string            // who interrupted it, where somebody did: a signal by its name, or user
	Why     string
	Untried int // join candidates that were not asked: the policy asks nobody after such a refusal
}

// Words says why the handshake stopped, with what the answer that stopped it said.
func (s *Stop) Words() string {
	f := s.Refusal
	if f == nil {
		return s.Why
	}
	words := s.Why + ": " + f.String()
	if f.Message != "" {
		words += ": " + f.Message
	}
	if s.Untried > 0 {
		words += "; " + wording.Count(s.Untried, "other candidate") + " not asked"
	}
	return words
}

// An Undo is the leave that follows a join which is not to last: a handshake of its own, make_leave and send_leave,
// with the server that took the join.
type Undo struct {
	Template *verify.Template
	Checks   []verify.Check // of the leave template
	Build    *Build
	altered  *Altered // the change that somebody made to Build before it was signed; nil: nobody did
	sendV1   bool     // send_leave goes to the v1 endpoint
	Left     bool
	Problem  string // why we could not leave; empty while we may
	Refusal  *response.Refusal
	Seq      int // the entry Problem is about
	Ends     Ends
}

// Ends says which membership a leave would end, as far as its template tells: it names the membership event that is in
// force.
type Ends int

// What a leave ends.
const (
	EndsUnknown Ends = iota // there is no template yet, or it does not say
	EndsOurJoin             // the join we sent: it stands
	EndsAnother             // another membership: an invite, which the leave would reject, a knock, or an older join
	EndsInvite              // the invite that is to be rejected
)

// A LeaveHold is why a leave that was asked for is not sent unless that is said twice.
type LeaveHold int

// The holds.
const (
	NotHeld       LeaveHold = iota
	HeldAlreadyIn           // the user was in the room before the join: the leave would end that
	// another membership is in force than our join: an invite, which would be rejected, or an older one
	HeldNotOurs
	HeldNotKnown // the join has no known fate, and the template does not say what the leave would end
)

// Omitted says what an answer without members left out: how much of the state came, how much is still missing, and what
// that saved.
type Omitted struct {
	Seq     int `json:"-"`       // the entry that said so
	Total   int `json:"total"`   // events in the state before the join
	Missing int `json:"missing"` // of them, those that did not come, neither in state nor in auth_chain
	// about how much smaller the answer was: the missing events at the mean size of the members that came
	Bytes   int    `json:"bytes"`
	Problem string `json:"problem"` // why it is not known; empty when it is
}

// A probe is how far the questions have got that are asked once the handshake is over. Each of them only reads: two
// signed requests that differ in nothing but the escapes of their path, our own key document by way of the other
// server, and the key document of the other server at each of its addresses.
type probe struct {
	residents   []string        // that gave an answer in the handshake, in the order of their first
	directories []string        // likewise, at A3
	done        map[string]bool // by server and what was asked, or where
	older       map[string]bool // servers that do not know today's form of a query for keys
	over        bool            // somebody has had enough
}

// Candidate returns the candidate being asked or about to be; false when none is left.
func (s State) Candidate() (Candidate, bool) {
	if s.at >= len(s.Candidates) {
		return Candidate{}, false
	}
	return s.Candidates[s.at], true
}

// Fate returns what became of our join.
func (s State) Fate() Fate { return s.fate }

// Cancelled reports whether somebody ended the handshake: then nothing more is asked.
func (s State) Cancelled() bool { return s.Stopped != nil && s.Stopped.Outcome == Cancelled }

// askInstead has a candidate asked now that was to be asked later.
func (s *State) askInstead(server string) {
	for i := s.at; i < len(s.Candidates); i++ {
		if c := s.Candidates[i]; c.Server == server {
			s.Candidates = slices.Insert(slices.Delete(slices.Clone(s.Candidates), i, i+1), s.at, c)
			return
		}
	}
}

// Following returns the candidates after the one being asked.
func (s State) Following() []Candidate { return s.Candidates[min(s.at+1, len(s.Candidates)):] }

// NobodyAnswered reports whether candidates were asked for a protoevent and none gave an answer of any kind.
func (s State) NobodyAnswered() bool { return s.asked && !s.sawAnswer }

// wantsDirectory reports whether the directory server is to be asked: an alias is known, and either the room ID is not,
// or no candidate is left that came from elsewhere.
func (s *State) wantsDirectory() bool {
	return s.Alias != "" && s.Directory == nil && !s.lookedUp && (s.RoomID == "" || s.at >= len(s.Candidates))
}

// Invited reports whether an invite is to the room asked for.
func (s *State) Invited() bool {
	return s.Invite != nil && (s.RoomID == s.Invite.RoomID || s.Alias != "" && s.Alias == s.Invite.Alias)
}

// Patience is how long an invite is waited for; 0: none is.
func (h Header) Patience() time.Duration { return time.Duration(h.WaitInvite) * time.Millisecond }

// awaits reports whether an invite is waited for and has not come.
func (s State) awaits() bool { return s.Header.WaitInvite > 0 && !s.Asked && s.Invite == nil }

// rejects reports whether there is an invite to be rejected.
func (s State) rejects() bool { return s.Header.Reject && s.Invite != nil && !s.Asked }

// Rejected reports whether the invite was rejected, as was asked for.
func (s State) Rejected() bool { return s.Header.Reject && s.Undo.Left }

// Target is what our client asks to join: the alias or room that was named, or the room of the invite.
func (s State) Target() string {
	if s.Header.Target == "" && s.Invite != nil {
		return s.Invite.RoomID
	}
	return s.Header.Target
}
