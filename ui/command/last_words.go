package command

import (
	"slices"
	"sync"
)

// lastWords are what is to be told when the program ends, each once: at its place in the end, or after a panic.
type lastWords struct {
	mu   sync.Mutex
	left []*lastWord
}

// A lastWord makes lines of what may stand in a room. panicked: nothing in the program goes on, and nobody has been
// told how the join ended.
type lastWord struct {
	lines func(panicked bool) []string
}

// keep keeps words until they are told.
func (l *lastWords) keep(lines func(panicked bool) []string) *lastWord {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := &lastWord{lines}
	l.left = append(l.left, w)
	return w
}

// take gives out words to be told; false: they were told.
func (l *lastWords) take(w *lastWord) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.left, w)
	if i >= 0 {
		l.left = slices.Delete(l.left, i, i+1)
	}
	return i >= 0
}

// all gives out the words that were not told, of what was begun last first: it is the join that is under way.
func (l *lastWords) all() []*lastWord {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.left
	l.left = nil
	slices.Reverse(out)
	return out
}
