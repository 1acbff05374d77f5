//go:build !unix

package flowtest

import "os"

// Peak is 0: what a process has had is not known here.
func Peak(*os.ProcessState) int64 { return 0 }
