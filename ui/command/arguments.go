package command

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"doorstep/flow/wording"
)

// seeHelp says at which command's help to look, after what is wrong with its command line.
func seeHelp(c *cobra.Command, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w; see %s --help", err, c.CommandPath())
}

// takes returns what counts the arguments of a command; missing says what is wrong where there are too few.
func takes(least, most int, missing string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return seeHelp(c, errors.New(c.Name()+": "+missing))
		case len(args) > most && most == 0:
			return seeHelp(c, fmt.Errorf("%s takes no argument, and there is %q", c.Name(), args[0]))
		case len(args) > most:
			return seeHelp(c, fmt.Errorf("%s takes %s, not %d", c.Name(), wording.Count(most, "argument"), len(args)))
		}
		return nil
	}
}

// flagWrong says what is wrong with a flag: of one that does not exist, what was perhaps meant.
func flagWrong(c *cobra.Command, err error) error {
	var unknown interface{ GetSpecifiedName() string }
	if errors.As(err, &unknown) && len(unknown.GetSpecifiedName()) > 1 {
		err = fmt.Errorf("%w%s", err, didYouMean(unknown.GetSpecifiedName(), flagNames(c), "--"))
	}
	return seeHelp(c, err)
}
