package recording

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/packed"
)

// answered is a trace with an answer to send_join that has a body.
func answered(body []byte) flow.Trace {
	return flow.Trace{Header: flow.Header{Joining: "you.example", User: "@you:you.example", Target: "!r:a.example",
		Form: flow.FormCurrent}, Entries: []flow.Entry{
		{Seq: 1, Kind: flow.Request, Step: flow.A6, From: flow.Joining, To: flow.Resident, Server: "a.example",
			Request: &client.Request{Endpoint: client.SendJoinV2, Method: "PUT", Target: "/x"}},
		{Seq: 2, Kind: flow.Response, Step: flow.A7, From: flow.Resident, To: flow.Joining, Answers: 1, Server: "a.example",
			Response: &client.Response{Status: 200, Body: body}}}}
}

// What is written can be read, whatever a body is made of: no bytes make a line much longer than base64 would, so that
// an answer of the largest size accepted fits into the longest line that is read, packed or not; and no body takes much
// more memory than its size to write.
func TestBodiesOfAnything(t *testing.T) {
	const size = 4 << 20
	for name, unit := range map[string]string{"less than": "<", "ampersand": "&", "quotes": `"`, "backslash": `\`,
		"control": "\x01", "zero": "\x00", "delete": "\x7f", "lines": "\n", "line separator": "\u2028", "C1": "\u0085",
		"not UTF-8": "\xff", "half": "a\xc3", "bidi": "\u202e", "JSON": `{"a":"b"},`, "all": "<\x01\"\\\x00\u2028&"} {
		t.Run(name, func(t *testing.T) {
			want := []byte(strings.Repeat(unit, size/len(unit)))
			for _, suffix := range []string{"", ".gz"} {
				file := filepath.Join(t.TempDir(), "x.jsonl"+suffix)
				if took := allocated(func() {
					if err := Save(file, answered(want), false); err != nil {
						t.Fatal(err)
					}
				}); took > 3*size {
					t.Errorf("%d bytes of memory to write a body of %d", took, size)
				}
				info, err := os.Stat(file)
				if err != nil {
					t.Fatal(err)
				}
				if most := int64(size)*4/3 + 4096; info.Size() > most {
					t.Errorf("%s: %d bytes, more than %d", suffix, info.Size(), most)
				}
				got, err := Open(file)
				if err != nil || !bytes.Equal(got.Entries[1].Response.Body, want) {
					t.Fatalf("%s: %v, or another body", suffix, err)
				}
			}
		})
	}
	const largest = 500 << 20 // of send_join: client, defaultLimits
	if longest := largest/3*4 + 64<<20; longest > maxRecordingLine || longest > freelyUnpacked {
		t.Errorf("a line of %d bytes is not read", longest)
	}
}

// Short texts stay what people can read: nothing is escaped that JSON lets stand.
func TestNoHTMLEscapes(t *testing.T) {
	trace := answered([]byte("<p>&\u00e9"))
	trace.Header.Title = "<a> & b"
	trace.Entries[0].Request.Target = "/x?a=1&b=<2>"
	trace.Entries[1].Response.Header = []client.Field{{Name: "X-<", Value: "<&>"}}
	var b bytes.Buffer
	if err := Write(&b, trace); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), `\u00`) || strings.Count(b.String(), "&") != 4 {
		t.Errorf("%s", b.String())
	}
}

// refusal is what the reader says of a recording with those lines, and with more in its header.
func refusal(t *testing.T, most limits, header, line string) error {
	t.Helper()
	h, err := HeaderJSON(answered(nil).Header)
	if err != nil {
		t.Fatal(err)
	}
	if header != "" {
		h = []byte(strings.Replace(string(h), `{`, `{`+header+`,`, 1))
	}
	in, err := newReader(strings.NewReader(string(h)+"\n"+line), nil)
	if err != nil {
		return err
	}
	in.most = most
	for err == nil {
		err = in.next()
	}
	return err
}

// The elements of lists are counted, in a line and in all lines, and entries are: a few bytes of each take a hundred
// times as many in memory.
func TestCounted(t *testing.T) {
	few := limits{line: 1 << 20, entries: 20, lineElements: 50, elements: 120}
	local := func(seq int, more string) string {
		return fmt.Sprintf(`{"seq":%d,"at":1,"kind":"local","step":"L2","from":"joining","to":"joining"%s}`+"\n", seq, more)
	}
	fields := func(n int) string { return `,"header":[` + strings.Repeat(`{},`, n-1) + `{}]` }
	var many, all strings.Builder
	for i := range 21 {
		many.WriteString(local(i+1, ""))
		all.WriteString(local(i+1, fields(30)))
	}
	for name, c := range map[string]struct{ header, lines, want string }{
		"fields": {"", local(1, fields(51)), "entry 1: its lists have 51 elements, and the limit is 50"},
		"within": {"", local(1, fields(40)), "EOF"},
		"nested": {"", local(1, `,"x":[`+strings.Repeat(`[[]],`, 30)+`[]]`), "entry 1: its lists have 92 elements"},
		"unknown kinds": {"", `{"seq":1,"kind":"later","x":[` + strings.Repeat(`0,`, 60) + `0]}`,
			"entry 1: its lists have 61 elem"},
		"in strings": {"", local(1, `,"by":"`+strings.Repeat(`[,\"`, 100)+`"`), "EOF"},
		"deep":       {"", local(1, `,"x":`+strings.Repeat(`[`, 20_000)), "entry 1: values nest too deep"},
		"all":        {"", all.String(), "entry 5: up to here lists have 150 elements, and the limit is 120"},
		"entries":    {"", many.String(), "more than 20 entries"},
		"header": {`"via":[` + strings.Repeat(`"",`, maxLineElements) + `""]`, "",
			"header: its lists have 262145 elements, and the limit is 262144"},
	} {
		if err := refusal(t, few, c.header, c.lines); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, not %q", name, err, c.want)
		}
	}
}

// bomb is a packed recording that unpacks to a body of so many bytes.
func bomb(t *testing.T, size int64) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	h, err := HeaderJSON(answered(nil).Header)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(z, "%s\n{\"seq\":1,\"kind\":\"later\",\"x\":\"", h)
	blanks := bytes.Repeat([]byte(" "), 1<<20)
	for n := int64(0); n < size; n += int64(len(blanks)) {
		if _, err := z.Write(blanks); err != nil {
			t.Fatal(err)
		}
	}
	io.WriteString(z, "\"}\n")
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What unpacks to far more than it is packed is refused once it is large, in words that say what to do; a plain file
// may be as large, and a packed one where it holds as much.
func TestUnpacksToTooMuch(t *testing.T) {
	const freely = 4 << 20
	for name, c := range map[string]struct {
		packed []byte
		want   string
	}{
		"a bomb":    {bomb(t, 16*freely), "it unpacks to more than 4 MiB, and to more than 100 times its size"},
		"not large": {bomb(t, freely/2), "EOF"},
	} {
		in, err := packed.NewReader(bytes.NewReader(c.packed), packed.Limits{Whole: maxRecordingSize, Freely: freely,
			Ratio: maxRatio})
		if err != nil {
			t.Fatal(err)
		}
		r, err := newReader(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		took := allocated(func() {
			for err == nil {
				err = r.next()
			}
		})
		if !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, not %q", name, err, c.want)
		}
		if took > 6*freely {
			t.Errorf("%s: %d bytes of memory", name, took)
		}
	}
}

// What is larger than anything that is read is refused, rather than read up to there.
func TestTooLarge(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, answered([]byte("{}"))); err != nil {
		t.Fatal(err)
	}
	whole := b.Len()
	for left, want := range map[int64]string{int64(whole): "EOF", int64(whole) - 1: "it has more than ",
		int64(bytes.IndexByte(b.Bytes(), '\n')) + 1: "it has more than"} {
		within, err := packed.NewReader(bytes.NewReader(b.Bytes()), packed.Limits{Whole: left})
		if err != nil {
			t.Fatal(err)
		}
		in, err := newReader(within, nil)
		for err == nil {
			err = in.next()
		}
		if !strings.HasPrefix(err.Error(), want) {
			t.Errorf("with %d of %d bytes: %v, not %q", left, whole, err, want)
		}
	}
}

// What counts elements agrees with encoding/json about what they are.
func FuzzCountElements(f *testing.F) {
	f.Add([]byte(`{"a":[1,[],{"b":[{},"[,\"]",null]}],"c":","}`))
	f.Add([]byte(`[[[],[]],[[[1,2]]]]`))
	f.Fuzz(func(t *testing.T, line []byte) {
		n, err := CountElements(line)
		var v any
		if json.Unmarshal(line, &v) != nil || err != nil {
			return
		}
		if want := elementsOf(v); n != want {
			t.Errorf("%s: %d elements, not %d", line, n, want)
		}
	})
}

func elementsOf(v any) (n int) {
	switch v := v.(type) {
	case []any:
		n = max(len(v), 1)
		for _, e := range v {
			n += elementsOf(e)
		}
	case map[string]any:
		for _, e := range v {
			n += elementsOf(e)
		}
	}
	return n
}
