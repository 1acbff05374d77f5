package command

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"doorstep/flow/lab"
	"doorstep/flow/shell"
	"doorstep/ui/theme"
)

func (p *program) certsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "certs DIR [NAME...]",
		Short: "Make an authority and certificates for a lab",
		Long: `Certs makes a certificate authority in DIR, and a certificate for every NAME (a
DNS name or an IP address; localhost where none is given), good for localhost,
127.0.0.1 and ::1 as well. It prints the lines by which Synapse, Dendrite,
tuwunel and Doorstep serve the first of them and trust the authority.

An authority that is there is used again, so names can be added later, and a
certificate that is there is kept while it is good. --force makes certificates
anew, and the authority where it is no longer good.

DIR is made for you alone (mode 0700), keys are readable by you alone (0600).
Whoever has authority.key can vouch for any name to whoever trusts the
authority: trust it in a lab, and nowhere else.`,
		Example: `  doorstep certs lab
  doorstep certs lab hs1.example hs2.example`,
		Args: takes(1, 100, "name the DIR for the certificates, which is made where there is none"),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(_ *cobra.Command, args []string) error {
			p.stay()
			made, err := lab.Certify(args[0], args[1:], time.Now(), p.force)
			if err != nil {
				return err
			}
			p.warnOfCerts(made)
			if p.wantsJSON() {
				return p.writeJSON(certsDocument(made))
			}
			p.tellCerts(made)
			return nil
		},
	}
}

// certsDocument is what is made, as JSON.
func certsDocument(made lab.Certificates) any {
	type certificate struct {
		Name  string `json:"name"`
		File  string `json:"certificate"`
		Key   string `json:"key"`
		Made  bool   `json:"made"`
		Until string `json:"until"`
	}
	doc := struct {
		Folder       string        `json:"folder"`
		Authority    string        `json:"authority"`
		AuthorityKey string        `json:"authority_key"`
		Made         bool          `json:"made"`
		Certificates []certificate `json:"certificates"`
	}{made.Folder, made.Authority, made.AuthorityKey, made.Made, nil}
	for _, c := range made.Issued {
		doc.Certificates = append(doc.Certificates, certificate{c.Name, c.File, c.Key, c.Made,
			c.Until.UTC().Format(time.RFC3339)})
	}
	return doc
}

// tellCerts says what was made, and how it is used.
func (p *program) tellCerts(made lab.Certificates) {
	how := map[bool]string{true: "made", false: "kept"}
	p.says("authority    %s (%s)", made.Authority, how[made.Made])
	for _, c := range made.Issued {
		p.says("certificate  %s (%s; until %s)", c.File, how[c.Made], c.Until.Format(time.DateOnly))
	}
	fmt.Fprintln(p.stdout)
	for _, l := range made.Lines() {
		p.says("%s, in %s:", l.For, l.Into)
		p.tellLines(l)
		switch l.For {
		case "Dendrite":
			p.says("... and starts like this, so that it trusts the authority:")
			p.commands(append(append([]string{"env", made.Environment(), "dendrite"}, made.DendriteFlags(8448)...),
				"-config", "dendrite.yaml"))
		case "tuwunel":
			p.says("... and starts like this, so that it trusts the authority:")
			p.commands([]string{"env", made.Environment(), "tuwunel", "-c", "tuwunel.toml"})
		}
	}
	p.says("Doorstep, for a server on this machine:")
	first := made.Issued[0]
	p.commands([]string{"doorstep", "join", "#room:" + first.Name, "--user", "@me:127.0.0.1:8450", "--ca", made.Authority,
		"--tls-cert", first.File, "--tls-key", first.Key, "--allow-private"})
}

// says prints a line for people; what it names may be anything.
func (p *program) says(format string, args ...any) {
	fmt.Fprintln(p.stdout, p.spelled(theme.SafeText(fmt.Sprintf(format, args...))))
}

// saysNext is says after an empty line.
func (p *program) saysNext(format string, args ...any) {
	fmt.Fprintln(p.stdout)
	p.says(format, args...)
}

// tellLines prints what goes into a configuration.
func (p *program) tellLines(l lab.Lines) {
	fmt.Fprintln(p.stdout)
	for _, line := range l.Text {
		if !shell.IsPrintable(line) {
			line = p.spelled(theme.SafeText(line))
		}
		fmt.Fprintln(p.stdout, "    "+line)
	}
	fmt.Fprintln(p.stdout)
}

// commands prints command lines, to be pasted.
func (p *program) commands(lines ...[]string) {
	fmt.Fprintln(p.stdout)
	for _, words := range lines {
		fmt.Fprintln(p.stdout, "    "+string(shell.Line(words)))
	}
	fmt.Fprintln(p.stdout)
}
