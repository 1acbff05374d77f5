package command

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/host"
	"doorstep/flow/kept"
	"doorstep/flow/recording"
	"doorstep/flow/sandbox"
	"doorstep/flow/watch"
	"doorstep/ui/theme"
)

// A hostTeller tells of joins as they go, and records them.
type hostTeller struct {
	p     *program
	h     *hosting
	aside io.Writer // where is said what is hosted: not among what is JSON
	quiet time.Duration
	first chan struct{} // closed when the first join is over, where that is what is waited for

	silent bool // the screen tells: this records, and knows how it ended

	mu     sync.Mutex
	on     *watch.Join // whose lines were told last
	going  map[*watch.Join]*told
	done   []*watch.Join
	err    error
	lost   recordingsLost
	calls  int
	exited *flow.Exited
}

// told is how far a join has been told.
type told struct {
	reader export.Reader
	record *export.Recorder
	file   string
}

func (p *program) newHostTeller(h *hosting) *hostTeller {
	t := &hostTeller{p: p, h: h, aside: p.stdout, going: map[*watch.Join]*told{}, first: make(chan struct{})}
	if p.wantsJSON() {
		t.aside = p.stderr
	}
	return t
}

// begins begins to tell of a join.
func (t *hostTeller) begins(j *watch.Join) {
	t.mu.Lock()
	defer t.mu.Unlock()
	one := &told{}
	if !t.silent {
		one.reader = t.p.reader()
	}
	t.going[j] = one
	if t.p.record != "" {
		t.record(j, one)
	}
	if t.silent {
		return
	}
	j.Sink(func(trace flow.Trace, e *flow.Entry) error {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.turnTo(j)
		err := one.reader.Entry(trace, e)
		t.p.tellOutput()
		return err
	})
}

// record begins the recording of a join.
func (t *hostTeller) record(j *watch.Join, one *told) {
	var err error
	if one.file, err = t.file(j); err == nil {
		one.record, err = export.Record(one.file, j.Trace().Header, t.p.force)
	}
	if err == nil {
		j.Sink(one.record.Entry)
		return
	}
	t.lost.say(t.p, "a join is not recorded: "+oneLine(recordingError(err)))
}

// turnTo says whose lines come, where several joins are told at a time.
func (t *hostTeller) turnTo(j *watch.Join) {
	if t.on != j && !t.p.wantsJSON() && (t.on != nil || len(t.going) > 1) {
		h := j.Trace().Header
		fmt.Fprintf(t.p.stdout, "-- join %d: %s\n", j.Number, t.p.spelled(theme.SafeText(cmp.Or(h.User, h.Joining))))
	}
	t.on = j
}

// file is where a join is recorded: in the file that was asked for, where one join is all there is, otherwise one of
// its own in that folder.
func (t *hostTeller) file(j *watch.Join) (string, error) {
	name := t.p.record
	switch folder := isFolder(name); {
	case !folder && j.Number == 1:
		return name, nil
	case !folder:
		ext := filepath.Ext(name)
		return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), j.Number, ext), nil
	}
	if err := os.MkdirAll(name, 0o700); err != nil {
		return "", err
	}
	at := time.Now().UTC().Format("20060102T150405.000")
	return filepath.Join(name, fmt.Sprintf("%s-%s-%d.jsonl", at, t.h.o.Scenario.Name, j.Number)), nil
}

// isFolder reports whether recordings go to a folder: one that is there, or a name that ends like one.
func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir() || strings.HasSuffix(name, string(filepath.Separator))
}

// over tells how a join ended.
func (t *hostTeller) over(j *watch.Join) {
	trace := j.Trace()
	s := flow.Fold(trace)
	report := export.NewReport(trace, s, t.p.reportOptions(false))
	deed := host.DeedOf(trace)
	t.mu.Lock()
	defer t.mu.Unlock()
	one := t.going[j]
	delete(t.going, j)
	t.done = append(t.done, j)
	t.keep(one, trace)
	if !t.silent {
		t.turnTo(j)
	}
	if t.silent {
		// the screen has told it
	} else if t.h.once && t.p.wantsJSON() && t.p.form.name == "json" {
		// one document for all: the join that tells most, once that is known
	} else {
		t.err = cmp.Or(t.err, withoutOutput(t.end(j, one.reader, trace, s, report, deed)))
		t.p.tellOutput()
	}
	t.p.code = report.ExitCode
	if len(t.h.child) == 0 && t.h.once && len(t.done) == 1 {
		close(t.first)
	}
}

// keep completes the recordings of a join. What its header says is known only now.
func (t *hostTeller) keep(one *told, trace flow.Trace) {
	if one.record != nil {
		err := one.record.Close()
		if again := recording.Save(one.file, trace, true); again == nil {
			err = nil // it is whole now
		} else if err == nil {
			err = again
		}
		if err != nil {
			t.lost.say(t.p, "a recording is not whole: "+oneLine(err))
		}
		return
	}
	if t.p.noRecord || !t.p.settings.Record || t.p.record != "" {
		return
	}
	own := kept.New(trace.Header, "host-"+t.h.o.Scenario.Name, t.p.settings.Keep)
	for i := range trace.Entries {
		_ = own.Entry(trace.Prefix(i+1), &trace.Entries[i]) // it returns none
	}
	own.Close()
	if err := own.Err(); err != nil {
		t.lost.say(t.p, "a join is not recorded: "+oneLine(err)+"; --no-record does without")
	}
}

// A hostedJSON is what is added to the report of a join.
type hostedJSON struct {
	Scenario  string       `json:"scenario"`
	Join      int          `json:"join"`
	Asks      string       `json:"asks"`
	Result    host.Result  `json:"result"`
	Shown     flow.Showing `json:"shown_by,omitempty"`
	Evidence  []int        `json:"evidence,omitempty"`
	Residents int          `json:"residents_asked"`
	FellBack  bool         `json:"fell_back"`
	Again     int          `json:"sent_again"`
	Exited    *flow.Exited `json:"command,omitempty"`
}

// end ends a join in the form that was asked for.
func (t *hostTeller) end(j *watch.Join, reader export.Reader, trace flow.Trace, s flow.State, r export.Report,
	d host.Deed) error {
	if t.p.wantsJSON() {
		return t.endJSON(j, trace, s, r, d)
	}
	if err := reader.End(trace, s, r); err != nil {
		return err
	}
	fmt.Fprintf(t.p.stdout, "\nthe joining server %s\n", d.Says())
	return nil
}

func (t *hostTeller) endJSON(j *watch.Join, trace flow.Trace, s flow.State, r export.Report, d host.Deed) error {
	hosted := hostedJSON{Scenario: t.h.o.Scenario.Name, Join: j.Number, Asks: string(sandbox.DutyOf(t.h.o.Scenario)),
		Result: d.Result, Shown: d.Reaction.By, Evidence: d.Reaction.Evidence, Residents: d.Residents, FellBack: d.FellBack,
		Again: d.Again, Exited: d.Exited}
	if t.p.form.name == "ndjson" {
		r.Steps = nil
		return t.p.writeJSON(struct {
			Doorstep int           `json:"doorstep"`
			Result   export.Report `json:"result"`
			Hosted   hostedJSON    `json:"hosted"`
		}{1, r, hosted})
	}
	return t.p.writeJSON(struct {
		export.Report
		Hosted hostedJSON `json:"hosted"`
	}{r, hosted})
}

// call tells of a connection that brought no request.
func (t *hostTeller) call(server string, f client.InboundFailure) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls++
	if t.calls <= mostCalls {
		fmt.Fprintf(t.aside, "%s: %s called, and asked nothing: %s\n", t.p.spelled(theme.SafeText(server)),
			t.p.spelled(theme.SafeText(f.Address)), t.p.spelled(theme.SafeText(f.Failure.Message)))
	}
}

// mostCalls is of how many such connections is told.
const mostCalls = 100

// failed is the first thing that went wrong with telling. Recordings that were lost make the exit code, unless that is
// of a join.
func (t *hostTeller) failed() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lost.end(t.p)
	return t.err
}

// verdict is the exit code of one join, or what it was expected to come to.
func (t *hostTeller) verdict() error {
	err := t.outcome()
	return cmp.Or(err, t.failed())
}

func (t *hostTeller) outcome() error {
	result := host.Absent
	if j := host.Best(t.done); j != nil {
		trace := j.Trace()
		result = host.DeedOf(trace).Result
		state := flow.Fold(trace)
		report := export.NewReport(trace, state, t.p.reportOptions(false))
		t.p.code, t.p.reported = report.ExitCode, true
		if t.p.form != nil && t.p.form.name == "json" {
			if err := t.endJSON(j, trace, state, report, host.DeedOf(trace)); err != nil {
				return err
			}
		}
	} else {
		t.p.notice("no join came" + t.how())
		t.p.code, t.p.reported = 3, t.p.signals.ctx.Err() == nil
	}
	if t.h.expect == "" {
		return nil
	}
	if host.Expectation(t.h.expect).Met(result) {
		t.p.code = 0
		fmt.Fprintf(t.aside, "as expected: the joining server %s\n", result.Says())
		return nil
	}
	t.p.code = 1
	t.p.notice(fmt.Sprintf("%s was expected, and the joining server %s", t.h.expect, result.Says()))
	return nil
}

// how is how the command ended, where there is one.
func (t *hostTeller) how() string {
	if t.exited == nil {
		return ""
	}
	return "; " + t.exited.Says()
}
