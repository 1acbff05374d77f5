package client

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func mustAddr(t *testing.T, s string) netip.Addr {
	t.Helper()
	a, err := netip.ParseAddr(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// awkward is an ID with everything in it that proxies and routers like to rewrite.
const awkward = "!r/o%o+m#?&=$@;,ü ~:host:8448"

func TestRequests(t *testing.T) {
	yes := true
	ev := []byte(`{"a":1}`)
	const escaped = "%21r%2Fo%25o%2Bm%23%3F%26%3D%24%40%3B%2C%C3%BC%20~%3Ahost%3A8448"
	for _, tt := range []struct {
		got  Request
		want Request
	}{
		{DirectoryRequest("#a b+c:h"), Request{Endpoint: QueryDirectory, Method: "GET",
			Target: "/_matrix/federation/v1/query/directory?room_alias=%23a%20b%2Bc%3Ah"}},
		{MakeJoinRequest(awkward, "@u:h", []string{"1", "12", "org.x+y"}), Request{Endpoint: MakeJoin, Method: "GET",
			Target: "/_matrix/federation/v1/make_join/" + escaped + "/%40u%3Ah?ver=1&ver=12&ver=org.x%2By"}},
		{MakeJoinRequest("!r:h", "@u:h", nil), Request{Endpoint: MakeJoin, Method: "GET",
			Target: "/_matrix/federation/v1/make_join/%21r%3Ah/%40u%3Ah"}},
		{SendJoinRequest(true, "!r:h", "$e/+", ev, nil), Request{Endpoint: SendJoinV2, Method: "PUT",
			Target: "/_matrix/federation/v2/send_join/%21r%3Ah/%24e%2F%2B", Body: ev}},
		{SendJoinRequest(true, "!r:h", "$e", ev, &yes), Request{Endpoint: SendJoinV2, Method: "PUT",
			Target: "/_matrix/federation/v2/send_join/%21r%3Ah/%24e?omit_members=true", Body: ev}},
		{SendJoinRequest(false, "!r:h", "$e:h", ev, &yes), Request{Endpoint: SendJoinV1, Method: "PUT",
			Target: "/_matrix/federation/v1/send_join/%21r%3Ah/%24e%3Ah", Body: ev}},
		{MakeLeaveRequest("!r:h", "@u:h"), Request{Endpoint: MakeLeave, Method: "GET",
			Target: "/_matrix/federation/v1/make_leave/%21r%3Ah/%40u%3Ah"}},
		{SendLeaveRequest(true, "!r", "$e", ev), Request{Endpoint: SendLeave, Method: "PUT",
			Target: "/_matrix/federation/v2/send_leave/%21r/%24e", Body: ev}},
		{SendLeaveRequest(false, "!r", "$e", ev), Request{Endpoint: SendLeave, Method: "PUT",
			Target: "/_matrix/federation/v1/send_leave/%21r/%24e", Body: ev}},
		{KeysRequest(), Request{Endpoint: ServerKeys, Method: "GET", Target: "/_matrix/key/v2/server"}},
		{NotaryRequest("h:1", time.Time{}), Request{Endpoint: NotaryQuery, Method: "GET",
			Target: "/_matrix/key/v2/query/h%3A1"}},
		{NotaryRequest("[::1]", time.UnixMilli(1234)), Request{Endpoint: NotaryQuery, Method: "GET",
			Target: "/_matrix/key/v2/query/%5B%3A%3A1%5D?minimum_valid_until_ts=1234"}},
		{VersionRequest(), Request{Endpoint: ServerVersion, Method: "GET", Target: "/_matrix/federation/v1/version"}},
		{JoinRequest("#a:h", []string{"x:1", "y"}), Request{Endpoint: ClientJoin, Method: "POST",
			Target: "/_matrix/client/v3/join/%23a%3Ah?via=x%3A1&via=y", Body: []byte("{}")}},
	} {
		if diff := cmp.Diff(tt.want, tt.got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.want.Target, diff)
		}
		if err := checkTarget(tt.got.Target); err != nil {
			t.Error(err)
		}
	}
}

func FuzzEscapePath(f *testing.F) {
	f.Add(awkward)
	f.Add("\x00\xff %2F")
	f.Fuzz(func(t *testing.T, s string) {
		escaped := EscapePath(s)
		if err := checkTarget("/" + escaped); err != nil || strings.ContainsAny(escaped, "/?#+&=:@$!") {
			t.Errorf("EscapePath(%q) = %q", s, escaped)
		}
		if back, err := url.PathUnescape(escaped); err != nil || back != s {
			t.Errorf("path %q came back as %q, %v", s, back, err)
		}
		if back, err := url.QueryUnescape(escaped); err != nil || back != s {
			t.Errorf("query %q came back as %q, %v", s, back, err)
		}
	})
}
