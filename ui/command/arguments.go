package command

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

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

// flagWrong says what is wrong with a flag: of one that does not exist, what was perhaps meant; of one that is there,
// what it takes.
func flagWrong(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var bare *pflag.ValueRequiredError
	var value *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && len(unknown.GetSpecifiedName()) > 1:
		err = fmt.Errorf("%w%s", err, didYouMean(unknown.GetSpecifiedName(), flagNames(c), "--"))
	case errors.As(err, &bare):
		takes, _ := pflag.UnquoteUsage(bare.GetFlag())
		err = fmt.Errorf("--%s needs a value: --%[1]s %s", bare.GetFlag().Name, takes)
	case errors.As(err, &value) && taken[value.GetFlag().Value.Type()] != "":
		err = fmt.Errorf("--%s %q: %s", value.GetFlag().Name, value.GetValue(), taken[value.GetFlag().Value.Type()])
	}
	return seeHelp(c, err)
}

// taken says what flags of a type take.
var taken = map[string]string{
	"int": wholeNumber, "int64": wholeNumber, "uint64": wholeNumber,
	"duration": "a time is wanted, such as 500ms, 30s or 5m",
	"bool":     "true or false is wanted",
}

const wholeNumber = "a whole number is wanted"

// checkTimes looks at the flags that take a time: none goes back.
func checkTimes(c *cobra.Command) (err error) {
	c.Flags().Visit(func(f *pflag.Flag) {
		if f.Value.Type() == "duration" && strings.HasPrefix(f.Value.String(), "-") && err == nil {
			err = seeHelp(c, fmt.Errorf("--%s %s: a time cannot be negative", f.Name, f.Value))
		}
	})
	return err
}
