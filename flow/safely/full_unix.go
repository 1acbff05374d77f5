//go:build !windows

package safely

import (
	"errors"
	"syscall"
)

// isFull reports whether an error tells that there is no room, or that the device failed: what is asked for was in
// order.
func isFull(err error) bool {
	for _, full := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG, syscall.EIO} {
		if errors.Is(err, full) {
			return true
		}
	}
	return false
}
