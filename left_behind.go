package main

import (
	"fmt"
	"strings"

	"doorstep/flow"
	"doorstep/ui"
)

// sayLeftBehind tells, after a join that came to no good end, that its user may be a member all the same, and the one
// command that takes it back later.
func (p *program) sayLeftBehind(t flow.Trace, o flow.JoinOptions) {
	s := flow.Fold(t)
	server, maybe := s.LeftBehind()
	if !maybe {
		return
	}
	var args []string
	for _, a := range leaveCommand(s.RoomID, server, o) {
		args = append(args, ui.SafeText(a)) // one by one: a whole command line may be longer than what is shown of one text
	}
	fmt.Fprintf(p.stderr, "doorstep: %s may have accepted the join of %s; to leave again: %s\n",
		ui.SafeText(server), ui.SafeText(s.Header.User), shellLine(args))
}

// leaveCommand is the command line that joins a room again, by the server that took the join, and leaves it.
func leaveCommand(room, server string, o flow.JoinOptions) []string {
	args := []string{"doorstep", "join", room, "--via", server}
	for _, f := range []struct{ flag, value string }{
		{"--user", o.User}, {"--server-name", o.ServerName}, {"--key", o.KeyFile}, {"--listen", o.Listen},
		{"--tls-cert", o.CertFile}, {"--tls-key", o.CertKey}, {"--ca", o.CAFile},
	} {
		if f.value != "" {
			args = append(args, f.flag, f.value)
		}
	}
	for _, pin := range o.Pins {
		args = append(args, "--resolve", pin)
	}
	if o.Insecure {
		args = append(args, "--insecure")
	}
	if o.Private {
		args = append(args, "--allow-private")
	}
	return append(args, "--yes", "--leave")
}

// shellLine spells arguments so that a POSIX shell reads them as they are: everything but plain words is quoted.
func shellLine(args []string) string {
	var words []string
	for _, a := range args {
		if a == "" || strings.Trim(a, plainInShell) != "" {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		words = append(words, a)
	}
	return strings.Join(words, " ")
}

// plainInShell are the characters that no shell takes for anything but themselves, wherever they stand in an argument.
const plainInShell = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@"
