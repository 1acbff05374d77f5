package jaeger

import (
	"os"
	"testing"

	collector "github.com/jaegertracing/jaeger/cmd/collector/app"
	"github.com/jaegertracing/jaeger/cmd/collector/app/flags"
	query "github.com/jaegertracing/jaeger/cmd/query/app"
	"github.com/jaegertracing/jaeger/cmd/query/app/querysvc"
	"github.com/jaegertracing/jaeger/pkg/healthcheck"
	"github.com/jaegertracing/jaeger/pkg/metrics"
	"github.com/jaegertracing/jaeger/pkg/telemetery"
	"github.com/jaegertracing/jaeger/pkg/tenancy"
	"github.com/jaegertracing/jaeger/plugin/storage/memory"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/otel/trace/noop"
	"go.uber.org/zap"

	"doorstep/client/freeport"
)

// The variables that name a Jaeger that runs already, of whatever release and empty: where it takes OTLP over gRPC and
// over HTTP, and where it is asked. Without them one is made here.
const (
	envGRPC  = "DOORSTEP_JAEGER_GRPC"
	envHTTP  = "DOORSTEP_JAEGER_HTTP"
	envQuery = "DOORSTEP_JAEGER_QUERY"
)

// A server is a Jaeger: the URLs at which it takes spans, and the one at which it is asked for them.
type server struct{ grpc, http, query string }

// run returns the Jaeger that the environment names, or runs one: its collector and its query service, with its storage
// in memory between them, as in its all-in-one program.
func run(t *testing.T) server {
	t.Helper()
	if os.Getenv(envQuery) != "" {
		return server{os.Getenv(envGRPC), os.Getenv(envHTTP), os.Getenv(envQuery)}
	}
	storage, log, tenants := memory.NewFactory(), zap.NewNop(), tenancy.NewManager(&tenancy.Options{})
	if err := storage.Initialize(metrics.NullFactory, log); err != nil {
		t.Fatal(err)
	}
	overGRPC, overHTTP := collect(t, storage, log, tenants)
	return server{"http://" + overGRPC, "http://" + overHTTP, "http://" + ask(t, storage, log, tenants)}
}

// collect runs the collector, and returns where it takes OTLP.
func collect(t *testing.T, storage *memory.Factory, log *zap.Logger, tenants *tenancy.Manager) (grpc, http string) {
	t.Helper()
	writer, err := storage.CreateSpanWriter()
	if err != nil {
		t.Fatal(err)
	}
	grpc, http = freeport.Address(t), freeport.Address(t)
	options := &flags.CollectorOptions{NumWorkers: 2, QueueSize: 1000}
	options.GRPC.HostPort, options.HTTP.HostPort = "127.0.0.1:0", "127.0.0.1:0" // its own protocols, which nobody speaks
	options.OTLP.Enabled, options.OTLP.GRPC.HostPort, options.OTLP.HTTP.HostPort = true, grpc, http
	c := collector.New(&collector.CollectorParams{ServiceName: "jaeger-collector", Logger: log,
		MetricsFactory: metrics.NullFactory, SpanWriter: writer, HealthCheck: healthcheck.New(), TenancyMgr: tenants})
	if err := c.Start(options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return grpc, http
}

// ask runs the query service, and returns where it is asked.
func ask(t *testing.T, storage *memory.Factory, log *zap.Logger, tenants *tenancy.Manager) string {
	t.Helper()
	reader, err := storage.CreateSpanReader()
	if err != nil {
		t.Fatal(err)
	}
	dependencies, err := storage.CreateDependencyReader()
	if err != nil {
		t.Fatal(err)
	}
	options := query.QueryOptions{BasePath: "/"}
	options.HTTP.Endpoint, options.GRPC.NetAddr.Endpoint = "127.0.0.1:0", "127.0.0.1:0"
	options.GRPC.NetAddr.Transport = "tcp"
	service := querysvc.NewQueryService(reader, dependencies, *options.BuildQueryServiceOptions(storage, log))
	q, err := query.NewServer(service, nil, &options, tenants, telemetery.Setting{Logger: log,
		TracerProvider: noop.NewTracerProvider(), Metrics: metrics.NullFactory,
		ReportStatus: func(*componentstatus.Event) {}})
	if err == nil {
		err = q.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	})
	return q.HTTPAddr()
}
