package host_test

import (
	"crypto/tls"
	"io"
	"net/http"
	"testing"
	"time"

	"doorstep/flow/host"
	"doorstep/flow/sandbox/engine"
)

// Homeservers remember the keys of a name by their IDs: whoever is hosted under a name again, with other keys, has
// other IDs. In expired-key a fault signs with a key that was given up.
func TestKeyIDsOfEveryRun(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, scenario := range []string{"public-v12", "public-v12", "expired-key"} {
		h := hosted(t, scenario, host.Options{})
		here := map[string]bool{}
		for _, server := range h.Servers() {
			d := published(t, h, server)
			for id := range d.Current {
				here[id] = true
			}
			for id := range d.Old {
				here[id] = true
			}
		}
		for id := range here {
			if was, ok := seen[id]; ok {
				t.Errorf("%s: the key ID %s was one of %s, an earlier run", scenario, id, was)
			}
			seen[id] = scenario
		}
	}
	if len(seen) < 4 {
		t.Errorf("key IDs: %v", seen)
	}
}

// published is the key document of a hosted server.
func published(t *testing.T, h *host.Host, server string) *engine.Document {
	t.Helper()
	c := http.Client{Timeout: 10 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: h.Federation.Authority.Pool()}}}
	defer c.CloseIdleConnections()
	answer, err := c.Get("https://" + server + "/_matrix/key/v2/server")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	d, err := engine.ReadDocument(server, body, time.Now())
	if err != nil {
		t.Fatalf("%s: %v", server, err)
	}
	return d
}
