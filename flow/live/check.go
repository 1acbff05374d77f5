package live

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/inspect"
	"doorstep/flow/response"
)

// atATime is how many addresses of a server are asked at a time.
const atATime = 4

// An Inspection is a check of one server: it finds the server, asks each of its addresses, and keeps what came in a
// run, as a handshake does. What it comes to is worked out from the trace: see inspect.Of.
type Inspection struct {
	*Run
	setup    CheckSetup
	listener *client.Listener // our own; nil without an identity
	answered atomic.Int64     // questions, or those given up
	all      atomic.Int64     // how many there are, as far as that is known
}

// OpenCheck opens a check that has done nothing yet, and our listener where the set-up has an identity.
func OpenCheck(ctx context.Context, s CheckSetup) (c *Inspection, stop func(), err error) {
	if s.Now == nil {
		s.Now = time.Now
	}
	s.Deadline = cmp.Or(s.Deadline, checkAllTime)
	s.Header.Deadline = s.Deadline
	c, stop = &Inspection{setup: s}, func() {}
	config := client.ListenerConfig{Identity: s.Identity, Certificate: s.Certificate, Now: s.Now}
	if s.Identity != nil {
		if config.Listener, err = client.ListenTCP(ctx, s.Listen); err != nil {
			return nil, nil, err
		}
		s.Header.Listen = config.Listener.Addr().String()
	}
	c.Run = NewRun(s.Header, nil, s.Now)
	if s.Identity != nil {
		in := newInbound(c.Run, nil, make(chan *PendingJoin))
		config.Observe, config.Business = in, in.business
		if c.listener, err = client.Listen(ctx, config); err != nil {
			config.Listener.Close()
			return nil, nil, err
		}
		stop = c.listener.Close
	}
	if s.OnRun != nil {
		if err := s.OnRun(c.Run); err != nil {
			stop()
			return nil, nil, err
		}
	}
	return c, stop, nil
}

// Progress returns how many of the questions have been answered.
func (c *Inspection) Progress() flow.Progress {
	return flow.Progress{Of: flow.Looking, Done: min(c.answered.Load(), c.all.Load()), All: c.all.Load(),
		Took: c.Elapsed()}
}

// Finish does all of the check, until it is done, its time is up, or ctx ends.
func (c *Inspection) Finish(ctx context.Context) {
	timed, cancel := context.WithTimeout(ctx, c.setup.Deadline)
	defer cancel()
	emit := flow.NoteInterrupt(ctx, c.Emit)
	server := c.setup.Header.Server
	to := c.resolve(timed, server, emit)
	to = to[:min(len(to), inspect.MaxAddresses)]
	each := len(inspect.Requests(server))
	c.all.Store(int64(len(to) * each))
	var wait sync.WaitGroup
	turns := make(chan struct{}, atATime)
	for _, d := range to {
		wait.Add(1)
		client.Go(func() {
			defer wait.Done()
			turns <- struct{}{}
			defer func() { <-turns }()
			asked := c.askAll(timed, d, emit)
			c.answered.Add(int64(each - asked))
		})
	}
	wait.Wait()
	c.askSigned(timed, to, emit)
	c.askNotary(timed, emit)
}

func (c *Inspection) resolve(ctx context.Context, server string, emit func(flow.Entry) flow.Entry,
) []client.Destination {
	d := c.setup.Resolver.Resolve(ctx, server)
	emit(flow.Entry{Kind: flow.Local, Step: flow.R, From: flow.Joining, To: flow.Resident, Server: server, Took: d.Took,
		Discovery: &d})
	return d.Destinations
}

// askAll asks one address everything that is asked without a signature. Where nothing comes, the rest is not asked:
// nobody waits for each of a dozen questions in vain. That the time is up, or that somebody ended the check, shows on
// the question that comes then. It returns how many questions were asked.
func (c *Inspection) askAll(ctx context.Context, d client.Destination, emit func(flow.Entry) flow.Entry) (asked int) {
	asker := *c.setup.Client
	asker.Identity, asker.Insecure = nil, true // the certificate is looked at by itself
	silent := 0
	for _, q := range inspect.Requests(d.Server) {
		asked++
		e := c.ask(ctx, &asker, d, q, emit)
		if e.Failure != nil && e.Failure.Kind == client.FailedTimeout {
			silent++
		}
		if e.Failure != nil && ctx.Err() != nil || noWay(e.Failure) || silent == 2 {
			break
		}
	}
	return asked
}

// noWay reports whether a failure is of the connection, so that no other question gets through either.
func noWay(f *client.Failure) bool {
	if f == nil {
		return false
	}
	switch f.Part {
	case client.PartConnect, client.PartTLS:
		return true
	}
	return f.Kind == client.FailedConnect || f.Kind == client.FailedTLS || f.Kind == client.FailedForbidden
}

// askSigned asks one address, the first whose certificate holds, what is asked in our name.
func (c *Inspection) askSigned(ctx context.Context, to []client.Destination, emit func(flow.Entry) flow.Entry) {
	if c.setup.Identity == nil {
		return
	}
	asker := *c.setup.Client
	asker.Identity, asker.Insecure = c.setup.Identity, c.setup.Insecure
	for _, d := range to {
		if !c.answers(d) {
			continue
		}
		for _, q := range inspect.SignedRequests(d.Server) {
			if e := c.ask(ctx, &asker, d, q, emit); e.Failure != nil && ctx.Err() != nil {
				return
			}
		}
		return
	}
}

// answers reports whether an address has given some answer, under a certificate that holds.
func (c *Inspection) answers(d client.Destination) bool {
	for _, e := range c.Trace().Entries {
		if e.Answers == 0 || e.Server != d.Server || e.Connection == nil || e.Connection.Address != d.Address {
			continue
		}
		t := e.Connection.TLS
		if e.Response != nil && t != nil && (len(t.Faults) == 0 || c.setup.Insecure) {
			return true
		}
	}
	return false
}

// askNotary asks the notary for the server's keys.
func (c *Inspection) askNotary(ctx context.Context, emit func(flow.Entry) flow.Entry) {
	notary, server := c.setup.Header.Notary, c.setup.Header.Server
	if notary == "" {
		return
	}
	asker := *c.setup.Client
	asker.Identity, asker.Insecure = nil, c.setup.Insecure
	for _, d := range c.resolve(ctx, notary, emit) {
		e := c.ask(ctx, &asker, d, client.NotaryRequest(server, time.Time{}), emit)
		if e.Response != nil || ctx.Err() != nil {
			return
		}
	}
}

// ask sends a request to one address and keeps what came, which it returns.
func (c *Inspection) ask(ctx context.Context, asker *client.Client, d client.Destination, q client.Request,
	emit func(flow.Entry) flow.Entry) flow.Entry {
	begun := c.setup.Now()
	request := 0
	sent := func(r client.Request) {
		request = emit(flow.Entry{Kind: flow.Request, Step: flow.R, From: flow.Joining, To: flow.Resident,
			Server: d.Server, Request: &r}).Seq
	}
	x := asker.Do(ctx, d, q, sent)
	if request == 0 {
		sent(x.Request)
	}
	c.answered.Add(1)
	if c.listener != nil && response.DeniesIdentity(x.Response) {
		c.listener.Settle(ctx, settleTime)
	}
	return emit(answerEntry(flow.Entry{Step: flow.R, From: flow.Resident, To: flow.Joining, Server: d.Server,
		Answers: request, Took: c.setup.Now().Sub(begun)}, x))
}
