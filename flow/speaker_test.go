package flow

import (
	"testing"

	"doorstep/client"
)

// Whose word an answer is, by status, header fields and body.
func TestSpeakerOf(t *testing.T) {
	const page = "<html><head><title>502 Bad Gateway</title></head></html>"
	for _, c := range []struct {
		status int
		body   string
		want   Speaker
		fields []string // names and values
	}{
		{200, `{"room_id":"!r:a.example"}`, Homeserver, nil},
		{201, `{"a":1}`, Homeserver, nil},
		{200, `[200,{}]`, Homeserver, nil},
		{200, ``, Nobody, nil},
		{200, ``, Nobody, []string{"Content-Type", "text/html"}},
		{204, ``, Nobody, nil},
		{200, " \r\n", Nobody, nil},
		{200, `null`, Nobody, nil},
		{200, `null`, Nobody, []string{"Content-Type", "text/html"}},
		{200, `OK`, Nobody, []string{"Content-Type", "text/plain"}},
		{200, page, WebServer, nil},
		{200, `Welcome`, WebServer, []string{"Content-Type", "text/html; charset=utf-8"}},
		{200, `{"type":"about:blank"}`, Gateway, []string{"Content-Type", "application/problem+json"}},

		{403, `{"errcode":"M_FORBIDDEN","error":"no"}`, Homeserver, []string{"Server", "cloudflare", "CF-RAY", "1-FRA"}},
		{502, `{"errcode":"M_UNKNOWN","error":"Failed to make_join via any server"}`, Homeserver, []string{"Server", "nginx"}},
		{429, `{"errcode":"M_LIMIT_EXCEEDED","error":"Too Many Requests"}`, Homeserver, nil},
		{503, `{"errcode":"M_UNKNOWN"}`, Homeserver, nil},
		{400, `{"message":"bad"}`, Homeserver, nil},
		{401, `{"message":"Invalid request signature"}`, Homeserver, []string{"Server", "nginx"}},
		{401, `{"message":"Invalid request signature"}`, Homeserver, []string{"Server", "cloudflare", "CF-RAY", "1-FRA"}},
		{500, `{"Err":""}`, Homeserver, nil},
		{500, `{"Err":"it broke"}`, Homeserver, []string{"Server", "nginx"}},
		{500, `{"message":"Internal Server Error"}`, Homeserver, nil},

		{401, `{"message":"Unauthorized"}`, Gateway, []string{"Server", "kong/3.4.0"}},
		{401, `{"message":"Unauthorized"}`, Gateway, []string{"x-amzn-ErrorType", "UnauthorizedException"}},
		{429, `{"message":"Too Many Requests"}`, Gateway, nil},
		{502, `{"message":"An invalid response was received from the upstream server"}`, Gateway, nil},
		{503, `{"error":"upstream unavailable"}`, Gateway, nil},
		{504, `{"message":"Endpoint request timed out"}`, Gateway, nil},
		{404, `{"error_msg":"404 Route Not Found"}`, Gateway, []string{"Server", "APISIX/3.2"}},
		{403, `{"title":"Forbidden"}`, Gateway, []string{"Content-Type", "application/problem+json"}},
		{429, page, Gateway, nil},
		{429, ``, Gateway, nil},
		{502, page, Gateway, nil},
		{503, `no available server`, Gateway, nil},
		{504, ``, Gateway, nil},
		{500, page, Gateway, nil},
		{413, page, Gateway, nil},
		{408, page, Gateway, nil},

		{502, `{"cloudflare_error":true,"status":502}`, CDN, []string{"Content-Type", "application/problem+json", "Server", "cloudflare", "CF-RAY", "1-FRA"}},
		{520, ``, CDN, nil},
		{522, `{"title":"x"}`, CDN, nil},
		{530, page, CDN, nil},
		{503, page, CDN, []string{"X-Served-By", "cache-fra1"}},
		{504, page, CDN, []string{"X-Amz-Cf-Id", "abc"}},
		{403, page, CDN, []string{"CF-RAY", "1-FRA"}},
		{429, `{"error":"rate limited"}`, CDN, []string{"Server", "cloudflare"}},

		{404, page, WebServer, []string{"Server", "nginx"}},
		{400, ``, WebServer, nil},
		{403, page, WebServer, nil},
		{404, `404 page not found`, WebServer, nil},
		{301, ``, WebServer, nil},
	} {
		r := &client.Response{Status: c.status, Body: []byte(c.body)}
		for i := 0; i+1 < len(c.fields); i += 2 {
			r.Header = append(r.Header, client.Field{Name: c.fields[i], Value: c.fields[i+1]})
		}
		if got := SpeakerOf(r); got != c.want {
			t.Errorf("%d %q %q: speaker %d, want %d", c.status, c.body, c.fields, got, c.want)
		}
		if f := refusalOf(r); f.Speaker != SpeakerOf(r) {
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
		for _, step := range []StepID{A3, A5, A7} {
			trace := recordedUntil(t, "public-v12", step)
			trace.Entries[len(trace.Entries)-1].Response = r
			trace, s := finishedBy(trace)
			if s.Stopped == nil || s.Outcome() != Failed || s.Stopped.Refusal != nil && s.Stopped.Refusal.Speaker == Homeserver {
				t.Errorf("%s at %s: outcome %s, %+v", name, step, s.Outcome(), s.Stopped)
				continue
			}
			if says(s.Stopped.Why, "refuses", "does not name") {
				t.Errorf("%s at %s: %s", name, step, s.Stopped.Why)
			}
			if body := string(s.ClientAnswer().Body); s.ClientAnswer().Status != 502 || says(body, "refuses") {
				t.Errorf("%s at %s: our client hears %d %s", name, step, s.ClientAnswer().Status, body)
			}
			found := Findings(trace)
			if len(found) == 0 || found[0].ID != "gateway-error" && found[0].ID != "cdn-timeout" || found[0].Severity != severityError {
				t.Errorf("%s at %s: findings %v", name, step, ids(found))
			}
		}
	}
}
