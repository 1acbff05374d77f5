package safely

import (
	"os"
	"sync"
)

// unplaced are the files that are not in their place yet, by the names that they have until then.
var unplaced sync.Map // string: unplacedFile

type unplacedFile struct {
	path string // where it is to be
	f    *os.File
}

// Abandon takes away what is to be put where path says and is not there yet. It is for a program that ends while
// something of it goes on writing, which gets errors from then on.
func Abandon(path string) {
	unplaced.Range(func(name, file any) bool {
		if u := file.(unplacedFile); u.path == path {
			_ = u.f.Close() // what is taken away need not be whole
			_ = os.Remove(name.(string))
		}
		return true
	})
}
