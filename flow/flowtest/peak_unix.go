//go:build unix

package flowtest

import (
	"os"
	"runtime"
	"syscall"
)

// Peak is the most memory that a process has had, in bytes; 0 where that is not known.
func Peak(s *os.ProcessState) int64 {
	used, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return used.Maxrss
	}
	return used.Maxrss << 10
}
