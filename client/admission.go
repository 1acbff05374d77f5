package client

import (
	"context"

	"doorstep/flow/event"
)

// InvalidSignature is what every request is told that is not authenticated, whatever it lacks: who sent it could have
// named any server, and is not to learn whether that was found, or answered. Homeservers say it in these words, too.
const InvalidSignature = "Invalid request signature"

// Unauthenticated answers a request that is not authenticated, whatever it lacks.
func Unauthenticated() (status int, body []byte) {
	return refuse(401, "M_UNAUTHORIZED", InvalidSignature)
}

// knows turns away servers that have no business here, by what their header claims.
func (s *service) knows(c *call) (int, []byte) { return s.knowsFor(c, SureBusiness) }

// mayInvite turns away servers whose invites would not be looked at.
func (s *service) mayInvite(c *call) (int, []byte) {
	if s.keys == nil {
		return refuse(403, "M_FORBIDDEN", "no invites are taken here")
	}
	return s.knowsFor(c, PerhapsBusiness)
}

func (s *service) knowsFor(c *call, least Business) (int, []byte) {
	claim, err := Claim(c.authorization, s.identity.ServerName)
	if err != nil {
		return Unauthenticated()
	}
	c.claim, c.business = claim, s.businessOf(c.request.Endpoint, claim.Origin)
	if c.business < least {
		return Unauthenticated()
	}
	return 0, nil
}

// mayBind turns away identity servers whose word is not waited for.
func (s *service) mayBind(c *call) (int, []byte) {
	if s.onBind == nil || s.businessOf(OnBind, "") == NoBusiness {
		return refuse(403, "M_FORBIDDEN", "no third-party invites are taken here")
	}
	return 0, nil
}

func (s *service) businessOf(e Endpoint, origin string) Business {
	if s.business == nil {
		return SureBusiness
	}
	return s.business(e, origin)
}

// caller authenticates the server that sends an invite; a status says what to answer instead. No key is asked for on
// behalf of a stranger whose invite is not wanted.
func (s *service) caller(c *call) (origin string, status int, body []byte) {
	if c.business != SureBusiness {
		if status, body = s.wants(c); status != 0 {
			return "", status, body
		}
	}
	ctx, cancel := context.WithTimeout(c.ctx, inboundVerifyTime)
	defer cancel()
	done := Await(ctx)
	x, err := VerifyRequest(ctx, c.request, c.authorization, s.identity.ServerName, s.keys)
	if done(); err != nil {
		status, body = Unauthenticated()
		return "", status, body
	}
	return x.Origin, 0, nil
}

// wants decides about a stranger's call as far as that can be done before anybody is asked for a key: it has to bring
// an invite to a user of ours, by a user of the server that claims to send it, with a signature of that server's, and
// one that is wanted. A status says what to answer instead.
func (s *service) wants(c *call) (status int, body []byte) {
	i, status, _ := readInvite(c)
	if status != 0 || s.wanted == nil {
		return Unauthenticated()
	}
	e, err := event.Parse(i.version, i.raw)
	if err != nil || s.otherThanInvite(e, i.origin, c.args[0], c.args[1]) != "" || !bears(e, i.origin) {
		return Unauthenticated()
	}
	shown, ok := readShown(i.shown)
	if !ok {
		return Unauthenticated()
	}
	user, _ := e.StateKey()
	return s.wanted(InviteCall{ID: c.id, Origin: i.origin, User: user, RoomID: e.RoomID(), RoomVersion: i.version.ID,
		Event: i.raw, Shown: shown})
}

// bears reports whether an event bears a signature of a server's, good or not.
func bears(e *event.Event, server string) bool {
	for _, sig := range e.Signatures() {
		if sig.Server == server {
			return true
		}
	}
	return false
}
