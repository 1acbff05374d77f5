package response

import (
	"encoding/json"
	"strings"
	"testing"

	"doorstep/client"
)

// FuzzResponse reads any answer: who speaks in it and what is refused is the same each time, what is taken out of a
// list stands in it, and what is said in words is a part of the answer, or ours.
func FuzzResponse(f *testing.F) {
	f.Add(403, "application/json", "nginx", `{"errcode":"M_FORBIDDEN","error":"no"}`)
	f.Add(200, "application/json", "Synapse/1.0", `[403,{"errcode":"M_FORBIDDEN"}]`)
	f.Add(502, "text/html", "cloudflare", `<html><title>502 Bad Gateway</title>`)
	f.Add(200, "", "", ` [200, {"state":[]} ] `)
	f.Add(400, "application/json", "", `{"errcode":5,"error":"Matrix error: {}","room_version":"99"}`)
	f.Fuzz(func(t *testing.T, status int, contentType, server, body string) {
		r := &client.Response{Status: status, Body: []byte(body), Header: []client.Field{{Name: "Content-Type", Value: contentType},
			{Name: "Server", Value: server}}}
		speaker := SpeakerOf(r)
		if again := SpeakerOf(r); again != speaker {
			t.Errorf("%+v speaks, and %+v the second time", speaker, again)
		}
		refusal := RefusalOf(r)
		if again := RefusalOf(r); (again == nil) != (refusal == nil) || again != nil && *again != *refusal {
			t.Errorf("%+v is refused, and %+v the second time", refusal, again)
		}
		DeniesIdentity(r)
		IsCDN(r)
		u, problem := UnwrapV1(r.Body)
		if problem == "" && (!strings.Contains(body, string(u.Object)) || json.Valid(r.Body) && !json.Valid(u.Object)) {
			t.Errorf("%q holds %q", body, u.Object)
		}
		if u.List && problem == "" {
			if again, why := UnwrapV1([]byte("[" + "7," + string(u.Object) + "]")); why != "" || string(again.Object) != string(u.Object) {
				t.Errorf("%q in a list is %q, %s", u.Object, again.Object, why)
			}
		}
		if strings.ContainsAny(problem, "\n\x1b") {
			t.Errorf("%q", problem)
		}
		inner := Unlisted(r)
		if inner != r && (Succeeds(inner) || inner.Status != u.Status) {
			t.Errorf("%q is refused with %d", body, inner.Status)
		}
	})
}
