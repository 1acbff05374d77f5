package linear

import (
	"context"
	"fmt"

	"doorstep/client"
)

// Run tells a handshake until its reader leaves, input or ctx ends, and returns the exit code of what became of it.
func Run(ctx context.Context, o Options) (code int, err error) {
	s := newSession(o)
	client.Go(func() { s.read(ctx) })
	s.begin()
	for s.prompt(ctx) {
	}
	return s.code(), s.out.Flush()
}

// prompt asks what to do, and does it; false at the end.
func (s *session) prompt(ctx context.Context) bool {
	s.say("")
	if s.over() && !s.ended {
		s.ended = true
		s.verdict()
	}
	if more := len(s.rest); more > 0 {
		s.say(fmt.Sprintf("%d lines more: more shows them.", more))
	}
	s.say(s.next())
	line, ok := s.ask(ctx, "> ")
	if !ok {
		s.say("")
		return false
	}
	return s.command(ctx, line)
}
