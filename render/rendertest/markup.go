package rendertest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// Mark is in every text of Spellings that could become something else than text: the name of an element, of an
// attribute, a link, a word of a language. Where it is anything but text, somebody else wrote a part of what is ours.
const Mark = "zq"

// Spellings are texts for fields that others fill, for each language that a text could be taken for and for each sort
// of bytes, but for the last short enough to stand in a label.
func Spellings() []Text {
	return []Text{
		{"controls", "\x1b[31m\x1b]8;;http://zq/\x07\u009b2J\x7f\b\r\n\x00\u0085"},
		{"bytes", "\xff\x9b2J\xc3(\xe2\x82\xed\xa0\x80"},
		{"unseen", "\u202e\u2066\u200b\u2028\ufeff\U000e0067\ufe0f\u3164\u0378\ue000e\u0301\u0301\u0301\u0301\u0301"},
		{"markup", `"'><zqel zqat=1><img src=zqsrc onerror=zq><!--zq--></zqel></style></script></pre></title>]]>&lt;zq ` +
			`javascript:zq https://zq.example/ <https://zq.example> www.zq.example zq@zq.example`},
		{"markdown", "`` ``` ~~~ |zq|zq| [zq](javascript:zq) ![zq](zq) @zq #1 <zq> *zq* _zq_ $zq$ \\ ---\n```\n# zq\n" +
			"</details>\n~~~\n| zq |\n\n    zq;%%{init:{}}%%#59;\n    Note over zq: end\nparticipant zq"},
		{"shell", "';touch zq;'$(touch zq)`touch zq`!zq\";touch zq;\"\ntouch zq\n --output=zq =zq|'/C zq'!A0"},
		{"long", strings.Repeat("a", 5000) + strings.Repeat("\u202e", 500)},
	}
}

// forbidden are elements that load, run or send something. No page or picture of ours has any.
var forbidden = []string{"script", "img", "iframe", "object", "embed", "link", "form", "input", "button", "base",
	"audio", "video", "source", "image", "use", "foreignobject", "animate", "set", "frame", "applet", "template",
	"noscript"}

// element is what is wrong with an element; nil: nothing.
func element(name string, attrs [][2]string) error {
	if name = strings.ToLower(name); slices.Contains(forbidden, name) || strings.Contains(name, Mark) {
		return fmt.Errorf("an element %q", name)
	}
	for _, a := range attrs {
		key, value := strings.ToLower(a[0]), a[1]
		switch {
		case strings.Contains(key, Mark), strings.HasPrefix(key, "on"), key == "src", key == "action", key == "srcset":
			return fmt.Errorf("%s has the attribute %q", name, key)
		case strings.Contains(value, Mark) && key != "aria-label": // which is text
			return fmt.Errorf("%s has the attribute %s=%q", name, key, clip(value))
		case key == "href" && !strings.HasPrefix(value, "#") && !strings.HasPrefix(value, "https://"):
			return fmt.Errorf("a link leads to %q", clip(value))
		}
	}
	return nil
}

// Page returns what in a page of HTML others could have written other than text, where they wrote Spellings.
func Page(page []byte) error {
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		return err
	}
	for n := range root.Descendants() {
		switch n.Type {
		case html.CommentNode:
			return fmt.Errorf("a comment %q", clip(n.Data))
		case html.TextNode:
			if n.Parent.Data == "style" && strings.Contains(n.Data, Mark) {
				return errors.New("a style of somebody else's")
			}
		case html.ElementNode:
			var attrs [][2]string
			for _, a := range n.Attr {
				attrs = append(attrs, [2]string{a.Key, a.Val})
			}
			if err := element(n.Data, attrs); err != nil {
				return err
			}
		}
	}
	return nil
}

// Picture is Page for a picture in SVG, which has to be well formed.
func Picture(svg []byte) error {
	d := xml.NewDecoder(bytes.NewReader(svg))
	inside := ""
	for {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		switch token := token.(type) {
		case xml.Comment, xml.Directive, xml.ProcInst:
			return fmt.Errorf("%T", token)
		case xml.CharData:
			if inside == "style" && bytes.Contains(token, []byte(Mark)) {
				return errors.New("a style of somebody else's")
			}
		case xml.EndElement:
			inside = ""
		case xml.StartElement:
			inside = token.Name.Local
			var attrs [][2]string
			for _, a := range token.Attr {
				attrs = append(attrs, [2]string{a.Name.Local, a.Value})
			}
			if err := element(inside, attrs); err != nil {
				return err
			}
		}
	}
}

// mermaidLine is a line of a sequence diagram of ours, with every text spelled as mermaid spells it.
var mermaidLine = regexp.MustCompile(`^(sequenceDiagram|    (accTitle: T|accDescr: T|participant lane\d+ as T|` +
	`autonumber (off|\d+)|` +
	`lane\d+(->>|-->>|-x|--x)lane\d+: T|Note over lane\d+(,lane\d+)?: T))$`)

// mermaidText is a text in a diagram.
var mermaidText = regexp.MustCompile(`(: | as )(?:[\p{L}0-9 ._/,()→…·✓✗-]|#\d+;|<br/>)*$`)

// Diagram returns what in a sequence diagram is neither a statement of ours nor a text that is spelled out.
func Diagram(diagram string) error {
	for line := range strings.Lines(diagram) {
		line = strings.TrimSuffix(line, "\n")
		if shape := mermaidText.ReplaceAllString(line, "${1}T"); !mermaidLine.MatchString(shape) {
			return fmt.Errorf("a line of a diagram: %q", clip(line))
		}
	}
	return nil
}

// Markdown returns what in a report others could have written other than text, code or a part of a diagram, where they
// wrote Spellings: fences and folded parts have to end as they begin, tables have as many cells in every row, and
// outside of code no word means anything.
func Markdown(report string) error {
	var table int
	var details, fenced int
	fence, info, block := "", "", ""
	for line := range strings.Lines(report) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case fence != "" && line == fence:
			if info == "mermaid" {
				if err := Diagram(block); err != nil {
					return err
				}
			}
			fence = ""
			continue
		case fence != "" && strings.HasPrefix(strings.TrimLeft(line, " "), fence) && strings.Trim(line, "` ") == "" &&
			len(line)-len(strings.TrimLeft(line, " ")) < 4:
			return fmt.Errorf("a fence ends where it should not: %q", clip(line))
		case fence != "":
			block += line + "\n"
			continue
		case strings.HasPrefix(line, "```"):
			info = strings.TrimLeft(line, "`")
			fence, block = line[:len(line)-len(info)], ""
			if fenced++; info != "" && info != "mermaid" {
				return fmt.Errorf("a fence %q", clip(line))
			}
			continue
		case line == "<details><summary>The events, and why each is where it is</summary>":
			details++
			continue
		case foldedPayload.MatchString(line):
			details++
			continue
		case line == "</details>":
			details--
			continue
		case strings.HasPrefix(line, "    "): // code, as a block that is indented
			continue
		}
		bare := ourLink.ReplaceAllString(OutsideCode(line), "$1")
		if strings.HasPrefix(line, "|") {
			cells := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
			if table > 0 && cells != table {
				return fmt.Errorf("%d cells in a row of %d: %q", cells-1, table-1, clip(line))
			}
			table = cells
			bare = strings.ReplaceAll(bare, "|", " ")
		} else {
			table = 0
		}
		bare = withinWord.ReplaceAllString(ownMarks.ReplaceAllString(bare, ""), "$1$2")
		if i := strings.IndexAny(bare, "<>[]@#|*~&_$\\`"); i >= 0 {
			return fmt.Errorf("%q is outside of code: %q", bare[i:i+1], clip(line))
		}
		if strings.Contains(bare, "://") || strings.Contains(strings.ToLower(bare), "www.") {
			return fmt.Errorf("a link: %q", clip(line))
		}
	}
	if fence != "" || details != 0 || fenced == 0 {
		return fmt.Errorf("%d of %d parts are open, the last fence is %q", details, fenced, fence)
	}
	return nil
}

// foldedPayload is how a payload begins that is folded: what it is stands in code, escaped.
var foldedPayload = regexp.MustCompile(
	`^<details><summary>\d+ <code>(?:[^<>&]|&(?:lt|gt|amp|#34|#39);)*</code></summary>$`)

// ourLink is a link to a place of a citation.
var ourLink = regexp.MustCompile(`\[([^\]]*)\]\(<https://[a-zA-Z0-9./#_%?=&()-]+>\)`)

// ownMarks are what a line of ours begins or is formed with.
var ownMarks = regexp.MustCompile(`^#{1,3} |^\s*- |\*\*`)

// withinWord is an underscore that means nothing, as it stands between letters.
var withinWord = regexp.MustCompile(`(\w)_([a-z])`)

// OutsideCode is what of a line of Markdown is not code, by the rules of CommonMark.
func OutsideCode(s string) string {
	var out strings.Builder
	for s != "" {
		open := strings.IndexByte(s, '`')
		if open < 0 {
			return out.String() + s
		}
		out.WriteString(s[:open])
		s = s[open:]
		fence := s[:len(s)-len(strings.TrimLeft(s, "`"))]
		s = s[len(fence):]
		end := -1
		for at := 0; at < len(s); {
			i := strings.IndexByte(s[at:], '`')
			if i < 0 {
				break
			}
			at += i
			run := len(s[at:]) - len(strings.TrimLeft(s[at:], "`"))
			if run == len(fence) {
				end = at + run
				break
			}
			at += run
		}
		if end < 0 {
			out.WriteString(fence)
			continue
		}
		s = s[end:]
	}
	return out.String()
}

// Quoted returns what of a command for a shell stands outside of quotes and could have been written by others, where
// they wrote Spellings after a word. Only words that no shell takes for anything else may stand bare.
func Quoted(command string) error {
	bare := shellQuoted.ReplaceAllString(command, "")
	if i := strings.Index(bare, Mark); i >= 0 && strings.ContainsAny(bare[i:], "$`;|&<>(){}!*?[]#~=\n\"'") {
		return fmt.Errorf("outside of quotes stands %q", clip(bare[i:]))
	}
	for _, r := range command {
		if r != '\n' && (r < ' ' || r > '~') {
			return fmt.Errorf("%U in a command %q", r, clip(command))
		}
	}
	return nil
}

// shellQuoted is what stands between single quotes, and the quote that they cannot hold.
var shellQuoted = regexp.MustCompile(`'[^']*'|\\'`)
