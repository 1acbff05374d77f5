package command

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"doorstep/flow"
	"doorstep/flow/export"
	"doorstep/flow/tap"
	"doorstep/flow/watch"
	"doorstep/flow/wording"
	"doorstep/ui/theme"
)

func (p *program) tapCommand() *cobra.Command {
	var o tap.Options
	var t tapping
	c := &cobra.Command{
		Use:   "tap --listen ADDR --upstream URL",
		Short: "Stand before a homeserver, and show the joins that pass",
		Long: `Tap is a reverse proxy in front of one homeserver: requests and answers pass as
they are, and of those that are part of a remote join it keeps a copy. Each join
by which another server gets into a room of the homeserver is shown, verified
and, with --record, kept. Whatever else passes is counted, and not kept.

It has to stand where other servers look for the homeserver: at its port, with
its certificate (--tls-cert, --tls-key), or behind whatever ends TLS there. What
is not to be seen from there, such as how the joining server found the way, is
not checked. Keys count that are asked for through the tap; --fetch-keys asks
for the rest once a join is over. A join is over when nothing of it has come for
a while (--quiet).

On a terminal the joins are drawn as they pass, and O goes to the next one.
Without one each is told when it is over.`,
		Example: `  doorstep tap --listen 127.0.0.1:8448 --upstream https://127.0.0.1:8449 \
      --tls-cert cert.pem --tls-key key.pem --upstream-name matrix.example
  doorstep tap --listen 127.0.0.1:8009 --upstream http://127.0.0.1:8008 \
      --record joins`,
		Args:              takes(0, 0, ""),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p.stay()
			if err := cmp.Or(o.Check(), t.ready()); err != nil {
				return seeHelp(cmd, err)
			}
			o.Tool = tool()
			return p.tap(cmd.Context(), o, t)
		},
	}
	tapFlags(c, &o)
	c.Flags().BoolVar(&t.once, "once", false, "end after the first join, with its exit code")
	c.Flags().StringVar(&t.folder, "record", "", "write each join to a file in `DIR`")
	return c
}

// tapFlags are the flags that say where a tap stands, and what it keeps.
func tapFlags(c *cobra.Command, o *tap.Options) {
	f := c.Flags()
	f.StringVar(&o.Listen, "listen", "", "where to listen: `ADDR`, such as 127.0.0.1:8448")
	f.StringVar(&o.Upstream, "upstream", "", "the homeserver's `URL`: http or https, host, port")
	f.StringVar(&o.CertFile, "tls-cert", "", "certificate to show, PEM `FILE`; without: plain\nHTTP")
	f.StringVar(&o.KeyFile, "tls-key", "", "its private key, PEM `FILE`")
	f.BoolVar(&o.Public, "public", false, "listen where strangers can connect")
	f.BoolVar(&o.Forwarded, "forwarded-for", false, "tell the homeserver who calls (X-Forwarded-For)")
	f.StringVar(&o.UpstreamName, "upstream-name", "",
		"what the homeserver's certificate has to be for:\n`NAME` (default: the host of --upstream)")
	f.StringVar(&o.CAFile, "ca", "", "trust the authorities in `FILE` too")
	f.BoolVar(&o.Insecure, "insecure", false, "go on with certificates that do not verify")
	f.BoolVar(&o.FetchKeys, "fetch-keys", false, "ask for the keys that signatures need")
	f.StringArrayVar(&o.Pins, "resolve", nil, "`WHERE` a name leads, for --fetch-keys:\nNAME:PORT:ADDRESS")
	f.BoolVar(&o.Private, "allow-private", false, "allow addresses that are not public, for\n--fetch-keys")
	f.Int64Var(&o.MaxBody, "max-body", 0, "keep bodies up to `BYTES` (default: 500 MiB)")
	f.DurationVar(&o.Quiet, "quiet", 0, "a join is over after `TIME` in which nothing of\nit came (default: 2s)")
}

// A tapping is what is told of the joins that pass.
type tapping struct {
	once   bool
	folder string // for recordings; empty: none are written
}

// ready makes the folder for recordings, and looks whether one can be written there: the first join would be too late.
func (t tapping) ready() error {
	if t.folder == "" {
		return nil
	}
	err := os.MkdirAll(t.folder, 0o700)
	var f *os.File
	if err == nil {
		f, err = os.CreateTemp(t.folder, ".doorstep-*")
	}
	if err != nil {
		return fmt.Errorf("--record: %w", err)
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// tap stands before a homeserver until it is told to end.
func (p *program) tap(ctx context.Context, o tap.Options, t tapping) error {
	if p.interactive() && !p.linear {
		return p.tapScreen(ctx, o, t)
	}
	outliveReader()
	told := &joinTeller{p: p, tapping: t, first: make(chan struct{}), recorders: map[*watch.Join]*watch.Recorder{}}
	o.OnJoin, o.OnOver = told.began, told.over
	s, err := tap.Open(ctx, o)
	if err != nil {
		return p.tapTrouble(err)
	}
	p.notice(standsWords(s, o))
	if s.Notice != "" {
		p.notice(theme.SafeText(s.Notice))
	}
	p.awaitTap(ctx, s, told)
	s.Close()
	p.notice(countWords(s.Watcher().Counts()))
	return told.failed()
}

// awaitTap returns when the tap is to end, and says meanwhile when the homeserver does not answer.
func (p *program) awaitTap(ctx context.Context, s *tap.Standing, told *joinTeller) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	var before int64
	for quiet := 0; ; quiet++ {
		select {
		case <-ctx.Done():
			return
		case <-told.first:
			return
		case <-ticker.C:
		}
		if n, why := s.Failing(); n > before && (before == 0 || quiet >= 10) {
			p.notice(fmt.Sprintf("the homeserver left %s without an answer: %s; the tap answered 502 in its own name",
				wording.Count(int(n), "request"), why))
			before, quiet = n, 0
		}
	}
}

// tapTrouble says why a tap cannot stand, and sets the exit code.
func (p *program) tapTrouble(err error) error {
	var trouble *tap.Trouble
	if !errors.As(err, &trouble) || trouble.Kind != tap.Unresolvable {
		return err
	}
	p.notice(oneLine(err))
	p.code, p.reported = flow.Unreachable.ExitCode(), true
	return nil
}

// standsWords say where a tap stands, and who can reach it.
func standsWords(s *tap.Standing, o tap.Options) string {
	how := "http://" + s.Addr().String() + ", without TLS"
	if s.Secure() {
		how = "https://" + s.Addr().String()
	}
	words := "listening on " + how + ", before " + theme.SafeText(o.Upstream) + ": waiting for joins"
	if o.Public {
		words += "; strangers reach all of the homeserver through it, as they would without it"
	}
	return words
}

// countWords say what passed.
func countWords(c watch.Counts) string {
	words := wording.Count(c.Joins, "join") + " passed, and " + wording.Count(c.Others, "other exchange") +
		", of which nothing was kept"
	if c.Lost > 0 {
		words += "; not followed, being too many at once: " + wording.Count(c.Lost, "join")
	}
	return words
}

// A joinTeller tells of joins when they are over, each at once, and records them.
type joinTeller struct {
	tapping
	p     *program
	first chan struct{} // closed when the first join is over and one is enough

	mu        sync.Mutex
	told      int
	recorders map[*watch.Join]*watch.Recorder
	err       error
	lost      recordingsLost
}

// began says that a join has begun, and begins its recording.
func (t *joinTeller) began(j *watch.Join) {
	t.record(j)
	if t.p.wantsJSON() {
		return
	}
	h := j.Trace().Header
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.p.stdout, "join %d: %s begins to join %s\n", j.Number, t.p.spelled(theme.SafeText(h.User)),
		t.p.spelled(theme.SafeText(h.Target)))
	t.p.tellOutput()
}

// record begins the recording of a join, where that is wanted.
func (t *joinTeller) record(j *watch.Join) {
	if t.folder == "" {
		return
	}
	r, err := watch.Record(t.folder, j)
	if err == nil {
		j.Sink(r.Entry)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.lost.say(t.p, "a join is not recorded: "+oneLine(err))
		return
	}
	t.recorders[j] = r
}

// over tells of a join that is over. With once, of the first only.
func (t *joinTeller) over(j *watch.Join) {
	trace := j.Trace()
	t.recorded(j, trace)
	s := flow.Fold(trace)
	report := export.NewReport(trace, s, t.p.reportOptions(false))
	var out bytes.Buffer
	err := export.Read(t.p.readerTo(&out), trace, s, report)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.told++; t.once && t.told > 1 {
		return
	}
	t.keepError(err)
	_, _ = t.p.stdout.Write(t.lines(j, out.Bytes()))
	t.p.tellOutput()
	if t.once {
		t.p.settle(report)
		close(t.first)
	}
}

// lines is what is told of a join, as it is written among those of others.
func (t *joinTeller) lines(j *watch.Join, told []byte) []byte {
	switch {
	case !t.p.wantsJSON():
		return fmt.Appendf(nil, "join %d:\n%s\n", j.Number, told)
	case t.once || t.p.form.name != "json":
		return told
	}
	var line bytes.Buffer
	if err := json.Compact(&line, told); err != nil {
		return told
	}
	return append(line.Bytes(), '\n')
}

// recorded completes the recording of a join.
func (t *joinTeller) recorded(j *watch.Join, trace flow.Trace) {
	t.mu.Lock()
	r := t.recorders[j]
	delete(t.recorders, j)
	t.mu.Unlock()
	if r == nil {
		return
	}
	if err := cmp.Or(r.Close(trace), j.Err()); err != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.lost.say(t.p, "a recording is not whole: "+oneLine(err))
	}
}

func (t *joinTeller) keepError(err error) {
	if t.err == nil {
		t.err = err
	}
}

// failed is the first thing that went wrong with telling. Recordings that were lost make the exit code, unless that is
// of a join.
func (t *joinTeller) failed() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lost.end(t.p)
	return t.err
}
