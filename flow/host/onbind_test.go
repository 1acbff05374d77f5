package host_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"doorstep/flow/host"
)

// The word of the identity server is sent as the specification says, and as homeservers take it where they do not know
// that; what they say then counts.
func TestTellsOfAnAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		status  map[string]int // by method
		methods []string
		err     string
	}{
		{"by the specification", map[string]int{"PUT": 200}, []string{"PUT"}, ""},
		{"as Synapse and Dendrite take it", map[string]int{"PUT": 405, "POST": 200}, []string{"PUT", "POST"}, ""},
		{"neither", map[string]int{"PUT": 404, "POST": 404}, []string{"PUT", "POST"}, "status 404"},
		{"refused", map[string]int{"PUT": 403, "POST": 200}, []string{"PUT"}, "status 403"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			asked := make(chan string, 10)
			joining := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked <- r.Method
				w.WriteHeader(c.status[r.Method])
				_, _ = w.Write([]byte("{}"))
			}))
			defer joining.Close()
			h := hosted(t, "invite-to-address", host.Options{User: "@me:" + joining.Listener.Addr().String()})
			notTaken, err := h.Invite(t.Context())
			if err != nil || (notTaken == nil) != (c.err == "") ||
				notTaken != nil && !strings.Contains(notTaken.Error(), c.err) {
				t.Errorf("not taken: %v, want %q; %v", notTaken, c.err, err)
			}
			close(asked)
			var methods []string
			for m := range asked {
				methods = append(methods, m)
			}
			if !slices.Equal(methods, c.methods) {
				t.Errorf("asked by %v, want %v", methods, c.methods)
			}
		})
	}
}
