package render

import (
	"fmt"
	"strings"
	"testing"

	"doorstep/render/rendertest"
)

// joinDiff is what a joining server makes of a template.
func joinDiff() Diff {
	return Diff{
		Left: "protoevent from c.org", Right: "join event, signed by a.org", Cursor: 2,
		Changes: []Change{
			{Path: "/type", Kind: Copied, From: `"m.room.member"`, To: `"m.room.member"`,
				Why: "checked: the template must be for a membership", Source: "server-server: Joining Rooms"},
			{Path: "/auth_events", Kind: Copied, From: `["$Xa7y9aVk1qkT0xk0u3Tn2vQ4mP9wS8eR5tY6uI7oP0a","$b"]`,
				To: `["$Xa7y9aVk1qkT0xk0u3Tn2vQ4mP9wS8eR5tY6uI7oP0a","$b"]`, Why: "the resident's choice"},
			{Path: "/origin_server_ts", Kind: Replaced, From: "1700000000000", To: "1700000000310",
				Why: "when the joining server made the event", Source: "server-server: Joining Rooms"},
			{Path: "/origin", Kind: Removed, From: `"c.org"`,
				Why:    "the server that sends the event; redaction keeps it up to version 10, so it counts towards the event ID",
				Source: "server-server: Joining Rooms"},
			{Path: "/signatures", Kind: Added, To: Untrusted(`{"a.org":{"ed25519:a1":"` + strings.Repeat("s", 86) + `"}}`),
				Why: "the joining server's signature over the redacted event", Source: "server-server: Signing Events"},
			{Path: "/content/a~1b", Kind: Replaced, From: Untrusted(strings.Repeat("long ", 200)), To: "\"\x1b[31m\u202e\"",
				Why: "", Source: ""},
			{Path: "/odd", Kind: "unknown"},
		},
	}
}

func TestDiffFrames(t *testing.T) {
	for _, width := range []int{60, 80, 120} {
		for _, layout := range []DiffLayout{SideBySide, UnifiedDiff} {
			for _, k := range looks() {
				if k.name != "unicode-dark" && k.name != "ascii-mono" {
					continue
				}
				t.Run(fmt.Sprintf("%d-%s-%s", width, map[DiffLayout]string{SideBySide: "side", UnifiedDiff: "unified"}[layout],
					k.name), func(t *testing.T) {
					lines, starts := joinDiff().Draw(theme(t, k.theme), k.glyphs, width, layout)
					if len(starts) != len(joinDiff().Changes) {
						t.Errorf("%d starts", len(starts))
					}
					requireFrame(t, lines, width)
				})
			}
		}
	}
}

func TestDiffSizes(t *testing.T) {
	d := joinDiff()
	for _, h := range rendertest.Hostile() {
		u := Untrusted(h.Text)
		d.Changes = append(d.Changes, Change{Path: u, Kind: Replaced, From: u, To: u, Why: u, Source: u},
			Change{Path: u, Kind: ChangeKind(h.Text[:min(len(h.Text), 99)]), To: u})
	}
	d.Left, d.Right = d.Changes[20].From, d.Changes[24].From
	for width := 0; width <= 220; width += 1 + width/8 {
		for layout := DiffAuto; layout <= UnifiedDiff; layout++ {
			lines, starts := d.Draw(Styles{}, []Glyphs{Unicode(), ASCII()}[width%2], width, layout)
			if err := rendertest.Check(lines, width); err != nil {
				t.Fatalf("%d columns: %v", width, err)
			}
			if most := 2 + len(d.Changes)*(1+2*valueLines+whyLines); len(lines) > most {
				t.Errorf("%d columns: %d lines, at most %d wanted", width, len(lines), most)
			}
			for i, at := range starts {
				if at < 2 || at >= len(lines) || i > 0 && at <= starts[i-1] {
					t.Fatalf("%d columns: change %d starts on line %d of %d", width, i, at, len(lines))
				}
			}
		}
	}
}

// Every change says what happened in a word, why, and by which section, at any width from 40 on.
func TestDiffExplainsEveryField(t *testing.T) {
	d := joinDiff()
	for width := 40; width < 200; width++ {
		for _, layout := range []DiffLayout{DiffAuto, SideBySide, UnifiedDiff} {
			lines, starts := d.Draw(Styles{}, Unicode(), width, layout)
			for i, c := range d.Changes[:5] {
				block := lines[starts[i]:]
				if i+1 < len(starts) {
					block = lines[starts[i]:starts[i+1]]
				}
				all := strings.Join(strings.Fields(strings.Join(block, " ")), " ")
				for _, want := range []Untrusted{Untrusted(c.Kind), c.Path, c.Why, c.Source} {
					if !strings.Contains(all, string(want)) {
						t.Fatalf("%d columns, change %d does not say %q:\n%s", width, i, string(want), strings.Join(block, "\n"))
					}
				}
			}
		}
	}
}
