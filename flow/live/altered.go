package live

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"slices"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/alter"
)

// An Alterer is a stepper whose steps can be changed before they are done.
type Alterer interface {
	Stepper
	// Draft returns what a step that s calls for would send or sign.
	Draft(s flow.State, step flow.Step) (alter.Draft, error)
	// DoAltered does the step as d says. It errs when d cannot be done, and has emitted nothing then.
	DoAltered(ctx context.Context, s flow.State, step flow.Step, d alter.Draft, emit func(flow.Entry) flow.Entry) error
}

// ErrUnalterable tells of a step that can only be done as it is: there is none, it neither sends nor signs anything,
// or what it does is not ours alone to change.
var ErrUnalterable = errors.New("this step cannot be changed")

// ErrUnconsented tells of a changed step that would reach servers of other people, and that nobody consented to.
var ErrUnconsented = errors.New("nobody consented to this being sent to real servers")

// A Consent is the user's word that a changed step may be done with servers of other people. It is for one draft, as it
// was when it was given: what is changed afterwards is not covered. The zero value is none.
type Consent struct{ to string }

// ConsentTo is the consent to d. Only whoever has told the user what others will see of d, and got a yes, calls it.
func ConsentTo(d alter.Draft) Consent { return Consent{d.Text()} }

// NeedsConsent reports whether a changed step of a handshake reaches servers of other people.
func NeedsConsent(h flow.Header) bool { return h.Source != flow.SourceSandbox }

// alterable returns the next step, if it can be changed.
func (r *Run) alterable() (Alterer, flow.State, flow.Step, error) {
	s := flow.Fold(r.Trace())
	step, ok := s.Next()
	a, can := r.stepper.(Alterer)
	if !ok || !can || s.Header.Source != flow.SourceSandbox && s.Header.Source != flow.SourceJoin ||
		step.Work != flow.BuildEvent && (step.Work != flow.Ask || step.Destination != nil) {
		return nil, s, step, ErrUnalterable
	}
	return a, s, step, nil
}

// Draft returns what the next step would send or sign, to be changed and handed to StepAltered. It errs with
// ErrUnalterable.
func (r *Run) Draft() (alter.Draft, error) {
	a, s, step, err := r.alterable()
	if err != nil {
		return alter.Draft{}, err
	}
	return a.Draft(s, step)
}

// StepAltered does the next step as d says, which began as its Draft. It errs, and has done nothing, when that cannot
// be done: with ErrUnconsented where d is changed, the servers are real ones, and c is not the consent to d.
func (r *Run) StepAltered(ctx context.Context, d alter.Draft, c Consent) error {
	a, s, step, err := r.alterable()
	if err != nil {
		return err
	}
	if d.Step != step.ID {
		return fmt.Errorf("the draft is of %s, and the next step is %s", d.Step, step.ID)
	}
	if d.Changed() && NeedsConsent(s.Header) && c != ConsentTo(d) {
		return ErrUnconsented
	}
	return a.DoAltered(ctx, s, step, d, r.Emit)
}

// Others returns the join candidates that s could ask in place of the one it asks.
func Others(s flow.State) []string {
	var out []string
	for _, c := range s.Following() {
		if !c.Tried && !slices.Contains(out, c.Server) {
			out = append(out, c.Server)
		}
	}
	return out
}

// Draft returns what a step would send or sign.
func (n *Network) Draft(s flow.State, step flow.Step) (alter.Draft, error) {
	if step.Work == flow.BuildEvent {
		template, _ := toBuild(s)
		random, err := n.eventName()
		if err != nil {
			return alter.Draft{}, err
		}
		filled, err := flow.FillIn(template, n.Identity.ServerName, n.Now(), random)
		return alter.OfEvent(filled, template.RoomVersion), err
	}
	to := s.Destinations[step.Server]
	if len(to) == 0 {
		return alter.Draft{}, ErrUnalterable
	}
	r, err := n.Client.Compose(to[0], step.Request)
	d := alter.Of(step.ID, step.Server, r, nil)
	if s.Template != nil {
		d.Version = s.Template.RoomVersion
	}
	return d, err
}

// DoAltered does a step as d says.
func (n *Network) DoAltered(
	ctx context.Context, s flow.State, step flow.Step, d alter.Draft, emit func(flow.Entry) flow.Entry,
) error {
	emit = flow.NoteInterrupt(ctx, emit)
	if d.Signs() {
		return n.buildAltered(s, d, emit)
	}
	to := s.Destinations[d.Server]
	if to == nil {
		found := n.Resolver.Resolve(ctx, d.Server)
		if len(found.Destinations) == 0 {
			return fmt.Errorf("%s leads to no server", d.Server)
		}
		emit(flow.Entry{Kind: flow.Local, Step: flow.R, From: flow.Joining, To: step.To, Server: d.Server,
			Took: found.Took, Discovery: &found})
		to = found.Destinations
	}
	step.Server, step.Request = d.Server, d.Request()
	var arrival client.Arrival
	defer n.gauged(func() flow.Progress { return flow.Received(arrival.At(n.Now())) })()
	n.askWith(ctx, n.Client.Telling(&arrival).DoComposed, step, to, noting(d.Altered(), emit))
	return nil
}

// noting has the requests that are emitted say how they were changed.
func noting(a *flow.Altered, emit func(flow.Entry) flow.Entry) func(flow.Entry) flow.Entry {
	return func(e flow.Entry) flow.Entry {
		if e.Kind == flow.Request {
			e.Altered = a
		}
		return emit(e)
	}
}

// buildAltered hashes and signs the event of d, and keeps what the usual one would have been.
func (n *Network) buildAltered(s flow.State, d alter.Draft, emit func(flow.Entry) flow.Entry) error {
	begun := n.Now()
	template, membership := toBuild(s)
	_, other, err := ed25519.GenerateKey(n.Random)
	if err != nil {
		return err
	}
	made, err := flow.SealEvent(template.RoomVersion, d.Body, n.Identity, d.Sealing, other)
	if err != nil {
		return err
	}
	altered := d.Altered()
	if altered != nil {
		usual, err := flow.SealEvent(template.RoomVersion, d.Usual().Body, n.Identity, flow.Sealing{}, nil)
		if err != nil {
			return err
		}
		altered.Event = usual.Raw()
	}
	emit(flow.Entry{Kind: flow.Local, Step: flow.L1, From: flow.Joining, To: flow.Joining, Took: n.Now().Sub(begun),
		Build: flow.NewBuild(template, membership, n.Identity, made), Altered: altered})
	return nil
}

// eventName makes an ID for an event of versions 1 and 2.
func (n *Network) eventName() (string, error) {
	random := make([]byte, 18)
	if _, err := io.ReadFull(n.Random, random); err != nil {
		return "", fmt.Errorf("no randomness: %w", err)
	}
	return flow.NewEventID(random, n.Identity.ServerName), nil
}
