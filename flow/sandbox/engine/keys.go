package engine

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"time"

	"doorstep/client"
	"doorstep/flow/event"
)

// document returns the key document of a server, fetched from it unless one is known that holds keyID; an empty keyID
// is in every document.
func (s *Server) document(ctx context.Context, name, keyID string) (*Document, error) {
	release, err := s.documents.take(ctx, name)
	if err != nil {
		return nil, err
	}
	defer release()
	now := s.Federation.Now()
	if d := s.documents.get(name, keyID, now); d != nil {
		return d, nil
	}
	raw, err := s.fetchDocument(ctx, name)
	if err != nil {
		return nil, err
	}
	d, err := ReadDocument(name, raw, now)
	if err != nil {
		return nil, fmt.Errorf("key document of %s: %w", name, err)
	}
	s.documents.put(name, d)
	return d, nil
}

func (s *Server) fetchDocument(ctx context.Context, name string) ([]byte, error) {
	if name == s.Name {
		return s.keyDocument()
	}
	if other := s.Federation.Servers[name]; other != nil && s.Federation.hosting != nil {
		published, _ := other.Published() // whoever watches is told of what strangers ask
		return published.Body, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	x := s.askKeys(ctx, name)
	switch {
	case x.Failure != nil:
		return nil, fmt.Errorf("fetch the keys of %s: %s", name, x.Failure.Message)
	case x.Response.Status != 200:
		return nil, fmt.Errorf("fetch the keys of %s: status %d", name, x.Response.Status)
	}
	return x.Response.Body, nil
}

// requestKey is the key source for X-Matrix: the keys a server signs with at present.
func (s *Server) requestKey(ctx context.Context, name, keyID string) (ed25519.PublicKey, error) {
	d, err := s.document(ctx, name, keyID)
	if err != nil {
		return nil, err
	}
	if key := d.Current[keyID]; key != nil {
		return key, nil
	}
	return nil, errors.New("the key document does not list it among the present keys")
}

// signedBy errs unless e carries a good signature of a server, by a key that was valid when e was made.
// Spec: server-server, Validating hashes and signatures on received events; rooms/v5, Signing key validity period.
func (s *Server) signedBy(ctx context.Context, e *event.Event, name string) error {
	err := fmt.Errorf("no signature of %s", name)
	for _, sig := range e.Signatures() {
		if sig.Server != name {
			continue
		}
		d, fetchErr := s.document(ctx, name, sig.KeyID)
		if fetchErr != nil {
			return fetchErr
		}
		ts := e.OriginServerTS()
		key, until := d.Current[sig.KeyID], d.ValidUntil.UnixMilli()
		if key == nil {
			key, until = d.Old[sig.KeyID].Public, d.Old[sig.KeyID].Expired
		}
		switch {
		case key == nil:
			err = fmt.Errorf("%s does not list the key %s", name, sig.KeyID)
		case e.Version().KeyValidity && ts > until:
			err = fmt.Errorf("the key %s of %s was not valid when the event was made", sig.KeyID, name)
		case !e.Verify(sig, key):
			return fmt.Errorf("the signature of %s with %s does not match", name, sig.KeyID)
		default:
			return nil
		}
	}
	return err
}

// ownKeys answers with the server's own key document. Spec: server-server, Publishing Keys.
func (s *Server) ownKeys(*request) *Reply {
	doc, err := s.keyDocument()
	if err != nil {
		return broken(err)
	}
	return &Reply{Status: 200, Body: RawJSON(doc)}
}

// Published returns the answer that the server gives to whoever asks for its key document; false where it gives none.
func (s *Server) Published() (client.Response, bool) {
	reply := s.ownKeys(nil)
	for _, f := range s.Federation.Scenario.Faults {
		if f.Endpoint != client.ServerKeys || f.Server != "" && f.Server != s.Name || f.Times > 0 {
			continue
		}
		switch {
		case f.Hang || f.Drop:
			return client.Response{}, false
		case f.Instead != nil:
			reply = f.Instead
		case f.Reply != nil:
			f.Reply(s, reply)
		}
	}
	p := reply.prepare(0)
	return client.Response{Status: p.Status, Reason: http.StatusText(p.Status), Header: fieldsOf(p.Header),
		Body: p.Body}, true
}

func (s *Server) keyDocument() ([]byte, error) {
	return s.Keys.document(s.Name, s.Federation.Now(), s.fingerprints)
}

// mostQueried bounds the servers one notary query may name.
const mostQueried = 100

// queryKeys is the notary: it answers with the key documents of the server in the path, or of those the body names,
// each signed once more. Servers that cannot be reached are left out. Spec: server-server, Querying Keys Through
// Another Server.
func (s *Server) queryKeys(q *request) *Reply {
	var names []string
	if len(q.path) > 0 {
		names = q.path
	} else {
		asked, _ := event.Members(event.Get(q.body, "server_keys"))
		for _, m := range asked {
			names = append(names, m.Key)
		}
	}
	if len(names) > mostQueried {
		return Refuse(400, "M_TOO_LARGE", "Too many servers in one query")
	}
	list := []RawJSON{}
	for _, name := range names {
		if s.outside(name) {
			continue // nobody is to have us ask strangers
		}
		d, err := s.document(q.ctx, name, "")
		if err != nil {
			continue
		}
		doc := d.raw
		if name != s.Name {
			if doc, err = event.SignJSON(doc, s.Name, s.Keys.Current); err != nil {
				continue
			}
		}
		list = append(list, doc)
	}
	return &Reply{Status: 200, Body: Fields{"server_keys": list}}
}
