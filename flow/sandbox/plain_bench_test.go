package sandbox

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/live"
	"doorstep/flow/sandbox/engine"
)

// A plainClient sends requests as a program does that wants the answers and nothing else: with net/http, each on a
// connection of its own, as ours are.
type plainClient struct {
	identity *client.Identity
	http     *http.Client
}

func newPlainClient(f *engine.Federation, identity *client.Identity) *plainClient {
	return &plainClient{identity, &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialTLSContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			to := ctx.Value(destination{}).(*flow.Entry)
			d := tls.Dialer{Config: &tls.Config{RootCAs: f.Authority.Pool(), ServerName: to.Server}}
			return d.DialContext(ctx, network, to.Connection.Address)
		},
	}}}
}

type destination struct{}

// send sends the request that answer came to, and reads what comes back.
func (c *plainClient) send(ctx context.Context, r *client.Request, answer *flow.Entry) error {
	ctx = context.WithValue(ctx, destination{}, answer)
	q, err := http.NewRequestWithContext(ctx, r.Method, "https://"+answer.Server+r.Target, bytes.NewReader(r.Body))
	if err != nil {
		return err
	}
	if r.Endpoint != client.ServerKeys {
		authorization, _, err := client.SignRequest(*c.identity, answer.Server, *r)
		if err != nil {
			return err
		}
		q.Header.Set("Authorization", authorization)
	}
	resp, err := c.http.Do(q)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err
}

// federated starts a federation and a run in it that signs as identity.
func federated(b *testing.B, s engine.Scenario, identity *client.Identity) (*engine.Federation, *live.Run, func()) {
	f, err := engine.Start(b.Context(), s, engine.Options{})
	if err != nil {
		b.Fatal(err)
	}
	run, stop, err := f.Join(b.Context(), engine.JoinOptions{Tool: "test", Key: &identity.Key})
	if err != nil {
		f.Stop()
		b.Fatal(err)
	}
	identity.ServerName = run.Trace().Header.Joining
	return f, run, func() { stop(); f.Stop() }
}

// BenchmarkHandshake takes a handshake in the sandbox from its first request to joined. Beside it, in the same run and
// to the same servers, a plain client sends the requests that it sent: the ratio is what else is done, such as finding
// the servers, answering for our keys, verifying what comes back and keeping all of it.
func BenchmarkHandshake(b *testing.B) {
	key, err := client.GenerateKey()
	if err != nil {
		b.Fatal(err)
	}
	s, _ := Lookup("public-v12")
	var ours, plain time.Duration
	for b.Loop() {
		b.StopTimer()
		identity := &client.Identity{Key: key}
		f, run, stop := federated(b, s, identity)
		b.StartTimer()
		begun := time.Now()
		run.Finish(b.Context())
		ours += time.Since(begun)
		b.StopTimer()
		t := run.Trace()
		if outcome := flow.Fold(t).Outcome(); outcome != flow.Joined {
			b.Fatal(outcome)
		}
		c := newPlainClient(f, identity)
		begun = time.Now()
		for i := range t.Entries {
			answer := &t.Entries[i]
			if answer.Kind != flow.Response || answer.To != flow.Joining || answer.Connection == nil {
				continue
			}
			if err := c.send(b.Context(), t.Entry(answer.Answers).Request, answer); err != nil {
				b.Fatal(err)
			}
		}
		plain += time.Since(begun)
		stop()
		b.StartTimer()
	}
	b.ReportMetric(float64(ours)/float64(plain), "x-plain")
}
