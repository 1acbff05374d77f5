package client

import (
	"errors"
	"slices"
	"syscall"
)

// The errors of sockets, by what they mean. Windows has numbers of its own for them, which no other system uses, and
// errors.Is takes none of them for the one that syscall names.
var (
	noNetwork = []syscall.Errno{syscall.ENETUNREACH, syscall.EAFNOSUPPORT, syscall.EADDRNOTAVAIL, 10051, 10047, 10049}
	noRoute   = []syscall.Errno{syscall.EHOSTUNREACH, syscall.EHOSTDOWN, 10065, 10064}
	refused   = []syscall.Errno{syscall.ECONNREFUSED, 10061}
	reset     = []syscall.Errno{syscall.ECONNRESET, 10054, 10053}
	inUse     = []syscall.Errno{syscall.EADDRINUSE, 10048}
	notOurs   = []syscall.Errno{syscall.EADDRNOTAVAIL, 10049}
	forbidden = []syscall.Errno{syscall.EACCES}
	reserved  = []syscall.Errno{10013} // where ports are nobody's by their number
)

// Refused reports whether a connection was refused: a host is there, and nothing listens.
func Refused(err error) bool { return isErrno(err, refused) }

// Reset reports whether the other side, or this system, broke a connection off.
func Reset(err error) bool { return isErrno(err, reset) }

// InUse reports whether somebody listens already at an address that was to be listened at.
func InUse(err error) bool { return isErrno(err, inUse) }

// isErrno reports whether err is one of those errors of the system.
func isErrno(err error, of []syscall.Errno) bool {
	var errno syscall.Errno
	return errors.As(err, &errno) && slices.Contains(of, errno)
}
