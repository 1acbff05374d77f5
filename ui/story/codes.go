package story

// A StepCode says what the code of a step, or of a step and its answer, stands for.
type StepCode struct{ Code, Says string }

// StepCodes explain the codes of the steps, in the order of the handshake.
func StepCodes() []StepCode {
	return []StepCode{
		{"A1 A8", "client and joining server: the client asks to join; its answer"},
		{"A2 A3", "joining and directory server: where the alias leads; the room and the join candidates"},
		{"A4 A5", "joining and resident server: make_join; the protoevent"},
		{"L1", "joining server: fill in the protoevent, hash it, sign it"},
		{"A6 A7", "joining and resident server: send_join; the room's state and auth_chain"},
		{"L2", "joining server: check every claim of the answer, authorise our join"},
		{"R", "under any arrow: finding servers and fetching keys, in both directions; invites"},
		{"U1 U2", "joining and resident server: make_leave, where the join is undone; the template of the leave"},
		{"U3 U4", "joining and resident server: send_leave; its answer"},
	}
}
