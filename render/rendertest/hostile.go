// Package rendertest holds what tests of views share: texts no server should send, and ways to read and judge frames.
package rendertest

import (
	"fmt"
	"strings"
)

// A Text is something a server may send to mislead a terminal or a reader.
type Text struct {
	Name string
	Text string
}

// Hostile returns texts for every field another server fills: controls, escape sequences finished and not, characters
// that reorder, hide or pile up, bytes that are not UTF-8, and too much of everything.
func Hostile() []Text {
	out := []Text{
		{"csi clear", "a\x1b[2J\x1b[Hb"},
		{"csi colour", "\x1b[31;1mred\x1b[0m"},
		{"csi private", "\x1b[?1049l\x1b[?25h"},
		{"csi unfinished", "before\x1b[38;5;"},
		{"csi c1", "\u009b31mred\u009b0m"},
		{"csi c1 raw byte", "\x9b31mred"},
		{"osc 0 bel", "\x1b]0;title\x07after"},
		{"osc 0 st", "\x1b]0;title\x1b\\after"},
		{"osc 0 c1", "\u009d0;title\u009cafter"},
		{"osc 8", "\x1b]8;;http://evil.example/\x1b\\click\x1b]8;;\x1b\\"},
		{"osc 8 unfinished", "\x1b]8;;http://evil.example/ and all the rest of the evidence"},
		{"osc 52", "\x1b]52;c;ZXZpbA==\x07"},
		{"osc 52 query", "\x1b]52;c;?\x1b\\"},
		{"osc unfinished", "\x1b]0;swallowed"},
		{"dcs", "\x1bP+q544e\x1b\\after"},
		{"dcs unfinished", "\x1bP$qm"},
		{"apc", "\x1b_Gf=24;AAAA\x1b\\after"},
		{"pm", "\x1b^hidden\x1b\\after"},
		{"sos", "\x1bXhidden\x1b\\after"},
		{"reset", "\x1bcgone"},
		{"charset", "\x1b(0lqqk\x1b(B\x0eso\x0fsi"},
		{"carriage return", "M_FORBIDDEN\r200 OK     "},
		{"backspace", "no\b\byes"},
		{"overstrike", "b\bbo\bol\bld\bd"},
		{"delete", "a\x7fb"},
		{"nul", "a\x00b"},
		{"bell", "ding\a"},
		{"newlines", "one\ntwo\r\nthree\x0bfour\x0cfive\u0085six"},
		{"tabs", "a\tb\t\tc"},
		{"line separators", "a\u2028b\u2029c"},
		{"bidi override", "user\u202emoc.live\u202c"},
		{"bidi isolate", "\u2066abc\u2069\u2067def\u2069\u2068ghi\u2069"},
		{"bidi marks", "\u200ea\u200fb\u061cc"},
		{"bidi embedding", "\u202aabc\u202c\u202bdef\u202c\u202dghi\u202c"},
		{"zero width", "ma\u200btr\u200cix\u200d.\u2060org\ufeff"},
		{"soft hyphen", "matrix\u00adorg"},
		{"tags", "flag\U000e0067\U000e0062\U000e007f"},
		{"variation selectors", "❤\ufe0f❤\ufe0ex\U000e0100"},
		{"blank letters", "\u3164\u115f\u1160\uffa0\u2800\u00a0\u2003\u3000\u034f\u17b4"},
		{"private use", "\ue000\uf8ff\U000f0000\U0010fffd"},
		{"noncharacters", "\ufffe\uffff\U0001fffe"},
		{"unassigned", "\u0378\U0003fffd"},
		{"zwj emoji", "👩\u200d👩\u200d👧\u200d👦"},
		{"emoji modifier", "👍🏽👍🏿"},
		{"flag", "🇩🇪🇫🇷🇪"},
		{"keycap", "1\ufe0f\u20e3 2\u20e3"},
		{"wide", "日本語テキスト한국어"},
		{"half width", "ｶﾞｷﾞｸﾞ"},
		{"indic", "हिन्दी தமிழ் বাংলা ไทยกำ"},
		{"jamo", "\u1112\u1161\u11ab\u1100\u1161"},
		{"arabic", "مرحبا\u0600١\u06dd"},
		{"prepend", "\u06001\U000110bda"},
		{"marks", "e\u0301a\u0308\u0323"},
		{"marks alone", "\u0301\u0302 \u0303"},
		{"mark after escape", "\x1b\u0301\u202e\u0301"},
		{"ten thousand marks", "Z" + strings.Repeat("\u0301", 10_000)},
		{"marks of all kinds", "Z" + strings.Repeat("\u0301\u0489\u20dd\u0e49", 500)},
		{"invalid utf-8", "a\xff\xfe\x80\xc3(\xe2\x82b"},
		{"overlong", "\xc0\xaf\xe0\x80\xaf"},
		{"surrogate", "\xed\xa0\x80\xed\xb0\x80"},
		{"beyond unicode", "\xf4\x90\x80\x80"},
		{"utf-8 split escape", "\xc2\x1b[31m\xc2"},
		{"fake escape", `\x1b[31m <U+202E> \u009b`},
		{"markup", `<b onclick="x">&amp;</b> %s %n {{.}} "quoted" 'single' $(id) ` + "`id`"},
		{"one megabyte", strings.Repeat("A", 1<<20)},
		{"one megabyte of escapes", strings.Repeat("\x1b]", 1<<19)},
		{"one megabyte wide", strings.Repeat("語", 1<<20/3)},
		{"empty", ""},
		{"blanks", "   "},
	}
	for c := range 0x20 {
		out = append(out, Text{fmt.Sprintf("c0 %02x", c), "a" + string(rune(c)) + "b"})
	}
	for c := 0x80; c < 0xa0; c++ {
		out = append(out,
			Text{fmt.Sprintf("c1 %02x", c), "a" + string(rune(c)) + "b"},
			Text{fmt.Sprintf("c1 raw %02x", c), "a" + string([]byte{byte(c)}) + "b"})
	}
	return out
}
