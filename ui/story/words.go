package story

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/event"
	"doorstep/flow/verify"
	"doorstep/flow/wording"
	"doorstep/render"
	"doorstep/ui/theme"
)

// Phrases makes the words of arrows, of plain lines and of notices. They may hold remote text: it is made safe where
// they are drawn.
type Phrases struct{ theme.Signs }

// RequestWords says what a request asks, the most important words first.
func (l Phrases) RequestWords(e *flow.Entry) []string {
	words := l.askWords(e.Request)
	if e.Request.Endpoint == client.SendJoinV2 || e.Request.Endpoint == client.SendJoinV1 {
		words = append(words, l.ShortID(LastSegment(e.Request.Target)))
	}
	if n := len(e.Request.Body); n > 2 { // {} is no news
		words = append(words, Size(n))
	}
	if e.By == flow.ByTap {
		words = append(words, "by the tap")
	}
	return words
}

// stepWords says what a step that has not been done will ask or do.
func (l Phrases) stepWords(s flow.Step) []string {
	switch s.Work {
	case flow.Resolve:
		return []string{"resolve", s.Server}
	case flow.BuildEvent:
		return []string{"fill in, hash, sign"}
	case flow.FetchKeys:
		return []string{"GET key of " + wording.Count(len(s.Servers), "server")}
	case flow.VerifyReply:
		return []string{"verify the answer"}
	case flow.ClientHears:
		return []string{"answer the client"}
	case flow.AwaitInvite:
		return []string{"wait for an invite"}
	}
	return l.askWords(&s.Request)
}

func (l Phrases) askWords(r *client.Request) []string {
	switch r.Endpoint {
	case client.ClientJoin:
		return []string{"join", LastSegment(r.Target)}
	case client.QueryDirectory:
		return []string{r.Method + " directory"}
	case client.ServerKeys:
		return []string{r.Method + " key"}
	case client.UserDevices:
		if strings.Contains(r.Target, "%") {
			return []string{r.Method + " user/devices", "with escapes"}
		}
		return []string{r.Method + " user/devices", "without escapes"}
	}
	return []string{r.Method + " " + string(r.Endpoint)}
}

// ResponseWords says what an answer brought. s is a state of t, at the answer or after it.
func (l Phrases) ResponseWords(t flow.Trace, s flow.State, e *flow.Entry) []string {
	r := e.Response
	if e.By == flow.ByTap { // whatever it says, it is not the word of the server that was asked
		words := append([]string{strconv.Itoa(r.Status), "the tap's own answer"}, l.refusalWords(r)[1:]...)
		return words
	}
	if r.Status >= 300 || r.Status < 200 {
		return l.refusalWords(r)
	}
	words := []string{strconv.Itoa(r.Status)}
	if r.Unseen {
		return append(words, notInLog("body"))
	}
	if r.Excess > 0 {
		words = append(words, "longer than announced")
	}
	asked := t.Entry(e.Answers)
	if asked == nil || asked.Request == nil {
		return append(words, Size(len(r.Body)))
	}
	switch asked.Request.Endpoint {
	case client.ClientJoin:
		if room := memberString(r.Body, "room_id"); room != "" {
			words = append(words, l.ShortID(room))
		}
		return words
	case client.QueryDirectory:
		if d := s.Directory; d != nil && d.Seq == e.Seq && d.Usable() {
			return append(words, l.ShortID(d.RoomID)+", "+strconv.Itoa(len(d.Servers))+" via")
		}
	case client.MakeJoin, client.MakeLeave:
		if v := templateVersion(e); v != "" {
			return append(words, "protoevent", "v"+v, Size(len(r.Body)))
		}
	case client.SendJoinV2, client.SendJoinV1:
		if reply := s.Reply; reply != nil && reply.Seq == e.Seq && reply.Usable() {
			return append(words, fmt.Sprintf("state %d", len(reply.State)), fmt.Sprintf("auth %d", len(reply.AuthChain)),
				Size(len(r.Body)))
		}
	case client.ServerKeys:
		if n := keyCount(r.Body); n > 0 {
			return append(words, wording.Count(n, "key"))
		}
	case client.Invite, client.InviteV1, client.SendLeave, client.OnBind, client.ExchangeInvite:
		return words
	}
	return append(words, Size(len(r.Body)))
}

// templateVersion returns the room version of the protoevent in an answer to make_join; empty when it holds none that
// can be read.
func templateVersion(e *flow.Entry) string {
	if template := e.Template(); template.RoomVersion != nil {
		return template.RoomVersion.ID
	}
	return memberString(e.Response.Body, "room_version")
}

func (l Phrases) refusalWords(r *client.Response) []string {
	words := []string{strconv.Itoa(r.Status)}
	if r.Unseen {
		return l.unseenRefusal(r)
	}
	if code := memberString(r.Body, "errcode"); code != "" {
		words = append(words, code)
	} else if r.Reason != "" {
		words = append(words, r.Reason)
	}
	if message := memberString(r.Body, "error"); message != "" {
		words = append(words, message)
	}
	return words
}

// FailureWords says how an exchange failed, in one or two words and the time it took.
func (l Phrases) FailureWords(e *flow.Entry) []string {
	name := map[client.FailureKind]string{
		client.FailedResolve:   "no address",
		client.FailedConnect:   "no connection",
		client.FailedTLS:       "TLS failed",
		client.FailedTimeout:   "timeout",
		client.FailedClosed:    "closed",
		client.FailedMalformed: "not HTTP",
		client.FailedTooLarge:  "too large",
		client.FailedCancelled: "cancelled",
		client.FailedForbidden: "address not allowed",
	}[e.Failure.Kind]
	if name == "" {
		name = string(e.Failure.Kind)
	}
	if e.Failure.Alert != "" {
		name = "TLS alert " + string(e.Failure.Alert)
	}
	if e.Waited() {
		name = "no invite: " + name
	}
	if e.FailedCall() {
		name = "a call to us: " + name
	}
	if e.Took > 0 {
		name += " " + render.Duration(e.Took)
	}
	if part, cut := e.Part(); cut {
		name += " after " + partSize(part)
	}
	if e.Waited() {
		return []string{name}
	}
	return []string{name, e.Failure.Message}
}

// partSize says how much came of an answer that broke off, and of how much where that was announced.
func partSize(p flow.Part) string {
	if p.Of == 0 {
		return Size(int(p.Came))
	}
	return Size(int(p.Came)) + " of " + Size(int(p.Of))
}

// PartWords says of an answer that broke off how much of it came, how many events of it whole, and what ended it; or of
// one whose announced length is too small that there was more; empty for others.
func PartWords(e *flow.Entry, events int) string {
	part, cut := e.Part()
	switch {
	case cut && events > 0:
		return fmt.Sprintf("%s arrived, %s whole: %s", partSize(part), wording.Count(events, "event"), e.Failure.Message)
	case cut:
		return partSize(part) + " arrived: " + e.Failure.Message
	case e.Response != nil && e.Response.Excess > 0:
		return "more came than the " + Size(len(e.Response.Body)) + " that were announced: it is left out"
	}
	return ""
}

// LocalWords says what local work was done and what came of it. s is the state after it.
func (l Phrases) LocalWords(s flow.State, e *flow.Entry) []string {
	switch {
	case e.Discovery != nil:
		d := e.Discovery
		if len(d.Destinations) == 0 {
			why := "no address"
			if d.Failure != nil && d.Failure.Message != "" {
				why = d.Failure.Message
			}
			return []string{"resolve", d.Server, why}
		}
		to := d.Destinations[0].Address
		if more := len(d.Destinations) - 1; more > 0 {
			to += fmt.Sprintf(" and %d more", more)
		}
		return []string{"resolve", d.Server, l.To + " " + to}
	case e.Build != nil:
		how, keyID := e.Makes()
		if keyID == "" {
			return []string{how}
		}
		return []string{how, keyID}
	case e.Step == flow.L2:
		if s.Verification == nil {
			return []string{"verify the answer"}
		}
		return verifiedWords(s.Verification)
	case e.Authenticated != nil || e.Exited != nil:
		return []string{e.Does()}
	}
	return []string{string(e.Kind) + " " + string(e.Step)}
}

// verifiedWords says how many signatures were looked at, of how many, and how many checks failed.
func verifiedWords(v *verify.Verification) []string {
	words := []string{"verify the answer"}
	t := v.Tally(verify.KindSignature)
	switch looked := t.Pass + t.Warn + t.Fail; {
	case looked == 0:
	case t.NotChecked > 0:
		words[0] = fmt.Sprintf("verify %d of %s", looked, wording.Count(looked+t.NotChecked, "signature"))
	default:
		words[0] = "verify " + wording.Count(looked, "signature")
	}
	if n := Failing(v.Checks); n > 0 {
		words = append(words, wording.Count(n, "check")+" failed")
	}
	return words
}

// Failing counts the checks that failed.
func Failing(checks []verify.Check) int { return countChecks(checks, verify.Fail) }

func countChecks(checks []verify.Check, o verify.CheckOutcome) int {
	n := 0
	for _, c := range checks {
		if c.Outcome == o {
			n++
		}
	}
	return n
}

// StoppedWords says why the handshake stopped, in the words of whoever stopped it.
func StoppedWords(s flow.State) string {
	return s.Stopped.Words()
}

// Over reports whether the handshake is over: nothing is left to do, and no answer is due.
func Over(s flow.State) bool {
	switch {
	case s.Header.Logged():
		return s.Pending == nil && s.Waiting == nil
	case s.Header.Watched(): // others may go on; whoever watches tells when nothing more comes
		return s.Pending == nil && (s.Stopped != nil || s.Verification != nil)
	}
	if s.Header.Hosted() {
		return s.HostedOver()
	}
	_, more := s.Next()
	return (s.Asked || s.Stopped != nil || s.Rejected()) && !more && s.Pending == nil
}

// Size gives a number of bytes in a form that fits on an arrow.
func Size(n int) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000*1024:
		return fmt.Sprintf("%.1f KiB", float64(n)/1024)
	case n < 1000*1024*1024:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1024*1024))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1024*1024*1024))
}

// ShortID cuts an ID that is too long for an arrow to its first letters.
func (l Phrases) ShortID(id string) string {
	const whole, shown = 14, 7
	runes := []rune(id)
	if len(runes) <= whole {
		return id
	}
	return string(runes[:shown+1]) + l.More
}

// LastSegment returns the last segment of a request target's path, as it was sent.
func LastSegment(target string) string {
	path, _, _ := strings.Cut(target, "?")
	segment := path[strings.LastIndexByte(path, '/')+1:]
	if plain, err := url.PathUnescape(segment); err == nil {
		return plain
	}
	return segment
}

// memberString returns a member of a JSON object that is a string; empty when there is none.
func memberString(obj []byte, key string) string {
	s, _ := event.GetString(obj, key)
	return s
}

// keyCount returns how many keys a key document lists as in use.
func keyCount(doc []byte) int {
	keys, _ := event.Members(event.Get(doc, "verify_keys"))
	return len(keys)
}

// PaddingWords says how much of auth_chain nothing rests on; empty where there is none of it.
func PaddingWords(sets verify.ReplySets) string {
	if sets.Padding == 0 {
		return ""
	}
	return fmt.Sprintf(" Nothing in state rests on %s of auth_chain: padding.", wording.Count(sets.Padding, "event"))
}

// EvidenceWords lists the entries a finding rests on.
func EvidenceWords(evidence []int) string {
	var words []string
	for _, seq := range evidence {
		words = append(words, fmt.Sprint(seq))
	}
	if len(words) == 1 {
		return "entry " + words[0]
	}
	return "entries " + strings.Join(words, ", ")
}

func joinNonEmpty(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ", " + b
}

// notInLog says of something that the log an entry is from does not have it.
func notInLog(what string) string { return what + " not in the log" }

// GapWords says what a log tells nothing of.
func (l Phrases) GapWords(e *flow.Entry) []string {
	what := gapNames[e.Step]
	if what == "" {
		what = string(e.Step)
	}
	if e.Logged != nil && len(e.Logged.Lines) > 0 && e.Step == flow.A4 && e.Server != "" {
		return []string{what, notAsked}
	}
	return []string{notInLog(what)}
}

const notAsked = "not asked"

// gapNames name exchanges, and the one answer that may be a gap, by their steps.
var gapNames = map[flow.StepID]string{flow.A2: "directory", flow.A4: "make_join", flow.A6: "send_join",
	flow.A8: "the answer"}

// unseenRefusal says what a log tells of a refusal.
func (l Phrases) unseenRefusal(r *client.Response) []string {
	errcode, message := r.ErrorSaid()
	words := []string{strings.TrimSpace(strconv.Itoa(r.Status) + " " + errcode)}
	if message == "" {
		return append(words, notInLog("body"))
	}
	return append(words, message)
}
