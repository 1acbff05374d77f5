package command

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"doorstep/flow/tap"
)

// Before a join passes the screen says where the tap stands, what has passed, and what the homeserver leaves without an
// answer; it is told to look again when that changes.
func TestWaitingAtTap(t *testing.T) {
	t.Parallel()
	homeserver := httptest.NewServer(http.NotFoundHandler())
	defer homeserver.Close()
	o := tap.Options{Listen: "127.0.0.1:0", Upstream: homeserver.URL}
	if err := o.Check(); err != nil {
		t.Fatal(err)
	}
	s, err := tap.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	fact := func(label string) string {
		for _, f := range waitingAtTap(s, o, tapping{folder: "joins"}).Facts {
			if f.Label == label {
				return f.Value
			}
		}
		return ""
	}
	for label, want := range map[string]string{"listens": "http://" + s.Addr().String(),
		"TLS": "none here: whatever stands before this ends it", "before": homeserver.URL,
		"passed": "nothing yet", "records": "each join, in joins", "trouble": ""} {
		if got := fact(label); got != want {
			t.Errorf("%s: %q, want %q", label, got, want)
		}
	}

	shown := &tapJoins{changed: make(chan struct{}, 1)}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go shown.tellPassing(ctx, s)
	get(t, s, "/_matrix/federation/v1/version")
	wait(t, shown.changed)
	if got := fact("passed"); !strings.HasPrefix(got, "1 exchange,") {
		t.Errorf("passed: %q", got)
	}
	homeserver.Close()
	get(t, s, "/_matrix/federation/v1/version")
	wait(t, shown.changed)
	if got := fact("trouble"); !strings.HasPrefix(got, "the homeserver left 1 request without an answer: ") {
		t.Errorf("trouble: %q", got)
	}
}

func get(t *testing.T, s *tap.Standing, path string) {
	t.Helper()
	answer, err := http.Get("http://" + s.Addr().String() + path)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
}

func wait(t *testing.T, changed <-chan struct{}) {
	t.Helper()
	select {
	case <-changed:
	case <-time.After(10 * time.Second):
		t.Fatal("the screen is not told")
	}
}
