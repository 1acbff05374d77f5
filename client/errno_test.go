package client

import (
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

// The errors of Windows, which have numbers of their own, come to the same as those of other systems.
func TestErrorsOfWindows(t *testing.T) {
	wrapped := func(number syscall.Errno) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connectex", number)}
	}
	for _, c := range []struct {
		name         string
		unix, window syscall.Errno
		says         func(error) string
		want         string
	}{
		{"refused", syscall.ECONNREFUSED, 10061, func(err error) string { return string(reasonOf(err)) }, "refused"},
		{"no route", syscall.EHOSTUNREACH, 10065, func(err error) string { return string(reasonOf(err)) }, "no_route"},
		{"no network", syscall.ENETUNREACH, 10051, func(err error) string { return string(reasonOf(err)) }, "no_network"},
		{"something else", syscall.EBADF, 10038, func(err error) string { return string(reasonOf(err)) }, ""},
		{"in use", syscall.EADDRINUSE, 10048, func(err error) string { return listenError("a", err).Error() },
			`listen on "a": the address is in use`},
		{"not ours", syscall.EADDRNOTAVAIL, 10049, func(err error) string { return listenError("a", err).Error() },
			`listen on "a": this machine does not have the address`},
		{"reset", syscall.ECONNRESET, 10054, func(err error) string { return map[bool]string{true: "reset"}[Reset(err)] }, "reset"},
	} {
		for _, number := range []syscall.Errno{c.unix, c.window} {
			if got := c.says(wrapped(number)); got != c.want {
				t.Errorf("%s, %d: %q, want %q", c.name, number, got, c.want)
			}
		}
	}
	if err := listenError("a", wrapped(10013)); strings.Contains(err.Error(), "root") {
		t.Errorf("of Windows, where nothing is root's: %v", err)
	}
}
