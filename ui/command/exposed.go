package command

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"doorstep/flow/lab"
	"doorstep/flow/live"
	"doorstep/flow/safely"
	"doorstep/flow/shell"
)

// keyFlags are the flags that name files with a private key.
var keyFlags = []string{"key", "tls-key", "authority-key"}

// authorityKey is the file of the private key in a folder of doorstep certs.
const authorityKey = "authority.key"

// warnOfKeys says which files of private keys, of the flags of a command or of its profile, are not their owner's
// alone.
func (p *program) warnOfKeys(c *cobra.Command) {
	for _, name := range keyFlags {
		if f := c.Flags().Lookup(name); f != nil {
			p.warnOfKey("--"+name, f.Value.String())
		}
	}
	if f := c.Flags().Lookup("certs"); f != nil && f.Value.String() != "" {
		p.warnOfKey("--certs", filepath.Join(f.Value.String(), authorityKey))
	}
}

// warnOfCerts is warnOfKeys for a folder of doorstep certs that keys were kept in.
func (p *program) warnOfCerts(made lab.Certificates) {
	p.warnOfKey("certs", made.AuthorityKey)
	for _, c := range made.Issued {
		p.warnOfKey("certs", c.Key)
	}
}

// warnOfLab is warnOfKeys for a lab, whose keys are made once and used again.
func (p *program) warnOfLab(s lab.Server) {
	for _, file := range s.Secrets() {
		p.warnOfKey("lab", file)
	}
}

// warnOfJoin is warnOfKeys for a join whose flags nobody gave: that of the form.
func (p *program) warnOfJoin(o live.JoinOptions) {
	p.warnOfKey("--key", o.KeyFile)
	p.warnOfKey("--tls-key", o.CertKey)
}

// warnOfKey says, once, that a file with a private key is not its owner's alone; what names it. Whoever has a key read
// has it looked at here.
func (p *program) warnOfKey(what, file string) {
	if file == "" {
		return
	}
	if mode, exposed := safely.Exposed(file); exposed {
		p.noticeOnce(oneLine(fmt.Errorf("%s: other users of this machine may read or change that key (mode %04o): %s",
			what, mode, shell.Line([]string{"chmod", "600", file}))))
	}
}
