package otlp

import (
	"errors"
	"testing"
)

// Who names a collector, and where it takes traces then.
func TestChoose(t *testing.T) {
	for _, c := range []struct {
		given    string
		env      map[string]string
		url      string // empty: nobody named one
		protocol Protocol
		from     string
	}{
		{"", nil, "", "", ""},
		{"http://127.0.0.1:4318", nil, "http://127.0.0.1:4318/v1/traces", HTTPProtobuf, ""},
		{"http://127.0.0.1:4318/", nil, "http://127.0.0.1:4318/v1/traces", HTTPProtobuf, ""},
		{"https://otlp.example/otlp", nil, "https://otlp.example/otlp/v1/traces", HTTPProtobuf, ""},
		{"https://otlp.example/otlp/v1/traces", nil, "https://otlp.example/otlp/v1/traces", HTTPProtobuf, ""},
		{"http://[::1]:4317", map[string]string{EnvProtocol: "grpc"}, "http://[::1]:4317", GRPC, ""},
		{"", map[string]string{EnvEndpoint: "http://c:4318"}, "http://c:4318/v1/traces", HTTPProtobuf, EnvEndpoint},
		{"", map[string]string{EnvEndpoint: "http://c:4318", EnvTracesEndpoint: "http://d/in"}, "http://d/in", HTTPProtobuf,
			EnvTracesEndpoint},
		{"", map[string]string{EnvEndpoint: "http://c", EnvProtocol: "grpc", EnvTracesProtocol: "http/json"},
			"http://c/v1/traces", HTTPJSON, EnvEndpoint},
		{"http://a", map[string]string{EnvEndpoint: "http://c"}, "http://a/v1/traces", HTTPProtobuf, ""},
		{"", map[string]string{EnvEndpoint: "http://c", EnvDisabled: "TRUE"}, "", "", ""},
		{"", map[string]string{EnvEndpoint: "http://c", EnvDisabled: "yes"}, "http://c/v1/traces", HTTPProtobuf, EnvEndpoint},
		{"", map[string]string{EnvEndpoint: "http://c", EnvExporter: "none"}, "", "", ""},
		{"", map[string]string{EnvEndpoint: "http://c", EnvExporter: "otlp"}, "http://c/v1/traces", HTTPProtobuf,
			EnvEndpoint},
		{"http://a", map[string]string{EnvExporter: "none"}, "http://a/v1/traces", HTTPProtobuf, ""},
		{"", map[string]string{EnvProtocol: "nonsense"}, "", "", ""},
	} {
		got, err := Choose(c.given, func(name string) string { return c.env[name] })
		switch {
		case err != nil:
			t.Errorf("%q, %v: %v", c.given, c.env, err)
		case got == nil && c.url != "":
			t.Errorf("%q, %v: no collector, want %s", c.given, c.env, c.url)
		case got != nil && (got.URL != c.url || got.Protocol != c.protocol || got.From != c.from || got.Patience <= 0):
			t.Errorf("%q, %v: %+v, want %s by %s of %q", c.given, c.env, got, c.url, c.protocol, c.from)
		}
	}
}

// What cannot be a collector is refused, whoever named it, and no password is quoted.
func TestChooseErrs(t *testing.T) {
	for _, c := range []struct {
		given string
		env   map[string]string
		want  string
	}{
		{"127.0.0.1:4318", nil, "a collector is named by a URL, as http://127.0.0.1:4318"},
		{"collector", nil, "a collector is named by a URL, as http://127.0.0.1:4318"},
		{"file:///etc/passwd", nil, "a collector is named by a URL, as http://127.0.0.1:4318"},
		{"http://", nil, "a collector is named by a URL, as http://127.0.0.1:4318"},
		{"http://me:secret@c", nil, "the URL of a collector has neither a user nor a query: " +
			"what it is to be told goes into OTEL_EXPORTER_OTLP_HEADERS"},
		{"http://c?key=secret", nil, "the URL of a collector has neither a user nor a query: " +
			"what it is to be told goes into OTEL_EXPORTER_OTLP_HEADERS"},
		{"http://me:secret@c:x", nil, "a collector is named by a URL, as http://127.0.0.1:4318"},
		{"http://c", map[string]string{EnvProtocol: "udp"},
			`OTEL_EXPORTER_OTLP_PROTOCOL is "udp": there are grpc, http/protobuf and http/json`},
		{"", map[string]string{EnvEndpoint: "c:4318"},
			"OTEL_EXPORTER_OTLP_ENDPOINT: a collector is named by a URL, as http://127.0.0.1:4318"},
	} {
		got, err := Choose(c.given, func(name string) string { return c.env[name] })
		if err == nil || err.Error() != c.want {
			t.Errorf("%q, %v: %+v, %v, want %s", c.given, c.env, got, err, c.want)
		}
	}
	disabled := func(name string) string { return map[string]string{EnvDisabled: "true"}[name] }
	if _, err := Choose("http://c", disabled); !errors.Is(err, ErrDisabled) {
		t.Errorf("with %s: %v", EnvDisabled, err)
	}
}
