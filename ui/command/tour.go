package command

import (
	"context"
	"fmt"
	"path/filepath"

	"doorstep/flow/kept"
	"doorstep/flow/sandbox"
	"doorstep/flow/sandbox/engine"
	"doorstep/flow/tour"
	"doorstep/ui"
	uitour "doorstep/ui/tour"
)

// tourFile is where it is kept how far somebody has come.
func tourFile() (string, error) {
	state, err := kept.State()
	if err != nil {
		return "", err
	}
	return filepath.Join(state, "tour.json"), nil
}

// tour is the tour as the screen offers it. Its handshakes are not recorded: they are all the same. Progress is kept
// where runs are recorded of themselves.
func (p *program) tour() *ui.Tour {
	path, unknown := tourFile()
	t := &ui.Tour{Chapters: tour.Chapters(), Start: startStop, Progress: func() (uitour.Progress, string) {
		if unknown != nil {
			return uitour.Progress{}, ""
		}
		progress, err := uitour.Read(path)
		if err != nil {
			return uitour.Progress{}, "how far you were cannot be read, the tour begins anew: " + err.Error()
		}
		return progress, ""
	}}
	if unknown == nil && !p.noRecord && p.settings.Record {
		t.Save = func(progress uitour.Progress) error { return progress.Write(path) }
	}
	return t
}

// startStop starts the handshake of a stop.
func startStop(ctx context.Context, name string) (ui.Source, func(), error) {
	scenario, ok := sandbox.Lookup(name)
	if !ok {
		return nil, nil, fmt.Errorf("no scenario %q", name)
	}
	run, stop, err := sandbox.Join(ctx, scenario, engine.JoinOptions{Tool: tool()})
	if err != nil {
		return nil, nil, err
	}
	return run, stop, nil
}
