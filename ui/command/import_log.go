package command

import (
	"fmt"

	"doorstep/flow/homelog"
	"doorstep/flow/wording"
	"doorstep/ui/story"
	"doorstep/ui/theme"
)

// importFromLog finds the joins in a homeserver's log, and lists them or makes a recording of one.
func (p *program) importFromLog(args []string, list bool, output string) error {
	l, err := openImport(p, args[0], "a log", homelog.Read)
	if err != nil {
		return fmt.Errorf("%s: %w", theme.SafeText(args[0]), err)
	}
	if l.Lost > 0 {
		p.notice(fmt.Sprintf("%s before the last %d are left out", wording.Count(l.Lost, "join"), len(l.Joins)))
	}
	if list {
		return p.listJoins(l)
	}
	n, err := chosen(len(l.Joins), args)
	if err != nil {
		return err
	}
	t, err := l.Trace(n, tool())
	if err != nil {
		return err
	}
	if err := p.writeRecording(t, output); err != nil {
		return err
	}
	p.notice("from a log of " + theme.SafeText(l.Words()) + "; not in it: " + story.MissingWords(t.Header))
	return nil
}

// listJoins names the joins of a log, one a line.
func (p *program) listJoins(l *homelog.Log) error {
	list := []handshakeJSON{}
	for i, j := range l.Joins {
		list = append(list, handshakeJSON{i + 1, j.Began, j.User, j.Target, j.Room, j.Status})
	}
	return p.tellHandshakes(list)
}
