package document

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"doorstep/flow/flowtest"
)

// Every part of a picture reads, light and dark, alone and below the others: no text leaves its box or lies over
// another, whatever servers sent.
func TestPartsRead(t *testing.T) {
	b := newBrowser(t)
	look := func(where string, h Handshake, scheme string) {
		b.open(written(t, "svg", h), 1280, scheme)
		b.picture(strings.NewReplacer(", ", "-", " ", "-").Replace(where))
		for what, expression := range map[string]string{"outside of the picture": "outside()", "faint": "faint()",
			"in the wrong place": "over()"} {
			if found := run[[]string](b, expression); len(found) > 0 {
				t.Errorf("%s: %d texts are %s, such as %.300q", where, len(found), what, found[0])
			}
		}
	}
	for _, example := range []string{"public-v12", "banned", "no-candidate-answers", "form-2015", "synapse-big"} {
		h := handshakeOf(flowtest.Embedded(t, example))
		h.Parts = PictureParts()
		for _, scheme := range []string{"light", "dark"} {
			look(fmt.Sprintf("parts-%s-%s", example, scheme), h, scheme)
		}
	}
	for what, trace := range spoiledTraces(t) {
		if strings.HasPrefix(what, "public-v12") || strings.HasPrefix(what, "banned") {
			h := handshakeOf(trace)
			h.Parts = PictureParts()[1:]
			look("parts-hostile-"+what, h, "light")
		}
	}
}

// The parts are those that are asked for, in that order, each once; the words for who does not see them name each.
func TestPartsNamed(t *testing.T) {
	marks := map[string]string{"ladder": `class="lanes"`, "findings": ">Finding", "diff": "/origin_server_ts",
		"sets": "in auth_chain only"}
	h := handshakeOf(flowtest.Embedded(t, "failover"))
	for _, parts := range [][]string{nil, {"diff"}, {"sets", "ladder"}, {"findings", "diff", "diff", "sets"},
		PictureParts()} {
		h.Parts = parts
		f, _ := Lookup("svg")
		var b bytes.Buffer
		if err := f.Write(&b, h); err != nil {
			t.Fatal(err)
		}
		_, drawn, _ := strings.Cut(b.String(), "</style>")
		wanted := parts
		if parts == nil {
			wanted = []string{"ladder"}
		}
		last := 0
		for _, name := range wanted {
			if at := strings.Index(drawn, marks[name]); at < last {
				t.Errorf("%q: %s is at %d, after what is at %d", parts, name, at, last)
			} else {
				last = at
			}
		}
		for name, mark := range marks {
			if has := strings.Contains(drawn, mark); has != strings.Contains(strings.Join(wanted, " "), name) {
				t.Errorf("%q: %s is there: %v", parts, name, has)
			}
		}
		if n := strings.Count(drawn, ">From the protoevent"); n > 1 {
			t.Errorf("%q: the diff is there %d times", parts, n)
		}
	}
}

// A column breaks what is too long for a line, keeps all of it where there is room, and bounds the rest.
func TestColumnBreaks(t *testing.T) {
	for _, text := range []string{"a", "some words of ours", strings.Repeat("word ", 60), strings.Repeat("W", 500),
		strings.Repeat("x ", 4000), "日本語" + strings.Repeat("日", 200)} {
		c := &column{width: 300}
		lines := c.broken(10, coded(text+" `code of "+text[:1]+"` end"))
		all := ""
		for _, line := range lines {
			wide := 0.0
			for _, s := range line {
				wide += ems(strings.TrimRight(s.Text, " "), s.Look)
				all += s.Text
			}
			if wide > 32 {
				t.Errorf("%.20q: a line of %.1f letters", text, wide)
			}
		}
		if len(lines) > linesOfText {
			t.Errorf("%.20q: %d lines", text, len(lines))
		}
		if short := len(lines) < linesOfText; short != strings.HasSuffix(all, " end") {
			t.Errorf("%.20q: %d lines, ending with %q", text, len(lines), all[max(len(all)-20, 0):])
		}
	}
}
