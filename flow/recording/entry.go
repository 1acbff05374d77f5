package recording

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"doorstep/client"
	"doorstep/flow"
)

func checkHeader(h flow.Header) error {
	if h.Source == flow.SourceCheck {
		_, err := client.ParseServerName(h.Server)
		return err
	}
	if _, err := client.ParseServerName(h.Joining); err != nil {
		return err
	}
	if _, err := client.ParseUserID(h.User); err != nil && !(h.User == "" && h.Watched()) {
		return err // of a join that was watched from its lookup on, who joins may never have become known
	}
	if h.WaitInvite < 0 || h.Reject && h.WaitInvite == 0 {
		return errors.New("an invite is rejected that was not waited for")
	}
	if h.Target == "" && h.WaitInvite > 0 { // the room of the invite
	} else if client.IsAlias(h.Target) {
		if _, err := client.ParseAlias(h.Target); err != nil {
			return err
		}
	} else if _, err := client.ParseRoomID(h.Target); err != nil {
		return err
	}
	if h.Form != flow.Form2015 && h.Form != flow.FormCurrent {
		return fmt.Errorf("form %q is neither 2015 nor current", h.Form)
	}
	if r := h.Redacted; r != nil && !(slices.Contains(flow.Outcomes, r.Found.Outcome) &&
		slices.Contains(flow.Outcomes, r.Found.Verified)) {
		return fmt.Errorf("redacted: outcome %q or %q is none", r.Found.Outcome, r.Found.Verified)
	}
	return nil
}

var knownKinds = map[flow.Kind]bool{flow.Request: true, flow.Response: true, flow.Failure: true, flow.Local: true,
	flow.Gap: true}

var knownRoles = map[flow.Role]bool{flow.Client: true, flow.Joining: true, flow.Directory: true, flow.Resident: true}

// entryOf reads the line of the entry that follows those of t. It lets nothing through that the rest of the program
// relies on: order, roles, what belongs to what.
func entryOf(line []byte, t flow.Trace, small *compactor) (flow.Entry, error) {
	l, err := readEntryLine(line)
	small.line(&l)
	if err != nil {
		var kind struct{ Kind flow.Kind }
		if json.Unmarshal(line, &kind) != nil || kind.Kind == "" || knownKinds[kind.Kind] {
			return flow.Entry{}, err
		}
		l = entryLine{Seq: len(t.Entries) + 1, Kind: kind.Kind}
	}
	n := len(t.Entries) + 1
	if l.Kind == "" {
		return flow.Entry{}, errors.New("no kind")
	}
	if l.Seq != n {
		return flow.Entry{}, fmt.Errorf("seq is %d, not %d", l.Seq, n)
	}
	e := flow.Entry{Seq: n, At: l.At, Took: l.Took, Held: l.Held, Kind: l.Kind, Step: l.Step, From: l.From, To: l.To,
		Server: l.Server, Inferred: l.Inferred, Answers: l.Answers, Attempt: l.Attempt, Of: l.Of, By: l.By,
		Failure: l.Failure, Discovery: l.Discovery}.Remembering()
	if !knownKinds[l.Kind] {
		return flow.Entry{Seq: n, At: max(l.At, lastAt(t)), Kind: l.Kind, Step: l.Step,
			Unknown: append(json.RawMessage(nil), line...)}, nil
	}
	if !knownRoles[l.From] || !knownRoles[l.To] {
		return flow.Entry{}, fmt.Errorf("roles %q and %q", l.From, l.To)
	}
	if l.At < lastAt(t) || l.Took < 0 || l.Held < 0 || l.Held > l.Took {
		return flow.Entry{}, errors.New("its time is before that of the entry before it")
	}
	if l.Connection != nil {
		c := l.Connection
		e.Connection = &client.Connection{Address: c.Address, TLS: c.TLS, Timings: c.Timings, Unreached: c.Unreached}
	}
	switch l.Kind {
	case flow.Request:
		e.Request = &client.Request{Endpoint: l.Endpoint, Method: l.Method, Target: small.text(string(l.Target.bytes())),
			Header: small.fields(l.Header), Body: l.Body.bytes()}
	case flow.Response:
		e.Response = l.response(small)
	case flow.Failure:
		if l.Failure == nil {
			return flow.Entry{}, errors.New("a failure without its reason")
		}
		if l.Status != 0 {
			e.Response = l.response(small)
		}
	}
	if l.Kind == flow.Response || l.Kind == flow.Failure && l.Step != flow.L1 && !e.FailedCall() && !e.Waited() {
		asked := t.Entry(l.Answers)
		if asked == nil || asked.Kind != flow.Request || flow.ResponseStep[asked.Step] != l.Step {
			return flow.Entry{}, fmt.Errorf("it answers entry %d, which is no request of that kind", l.Answers)
		}
	}
	if l.Build != nil {
		b := l.Build.Build
		b.Event = l.Build.Event.bytes()
		e.Build = &b
	}
	e.Altered = l.Altered.altered(small)
	e.Authenticated, e.Exited = l.Authenticated, l.Exited
	l.logged(&e)
	AddFacts(&e)
	return e, nil
}

// response is the answer that a line holds, whole or cut.
func (l *entryLine) response(small *compactor) *client.Response {
	return &client.Response{Status: l.Status, Reason: small.text(string(l.Reason.bytes())), Header: small.fields(l.Header),
		Body: l.Body.bytes(), Excess: l.Excess}
}

func lastAt(t flow.Trace) time.Duration {
	if len(t.Entries) == 0 {
		return 0
	}
	return t.Entries[len(t.Entries)-1].At
}

// readEntryLine reads the line of an entry. The line may be no longer what it was, unless it is one of an unknown kind.
func readEntryLine(line []byte) (l entryLine, err error) {
	if len(line) >= longLine {
		return readInPlace(line)
	}
	return readWhole(line)
}

// readInPlace is readEntryLine with the body decoded where it lies, so that it is in memory once. What encoding/json
// makes of a line comes out in any case.
func readInPlace(line []byte) (l entryLine, err error) {
	start, end := findBody(line)
	packed := start < end && line[start] == '{'
	ours := start < end && (packed || plainString(line[start:end]))
	if ours {
		err = json.Unmarshal(slices.Concat(line[:start], []byte("null"), line[end:]), &l)
	}
	if !ours || err != nil || !knownKinds[l.Kind] {
		return readWhole(line)
	}
	var body text
	if packed {
		if body, ours = unpackBody(line[start:end]); !ours {
			return readWhole(line)
		}
	} else {
		body = unescape(line[start+1 : end-1])
	}
	l.Body = &body
	return l, nil
}

// readWhole reads the line of an entry as encoding/json does.
func readWhole(line []byte) (l entryLine, err error) {
	err = json.Unmarshal(line, &l)
	return l, err
}
