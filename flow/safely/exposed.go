package safely

import (
	"io/fs"
	"os"
	"runtime"
)

// othersMay is what users who are neither the owner nor in the group must not be able to do with a key, and what the
// group must not: homeservers share theirs with a group that reads it.
const othersMay fs.FileMode = 0o026

// Exposed reports whether a file that holds a key can be read or written by more than its owner and, to read it, its
// group, and its mode. What modes say on Windows is not looked at.
func Exposed(path string) (fs.FileMode, bool) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || runtime.GOOS == "windows" {
		return 0, false
	}
	return info.Mode().Perm(), info.Mode()&othersMay != 0
}
