// Package interop is a module of its own: what Doorstep sends, taken in by the receiver of the OpenTelemetry Collector.
package interop
