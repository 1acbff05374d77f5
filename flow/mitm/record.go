package mitm

import (
	"fmt"
	"math"
	"time"

	"doorstep/flow/traffic"
)

// Versions of the form of a flow: that of mitmproxy 6, the first whose connections hold certificates as those of today
// do, and that of mitmproxy 11 and 12.
const (
	oldest = 10
	newest = 21
)

// A record is a flow of a file, as far as it has been looked into.
type record struct {
	version                         int64
	kind                            string // http, tcp, udp, dns
	request, response, trouble      value
	server, client, mode, forgotten value
}

// recordOf looks at what a flow is. One of a version that is not known is refused, whatever it holds.
func recordOf(v value) (f record, err error) {
	var version, kind value
	err = v.pick(map[string]*value{"version": &version, "type": &kind, "request": &f.request, "response": &f.response,
		"error": &f.trouble, "server_conn": &f.server, "client_conn": &f.client, "mode": &f.mode, "backup": &f.forgotten})
	if err != nil {
		return f, err
	}
	if version.kind == list {
		return f, fmt.Errorf("it is of mitmproxy 3 or before; %s", again)
	}
	if f.version, err = version.whole(); err != nil {
		return f, fmt.Errorf(`"version": %w`, err)
	}
	switch {
	case f.version < oldest:
		return f, fmt.Errorf("its format is version %d, and %d is the oldest that is read; %s", f.version, oldest, again)
	case f.version > newest:
		return f, fmt.Errorf("its format is version %d, and %d is the newest that is read; %s", f.version, newest, again)
	}
	if f.kind, err = kind.text(); err != nil {
		return f, fmt.Errorf(`"type": %w`, err)
	}
	return f, nil
}

// again is what helps where a version is not read.
const again = "mitmproxy writes it as an archive with mitmdump --no-server --rfile FILE --set hardump=FILE.har"

// timeOf reads a time, in seconds since 1970.
func timeOf(v value) (time.Time, error) {
	s, err := v.number()
	if err != nil {
		return time.Time{}, fmt.Errorf("time: %w", err)
	}
	if s < 0 || s >= latest {
		return time.Time{}, fmt.Errorf("time: %v is no time", s)
	}
	whole, part := math.Modf(s)
	return time.Unix(int64(whole), int64(math.Round(part*1e6))*1000).UTC(), nil // a float holds microseconds, not more
}

// latest is the end of the year 9999, in seconds since 1970.
const latest = 253402300800

// timeOrNone is a time that need not be there.
func timeOrNone(v value) time.Time {
	at, err := timeOf(v)
	if err != nil {
		return time.Time{}
	}
	return at
}

// between is how long it took from a time to another; 0 where one of them is not known.
func between(from, to time.Time) time.Duration {
	if from.IsZero() || to.IsZero() || to.Before(from) {
		return 0
	}
	return min(to.Sub(from), traffic.Longest)
}
