package response_test

import (
	"testing"

	"doorstep/client"
	"doorstep/flow"
	"doorstep/flow/diagnose"
	"doorstep/flow/flowtest"
	"doorstep/flow/response"
)

// Whose word an answer is, by status, header fields and body.
func TestSpeakerOf(t *testing.T) {
	const page = "<html><head><title>502 Bad Gateway</title></head></html>"
	for _, c := range []struct {
		status int
		body   string
		want   response.Speaker
		fields []string // names and values
	}{
		{200, `{"room_id":"!r:a.example"}`, response.Homeserver, nil},
		{201, `{"a":1}`, response.Homeserver, nil},
		{200, `[200,{}]`, response.Homeserver, nil},
		{200, ``, response.Nobody, nil},
		{200, ``, response.Nobody, []string{"Content-Type", "text/html"}},
		{204, ``, response.Nobody, nil},
		{200, " \r\n", response.Nobody, nil},
		{200, `null`, response.Nobody, nil},
		{200, `null`, response.Nobody, []string{"Content-Type", "text/html"}},
		{200, `OK`, response.Nobody, []string{"Content-Type", "text/plain"}},
		{200, page, response.WebServer, nil},
		{200, `Welcome`, response.WebServer, []string{"Content-Type", "text/html; charset=utf-8"}},
		{200, `{"type":"about:blank"}`, response.Gateway, []string{"Content-Type", "application/problem+json"}},

		{403, `{"errcode":"M_FORBIDDEN","error":"no"}`, response.Homeserver,
			[]string{"Server", "cloudflare", "CF-RAY", "1-FRA"}},
		{502, `{"errcode":"M_UNKNOWN","error":"Failed to make_join via any server"}`, response.Homeserver,
			[]string{"Server", "nginx"}},
		{429, `{"errcode":"M_LIMIT_EXCEEDED","error":"Too Many Requests"}`, response.Homeserver, nil},
		{503, `{"errcode":"M_UNKNOWN"}`, response.Homeserver, nil},
		{400, `{"message":"bad"}`, response.Homeserver, nil},
		{401, `{"message":"Invalid request signature"}`, response.Homeserver, []string{"Server", "nginx"}},
		{401, `{"message":"Invalid request signature"}`, response.Homeserver,
			[]string{"Server", "cloudflare", "CF-RAY", "1-FRA"}},
		{500, `{"Err":""}`, response.Homeserver, nil},
		{500, `{"Err":"it broke"}`, response.Homeserver, []string{"Server", "nginx"}},
		{500, `{"message":"Internal Server Error"}`, response.Homeserver, nil},

		{401, `{"message":"Unauthorized"}`, response.Gateway, []string{"Server", "kong/3.4.0"}},
		{401, `{"message":"Unauthorized"}`, response.Gateway, []string{"x-amzn-ErrorType", "UnauthorizedException"}},
		{429, `{"message":"Too Many Requests"}`, response.Gateway, nil},
		{502, `{"message":"An invalid response was received from the upstream server"}`, response.Gateway, nil},
		{503, `{"error":"upstream unavailable"}`, response.Gateway, nil},
		{504, `{"message":"Endpoint request timed out"}`, response.Gateway, nil},
		{404, `{"error_msg":"404 Route Not Found"}`, response.Gateway, []string{"Server", "APISIX/3.2"}},
		{403, `{"title":"Forbidden"}`, response.Gateway, []string{"Content-Type", "application/problem+json"}},
		{429, page, response.Gateway, nil},
		{429, ``, response.Gateway, nil},
		{502, page, response.Gateway, nil},
		{503, `no available server`, response.Gateway, nil},
		{504, ``, response.Gateway, nil},
		{500, page, response.Gateway, nil},
		{413, page, response.Gateway, nil},
		{408, page, response.Gateway, nil},

		{502, `{"cloudflare_error":true,"status":502}`, response.CDN, []string{"Content-Type", "application/problem+json",
			"Server", "cloudflare", "CF-RAY", "1-FRA"}},
		{520, ``, response.CDN, nil},
		{522, `{"title":"x"}`, response.CDN, nil},
		{530, page, response.CDN, nil},
		{503, page, response.CDN, []string{"X-Served-By", "cache-fra1"}},
		{504, page, response.CDN, []string{"X-Amz-Cf-Id", "abc"}},
		{403, page, response.CDN, []string{"CF-RAY", "1-FRA"}},
		{429, `{"error":"rate limited"}`, response.CDN, []string{"Server", "cloudflare"}},

		{404, page, response.WebServer, []string{"Server", "nginx"}},
		{400, ``, response.WebServer, nil},
		{403, page, response.WebServer, nil},
		{404, `404 page not found`, response.WebServer, nil},
		{301, ``, response.WebServer, nil},
	} {
		r := &client.Response{Status: c.status, Body: []byte(c.body)}
		for i := 0; i+1 < len(c.fields); i += 2 {
			r.Header = append(r.Header, client.Field{Name: c.fields[i], Value: c.fields[i+1]})
		}
		if got := response.SpeakerOf(r); got != c.want {
			t.Errorf("%d %q %q: speaker %d, want %d", c.status, c.body, c.fields, got, c.want)
		}
		if f := response.RefusalOf(r); f.Speaker != response.SpeakerOf(r) {
			t.Errorf("%d %q: the refusal says %d", c.status, c.body, f.Speaker)
		}
	}
}

// A gateway's answer is no server's refusal, on any arrow: neither the outcome nor the sentence says so.
func TestGatewaysRefuseNothing(t *testing.T) {
	answers := map[string]*client.Response{
		"502 page":   {Status: 502, Body: []byte("<html>")},
		"503 empty":  {Status: 503},
		"504 json":   {Status: 504, Body: []byte(`{"message":"x"}`)},
		"429 page":   {Status: 429, Body: []byte("<html>")},
		"429 json":   {Status: 429, Body: []byte(`{"message":"x"}`)},
		"524":        {Status: 524},
		"403 shield": {Status: 403, Body: []byte("<html>"), Header: []client.Field{{Name: "CF-RAY", Value: "1"}}},
	}
	for name, r := range answers {
		for _, step := range []flow.StepID{flow.A3, flow.A5, flow.A7} {
			trace := flowtest.RecordedUntil(t, "public-v12", step)
			trace.Entries[len(trace.Entries)-1].Response = r
			trace, s := flowtest.FinishedBy(trace)
			if s.Stopped == nil || s.Outcome() != flow.Failed || s.Stopped.Refusal != nil &&
				s.Stopped.Refusal.Speaker == response.Homeserver {
				t.Errorf("%s at %s: outcome %s, %+v", name, step, s.Outcome(), s.Stopped)
				continue
			}
			if response.Says(s.Stopped.Why, "refuses", "does not name") {
				t.Errorf("%s at %s: %s", name, step, s.Stopped.Why)
			}
			if body := string(s.ClientAnswer().Body); s.ClientAnswer().Status != 502 || response.Says(body, "refuses") {
				t.Errorf("%s at %s: our client hears %d %s", name, step, s.ClientAnswer().Status, body)
			}
			found := diagnose.Findings(trace, flow.Fold(trace))
			if len(found) == 0 || found[0].ID != "gateway-error" && found[0].ID != "cdn-timeout" ||
				found[0].Severity != diagnose.SeverityError {
				t.Errorf("%s at %s: findings %v", name, step, flowtest.IDs(found))
			}
		}
	}
}
