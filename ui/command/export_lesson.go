package command

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"doorstep/flow/tour"
	"doorstep/ui/document"
	"doorstep/ui/lesson"
	uitour "doorstep/ui/tour"
)

// exportLesson writes a page to learn from: of a recording, or of the whole tour where none is named.
func (p *program) exportLesson(cmd *cobra.Command, args []string, output string, wants redaction) error {
	var page bytes.Buffer
	from := ""
	if len(args) == 0 {
		if wants.yes {
			return seeHelp(cmd, errors.New("export: the tour is run in the sandbox: there is nothing to redact"))
		}
		if err := p.course(cmd.Context(), &page); err != nil {
			return err
		}
	} else {
		from = args[0]
		html, _ := document.Lookup("html") // it is passed on as that is
		h, err := p.handshake(cmd.Context(), from, html, wants)
		if err == nil {
			err = lesson.WriteRecording(&page, h)
		}
		if err != nil {
			return err
		}
	}
	write := func(w io.Writer) error {
		_, err := w.Write(page.Bytes())
		return err
	}
	if output == "" {
		return unfinished(write(p.wholeOutput()))
	}
	return p.exportTo(output, from, write)
}

// course runs the tour and writes it.
func (p *program) course(ctx context.Context, w io.Writer) error {
	return lesson.WriteCourse(ctx, w, lesson.Tour{Chapters: tour.Chapters(), Intro: uitour.Introduction,
		Made: "Made by " + tool(), Spelled: func(s string) string { return uitour.Spelled(s, p.keyOf) },
		Start: func(ctx context.Context, scenario string) (lesson.Run, func(), error) {
			return startStop(ctx, scenario)
		}})
}
