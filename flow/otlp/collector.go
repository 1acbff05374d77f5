package otlp

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// A Protocol is a way of speaking OTLP, named as in OTEL_EXPORTER_OTLP_PROTOCOL.
type Protocol string

// The protocols.
const (
	GRPC         Protocol = "grpc"
	HTTPProtobuf Protocol = "http/protobuf"
	HTTPJSON     Protocol = "http/json"
)

// The variables that say where spans go, and how. Those for headers, certificates, compression and the resource are
// read by the SDK.
const (
	EnvDisabled       = "OTEL_SDK_DISABLED"
	EnvExporter       = "OTEL_TRACES_EXPORTER"
	EnvEndpoint       = "OTEL_EXPORTER_OTLP_ENDPOINT"
	EnvTracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
	EnvProtocol       = "OTEL_EXPORTER_OTLP_PROTOCOL"
	EnvTracesProtocol = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"
	EnvKey            = "OTEL_EXPORTER_OTLP_CLIENT_KEY"
	EnvTracesKey      = "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY"
)

// patience is how long a collector has to take a handshake: nobody waits long for what is not the matter.
const patience = 5 * time.Second

// tracesPath is where a collector takes traces over HTTP.
const tracesPath = "/v1/traces"

// A Collector is where spans are sent.
type Collector struct {
	URL      string // with the path that takes traces, where that is in the protocol
	Protocol Protocol
	From     string // who named it: a variable, or empty for the command line

	Patience time.Duration // how long sending may take, with all that is tried again
}

// ErrDisabled is the error of a collector that was named while the environment turns telemetry off.
var ErrDisabled = errors.New(EnvDisabled + " is set")

// Choose returns the collector that was named: by given, if that is not empty, otherwise by the environment; nil where
// nobody named one. An error in the environment is one only where it would be used.
func Choose(given string, getenv func(string) string) (*Collector, error) {
	if strings.EqualFold(getenv(EnvDisabled), "true") {
		if given != "" {
			return nil, ErrDisabled
		}
		return nil, nil
	}
	endpoint, from := given, ""
	if given == "" {
		if e := getenv(EnvExporter); e != "" && e != "otlp" {
			return nil, nil
		}
		for _, name := range []string{EnvTracesEndpoint, EnvEndpoint} {
			if endpoint == "" {
				endpoint, from = getenv(name), name
			}
		}
	}
	if endpoint == "" {
		return nil, nil
	}
	protocol, err := chosenProtocol(getenv)
	if err != nil {
		return nil, err
	}
	where, err := tracesURL(endpoint, protocol, from == EnvTracesEndpoint)
	if err != nil && from != "" {
		err = fmt.Errorf("%s: %w", from, err)
	}
	if err != nil {
		return nil, err
	}
	return &Collector{where, protocol, from, patience}, nil
}

// ClientKey returns the file with the private key of the certificate that a collector is shown, and the variable that
// names it; both empty where none does. The SDK reads it.
func ClientKey(getenv func(string) string) (file, from string) {
	for _, name := range []string{EnvTracesKey, EnvKey} {
		if file := getenv(name); file != "" {
			return file, name
		}
	}
	return "", ""
}

// chosenProtocol is the protocol that the environment asks for.
func chosenProtocol(getenv func(string) string) (Protocol, error) {
	for _, name := range []string{EnvTracesProtocol, EnvProtocol} {
		switch p := Protocol(getenv(name)); p {
		case "":
		case GRPC, HTTPProtobuf, HTTPJSON:
			return p, nil
		default:
			return "", fmt.Errorf("%s is %q: there are %s, %s and %s", name, p, GRPC, HTTPProtobuf, HTTPJSON)
		}
	}
	return HTTPProtobuf, nil
}

// tracesURL returns the URL that takes traces. Of a collector it is below the one that was named; exact says that it is
// the one that was named.
func tracesURL(endpoint string, p Protocol, exact bool) (string, error) {
	u, err := url.Parse(endpoint)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		// it is not quoted: there may be a password in it
		return "", errors.New("a collector is named by a URL, as http://127.0.0.1:4318")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("the URL of a collector has neither a user nor a query: " +
			"what it is to be told goes into OTEL_EXPORTER_OTLP_HEADERS")
	}
	switch path := strings.TrimSuffix(u.Path, "/"); {
	case p == GRPC:
		u.Path = ""
	case !exact && !strings.HasSuffix(path, tracesPath):
		u.Path = path + tracesPath
	}
	return u.String(), nil
}
