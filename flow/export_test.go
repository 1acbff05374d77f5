package flow

// WantsUndo reports whether the next step is one of the leave.
func WantsUndo(s State) bool { return s.wantsUndo() }

// StateIDsAnswered takes in the IDs of the state.
func StateIDsAnswered(s *State, e *Entry) { s.stateIDsAnswered(e) }

// KeepEvery has Prefixes keep a state after every n entries, until undo is called.
func KeepEvery(n int) (undo func()) {
	before := keptApart
	keptApart = n
	return func() { keptApart = before }
}
