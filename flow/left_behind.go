package flow

import "doorstep/client"

// LeftBehind returns the server that may have made us a member without anybody going on with it here: the join was sent
// to it, and neither the handshake came to its good end nor was the room left again. False when nothing of ours can be
// there: the join was never sent, it was refused, it is meant to stay, or the user was in the room before.
func (s State) LeftBehind() (server string, maybe bool) {
	switch {
	case s.Sent == nil || !s.fate.MayStand() || s.Undo.Left:
		return "", false
	case s.AlreadyMember() != 0: // the user is where the user was
		return "", false
	case !s.Header.Leave && s.Verification != nil && s.Stopped == nil:
		return "", false
	}
	return s.Sent.Server, true
}

// A JoinCommand is how a join was asked for, as far as a command line that takes it back has to repeat it; see live.JoinOptions.
type JoinCommand struct {
	User, ServerName, KeyFile, Listen string
	CertFile, CertKey, CAFile         string
	Pins                              []string
	Insecure, Private                 bool
}

// Undo is the command line that joins a room again as o says, by the server that took the join, and leaves it: a word each.
func (o JoinCommand) Undo(room, server string) []string {
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
	return append(args, "--yes", "--leave", "--leave") // twice: if the join stands, its user is a member by now
}

// UndoCommand is that command line as far as a trace knows it: how the joining server was reached, and where its key
// lies, is in no trace. Nil where nothing of ours can be in the room.
func (s State) UndoCommand() []string {
	server, maybe := s.LeftBehind()
	if !maybe {
		return nil
	}
	o := JoinCommand{User: s.Header.User}
	if client.Domain(o.User) != s.Header.Joining {
		o.ServerName = s.Header.Joining
	}
	return o.Undo(s.RoomID, server)
}
