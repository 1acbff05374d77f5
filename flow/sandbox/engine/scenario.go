package engine

import (
	"slices"
	"time"
)

// A Scenario is one handshake against the sandbox: who plays which part, what the room is like, and what goes wrong.
type Scenario struct {
	Name    string // as the command line spells it
	Title   string // one line
	Teaches string // what to look for
	Finding string // the ID of the finding it leads to; empty when nothing is wrong
	Group   Group

	RoomVersion string
	Form        string // "current" or "2015"
	SendTo      string // the resident server that gets send_join: "same", or "another" in the 2015 form
	ByRoomID    bool   // the client asks for the room ID; otherwise for the alias

	Layout Layout
	Room   Facts
	Invite Invite
	Faults []Fault
	Crowd  Crowd

	Asked Asked // what the joining server is asked for besides
	Front Front // what stands between the client and the joining server

	Network *Network // what lies between the joining server and the others; nil: every name leads straight to its server

	Letters bool // what goes wrong needs a server name with letters in it
}

// Asked is what a join is asked for besides the room. The zero value leaves everything as it usually is.
type Asked struct {
	Via     []string // servers the client names; thisRoom stands for the room ID without its sigil
	Offered []string // the room versions offered; nil: all
	Like    string   // the policy about join candidates
	AskAll  bool     // every candidate is asked
	Probe   bool     // ... and questions more at the end, to tell causes apart
	Leave   bool     // leave again once joined
	// an invite is waited for, so long; 0: for a moment where one is to come, else not at all
	Waits       time.Duration
	Reject      bool     // the invite is rejected, and nothing joined
	AlreadyIn   bool     // the user is in the room before the join
	OmitMembers bool     // send_join asks for members to be left out
	Notary      string   // whom to ask for keys that their servers do not give
	Unseen      []string // servers that the joining server finds no address for
	MostBytes   int64    // how much of an answer to send_join is taken; 0: as much as usual
}

// ThisRoom stands for the room's ID without its sigil in Asked.Via: it is known only when a federation starts.
const ThisRoom = "{room}"

// A Layout says which server plays which part.
type Layout struct {
	Directory  string   // holds the alias
	Founder    string   // the server of the room's creator: a resident server
	Second     string   // the server of most other members: a resident server, unless it is the founder's
	Candidates []string // the servers the directory answers with, in its order
	Down       []string // servers that have an address where nothing listens
	Outsiders  []string // servers that run and have never been in the room
}

// Names returns the servers that run, each once.
func (l Layout) Names() []string {
	var out []string
	for _, name := range append([]string{l.Directory, l.Founder, l.Second}, l.Outsiders...) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// Facts are what is particular about a room. The zero value is a public room that knows nothing of us.
type Facts struct {
	JoinRule    string   // empty: public
	Parent      Parent   // with a restricted join rule
	Banned      bool     // the user who wants to join is banned
	Unfederated bool     // m.federate is false
	InviteLevel int      // the power level needed to invite; 0: anybody may
	Denied      []string // server ACL patterns that are denied; ours stands for the joining server
	NoAlias     bool     // the directory does not know the alias
}

// Ours stands for the joining server in Facts.Denied, whose name is known only when a federation starts.
const Ours = "{joining}"

// A Parent is the room whose members a restricted join rule lets in.
type Parent struct {
	RoomID  string   // empty: the rule is not restricted
	Joined  bool     // whether the user who wants to join is in it
	KnownTo []string // the resident servers that are in it too, and so can tell
}

// An Invite is an invite that reaches the joining server before the user asks to join. The zero value is none.
type Invite struct {
	From   string // "alice" or "bob"
	Leaves bool   // everybody on the inviter's server leaves the room right after
	V1     bool   // it comes in the form of versions 1 and 2 of rooms

	Address Address // it was to an address; an identity server tells that this is the user's now
}

// Usual is the layout of most scenarios: three servers, three parts.
var Usual = Layout{
	Directory:  DirectoryName,
	Founder:    ResidentName,
	Second:     OtherName,
	Candidates: []string{ResidentName, OtherName},
}

// Alone is the layout in which one server plays every part.
var Alone = Layout{
	Directory:  DirectoryName,
	Founder:    DirectoryName,
	Second:     DirectoryName,
	Candidates: []string{DirectoryName},
}

// OneResident is the usual layout where only one resident server is listed, so that nobody else can be asked.
var OneResident = Layout{
	Directory:  DirectoryName,
	Founder:    ResidentName,
	Second:     OtherName,
	Candidates: []string{ResidentName},
}
