package engine

// A Group is what a scenario is about: what one learns from it.
type Group string

// The groups, along the path of the handshake; those in which all goes well first.
const (
	ByVersion  Group = "The join in every room version"
	OtherWays  Group = "Other ways in"
	ByName     Group = "Finding a server by its name"
	Connecting Group = "Connecting to a server"
	OwnSide    Group = "The client and its own server"
	FindRoom   Group = "Finding the room"
	Candidates Group = "Choosing a server to ask"
	AskToJoin  Group = "make_join refused or unanswered"
	InTemplate Group = "What make_join answers is wrong"
	HandIn     Group = "send_join refused or unanswered"
	InAnswer   Group = "What send_join answers is wrong"
	InKeys     Group = "Keys and signatures"
	Probing    Group = "Telling causes apart with --probe"
	LargeRooms Group = "Large rooms"
)

// Groups lists the groups in order.
func Groups() []Group {
	return []Group{ByVersion, OtherWays, ByName, Connecting, OwnSide, FindRoom, Candidates, AskToJoin, InTemplate, HandIn,
		InAnswer, InKeys, Probing, LargeRooms}
}
