package safely

import (
	"errors"
	"syscall"
)

// isFull reports whether an error tells that there is no room on the disk.
func isFull(err error) bool {
	const handleDiskFull, diskFull = syscall.Errno(39), syscall.Errno(112)
	return errors.Is(err, handleDiskFull) || errors.Is(err, diskFull)
}
