package live

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/response"
	"doorstep/flow/verify"
)

// Keys are fetched from many servers at a time: some of a large room's are gone, and take their time to say nothing.
const (
	keyFetchers   = 64
	oneKeyTime    = 30 * time.Second // for one server, from finding it to its last byte
	allKeysTime   = 5 * time.Minute  // for all of them; whoever has not been asked by then is not
	mostKeyBytes  = 32 << 20         // of all their answers; likewise
	notaryAskings = 8                // questions to a notary at a time
)

// wholeTime is how long all of a handshake may take, unless its header says otherwise: asking, fetching keys, checking.
// What somebody takes to look at it between two steps does not count, nor does the wait for an invite.
const wholeTime = 15 * time.Minute

// oneAddressTime is how long one address in particular is waited for: there may be several where nobody answers.
const oneAddressTime = 10 * time.Second

// The inviter's server has to check our signature and put the invite into the room before anything is asked about it.
const (
	inviteSettles = 250 * time.Millisecond // given before it is asked at all
	earlyPause    = 500 * time.Millisecond // ... before it is asked once more, the longer the more often it was
)

// A Network carries out the steps for real: it asks other servers over the network, and is asked by its own client
// through the listener.
type Network struct {
	Client   *client.Client // signs as Identity
	Identity *client.Identity
	Resolver client.Resolver
	Now      func() time.Time
	Random   io.Reader // for the event IDs of versions 1 and 2

	// Asker is the client's side: it sends the request to our own listener and returns the exchange when the
	// listener has answered. Nil where a client of somebody else's asks.
	Asker func(ctx context.Context, r client.Request, onSend func(client.Request)) client.Exchange
	// Joins hands over the requests that reached the listener.
	Joins <-chan *PendingJoin

	listener *client.Listener // our own; nil where there is none
	bell     *doorbell        // lets invites in; nil: there is no listener
	patience time.Time        // when waiting for an invite ends; zero: it has not begun
	spent    time.Duration    // of wholeTime

	doing    atomic.Pointer[gauge] // of the step that is being done
	pending  *PendingJoin
	answered chan heard
	asked    int       // Seq of A1
	begun    time.Time // when A1 was begun
}

// A gauge says how far a step has got.
type gauge func() flow.Progress

// gauged has g tell how far the step has got, until stop is called.
func (n *Network) gauged(g gauge) (stop func()) {
	n.doing.Store(&g)
	return func() { n.doing.Store(nil) }
}

// Progress returns how far the step that is being done has got; of Nothing where that is not known.
func (n *Network) Progress() flow.Progress {
	if g := n.doing.Load(); g != nil {
		return (*g)()
	}
	return flow.Progress{}
}

// heard is what our client heard, and how long after it had asked: the end of the handshake may come later than that.
type heard struct {
	client.Exchange
	took time.Duration
}

// A PendingJoin is a client's request to join that the listener holds open until the handshake is over.
type PendingJoin struct {
	answer chan flow.ClientAnswer
	closed atomic.Bool // nobody waits any more: who asked has gone, or the listener closes
}

// NewPendingJoin returns a request that waits for its answer.
func NewPendingJoin() *PendingJoin { return &PendingJoin{answer: make(chan flow.ClientAnswer, 1)} }

// Wait returns the answer to give to the client; a gateway timeout when ctx ends first.
func (p *PendingJoin) Wait(ctx context.Context) flow.ClientAnswer {
	select {
	case a := <-p.answer:
		return a
	case <-ctx.Done():
		p.closed.Store(true)
		return flow.ClientAnswer{Status: 504, Body: flow.JSONObject("errcode", "M_UNKNOWN", "error",
			"the joining server stopped")}
	}
}

// Do carries out one step.
func (n *Network) Do(
	ctx context.Context, t flow.Trace, s flow.State, step flow.Step, emit func(flow.Entry) flow.Entry,
) {
	emit = flow.NoteInterrupt(ctx, emit)
	if ctx.Err() != nil && (step.Work == flow.BuildEvent || step.Work == flow.VerifyReply) {
		n.giveUp(ctx, s, step, emit)
		return
	}
	whole := cmp.Or(t.Header.Deadline, wholeTime)
	left := max(whole-n.spent, 0)
	switch step.Work {
	case flow.ClientAsks:
		n.clientAsks(ctx, step, emit)
		return
	case flow.ClientHears:
		n.clientHears(ctx, s, emit)
		return
	case flow.AwaitInvite:
		n.awaitInvite(ctx, s, emit)
		return
	}
	begun := n.Now()
	defer func() { n.spent += n.Now().Sub(begun) }()
	timed, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	emit = noteOverdue(ctx, timed, whole, emit)
	switch step.Work {
	case flow.Resolve:
		n.resolve(timed, step, emit)
	case flow.Ask:
		n.askOne(timed, s, step, emit)
	case flow.BuildEvent:
		n.build(s, emit)
	case flow.FetchKeys:
		var asked atomic.Int64
		defer n.gauged(n.counting(&asked, len(step.Servers)))()
		n.fetchKeys(ctx, left, s, step, emit, &asked)
	case flow.AskNotary:
		var asked atomic.Int64
		defer n.gauged(n.counting(&asked, len(step.Servers)))()
		n.askNotary(ctx, left, s, step, emit, &asked)
	case flow.VerifyReply:
		n.verify(ctx, left, t, s, step, emit)
	}
}

// noteOverdue names the limit of the whole handshake where it ended what an entry tells of, and not whoever gave up.
func noteOverdue(ctx, timed context.Context, whole time.Duration, emit func(flow.Entry) flow.Entry,
) func(flow.Entry) flow.Entry {
	return func(e flow.Entry) flow.Entry {
		if timed.Err() == nil || ctx.Err() != nil {
			return emit(e)
		}
		over := func(f *client.Failure) *client.Failure {
			if f == nil || f.Kind != client.FailedTimeout {
				return f
			}
			named := *f
			named.Message = fmt.Sprintf("the limit of %s for the whole handshake passed: %s", whole, f.Message)
			return &named
		}
		e.Failure = over(e.Failure)
		if e.Discovery != nil {
			d := *e.Discovery
			d.Failure = over(d.Failure)
			e.Discovery = &d
		}
		return emit(e)
	}
}

// counting returns a gauge of the servers that have been asked for keys.
func (n *Network) counting(asked *atomic.Int64, all int) gauge {
	begun := n.Now()
	return func() flow.Progress {
		return flow.Progress{Of: flow.FetchingKeys, Done: asked.Load(), All: int64(all), Took: n.Now().Sub(begun)}
	}
}

// askOne carries out a step that asks one server one thing.
func (n *Network) askOne(ctx context.Context, s flow.State, step flow.Step, emit func(flow.Entry) flow.Entry) {
	to := s.Destinations[step.Server]
	if n := len(s.Early); n > 0 && s.Template == nil && s.Invite != nil && step.Server == s.Invite.Origin {
		pause(ctx, time.Duration(n)*earlyPause)
	}
	if step.Destination != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, oneAddressTime)
		defer cancel()
		to = []client.Destination{*step.Destination}
	}
	var arrival client.Arrival
	defer n.gauged(func() flow.Progress { return flow.Received(arrival.At(n.Now())) })()
	n.ask(ctx, n.Client.Telling(&arrival), step, to, emit)
}

// verify verifies the answer of s, the state of t, for so long at the most. Where no time is left a moment is given all
// the same: it tells what was not checked.
func (n *Network) verify(ctx context.Context, left time.Duration, t flow.Trace, s flow.State, step flow.Step,
	emit func(flow.Entry) flow.Entry) {
	begun := n.Now()
	if e := t.Entry(s.Reply.Seq); e != nil {
		defer n.gauged(e.Checked)()
	}
	release := t.VerifyWithin(ctx, max(left, time.Nanosecond))
	defer release()
	s.VerifyNow(t)
	if ctx.Err() != nil {
		n.giveUp(ctx, s, step, emit)
		return
	}
	emit(flow.Entry{Kind: flow.Local, Step: flow.L2, From: flow.Joining, To: flow.Joining, Took: n.Now().Sub(begun)})
}

// clientAsks has our client ask, and returns when its request has reached the listener.
func (n *Network) clientAsks(ctx context.Context, step flow.Step, emit func(flow.Entry) flow.Entry) {
	n.begun = n.Now()
	sent := make(chan client.Request, 1)
	n.answered = make(chan heard, 1)
	client.Go(func() {
		x := n.Asker(ctx, step.Request, func(r client.Request) { sent <- r })
		n.answered <- heard{x, n.Now().Sub(n.begun)}
	})
	select {
	case r := <-sent:
		n.asked = emit(flow.Entry{Kind: flow.Request, Step: flow.A1, From: flow.Client, To: flow.Joining, Request: &r}).Seq
	case x := <-n.answered:
		n.asked = emit(flow.Entry{Kind: flow.Request, Step: flow.A1, From: flow.Client, To: flow.Joining,
			Request: &x.Request}).Seq
		n.emitHeard(x, emit)
		return
	}
	select {
	case n.pending = <-n.Joins:
	case x := <-n.answered: // the listener, or what stands before it, turned the request down
		n.emitHeard(x, emit)
	case <-ctx.Done():
	}
}

// awaitInvite returns when an invite has been taken, or an invite to an address; when the time for that is over, or
// somebody has had enough, it says so. The time begins with the first wait.
func (n *Network) awaitInvite(ctx context.Context, s flow.State, emit func(flow.Entry) flow.Entry) {
	begun, all := n.Now(), s.Header.Patience()
	if n.patience.IsZero() {
		n.patience = begun.Add(all)
	}
	defer n.gauged(func() flow.Progress {
		return flow.Progress{Of: flow.Awaiting, All: int64(all.Seconds()), Took: all - n.patience.Sub(n.Now())}
	})()
	over := time.NewTimer(n.patience.Sub(begun))
	defer over.Stop()
	f := &client.Failure{Kind: client.FailedTimeout, Part: client.PartFirstByte, Message: "no invite came in time"}
	select {
	case <-n.bell.rang:
		if s.Header.Source == flow.SourceJoin {
			pause(ctx, inviteSettles)
		}
		return
	case <-over.C:
	case <-ctx.Done():
		f = &client.Failure{Kind: client.FailedCancelled, Part: client.PartFirstByte, Message: "no longer waited for"}
	}
	if !n.bell.shut() && ctx.Err() == nil { // one was taken at the last moment: it is about to be answered
		select {
		case <-n.bell.rang:
			return
		case <-time.After(oneAddressTime):
		case <-ctx.Done():
		}
	}
	emit(flow.Entry{Kind: flow.Failure, Step: flow.R, From: flow.Joining, To: flow.Joining, Took: n.Now().Sub(begun),
		Failure: f})
}

// giveUp is what becomes of local work once the handshake was interrupted: the event is not made, and instead of
// verifying the answer our client is told.
func (n *Network) giveUp(ctx context.Context, s flow.State, step flow.Step, emit func(flow.Entry) flow.Entry) {
	if step.Work == flow.VerifyReply {
		n.clientHears(ctx, s, emit)
		return
	}
	emit(flow.Entry{Kind: flow.Failure, Step: flow.L1, From: flow.Joining, To: flow.Joining,
		Failure: &client.Failure{Kind: client.FailedCancelled, Part: client.PartPrepare,
			Message: "given up before the event was made"}})
}

func (n *Network) clientHears(ctx context.Context, s flow.State, emit func(flow.Entry) flow.Entry) {
	if n.pending == nil {
		return
	}
	n.pending.answer <- s.ClientAnswer()
	x := <-n.answered
	if ctx.Err() != nil && n.pending.closed.Load() && x.Failure == nil { // what it heard in place of that is no outcome
		x.Response = nil
		x.Failure = &client.Failure{Kind: client.FailedCancelled, Part: client.PartFirstByte,
			Message: "given up while waiting for the response"}
	}
	n.emitHeard(x, emit)
}

func (n *Network) emitHeard(x heard, emit func(flow.Entry) flow.Entry) {
	emit(answerEntry(flow.Entry{Step: flow.A8, From: flow.Joining, To: flow.Client, Answers: n.asked, Took: x.took},
		x.Exchange))
}

func (n *Network) resolve(ctx context.Context, step flow.Step, emit func(flow.Entry) flow.Entry) {
	d := n.Resolver.Resolve(ctx, step.Server)
	emit(flow.Entry{Kind: flow.Local, Step: flow.R, From: flow.Joining, To: step.To, Server: step.Server, Took: d.Took,
		Discovery: &d})
}

// ask sends a request to the first of the server's addresses that takes the connection, and keeps why the ones before
// it did not.
func (n *Network) ask(ctx context.Context, asker *client.Client, step flow.Step, to []client.Destination,
	emit func(flow.Entry) flow.Entry) {
	n.askWith(ctx, asker.Do, step, to, emit)
}

// asking is how a request is sent to one address: see client.Client.Do.
type asking func(context.Context, client.Destination, client.Request, func(client.Request)) client.Exchange

// askWith is ask with a way of sending.
func (n *Network) askWith(ctx context.Context, do asking, step flow.Step, to []client.Destination,
	emit func(flow.Entry) flow.Entry) {
	begun := n.Now()
	var unreached []client.Unreached
	for i, d := range to {
		e := flow.Entry{Step: step.ID, From: step.From, To: step.To, Server: step.Server, Attempt: step.Attempt, Of: step.Of}
		request := 0
		sent := func(r client.Request) {
			e := e
			e.Kind, e.Request = flow.Request, &r
			request = emit(e).Seq
		}
		x := do(ctx, d, step.Request, sent)
		last := i == len(to)-1
		reached := request != 0 || ctx.Err() != nil
		if !reached && !last && x.Failure != nil {
			unreached = append(unreached, client.Unreached{Address: d.Address, Failure: *x.Failure})
			continue
		}
		x.Connection.Unreached = unreached
		if request == 0 {
			sent(x.Request)
		}
		e.Step, e.From, e.To = flow.ResponseStep[step.ID], step.To, step.From
		e.Answers, e.Took = request, n.Now().Sub(begun)
		if e = answerEntry(e, x); response.DeniesIdentity(e.Response) {
			defer n.settle(ctx)
		}
		emit(e)
		return
	}
}

// settleTime bounds the wait for calls to us that have not ended; strangers may hold some open for longer.
const settleTime = 300 * time.Millisecond

// settle waits for calls to our listener to end. That one has failed is known when its connection has ended, and the
// refusal that it led to may be here before that.
func (n *Network) settle(ctx context.Context) {
	if n.listener != nil {
		n.listener.Settle(ctx, settleTime)
	}
}

// pause waits, but not for what has ended.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// answerEntry completes e, the entry that answers a request, with what an exchange brought.
func answerEntry(e flow.Entry, x client.Exchange) flow.Entry {
	e.Kind, e.Response, e.Failure = flow.Response, x.Response, x.Failure
	if x.Failure != nil {
		e.Kind = flow.Failure
	}
	e.Connection = &x.Connection
	return e
}

func (n *Network) build(s flow.State, emit func(flow.Entry) flow.Entry) {
	begun := n.Now()
	name, err := n.eventName()
	if err != nil {
		emit(flow.Entry{Kind: flow.Failure, Step: flow.L1, From: flow.Joining, To: flow.Joining,
			Failure: &client.Failure{Kind: client.FailedClosed, Part: client.PartPrepare, Message: err.Error()}})
		return
	}
	template, membership := toBuild(s)
	b, err := flow.MakeEvent(template, membership, n.Identity, begun, name)
	if err != nil {
		emit(flow.Entry{Kind: flow.Failure, Step: flow.L1, From: flow.Joining, To: flow.Joining,
			Failure: &client.Failure{Kind: client.FailedMalformed, Part: client.PartPrepare, Message: err.Error()}})
		return
	}
	emit(flow.Entry{Kind: flow.Local, Step: flow.L1, From: flow.Joining, To: flow.Joining, Took: n.Now().Sub(begun),
		Build: b})
}

// toBuild returns the protoevent that s has an event made of, and its membership.
func toBuild(s flow.State) (template *verify.Template, membership string) {
	if s.Undo.Template != nil {
		return s.Undo.Template, "leave"
	}
	return s.Template, "join"
}

// A keyBudget is the time and the bytes that the keys of all servers of one step may take.
type keyBudget struct {
	ctx, inTime context.Context
	most        time.Duration
	bytes       atomic.Int64
}

// budgeted returns the budget of a step with so much time left for the handshake, and what ends it.
func budgeted(ctx context.Context, left time.Duration) (*keyBudget, context.CancelFunc) {
	b := &keyBudget{ctx: ctx, most: min(allKeysTime, left)}
	var cancel context.CancelFunc
	b.inTime, cancel = context.WithTimeout(ctx, b.most)
	return b, cancel
}

// counting counts what comes, on its way to emit.
func (b *keyBudget) counting(emit func(flow.Entry) flow.Entry) func(flow.Entry) flow.Entry {
	return func(e flow.Entry) flow.Entry {
		if e.Response != nil {
			b.bytes.Add(int64(len(e.Response.Body)))
		}
		return emit(e)
	}
}

// spent says why no other server is asked; nil: one may be.
func (b *keyBudget) spent() *client.Failure {
	switch {
	case b.inTime.Err() != nil && b.ctx.Err() == nil:
		return &client.Failure{Kind: client.FailedTimeout, Part: client.PartResolve,
			Message: fmt.Sprintf("not asked: the limit of %s for the keys of all servers had passed",
				b.most.Round(time.Millisecond))}
	case b.bytes.Load() > mostKeyBytes:
		return &client.Failure{Kind: client.FailedTooLarge, Part: client.PartResolve,
			Message: fmt.Sprintf("not asked: the limit of %d bytes for the keys of all servers was reached", mostKeyBytes)}
	}
	return nil
}

// fetchKeys asks every server of the step for its key document, many at a time, and counts them in asked. One that
// keeps its answer back does not hold up the others.
func (n *Network) fetchKeys(ctx context.Context, left time.Duration, s flow.State, step flow.Step,
	emit func(flow.Entry) flow.Entry, asked *atomic.Int64) {
	budget, cancel := budgeted(ctx, left)
	defer cancel()
	each(ctx, step.Servers, keyFetchers, func(server string) {
		defer asked.Add(1)
		if f := budget.spent(); f != nil {
			emit(flow.Entry{Kind: flow.Local, Step: flow.R, From: flow.Joining, To: flow.Joining, Server: server,
				Discovery: &client.Discovery{Server: server, Failure: f}})
			return
		}
		ctx, cancel := context.WithTimeout(budget.inTime, oneKeyTime)
		defer cancel()
		if to := n.destinations(ctx, server, emit, s); len(to) > 0 {
			n.ask(ctx, n.Client, flow.Step{ID: flow.R, From: flow.Joining, To: roleOf(s, server), Server: server,
				Request: step.Request}, to, budget.counting(emit))
		}
	})
}

// askNotary asks the notary of the step for the key documents of its servers, and counts them in asked. Of those whose
// turn does not come within the budget there is a question that was not sent.
func (n *Network) askNotary(ctx context.Context, left time.Duration, s flow.State, step flow.Step,
	emit func(flow.Entry) flow.Entry, asked *atomic.Int64) {
	budget, cancel := budgeted(ctx, left)
	defer cancel()
	to := n.destinations(budget.inTime, step.Server, emit, s)
	each(ctx, step.Servers, notaryAskings, func(server string) {
		defer asked.Add(1)
		step := step
		step.Request = client.NotaryRequest(server, time.Time{})
		if f := budget.spent(); f != nil {
			request := emit(flow.Entry{Kind: flow.Request, Step: step.ID, From: step.From, To: step.To, Server: step.Server,
				Request: &step.Request})
			emit(flow.Entry{Kind: flow.Failure, Step: step.ID, From: step.To, To: step.From, Server: step.Server,
				Answers: request.Seq, Failure: f})
			return
		}
		n.ask(budget.inTime, n.Client, step, to, budget.counting(emit))
	})
}

// each calls do with every server, for so many at a time, and returns when all is done. Once ctx is cancelled it begins
// no other than the first.
func each(ctx context.Context, servers []string, atATime int, do func(server string)) {
	next := make(chan string)
	var wg sync.WaitGroup
	for range min(atATime, len(servers)) {
		wg.Add(1)
		client.Go(func() {
			defer wg.Done()
			for server := range next {
				do(server)
			}
		})
	}
	for i, server := range servers {
		if i > 0 && ctx.Err() != nil {
			break
		}
		next <- server
	}
	close(next)
	wg.Wait()
}

// destinations returns where server is, finding it first where the state does not know.
func (n *Network) destinations(ctx context.Context, server string, emit func(flow.Entry) flow.Entry,
	known flow.State) []client.Destination {
	if to := known.Destinations[server]; to != nil {
		return to
	}
	d := n.Resolver.Resolve(ctx, server)
	emit(flow.Entry{Kind: flow.Local, Step: flow.R, From: flow.Joining, To: flow.Joining, Server: server, Took: d.Took,
		Discovery: &d})
	return d.Destinations
}

// roleOf returns the lane a server belongs to: the directory's if it plays nothing else, otherwise a resident's.
func roleOf(s flow.State, server string) flow.Role {
	if server == client.Domain(s.Alias) && (s.Template == nil || s.Template.Server != server) {
		return flow.Directory
	}
	return flow.Resident
}
