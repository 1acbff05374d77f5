package flow

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
	MissingBodies    Missing = "bodies"      // bodies, of exchanges that then count as not there
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
