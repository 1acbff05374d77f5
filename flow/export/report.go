package export

import (
	"encoding/json"
	"slices"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/compare"
	"doorstep/flow/diagnose"
	"doorstep/flow/inspect"
	"doorstep/flow/response"
	"doorstep/flow/shell"
	"doorstep/flow/verify"
)

// A Report is a handshake as one JSON object, version 1: a stable contract, to which fields are only ever added.
type Report struct {
	Doorstep    int                `json:"doorstep"`
	Outcome     flow.Outcome       `json:"outcome"`
	ExitCode    int                `json:"exit_code"`
	RoomID      string             `json:"room_id"`
	RoomVersion string             `json:"room_version"`
	UserID      string             `json:"user_id"`
	EventID     string             `json:"event_id"`
	Form        flow.Form          `json:"form"`
	Roles       RolesJSON          `json:"roles"`
	Steps       []StepJSON         `json:"steps"`
	Diff        []ChangeJSON       `json:"diff"`
	Checks      []CheckJSON        `json:"checks"`
	Counts      CountsJSON         `json:"counts"`
	Findings    []diagnose.Finding `json:"findings"`

	// Why is why the handshake ended where it did, in a sentence; empty where it came to its good end and nothing else
	// was asked.
	Why string `json:"why"`
	// Fate is what became of our send_join: not_sent, turned_away, refused, unknown or accepted; empty where only its
	// answer is known.
	Fate string `json:"fate"`
	// MayHaveJoined is there where the user may be in the room although the handshake did not come to its good end; Undo
	// is the command that takes the join back.
	MayHaveJoined bool       `json:"may_have_joined,omitempty"`
	Undo          shell.Text `json:"undo,omitempty"`
	// AlreadyMember, Left and NotLeft are about a user who was in the room before, and about the leave that was asked
	// for.
	AlreadyMember bool   `json:"already_member,omitempty"`
	Left          bool   `json:"left,omitempty"`
	NotLeft       string `json:"not_left,omitempty"` // why the leave that was asked for did not come to its end

	// Invite is there where an invite came before the join, and counted; Rejected where it was rejected: then the
	// outcome is verified, and nothing was joined.
	Invite   *InviteJSON `json:"invite,omitempty"`
	Rejected bool        `json:"rejected,omitempty"`

	// NothingToVerify is there where a recording was to be verified that has no answer to send_join.
	NothingToVerify bool `json:"nothing_to_verify,omitempty"`

	// Redacted is there where the recording is redacted: the outcome is that of before, and so are findings that say so.
	Redacted bool `json:"redacted,omitempty"`

	// Imported is there where another program recorded the handshake: which, and what is missing, which counts for
	// nothing.
	Imported *flow.Imported `json:"imported,omitempty"`

	// ReplacedCharacters counts the characters of the recording that stand for bytes which are no UTF-8: those parts are
	// not what was sent. It is there only where there are any.
	ReplacedCharacters int `json:"replaced_characters,omitempty"`

	// Altered is there only where somebody changed a step before it was done.
	Altered []AlteredJSON `json:"altered,omitempty"`

	// Omitted is there only where members were left out of the answer.
	Omitted *flow.Omitted `json:"omitted,omitempty"`

	// Candidates is there only where every candidate was asked.
	Candidates []compare.CandidateRow `json:"candidates,omitempty"`
	// Check is there only where one server was looked at, and nobody joined anything. What is about a join is empty then;
	// outcome and exit_code are those of the check, and so are findings and counts.checks.
	Check *inspect.Report `json:"check,omitempty"`
	// Probes is there only where probes were asked for.
	Probes []diagnose.ProbeResult `json:"probes,omitempty"`
}

// InviteJSON is the invite that a handshake went on from. Seq is the request that brought it; Form is v1 where it came
// as invites to rooms of the first two versions may.
type InviteJSON struct {
	Seq         int    `json:"seq"`
	EventID     string `json:"event_id"`
	RoomID      string `json:"room_id"`
	RoomVersion string `json:"room_version"`
	Sender      string `json:"sender"`
	Server      string `json:"server"`
	Form        string `json:"form"`
	ThirdParty  bool   `json:"third_party,omitempty"` // it came of an invite to an address
}

// RolesJSON names the servers that played the roles; empty where none did. The two residents may differ.
type RolesJSON struct {
	Joining   string `json:"joining"`
	Directory string `json:"directory"`
	MakeJoin  string `json:"make_join"`
	SendJoin  string `json:"send_join"`
}

// StepJSON is one entry of the trace. What became of a request is told on the request and on its answer alike: status,
// errcode, error, bytes (of the answer's body) and took_ms are those of the exchange, zero while it has no answer.
type StepJSON struct {
	Seq       int         `json:"seq"`
	ID        flow.StepID `json:"id"`
	Kind      flow.Kind   `json:"kind"`
	From      flow.Role   `json:"from"`
	To        flow.Role   `json:"to"`
	Server    string      `json:"server"`
	AtMS      float64     `json:"at_ms"`
	TookMS    float64     `json:"took_ms"`
	Method    string      `json:"method"`
	Target    string      `json:"target"`
	Status    int         `json:"status"`
	Errcode   string      `json:"errcode"`
	Error     string      `json:"error"`
	Bytes     int         `json:"bytes"`
	SentBytes int         `json:"sent_bytes"`
	// Logged is there where a homeserver's log is all that is known: of an answer that says 0 bytes, the body is not
	// known.
	Logged  bool   `json:"logged,omitempty"`
	Attempt int    `json:"attempt"`
	Of      int    `json:"of"`
	Answers int    `json:"answers,omitempty"`
	Does    string `json:"does,omitempty"` // local work, in a few words
	Address string `json:"address,omitempty"`

	// Cut is there on an answer of which only a part came, the bytes; Announced is how many were announced, where they
	// were.
	Cut       bool  `json:"cut,omitempty"`
	Announced int64 `json:"announced_bytes,omitempty"`
}

// ChangeJSON is one field of the diff. From and To are the JSON values themselves, null where absent.
type ChangeJSON struct {
	Path   string          `json:"path"`
	Change flow.ChangeKind `json:"change"`
	From   json.RawMessage `json:"from"`
	To     json.RawMessage `json:"to"`
	Why    string          `json:"why"`
	Source string          `json:"source"`

	// Outcome says whether the joining server may do that; there only where its hosts judge it.
	Outcome string `json:"outcome,omitempty"`
}

// CheckJSON is one check.
type CheckJSON struct {
	ID      string       `json:"id"`
	Subject string       `json:"subject"`
	Outcome string       `json:"outcome"`
	Rule    string       `json:"rule"`
	Field   string       `json:"field,omitempty"`
	Detail  string       `json:"detail"`
	Others  string       `json:"others,omitempty"`
	Fault   verify.Fault `json:"fault,omitempty"` // what was found, by name
}

// CountsJSON counts what came back: events in state, in auth_chain, in both, in one only; distinct events; signatures
// that had to be there; checks by outcome.
type CountsJSON struct {
	State         int          `json:"state"`
	AuthChain     int          `json:"auth_chain"`
	Both          int          `json:"both"`
	StateOnly     int          `json:"state_only"`
	AuthChainOnly int          `json:"auth_chain_only"`
	Events        int          `json:"events"`
	Signatures    int          `json:"signatures"`
	Checks        verify.Tally `json:"checks"`
	// Unlisted is how many of the checks did not pass and are not listed, as there are too many alike.
	Unlisted int `json:"unlisted,omitempty"`
}

// ReportOptions say how much a report tells.
type ReportOptions struct {
	AllChecks bool // list every check, not only those on the join event and those that did not pass
	Strict    bool // any failing check makes the exit code 4
	// Usual is the same handshake without the change that was made in this one; nil: there is none.
	Usual  *flow.Trace
	Verify bool // the question is whether it holds, not whether we joined: joined is verified
	// Undo is the command line by which the join can be taken back; nil: as far as the trace knows it.
	Undo func(room, server string) []string
}

func newReport(t flow.Trace, s flow.State, findings []diagnose.Finding, o ReportOptions) Report {
	r := Report{
		Doorstep:           1,
		Outcome:            s.Outcome(),
		RoomID:             s.RoomID,
		UserID:             s.Header.User,
		Form:               s.Header.Form,
		Redacted:           s.Header.Redacted != nil,
		Imported:           s.Header.Imported,
		ReplacedCharacters: s.Header.Replaced,
		Roles:              RolesJSON{Joining: s.Header.Joining},
		Steps:              make([]StepJSON, 0, len(t.Entries)),
		Diff:               []ChangeJSON{},
		Checks:             []CheckJSON{},
		Findings:           findings,
	}
	if r.Findings == nil {
		r.Findings = []diagnose.Finding{}
	}
	answers := t.Answers()
	for i := range t.Entries {
		r.Steps = append(r.Steps, stepJSON(t, &t.Entries[i], answers[t.Entries[i].Seq]))
		switch e := &t.Entries[i]; {
		case e.Kind == flow.Request && e.Step == flow.A2:
			r.Roles.Directory = e.Server
		case e.Kind == flow.Request && e.Step == flow.A6:
			r.Roles.SendJoin = e.Server
		}
	}
	if s.Template != nil {
		r.Roles.MakeJoin = s.Template.Server
		if s.Template.RoomVersion != nil {
			r.RoomVersion = s.Template.RoomVersion.ID
		}
	}
	if s.Build != nil {
		r.EventID = s.Build.EventID
	}
	r.tellFate(s, o)
	r.Invite, r.Rejected = inviteJSON(t, s), s.Rejected()
	r.Altered = alteredJSON(t, s, o.Usual)
	r.Omitted = s.Omitted
	if t.Header.AskAll {
		r.Candidates = compare.CandidateRows(t, s)
	}
	r.Probes = diagnose.Probes(t, s)
	r.tellDiff(s)
	r.tellChecks(s, o)
	if o.Verify {
		something := false
		r.Outcome, r.Why, something = s.VerifiedOutcome()
		r.NothingToVerify = !something
	}
	r.ExitCode = s.ExitCode(r.Outcome, o.Strict)
	return r
}

// tellDiff tells what the join event has that the protoevent has not, and the other way round.
func (r *Report) tellDiff(s flow.State) {
	for _, c := range s.Join().Diff(s.Header.Form) {
		change := ChangeJSON{Path: c.Path, Change: c.Kind, From: jsonOrNull(c.From), To: jsonOrNull(c.To), Why: c.Why,
			Source: c.Source}
		if s.Header.Hosted() {
			change.Outcome = c.Outcome.String()
		}
		r.Diff = append(r.Diff, change)
	}
}

// tellChecks lists the checks that are to be listed, and counts them all and what they were about.
func (r *Report) tellChecks(s flow.State, o ReportOptions) {
	show := func(c verify.Check) {
		if o.AllChecks || c.Outcome != verify.Pass || c.Subject == r.EventID {
			r.Checks = append(r.Checks, CheckJSON{c.Kind.String(), c.Subject, c.Outcome.String(), c.Rule, c.Field, c.Detail,
				c.Others, c.Fault})
		}
	}
	for _, c := range s.Around() {
		r.Counts.Checks.Add(c.Outcome)
		show(c)
	}
	if v := s.Verification; v != nil {
		checks := slices.Values(v.Checks)
		r.Checks = slices.Grow(r.Checks, len(v.Checks))
		if o.AllChecks {
			checks = v.All()
		}
		for c := range checks {
			show(c)
		}
		all := v.Tally(verify.NoKind)
		r.Counts.Checks.Pass += all.Pass
		r.Counts.Checks.Warn += all.Warn
		r.Counts.Checks.Fail += all.Fail
		r.Counts.Checks.NotChecked += all.NotChecked
		if !o.AllChecks {
			r.Counts.Unlisted = v.Counted()
		}
		r.Counts.State, r.Counts.AuthChain = v.Counts.State, v.Counts.AuthChain
		r.Counts.Both, r.Counts.StateOnly, r.Counts.AuthChainOnly = v.Counts.Both, v.Counts.StateOnly, v.Counts.AuthChainOnly
		r.Counts.Events, r.Counts.Signatures = v.Counts.Events, v.Counts.Signatures
	}
}

// inviteJSON tells of the invite that counted; nil where there was none.
func inviteJSON(t flow.Trace, s flow.State) *InviteJSON {
	i := s.Invite
	if i == nil {
		return nil
	}
	form := "v2"
	if e := t.Entry(i.Seq); e != nil && e.Request != nil && e.Request.Endpoint == client.InviteV1 {
		form = "v1"
	}
	return &InviteJSON{Seq: i.Seq, EventID: i.EventID, RoomID: i.RoomID, RoomVersion: i.RoomVersion, Sender: i.Sender,
		Server: i.Origin, Form: form, ThirdParty: i.ThirdParty}
}

// tellFate says what became of the join, and of the leave that was asked for after it.
func (r *Report) tellFate(s flow.State, o ReportOptions) {
	r.Why = s.WhyEnded()
	if s.Sent != nil || s.Reply == nil {
		r.Fate = s.Fate().String()
	}
	if server, maybe := s.LeftBehind(); maybe && !s.JoinedByLog() {
		command := s.UndoCommand()
		if o.Undo != nil {
			command = o.Undo(s.RoomID, server)
		}
		r.MayHaveJoined, r.Undo = true, shell.Line(command)
	}
	r.AlreadyMember, r.Left = s.AlreadyMember() != 0, s.Undo.Left
	r.NotLeft = s.WhyNotLeft()
}

// NewStepJSON returns e, the last entry of t, as a step.
func NewStepJSON(t flow.Trace, e *flow.Entry) StepJSON { return stepJSON(t, e, nil) }

func stepJSON(t flow.Trace, e, answer *flow.Entry) StepJSON {
	j := StepJSON{Seq: e.Seq, ID: e.Step, Kind: e.Kind, From: e.From, To: e.To, Server: e.Server,
		AtMS: flow.Milliseconds(e.At), TookMS: flow.Milliseconds(e.Took),
		Attempt: e.Attempt, Of: e.Of, Answers: e.Answers}
	j.Logged = e.Logged != nil
	request := e
	if e.Kind == flow.Response || e.Kind == flow.Failure {
		request, answer = t.Entry(e.Answers), e
	}
	if request != nil && request.Request != nil {
		j.Method, j.Target, j.SentBytes = request.Request.Method, request.Request.Target, len(request.Request.Body)
	}
	if answer != nil {
		j.TookMS = flow.Milliseconds(answer.Took)
		if answer.Connection != nil {
			j.Address = answer.Connection.Address
		}
		if answer.Response != nil {
			j.Status, j.Bytes = answer.Response.Status, len(answer.Response.Body)
			if j.Status >= 300 {
				f := response.RefusalOf(answer.Response)
				j.Errcode, j.Error = f.Errcode, f.Message
			}
		}
		if part, cut := answer.Part(); cut {
			j.Cut, j.Announced = true, part.Of
		}
		if answer.Failure != nil {
			j.Error = string(answer.Failure.Kind) + ": " + answer.Failure.Message
		}
	}
	if e.Kind == flow.Local {
		j.Does = e.Does()
	}
	return j
}
