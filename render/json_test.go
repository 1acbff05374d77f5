package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"doorstep/render/rendertest"

	"github.com/google/go-cmp/cmp"
)

const sendJoin = `{"event":{"auth_events":["$a","$b"],"content":{"membership":"join","m.federate":true},` +
	`"depth":12345678901234567890,"hashes":{"sha256":"q/1"},"origin_server_ts":1.50e+3},"members_omitted":false,"origin":"c.org",` +
	`"state":[{"type":"m.room.create","content":{}},{"type":"m.room.member","content":{"displayname":"a\u001b\"\\é\/b"}}, [ ] ],"auth_chain":[],"x":null}`

// text returns a view without looks, blanks at line ends or empty lines at the end.
func text(d *Document, width, height, top int) []string {
	lines := d.View(Styles{}, Unicode(), width, height, top, -1, ViewOptions{})
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func TestDocumentFrames(t *testing.T) {
	for _, tt := range []struct {
		name          string
		raw           string
		width, height int
		set           func(d *Document) (top, cursor int)
		opt           ViewOptions
	}{
		{name: "pretty", raw: sendJoin, width: 60, height: 40, set: func(*Document) (int, int) { return 0, 3 }},
		{name: "folded", raw: sendJoin, width: 60, height: 12, set: func(d *Document) (int, int) {
			d.FoldAll(1)
			return 0,
				1
		}},
		{name: "narrow", raw: sendJoin, width: 24, height: 20, set: func(*Document) (int, int) { return 2, 8 }},
		{name: "scrolled sideways", raw: sendJoin, width: 24, height: 20, set: func(*Document) (int, int) { return 2, 8 },
			opt: ViewOptions{Left: 9}},
		{name: "numbers and hits", raw: sendJoin, width: 60, height: 20, set: func(*Document) (int, int) { return 14, -1 },
			opt: ViewOptions{Numbers: true, Find: NewNeedle("m.r")}},
		{name: "raw", raw: sendJoin, width: 60, height: 12, set: func(d *Document) (int, int) {
			d.SetMode(Raw)
			return 0,
				2
		}},
		{name: "hex", raw: sendJoin, width: 80, height: 6, set: func(d *Document) (int, int) { d.SetMode(Hex); return 1, 2 }},
		{name: "narrow hex", raw: sendJoin, width: 40, height: 6, set: func(d *Document) (int,
			int) {
			d.SetMode(Hex)
			return 1, 2
		}},
		{name: "not json", raw: "<html>\r\n\t<title>502 \x1b[31mBad Gateway</title>\n</html>\n", width: 40, height: 6},
		{name: "not text", raw: "\x1f\x8b\x08\x00\xff\xfe{}", width: 80, height: 3},
		{name: "empty", raw: "", width: 20, height: 2},
		{name: "hostile strings", raw: "{\"a\x7f\u202e\":\"\u009b31m\u200b\",\"\xff\":[\"e" + strings.Repeat("\u0301",
			9) + "\"],\"wide\":\"日本語\"}", width: 70, height: 8},
	} {
		for _, k := range looks() {
			if k.name != "unicode-dark" && k.name != "ascii-mono" {
				continue
			}
			t.Run(tt.name+"/"+k.name, func(t *testing.T) {
				d, top, cursor := NewDocument([]byte(tt.raw), nil), 0, 0
				if tt.set != nil {
					d.View(Styles{}, k.glyphs, tt.width, tt.height, 0, 0, tt.opt)
					top, cursor = tt.set(d)
				}
				lines := d.View(theme(t, k.theme), k.glyphs, tt.width, tt.height, top, cursor, tt.opt)
				lines = append([]string{fmt.Sprintf("%-*.*s", tt.width, tt.width, d.Title()+"; "+d.Notice())}, lines...)
				requireFrame(t, lines, tt.width)
			})
		}
	}
}

// Pretty-printing changes blanks between tokens and nothing else.
func TestPrettyKeepsSpelling(t *testing.T) {
	d := NewDocument([]byte(sendJoin), nil)
	lines := text(d, 400, 100, 0)
	if got, want := len(lines), d.Lines(); got != want {
		t.Fatalf("%d lines drawn, Lines is %d", got, want)
	}
	var got strings.Builder
	for _, line := range lines {
		line = strings.TrimLeft(line, " ")
		if key, value, ok := strings.Cut(line, `": `); ok && line[0] == '"' {
			line = key + `":` + value
		}
		got.WriteString(line)
	}
	want := strings.ReplaceAll(strings.ReplaceAll(sendJoin, ", [ ] ]", ",[]]"), "}, {", "},{")
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Error(diff)
	}
}

func TestFolding(t *testing.T) {
	d := NewDocument([]byte(`{"a":{"b":[1,2,{"c":3}],"d":4},"e":[5,[6]]}`), nil)
	all := text(d, 80, 100, 0)
	if len(all) != 18 {
		t.Fatalf("%d lines:\n%s", len(all), strings.Join(all, "\n"))
	}
	if at := d.Fold(3); at != 2 { // on a member of b
		t.Errorf("folding a member leaves line %d, want 2", at)
	}
	if !d.Unfold(2) || d.Lines() != 18 {
		t.Errorf("unfolding: %d lines", d.Lines())
	}
	d.Fold(5) // {"c":3}
	d.Fold(2) // b
	d.Fold(2) // already folded: a
	want := []string{"  {", `    "a": {…2},`, `    "e": [`, "      5,", "      [", "        6", "      ]", "    ]", "  }"}
	if diff := cmp.Diff(want, text(d, 80, 100, 0)); diff != "" {
		t.Error(diff)
	}
	for line, path := range []Untrusted{"", "/a", "/e", "/e/0", "/e/1", "/e/1/0", "/e/1", "/e", ""} {
		if got := d.PathAt(line); got != path {
			t.Errorf("line %d: path %q, want %q", line, got, path)
		}
	}
	if !d.Unfold(1) || d.Unfold(1) {
		t.Error("unfolding twice")
	}
	want = []string{"  {", `    "a": {`, `      "b": […3],`, `      "d": 4`, "    },", `    "e": [`}
	if diff := cmp.Diff(want, text(d, 80, 6, 0)); diff != "" {
		t.Error(diff)
	}
	if line, ok := d.LineOf("/a/b/2/c"); !ok || d.PathAt(line) != "/a/b/2/c" {
		t.Errorf("LineOf opened line %d with path %q, %v", line, d.PathAt(line), ok)
	}
	if d.Lines() != 18 {
		t.Errorf("%d lines after revealing the innermost, want all", d.Lines())
	}
	d.FoldAll(0)
	if got := text(d, 80, 9, 0); len(got) != 1 || got[0] != "  {…2}" {
		t.Errorf("all folded: %q", got)
	}
	d.UnfoldAll()
	if diff := cmp.Diff(all, text(d, 80, 100, 0)); diff != "" {
		t.Error(diff)
	}
}

func TestPathsAndValues(t *testing.T) {
	d := NewDocument([]byte(`{"a/b":{"~":[true, {"x y": "\u00e9"}]},"k\u0065y":-1e5,"":0,"a/b":2}`), nil)
	for _, tt := range []struct {
		path, jq Untrusted
		value    string
	}{
		{"", ".", `{"a/b":{"~":[true, {"x y": "\u00e9"}]},"k\u0065y":-1e5,"":0,"a/b":2}`},
		{"/a~1b", `.["a/b"]`, `{"~":[true, {"x y": "\u00e9"}]}`},
		{"/a~1b/~0", `.["a/b"]["~"]`, `[true, {"x y": "\u00e9"}]`},
		{"/a~1b/~0/0", `.["a/b"]["~"][0]`, `true`},
		{"/a~1b/~0/1/x y", `.["a/b"]["~"][1]["x y"]`, `"\u00e9"`},
		{"/key", ".key", "-1e5"},
		{"/", `.[""]`, "0"},
	} {
		line, ok := d.LineOf(tt.path)
		if !ok {
			t.Errorf("no line for %q", tt.path)
			continue
		}
		if got := d.PathAt(line); got != tt.path {
			t.Errorf("path %q, want %q", got, tt.path)
		}
		if got := d.JQAt(line); got != tt.jq {
			t.Errorf("jq path %q, want %q", got, tt.jq)
		}
		if got := string(d.ValueAt(line)); got != tt.value {
			t.Errorf("%q: value %q, want %q", tt.path, got, tt.value)
		}
	}
	for _, missing := range []Untrusted{"/nope", "a", "/key/0", "/a~1b/~0/2"} {
		if line, ok := d.LineOf(missing); ok {
			t.Errorf("found %q on line %d", missing, line)
		}
	}
	if got := NewDocument([]byte(`[[7]]`), nil).JQAt(2); got != ".[0][0]" {
		t.Errorf("jq path %q", got)
	}
}

// Every path leads back to its line, folded or not, and every value is the bytes received.
func TestPathsRoundTrip(t *testing.T) {
	d := NewDocument([]byte(sendJoin), nil)
	for line := range d.Lines() {
		path, value := d.PathAt(line), d.ValueAt(line)
		if !json.Valid(value) || !bytes.Contains([]byte(sendJoin), value) {
			t.Fatalf("line %d: value %q", line, value)
		}
		folded := NewDocument([]byte(sendJoin), nil)
		folded.FoldAll(0)
		at, ok := folded.LineOf(path)
		if !ok || folded.PathAt(at) != path || !bytes.Equal(folded.ValueAt(at), value) {
			t.Errorf("line %d: %q leads to line %d, %v", line, path, at, ok)
		}
	}
}

func TestReveal(t *testing.T) {
	d := NewDocument([]byte(sendJoin), nil)
	d.FoldAll(1)
	at := strings.Index(sendJoin, "displayname")
	if line := d.Reveal(at); d.PathAt(line) != "/state/1/content/displayname" {
		t.Errorf("revealed %q", d.PathAt(line))
	}
	for _, mode := range []Mode{Raw, Hex} {
		d.SetMode(mode)
		d.View(Styles{}, Unicode(), 40, 10, 0, 0, ViewOptions{})
		line := d.Reveal(at)
		if from, to := d.Offset(line), d.Offset(line+1); at < from || at >= to {
			t.Errorf("mode %v: byte %d is not in line %d, %d to %d", mode, at, line, from, to)
		}
	}
}

// The lines of Raw hold all bytes in order, and none is wider than the view.
func TestRawIsByteTrue(t *testing.T) {
	for _, h := range rendertest.Hostile() {
		raw := []byte(h.Text)
		d := NewDocument(raw, nil)
		d.SetMode(Raw)
		for _, g := range []Glyphs{Unicode(), ASCII()} {
			for _, width := range []int{3, 12, 37, 80} {
				if len(raw) > 1<<16 && width < 80 {
					continue
				}
				lines := d.View(Styles{}, g, width, 50, 0, 0, ViewOptions{})
				if err := rendertest.Check(lines, width); err != nil {
					t.Fatalf("%s: %v", h.Name, err)
				}
				if width > 20 && d.Mode() == Raw && strings.Contains(strings.Join(lines, ""),
					g.Ellipsis) && !strings.Contains(h.Text, g.Ellipsis) {
					t.Errorf("%s in %d columns: something is cut", h.Name, width)
				}
				var all []byte
				for line := range d.Lines() {
					all = append(all, d.ValueAt(line)...)
				}
				if !bytes.Equal(all, raw) {
					t.Fatalf("%s in %d columns: lines hold other bytes", h.Name, width)
				}
			}
		}
	}
}

func TestNotJSON(t *testing.T) {
	for _, tt := range []struct{ raw, notice string }{
		{`{"a":1,}`, "not JSON: no key at byte 7"},
		{`{"a" 1}`, "not JSON: no colon at byte 5"},
		{`[1 2]`, "not JSON: no comma at byte 3"},
		{`[1,]`, "not JSON: no value at byte 3"},
		{`[1`, "not JSON: the end at byte 2"},
		{`{"a":"b`, "not JSON: the end at byte 7"},
		{`"a` + "\x01" + `"`, "not JSON: a control character in a string at byte 2"},
		{`"\x"`, "not JSON: no such escape at byte 2"},
		{`"\u12g4"`, "not JSON: no hexadecimal digit at byte 5"},
		{`01`, "not JSON: more after the value at byte 1"},
		{`1.`, "not JSON: the end at byte 2"},
		{`1.e5`, "not JSON: no digit at byte 2"},
		{`1e+`, "not JSON: the end at byte 3"},
		{`-`, "not JSON: the end at byte 1"},
		{`truth`, "not JSON: no value at byte 0"},
		{`{} {}`, "not JSON: more after the value at byte 3"},
		{`[}`, "not JSON: no value at byte 1"},
		{`]`, "not JSON: no value at byte 0"},
		{` `, "not JSON: the end at byte 1"},
		{``, "empty"},
	} {
		d := NewDocument([]byte(tt.raw), nil)
		if d.Notice() != tt.notice || d.json || d.Mode() == Pretty {
			t.Errorf("%q: notice %q, want %q; mode %v", tt.raw, d.Notice(), tt.notice, d.Mode())
		}
		d.SetMode(Pretty)
		if d.Mode() == Pretty {
			t.Errorf("%q: shown pretty", tt.raw)
		}
	}
}

func TestDeepNesting(t *testing.T) {
	const deep = 200_000
	d := NewDocument([]byte(strings.Repeat("[", deep)+strings.Repeat("]", deep)), nil)
	if !d.json || !strings.Contains(d.Notice(), "512") {
		t.Fatalf("JSON %v, notice %q", d.json, d.Notice())
	}
	if got, want := d.Lines(), 2*depthCap+1; got != want {
		t.Errorf("%d lines, want %d", got, want)
	}
	if err := rendertest.Check(d.View(Styles{}, Unicode(), 80, 40, depthCap-20, depthCap, ViewOptions{}), 80); err != nil {
		t.Error(err)
	}
	if got := len(d.ValueAt(depthCap)); got != 2*(deep-depthCap) {
		t.Errorf("the innermost shown has %d bytes, want %d", got, 2*(deep-depthCap))
	}
	if path := d.PathAt(depthCap); strings.Count(string(path), "/0") != depthCap {
		t.Errorf("path %q", path)
	}
}

// A body with more lines than are indexed at a time shows the rest on demand, and folds meanwhile.
func TestShowMore(t *testing.T) {
	raw := []byte(`{"a":[` + strings.Repeat("1,", 50) + `1],"b":{"c":2}}`)
	whole := text(NewDocument(raw, nil), 80, 200, 0)
	for limit := 1; limit < 60; limit++ {
		lines, rest, err := index(raw, limit, nil)
		if err != nil {
			t.Fatal(err)
		}
		d := &Document{raw: raw, json: true, text: true, lines: lines, rest: rest}
		if limit < 50 {
			last := d.Lines() - 1
			if !strings.Contains(text(d, 80, 1, last)[0], "more") || d.Lines() != limit+1 {
				t.Fatalf("limit %d: %d lines, the last is %q", limit, d.Lines(), text(d, 80, 1, last))
			}
			for line := range d.Lines() {
				d.PathAt(line)
				d.ValueAt(line)
			}
			if d.Fold(min(1, last-1)); !d.Unfold(d.Lines() - 1) {
				t.Fatalf("limit %d: nothing more", limit)
			}
			d.UnfoldAll()
			lines, rest, _ := index(raw, limit, nil)
			again := &Document{raw: raw, json: true, text: true, lines: lines, rest: rest}
			if line, ok := again.LineOf("/b/c"); !ok || again.PathAt(line) != "/b/c" {
				t.Fatalf("limit %d: what is not indexed yet is not found", limit)
			}
		}
		if diff := cmp.Diff(whole, text(d, 80, 200, 0)); diff != "" && limit < 50 {
			t.Fatalf("limit %d:\n%s", limit, diff)
		}
	}
	lines, rest, err := index(raw, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	d := &Document{raw: raw, json: true, text: true, lines: lines, rest: rest}
	d.FoldAll(1)
	d.More()
	if got, want := strings.Join(text(d, 80, 9, 0), ""), `  {    "a": […51],    "b": {…1}  }`; got != want {
		t.Errorf("folded, then indexed on: %q, want %q", got, want)
	}
	if _, _, err := index([]byte(`[1,2,3,4,`), 2, nil); err == nil {
		t.Error("what lies beyond the lines indexed was not read")
	}
}

func TestDocumentSizes(t *testing.T) {
	for _, raw := range []string{sendJoin, "", "plain\ntext", "\xff\xfe", `"` + strings.Repeat("x", 1<<20) + `"`,
		`{"` + strings.Repeat("k", 1<<20) + `":1}`} {
		for width := 0; width < 220; width += 3 {
			for _, mode := range []Mode{Pretty, Raw, Hex} {
				d := NewDocument([]byte(raw)[:min(len(raw), 1<<16)], nil)
				d.SetMode(mode)
				for _, left := range []int{0, 5, 5000} {
					lines := d.View(Styles{}, Unicode(), width, width%9, width%5, width%7,
						ViewOptions{Left: left, Numbers: width%2 == 0, Find: NewNeedle("x")})
					if err := rendertest.Check(lines, width); err != nil || len(lines) != width%9 {
						t.Fatalf("%.20q, mode %v in %d columns: %d lines, %v", raw, mode, width, len(lines), err)
					}
				}
			}
		}
	}
}

// The indexer accepts what encoding/json accepts.
func FuzzDocument(f *testing.F) {
	f.Add([]byte(sendJoin), 3, 20)
	f.Add([]byte(`[1,{"a":[]},"\ud800",-0.1e-9]`), 1, 7)
	f.Add([]byte("{\"\xff\":\"\u202e\"}"), 0, 60)
	f.Add([]byte("[\"\\ud80\x10\"]"), 1, 7) // a control byte is no hexadecimal digit
	f.Fuzz(func(t *testing.T, raw []byte, line, width int) {
		d := NewDocument(raw, nil)
		if want := json.Valid(raw); d.json != want && !strings.Contains(string(raw), strings.Repeat("[", depthCap)) {
			t.Fatalf("JSON %v, encoding/json says %v: %q", d.json, want, raw)
		}
		width = width & 127
		for _, mode := range []Mode{Pretty, Raw, Hex} {
			d.SetMode(mode)
			lines := d.View(Styles{}, Unicode(), width, 9, line, line+1, ViewOptions{Find: NewNeedle("a")})
			if err := rendertest.Check(lines, width); err != nil {
				t.Fatal(err)
			}
			at := line
			if !d.Unfold(line) {
				at = d.Fold(line)
			}
			d.LineOf(d.PathAt(at))
			d.ValueAt(at)
			d.JQAt(at)
			d.Reveal(d.Offset(at))
		}
	})
}

// bigBody returns a send_join answer of about that many bytes.
func bigBody(size int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"members_omitted":false,"origin":"c.org","state":[`)
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"auth_events":["$aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","$bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"],"content":{"avatar_url":"mxc://c.org/%d","displayname":"User %d","membership":"join"},"depth":%d,"hashes":{"sha256":"ccccccccccccccccccccccccccccccccccccccccccc"},"origin":"c.org","origin_server_ts":1700000%06d,"prev_events":["$ddddddddddddddddddddddddddddddddddddddddddd"],"room_id":"!abc:c.org","sender":"@user%d:c.org","signatures":{"c.org":{"ed25519:1":"%s"}},"state_key":"@user%d:c.org","type":"m.room.member"}`,
			i, i, i, i%1_000_000, i, strings.Repeat("e", 86), i)
	}
	b.WriteString(`],"auth_chain":[]}`)
	return b.Bytes()
}

func BenchmarkNewDocument(b *testing.B) {
	raw := bigBody(10 << 20)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if d := NewDocument(raw, nil); !d.json {
			b.Fatal(d.Notice())
		}
	}
}

func BenchmarkDocumentView(b *testing.B) {
	for _, folded := range []bool{false, true} {
		d := NewDocument(bigBody(10<<20), nil)
		if folded {
			d.FoldAll(2)
		}
		st := theme(b, "dark")
		b.Run(fmt.Sprintf("folded %v", folded), func(b *testing.B) {
			b.ReportAllocs()
			top := d.Lines() / 2
			for b.Loop() {
				if lines := d.View(st, Unicode(), 200, 60, top, top+3, ViewOptions{}); len(lines) != 60 {
					b.Fatal(len(lines))
				}
			}
		})
	}
	for _, mode := range []Mode{Raw, Hex} {
		d := NewDocument(bigBody(10<<20), nil)
		d.SetMode(mode)
		st := theme(b, "dark")
		b.Run(fmt.Sprint("mode ", mode), func(b *testing.B) {
			for b.Loop() {
				d.View(st, Unicode(), 200, 60, 1000, 1003, ViewOptions{})
			}
		})
	}
}

// The worst a server can do to a frame: lines that go on and on in characters that take long to judge.
func BenchmarkHostileView(b *testing.B) {
	for _, h := range []string{"x", "नमस्ते", "مرحبا", "日本語", "e\u0301\u0302\u0303\u0304", "\u202e", "👍"} {
		raw := []byte("[" + strings.Repeat(`"`+strings.Repeat(h, 20_000/len(h))+`",`, 100) + "0]")
		d := NewDocument(raw, nil)
		st := theme(b, "dark")
		b.Run(h[:1]+fmt.Sprintf("%U", []rune(h)[0]), func(b *testing.B) {
			for b.Loop() {
				d.View(st, Unicode(), 200, 60, 3, 3, ViewOptions{})
			}
		})
	}
}

func BenchmarkFold(b *testing.B) {
	d := NewDocument(bigBody(10<<20), nil)
	d.FoldAll(2)
	b.Run("toggle", func(b *testing.B) {
		for b.Loop() {
			if at := d.Lines() / 2; !d.Unfold(at) {
				d.Fold(at)
			}
		}
	})
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			d.FoldAll(2)
		}
	})
}

func BenchmarkRawWrap(b *testing.B) {
	raw := bigBody(10 << 20)
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		wrapStarts(raw, 100, false)
	}
}
