package flow

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"doorstep/client"
)

func TestNext(t *testing.T) {
	candidates := func() *script { return newScript(nil).joins().does(200, aliasAnswer) }
	for name, c := range map[string]struct {
		trace *script
		want  string
	}{
		"the client asks first":                   {newScript(nil), "A1"},
		"an alias leads to its own server":        {newScript(nil).joins(), "find directory.example"},
		"a room ID needs no directory":            {newScript(func(h *Header) { h.Target, h.Via = "!r:a.example", []string{"v.example"} }).joins(), "find v.example"},
		"nobody to ask":                           {newScript(func(h *Header) { h.Target = "!r:a.example" }).joins(), "A8 unreachable"},
		"an alias is looked up before its vias":   {newScript(func(h *Header) { h.Via = []string{"v.example"} }).joins(), "find directory.example"},
		"unknown alias":                           {newScript(nil).joins().does(404, refusalBody("M_NOT_FOUND")), "A8 refused"},
		"directory down":                          {newScript(nil).joins().does(0, "refused"), "A8 unreachable"},
		"directory says nothing":                  {newScript(nil).joins().does(200, `{}`), "A8 invalid"},
		"directory lists what are no servers":     {newScript(nil).joins().does(200, `{"room_id":"!r:x","servers":[1]}`), "A8 invalid"},
		"the first candidate":                     {candidates(), "find a.example"},
		"no answer: the next":                     {candidates().does(0, "refused"), "find b.example"},
		"unknown room: the next":                  {candidates().does(404, refusalBody("M_NOT_FOUND")), "find b.example"},
		"broken: the next":                        {candidates().does(500, `{"Err":""}`), "find b.example"},
		"cannot judge: the next":                  {candidates().does(400, refusalBody("M_UNABLE_TO_AUTHORISE_JOIN")), "find b.example"},
		"cannot grant: the next":                  {candidates().does(400, refusalBody("M_UNABLE_TO_GRANT_JOIN")), "find b.example"},
		"busy: the next":                          {candidates().does(429, refusalBody("M_LIMIT_EXCEEDED")), "find b.example"},
		"our signature was not checked: the next": {candidates().does(401, refusalBody("M_UNAUTHORIZED")), "find b.example"},
		"redirected: the next":                    {candidates().does(308, ``), "find b.example"},
		"a proxy's 403: the next":                 {candidates().does(403, `<html>no</html>`), "find b.example"},
		"forbidden: over":                         {candidates().does(403, refusalBody("M_FORBIDDEN")), "A8 refused"},
		"version not offered: over":               {candidates().does(400, refusalBody("M_INCOMPATIBLE_ROOM_VERSION")), "A8 refused"},
		"all fail, none answered":                 {candidates().does(0, "x").does(0, "x"), "A8 unreachable"},
		"all fail, one answered":                  {candidates().does(0, "x").does(404, refusalBody("M_NOT_FOUND")), "A8 refused"},
		"a good template is signed":               {candidates().does(200, goodTemplate), "L1"},
		"a lying template is not, the next":       {candidates().does(200, strings.Replace(goodTemplate, "join", "ban", 1)), "find b.example"},
		"HTML in place of a template":             {candidates().does(200, "<html>"), "find b.example"},
		"like Synapse, a 401 ends it": {newScript(func(h *Header) { h.Like = "synapse" }).joins().does(200, aliasAnswer).
			does(401, refusalBody("M_UNAUTHORIZED")), "A8 refused"},
		"like Synapse, a redirect ends it": {newScript(func(h *Header) { h.Like = "synapse" }).joins().does(200, aliasAnswer).does(302, ""), "A8 failed"},
		"like Synapse, a 429 does not end it": {newScript(func(h *Header) { h.Like = "synapse" }).joins().does(200, aliasAnswer).
			does(429, refusalBody("M_LIMIT_EXCEEDED")), "find b.example"},
		"like Synapse, the alias's server comes first where it is listed": {newScript(func(h *Header) { h.Like = "synapse" }).joins().
			does(200, strings.Replace(aliasAnswer, "b.example", "directory.example", 1)), "A4 directory.example"},
		"like Synapse, the alias's server is not asked where it is not listed": {newScript(func(h *Header) { h.Like = "synapse" }).joins().
			does(200, aliasAnswer), "find a.example"},
		"like tuwunel, the alias's server is asked only where nobody else is listed": {newScript(func(h *Header) { h.Like = "tuwunel" }).joins().
			does(200, `{"room_id":"!r:a.example","servers":["joining.example"]}`), "A4 directory.example"},
		"like tuwunel, via does not count for an alias": {newScript(func(h *Header) { h.Like, h.Via = "tuwunel", []string{"v.example"} }).joins().
			does(200, aliasAnswer), "find a.example"},
		"like tuwunel, matrix.org comes last": {newScript(func(h *Header) { h.Like = "tuwunel" }).joins().
			does(200, strings.Replace(aliasAnswer, `["a.example"`, `["matrix.org"`, 1)), "find b.example"},
		"like tuwunel, a room ID without via leads to its server": {newScript(func(h *Header) { h.Like, h.Target = "tuwunel", "!r:a.example" }).joins(), "find a.example"},
		"like Dendrite, a 403 does not end it": {newScript(func(h *Header) { h.Like = "dendrite" }).joins().does(200, aliasAnswer).
			does(403, refusalBody("M_FORBIDDEN")), "find a.example"},
		"all are asked": {newScript(func(h *Header) { h.AskAll = true }).joins().does(200, aliasAnswer).does(200, goodTemplate), "version a.example"},
		"all were asked, the first good one counts": {newScript(func(h *Header) { h.AskAll = true }).joins().does(200, aliasAnswer).
			does(200, goodTemplate).does(403, refusalBody("M_FORBIDDEN")).software(), "L1"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := next(c.trace.trace); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// What the directory lists is asked in its order, each server once, ourselves never, and what is no server name is kept
// with the reason why it is not asked.
func TestCandidates(t *testing.T) {
	s := Fold(newScript(nil).joins().does(200, aliasAnswer).trace)
	var got []string
	for _, c := range s.Candidates {
		got = append(got, fmt.Sprintf("%s %s %t", c.Server, c.From, c.Tried))
	}
	want := []string{"a.example directory false", "b.example directory false", "not a name directory true"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Where every candidate is asked, a table compares them: what they run, what they said, whether their protoevents agree.
func TestCandidateRows(t *testing.T) {
	s := newScript(func(h *Header) { h.AskAll = true; h.Via = []string{"c.example", "d.example"} }).joins()
	other := strings.NewReplacer(`["$a"]`, `["$z"]`, `"depth":7`, `"depth":8`).Replace(goodTemplate)
	s.does(200, aliasAnswer).does(200, goodTemplate).does(200, other).does(200, goodTemplate).does(403, refusalBody("M_FORBIDDEN")).software()
	want := []CandidateRow{
		{Server: "c.example", From: "via", Software: "Test 1", Status: 200, RoomVersion: "11", Agrees: "first"},
		{Server: "d.example", From: "via", Software: "Test 1", Status: 200, RoomVersion: "11", Agrees: "differs: auth_events, depth"},
		{Server: "a.example", From: "directory", Software: "Test 1", Status: 200, RoomVersion: "11", Agrees: "yes"},
		{Server: "b.example", From: "directory", Software: "Test 1", Status: 403, Errcode: "M_FORBIDDEN", Error: "no"},
		{Server: "not a name", From: "directory"},
	}
	got := s.trace.Candidates()
	if len(got) == len(want) {
		want[4].Error = got[4].Error
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Each field of a template that is not what was asked for makes it unusable: nothing is overwritten.
func TestTemplateChecks(t *testing.T) {
	for name, c := range map[string]struct{ body, fails string }{
		"good":                    {goodTemplate, ""},
		"other type":              {strings.Replace(goodTemplate, "m.room.member", "m.room.create", 1), "template_type"},
		"other room":              {strings.Replace(goodTemplate, "!r:a.example", "!s:a.example", 1), "template_room"},
		"other sender":            {strings.Replace(goodTemplate, `"sender":"@you`, `"sender":"@me`, 1), "template_sender"},
		"other state key":         {strings.Replace(goodTemplate, `"state_key":"@you`, `"state_key":"@me`, 1), "template_state_key"},
		"no state key":            {strings.Replace(goodTemplate, `"state_key"`, `"statekey"`, 1), "template_state_key"},
		"state key of a number":   {strings.Replace(goodTemplate, `"state_key":"@you:joining.example"`, `"state_key":1`, 1), "template_state_key"},
		"other membership":        {strings.Replace(goodTemplate, `"join"`, `"leave"`, 1), "template_membership"},
		"content of a list":       {strings.Replace(goodTemplate, `{"membership":"join"}`, `["join"]`, 1), "template_membership"},
		"version not offered":     {strings.Replace(goodTemplate, `"11"`, `"10"`, 1), "template_room_version"},
		"unknown version":         {strings.Replace(goodTemplate, `"11"`, `"org.example.13"`, 1), "template_readable"},
		"version of a number":     {strings.Replace(goodTemplate, `"11"`, `11`, 1), "template_readable"},
		"no version, new form":    {strings.Replace(goodTemplate, `"room_version":"11",`, ``, 1), "template_readable"},
		"old references":          {strings.Replace(goodTemplate, `["$a"]`, `[["$a",{"sha256":"x"}]]`, 1), "template_auth_events"},
		"too many auth events":    {strings.Replace(goodTemplate, `["$a"]`, `["$a"`+strings.Repeat(`,"$a"`, 10)+`]`, 1), "template_auth_events"},
		"too many prev events":    {strings.Replace(goodTemplate, `["$b"]`, `["$b"`+strings.Repeat(`,"$b"`, 20)+`]`, 1), "template_prev_events"},
		"poisoned depth":          {strings.Replace(goodTemplate, `"depth":7`, `"depth":9007199254740992`, 1), "template_depth"},
		"negative depth":          {strings.Replace(goodTemplate, `"depth":7`, `"depth":-1`, 1), "template_depth"},
		"a float":                 {strings.Replace(goodTemplate, `"depth":7`, `"depth":7,"x":1.5`, 1), "template_canonical"},
		"two of one key":          {strings.Replace(goodTemplate, `"depth":7`, `"depth":7,"depth":8`, 1), "template_readable"},
		"event of a string":       {`{"room_version":"11","event":"x"}`, "template_readable"},
		"no event":                {`{"room_version":"11"}`, "template_readable"},
		"trailing text":           {goodTemplate + "x", "template_readable"},
		"an extra key only warns": {strings.Replace(goodTemplate, `"depth":7`, `"depth":7,"shoe_size":43`, 1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := Fold(newScript(nil).joins().does(200, aliasAnswer).does(200, c.body).trace)
			failing := ""
			for _, check := range s.TemplateChecks {
				if check.Outcome == Fail && failing == "" {
					failing = check.ID
				}
			}
			if failing != c.fails {
				t.Errorf("fails %q, want %q: %+v", failing, c.fails, s.TemplateChecks)
			}
			if signs := s.Template != nil; signs != (c.fails == "") {
				t.Errorf("goes on to sign: %t", signs)
			}
		})
	}
}

// A trace from elsewhere may hold an answer of somebody who was not asked.
func TestAnswerNobodyAskedFor(t *testing.T) {
	for _, all := range []bool{true, false} {
		s := newScript(func(h *Header) { h.Target, h.AskAll = "!r:a.example", all }).joins()
		asked := s.add(Entry{Kind: Request, Step: A4, From: Joining, To: Resident, Server: "a.example",
			Request: &client.Request{Endpoint: client.MakeJoin}})
		s.add(Entry{Kind: Response, Step: A5, From: Resident, To: Joining, Server: "a.example", Answers: asked,
			Response: &client.Response{Status: 200, Body: []byte(goodTemplate)}})
		if got := Fold(s.trace).Outcome(); got != Unreachable {
			t.Errorf("all %t: %s", all, got)
		}
	}
}
