package command

import (
	"fmt"

	"github.com/spf13/cobra"

	"doorstep/flow/safely"
	"doorstep/flow/shell"
)

// keyFlags are the flags that name files with a private key.
var keyFlags = []string{"key", "tls-key", "authority-key"}

// warnOfKeys says which files of private keys, of the flags of a command or of its profile, are not their owner's alone.
func (p *program) warnOfKeys(c *cobra.Command) {
	for _, name := range keyFlags {
		f := c.Flags().Lookup(name)
		if f == nil || f.Value.String() == "" {
			continue
		}
		if mode, exposed := safely.Exposed(f.Value.String()); exposed {
			p.noticeOnce(oneLine(fmt.Errorf("--%s: other users of this machine may read or change that key (mode %04o): %s",
				name, mode, shell.Line([]string{"chmod", "600", f.Value.String()}))))
		}
	}
}
