package flow

import (
	"slices"

	"doorstep/flow/response"
)

// A Missing is something that a trace of our own has and an imported one has not.
type Missing string

// What may be missing. The first four always are.
const (
	MissingDiscovery Missing = "discovery"   // where server names lead
	MissingTLS       Missing = "tls"         // versions and certificates
	MissingWire      Missing = "wire"        // header fields and bodies exactly as on the wire
	MissingTried     Missing = "tried"       // candidates that were known and not asked, connections that failed
	MissingClient    Missing = "client"      // the client's request, and the answer to it
	MissingTemplate  Missing = "make_join"   // a protoevent
	MissingJoin      Missing = "send_join"   // the join
	MissingBodies    Missing = "bodies"      // bodies of answers, which then count as not there
	MissingOwnKey    Missing = "own_key"     // the joining server's key
	MissingKeys      Missing = "server_keys" // key documents of servers that signed something
)

// Missings are all of them, in the order in which they are told.
var Missings = []Missing{MissingDiscovery, MissingTLS, MissingWire, MissingTried, MissingClient, MissingTemplate,
	MissingJoin, MissingBodies, MissingOwnKey, MissingKeys}

// FromLog is the form of an imported file that is a homeserver's own log.
const FromLog = "log"

// The sides of a join that a log may tell of, in Imported.Side.
const (
	SideJoining  = "joining"  // that of the server that joins
	SideResident = "resident" // that of the server that is asked, as directory or as resident
)

// A Logged says that an entry is known from the lines of a homeserver's log. Those hold no header fields and hardly
// ever a body.
type Logged struct {
	Lines []string // what the homeserver wrote, each as far as it is kept; none where no line tells of the entry
	From  int      // the number of the first of them in the file, from 1; 0: there is none
}

// Shown takes what an entry shows to be there off the list of what is missing, of a handshake that was watched. While it
// goes on its header says what is not known yet, and a program that is killed leaves that.
func (h *Header) Shown(e *Entry) {
	if !h.Watched() || h.Imported == nil {
		return
	}
	there := Missing("")
	switch {
	case e.Step == A6:
		there = MissingJoin
	case e.Step == A5 && e.Kind == Response && response.Succeeds(e.Response):
		there = MissingTemplate
	}
	if i := slices.Index(h.Imported.Missing, there); i >= 0 {
		imported := *h.Imported
		imported.Missing = slices.Delete(slices.Clone(imported.Missing), i, i+1)
		h.Imported = &imported
	}
}
