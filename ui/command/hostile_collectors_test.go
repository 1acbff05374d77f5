package command

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
)

// collectors are answers of a collector that have a text wherever they can.
func collectors(text string) map[string]string {
	line := inLine(text)
	say := func(status, kind, more, body string) string {
		return fmt.Sprintf("HTTP/1.1 %s %s\r\nServer: %[2]s\r\nContent-Type: %[3]s\r\n%[4]sContent-Length: %[5]d\r\n\r\n"+
			"%[6]s", status, line, kind, more, len(body), body)
	}
	field := func(n protowire.Number, value string) string { // of a message
		return string(protowire.AppendString(protowire.AppendTag(nil, n, protowire.BytesType), value))
	}
	const wire = "application/x-protobuf"
	return map[string]string{
		"refuses":       say("400", "text/plain", "", text),
		"refuses, wire": say("400", wire, "", field(2, text)+field(3, field(1, text)+field(2, text))),
		"lost":          say("404", line, "", text),
		"sends on":      say("302", "text/plain", "Location: http://"+line+"/"+line+"\r\n", text),
		"takes some":    say("200", wire, "", field(1, "\x08\x03"+field(2, text))),
		"takes some ü":  say("200", wire, "", field(1, "\x08\x03"+field(2, strings.ToValidUTF8(text, "\u202e")))),
		"takes none":    say("200", wire, "", text),
		"no HTTP":       line + "\r\n\r\n",
	}
}

// Whatever a collector says to what it is sent, what the program says of that is a line, and harmless.
func TestHostileCollectors(t *testing.T) {
	each(t, func(t *testing.T, text string) {
		shown := 0
		for name, answer := range collectors(text) {
			s := startHostile(t, "", text, false, func(string) string { return answer })
			out := said("export", "--otlp", "http://"+s.address, "--no-redact", "banned")
			out.harmless(t)
			if s.asked() == 0 || strings.Count(out.stderr, "\n") != 1 {
				t.Errorf("%s: asked %d times: %q", name, s.asked(), out.stderr)
			}
			shown += strings.Count(out.stderr, seenAs)
		}
		if shown == 0 {
			t.Error("nothing of it is shown")
		}
	})
}

// A grudging collector takes nothing, over gRPC, and says why.
type grudging struct {
	collector.UnimplementedTraceServiceServer
	why string
}

func (g grudging) Export(ctx context.Context, _ *collector.ExportTraceServiceRequest) (
	*collector.ExportTraceServiceResponse, error) {
	_ = grpc.SetTrailer(ctx, metadata.Pairs("odd-bin", g.why)) // which nobody reads
	if len(g.why)%2 == 0 {
		return &collector.ExportTraceServiceResponse{PartialSuccess: &collector.ExportTracePartialSuccess{RejectedSpans: 1,
			ErrorMessage: strings.ToValidUTF8(g.why, "\u202e")}}, nil
	}
	return nil, status.Error(codes.InvalidArgument, g.why)
}

// Nor is it of what comes by gRPC.
func TestHostileCollectorsOfGRPC(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
	each(t, func(t *testing.T, text string) {
		for _, why := range []string{text, text + "b"} {
			l, err := net.Listen("tcp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			server := grpc.NewServer()
			collector.RegisterTraceServiceServer(server, grudging{why: why})
			go server.Serve(l)
			out := said("export", "--otlp", "http://"+l.Addr().String(), "--no-redact", "banned")
			server.Stop()
			if out.harmless(t); !strings.Contains(out.stderr, seenAs) || strings.Count(out.stderr, "\n") != 1 {
				t.Errorf("it says %q", out.stderr)
			}
		}
	})
}
