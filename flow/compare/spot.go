package compare

import (
	"strconv"

	"doorstep/flow/event"
)

// A spot is where in both documents a value stands.
type spot struct {
	path, other string // JSON pointers
	key         string // of the innermost object member on the way there
}

func (s spot) member(keyA, keyB string) spot {
	return spot{s.path + "/" + event.PointerToken(keyA), s.other + "/" + event.PointerToken(keyB), keyA}
}

func (s spot) element(a, b int) spot {
	return spot{s.path + "/" + strconv.Itoa(a), s.other + "/" + strconv.Itoa(b), s.key}
}
