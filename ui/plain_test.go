package ui

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/export"
	"doorstep/flow/shell"
	"doorstep/flow/verify"
	"doorstep/flow/wording"
	"doorstep/ui/story"
	"doorstep/ui/text"
	"doorstep/ui/theme"
)

func cellsOf(line string) int { return ansi.StringWidth(line) }

func TestPlain(t *testing.T) {
	for _, name := range []string{"joined", "refused", "timeout"} {
		for _, ascii := range []bool{false, true} {
			var out bytes.Buffer
			if err := text.Write(&out, recorded(t, name), text.Options{ASCII: ascii}); err != nil {
				t.Fatal(err)
			}
			file := "plain-" + name + ".txt"
			if ascii {
				file = "plain-" + name + "-ascii.txt"
				if i := strings.IndexFunc(out.String(), func(r rune) bool { return r > '~' }); i >= 0 {
					t.Errorf("%s: not ASCII at %d", name, i)
				}
			}
			// What follows is told in the words of package flow, which changes them: see TestPlainTellsEverything.
			lines, _, _ := strings.Cut(out.String(), "\nfrom the protoevent")
			lines, _, _ = strings.Cut(lines, "\nfinding:")
			lines, _, _ = strings.Cut(lines, "\nchecks:")
			golden(t, file, lines)
		}
	}
}

// The summary tells of every change, every check that did not pass, and every finding.
func TestPlainTellsEverything(t *testing.T) {
	for _, name := range []string{"joined", "refused", "timeout", "flawed"} {
		trace := recorded(t, name)
		var out bytes.Buffer
		if err := text.Write(&out, trace, text.Options{}); err != nil {
			t.Fatal(err)
		}
		var want []string
		r := export.NewReport(trace, flow.Fold(trace), export.ReportOptions{})
		for _, c := range r.Diff {
			if c.Change != flow.Copied {
				want = append(want, fmt.Sprintf("%-9s %s: %s", c.Change, c.Path, c.Why))
			}
		}
		for _, c := range r.Checks {
			if c.Outcome != verify.Pass.String() {
				want = append(want, c.ID, c.Detail)
			}
		}
		for _, f := range r.Findings {
			want = append(want, "finding: "+f.ID, f.Title, f.Cause, f.Advice, f.Apart, f.Source,
				"evidence: "+story.EvidenceWords(f.Evidence))
		}
		for _, w := range story.ReactionsAfter(trace, story.RefusedEntries(flow.Fold(trace), r.Findings)) {
			want = append(want, fmt.Sprintf("after %s, other homeservers:", story.EvidenceWords(w.Seqs)),
				"Synapse: "+w.List[0].Does)
		}
		if v := flow.Fold(trace).Verification; v != nil {
			want = append(want, "why auth_chain: "+v.Sets().Why())
		}
		told := strings.Join(strings.Fields(out.String()), " ") // lines are broken between words
		for _, text := range want {
			if !strings.Contains(told, strings.Join(strings.Fields(text), " ")) {
				t.Errorf("%s: %q is not in:\n%s", name, text, out.String())
			}
		}
		if len(want) == 0 {
			t.Errorf("%s: there is nothing to tell", name)
		}
	}
}

// The stream of lines and the whole are the same text.
// A command stands once with each finding that has it, whole and on a line of its own, right after what to do.
func TestPlainTellsCommandsOnce(t *testing.T) {
	var b strings.Builder
	p, w := &text.Writer{}, bufio.NewWriter(&b)
	long := shell.Text("curl -gs --connect-to '::192.0.2.1:8448' 'https://" + strings.Repeat("long.",
		30) + "example/_matrix/key/v2/server'")
	p.Findings(w, flow.Trace{}, flow.State{}, []diagnose.Finding{{ID: "x", Title: "A title", Advice: "Do this.",
		Cause: "For that.", Try: []shell.Text{"dig -t A -q 'a.example.'", long}}})
	w.Flush()
	want := "what to do: Do this.\n  try: dig -t A -q 'a.example.'\n  try: " + string(long) + "\n  cause: For that.\n"
	if got := b.String(); !strings.Contains(got, want) || strings.Count(got, "dig ") != 1 || strings.Count(got,
		"curl ") != 1 {
		t.Errorf("%s\nwant in it:\n%s", got, want)
	}
}

func TestPlainStreams(t *testing.T) {
	trace := recorded(t, "failover")
	var whole, lines bytes.Buffer
	if err := text.Write(&whole, trace, text.Options{}); err != nil {
		t.Fatal(err)
	}
	p := text.New(&lines, text.Options{})
	for i := range trace.Entries {
		if err := p.Entry(trace.Prefix(i+1), &trace.Entries[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Summary(trace); err != nil {
		t.Fatal(err)
	}
	if whole.String() != lines.String() {
		t.Errorf("whole:\n%s\nin lines:\n%s", whole.String(), lines.String())
	}
}

func TestPlainOfAnUnfinishedTrace(t *testing.T) {
	var out bytes.Buffer
	if err := text.Write(&out, recorded(t, "joined").Prefix(7), text.Options{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "the trace ends before the handshake does") {
		t.Errorf("it does not say so:\n%s", out.String())
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestPlainTellsOfWriteErrors(t *testing.T) {
	if err := text.Write(full{}, recorded(t, "joined"), text.Options{}); err == nil {
		t.Error("no error")
	}
}

func TestLadderText(t *testing.T) {
	for _, name := range []string{"joined", "merged"} {
		golden(t, "ladder-"+name+".txt", strings.Join(text.Ladder(recorded(t, name), 80, 0, false), "\n")+"\n")
	}
	lines := text.Ladder(recorded(t, "joined"), 60, 10, true)
	if len(lines) != 10 {
		t.Errorf("%d lines", len(lines))
	}
}

// link is a line that has nothing but a link.
var link = regexp.MustCompile(`^ *https://\S+$`)

func TestExplain(t *testing.T) {
	for _, c := range diagnose.Catalogue() {
		var out bytes.Buffer
		if err := text.Explain(&out, c, false); err != nil {
			t.Fatal(err)
		}
		told := strings.Join(strings.Fields(out.String()), " ")
		for _, text := range []string{c.ID, c.Title, c.Cause, c.Advice, c.Apart, c.Source, c.Where, string(c.Sight)} {
			if !strings.Contains(told, strings.Join(strings.Fields(text), " ")) {
				t.Errorf("%s: %q is not in:\n%s", c.ID, text, out.String())
			}
		}
		for _, line := range strings.Split(out.String(), "\n")[2:] {
			// a command stays in one line, to be copied, and so does a link, which is alone there
			whole := strings.HasPrefix(line, "Try: ") || link.MatchString(line)
			if cellsOf(line) > text.PlainWidth && !whole {
				t.Errorf("%s: a line of %d cells: %q", c.ID, cellsOf(line), line)
			}
		}
		for _, command := range c.Commands() {
			if !strings.Contains(out.String(), "\nTry: "+string(command)+"\n") {
				t.Errorf("%s: the command %q is not in:\n%s", c.ID, command, out.String())
			}
		}
	}
}

func TestWords(t *testing.T) {
	for n, want := range map[int]string{0: "0 B", 999: "999 B", 1126: "1.1 KiB", 4404019: "4.2 MiB", 3 << 30: "3.0 GiB"} {
		if got := story.Size(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	l := story.Phrases{Signs: theme.SignsOf(false)}
	for id, want := range map[string]string{"!abc:c.org": "!abc:c.org", "$IRhLYsOBsvPcBUzW0h2yKV0": "$IRhLYsO…", "": "",
		"#ö:ä": "#ö:ä"} {
		if got := l.ShortID(id); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
	for target, want := range map[string]string{
		"/_matrix/client/v3/join/%23room%3Aa.org?via=b": "#room:a.org", "/x/%zz": "%zz", "": "", "no path": "no path",
	} {
		if got := story.LastSegment(target); got != want {
			t.Errorf("%q: %q, want %q", target, got, want)
		}
	}
	if got := fmt.Sprint(wording.Count(1, "key"), wording.Count(2, "key")); got != "1 key2 keys" {
		t.Error(got)
	}
}
