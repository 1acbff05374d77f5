package flow

// LeftBehind returns the server that may have made us a member without anybody going on with it here: the join was sent
// to it, and neither the handshake came to its good end nor was the room left again. False when nothing of ours can be
// there: the join was never sent, it was refused, or it is meant to stay.
func (s State) LeftBehind() (server string, maybe bool) {
	switch {
	case s.Sent == nil || s.Sent.Request.Header == nil: // a request without headers never went out
		return "", false
	case s.Undo.Left:
		return "", false
	case s.Stopped != nil && s.Stopped.Refusal != nil && s.Stopped.Step == A7:
		return "", false
	case !s.Header.Leave && s.Verification != nil && s.Stopped == nil:
		return "", false
	}
	return s.Sent.Server, true
}

// UndoCommand is the command line that joins a room again as o did, by the server that took the join, and leaves it: a word
// each.
func (o JoinOptions) UndoCommand(room, server string) []string {
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
