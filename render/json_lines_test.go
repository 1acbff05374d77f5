package render

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
)

// A wanted line is what a line of a document has to be, from how the document was written.
type wanted struct {
	path      string
	from, end int // of its value
	off       int
	close     bool
}

// A composer writes a document and notes its lines.
type composer struct {
	bytes.Buffer
	random *rand.Rand
	lines  []wanted
}

func (c *composer) blank() { c.WriteString([]string{"", "", "", " ", "\n\t "}[c.random.IntN(5)]) }

// value writes a value that lies in depth containers; off is where its line begins.
func (c *composer) value(path string, off, depth int) {
	at := len(c.lines)
	c.lines = append(c.lines, wanted{path: path, from: c.Len(), off: off})
	switch kind := c.random.IntN(16); {
	case kind < 4 && depth < 40:
		c.container(path, at, depth, kind%2 == 0)
	case kind < 6:
		c.WriteString([]string{"{}", "[]", "[ ]", "{\n}"}[c.random.IntN(4)])
	case kind < 7 && c.random.IntN(5) == 0:
		fmt.Fprintf(c, "%q", strings.Repeat("long ", 3000))
	default:
		c.WriteString([]string{"1", "-2.5e3", "true", "null", `"a\"b\u00e9"`, `"日本"`}[c.random.IntN(6)])
	}
	c.lines[at].end = c.Len()
}

func (c *composer) container(path string, at, depth int, object bool) {
	c.WriteByte("[{"[btoi(object)])
	members := 1 + c.random.IntN(6)
	if depth == 0 {
		members = 400
	}
	for i := range members {
		if i > 0 {
			c.blank()
			c.WriteByte(',')
		}
		c.blank()
		off, name := c.Len(), fmt.Sprint(i)
		if object {
			name = "k" + name
			fmt.Fprintf(c, "%q", name)
			c.blank()
			c.WriteByte(':')
			c.blank()
		}
		c.value(path+"/"+name, off, depth+1)
	}
	c.blank()
	c.lines = append(c.lines, wanted{path: path, from: c.lines[at].from, off: c.Len(), close: true})
	closing := len(c.lines) - 1
	c.WriteByte("]}"[btoi(object)])
	c.lines[closing].end = c.Len()
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Whatever line is asked for, and however lines were asked for before, it is the one that was written.
func TestLinesAreReadAgain(t *testing.T) {
	for seed := range uint64(6) {
		c := &composer{random: rand.New(rand.NewPCG(seed, 1))}
		c.lines = append(c.lines, wanted{})
		c.container("", 0, 0, seed%2 == 0)
		c.lines[0].end = c.Len()
		d := NewDocument(c.Bytes(), nil)
		if d.Lines() != len(c.lines) || len(d.lines.runs) < 5 {
			t.Fatalf("%s: %d lines in %d runs, want %d", d.Notice(), d.Lines(), len(d.lines.runs), len(c.lines))
		}
		order := c.random.Perm(len(c.lines))
		for i := range c.lines {
			order = append(order, i)
		}
		for _, i := range order {
			w := c.lines[i]
			if got := string(d.PathAt(i)); got != w.path {
				t.Fatalf("line %d: path %q, want %q", i, got, w.path)
			}
			if got := d.ValueAt(i); !bytes.Equal(got, c.Bytes()[w.from:w.end]) {
				t.Fatalf("line %d: value %.80q, want %.80q", i, got, c.Bytes()[w.from:w.end])
			}
			if at := d.Offset(i); at != w.off || d.Reveal(at) != i || d.Reveal(w.end-1) != i && w.close {
				t.Fatalf("line %d: at %d, which leads to line %d; want %d", i, at, d.Reveal(at), w.off)
			}
		}
		for range 200 { // a fold hides what lies within, and nothing else
			i := c.random.IntN(len(c.lines))
			left := d.Fold(i)
			w := c.lines[left]
			n := len(w.path)
			hidden := 0
			for _, other := range c.lines {
				if len(other.path) > n && other.path[:n] == w.path && other.path[n] == '/' || other.close && other.path == w.path {
					hidden++
				}
			}
			if got := len(c.lines) - d.Lines(); got != hidden {
				t.Fatalf("folded %q: %d lines are hidden, want %d", w.path, got, hidden)
			}
			d.UnfoldAll()
		}
	}
}

// The index of a body takes a few hundredths of its bytes; where they are chosen to make it large, no more than is
// indexed at a time.
func TestIndexIsSmall(t *testing.T) {
	nested := strings.Repeat("[", 500) + strings.Repeat("]", 500)
	for name, test := range map[string]struct {
		raw  []byte
		most int
	}{
		"answer": {bigBody(4 << 20), 200 << 10},
		"text":   {[]byte(`"` + strings.Repeat("x", 4<<20) + `"`), 100},
		"tiny":   {[]byte("[" + strings.Repeat("{},", 1<<20) + "0]"), 300 << 10},
		"nested": {[]byte("[" + strings.Repeat(nested+",", 16<<10) + "0]"), 40 << 20},
	} {
		d := NewDocument(test.raw, nil)
		size := cap(d.lines.runs)*24 + cap(d.lines.carried)*28
		t.Logf("%s: %d lines of %d bytes, %.2f a line, index %.2f %%", name, d.lines.n, len(test.raw), float64(size)/float64(d.lines.n),
			100*float64(size)/float64(len(test.raw)))
		if size > test.most {
			t.Errorf("%s: the index takes %d bytes for %d", name, size, len(test.raw))
		}
	}
}

// A text can be looked at anywhere: what is drawn there is what stands there, and a search leads to it.
func TestScrolledSideways(t *testing.T) {
	for _, unit := range []string{"0123456789", "0123456é89", "日本語", "e\u0301\u202ex"} {
		text := ""
		for i := 0; len(text) < 40_000; i++ {
			text += fmt.Sprintf("<%d>", i) + unit
		}
		d := NewDocument([]byte(`{"a":"`+text+`","b":1}`), nil)
		for _, i := range []int{0, 3, 99, 400, 1999, 200, 1500, 1501} {
			mark := fmt.Sprintf("<%d>", i)
			at := strings.Index(text, mark)
			if at < 0 {
				continue
			}
			at += len(`{"a":"`)
			for _, width := range []int{40, 80, 200} {
				left := d.Scroll(at, width, Unicode())
				lines := d.View(Styles{}, Unicode(), width, 4, 0, 1, ViewOptions{Left: left})
				if !strings.Contains(lines[1], mark) {
					t.Fatalf("%s: scrolled by %d in %d columns %s is not in %q", unit, left, width, mark, lines[1])
				}
				again := NewDocument(d.raw, nil).View(Styles{}, Unicode(), width, 4, 0, 1, ViewOptions{Left: left})
				if again[1] != lines[1] {
					t.Fatalf("%s: the second look is\n%q, the first\n%q", unit, again[1], lines[1])
				}
			}
		}
	}
}

// BenchmarkLong looks at a text of many bytes where it begins and where it ends.
func BenchmarkLong(b *testing.B) {
	for _, size := range []int{64 << 10, 10 << 20} {
		d := NewDocument([]byte(`{"a":"`+strings.Repeat("x", size)+`","b":1}`), nil)
		st := theme(b, "dark")
		for name, left := range map[string]int{"begin": 0, "end": size - 100} {
			b.Run(fmt.Sprintf("%d KiB %s", size>>10, name), func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					d.View(st, Unicode(), 200, 50, 0, 1, ViewOptions{Left: left - i%9*8})
				}
			})
		}
	}
}

// BenchmarkLarge does in a body of 100 MB what a key asks for, at places all over it.
func BenchmarkLarge(b *testing.B) {
	raw := bigBody(100 << 20)
	st := theme(b, "dark")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	d := NewDocument(raw, nil)
	runtime.GC()
	runtime.ReadMemStats(&after)
	random := rand.New(rand.NewPCG(1, 1))
	b.Run("index", func(b *testing.B) {
		b.SetBytes(int64(len(raw)))
		for b.Loop() {
			NewDocument(raw, nil)
		}
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(d.lines.n), "B/line")
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(len(raw)), "B/B")
	})
	b.Run("fold", func(b *testing.B) {
		for b.Loop() {
			at := d.Fold(random.IntN(d.Lines()))
			d.View(st, Unicode(), 200, 50, at, at, ViewOptions{})
			d.Unfold(at)
		}
	})
	b.Run("reveal", func(b *testing.B) {
		for b.Loop() {
			at := d.Reveal(random.IntN(len(raw)))
			d.View(st, Unicode(), 200, 50, at, at, ViewOptions{})
			d.PathAt(at)
		}
	})
}
