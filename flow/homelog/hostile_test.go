package homelog

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/recording"
)

// real is a log of a real homeserver.
func real(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// all makes traces of every join, writes them, reads them and looks for findings.
func all(t testing.TB, text []byte) *Log {
	t.Helper()
	l, err := Read(bytes.NewReader(text))
	if err != nil {
		if !errors.Is(err, ErrNoJoin) && len(text) > 2 && text[0] != 0x1f {
			t.Fatalf("%v", err)
		}
		return nil
	}
	for i := range l.Joins {
		trace, err := l.Trace(i+1, "doorstep test")
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := recording.Write(&b, trace); err != nil {
			t.Fatal(err)
		}
		again, err := recording.Read(&b)
		if err != nil {
			t.Fatalf("%v in what was made of\n%.2000q", err, text)
		}
		s := flow.Fold(again)
		diagnose.Findings(again, s)
		if s.Verification != nil || len(s.Checks()) > 0 {
			t.Fatal("something was checked")
		}
	}
	return l
}

// A repeated reader gives a text again and again, up to so many bytes.
type repeated struct {
	text string
	at   int
	left int64
}

func (r *repeated) Read(b []byte) (int, error) {
	if r.left <= 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(b) {
		k := copy(b[n:], r.text[r.at:])
		n, r.at = n+k, (r.at+k)%len(r.text)
	}
	r.left -= int64(n)
	return n, nil
}

// Whatever a log holds, memory stays bounded: a line without end, lines that begin requests which never end, and joins
// without number.
func TestMemory(t *testing.T) {
	const noEnd = "no end of line"
	many := &strings.Builder{}
	for i := range 20000 {
		fmt.Fprintf(many, "2026-11-27 05:15:44,678 - synapse.http.matrixfederationclient - 1 - DEBUG - GET-%d - {GET-O-%d} [a.example] "+
			"Sending request: GET matrix-federation://a.example/_matrix/federation/v1/make_join/%%21r%%3Aa.example/%%40u%d%%3Ab.example; timeout 1s\n",
			i, i, i)
	}
	joins := strings.ReplaceAll(strings.ReplaceAll(many.String(), "DEBUG", "INFO"),
		"Sending request: GET", "Request failed: GET")
	joins = strings.ReplaceAll(joins, "; timeout 1s", ": TimeoutError('')")
	for name, text := range map[string]string{noEnd: "x", "only blanks": " ", "open requests": many.String(),
		"joins":                 joins,
		"a body that is a list": `time="2026-11-27T05:17:28Z" level=info msg="` + strings.Repeat("1 ", 1000)} {
		in := &repeated{text: text, left: 8 << 20}
		if name == noEnd {
			in.left = 100 << 20
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		l, err := Read(in)
		runtime.GC()
		runtime.ReadMemStats(&after)
		if err != nil && !errors.Is(err, ErrNoJoin) {
			t.Errorf("%s: %v", name, err)
		}
		if l != nil && len(l.Joins) > usualLimits.joins {
			t.Errorf("%s: %d joins are kept", name, len(l.Joins))
		}
		if held := int64(after.HeapAlloc) - int64(before.HeapAlloc); held > 80<<20 {
			t.Errorf("%s: %d MiB are held", name, held>>20)
		}
		runtime.KeepAlive(l)
	}
}

// A log larger than what is read is refused with its line, and so is one that is no gzip though it begins as such.
func TestLimits(t *testing.T) {
	l := usualLimits
	l.size = 1000
	if _, err := readWithin(bytes.NewReader(real(t, "synapse-1.163.2-info-joining.log")), l); err == nil ||
		!strings.HasPrefix(err.Error(), "line ") || !strings.Contains(err.Error(), "it has more than 1000 bytes") {
		t.Errorf("too large: %v", err)
	}
	if _, err := Read(strings.NewReader("\x1f\x8bnot gzip")); err == nil {
		t.Error("what is no gzip is read")
	}
	l = usualLimits
	l.joins = 3
	some, err := readWithin(bytes.NewReader(real(t, "synapse-1.163.2-info-joining.log")), l)
	if err != nil || len(some.Joins) != 3 || some.Lost != 5 {
		t.Errorf("the last three of eight: %+v, %v", some, err)
	}
}

// Joins hold no more than they may: the oldest go first, and are counted. A log that unpacks to far more than logs do
// is refused.
func TestHeldAndUnpacked(t *testing.T) {
	text := real(t, "synapse-1.163.2-info-joining.log")
	l := usualLimits
	l.held = 6000
	some, err := readWithin(bytes.NewReader(text), l)
	if err != nil || len(some.Joins) == 0 || some.Lost == 0 || len(some.Joins)+some.Lost != 8 {
		t.Fatalf("%d of eight joins are kept, and %d lost: %v", len(some.Joins), some.Lost, err)
	}
	whole := all(t, text)
	if a, b := whole.Joins[7], some.Joins[len(some.Joins)-1]; a.User != b.User || !a.Began.Equal(b.Began) {
		t.Errorf("the last join is %v, not %v", b, a)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for range 4 << 10 {
		if _, err := z.Write(bytes.Repeat([]byte(" "), 1<<10)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	l.freely = 1 << 20
	_, err = readWithin(bytes.NewReader(packed.Bytes()), l)
	if err == nil || !strings.Contains(err.Error(), "200 times its size") {
		t.Errorf("a bomb: %v", err)
	}
}

// A log may begin and end anywhere.
func TestCutAnywhere(t *testing.T) {
	for _, name := range []string{"synapse-1.163.2-info-joining.log", "dendrite-0.15.2-info-joining.log",
		"synapse-1.163.2-json-resident.log"} {
		text := real(t, name)
		for i := 0; i < len(text); i += 211 {
			all(t, text[:i])
			all(t, text[i:])
		}
	}
}

// A join whose end is cut off has no outcome that the log does not tell.
func TestBreaksOff(t *testing.T) {
	text := real(t, "synapse-1.163.2-info-joining.log")
	end := bytes.Index(text, []byte("Completed request: 200 OK in 0.06 secs")) // of the first send_join
	l := all(t, text[:bytes.LastIndexByte(text[:end], '\n')+1])
	if l == nil || len(l.Joins) != 1 {
		t.Fatal("the join is not found")
	}
	trace, _ := l.Trace(1, "")
	if s := flow.Fold(trace); s.Outcome() != flow.NotProven || s.JoinedByLog() {
		t.Errorf("outcome %s", s.Outcome())
	}
}

// Times that go back keep the order of the lines, and entries never do.
func TestClockGoesBack(t *testing.T) {
	lines := strings.SplitAfter(string(real(t, "synapse-1.163.2-info-joining.log")), "\n")
	at := time.Date(2026, 11, 27, 5, 15, 44, 0, time.UTC)
	for i, line := range lines {
		if strings.HasPrefix(line, "2026-") {
			lines[i] = at.Add(-time.Duration(i)*time.Second).Format("2006-01-02 15:04:05,000") + line[23:]
		}
	}
	l := all(t, []byte(strings.Join(lines, "")))
	if l == nil || len(l.Joins) != 8 {
		t.Fatalf("%+v", l)
	}
	for i := range l.Joins {
		trace, _ := l.Trace(i+1, "")
		for k := 1; k < len(trace.Entries); k++ {
			if trace.Entries[k].At < trace.Entries[k-1].At || trace.Entries[k].Took < 0 {
				t.Errorf("join %d, entry %d: its time goes back", i+1, k+1)
			}
		}
		if first := trace.Entry(1); first.Step != flow.A1 {
			t.Errorf("join %d begins with %s", i+1, first.Step)
		}
	}
}

// Names that are none make no join, and access tokens are not kept.
func TestHostileNames(t *testing.T) {
	text := string(real(t, "synapse-1.163.2-info-joining.log"))
	for _, name := range []string{"\x1b[31m", "../../etc/passwd", "%2e%2e%2f", "%00", "@",
		strings.Repeat("a", 300), "\u202e", "%1b%5b2J", "'", "\""} {
		for _, was := range []string{"bob", "ok10", "127.0.0.1:42277", "%3A"} {
			all(t, []byte(strings.ReplaceAll(text, was, name)))
		}
	}
	for _, name := range []string{"access_token", "access%5Ftoken", "%61ccess%5ftoke%6E", "%zz&access_token"} {
		tokens := strings.NewReplacer("?server_name", "?"+name+"=syt_secret&server_name", ":42277 HTTP/1.1",
			":42277?"+name+"=syt_secret HTTP/1.1").Replace(text)
		l := all(t, []byte(tokens))
		for i := range l.Joins {
			trace, _ := l.Trace(i+1, "")
			var b bytes.Buffer
			if err := recording.Write(&b, trace); err != nil || strings.Contains(b.String(), "syt_secret") {
				t.Errorf("join %d keeps a token given as %s: %v", i+1, name, err)
			}
		}
	}
}

// A body that Dendrite logs byte by byte is taken for what it is, and numbers that are no bytes for none.
func TestDendriteBodies(t *testing.T) {
	for words, want := range map[string]string{
		"contents=[123 125] msg=Failed code=403 wrapped=M_FORBIDDEN: no":     "{}",
		"contents=[] msg=Failed code=403 wrapped=M_FORBIDDEN: no":            "",
		"contents=[300 1] msg=Failed code=403 wrapped=M_FORBIDDEN: no":       "",
		"contents=[123 125] msg=Failed code=99999 wrapped=M_FORBIDDEN: what": "{}",
		"contents=[1 msg= code=": "",
	} {
		if _, _, body := dendriteError(words); string(body) != want {
			t.Errorf("%s: body %q", words, body)
		}
	}
}

func FuzzRead(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.log")
	for _, file := range files {
		text := real(f, filepath.Base(file))
		at := bytes.Index(text, []byte("make_join")) // with the line that has it, and those after
		at = bytes.LastIndexByte(text[:max(at, 0)], '\n') + 1
		f.Add(text[at:min(at+1500, len(text))])
	}
	f.Fuzz(func(t *testing.T, text []byte) { all(t, text) })
}
