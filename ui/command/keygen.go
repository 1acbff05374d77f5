package command

import (
	"fmt"

	"github.com/spf13/cobra"

	"doorstep/client"
	"doorstep/flow/event"
)

func (p *program) keygenCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "keygen FILE",
		Short: "Write a new signing key, in Synapse's form",
		Long: `Keygen makes an ed25519 signing key and writes it to FILE, which must not exist
and which only its owner may read. It prints the key ID and the public key: what
other servers get to see.`,
		Args: takes(1, 1, "name a FILE for the key, which does not exist yet"),
		RunE: func(_ *cobra.Command, args []string) error {
			p.stay()
			key, err := client.GenerateKey()
			if err != nil {
				return err
			}
			if err := client.WriteKey(args[0], key); err != nil {
				return err
			}
			public := event.EncodeBase64(key.Public())
			if p.wantsJSON() {
				return p.writeJSON(struct {
					KeyID     string `json:"key_id"`
					VerifyKey string `json:"verify_key"`
				}{key.ID, public})
			}
			fmt.Fprintf(p.stdout, "key ID      %s\npublic key  %s\n", key.ID, public)
			return nil
		},
	}
}
