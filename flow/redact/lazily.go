package redact

import (
	"regexp"
	"sync"
)

// lazily compiles an expression when it is first asked: most runs of the program redact nothing.
func lazily(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
