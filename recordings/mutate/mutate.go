// Package mutate changes recordings in structure, for tests of what reads them: entries are left out, repeated,
// moved, swapped and given other types, and numbered again so that the reader accepts them. Whatever it accepts, the
// rest of the program has to bear.
package mutate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// All returns n mutants of a recording, always the same ones: recordings in their own right, which a reader may refuse.
func All(recording []byte, n int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for seed := range uint64(n) {
			if m := One(recording, seed); m == nil || !yield(m) {
				return
			}
		}
	}
}

// One returns the mutant of a recording with that seed; nil where the recording is none.
func One(recording []byte, seed uint64) []byte {
	random := rand.New(rand.NewPCG(uint64(len(recording)), seed))
	m, err := read(recording, random)
	if err != nil {
		return nil
	}
	for range 1 + random.IntN(3) {
		kinds[random.IntN(len(kinds))](m)
	}
	return m.write()
}

type object = map[string]any

// A mutant is a recording being changed. Its entries remember the number they had, so that answers find their requests.
type mutant struct {
	*rand.Rand
	header  object
	entries []object
}

func read(recording []byte, random *rand.Rand) (*mutant, error) {
	m := &mutant{Rand: random}
	for i, line := range bytes.Split(bytes.TrimSpace(recording), []byte("\n")) {
		d := json.NewDecoder(bytes.NewReader(line))
		d.UseNumber()
		var o object
		if err := d.Decode(&o); err != nil {
			return nil, err
		}
		if i == 0 {
			m.header = o
			continue
		}
		m.entries = append(m.entries, o)
	}
	if len(m.entries) == 0 {
		return nil, fmt.Errorf("no entries")
	}
	return m, nil
}

// write numbers the entries again. An answer goes with the last request before it that had the number it answers.
func (m *mutant) write() []byte {
	now := map[string]int{}
	var b bytes.Buffer
	line := func(o object) {
		text, err := json.Marshal(o)
		if err != nil {
			panic(err)
		}
		b.Write(append(text, '\n'))
	}
	line(m.header)
	for i, e := range m.entries {
		e = maps.Clone(e)
		if n, ok := now[fmt.Sprint(e["answers"])]; ok {
			e["answers"] = n
		}
		now[fmt.Sprint(e["seq"])] = i + 1
		e["seq"], e["at"] = i+1, i
		line(e)
	}
	return b.Bytes()
}

// kinds are the ways in which a recording is changed.
var kinds = []func(*mutant){
	(*mutant).drop, (*mutant).drop, (*mutant).repeat, (*mutant).repeat, (*mutant).move, (*mutant).move, (*mutant).swap,
	(*mutant).dropField, (*mutant).retype, (*mutant).retype, (*mutant).inBody, (*mutant).inBody, (*mutant).inBody,
	(*mutant).swapFields, (*mutant).otherStep, (*mutant).otherHeader, (*mutant).cutOff, (*mutant).answerAgain,
	(*mutant).otherMode, (*mutant).otherMode, (*mutant).otherField, (*mutant).otherField, (*mutant).retypeHeader,
}

func (m *mutant) any() int { return m.IntN(len(m.entries)) }

func (m *mutant) drop() {
	if i := m.any(); len(m.entries) > 1 {
		m.entries = slices.Delete(m.entries, i, i+1)
	}
}

func (m *mutant) repeat() {
	m.entries = slices.Insert(m.entries, m.IntN(len(m.entries)+1), maps.Clone(m.entries[m.any()]))
}

func (m *mutant) move() {
	i := m.any()
	e := m.entries[i]
	m.entries = slices.Delete(m.entries, i, i+1)
	m.entries = slices.Insert(m.entries, m.IntN(len(m.entries)+1), e)
}

func (m *mutant) swap() {
	i, j := m.any(), m.any()
	m.entries[i], m.entries[j] = m.entries[j], m.entries[i]
}

func (m *mutant) cutOff() { m.entries = m.entries[:1+m.any()] }

// field picks a field of an object, keys in order, so that the same choice gives the same field.
func (m *mutant) field(o object) string {
	keys := slices.Sorted(maps.Keys(o))
	if len(keys) == 0 {
		return ""
	}
	return keys[m.IntN(len(keys))]
}

func (m *mutant) dropField() {
	e := m.entries[m.any()]
	delete(e, m.field(e))
}

func (m *mutant) retype() {
	e := m.entries[m.any()]
	m.retypeIn(e, 0)
}

// values stand for any other type.
var values = []string{`null`, `true`, `0`, `-1`, `1.5`, `9223372036854775807`, `""`, `"x"`, `"$x"`, `[]`, `[[]]`,
	`[null]`, `[1,2]`, `{}`, `{"x":null}`, `{"":{}}`}

func (m *mutant) value() any {
	d := json.NewDecoder(strings.NewReader(values[m.IntN(len(values))]))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		panic(err)
	}
	return v
}

// retypeIn gives one value somewhere in o another type.
func (m *mutant) retypeIn(o object, depth int) {
	key := m.field(o)
	if key == "" {
		return
	}
	if depth < 6 && m.IntN(4) > 0 {
		switch v := o[key].(type) {
		case object:
			m.retypeIn(v, depth+1)
			return
		case []any:
			if len(v) == 0 {
				break
			}
			if inner, ok := v[m.IntN(len(v))].(object); ok {
				m.retypeIn(inner, depth+1)
				return
			}
			v[m.IntN(len(v))] = m.value()
			return
		}
	}
	if m.IntN(4) == 0 {
		delete(o, key)
		return
	}
	o[key] = m.value()
}

// inBody changes what a server sent, or an event that was made.
func (m *mutant) inBody() {
	for range 20 {
		e := m.entries[m.any()]
		key := "body"
		if build, ok := e["build"].(object); ok {
			e, key = build, "event"
		}
		text, ok := e[key].(string)
		var body any
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if !ok || d.Decode(&body) != nil {
			continue
		}
		if list, ok := body.([]any); ok && len(list) > 0 {
			body = list[len(list)-1]
		}
		o, ok := body.(object)
		if !ok {
			continue
		}
		if m.IntN(6) == 0 {
			body = m.value()
		} else {
			m.retypeIn(o, 0)
		}
		changed, err := json.Marshal(body)
		if err != nil {
			panic(err)
		}
		e[key] = string(changed)
		return
	}
}

// swapFields gives two entries a field of each other: the body of another answer, another server, another step.
func (m *mutant) swapFields() {
	a, b := m.entries[m.any()], m.entries[m.any()]
	key := m.field(a)
	va, inA := a[key]
	vb, inB := b[key]
	if inA {
		b[key] = va
	} else {
		delete(b, key)
	}
	if inB {
		a[key] = vb
	} else {
		delete(a, key)
	}
}

var steps = []string{"A1", "A2", "A3", "A4", "A5", "L1", "A6", "A7", "L2", "A8", "R", "U1", "U2", "U3", "U4", "", "X"}
var entryKinds = []string{"request", "response", "failure", "local", "gap", "hologram"}
var roles = []string{"client", "joining", "directory", "resident"}
var endpoints = []string{"join", "query/directory", "make_join", "send_join v1", "send_join", "make_leave",
	"send_leave", "key/server", "key/query",
	"version", "user/devices", "state_ids", "invite", "well-known", "send", "invite v1", "3pid/onbind",
	"exchange_third_party_invite", "state", "event", "backfill", "get_missing_events", "event_auth", "query/profile",
	"user/keys/query", "x", ""}

func (m *mutant) otherStep() {
	e := m.entries[m.any()]
	one := func(list []string) string { return list[m.IntN(len(list))] }
	switch m.IntN(5) {
	case 0:
		e["step"] = one(steps)
	case 1:
		e["kind"] = one(entryKinds)
	case 2:
		e[[]string{"from", "to"}[m.IntN(2)]] = one(roles)
	case 3:
		e["endpoint"] = one(endpoints)
	case 4:
		e["status"] = []int{0, 100, 200, 204, 302, 400, 403, 404, 429, 502, 504, 999, -1}[m.IntN(13)]
	}
}

// modes are what recordings of other origins have in their headers.
var modes = []string{
	`{"source":"check","server":"resident.example","deadline":60000000000}`,
	`{"source":"check","server":"resident.example","user_id":"","target":""}`,
	`{"source":"tap","imported":{"from":"tap","by":"x","missing":["discovery"]}}`,
	`{"source":"tap","user_id":""}`,
	`{"source":"host","imported":{"from":"host","missing":[]}}`,
	`{"source":"sandbox"}`, `{"source":"join"}`, `{"source":""}`,
	`{"source":"import","imported":{"from":"har","by":"x 1","missing":["tls","wire","join"],"redone":["L1","L2"]}}`,
	`{"source":"import","imported":{"from":"log","by":"Synapse 1","side":"joining","missing":null}}`,
	`{"source":"import","imported":{"from":"log","side":"resident","missing":["x"]}}`,
	`{"source":"import","imported":null}`,
	`{"wait_invite_ms":1000}`, `{"wait_invite_ms":1000,"reject":true}`, `{"wait_invite_ms":1,"reject":true,"target":""}`,
	`{"leave":true,"leave_sure":true}`, `{"omit_members":true}`, `{"offered":[]}`, `{"via":["a.example",""]}`,
	`{"redacted":{"by":"x","found":{"outcome":"joined","verified":"verified"}}}`,
	`{"redacted":{"by":"","found":{"outcome":"invalid","verified":"failed","why":"x","findings":[{"id":"x"}]}}}`,
}

// otherMode makes a recording one of another origin, or of another way to join.
func (m *mutant) otherMode() {
	maps.Copy(m.header, parsed(modes[m.IntN(len(modes))]))
}

// fields are what entries of some origins have, and few others.
var fields = []string{
	`{"took":5,"held":5}`, `{"took":9223372036854775807,"held":1}`, `{"by":"tap"}`, `{"by":"host"}`, `{"by":"user"}`,
	`{"by":"SIGINT","kind":"failure","failure":{"kind":"cancelled","message":"m"}}`,
	`{"inferred":true}`, `{"attempt":3,"of":2}`, `{"attempt":-1,"of":-1}`, `{"excess":9}`, `{"status":200}`,
	`{"server":""}`, `{"server":"\u001b[31m"}`,
	`{"altered":{"by":"user","mutation":"x","status":403,"body":"{}","delivery":{"dropped":true,"cut":3,"over":9}}}`,
	`{"altered":{"by":"scenario","method":"PUT","target":"/x","body":"{}","event":"{}","own_signature":true,` +
		`"sealing":{"hash":"none","key":"x","redact_as":"99"}}}`,
	`{"altered":{"by":"","event":"[]"}}`,
	`{"logged":{"lines":["a","b"],"from":3,"said":"M_FORBIDDEN: no"}}`, `{"logged":{"lines":[]}}`,
	`{"authenticated":{"request":1,"origin":"j.example","key_id":"ed25519:x"}}`,
	`{"authenticated":{"request":999,"reason":"x","detail":"y"}}`, `{"authenticated":{"request":-1}}`,
	`{"exited":{"code":1}}`, `{"exited":{"code":-1,"signal":"KILL","timed_out":true}}`,
	`{"connection":{"address":"x","timings":{},"unreached":[{}],"tls":{"certificates":[]}}}`,
	`{"connection":{"timings":{"connect":-1}}}`,
	`{"connection":{"timings":{},"tls":{"certificates":[{}],"verify_faults":["x"]}}}`,
	`{"discovery":{"server":"x","steps":[{}],"destinations":[{}]}}`, `{"discovery":{}}`,
	`{"failure":{"kind":"timeout","message":"","part":"body"}}`, `{"failure":{}}`,
	`{"build":{"membership":"leave","event":"{}"}}`, `{"build":{"event":null}}`,
	`{"body":{"base64":"/w=="}}`, `{"body":""}`, `{"body":null}`, `{"header":[]}`,
	`{"header":[{"name":"X-Matrix","value":""},{"name":"Authorization","value":"X-Matrix origin=\"a\",sig=\"…\""}]}`,
	`{"kind":"gap","step":"A4"}`, `{"kind":"gap","step":"A7","body":"x"}`,
}

// otherField gives an entry what entries of other origins have.
func (m *mutant) otherField() {
	maps.Copy(m.entries[m.any()], parsed(fields[m.IntN(len(fields))]))
}

// retypeHeader gives one value of the header another type.
func (m *mutant) retypeHeader() { m.retypeIn(m.header, 0) }

func parsed(text string) object {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var o object
	if err := d.Decode(&o); err != nil {
		panic(err)
	}
	return o
}

// answerAgain has a request answered twice, in another way the second time: as a failure, or with another body.
func (m *mutant) answerAgain() {
	for range 20 {
		e := maps.Clone(m.entries[m.any()])
		if e["kind"] != "response" {
			continue
		}
		if m.IntN(2) == 0 {
			e["kind"], e["failure"] = "failure", object{"kind": []string{"timeout", "cancelled", "resolve", "connect",
				"x"}[m.IntN(5)], "message": "m"}
			delete(e, "body")
			delete(e, "status")
		} else {
			e["body"] = m.entries[m.any()]["body"]
		}
		m.entries = append(m.entries, e)
		m.move()
		return
	}
}

func (m *mutant) otherHeader() {
	for _, key := range []string{"ask_all", "dry_run", "leave", "probe"} {
		if m.IntN(2) == 0 {
			m.header[key] = m.IntN(2) == 0
		}
	}
	switch m.IntN(6) {
	case 0:
		m.header["form"] = []string{"2015", "current"}[m.IntN(2)]
	case 1:
		m.header["like"] = []string{"synapse", "dendrite", "tuwunel", "x"}[m.IntN(4)]
	case 2:
		m.header["send_to"] = []string{"same", "another", "x"}[m.IntN(3)]
	case 3:
		m.header["target"] = []string{"#room:directory.example", "!room:resident.example", "!room"}[m.IntN(3)]
	case 4:
		m.header["notary"] = []string{"", "resident.example", "notary.example"}[m.IntN(3)]
	case 5:
		delete(m.header, m.field(m.header))
	}
}
